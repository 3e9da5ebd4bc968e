"""A workbook (XLSX): one table, in the first sheet or the only one that has a header, with the columns of a CSV file.

Cells become the text that CSV would have: numbers in digits, days as year-month-day. Formulas are refused.
"""

import contextlib
import datetime
import itertools
from collections.abc import Collection, Iterable, Iterator
from typing import IO, Any

import polars as pl
from marshmallow import missing
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from service.intake.archive import look_through, open_archive
from service.intake.csv_file import NEEDED, Row, read_header, sound
from service.intake.faults import Faults
from service.intake.lines import HEAD_COLUMNS, HEADS, LINE_COLUMNS, PART_LINES, TEXT_COLUMNS, Line, read_line, too_many
from service.intake.slices import SLICE_ROWS, Slices, slices_of

EXACT = 10**15


class Workbook:
    """A workbook's table."""

    def __init__(self, file: IO[bytes], faults: Faults) -> None:
        self.header: list[str] = []
        self.total = 0
        self.rows: dict[int, list[str]] = {}
        self.file = file
        self.slices: Slices | None = None
        self.sheet: CalamineSheet | None = None
        archive = open_archive(file, faults)
        if archive is not None and look_through(file, archive, faults):
            with damage_told(faults):
                self.slices = slices_of(file, archive)
                self.open(next(self.books()), faults)
        names = (*LINE_COLUMNS, *(name for name in HEAD_COLUMNS if name in self.header))
        self.order = [self.header.index(name) if name in self.header else -1 for name in names]
        heads = [column for column, name in zip(HEADS, HEAD_COLUMNS, strict=True) if name in self.header]
        self.columns = [*TEXT_COLUMNS, *heads]

    def books(self) -> Iterator[CalamineWorkbook]:
        """The workbook; one with a large sheet as several, each with some of its rows."""
        if self.slices is None:
            self.file.seek(0)
            yield CalamineWorkbook.from_filelike(self.file)
        else:
            yield from map(CalamineWorkbook.from_filelike, self.slices.workbooks())

    def places_and_rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows of the sheet, each with its place."""
        if self.sheet is None:
            return
        place = 0
        for place, row in enumerate(rows_of(self.sheet), start=1):
            yield place, row
        for book in itertools.islice(self.books(), 1, None) if self.slices else ():
            sheet = book.get_sheet_by_name(self.sheet.name)
            if sheet.start is None or sheet.start[0] < place:
                return  # another sheet is the large one
            yield from ((blank, []) for blank in range(place + 1, sheet.start[0] + 1))
            rows = sheet.to_python(skip_empty_area=True)
            for place, row in enumerate(texts_of(sheet, rows), start=sheet.start[0] + 1):
                yield place, row

    def open(self, book: CalamineWorkbook, faults: Faults) -> None:
        """Choose the sheet, and read its header."""
        sheets = (book.get_sheet_by_index(at) for at in range(len(book.sheet_names)))
        first = next(sheets, None)
        self.sheet = first
        if first is None or not has_header(first):
            others = [sheet for sheet in sheets if has_header(sheet)]
            if len(others) > 1:
                cure = (
                    f"Several sheets have a header: {', '.join(sheet.name for sheet in others)}. Put one of them first."
                )
                faults.add(1, "1", "several_sheets", cure)
                return
            self.sheet = others[0] if others else first
        names = next(rows_of(self.sheet), []) if self.sheet else []
        if not any(names):
            cure = "The first row is empty. Name the columns there: member, week_ending, hours_worked ..."
            faults.add(1, "1", "empty_file", cure)
            return
        while not names[-1]:
            names.pop()
        self.total = self.sheet.total_height if self.sheet else 0  # calamine counts from the row below the first
        if self.slices and self.total >= SLICE_ROWS - 1:
            self.total = self.slices.rows - 1
        if not too_many(self.total, 2, faults):
            self.header = read_header(Row(1, names), faults)

    def blocks(self) -> Iterator[tuple[pl.DataFrame, list[int]]]:
        """The rows below the header by blocks: those with the header's number of cells, and the places of the others.

        Blank rows at the end are no rows; those in between are in the way.
        """
        if not self.header:
            return
        width, blank = len(self.header), list[int]()
        texts: list[list[str]] = []
        places, doubtful = list[int](), list[int]()
        for place, row in self.places_and_rows():
            if place == 1:
                continue
            if not any(row):
                blank.append(place)
                continue
            doubtful += blank
            self.rows |= {between: [""] for between in blank}
            blank = []
            if any(row[width:]):
                self.rows[place] = row
                doubtful.append(place)
            else:
                places.append(place)
                texts.append((row + [""] * width)[:width])
            if len(places) + len(doubtful) >= PART_LINES:
                yield self.block(places, texts), doubtful
                texts, places, doubtful = [], [], []
                self.rows.clear()
        yield self.block(places, texts), doubtful

    def block(self, places: list[int], texts: list[list[str]]) -> pl.DataFrame:
        """Rows as columns of text; an empty cell says nothing."""
        self.rows |= dict(zip(places, texts, strict=True))
        columns = zip(*texts, strict=True) if texts else ([] for _ in self.header)
        made = {
            name: pl.Series(name, list(column), pl.String) for name, column in zip(self.header, columns, strict=True)
        }
        return pl.DataFrame({"place": pl.Series("place", places, pl.Int32), **made}).with_columns(
            pl.when(pl.col(name) != "").then(pl.col(name)) for name in self.header
        )

    def read(self, place: int, faults: Faults) -> Line | None:
        """The line at a place of the last block, or None; whatever is wrong is a fault."""
        row = Row(place, self.rows[place])
        if not sound(row, self.header, faults):
            return None
        values = [*row.fields, ""]
        return read_line(place, self.columns, [values[index] or missing for index in self.order], faults)

    def sent(self, places: Collection[int]) -> dict[int, list[str]]:
        """The cells in some rows."""
        width = len(self.header)
        return {place: row + [""] * (width - len(row)) for place, row in self.places_and_rows() if place in places}


@contextlib.contextmanager
def damage_told(faults: Faults) -> Iterator[None]:
    """A workbook that cannot be read is a fault, however its reader ends."""
    try:
        yield
    except BaseException as failure:
        # A reader that meets what it never expected "panics", which is no Exception in Python.
        if not isinstance(failure, CalamineError | ValueError) and type(failure).__name__ != "PanicException":
            raise
        cure = "The workbook cannot be read. Save it again as “Excel workbook (.xlsx)”."
        faults.add(1, "1", "not_workbook", cure)


def has_header(sheet: CalamineSheet) -> bool:
    """Whether the first row of a sheet names what a report needs."""
    names = next(rows_of(sheet), [])
    return {name.strip().lower().replace(" ", "_") for name in names} >= set(NEEDED[:2])


def rows_of(sheet: CalamineSheet) -> Iterator[list[str]]:
    """The rows of a sheet from its first one on, as texts."""
    return texts_of(sheet, sheet.iter_rows())


def texts_of(sheet: CalamineSheet, rows: Iterable[list[Any]]) -> Iterator[list[str]]:
    """Some rows of a sheet as texts, from its first column on."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    known: dict[float, str] = {}
    for row in rows:
        texts = left.copy()
        for value in row:
            if type(value) is str:
                texts.append(value)
            elif type(value) is float:
                text = known.get(value)
                if text is None:
                    text = known[value] = text_of(value)
                texts.append(text)
            else:
                texts.append(text_of(value))
        yield texts


def text_of(value: Any) -> str:
    """What a cell's value is as text: a number in digits, a day as year-month-day."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return str(value)
