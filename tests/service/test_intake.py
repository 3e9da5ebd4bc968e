"""Reading CSV files and JSON lines: everything wrong is named with its place, and what is right is read exactly."""

import csv
import datetime
import io
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import Hours
from service.intake import MOST_LINES, Faults, Sent, check, read_json, read_rows, week_fault, weeks_taken
from service.intake.csv_file import CsvFile
from service.intake.faults import MOST_KEPT
from service.intake.lines import MOST_REMEMBERED, Column, Line
from tests.service.bad_files import BAD_FILES, GOOD, HEADER, file

WEEKS = weeks_taken(("mpi-health",), datetime.date(2024, 2, 29))
MEMBERS = {"M-000001": uuid.UUID(int=1), "M-000002": uuid.UUID(int=2)}
COLUMNS = "member,week_ending,basis,hours_worked,hours_guaranteed,days_worked,scale_rate,occupation,local,production"


def read_csv(data, faults):
    """The lines of a CSV file, checked by themselves only."""
    return [Line(*row) for part in read_rows(CsvFile(io.BytesIO(data), faults), faults) for row in part.rows()]


def read(data):
    """The lines of a file and its faults, in the order in which they are told."""
    faults = Faults()
    return checked(read_rows(CsvFile(io.BytesIO(data), faults), faults), faults), faults


def checked(parts, faults):
    """Lines, checked against each other and what is known."""
    sent, lines = Sent({"employer": "ACME", "report": "R", "agreement": "basic-2018"}, {}), []
    for part in parts:
        sent.add(part)
        lines += [Line(*row) for row in part.rows()]
    check(sent, MEMBERS, WEEKS, faults)
    faults.kept.sort(key=lambda fault: fault.line)
    return lines


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_at_its_place(name):
    data, line, column, code = BAD_FILES[name]
    _, faults = read(data)
    assert faults.count >= 1
    assert faults.kept[0][:3] == (line, column, code)
    assert faults.kept[0].message.endswith(".")


def test_there_are_enough_bad_files():
    assert len(BAD_FILES) >= 20
    assert len({code for *_, code in BAD_FILES.values()}) >= 25


@pytest.mark.parametrize(
    "data",
    [
        file(GOOD),
        file(GOOD).removesuffix(b"\n"),
        file(GOOD, "\n\n"),
        file(GOOD).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + file(GOOD),
        file('"M-000001","2021-07-31","40.00","Feature A"\n'),
        file(GOOD, header='"member","week_ending","hours_worked","production"\n'),
    ],
)
def test_good_files_are_read_alike(data):
    lines, faults = read(data)
    assert faults.kept == []
    week = datetime.date(2021, 7, 31)
    assert lines == [Line(2, "M-000001", week, "hourly", 4000, None, None, None, None, None, "Feature A")]


def test_every_column_is_read_in_any_order():
    names = COLUMNS.split(",")
    values = ["M-000001", "2021-07-31", "weekly", "52.5", "40", "5", "41.20", "3525", "80", "=HYPERLINK(1)"]
    expected = Line(
        2, "M-000001", datetime.date(2021, 7, 31), "weekly", 5250, 4000, 5, 4120, "3525", "80", "=HYPERLINK(1)"
    )
    for turn in range(len(names)):
        header, row = (",".join(part[turn:] + part[:turn]) for part in (names, values))
        lines, faults = read(f"{header}\n{row}\n".encode())
        assert faults.kept == []
        assert lines == [expected]


def test_a_quoted_field_may_hold_commas_quotes_and_line_ends():
    lines, faults = read(file('M-000001,2021-07-31,8,"A ""B"",\r\nC"\n', "M-000002,2021-07-31,x,\n"))
    assert lines[0].production == 'A "B",\nC'
    assert [fault[:3] for fault in faults.kept] == [(4, "hours_worked", "bad_hours")]


def test_an_open_quote_does_not_hide_the_lines_below_it():
    _, faults = read(file('M-000001,2021-07-31,8,"open\n', "M-000002,2021-07-31,x,\n", "M-000003,2021-07-31,8,\n"))
    places = [fault[:3] for fault in faults.kept]
    expected = [
        (2, "production", "unbalanced_quote"),
        (3, "hours_worked", "bad_hours"),
        (4, "member", "unknown_member"),
    ]
    assert places == expected


def test_everything_wrong_with_a_line_is_named():
    _, faults = read(file("M-9,2021-02-30,8,5,\n", "M-9,2021-02-30,x,\n"))
    assert [fault[:3] for fault in faults.kept] == [
        (2, "hours_worked", "decimal_comma"),
        (3, "week_ending", "impossible_date"),
        (3, "hours_worked", "bad_hours"),
        (3, "member", "unknown_member"),
    ]


def test_many_faults_are_counted_and_the_first_kept():
    _, faults = read(file("M-000001,2021-07-31,x,\n" * (MOST_KEPT + 50)))
    assert faults.count == MOST_KEPT
    assert [fault.line for fault in faults.kept] == list(range(2, 2 + MOST_KEPT))
    assert faults.ended_at == MOST_KEPT + 1


def test_lines_differ_by_any_of_what_identifies_them():
    rows = ["a,b,c", "a,b,d", "a,x,c", "x,b,c"]
    text = "".join(f"M-000001,2021-07-31,8,{row}\n" for row in rows)
    _, faults = read(file(text, header="member,week_ending,hours_worked,occupation,local,production\n"))
    assert faults.kept == []


