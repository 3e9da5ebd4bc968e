"""What must hold between the places of a terms file of any kind: names, measures, what follows what, levers.

A file and a proposal are held to the same checks. Each failure is a :class:`Wrong` that names a path; the loader turns
it into an error with line and column, a proposal's change into an error with the path.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rules import shape

if TYPE_CHECKING:
    from rules.leaves import Value
    from rules.terms import Terms

CONVERSIONS = ("multiply_by", "divide_by", "standard_rate")
PLAN_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
SAME_FOR_ALL = ("calendar.lag", "calendar.values_of", "coverage.retroactive", "coverage.grace_days")
NATURAL = {
    **{"hours": "hour", "days": "day", "weeks": "week", "months": "month", "points": "point"},
    **{"earnings": "dollar", "contributions": "dollar", "scale": "dollar"},
}


class Wrong(ValueError):  # noqa: N818 (what a file gets wrong, not a failure of the program)
    """Something that a file says does not fit with something else it says."""

    def __init__(self, path: str, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(f"{path}: {message}")


def routes(terms: "Terms") -> list[str]:
    """The paths of all routes, in the order of the file."""
    found = dict[str, None]()
    for path in terms.leaves:
        parts = path.split(".")
        if parts[0] == "qualify":
            found[".".join(parts[:4])] = None
    return list(found)


def tests(terms: "Terms", path: str) -> list[str]:
    """The paths of a route's tests, the main one first."""
    main = [f"{path}.{kind}" for kind in shape.TESTS if terms.has(f"{path}.{kind}")]
    also = [
        f"{path}.and.{name}.{kind}"
        for name in terms.below(f"{path}.and")
        for kind in shape.TESTS
        if terms.has(f"{path}.and.{name}.{kind}")
    ]
    return main + also


def measure(terms: "Terms", path: str) -> str:
    """The measure that a section means: the one it names, or the first."""
    return terms.texts.get(f"{path}.of") or terms.below("credit")[0]


def service(terms: "Terms", path: str) -> str:
    """The service of a pension that a section means: the one it names, or the first."""
    return terms.texts.get(f"{path}.of") or terms.below("service")[0]


def held(terms: "Terms", path: str) -> "list[Value]":
    """Every value that a path ever holds, whoever the member is; none where the file does not have it."""
    keys = [f".{key}" for key in terms.choices[path].keys] if path in terms.choices else [""]
    return [value for key in keys if path + key in terms.leaves for value in terms.leaves[path + key].values.values()]


def words_of(terms: "Terms", path: str) -> set[str]:
    """Every choice that a path ever holds."""
    return {value.word for value in held(terms, path) if value.word}


def named(terms: "Terms") -> None:
    """A plan has a short name and a title."""
    if not PLAN_NAME.fullmatch(terms.plan):
        raise Wrong("plan", f"{terms.plan!r} is not a plan's short name: small letters, digits and hyphens")
    if not terms.title.strip():
        raise Wrong("title", "expected the plan's title here")


def same_for_all(terms: "Terms") -> None:
    """What cannot depend on the member is written once."""
    for path, choice in terms.choices.items():
        first = terms.leaves.get(f"{path}.{choice.keys[0]}")
        word_of_credit = path.startswith("credit.") and first is not None and isinstance(first.shape, shape.Word)
        if path in SAME_FOR_ALL or word_of_credit:
            raise Wrong(path, "this is the same for every member: write it without 'by'")


def converted(terms: "Terms", name: str) -> None:
    """A measure's unit, its conversion and what of it is late or unpaid belong together."""
    path, unit = f"credit.{name}", terms.texts[f"credit.{name}.unit"]
    into = terms.texts.get(f"{path}.adds_to")
    if into and terms.texts[f"credit.{into}.unit"] != unit:
        raise Wrong(f"{path}.adds_to", f"{name!r} and {into!r} have different units")
    converts = [key for key in CONVERSIONS if terms.has(f"{path}.{key}")]
    if bool(converts) != terms.has(f"{path}.rounding"):
        raise Wrong(path, "a conversion and 'rounding' belong together")
    if not {"multiply_by", "divide_by"} & set(converts):
        for counted in sorted(words_of(terms, f"{path}.counts")):
            if NATURAL.get(counted, unit) != unit:
                cure = "mend 'unit', or say by 'multiply_by' or 'divide_by' what one of them is worth"
                raise Wrong(f"{path}.counts", f"{counted} are not counted in {unit}s: {cure}")
    for key in ("divide_by", "standard_rate"):
        if any(value.amount == 0 for value in held(terms, f"{path}.{key}")):
            raise Wrong(f"{path}.{key}", "nothing can be divided by 0")
    if terms.has(f"{path}.late") and not terms.has(f"{path}.late_after"):
        raise Wrong(f"{path}.late", "this needs 'late_after': what is late")
    if terms.has(f"{path}.unpaid_months") and words_of(terms, f"{path}.needs") != {"paid"}:
        raise Wrong(f"{path}.unpaid_months", "this needs 'needs: paid'")


def units_fit(terms: "Terms", counted: Iterable[tuple[str, str]]) -> None:
    """Amounts are in the unit of what they are about, and so is what they follow.

    ``counted`` are the leaves that hold an amount of a measure, each with its measure.
    """
    units: dict[str, str | None] = {}
    for path, name in counted:
        units[path] = unit = terms.texts[f"credit.{name}.unit"]
        for value in terms.leaves[path].values.values():
            if value.unit not in (unit, "times"):
                raise Wrong(path, f"this counts {unit}s, not {value.unit}s: it is about {name!r}")
    for path, leaf in terms.leaves.items():
        if isinstance(leaf.shape, shape.Quantity):
            fixed = {shape.CREDIT: None, shape.PERIOD: terms.chart.unit}.get(leaf.shape.unit, leaf.shape.unit)
            for followed in sorted({value.times for value in leaf.values.values() if value.times}):
                _follows(terms, path, followed, units.get(path, fixed))


def _follows(terms: "Terms", path: str, followed: str, unit: str | None) -> None:
    values = held(terms, followed)
    if not values:
        raise Wrong(path, f"'times' names {followed!r}, which is not a term of this file")
    for chained in {value.times for value in values if value.times}:
        if followed == chained:
            raise Wrong(followed, "this follows itself: write a number here")
        raise Wrong(path, f"{followed!r} follows {chained!r} itself: follow {chained!r} here, or write a number")
    for value in values:
        if value.unit == "word" or (unit and value.unit != unit):
            found = "a choice" if value.unit == "word" else f"in {value.unit}s"
            raise Wrong(path, f"'times' needs a number{f' of {unit}s' if unit else ''}, and {followed!r} is {found}")


def levers(terms: "Terms") -> None:
    """A lever is a number of the file."""
    for lever, path in terms.levers.items():
        if path not in terms.leaves:
            keys = terms.choices[path].keys if path in terms.choices else ()
            cure = f"; it depends on the member: name one of its keys, {', '.join(keys)}" if keys else ""
            told = f"the lever {lever!r} names {path!r}, which is not a term of this file"
            raise Wrong(f"levers.{lever}", told + cure)
        if not isinstance(terms.leaves[path].shape, shape.Quantity):
            raise Wrong(f"levers.{lever}", f"the lever {lever!r} names a choice; a lever is a number")
