"""Refusals and failures as RFC 9457 problem documents: every error leaves the service in this one form."""

import errno
import json
import logging
import re
import traceback
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError, TimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import RequestRedirect

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
RETRY_AFTER_S = 2
OUT_OF_ROOM = {"53100", "53200"}
OUT_OF_DISK = {errno.ENOSPC, errno.EDQUOT}
UNAVAILABLE_CLASSES = {"08", "40", "53", "55", "57"}

log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818 - it is called a problem in RFC 9457
    """A refusal that the caller is told about.

    ``type`` is the stable slug under ``/problems/``; ``errors`` are mappings with ``pointer`` (or ``line`` and
    ``column``), ``code`` and ``message``; ``headers`` are added to the answer, ``more`` to the document.
    """

    def __init__(
        self,
        status: int,
        type: str,
        title: str,
        detail: str,
        errors: Sequence[Mapping[str, Any]] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.type, self.title, self.detail = status, type, title, detail
        self.errors, self.headers = list(errors), dict(headers or {})
        self.more: dict[str, str] = {}


def unknown(noun: str) -> Problem:
    """The one answer for a record that is absent and for a record that is somebody else's."""
    return Problem(404, f"unknown-{noun}", f"Unknown {noun}", f"There is no such {noun}, or it is not yours to see.")


def invalid(errors: Sequence[Mapping[str, Any]], detail: str | None = None) -> Problem:
    """What was sent can be read, but not taken: each of ``errors`` names a place and its cure."""
    count = "One thing is" if len(errors) == 1 else f"{len(errors)} things are"
    return Problem(422, "invalid", "Not acceptable as it stands", detail or f"{count} wrong; see errors.", errors)


def error(pointer: str, code: str, message: str) -> dict[str, str]:
    """One of a problem's errors. ``pointer`` is a JSON pointer into the body, or ``/query/<name>``."""
    return {"pointer": pointer, "code": code, "message": message}


def conflict(type: str, title: str, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> Problem:
    """What was sent is well formed but contradicts what is recorded."""
    return Problem(409, type, title, detail, errors)


def unavailable(detail: str = "The database does not answer at the moment. Try again.") -> Problem:
    """Nothing is wrong with the request; it cannot be served now."""
    return Problem(503, "unavailable", "Not available now", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def out_of_room(detail: str) -> Problem:
    """Nothing is wrong with the request; there is no room for it."""
    return Problem(507, "out-of-room", "Insufficient storage", detail, headers={"Retry-After": "60"})


def request_id() -> str:
    """The id of this request: the caller's X-Request-Id where it is a plain one, otherwise a new one."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    return g.request_id


def answer(problem: Problem) -> Response:
    """The answer that tells the caller about ``problem``."""
    body = {
        "type": f"/problems/{problem.type}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "request_id": request_id(),
        "errors": problem.errors,
        **problem.more,
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, problem.status, problem.headers, mimetype=MEDIA_TYPE)


def of_http(failure: HTTPException) -> Problem:
    """An error that Flask itself found: unknown address, wrong method, body too large ..."""
    status = failure.code or 500
    title = HTTP_STATUS_CODES.get(status, "Error")
    # Flask's own words are safe: they describe the protocol, never our data.
    headers = {name: value for name, value in failure.get_headers() if name.lower() != "content-type"}
    detail = DETAILS.get(status) or failure.description or title
    return Problem(status, re.sub(r"[^a-z]+", "-", title.lower()), title, detail, headers=headers)


DETAILS = {
    404: "Nothing is served at this address. The addresses are listed in /openapi.yaml.",
    413: "The request is larger than this service takes.",
    500: "Something failed that should not have. It has been logged under this request id.",
}


def of_database(failure: DBAPIError) -> Problem | None:
    """A failure of the database that has nothing to do with what was asked, or None when it is our mistake."""
    state = getattr(failure.orig, "sqlstate", None)
    if state in OUT_OF_ROOM:
        return out_of_room("The database has no room left.")
    if failure.connection_invalidated or (state and state[:2] in UNAVAILABLE_CLASSES):
        return unavailable()
    return unavailable() if state is None and type(failure).__name__ == "OperationalError" else None


def problem_of(failure: Exception) -> Problem:
    """How ``failure`` is told to the caller. What nobody expected is logged and becomes a plain 500."""
    if isinstance(failure, Problem):
        return failure
    if isinstance(failure, HTTPException):
        return of_http(failure)
    if isinstance(failure, TimeoutError):
        return unavailable("Every connection to the database is busy. Try again.")
    if isinstance(failure, OSError) and failure.errno in OUT_OF_DISK:
        return out_of_room("The service has no room left to put what was sent aside.")
    found = of_database(failure) if isinstance(failure, DBAPIError) else None
    if found is None:
        # Where it failed and with what kind of error, but not its message: that may quote what was sent.
        where = "".join(traceback.format_tb(failure.__traceback__))
        log.error("request %s failed: %s\n%s", request_id(), type(failure).__qualname__, where)
        return Problem(500, "internal-error", "Internal error", DETAILS[500])
    log.warning("request %s: database %s", request_id(), type(failure.orig).__name__)
    return found


def register(app: Flask) -> None:
    """Make every error of ``app`` a problem document, and give every answer its request id."""

    @app.errorhandler(Exception)
    def explain(failure: Exception) -> Response:
        if isinstance(failure, RequestRedirect):
            return failure.get_response()
        return answer(problem_of(failure))

    @app.after_request
    def stamp(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id()
        if response.status_code == 204:
            response.headers.pop("Content-Type", None)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        return response
