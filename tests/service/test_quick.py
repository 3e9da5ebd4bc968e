"""Reading many lines at once is only ever a short cut: what it takes, reading one by one takes, and reads alike."""

import csv
import datetime
import io
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import missing

from service.intake import Faults, read_rows, reading
from service.intake.csv_file import CsvFile
from service.intake.lines import COLUMNS, HEAD_COLUMNS, HEADS, LINE_COLUMNS, TEXT_COLUMNS, Line, columns_of, read_line
from service.intake.ndjson_file import NdjsonFile
from service.intake.quick import quick
from service.intake.workbook import Workbook
from tests.service.bad_files import BAD_FILES
from tests.service.bad_workbooks import BAD_NDJSON, BAD_WORKBOOKS
from tests.service.workbooks import sheet, workbook

ARABIC = "".join(chr(0x660 + int(digit)) if digit.isdigit() else digit for digit in "2021-07-31")
# What a cell may hold by design, and what resembles it.
NASTY = {
    "member": [
        "M-000001",
        "M-1",
        "0",
        " ",
        "\u3000",
        "\u00a0",
        "\u200b",
        "x" * 64,
        "x" * 65,
        "M\t1",
        "M\x7f",
        "M\x85",
        "é",
        "名",
    ],
    "week_ending": [
        *("2021-07-31", "0001-01-01", "0000-01-01", "9999-12-31", "2021-02-29", "2020-02-29", "2021-7-31"),
        *("2021-07-31 ", "+2021-07-31", "-001-01-01", "20210731", ARABIC, "2021-07-31T00:00", "1900-02-29"),
    ],
    "basis": ["hourly", "on_call", "weekly", "Hourly", "daily", "hourly "],
    "hours_worked": [
        *("40", "40.0", "40.00", "0", "00", "0000.00", "9999.99", "10000", "1e2", "1_0", ".5", "5.", "-1", "+1", "NaN"),
        *(
            "inf",
            ARABIC[-1],
            "4.005",
            "0x10",
            " 5",
            "5 ",
            "8,5",
            "1.1",
            "4.35",
            "1.15",
            "2.675",
            "9999.9",
            "0.29",
            "0.57",
        ),
    ],
    "hours_guaranteed": ["60", "60.00", "", "0.01", "x"],
    "days_worked": ["0", "5", "7", "8", "05", "5.0", "-1", ARABIC[-1], " 5", "1_0"],
    "scale_rate": ["41.20", "999999.99", "1000000", "0", "0.1", "$41", "41.2", "123456.78", "4.35"],
    "occupation": ["3525", "\x00", "a\tb", "a\\b", "\\N", "'", "x" * 200, "x" * 201, "\ufeffx", "\ue000"],
    "local": ["80", " ", "600 ", "\u2028"],
    "production": ["Feature A", "=1+1", "Émile", "🎬", "a\rb", "\x1f", "\u0085", "\u009f", "\u00a0x"],
    "employer": ["ACME", "acme-1", "-a", "É", "a b", "x" * 65, "A\n"],
    "report": ["2021-W30", " ", "x" * 65],
    "agreement": ["basic-2018", "_", "B.1"],
}


def cell(name):
    """Something that may stand in a column."""
    usual = st.sampled_from(NASTY[name][:2])
    return st.one_of(usual, usual, st.sampled_from(NASTY[name]), st.just(""), st.text(max_size=6))


def rows(names):
    return st.lists(st.tuples(*map(cell, names)), min_size=1, max_size=6)


def by_one(names, values, place, faults):
    """A row of texts, read by itself."""
    given = dict(zip(names, values, strict=True))
    wanted = (*LINE_COLUMNS, *(name for name in HEAD_COLUMNS if name in names))
    columns = [*TEXT_COLUMNS, *(column for column, name in zip(HEADS, HEAD_COLUMNS, strict=True) if name in names)]
    return read_line(place, columns, [given.get(name) or missing for name in wanted], faults)


@given(st.sampled_from([LINE_COLUMNS, COLUMNS]).flatmap(lambda names: st.tuples(st.just(names), rows(names))))
@settings(max_examples=400, deadline=None)
def test_what_is_taken_at_once_is_what_is_taken_by_one(case):
    names, values = case
    texts = pl.DataFrame(
        [[value or None for value in row] for row in values], schema=dict.fromkeys(names, pl.String), orient="row"
    ).with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
    lines, unsure = quick(texts)
    found = dict(zip(lines["place"], lines.rows(), strict=True))
    for place, (row, doubtful) in enumerate(zip(values, unsure, strict=True), start=1):
        assert (place in found) is not doubtful
        if not doubtful:
            faults = Faults()
            expected = by_one(names, row, place, faults)
            assert faults.kept == []
            assert Line(*found[place]) == Line(*expected[: len(found[place])])


def test_plain_rows_are_not_doubted():
    plain = {name: [values[0]] for name, values in NASTY.items()}
    texts = pl.DataFrame({**plain, "place": [1]})
    assert quick(texts)[1].to_list() == [False]


def both(make, data):
    """A file read in both ways: its lines, its faults, and how many lines were read one by one the usual way."""
    answers, asked = [], []
    real = reading.quick

    def doubting(texts):
        lines, _ = real(texts)
        return lines.clear(), pl.Series([True] * texts.height, dtype=pl.Boolean)

    def counting(texts):
        lines, unsure = real(texts)
        asked.append(int(unsure.sum()))
        return lines, unsure

    for way in (counting, doubting):
        faults = Faults()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "quick", way)
            rows = [row for part in read_rows(make(io.BytesIO(data), faults), faults) for row in part.rows()]
            answers.append((rows, faults.kept, faults.count))
    return answers, sum(asked)


