"""A workbook with a large sheet is read as several with some of its rows each, and says the same."""

import io
import re

import pytest

from service.intake import Faults, archive, read_rows, slices, workbook
from service.intake.workbook import Workbook
from tests.service.workbooks import Raw, sheet
from tests.service.workbooks import workbook as made

NAMES = ("member", "week_ending", "hours_worked", "local")
ROWS = [(f"M-{number:06d}", "2022-01-01", number % 60 + 0.5, "80" if number % 3 else None) for number in range(40)]
PLAIN = sheet(NAMES, *ROWS)
# What a workbook may have besides: rows that are blank, left out or wrong, no local for a while, another prefix.
GAPS = re.sub(r'<row r="(13|14|20)">.*?</row>', "", sheet(NAMES, *ROWS, (), ()))
WRONG = sheet(NAMES, *ROWS[:17], ("M-000001", "yesterday", -3, None), *ROWS[18:], (None, None, "8,5", None))
WIDE = sheet(NAMES, *ROWS[:30], (*ROWS[0], Raw('<c r="{at}"><v>7</v></c>')), *ROWS[31:])
UNNUMBERED = re.sub(r'<row r="[0-9]+">', "<row>", PLAIN)
PREFIXED = re.sub(r"<(/?)(worksheet|sheetData|row|c|v|is|t)\b", r"<\1x:\2", PLAIN).replace("xmlns=", "xmlns:x=")
NOTES = sheet(("Notes",), *[("nothing",)] * 3)


def read(book):
    """All that a workbook comes to: its lines, its faults, its count of rows, and what stands in its bad rows."""
    faults = Faults()
    file = Workbook(io.BytesIO(book), faults)
    lines = [row for part in read_rows(file, faults) for row in part.rows()]
    bad = sorted({fault.line for fault in faults.kept})
    return lines, sorted(faults.kept), file.total, file.sent(bad)


@pytest.mark.parametrize(
    "sheets",
    [(PLAIN,), (GAPS,), (WRONG,), (WIDE,), (UNNUMBERED,), (PREFIXED,), (NOTES, PLAIN), (PLAIN, NOTES)],
    ids=["plain", "gaps", "wrong", "wide", "unnumbered", "prefixed", "second", "first"],
)
@pytest.mark.parametrize("rows", [2, 7, 40, 41, 42])
def test_in_slices_a_workbook_says_the_same(sheets, rows, monkeypatch):
    book = made(*sheets)
    whole = read(book)
    monkeypatch.setattr(slices, "LARGE_BYTES", 2_000)  # the notes are smaller
    monkeypatch.setattr(archive, "PIECE_BYTES", 700)
    for module in (slices, workbook):
        monkeypatch.setattr(module, "SLICE_ROWS", rows)
    taken = []
    one = slices.Slices.workbook
    monkeypatch.setattr(slices.Slices, "workbook", lambda self, part: taken.append(part) or one(self, part))
    lines, faults, total, sent = read(book)
    assert (lines, faults, sent) == (whole[0], whole[1], whole[3])
    assert len(lines) + len(faults) > 35
    if sheets[0] is not UNNUMBERED:
        assert len(taken) > 1
        assert total == pytest.approx(whole[2], abs=3)  # rows left out are no rows that are there


def test_only_some_rows_of_a_large_workbook_are_unpacked_at_once(monkeypatch):
    monkeypatch.setattr(slices, "LARGE_BYTES", 2_000)
    monkeypatch.setattr(slices, "SLICE_ROWS", 5)
    heights = []
    one = slices.Slices.workbook

    def seen(self, part):
        heights.append(b"".join(part).count(b"<row "))
        return one(self, part)

    monkeypatch.setattr(slices.Slices, "workbook", seen)
    assert len(read(made(PLAIN))[0]) == 40
    assert max(heights) == 5
    assert len(heights) >= 9
