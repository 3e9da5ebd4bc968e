"""The reports of many employers in one file: one remittance each, all or nothing."""

import json

import pytest
from sqlalchemy import select

from service.intake import XLSX
from service.models import Batch, Entry, Remittance
from tests.service.reports import codes, remarks, state
from tests.service.workbooks import sheet, workbook

NAMES = ("employer", "report", "agreement", "member", "week_ending", "hours_worked")
ROWS = [
    ("ACME", "W1", "basic-2018", "M-000001", "2021-07-31", "40.00"),
    ("APEX", "W1", "teamsters-399", "M-000001", "2021-07-31", "8.00"),
    ("ACME", "W1", "basic-2018", "M-000002", "2021-07-31", "170.00"),
    ("ACME", "W2", "basic-2018", "M-000001", "2021-08-07", "7.50"),
]


def csv_of(rows, names=NAMES):
    return "\n".join(",".join(row) for row in [names, *rows]).encode()


def ndjson_of(rows, names=NAMES):
    return "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows).encode()


def workbook_of(rows, names=NAMES):
    return workbook(sheet(names, *rows))


FORMS = {"text/csv": csv_of, "application/x-ndjson": ndjson_of, XLSX: workbook_of}


@pytest.fixture
def people(employer_factory, member_factory, session):
    """Two employers and two members."""
    made = [employer_factory(code="ACME"), employer_factory(code="APEX")]
    made += [member_factory(number="M-000001"), member_factory(number="M-000002")]
    session.commit()
    return made


def send(client, form, rows, names=NAMES, **query):
    return client.post("/v1/remittances", data=FORMS[form](rows, names), content_type=form, query_string=query)


@pytest.mark.parametrize("form", FORMS)
def test_each_report_is_a_remittance_of_its_own(form, administrator, people, session):
    answer = send(administrator, form, ROWS, control_lines="4", control_hours="225.50")
    assert answer.status_code == 201
    assert "Location" not in answer.headers
    receipt = answer.json
    assert (receipt["id"], receipt["position"], receipt["lines"], receipt["hours"]) == (None, 3, 4, "225.50")
    each = receipt["remittances"]
    heads = [(one["employer"], one["report"], one["agreement"], one["lines"], one["hours"]) for one in each]
    assert heads == [
        ("ACME", "W1", "basic-2018", 2, "210.00"),
        ("APEX", "W1", "teamsters-399", 1, "8.00"),
        ("ACME", "W2", "basic-2018", 1, "7.50"),
    ]
    assert [one["position"] for one in each] == [1, 2, 3]
    long = [problem for problem in each[0]["problems"] if problem["code"] == "more_than_a_week"]
    assert [problem["line"] for problem in long] == [2]
    assert receipt["contributions"].keys() == each[0]["contributions"].keys() | each[1]["contributions"].keys()
    assert state(session) == (3, 3, 3, 4, 0)
    entries = session.execute(select(Entry.employer, Entry.line, Entry.remittance_id).order_by(Entry.id)).all()
    ids = [one["id"] for one in each]
    assert [(code, number, ids.index(str(id))) for code, number, id in entries] == [
        ("ACME", 1, 0),
        ("APEX", 1, 1),
        ("ACME", 2, 0),
        ("ACME", 1, 2),
    ]
    for one in each:
        read = administrator.get(f"/v1/remittances/{one['id']}").json
        assert (read["position"], read["hours"], len(read["lines"])) == (one["position"], one["hours"], one["lines"])


@pytest.mark.parametrize("form", FORMS)
def test_one_bad_line_refuses_all_of_them(form, administrator, people, session):
    refused = send(administrator, form, [*ROWS, ("APEX", "W1", "basic-2018", "M-000009", "2021-07-31", "8")])
    assert codes(refused) == ["unknown_member"]
    assert state(session) == (0, 0, 0, 0, 0)


