"""The whole ledger in one file: written from one moment of the database, read into an empty one, exactly as it was.

A file says what it is. Its first line is a JSON object: format, version, revision of the tables, the ledger's
position, and the tables in order with their columns and numbers of rows. Of each table there follow its rows, as
PostgreSQL's COPY writes text, a line ``\\.``, and a JSON object with their SHA-256. The
last line is the SHA-256 of all before it.

Keys, stored answers to repeated requests, jobs, refused files, snapshots and scenarios stay behind (a snapshot has a
file of its own). SSNs stay sealed, so that the file needs the master key that it was written under.
"""

import gzip
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import psycopg
from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.exc import DBAPIError

from service.db import newest_revision
from service.keyring import derived_key
from service.models import Base
from service.roles import LEDGER
from service.settings import Settings

FORMAT, VERSION = "hourbank ledger", 1
CARRIED = {*LEDGER, "employers", "ledger_head", "members", "proposals"}
LEFT_BEHIND = {"api_keys", "idempotency_keys", "jobs", "refused_rows", "scenarios", "snapshots"}
TABLES = [table for table in Base.metadata.sorted_tables if table.name in CARRIED]
END = b"\\.\n"
STEP = 1000
A_DAY_S = 86_400.0

Told = Callable[[int], Any]


class LedgerFileError(Exception):
    """A file that is not taken, or a database that cannot take it; the message says why, and what to do."""


class Summary(NamedTuple):
    """What is in a file: the ledger's position, the rows of each table, and the hash of all of it."""

    position: int
    rows: dict[str, int]
    sha256: str


def write(engine: Engine, settings: Settings, path: Path, begun: Told, told: Told) -> Summary:
    """Write the ledger as it is at this moment into a new file.

    ``begun`` is called with the number of rows there are, ``told`` with numbers of rows that are done.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
        unhurried(connection)
        rows = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES}
        position = connection.scalar(text("SELECT position FROM ledger_head")) or 0
        begun(sum(rows.values()))
        with opened(path, "wb") as file:
            whole = hashlib.sha256()

            def add(data: bytes) -> None:
                file.write(data)
                whole.update(data)

            add(json_line(header(settings, position, rows)))
            for table in TABLES:
                part = hashlib.sha256()
                for number, row in enumerate(copied(connection, table), start=1):
                    add(row)
                    part.update(row)
                    if number % STEP == 0:
                        told(STEP)
                told(rows[table.name] % STEP)
                add(END)
                add(json_line({"table": table.name, "sha256": part.hexdigest()}))
            file.write(whole.hexdigest().encode() + b"\n")
    return Summary(position, rows, whole.hexdigest())


def header(settings: Settings, position: int, rows: dict[str, int]) -> dict[str, Any]:
    """The first line."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "revision": newest_revision(),
        "position": position,
        "key": key_mark(settings),
        "tables": [{"name": table.name, "columns": columns(table), "rows": rows[table.name]} for table in TABLES],
    }


def key_mark(settings: Settings) -> str:
    """What tells whether two installations have the same master key, and nothing about it."""
    return hmac.digest(derived_key(settings, "ledger file"), b"which key is this", hashlib.sha256).hex()[:32]


def columns(table: Table) -> list[str]:
    """The names of a table's columns."""
    return [column.name for column in table.columns]


