"""Reports as they come in the body of a request: read, and checked against what is known. What is wrong is refused."""

import uuid
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from flask import request
from marshmallow import ValidationError
from sqlalchemy import Text, select
from sqlalchemy.orm import Session

from rules.units import written
from schemas.remittances import RemittanceReport
from service import clock, refused
from service.auth import OVERSEERS, Caller, caller, require_employer
from service.intake import (
    FORMS,
    MOST_FAULTS,
    MOST_KEPT,
    Fault,
    Faults,
    File,
    Head,
    JsonLines,
    Sent,
    Told,
    check,
    read_json,
    read_rows,
    refused_rows,
    untold,
    weeks_taken,
)
from service.ledger import among, lock_members
from service.models import Employer
from service.problems import Problem, error, invalid, unknown
from service.wire import child, located, strict_json, unsupported_media_type, whole_body
from service.world import world

Errors = list[dict[str, Any]]

HEAD_OF_JSON = RemittanceReport(exclude=("lines",))
HEAD = Head._fields
FILES_ONLY = (*HEAD, "control_lines", "control_hours")
FORMS_TAKEN = ("application/json", "text/csv", "application/x-ndjson", "XLSX")
KNOWN_EMPLOYERS = select(Employer.code).where(Employer.code == among("codes", Text))


def received(session: Session, query: Mapping[str, Any], tell: Told = untold) -> tuple[Sent, dict[str, uuid.UUID]]:
    """The reports in this request's body and the ids of their members by number, locked; or a problem that says all
    that is wrong. All members are known, and locked at once and in order, before a line is recorded."""
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise unsupported_media_type(*FORMS_TAKEN, charset="UTF-8")
    faults = Faults()
    if request.mimetype in FORMS:
        file: File | JsonLines = FORMS[request.mimetype](whole_body(), faults)
        sent, errors = sent_as_file(file, query, faults, tell)
    elif request.mimetype == "application/json":
        file, sent, errors = sent_as_json(query, faults, tell)
    else:
        raise unsupported_media_type(*FORMS_TAKEN)
    if sent is None:
        raise refusal(errors, faults, file)
    check_employers(session, caller(), sent, faults)
    members = lock_members(session, sent.members)
    check(sent, members, weeks_taken(world().settings.plans, clock.today()), faults)
    errors = [] if faults.count else miscounts(sent)
    if errors or faults.count:
        raise refusal(errors, faults, file)
    return sent, members


def sent_as_file(file: File, query: Mapping[str, Any], faults: Faults, tell: Told) -> tuple[Sent | None, Errors]:
    """The reports in a file, or None and what is wrong with what stands around its lines."""
    missing = "The file has no column for this: write it into the address."
    twice = "The file has a column for this. Leave it out of the address, or take the column out."
    errors = [error(f"/query/{name}", "said_twice", twice) for name in HEAD if name in query and name in file.header]
    if file.header:
        errors += [
            error(f"/query/{name}", "required", missing)
            for name in HEAD
            if name not in query and name not in file.header
        ]
    controls = {f"/query/{name}": query.get(name) for name in ("control_lines", "control_hours")}
    sent = Sent({name: query[name] for name in HEAD if name in query}, controls)
    usable = not errors and (file.header or not sent.several)
    for part in read_rows(file, faults, tell):
        if usable:
            sent.add(part)
    return sent if usable else None, errors


def sent_as_json(query: Mapping[str, Any], faults: Faults, tell: Told) -> tuple[JsonLines, Sent | None, Errors]:
    """The lines of a JSON body, with the report or None, and what is wrong with what stands around its lines."""
    message = "This belongs to files. In JSON write it into the body."
    errors = [error(f"/query/{name}", "unknown_name", message) for name in FILES_ONLY if name in query]
    body = strict_json(whole_body().read())
    items = body.pop("lines", None) if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        errors.append(error("/lines", "no_lines", "Write the lines of the report here, a list of at least one object."))
        items = []
    file, parts = JsonLines(items), read_json(items, faults)
    try:
        head = HEAD_OF_JSON.load(body)
    except ValidationError as failure:
        errors += located(failure.messages, HEAD_OF_JSON, "")
        head = {}
    controls = {f"/control/{name}": head.get("control", {}).get(name) for name in ("lines", "hours")}
    sent = Sent({name: head[name] for name in HEAD if name in head}, controls)
    for part in parts:
        if not errors:
            sent.add(part)
            tell("read", sent.lines.height, len(items))
    return file, None if errors else sent, errors


def check_employers(session: Session, who: Caller, sent: Sent, faults: Faults) -> None:
    """Check that the employers are there, and that ``who`` may post for them; another's and an absent one are alike."""
    codes = {head.employer: sent.firsts.get(number, 1) for number, head in reversed([*enumerate(sent.reports)])}
    named = {code: place for code, place in codes.items() if code is not None}
    for code in named:
        require_employer(who, code)
    absent = named.keys() - set(session.scalars(KNOWN_EMPLOYERS, {"codes": sorted(named)}))
    if absent and (not sent.several or who.role not in OVERSEERS):
        raise unknown("employer")
    for code in sorted(absent, key=lambda code: named[code]):
        cure = f"No employer has the code {code}. Check it, or enter the employer first."
        faults.add(named[code], "employer", "unknown_employer", cure)


def miscounts(sent: Sent) -> Errors:
    """What is wrong with the totals that the sender counted, over everything that was sent."""
    (lines_at, lines), (hours_at, hours) = sent.controls.items()
    errors = []
    if lines is not None and lines != sent.lines.height:
        message = f"The control total is {lines} lines; the report has {sent.lines.height}. Correct the wrong one."
        errors.append(error(lines_at, "control_mismatch", message))
    if hours is not None and hours != sent.hours:
        message = (
            f"The control total is {written(hours)} hours; the lines add up to {written(sent.hours)} hours worked. "
            "Correct the wrong one."
        )
        errors.append(error(hours_at, "control_mismatch", message))
    return errors


def refusal(errors: Errors, faults: Faults, file: File | JsonLines) -> Problem:
    """The problem of reports with something wrong: everything that is, up to a limit, and how much there is in all.

    The bad rows with what is wrong with each are kept for a while as a file of their own.
    """
    count = len(errors) + faults.count
    kept = [*errors, *map(told, sorted(faults.kept, key=attrgetter("line")))][:MOST_FAULTS]
    detail = "One thing is wrong" if count == 1 else f"{count:,} things are wrong"
    if faults.ended_at is not None:
        detail = f"At least {detail.lower()} up to line {faults.ended_at}, where the reading ended"
    if count > len(kept):
        detail += f", of which the first {len(kept)} are named"
    detail += "; see errors. Nothing was recorded: put all of it right and send the report again."
    more = {}
    if faults.count:
        more["refused_rows"] = refused.keep(caller(), refused_rows(file, faults))
        if count > len(kept):
            most = f" (at most {MOST_KEPT:,} faults)" if count > MOST_KEPT else ""
            detail += f" All bad rows{most} are in the file that refused_rows names."
    problem = invalid(kept, detail)
    problem.more = more
    return problem


def told(fault: Fault) -> dict[str, Any]:
    """A fault of a line as an error. In a JSON body it has a pointer too."""
    if request.mimetype in FORMS:
        return fault._asdict()
    pointer = f"/lines/{fault.line - 1}"
    return {"pointer": child(pointer, fault.column) if fault.column else pointer, **fault._asdict()}
