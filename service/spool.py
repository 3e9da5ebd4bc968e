"""What is too large to be held in memory stands in a file without a name, which is gone with whoever made it.

Nobody else can find such a file, and when a process is killed nothing is left of it. ``TMPDIR`` says where they stand.
"""

import contextlib
import io
import tempfile
from collections.abc import Iterator
from typing import IO

import polars as pl

IN_MEMORY_BYTES = 1 << 20  # what is smaller needs no room on a disk
PIECE_BYTES = 1 << 20


class Unnamed(tempfile.SpooledTemporaryFile):
    """A file without a name, closed when nobody has it any more."""

    def __init__(self) -> None:
        super().__init__(IN_MEMORY_BYTES)

    def __del__(self) -> None:
        # Where the disk is full, what is still to be written cannot be, and nobody wants it.
        with contextlib.suppress(OSError):
            self.close()


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """A file from its beginning, piece by piece."""
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece


class Parts:
    """Rows put aside part by part, to be gone through part by part as often as needed: one part is held at a time."""

    def __init__(self) -> None:
        self.file, self.places, self.height = Unnamed(), list[tuple[int, int]](), 0

    def add(self, part: pl.DataFrame) -> None:
        """Put a part behind the others."""
        out = io.BytesIO()
        part.write_ipc_stream(out, compat_level=pl.CompatLevel.newest())
        start = self.file.seek(0, io.SEEK_END)
        self.file.write(out.getbuffer())
        self.places.append((start, out.tell()))
        self.height += part.height

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """The parts in order."""
        for start, size in self.places:
            self.file.seek(start)
            yield pl.read_ipc_stream(io.BytesIO(self.file.read(size)))
