"""Remittance reports over HTTP: taken whole or not at all, once, and shown as they stand."""

import datetime
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from service.cursors import cursor_of
from service.models import Batch, Employer, Entry, LedgerHead
from tests.service.bad_files import BAD_FILES, GOOD, file
from tests.service.reports import WEEK, codes, correct, line, post, post_csv, remarks, report, state

FULL = {
    "basis": "weekly",
    "hours_worked": "52.50",
    "hours_guaranteed": "60.00",
    "days_worked": 5,
    "scale_rate": "41.20",
    "occupation": "3525",
    "local": "80",
    "production": "Feature A",
}


@pytest.fixture
def members(employer, member_factory, session):
    """Two enrolled members with the numbers of the bad files."""
    made = [member_factory(number="M-000001"), member_factory(number="M-000002")]
    session.commit()
    return made


def test_a_report_is_recorded_and_its_receipt_adds_up(administrator, employer, members, session):
    answer = post(administrator, employer, [line(members[0], "52.5"), line(members[1], **FULL)])
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/remittances/{answer.json['id']}"
    assert {**answer.json, "id": 0, "cover_changes": 0, "problems": remarks(answer)} == {
        "id": 0,
        "position": 1,
        "lines": 2,
        "hours": "105.00",
        "credited_hours": "112.50",
        "contributions": {
            "active-health": None,
            "pension": "203.23",
            "retiree-health": "33.75",
            "individual-account": "148.32",
        },
        "cover_changes": 0,
        "problems": [],
    }
    assert answer.json["cover_changes"].keys() == {"gained", "lost", "members"}
    assert state(session) == (1, 1, 1, 2, 0)
    batch = session.scalars(select(Batch)).one()
    assert (batch.kind, batch.position, batch.reason) == ("remittance", 1, None)


def test_a_report_is_read_back_as_it_was_sent(administrator, employer, members):
    posted = post(administrator, employer, [line(members[0]), line(members[1], **FULL)])
    read = administrator.get(posted.headers["Location"]).json
    assert {name: read[name] for name in ("employer", "report", "agreement", "position", "known_at", "next")} == {
        "employer": employer.code,
        "report": "2021-W30",
        "agreement": "basic-2018",
        "position": 1,
        "known_at": 1,
        "next": None,
    }
    assert (read["hours"], read["credited_hours"]) == ("92.50", "100.00")
    first, second = read["lines"]
    assert (first["line"], first["state"], first["basis"], first["imputation"]) == (1, "posted", "hourly", "worked")
    assert second.items() >= {**FULL, "member": "M-000002", "week_ending": WEEK, "state": "posted"}.items()
    assert (second["credited"], second["imputation"]) == ("60.00", "guarantee 60.00")


def test_csv_and_json_say_the_same(administrator, employer, members):
    names = ["member", "week_ending", *FULL]
    values = ["M-000002", WEEK, *map(str, FULL.values())]
    sent = post_csv(administrator, employer, f"{','.join(names)}\n{','.join(values)}\n".encode())
    assert sent.status_code == 201
    as_json = post(administrator, employer, [line(members[1], **FULL)], name="again")
    pages = [administrator.get(answer.headers["Location"]).json["lines"] for answer in (sent, as_json)]
    kept = [{name: value for name, value in page[0].items() if name not in ("entry", "position")} for page in pages]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_and_nothing_is_stored(name, administrator, employer, members, session):
    data, line_number, column, code = BAD_FILES[name]
    post(administrator, employer, [line(members[0], week_ending="2021-07-24")], name="before")
    before = state(session)
    refused = post_csv(administrator, employer, data)
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    first = refused.json["errors"][0]
    assert (first["line"], first["column"], first["code"]) == (line_number, column, code)
    assert first["message"]
    assert state(session) == before
    assert before[0] == 1


def test_every_bad_line_is_named_and_the_number_of_all_is_told(administrator, employer, members):
    refused = post_csv(administrator, employer, file("M-000001,2021-07-31,x,\n" * 250))
    assert [error["line"] for error in refused.json["errors"]] == list(range(2, 102))
    assert "250 things are wrong" in refused.json["detail"]
    assert "100" in refused.json["detail"]


