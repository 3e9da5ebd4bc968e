"""What fits its place in a pension's file and can hardly be meant: steps that nobody reaches, rules that never apply.

A day that begins no year exempts nothing, so that is refused; the rest are warnings, each with the place and the cure.
"""

import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rules import checking, shape_pension, units
from rules.checking import held
from rules.checking_pension import names_service, parts_of
from rules.findings import Finding, caps, cases, zeros

if TYPE_CHECKING:
    from rules.terms import Terms

IDLE_AT_0 = {
    **dict.fromkeys(("most_per_year", "most"), "no year ever credits anything"),
    **dict.fromkeys(("less_than",), "no year is ever a break"),
    **dict.fromkeys(("rate", "percent"), "this part is never anything"),
    **dict.fromkeys(("per_month",), "nothing is ever added"),
}
USING = ("vesting", "benefit", "account", "retirement")  # sections that years of service lead to
BY_YEAR = ("service.", "vesting.", "breaks.", "participation.")
WHOLE = shape_pension.PARTS_OF_A_YEAR


def findings(terms: "Terms") -> Iterator[Finding]:
    """Everything that is found of a pension, in the order of a booklet."""
    yield from zeros(terms, IDLE_AT_0)
    yield from caps(terms)
    for name in terms.below("service"):
        for route in terms.below(f"service.{name}.routes"):
            yield from _steps(terms, f"service.{name}.routes.{route}")
        yield from _limits(terms, f"service.{name}")
    yield from _unused(terms)
    yield from _beyond(terms)
    yield from _vesting(terms)
    yield from _breaks(terms)
    yield from _exempt(terms)
    yield from _within_years(terms)


def _steps(terms: "Terms", route: str) -> Iterator[Finding]:
    """A step above what a year can have, or that gives no more than the one before it."""
    paths = [f"{route}.steps.{name}" for name in terms.below(f"{route}.steps")]
    cap = f"credit.{checking.measure(terms, route)}.cap_per_year"
    # A cap is for a calendar year; a year of any other kind has parts of two of them.
    times = 1 if terms.computation.period == "calendar_year" else 2
    for path in paths if terms.has(cap) else []:
        if _always(terms, lambda start, most: start > most * times, f"{path}.from", cap):
            most = units.written(min(value.amount or 0 for value in held(terms, cap)) * times)
            yield Finding(f"{path}.from", f"no year has more than {most} of this, so the step is never reached")
    for before, path in itertools.pairwise(paths):
        if _always(terms, lambda one, other: other <= one, f"{before}.gives", f"{path}.gives"):
            name = before.rpartition(".")[2]
            yield Finding(f"{path}.gives", f"the step {name!r} before it gives no less: this one changes nothing")


def _limits(terms: "Terms", path: str) -> Iterator[Finding]:
    """Rounding to more than a year may credit."""
    rounded, most = f"{path}.round_down_to", f"{path}.most_per_year"
    if "true" not in checking.words_of(terms, f"{path}.cumulative") and _always(
        terms, lambda one, other: one > other, rounded, most
    ):
        yield Finding(rounded, "this is more than 'most_per_year', so no rounding ever leaves anything below it")


def _unused(terms: "Terms") -> Iterator[Finding]:
    """A service, not the first one, that no section names."""
    named = {
        text
        for path, text in terms.texts.items()
        if path.endswith(".only_in") or (path.endswith(".of") and (names_service(path) or path.count(".parts.")))
    }
    uses = any(terms.has(section) for section in USING)  # else the years are all that the file tells of
    for name in terms.below("service")[1:]:
        if uses and name not in named:
            told = "no section names this service, so its years are counted and decide nothing"
            yield Finding(f"service.{name}", f"{told}: name it by 'of' where it is meant, or leave it out")


def _beyond(terms: "Terms") -> Iterator[Finding]:
    """More years asked for than the service ever has."""
    asked = [(f"vesting.steps.{name}.after", "vesting") for name in terms.below("vesting.steps")]
    asked.append(("vesting.also.at_least", "vesting.also"))
    asked += [(f"{path}.tier.after", f"{path}.tier") for path, _ in parts_of(terms)]
    asked += [
        (f"retirement.{route}.{key}.at_least", f"retirement.{route}.{key}")
        for route in terms.below("retirement")
        for key in ("service", "after_age")
    ]
    for path, section in asked:
        most = f"service.{checking.service(terms, section)}.most"
        if _always(terms, lambda one, other: one > other, path, most):
            told = f"the service {checking.service(terms, section)!r} never has so many years (its 'most' is less)"
            yield Finding(path, f"{told}, so nobody reaches this")


