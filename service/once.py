"""Views with a transaction: ``@reads`` for safe ones, ``@once`` for those that change something.

Both stand above ``@blp.arguments`` and ``@blp.response`` and hand the view a session as its first argument, before
the parsed arguments. The answer is complete inside the transaction, so that it is stored with what it tells of.
"""

import hashlib
import hmac
import io
import re
from functools import wraps
from typing import Any

from flask import Response, g, make_response, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import clock, running
from service.auth import JOB, Caller, View, caller
from service.db import reading, writing
from service.keyring import derived_key
from service.models import AuditLine, IdempotencyKey
from service.problems import Problem, error, request_id
from service.spool import pieces
from service.wire import refuse_query, whole_body
from service.world import world

KEY = re.compile(r"[A-Za-z0-9_-]{16,255}")
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Link", "Content-Disposition")


def reads(view: View) -> View:
    """Give a safe view a session that sees one moment of the database. Its answer carries a strong ETag."""

    @wraps(described(view, "reads"))
    def read(*args: Any, **kwargs: Any) -> Response:
        refuse_query(view)
        with reading(world().engine) as session:
            response = make_response(view(session, *args, **kwargs))
        if response.status_code == 200 and not response.is_streamed:
            response.add_etag()
            response.make_conditional(request)
        return response

    read.reads = True
    return read


def once(view: View) -> View:
    """Give an unsafe view a transaction of its own, in which the same Idempotency-Key is obeyed once.

    The view's effect, its audit line and its answer are committed together; a repeated request gets that answer. A
    view that sets ``g.rollback`` (a dry run) leaves nothing behind. ``g.subject`` (what was acted on; the Location
    or path by default) and ``g.position`` (in the ledger) go into the audit line.
    """

    @wraps(described(view, "once"))
    def perform(*args: Any, **kwargs: Any) -> Response:
        refuse_query(view)
        who, operation, run = caller(), operation_id(), request.environ.get(JOB)
        key, fingerprint = ("", b"") if run else (idempotency_key(), fingerprint_of_request())
        with writing(world().engine) as session:
            if run:
                # The key was obeyed when the job was accepted; from then on the job itself is what happens once.
                running.claim(session, run)
            else:
                lock(session, who, operation, key)
                stored = session.get(IdempotencyKey, (who.id, operation, key))
                if stored:
                    return replay(stored, fingerprint)
            response = make_response(view(session, *args, **kwargs))
            if g.get("rollback"):
                session.rollback()
                return response
            if run:
                if not running.ended(session, run.id, response.status_code, response.get_json()):
                    raise running.cancelled()
            else:
                session.add(
                    IdempotencyKey(
                        caller=who.id,
                        operation=operation,
                        key=key,
                        fingerprint=fingerprint,
                        status=response.status_code,
                        headers={name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
                        body=response.get_data(),
                        created_at=clock.now(),
                    )
                )
            session.add(audit_line(who, operation, g.get("subject") or response.location or request.path))
        if g.get("job_accepted"):
            running.accepted_here.set()
        return response

    perform.once = True
    return perform


def described(view: View, name: str) -> View:
    """``view``, which must have been decorated with @blp.response already."""
    if not hasattr(view, "_apidoc"):
        raise TypeError(f"@{name} stands above @blp.arguments and @blp.response, on {view.__qualname__}")
    return view


def operation_id() -> str:
    """The operation of this request, as openapi.yaml names it."""
    return (request.endpoint or "").rpartition(".")[2]


def idempotency_key() -> str:
    """The request's Idempotency-Key; a 400 problem without a good one."""
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        detail = "This call needs the header Idempotency-Key: 16 to 255 letters, digits, hyphens and underscores."
        fault = error("/header/Idempotency-Key", "bad_key" if key else "required", detail)
        raise Problem(400, "idempotency-key-needed", "An idempotency key is needed", detail, [fault])
    return key


def fingerprint_of_request() -> bytes:
    """What makes this request the same as another. Keyed, because a body may hold what can be guessed: an SSN."""
    head = (request.method, request.path, request.content_type or "")
    told = hmac.new(derived_key(world().settings, "idempotency fingerprint"), digestmod=hashlib.sha256)
    for part in (*(text.encode() for text in head), request.query_string):
        told.update(len(part).to_bytes(8, "big"))
        told.update(part)
    body = whole_body()
    told.update(body.seek(0, io.SEEK_END).to_bytes(8, "big"))
    for piece in pieces(body):
        told.update(piece)
    return told.digest()


def lock(session: Session, who: Caller, operation: str, key: str) -> None:
    """Hold the key until the transaction ends; a 409 problem when another request holds it."""
    name = hashlib.sha256(" ".join((who.id, operation, key)).encode()).digest()
    number = int.from_bytes(name[:8], "big", signed=True)
    if not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        detail = "A request with this Idempotency-Key is still being carried out. Ask again for its answer."
        raise Problem(409, "still-running", "Still running", detail, headers={"Retry-After": "1"})


def replay(stored: IdempotencyKey, fingerprint: bytes) -> Response:
    """The stored answer; a 422 problem when the key was used for another request."""
    if not hmac.compare_digest(stored.fingerprint, fingerprint):
        detail = "This Idempotency-Key was used before, for another request. Take a new key for a new request."
        fault = error("/header/Idempotency-Key", "key_reused", detail)
        raise Problem(422, "idempotency-key-reused", "Idempotency key used for another request", detail, [fault])
    return Response(stored.body, stored.status, {**stored.headers, "Idempotency-Replayed": "true"})


def audit_line(who: Caller, operation: str, subject: str) -> AuditLine:
    """Who did what, now."""
    return AuditLine(
        at=clock.now(),
        caller=who.id,
        role=who.role,
        operation=operation,
        subject=subject,
        position=g.get("position"),
        request_id=request_id(),
    )
