"""Credits: hours that trustees give a member by decision, and what takes them back. They are ledger entries too."""

import itertools
import uuid
from typing import Any

from flask import g
from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session, aliased

from schemas.credits import (
    CREDIT_ANSWER_EXAMPLE,
    CREDIT_EXAMPLE,
    CREDIT_RECEIPT_EXAMPLE,
    REVERSAL_EXAMPLE,
    REVERSAL_RECEIPT_EXAMPLE,
    CreditReceipt,
    CreditsQuery,
    DecisionQuery,
    MemberCredits,
    NewCredit,
    NewReversal,
)
from service import clock, coverage
from service.auth import allow, caller, require_member
from service.corrections import reversal
from service.intake import week_fault, weeks_taken
from service.ledger import (
    NewEntry,
    head_position,
    lock_members,
    position_at,
    post_batch,
    post_entries,
    taken_back,
)
from service.models import Batch, Entry, Member
from service.once import once, reads
from service.problems import conflict, error, invalid, unknown
from service.receipts import first_remarks, long_weeks
from service.wire import Blueprint
from service.world import world

IMPUTATION = "trustees' decision"
UNDONE = aliased(Entry)
UNDOES = select(UNDONE.batch_id).where(UNDONE.id == Entry.reverses).correlate(Entry).scalar_subquery()
UNDONE_BY = taken_back(Entry, "reverses", "batch_id")
# The lines that decisions gave :member, as known at :position, with the decisions before and after.
KNOWN_LINES = (
    select(Entry, Batch, UNDOES.label("undoes"), UNDONE_BY.label("undone_by"))
    .join(Batch, Batch.id == Entry.batch_id)
    .where(
        Entry.member_id == bindparam("member", type_=Uuid),
        Entry.basis == "decision",
        Batch.position <= bindparam("position"),
    )
    .order_by(Batch.position, Entry.id)
)
DECISION_LINES = KNOWN_LINES.where(Entry.batch_id == bindparam("credit", type_=Uuid))

blp = Blueprint("credits", __name__, url_prefix="/v1/members", description="Hours that trustees credit by decision.")


