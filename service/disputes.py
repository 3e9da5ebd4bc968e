"""Disputes: a member says that hours are missing, and an administrator decides, once."""

import uuid
from collections import defaultdict
from typing import Any

from flask import g
from sqlalchemy import Row, Uuid, bindparam, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from rules.outcome import long_day
from rules.units import written
from schemas.credits import DecisionQuery
from schemas.disputes import (
    DISPUTE_ANSWER_EXAMPLE,
    DISPUTE_EXAMPLE,
    RESOLUTION_EXAMPLE,
    RESOLUTION_RECEIPT_EXAMPLE,
    Dispute,
    DisputeList,
    DisputeQuery,
    DisputeRead,
    DisputesQuery,
    NewDispute,
    NewResolution,
    ResolutionReceipt,
)
from service import clock, coverage, models
from service.auth import allow, caller, require_member
from service.credits import UNDONE_BY, decided, wrong_weeks
from service.cursors import begun, link_to, part_of
from service.intake import week_fault, weeks_taken
from service.ledger import among, head_position, lock_members, position_at, post_batch, post_entries
from service.models import Batch, Entry, Member
from service.once import once, reads
from service.problems import conflict, error, invalid, unknown
from service.receipts import Remark, first_remarks, long_weeks
from service.wire import Blueprint
from service.world import world

MOST_OPEN = 100  # of one member
IMPUTATION = "trustees' decision on a dispute"
NO_CHANGES: dict[str, Any] = {"gained": 0, "lost": 0, "members": []}
RESOLVED_IN = aliased(Batch)
# Disputes known at :position, each with its batch and how it had ended by then, if it had.
KNOWN = (
    select(models.Dispute, Batch, models.Resolution, RESOLVED_IN)
    .join(Batch, Batch.id == models.Dispute.batch_id)
    .outerjoin(models.Resolution, models.Resolution.dispute_id == models.Dispute.id)
    .outerjoin(RESOLVED_IN, RESOLVED_IN.id == models.Resolution.batch_id)
    .where(Batch.position <= bindparam("position"))
    .order_by(Batch.position)
)
ONE = KNOWN.where(models.Dispute.id == bindparam("dispute", type_=Uuid))
ENDED = RESOLVED_IN.position <= bindparam("position")
STATES = {
    "open": or_(RESOLVED_IN.position.is_(None), ~ENDED),
    "granted": ENDED & (models.Resolution.outcome == "granted"),
    "rejected": ENDED & (models.Resolution.outcome == "rejected"),
}
# The hours that :batches granted, and what had taken them back by :position.
GRANTED_LINES = (
    select(Entry, UNDONE_BY.label("undone_by")).where(Entry.batch_id == among("batches", Uuid)).order_by(Entry.id)
)
OPEN_OF_MEMBER = (
    select(func.count())
    .select_from(models.Dispute)
    .outerjoin(models.Resolution, models.Resolution.dispute_id == models.Dispute.id)
    .where(models.Dispute.member_id == bindparam("member", type_=Uuid), models.Resolution.dispute_id.is_(None))
)
KnownDispute = Row[tuple[models.Dispute, Batch, models.Resolution, Batch]]

blp = Blueprint("disputes", __name__, url_prefix="/v1", description="Hours that members say are missing.")


@blp.route("/members/<uuid:member>/disputes", methods=["POST"])
@allow("administrator", "member")
@once
@blp.arguments(NewDispute, example=DISPUTE_EXAMPLE)
@blp.response(
    201,
    Dispute,
    example={
        **DISPUTE_ANSWER_EXAMPLE,
        "state": "open",
        "text": "120.00 hours at ACME, weeks from 17 July 2021 to 31 July 2021, are to be decided.",
        "resolution": None,
    },
)
def dispute_hours(session: Session, new: dict[str, Any], member: uuid.UUID) -> Any:
    """Say that hours of some weeks are missing.

    It changes no hours; an administrator decides. A key of the role member speaks for that member alone.
    """
    require_member(caller(), member)
    if session.get(Member, member) is None:
        raise unknown("member")
    refuse_weeks(new)
    employer = new.get("employer")
    if employer is not None and session.get(models.Employer, employer) is None:
        message = f"No employer has the code {employer}. Leave it out where it is not known, and name it as evidence."
        raise invalid([error("/employer", "unknown_employer", message)])
    lock_members(session, (), [member])
    if session.execute(OPEN_OF_MEMBER, {"member": member}).scalar_one() >= MOST_OPEN:
        detail = f"{MOST_OPEN} disputes of the member are open. Wait until some of them are decided."
        raise conflict("too-many-disputes", "Too many open disputes", detail)
    row = {"employer": employer, "first_week": new["from_"], "last_week": new["to"]}
    row |= {name: new[name] for name in ("hours", "evidence")}
    batch_id = uuid.uuid4()
    session.execute(insert(models.Dispute).values(id=batch_id, batch_id=batch_id, member_id=member, **row))
    g.position = post_batch(session, batch_id, "dispute", caller().id, None)
    return shown(session, [one_known(session, batch_id, g.position)], g.position)[0], {
        "Location": f"/v1/disputes/{batch_id}"
    }


