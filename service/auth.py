"""Who calls, and whether they may. Every view says so itself: ``@allow`` with roles, or ``@public``."""

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, NamedTuple

from flask import Flask, g, request
from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service import clock
from service.db import glancing
from service.models import ApiKey
from service.problems import Problem, unknown
from service.world import world

ROLES = ("administrator", "employer", "member", "negotiator", "auditor")
OVERSEERS = ("administrator", "auditor")
SECRET_BYTES = 32
# Set in the WSGI environment by the command line, which calls the views in its own process. No request that comes over
# the network can set it: what a client sends arrives there under other names.
OPERATOR = "hourbank.operator"
# Likewise set where a job makes its request again: a service.running.Run, whose caller was let in when it was accepted.
JOB = "hourbank.job"
KEY = re.compile(r"hb_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")

View = Callable[..., Any]


class Caller(NamedTuple):
    """Who holds the key of this request. ``employer`` or ``member_id`` is whose records an own-records role sees."""

    id: str
    role: str
    employer: str | None
    member_id: uuid.UUID | None


def allow(*roles: str) -> Callable[[View], View]:
    """Let only callers of ``roles`` in. The caller is then ``caller()``."""
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"roles are among {', '.join(ROLES)}, not {', '.join(roles)}")

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            g.caller = authenticated()
            if g.caller.role not in roles:
                raise Problem(403, "forbidden", "Not allowed", f"A key of the role {g.caller.role} may not do this.")
            return view(*args, **kwargs)

        checked.roles = roles
        return checked

    return decorate


def public(view: View) -> View:
    """Let everybody in, key or none."""
    view.roles = ()
    return view


def refuse_undeclared_routes(app: Flask) -> None:
    """Raise RuntimeError if a route of ``app`` does not say who may call it."""
    open_routes = [rule.rule for rule in app.url_map.iter_rules() if not declared(app, rule.endpoint)]
    if open_routes:
        raise RuntimeError(f"no @allow or @public on {', '.join(sorted(open_routes))}")


def declared(app: Flask, endpoint: str) -> bool:
    """Whether the view of ``endpoint`` says who may call it."""
    return hasattr(app.view_functions[endpoint], "roles")


def caller() -> Caller:
    """Who calls; only inside a view that has ``@allow``."""
    return g.caller


def authenticated() -> Caller:
    """The holder of this request's key, or whoever runs the command line; a 401 problem without a good key."""
    if request.environ.get(OPERATOR) is True:
        return Caller("operator", "administrator", None, None)
    if JOB in request.environ:
        accepted: Caller = request.environ[JOB].caller
        return accepted
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthenticated("Send your key in the header Authorization: Bearer <key>.")
    match = KEY.fullmatch(given.strip())
    row = key_row(match[1]) if match else None
    if match is None or row is None or not hmac.compare_digest(row.secret_digest, digest(match[2])):
        raise unauthenticated("This key is not known.")
    if row.expires and row.expires < clock.today():
        raise unauthenticated("This key has expired.")
    return Caller(row.id, row.role, row.employer, row.member_id)


def unauthenticated(detail: str) -> Problem:
    """A 401 problem."""
    return Problem(401, "unauthenticated", "No valid key", detail, headers={"WWW-Authenticate": "Bearer"})


def key_row(key_id: str) -> Any:
    """The stored key, or None.

    This is the first thing a request asks the database. Connections that died since the last request (a restarted
    server) are found out here, and asked once more over a fresh one, instead of failing the request.
    """
    table = ApiKey.__table__
    query = select(table).where(table.c.id == key_id)
    try:
        return asked(query)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return asked(query)


def asked(query: Select[Any]) -> Any:
    """The one row that ``query`` finds, or None."""
    with glancing(world().engine) as connection:
        return connection.execute(query).one_or_none()


def digest(secret: str) -> bytes:
    """What is kept of a key's secret. It is 256 random bits, so that a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).digest()


def create_key(
    session: Session,
    role: str,
    employer: str | None = None,
    member_id: uuid.UUID | None = None,
    expires: date | None = None,
) -> str:
    """Make a key and return it; it cannot be shown again. ``expires`` is the last day (UTC) on which it works.

    A key of the role employer names an employer, one of the role member a member, no other names anything: ValueError.
    """
    if role not in ROLES or (role == "employer") != (employer is not None) or (role == "member") != bool(member_id):
        raise ValueError("A key has one of the five roles; employer keys name an employer, member keys a member.")
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(SECRET_BYTES)
    session.add(
        ApiKey(
            id=key_id,
            secret_digest=digest(secret),
            role=role,
            employer=employer,
            member_id=member_id,
            expires=expires,
            created_at=clock.now(),
        )
    )
    session.flush()
    return f"hb_{key_id}_{secret}"


def require_employer(who: Caller, code: str) -> None:
    """Raise the not-found problem unless ``who`` may see the records of the employer ``code``."""
    if who.role not in OVERSEERS and who.employer != code:
        raise unknown("employer")


def require_member(who: Caller, member_id: uuid.UUID) -> None:
    """Raise the not-found problem unless ``who`` may see the records of the member."""
    if who.role not in OVERSEERS and who.member_id != member_id:
        raise unknown("member")
