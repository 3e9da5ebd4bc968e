"""Corrections of remittance reports: a reversal of what stood, and a new entry, in one batch."""

import operator
import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from flask import g
from sqlalchemy import Integer, Uuid, func, select
from sqlalchemy.orm import Session

from schemas.corrections import (
    CORRECTION_EXAMPLE,
    CORRECTION_RECEIPT_EXAMPLE,
    Correction,
    CorrectionQuery,
    CorrectionReceipt,
)
from service import clock, coverage, models
from service.accounts import sums_of
from service.assessing import Assessment, classes_of
from service.auth import allow, caller
from service.intake import MOST_FAULTS, unknown_member, week_fault, weeks_taken
from service.ledger import NewEntry, among, head_position, lock_members, post_batch, post_entries
from service.models import Entry
from service.once import once
from service.problems import Problem, conflict, error, invalid
from service.receipts import Remark, first_remarks, long_weeks
from service.remittances import LATEST_LINES, LatestLine, said, visible
from service.sending import Errors
from service.wire import Blueprint
from service.world import world

Changes = list[dict[str, Any]]

VOID_ALREADY, STANDS_ALREADY = "void_already", "stands_already"
# Where a name on the wire is another in the ledger.
COLUMNS = {"scale_rate": "scale_rate_cents"}
NEGATED = ("hours_worked", "hours_guaranteed", "days_worked", "credited")
SAID = NewEntry._fields[NewEntry._fields.index("member_id") : NewEntry._fields.index("credited")]
# What no two lines of a report may have in common.
identity = operator.attrgetter("member_id", "week_ending", "basis", "occupation", "local", "production")

CHOSEN_LINES = LATEST_LINES.where(Entry.line == among("lines", Integer))
LINES_OF_MEMBERS = LATEST_LINES.where(Entry.member_id == among("members", Uuid))

blp = Blueprint("corrections", __name__, url_prefix="/v1/remittances", description="Corrections of reports.")


@blp.route("/<uuid:remittance>/corrections", methods=["POST"])
@allow("administrator", "employer")
@once
@blp.arguments(CorrectionQuery, location="query")
@blp.arguments(Correction, example=CORRECTION_EXAMPLE)
@blp.response(201, CorrectionReceipt, example=CORRECTION_RECEIPT_EXAMPLE)
def correct_remittance(session: Session, query: dict[str, Any], sent: dict[str, Any], remittance: uuid.UUID) -> Any:
    """Correct lines of a report.

    Only the names that are given change; `void` takes a line back, `restore` reverses that, so that the line says
    again what it said, and giving a void line hours puts it back with these. An administrator may move a line to
    another employer. All or nothing. The receipt shows each line before and after. With `dry_run` the answer is the
    same, and nothing is stored.
    """
    receipt = corrected(session, sent, remittance)
    if query["dry_run"]:
        g.rollback = True
        return {**receipt, "dry_run": True}
    g.position = receipt["position"]
    return receipt, {"Location": f"/v1/remittances/{remittance}"}


def corrected(session: Session, sent: dict[str, Any], remittance: uuid.UUID) -> dict[str, Any]:
    """Correct a report as the caller may; the receipt. A problem where it cannot be, or may not."""
    report, who = visible(session, caller(), remittance), caller()
    elsewhere = any(change.get("employer", report.employer) != report.employer for change in sent["lines"])
    if who.role == "employer" and elsewhere:
        detail = "Only an administrator moves hours to another employer."
        raise Problem(403, "forbidden", "Not allowed", detail)
    # One correction of a report at a time: nobody corrects what somebody else is reversing.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(remittance), 0))))
    return correct(session, who.id, report, sent["reason"], sent["lines"])


