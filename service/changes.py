"""Whose cover a batch changes, and why: one member after the other, for receipts and previews."""

import datetime
import itertools
import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
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
    """Each spell of cover that is gained or lost, with the first day's reasons before and after.

    None under a plan that wants to know something about the member that is not recorded: it gives nobody cover then.
    """
    laid = ticks.lay(plan)
    last = len(laid.starts) - 2
    try:
        workings = [evaluate.work(plan, lines, facts, last, last) for lines in (before, after)]
    except terms.NoTermsError:
        return
    since = min(working.first for working in workings)
    sides = [
        (lines, working if working.first == since else evaluate.work(plan, lines, facts, since, last))
        for lines, working in zip((before, after), workings, strict=True)
    ]
    was, now = (covered(working, last) for _, working in sides)
    moved = now.astype(np.int8) - was
    edges = np.flatnonzero(np.diff(moved, prepend=0, append=0))
    for first, end in itertools.pairwise(edges.tolist()):
        if moved[first]:
            told = [reason(working, lines, facts, laid.starts[first]) for lines, working in sides]
            yield {
                "change": "gained" if moved[first] > 0 else "lost",
                "from": laid.starts[first],
                "until": laid.starts[end] - datetime.timedelta(days=1),
                "before": told[0],
                "after": told[1],
            }


def covered(working: evaluate.Working, last: int) -> npt.NDArray[np.int8]:
    """Whether a member is covered (1 or 0), by tick of the chart up to ``last``."""
    found = np.zeros(last + 1, np.int8)
    found[working.first :] = np.cumsum(working.turns)[:-1] > 0
    return found


def reason(working: evaluate.Working, lines: Sequence[Line], facts: Sequence[Fact], on: datetime.date) -> str:
    """The sentence that says why there is cover on a day, or why there is none."""
    return explain.explain(determine.read(working, on, ahead=False), lines, facts)[0].text