def test_bad_json_lines_have_pointers_and_lines(administrator, employer, members, session):
    lines = [line(members[0]), line("M-9", "8,5"), 3, {**line(members[1]), "a/b~c": 1}]
    refused = post(administrator, employer, lines)
    places = [(error["pointer"], error["line"], error["code"]) for error in refused.json["errors"]]
    assert places == [
        ("/lines/1/hours_worked", 2, "decimal_comma"),
        ("/lines/1/member", 2, "unknown_member"),
        ("/lines/2", 3, "not_an_object"),
        ("/lines/3/a~1b~0c", 4, "unknown_name"),
    ]
    assert state(session) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ([], [("/lines", "no_lines"), ("", "not_an_object")]),
        ({}, [("/lines", "no_lines"), ("/employer", "required"), ("/report", "required"), ("/agreement", "required")]),
        (
            {"employer": "É", "report": " ", "agreement": 1, "lines": []},
            [("/lines", "no_lines"), ("/employer", "bad_code"), ("/report", "blank"), ("/agreement", "not_text")],
        ),
        ({"employer": "E", "report": "R", "agreement": "A", "lines": {}}, [("/lines", "no_lines")]),
        (
            {"employer": "E", "report": "R", "agreement": "A", "lines": [1], "x": 1},
            [("/x", "unknown_name"), ("/lines/0", "not_an_object")],
        ),
        (
            {"employer": "E", "report": "R", "agreement": "A", "lines": [1], "control": {"lines": "1"}},
            [("/control/lines", "not_whole"), ("/lines/0", "not_an_object")],
        ),
    ],
)
def test_what_stands_around_the_lines_is_checked_too(administrator, body, places):
    refused = administrator.post("/v1/remittances", json=body)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == places


def test_a_csv_file_needs_its_head_in_the_address_and_json_does_not_take_it(administrator, employer, members):
    refused = administrator.post("/v1/remittances", data=file("x\n"), content_type="text/csv")
    assert [error.get("pointer") for error in refused.json["errors"]] == [
        "/query/employer",
        "/query/report",
        "/query/agreement",
        None,
    ]
    refused = post(administrator, employer, [line(members[0])], query={"employer": employer.code})
    assert [error["pointer"] for error in refused.json["errors"]] == ["/query/employer"]
    assert post(administrator, employer, [line(members[0])], query={"dryrun": "true"}).status_code == 422


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/vnd.ms-excel", ""])
def test_other_kinds_of_body_are_not_taken(administrator, media_type):
    assert administrator.post("/v1/remittances", data=b"x", content_type=media_type).status_code == 415


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"lines": [], "lines": []}', b'{"a": NaN}'])
def test_what_is_not_json_is_refused(administrator, body):
    refused = administrator.post("/v1/remittances", data=body, content_type="application/json")
    assert refused.status_code in (400, 422)
    assert refused.json["errors"]


@pytest.mark.parametrize(
    ("control", "pointer", "figures"),
    [
        ({"lines": 3}, "/control/lines", ("3", "2")),
        ({"hours": "92.51"}, "/control/hours", ("92.51", "92.50")),
    ],
)
def test_control_totals_that_do_not_hold_refuse_the_report(
    administrator, employer, members, session, control, pointer, figures
):
    lines = [line(members[0]), line(members[1], **FULL)]
    refused = post(administrator, employer, lines, control=control)
    (error,) = refused.json["errors"]
    assert (error["pointer"], error["code"]) == (pointer, "control_mismatch")
    assert all(figure in error["message"] for figure in figures)
    assert state(session)[0] == 0
    assert post(administrator, employer, lines, control={"lines": 2, "hours": "92.5"}).status_code == 201


def test_control_totals_of_a_file_stand_in_the_address(administrator, employer, members):
    refused = post_csv(administrator, employer, file(GOOD), query={"control_lines": "2", "control_hours": "40"})
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [
        ("/query/control_lines", "control_mismatch")
    ]
    sent = post_csv(administrator, employer, file(GOOD), query={"control_lines": "1", "control_hours": "40"})
    assert sent.status_code == 201


def test_a_dry_run_answers_the_same_and_stores_nothing(administrator, employer, members, session):
    lines = [line(members[0], "170.00"), line(members[1], **FULL)]
    dry = post(administrator, employer, lines, query={"dry_run": "true"})
    assert dry.status_code == 201
    assert dry.json["dry_run"] is True
    assert state(session) == (0, 0, 0, 0, 0)
    assert "Location" not in dry.headers
    posted = post(administrator, employer, lines, query={"dry_run": "false"})
    assert {name: posted.json[name] for name in posted.json if name != "id"} == {
        name: dry.json[name] for name in dry.json if name not in ("id", "dry_run")
    }


def test_a_dry_run_refuses_what_would_be_refused(administrator, employer, members):
    lines = [line(members[0], "NaN")]
    refusals = [post(administrator, employer, lines, query=query).json for query in ({}, {"dry_run": "true"})]
    assert refusals[0]["errors"] == refusals[1]["errors"]