def correct(session: Session, author: str, report: models.Remittance, reason: str, changes: Changes) -> dict[str, Any]:
    """Add a correction to the ledger and return its receipt; a problem if a change cannot be made."""
    batch_id, position = uuid.uuid4(), head_position(session)
    numbers = {change["member"] for change in changes if "member" in change}
    then = {"remittance": report.id, "position": position}
    latest = session.execute(CHOSEN_LINES, {**then, "lines": [change["line"] for change in changes]})
    lines = {line.entry.line: line for line in map(LatestLine._make, latest)}
    members = lock_members(session, numbers, {line.entry.member_id for line in lines.values()})
    moved_to = {change["employer"] for change in changes if "employer" in change}
    employers = classes_of(session, moved_to | {line.entry.employer for line in lines.values()})
    errors = [
        {**error(f"/lines/{index}/{name}", code, message), "line": change["line"], "column": name}
        for index, change in enumerate(changes)
        for name, code, message in faults(change, lines.get(change["line"]), report, members, employers)
    ]
    errors += repeats(changes)
    if errors:
        raise refusal(errors)
    assessment = Assessment(report.agreement, employers)
    remade = [remade_entry(batch_id, lines[change["line"]], change, members, assessment) for change in changes]
    errors = clashes(session, then, lines, remade)
    if errors:
        raise refusal(errors)
    undone = [reversal(batch_id, line.entry) for line in lines.values() if line.voided is None]
    added = [entry for entry in remade if entry]
    post_entries(session, [*undone, *added])
    entries = [*undone, *added]
    cover = coverage.cover_changes(session, batch_id, sorted({entry.member_id for entry in entries}))
    return {
        "id": batch_id,
        "remittance": report.id,
        "position": post_batch(session, batch_id, "correction", author, reason),
        "lines": len(changes),
        # Reversals carry negatives, so that the sum is the change.
        "hours": sum(entry.hours_worked or 0 for entry in entries),
        "credited_hours": sum(entry.credited for entry in entries),
        "contributions": sums_of(entry.due for entry in entries),
        "cover_changes": cover,
        "changes": [told(lines[change["line"]], entry, change) for change, entry in zip(changes, remade, strict=True)],
        "problems": first_remarks([*assessment.remarks(), *long_weeks(added), *unchanged(lines, remade)]),
    }


