"""Cover: a member's question, answered under any number of terms from one state of the ledger."""

import bisect
import functools
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from rules import agreements, determine, evaluate, explain, terms, ticks, units
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
from service import changes, clock, facts, in_force, ledger, models
from service.accounts import accounts
from service.auth import allow, caller, require_member
from service.held import HELD, asks_whether_paid, unheld
from service.once import reads
from service.problems import Problem, error, invalid, unknown
from service.proposals import Named, named
from service.wire import Blueprint
from service.world import world

# Hours of a cut-off's own day belong to the month that it ends, so a day is placed by the day before it. One row of
# arrays instead of thousands of rows: every report asks this about every member on it.
MONTHLY_HOURS = text(
    """
    SELECT array_agg(place), array_agg(month), array_agg(hours), array_agg(added)
    FROM (
        SELECT asked.place - 1 AS place,
               width_bucket(entries.week_ending - 1, CAST(:cutoffs AS date[])) AS month,
               sum(credited) AS hours,
               coalesce(sum(credited) FILTER (WHERE batch_id = ANY(CAST(:batches AS uuid[]))), 0) AS added
        FROM unnest(CAST(:members AS uuid[])) WITH ORDINALITY AS asked (member_id, place)
        JOIN entries USING (member_id)
        GROUP BY 1, 2
    ) AS totals
    """
)

blp = Blueprint("coverage", __name__, url_prefix="/v1/members", description="Whether a member is covered, and why.")


class Known(NamedTuple):
    """What the ledger held about a member at a position."""

    position: int
    lines: list[Line]
    facts: list[Fact]


WEEK = 100  # one line is one week: a hundred hundredths


def known(session: Session, member: uuid.UUID, position: int, plans: Collection[terms.Terms]) -> Known:
    """Read a member's hours and facts as they were known at a position, for answers under ``plans``.

    The not-found problem for a member who is not there.
    """
    if session.get(models.Member, member) is None:
        raise unknown("member")
    return Known(
        position,
        lines_known(session, [member], position, plans).get(member, []),
        facts_known(session, [member], position).get(member, []),
    )


def lines_known(
    session: Session,
    members: Collection[uuid.UUID],
    position: int,
    plans: Collection[terms.Terms],
    batch_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, list[Line]]:
    """The lines of each member that counted at a position, as ``plans`` read them, and with what ``batch_id`` adds."""
    held = ledger.credited_hours(session, members, position, batch_id)
    paid: dict[uuid.UUID, date | None] = {}
    if any(map(asks_whether_paid, plans)):
        reports = {line.remittance for lines in held.values() for line in lines if line.remittance is not None}
        paid = {report: one.paid_on for report, one in accounts(session, reports, position, batch_id).items()}
    return {member: [line_of(line, paid) for line in lines] for member, lines in held.items()}


def line_of(line: ledger.CreditedHours, paid: Mapping[uuid.UUID, date | None]) -> Line:
    """A ledger line as the rules read it. Its marks are its agreement, its basis and its occupation.

    It is paid on the day from which all that its report owes was paid; its contributions are those to health funds.
    """
    received = line.recorded_at.date() if line.recorded_at else clock.today()  # None: it is being written now
    return Line(
        line.week_ending,
        line.credited,
        line.entry_id,
        days=(line.days_worked or 0) * 100,
        weeks=WEEK if line.credited > 0 else 0,
        contributions=health_dues(line.agreement, line.due or {}),
        received=received,
        # What trustees credit is owed by nobody.
        paid=paid.get(line.remittance) if line.remittance else received,
        marks=frozenset(mark for mark in (line.agreement, line.basis, line.occupation) if mark),
    )


def health_dues(agreement: str | None, due: Mapping[str, int | None]) -> int:
    """What is owed to health funds on a line, in cents, as far as it is known."""
    return sum(cents or 0 for fund, cents in due.items() if fund in health_funds(agreement))


