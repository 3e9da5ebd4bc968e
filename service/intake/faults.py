"""What is wrong with a report: every fault has its place, a code for programs and a cure for people."""

from collections.abc import Callable
from typing import Any, NamedTuple

import polars as pl

MOST_FAULTS = 100  # named in an answer
MOST_KEPT = 10_000  # kept for the file of refused rows; a reading ends when there are so many


class Fault(NamedTuple):
    """One thing wrong: where, what (for programs), and how to put it right (for people)."""

    line: int
    column: str
    code: str
    message: str


class Faults:
    """Everything wrong with a report, as far as it is kept. ``lines`` are those that could not be read."""

    def __init__(self) -> None:
        self.kept: list[Fault] = []
        self.lines = set[int]()
        self.count = 0
        self.ended_at: int | None = None  # the line after which nobody looked, because there were too many

    def add(self, line: int, column: str, code: str, message: str) -> None:
        """Count one more, and keep it while there is room."""
        self.count += 1
        self.lines.add(line)
        if not self.full:
            self.kept.append(Fault(line, column, code, message))

    def add_all(self, found: pl.DataFrame, column: str, code: str, cure: Callable[[Any], str]) -> None:
        """Count one for each row of ``found``: its place, and what ``cure`` makes the message of."""
        room = MOST_KEPT - len(self.kept)
        for place, value in found.head(room).iter_rows():
            self.add(place, column, code, cure(value))
        self.count += max(0, found.height - room)

    @property
    def full(self) -> bool:
        """Whether there is no room for more."""
        return len(self.kept) >= MOST_KEPT
