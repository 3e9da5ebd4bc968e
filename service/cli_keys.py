"""``hourbank keys``: API keys for people and programs."""

import datetime
import uuid

import click
from sqlalchemy.exc import IntegrityError

from service.auth import ROLES, create_key
from service.db import make_engine, writing
from service.serving import disposing, owners_database
from service.settings import Settings


@click.group
def keys() -> None:
    """API keys."""


@keys.command
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the key's holder may do.")
@click.option("--employer", metavar="CODE", help="Whose key it is, for the role employer.")
@click.option("--member", type=click.UUID, help="Whose key it is, for the role member.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The last day it is good for.")
def create(role: str, employer: str | None, member: uuid.UUID | None, expires: datetime.datetime | None) -> None:
    """Make an API key and print it, this once, alone on standard output."""
    if (role == "employer") != (employer is not None):
        raise click.UsageError("--employer CODE belongs to the role employer, and only to it")
    if (role == "member") != (member is not None):
        raise click.UsageError("--member UUID belongs to the role member, and only to it")
    url = owners_database(Settings.from_environment())
    try:
        with disposing(make_engine(url)) as engine, writing(engine) as session:
            key = create_key(session, role, employer, member, expires.date() if expires else None)
    except IntegrityError:
        raise click.ClickException(f"there is no {role} {employer or member}") from None
    click.echo(key)
