"""Long calls that are carried out after their request was answered: ``Prefer: respond-async``.

A job is a row with the request in it. Every process of the service has one thread that takes jobs: it makes the same
request to the same view, in one transaction that holds the job's lock and ends with the job's answer, so that whatever
dies when, the job has its effect once. A process that dies lets go of the lock, and another one takes the job up.
"""

import datetime
import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, jsonify, request
from sqlalchemy import Engine, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from schemas.jobs import JOB_EXAMPLE
from schemas.jobs import Job as JobAnswer
from service import clock
from service.auth import JOB, ROLES, Caller, allow, caller
from service.db import writing
from service.intake import Phase, Told, untold
from service.once import once, operation_id, reads
from service.problems import request_id, unknown
from service.running import JOBS, NOTHING_RECORDED, ONE, Run, accepted_here, cancelled, ended, keep, kept, progress
from service.wire import BODY, Blueprint, whole_body

TELLER = "hourbank.teller"  # set by the command line in the WSGI environment: who wants to know how far a call is
POLL_S = 2.0
CANCELLED = {
    "type": "/problems/cancelled",
    "title": "Ended on request",
    "status": 409,
    "detail": NOTHING_RECORDED,
    "errors": [],
}
TOLD_EVERY_S = 0.5
KEPT = datetime.timedelta(days=7)
BUSY = (503, 507)  # nothing is wrong with the request: it is made again later
UNDONE = select(JOBS.c.id).where(JOBS.c.state != "done").order_by(JOBS.c.created_at).limit(20)
OWN = ONE.where(JOBS.c.caller == bindparam("who"))
OLD = delete(JOBS).where(JOBS.c.state == "done", JOBS.c.changed_at < bindparam("before"))

log = logging.getLogger(__name__)

blp = Blueprint("jobs", __name__, url_prefix="/v1/jobs", description="Long calls, and how far they are.")


@blp.route("/<uuid:job>")
@allow(*ROLES)
@reads
@blp.response(200, JobAnswer, example=JOB_EXAMPLE)
def read_job(session: Session, job: uuid.UUID) -> Any:
    """Read how far a job is, and its answer when it is done.

    Only the key that asked for it reads it, for seven days after its end.
    """
    row = session.connection().execute(OWN, {"job": job, "who": caller().id}).mappings().one_or_none()
    if row is None:
        raise unknown("job")
    return shown(row)


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A job as answers show it."""
    return {**row, **{phase: row["asked"].get(phase, 0) for phase in ("read", "checked")}}


@blp.route("/<uuid:job>", methods=["DELETE"])
@allow(*ROLES)
@once
@blp.response(204)
def end_job(session: Session, job: uuid.UUID) -> Any:
    """End a job that is waiting or being carried out: nothing of it is recorded. One that is done stays as it is.

    Only the key that asked for it ends it.
    """
    row = session.connection().execute(OWN, {"job": job, "who": caller().id}).mappings().one_or_none()
    if row is None:
        raise unknown("job")
    if row["state"] != "done":
        ended(session, job, 409, CANCELLED)
    return None


def wanted() -> bool:
    """Whether this request asks to be carried out later, and is not being carried out already."""
    preferences = {each.strip().lower() for each in request.headers.get("Prefer", "").split(",")}
    return "respond-async" in preferences and JOB not in request.environ


def accepted(session: Session, who: Caller) -> Response:
    """Keep this request as a job, and answer where to ask about it."""
    now = clock.now()
    row = {
        "id": uuid.uuid4(),
        "caller": who.id,
        "operation": operation_id(),
        "asked": {
            "path": request.path,
            "query": request.query_string.decode("latin-1"),
            "content_type": request.content_type,
            "request_id": request_id(),
            "caller": [who.id, who.role, who.employer, str(who.member_id) if who.member_id else None],
            "attempts": 0,
            "body": keep(session, whole_body()),
        },
        "body": b"",
        "state": "waiting",
        "counted": 0,
        "total": None,
        "status": None,
        "answer": None,
        "created_at": now,
        "changed_at": now,
    }
    session.connection().execute(OLD, {"before": now - KEPT})
    session.connection().execute(insert(JOBS), row)
    g.job_accepted = True
    response = jsonify(JobAnswer().dump(shown(row)))
    response.status_code = 202
    response.headers.update({"Location": f"/v1/jobs/{row['id']}", "Preference-Applied": "respond-async"})
    return response


def carried_out() -> bool:
    """Whether this request is a job that is being carried out."""
    return JOB in request.environ


def teller() -> Told:
    """Whom to tell how far this request is: the job that it is, the command line, or nobody."""
    run = request.environ.get(JOB)
    if run is None:
        told: Told = request.environ.get(TELLER, untold)
        return told
    last, done = time.monotonic() - TOLD_EVERY_S, {"read": 0, "checked": 0, "recorded": 0}

    def tell(phase: Phase, counted: int, total: int) -> None:
        nonlocal last
        done[phase] = counted
        if counted == total or time.monotonic() - last >= TOLD_EVERY_S:
            last = time.monotonic()
            if not progress(run, total, **done):
                raise cancelled()

    return tell


def start(app: Flask) -> None:
    """Begin to take jobs in this process."""
    threading.Thread(target=take_for_ever, args=(app,), name="jobs", daemon=True).start()


def take_for_ever(app: Flask) -> None:
    """Take jobs as they come, from whichever process they come."""
    while True:
        accepted_here.wait(POLL_S)
        accepted_here.clear()
        try:
            take_all(app)
        except Exception as failure:  # the thread must outlive whatever happens to the database
            log.warning("jobs: %s", type(failure).__name__)


def take_all(app: Flask) -> int:
    """Carry out the jobs that are not done, as far as nobody else is at them; how many were ended."""
    engine: Engine = app.extensions["hourbank"].engine
    with writing(engine) as session:
        undone = session.scalars(UNDONE).all()
    return sum(take(app, engine, job) for job in undone)


def take(app: Flask, engine: Engine, job: uuid.UUID) -> bool:
    """Carry out one job, unless somebody else is at it; whether it is done now."""
    with writing(engine) as session:
        row = session.connection().execute(ONE, {"job": job}).mappings().one_or_none()
        if row is None or row["state"] == "done":
            return False
        asked = row["asked"]
        body = kept(session, asked["body"])
    who, role, employer, member = asked["caller"]
    run = Run(job, Caller(who, role, employer, uuid.UUID(member) if member else None))
    with app.test_request_context(
        asked["path"],
        method="POST",
        query_string=asked["query"],
        content_type=asked["content_type"],
        headers={"X-Request-Id": asked["request_id"]},
        environ_overrides={JOB: run, BODY: body},
    ):
        response = app.full_dispatch_request()
        if g.get("not_ours") or response.status_code in BUSY:
            return False
        answer = json.loads(response.get_data())
    # Of what was recorded, this was recorded with it; a refusal is recorded here.
    with writing(engine) as session:
        ended(session, job, response.status_code, answer)
    return True
