"""Previews over HTTP: whose cover a report or a correction would change, and why; nothing is stored."""

import datetime

import pytest

from service import clock
from tests.service.reports import codes, correct, line, post, report, state

# Half a year of MPI: hours of this week count for the cover from 1 August 2021.
WEEK = "2021-05-01"


@pytest.fixture
def short(administrator, employer, member, session):
    """The id of a report with 599.50 hours of one member, half an hour short of what starts cover."""
    session.commit()
    return post(administrator, employer, [line(member, "599.50", WEEK)], "2021-W17").json["id"]


def preview(client, body, **query):
    """Preview a report or a correction; the answer."""
    return client.post("/v1/remittances/preview", json=body, query_string=query)


def test_a_report_that_gains_cover_says_whose_and_why_and_stores_nothing(
    administrator, employer, member, short, session
):
    before = state(session)
    body = report(employer, [line(member, "0.50", "2021-05-08")], "2021-W18")
    answer = preview(administrator, body)
    assert (answer.status_code, answer.json["dry_run"], state(session)) == (200, True, before)
    changes = answer.json["cover_changes"]
    assert (changes["gained"], changes["lost"]) == (1, 0)
    told = changes["members"][0]
    assert (told["member"], told["plan"], told["change"]) == (member.number, "mpi-health", "gained")
    assert "599.50" in told["before"]
    assert "600.00" in told["after"]
    posted = post(administrator, employer, body["lines"], "2021-W18").json["cover_changes"]
    assert posted == changes
    on = administrator.get(
        f"/v1/members/{member.id}/coverage", query_string={"plan": "mpi-health", "on": told["from"]}
    ).json["determinations"][0]
    assert on["covered"]


def test_a_correction_that_loses_cover_says_whose_and_why(administrator, employer, member, short, session):
    post(administrator, employer, [line(member, "0.50", "2021-05-08")], "2021-W18")
    before = state(session)
    body = {"remittance": short, "reason": "Read twice.", "lines": [{"line": 1, "hours_worked": "599.00"}]}
    answer = preview(administrator, body)
    assert (answer.status_code, state(session)) == (200, before)
    changes = answer.json["cover_changes"]
    assert (changes["gained"], changes["lost"]) == (0, 1)
    assert {each["change"] for each in changes["members"]} == {"lost"}
    assert answer.json["changes"][0]["after"]["hours_worked"] == "599.00"
    assert correct(administrator, short, {"line": 1, "hours_worked": "599.00"}).json["cover_changes"] == changes


@pytest.mark.parametrize(("today", "begun"), [("2021-07-31", False), ("2021-08-01", True)])
@pytest.mark.parametrize("change", ["gained", "lost"])
def test_a_benefit_period_that_had_begun_is_told_with_what_the_plan_does_then(
    administrator, employer, member, session, monkeypatch, today, begun, change
):
    session.commit()
    hours = {"gained": ("599.50", "600.00"), "lost": ("600.00", "599.50")}[change]
    posted = post(administrator, employer, [line(member, hours[0], WEEK)]).json
    monkeypatch.setattr(clock, "today", lambda: datetime.date.fromisoformat(today))
    (told, *_) = correct(administrator, posted["id"], {"line": 1, "hours_worked": hours[1]}).json["cover_changes"][
        "members"
    ]
    assert (told["change"], told["from"]) == (change, "2021-08-01")
    outcome = {"gained": "cover is given from", "lost": "cover is taken back from"}[change]
    assert told["begun"] == (
        "This benefit period began on 1 August 2021. No term of the plan keeps what is recorded later from changing "
        f"such a period; {outcome} 1 August 2021."
        if begun
        else None
    )


def test_an_employer_is_not_told_whose_cover_changes(employer_client, employer, member, short):
    body = report(employer, [line(member, "0.50", "2021-05-08")], "2021-W18")
    assert preview(employer_client, body).json["cover_changes"] == {"gained": 1, "lost": 0, "members": []}


def test_what_is_wrong_is_named_as_when_it_is_posted(administrator, employer, member, short):
    assert codes(preview(administrator, report(employer, [line("M-NOBODY")]))) == ["unknown_member"]
    assert codes(preview(administrator, {"remittance": short, "lines": [{"line": 1, "void": True}]})) == ["required"]
    assert codes(
        preview(administrator, {"remittance": short, "reason": "?", "lines": [{"line": 9, "void": True}]})
    ) == ["unknown_line"]
