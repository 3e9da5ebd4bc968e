"""Floors of law for pensions, as a validator: vesting, years of service, breaks. Never a plan's rule.

What a plan asked of people in the past is history: a file is held to the law by what stands in it last, a proposal by
all that holds from its first change on.

Sources, as summarised in the field notes (section a3): 29 USC 1053 (vesting schedules, years of service, breaks, what
may be disregarded after them), 29 CFR 2530.200b-3 and -4 (equivalencies, one-year breaks), 26 CFR 1.410(a)-5 and
1.411(a)-6 (the greater of five breaks and the service before them).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules import units
from rules.checking import measure, service
from rules.floors import Broken, Floors, Since
from rules.shape_pension import PARTS_OF_A_YEAR

if TYPE_CHECKING:
    import datetime

    from rules.leaves import Value
    from rules.terms import Terms

    Day = datetime.date

LAW = "29 USC 1053(a)(2)"
# After so many years at least so many percent: either all at once, or by steps.
CLIFF_DB, GRADED_DB = {5: 100}, {3: 20, 4: 40, 5: 60, 6: 80, 7: 100}
CLIFF_DC, GRADED_DC = {3: 100}, {2: 20, 3: 40, 4: 60, 5: 80, 6: 100}
MOST_BREAKS = 5  # consecutive breaks before service may be disregarded
ALL = 100_00
EARLIER = "participation.earlier_service"


def vesting_db(terms: "Terms", since: Since) -> Iterator[Broken]:
    """A defined benefit vests in full after five years of service, or by 20 percent a year from three to seven."""
    told = "five years, or by 20 percent a year from three to seven"
    return _vesting(terms, since, CLIFF_DB, GRADED_DB, "(A)", told)


def vesting_dc(terms: "Terms", since: Since) -> Iterator[Broken]:
    """An account vests in full after three years of service, or by 20 percent a year from two to six."""
    return _vesting(terms, since, CLIFF_DC, GRADED_DC, "(B)", "three years, or by 20 percent a year from two to six")


def hours(terms: "Terms", since: Since) -> Iterator[Broken]:
    """1,000 hours are a year of service, and a year with more than 500 is no break."""
    return _hours(terms, since, 1_000_00, 500_01, "29 USC 1053(b)(2) and (3), 29 CFR 2530.200b-4")


def hours_worked(terms: "Terms", since: Since) -> Iterator[Broken]:
    """Where only hours worked are counted: 870 hours and 435."""
    return _hours(terms, since, 870_00, 435_01, "29 CFR 2530.200b-3(d)(1)")


def regular_time(terms: "Terms", since: Since) -> Iterator[Broken]:
    """Where only regular time is counted: 750 hours and 375."""
    return _hours(terms, since, 750_00, 375_01, "29 CFR 2530.200b-3(d)(2)")


def breaks(terms: "Terms", since: Since) -> Iterator[Broken]:
    """Service is lost no earlier than by the greater of five breaks in a row and the years of service."""
    law = "26 CFR 1.410(a)-5(c)(4) and 1.411(a)-6(c)"
    path = "breaks.permanent"
    for day in _days(terms, since, "breaks.", "vesting."):
        asked = [years for years in _amounts(terms, f"{path}.years", day) if years is not None]
        if not asked:
            continue
        if min(asked) < MOST_BREAKS:
            told = f"service may be lost after {MOST_BREAKS} breaks in a row at the earliest, not after {min(asked)}"
            yield f"{path}.years", f"{law}: {told}"
        by_service = {value.word for value in _values(terms, f"{path}.or_service", day) if value} == {"true"}
        # Who has as many years of service as breaks are asked for is vested, so there is nothing left to lose.
        moot = not terms.has("vesting.also") and any(
            after <= min(asked) * PARTS_OF_A_YEAR for after, _ in _schedule(terms, day)
        )
        if not by_service and not moot:
            told = (
                "service may be lost only when the breaks are as many as the years of service: 'or_service' is missing"
            )
            yield path, f"{law}: {told}"


def _days(terms: "Terms", since: Since, *prefixes: str) -> "list[Day]":
    """The days to look at: the last on which something of some sections changes; or the first on which a proposal
    changes something of them, and all after it."""
    days = sorted({day for path, leaf in terms.leaves.items() if path.startswith(prefixes) for day in leaf.values})
    if since is None:
        return days[-1:]
    first = min((day for path, day in since.items() if path.startswith(prefixes)), default=None)
    return [] if first is None else [day for day in days if day >= first]


def _values(terms: "Terms", path: str, day: "Day") -> "list[Value | None]":
    """What a path holds on a day, for each kind of member; none where the file does not have it."""
    keys = [f"{path}.{key}" for key in terms.choices[path].keys] if path in terms.choices else [path]
    return [terms.leaves[key].on(day) for key in keys if key in terms.leaves]


def _amounts(terms: "Terms", path: str, day: "Day") -> list[int | None]:
    """The amounts that a path holds on a day, for each kind of member; None for nothing."""
    found: list[int | None] = []
    for value in _values(terms, path, day):
        if value is None or value.amount is None:
            found.append(None)
        elif value.times:
            found += [None if of is None else value.amount * of // 100 for of in _amounts(terms, value.times, day)]
        else:
            found.append(value.amount)
    return found


def _schedule(terms: "Terms", day: "Day") -> list[tuple[int, int]]:
    """After how many years of service (ten-thousandths) how many percent (hundredths) are vested, for whom it takes
    longest; without the steps that somebody never reaches."""
    vests = service(terms, "vesting")
    found = []
    most = min((most for most in _amounts(terms, f"service.{vests}.most", day) if most is not None), default=None)
    also = max((years for years in _amounts(terms, "vesting.also.at_least", day) if years is not None), default=0)
    for name in terms.below("vesting.steps"):
        after, gives = (_amounts(terms, f"vesting.steps.{name}.{key}", day) for key in ("after", "gives"))
        reached = [years for years in after if years is not None and (most is None or years <= most)]
        given = [percent for percent in gives if percent is not None]
        if after and len(reached) == len(after) and len(given) == len(gives):
            found.append((max(*reached, also), min(given)))
    return found


def _vesting(
    terms: "Terms", since: Since, cliff: dict[int, int], graded: dict[int, int], part: str, told: str
) -> Iterator[Broken]:
    if since is None and not terms.has("vesting.steps"):
        yield "vesting", f"{LAW}{part}: nothing vests: benefits vest after {told}"
        return
    for day in _days(terms, since, "vesting.", "indexes.", f"service.{service(terms, 'vesting')}.most"):
        given = _schedule(terms, day)
        if any(_keeps(given, floor) for floor in (cliff, graded)):
            continue
        ((years, _),) = cliff.items()
        full = min((after for after, gives in given if gives == ALL), default=None)
        when = "never" if full is None else f"after {units.written_rate(full).removesuffix('.00')} years only"
        less = units.written(_vested(given, years)).removesuffix(".00")
        here = f"and here in full {when}, and {less} percent after {years} years"
        yield _place(terms, "vesting", day), f"{LAW}{part}: benefits vest after {told}, {here}"


def _vested(given: list[tuple[int, int]], years: int) -> int:
    """The percentage (hundredths) after so many years."""
    return max((gives for after, gives in given if after <= years * PARTS_OF_A_YEAR), default=0)


def _keeps(given: list[tuple[int, int]], floor: dict[int, int]) -> bool:
    """Whether a schedule vests as much as the law's."""
    return all(_vested(given, years) >= percent * 100 for years, percent in floor.items())


