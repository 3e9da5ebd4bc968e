"""A CSV file: UTF-8, commas, one header line with the names of the columns."""

import codecs
import csv
import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from typing import IO, NamedTuple

import numpy as np
import polars as pl
from marshmallow import missing

from schemas.fields import shown
from service.intake.faults import Faults
from service.intake.lines import (
    COLUMNS,
    HEAD_COLUMNS,
    HEADS,
    LINE_COLUMNS,
    TEXT_COLUMNS,
    Column,
    Line,
    read_line,
    too_many,
)
from service.intake.text_file import LINE_FEED, LONGEST_LINE_BYTES, TextFile

MOST_CHARACTERS = 200
LONGEST_RECORD_LINES = 20
DATE = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}")
DIGITS, ONE_OR_TWO_DIGITS = re.compile(r"[0-9]+"), re.compile(r"[0-9]{1,2}")
WITH_DECIMALS = ("hours_worked", "hours_guaranteed", "scale_rate")
COMPLETE_FIELD = re.compile(r'(?:"(?:[^"]|"")*"|[^",][^,]*|),')
# A line whose quotation marks enclose whole fields, and neither commas nor other marks: without them it says the same.
SIMPLY_QUOTED = r'^(?:"[^",]*"|[^",]*)(?:,(?:"[^",]*"|[^",]*))*$'
SHORT_HEADER = "member,week_ending,hours_worked"
NEEDED = ("member", "week_ending", "hours_worked")
CARRIAGE_RETURN, QUOTE, COMMA, FIRST_OF_MARK = b'\r",\xef'


class Row(NamedTuple):
    """A record of a file: the line it starts on, and its fields. ``broken`` says which field (from 0) cannot be read,
    the code and the cure; ``damaged`` that some byte is no text."""

    line: int
    fields: list[str]
    damaged: bool = False
    broken: tuple[int, str, str] | None = None


class CsvFile:
    """A file's lines, and its records. ``header`` is empty where the file cannot be read at all."""

    def __init__(self, file: IO[bytes], faults: Faults) -> None:
        self.text = TextFile(file, b"\r\n")
        self.header: list[str] = []
        self.first = self.taken = 0  # the line below the header, and that below the last record read
        start = self.text.between(self.text.start, min(self.text.stop, self.text.start + 256))
        if not (wrong_file(b"" if self.text.empty else start, faults) or too_many(self.text.feeds, 2, faults)):
            row, self.first = self.record(0)
            self.header = read_header(row, faults)
            self.taken = self.first
        self.total = self.text.ends.size - self.first if self.header else 0
        # A column that the file does not have is read from one more, empty field at the end.
        names = (*LINE_COLUMNS, *(name for name in HEAD_COLUMNS if name in self.header))
        self.order = [self.header.index(name) if name in self.header else -1 for name in names]
        heads = [column for column, name in zip(HEADS, HEAD_COLUMNS, strict=True) if name in self.header]
        self.columns: list[Column] = [*TEXT_COLUMNS, *heads]
        self.names = names

    def line(self, at: int) -> bytes:
        """The line with the number ``at``, counted from 0, without its end."""
        return self.text.line(at).removesuffix(b"\r")

    def record(self, at: int) -> tuple[Row, int]:
        """The record that begins on a line (counted from 0), and how many lines it takes: several where quotation
        marks enclose a line end."""
        if self.text.long(at):
            cure = "This line is too long to be one week of one member. Look for a missing line end."
            return Row(at + 1, [], broken=(0, "too_long", cure)), 1
        line = self.line(at)
        if b'"' in line:
            # An odd number of quotation marks leaves one open: the record goes on in the next line.
            span = min(LONGEST_RECORD_LINES if line.count(b'"') % 2 else 1, self.text.ends.size - at)
            taken = itertools.takewhile(lambda next: not self.text.long(next), range(at, at + span))
            return quoted_row(at + 1, map(self.line, taken))
        if b"\r" in line:
            cure = "The lines end with the old Macintosh mark. Save the file again as “CSV UTF-8”."
            return Row(at + 1, [], broken=(0, "bad_line_end", cure)), 1
        text, damaged = decoded(line)
        return Row(at + 1, text.split(","), damaged), 1

    def blocks(self) -> Iterator[tuple[pl.DataFrame, list[int]]]:
        """The records below the header, in order and by blocks: those that are plain, and the places of the others."""
        for begin, end in self.text.blocks(self.first) if self.total else ():
            yield self.block(begin, end)

    def block(self, begin: int, end: int) -> tuple[pl.DataFrame, list[int]]:
        """The records that begin on some lines. Plain are those of one line of text with the header's number of fields,
        in which a comma always ends a field."""
        if self.text.long(begin):
            return pl.DataFrame(schema={"place": pl.Int32, **dict.fromkeys(self.header, pl.String)}), [begin + 1]
        start, raw = self.text.begin(begin), self.text.block(begin, end) + b"\n"
        marks, ends = np.frombuffer(raw, np.uint8), self.text.ends[begin:end] - start
        plain = np.diff(ends, prepend=-1) <= LONGEST_LINE_BYTES
        commas = np.searchsorted(np.flatnonzero(marks == COMMA), ends)
        plain &= np.diff(commas, prepend=0) == len(self.header) - 1
        trouble = [np.flatnonzero(marks == 0)] if b"\0" in raw else []
        if b"\r" in raw:
            returns = np.flatnonzero(marks == CARRIAGE_RETURN)
            trouble.append(returns[marks[returns + 1] != LINE_FEED])
        if codecs.BOM_UTF8 in raw:
            trouble.append(np.flatnonzero(marks == FIRST_OF_MARK))
        if decoded(raw)[1]:
            trouble.append(np.flatnonzero(marks >= 0x80))
        for places in trouble:
            plain[np.searchsorted(ends, places)] = False
        own = np.ones(end - begin, bool)
        own[: max(0, self.taken - begin)] = False
        if b'"' in raw:
            quoted = np.unique(np.searchsorted(ends, np.flatnonzero(marks == QUOTE)))
            quoted = quoted[np.diff(ends, prepend=-1)[quoted] <= LONGEST_LINE_BYTES]
            begins = np.concatenate([[0], ends[:-1] + 1])
            lines = [raw[begins[at] : ends[at]].removesuffix(b"\r") for at in quoted]
            texts = pl.Series([decoded(line)[0].encode(errors="replace").decode() for line in lines], dtype=pl.String)
            for at in quoted[~texts.str.contains(SIMPLY_QUOTED).to_numpy()].tolist():
                plain[at] = False
                if own[at]:
                    self.taken = begin + at + self.record(begin + at)[1]
                    own[at + 1 : max(0, self.taken - begin)] = False
        chosen = plain & own
        kept = np.repeat(chosen, np.diff(ends, prepend=-1)) & (marks != CARRIAGE_RETURN) & (marks != QUOTE)
        texts = (
            pl.read_csv(
                marks[kept].tobytes(),
                has_header=False,
                schema=dict.fromkeys(self.header, pl.String),
                quote_char=None,
            )
            if chosen.any()
            else pl.DataFrame(schema=dict.fromkeys(self.header, pl.String))
        )
        places = pl.Series("place", np.flatnonzero(chosen) + begin + 1, pl.Int32)
        return texts.with_columns(places), (np.flatnonzero(own & ~plain) + begin + 1).tolist()

    def read(self, place: int, faults: Faults) -> Line | None:
        """The line of the record that begins at a place, or None; whatever is wrong is a fault."""
        row, _ = self.record(place - 1)
        if not sound(row, self.header, faults):
            return None
        values = [*row.fields, ""]
        return read_line(row.line, self.columns, [values[index] or missing for index in self.order], faults)

    def sent(self, places: Collection[int]) -> dict[int, list[str]]:
        """The fields of some records as they were sent; all in the first one where they cannot be told apart."""
        found = {}
        for place in places:
            row, _ = self.record(place - 1)
            found[place] = [decoded(self.line(place - 1))[0]] if row.broken else row.fields
        return found


