"""P3R: the Motion Picture plan as it is, tested every month over rolling half years, as OpenFisca-core would say it.

P3 takes fixed half years, in which a formula over a whole population is all that happens. Here is what plans do: each
member has benefit periods of their own, hours are used up, a bank carries over, and who lapsed for 30 months begins
anew; 60,000 members x 120 months of the shipped file, without its relief orders. OpenFisca's numpy formulas take every
step for every member in every month. Both must cover the same people in every month.
"""

import functools
from collections.abc import Iterator
from typing import Any

import click
import numpy as np

from benchmarks.engine import MEMBERS, MONTHS, result, rounded, side_by_side
from benchmarks.membership import monthly_hours
from benchmarks.openfisca import FIRST_DAY, GOAL, NOT_INSTALLED, period
from rules import evaluate, terms, ticks

IDS = ("P3R",)
NEVER = -1_000  # the month up to which somebody is covered who never was
FIRST_TICK = 2011 * 12 + 9


def measure() -> Iterator[dict[str, Any]]:
    """One line, or the reason why there is none."""
    try:
        import openfisca_core  # noqa: F401, PLC0415
    except ImportError:
        click.echo(f"P3R {NOT_INSTALLED}", err=True)
        return
    hours = monthly_hours(MEMBERS, MONTHS)
    ours, theirs = count(hours), covered_by_openfisca(hours, range(MONTHS))
    last = covered_by_openfisca(hours, [MONTHS - 1])
    ours_s, theirs_s = side_by_side(lambda: count(hours), lambda: covered_by_openfisca(hours, range(MONTHS)), rounds=3)
    wrong = int((last[:, -1] != theirs[:, -1]).sum())
    alike = bool((theirs.sum(axis=0) == ours).all())
    detail = {
        "members": MEMBERS,
        "months": MONTHS,
        "alike": alike,
        "ours_ms": rounded(ours_s),
        "openfisca_ms": rounded(theirs_s),
        "goal is at least": GOAL,
        "openfisca_wrong_when_asked_one_month": wrong,
        "of them percent": round(100 * wrong / MEMBERS, 1),
    }
    line = result("P3R", theirs_s / ours_s, GOAL, detail)
    yield {**line, "holds": theirs_s / ours_s >= GOAL and alike}


@functools.cache
def laid() -> tuple[terms.Terms, ticks.Laid]:
    """The plan without its relief orders, laid out on ten years of months."""
    plan = terms.plan("mpi-health")
    for name in plan.relief:
        plan = plan.without_order(name)
    first = plan.chart.months.index(FIRST_TICK)
    return plan, ticks.lay(plan).laid.span(first, first + MONTHS)


def count(hours: np.ndarray) -> np.ndarray:
    """How many our engine covers, by month."""
    plan, run = laid()
    return evaluate.covered_by_tick(run, evaluate.counts_of(plan), hours[None])


def covered_by_openfisca(hours: np.ndarray, asked: Any) -> np.ndarray:
    """Whom OpenFisca covers in the months asked for, in their order."""
    from openfisca_core.simulations import SimulationBuilder  # noqa: PLC0415

    simulation = SimulationBuilder().build_default_simulation(system(), len(hours))
    for month, total in enumerate(hours.cumsum(axis=1).T):
        simulation.set_input("total", period(month), total)  # by a formula they would be wrong, too, for one month
    return np.array([simulation.calculate("covered", period(month)) for month in asked]).T


def number(of: Any) -> int:
    """Which month of the span a period is."""
    return int((of.start.year - FIRST_DAY.year) * 12 + of.start.month - 1)


@functools.cache
def system() -> Any:
    """The plan as OpenFisca has rules. What is known of the month before decides; before the first, nothing is."""
    from openfisca_core.entities import build_entity  # noqa: PLC0415
    from openfisca_core.periods import MONTH  # noqa: PLC0415
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # noqa: PLC0415
    from openfisca_core.variables import Variable  # noqa: PLC0415

    person = build_entity(key="person", plural="persons", label="A member", is_person=True)

    def before(persons: Any, name: str, of: Any, nothing: int = 0, months: int = 1) -> np.ndarray:
        return persons(name, of.offset(-months)) if number(of) >= months else np.full(persons.count, nothing, np.int32)

    def worked(persons: Any, of: Any, months: int) -> np.ndarray:
        return persons("total", of) - np.maximum(before(persons, "total", of, 0, months), before(persons, "used", of))

    def passes(persons: Any, of: Any) -> np.ndarray:
        """Who is tested in a month, and passes."""
        was = before(persons, "covered_to", of, NEVER)
        initial = number(of) - was >= 30
        keeps = worked(persons, of, 6) + before(persons, "bank", of) >= 400_00
        return (was <= number(of)) & np.where(initial, worked(persons, of, 12) >= 600_00, keeps)

    class total(Variable):  # noqa: N801
        value_type, entity, definition_period, label = int, person, MONTH, "Hundredths worked up to the month's end"

    class covered_to(Variable):  # noqa: N801
        value_type, entity, definition_period, label = int, person, MONTH, "The month before which cover ends"

        def formula(persons, period):  # noqa: N805
            return np.where(passes(persons, period), number(period) + 6, before(persons, "covered_to", period, NEVER))

    class used(Variable):  # noqa: N801
        value_type, entity, definition_period, label = int, person, MONTH, "Hundredths used up by the last test passed"

        def formula(persons, period):  # noqa: N805
            passed = persons("covered_to", period) == number(period) + 6
            return np.where(passed, persons("total", period), before(persons, "used", period))

    class bank(Variable):  # noqa: N801
        value_type, entity, definition_period, label = int, person, MONTH, "Hundredths in the bank after the test"

        def formula(persons, period):  # noqa: N805
            held, over = before(persons, "bank", period), worked(persons, period, 6) - 400_00
            kept = held + np.minimum(over, np.maximum(0, 450_00 - held))
            keeps = (persons("covered_to", period) == number(period) + 6) & (
                number(period) - before(persons, "covered_to", period, NEVER) < 30
            )
            return np.where(keeps, kept, held)

    class covered(Variable):  # noqa: N801
        value_type, entity, definition_period, label = bool, person, MONTH, "Covered from the test of the month on"

        def formula(persons, period):  # noqa: N805
            return persons("covered_to", period) > number(period)

    made = TaxBenefitSystem([person])
    made.add_variables(total, covered_to, used, bank, covered)
    return made