def _place(terms: "Terms", section: str, day: "Day") -> str:
    """Where a section changes on a day; where it first says something, if it says nothing new then."""
    paths = [path for path in terms.leaves if path.startswith(f"{section}.")]
    return next((path for path in paths if day in terms.leaves[path].values), paths[0])


def _hours(terms: "Terms", since: Since, year: int, no_break: int, law: str) -> Iterator[Broken]:
    """Limits in hours, for the service that vests and for breaks; what counts by other units has no such floor here."""
    vests, most = service(terms, "vesting"), units.written(year).removesuffix(".00")
    for day in _days(terms, since, f"service.{vests}.", "credit.", "indexes."):
        credited = _credited(terms, vests, year, day)
        if credited is not None and credited < PARTS_OF_A_YEAR:
            here = f"and here {most} hours are {units.written_rate(credited)} of one"
            told = f"a year of service takes no more than {most} hours, {here}"
            yield _place(terms, f"service.{vests}", day), f"{law}: {told}"
    for day in _days(terms, since, "participation."):
        asked = [
            amount
            for amount in _amounts(terms, "participation.at_least", day)
            if amount is not None and terms.texts[f"credit.{measure(terms, 'participation')}.unit"] == "hour"
        ]
        if asked and max(asked) > year and "lost" in {one.word for one in _values(terms, EARLIER, day) if one}:
            told = f"years of service with {most} hours before somebody takes part are not left out"
            yield EARLIER, f"{law}: {told}"
    limits = [f"breaks.under.{limit}" for limit in terms.below("breaks.under")]
    by_hours = [path for path in limits if terms.texts[f"credit.{measure(terms, path)}.unit"] == "hour"]
    for day in _days(terms, since, "breaks.under.", "credit.", "indexes.") if by_hours == limits else ():
        # A year is a break if it is under all limits that are in force.
        asked = [
            _raw(terms, measure(terms, path), max(amounts), day)
            for path in limits
            if (amounts := [one for one in _amounts(terms, f"{path}.less_than", day) if one is not None])
        ]
        if asked and min(asked) > no_break:
            most_of_a_break = units.written(no_break - 1).removesuffix(".00")
            told = f"a year with more than {most_of_a_break} hours is no break in service"
            yield f"{limits[0]}.less_than", f"{law}: {told}"


