"""Years of work from a file, or made up: who worked how much in which year, and the groups that people are in.

A file is CSV with the columns ``person``, ``year`` and ``hours`` (whole or with up to two decimal places) and a column
for each group. It is for counting what terms would have come to; nothing of it enters the ledger.
"""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rules import units
from rules.years import FIRST_YEAR, LAST_YEAR

HEAD = ("person", "year", "hours")
MOST_PEOPLE = 2_000_000


class WorkYearsError(ValueError):
    """A file of years of work that cannot be read; the message names line, column and cure."""


class WorkYears(NamedTuple):
    """``hours[m, y]`` are member *m*'s hundredths in the year ``first + y``; ``groups`` what each is in each year (a
    place in ``values``, -1 where there is no row). ``synthetic`` says that the people are made up."""

    people: list[str]
    first: int
    hours: npt.NDArray[np.int64]
    groups: dict[str, npt.NDArray[np.int64]]
    values: dict[str, list[str]]
    synthetic: bool = False

    @property
    def years(self) -> range:
        """The years there are."""
        return range(self.first, self.first + self.hours.shape[1])

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        """The first and the last day of all of them."""
        return datetime.date(self.first, 1, 1), datetime.date(self.years[-1], 12, 31)

    def mostly(self, group: str) -> npt.NDArray[np.int64]:
        """The value that each person has in most years; of several, the one that comes first among the values."""
        counts = np.stack([(self.groups[group] == place).sum(axis=1) for place in range(len(self.values[group]))])
        found: npt.NDArray[np.int64] = counts.argmax(axis=0)
        return found


def read(path: Path, groups: Sequence[str]) -> WorkYears:
    """Read a file. Raises :class:`WorkYearsError` naming the line and the cure."""
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as problem:
        raise WorkYearsError(f"{path}: this is not a CSV file: {str(problem).splitlines()[0]}") from None
    missing = [name for name in (*HEAD, *groups) if name not in table.columns]
    if missing:
        have = ", ".join(table.columns)
        raise WorkYearsError(f"{path}, line 1: there is no column {', '.join(missing)}; the columns are: {have}")
    if table.is_empty():
        raise WorkYearsError(f"{path}: there is nothing below the header")
    year = _column(path, table, "year", r"^[0-9]{4}$", "a year of four digits").cast(pl.Int64)
    outside = (~year.is_between(FIRST_YEAR, LAST_YEAR)).arg_true()
    if len(outside):
        wrong = f"{path}, line {int(outside[0]) + 2}, column year: {year[int(outside[0])]}"
        raise WorkYearsError(f"{wrong} is outside the years {FIRST_YEAR} to {LAST_YEAR} that are counted")
    text = _column(path, table, "hours", r"^[0-9]{1,6}(\.[0-9]{1,2})?$", "hours, such as 1200 or 1200.50")
    hours = np.array([units.hundredths(one) for one in text], np.int64)
    people = table["person"].unique(maintain_order=True).to_list()
    if None in people:
        raise WorkYearsError(f"{path}, line {table['person'].to_list().index(None) + 2}: the person is missing")
    first, last = int(year.min()), int(year.max())  # type: ignore[arg-type]
    rows = table["person"].replace_strict(people, list(range(len(people))), return_dtype=pl.Int64).to_numpy()
    columns = year.to_numpy() - first
    where = pl.DataFrame({"row": rows, "column": columns})
    if where.is_duplicated().any():
        line = int(where.is_duplicated().arg_true()[-1]) + 2
        raise WorkYearsError(f"{path}, line {line}: this person has this year already; write each year once")
    shape = (len(people), last - first + 1)
    found = np.zeros(shape, np.int64)
    found[rows, columns] = hours
    placed, values = {}, {}
    for group in groups:
        values[group] = sorted(table[group].fill_null("").unique().to_list())
        of = (
            table[group]
            .fill_null("")
            .replace_strict(values[group], list(range(len(values[group]))), return_dtype=pl.Int64)
        )
        placed[group] = np.full(shape, -1, np.int64)
        placed[group][rows, columns] = of.to_numpy()
    return WorkYears(people, first, found, placed, values)


def _column(path: Path, table: pl.DataFrame, name: str, pattern: str, wanted: str) -> pl.Series:
    column = table[name].fill_null("")
    wrong = (~column.str.contains(pattern)).arg_true()
    if len(wrong):
        line = int(wrong[0])
        raise WorkYearsError(f"{path}, line {line + 2}, column {name}: {column[line]!r} is not {wanted}")
    return column
