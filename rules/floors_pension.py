"""Floors of law for pensions, as a validator: vesting, years of service, breaks. Never a plan's rule.

Sources, as summarised in the field notes (section a3): 29 USC 1053 (vesting schedules, years of service, breaks, what
may be disregarded after them), 29 CFR 2530.200b-3 and -4 (equivalencies, one-year breaks), 26 CFR 1.410(a)-5 and
1.411(a)-6 (the greater of five breaks and the service before them).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules import units
from rules.checking import held, measure, service
from rules.floors import Broken, Floors
from rules.shape_pension import PARTS_OF_A_YEAR

if TYPE_CHECKING:
    import datetime

    from rules.terms import Terms

LAW = "29 USC 1053(a)(2)"
# After so many years at least so many percent: either all at once, or by steps.
CLIFF_DB, GRADED_DB = {5: 100}, {3: 20, 4: 40, 5: 60, 6: 80, 7: 100}
CLIFF_DC, GRADED_DC = {3: 100}, {2: 20, 3: 40, 4: 60, 5: 80, 6: 100}
MOST_BREAKS = 5  # consecutive breaks before service may be disregarded


def vesting_db(terms: "Terms") -> Iterator[Broken]:
    """A defined benefit vests in full after five years of service, or by 20 percent a year from three to seven."""
    return _vesting(terms, CLIFF_DB, GRADED_DB, "(A)", "five years, or by 20 percent a year from three to seven")


def vesting_dc(terms: "Terms") -> Iterator[Broken]:
    """An account vests in full after three years of service, or by 20 percent a year from two to six."""
    return _vesting(terms, CLIFF_DC, GRADED_DC, "(B)", "three years, or by 20 percent a year from two to six")


def hours(terms: "Terms") -> Iterator[Broken]:
    """A year of service takes no more than 1,000 hours, and a year with 500 is no break."""
    return _hours(terms, 1_000_00, 500_01, "29 USC 1053(b)(2) and (3), 29 CFR 2530.200b-4")


def hours_worked(terms: "Terms") -> Iterator[Broken]:
    """Where only hours worked are counted: 870 hours and 435."""
    return _hours(terms, 870_00, 435_01, "29 CFR 2530.200b-3(d)(1)")


def regular_time(terms: "Terms") -> Iterator[Broken]:
    """Where only regular time is counted: 750 hours and 375."""
    return _hours(terms, 750_00, 375_01, "29 CFR 2530.200b-3(d)(2)")


def breaks(terms: "Terms") -> Iterator[Broken]:
    """Service is lost no earlier than by the greater of five breaks in a row and the years of service."""
    law = "26 CFR 1.410(a)-5(c)(4) and 1.411(a)-6(c)"
    for value in held(terms, "breaks.permanent.years"):
        if value.amount is not None and value.amount < MOST_BREAKS:
            told = f"service may be lost after {MOST_BREAKS} breaks in a row at the earliest, not after {value.amount}"
            yield "breaks.permanent.years", f"{law}: {told}"
    years = min(
        (value.amount for value in held(terms, "breaks.permanent.years") if value.amount is not None), default=0
    )
    steps = [held(terms, f"vesting.steps.{name}.after") for name in terms.below("vesting.steps")]
    # Who has as many years of service as breaks are asked for is vested, so there is nothing left to lose.
    moot = not terms.has("vesting.also") and any(
        all(value.amount is not None and value.amount <= years * PARTS_OF_A_YEAR for value in step) for step in steps
    )
    by_service = {value.word for value in held(terms, "breaks.permanent.or_service")} == {"true"}
    if terms.has("breaks.permanent") and not by_service and not moot:
        told = "service may be lost only when the breaks are as many as the years of service: 'or_service' is missing"
        yield "breaks.permanent", f"{law}: {told}"


def _days(terms: "Terms") -> "list[datetime.date]":
    """Every day on which something about vesting changes."""
    return sorted({day for path, leaf in terms.leaves.items() if path.startswith("vesting.") for day in leaf.values})


def _vesting(terms: "Terms", cliff: dict[int, int], graded: dict[int, int], part: str, told: str) -> Iterator[Broken]:
    steps = [f"vesting.steps.{name}" for name in terms.below("vesting.steps")]
    if not steps:
        yield "vesting", f"{LAW}{part}: nothing vests: benefits vest after {told}"
    for day in _days(terms):
        given = []
        for step in steps:
            after = [value for path in _leaves(terms, f"{step}.after") if (value := terms.leaves[path].on(day))]
            gives = [value for path in _leaves(terms, f"{step}.gives") if (value := terms.leaves[path].on(day))]
            slowest = max((value.amount or 0 for value in after if value.amount is not None), default=None)
            least = min((value.amount or 0 for value in gives), default=None)
            if slowest is not None and least is not None:
                given.append((slowest, least))
        if given and not any(_keeps(given, floor) for floor in (cliff, graded)):
            slow = max(given, key=lambda one: one[0])
            years = units.written_rate(slow[0]).removesuffix(".00")
            place = steps[-1] if len(steps) > 1 else f"{steps[0]}.after"
            yield place, f"{LAW}{part}: benefits vest after {told}, and here in full after {years} years only"


def _leaves(terms: "Terms", path: str) -> list[str]:
    keys = [f"{path}.{key}" for key in terms.choices[path].keys] if path in terms.choices else [path]
    return [key for key in keys if key in terms.leaves]


def _keeps(given: list[tuple[int, int]], floor: dict[int, int]) -> bool:
    """Whether so many percent (hundredths) after so many years (ten-thousandths) are as much as a schedule asks."""
    return all(
        max((gives for after, gives in given if after <= years * PARTS_OF_A_YEAR), default=0) >= percent * 100
        for years, percent in floor.items()
    )


def _hours(terms: "Terms", year: int, no_break: int, law: str) -> Iterator[Broken]:
    """Limits in hours, for the service that vests and for breaks; what counts by other units has no such floor here."""
    vests = service(terms, "vesting")
    for route in terms.below(f"service.{vests}.routes"):
        path = f"service.{vests}.routes.{route}"
        if terms.texts[f"credit.{measure(terms, path)}.unit"] != "hour":
            continue
        whole = [
            f"{path}.steps.{step}.from"
            for step in terms.below(f"{path}.steps")
            if _whole(terms, f"{path}.steps.{step}")
        ]
        for leaf in whole[:1]:
            for value in held(terms, leaf):
                if value.amount is not None and not value.times and value.amount > year:
                    asked = units.written(value.amount).removesuffix(".00")
                    most = units.written(year).removesuffix(".00")
                    yield leaf, f"{law}: a year of service takes no more than {most} hours, not {asked}"
    for limit in terms.below("breaks.under"):
        path = f"breaks.under.{limit}"
        if terms.texts[f"credit.{measure(terms, path)}.unit"] != "hour":
            continue
        for value in held(terms, f"{path}.less_than"):
            if value.amount is not None and value.amount > no_break:
                most = units.written(no_break - 1).removesuffix(".00")
                told = f"a year with more than {most} hours is no break in service"
                yield f"{path}.less_than", f"{law}: {told}"


def _whole(terms: "Terms", step: str) -> bool:
    """Whether a step gives a whole year."""
    return any((value.amount or 0) >= PARTS_OF_A_YEAR for value in held(terms, f"{step}.gives"))


FLOORS: Floors = {
    "erisa-db": vesting_db,
    "erisa-dc": vesting_dc,
    "erisa-hours": hours,
    "erisa-hours-worked": hours_worked,
    "erisa-regular-time": regular_time,
    "erisa-breaks": breaks,
}
