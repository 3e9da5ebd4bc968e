"""Workbooks and files of JSON lines that must be refused, each with the line, the column and the code of what is wrong.

``M-000001`` and ``M-000002`` are the numbers of enrolled members.
"""

import datetime
import json
import struct

from service.intake.archive import MOST_UNPACKED_BYTES
from tests.service.workbooks import Raw, formula, sheet, workbook

NAMES = ("member", "week_ending", "hours_worked", "production")
DAY = datetime.date(2021, 7, 31)
GOOD_ROW = ("M-000001", DAY, 40, "Feature A")
SECOND = ("M-000002", DAY, 40, "Feature A")


def book(*rows, names=NAMES):
    """A workbook of one sheet."""
    return workbook(sheet(names, *rows))


def changed(place, value):
    """A workbook with a good row and one in which one cell is another."""
    return book(GOOD_ROW, (*SECOND[:place], value, *SECOND[place + 1 :]))


def lying(size):
    """A workbook with a part that unpacks to ``size`` bytes and claims to have ten."""
    name = b"xl/media/a.bin"
    data = bytearray(workbook(sheet(NAMES, GOOD_ROW), more=[(name.decode(), b"\0" * size)]))
    at = data.find(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name:
        at = data.find(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", data, at + 24, 10)
    return bytes(data)


def encrypted():
    """A workbook whose parts say that they are encrypted."""
    data = bytearray(book(GOOD_ROW))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<H", data, at + 8, 1)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


FAR_CELL = '<row r="{row}"><c r="{at}"><v>1</v></c></row></sheetData>'


def with_cell(at, row):
    """A workbook with one good row and a cell somewhere else."""
    return workbook(sheet(NAMES, GOOD_ROW).replace("</sheetData>", FAR_CELL.format(at=at, row=row)))


BAD_WORKBOOKS = {
    "no workbook": (b"member,week_ending\n", 1, "1", "not_workbook"),
    "empty body": (b"", 1, "1", "not_workbook"),
    "old workbook or password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 1, "1", "not_workbook"),
    "an archive of something else": (
        workbook(sheet(NAMES, GOOD_ROW), without=["xl/workbook.xml"]),
        1,
        "1",
        "not_workbook",
    ),
    "cut off": (book(GOOD_ROW)[:-200], 1, "1", "not_workbook"),
    "no sheet in it": (
        workbook(sheet(NAMES, GOOD_ROW), without=["xl/worksheets/sheet1.xml"]),
        1,
        "1",
        "not_workbook",
    ),
    "encrypted parts": (encrypted(), 1, "1", "not_workbook"),
    "no XML": (workbook("this is no XML <<<"), 1, "1", "not_workbook"),
    "bomb that says so": (
        workbook(sheet(NAMES, GOOD_ROW), more=[("xl/media/a.bin", b"\0" * (MOST_UNPACKED_BYTES + 1))]),
        1,
        "1",
        "workbook_too_large",
    ),
    "bomb that lies": (lying(50 << 20), 1, "1", "not_workbook"),
    "many parts": (
        workbook(sheet(NAMES, GOOD_ROW), more=[(f"xl/media/{number}", b"") for number in range(300)]),
        1,
        "1",
        "workbook_too_large",
    ),
    "cell at the far end": (with_cell("XFD1048576", 1048576), 1, "1", "cells_outside"),
    "cell far to the right": (with_cell("AAA3", 3), 1, "1", "cells_outside"),
    "cell far below": (with_cell("A450000", 450000), 1, "1", "cells_outside"),
    "empty sheet": (workbook(sheet()), 1, "1", "empty_file"),
    "first row empty": (workbook(sheet(NAMES, GOOD_ROW, first=2)), 1, "1", "empty_file"),
    "header only, as workbook": (book(), 1, "member", "no_lines"),
    "no header, as workbook": (workbook(sheet(("M-000001", "2021-07-31", "40"))), 1, "1", "missing_header"),
    "header in capitals, as workbook": (book(GOOD_ROW, names=("Member", *NAMES[1:])), 1, "Member", "unknown_column"),
    "column twice, as workbook": (book(GOOD_ROW, names=(*NAMES[:3], "member")), 1, "member", "duplicate_column"),
    "column missing, as workbook": (
        book(("M-000001", 40), names=("member", "hours_worked")),
        1,
        "week_ending",
        "missing_column",
    ),
    "two sheets with headers, none of them first": (
        workbook(sheet(("Notes",)), sheet(NAMES, GOOD_ROW), sheet(NAMES, GOOD_ROW)),
        1,
        "1",
        "several_sheets",
    ),
    "formula": (changed(2, formula(40)), 3, "C", "formula"),
    "formula without result": (changed(2, Raw('<c r="{at}"><f>A1</f></c>')), 3, "C", "formula"),
    "shared formula": (changed(2, Raw('<c r="{at}" s="0"><f t="shared" si="0"/><v>4</v></c>')), 3, "C", "formula"),
    "error": (changed(2, Raw('<c r="{at}" t="e"><v>#REF!</v></c>')), 3, "C", "error_cell"),
    "hours of three decimals": (changed(2, 40.125), 3, "hours_worked", "too_many_decimals"),
    "hours that add up badly": (changed(2, 0.1 + 0.2), 3, "hours_worked", "too_many_decimals"),
    "hours as a length of time": (changed(2, Raw('<c r="{at}" s="2"><v>1.5</v></c>')), 3, "hours_worked", "bad_hours"),
    "hours true": (changed(2, True), 3, "hours_worked", "bad_hours"),
    "negative hours, as workbook": (changed(2, -8), 3, "hours_worked", "negative"),
    "hours missing": (changed(2, None), 3, "hours_worked", "no_hours"),
    "day as a bare number": (changed(1, 44408), 3, "week_ending", "bad_date"),
    "day with a time": (changed(1, Raw('<c r="{at}" s="1"><v>44408.25</v></c>')), 3, "week_ending", "bad_date"),
    "day as text of another form": (changed(1, "7/31/2021"), 3, "week_ending", "bad_date"),
    "member unknown, as workbook": (changed(0, "M-999999"), 3, "member", "unknown_member"),
    "member as a number": (changed(0, 2), 3, "member", "unknown_member"),
    "the same row again": (book(GOOD_ROW, SECOND, GOOD_ROW), 4, "member", "duplicate_line"),
    "blank row between": (book(GOOD_ROW, (), SECOND), 3, "member", "blank_line"),
    "more cells than columns": (book(GOOD_ROW, (*SECOND, "x")), 3, "5", "too_many_fields"),
    "long text": (changed(3, "x" * 201), 3, "production", "too_long"),
}


def line(**changes):
    """One line of JSON."""
    values = {"member": "M-000001", "week_ending": "2021-07-31", "hours_worked": "40.00", "production": "Feature A"}
    return json.dumps({**values, **changes}).encode() + b"\n"


def second(text):
    """A file with a good line and this one."""
    return line() + text + b"\n"


BAD_NDJSON = {
    "nothing": (b"", 1, "", "empty_file"),
    "blank lines only": (b"\n \n", 1, "", "empty_file"),
    "a blank line between": (line() + b"\n" + line(member="M-000002"), 2, "", "blank_line"),
    "no JSON": (second(b"member,week_ending"), 2, "", "bad_json"),
    "half a line": (second(b'{"member": "M-000002"'), 2, "", "bad_json"),
    "an array of lines": (b"[" + line().strip() + b"]", 1, "", "not_an_object"),
    "a number": (second(b"8"), 2, "", "not_an_object"),
    "a name twice": (second(b'{"member": "M-000002", "member": "M-000002"}'), 2, "member", "repeated"),
    "NaN": (second(b'{"member": "M-000002", "hours_worked": NaN}'), 2, "", "bad_json"),
    "hours as a bare number": (second(line(member="M-000002", hours_worked=40)), 2, "hours_worked", "not_text"),
    "days as text": (second(line(member="M-000002", days_worked="5")), 2, "days_worked", "not_whole"),
    "days as 5.0": (second(line(member="M-000002", days_worked=5.0)), 2, "days_worked", "not_whole"),
    "eight days": (second(line(member="M-000002", days_worked=8)), 2, "days_worked", "out_of_range"),
    "member null": (second(line(member=None)), 2, "member", "null"),
    "basis null": (second(line(member="M-000002", basis=None)), 2, "basis", "null"),
    "a name unknown": (second(line(member="M-000002", hours="8")), 2, "hours", "unknown_name"),
    "a list": (second(line(member="M-000002", production=["x"])), 2, "production", "not_text"),
    "nested deeply": (second(b'{"member": ' + b"[" * 5000 + b"]" * 5000 + b"}"), 2, "", "too_deep"),
    "not UTF-8": (second(b'{"member": "M-\xff"}'), 2, "", "bad_utf8"),
    "escaped control character": (
        second(line(member="M-000002", production="a\x07")),
        2,
        "production",
        "bad_character",
    ),
    "a line of JSON that is too long": (second(line(production="x" * 30_000)), 2, "", "too_long"),
    "the same line of JSON again": (line() + line(), 2, "member", "duplicate_line"),
    "UTF-16": (line().decode().encode("utf-16"), 1, "", "bad_utf8"),
}
