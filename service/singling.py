"""What negotiators may not ask: what sets so few members apart that two answers would tell about them.

Counts are rounded, but two questions that differ by what one known person did differ wherever a count is at an edge. So
whatever a question treats otherwise than the rest is the work of nobody, or of eleven members and more, in each of the
combinations of words that it names.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import units
from rules.assume import ANY_LINE, Assumptions, Where, assume
from rules.groups import grouped
from rules.snapshot import Snapshot
from service.parsing import assumptions_of
from service.problems import error, invalid
from service.suppression import SMALLEST

FEW = "This sets fewer than eleven members apart. Negotiators ask about more."
NEVER, ALWAYS = np.iinfo(np.int32).max, 0


class Condition(NamedTuple):
    """The lines that something is supposed of: their words, and days from one to another."""

    where: Where
    first: int
    last: int


def refuse_few(inputs: Mapping[str, Any], snapshot: Snapshot) -> None:
    """A 422 problem where a scenario sets a few members apart."""
    errors = list(faults(inputs, snapshot))
    if errors:
        raise invalid(errors)


def faults(inputs: Mapping[str, Any], snapshot: Snapshot) -> Iterator[dict[str, str]]:
    """The places where a scenario sets a few members apart."""
    what = assumptions_of(inputs["assume"])
    known = assume(snapshot, Assumptions(continued=what.continued)).cover
    if any(fewest(known, one) < SMALLEST for one in conditions(what)):
        yield error("/assume", "too_few", FEW)
    days = units.first_day(units.month_number(inputs["from"])), units.last_day(units.month_number(inputs["to"]))
    for place, one in enumerate(inputs["group_by"]):
        if not isinstance(one, str):
            parts = grouped(snapshot, one["of"], *days)
            named = {label for labels in one["groups"].values() for label in labels}
            members = np.bincount(parts.codes, minlength=len(parts.labels))
            if any(0 < members[at] < SMALLEST for at, label in enumerate(parts.labels) if label in named):
                yield error(f"/group_by/{place}/groups", "too_few", FEW)


def conditions(what: Assumptions) -> Iterator[Condition]:
    """The lines that each assumption is about."""
    for stoppage in what.stoppages:
        yield Condition(stoppage.where, stoppage.first.toordinal(), stoppage.last.toordinal())
    for one in (*what.factors, *what.moves):
        yield Condition(one.where, one.since.toordinal() if one.since else ALWAYS, NEVER)
    for cap in (what.daily_cap, what.weekly_cap):
        if cap is not None:
            yield Condition(ANY_LINE, cap.since.toordinal() if cap.since else ALWAYS, NEVER)


def fewest(snapshot: Snapshot, one: Condition) -> int:
    """How many members the smallest part has that a condition sets apart; of parts with nobody in them none is told."""
    lines, words = snapshot.lines, snapshot.words
    code = np.zeros(len(lines["day"]), np.int64)
    meant = np.ones(len(code), np.bool_)
    for column, chosen in one.where.items():
        code = code * len(words[column]) + lines[column]
        meant &= np.isin(lines[column], [place for place, word in enumerate(words[column]) if word in chosen])
    begins = lines["day"].astype(np.int64) - lines["span"] + 1
    within = meant & (lines["day"] >= one.first) & (begins <= one.last)
    return min(_fewest(code, lines["member"], snapshot.members, part) for part in (meant, within))


def _fewest(code: npt.NDArray[Any], owner: npt.NDArray[Any], members: int, part: npt.NDArray[np.bool_]) -> int:
    pairs = np.unique(code[part] * members + owner[part])
    return int(np.unique(pairs // max(1, members), return_counts=True)[1].min(initial=SMALLEST))
