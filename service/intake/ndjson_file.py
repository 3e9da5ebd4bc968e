"""A file of JSON lines (application/x-ndjson): one object on each line, with the names of a JSON report's lines."""

import re
from collections.abc import Collection, Iterator
from typing import IO

import polars as pl

from service.intake.csv_file import decoded
from service.intake.faults import Faults
from service.intake.lines import HEAD_COLUMNS, HEADS, JSON_COLUMNS, LINE_COLUMNS, Line, read_item, too_many
from service.intake.text_file import LONGEST_LINE_BYTES, TextFile
from service.problems import Problem
from service.wire import strict_json

MOST_ORDERS = 8
NAMED = re.compile(r'"([a-z_]+)" *:')
# A value without escapes. What is needed is not null; the only whole number is that of the days.
PLAIN_TEXT = r'"([^"\\\x00-\x1f]*)"'
NEVER_NULL = ("member", "week_ending", "basis", *HEAD_COLUMNS)


class NdjsonFile:
    """A file's lines. The first line says which heads all of them have."""

    def __init__(self, file: IO[bytes], faults: Faults) -> None:
        self.text = TextFile(file, b"\r\n \t")
        self.header: list[str] = []
        self.total = 0
        if self.text.start == self.text.stop:
            faults.add(1, "", "empty_file", "The file is empty. Write one object on each line.")
        elif not too_many(self.text.feeds + 1, 1, faults):
            self.total = self.text.ends.size
            first = set(NAMED.findall(decoded(self.text.line(0))[0]))
            self.header = [*LINE_COLUMNS, *(name for name in HEAD_COLUMNS if name in first)]
        heads = [column for column, name in zip(HEADS, HEAD_COLUMNS, strict=True) if name in self.header]
        self.columns = [*JSON_COLUMNS, *heads]
        self.orders: dict[tuple[str, ...], str] = {}

    def blocks(self) -> Iterator[tuple[pl.DataFrame, list[int]]]:
        """The lines by blocks: those that are plain, and the places of the others."""
        for begin, end in self.text.blocks(0) if self.total else ():
            yield self.block(begin, [] if self.text.long(begin) else self.text.block(begin, end).split(b"\n"), end)

    def block(self, begin: int, lines: list[bytes], end: int) -> tuple[pl.DataFrame, list[int]]:
        """Some lines. Plain are those whose names stand in one of the orders seen first, no escapes in them."""
        short = [(place, line) for place, line in enumerate(lines, start=begin + 1) if len(line) <= LONGEST_LINE_BYTES]
        doubtful = sorted({*range(begin + 1, end + 1)} - {place for place, _ in short})
        texts = [decoded(line)[0].encode(errors="replace").decode() for _, line in short]
        rest = pl.DataFrame(
            {"place": [place for place, _ in short], "text": texts}, schema={"place": pl.Int32, "text": pl.String}
        )
        parts = [pl.DataFrame(schema={"place": pl.Int32, **dict.fromkeys(self.header, pl.String)})]
        tried = set[tuple[str, ...]]()
        for order, pattern in [*self.orders.items()]:
            rest = self.take(rest, order, pattern, parts)
            tried.add(order)
        while rest.height:
            order = tuple(NAMED.findall(rest["text"][0][:LONGEST_LINE_BYTES]))
            known = set(order) <= set(self.header) and len(set(order)) == len(order) > 0
            if len(self.orders) >= MOST_ORDERS:
                break
            before = rest.height
            if known and order not in tried:
                self.orders[order] = pattern_of(order)
                tried.add(order)
                rest = self.take(rest, order, self.orders[order], parts)
            if rest.height == before:
                doubtful.append(rest["place"][0])
                rest = rest.slice(1)
        doubtful += rest["place"].to_list()
        return pl.concat(parts).sort("place"), sorted(doubtful)

    def take(self, rest: pl.DataFrame, order: tuple[str, ...], pattern: str, parts: list[pl.DataFrame]) -> pl.DataFrame:
        """Take the lines that a pattern matches into ``parts``; the others are left."""
        found = rest.with_columns(
            pl.col("text").str.extract_groups(pattern).alias("values"), mine=pl.col("text").str.contains(pattern)
        )
        values = found.filter("mine").unnest("values")
        absent = [pl.lit(None, pl.String).alias(name) for name in self.header if name not in order]
        parts.append(values.with_columns(absent).select("place", *self.header))
        return found.filter(~pl.col("mine")).select("place", "text")

    def read(self, place: int, faults: Faults) -> Line | None:
        """The line at a place, or None; whatever is wrong is a fault."""
        line = self.text.line(place - 1)
        if not line.strip():
            faults.add(place, "", "blank_line", "This line is blank. Remove it.")
            return None
        if self.text.long(place - 1):
            cure = "This line is too long to be one week of one member. Look for a missing line end."
            faults.add(place, "", "too_long", cure)
            return None
        try:
            item = strict_json(line)
        except Problem as wrong:
            for each in wrong.errors:
                faults.add(place, each["pointer"].rpartition("/")[2], each["code"], each["message"])
            return None
        return read_item(place, item, self.header, self.columns, faults)

    def sent(self, places: Collection[int]) -> dict[int, list[str]]:
        """What stands on some lines, each as one value, for its names may be of any kind."""
        return {place: [decoded(self.text.line(place - 1))[0]] for place in places}


def pattern_of(order: tuple[str, ...]) -> str:
    """What a line matches that is an object of these names in this order, all of it in plain values."""
    pairs = [rf'"{name}" *: *{value_of(name)}' for name in order]
    return rf"^\{{ *{' *, *'.join(pairs)} *\}}\r?$"


def value_of(name: str) -> str:
    """What a plain value of a name matches."""
    text = f"(?P<{name}>[0-7])" if name == "days_worked" else PLAIN_TEXT.replace("(", f"(?P<{name}>", 1)
    return text if name in NEVER_NULL else f"(?:{text}|null)"
