"""Cover: a member's question, answered under any number of terms from one state of the ledger."""

import bisect
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from rules import determine, evaluate, explain, terms, ticks, units
from rules import facts as rule_facts
from rules.credit import is_plain
from rules.evaluate import Fact, Line
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
from service import clock, facts, ledger, models
from service.auth import allow, caller, require_member
from service.held import HELD, unheld
from service.once import reads
from service.problems import Problem, error, invalid, unknown
from service.proposals import Named, named
from service.wire import Blueprint
from service.world import world

# Hours of a cut-off's own day belong to the month that it ends, so a day is placed by the day before it. One row of
# arrays instead of thousands of rows: every report asks this about every member on it.
MONTHLY_HOURS = text(
    """
    SELECT array_agg(place), array_agg(month), array_agg(hours)
    FROM (
        SELECT asked.place - 1 AS place,
               width_bucket(entries.week_ending - 1, CAST(:cutoffs AS date[])) AS month,
               sum(credited) AS hours
        FROM unnest(CAST(:members AS uuid[])) WITH ORDINALITY AS asked (member_id, place)
        JOIN entries USING (member_id)
        GROUP BY 1, 2
    ) AS totals
    """
)
HOURS_OF_BATCH = text("SELECT member_id, week_ending, credited FROM entries WHERE batch_id = :batch")

blp = Blueprint("coverage", __name__, url_prefix="/v1/members", description="Whether a member is covered, and why.")


class Known(NamedTuple):
    """What the ledger held about a member at a position."""

    position: int
    lines: list[Line]
    facts: list[Fact]


WEEK = 100  # one line is one week: a hundred hundredths


def known(session: Session, member: uuid.UUID, known_at: str | None) -> Known:
    """Read a member's hours and facts as they were known; the not-found problem for a member who is not there."""
    if session.get(models.Member, member) is None:
        raise unknown("member")
    position = ledger.position_at(session, known_at)
    lines = ledger.credited_hours(session, [member], position).get(member, [])
    return Known(
        position,
        [line_of(line) for line in lines],
        facts_known(session, [member], position).get(member, []),
    )


def line_of(line: ledger.CreditedHours) -> Line:
    """A ledger line as the rules read it. Its marks are its agreement, its basis and its occupation."""
    return Line(
        line.week_ending,
        line.credited,
        line.entry_id,
        days=(line.days_worked or 0) * 100,
        weeks=WEEK if line.credited > 0 else 0,
        received=line.recorded_at.date() if line.recorded_at else clock.today(),  # None: it is being written now
        marks=frozenset(mark for mark in (line.agreement, line.basis, line.occupation) if mark),
    )


def facts_known(session: Session, members: Collection[uuid.UUID], position: int) -> dict[uuid.UUID, list[Fact]]:
    """The facts about each member that held at a position, as the rules read them."""
    return {
        member: [fact_of(row) for row in rows] for member, rows in facts.facts_of(session, members, position).items()
    }


def fact_of(row: models.Fact) -> Fact:
    """A fact as the rules read it."""
    detail = row.detail
    return Fact(
        row.kind,
        row.first_day,
        row.last_day,
        detail.get("claim", ""),
        units.day(detail["claimed"]) if "claimed" in detail else None,
        name=detail.get("name", ""),
        value=detail.get("value", ""),
        amount=int(detail.get("amount", 0)),
    )


def refuse_unheld(plan: terms.Terms) -> None:
    """Raise the 422 problem for a plan that counts what the ledger does not hold: its answer would be wrong."""
    why = unheld(plan)
    if why:
        raise Problem(422, "not-in-the-ledger", "The ledger does not hold what this plan counts", f"{why}.")


def determinations(asked: Sequence[Named], what: Known, on: date) -> list[dict[str, Any]]:
    """One determination per terms, in the order asked."""
    found = []
    for under, proposal in asked:
        refuse_unheld(under)
        one = answered(lambda under=under: determine.determine(under, what.lines, what.facts, on), "on")
        found.append(determination_of(one, explain.explain(one, what.lines, what.facts), proposal))
    return found


def answered(question: Any, name: str) -> Any:
    """The answer to a question; a 422 problem where the plan's calendar or terms say nothing."""
    try:
        return question()
    except LookupError as silent:
        raise invalid([error(f"/query/{name}", "no_terms", str(silent))]) from None
    except ValueError as outside:
        raise Problem(422, "outside-calendar", "Hours outside the calendar", str(outside)) from None


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
    asked = named(session, query["plan"], query["under"])
    what, on = known(session, member, query.get("known_at")), query.get("on") or clock.today()
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
    asked = named(session, query["plan"], query["under"])
    what = known(session, member, query.get("known_at"))
    histories = []
    for under, proposal in asked:
        refuse_unheld(under)
        answered(lambda under=under: ticks.lay(under).at(last), "to")
        periods = answered(lambda under=under: determine.history(under, what.lines, what.facts, first, last), "from")
        histories.append({"terms": terms_of(under, proposal), "periods": [period_of(one) for one in periods]})
    return {"member": member, "plan": query["plan"], "known_at": what.position, "histories": histories}


def day_of(text: str, name: str) -> date:
    """The day that a query writes, or the first day of the month that it writes."""
    try:
        return units.first_day(units.month_number(text)) if len(text) == 7 else units.day(text)
    except ValueError:
        message = f"{text!r} is neither a day (2021-07-31) nor a month (2021-07)."
        raise invalid([error(f"/query/{name}", "bad_date", message)]) from None