def test_more_hours_than_a_week_has_are_remarked_and_taken(administrator, employer, members):
    answer = post(administrator, employer, [line(members[0], "168.00"), line(members[1], "168.01")])
    assert [(problem["line"], problem["code"]) for problem in remarks(answer)] == [(2, "more_than_a_week")]


def test_what_was_reported_before_is_remarked_and_taken(administrator, employer, members):
    post(administrator, employer, [line(members[1], "9.00"), line(members[0])], name="first")
    again = post(administrator, employer, [line(members[0]), line(members[1], "8.00")], name="second")
    (problem,) = remarks(again)
    assert (problem["line"], problem["code"]) == (1, "already_reported")
    assert "Line 2" in problem["message"]
    assert '"first"' in problem["message"]


def test_what_was_taken_back_or_said_by_another_employer_is_no_repetition(
    administrator, employer, employer_factory, members, session
):
    other = employer_factory()
    session.commit()
    posted = post(administrator, employer, [line(members[0])])
    assert remarks(post(administrator, other, [line(members[0])])) == []
    correct(administrator, posted.json["id"], {"line": 1, "void": True})
    assert remarks(post(administrator, employer, [line(members[0])], name="other")) == []


def test_a_report_of_the_same_name_is_remarked_and_taken(administrator, employer, members):
    post(administrator, employer, [line(members[0])])
    again = post(administrator, employer, [line(members[1])])
    (problem,) = remarks(again)
    assert (problem["line"], problem["code"]) == (None, "report_repeated")
    assert "position 1" in problem["message"]


def test_remarks_are_counted_and_the_first_told(administrator, employer, members):
    weeks = [datetime.date(2015, 1, 3) + datetime.timedelta(weeks=number) for number in range(130)]
    lines = [line(members[0], "200.00", week_ending=week.isoformat()) for week in weeks]
    posted = post(administrator, employer, lines)
    problems = posted.json["problems"]
    assert len(problems) == 101
    assert f"{30 + 100 - len(remarks(posted)[:-1])} more" in problems[-1]["message"]


def test_formulas_are_kept_as_they_were_sent(administrator, employer, members):
    posted = post_csv(administrator, employer, file("M-000001,2021-07-31,8,\"=cmd|' /C calc'!A0\"\n"))
    assert administrator.get(posted.headers["Location"]).json["lines"][0]["production"] == "=cmd|' /C calc'!A0"


def test_an_employer_posts_and_reads_its_own_reports_alone(
    client_for, administrator, employer_client, employer, employer_factory, members, session
):
    other = employer_factory()
    session.commit()
    own = post(employer_client, employer, [line(members[0])])
    foreign = post(administrator, other, [line(members[0])])
    assert own.status_code == 201
    assert employer_client.get(own.headers["Location"]).status_code == 200
    absent = post(employer_client, Employer(code="NOBODY"), [line(members[0])])
    not_own = post(employer_client, other, [line(members[0], "bad")])
    assert absent.status_code == not_own.status_code == 404
    assert {**absent.json, "request_id": 0} == {**not_own.json, "request_id": 0}
    assert post(administrator, Employer(code="NOBODY"), [line(members[0])]).json["type"] == absent.json["type"]
    gone = employer_client.get("/v1/remittances/7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11")
    read = employer_client.get(foreign.headers["Location"])
    assert read.status_code == gone.status_code == 404
    assert {**read.json, "request_id": 0} == {**gone.json, "request_id": 0}
    assert client_for("auditor").get(foreign.headers["Location"]).status_code == 200


@pytest.mark.parametrize("role", ["auditor", "negotiator", "member"])
def test_other_roles_do_not_post(role, client_for, employer, members):
    client = client_for(role, member=members[0] if role == "member" else None)
    assert post(client, employer, [line(members[0])]).status_code == 403
    expected = 404 if role == "auditor" else 403
    assert client.get("/v1/remittances/7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11").status_code == expected


def test_a_long_report_is_read_in_parts_of_one_state(administrator, employer, members):
    weeks = [datetime.date(2015, 1, 3) + datetime.timedelta(weeks=number) for number in range(25)]
    posted = post(administrator, employer, [line(members[0], week_ending=week.isoformat()) for week in weeks])
    first = administrator.get(posted.headers["Location"], query_string={"limit": 10})
    correct(administrator, posted.json["id"], {"line": 25, "void": True})
    seen, answer = first.json["lines"], first
    while answer.json["next"]:
        assert f"cursor={answer.json['next']}".replace("=", "%3D")[7:] in answer.headers["Link"].replace("=", "%3D")
        answer = administrator.get(
            posted.headers["Location"], query_string={"limit": 10, "cursor": answer.json["next"]}
        )
        assert answer.json["known_at"] == 1
        seen += answer.json["lines"]
    assert [each["line"] for each in seen] == list(range(1, 26))
    assert {each["state"] for each in seen} == {"posted"}
    assert answer.json["hours"] == "1000.00"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "WzFd", "bnVsbA==", "WyJ4Iiwib25lIl0="])