def wrong_file(start: bytes, faults: Faults) -> bool:
    """Whether the file that begins so is no UTF-8 text at all; it is a fault if so."""
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    if not start:
        faults.add(1, "1", "empty_file", f"The file is empty. Its first line names the columns: {KNOWN}.")
    elif wide or start.count(0) * 3 > len(start):
        faults.add(1, "1", "wrong_encoding", "The file is UTF-16 or UTF-32. Save it again as “CSV UTF-8”.")
    elif start.startswith(b"PK\x03\x04"):
        cure = "This is a workbook, not a CSV file. Save it again as “CSV UTF-8”, or send it as what it is: XLSX."
        faults.add(1, "1", "not_csv", cure)
    return faults.count > 0


KNOWN = ", ".join(COLUMNS)


def decoded(line: bytes) -> tuple[str, bool]:
    """The text of ``line``, and whether it holds bytes that are no text. Such a byte becomes a lone surrogate."""
    try:
        return line.decode(), b"\0" in line
    except UnicodeDecodeError:
        return line.decode(errors="surrogateescape"), True


def quoted_row(place: int, lines: Iterable[bytes]) -> tuple[Row, int]:
    """The record with quotation marks that begins ``lines``, and how many lines it takes."""
    texts: list[str] = []
    damages: list[bool] = []

    def taken() -> Iterator[str]:
        for line in lines:
            text, damaged = decoded(line)
            texts.append(text)
            damages.append(damaged)
            yield text + "\n"

    try:
        values = next(csv.reader(taken(), strict=True))
    except csv.Error:
        cure = "A quotation mark does not close where the field ends. Put one at each end, and double those inside."
        return Row(place, [], broken=(complete_fields(texts[0]), "unbalanced_quote", cure)), 1
    return Row(place, values, any(damages)), len(texts)


def complete_fields(text: str) -> int:
    """How many fields at the start of ``text`` end with a comma and have their quotation marks closed."""
    count, at = 0, 0
    while field := COMPLETE_FIELD.match(text, at):
        count, at = count + 1, field.end()
    return count


def read_header(row: Row, faults: Faults) -> list[str]:
    """The names of the columns, or nothing if the header is wrong."""
    names, known = row.fields, f"The columns are: {KNOWN}."
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
    for name in NEEDED:
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
