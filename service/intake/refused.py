"""The rows of a file that were refused, as a CSV file for whoever has to put them right.

Cells that a spreadsheet would take for formulas begin with an apostrophe there.
"""

import csv
import io
from collections import defaultdict

from service.intake.faults import Fault, Faults
from service.intake.lines import JsonLines
from service.intake.reading import File

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADER = ("line", "column", "code", "message")


def refused_rows(file: File | JsonLines, faults: Faults) -> bytes:
    """Each bad row once: its line, what is wrong with it, and what was sent, under the file's own names."""
    by_line: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults.kept:
        by_line[fault.line].append(fault)
    sent = file.sent(by_line.keys()) if file.header else {}
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow([*HEADER, *map(harmless, file.header)])
    for line in sorted(by_line):
        said = [" | ".join(getattr(fault, name) for fault in by_line[line]) for name in HEADER[1:]]
        rows.writerow([line, *map(harmless, [*said, *sent.get(line, ())])])
    return out.getvalue().encode(errors="replace")


def harmless(cell: str) -> str:
    """The text of a cell that no spreadsheet takes for a formula, and no reader chokes on."""
    text = cell.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
