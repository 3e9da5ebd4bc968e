"""Reports as they were sent: their lines put aside part by part, and what must be known of all of them before one is
recorded."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from service.intake.lines import HEAD_COLUMNS
from service.spool import Parts

# What no two lines of one report (``number``) have in common.
IDENTITY = ("number", "member", "week_ending", "basis", "occupation", "local", "production")


class Head(NamedTuple):
    """Whose report it is, its name, and the agreement that the work was done under."""

    employer: str
    report: str
    agreement: str


class Sent:
    """Reports as they were sent. ``controls`` is what their sender counted, by where it was said.

    ``lines`` are told apart by ``number``, which of the ``reports`` a line belongs to, and ``line``, which line of it
    it is. Of all of them are known: the ``members`` (their numbers), how many there are by week, the sum of the hours
    worked, a hash of each one's identity, and of each report how many lines it has and the place of the first one.
    """

    def __init__(self, said: Mapping[str, str], controls: dict[str, int | None]) -> None:
        """``said`` is what is said of all of the lines; the rest of their heads stands in them."""
        self.said, self.controls, self.several = said, controls, len(said) < len(HEAD_COLUMNS)
        self.lines = Parts()
        self.members, self.weeks, self.hours = set[str](), Counter[Any](), 0
        self.hashes: list[pl.Series] = []
        self.numbers = {} if self.several else {Head(**said): 0}
        self.counts, self.firsts = Counter[int](), dict[int, int]()

    @property
    def reports(self) -> list[Head]:
        """The reports, in the order in which they begin."""
        return list(self.numbers)

    def add(self, part: pl.DataFrame) -> None:
        """Put lines behind the others."""
        if part.is_empty():
            return
        numbered = self.numbered(part)
        for number, count, place in numbered.group_by("number").agg(pl.len(), pl.col("place").min()).iter_rows():
            self.counts[number] += count
            self.firsts.setdefault(number, place)
        self.lines.add(numbered)
        self.members.update(part["member"].drop_nulls().unique())
        self.weeks.update(dict(part["week_ending"].value_counts().iter_rows()))
        self.hours += part["hours_worked"].cast(pl.Int64).sum()
        self.hashes.append(hashes(numbered))

    def numbered(self, part: pl.DataFrame) -> pl.DataFrame:
        """Lines with ``number`` and ``line``, which take the place of their heads."""
        said = (pl.lit(self.said[name]).alias(name) if name in self.said else name for name in HEAD_COLUMNS)
        whole = part.select("place", *said)
        heads = whole.select(HEAD_COLUMNS).unique(maintain_order=True)
        numbers = [self.numbers.setdefault(Head(*head), len(self.numbers)) for head in heads.iter_rows()]
        before = pl.Series("before", [self.counts[number] for number in numbers], pl.Int32)
        known = heads.with_columns(pl.Series("number", numbers, pl.Int32), before)
        own = whole.join(known, on=HEAD_COLUMNS, how="left", nulls_equal=True, maintain_order="left")
        count = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("number")
        return (
            part.drop(HEAD_COLUMNS, strict=False)
            .with_columns(own["number"], own["before"])
            .with_columns((count + pl.col("before")).alias("line"))
            .drop("before")
        )


def hashes(lines: pl.DataFrame) -> pl.Series:
    """A number for each line, the same for all that say of the same work; others seldom share it."""
    return lines.select(pl.struct(IDENTITY).hash()).to_series()
