"""Remittance reports: an employer's account of who worked how long in which weeks."""

import uuid
from typing import Any, NamedTuple

from flask import g
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from schemas.jobs import JOB_EXAMPLE, Job
from schemas.remittances import (
    CSV_EXAMPLE,
    NDJSON_EXAMPLE,
    RECEIPT_EXAMPLE,
    REMITTANCE_EXAMPLE,
    REPORT_EXAMPLE,
    NewRemittanceQuery,
    Receipt,
    Remittance,
    RemittanceQuery,
    RemittanceReport,
)
from service import jobs, models
from service.auth import Caller, allow, caller
from service.cursors import cursor_of, link_to, parts_of
from service.intake import MOST_LINES, XLSX
from service.ledger import REVERSED_AT, REVERSED_BY, position_at
from service.models import Batch, Entry, Member
from service.once import once, reads
from service.problems import unknown
from service.receipts import post_reports
from service.sending import received
from service.wire import Blueprint

BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": RemittanceReport, "example": REPORT_EXAMPLE},
        "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
        "application/x-ndjson": {"schema": {"type": "string"}, "example": NDJSON_EXAMPLE},
        XLSX: {"schema": {"type": "string", "format": "binary"}, "example": "(a workbook)"},
    },
}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async` answers at once with a job that carries the call out.",
    "schema": {"type": "string"},
    "example": "respond-async",
}

# The lines of :remittance as known at :position; rows are those of LatestLine.
LATEST_LINES = (
    select(Entry, Member.number, Batch.position, REVERSED_AT.label("reversed_at"), REVERSED_BY.label("reversed_by"))
    .join(Batch, Batch.id == Entry.batch_id)
    .join(Member, Member.id == Entry.member_id)
    .where(
        Entry.remittance_id == bindparam("remittance"),
        Entry.kind != "reversal",
        Batch.position <= bindparam("position"),
    )
    .ext(distinct_on(Entry.line))
    .order_by(Entry.line, Entry.id.desc())
)
NEXT_LINES = LATEST_LINES.where(Entry.line > bindparam("after")).limit(bindparam("limit"))
# Hours worked and hours that count; reversals carry negatives.
TOTALS = (
    select(func.coalesce(func.sum(Entry.hours_worked), 0), func.coalesce(func.sum(Entry.credited), 0))
    .join(Batch, Batch.id == Entry.batch_id)
    .where(Entry.remittance_id == bindparam("remittance"), Batch.position <= bindparam("position"))
)

blp = Blueprint("remittances", __name__, url_prefix="/v1/remittances", description="Employers' reports of hours.")


class LatestLine(NamedTuple):
    """A line of a report: its last entry, the number of the member, the positions it was posted and voided at, and the
    entry that voided it."""

    entry: Entry
    member: str
    posted: int
    voided: int | None
    reversal: int | None


@blp.route("", methods=["POST"])
@blp.doc(requestBody=BODY, parameters=[PREFER], responses={404: {"description": "There is no such employer."}})
@allow("administrator", "employer")
@once
@blp.arguments(NewRemittanceQuery, location="query")
@blp.alt_response(202, schema=Job, example=JOB_EXAMPLE)
@blp.response(201, Receipt, example=RECEIPT_EXAMPLE)
def post_remittance(session: Session, query: dict[str, Any]) -> Any:
    """Post a remittance report, or the reports of many employers in one file.

    All or nothing: one bad line refuses everything, and every bad line is named; `refused_rows` in the problem names a
    CSV file of the bad rows. In a file (`text/csv`, `application/x-ndjson`, XLSX) the columns are the names of a JSON
    line. What a file does not say in columns `employer`, `report` and `agreement` goes into the query; each combination
    of the three is one report, and the receipt then has `remittances`. With `dry_run` the answer is the same, and
    nothing is stored. With `Prefer: respond-async` the answer is a job to ask about. A key of the role employer posts
    for that employer alone.
    """
    if jobs.wanted():
        return jobs.accepted(session, caller())
    tell = jobs.teller()
    sent, members = received(session, query, tell)
    receipt = post_reports(session, caller().id, sent, members, tell)
    if query["dry_run"]:
        g.rollback = True
        return {**receipt, "dry_run": True}
    g.position = receipt["position"]
    if sent.several:
        g.subject = f"{len(sent.reports)} remittances up to position {receipt['position']}"
        return receipt
    return receipt, {"Location": f"/v1/remittances/{receipt['id']}"}


@blp.route("/<uuid:remittance>")
@allow("administrator", "auditor", "employer")
@reads
@blp.arguments(RemittanceQuery, location="query")
@blp.response(200, Remittance, example=REMITTANCE_EXAMPLE)
def read_remittance(session: Session, query: dict[str, Any], remittance: uuid.UUID) -> Any:
    """Read a report with its lines as they stand.

    A corrected line is shown as corrected, a void one as it was before. A key of the role employer reads that
    employer's reports alone. The cursor of a long report keeps to the ledger position of the first answer.
    """
    known_at, after = query.get("known_at"), 0
    if "cursor" in query:
        known_at, after = parts_of(query["cursor"], str, line_read)
    position = position_at(session, known_at)
    row = visible(session, caller(), remittance)
    recorded = session.get_one(Batch, remittance)
    if recorded.position > position:
        raise unknown("remittance")
    then = {"remittance": remittance, "position": position}
    known = session.execute(NEXT_LINES, {**then, "after": after, "limit": query["limit"] + 1})
    lines = [shown_line(LatestLine(*line)) for line in known]
    page = lines[: query["limit"]]
    cursor = cursor_of(str(position), page[-1]["line"]) if len(lines) > len(page) else None
    worked, credited = session.execute(TOTALS, then).one()
    return {
        "id": row.id,
        "employer": row.employer,
        "report": row.report,
        "agreement": row.agreement,
        "position": recorded.position,
        "recorded_at": recorded.recorded_at,
        "known_at": position,
        "hours": worked,
        "credited_hours": credited,
        "lines": page,
        "next": cursor,
    }, link_to(cursor)


def line_read(part: Any) -> int:
    """The number of a line in a cursor; ValueError where no report has that many."""
    number = int(part)
    if not 0 < number <= MOST_LINES:
        raise ValueError("no line has this number")
    return number


def visible(session: Session, who: Caller, remittance: uuid.UUID) -> models.Remittance:
    """The report, if ``who`` may see it; another employer's is as unknown as one that does not exist."""
    row = session.get(models.Remittance, remittance)
    if row is None or (who.role == "employer" and who.employer != row.employer):
        raise unknown("remittance")
    return row


def shown_line(line: LatestLine) -> dict[str, Any]:
    """A line as answers show it."""
    entry, void = line.entry, line.voided is not None
    return {
        **said(entry, line.member),
        "line": entry.line,
        "member_id": entry.member_id,
        "state": "void" if void else "posted" if entry.batch_id == entry.remittance_id else "corrected",
        "entry": entry.id,
        "position": line.voided if void else line.posted,
    }


def said(entry: Any, member: str) -> dict[str, Any]:
    """What an entry says and counts, as answers show it."""
    return {
        "member": member,
        "employer": entry.employer,
        "week_ending": entry.week_ending,
        "basis": entry.basis,
        "hours_worked": entry.hours_worked,
        "hours_guaranteed": entry.hours_guaranteed,
        "days_worked": entry.days_worked,
        "scale_rate": entry.scale_rate_cents,
        "occupation": entry.occupation,
        "local": entry.local,
        "production": entry.production,
        "credited": entry.credited,
        "imputation": entry.imputation,
        "contributions": entry.due,
    }
