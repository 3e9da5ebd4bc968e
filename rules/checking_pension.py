"""What must hold between the places of a pension's terms file, beyond the shape of each: measures, services, law.

The checks that health plans are held to as well (names, measures, what follows what, levers) are those of
:mod:`rules.checking`. Each failure is a :class:`rules.checking.Wrong` that names a path.
"""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules import checking, floors, floors_pension, shape
from rules.checking import Wrong, held, words_of
from rules.leaves import UNDATED

if TYPE_CHECKING:
    from rules.terms import Terms

FIXED = ("calendar.years", "calendar.starting")  # one value for all time
OF_SERVICE = ("vesting", "retirement")  # sections whose 'of' names a service; elsewhere it names a measure


def check(terms: "Terms", since: floors.Since = None) -> None:
    """Hold a pension's terms to everything that is checked here. Raises Wrong for the first that does not hold."""
    checking.named(terms)
    checking.same_for_all(terms)
    _calendar(terms)
    _references(terms)
    for service in terms.below("service"):
        for route in terms.below(f"service.{service}.routes"):
            _steps(terms, f"service.{service}.routes.{route}.steps")
        if "true" in words_of(terms, f"service.{service}.cumulative"):
            _cumulative(terms, f"service.{service}")
    _percents(terms)
    for section in ("benefit", "account"):
        _parts(terms, section)
    if terms.has("breaks.permanent.or_service") and not terms.has("vesting"):
        raise Wrong("breaks.permanent", "a permanent break is for those who are not vested: 'vesting' is missing")
    if "service_year" in words_of(terms, "breaks.repair") and not terms.has("vesting"):
        raise Wrong("breaks.repair", "a year of service is one of the service that vests: 'vesting' is missing")
    for name in terms.below("credit"):
        checking.converted(terms, name)
    checking.units_fit(terms, measured(terms))
    checking.levers(terms)
    broken = floors.broken(terms, floors_pension.FLOORS, since)
    if broken:
        raise Wrong(*broken)


def measured(terms: "Terms") -> Iterator[tuple[str, str]]:
    """Every leaf that holds an amount of a measure, with the measure."""
    for path, leaf in terms.leaves.items():
        parts = path.split(".")
        if not isinstance(leaf.shape, shape.Quantity) or leaf.shape.unit != shape.CREDIT:
            continue
        if parts[0] == "service":
            yield path, checking.measure(terms, ".".join(parts[:4]))
        elif parts[0] == "credit":
            yield path, parts[1]
        elif parts[0] == "breaks" and parts[1] == "exempt":
            yield path, terms.below("credit")[0]
        elif parts[0] in ("breaks", "retirement"):
            yield path, checking.measure(terms, ".".join(parts[:3]))
        elif parts[0] in ("participation", "imputed"):
            yield path, checking.measure(terms, ".".join(parts[: 1 if parts[0] == "participation" else 2]))


def names_service(path: str) -> bool:
    """Whether an 'of' at a path names a service, not a measure."""
    parts = path.split(".")
    total = parts[0] == "retirement" and parts[2] == "total"
    return (parts[0] in OF_SERVICE and not total) or (parts[0] in ("benefit", "account") and "tier" in parts)


def _calendar(terms: "Terms") -> None:
    for path in FIXED:
        if len(held(terms, path)) > 1 or path in terms.choices:
            raise Wrong(path, "the years of a plan are the same at all times and for every member: write one value")
        if any(value.ends for value in held(terms, path)):
            raise Wrong(path, "a plan always counts by years: this cannot end")
    plan_year = words_of(terms, "calendar.years") == {"plan_year"}
    if plan_year != terms.has("calendar.starting"):
        raise Wrong("calendar", "'starting' belongs to plan years, and plan years need it: the month they begin with")


