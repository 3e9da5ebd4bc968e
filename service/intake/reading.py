"""One way to read a report from a file of any form: plain rows many at once, all others one by one."""

from collections.abc import Callable, Collection, Iterator
from typing import IO, Literal, Protocol

import polars as pl

from service.intake.csv_file import CsvFile
from service.intake.faults import Faults
from service.intake.lines import Line, columns_of
from service.intake.ndjson_file import NdjsonFile
from service.intake.quick import quick
from service.intake.workbook import Workbook

# What is told of a report while it is taken: how many of its lines are read, checked or recorded, and how many it has.
Phase = Literal["read", "checked", "recorded"]
Told = Callable[[Phase, int, int], None]


class File(Protocol):
    """A file of rows. ``header`` names its columns (empty where it cannot be read), ``total`` is how many rows it has.

    ``blocks`` are the rows in order: columns of text with their places, and the places of those that are no plain text.
    ``read`` reads the row at a place by itself; ``sent`` is what stands at some places.
    """

    header: list[str]
    total: int

    def blocks(self) -> Iterator[tuple[pl.DataFrame, list[int]]]:
        """The rows in order, block by block."""

    def read(self, place: int, faults: Faults) -> Line | None:
        """One row by itself."""

    def sent(self, places: Collection[int]) -> dict[int, list[str]]:
        """Some rows as they were sent."""


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS: dict[str, Callable[[IO[bytes], Faults], File]] = {
    "text/csv": CsvFile,
    "application/x-ndjson": NdjsonFile,
    XLSX: Workbook,
}


def untold(phase: Phase, counted: int, total: int) -> None:
    """Tell nobody how far it is."""


def read_rows(file: File, faults: Faults, tell: Told = untold) -> Iterator[pl.DataFrame]:
    """The lines of a file part by part, in the order of their places, with those that are wrong as far as they can be
    read."""
    counted = found = 0
    for texts, doubtful in file.blocks():
        lines, unsure = quick(texts)
        by_one = []
        for place in sorted([*doubtful, *texts["place"].filter(unsure).to_list()]):
            line = file.read(place, faults)
            by_one += [line] if line else []
            if faults.full:
                faults.ended_at = place
                break
        part = pl.concat([lines, columns_of(by_one, file.header)]).sort("place") if by_one else lines
        found += part.height
        yield part
        if faults.full:
            break
        counted += texts.height + len(doubtful)
        tell("read", counted, file.total)
    if file.header and not found and not faults.count:
        cure = "The file has no lines. Add one for each week of each member."
        faults.add(1, file.header[0], "no_lines", cure)
