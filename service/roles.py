"""The two PostgreSQL roles that the service works under, and all that each may do. Neither owns anything.

The owner of the tables only migrates, makes keys, and exports and imports the ledger. ``hourbank_service`` answers
requests: of the ledger and of the audit trail it may read and add, never change, delete or empty. ``hourbank_reader``
only reads, and nothing that tells who somebody is. :func:`grant` brings a database to what stands here, at every
migration; a table that does not stand here belongs to the owner alone, and a test fails.
"""

import re
from typing import NamedTuple

from sqlalchemy import Connection, text

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
GRANTED = re.compile(r"([A-Z]+)(?: \(([a-z_, ]+)\))?")

READ, ADD, KEEP = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"
# What is never changed: positions, lines, facts, payments, decisions, and who did what.
LEDGER = (
    *("amendments", "audit", "batches", "disputes", "entries", "facts", "payments", "remittances", "resolutions"),
)
SERVICE = {
    **dict.fromkeys(LEDGER, ADD),
    "alembic_version": READ,
    "api_keys": READ,
    "employers": ADD,
    "idempotency_keys": ADD,
    "jobs": KEEP,
    # A batch takes its position by changing this one row.
    "ledger_head": "SELECT, UPDATE (position, recorded_at)",
    # Whoever adds to the ledger locks its members' rows, and PostgreSQL lets only those lock a row who may change one
    # of its columns. No answer about hours or cover rests on this one. (Advisory locks would need no right, but a
    # report of 100,000 members would fill the server's table of them.)
    "members": "SELECT, INSERT, UPDATE (created_at)",
    "proposals": KEEP,
    "refused_rows": "SELECT, INSERT, DELETE",
    "scenarios": ADD,
    "snapshots": ADD,
}
READER = {
    **dict.fromkeys(("alembic_version", "employers", "ledger_head", "proposals", "scenarios", "snapshots"), READ),
    **{table: READ for table in LEDGER if table not in ("audit", "disputes")},
    "members": "SELECT (id, local, birth_date, joined, created_at)",
}

THERE = text(
    """
    SELECT relname, privilege_type, NULL FROM pg_class, aclexplode(relacl)
    WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r' AND pg_get_userbyid(grantee) = :role
    UNION ALL
    SELECT relname, privilege_type, attname
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl)
    WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r' AND pg_get_userbyid(grantee) = :role
    """
)
TABLES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r'"
)
# Two databases of one server may come here at once, and roles belong to the server.
MAKE = """
DO $$ BEGIN
    CREATE ROLE {role} LOGIN;
    GRANT {role} TO CURRENT_USER;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
END $$
"""
MAY_CHANGE = text(
    """
    SELECT name FROM unnest(CAST(:tables AS text[])) AS name
    WHERE has_table_privilege(name, 'UPDATE') OR has_table_privilege(name, 'DELETE')
       OR has_table_privilege(name, 'TRUNCATE') OR has_any_column_privilege(name, 'UPDATE')
    """
)

Granted = set[tuple[str, str, str | None]]


class Roles(NamedTuple):
    """The names of the two roles."""

    service: str = "hourbank_service"
    reader: str = "hourbank_reader"


USUAL = Roles()


class MissingRoleError(Exception):
    """A role is not there, and whoever migrates may not make it; the message says who has to do what."""


def grant(connection: Connection, roles: Roles) -> None:
    """Make the roles unless they are there, and give each exactly what stands above on the tables that there are."""
    make(connection, roles)
    there = set(connection.scalars(TABLES))
    for role, declared in ((roles.service, SERVICE), (roles.reader, READER)):
        wanted = {one for table, words in declared.items() if table in there for one in rights(table, words)}
        found: Granted = {tuple(row) for row in connection.execute(THERE, {"role": role})}  # type: ignore[misc]
        for table in sorted({table for table, *_ in wanted ^ found}):
            connection.execute(text(f'REVOKE ALL ON "{table}" FROM {role}'))
            if table in declared:
                connection.execute(text(f'GRANT {declared[table]} ON "{table}" TO {role}'))


def rights(table: str, words: str) -> Granted:
    """What ``words`` of a GRANT come to, one by one: table, privilege, and column where it is only that of a column."""
    return {
        (table, privilege, column)
        for privilege, columns in GRANTED.findall(words)
        for column in (columns.split(", ") if columns else [None])
    }


def make(connection: Connection, roles: Roles) -> None:
    """Make the roles that are not there. The service may become the reader, and whoever migrates may become both."""
    known = set(
        connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names)"), {"names": [*roles]})
    )
    missing = [role for role in reversed(roles) if role not in known]
    if not missing:
        return
    user, able = connection.execute(
        text("SELECT current_user, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    ).one()
    if not able:
        cure = "; ".join(
            [f"CREATE ROLE {role} LOGIN" for role in missing]
            + [f"GRANT {roles.reader} TO {roles.service}", f'GRANT {roles.service} TO "{user}"']
        )
        raise MissingRoleError(
            f"The role {' and the role '.join(missing)} cannot be made by {user}. Let somebody who may run: {cure};"
        )
    for role in missing:
        connection.execute(text(MAKE.format(role=role)))
    connection.execute(text(f"GRANT {roles.reader} TO {roles.service}"))


def may_change(connection: Connection) -> list[str]:
    """The ledger's tables that whoever is connected could change: none, as it should be."""
    return list(connection.scalars(MAY_CHANGE, {"tables": list(LEDGER)}))
