"""Statements over HTTP: what was reported, is due, was paid, is missing and late, by month and by report."""

import pytest

from service.settings import Lateness, StartError, lateness_of
from tests.service.reports import correct, line, post
from tests.service.test_payments import DUE, LINE, TOTAL, pay


def statement(client, employer, **query):
    """An employer's statement."""
    answer = client.get(f"/v1/employers/{employer.code}/statement", query_string={"on": "2021-11-15", **query})
    assert answer.status_code == 200, answer.json
    return answer.json


def test_it_tells_each_month_fund_and_report(administrator, premium, member, session):
    session.commit()
    august = post(administrator, premium, [line(member, **LINE)], "W31").json
    october = post(administrator, premium, [line(member, week_ending="2021-10-09", hours_worked="10")], "W40").json
    pay(administrator, premium, (august["id"], TOTAL), received="2021-09-20")
    told = statement(administrator, premium)
    assert (told["from"], told["to"], told["missing"]) == ("2021-08", "2021-11", ["2021-09", "2021-11"])
    first, second = told["months"]
    assert (first["month"], first["contributions"], first["unknown_lines"]) == ("2021-08", DUE, {})
    assert (second["month"], second["credited_hours"]) == ("2021-10", "10.00")
    assert (second["contributions"]["individual-account"], second["unknown_lines"]) == (None, {"individual-account": 1})
    paid, owed = told["reports"]
    assert (paid["remittance"], paid["due"], paid["balance"], paid["paid_on"]) == (
        august["id"],
        TOTAL,
        "0.00",
        "2021-09-20",
    )
    # 10 hours at 7.563, 1.8065 and 0.30.
    assert (owed["remittance"], owed["due"], owed["paid"], owed["balance"]) == (october["id"], "96.70", "0.00", "96.70")
    assert (told["totals"]["credited_hours"], told["totals"]["balance"]) == ("50.00", "96.70")
    assert "No due day is known" in paid["late"]["note"]
    assert paid["late"]["interest"] is None
    one = statement(administrator, premium, **{"from": "2021-10", "to": "2021-10-31"})
    assert [each["month"] for each in one["months"]] == ["2021-10"]


def test_it_can_be_asked_as_it_was_known(administrator, premium, member, session):
    session.commit()
    posted = post(administrator, premium, [line(member, **LINE)]).json
    correct(administrator, posted["id"], {"line": 1, "void": True})
    now = statement(administrator, premium)
    assert (now["totals"]["lines"], now["totals"]["due"], now["missing"][0]) == (0, "0.00", "2021-08")
    then = statement(administrator, premium, known_at=posted["position"])
    assert (then["totals"]["lines"], then["totals"]["due"]) == (1, TOTAL)


def test_what_was_taken_back_is_in_no_month_and_makes_no_sum_known(administrator, premium, member, session):
    session.commit()
    known, unknown, void = (
        line(member, **{**LINE, "week_ending": week, **rate})
        for week, rate in (("2021-08-07", {}), ("2021-08-14", {"scale_rate": None}), ("2021-09-11", {}))
    )
    posted = post(administrator, premium, [known, unknown, void]).json
    both = statement(administrator, premium)["months"][0]["contributions"]["individual-account"]
    correct(administrator, posted["id"], {"line": 1, "void": True}, {"line": 3, "void": True})
    told = statement(administrator, premium)
    (month,) = told["months"]
    assert (month["month"], month["lines"], month["unknown_lines"]) == ("2021-08", 1, {"individual-account": 1})
    assert (both, month["contributions"]["individual-account"]) == (DUE["individual-account"], None)
    assert told["totals"]["contributions"]["individual-account"] is None
    assert told["reports"][0]["contributions"] == month["contributions"]
    assert told["missing"][0] == "2021-09"


def test_hours_moved_to_another_employer_are_owed_by_that_one(administrator, premium, employer, member, session):
    session.commit()
    posted = post(administrator, premium, [line(member, **LINE)]).json
    moved = correct(administrator, posted["id"], {"line": 1, "employer": employer.code})
    assert moved.status_code == 201
    # The basic rate is not known, so nothing is guessed for it.
    assert moved.json["changes"][0]["after"]["contributions"]["active-health"] is None
    assert statement(administrator, premium)["totals"]["due"] == "0.00"
    theirs = statement(administrator, employer)
    assert (theirs["totals"]["due"], theirs["months"][0]["unknown_lines"]) == ("183.14", {"active-health": 1})
    assert pay(administrator, employer, (posted["id"], "183.14")).status_code == 201
    assert statement(administrator, employer)["totals"]["balance"] == "0.00"


def test_lateness_costs_what_the_settings_say(application, administrator, premium, member, session, monkeypatch):
    session.commit()
    world = application.extensions["hourbank"]
    settings = lateness_of(
        {"HOURBANK_DUE_DAY": "15", "HOURBANK_INTEREST_PERCENT": "10", "HOURBANK_DAMAGES_PERCENT": "5"}
    )
    changed = world._replace(settings=type(world.settings)(**{**vars(world.settings), "lateness": settings}))
    monkeypatch.setitem(application.extensions, "hourbank", changed)
    posted = post(administrator, premium, [line(member, **LINE)]).json
    pay(administrator, premium, (posted["id"], "365.00"), received="2021-09-25")
    (report,) = statement(administrator, premium, on="2021-10-15")["reports"]
    late = report["late"]
    # 10 days on 365.00 and 30 days on 120.66, at 10 % a year: 1.00 and 0.99; 5 % of each once: 18.25 and 6.03.
    assert (late["due_on"], late["interest"], late["liquidated_damages"]) == ("2021-09-15", "1.99", "24.28")
    assert (late["paid_days_late"], late["note"]) == (30, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOURBANK_DUE_DAY", "1.5"),
        ("HOURBANK_DUE_DAY", "400"),
        ("HOURBANK_INTEREST_PERCENT", "ten"),
        ("HOURBANK_DAMAGES_PERCENT", "-1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name, value):
    with pytest.raises(StartError, match=name):
        lateness_of({name: value})
    assert lateness_of({}) == Lateness()


def test_another_employers_statement_is_as_unknown_as_none(employer_client, premium):
    for code in (premium.code, "NOBODY"):
        answer = employer_client.get(f"/v1/employers/{code}/statement")
        assert (answer.status_code, answer.json["title"]) == (404, "Unknown employer")