@functools.cache
def health_funds(agreement: str | None) -> frozenset[str]:
    """The funds of an agreement that pay for the health cover of those at work."""
    known_one = agreements.known(agreement) if agreement else None
    return (
        frozenset(fund.name for fund in known_one.funds.values() if fund.kind == "health") if known_one else frozenset()
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
    position = ledger.position_at(session, query.get("known_at"))
    asked = named(session, query["plan"], query["under"], position)
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
    asked = named(session, query["plan"], query["under"], position)
    what = known(session, member, position, [under for under, _ in asked])
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


def cover_changes(
    session: Session, batch_id: uuid.UUID, member_ids: Collection[uuid.UUID], *, payment: bool = False
) -> dict[str, Any]:
    """How many members gain and lose cover in any month by a batch that this transaction is writing, and whose and why.

    A ``payment`` changes cover only under plans that ask whether a line is paid.
    """
    members = sorted(member_ids)
    return told(session, batch_id, members, *cover_moves(session, [batch_id], members, payment=payment))


def administered(session: Session, position: int) -> list[terms.Terms]:
    """The terms in force, as known at a position, of every plan that is administered here."""
    return [in_force.current(session, name, position) for name in world().settings.plans]


def told(
    session: Session, batch_id: uuid.UUID, members: Sequence[uuid.UUID], gained: set[int], lost: set[int]
) -> dict[str, Any]:
    """The counts of the members (by their place among ``members``) who gain and lose; what changes for the first."""
    moved = [members[place] for place in sorted(gained | lost)][: changes.MOST_TOLD]
    position = ledger.head_position(session)
    plans = administered(session, position) if moved else []
    sides = [lines_known(session, moved, position, plans, batch) for batch in (None, batch_id)] if moved else [{}, {}]
    facts_held = facts_known(session, moved, position) if moved else {}
    return {
        "gained": len(gained),
        "lost": len(lost),
        "members": changes.told(session, plans, moved, sides[0], sides[1], facts_held),
    }


def cover_moves(
    session: Session, batch_ids: Sequence[uuid.UUID], members: Sequence[uuid.UUID], *, payment: bool = False
) -> tuple[set[int], set[int]]:
    """The members, by their place among ``members``, who gain and who lose cover in any month by the batches that this
    transaction is writing.

    The current terms of every plan administered here are asked; a member may both gain and lose.
    """
    gained, lost = set[int](), set[int]()
    position = ledger.head_position(session)
    known_facts = facts_known(session, members, position)
    plans = administered(session, position)
    worked = lines_known(session, list(known_facts), position, plans, batch_ids[0]) if known_facts else {}
    for plan in plans:
        if payment and not asks_whether_paid(plan):
            continue
        before, after, first = credits_around(session, plan, batch_ids, members, first_told(plan, known_facts))
        end = first + before.shape[2]
        cutoffs = plan.chart.cutoffs[first:end]
        # Most members have no facts, and are alike in that.
        plain = rule_facts.fact_records(plan, [], [], first)
        variant = [rule_facts.variant_on(plan, [], cutoff) for cutoff in cutoffs] if rule_facts.axes(plan) else 0
        records, variants = [plain] * len(members), np.empty((len(members), end - first), np.int16)
        variants[:] = variant
        for place, member in enumerate(members) if known_facts else ():
            held = known_facts.get(member)
            if not held:
                continue
            days = [line.day for line in worked.get(member, []) if any(getattr(line, name) > 0 for name in HELD)]
            records[place] = rule_facts.fact_records(plan, held, days, first)
            if rule_facts.axes(plan):
                variants[place] = [rule_facts.variant_on(plan, held, cutoff) for cutoff in cutoffs]
        places = np.cumsum([0, *map(len, records)])
        everyones = np.concatenate(records).view(np.recarray)
        found = compare_some(plan, first, before, after, everyones, places, variants)
        gained.update(np.flatnonzero(found.gained_by).tolist())
        lost.update(np.flatnonzero(found.lost_by).tolist())
    return gained, lost


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
    if all(is_plain(plan, measure) for measure in plan.below("credit")):
        before, after, first = monthly_hours(session, plan, batch_ids, members, earliest)
        return before[None], after[None], first
    refuse_unheld(plan)
    position = ledger.head_position(session)
    then = lines_known(session, members, position, [plan])
    now = lines_known(session, members, position, [plan], batch_ids[0])
    made = [[credits_of(plan, known.get(member, [])) for member in members] for known in (then, now)]
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
    session: Session,
    plan: terms.Terms,
    batch_ids: Sequence[uuid.UUID],
    members: Sequence[uuid.UUID],
    earliest: int,
) -> tuple[np.ndarray, np.ndarray, int]:
    """The members' hundredths by month of a plan's chart, without and with batches, and the first month's index."""
    cutoffs = plan.chart.cutoffs
    given = {"members": list(members), "cutoffs": f"{{{','.join(map(str, cutoffs))}}}", "batches": list(batch_ids)}
    found = session.execute(MONTHLY_HOURS, given).one()
    rows, months, hours, added = (np.array(column or [], np.int64) for column in found)
    inside = (months > 0) & (months < len(cutoffs))
    rows, months, hours, added = rows[inside], months[inside], hours[inside], added[inside]
    first = int(months.min(initial=min(earliest, len(cutoffs) - 1)))
    last = min(int(months.max(initial=first)) + determine.AHEAD[plan.chart.unit], len(cutoffs) - 1)
    before, after = np.zeros((2, len(members), last - first + 1), np.int64)
    before[rows, months - first], after[rows, months - first] = hours - added, hours
    return before, after, first
