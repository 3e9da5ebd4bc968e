"""One PostgreSQL for all tests, a session that factories use, and clients that call as each of the roles."""

import atexit
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from factory.alchemy import SQLAlchemyModelFactory
from flask import Flask
from flask.testing import FlaskClient
from pytest_factoryboy import register
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from rules.warm import warm
from service import create_app
from service.cli import hourbank
from service.db import make_engine, migrate
from service.models import Base, Employer, Member
from service.postgres import database_url, with_driver
from service.settings import Settings
from tests import factories

EMPTY = "".join(
    f"DELETE FROM {table.name};" for table in reversed(Base.metadata.sorted_tables) if table.name != "ledger_head"
)


@pytest.fixture(scope="session")
def home() -> Path:
    """A data folder with a path short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="hb"))
    # Registered before the server that will be in it, and so removed after that one has stopped.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def server_url(home: Path) -> str:
    """A PostgreSQL server: that of DATABASE_URL, otherwise an embedded one of the tests' own."""
    given = os.environ.get("DATABASE_URL")
    if given:
        return with_driver(given)
    url = database_url(Settings(home=home))
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        # What tests write need not survive a power cut.
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    server.dispose()
    return url


@pytest.fixture(scope="session")
def fresh_database(server_url: str) -> Iterator[Callable[[], str]]:
    """Call it for the address of a new, empty database, which is dropped after the tests."""
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make() -> str:
        name = f"hourbank_{uuid.uuid4().hex[:12]}"
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        made.append(name)
        return make_url(server_url).set(database=name).render_as_string(hide_password=False)

    yield make
    with server.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def settings(home: Path, fresh_database: Callable[[], str]) -> Settings:
    """The settings of the application under test."""
    return Settings(home=home, database_url=fresh_database())


@pytest.fixture(scope="session")
def owner(settings: Settings) -> Iterator[Engine]:
    """The database of the application under test as the owner of its tables reaches it."""
    engine = make_engine(settings.database_url or "")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def application(settings: Settings, owner: Engine) -> Iterator[Flask]:
    """The application, over a database with the newest tables. It works under its own role there, as it always does."""
    warm(sweeps=["mpi-health"])  # Nothing may be left to compile within a transaction of the database.
    migrate(owner)
    app = create_app(settings)
    app.testing = True
    yield app
    app.extensions["hourbank"].engine.dispose()


@pytest.fixture
def engine(application: Flask, owner: Engine) -> Iterator[Engine]:
    """The application's engine. Everything that the test commits is gone after it."""
    yield application.extensions["hourbank"].engine
    with owner.begin() as connection:
        connection.execute(text(EMPTY))
        connection.execute(text("UPDATE ledger_head SET position = 0, recorded_at = 'epoch' WHERE position > 0"))


@pytest.fixture
def app(application: Flask, engine: Engine) -> Flask:
    """The application, with a database that is empty before the test."""
    return application


@pytest.fixture
def session(engine: Engine, owner: Engine) -> Iterator[Session]:
    """A session of the owner, for factories and for looking into the database. What it has not committed is rolled
    back."""
    with Session(owner, expire_on_commit=False) as session:
        yield session


def in_session(made: type[SQLAlchemyModelFactory]) -> Any:
    """The fixture that is the factory ``made``, storing through the test's session."""

    @pytest.fixture
    def bound(session: Session) -> type[SQLAlchemyModelFactory]:
        made._meta.sqlalchemy_session = session
        return made

    return bound


employer_factory = in_session(factories.EmployerFactory)
member_factory = in_session(factories.MemberFactory)
api_key_factory = in_session(factories.ApiKeyFactory)
register(factories.EmployerFactory)
register(factories.MemberFactory)
register(factories.ApiKeyFactory)


class Client(FlaskClient):
    """Calls with one key (or none), and with a fresh Idempotency-Key whenever something may change."""

    key: str | None = None

    def open(self, *args: Any, headers: dict[str, str] | None = None, **kwargs: Any) -> TestResponse:
        """Call. ``headers`` come on top; a header given as None is left out."""
        own = {"Authorization": f"Bearer {self.key}" if self.key else None}
        if kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS"):
            own["Idempotency-Key"] = uuid.uuid4().hex
        sent = {name: value for name, value in {**own, **(headers or {})}.items() if value is not None}
        return super().open(*args, headers=sent, **kwargs)


@pytest.fixture
def client_for(app: Flask, session: Session, api_key_factory: type[SQLAlchemyModelFactory]) -> Callable[..., Client]:
    """Call it with a role, and with whose key it is to be where the role has an owner: a client that calls so."""

    def make(role: str | None = None, employer: Employer | None = None, member: Member | None = None) -> Client:
        client = Client(app)
        if role:
            key = api_key_factory(
                role=role, employer=employer.code if employer else None, member_id=member.id if member else None
            )
            session.commit()
            client.key = factories.text_of(key)
        return client

    return make


@pytest.fixture
def anonymous(client_for: Callable[..., Client]) -> Client:
    """Calls without a key."""
    return client_for()


@pytest.fixture
def administrator(client_for: Callable[..., Client]) -> Client:
    """Calls as an administrator."""
    return client_for("administrator")


@pytest.fixture
def auditor(client_for: Callable[..., Client]) -> Client:
    """Calls as an auditor."""
    return client_for("auditor")


@pytest.fixture
def negotiator(client_for: Callable[..., Client]) -> Client:
    """Calls as a negotiator."""
    return client_for("negotiator")


@pytest.fixture
def premium(employer_factory: type[SQLAlchemyModelFactory], session: Session) -> Employer:
    """An employer of the premium class, of which every rate of 2021 is known."""
    made = employer_factory(contributor_class="premium")
    session.commit()
    return made


@pytest.fixture
def employer_client(client_for: Callable[..., Client], employer: Employer) -> Client:
    """Calls as the fixture ``employer``."""
    return client_for("employer", employer=employer)


@pytest.fixture
def member_client(client_for: Callable[..., Client], member: Member) -> Client:
    """Calls as the fixture ``member``."""
    return client_for("member", member=member)


@pytest.fixture
def silent_url() -> Iterator[str]:
    """The address of a server that accepts and never says anything, as a stopped PostgreSQL does."""
    folder = Path(tempfile.mkdtemp(prefix="hb"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / ".s.PGSQL.5432"))
        listener.listen(16)
        yield f"postgresql+psycopg://nobody@/nothing?host={folder}"
    shutil.rmtree(folder)


@pytest.fixture
def command_line(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call it with the words after ``hourbank``: what the command says, on the application under test."""
    for module in ("local", "cli_snapshot"):
        monkeypatch.setattr(f"service.{module}.client", app.test_client)
    return lambda *words: CliRunner().invoke(hourbank, [*map(str, words)])