def faults(
    change: dict[str, Any],
    line: LatestLine | None,
    report: models.Remittance,
    members: Collection[str],
    employers: Collection[str],
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one change: which of its names, a code, and the cure."""
    number, named = change["line"], change.keys() - {"line", "void", "restore"}
    if line is None:
        yield "line", "unknown_line", f"The report has no line {number}; its lines are 1 to {report.lines}."
        return
    if change.get("void") or change.get("restore"):
        yield from turn_faults(change, line, bool(named))
        return
    if not named:
        yield "line", "nothing_named", f"Nothing is to change in line {number}. Name what changes, or say void: true."
    elif line.voided is not None and all(change.get(name) is None for name in ("hours_worked", "hours_guaranteed")):
        yield "hours_worked", "no_hours", f"Line {number} is void. To put it back, give its hours."
    elif all(change.get(name, getattr(line.entry, name)) is None for name in ("hours_worked", "hours_guaranteed")):
        yield "hours_worked", "no_hours", f"Line {number} would have no hours. Give some, or say void: true."
    if "member" in change and change["member"] not in members:
        yield "member", "unknown_member", unknown_member(change["member"])
    if "employer" in change and change["employer"] not in employers:
        yield "employer", "unknown_employer", f"No employer has the code {change['employer']}. Enter it first."
    weeks = weeks_taken(world().settings.plans, clock.today())
    cure = "week_ending" in change and week_fault(change["week_ending"], weeks)
    if cure:
        yield "week_ending", "date_out_of_range", cure


def turn_faults(change: dict[str, Any], line: LatestLine, named: bool) -> Iterator[tuple[str, str, str]]:
    """What is wrong with taking a line back, or with putting it back; ``named``: whether it says more than that."""
    turn, number = ("void" if change.get("void") else "restore"), change["line"]
    if named or (change.get("void") and change.get("restore")):
        message = f"Line {number} cannot be taken back or restored and changed at once. Do one of the two."
        yield turn, f"{turn}_and_values", message
    if turn == "void" and line.voided is not None:
        yield turn, VOID_ALREADY, f"Line {number} is void already, since position {line.voided}."
    if turn == "restore" and line.voided is None:
        yield turn, STANDS_ALREADY, f"Line {number} is not void: there is no reversal to take back."


def repeats(changes: Changes) -> Errors:
    """An error for each change of a line that is changed before in the same correction."""
    first: dict[int, int] = {}
    return [
        {**error(f"/lines/{index}/line", "repeated_line", message), "line": change["line"], "column": "line"}
        for index, change in enumerate(changes)
        if first.setdefault(change["line"], index) != index
        for message in [f"Line {change['line']} stands twice in this correction. Put its changes together."]
    ]


def refusal(errors: Errors) -> Problem:
    """The problem of a correction that cannot be made. What somebody else has done meanwhile is a conflict."""
    codes = {each["code"] for each in errors}
    if codes == {VOID_ALREADY}:
        detail = "What this takes back has been taken back already. Read the report again."
        return conflict("line-void", "The line is void already", detail, errors[:MOST_FAULTS])
    if codes == {STANDS_ALREADY}:
        detail = "What this puts back stands already. Read the report again."
        return conflict("line-stands", "The line is not void", detail, errors[:MOST_FAULTS])
    count = "One thing is" if len(errors) == 1 else f"{len(errors)} things are"
    return invalid(errors[:MOST_FAULTS], f"{count} wrong; see errors. Nothing was recorded.")


def remade_entry(
    batch_id: uuid.UUID,
    line: LatestLine,
    change: dict[str, Any],
    members: Mapping[str, uuid.UUID],
    assessment: Assessment,
) -> NewEntry | None:
    """What the line says after the change; None when it is taken back."""
    if change.get("void"):
        return None
    values = {name: getattr(line.entry, name) for name in NewEntry._fields}
    values |= {"batch_id": batch_id, "kind": "line", "reverses": None}
    if change.get("restore"):
        return NewEntry(**{**values, "kind": "restoration", "reverses": line.reversal})
    named = change.keys() - {"void", "restore", "member"}
    values |= {COLUMNS.get(name, name): change[name] for name in named}
    if "member" in change:
        values["member_id"] = members[change["member"]]
    return assessment.of(NewEntry(**values))


def reversal(batch_id: uuid.UUID, entry: Entry) -> NewEntry:
    """The entry that takes ``entry`` back: the same with negatives."""
    values = {name: getattr(entry, name) for name in NewEntry._fields}
    values |= {name: -values[name] for name in NEGATED if values[name] is not None}
    due = {fund: None if cents is None else -cents for fund, cents in entry.due.items()}
    values |= {"batch_id": batch_id, "imputation": "reversal", "due": due, "kind": "reversal", "reverses": entry.id}
    return NewEntry(**values)


def clashes(session: Session, then: dict[str, Any], lines: Collection[int], remade: list[NewEntry | None]) -> Errors:
    """An error for each change after which two lines of the report would say the same. ``lines`` are those changed."""
    added = {index: entry for index, entry in enumerate(remade) if entry}
    others = session.execute(LINES_OF_MEMBERS, {**then, "members": [entry.member_id for entry in added.values()]})
    taken = {
        identity(line.entry): line.entry.line
        for line in map(LatestLine._make, others)
        if line.voided is None and line.entry.line not in lines
    }
    errors = []
    for index, entry in added.items():
        other = taken.setdefault(identity(entry), entry.line)
        if other != entry.line:
            message = f"Line {entry.line} would repeat line {other}. Put their hours on one line and void the other."
            where = error(f"/lines/{index}/line", "duplicate_line", message)
            errors.append({**where, "line": entry.line, "column": "line"})
    return errors


def told(line: LatestLine, entry: NewEntry | None, change: dict[str, Any]) -> dict[str, Any]:
    """One line before and after."""
    return {
        "line": line.entry.line,
        "before": said(line.entry, line.member) if line.voided is None else None,
        "after": said(entry, change.get("member", line.member)) if entry else None,
    }


def unchanged(lines: Mapping[int, LatestLine], remade: list[NewEntry | None]) -> list[Remark]:
    """A remark for each line that says after the correction what it said before."""
    return [
        {"line": entry.line, "code": "nothing_changed", "message": f"Line {entry.line} said the same before."}
        for entry in remade
        if entry and lines[entry.line].voided is None
        if all(getattr(lines[entry.line].entry, name) == getattr(entry, name) for name in SAID)
    ]
