"""Reading the lines of a remittance report, from a CSV file or from JSON, and checking them.

Every wrong line is named in one pass. Lines come out as :class:`Line`; what is wrong goes into :class:`Faults`. Lines
count from 1: at the top of a file, where the header is line 1, or at the first line of a JSON report.
"""

import codecs
import csv
import datetime
import functools
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields, missing

from rules import terms
from schemas.fields import OBJECT_MESSAGES, WrittenWhole, shown
from schemas.remittances import RemittanceLine

MOST_LINES = 500_000
MOST_FAULTS = 100
MOST_CHARACTERS = 200
MOST_REMEMBERED = 100_000
LONGEST_LINE_BYTES = 20_000
LONGEST_RECORD_LINES = 20
DATE = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}")
DIGITS, ONE_OR_TWO_DIGITS = re.compile(r"[0-9]+"), re.compile(r"[0-9]{1,2}")
WITH_DECIMALS = ("hours_worked", "hours_guaranteed", "scale_rate")
COMPLETE_FIELD = re.compile(r'(?:"(?:[^"]|"")*"|[^",][^,]*|),')


class Fault(NamedTuple):
    """One thing wrong: where, what (for programs), and how to put it right (for people)."""

    line: int
    column: str
    code: str
    message: str


class Faults:
    """Everything wrong with a report: all are counted, the first are kept. ``lines`` are those with anything wrong."""

    def __init__(self) -> None:
        self.kept: list[Fault] = []
        self.lines = set[int]()
        self.count = 0

    def add(self, line: int, column: str, code: str, message: str) -> None:
        """Count one more, and keep it while there is room."""
        self.count += 1
        self.lines.add(line)
        if len(self.kept) < MOST_FAULTS:
            self.kept.append(Fault(line, column, code, message))


class Line(NamedTuple):
    """A line as reported: hours in hundredths, money in cents. A value that could not be read is None and a fault."""

    place: int
    member: str
    week_ending: datetime.date
    basis: str
    hours_worked: int | None
    hours_guaranteed: int | None
    days_worked: int | None
    scale_rate_cents: int | None
    occupation: str | None
    local: str | None
    production: str | None


class Row(NamedTuple):
    """A record of a file: the line it starts on, and its fields. ``broken`` says which field (from 0) cannot be read,
    the code and the cure; ``damaged`` that some byte is no text."""

    line: int
    fields: list[str]
    damaged: bool = False
    broken: tuple[int, str, str] | None = None


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


COLUMNS = (
    "member",
    "week_ending",
    "basis",
    "hours_worked",
    "hours_guaranteed",
    "days_worked",
    "scale_rate",
    "occupation",
    "local",
    "production",
)
SHORT_HEADER = "member,week_ending,hours_worked"
NOTHING = (None, missing)
LINE_FIELDS = RemittanceLine().fields
JSON_COLUMNS = [Column(LINE_FIELDS[name]) for name in COLUMNS]
# In a file everything is text.
CSV_COLUMNS = [Column(WrittenWhole(most=7) if name == "days_worked" else LINE_FIELDS[name]) for name in COLUMNS]


def read_line(place: int, columns: list[Column], values: list[Any], faults: Faults) -> Line:
    """One line from its values, which stand in the order of ``COLUMNS``."""
    try:
        line = Line(place, *[column[value] for column, value in zip(columns, values, strict=True)])
    except (TypeError, ValidationError):
        line = Line(place, *[read_value(place, *each, faults) for each in zip(COLUMNS, columns, values, strict=True)])
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


def read_json(items: list[Any], faults: Faults) -> list[Line]:
    """The lines of a JSON report."""
    if too_many(len(items), 1, faults):
        return []
    lines = []
    for place, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            faults.add(place, "", "not_an_object", OBJECT_MESSAGES["type"])
            continue
        for name in sorted(item.keys() - LINE_FIELDS.keys()):
            faults.add(place, name, "unknown_name", OBJECT_MESSAGES["unknown"])
        lines.append(read_line(place, JSON_COLUMNS, [item.get(name, missing) for name in COLUMNS], faults))
    return lines


def too_many(count: int, first: int, faults: Faults) -> bool:
    """Whether a report of ``count`` lines, beginning at the place ``first``, is too long; it is a fault if so."""
    if count > MOST_LINES:
        cure = f"The report has {count:,} lines; at most {MOST_LINES:,} are taken. Send it in parts."
        faults.add(first + MOST_LINES, "member", "too_many_lines", cure)
    return count > MOST_LINES