def cover_changes(session: Session, batch_id: uuid.UUID, member_ids: Collection[uuid.UUID]) -> dict[str, int]:
    """Count the members who gain or lose cover in any month by a batch that this transaction is writing.

    The current terms of every plan administered here are asked; a member who both gains and loses counts in both.
    """
    gained, lost = set[int](), set[int]()
    members = sorted(member_ids)
    position = ledger.head_position(session)
    known_facts = facts_known(session, members, position)
    worked = {
        member: [line_of(line) for line in lines]
        for member, lines in ledger.credited_hours(session, list(known_facts), position, batch_id).items()
    }
    for name in world().settings.plans:
        plan = terms.plan(name)
        before, after, first = credits_around(session, plan, batch_id, members, first_told(plan, known_facts))
        end = first + before.shape[2]
        records, variants = [], np.zeros((len(members), end - first), np.int16)
        for place, member in enumerate(members):
            held = known_facts.get(member, [])
            days = [line.day for line in worked.get(member, []) if any(getattr(line, name) > 0 for name in HELD)]
            records.append(rule_facts.fact_records(plan, held, days, first))
            if rule_facts.axes(plan):
                cutoffs = plan.chart.cutoffs[first:end]
                variants[place] = [rule_facts.variant_on(plan, held, cutoff) for cutoff in cutoffs]
        places = np.cumsum([0, *map(len, records)])
        everyones = np.concatenate(records).view(np.recarray)
        found = compare_some(plan, first, before, after, everyones, places, variants)
        gained.update(np.flatnonzero(found.gained_by).tolist())
        lost.update(np.flatnonzero(found.lost_by).tolist())
    return {"gained": len(gained), "lost": len(lost)}


def first_told(plan: terms.Terms, known_facts: dict[uuid.UUID, list[Fact]]) -> int:
    """The first test that may give cover before there is any credit: that of the cover in which a fact begins."""
    if ticks.gives_for_nothing(plan):
        return 0
    days = [one.first_day for held in known_facts.values() for one in held if one.kind in evaluate.TELLING]
    return max(0, bisect.bisect_right(ticks.lay(plan).starts, min(days, default=plan.chart.cutoffs[-1])) - 1)


def credits_around(
    session: Session,
    plan: terms.Terms,
    batch_id: uuid.UUID,
    members: Sequence[uuid.UUID],
    earliest: int,
) -> tuple[np.ndarray, np.ndarray, int]:
    """The members' credits by measure and period of a plan's chart, without and with a batch, and the first period.

    The first period is that of the first credit, or ``earliest`` if that is earlier. Plain hours are added up by
    PostgreSQL, month by month; whatever else a plan counts, line by line.
    """
    if all(is_plain(plan, measure) for measure in plan.below("credit")):
        before, after, first = monthly_hours(session, plan, batch_id, members, earliest)
        return before[None], after[None], first
    refuse_unheld(plan)
    position = ledger.head_position(session)
    then = ledger.credited_hours(session, members, position)
    now = ledger.credited_hours(session, members, position, batch_id)
    made = [
        [credits_of(plan, [line_of(line) for line in known.get(member, [])]) for member in members]
        for known in (then, now)
    ]
    places = [place for known in made for one in known for amounts in one for place in amounts]
    end = len(plan.chart.cutoffs)
    first = min([*places, earliest, end - 1])
    last = min(max(places, default=first) + determine.AHEAD[plan.chart.unit], end - 1)
    both = np.zeros((2, len(made[0][0]) if made[0] else 1, len(members), last - first + 1), np.int64)
    for known, array in zip(made, both, strict=True):
        for row, one in enumerate(known):
            for measure, amounts in enumerate(one):
                for place, amount in amounts.items():
                    array[measure, row, place - first] += amount
    return both[0], both[1], first


def credits_of(plan: terms.Terms, lines: Sequence[Line]) -> list[dict[int, int]]:
    """What lines add to each measure of a plan, by period."""
    found = []
    for credits in evaluate.credits_by_measure(plan, lines, ()):
        amounts: dict[int, int] = defaultdict(int)
        for one in credits:
            amounts[one.place] += one.amount
        found.append(amounts)
    return found


def monthly_hours(
    session: Session, plan: terms.Terms, batch_id: uuid.UUID, members: Sequence[uuid.UUID], earliest: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """The members' hundredths by month of a plan's chart, without and with a batch, and the first month's index."""
    cutoffs = plan.chart.cutoffs
    given = {"members": list(members), "cutoffs": f"{{{','.join(map(str, cutoffs))}}}"}
    found = session.execute(MONTHLY_HOURS, given).one()
    rows, months, hours = (np.array(column or [], np.int64) for column in found)
    inside = (months > 0) & (months < len(cutoffs))
    rows, months, hours = rows[inside], months[inside], hours[inside]
    first = int(months.min(initial=min(earliest, len(cutoffs) - 1)))
    last = min(int(months.max(initial=first)) + determine.AHEAD[plan.chart.unit], len(cutoffs) - 1)
    after = np.zeros((len(members), last - first + 1), np.int64)
    after[rows, months - first] = hours
    before = after.copy()
    place = {member: row for row, member in enumerate(members)}
    for member, day, credited in session.execute(HOURS_OF_BATCH, {"batch": batch_id}):
        month = bisect.bisect_left(cutoffs, day)
        if 0 < month < len(cutoffs):
            before[place[member], month - first] -= credited
    return before, after, first
