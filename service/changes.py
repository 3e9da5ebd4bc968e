"""Whose cover a batch changes, and why: one member after the other, for receipts and previews."""

import datetime
import itertools
import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Uuid, select
from sqlalchemy.orm import Session

from rules import determine, evaluate, explain, terms, ticks
from rules.evaluate import Fact, Line
from service.auth import caller
from service.ledger import among
from service.models import Member

MOST_TOLD = 20
NUMBERS = select(Member.id, Member.number).where(Member.id == among("ids", Uuid))


def told(
    session: Session,
    plans: Collection[terms.Terms],
    members: Sequence[uuid.UUID],
    before: dict[uuid.UUID, list[Line]],
    after: dict[uuid.UUID, list[Line]],
    facts: dict[uuid.UUID, list[Fact]],
) -> list[dict[str, Any]]:
    """What changes for each of some members under each plan, with their lines before and after a batch."""
    if not members or caller().role == "employer":
        return []  # A member's cover is no employer's business.
    numbers = {row.id: row.number for row in session.execute(NUMBERS, {"ids": list(members)})}
    return [
        {"member": numbers[member], "member_id": member, "plan": plan.plan, **change}
        for member in members
        for plan in plans
        for change in changes(plan, before.get(member, []), after.get(member, []), facts.get(member, []))
    ]


def changes(
    plan: terms.Terms, before: list[Line], after: list[Line], facts: Sequence[Fact]
) -> Iterator[dict[str, Any]]:
    """Each spell of cover that is gained or lost, with the first day's reasons before and after."""
    laid = ticks.lay(plan)
    last = len(laid.starts) - 2
    covers = [covered(plan, lines, facts, last) for lines in (before, after)]
    moved = covers[1].astype(np.int8) - covers[0].astype(np.int8)
    edges = np.flatnonzero(np.diff(moved, prepend=0, append=0))
    for first, end in itertools.pairwise(edges.tolist()):
        if not moved[first]:
            continue
        start = laid.starts[first]
        yield {
            "change": "gained" if moved[first] > 0 else "lost",
            "from": start,
            "until": laid.starts[end] - datetime.timedelta(days=1),
            "before": reason(plan, before, facts, start),
            "after": reason(plan, after, facts, start),
        }


def covered(plan: terms.Terms, lines: Sequence[Line], facts: Sequence[Fact], last: int) -> Any:
    """Whether a member is covered, by tick of the chart up to ``last``."""
    working = evaluate.work(plan, lines, facts, last, last)
    found = np.zeros(last + 1, np.bool_)
    found[working.first :] = np.cumsum(working.turns)[: last + 1 - working.first] > 0
    return found


def reason(plan: terms.Terms, lines: Sequence[Line], facts: Sequence[Fact], on: datetime.date) -> str:
    """The sentence that says why there is cover on a day, or why there is none."""
    found = determine.determine(plan, lines, facts, on)
    return next((one.text for one in explain.explain(found, lines, facts)), "Nothing is known about this member.")
