"""Snapshots: what scenarios read instead of the live tables."""

import datetime
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from rules.snapshot import Snapshot as Columns
from schemas.jobs import JOB_EXAMPLE, Job
from schemas.proposals import ListQuery
from schemas.snapshots import SNAPSHOT_EXAMPLE, NewSnapshot, Snapshot, SnapshotList
from service import clock, jobs, models
from service.auth import allow, caller
from service.cursors import link_to, newest
from service.db import make_engine, reading
from service.deidentified import taken
from service.intake import Told, untold
from service.ledger import position_at
from service.once import once, reads
from service.postgres import service_url
from service.problems import Problem, unknown
from service.serving import disposing
from service.settings import Settings
from service.snapshot_files import SnapshotError, folder_of, opened, save
from service.wire import Blueprint
from service.world import world

blp = Blueprint(
    "snapshots", __name__, url_prefix="/v1/snapshots", description="The membership without names, for scenarios."
)

LATEST = "latest"


@blp.route("", methods=["POST"])
@allow("administrator", "negotiator")
@once
@blp.arguments(NewSnapshot, example={"known_at": "812"})
@blp.alt_response(202, schema=Job, example=JOB_EXAMPLE)
@blp.response(201, Snapshot, example=SNAPSHOT_EXAMPLE)
def create_snapshot(session: Session, new: dict[str, Any]) -> Any:
    """Take a snapshot of the ledger, as it is now or as it was known then.

    Nobody in it has a name, a number or an SSN. The same state of the ledger has the same hash whenever it is taken. A
    ledger of millions of lines takes a while: `Prefer: respond-async` makes it a job to ask about.
    """
    if jobs.wanted():
        return jobs.accepted(session, caller())
    # This transaction says nothing while another one reads.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    position = position_at(session, new.get("known_at"))
    row = keep(
        session, world().settings.home, read_only(world().settings, position, jobs.teller()), position, caller().id
    )
    return shown(row), {"Location": f"/v1/snapshots/{row.id}"}


@blp.route("")
@allow("administrator", "negotiator", "auditor")
@reads
@blp.arguments(ListQuery, location="query")
@blp.response(200, SnapshotList, example={"items": [SNAPSHOT_EXAMPLE], "next": None})
def list_snapshots(session: Session, query: dict[str, Any]) -> Any:
    """List snapshots, the newest first."""
    page, more = newest(session, models.Snapshot, query)
    return {"items": [shown(row) for row in page], "next": more}, link_to(more)


@blp.route("/<uuid:snapshot>")
@allow("administrator", "negotiator", "auditor")
@reads
@blp.response(200, Snapshot, example=SNAPSHOT_EXAMPLE)
def read_snapshot(session: Session, snapshot: uuid.UUID) -> Any:
    """Read what a snapshot is: its hash, and how much it holds."""
    return shown(found(session, str(snapshot)))


def read_only(settings: Settings, position: int, tell: Told = untold) -> Columns:
    """The ledger's snapshot at a position, read as the role that may not write anything."""
    with (
        disposing(make_engine(service_url(settings), settings.roles.reader, read_only=True)) as engine,
        reading(engine) as session,
    ):
        return taken(session, position, tell)


def keep(
    session: Session,
    home: Path,
    snapshot: Columns,
    position: int,
    who: str,
    adopted: list[dict[str, str]] | None = None,
) -> models.Snapshot:
    """Keep a snapshot's columns in their folder, and a row that says that they are there.

    ``adopted`` is what had been adopted where it was taken, if that was elsewhere."""
    days = snapshot.lines["day"]
    spans = snapshot.lines["span"]
    row = models.Snapshot(
        id=uuid.uuid4(),
        hash=save(home, snapshot),
        position=position,
        members=snapshot.members,
        lines=len(days),
        first_day=datetime.date.fromordinal(int((days - spans + 1).min())) if len(days) else None,
        last_day=datetime.date.fromordinal(int(days.max())) if len(days) else None,
        synthetic=snapshot.synthetic,
        adopted=adopted,
        created_by=who,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def found(session: Session, named: str) -> models.Snapshot:
    """The row of the snapshot with an id or a hash, or of the latest one; the not-found problem without one."""
    row = models.Snapshot
    newest = select(row).order_by(row.created_at.desc(), row.id.desc()).limit(1)
    if named == LATEST:
        chosen = session.scalar(newest)
    elif len(named) == 64:
        chosen = session.scalar(newest.where(row.hash == named))
    else:
        try:
            chosen = session.get(row, uuid.UUID(named))
        except ValueError:
            chosen = None
    if chosen is None:
        raise unknown("snapshot")
    return chosen


def columns_of(name: str) -> Columns:
    """The columns of the snapshot with a hash; the 503 problem where its files are not on this machine."""
    try:
        return opened(folder_of(world().settings.home, name))
    except SnapshotError as missing:
        detail = f"{missing}. Take a new one, or import it with: hourbank snapshot import FILE."
        raise Problem(
            503, "snapshot-missing", "The snapshot is not here", detail, headers={"Retry-After": "60"}
        ) from None


def shown(row: models.Snapshot) -> dict[str, Any]:
    """A snapshot as answers show it."""
    return {
        "id": row.id,
        "hash": row.hash,
        "position": row.position,
        "members": row.members,
        "lines": row.lines,
        "span": {"from_": row.first_day, "to": row.last_day},
        "synthetic": row.synthetic or None,
        "created_at": row.created_at,
    }