@blp.route("/members/<uuid:member>/disputes")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(DisputesQuery, location="query")
@blp.response(200, DisputeList, example={"known_at": 851, "items": [DISPUTE_ANSWER_EXAMPLE], "next": None})
def list_member_disputes(session: Session, query: dict[str, Any], member: uuid.UUID) -> Any:
    """List a member's disputes.

    A key of the role member reads that member's alone.
    """
    require_member(caller(), member)
    if session.get(Member, member) is None:
        raise unknown("member")
    return listed(session, query, member)


@blp.route("/disputes")
@allow("administrator", "auditor")
@reads
@blp.arguments(DisputesQuery, location="query")
@blp.response(200, DisputeList, example={"known_at": 851, "items": [DISPUTE_ANSWER_EXAMPLE], "next": None})
def list_disputes(session: Session, query: dict[str, Any]) -> Any:
    """List everybody's disputes: with `state=open`, those to be decided."""
    return listed(session, query, None)


@blp.route("/disputes/<uuid:dispute>")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(DisputeQuery, location="query")
@blp.response(200, DisputeRead, example={**DISPUTE_ANSWER_EXAMPLE, "known_at": 851})
def read_dispute(session: Session, query: dict[str, Any], dispute: uuid.UUID) -> Any:
    """Read a dispute: what is missing, where it stands, and what was granted."""
    position = position_at(session, query.get("known_at"))
    row = one_known(session, dispute, position)
    if caller().role == "member" and row.Dispute.member_id != caller().member_id:
        raise unknown("dispute")
    return {**shown(session, [row], position)[0], "known_at": position}


