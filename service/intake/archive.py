"""What must be known of a workbook's archive before anything opens it: that it stays small when it is unpacked.

What an archive says of its own sizes is not believed: every part is unpacked once, piece by piece, and counted.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from service.intake.faults import Faults

MEBIBYTE = 1 << 20
MOST_PARTS = 200
MOST_UNPACKED_BYTES = 400 * MEBIBYTE
PIECE_BYTES, OVERLAP_BYTES = MEBIBYTE, 512
FEW_ROWS = 50_000
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
# Cells outside the columns A to Z and 600,000 rows; cells beyond 100,000 rows; cells that hold a formula or an error.
OUTSIDE = re.compile(rb"""["'](?:[A-Z]{2,3}[0-9]{1,7}|[A-Z](?:[0-9]{7}|[6-9][0-9]{5}))["']""")
FAR = re.compile(rb"""["'][A-Z][1-5][0-9]{5}["']""")
FORMULA = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]+)([0-9]+)["'][^>]*>\s*<(?:\w+:)?f[\s/>]""")
ERROR = re.compile(rb"""<(?:\w+:)?c\b(?=[^>]*?\bt=["']e["'])[^>]*?\br=["']([A-Z]+)([0-9]+)["']""")


def open_archive(file: IO[bytes], faults: Faults) -> zipfile.ZipFile | None:
    """The archive of a workbook, or None; what is wrong with it is a fault."""
    try:
        file.seek(0)
        if file.read(4) != b"PK\x03\x04":
            raise zipfile.BadZipFile
        archive = zipfile.ZipFile(file)
        archive.getinfo("xl/workbook.xml")
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError):
        cure = "This is not an XLSX workbook, or a password protects it. Save it again as “Excel workbook (.xlsx)”."
        faults.add(1, "1", "not_workbook", cure)
        return None
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        too_large(faults)
        return None
    return archive


def too_large(faults: Faults) -> None:
    """The fault of a workbook that is too large when it is unpacked."""
    cure = (
        f"The workbook is larger than {MOST_UNPACKED_BYTES // MEBIBYTE} MiB when unpacked. Send it as CSV or in parts."
    )
    faults.add(1, "1", "workbook_too_large", cure)


def pieces(file: IO[bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part of the archive, unpacked piece by piece, whatever size it claims. ValueError if it cannot be unpacked."""
    if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("encrypted, or packed in a way that workbooks are not")
    if part.compress_type == zipfile.ZIP_STORED:
        yield from packed(file, part)
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for taken in packed(file, part):
        piece = inflate.decompress(taken, PIECE_BYTES)
        # As long as there is more in what was taken, or in what is already half unpacked.
        while piece:
            yield piece
            piece = inflate.decompress(inflate.unconsumed_tail, PIECE_BYTES)


def packed(file: IO[bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part of the archive as it stands there, piece by piece; others may read the file in between."""
    file.seek(part.header_offset)
    head = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    at = part.header_offset + LOCAL_HEADER.size + head[9] + head[10]
    end = at + part.compress_size
    while at < end:
        file.seek(at)
        piece = file.read(min(end - at, PIECE_BYTES))
        if not piece:
            return
        at += len(piece)
        yield piece


def look_through(file: IO[bytes], archive: zipfile.ZipFile, faults: Faults) -> bool:
    """Whether the workbook may be opened: it is as small as it says, and its cells are values in a table of rows.

    Cells with formulas or errors are faults, each at its place: a stored result may be old, or nobody's.
    """
    try:
        for part in archive.infolist():
            look_at(pieces(file, part), part.file_size, faults)
            if faults.full or {fault.code for fault in faults.kept[:1]} == {"cells_outside"}:
                break
    except (ValueError, zlib.error, struct.error):
        faults.add(1, "1", "not_workbook", "The workbook is damaged. Save it again as “Excel workbook (.xlsx)”.")
    return not faults.count


def look_at(unpacked: Iterator[bytes], claimed: int, faults: Faults) -> None:
    """Look at one part of a workbook. ValueError if it is larger than it claims."""
    rows, far, before, size = 0, False, b"", 0
    for piece in unpacked:
        size += len(piece)
        if size > claimed:
            raise ValueError("larger than it says")
        text = before + piece
        if OUTSIDE.search(text):
            cure = "The workbook has cells far outside a table of lines. Delete the columns after Z and the rows below."
            faults.add(1, "1", "cells_outside", cure)
            return
        far = far or FAR.search(text) is not None
        rows += piece.count(b"row ")
        for code, sign, pattern, cure in CELLS:
            # Most pieces have no such cells, and that is soon seen.
            for cell in pattern.finditer(text) if sign.search(text) else ():
                if cell.end() > len(before):
                    column, row = cell[1].decode(), int(cell[2])
                    faults.add(row, column, code, cure.format(cell=f"{column}{row}"))
        if faults.full:
            return
        before = text[-OVERLAP_BYTES:]
    if far and rows < FEW_ROWS:
        cure = "The workbook has cells very far down and few rows. Delete the empty rows between."
        faults.add(1, "1", "cells_outside", cure)


CELLS = (
    (
        "formula",
        re.compile(rb"<(?:\w+:)?f[\s/>]"),
        FORMULA,
        "The cell {cell} holds a formula. Copy its column and paste it as values, then send the workbook again.",
    ),
    ("error_cell", re.compile(rb"""t=["']e["']"""), ERROR, "The cell {cell} shows an error. Write its value."),
)
