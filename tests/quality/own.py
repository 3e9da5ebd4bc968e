"""A PostgreSQL and databases of a check's own, and calls to an application on one of them."""

import atexit
import functools
import itertools
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text

from service import create_app
from service.auth import create_key
from service.db import make_engine, migrate, writing
from service.postgres import database_url
from service.serving import disposing
from service.settings import Settings

KEY = "A" * 43 + "="


class Server(NamedTuple):
    """A server that stops when this process ends: its data folder, and how its owner connects."""

    home: Path
    url: str


@functools.cache
def server() -> Server:
    """The one server for all checks of this process that do not harm it."""
    return new_server()


def new_server() -> Server:
    """A server in a new folder, whose path is short enough for a socket.

    It does not wait for the disk: the checks kill processes, not the machine, whose memory keeps what they wrote.
    """
    home = Path(tempfile.mkdtemp(prefix="hb"))
    # Registered before the server that will be in it, and so removed after that one has stopped.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    found = Server(home, database_url(Settings(home=home)))
    with disposing(create_engine(found.url, isolation_level="AUTOCOMMIT")) as engine, engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    return found


def installation(on: Server) -> Settings:
    """The settings of an installation with an empty database on a server."""
    name = f"check_{uuid.uuid4().hex[:12]}"
    with disposing(create_engine(on.url, isolation_level="AUTOCOMMIT")) as engine, engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    url = make_url(on.url).set(database=name).render_as_string(hide_password=False)
    with disposing(make_engine(url)) as engine:
        migrate(engine)
    return Settings(home=on.home, database_url=url, key=KEY)


def administrators_key(settings: Settings) -> str:
    """A new administrator's key."""
    with disposing(make_engine(settings.database_url or "")) as engine, writing(engine) as session:
        return create_key(session, "administrator")


class Answer(NamedTuple):
    """The answer to a call."""

    status: int
    body: bytes
    json: Any
    replayed: bool


class Caller:
    """Calls the application on an installation, in this process, as an administrator."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.app = settings, create_app(settings)
        self.client = FlaskClient(self.app)
        self.key = administrators_key(settings)
        self.numbers = itertools.count()

    def get(self, path: str, **query: Any) -> Answer:
        """Ask."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", path, {"query_string": given})

    def post(self, path: str, body: Any, key: str | None = None) -> Answer:
        """Send something, with a key or a new one."""
        key = key or f"check-key-{next(self.numbers):012}"
        return self.call("POST", path, {"json": body}, {"Idempotency-Key": key})

    def call(self, method: str, path: str, sent: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
        """Call."""
        # Refusals repeat the request's id: with one given, they too can be compared to the byte.
        own = {"Authorization": f"Bearer {self.key}", "X-Request-Id": "check", **(headers or {})}
        found = self.client.open(path, method=method, headers=own, **sent)
        replayed = "Idempotency-Replayed" in found.headers
        return Answer(found.status_code, found.get_data(), found.get_json(silent=True), replayed)

    def close(self) -> None:
        """Close the connections."""
        application: Flask = self.app
        application.extensions["hourbank"].engine.dispose()
