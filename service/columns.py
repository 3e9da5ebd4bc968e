"""Lines of reports as columns, into the ledger and out of it: PostgreSQL's COPY, written and read by polars."""

import contextlib
import datetime
import io
import uuid
from collections.abc import Callable, Iterator, Sequence

import polars as pl
from sqlalchemy.orm import Session

from service.intake.lines import BASIS
from service.ledger import NewEntry

COLUMNS = NewEntry._fields[:-1]  # no line of a report reverses anything
COPY_LINES = f"COPY entries ({', '.join(COLUMNS)}) FROM STDIN"
FREE_TEXTS = ("occupation", "local", "production")
# In PostgreSQL's text form a column ends with a tab and a row with a line feed, and a backslash begins an escape.
ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
NULL = "\\N"

STANDING_SCHEMA = {
    "report_before": pl.String,
    "line_before": pl.Int32,
    "member_id": pl.String,
    "employer": pl.String,
    "week_ending": pl.Date,
    "basis": BASIS,
    "occupation": pl.String,
    "local": pl.String,
    "production": pl.String,
    "hours_worked": pl.Int32,
    "hours_guaranteed": pl.Int32,
}
ANY_STANDING = """
    SELECT EXISTS (
        SELECT FROM entries WHERE employer = ANY(%(employers)s) AND week_ending BETWEEN %(first)s AND %(last)s
    )
"""
COPY_STANDING = """
    COPY (
        SELECT report, line, member_id, entries.employer, week_ending, basis, occupation, local, production,
               hours_worked, hours_guaranteed
        FROM entries JOIN remittances ON remittances.id = entries.remittance_id
        WHERE entries.employer = ANY(%(employers)s) AND week_ending BETWEEN %(first)s AND %(last)s
          AND member_id = ANY(%(members)s) AND kind <> 'reversal'
          AND NOT EXISTS (SELECT FROM entries AS reversal WHERE reversal.reverses = entries.id)
        ORDER BY entries.id
    ) TO STDOUT (FORMAT csv)
"""


@contextlib.contextmanager
def copying(
    session: Session, ids: Sequence[uuid.UUID], employers: Sequence[str], people: Sequence[uuid.UUID]
) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Add assessed lines to the ledger, in bulk: call what this yields with part after part of them.

    ``ids`` and ``employers`` are those of the reports by ``number``, ``people`` the members by ``member_number``.
    """
    batches = pl.Series(list(map(str, ids)), dtype=pl.String)
    members = pl.Series(list(map(str, people)), dtype=pl.String)
    named = pl.Series(list(employers), dtype=pl.String)
    connection = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(COPY_LINES) as copy:

        def write(part: pl.DataFrame) -> None:
            batch = batches.gather(part["number"])
            whole = part.with_columns(
                *(escaped(part[name]) for name in FREE_TEXTS),
                batch_id=batch,
                remittance_id=batch,
                member_id=members.gather(part["member_number"]),
                employer=named.gather(part["number"]),
                kind=pl.lit("line"),
            )
            copy.write(text_of(whole.select(COLUMNS)))

        yield write


def text_of(part: pl.DataFrame) -> memoryview:
    """Columns in PostgreSQL's text form."""
    out = io.BytesIO()
    part.write_csv(out, include_header=False, separator="\t", quote_style="never", null_value=NULL)
    return out.getbuffer()


def escaped(column: pl.Series) -> pl.Series:
    """A text column in PostgreSQL's text form."""
    if column.str.contains(r"[\\\t\n\r]").any():
        for mark, escape in ESCAPES:
            column = column.str.replace_all(mark, escape, literal=True)
    return column


def standing_lines(
    session: Session,
    employers: Sequence[str],
    people: Sequence[uuid.UUID],
    first: datetime.date,
    last: datetime.date,
) -> pl.DataFrame:
    """The lines that stand in the ledger for these employers, members (by their number in ``people``) and weeks, oldest
    first, each with its ``report_before`` and ``line_before``."""
    given = {"employers": list(employers), "first": first, "last": last}
    connection = session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        found = bytearray()
        if cursor.execute(ANY_STANDING, given).fetchone()[0]:
            with cursor.copy(COPY_STANDING, {**given, "members": list(people)}) as copy:
                for part in copy:
                    found += part
    standing = (
        pl.read_csv(io.BytesIO(bytes(found)), has_header=False, schema=STANDING_SCHEMA)
        if found
        else pl.DataFrame(schema=STANDING_SCHEMA)
    )
    numbers = pl.DataFrame(
        {"member_id": list(map(str, people)), "member_number": range(len(people))},
        schema={"member_id": pl.String, "member_number": pl.Int32},
    )
    return standing.join(numbers, on="member_id", maintain_order="left").drop("member_id")
