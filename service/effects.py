"""What other terms would change for the whole membership, from the ledger as it stands at a position."""

import bisect
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from rules import determine, evaluate, ticks, units
from rules.compare import Comparison
from rules.credit import plain_amount
from rules.few import compare_terms
from rules.terms import Terms
from service import coverage
from service.asked import refuse_unheld
from service.known import facts_known, lines_known
from service.membership import credits_by_line, monthly_hours, people
from service.models import Member

MOST_NAMED = 1_000
MOST_CELLS = 4_000_000  # members times periods that are evaluated together

WEEKS_KNOWN = text(
    """
    SELECT min(week_ending), max(week_ending)
    FROM entries JOIN batches ON batches.id = entries.batch_id AND batches.position <= :position
    """
)
NEXT_MEMBERS = (
    select(Member.id, Member.number).where(Member.id > bindparam("after")).order_by(Member.id).limit(bindparam("limit"))
)


class Effect(NamedTuple):
    """What changes, month by month and over all; ``gaining`` and ``losing`` are members' numbers, the first of them."""

    known_at: int
    before: str
    after: str
    members: int
    months: list[dict[str, Any]]
    gained: int
    lost: int
    gaining: list[str]
    losing: list[str]


def effect(session: Session, before: Terms, after: Terms, days: Sequence[date], position: int) -> Effect:
    """Compare a plan's terms with the same terms changed, over everybody, as known at ``position``.

    ``days`` are those that the change names: cover that follows from them is looked at, however late they are.
    """
    for terms in (before, after):
        refuse_unheld(terms)
    counts = np.zeros((4, len(before.chart.cutoffs)), np.int64)
    members, gaining, losing = 0, list[str](), list[str]()
    for numbers, first, found in comparisons(session, before, after, days, position):
        members += len(numbers)
        counts[:, first : first + len(found.before)] += np.stack(found[:4])
        gaining += [numbers[place] for place in np.flatnonzero(found.gained_by).tolist()]
        losing += [numbers[place] for place in np.flatnonzero(found.lost_by).tolist()]
    return Effect(
        position,
        before.version,
        after.version,
        members,
        list(months(before, counts)),
        len(gaining),
        len(losing),
        sorted(gaining)[:MOST_NAMED],
        sorted(losing)[:MOST_NAMED],
    )


def months(terms: Terms, counts: np.ndarray) -> Iterator[dict[str, Any]]:
    """The months on whose first day somebody gains or loses, with all who are covered then before and after."""
    laid = ticks.lay(terms)
    moved = np.flatnonzero(counts[2:].any(axis=0))
    if not len(moved):
        return
    first, last = laid.starts[moved[0]], laid.starts[min(moved[-1] + 1, len(laid.starts) - 1)]
    for month in range(units.month_of(first), units.month_of(last) + 1):
        try:
            tick = laid.at(units.first_day(month))
        except LookupError:
            continue
        covered, covered_after, gained, lost = counts[:, tick].tolist()
        if gained or lost:
            told = {"covered_before": covered, "covered_after": covered_after, "gained": gained, "lost": lost}
            yield {"month": units.first_day(month), **told}


def comparisons(
    session: Session, before: Terms, after: Terms, days: Sequence[date], position: int
) -> Iterator[tuple[list[str], int, Comparison]]:
    """The membership in parts: the numbers of some members, the first period looked at, and what changes for them."""
    both, cutoffs = (before, after), before.chart.cutoffs
    earliest, last = span(session, before, days, position)
    size, last_id = max(100, MOST_CELLS // len(cutoffs)), uuid.UUID(int=0)
    while rows := session.execute(NEXT_MEMBERS, {"after": last_id, "limit": size}).all():
        last_id = rows[-1].id
        members = [row.id for row in rows]
        facts = facts_known(session, members, position)
        first = min(earliest, *(coverage.first_told(terms, facts) for terms in both))
        credits = [credits_known(session, before, members, first, last, position)] * 2
        if not same_credit(before, after):
            credits[1] = credits_known(session, after, members, first, last, position)
        worked = lines_known(session, list(facts), position, both) if facts else {}
        now, then = (people(terms, members, facts, worked, first, last + 1) for terms in both)
        found = compare_terms(
            before, after, first, (credits[0], credits[1]), now.records, now.places, (now.kinds, then.kinds)
        )
        yield [row.number for row in rows], first, found


def span(session: Session, plan: Terms, days: Sequence[date], position: int) -> tuple[int, int]:
    """The first and the last period to look at: from the first hours to beyond the last ones, and ``days``."""
    cutoffs = plan.chart.cutoffs
    end = len(cutoffs) - 1
    weeks = session.execute(WEEKS_KNOWN, {"position": position}).one()
    places = [bisect.bisect_left(cutoffs, day) for day in (*weeks, *days) if day is not None]
    first = bisect.bisect_left(cutoffs, weeks[0]) if weeks[0] else end
    return min(first, end), min(max([*places, 0]) + determine.AHEAD[plan.chart.unit], end)


def same_credit(before: Terms, after: Terms) -> bool:
    """Whether lines add the same under both terms."""
    return all(
        leaf == after.leaves[path]
        for path, leaf in before.leaves.items()
        if path.startswith(("credit.", "coverage.retroactive", "indexes."))
    )


def credits_known(
    session: Session, plan: Terms, members: Sequence[uuid.UUID], first: int, last: int, position: int
) -> np.ndarray:
    """The members' credits by measure and period, from the ``first`` to the ``last``."""
    credits = np.zeros((evaluate.measures_of(plan), len(members), last - first + 1), np.int64)
    if all(plain_amount(plan, measure) == "hours" for measure in plan.below("credit")):
        plain = monthly_hours(session, plan, members, position=position)
        measure, rows, places, amounts = np.zeros_like(plain.rows), plain.rows, plain.months, plain.hours
    else:
        lines = lines_known(session, members, position, [plan])
        made = np.array(list(credits_by_line(plan, members, lines)), np.int64)
        measure, rows, places, amounts = made.reshape(-1, 4).T
    inside = (places >= first) & (places <= last)
    np.add.at(credits, (measure[inside], rows[inside], places[inside] - first), amounts[inside])
    return credits