def test_a_wrong_line_is_no_duplicate():
    _, faults = read(file(GOOD, GOOD.replace("40.00", "x"), GOOD))
    assert [fault[:3] for fault in faults.kept] == [(3, "hours_worked", "bad_hours"), (4, "member", "duplicate_line")]
    assert "line 2" in faults.kept[1].message


@pytest.mark.parametrize(
    ("day", "fits"),
    [("1990-01-20", False), ("1990-01-21", True), ("2025-02-28", True), ("2025-03-01", False), ("9999-12-31", False)],
)
def test_a_week_ends_where_a_plan_can_count_it_and_by_a_year_from_today(day, fits):
    assert (week_fault(datetime.date.fromisoformat(day), WEEKS) is None) == fits


def test_a_missing_header_and_a_split_number_are_said_with_their_cure():
    _, faults = read(file(GOOD, header=""))
    assert [fault.code for fault in faults.kept] == ["missing_header"]
    assert "member,week_ending,hours_worked" in faults.kept[0].message
    _, faults = read(file("M-000001,2021-07-31,8,40,5\n", header="member,week_ending,hours_worked,hours_guaranteed\n"))
    assert "Write 8.40 with a point" in faults.kept[0].message
    assert "from 1990-01-21 to" in week_fault(datetime.date(1985, 1, 5), WEEKS)


def cells():
    """Text as an office may write it into a cell, nasty characters included."""
    return st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.lists(st.lists(cells(), min_size=4, max_size=4), min_size=1, max_size=5))
def test_files_that_python_writes_are_taken_apart_as_python_does(rows):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    faults = Faults()
    lines = read_csv((HEADER + out.getvalue()).encode(), faults)
    assert not {"unbalanced_quote", "too_few_fields", "too_many_fields"} & {fault.code for fault in faults.kept}
    kept = [row[3].replace("\r\n", "\n") or None for row in rows]
    for line, text in zip(lines, kept, strict=True):
        assert line.production in (text, None)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_reader(data):
    for start in (b"", HEADER.encode()):
        faults = Faults()
        lines = read_csv(start + data, faults)
        assert faults.count or lines
        assert all(fault.line >= 1 and fault.column and fault.message for fault in faults.kept)


@given(st.lists(st.sampled_from(['"', ",", "\n", "\r", "a", "\0", "\xff", "8"]), max_size=60))
def test_no_arrangement_of_marks_breaks_the_reader(marks):
    faults = Faults()
    lines = read_csv((HEADER + "".join(marks)).encode("latin-1"), faults)
    assert faults.count or lines


def read_items(*items):
    """The lines of a JSON report and its faults."""
    faults = Faults()
    lines = checked(read_json(list(items), faults), faults)
    return lines, [fault[:3] for fault in faults.kept]


def test_json_lines_are_read_like_csv_lines():
    item = {"member": "M-000001", "week_ending": "2021-07-31", "hours_worked": "40.00", "production": "Feature A"}
    lines, faults = read_items(item)
    assert faults == []
    assert lines == [read(file(GOOD))[0][0]._replace(place=1)]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"hours_worked": 40}, ("hours_worked", "not_text")),
        ({"hours_worked": ["40"]}, ("hours_worked", "not_text")),
        ({"hours_worked": None}, ("hours_worked", "no_hours")),
        ({"member": {}}, ("member", "not_text")),
        ({"member": None}, ("member", "null")),
        ({"days_worked": "5"}, ("days_worked", "not_whole")),
        ({"days_worked": True}, ("days_worked", "not_whole")),
        ({"days_worked": 5.0}, ("days_worked", "not_whole")),
        ({"days_worked": 8}, ("days_worked", "out_of_range")),
        ({"basis": None}, ("basis", "null")),
        ({"basis": "daily"}, ("basis", "bad_choice")),
        ({"hours": "40.00"}, ("hours", "unknown_name")),
        ({"hours_worked": "10000.00"}, ("hours_worked", "too_large")),
        ({"hours_guaranteed": "123456"}, ("hours_guaranteed", "too_large")),
        ({"scale_rate": "1000000.00"}, ("scale_rate", "too_large")),
    ],
)
def test_a_bad_json_line_is_refused_at_its_place(change, place):
    good = {"member": "M-000001", "week_ending": "2021-07-31", "hours_worked": "40.00"}
    # Read twice: what is remembered of 1, 1.0 or True must not be taken for one another.
    for _ in range(2):
        _, faults = read_items({**good, "days_worked": 5}, {**good, "member": "M-000002", **change})
        assert faults == [(2, *place)]


def test_what_is_no_object_is_no_line():
    assert read_items(3, None, "x", [])[1] == [(place, "", "not_an_object") for place in range(1, 5)]


def test_a_json_report_has_a_longest_length():
    faults = Faults()
    assert list(read_json([None] * (MOST_LINES + 1), faults)) == []
    assert [fault.code for fault in faults.kept] == ["too_many_lines"]


def test_what_is_remembered_is_bounded():
    column = Column(Hours())
    for number in range(MOST_REMEMBERED + 5):
        assert column[str(number)] == number * 100
    assert len(column) <= MOST_REMEMBERED
