"""A snapshot as one plan's terms read it: everybody's credits by measure and period, their facts, what kind each is.

What is simple (hours, days or weeks of all lines by the day of work) is added up column by column; all else line by
line, as for one member. Both come to the same; a test holds them against each other.
"""

import bisect
import datetime
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules import evaluate, facts, ticks
from rules.checking import words_of
from rules.credit import AMOUNTS, Line, at_scale, fund_kind, plain_amount
from rules.evaluate import Hours
from rules.facts import Fact
from rules.laying import plan_of
from rules.snapshot import Snapshot
from rules.stages import Records
from rules.terms import Terms

SIMPLE = ("hours", "days", "weeks")
EVERY_MEMBERS = 1_000  # members between two words about how far it is


class Population(NamedTuple):
    """Members from the chart's place ``first`` on: ``credits[k, m, t]`` hundredths of measure *k*; the facts of member
    *m* are ``records[places[m]:places[m + 1]]``, with ticks counted from ``first``; ``kinds[m, t]`` is the variant."""

    first: int
    credits: Hours
    records: Records
    places: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int16]


def untold(counted: int) -> None:
    """Tell nobody how many members have been read."""


def first_place(terms: Terms, snapshot: Snapshot) -> int:
    """The place of the first test of terms that somebody in a snapshot may pass: where an evaluation begins."""
    if ticks.gives_for_nothing(terms):
        return 0
    days = [snapshot.lines["day"]]
    for column, word in (("paid", "pay_date"), ("received", "receipt_date")):
        if any(word in words_of(terms, f"credit.{measure}.attributed_to") for measure in terms.below("credit")):
            days.append(snapshot.lines[column][snapshot.lines[column] > 0])  # may lie before the work
    counting = np.concatenate(days)
    place = len(terms.chart.cutoffs) - 1
    if counting.size:
        place = terms.chart.place(datetime.date.fromordinal(int(counting.min())))
    kinds = [snapshot.words["kind"].index(name) for name in evaluate.TELLING if name in snapshot.words["kind"]]
    told = snapshot.facts["first_day"][np.isin(snapshot.facts["kind"], kinds)]
    if told.size:
        day = datetime.date.fromordinal(int(told.min()))
        place = min(place, bisect.bisect_left(terms.chart.cutoffs, day) - int(ticks.lay(terms).laid.ticks["lag"].max()))
    return max(0, place)


def population(
    terms: Terms,
    snapshot: Snapshot,
    first: int,
    end: int,
    members: slice = slice(None),
    *,
    tell: Callable[[int], None] = untold,
) -> Population:
    """Read members of a snapshot for the periods from ``first`` up to before ``end``; later credits are left out.

    Raises ValueError for lines outside the plan's calendar, or before ``first``: they must not vanish in silence.
    """
    begin, stop, _ = members.indices(snapshot.members)
    shape = (len(plan_of(terms).measures), max(0, stop - begin), end - first)
    own = owned(snapshot.lines["member"], begin, stop)
    known = _facts(snapshot, begin, stop)
    if all(_is_simple(terms, measure) for measure in terms.below("credit")):
        credits = _added_up(terms, snapshot, own, begin, first, shape)
        tell(shape[1])
    else:
        credits = _line_by_line(terms, snapshot, begin, first, shape, known, tell)
    records, places, kinds = _people(terms, snapshot, begin, shape, first, known)
    return Population(first, credits, records, places, kinds)


def owned(owners: npt.NDArray[np.int32], begin: int, stop: int) -> slice:
    """Where the rows of members from ``begin`` up to before ``stop`` stand in a column of their owners."""
    # Looked up as the column's own kind of number: as any other, the whole column would be copied each time.
    return slice(*np.searchsorted(owners, np.array([begin, stop], owners.dtype)).tolist())


def _is_simple(terms: Terms, measure: str) -> bool:
    """Whether a measure is one of the amounts that a snapshot has columns of."""
    return plain_amount(terms, measure) in SIMPLE


def _added_up(
    terms: Terms, snapshot: Snapshot, own: slice, begin: int, first: int, shape: tuple[int, int, int]
) -> npt.NDArray[np.int64]:
    """The credits of measures that are simple."""
    measures, members, length = shape
    days = snapshot.lines["day"][own]
    cutoffs = np.array([day.toordinal() for day in terms.chart.cutoffs])
    places = np.searchsorted(cutoffs, days) - first
    for day in (days.min(initial=cutoffs[-1]), days.max(initial=cutoffs[-1])):
        terms.chart.place(datetime.date.fromordinal(int(day)))
    if places.size and places.min() < 0:
        raise ValueError("there are lines before the first period asked about")
    keys = (snapshot.lines["member"][own].astype(np.int64) - begin) * length + places
    kept = places < length
    keys = keys[kept]
    # Lines stand in the order of members, and mostly of their days.
    order = np.argsort(keys, kind="stable") if (keys[1:] < keys[:-1]).any() else slice(None)
    keys = keys[order]
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    made = np.zeros((measures, members * length), np.int64)
    for row, measure in enumerate(plan_of(terms).measures):
        amounts = snapshot.lines[str(plain_amount(terms, measure))][own][kept][order].astype(np.int64)
        np.maximum(amounts, 0, out=amounts)  # days that a line does not say
        if begins.size:
            made[row, keys[begins]] = np.add.reduceat(amounts, begins)
    return made.reshape(shape)