@blp.route("/<uuid:member>/credits", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(DecisionQuery, location="query")
@blp.arguments(NewCredit, example=CREDIT_EXAMPLE)
@blp.response(201, CreditReceipt, example=CREDIT_RECEIPT_EXAMPLE)
def credit_hours(session: Session, query: dict[str, Any], new: dict[str, Any], member: uuid.UUID) -> Any:
    """Credit hours to a member by decision of the trustees.

    They count like reported hours, but no employer owes anything on them. With `dry_run` the answer is the same, and
    nothing is stored.
    """
    if session.get(Member, member) is None:
        raise unknown("member")
    errors = wrong_weeks(new["lines"])
    if errors:
        raise invalid(errors)
    lock_members(session, (), [member])
    batch_id = uuid.uuid4()
    entries = [
        decided(batch_id, number, member, None, line, IMPUTATION) for number, line in enumerate(new["lines"], start=1)
    ]
    return post_decision(session, member, "credit", new["reason"], entries, query["dry_run"])


@blp.route("/<uuid:member>/credits/<uuid:credit>/reversal", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(DecisionQuery, location="query")
@blp.arguments(NewReversal, example=REVERSAL_EXAMPLE)
@blp.response(201, CreditReceipt, example=REVERSAL_RECEIPT_EXAMPLE)
def reverse_credit(
    session: Session, query: dict[str, Any], new: dict[str, Any], member: uuid.UUID, credit: uuid.UUID
) -> Any:
    """Take a decision about hours back: a credit, what was granted on a dispute, or the reversal of one of these.

    Once: what reverses a reversal restores the hours. With `dry_run` the answer is the same, and nothing is stored.
    """
    lock_members(session, (), [member])
    known = {"member": member, "position": head_position(session), "credit": credit}
    rows = session.execute(DECISION_LINES, known).all()
    if not rows:
        raise unknown("credit")
    if rows[0].undone_by is not None:
        detail = f"The decision {rows[0].undone_by} has done that. To undo it, reverse that one."
        raise conflict("credit-reversed", "The decision is reversed already", detail)
    batch_id = uuid.uuid4()
    entries = [undone(session, batch_id, row.Entry) for row in rows]
    return post_decision(session, member, "credit", new["reason"], entries, query["dry_run"])


@blp.route("/<uuid:member>/credits")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(CreditsQuery, location="query")
@blp.response(
    200,
    MemberCredits,
    example={"member": CREDIT_ANSWER_EXAMPLE["member"], "known_at": 843, "credits": [CREDIT_ANSWER_EXAMPLE]},
)
def list_credits(session: Session, query: dict[str, Any], member: uuid.UUID) -> Any:
    """List the decisions about a member's hours, those taken back and their reversals included."""
    require_member(caller(), member)
    position = position_at(session, query.get("known_at"))
    if session.get(Member, member) is None:
        raise unknown("member")
    rows = session.execute(KNOWN_LINES, {"member": member, "position": position}).all()
    batches = itertools.groupby(rows, key=lambda row: row.Batch.id)
    return {"member": member, "known_at": position, "credits": [shown(list(lines)) for _, lines in batches]}


def wrong_weeks(lines: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What is wrong with the weeks of a decision: no hours, a week that plans do not count, a week given twice."""
    errors, first = list[dict[str, str]](), dict[Any, int]()
    weeks = weeks_taken(world().settings.plans, clock.today())
    for index, line in enumerate(lines):
        cure = week_fault(line["week_ending"], weeks)
        if cure:
            errors.append(error(f"/lines/{index}/week_ending", "date_out_of_range", cure))
        if not line["hours"]:
            message = "No hours are decided for this week. Write more than none, or leave the week out."
            errors.append(error(f"/lines/{index}/hours", "no_hours", message))
        before = first.setdefault(line["week_ending"], index)
        if before != index:
            message = f"The week of line {before + 1} is given again. Put its hours on one line."
            errors.append(error(f"/lines/{index}/week_ending", "duplicate_line", message))
    return errors


def decided(
    batch_id: uuid.UUID, number: int, member: uuid.UUID, employer: str | None, line: dict[str, Any], imputation: str
) -> NewEntry:
    """The ledger entry of a week that was decided. Hours of an employer were worked, those of none only count."""
    hours = line["hours"]
    worked = hours if employer is not None else None
    particulars = (line["week_ending"], "decision", worked, *[None] * 6)
    return NewEntry(batch_id, None, number, member, employer, *particulars, hours, imputation, {})


def undone(session: Session, batch_id: uuid.UUID, entry: Entry) -> NewEntry:
    """The entry that takes ``entry`` back; of a reversal, the one that says again what was reversed."""
    if entry.kind != "reversal":
        return reversal(batch_id, entry)
    said = session.get_one(Entry, entry.reverses)
    values = {name: getattr(said, name) for name in NewEntry._fields}
    return NewEntry(**{**values, "batch_id": batch_id, "kind": "restoration", "reverses": entry.id})


def post_decision(
    session: Session, member: uuid.UUID, kind: str, reason: str, entries: list[NewEntry], dry_run: bool
) -> Any:
    """Add the entries of a decision to the ledger, unless it is a dry run: the answer about it."""
    batch_id = entries[0].batch_id
    post_entries(session, entries)
    changes = coverage.cover_changes(session, batch_id, [member])
    g.position = post_batch(session, batch_id, kind, caller().id, reason)
    g.rollback = dry_run
    rows = session.execute(DECISION_LINES, {"member": member, "position": g.position, "credit": batch_id}).all()
    receipt = {**shown(rows), "cover_changes": changes, "problems": first_remarks(long_weeks(entries))}
    if dry_run:
        receipt["dry_run"] = True
    return receipt, {"Location": f"/v1/members/{member}/credits"}


def shown(rows: Any) -> dict[str, Any]:
    """A decision as answers show it; ``rows`` are its lines."""
    entry, batch, undoes, undone_by = rows[0]
    kind = entry.kind if entry.kind != "line" else batch.kind
    return {
        "id": batch.id,
        "member": entry.member_id,
        "kind": kind,
        "undoes": undoes,
        "undone_by": undone_by,
        "author": batch.author,
        "reason": batch.reason,
        "position": batch.position,
        "recorded_at": batch.recorded_at,
        "credited_hours": sum(row.Entry.credited for row in rows),
        "lines": [
            {"week_ending": row.Entry.week_ending, "hours": row.Entry.credited, "entry": row.Entry.id} for row in rows
        ],
    }
