"""Cover: a member's question, answered under any number of terms from one state of the ledger."""

import bisect
import uuid
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from rules import determine, evaluate, explain, terms, ticks
from rules.credit import plain_amount
from rules.evaluate import Fact
from rules.few import compare_some
from schemas.coverage import (
    COVERAGE_EXAMPLE,
    HISTORY_EXAMPLE,
    Coverage,
    CoverageHistory,
    CoverageQuery,
    HistoryQuery,
    determination_of,
    period_of,
    terms_of,
)
from service import changes, clock, in_force, ledger
from service.asked import answered, day_of, refuse_unheld
from service.auth import allow, caller, require_member
from service.held import asks_whether_paid
from service.known import Known, facts_known, known, lines_known
from service.membership import credits_by_line, monthly_hours, people
from service.once import reads
from service.problems import error, invalid
from service.proposals import Named, named
from service.wire import Blueprint
from service.world import world

blp = Blueprint("coverage", __name__, url_prefix="/v1/members", description="Whether a member is covered, and why.")


def determinations(asked: Sequence[Named], what: Known, on: date) -> list[dict[str, Any]]:
    """One determination per terms, in the order asked."""
    found = []
    for under, proposal in asked:
        refuse_unheld(under)
        one = answered(lambda under=under: determine.determine(under, what.lines, what.facts, on), "on")
        found.append(determination_of(one, explain.explain(one, what.lines, what.facts), proposal))
    return found


@blp.route("/<uuid:member>/coverage")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(CoverageQuery, location="query")
@blp.response(200, Coverage, example=COVERAGE_EXAMPLE)
def read_coverage(session: Session, query: dict[str, Any], member: uuid.UUID) -> Any:
    """Answer whether a member is covered on a day, why, until when, and what comes next.

    `under` asks for several terms at once: `current` and the ids of proposals. `known_at` asks what was known then.
    """
    require_member(caller(), member)
    position = ledger.position_at(session, query.get("known_at"))
    asked = named(session, query["plan"], query["under"], position, "health")
    what = known(session, member, position, [under for under, _ in asked])
    on = query.get("on") or clock.today()
    return {
        "member": member,
        "plan": query["plan"],
        "on": on,
        "known_at": what.position,
        "determinations": determinations(asked, what, on),
    }


@blp.route("/<uuid:member>/coverage/history")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(HistoryQuery, location="query")
@blp.response(200, CoverageHistory, example=HISTORY_EXAMPLE)
def read_coverage_history(session: Session, query: dict[str, Any], member: uuid.UUID) -> Any:
    """List a member's benefit periods and failed tests over time, under one or several terms."""
    require_member(caller(), member)
    first, last = day_of(query["first"], "from"), day_of(query["last"], "to")
    if last < first:
        raise invalid([error("/query/to", "before_from", f"{last} is before {first}. Give the earlier day as from.")])
    position = ledger.position_at(session, query.get("known_at"))
    asked = named(session, query["plan"], query["under"], position, "health")
    what = known(session, member, position, [under for under, _ in asked])
    histories = []
    for under, proposal in asked:
        refuse_unheld(under)
        answered(lambda under=under: ticks.lay(under).at(last), "to")
        periods = answered(lambda under=under: determine.history(under, what.lines, what.facts, first, last), "from")
        histories.append({"terms": terms_of(under, proposal), "periods": [period_of(one) for one in periods]})
    return {"member": member, "plan": query["plan"], "known_at": what.position, "histories": histories}


class Moves(NamedTuple):
    """Whose cover batches change, by their place among ``members``, with what was known about them at ``position``."""

    members: Sequence[uuid.UUID]
    position: int
    plans: list[terms.Terms]
    facts: dict[uuid.UUID, list[Fact]]
    gained: set[int]
    lost: set[int]


def cover_changes(
    session: Session, batch_id: uuid.UUID, member_ids: Collection[uuid.UUID], *, payment: bool = False
) -> dict[str, Any]:
    """How many members gain and lose cover in any month by a batch that this transaction is writing, and whose and why.

    A ``payment`` changes cover only under plans that ask whether a line is paid.
    """
    return told(session, batch_id, cover_moves(session, [batch_id], sorted(member_ids), payment=payment))


