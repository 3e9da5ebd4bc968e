"""A workbook with a large sheet as several workbooks with a part of its rows each, because calamine unpacks a whole
sheet before it gives the first row. Everything else of the workbook stands in each of them.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO

from service.intake.archive import MEBIBYTE, pieces

LARGE_BYTES = 8 * MEBIBYTE
SLICE_ROWS = 8_192
ROWS_BEGIN = re.compile(rb"<(\w+:)?sheetData\s*>")
AFTER_NAME = frozenset(b" />\t\r\n")
NUMBERED = re.compile(rb"[^>]*\sr=[\"'][0-9]")


class Slices:
    """The one large sheet of a workbook, and what stands before and after its rows.

    ``rows`` is how many it has. ``None`` from :func:`slices_of` means that the workbook is read as a whole.
    """

    def __init__(self, file: IO[bytes], archive: zipfile.ZipFile, part: zipfile.ZipInfo, begin: re.Match[bytes]):
        self.file, self.archive, self.part = file, archive, part
        prefix = begin[1] or b""
        self.row = b"<" + prefix + b"row"
        self.head = begin.string[: begin.end()]
        self.tail = b"</" + prefix + b"sheetData></" + prefix + b"worksheet>"
        self.rows = sum(1 for text, _ in self.stretches() for _ in self.places(text))

    def stretches(self) -> Iterator[tuple[bytes, bool]]:
        """The sheet below its head, in pieces that break no tag, and whether a piece is the last."""
        kept, skipped = b"", len(self.head)
        for piece in pieces(self.file, self.part):
            text = kept + piece[skipped:]
            end, skipped = max(0, text.rfind(b"<")), 0
            yield text[:end], False
            kept = text[end:]
        yield kept, True

    def places(self, text: bytes) -> Iterator[int]:
        """Where rows begin in a piece."""
        at = text.find(self.row)
        while at >= 0:
            after = at + len(self.row)
            if after >= len(text) or text[after] in AFTER_NAME:
                yield at
            at = text.find(self.row, after)

    def workbooks(self) -> Iterator[IO[bytes]]:
        """The workbooks, with the rows in order."""
        taken, count = [self.head], 0
        for text, final in self.stretches():
            start = 0
            for at in self.places(text):
                if count == SLICE_ROWS:
                    yield self.workbook([*taken, text[start:at], self.tail])
                    taken, start, count = [self.head], at, 0
                count += 1
            taken.append(text[start:])
            if final:
                yield self.workbook(taken)

    def workbook(self, sheet: list[bytes]) -> IO[bytes]:
        """The workbook with these rows in the place of all."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as out:
            for part in self.archive.infolist():
                if part is self.part:
                    out.writestr(part.filename, b"".join(sheet))
                else:
                    out.writestr(part.filename, b"".join(pieces(self.file, part)))
        made.seek(0)
        return made


def slices_of(file: IO[bytes], archive: zipfile.ZipFile) -> Slices | None:
    """The large sheet of a workbook that has one, if its rows say their numbers; None for any other workbook."""
    large = [
        part
        for part in archive.infolist()
        if part.filename.startswith("xl/worksheets/") and part.file_size > LARGE_BYTES
    ]
    if len(large) != 1:
        return None
    start = next(pieces(file, large[0]), b"")
    begin = ROWS_BEGIN.search(start)
    if begin is None or not NUMBERED.match(start, begin.end()):
        return None
    return Slices(file, archive, large[0], begin)