@blp.route("/disputes/<uuid:dispute>/resolution", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(DecisionQuery, location="query")
@blp.arguments(NewResolution, example=RESOLUTION_EXAMPLE)
@blp.response(201, ResolutionReceipt, example=RESOLUTION_RECEIPT_EXAMPLE)
def resolve_dispute(session: Session, query: dict[str, Any], new: dict[str, Any], dispute: uuid.UUID) -> Any:
    """Decide a dispute, once.

    What is granted counts as hours worked for the employer of the dispute. To change a decision, reverse it as
    `POST /v1/members/{member}/credits/{credit}/reversal` with the id of the resolution, and credit the hours. With
    `dry_run` the answer is the same, and nothing is stored.
    """
    found = session.get(models.Dispute, dispute)
    if found is None:
        raise unknown("dispute")
    errors = [*wrong_weeks(new["lines"]), *weeks_outside(found, new["lines"])]
    if errors:
        raise invalid(errors)
    lock_members(session, (), [found.member_id])
    before = one_known(session, dispute, head_position(session))
    if before.Resolution is not None:
        detail = f"It was {before.Resolution.outcome} at position {before[3].position}."
        raise conflict("dispute-resolved", "The dispute is decided already", detail)
    batch_id = uuid.uuid4()
    entries = [
        decided(batch_id, number, found.member_id, found.employer, line, IMPUTATION)
        for number, line in enumerate(new["lines"], start=1)
    ]
    post_entries(session, entries)
    row = {"dispute_id": dispute, "batch_id": batch_id, "outcome": new["outcome"], "reason": new["reason"]}
    session.execute(insert(models.Resolution).values(**row))
    changes = NO_CHANGES
    if entries:
        changes = coverage.cover_changes(session, batch_id, [found.member_id])
    g.position = post_batch(session, batch_id, "dispute", caller().id, new["reason"])
    g.rollback = query["dry_run"]
    session.expire_all()
    receipt = {
        **shown(session, [one_known(session, dispute, g.position)], g.position)[0],
        "cover_changes": changes,
        "problems": first_remarks([*long_weeks(entries), *more_than_disputed(found, new["lines"])]),
    }
    if query["dry_run"]:
        receipt["dry_run"] = True
    return receipt, {"Location": f"/v1/disputes/{dispute}"}


def refuse_weeks(new: dict[str, Any]) -> None:
    """Raise the 422 problem for weeks that plans do not count, or that have not been worked yet."""
    weeks = weeks_taken(world().settings.plans, clock.today())
    faults = {name: week_fault(new[key], weeks) for name, key in (("from", "from_"), ("to", "to"))}
    errors = [error(f"/{name}", "date_out_of_range", cure) for name, cure in faults.items() if cure]
    if not errors and (new["to"] - clock.today()).days > 6:
        message = f"The week that ends on {new['to']} has not begun, so nothing of it can be missing. Check the date."
        errors = [error("/to", "date_out_of_range", message)]
    if errors:
        raise invalid(errors)


def weeks_outside(dispute: models.Dispute, lines: list[dict[str, Any]]) -> list[dict[str, str]]:
    """An error for each line of a resolution that is about no week of its dispute."""
    message = (
        f"This is no week of the dispute: its weeks end every seven days from {dispute.first_week} to "
        f"{dispute.last_week}. Hours of other weeks are credited by themselves."
    )
    return [
        error(f"/lines/{index}/week_ending", "outside_the_dispute", message)
        for index, line in enumerate(lines)
        if not dispute.first_week <= line["week_ending"] <= dispute.last_week
        or (line["week_ending"] - dispute.first_week).days % 7
    ]


def more_than_disputed(dispute: models.Dispute, lines: list[dict[str, Any]]) -> list[Remark]:
    """A remark if more is granted than was said to be missing."""
    granted = sum(line["hours"] for line in lines)
    if granted <= dispute.hours:
        return []
    message = f"{written(granted)} hours are more than the {written(dispute.hours)} that were said to be missing."
    return [{"line": None, "code": "more_than_disputed", "message": message}]


def one_known(session: Session, dispute: uuid.UUID, position: int) -> KnownDispute:
    """A dispute as known at a position; the not-found problem if it was not."""
    row = session.execute(ONE, {"dispute": dispute, "position": position}).one_or_none()
    if row is None:
        raise unknown("dispute")
    return row


def listed(session: Session, query: dict[str, Any], member: uuid.UUID | None) -> Any:
    """A part of the list of disputes, of a member or of everybody."""
    known_at, after = begun(query)
    position = position_at(session, known_at)
    chosen = KNOWN.where(Batch.position > after).limit(query["limit"] + 1)
    if member is not None:
        chosen = chosen.where(models.Dispute.member_id == member)
    if "state" in query:
        chosen = chosen.where(STATES[query["state"]])
    rows = session.execute(chosen, {"position": position}).all()
    page, cursor = part_of(rows, query["limit"], position, lambda row: row[1].position)
    return {"known_at": position, "items": shown(session, page, position), "next": cursor}, link_to(cursor)


def shown(session: Session, rows: Any, position: int) -> list[dict[str, Any]]:
    """Disputes as answers show them, as known at a position."""
    granted: dict[uuid.UUID, list[Row[tuple[Entry, uuid.UUID | None]]]] = defaultdict(list)
    ended = [batch.id for *_, batch in rows if batch is not None and batch.position <= position]
    for row in session.execute(GRANTED_LINES, {"batches": ended, "position": position}) if ended else ():
        granted[row.Entry.batch_id].append(row)
    return [one_shown(*row, granted, position) for row in rows]


def one_shown(
    dispute: models.Dispute,
    batch: Batch,
    resolution: models.Resolution | None,
    resolved_in: Batch | None,
    granted: dict[uuid.UUID, list[Row[tuple[Entry, uuid.UUID | None]]]],
    position: int,
) -> dict[str, Any]:
    """One dispute as answers show it."""
    ended = None
    if resolution is not None and resolved_in is not None and resolved_in.position <= position:
        lines = granted.get(resolved_in.id, [])
        ended = {
            "id": resolved_in.id,
            "outcome": resolution.outcome,
            "reason": resolution.reason,
            "author": resolved_in.author,
            "position": resolved_in.position,
            "recorded_at": resolved_in.recorded_at,
            "credited_hours": sum(entry.credited for entry, _ in lines),
            "lines": [{"week_ending": one.week_ending, "hours": one.credited, "entry": one.id} for one, _ in lines],
            "undone_by": lines[0].undone_by if lines else None,
        }
    return {
        "id": dispute.id,
        "member": dispute.member_id,
        "employer": dispute.employer,
        "from_": dispute.first_week,
        "to": dispute.last_week,
        "hours": dispute.hours,
        "evidence": dispute.evidence,
        "state": ended["outcome"] if ended else "open",
        "text": sentence(dispute, ended),
        "author": batch.author,
        "position": batch.position,
        "recorded_at": batch.recorded_at,
        "resolution": ended,
    }


def sentence(dispute: models.Dispute, ended: dict[str, Any] | None) -> str:
    """Where a dispute stands, as a member reads it."""
    weeks = f"the week to {long_day(dispute.last_week)}"
    if dispute.first_week < dispute.last_week:
        weeks = f"weeks from {long_day(dispute.first_week)} to {long_day(dispute.last_week)}"
    what = f"{written(dispute.hours)} hours{f' at {dispute.employer}' if dispute.employer else ''}, {weeks},"
    if ended is None:
        return f"{what} are to be decided."
    if ended["outcome"] == "rejected":
        return f"{what} were not granted: {ended['reason']}"
    since = " This was taken back later." if ended["undone_by"] else ""
    return f"{written(ended['credited_hours'])} of {what} were granted: {ended['reason']}{since}"
