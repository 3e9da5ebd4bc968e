"""The service's role can add to the ledger and nothing else; readers only read; neither can be had by half."""

import contextlib
import re
import uuid

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from service import roles
from service.db import make_engine, migrate
from service.models import Base
from service.postgres import service_url
from service.roles import KEEP, LEDGER, READER, SERVICE, Roles, may_change, rights
from service.serving import disposing, open_database, owners_database
from service.settings import Settings, StartError
from tests.service.changing import REFUSED, changes, refusal
from tests.service.reports import line, post

TABLES = sorted(Base.metadata.tables)


@pytest.fixture
def at():
    """Call it as make_engine: an engine that is closed after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *given, **named: stack.enter_context(disposing(make_engine(*given, **named)))


@pytest.fixture
def reader(settings, app, at):
    return at(service_url(settings), settings.roles.reader, read_only=True)


@pytest.fixture
def login(owner):
    """Call it with attributes of a role: a login that has them, gone after the test."""
    made = []

    def make(attributes=""):
        name = f"login_{uuid.uuid4().hex[:8]}"
        with owner.begin() as connection:
            connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'secret' {attributes}"))
        made.append(name)
        return name

    yield make
    with owner.begin() as connection:
        for name in made:
            connection.execute(text(f"DROP OWNED BY {name}; DROP ROLE {name}"))


def url_of(url, name, password="secret"):
    return make_url(url).set(username=name, password=password).render_as_string(hide_password=False)


def test_every_table_says_what_the_roles_may_do(owner, app):
    with owner.connect() as connection:
        there = set(connection.scalars(roles.TABLES))
    assert there == {*TABLES, "alembic_version"}
    assert set(SERVICE) == there
    assert set(READER) <= there


def test_the_ledger_is_whatever_belongs_to_a_batch_and_the_audit_trail():
    of_batches = {table for table in TABLES if "batch_id" in Base.metadata.tables[table].columns}
    assert set(LEDGER) == of_batches | {"audit", "batches", "remittances"}
    assert {SERVICE[table] for table in LEDGER} == {"SELECT, INSERT"}


@pytest.mark.parametrize("table", LEDGER)
def test_the_service_cannot_change_the_ledger(engine, table):
    with engine.connect() as connection:
        for words in changes(table):
            assert re.search(REFUSED, refusal(connection, words)), words


def test_it_could_if_it_were_the_owner(owner, app):
    """What is refused above is refused for want of rights, not because the statements are wrong."""
    with owner.connect() as connection:
        assert may_change(connection) == list(LEDGER)
        connection.rollback()
        for table in LEDGER:
            assert [refusal(connection, words) for words in changes(table)] == [""] * len(changes(table))


def test_no_other_table_can_be_emptied_or_taken_over(engine):
    for table in TABLES:
        for words in (
            f'TRUNCATE "{table}" CASCADE',
            f'ALTER TABLE "{table}" ADD COLUMN x int',
            f'DROP TABLE "{table}"',
        ):
            with engine.connect() as connection, pytest.raises(ProgrammingError, match=REFUSED):
                connection.execute(text(words))


@pytest.mark.parametrize("table", [table for table in TABLES if SERVICE[table] != KEEP])
def test_where_a_column_may_change_no_other_one_may(engine, table):
    allowed = {column for _, privilege, column in rights(table, SERVICE[table]) if privilege == "UPDATE"}
    for column in [each.name for each in Base.metadata.tables[table].columns]:
        changing = text(f'UPDATE "{table}" SET "{column}" = "{column}"')
        with engine.connect() as connection:
            if column in allowed:
                connection.execute(changing)
                connection.rollback()
                continue
            with pytest.raises(ProgrammingError, match=REFUSED):
                connection.execute(changing)


def test_going_back_to_the_beginning_of_the_session_is_still_the_role(engine, settings):
    with engine.connect() as connection:
        for words in ("RESET ROLE", "RESET ALL", "DISCARD ALL"):
            connection.exec_driver_sql("COMMIT")
            connection.connection.driver_connection.autocommit = True
            connection.exec_driver_sql(words)
            assert connection.scalar(text("SELECT current_user")) == settings.roles.service
        connection.invalidate()


def test_only_a_login_of_its_own_keeps_injected_words_from_being_the_owner(at, login, settings, app):
    """What the README tells deployers: why HOURBANK_SERVICE_URL is not only about where the password lies."""
    one_url = at(settings.database_url, settings.roles.service)
    own = at(url_of(settings.database_url, login("IN ROLE hourbank_service")), settings.roles.service)
    for engine, changeable in ((one_url, list(LEDGER)), (own, [])):
        with engine.connect() as connection:
            assert may_change(connection) == []
            connection.execute(text("SET ROLE NONE"))
            assert may_change(connection) == changeable
            connection.rollback()
    owner = make_url(settings.database_url).username
    with own.connect() as connection, pytest.raises(ProgrammingError, match="permission denied to set role"):
        connection.execute(text(f'SET ROLE "{owner}"'))


@pytest.mark.parametrize("table", TABLES)
def test_a_reader_writes_nothing(reader, table):
    with reader.connect() as connection:
        for words in (f'INSERT INTO "{table}" DEFAULT VALUES', *changes(table)):
            assert re.search(f"{REFUSED}|read-only", refusal(connection, words)), words
    with reader.connect() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        with pytest.raises(ProgrammingError, match=REFUSED):
            connection.execute(text(f'INSERT INTO "{table}" DEFAULT VALUES'))


def test_a_reader_sees_hours_and_not_who_somebody_is(reader, administrator, employer, member, session):
    session.commit()
    assert post(administrator, employer, [line(member)]).status_code == 201
    with reader.connect() as connection:
        assert connection.execute(text("SELECT member_id, credited FROM entries")).one() == (member.id, 4000)
        assert connection.execute(text("SELECT id, local FROM members")).one() == (member.id, "80")
        for hidden in ("name FROM members", "number FROM members", "ssn_sealed FROM members", "body FROM jobs"):
            with pytest.raises(ProgrammingError, match=REFUSED), connection.begin_nested():
                connection.execute(text(f"SELECT {hidden}"))


def test_rights_that_somebody_added_are_gone_after_a_migration(owner, engine):
    with owner.begin() as connection:
        connection.execute(text("GRANT UPDATE ON entries TO hourbank_service"))
        connection.execute(text("GRANT UPDATE (reason) ON batches TO hourbank_service"))
        connection.execute(text("REVOKE INSERT ON facts FROM hourbank_service"))
    with engine.connect() as connection:
        assert may_change(connection) == ["batches", "entries"]
    migrate(owner)
    with engine.connect() as connection:
        assert may_change(connection) == []
        assert connection.scalar(text("SELECT has_table_privilege('facts', 'INSERT')"))


def test_what_is_as_it_should_be_is_not_touched(owner, app):
    with owner.begin() as connection:
        granted = text("SELECT xmin FROM pg_class WHERE relname = 'entries'")
        before = connection.scalar(granted)
        roles.grant(connection, Roles())
        assert connection.scalar(granted) == before


def test_an_owner_who_is_no_superuser_gets_by_with_one_url(at, login, fresh_database, home, owner):
    url, name = fresh_database(), login("CREATEROLE")
    own = Roles(f"service_{name}", f"reader_{name}")
    admin = at(url)
    with admin.begin() as connection:
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {name}"))
    settings = Settings(home=home, database_url=url_of(url, name), roles=own)
    open_database(settings)
    with at(service_url(settings), own.service).connect() as connection:
        assert connection.execute(text("SELECT session_user, current_user")).one() == (name, own.service)
        assert may_change(connection) == []
    with at(service_url(settings), own.reader, read_only=True).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM entries")).one() == (0,)
    with admin.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {name}, {own.service}, {own.reader}"))
        connection.execute(text(f"DROP ROLE {own.service}, {own.reader}"))


def test_without_the_right_to_make_roles_it_says_what_to_do_and_makes_no_tables(at, login, fresh_database, home):
    url, name = fresh_database(), login()
    with at(url).begin() as connection:
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {name}"))
    settings = Settings(home=home, database_url=url_of(url, name), roles=Roles("not_there", "nor_there"))
    with pytest.raises(StartError, match="CREATE ROLE not_there LOGIN") as stopped:
        open_database(settings)
    assert f'GRANT not_there TO "{name}"' in stopped.value.message
    with at(url).begin() as connection:
        assert connection.scalars(roles.TABLES).all() == []
        connection.execute(text(f"REVOKE ALL ON SCHEMA public FROM {name}"))


def test_an_owner_who_may_not_become_the_role_does_not_serve(at, login, fresh_database, home, app):
    url, name = fresh_database(), login()
    with at(url).begin() as connection:
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {name}"))
    with pytest.raises(StartError, match="permission denied to set role"):
        open_database(Settings(home=home, database_url=url_of(url, name)))
    with at(url).begin() as connection:
        connection.execute(text(f"DROP OWNED BY {name}"))


def test_a_role_that_may_change_the_ledger_does_not_serve(at, fresh_database, home, app):
    url = fresh_database()
    postgres = make_url(url).username
    migrate(at(url))
    with pytest.raises(StartError, match="may change amendments, audit"):
        open_database(Settings(home=home, service_url=url, roles=Roles(postgres, "hourbank_reader")))


def test_a_service_with_a_login_of_its_own_needs_no_owner(at, login, fresh_database, home, app, owner):
    url, name = fresh_database(), login("IN ROLE hourbank_service")
    only = Settings(home=home, service_url=url_of(url, name))
    with pytest.raises(StartError, match="run: hourbank migrate"):
        open_database(only)
    with_owner = Settings(home=home, database_url=url, service_url=url_of(url, name))
    assert open_database(with_owner) == url
    assert open_database(only) == ""
    with pytest.raises(StartError, match="DATABASE_URL"):
        owners_database(only)
    with at(service_url(only), only.roles.service).connect() as connection:
        assert connection.execute(text("SELECT session_user, current_user")).one() == (name, "hourbank_service")


def test_the_embedded_database_knows_the_service_by_its_role_alone(at, home):
    settings = Settings(home=home)
    owners_database(settings)
    with at(service_url(settings), settings.roles.service).connect() as connection:
        found = connection.execute(text("SELECT session_user, current_user")).one()
    assert found == ("hourbank_service", "hourbank_service")


@pytest.mark.parametrize(
    "environment",
    [
        {"HOURBANK_SERVICE_ROLE": "Hourbank"},
        {"HOURBANK_SERVICE_ROLE": "x; DROP TABLE entries"},
        {"HOURBANK_READER_ROLE": "pg_read_all_data"},
        {"HOURBANK_READER_ROLE": "hourbank_service"},
    ],
)
def test_a_name_that_is_none_stops_the_start(environment):
    with pytest.raises(StartError, match=r"HOURBANK_(SERVICE|READER)_ROLE"):
        Settings.from_environment(environment)
