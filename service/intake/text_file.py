"""The lines of a file of text: where each ends, found in one pass; what stands on them is read when it is asked for."""

import codecs
import io
from collections.abc import Iterator
from typing import IO

import numpy as np

from service.intake.lines import MOST_LINES, PART_LINES

LONGEST_LINE_BYTES = 20_000
PART_BYTES = 1 << 22
STEP_BYTES = 1 << 20
LINE_FEED = 10


class TextFile:
    """A file's lines, counted from 0, without a mark at its start and the ``blanks`` at its end.

    ``feeds`` is how many line feeds it has; where they are is only kept of as many lines as a report may have.
    """

    def __init__(self, file: IO[bytes], blanks: bytes) -> None:
        self.file = file
        self.start = len(codecs.BOM_UTF8) if self.between(0, len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
        self.stop = self.start + self.length(file.seek(0, io.SEEK_END), blanks)
        self.feeds, self.empty, kept = 0, True, list[np.ndarray]()
        for at in range(self.start, self.stop, STEP_BYTES):
            piece = self.between(at, min(at + STEP_BYTES, self.stop))
            found = np.flatnonzero(np.frombuffer(piece, np.uint8) == LINE_FEED)
            if self.feeds <= MOST_LINES:
                kept.append(found + at)
            self.feeds += found.size
            self.empty = self.empty and piece.isspace()
        self.ends = np.concatenate([*kept, [self.stop]])

    def length(self, stop: int, blanks: bytes) -> int:
        """How long the file is without what is blank at its end."""
        while stop > self.start:
            begin = max(self.start, stop - STEP_BYTES)
            if piece := self.between(begin, stop).rstrip(blanks):
                return begin + len(piece) - self.start
            stop = begin
        return 0

    def between(self, begin: int, end: int) -> bytes:
        """What stands between two places."""
        self.file.seek(begin)
        return self.file.read(end - begin)

    def begin(self, at: int) -> int:
        """The place where a line begins."""
        return int(self.ends[at - 1]) + 1 if at else self.start

    def long(self, at: int) -> bool:
        """Whether a line is too long to be looked at."""
        return int(self.ends[at]) - self.begin(at) > LONGEST_LINE_BYTES

    def line(self, at: int) -> bytes:
        """A line without its end; of one that is too long only how it begins."""
        begin = self.begin(at)
        return self.between(begin, min(int(self.ends[at]), begin + LONGEST_LINE_BYTES))

    def block(self, begin: int, end: int) -> bytes:
        """Some lines with what is between them."""
        return self.between(self.begin(begin), int(self.ends[end - 1]))

    def blocks(self, begin: int) -> Iterator[tuple[int, int]]:
        """The lines from one on, in blocks that are not too large to be held; one that is too long stands alone."""
        while begin < self.ends.size:
            fitting = int(np.searchsorted(self.ends, self.ends[begin] + PART_BYTES))
            end = begin + 1 if self.long(begin) else min(begin + PART_LINES, max(begin + 1, fitting), self.ends.size)
            yield begin, end
            begin = end
