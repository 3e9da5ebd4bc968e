"""A member's hours over HTTP: every ledger line, as known at any position."""

import datetime

import pytest

from tests.service.reports import WEEK, correct, line, post


@pytest.fixture
def hours(member, session):
    """Call it with a client and a query: the answer about the member."""
    session.commit()
    return lambda client, **query: client.get(f"/v1/members/{member.id}/hours", query_string=query)


def test_every_ledger_line_is_told(administrator, employer, member, hours):
    posted = post(
        administrator, employer, [line(member, "40.00", hours_guaranteed="48.00", local="80", production="A")]
    ).json
    correct(administrator, posted["id"], {"line": 1, "hours_worked": "52.50"})
    told = hours(administrator).json
    assert (told["member"], told["known_at"], told["next"]) == (str(member.id), 2, None)
    assert told["totals"] == {"lines": 3, "hours": "52.50", "credited": "52.50"}
    first, reversal, second = told["lines"]
    assert {**first, "id": 0, "recorded_at": 0, "reversed_by": 0} == {
        "id": 0,
        "employer": employer.code,
        "remittance": posted["id"],
        "report": "2021-W30",
        "decision": None,
        "line": 1,
        "week_ending": WEEK,
        "basis": "hourly",
        "hours": "40.00",
        "hours_guaranteed": "48.00",
        "occupation": None,
        "local": "80",
        "production": "A",
        "credited": "48.00",
        "imputation": "guarantee 48.00",
        "reverses": None,
        "reversed_by": 0,
        "position": 1,
        "recorded_at": 0,
    }
    assert (reversal["reverses"], first["reversed_by"]) == (first["id"], reversal["id"])
    assert (reversal["hours"], reversal["hours_guaranteed"], reversal["credited"]) == ("-40.00", "-48.00", "-48.00")
    assert (reversal["position"], reversal["imputation"]) == (2, "reversal")
    assert (second["hours"], second["imputation"], second["position"], second["reversed_by"]) == (
        "52.50",
        "worked",
        2,
        None,
    )


def test_a_reversal_is_not_known_before_its_position(administrator, employer, member, hours):
    posted = post(administrator, employer, [line(member)]).json
    before = hours(administrator)
    correct(administrator, posted["id"], {"line": 1, "void": True})
    then = hours(administrator, known_at=1)
    assert then.data == before.data
    assert then.json["lines"][0]["reversed_by"] is None
    instant = then.json["lines"][0]["recorded_at"]
    assert hours(administrator, known_at=instant).data == before.data
    assert hours(administrator, known_at=0).json["totals"] == {"lines": 0, "hours": "0.00", "credited": "0.00"}
    assert hours(administrator, known_at=3).status_code == 422
    assert hours(administrator).headers["ETag"] != then.headers["ETag"]


def test_weeks_can_be_chosen(administrator, employer, member, hours):
    weeks = ["2021-07-10", "2021-07-17", "2021-07-24", "2021-07-31"]
    post(administrator, employer, [line(member, week_ending=week) for week in reversed(weeks)])

    def told(**query):
        answer = hours(administrator, **query).json
        assert answer["totals"]["lines"] == len(answer["lines"])
        return [each["week_ending"] for each in answer["lines"]]

    assert told() == weeks
    assert told(**{"from": "2021-07-17"}) == weeks[1:]
    assert told(to="2021-07-17") == weeks[:2]
    assert told(**{"from": "2021-07-11", "to": "2021-07-24"}) == weeks[1:3]
    refused = hours(administrator, **{"from": "2021-07-24", "to": "2021-07-17"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/query/to")
    assert hours(administrator, **{"from": "2021-02-30"}).json["errors"][0]["pointer"] == "/query/from"


def test_parts_of_a_long_list_are_of_one_state(administrator, employer, member, hours):
    weeks = [datetime.date(2019, 1, 5) + datetime.timedelta(weeks=number) for number in range(7)]
    lines = [line(member, week_ending=week.isoformat(), occupation=work) for week in weeks for work in ("a", "b")]
    post(administrator, employer, lines)
    answer = hours(administrator, limit=3)
    post(administrator, employer, [line(member, week_ending="2019-02-23", occupation="late")])
    seen = answer.json["lines"]
    while answer.json["next"]:
        assert answer.headers["Link"].endswith('rel="next"')
        answer = administrator.get(answer.headers["Link"][1:].partition(">")[0])
        assert answer.json["known_at"] == 1
        assert answer.json["totals"]["lines"] == 14
        seen += answer.json["lines"]
    assert "Link" not in answer.headers
    assert len({each["id"] for each in seen}) == 14
    assert [each["week_ending"] for each in seen] == sorted(each["week_ending"] for each in seen)


@pytest.mark.parametrize(
    "cursor", ["x", "WzFd", "WyIxIiwiMjAyMS0wMi0zMCIsMV0=", "WyIxIiwiMjAyMS0wMi0wMyIsIngiXQ==", "MQ=="]
)
def test_foreign_cursors_are_refused(administrator, hours, cursor):
    refused = hours(administrator, cursor=cursor)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["code"] == "bad_cursor"


def test_a_member_reads_its_own_hours_alone(administrator, client_for, member, member_factory, hours, session):
    other = member_factory()
    session.commit()
    assert hours(client_for("member", member=member)).status_code == 200
    foreign, absent = (
        client_for("member", member=other).get(f"/v1/members/{which}/hours")
        for which in (member.id, "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11")
    )
    assert foreign.status_code == absent.status_code == 404
    assert {**foreign.json, "request_id": 0} == {**absent.json, "request_id": 0}
    gone = administrator.get("/v1/members/7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11/hours")
    assert {**gone.json, "request_id": 0} == {**absent.json, "request_id": 0}


@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("negotiator", 403), ("employer", 403)])
def test_other_roles(role, status, client_for, employer, hours):
    assert hours(client_for(role, employer=employer if role == "employer" else None)).status_code == status