def copied(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table in the order of its key, each as a line of COPY."""
    key = ", ".join(column.name for column in table.primary_key.columns)
    query = f"SELECT {', '.join(columns(table))} FROM {table.name} ORDER BY {key}"  # noqa: S608 (names of ours)
    with driver(connection).cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        for row in copy:
            yield bytes(row)


def read(engine: Engine, settings: Settings, path: Path, begun: Told, told: Told) -> Summary:
    """Put the ledger of a file into an empty database, all of it or nothing. LedgerFileError if that cannot be."""
    try:
        with engine.begin() as connection, opened(path, "rb") as file:
            unhurried(connection)
            refuse_unless_empty(connection)
            lines = Lines(file)
            head = lines.object()
            refuse_unfit(head, settings)
            begun(sum(each["rows"] for each in head["tables"]))
            connection.execute(text("DELETE FROM ledger_head"))
            for described in head["tables"]:
                read_table(connection, lines, described, told)
            expected = lines.whole.hexdigest()
            if lines.next() != expected.encode() + b"\n" or lines.next():
                raise LedgerFileError("The file was changed: its last line is not the hash of what stands before it.")
            settle(connection, head["position"])
    except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
        raise LedgerFileError("The file cannot be read to its end. Fetch it again.") from broken
    except (psycopg.Error, DBAPIError) as refused:
        cause = getattr(refused, "orig", refused)
        raise LedgerFileError(f"PostgreSQL does not take the file: {cause.diag.message_primary or cause}.") from refused
    return Summary(head["position"], {each["name"]: each["rows"] for each in head["tables"]}, expected)


def refuse_unless_empty(connection: Connection) -> None:
    """LedgerFileError if there is anything already. Until the transaction ends, nobody else adds anything."""
    connection.execute(text(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN EXCLUSIVE MODE"))
    for table in TABLES:
        if table.name == "ledger_head":
            filled = connection.scalar(text("SELECT position FROM ledger_head WHERE position > 0"))
        else:
            filled = connection.scalar(select(1).select_from(table).limit(1))
        if filled:
            raise LedgerFileError(f"The database is not empty ({table.name}). A ledger is only read into an empty one.")


def refuse_unfit(head: dict[str, Any], settings: Settings) -> None:
    """LedgerFileError if a file is none of ours, of other tables, or sealed under another master key."""
    if head.get("format") != FORMAT or head.get("version") != VERSION:
        raise LedgerFileError("This is no ledger file of a version that is known here.")
    if head.get("revision") != newest_revision():
        raise LedgerFileError(
            f"The file was written with the tables of {head.get('revision')}, and here are those of "
            f"{newest_revision()}. Import it with the version that wrote it, then migrate."
        )
    described = [(each["name"], each["columns"]) for each in head["tables"]]
    if described != [(table.name, columns(table)) for table in TABLES]:
        raise LedgerFileError("The file does not hold the tables that this version has.")
    if not hmac.compare_digest(head.get("key", ""), key_mark(settings)):
        raise LedgerFileError(
            "The file was written under another master key, and SSNs in it could not be read. Set HOURBANK_KEY to that "
            "of the installation it comes from, or copy its master.key."
        )


class Lines:
    """The lines of a file, one after the other; ``whole`` is the hash of those that were given."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.whole = file, hashlib.sha256()

    def next(self) -> bytes:
        """The next line; nothing at the end."""
        line = self.file.readline()
        self.whole.update(line)
        return line

    def object(self) -> dict[str, Any]:
        """The JSON object that the next line holds. LedgerFileError if it does not."""
        try:
            found = json.loads(self.next())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise LedgerFileError("This is no ledger file, or it was changed.")
        return found


def read_table(connection: Connection, lines: Lines, described: dict[str, Any], told: Told) -> None:
    """Put the rows of one table in, and see that they are all there, and what they were when they were written."""
    name, part, rows, line = described["name"], hashlib.sha256(), 0, b""
    into = f"COPY {name} ({', '.join(described['columns'])}) FROM STDIN"
    with driver(connection).cursor() as cursor, cursor.copy(into) as copy:
        while (line := lines.next()) not in (END, b""):
            part.update(line)
            copy.write(line)
            rows += 1
            if rows % STEP == 0:
                told(STEP)
    told(rows % STEP)
    if not line:
        raise LedgerFileError(f"The file ends within {name}. Fetch it again.")
    if rows != described["rows"] or lines.object() != {"table": name, "sha256": part.hexdigest()}:
        raise LedgerFileError(f"The file was changed: the rows of {name} are not those that were written.")


def settle(connection: Connection, position: int) -> None:
    """Go on counting where the ledger came from has stopped. LedgerFileError if its positions have gaps."""
    for table in TABLES:
        for column in table.columns:
            if column.identity is not None:
                last = connection.scalar(text(f"SELECT max({column.name}) FROM {table.name}"))  # noqa: S608
                sequence = {"table": table.name, "column": column.name, "last": last or 1, "used": last is not None}
                connection.execute(
                    text("SELECT setval(pg_get_serial_sequence(:table, :column), :last, :used)"), sequence
                )
    found = connection.execute(
        text("SELECT (SELECT position FROM ledger_head), count(*), coalesce(max(position), 0) FROM batches")
    ).one()
    if tuple(found) != (position, position, position):
        raise LedgerFileError(f"The file says that the ledger ends at {position}, and its batches say otherwise.")


def opened(path: Path, mode: str) -> IO[bytes]:
    """The file, packed or unpacked on the way where its name ends with .gz."""
    return gzip.open(path, mode, compresslevel=6) if path.suffix == ".gz" else path.open(mode)  # type: ignore[return-value]


def json_line(value: dict[str, Any]) -> bytes:
    """A JSON object on a line."""
    return json.dumps(value).encode() + b"\n"


def driver(connection: Connection) -> Any:
    """The driver's own connection, for COPY."""
    return connection.connection.driver_connection


def unhurried(connection: Connection) -> None:
    """Let what this transaction asks take its time, and be written as the file has it."""
    driver(connection).patience_s = A_DAY_S
    for setting in ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "datestyle = 'ISO'"):
        connection.execute(text(f"SET LOCAL {setting}"))
