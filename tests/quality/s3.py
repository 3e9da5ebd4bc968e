"""S3: the role that the service works under cannot change, delete or empty anything of the ledger or the audit trail.

Every way on every table, as the application connects. Each statement is then carried out by the owner and taken back,
so that what is refused is refused for want of a right. The other half of the line, scenarios under the reader's role,
waits for scenarios: there are none yet.
"""

import re
from collections.abc import Iterator

import click
from sqlalchemy import Engine

from service.db import make_engine
from service.postgres import service_url
from service.roles import LEDGER
from service.serving import disposing
from service.settings import Settings
from tests.quality.own import installation, server
from tests.service.changing import REFUSED, changes, refusal

WAYS = [words for table in LEDGER for words in changes(table)]
CI = RELEASE = len(WAYS)


def check(count: int) -> int:
    """The number of ways in which the ledger can be changed, or of which that was not found out."""
    click.echo(f"S3: {len(LEDGER)} tables; scenarios do not exist yet, so nothing is asked of their role.", err=True)
    wrong = list(open_ways(installation(server()), WAYS[:count]))
    for told in wrong:
        click.echo(told, err=True)
    return len(wrong)


def open_ways(settings: Settings, ways: list[str]) -> Iterator[str]:
    """The ways that the service is not refused, and those that say nothing because the owner is refused them too."""
    with (
        disposing(make_engine(service_url(settings), settings.roles.service)) as service,
        disposing(make_engine(settings.database_url or "")) as owner,
    ):
        for words in ways:
            if not re.search(REFUSED, said(service, words)):
                yield f"the service may: {words}"
            elif told := said(owner, words):
                yield f"the owner may not either ({told}): {words}"


def said(engine: Engine, words: str) -> str:
    """What PostgreSQL says to a statement that it refuses."""
    with engine.connect() as connection:
        return refusal(connection, words)
