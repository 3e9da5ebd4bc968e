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
RETROACTIVE = "coverage.retroactive"
RULES = {
    "yes": "By the plan's terms what is recorded later still changes such a period",
    "no": "By the plan's terms a line that comes after the cover it feeds has begun counts on the day it comes",
}
SILENT = "No term of the plan keeps what is recorded later from changing such a period"
OUTCOMES = {"gained": "cover is given from {day}", "lost": "cover is taken back from {day}"}
NUMBERS = select(Member.id, Member.number).where(Member.id == among("ids", Uuid))


def told(
    session: Session,
    plans: Collection[terms.Terms],
    members: Sequence[uuid.UUID],
    before: dict[uuid.UUID, list[Line]],
    after: dict[uuid.UUID, list[Line]],
    facts: dict[uuid.UUID, list[Fact]],
    today: datetime.date,
) -> list[dict[str, Any]]:
    """What changes for each of some members under each plan, with their lines before and after a batch of ``today``."""
    if not members or caller().role == "employer":
        return []  # A member's cover is no employer's business.
    numbers = {row.id: row.number for row in session.execute(NUMBERS, {"ids": list(members)})}
    return [
        {"member": numbers[member], "member_id": member, "plan": plan.plan, **change}
        for member in members
        for plan in plans
        for change in changes(plan, before.get(member, []), after.get(member, []), facts.get(member, []), today)
    ]


def changes(
    plan: terms.Terms, before: list[Line], after: list[Line], facts: Sequence[Fact], today: datetime.date
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
            change, day = "gained" if moved[first] > 0 else "lost", laid.starts[first]
            found = [determine.read(working, day, ahead=False) for _, working in sides]
            yield {
                "change": change,
                "from": day,
                "until": laid.starts[end] - datetime.timedelta(days=1),
                **{
                    side: explain.explain(one, lines, facts)[0].text
                    for side, one, (lines, _) in zip(("before", "after"), found, sides, strict=True)
                },
                "begun": begun(found[change == "gained"], change, day, today),
            }


def covered(working: evaluate.Working, last: int) -> npt.NDArray[np.int8]:
    """Whether a member is covered (1 or 0), by tick of the chart up to ``last``."""
    found = np.zeros(last + 1, np.int8)
    found[working.first :] = np.cumsum(working.turns)[:-1] > 0
    return found


def begun(found: determine.Determination, change: str, day: datetime.date, today: datetime.date) -> str | None:
    """What the plan's rule does with a benefit period that had begun by ``today``; None for one that had not.

    ``found`` is the cover on ``day``, the first that changes: what is gained, or what was lost. Nothing is decided
    here: the lines were counted by that rule already.
    """
    if found.benefit is None or found.benefit.first > today:
        return None
    plan, cutoff = found.terms, found.terms.chart.cutoffs[found.tick]
    rule = SILENT
    if plan.given(RETROACTIVE, cutoff):
        value = plan.on(RETROACTIVE, cutoff)
        rule = RULES[str(value.word)] + (f" ({value.status}: {value.note})" if value.status != "stated" else "")
    outcome = OUTCOMES[change].format(day=explain.long_day(day))
    return f"This benefit period began on {explain.long_day(found.benefit.first)}. {rule}; {outcome}."