def _references(terms: "Terms") -> None:
    measures, services = terms.below("credit"), terms.below("service")
    used = {name for path, name in measured(terms) if not path.startswith("credit.")}
    for path, text in terms.texts.items():
        last = path.rpartition(".")[2]
        if path.startswith("credit.") or last not in ("of", "only_in"):
            continue
        if path.split(".")[0] in ("benefit", "account") and last == "of" and "tier" not in path.split("."):
            known = (*measures, *services)
        else:
            known = tuple(services if last == "only_in" or names_service(path) else measures)
        if text not in known:
            raise Wrong(path, f"there is no {text!r} here; there are: {', '.join(known)}")
        _alone(terms, path, text)
        used.add(text)
    both = set(measures) & set(services)
    if both:
        raise Wrong(
            f"service.{min(both)}", f"{min(both)!r} is the name of a measure too: give one of them another name"
        )
    used |= {checking.measure(terms, path) for path, _ in parts_of(terms)}
    for name in measures:
        into = terms.texts.get(f"credit.{name}.adds_to")
        if into and into not in measures:
            raise Wrong(f"credit.{name}.adds_to", f"there is no measure {into!r} under 'credit'")
        if into and name == measures[0]:
            told = "the first measure is the one meant where none is named, so it cannot add to another: put it later"
            raise Wrong(f"credit.{name}.adds_to", told)
        if into:
            _alone(terms, f"credit.{name}.adds_to", into)
        if name not in used and not into:
            raise Wrong(f"credit.{name}", f"the measure {name!r} is used by nothing")


def _alone(terms: "Terms", path: str, name: str) -> None:
    """What adds to another measure is none by itself, so nothing can name it."""
    into = terms.texts.get(f"credit.{name}.adds_to")
    if into:
        raise Wrong(path, f"{name!r} adds to {into!r} and is no measure by itself: name one that is")


def parts_of(terms: "Terms") -> Iterator[tuple[str, str]]:
    """The parts of benefit and account: path and name, in the order of the file."""
    for section in ("benefit", "account"):
        for name in terms.below(f"{section}.parts"):
            yield f"{section}.parts.{name}", name


def _steps(terms: "Terms", path: str) -> None:
    """Steps rise, on every day on which one of them changes (where they are the same for every member)."""
    names = [name for name in terms.below(path) if f"{path}.{name}.from" not in terms.choices]
    leaves = [terms.leaves[f"{path}.{name}.from"] for name in names]
    for day in sorted({day for leaf in leaves for day in leaf.values}):
        begun = [value.amount for leaf in leaves if (value := leaf.on(day)) and not value.times]
        amounts = [amount for amount in begun if amount is not None]
        if any(later <= earlier for earlier, later in itertools.pairwise(amounts)):
            on = "" if day == UNDATED else f"on {day} "
            told = f"steps rise, and {on}one of these begins no later than the one before it"
            raise Wrong(path, f"{told}: write them in the order of 'from'")
    for name in terms.below(path):
        if any(value.amount == 0 for value in held(terms, f"{path}.{name}.per")):
            raise Wrong(f"{path}.{name}.per", "nothing can be divided by 0")


def _cumulative(terms: "Terms", path: str) -> None:
    """Years that run on from year to year are hours divided by one number."""
    routes = terms.below(f"{path}.routes")
    steps = [
        f"{path}.routes.{route}.steps.{step}"
        for route in routes
        for step in terms.below(f"{path}.routes.{route}.steps")
    ]
    if len(steps) != 1 or not terms.has(f"{steps[0]}.per"):
        raise Wrong(f"{path}.cumulative", "what is cumulative has one route with one step, which has 'per'")


def _percents(terms: "Terms") -> None:
    """More service vests no less."""
    for path in [f"vesting.steps.{name}" for name in terms.below("vesting.steps")]:
        if not any(value.amount for value in held(terms, f"{path}.gives")):
            raise Wrong(f"{path}.gives", "a step gives more than 0 percent")


def _parts(terms: "Terms", section: str) -> None:
    for name in terms.below(f"{section}.parts"):
        path = f"{section}.parts.{name}"
        of = terms.texts.get(f"{path}.of") or terms.below("credit")[0]
        if terms.has(f"{path}.percent") and (
            of not in terms.below("credit") or terms.texts[f"credit.{of}.unit"] != "dollar"
        ):
            raise Wrong(f"{path}.percent", f"a percentage is one of dollars, and {of!r} is not counted in dollars")
        tier = f"{path}.tier"
        for least in held(terms, f"{tier}.after"):
            for most in held(terms, f"{tier}.until"):
                if (most.amount or 0) <= (least.amount or 0):
                    raise Wrong(f"{tier}.until", "this tier ends before it begins: 'until' is to be more than 'after'")
