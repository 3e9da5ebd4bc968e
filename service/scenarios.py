"""Scenarios: the whole membership under any number of terms, and the sheets that both sides of a table can hold."""

import json
import uuid
from typing import Any

from flask import Response, g, request
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schemas.jobs import JOB_EXAMPLE, Job
from schemas.proposals import ListQuery
from schemas.scenarios import (
    ANSWER_EXAMPLE,
    SCENARIO_EXAMPLE,
    NewScenario,
    Replay,
    Scenario,
    ScenarioList,
    ScenarioQuery,
    SigningKey,
)
from schemas.sheets import SHEET_EXAMPLE, Sheet, SheetQuery
from service import clock, cluster, jobs, models, sheets, snapshots
from service.auth import OPERATOR, Caller, allow, caller
from service.cursors import link_to, newest
from service.once import once, reads
from service.outcomes import canonical, digest, outcome
from service.problems import Problem, error, invalid, unknown
from service.remittances import PREFER
from service.resolving import resolved
from service.sheet_page import page_of
from service.simulation import evaluated
from service.singling import refuse_few
from service.snapshot_files import folder_of
from service.suppression import for_negotiators
from service.wire import Blueprint
from service.world import world

blp = Blueprint(
    "scenarios", __name__, url_prefix="/v1/scenarios", description="The whole membership under any proposals."
)

READERS = ("administrator", "negotiator", "auditor")
SCHEDULER = "hourbank.scheduler"  # set by the command line in the WSGI environment: a Dask cluster that is to count
AT_ONCE = 60_000_000  # members times ticks times terms that a request waits for


@blp.route("", methods=["POST"])
@blp.doc(parameters=[PREFER], responses={404: {"description": "There is no such snapshot, plan or proposal."}})
@allow("administrator", "negotiator")
@once
@blp.arguments(NewScenario, example=SCENARIO_EXAMPLE)
@blp.alt_response(202, schema=Job, example=JOB_EXAMPLE)
@blp.response(201, Scenario, example=ANSWER_EXAMPLE)
def create_scenario(session: Session, new: dict[str, Any]) -> Any:
    """Count the membership of a snapshot under several terms, month by month: who gains, who loses, and why.

    Nothing is changed by it, and no live table is read. The same question has the same answer and the same hash on any
    machine. What takes longer than a moment becomes a job to ask about, as with `Prefer: respond-async`. Negotiators
    see no count below eleven, and counts to the nearest twenty, and set no fewer than eleven members apart.
    """
    if jobs.wanted():
        return jobs.accepted(session, caller())
    row = snapshots.found(session, new["snapshot"])
    inputs = resolved(session, new, row)
    if caller().role == "negotiator":
        refuse_few(inputs, snapshots.columns_of(row.hash))
    known = session.scalar(select(models.Scenario).where(models.Scenario.inputs == digest(inputs)))
    if known is None:
        if too_long(inputs, row):
            return jobs.accepted(session, caller())
        known = keep(session, inputs, row, made(session, inputs, row))
    g.subject = f"scenario {known.id}"
    return shown(known, caller()), {"Location": f"/v1/scenarios/{known.id}"}


def too_long(inputs: dict[str, Any], row: models.Snapshot) -> bool:
    """Whether a scenario is more than a request waits for. At a command line somebody sees how far it is, and waits."""
    waits = jobs.carried_out() or request.environ.get(OPERATOR)
    return not waits and size(inputs, row) > AT_ONCE


