"""A job at work: its lock, its attempts, how far it is, and its answer."""

import hashlib
import threading
import uuid
from typing import Any, NamedTuple

from flask import g
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from service import clock
from service.auth import Caller
from service.db import writing
from service.models import Job
from service.problems import Problem
from service.world import world

MOST_ATTEMPTS = 5
JOBS = Job.__table__
ONE = select(JOBS).where(JOBS.c.id == bindparam("job"))
UNDONE = (JOBS.c.id == bindparam("job"), JOBS.c.state != "done")
BEGUN = update(JOBS).where(*UNDONE).values(state="running", asked=bindparam("request"), changed_at=bindparam("at"))
PROGRESS = (
    update(JOBS)
    .where(*UNDONE)
    .values(counted=bindparam("counted_now"), total=bindparam("total_now"), changed_at=bindparam("at"))
)
ENDED = (
    update(JOBS)
    .where(*UNDONE)
    .values(state="done", status=bindparam("with"), answer=bindparam("said"), body=b"", changed_at=bindparam("at"))
)
# Set when a job was accepted in this process, so that nobody waits for the next look.
accepted_here = threading.Event()


class Run(NamedTuple):
    """A job that is being carried out, and for whom: what stands in the WSGI environment of its request."""

    id: uuid.UUID
    caller: Caller


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
        begun = {"job": run.id, "request": {**row["asked"], "attempts": attempts}, "at": clock.now()}
        other.connection().execute(BEGUN, begun)


def progress(run: Run, counted: int, total: int) -> None:
    """Record how far a job is, for whoever asks."""
    with writing(world().engine) as session:
        given = {"job": run.id, "counted_now": counted, "total_now": total, "at": clock.now()}
        session.connection().execute(PROGRESS, given)


def ended(session: Session, job: uuid.UUID, status: int, answer: Any) -> None:
    """Give a job its answer."""
    session.connection().execute(ENDED, {"job": job, "with": status, "said": answer, "at": clock.now()})
