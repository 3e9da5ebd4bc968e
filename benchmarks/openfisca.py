"""P3: the same rule as OpenFisca-core, 60,000 members x 20 half years; and how many that has wrong for one period.

The rule (benchmarks/half_year.yaml) is 400 hours in a half year to keep cover, 600 in up to two to begin it, and a bank
that carries over. OpenFisca has no half years, so each is a month of its calendar; it is asked one after the other,
which is the way in which it is right, and both must then cover the same people. Asked for the last period alone it
meets its own limit of spirals, and answers without an error. OpenFisca-core is no package of ours:
requirements-bench.lock.
"""

import datetime
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.engine import MEMBERS, result, rounded, side_by_side
from benchmarks.membership import monthly_hours
from rules import evaluate, terms, ticks

IDS = ("P3",)
GOAL = 10
FIRST_DAY = datetime.date(2012, 1, 1)
HALF_YEARS = 20
RULE = Path(__file__).with_name("half_year.yaml")
NOT_INSTALLED = "left out: OpenFisca-core is not installed (pip install --no-deps -r requirements-bench.lock)"


def measure() -> Iterator[dict[str, Any]]:
    """One line, or the reason why there is none."""
    try:
        import openfisca_core  # noqa: F401, PLC0415
    except ImportError:
        click.echo(f"P3  {NOT_INSTALLED}", err=True)
        return
    hours = monthly_hours(MEMBERS, 6 * HALF_YEARS).astype(np.int64)
    by_half = np.ascontiguousarray(hours.reshape(MEMBERS, HALF_YEARS, 6).sum(axis=2))
    ours, theirs = covered_by_us(by_half), covered_by_openfisca(by_half, range(HALF_YEARS))
    last = covered_by_openfisca(by_half, [HALF_YEARS - 1])
    ours_s, theirs_s = side_by_side(
        lambda: count(by_half), lambda: covered_by_openfisca(by_half, range(HALF_YEARS)), rounds=7
    )
    wrong = int((last[:, -1] != ours[:, -1]).sum())
    detail = {
        "members": MEMBERS,
        "half_years": HALF_YEARS,
        "alike": bool((ours == theirs).all()),
        "ours_ms": rounded(ours_s),
        "openfisca_ms": rounded(theirs_s),
        "goal is at least": GOAL,
        "openfisca_wrong_when_asked_one_period": wrong,
        "of them percent": round(100 * wrong / MEMBERS, 1),
        "ours_wrong": 0,
    }
    line = result("P3", theirs_s / ours_s, GOAL, detail)
    yield {**line, "holds": theirs_s / ours_s >= GOAL and detail["alike"]}


@functools.cache
def laid() -> tuple[terms.Terms, Any]:
    """The rule laid out on the half years."""
    plan = terms.read(RULE.read_text(), RULE.name)
    first = plan.chart.place(FIRST_DAY)
    return plan, ticks.lay(plan).laid.span(first, first + HALF_YEARS)


def count(by_half: np.ndarray) -> np.ndarray:
    """How many our engine covers after each half year."""
    plan, run = laid()
    return evaluate.covered_by_tick(run, evaluate.counts_of(plan), by_half[None])


def covered_by_us(by_half: np.ndarray) -> np.ndarray:
    """Whom our engine covers after each half year: by member and half year."""
    plan, run = laid()
    counts = evaluate.counts_of(plan)
    one_by_one = (by_half[None, member : member + 1] for member in range(len(by_half)))
    return np.array([evaluate.covered_by_tick(run, counts, own) for own in one_by_one]) > 0


def covered_by_openfisca(by_half: np.ndarray, asked: Any) -> np.ndarray:
    """Whom OpenFisca covers in the half years asked for, in their order."""
    from openfisca_core.simulations import SimulationBuilder  # noqa: PLC0415

    simulation = SimulationBuilder().build_default_simulation(system(), len(by_half))
    for half in range(HALF_YEARS):
        simulation.set_input("hours", period(half), by_half[:, half])
    return np.array([simulation.calculate("covered", period(half)) for half in asked]).T


def period(half: int) -> str:
    """The month of OpenFisca's calendar that stands for a half year."""
    return f"{FIRST_DAY.year + half // 12}-{half % 12 + 1:02}"


@functools.cache
def system() -> Any:
    """The rule as OpenFisca has rules: variables with formulas over whole populations."""
    from openfisca_core.entities import build_entity  # noqa: PLC0415
    from openfisca_core.periods import MONTH  # noqa: PLC0415
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # noqa: PLC0415
    from openfisca_core.variables import Variable  # noqa: PLC0415

    person = build_entity(key="person", plural="persons", label="A member", is_person=True)

    class hours(Variable):  # noqa: N801
        value_type, entity, definition_period, label = int, person, MONTH, "Hundredths worked in the half year"

    class covered(Variable):  # noqa: N801
        value_type, entity, definition_period, label = bool, person, MONTH, "Covered after the half year"

        def formula(persons, period):  # noqa: N805
            worked, before = persons("hours", period), period.last_month
            if period.start.date <= FIRST_DAY:
                return worked >= 600_00  # nothing is known before
            was = persons("covered", before)
            keeps = worked + persons("bank", before) >= 400_00
            begins = (worked >= 600_00) | (worked + persons("hours", before) >= 600_00)
            return np.where(was, keeps, begins)

    class bank(Variable):  # noqa: N801
        value_type, entity, definition_period, label = int, person, MONTH, "Hundredths in the bank after the half year"

        def formula(persons, period):  # noqa: N805
            before = period.last_month
            if period.start.date <= FIRST_DAY:
                return 0 * persons("hours", period)
            held, was = persons("bank", before), persons("covered", before)
            over = persons("hours", period) - 400_00
            kept = np.where(over >= 0, held + np.minimum(over, np.maximum(0, 450_00 - held)), held + over)
            return np.where(was & persons("covered", period), kept, held)

    made = TaxBenefitSystem([person])
    made.add_variables(hours, covered, bank)
    return made