def told(session: Session, batch_id: uuid.UUID, moves: Moves) -> dict[str, Any]:
    """How many members gain and lose, and what changes for the first of them."""
    moved = [moves.members[place] for place in sorted(moves.gained | moves.lost)][: changes.MOST_TOLD]
    found = []
    if moved:
        before, after = (lines_known(session, moved, moves.position, moves.plans, batch) for batch in (None, batch_id))
        found = changes.told(session, moves.plans, moved, before, after, moves.facts, clock.today())
    return {"gained": len(moves.gained), "lost": len(moves.lost), "members": found}


def cover_moves(
    session: Session, batch_ids: Sequence[uuid.UUID], members: Sequence[uuid.UUID], *, payment: bool = False
) -> Moves:
    """The members who gain and who lose cover in any month by the batches that this transaction is writing.

    The terms in force of every plan administered here are asked; a member may both gain and lose.
    """
    gained, lost = set[int](), set[int]()
    position = ledger.head_position(session)
    known_facts = facts_known(session, members, position)
    plans = [in_force.current(session, name, position) for name in world().settings.plans]
    worked = lines_known(session, list(known_facts), position, plans, batch_ids[0]) if known_facts else {}
    for plan in plans:
        if payment and not asks_whether_paid(plan):
            continue
        before, after, first = credits_around(session, plan, batch_ids, members, first_told(plan, known_facts))
        everyone = people(plan, members, known_facts, worked, first, first + before.shape[2])
        found = compare_some(plan, first, before, after, *everyone)
        gained.update(np.flatnonzero(found.gained_by).tolist())
        lost.update(np.flatnonzero(found.lost_by).tolist())
    return Moves(members, position, plans, known_facts, gained, lost)


def first_told(plan: terms.Terms, known_facts: dict[uuid.UUID, list[Fact]]) -> int:
    """The first test that may give cover before there is any credit: that of the cover in which a fact begins."""
    if ticks.gives_for_nothing(plan):
        return 0
    days = [one.first_day for held in known_facts.values() for one in held if one.kind in evaluate.TELLING]
    return max(0, bisect.bisect_right(ticks.lay(plan).starts, min(days, default=plan.chart.cutoffs[-1])) - 1)


def credits_around(
    session: Session,
    plan: terms.Terms,
    batch_ids: Sequence[uuid.UUID],
    members: Sequence[uuid.UUID],
    earliest: int,
) -> tuple[np.ndarray, np.ndarray, int]:
    """The members' credits by measure and period of a plan's chart, without and with batches, and the first period.

    The first period is that of the first credit, or ``earliest`` if that is earlier. Plain hours are added up by
    PostgreSQL, month by month; whatever else a plan counts, line by line.
    """
    measures = evaluate.measures_of(plan)
    if all(plain_amount(plan, measure) == "hours" for measure in plan.below("credit")):
        plain = monthly_hours(session, plan, members, batch_ids=batch_ids)
        sides = [(0, plain.rows, plain.months, amounts) for amounts in (plain.hours - plain.added, plain.hours)]
    else:
        refuse_unheld(plan)
        position = ledger.head_position(session)
        known_lines = [lines_known(session, members, position, [plan], batch) for batch in (None, batch_ids[0])]
        rows = [list(credits_by_line(plan, members, lines)) for lines in known_lines]
        sides = [tuple(np.array(side, np.int64).reshape(-1, 4).T) for side in rows]
    places = np.concatenate([places for _, _, places, _ in sides])
    end = len(plan.chart.cutoffs)
    first = int(places.min(initial=min(earliest, end - 1)))
    last = min(int(places.max(initial=first)) + determine.AHEAD[plan.chart.unit], end - 1)
    both = np.zeros((2, measures, len(members), last - first + 1), np.int64)
    for array, (measure, row, place, amount) in zip(both, sides, strict=True):
        np.add.at(array, (measure, row, place - first), amount)
    return both[0], both[1], first
