"""Remittance reports: an employer's account of who worked how long in which weeks."""

import uuid
from operator import attrgetter
from typing import Any, NamedTuple

from flask import g, request
from marshmallow import ValidationError
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from rules.units import written
from schemas.remittances import (
    CSV_EXAMPLE,
    RECEIPT_EXAMPLE,
    REMITTANCE_EXAMPLE,
    REPORT_EXAMPLE,
    NewRemittanceQuery,
    Receipt,
    Remittance,
    RemittanceQuery,
    RemittanceReport,
)
from service import clock, models
from service.auth import Caller, allow, caller, require_employer
from service.cursors import cursor_of, link_to, parts_of
from service.intake import MOST_FAULTS, MOST_LINES, Fault, Faults, check, read_csv, read_json, weeks_taken
from service.ledger import REVERSED_AT, lock_members, position_at
from service.models import Batch, Employer, Entry, Member
from service.once import once, reads
from service.problems import Problem, error, invalid, unknown
from service.receipts import Report, post_report
from service.wire import Blueprint, child, located, strict_json, unsupported_media_type
from service.world import world

Errors = list[dict[str, Any]]

HEAD = RemittanceReport(exclude=("lines",))
HEAD_NAMES = ("employer", "report", "agreement")
CSV_ONLY = (*HEAD_NAMES, "control_lines", "control_hours")
BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": RemittanceReport, "example": REPORT_EXAMPLE},
        "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
    },
}

