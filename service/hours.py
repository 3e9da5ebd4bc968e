"""A member's hours as the ledger has them: every line, with what reverses it and since when it is known."""

import datetime
import uuid
from typing import Any

from sqlalchemy import bindparam, case, func, select, tuple_
from sqlalchemy.orm import Session

from schemas.hours import HOURS_EXAMPLE, HoursLedger, HoursQuery
from service.auth import allow, caller, require_member
from service.cursors import cursor_of, link_to, parts_of
from service.ledger import REVERSED_BY, position_at
from service.models import Batch, Entry, Member, Remittance
from service.once import reads
from service.problems import error, invalid, unknown
from service.wire import Blueprint

CHOSEN = (
    Entry.member_id == bindparam("member"),
    Entry.week_ending.between(bindparam("first"), bindparam("last")),
    Batch.position <= bindparam("position"),
)
TOTALS = (
    select(
        func.count(Entry.id).label("lines"),
        func.coalesce(func.sum(Entry.hours_worked), 0).label("hours"),
        func.coalesce(func.sum(Entry.credited), 0).label("credited"),
    )
    .join(Batch, Batch.id == Entry.batch_id)
    .where(*CHOSEN)
)
# Ledger lines as answers show them.
NEXT_LINES = (
    select(
        Entry.id,
        Entry.employer,
        Entry.remittance_id.label("remittance"),
        Remittance.report,
        case((Entry.basis == "decision", Entry.batch_id)).label("decision"),
        Entry.line,
        Entry.week_ending,
        Entry.basis,
        Entry.hours_worked.label("hours"),
        Entry.hours_guaranteed,
        Entry.occupation,
        Entry.local,
        Entry.production,
        Entry.credited,
        Entry.imputation,
        Entry.reverses,
        REVERSED_BY.label("reversed_by"),
        Batch.position,
        Batch.recorded_at,
    )
    .join(Batch, Batch.id == Entry.batch_id)
    .outerjoin(Remittance, Remittance.id == Entry.remittance_id)
    .where(*CHOSEN, tuple_(Entry.week_ending, Entry.id) > tuple_(bindparam("after_week"), bindparam("after_id")))
    .order_by(Entry.week_ending, Entry.id)
    .limit(bindparam("limit"))
)

blp = Blueprint("hours", __name__, url_prefix="/v1/members", description="Members' hours in the ledger.")


@blp.route("/<uuid:member>/hours")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(HoursQuery, location="query")
@blp.response(200, HoursLedger, example=HOURS_EXAMPLE)
def read_hours(session: Session, query: dict[str, Any], member: uuid.UUID) -> Any:
    """Read a member's hours.

    Every ledger line, reversals and what they reverse included, with the ledger position that the answer is read from.
    A key of the role member reads that member alone. The cursor keeps to the position of the first answer.
    """
    require_member(caller(), member)
    first, last = weeks(query)
    known_at, after_week, after_id = query.get("known_at"), datetime.date.min, 0
    if "cursor" in query:
        known_at, after_week, after_id = parts_of(query["cursor"], str, datetime.date.fromisoformat, int)
    position = position_at(session, known_at)
    if session.get(Member, member) is None:
        raise unknown("member")
    chosen = {"member": member, "first": first, "last": last, "position": position}
    totals = session.execute(TOTALS, chosen).one()
    after = {"after_week": after_week, "after_id": after_id, "limit": query["limit"] + 1}
    rows = session.execute(NEXT_LINES, chosen | after).all()
    page = rows[: query["limit"]]
    cursor = cursor_of(str(position), page[-1].week_ending.isoformat(), page[-1].id) if len(rows) > len(page) else None
    return {
        "member": member,
        "known_at": position,
        "totals": totals,
        "lines": page,
        "next": cursor,
    }, link_to(cursor)


def weeks(query: dict[str, Any]) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the weeks that ``query`` asks for; a 422 problem if they are out of order."""
    first, last = query.get("from_", datetime.date.min), query.get("to", datetime.date.max)
    if last < first:
        message = f"{last} is before {first}. Write the first day into from."
        raise invalid([error("/query/to", "out_of_order", message)])
    return first, last
