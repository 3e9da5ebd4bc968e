"""Reports as they come in the body of a request: read, and checked against what is known. What is wrong is refused."""

import uuid
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import polars as pl
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
    JsonLines,
    check,
    read_json,
    read_rows,
    refused_rows,
    weeks_taken,
)
from service.ledger import among, lock_members
from service.models import Employer
from service.problems import Problem, error, invalid, unknown
from service.receipts import HEAD, Sent, reports_of
from service.wire import child, located, strict_json, unsupported_media_type
from service.world import world

Errors = list[dict[str, Any]]

HEAD_OF_JSON = RemittanceReport(exclude=("lines",))
FILES_ONLY = (*HEAD, "control_lines", "control_hours")
FORMS_TAKEN = ("application/json", "text/csv", "application/x-ndjson", "XLSX")
KNOWN_EMPLOYERS = select(Employer.code).where(Employer.code == among("codes", Text))


def received(session: Session, query: Mapping[str, Any]) -> tuple[Sent, dict[str, uuid.UUID]]:
    """The reports in this request's body and the ids of their members by number, locked; or a problem that says all
    that is wrong."""
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise unsupported_media_type(*FORMS_TAKEN, charset="UTF-8")
    faults = Faults()
    if request.mimetype in FORMS:
        file: File | JsonLines = FORMS[request.mimetype](request.get_data(cache=True), faults)
        sent, errors = sent_as_file(file, query, faults)
    elif request.mimetype == "application/json":
        file, sent, errors = sent_as_json(query, faults)
    else:
        raise unsupported_media_type(*FORMS_TAKEN)
    if sent is None:
        raise refusal(errors, faults, file)
    check_employers(session, caller(), sent, faults)
    members = lock_members(session, set(sent.lines["member"].drop_nulls().unique().to_list()))
    check(sent.lines, members, weeks_taken(world().settings.plans, clock.today()), faults)
    errors = [] if faults.count else miscounts(sent)
    if errors or faults.count:
        raise refusal(errors, faults, file)
    return sent, members


def sent_as_file(file: File, query: Mapping[str, Any], faults: Faults) -> tuple[Sent | None, Errors]:
    """The reports in a file, or None and what is wrong with what stands around its lines."""
    lines = read_rows(file, faults)
    missing = "The file has no column for this: write it into the address."
    twice = "The file has a column for this. Leave it out of the address, or take the column out."
    errors = [error(f"/query/{name}", "said_twice", twice) for name in HEAD if name in query and name in file.header]
    if file.header or faults.count == 0:
        errors += [
            error(f"/query/{name}", "required", missing)
            for name in HEAD
            if name not in query and name not in file.header
        ]
    said = {name: query[name] for name in HEAD if name in query}
    if errors or (not file.header and len(said) < len(HEAD)):
        return None, errors
    controls = {f"/query/{name}": query.get(name) for name in ("control_lines", "control_hours")}
    return reports_of(said, controls, lines), []


def sent_as_json(query: Mapping[str, Any], faults: Faults) -> tuple[JsonLines, Sent | None, Errors]:
    """The lines of a JSON body, with the report or None, and what is wrong with what stands around its lines."""
    message = "This belongs to files. In JSON write it into the body."
    errors = [error(f"/query/{name}", "unknown_name", message) for name in FILES_ONLY if name in query]
    body = strict_json(request.get_data(cache=True))
    items = body.pop("lines", None) if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        errors.append(error("/lines", "no_lines", "Write the lines of the report here, a list of at least one object."))
        items = []
    lines, file = read_json(items, faults), JsonLines(items)
    try:
        head = HEAD_OF_JSON.load(body)
    except ValidationError as failure:
        return file, None, [*errors, *located(failure.messages, HEAD_OF_JSON, "")]
    if errors:
        return file, None, errors
    controls = {f"/control/{name}": head.get("control", {}).get(name) for name in ("lines", "hours")}
    return file, reports_of({name: head[name] for name in HEAD}, controls, lines), []


def check_employers(session: Session, who: Caller, sent: Sent, faults: Faults) -> None:
    """Check that the employers are there, and that ``who`` may post for them; another's and an absent one are alike."""
    first = dict(sent.lines.group_by("number").agg(pl.col("place").min()).iter_rows())
    codes = {head.employer: first.get(number, 1) for number, head in reversed([*enumerate(sent.reports)])}
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
    counted = int(sent.lines["hours_worked"].cast(pl.Int64).sum())
    errors = []
    if lines is not None and lines != sent.lines.height:
        message = f"The control total is {lines} lines; the report has {sent.lines.height}. Correct the wrong one."
        errors.append(error(lines_at, "control_mismatch", message))
    if hours is not None and hours != counted:
        message = (
            f"The control total is {written(hours)} hours; the lines add up to {written(counted)} hours worked. "
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