def _line_by_line(
    terms: Terms,
    snapshot: Snapshot,
    begin: int,
    first: int,
    shape: tuple[int, int, int],
    known: dict[int, list[Fact]],
    tell: Callable[[int], None],
) -> npt.NDArray[np.int64]:
    """The credits of any measures, by what every line adds."""
    made = np.zeros(shape, np.int64)
    for row in range(shape[1]):
        lines = lines_of(terms, snapshot, begin + row)
        for line in lines:
            terms.chart.place(line.day)
        for measure, credits in enumerate(evaluate.credits_by_measure(terms, lines, known.get(begin + row, ()))):
            for one in credits:
                if one.place < first:
                    raise ValueError("there are credits before the first period asked about")
                if one.place < first + shape[2]:
                    made[measure, row, one.place - first] += one.amount
        if row % EVERY_MEMBERS == 0:
            tell(row)
    return made


def lines_of(terms: Terms, snapshot: Snapshot, member: int) -> list[Line]:
    """A member's lines as the rules read them, in their order; ``terms`` say to which funds contributions count."""
    own = owned(snapshot.lines["member"], member, member + 1)
    columns = {name: column[own].tolist() for name, column in snapshot.lines.items()}
    kind = fund_kind(terms)
    words = {name: snapshot.words[name] for name in ("agreement", "basis", "occupation")}
    found = []
    for at in range(len(columns["day"])):
        marks = (words[name][columns[name][at]] for name in words)
        hours, rate = columns["hours"][at], max(0, columns["rate"][at])
        found.append(
            Line(
                datetime.date.fromordinal(columns["day"][at]),
                hours,
                at + 1,
                days=max(0, columns["days"][at]),
                weeks=columns["weeks"][at],
                contributions=columns[kind][at],
                scale=at_scale(hours, rate),
                received=_day(columns["received"][at]),
                paid=_day(columns["paid"][at]),
                marks=frozenset(mark for mark in marks if mark),
            )
        )
    return found


def _day(ordinal: int) -> datetime.date | None:
    return datetime.date.fromordinal(ordinal) if ordinal else None


def _facts(snapshot: Snapshot, begin: int, stop: int) -> dict[int, list[Fact]]:
    """The facts of each of some members who has any."""
    columns, words = snapshot.facts, snapshot.words
    found: dict[int, list[Fact]] = {}
    own = owned(columns["member"], begin, stop)
    for at in range(own.start, own.stop):
        one = {name: int(column[at]) for name, column in columns.items()}
        found.setdefault(one["member"], []).append(
            Fact(
                words["kind"][one["kind"]],
                datetime.date.fromordinal(one["first_day"]),
                datetime.date.fromordinal(one["last_day"]),
                str(one["claim"]) if one["claim"] else "",
                _day(one["claimed"]),
                words["name"][one["name"]],
                words["value"][one["value"]],
                one["amount"],
            )
        )
    return found


def _people(
    terms: Terms,
    snapshot: Snapshot,
    begin: int,
    shape: tuple[int, int, int],
    first: int,
    known: dict[int, list[Fact]],
) -> tuple[Records, npt.NDArray[np.int64], npt.NDArray[np.int16]]:
    """The facts of members as the stages read them, where each member's begin, and each one's variant at each tick."""
    _, members, length = shape
    kinds = np.zeros((members, length), np.int16)
    made, counts = [facts.fact_records(terms, [], [], first)], np.zeros(members, np.int64)
    cutoffs = terms.chart.cutoffs[first : first + length]
    for member, held in sorted(known.items()):
        lines = lines_of(terms, snapshot, member)
        worked = [line.day for line in lines if any(getattr(line, name) > 0 for name in AMOUNTS)]
        made.append(facts.fact_records(terms, held, worked, first))
        counts[member - begin] = len(made[-1])
        kinds[member - begin] = facts.kinds(terms, held, cutoffs)
    return np.concatenate(made).view(np.recarray), np.concatenate([[0], np.cumsum(counts)]), kinds


def facts_of(snapshot: Snapshot, member: int) -> Sequence[Fact]:
    """A member's facts as the rules read them."""
    return _facts(snapshot, member, member + 1).get(member, [])
