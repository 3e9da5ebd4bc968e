"""The lines of a report, read one by one from values: what is right is read exactly, what is wrong is named.

Whatever else reads lines (:mod:`service.intake.quick`) may only read what this reads, and must read it alike.
"""

import datetime
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl
from marshmallow import ValidationError, fields, missing

from schemas.fields import OBJECT_MESSAGES, Code, Text, WrittenWhole
from schemas.remittances import BASES, RemittanceLine
from service.intake.faults import Faults

MOST_LINES = 500_000
PART_LINES = 1 << 14  # so many are held at a time
MOST_REMEMBERED = 100_000
MOST_SENT = 200


class Line(NamedTuple):
    """A line as reported: hours in hundredths, money in cents. A value that could not be read is None and a fault.

    ``employer``, ``report`` and ``agreement`` are None where they are said of the whole file.
    """

    place: int
    member: str | None
    week_ending: datetime.date | None
    basis: str | None
    hours_worked: int | None
    hours_guaranteed: int | None
    days_worked: int | None
    scale_rate_cents: int | None
    occupation: str | None
    local: str | None
    production: str | None
    employer: str | None = None
    report: str | None = None
    agreement: str | None = None


class Column(dict[Any, Any]):
    """Reads a value by subscript, and remembers texts, because reports repeat themselves."""

    def __init__(self, field: fields.Field[Any]) -> None:
        self.field = field

    def __missing__(self, value: Any) -> Any:
        read = self.field.deserialize(value)
        read = None if read is missing else read
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        # Nothing but text may become a key: 1, 1.0 and True would be one.
        if isinstance(value, str) or value is missing:
            self[value] = read
        return read


LINE_COLUMNS = (
    *("member", "week_ending", "basis", "hours_worked", "hours_guaranteed", "days_worked", "scale_rate"),
    *("occupation", "local", "production"),
)
# What a file may say of each line, where one file holds several reports.
HEAD_COLUMNS = ("employer", "report", "agreement")
COLUMNS = (*LINE_COLUMNS, *HEAD_COLUMNS)
NOTHING = (None, missing)
LINE_FIELDS = RemittanceLine().fields
JSON_COLUMNS = [Column(LINE_FIELDS[name]) for name in LINE_COLUMNS]
# Read only where a file has them, and then needed on every line.
HEADS = [Column(field) for field in (Code(required=True), Text(required=True, most=64), Code(required=True))]
# In a CSV file and in a workbook everything is text.
TEXT_COLUMNS = [Column(WrittenWhole(most=7) if name == "days_worked" else LINE_FIELDS[name]) for name in LINE_COLUMNS]
BASIS = pl.Enum(BASES)
SCHEMA: dict[str, Any] = {
    "place": pl.Int32,
    "member": pl.String,
    "week_ending": pl.Date,
    "basis": BASIS,
    "hours_worked": pl.Int32,
    "hours_guaranteed": pl.Int32,
    "days_worked": pl.Int16,
    "scale_rate_cents": pl.Int32,
    "occupation": pl.String,
    "local": pl.String,
    "production": pl.String,
    "employer": pl.String,
    "report": pl.String,
    "agreement": pl.String,
}


def columns_of(lines: Sequence[Line], heads: Collection[str] = ()) -> pl.DataFrame:
    """The same lines as columns, among them those of ``heads`` that the file has."""
    return pl.DataFrame(lines, schema=SCHEMA, orient="row").drop(name for name in HEAD_COLUMNS if name not in heads)


def read_line(place: int, columns: Sequence[Column], values: Sequence[Any], faults: Faults) -> Line:
    """One line from its values, which stand in the order of ``COLUMNS``; it may end before the heads."""
    try:
        line = Line(place, *[column[value] for column, value in zip(columns, values, strict=True)])
    except (TypeError, ValidationError):
        read = zip(COLUMNS[: len(columns)], columns, values, strict=True)
        line = Line(place, *[read_value(place, *each, faults) for each in read])
    if values[3] in NOTHING and values[4] in NOTHING:
        faults.add(place, "hours_worked", "no_hours", "No hours. Give hours_worked, hours_guaranteed, or both.")
    return line


def read_value(place: int, name: str, column: Column, value: Any, faults: Faults) -> Any:
    """One value, or None and a fault."""
    if isinstance(value, list | dict):
        faults.add(place, name, "not_text", "Write one value here, not a list or an object.")
        return None
    try:
        return column[value]
    except ValidationError as error:
        for message in error.messages:
            faults.add(place, name, getattr(message, "code", "invalid"), str(message))
        return None


def read_json(items: list[Any], faults: Faults) -> Iterator[pl.DataFrame]:
    """The lines of a JSON report, part by part."""
    lines: list[Line] = []
    for place, item in enumerate([] if too_many(len(items), 1, faults) else items, start=1):
        line = read_item(place, item, LINE_COLUMNS, JSON_COLUMNS, faults)
        lines += [line] if line else []
        if faults.full:
            faults.ended_at = place
            break
        if len(lines) >= PART_LINES:
            yield columns_of(lines)
            lines = []
    if lines:
        yield columns_of(lines)


class JsonLines(NamedTuple):
    """The lines of a JSON report as they were sent."""

    items: list[Any]
    header: tuple[str, ...] = LINE_COLUMNS

    def sent(self, places: Collection[int]) -> dict[int, list[str]]:
        """What some lines say, in the order of ``header``; a line that is no object is one value."""
        found = {}
        for place in places:
            item = self.items[place - 1] if 0 < place <= len(self.items) else {}
            values = [item.get(name, "") for name in self.header] if isinstance(item, dict) else [item]
            found[place] = [value if isinstance(value, str) else json.dumps(value)[:MOST_SENT] for value in values]
        return found


def read_item(place: int, item: Any, names: Sequence[str], columns: Sequence[Column], faults: Faults) -> Line | None:
    """One line from a JSON value that should be an object with no other names than ``names``."""
    if not isinstance(item, dict):
        faults.add(place, "", "not_an_object", OBJECT_MESSAGES["type"])
        return None
    for name in sorted(item.keys() - set(names)):
        faults.add(place, name, "unknown_name", OBJECT_MESSAGES["unknown"])
    return read_line(place, columns, [item.get(name, missing) for name in names], faults)


def too_many(count: int, first: int, faults: Faults) -> bool:
    """Whether a report of ``count`` lines, beginning at the place ``first``, is too long; it is a fault if so."""
    if count > MOST_LINES:
        cure = f"The report has {count:,} lines; at most {MOST_LINES:,} are taken. Send it in parts."
        faults.add(first + MOST_LINES, "member", "too_many_lines", cure)
    return count > MOST_LINES