def assert_alike(make, data):
    (usual, doubted), _ = both(make, data)
    assert usual == doubted


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_csv_files_are_read_alike(name):
    assert_alike(CsvFile, BAD_FILES[name][0])


@pytest.mark.parametrize("name", BAD_NDJSON)
def test_bad_files_of_json_lines_are_read_alike(name):
    assert_alike(NdjsonFile, BAD_NDJSON[name][0])


@pytest.mark.parametrize("name", BAD_WORKBOOKS)
def test_bad_workbooks_are_read_alike(name):
    assert_alike(Workbook, BAD_WORKBOOKS[name][0])


MARKS = [
    '"',
    '""',
    ",",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "é",
    "M-000001",
    "2021-07-31",
    "8",
    "40.00",
    " ",
    "\ufeff",
    '"a,b"',
    "x",
]
ROW = "M-000001,2021-07-31,8,x\n"


@given(st.lists(st.one_of(st.just(ROW), st.lists(st.sampled_from(MARKS), max_size=9).map("".join)), max_size=12))
@settings(max_examples=600, deadline=None)
def test_any_arrangement_of_csv_is_read_alike(parts):
    data = ("member,week_ending,hours_worked,production\n" + "".join(parts)).encode()
    assert_alike(CsvFile, data)
    assert_alike(CsvFile, data.replace("é".encode(), b"\xe9"))


@given(rows(COLUMNS), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_table_is_read_alike_from_csv(values, quoted, windows):
    out = io.StringIO(newline="")
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, quoting=style, lineterminator="\r\n" if windows else "\n").writerows([COLUMNS, *values])
    assert_alike(CsvFile, out.getvalue().encode(errors="replace"))


def json_cell(name):
    """A value as JSON may have it."""
    whole = st.integers(-1, 9) if name == "days_worked" else st.nothing()
    odd = st.sampled_from([None, 5, 5.0, True, [], "\\", '"', "a\u0001"])
    return st.one_of(cell(name), whole, whole, odd) if name == "days_worked" else st.one_of(cell(name), cell(name), odd)


@given(
    st.lists(
        st.tuples(
            st.permutations(COLUMNS).flatmap(lambda names: st.integers(2, len(names)).map(lambda count: names[:count])),
            st.fixed_dictionaries({name: json_cell(name) for name in COLUMNS}),
            st.sampled_from([(",", ":"), (", ", ": ")]),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_json_lines_are_read_alike(given_lines):
    lines = [
        json.dumps({name: values[name] for name in names}, separators=marks, ensure_ascii=plain)
        for names, values, marks, plain in given_lines
    ]
    assert_alike(NdjsonFile, "\n".join(lines).encode(errors="surrogatepass"))


@given(
    st.lists(
        st.sampled_from(['{"member":', '"M-1"', ",", "}", "{", '"', "\\", "null", "8", ":", '"local"', "\n", " "]),
        max_size=30,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_arrangement_of_json_marks_is_read_alike(marks):
    assert_alike(NdjsonFile, "".join(marks).encode())


def test_the_usual_forms_are_read_at_once():
    names = ["member", "week_ending", "hours_worked", "days_worked", "production"]
    values = [["M-000001", f"2021-07-{day:02}", "8.50", "5", "Feature É"] for day in range(1, 28)]
    csv_rows = "\n".join(",".join(row) for row in [names, *values])
    quoted = "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in [names, *values])
    for text in (csv_rows, csv_rows.replace("\n", "\r\n"), quoted):
        (usual, doubted), by_one_count = both(CsvFile, text.encode())
        assert by_one_count == 0
        assert usual == doubted
        assert len(usual[0]) == len(values)
    objects = [{**dict(zip(names, row, strict=True)), "days_worked": 5, "local": None} for row in values]
    for marks in ((",", ":"), (", ", ": ")):
        text = "\n".join(json.dumps(one, separators=marks, ensure_ascii=False) for one in objects)
        file = NdjsonFile(io.BytesIO(text.encode()), Faults())
        assert [doubtful for _, doubtful in file.blocks()] == [[]]
        assert_alike(NdjsonFile, text.encode())


def test_a_workbook_says_what_csv_says():
    names = ("member", "week_ending", "hours_worked", "days_worked", "scale_rate", "occupation", "production")
    day = datetime.date(2021, 7, 31)
    book = workbook(
        sheet(
            names,
            ("M-000001", day, 52.5, 5, 41.2, 3525, "Feature A"),
            ("M-000002", "2021-07-31", "40.00", None, None, "0080", 'A "B", C'),
            (),
        )
    )
    csv_rows = (
        ",".join(names)
        + "\nM-000001,2021-07-31,52.5,5,41.2,3525,Feature A"
        + '\nM-000002,2021-07-31,40.00,,,0080,"A ""B"", C"'
    )
    faults = Faults()
    from_book = pl.concat(read_rows(Workbook(io.BytesIO(book), faults), faults))
    assert faults.kept == []
    assert from_book.equals(pl.concat(read_rows(CsvFile(io.BytesIO(csv_rows.encode()), faults), faults)))


def test_a_workbooks_table_may_stand_in_its_only_sheet_with_a_header():
    names, row = ("member", "week_ending", "hours_worked"), ("M-000001", "2021-07-31", "8")
    for book in (workbook(sheet(("Notes",)), sheet(names, row)), workbook(sheet(names, row), sheet(names, row, row))):
        faults = Faults()
        assert [part.height for part in read_rows(Workbook(io.BytesIO(book), faults), faults)] == [1]
        assert faults.kept == []


def test_no_lines_are_no_columns_but_the_same_kinds():
    assert columns_of([], HEAD_COLUMNS).columns == ["place", *(name for name in Line._fields[1:])]