def test_foreign_cursors_are_refused(administrator, employer, members, cursor):
    posted = post(administrator, employer, [line(members[0])])
    refused = administrator.get(posted.headers["Location"], query_string={"cursor": cursor})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"].startswith("/query/")


def test_a_report_is_unknown_before_its_position(administrator, employer, members):
    posted = post(administrator, employer, [line(members[0])])
    assert administrator.get(posted.headers["Location"], query_string={"known_at": 0}).status_code == 404
    assert administrator.get(posted.headers["Location"], query_string={"known_at": 2}).status_code == 422


def test_answers_as_of_a_position_stay_what_they_were(administrator, employer, members, session):
    """A year of writing later the old state is told byte for byte as it was."""
    posted = post(administrator, employer, [line(members[0]), line(members[1], **FULL)])
    correct(administrator, posted.json["id"], {"line": 1, "hours_worked": "44.00"})
    questions = [
        f"{posted.headers['Location']}?known_at=1",
        f"{posted.headers['Location']}?known_at=2",
        *(
            f"/v1/members/{member.id}/{what}?known_at={at}"
            for member in members
            for what in ("hours", "facts")
            for at in (1, 2)
        ),
    ]
    before = [administrator.get(question).data for question in questions]
    for turn in range(10):
        lines = [line(members[0]), line(members[1], f"{turn}.00")]
        post(administrator, employer, lines, name=f"late {turn}")
        change = {"void": True} if turn % 2 else {"hours_worked": f"{turn + 1}.00"}
        correct(administrator, posted.json["id"], {"line": 1, **change})
        fact = {"kind": "hours_booked", "from": "2021-01-01", "to": "2021-01-31", "reason": "R"}
        administrator.post(f"/v1/members/{members[0].id}/facts", json=fact)
    assert state(session)[0] == 32
    assert [administrator.get(question).data for question in questions] == before


def test_thirty_two_copies_of_one_request_have_one_effect(client_for, employer, members, session):
    clients = [client_for("administrator")]
    key = clients[0].key
    clients += [type(clients[0])(clients[0].application) for _ in range(31)]
    for client in clients:
        client.key = key
    start = threading.Barrier(len(clients))

    def copy(client):
        start.wait()
        return post(client, employer, [line(members[0])], headers={"Idempotency-Key": "one-key-for-all-of-them"})

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(copy, clients))
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert sum("Idempotency-Replayed" not in answer.headers for answer in done) == 1
    assert len({answer.data for answer in done}) == 1
    assert state(session) == (1, 1, 1, 1, 0)


def test_nothing_is_left_of_a_report_that_fails_at_its_end(administrator, employer, members, session, monkeypatch):
    def fail(*_):
        raise RuntimeError("the last step fails")

    monkeypatch.setattr("service.receipts.post_batches", fail)
    body = json.dumps(report(employer, [line(members[0])]))
    assert administrator.post("/v1/remittances", data=body, content_type="application/json").status_code == 500
    assert state(session) == (0, 0, 0, 0, 0)


def test_the_receipts_position_is_the_heads(administrator, employer, members, session):
    session.execute(update(LedgerHead).values(position=41))
    session.commit()
    assert post(administrator, employer, [line(members[0])]).json["position"] == 42
    assert session.scalars(select(Entry.line)).all() == [1]
    assert codes(post(administrator, employer, [line("M-9")])) == ["unknown_member"]


@pytest.mark.parametrize(
    ("content_type", "headers"),
    [
        ("text/csv; charset=iso-8859-1", {}),
        ("application/json; charset=utf-16", {}),
        ("text/csv", {"Content-Encoding": "gzip"}),
        ("text/csv", {"Content-Encoding": "identity"}),
    ],
)
def test_only_plain_utf8_is_taken(administrator, content_type, headers):
    refused = administrator.post("/v1/remittances", data=b"x", content_type=content_type, headers=headers)
    assert (refused.status_code, refused.mimetype) == (415, "application/problem+json")
    assert refused.json["type"] == "/problems/unsupported-media-type"


@pytest.mark.parametrize("number", [10**30, -5, 0, "x"])
def test_a_cursor_at_a_line_that_cannot_be_is_refused(administrator, employer, member, session, number):
    session.commit()
    path = post(administrator, employer, [line(member)]).headers["Location"]
    refused = administrator.get(path, query_string={"cursor": cursor_of("1", number)})
    assert (refused.status_code, codes(refused)) == (422, ["bad_cursor"])
