"""Every statement that would change what stands in a table, and whether whoever is connected is refused it."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.models import Base

REFUSED = "permission denied|must be owner"


def changes(table):
    """One statement for each way of changing every row of a table: each of its columns, its rows, all of it."""
    columns = [column.name for column in Base.metadata.tables[table].columns]
    return [
        *(f'UPDATE "{table}" SET "{column}" = "{column}"' for column in columns),
        f'DELETE FROM "{table}"',
        f'TRUNCATE "{table}" CASCADE',
    ]


def refusal(connection, words):
    """What PostgreSQL says to a statement that is refused; empty if it is carried out (and taken back again)."""
    with connection.begin() as transaction:
        try:
            connection.execute(text(words))
        except DBAPIError as refused:
            return str(refused.orig)
        finally:
            transaction.rollback()
    return ""