def _vesting(terms: "Terms") -> Iterator[Finding]:
    """A step that asks for more years than another one and gives no more."""
    steps = [f"vesting.steps.{name}" for name in terms.below("vesting.steps")]
    for one, other in itertools.permutations(steps, 2):
        paths = (f"{one}.after", f"{other}.after", f"{one}.gives", f"{other}.gives")
        places = steps.index(one) < steps.index(other)
        if _always(terms, lambda a, b, c, d, first=places: (a < b or (a == b and first)) and c >= d, *paths):
            told = f"the step {one.rpartition('.')[2]!r} gives no less for no more years, so this one changes nothing"
            yield Finding(f"{other}.gives", f"{told}: what is vested never falls")
            return


def _breaks(terms: "Terms") -> Iterator[Finding]:
    """Breaks that never come, or that nothing ends."""
    limits = [f"breaks.under.{name}.less_than" for name in terms.below("breaks.under")]
    never = not any(value.amount for path in limits for value in held(terms, path) if not value.ends)
    if terms.has("breaks.permanent") and limits:
        if never:
            told = "no limit under 'breaks.under' is ever in force, so no year is a break and this never comes"
            yield Finding("breaks.permanent", f"{told}: write the limits, or leave this out")
        elif _vested_at_once(terms):
            told = "everybody who takes part is vested from the first year on, so nobody ever loses anything"
            yield Finding("breaks.permanent", f"{told}: leave this out, or look at 'vesting.steps' again")
    if checking.words_of(terms, "breaks.repair") == {"service_year"}:
        path = f"service.{checking.service(terms, 'vesting')}.most_per_year"
        if _always(terms, lambda most: most < WHOLE, path):
            told = "no year credits a whole year of the service that vests ('most_per_year')"
            yield Finding("breaks.repair", f"{told}, so nothing ever repairs a break")


def _vested_at_once(terms: "Terms") -> bool:
    if terms.has("vesting.also"):
        return False
    steps = [f"vesting.steps.{name}" for name in terms.below("vesting.steps")]
    return any(_always(terms, lambda a, b: a == 0 and b > 0, f"{one}.after", f"{one}.gives") for one in steps)


def _exempt(terms: "Terms") -> Iterator[Finding]:
    """An exemption under a day that begins no year."""
    own, firsts = terms.computation.period == "from_hire", set(terms.computation.firsts())
    for name in terms.below("breaks.exempt"):
        path = f"breaks.exempt.{name}.for"
        if own:
            told = "years begin on each member's own day, and an exemption is for those that begin on the day it names"
            yield Finding(path, f"{told}: it exempts hardly anybody")
            continue
        for day in terms.leaves[path].values:
            if day not in firsts:
                yield Finding(path, _cure(terms, day), certain=True)
        for key in ("breaks_before", "next_at_least"):
            condition = f"breaks.exempt.{name}.{key}"
            for day in terms.leaves[condition].values if condition in terms.leaves else ():
                if day not in terms.leaves[path].values:
                    told = f"'for' exempts no year that begins on {day}, so this is a condition of nothing"
                    yield Finding(condition, f"{told}: write it under a day of 'for'", certain=True)


def _within_years(terms: "Terms") -> Iterator[Finding]:
    """A number of years that begins on another day than a year does."""
    if terms.computation.period == "from_hire":
        return
    firsts = terms.computation.firsts()
    for path, leaf in terms.leaves.items():
        if not path.startswith(BY_YEAR) or leaf.shape.keyed == "at":
            continue
        for day in leaf.values:
            if firsts[0] < day <= firsts[-1] and day not in firsts:
                following = next(first for first in firsts if first > day)
                told = f"years are counted by what holds on their first day: what is written under {day}"
                yield Finding(path, f"{told} begins with the year of {following}")


def _cure(terms: "Terms", day: datetime.date) -> str:
    first = terms.computation.firsts()
    before = max((one for one in first if one <= day), default=first[0])
    return f"no year begins on {day}, so this exempts nothing: write {before}, the first day of the year it lies in"


def _always(terms: "Terms", holds: Callable[..., bool], *paths: str) -> bool:
    """Whether something holds of the amounts at some paths whenever all of them are in force, and they ever are."""
    if not all(terms.has(path) for path in paths):
        return False
    found = [case for case in cases(terms, *paths) if None not in case]
    return bool(found) and all(holds(*case) for case in found)