def _credited(terms: "Terms", vests: str, amount: int, day: "Day") -> int | None:
    """How much of a year (ten-thousandths) a year with so many hours (hundredths) credits, by the best route in hours
    and for whom it credits least; None where no route in hours is open."""
    best, path = None, f"service.{vests}"
    for route in terms.below(f"{path}.routes"):
        of = measure(terms, f"{path}.routes.{route}")
        if terms.texts[f"credit.{of}.unit"] != "hour":
            continue
        reached, given = -1, 0
        for step in terms.below(f"{path}.routes.{route}.steps"):
            keys = (f"{path}.routes.{route}.steps.{step}.{key}" for key in ("from", "gives", "per"))
            start, gives, per = ([one for one in _amounts(terms, key, day) if one is not None] for key in keys)
            if start:
                best = best or 0
            if start and reached < max(start) and _raw(terms, of, max(start), day) <= amount:
                reached = max(start)
                given = min(gives) if gives else _as_credited(terms, of, amount, day) * PARTS_OF_A_YEAR // max(per)
        best = None if best is None else max(best, given)
    if best is None:
        return None
    for limit in _amounts(terms, f"{path}.round_down_to", day):
        best -= best % limit if limit else 0
    return min([best, *(most for most in _amounts(terms, f"{path}.most_per_year", day) if most is not None)])


def _factors(terms: "Terms", of: str, day: "Day") -> tuple[int, int]:
    """By what a measure multiplies and divides what was worked on a day."""
    found = (
        max((one for one in _amounts(terms, f"credit.{of}.{key}", day) if one), default=1_00)
        for key in ("multiply_by", "divide_by")
    )
    by, into = found
    return by, into


def _raw(terms: "Terms", of: str, amount: int, day: "Day") -> int:
    """How many hours (hundredths) come to an amount of a measure, by its conversion on a day."""
    by, into = _factors(terms, of, day)
    return amount * into // by


def _as_credited(terms: "Terms", of: str, amount: int, day: "Day") -> int:
    """What hours (hundredths) come to in a measure."""
    by, into = _factors(terms, of, day)
    return amount * by // into


FLOORS: Floors = {
    "erisa-db": vesting_db,
    "erisa-dc": vesting_dc,
    "erisa-hours": hours,
    "erisa-hours-worked": hours_worked,
    "erisa-regular-time": regular_time,
    "erisa-breaks": breaks,
}