def read_csv(data: bytes, faults: Faults) -> list[Line]:
    """The lines of a CSV file: UTF-8, commas, one header line with the names of the columns."""
    data = data.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
    if wrong_file(data, faults) or too_many(data.count(b"\n"), 2, faults):
        return []
    rows = file_rows(data)
    header = read_header(next(rows), faults)
    if not header:
        return []
    # A column that the file does not have is read from one more, empty field at the end.
    order = [header.index(name) if name in header else -1 for name in COLUMNS]
    lines = []
    for row in rows:
        if sound(row, header, faults):
            values = [*row.fields, ""]
            lines.append(read_line(row.line, CSV_COLUMNS, [values[index] or missing for index in order], faults))
    if not lines and not faults.count:
        faults.add(1, header[0], "no_lines", "The file has a header and nothing below it. Add one line for each week.")
    return lines


def wrong_file(data: bytes, faults: Faults) -> bool:
    """Whether ``data`` is no UTF-8 text at all; it is a fault if so."""
    start = data[:256]
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    if not data.strip():
        faults.add(1, "1", "empty_file", f"The file is empty. Its first line names the columns: {', '.join(COLUMNS)}.")
    elif wide or start.count(0) * 3 > len(start):
        faults.add(1, "1", "wrong_encoding", "The file is UTF-16 or UTF-32. Save it again as “CSV UTF-8”.")
    elif data.startswith(b"PK\x03\x04"):
        faults.add(1, "1", "not_csv", "This is a workbook, not a CSV file. Save it again as “CSV UTF-8”.")
    return faults.count > 0


def file_rows(data: bytes) -> Iterator[Row]:
    """The records of a file. A record is one line, or several where quotation marks enclose a line end."""
    lines = data.split(b"\n")
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix(b"\r")
        span = 1
        if len(line) > LONGEST_LINE_BYTES:
            cure = "This line is too long to be one week of one member. Look for a missing line end."
            yield Row(at + 1, [], broken=(0, "too_long", cure))
        elif b'"' in line:
            # An odd number of quotation marks leaves one open: the record goes on in the next line.
            row, span = quoted_row(at + 1, lines[at : at + (LONGEST_RECORD_LINES if line.count(b'"') % 2 else 1)])
            yield row
        elif b"\r" in line:
            cure = "The lines end with the old Macintosh mark. Save the file again as “CSV UTF-8”."
            yield Row(at + 1, [], broken=(0, "bad_line_end", cure))
        else:
            text, damaged = decoded(line)
            yield Row(at + 1, text.split(","), damaged)
        at += span


def decoded(line: bytes) -> tuple[str, bool]:
    """The text of ``line``, and whether it holds bytes that are no text. Such a byte becomes a lone surrogate."""
    try:
        return line.decode(), b"\0" in line
    except UnicodeDecodeError:
        return line.decode(errors="surrogateescape"), True


def quoted_row(place: int, lines: list[bytes]) -> tuple[Row, int]:
    """The record with quotation marks that begins ``lines``, and how many lines it takes."""
    texts = [decoded(line.removesuffix(b"\r")) for line in lines]
    reader = csv.reader([text + "\n" for text, _ in texts], strict=True)
    try:
        values = next(reader)
    except csv.Error:
        cure = "A quotation mark does not close where the field ends. Put one at each end, and double those inside."
        return Row(place, [], broken=(complete_fields(texts[0][0]), "unbalanced_quote", cure)), 1
    return Row(place, values, any(damaged for _, damaged in texts[: reader.line_num])), reader.line_num


def complete_fields(text: str) -> int:
    """How many fields at the start of ``text`` end with a comma and have their quotation marks closed."""
    count, at = 0, 0
    while field := COMPLETE_FIELD.match(text, at):
        count, at = count + 1, field.end()
    return count


def read_header(row: Row, faults: Faults) -> list[str]:
    """The names of the columns, or nothing if the header is wrong."""
    names, known = row.fields, f"The columns are: {', '.join(COLUMNS)}."
    if len(names) == 1 and re.search("[;\t]", names[0]):
        faults.add(1, "1", "wrong_separator", "The columns are not separated by commas. Save the file with commas.")
        return []
    if not sound(row, [str(number) for number in range(1, len(names) + 1)], faults):
        return []
    if len(names) > 1 and re.search("[0-9]", names[0]) and DATE.fullmatch(names[1].strip()):
        cure = (
            f"The header line is missing: this line is data already. Put one above it, such as {SHORT_HEADER}. {known}"
        )
        faults.add(1, "1", "missing_header", cure)
        return []
    for index, name in enumerate(names, start=1):
        likely = name.strip().lower().replace(" ", "_")
        if name in names[: index - 1]:
            faults.add(1, name or str(index), "duplicate_column", f"The column {shown(name)} stands twice. Remove one.")
        elif likely in COLUMNS and name != likely:
            faults.add(1, name, "unknown_column", f"Write {likely} instead of {shown(name)}, exactly so.")
        elif name not in COLUMNS:
            faults.add(
                1, name or str(index), "unknown_column", f"No column is called {shown(name)}. Remove it. {known}"
            )
    for name in ("member", "week_ending", "hours_worked"):
        if name not in names and not (name == "hours_worked" and "hours_guaranteed" in names):
            faults.add(1, name, "missing_column", f"The header has no column {name}. Add it. {known}")
    return [] if faults.count else names


