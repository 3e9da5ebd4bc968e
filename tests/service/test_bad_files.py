"""Bad files of every form over HTTP: refused in little memory, with the place, and nothing of them stays."""

import csv
import gc
import io

import pytest

from service import clock
from service.intake import XLSX
from service.intake.faults import MOST_KEPT
from service.refused import KEPT
from tests.service.bad_files import BAD_FILES, GOOD, HEADER, file
from tests.service.bad_workbooks import BAD_NDJSON, BAD_WORKBOOKS, changed, formula
from tests.service.foreign_files import LARGE, NDJSON
from tests.service.reports import line, post, state

FORMS = {"text/csv": BAD_FILES, XLSX: BAD_WORKBOOKS, NDJSON: BAD_NDJSON}
EVERY = [(form, name) for form, files in FORMS.items() for name in files]
# How long they take is what the quality line S7 measures.
MOST_GROWTH_KIB = 200 << 10
LONGEST = 240_000_000
# As large as a file may be. Nothing of it is held, but all of it has to be gone through.
LARGEST = {
    "240 MB in one line": ("text/csv", lambda: HEADER.encode() + b"x" * LONGEST),
    "240 MB below an open quotation mark": ("text/csv", lambda: file('"\n') + b"x" * LONGEST),
    "240 MB of line ends": ("text/csv", lambda: HEADER.encode() + b"\n" * LONGEST + b"x"),
    "240 MB of nothing": ("text/csv", lambda: b" " * LONGEST),
    "240 MB in one line of JSON": (NDJSON, lambda: b"[" * LONGEST),
    "240 MB of short lines": (NDJSON, lambda: b"{}\n" * (LONGEST // 3)),
    "240,000 lines twice": ("text/csv", lambda: file("".join(map(WORK.format, range(240_000))) * 2)),
}
WORK = "M-000001,2021-07-31,8,{}\n"


@pytest.fixture
def members(employer, member_factory, session):
    """Two enrolled members with the numbers of the bad files."""
    made = [member_factory(number="M-000001"), member_factory(number="M-000002")]
    session.commit()
    return made


def send(client, employer, form, data, **query):
    """Post a file; the answer."""
    head = {"employer": employer.code, "report": "R", "agreement": "basic-2018", **query}
    return client.post("/v1/remittances", data=data, content_type=form, query_string=head)


def status(name):
    """A figure of this process's memory, in KiB."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def growth(work):
    """What ``work`` answers, and by how much this process grew at most meanwhile, in KiB."""
    gc.collect()
    with open("/proc/self/clear_refs", "w") as mark:
        mark.write("5")  # the peak is counted from now on
    before = status("VmRSS")
    answer = work()
    return answer, status("VmHWM") - before


def test_there_are_enough():
    assert len(EVERY) + len(LARGE) >= 60
    assert len({files[name][3] for files in FORMS.values() for name in files}) >= 40


@pytest.mark.parametrize(("form", "name"), EVERY)
def test_a_bad_file_is_refused_at_its_place(form, name, administrator, employer, members, session):
    data, line_number, column, code = FORMS[form][name]
    post(administrator, employer, [line(members[0], week_ending="2021-07-24")], name="before")
    before = state(session)
    refused, grown = growth(lambda: send(administrator, employer, form, data))
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    first = refused.json["errors"][0]
    assert (first["line"], first["column"], first["code"]) == (line_number, column, code)
    assert first["message"].endswith(".")
    assert grown < MOST_GROWTH_KIB
    assert state(session) == before
    rows = administrator.get(refused.json["refused_rows"])
    assert rows.status_code == 200
    assert rows.text.startswith("line,column,code,message")
    assert code in rows.text


@pytest.mark.parametrize("name", [*LARGE, *LARGEST])
def test_a_bad_file_of_any_size_is_refused(name, administrator, employer, members, session):
    form, make = {**LARGE, **LARGEST}[name]
    data = make()
    before = state(session)
    refused, grown = growth(lambda: send(administrator, employer, form, data))
    assert refused.status_code == 422
    assert 0 < len(refused.json["errors"]) <= 100
    assert grown < MOST_GROWTH_KIB
    assert state(session) == before


def refused_rows(client, problem):
    """The file of bad rows that a problem names, as rows of cells."""
    answer = client.get(problem.json["refused_rows"])
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.text, newline="")))


def test_the_file_of_bad_rows_holds_each_once_with_what_is_wrong(administrator, employer, members):
    data = file(GOOD, "M-9,2021-02-30,x,\n", "M-000002,2021-07-31,8,=1+1\n", 'M-9,2021-07-31,8,"@a, ""b"""\n', '"x\n')
    rows = refused_rows(administrator, send(administrator, employer, "text/csv", data))
    assert rows[0] == ["line", "column", "code", "message", "member", "week_ending", "hours_worked", "production"]
    assert [row[:3] for row in rows[1:]] == [
        ["3", "week_ending | hours_worked | member", "impossible_date | bad_hours | unknown_member"],
        ["5", "member", "unknown_member"],
        ["6", "member", "unbalanced_quote"],
    ]
    assert rows[1][4:] == ["M-9", "2021-02-30", "x", ""]
    assert rows[2][4:] == ["M-9", "2021-07-31", "8", '\'@a, "b"']
    assert rows[3][4:] == ['"x']


def test_no_cell_of_the_file_of_bad_rows_is_a_formula(administrator, employer, members):
    starts = ["=1", "+1", "-1", "@x", '"\t=1"']
    data = file(*(f"M-{number},2021-07-31,8,{start}\n" for number, start in enumerate(starts)))
    rows = refused_rows(administrator, send(administrator, employer, "text/csv", data))
    assert [row[-1] for row in rows[1:]] == [f"'{start.strip(chr(34))}" for start in starts]
    workbook = changed(3, "=cmd") + b""
    assert send(administrator, employer, XLSX, workbook).status_code == 201
    rows = refused_rows(administrator, send(administrator, employer, XLSX, changed(2, formula(1))))
    assert rows[1][:3] == ["3", "C", "formula"]


def test_bad_rows_are_kept_for_their_sender_and_for_a_week(
    administrator, client_for, employer, members, session, monkeypatch
):
    refused = send(administrator, employer, "text/csv", file("x,y,z,\n"))
    again = send(administrator, employer, "text/csv", file("x,y,z,\n"))
    assert refused.json["refused_rows"] == again.json["refused_rows"]
    path = refused.json["refused_rows"]
    other = client_for("administrator")
    absent = other.get(path[:-12] + "000000000000")
    foreign = other.get(path)
    assert foreign.status_code == absent.status_code == 404
    assert {**foreign.json, "request_id": 0} == {**absent.json, "request_id": 0}
    assert administrator.get(path).status_code == 200
    week_later = clock.now() + KEPT
    monkeypatch.setattr("service.refused.clock.now", lambda: week_later)
    assert administrator.get(path).status_code == 404


def test_bad_lines_of_json_are_kept_as_rows_too(administrator, employer, members):
    refused = post(administrator, employer, [line(members[0]), line("M-9", "8,5"), 3])
    rows = refused_rows(administrator, refused)
    assert [row[0] for row in rows[1:]] == ["2", "3"]
    assert rows[1][4] == "M-9"
    assert rows[2][4] == "3"


def test_the_reading_ends_when_there_is_too_much_wrong(administrator, employer, members):
    refused = send(administrator, employer, "text/csv", file("M-000001,2021-07-31,x,\n" * (MOST_KEPT + 500)))
    assert f"up to line {MOST_KEPT + 1:,}".replace(",", "") in refused.json["detail"].replace(",", "")
    assert len(refused_rows(administrator, refused)) == MOST_KEPT + 1
