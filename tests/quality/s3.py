"""S3: the role that the service works under cannot change, delete or empty anything of the ledger or the audit trail;
the one under which scenarios read can write nothing anywhere.

Every way on every table, as the application connects, but for the transaction that is read-only besides. Each statement
is then carried out by the owner and taken back, so that what is refused is refused for want of a right.
"""

import re
from collections.abc import Iterator

import click
from sqlalchemy import Engine

from service.db import make_engine
from service.models import Base
from service.postgres import service_url
from service.roles import LEDGER
from service.serving import disposing
from service.settings import Settings
from tests.quality.own import installation, server
from tests.service.changing import REFUSED, changes, refusal

WAYS = [words for table in LEDGER for words in changes(table)]
READERS_WAYS = [
    words
    for table in Base.metadata.tables
    for words in (*changes(table), f'INSERT INTO "{table}" SELECT * FROM "{table}" WHERE false')
]
CI = RELEASE = len(WAYS) + len(READERS_WAYS)


def check(count: int) -> int:
    """The number of ways that are open to somebody, or of which that was not found out."""
    here, tables = installation(server()), len(Base.metadata.tables)
    click.echo(f"S3: {len(LEDGER)} tables of the ledger for the service, {tables} for the reader.", err=True)
    roles = here.roles
    wrong = [*open_ways(here, WAYS[:count]), *open_ways(here, READERS_WAYS[: max(0, count - len(WAYS))], roles.reader)]
    for told in wrong:
        click.echo(told, err=True)
    return len(wrong)


def open_ways(settings: Settings, ways: list[str], role: str | None = None) -> Iterator[str]:
    """The ways that a role (the service's, or one named) is not refused, and those that say nothing because the owner
    is refused them too."""
    who = "service" if role is None else role
    with (
        disposing(make_engine(service_url(settings), role or settings.roles.service)) as asking,
        disposing(make_engine(settings.database_url or "")) as owner,
    ):
        for words in ways:
            if not re.search(REFUSED, said(asking, words)):
                yield f"the {who} may: {words}"
            elif told := said(owner, words):
                yield f"the owner may not either ({told}): {words}"


def said(engine: Engine, words: str) -> str:
    """What PostgreSQL says to a statement that it refuses."""
    with engine.connect() as connection:
        return refusal(connection, words)
