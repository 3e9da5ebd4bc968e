"""Connections and transactions: an engine, one way to write, one way to read, and the way up to the newest tables."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from service.roles import USUAL, Roles, grant

CONNECTIONS = 16
WAIT_FOR_CONNECTION_S = 4
CONNECT_TIMEOUT_S = 2
STATEMENT_TIMEOUT_S = 60
IDLE_IN_TRANSACTION_S = 60
PATIENCE_S = 75.0
SHORT_PATIENCE_S = 2.0
MIGRATION_LOCK = 4_681_001
MIGRATIONS = Path(__file__).with_name("migrations")


class PatientConnection(psycopg.Connection[Any]):
    """A connection that gives up when the server has been silent for ``patience_s`` seconds.

    The server's own timeouts do not help when it is the server that is stuck.
    """

    patience_s = PATIENCE_S

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait for the server; close the connection if nothing comes in time."""
        kwargs.setdefault("timeout", self.patience_s)
        try:
            return super().wait(gen, *args, **kwargs)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server has been silent for too long") from None


def make_engine(url: str, role: str | None = None, *, read_only: bool = False) -> Engine:
    """An engine for ``url``. Nothing is connected before the first use, so a process may fork after making one.

    With ``role`` every connection works under that role from its first moment on, or is not made at all.
    """
    options = {
        "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_S}s",
        **({"default_transaction_read_only": "on"} if read_only else {}),
        **({"role": role} if role else {}),
    }
    # They stand in the URL, so that whoever connects by the engine's URL connects the same way.
    given = {
        "connect_timeout": str(CONNECT_TIMEOUT_S),
        "application_name": "hourbank",
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
    }
    engine = create_engine(
        make_url(url).update_query_dict(given),
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT_FOR_CONNECTION_S,
        # Parameters hold people's data, and errors are logged.
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, named: Any) -> PatientConnection:
        return PatientConnection.connect(*arguments, **named)

    return engine


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One READ COMMITTED transaction: committed at the end, rolled back when an exception leaves the block."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One REPEATABLE READ, READ ONLY transaction: everything read in the block is of one moment."""
    with (
        engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection,
        Session(connection, autoflush=False) as session,
    ):
        yield session


@contextlib.contextmanager
def glancing(engine: Engine) -> Iterator[Connection]:
    """A connection for one small question outside any transaction, which is given up after two seconds."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        driver.patience_s = SHORT_PATIENCE_S
        try:
            yield connection
        finally:
            driver.patience_s = PATIENCE_S


def migrate(engine: Engine, revision: str = "head", roles: Roles = USUAL) -> None:
    """Bring the tables to ``revision``, the newest one by default, and the ``roles`` to what they may do with them.

    ``engine`` connects as the owner of the tables. Two processes may call this at once.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        grant(connection, roles)


def newest_revision() -> str:
    """The revision that ``migrate`` goes to."""
    return (MIGRATIONS / "head").read_text().strip()


def revision_there(engine: Engine) -> str | None:
    """The revision of the tables in the database, "" when there are none, None when the database does not answer.

    Asked over a connection of its own: whether the database can be reached is not a question of a free connection.
    """
    arguments, named = engine.dialect.create_connect_args(engine.url)
    named |= {"application_name": "hourbank-ready", "autocommit": True}
    try:
        with PatientConnection.connect(*arguments, **named) as connection:
            connection.patience_s = SHORT_PATIENCE_S
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return ""
    except psycopg.OperationalError:
        return None
    return row[0] if row else ""
