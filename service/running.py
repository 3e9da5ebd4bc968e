"""A job at work: its body, its lock, its attempts, how far it is, and its answer.

The body of a job is a large object of PostgreSQL, which is written and read piece by piece. It comes with the job and
goes with its answer, in the same transactions.
"""

import hashlib
import threading
import uuid
from typing import IO, Any, NamedTuple

from flask import g
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from service import clock
from service.auth import Caller
from service.db import writing
from service.models import Job
from service.problems import Problem
from service.spool import PIECE_BYTES, Unnamed, pieces
from service.world import world

MOST_ATTEMPTS = 5
NOTHING_RECORDED = "Whoever asked for this job ended it. Nothing of it was recorded."
JOBS = Job.__table__
ONE = select(JOBS).where(JOBS.c.id == bindparam("job"))
UNDONE = (JOBS.c.id == bindparam("job"), JOBS.c.state != "done")
# What was counted in a process that is gone is not done.
BEGUN = (
    update(JOBS)
    .where(*UNDONE)
    .values(state="running", asked=bindparam("request"), counted=0, total=None, changed_at=bindparam("at"))
)
PROGRESS = (
    update(JOBS)
    .where(*UNDONE)
    .values(
        asked=JOBS.c.asked.concat(bindparam("so_far", type_=JSONB)),
        counted=bindparam("recorded"),
        total=bindparam("total_now"),
        changed_at=bindparam("at"),
    )
)
ENDED = (
    update(JOBS)
    .where(*UNDONE)
    .values(state="done", status=bindparam("with"), answer=bindparam("said"), changed_at=bindparam("at"))
    .returning(JOBS.c.asked["body"].as_integer())
)
NEW_BODY, WRITE_BODY = text("SELECT lo_create(0)"), text("SELECT lo_put(:body, :place, :piece)")
READ_BODY, DROP_BODY = text("SELECT lo_get(:body, :place, :size)"), text("SELECT lo_unlink(:body)")
# Set when a job was accepted in this process, so that nobody waits for the next look.
accepted_here = threading.Event()


class Run(NamedTuple):
    """A job that is being carried out, and for whom: what stands in the WSGI environment of its request."""

    id: uuid.UUID
    caller: Caller


def keep(session: Session, body: IO[bytes]) -> int:
    """Keep the body of a job; the number it is found under."""
    number: int = session.execute(NEW_BODY).scalar_one()
    place = 0
    for piece in pieces(body):
        session.execute(WRITE_BODY, {"body": number, "place": place, "piece": piece})
        place += len(piece)
    return number


def kept(session: Session, number: int) -> IO[bytes]:
    """The body of a job, in a file without a name."""
    body = Unnamed()
    given = {"body": number, "size": PIECE_BYTES}
    while piece := session.execute(READ_BODY, {**given, "place": body.tell()}).scalar_one():
        body.write(piece)
    return body


def claim(session: Session, run: Run) -> None:
    """Hold a job until the transaction ends. ``g.not_ours`` and a 409 problem when another process holds it, or it is
    done; a 500 problem when it was begun so often that it must be what ends the processes."""
    number = int.from_bytes(hashlib.sha256(f"job {run.id}".encode()).digest()[:8], "big", signed=True)
    held = session.scalar(select(func.pg_try_advisory_xact_lock(number)))
    row = session.connection().execute(ONE, {"job": run.id}).mappings().one_or_none() if held else None
    if row is None or row["state"] == "done":
        g.not_ours = True
        raise Problem(409, "still-running", "Still running", "This job is carried out elsewhere, or done.")
    attempts = row["asked"]["attempts"] + 1
    if attempts > MOST_ATTEMPTS:
        detail = f"This was begun {MOST_ATTEMPTS} times and never ended. Send it in parts."
        raise Problem(500, "job-failed", "It could not be carried out", detail)
    # Counted in a transaction of its own: this one may never end.
    with writing(world().engine) as other:
        asked = {**row["asked"], "attempts": attempts, "read": 0, "checked": 0}
        begun = {"job": run.id, "request": asked, "at": clock.now()}
        other.connection().execute(BEGUN, begun)


def progress(run: Run, total: int, *, read: int, checked: int, recorded: int) -> bool:
    """Record how far a job is, for whoever asks: how many lines are read, checked and recorded.

    False where somebody has ended it meanwhile."""
    so_far = {"read": read, "checked": checked}
    with writing(world().engine) as session:
        given = {"job": run.id, "so_far": so_far, "recorded": recorded, "total_now": total, "at": clock.now()}
        return session.connection().execute(PROGRESS, given).rowcount > 0


def cancelled() -> Problem:
    """What a job whose answer is that it was ended leaves of itself: nothing."""
    g.not_ours = True
    return Problem(409, "cancelled", "Ended on request", NOTHING_RECORDED)


def ended(session: Session, job: uuid.UUID, status: int, answer: Any) -> bool:
    """Give a job its answer. False where it has one already: somebody has ended it meanwhile."""
    given = {"job": job, "with": status, "said": answer, "at": clock.now()}
    body = session.connection().execute(ENDED, given).scalar()
    if body is not None:
        session.execute(DROP_BODY, {"body": body})
    return body is not None