def sound(row: Row, header: list[str], faults: Faults) -> bool:
    """Whether a record has the fields of the header, undamaged and not too long; what is wrong is a fault."""
    if row.broken:
        index, code, cure = row.broken
        faults.add(row.line, header[index] if index < len(header) else str(index + 1), code, cure)
    elif len(row.fields) == len(header):
        longest = max(map(len, row.fields))
        return (longest <= MOST_CHARACTERS and not row.damaged) or not damage(row, header, faults)
    elif row.fields == [""]:
        faults.add(row.line, header[0], "blank_line", "This line is blank. Remove it.")
    else:
        cure = f"This line has {len(row.fields)} fields and the header {len(header)}."
        if len(row.fields) < len(header):
            cure += " Add what is missing, or at least its commas."
            faults.add(row.line, header[len(row.fields)], "too_few_fields", cure)
        else:
            cure += " If a comma belongs to a value, put the value in quotation marks."
            column, number = split_number(row.fields, header)
            if number:
                cure = f"{number} is two fields, for a comma ends one. Write {number.replace(',', '.')} with a point."
                faults.add(row.line, column, "decimal_comma", cure)
            else:
                faults.add(row.line, column, "too_many_fields", cure)
    return False


def split_number(values: list[str], header: list[str]) -> tuple[str, str]:
    """Of a record with too many fields: the column of a number that a decimal comma split in two, and that number.

    The first column that is too many, and nothing, if there is none such.
    """
    pairs = zip(header, values, values[1:], strict=False) if len(values) == len(header) + 1 else ()
    for name, whole, part in pairs:
        if name in WITH_DECIMALS and DIGITS.fullmatch(whole) and ONE_OR_TWO_DIGITS.fullmatch(part):
            return name, f"{whole},{part}"
    return str(len(header) + 1), ""


def damage(row: Row, header: list[str], faults: Faults) -> bool:
    """Whether a field of the record is too long or holds bytes that are no text; each such field is a fault."""
    before = faults.count
    for name, value in zip(header, row.fields, strict=True):
        if len(value) > MOST_CHARACTERS:
            cure = f"This has {len(value)} characters; at most {MOST_CHARACTERS} are taken. Shorten {shown(value)}."
            faults.add(row.line, name, "too_long", cure)
        elif "\0" in value:
            faults.add(row.line, name, "nul_byte", f"{shown(value)} holds a NUL byte. Write the value again.")
        elif re.search("[\ud800-\udfff]", value):
            cure = f"{shown(value)} is not UTF-8. Save the file again as “CSV UTF-8”."
            faults.add(row.line, name, "not_utf8", cure)
    return faults.count > before


class Weeks(NamedTuple):
    """The days on which a reported week may end."""

    first: datetime.date
    last: datetime.date


@functools.lru_cache(maxsize=64)
def weeks_taken(plans: tuple[str, ...], today: datetime.date) -> Weeks:
    """From the first day that the calendars of all ``plans`` can count, to a year from ``today``."""
    first = max(terms.plan(name).chart.cutoffs[0] for name in plans) + datetime.timedelta(days=1)
    latest = datetime.date(today.year + 1, today.month, min(today.day, 28) if today.month == 2 else today.day)
    return Weeks(first, latest)


def week_fault(week_ending: datetime.date, weeks: Weeks) -> str | None:
    """What is wrong with a week that ends before plans count, or too far ahead; None if nothing is."""
    if weeks.first <= week_ending <= weeks.last:
        return None
    return f"{week_ending} is not from {weeks.first} to {weeks.last}. Check the year."


def unknown_member(number: str) -> str:
    """What to do about a number that no member has."""
    return f"No member has the number {shown(number)}. Check the number, or enrol the member first."


def check(lines: list[Line], members: Mapping[str, uuid.UUID], weeks: Weeks, faults: Faults) -> None:
    """Check lines against the enrolled ``members`` (by number), the calendar, and each other."""
    wrong = set(faults.lines)
    first_places: dict[tuple[Any, ...], int] = {}
    for line in lines:
        if line.member is not None and line.member not in members:
            faults.add(line.place, "member", "unknown_member", unknown_member(line.member))
        cure = line.week_ending and week_fault(line.week_ending, weeks)
        if cure:
            faults.add(line.place, "week_ending", "date_out_of_range", cure)
        key = (line.member, line.week_ending, line.basis, line.occupation, line.local, line.production)
        first = first_places.setdefault(key, line.place) if line.place not in wrong else line.place
        if first != line.place:
            cure = (
                f"This repeats line {first}: the same member, week_ending, basis, occupation, local and production. "
                "Remove one of the two, or put their hours on one line."
            )
            faults.add(line.place, "member", "duplicate_line", cure)