# The lines of :remittance as known at :position; rows are those of LatestLine.
LATEST_LINES = (
    select(Entry, Member.number, Batch.position, REVERSED_AT.label("reversed_at"))
    .join(Batch, Batch.id == Entry.batch_id)
    .join(Member, Member.id == Entry.member_id)
    .where(
        Entry.remittance_id == bindparam("remittance"),
        Entry.reverses.is_(None),
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
KNOWN_EMPLOYER = select(Employer.code).where(Employer.code == bindparam("code"))

blp = Blueprint("remittances", __name__, url_prefix="/v1/remittances", description="Employers' reports of hours.")


class LatestLine(NamedTuple):
    """A line of a report: its last entry, the number of the member, and the positions it was posted and voided at."""

    entry: Entry
    member: str
    posted: int
    voided: int | None


@blp.route("", methods=["POST"])
@blp.doc(requestBody=BODY, responses={404: {"description": "There is no such employer."}})
@allow("administrator", "employer")
@once
@blp.arguments(NewRemittanceQuery, location="query")
@blp.response(201, Receipt, example=RECEIPT_EXAMPLE)
def post_remittance(session: Session, query: dict[str, Any]) -> Any:
    """Post a remittance report.

    All or nothing: one bad line refuses the report, and every bad line is named. As `text/csv` the first line names
    the columns, which are the names of a JSON line; employer, report and agreement then go into the query. With
    `dry_run` the answer is the same, and nothing is stored. A key of the role employer posts for that employer alone.
    """
    faults = Faults()
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise unsupported_media_type("application/json", "text/csv", charset="UTF-8")
    if request.mimetype == "text/csv":
        report, errors = sent_as_csv(query, faults)
    elif request.mimetype == "application/json":
        report, errors = sent_as_json(query, faults)
    else:
        raise unsupported_media_type("application/json", "text/csv")
    if report is None:
        raise refusal(errors, faults)
    require_employer(caller(), report.employer)
    if session.execute(KNOWN_EMPLOYER, {"code": report.employer}).first() is None:
        raise unknown("employer")
    members = lock_members(session, {line.member for line in report.lines if line.member is not None})
    check(report.lines, members, weeks_taken(world().settings.plans, clock.today()), faults)
    errors = miscounts(report, faults)
    if errors or faults.count:
        raise refusal(errors, faults)
    receipt = post_report(session, caller().id, report, members)
    if query["dry_run"]:
        g.rollback = True
        return {**receipt, "dry_run": True}
    g.position = receipt["position"]
    return receipt, {"Location": f"/v1/remittances/{receipt['id']}"}


def sent_as_csv(query: dict[str, Any], faults: Faults) -> tuple[Report | None, Errors]:
    """The report in a CSV body, or None and what is wrong with what stands around its lines."""
    lines = read_csv(request.get_data(cache=True), faults)
    message = "A CSV file does not say this itself: write it into the address."
    errors = [error(f"/query/{name}", "required", message) for name in HEAD_NAMES if name not in query]
    if errors:
        return None, errors
    controls = {f"/query/{name}": query.get(name) for name in ("control_lines", "control_hours")}
    return Report(*[query[name] for name in HEAD_NAMES], controls, lines), []


def sent_as_json(query: dict[str, Any], faults: Faults) -> tuple[Report | None, Errors]:
    """The report in a JSON body, or None and what is wrong with what stands around its lines."""
    message = "This belongs to CSV files. In JSON write it into the body."
    errors = [error(f"/query/{name}", "unknown_name", message) for name in CSV_ONLY if name in query]
    body = strict_json(request.get_data(cache=True))
    items = body.pop("lines", None) if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        errors.append(error("/lines", "no_lines", "Write the lines of the report here, a list of at least one object."))
        items = []
    lines = read_json(items, faults)
    try:
        head = HEAD.load(body)
    except ValidationError as failure:
        return None, [*errors, *located(failure.messages, HEAD, "")]
    if errors:
        return None, errors
    controls = {f"/control/{name}": head.get("control", {}).get(name) for name in ("lines", "hours")}
    return Report(*[head[name] for name in HEAD_NAMES], controls, lines), []


def miscounts(report: Report, faults: Faults) -> Errors:
    """What is wrong with the totals that the sender counted. Hours are compared only when every line can be read."""
    (lines_at, lines), (hours_at, hours) = report.controls.items()
    counted = sum(line.hours_worked or 0 for line in report.lines)
    errors = []
    if lines is not None and lines != len(report.lines) and not faults.count:
        message = f"The control total is {lines} lines; the report has {len(report.lines)}. Correct the wrong one."
        errors.append(error(lines_at, "control_mismatch", message))
    if hours is not None and hours != counted and not faults.count:
        message = (
            f"The control total is {written(hours)} hours; the lines add up to {written(counted)} hours worked. "
            "Correct the wrong one."
        )
        errors.append(error(hours_at, "control_mismatch", message))
    return errors


def refusal(errors: Errors, faults: Faults) -> Problem:
    """The problem of a report with something wrong: everything that is, up to a limit, and how much there is in all."""
    count = len(errors) + faults.count
    kept = [*errors, *map(told, sorted(faults.kept, key=attrgetter("line")))][:MOST_FAULTS]
    detail = "One thing is wrong" if count == 1 else f"{count:,} things are wrong"
    if count > len(kept):
        detail += f", of which the first {len(kept)} are named"
    return invalid(kept, f"{detail}; see errors. Nothing was recorded: put all of it right and send the report again.")


def told(fault: Fault) -> dict[str, Any]:
    """A fault of a line as an error. In a JSON body it has a pointer too."""
    if request.mimetype == "text/csv":
        return fault._asdict()
    pointer = f"/lines/{fault.line - 1}"
    return {"pointer": child(pointer, fault.column) if fault.column else pointer, **fault._asdict()}


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
    lines = [shown_line(*line) for line in known]
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


def shown_line(entry: Entry, member: str, posted: int, voided: int | None) -> dict[str, Any]:
    """A line as answers show it."""
    state = "void" if voided is not None else "posted" if entry.batch_id == entry.remittance_id else "corrected"
    return {
        **said(entry, member),
        "line": entry.line,
        "member_id": entry.member_id,
        "state": state,
        "entry": entry.id,
        "position": posted if voided is None else voided,
    }


def said(entry: Any, member: str) -> dict[str, Any]:
    """What an entry says and counts, as answers show it."""
    return {
        "member": member,
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
    }
