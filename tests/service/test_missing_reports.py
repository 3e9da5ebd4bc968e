"""Breaks in the pattern of reports over HTTP: months of employers, weeks of members."""

import datetime
import uuid

import pytest

from tests.service.reports import correct, line, post

FIRST_WEEK = datetime.date(2021, 1, 2)
SPAN = {"from": "2021-01-01", "to": "2021-08-31", "weeks": "10"}


def week(number):
    """The last day of a week, counted from 0."""
    return (FIRST_WEEK + datetime.timedelta(weeks=number)).isoformat()


def weeks(member, numbers, hours="40.00"):
    """Lines of a member for some weeks."""
    return [line(member, hours, week(number)) for number in numbers]


@pytest.fixture
def missing(administrator):
    """Call it with a query: what seems to be missing."""
    return lambda client=administrator, **query: client.get("/v1/missing-reports", query_string={**SPAN, **query})


@pytest.fixture
def members(member_factory, session):
    """Three members."""
    made = [member_factory() for _ in range(3)]
    session.commit()
    return made


def test_a_gap_in_the_middle_of_many_weeks_is_found(missing, administrator, employer, members):
    whole, gap, few = members
    lines = weeks(whole, range(34)) + weeks(gap, [*range(10), *range(13, 34)], "41.50") + weeks(few, [0, 5, 8])
    posted = post(administrator, employer, lines).json
    found = missing().json
    assert {**found, "items": 0} == {
        **{"known_at": 1, "from": "2021-01-01", "to": "2021-08-31", "weeks": 10},
        **{"items": 0, "next": None},
    }
    assert found["items"] == [
        {
            "kind": "member",
            "text": f"{gap.number} worked 31 weeks at {employer.code} from 2 January 2021 to 21 August 2021, and none "
            "of the 3 weeks after the one to 6 March 2021.",
            "employer": employer.code,
            "member": str(gap.id),
            "number": gap.number,
            "gap": {"from": week(10), "to": week(12), "weeks": 3, "months": None},
            "hours_before": "41.50",
            "hours_after": "41.50",
            "first_week": week(0),
            "last_week": week(33),
            "weeks_worked": 31,
        }
    ]
    assert [item["number"] for item in missing(weeks="3").json["items"]] == [gap.number, few.number, few.number]
    assert missing(weeks="32").json["items"] == []
    late = post(administrator, employer, weeks(gap, range(10, 13)), "late").json
    assert missing().json["items"] == []
    assert missing(known_at=posted["position"]).json == found
    correct(administrator, late["id"], {"line": 2, "void": True})
    (item,) = missing().json["items"]
    assert item["gap"] == {"from": week(11), "to": week(11), "weeks": 1, "months": None}
    assert missing(known_at=late["position"]).json["items"] == []


def test_weeks_that_end_on_another_day_are_no_gap(missing, administrator, employer, members):
    days = [FIRST_WEEK + datetime.timedelta(weeks=number, days=number % 3) for number in range(34)]
    post(administrator, employer, [line(members[0], week_ending=day.isoformat()) for day in days])
    assert missing().json["items"] == []
    post(administrator, employer, [line(members[1], week_ending=day.isoformat()) for day in days[:12] + days[13:]])
    assert [item["gap"]["weeks"] for item in missing().json["items"]] == [1]


def test_months_that_an_employer_skipped_are_found(missing, administrator, employer, employer_factory, members):
    posted = post(administrator, employer, weeks(members[0], [0, 1, 14])).json
    between, since = missing(weeks="99").json["items"]
    assert between == {
        **dict.fromkeys(("member", "number", "first_week", "last_week", "weeks_worked")),
        "kind": "employer",
        "text": f"{employer.code} reported hours of January 2021 and of April 2021, "
        "and none of the 2 months between them.",
        "employer": employer.code,
        "gap": {"from": "2021-02-01", "to": "2021-03-31", "weeks": None, "months": ["2021-02", "2021-03"]},
        "hours_before": "80.00",
        "hours_after": "40.00",
    }
    assert since["text"] == f"{employer.code} reported hours of April 2021, and none of the 4 months since."
    assert (since["gap"]["from"], since["gap"]["to"], since["hours_after"]) == ("2021-05-01", "2021-08-31", None)
    (one,) = missing(weeks="99", **{"from": "2021-04-01", "to": "2021-06-29"}).json["items"]
    assert (one["gap"]["months"], one["text"].endswith("none of the month since.")) == (["2021-05"], True)
    correct(administrator, posted["id"], {"line": 3, "void": True})
    (left,) = missing(weeks="99").json["items"]
    assert left["gap"]["from"] == "2021-02-01"