def test_what_a_file_says_is_not_said_twice_and_not_left_out(administrator, people, session):
    refused = send(administrator, "text/csv", ROWS, employer="ACME")
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [
        ("/query/employer", "said_twice")
    ]
    short = [row[:1] + row[3:] for row in ROWS]
    refused = send(administrator, "text/csv", short, ("employer", *NAMES[3:]), report="W1")
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [("/query/agreement", "required")]
    taken = send(administrator, "text/csv", short, ("employer", *NAMES[3:]), report="W1", agreement="basic-2018")
    assert [one["employer"] for one in taken.json["remittances"]] == ["ACME", "APEX"]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (("", "W1", "basic-2018"), "employer", "required"),
        (("ÉCLAIR", "W1", "basic-2018"), "employer", "bad_code"),
        (("NOBODY", "W1", "basic-2018"), "employer", "unknown_employer"),
        (("ACME", " ", "basic-2018"), "report", "blank"),
        (("ACME", "W1", ""), "agreement", "required"),
    ],
)
def test_a_head_that_is_wrong_is_named_at_its_line(row, column, code, administrator, people, session):
    rows = [ROWS[0], (*row, "M-000001", "2021-08-14", "8")]
    refused = send(administrator, "text/csv", rows)
    first = refused.json["errors"][0]
    assert (first["line"], first["column"], first["code"]) == (3, column, code)
    assert state(session)[0] == 0


def test_the_same_week_for_two_employers_is_no_repetition(administrator, people):
    rows = [ROWS[0], ("APEX", *ROWS[0][1:]), ROWS[0]]
    refused = send(administrator, "text/csv", rows)
    assert [(error["line"], error["code"]) for error in refused.json["errors"]] == [(4, "duplicate_line")]
    assert send(administrator, "text/csv", rows[:2]).status_code == 201


def test_an_employer_sends_its_own_alone(client_for, people, session):
    client = client_for("employer", employer=people[0])
    own = [row for row in ROWS if row[0] == "ACME"]
    assert send(client, "text/csv", own).status_code == 201
    foreign = send(client, "text/csv", ROWS)
    absent = send(client, "text/csv", [("NOBODY", *ROWS[0][1:])])
    assert foreign.status_code == absent.status_code == 404
    assert {**foreign.json, "request_id": 0} == {**absent.json, "request_id": 0}
    assert state(session)[0] == 2


def test_cover_that_several_reports_give_together_is_told_once(administrator, people):
    weeks = [f"2021-{month:02}-{day:02}" for month in (5, 6, 7, 8) for day in (1, 8, 15, 22, 28)]
    half = [
        ("ACME" if number % 2 else "APEX", "W1", "basic-2018", "M-000001", week, "40")
        for number, week in enumerate(weeks)
    ]
    receipt = send(administrator, "text/csv", half).json
    assert receipt["cover_changes"]["gained"] == 1
    assert [one["cover_changes"]["gained"] for one in receipt["remittances"]] == [1, 1]


def test_what_was_reported_before_is_remarked_at_its_report(administrator, people):
    send(administrator, "text/csv", ROWS)
    again = send(administrator, "text/csv", [("ACME", "W9", *ROWS[3][2:]), ROWS[0]])
    found = [
        [
            (problem["line"], problem["code"])
            for problem in one["problems"]
            if problem["code"] != "contributions_unknown"
        ]
        for one in again.json["remittances"]
    ]
    assert found == [[(1, "already_reported")], [(None, "report_repeated"), (1, "already_reported")]]
    assert remarks(again) == []


def test_a_dry_run_of_many_stores_nothing(administrator, people, session):
    dry = send(administrator, "text/csv", ROWS, dry_run="true")
    assert (dry.status_code, dry.json["dry_run"], len(dry.json["remittances"])) == (201, True, 3)
    assert state(session) == (0, 0, 0, 0, 0)
    assert session.scalars(select(Remittance.id)).all() == session.scalars(select(Batch.id)).all() == []


def test_control_totals_are_those_of_the_whole_file(administrator, people):
    refused = send(administrator, "text/csv", ROWS, control_lines="3", control_hours="225.49")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/query/control_lines", "/query/control_hours"]
