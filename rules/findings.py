"""What is found of a file's numbers, and how: every case that they come to, by day and kind of member.

:mod:`rules.sense` asks with it about health plans, :mod:`rules.sense_pension` about pensions.
"""

import datetime
import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from rules import checking, shape
from rules.leaves import NUMERIC, OTHERWISE

if TYPE_CHECKING:
    from rules.terms import Terms, Who

MOST_KINDS = 200  # kinds of members that are looked at one by one
CAPS = ("cap_per_day", "cap_per_week", "cap_per_month", "cap_per_year")
IDLE_AT_0: Mapping[str, str] = dict.fromkeys((*CAPS, "multiply_by"), "nothing is ever counted")


class Finding(NamedTuple):
    """Something under which a rule never holds, or a key that does nothing. ``certain``: it is refused."""

    path: str
    message: str
    certain: bool = False


def cases(terms: "Terms", *paths: str) -> Iterator[tuple[int | None, ...]]:
    """The amounts at some paths together: once for each day on which one of them changes and each kind of member."""
    known = dict.fromkeys(paths)
    for path in paths:
        known |= dict.fromkeys(value.times for value in checking.held(terms, path) if value.times)
    choices = [terms.choices[path] for path in known if path in terms.choices]
    keys: dict[str, dict[str, None]] = {}
    for choice in choices:
        keys.setdefault(choice.by, {}).update(dict.fromkeys(choice.keys))
    first = terms.chart.cutoffs[0]
    days = {first} | {
        max(day, first)
        for path in known
        for leaf in terms.leaves.values()
        if leaf.path == path or leaf.path.startswith(f"{path}.")
        for day in leaf.values
    }
    kinds = itertools.islice(itertools.product(*keys.values()), MOST_KINDS)
    whos = [_who(dict(zip(keys, held, strict=True))) for held in kinds]
    for day, who in itertools.product(sorted(days), whos):
        yield tuple(_amount(terms, path, day, who) for path in paths)


def _who(held: dict[str, str]) -> "Who":
    """A member with these attributes; the key for everybody else stands for a word that no file names."""
    return {by: (int(key) if by in NUMERIC else key) for by, key in held.items() if key != OTHERWISE}


def _amount(terms: "Terms", path: str, day: datetime.date, who: "Who") -> int | None:
    try:
        return terms.amount(path, day, who)
    except LookupError:
        return None


def zeros(terms: "Terms", idle: Mapping[str, str]) -> Iterator[Finding]:
    """Numbers that are never anything but 0, where that switches a rule off; ``idle`` says what then never happens."""
    for path, leaf in terms.leaves.items():
        told = {**IDLE_AT_0, **idle}.get(path.rpartition(".")[2])
        if told and isinstance(leaf.shape, shape.Quantity) and all(v.amount == 0 for v in leaf.values.values()):
            yield Finding(path, f"this is 0, so {told}; if there is no such limit, leave the key out")


def caps(terms: "Terms") -> Iterator[Finding]:
    """A cap of a shorter time that is no lower than that of a longer time."""
    for name in terms.below("credit"):
        present = [f"credit.{name}.{cap}" for cap in CAPS if terms.has(f"credit.{name}.{cap}")]
        for short, longer in itertools.pairwise(present):
            both = list(cases(terms, short, longer))
            if all(one is not None and other is not None and one >= other for one, other in both):
                key = longer.rpartition(".")[2]
                yield Finding(short, f"this is no less than {key!r}, which alone decides: leave one of them out")