def test_what_was_decided_fills_a_members_gap_but_is_no_report(missing, administrator, employer, members):
    post(administrator, employer, weeks(members[0], [*range(9), *range(18, 34)]))
    assert [(item["kind"], item["gap"]["from"]) for item in missing().json["items"]] == [
        ("employer", "2021-03-01"),
        ("member", week(9)),
    ]
    sent = {"employer": employer.code, "from": week(9), "to": week(17), "hours": "360.00", "evidence": "Stubs."}
    made = administrator.post(f"/v1/members/{members[0].id}/disputes", json=sent).json["id"]
    lines = [{"week_ending": week(number), "hours": "40.00"} for number in range(9, 18)]
    body = {"outcome": "granted", "reason": "They show it.", "lines": lines}
    assert administrator.post(f"/v1/disputes/{made}/resolution", json=body).status_code == 201
    assert [(item["kind"], item["gap"]["from"]) for item in missing().json["items"]] == [("employer", "2021-03-01")]


def test_parts_of_a_long_list_are_of_one_state(missing, administrator, employer_factory, members, session):
    employers = [employer_factory() for _ in range(3)]
    session.commit()
    for each in employers:
        lines = [one for member in members for one in weeks(member, [*range(8), *range(18, 34, 2)])]
        post(administrator, each, lines)
    whole = missing().json["items"]
    assert [item["kind"] for item in whole] == ["employer"] * 3 + ["member"] * 3 * 3 * 8
    answer = missing(limit=5)
    post(administrator, employers[0], weeks(members[0], range(8, 18)), "late")
    seen = answer.json["items"]
    while answer.json["next"]:
        assert answer.headers["Link"].endswith('rel="next"')
        answer = administrator.get(answer.headers["Link"][1:].partition(">")[0])
        assert answer.json["known_at"] == 3
        seen += answer.json["items"]
    assert seen == whole
    one = missing(employer=employers[1].code, member=members[2].id).json["items"]
    assert {(item["employer"], item["member"]) for item in one} == {(employers[1].code, str(members[2].id))}
    assert len(one) == 8


def test_a_year_is_looked_at_by_default(administrator, employer, members):
    today = datetime.date.today()  # noqa: DTZ011 (UTC or not: a day more or less does not matter here)
    days = [today - datetime.timedelta(weeks=number) for number in range(20, 90)]
    post(administrator, employer, [line(members[0], week_ending=day.isoformat()) for day in days if day != days[10]])
    found = administrator.get("/v1/missing-reports").json
    assert found["weeks"] == 30
    assert [item["kind"] for item in found["items"]] == ["employer", "member"]


def test_an_employer_sees_its_own_alone(missing, administrator, employer, employer_client, employer_factory, members):
    other = employer_factory()
    employer_factory._meta.sqlalchemy_session.commit()
    for each in (employer, other):
        post(administrator, each, weeks(members[0], [*range(20), *range(23, 34)]))
    assert {item["employer"] for item in missing().json["items"]} == {employer.code, other.code}
    assert {item["employer"] for item in missing(employer_client).json["items"]} == {employer.code}
    assert missing(employer_client, employer=employer.code).json == missing(employer_client).json
    foreign, absent = (missing(employer_client, employer=code) for code in (other.code, "NOBODY"))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert {**foreign.json, "request_id": 0} == {**absent.json, "request_id": 0}
    assert missing(employer="NOBODY").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("negotiator", 403), ("member", 403)])
def test_who_may(role, status, client_for, member, missing):
    assert missing(client_for(role, member=member if role == "member" else None)).status_code == status


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({"from": "2021-09-01"}, "/query/to", "out_of_order"),
        ({"from": "2001-01-01"}, "/query/from", "too_long"),
        ({"from": "2021-02-30"}, "/query/from", "impossible_date"),
        ({"weeks": "1"}, "/query/weeks", "out_of_range"),
        ({"weeks": "many"}, "/query/weeks", "not_whole"),
        ({"member": "M-1"}, "/query/member", "invalid_uuid"),
        ({"month": "2021-01"}, "/query/month", "unknown_name"),
        ({"known_at": "9"}, "/query/known_at", "not_known_yet"),
        ({"cursor": "x"}, "/query/cursor", "bad_cursor"),
        ({"cursor": "WyIwIiwieCIsIiIsIjIwMjEtMDEtMDEiLCIiXQ=="}, "/query/cursor", "bad_cursor"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(missing, query, pointer, code):
    refused = missing(**query)
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [(pointer, code)]


def test_an_absent_member_has_no_gaps(missing):
    assert missing(member=uuid.uuid4()).json["items"] == []