def size(inputs: dict[str, Any], row: models.Snapshot) -> int:
    """About how much work a scenario is: members times months of the whole history times terms."""
    days = (row.last_day - row.first_day).days if row.first_day and row.last_day else 0
    points = 1
    for axis in inputs["sweep"]:
        points *= len(axis["values"])
    draws = inputs["uncertainty"]["draws"] if inputs["uncertainty"] else 0
    return row.members * (days // 30 + 24) * (len(inputs["under"]) + points // 6 + draws // 12)


def made(session: Session, inputs: dict[str, Any], row: models.Snapshot) -> str:
    """The exact outcome of a scenario as canonical text; a 422 problem where the snapshot cannot bear the question."""
    tell = jobs.teller()
    # This transaction says nothing while members are counted.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))

    def keep_on(counted: int, total: int) -> None:
        tell("recorded", counted, total)

    columns = snapshots.columns_of(row.hash)
    try:
        if address := request.environ.get(SCHEDULER):
            folder = folder_of(world().settings.home, row.hash)
            on, part = cluster.evaluated(inputs, columns, folder, address, keep_on)
        else:
            on, part = evaluated(inputs, columns, keep_on)
        return canonical(outcome(inputs, columns, on, part, lambda: keep_on(columns.members, columns.members)))
    except cluster.ClusterError as wrong:
        raise Problem(503, "cluster", "The cluster does not count it", str(wrong)) from None
    except KeyError as wrong:
        raise invalid([error("/group_by", "no_such_group", str(wrong.args[0]))]) from None
    except LookupError as wrong:
        raise invalid([error("/to", "outside_calendar", str(wrong))]) from None
    except ValueError as wrong:
        raise Problem(422, "not-countable", "The membership cannot be counted so", str(wrong)) from None


def keep(session: Session, inputs: dict[str, Any], row: models.Snapshot, text_: str) -> models.Scenario:
    """Keep a scenario and its outcome; of two who ask the same at once, the first one's is kept, and given to both."""
    kept = {
        "id": uuid.uuid4(),
        "inputs": digest(inputs),
        "snapshot_id": row.id,
        "plan": inputs["plan"],
        "asked": inputs,
        "outcome": text_,
        "created_by": caller().id,
        "created_at": clock.now(),
    }
    session.execute(insert(models.Scenario).values(kept).on_conflict_do_nothing(index_elements=["inputs"]))
    return session.scalars(select(models.Scenario).where(models.Scenario.inputs == kept["inputs"])).one()


def shown(row: models.Scenario, who: Caller, as_: str | None = None) -> dict[str, Any]:
    """A scenario as a reader may see it."""
    return {"id": row.id, **published(row, who.role, as_)}


def published(row: models.Scenario, role: str, as_: str | None = None, text_: str | None = None) -> dict[str, Any]:
    """The outcome of a scenario (or the one given) as a role sees it, with the hash of what is seen."""
    exact = json.loads(text_ or row.outcome)
    seen = for_negotiators(exact, row.asked) if "negotiator" in (role, as_) else exact
    return {"hash": digest(seen), **seen}


@blp.route("")
@allow(*READERS)
@reads
@blp.arguments(ListQuery, location="query")
@blp.response(200, ScenarioList, example={"items": [], "next": None})
def list_scenarios(session: Session, query: dict[str, Any]) -> Any:
    """List scenarios, the newest first."""
    page, more = newest(session, models.Scenario, query)
    items = [
        {
            "id": one.id,
            "plan": one.plan,
            "inputs": one.inputs,
            "snapshot": one.snapshot_id,
            "under": [side["name"] for side in one.asked["under"]],
            "created_at": one.created_at,
        }
        for one in page
    ]
    return {"items": items, "next": more}, link_to(more)


def found(session: Session, scenario: uuid.UUID) -> models.Scenario:
    """A scenario's row; the not-found problem without one."""
    row = session.get(models.Scenario, scenario)
    if row is None:
        raise unknown("scenario")
    return row


@blp.route("/<uuid:scenario>")
@allow(*READERS)
@reads
@blp.arguments(ScenarioQuery, location="query")
@blp.response(200, Scenario, example=ANSWER_EXAMPLE)
def read_scenario(session: Session, query: dict[str, Any], scenario: uuid.UUID) -> Any:
    """Read a scenario's outcome."""
    return shown(found(session, scenario), caller(), query.get("as_"))


@blp.route("/<uuid:scenario>/sheet")
@allow(*READERS)
@reads
@blp.arguments(SheetQuery, location="query")
@blp.alt_response(200, schema={"type": "string"}, content_type="text/csv", example="terms,month,figure,value\n")
@blp.alt_response(200, schema={"type": "string"}, content_type="text/html", example="<!doctype html>")
@blp.response(200, Sheet, example=SHEET_EXAMPLE)
def read_sheet(session: Session, query: dict[str, Any], scenario: uuid.UUID) -> Any:
    """Read a scenario's result sheet, signed: as data, as CSV, or as a page that prints."""
    row = found(session, scenario)
    seen = published(row, caller().role, query.get("as_"))
    sheet = sheets.signed(world().settings, row.asked, seen)
    form = query.get("format") or request.accept_mimetypes.best_match(["application/json", "text/csv", "text/html"])
    if form in ("csv", "text/csv"):
        return Response(sheets.csv_of(sheet), content_type="text/csv; charset=utf-8")
    if form in ("html", "text/html"):
        return Response(page_of(sheet), content_type="text/html; charset=utf-8")
    return sheet


@blp.route("/<uuid:scenario>/replay", methods=["POST"])
@blp.doc(parameters=[PREFER])
@allow(*READERS)
@once
@blp.alt_response(202, schema=Job, example=JOB_EXAMPLE)
@blp.response(200, Replay, example={"identical": True, "hash": ANSWER_EXAMPLE["hash"]})
def replay_scenario(session: Session, scenario: uuid.UUID) -> Any:
    """Evaluate a scenario again from its inputs, and say whether every byte of the outcome is the same.

    What takes longer than a moment becomes a job to ask about, as with `Prefer: respond-async`.
    """
    row = found(session, scenario)
    snapshot = session.get_one(models.Snapshot, row.snapshot_id)
    if jobs.wanted() or too_long(row.asked, snapshot):
        return jobs.accepted(session, caller())
    again = made(session, row.asked, snapshot)
    seen = published(row, caller().role, None, again)
    return {"identical": again == row.outcome, "hash": seen["hash"]}


@blp.route("/signing-key")
@allow(*READERS)
@reads
@blp.response(200, SigningKey, example={"algorithm": "Ed25519", "public_key": "00" * 32})
def read_signing_key(session: Session) -> Any:
    """Read the public key by which result sheets are verified."""
    return {"algorithm": "Ed25519", "public_key": sheets.public_key(world().settings)}
