"""Migrations: numbered, one head, and in the end exactly the tables that the models describe."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from service.db import MIGRATIONS, make_engine, migrate, newest_revision, revision_there
from service.models import Base

FILES = sorted((MIGRATIONS / "versions").glob("*.py"))
# Everything about tables that PostgreSQL keeps: columns, constraints of every kind, indexes.
CATALOG = """
SELECT 'column', table_name || '.' || column_name,
       concat_ws(' ', data_type, is_nullable, column_default, is_identity, identity_generation)
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
UNION ALL
SELECT 'index', tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
ORDER BY 1, 2
"""


@pytest.fixture
def new_engine(fresh_database):
    engine = make_engine(fresh_database())
    yield engine
    engine.dispose()


def catalog(engine):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(CATALOG)) if "alembic_version" not in row[1]]


def test_files_are_numbered_and_the_head_file_names_the_last():
    numbers = [int(re.fullmatch(r"(\d{4})_[a-z0-9_]+", path.stem)[1]) for path in FILES]
    assert numbers == list(range(1, len(FILES) + 1))
    assert newest_revision() == FILES[-1].stem
    before = None
    for path in FILES:
        known = dict(re.findall(r"^(revision|down_revision) = (?:\"(\w+)\"|None)", path.read_text(), flags=re.M))
        assert known["revision"] == path.stem
        assert (known["down_revision"] or None) == before
        before = path.stem


def test_models_and_migrations_agree(new_engine):
    migrate(new_engine)
    with new_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_they_agree_on_what_alembic_does_not_compare(new_engine, fresh_database):
    migrate(new_engine)
    described = make_engine(fresh_database())
    Base.metadata.create_all(described)
    assert catalog(new_engine) == catalog(described)
    assert len([row for row in catalog(described) if "CHECK" in row[2]]) > 6
    described.dispose()


def test_the_ledger_begins_at_zero(new_engine):
    migrate(new_engine)
    with new_engine.connect() as connection:
        ((number, position, recorded_at),) = connection.execute(text("SELECT * FROM ledger_head")).all()
    assert (number, position, recorded_at.timestamp()) == (1, 0, 0)


def test_migrating_again_changes_nothing(new_engine):
    assert revision_there(new_engine) == ""
    for _ in range(2):
        migrate(new_engine)
        assert revision_there(new_engine) == newest_revision()


def test_two_processes_may_migrate_at_once(new_engine):
    engines = [new_engine, make_engine(new_engine.url.render_as_string(hide_password=False))]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, engines))
    assert revision_there(new_engine) == newest_revision()
    engines[1].dispose()
