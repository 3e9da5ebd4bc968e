"""Scenarios over HTTP: what they count, who sees what of it, and that they move nothing."""

import copy
import csv
import itertools
import json

import numpy as np
import pytest
from sqlalchemy import text

from rules import evaluate, terms, ticks, units
from rules.calendar import Cite
from rules.crediting import facts_of, lines_of
from service import jobs, sheets
from service.models import Scenario
from service.outcomes import canonical, digest, outcome
from service.sheet_page import grouped
from service.simulation import PART, added, counted, evaluated, ground
from service.snapshots import keep
from service.suppression import STEP, count
from tests.service.asking import ASKED, FINANCE, PEOPLE, ask, figures
from tests.service.reports import line, post, state


def test_a_scenario_counts_each_member_as_a_question_about_one_does(administrator, kept, people):
    found = ask(administrator)
    plan = terms.plan("mpi-health")
    cite = Cite("x", "", "")
    sides = [plan, plan.under({"continuing_hours": {"2016-08-01": "450"}}, name="450 hours", cite=cite)]
    months = [(year, month) for year in (2016, 2017, 2018) for month in range(1, 13)][7:31]
    assert found["months"] == [f"{year}-{month:02}" for year, month in months]
    at = [ticks.lay(plan).at(units.first_day(units.month_number(month))) for month in found["months"]]
    covers = []
    for side in sides:
        rows = []
        for member in range(PEOPLE):
            working = evaluate.work(side, lines_of(side, people, member), facts_of(people, member), at[0], at[-1])
            rows.append(working.turns.cumsum()[np.array(at) - working.first] > 0)
        covers.append(np.array(rows))
    for side, result in enumerate(found["results"]):
        assert result["covered"] == covers[side].sum(axis=0).tolist()
        assert result["gained"] == int((covers[side] & ~covers[0]).any(axis=1).sum())
        assert result["lost"] == int((~covers[side] & covers[0]).any(axis=1).sum())
        assert result["benefit_months"] == int(covers[side].sum())
        assert result["people"] == int(covers[side].any(axis=1).sum())
    assert found["results"][1]["lost"]
    assert [one["terms"] for one in found["results"]] == ["current", "450 hours"]
    told = found["results"][1]["transitions"]["lost"]
    assert sum(one["months"] for one in told) == found["results"][1]["benefit_months_lost"]
    assert found["snapshot"]["synthetic"].startswith("Synthetic")


def test_the_same_question_has_the_same_answer_and_moves_nothing(administrator, negotiator, kept, session):
    before = state(session)
    first = ask(administrator)
    again = ask(administrator)
    assert again == first
    assert first["hash"] == digest({name: value for name, value in first.items() if name not in ("id", "hash")})
    other = ask(administrator, to="2018-06")
    assert other["inputs"] != first["inputs"]
    assert state(session) == before
    replayed = administrator.post(f"/v1/scenarios/{first['id']}/replay")
    assert replayed.json == {"identical": True, "hash": first["hash"]}
    seen = ask(negotiator)
    assert seen["id"] == first["id"]
    assert seen["inputs"] == first["inputs"]
    assert negotiator.post(f"/v1/scenarios/{first['id']}/replay").json == {"identical": True, "hash": seen["hash"]}
    listed = administrator.get("/v1/scenarios").json["items"]
    assert {one["id"] for one in listed} == {first["id"], other["id"]}
    assert administrator.get(f"/v1/scenarios/{first['id']}").json == first


def test_an_outcome_that_was_changed_is_not_identical(administrator, kept, session, owner):
    found = ask(administrator)
    with owner.begin() as connection:
        connection.execute(text("UPDATE scenarios SET outcome = replace(outcome, '450 hours', '451 hours')"))
    assert administrator.post(f"/v1/scenarios/{found['id']}/replay").json["identical"] is False


def test_a_proposal_keeps_what_it_said(administrator, kept, session):
    new = {
        "title": "At 500",
        "author": "x",
        "plan": "mpi-health",
        "changes": {"continuing_hours": {"2016-08-01": "500"}},
    }
    made = administrator.post("/v1/proposals", json=new)
    found = ask(administrator, under=["current", made.json["id"]])
    assert found["results"][1]["terms"] == "At 500"
    same = ask(administrator, under=["current", {"name": "At 500", "changes": new["changes"]}])
    assert same["hash"] == found["hash"]
    gone = administrator.delete(f"/v1/proposals/{made.json['id']}", headers={"If-Match": made.headers["ETag"]})
    assert gone.status_code == 204
    assert administrator.post(f"/v1/scenarios/{found['id']}/replay").json["identical"] is True
    two = ask(administrator, under=[{"name": "At 500", "changes": new["changes"]}, "current"])
    assert two["results"][1]["benefit_months_gained"] == found["results"][1]["benefit_months_lost"] > 0
    assert two["results"][1]["gained"] == found["results"][1]["lost"]


def test_groups_add_up(administrator, kept):
    union = {"name": "crafts", "of": "local", "groups": {"camera": ["600"], "editors": ["700"]}}
    found = ask(administrator, group_by=["local", "hours_band", "contributor_class", "occupation", union])
    assert set(found["groups"]) == {"local", "hours_band", "contributor_class", "occupation", "crafts"}
    for groups in found["groups"].values():
        assert sum(one["members"] for one in groups.values()) == PEOPLE
        for side in (0, 1):
            for name in ("lost", "gained", "people", "benefit_months"):
                assert sum(one["results"][side][name] for one in groups.values()) == found["results"][side][name]
    assert set(found["groups"]["crafts"]) == {"camera", "editors", "others"}


def test_a_sweep_counts_every_value(administrator, kept):
    sweep = {"path": "continuing_hours", "from": "2016-08-01", "values": ["300", "400", "450", "500"]}
    found = ask(administrator, sweep=sweep)
    by_value = {point["values"]["continuing_hours"]: point for point in found["sweep"]}
    assert by_value["400"]["covered"] == found["results"][0]["covered"]
    assert by_value["450"]["covered"] == found["results"][1]["covered"]
    assert by_value["450"]["lost"] == found["results"][1]["lost"]
    assert by_value["450"]["gained"] == found["results"][1]["gained"]
    assert by_value["300"]["benefit_months"] > by_value["500"]["benefit_months"]
    grid = [sweep, {"path": "bank_cap", "from": "2016-08-01", "values": ["0", "450"]}]
    points = ask(administrator, sweep=grid)["sweep"]
    assert len(points) == 8
    assert [point["covered"] for point in points if point["values"]["bank_cap"] == "450"] == [
        point["covered"] for point in found["sweep"]
    ]


def test_what_is_supposed_changes_the_count_and_is_told(administrator, kept):
    calm = ask(administrator)
    stop = ask(administrator, assume={"stoppage": {"from": "2017-01-01", "to": "2017-03-11"}})
    assert stop["assumptions"][0]["assumption"] == "stoppage"
    assert stop["assumptions"][0]["hours"].startswith("-")
    assert stop["results"][0]["benefit_months"] < calm["results"][0]["benefit_months"]
    relief = {
        "stoppage-2017": {
            "title": "Stoppage of 2017",
            "adopted": "2017-03-15",
            "cite": "notice",
            "sources": {"notice": {"title": "A notice", "url": "https://plan.example/notice"}},
            "gives": "hours",
            "for": {day: {"value": "enrolled", "cite": "notice"} for day in ("2017-04-22", "2017-05-20", "2017-06-24")},
            "up_to": {
                day: {"value": 200, "unit": "hour", "cite": "notice"}
                for day in ("2017-04-22", "2017-05-20", "2017-06-24")
            },
        }
    }
    helped = ask(
        administrator,
        under=["current", {"name": "with relief", "relief": relief}],
        assume={"stoppage": {"from": "2017-01-01", "to": "2017-03-11"}},
    )
    assert helped["results"][1]["gained"] > 0
    assert {one["cause"] for one in helped["results"][1]["transitions"]["gained"]} >= {"help"}
    caps = ask(administrator, assume={"daily_cap": "8.00", "weekly_cap": {"hours": "40.00"}, "hours_factor": "0.90"})
    assert [one["assumption"] for one in caps["assumptions"]] == ["hours_factor", "daily_cap", "weekly_cap"]


def test_money_follows_from_counts_and_rates(administrator, kept):
    close = {"gap": "deficit", "by": "sweep"}
    sweep = {"path": "continuing_hours", "from": "2016-08-01", "values": ["400", "450", "700"]}
    dearer = {"name": "dearer", "rates": {"basic-2018.active-health.per_hour": {"2016-07-31": "12.00"}}}
    found = ask(administrator, finance={**FINANCE, "close": close}, sweep=sweep, under=["current", dearer])
    current, proposed = (result["money"] for result in found["results"])
    covered = found["results"][0]["covered"]
    assert current["cost"] == [f"{1000 * count_}.00" for count_ in covered]
    assert float(proposed["net"]) > float(current["net"])
    assert current["reserve"][0] == f"{9_000_000 + float(current['income'][0]) - float(current['cost'][0]):.2f}"
    hours = [float(one["hours_without_a_known_rate"]) for one in current["contributions"]]
    assert max(hours) > 0  # nobody knows the basic rate
    assert [one["value"] for one in found["close"]["tried"]] == ["400", "450", "700"]
    assert found["close"]["tried"][0]["better_by"] == "0.00"
    by_rate = {"gap": "1000.00", "by": "rate", "rate": "basic-2018.active-health.per_hour", "from": "2016-08-01"}
    rates = ask(administrator, finance={**FINANCE, "close": {**by_rate, "values": ["5.00", "9.00"]}})
    assert rates["close"]["monotone"] is True
    assert rates["close"]["first"] in ("5.00", "9.00")


def test_uncertainty_is_told_as_a_band(administrator, kept):
    found = ask(administrator, uncertainty={"draws": 40, "seed": 3})
    band = found["results"][0]["uncertainty"]["covered"]
    for low, count_, high in zip(band["low"], found["results"][0]["covered"], band["high"], strict=True):
        assert low <= count_ <= high


def test_negotiators_see_no_small_counts_and_no_small_differences(administrator, negotiator, auditor, kept):
    more = {
        "group_by": ["local"],
        "sweep": {"path": "continuing_hours", "from": "2016-08-01", "values": ["450", "450.01"]},
    }
    exact, seen = ask(administrator, **more), ask(negotiator, **more)
    assert seen["suppressed_under"] == 11
    assert "suppressed_under" not in exact
    wanted = {path: value for path, value in figures(exact) if "transitions" not in path}
    shown = {path: value for path, value in figures(seen) if "transitions" not in path}
    first = {path for path in wanted if "results" in path and path[path.index("results") + 1] == 0}
    for path, value in figures({name: seen[name] for name in ("results", "groups", "sweep", "members")}):
        assert value % STEP == 0
        if path in wanted and not (path in first and value == 0):
            assert value == count(wanted[path])
    sums = {"benefit_months", "benefit_months_gained", "benefit_months_lost"}  # of whose months, there must be eleven
    assert all(path in shown or count(value) is None or path[-1] in sums for path, value in wanted.items())
    for one, other in zip(seen["results"], exact["results"], strict=True):
        for way in ("gained", "lost"):
            causes = {each["cause"]: each for each in one["transitions"][way]}
            many = {each["cause"]: each for each in other["transitions"][way] if each["people"] >= 11}
            assert causes.keys() == many.keys()
            assert all(causes[cause]["months"] == count(many[cause]["months"]) for cause in causes)
    as_negotiator = administrator.get(f"/v1/scenarios/{exact['id']}?as=negotiator").json
    assert as_negotiator == seen
    assert auditor.get(f"/v1/scenarios/{exact['id']}").json == exact


def test_differences_of_two_questions_tell_no_small_count(administrator, negotiator, app, session, people):
    """Two snapshots that differ by one member, and thresholds an inch apart: the attack that suppression is for."""
    home, snapshots = app.extensions["hourbank"].settings.home, []
    for members in (PEOPLE, PEOPLE - 1):
        own = people.lines["member"] < members
        lines = {name: column[own] for name, column in people.lines.items()}
        with app.app_context():
            row = keep(session, home, people._replace(members=members, lines=lines), 0, "test")
        session.commit()
        snapshots.append(str(row.id))
    answers = [
        ask(
            negotiator,
            snapshot=one,
            under=["current", {"name": "x", "changes": {"continuing_hours": {"2016-08-01": hours}}}],
        )
        for one in snapshots
        for hours in ("450", "450.25", "451")
    ]
    exact = [
        ask(
            administrator,
            snapshot=one,
            under=["current", {"name": "x", "changes": {"continuing_hours": {"2016-08-01": "450"}}}],
        )
        for one in snapshots
    ]
    assert exact[0]["results"] != exact[1]["results"]
    for one, other in itertools.combinations(answers, 2):
        first, second = (dict(figures(each["results"])) for each in (one, other))
        for path in first.keys() & second.keys():
            assert not 0 < abs(first[path] - second[path]) < 11


def test_money_for_negotiators_is_that_of_the_counts_they_see(administrator, negotiator, kept):
    dear = {**FINANCE, "cost_per_covered": {"values": {"2016-01-01": "1000000.00"}, "source": "to tell counts by"}}
    exact, seen = ask(administrator, finance=dear), ask(negotiator, finance=dear)
    for result in seen["results"]:
        assert result["money"]["cost"] == [f"{1_000_000 * (one or 0)}.00" for one in result["covered"]]
        assert all(float(one) % 10_000 == 0 for one in result["money"]["contributed"])
    assert exact["results"][0]["money"]["cost"] != seen["results"][0]["money"]["cost"]


def test_a_sheet_is_signed_and_found_out_when_it_is_changed(administrator, negotiator, kept):
    found = ask(negotiator, group_by=["local"])
    address = f"/v1/scenarios/{found['id']}/sheet"
    sheet = negotiator.get(address).json
    key = negotiator.get("/v1/scenarios/signing-key").json["public_key"]
    sheets.verify(sheet)
    sheets.verify(sheet, key)
    assert sheet["outcome"]["hash"] == found["hash"]
    for change in (
        lambda one: one["outcome"]["results"][0]["covered"].__setitem__(0, 7),
        lambda one: one["asked"].__setitem__("plan", "other"),
        lambda one: one.__setitem__("signature", "00" * 64),
        lambda one: one.pop("signature"),
    ):
        changed = copy.deepcopy(sheet)
        change(changed)
        with pytest.raises(sheets.SheetError):
            sheets.verify(changed)
    with pytest.raises(sheets.SheetError):
        sheets.verify(sheet, "11" * 32)
    table = negotiator.get(f"{address}?format=csv")
    assert table.content_type.startswith("text/csv")
    assert table.text.splitlines()[0] == "terms,by,group,month,figure,value"
    assert f"450 hours,everybody,everybody,,lost,{found['results'][1]['lost'] or ''}" in table.text
    page = negotiator.get(f"{address}?format=html")
    assert page.content_type.startswith("text/html")
    for word in ("<svg", "450 hours", "Why, under", found["hash"], "not shown"):
        assert word in page.text
    assert "<script" not in page.text
    assert "http" not in page.text.replace("http://www.w3.org/2000/svg", "")
    assert administrator.get(address).json["outcome"]["hash"] != found["hash"]
    assert administrator.get(f"{address}?as=negotiator").json == sheet


def test_a_sheet_tells_all_that_was_asked(administrator, kept):
    axis = {"path": "continuing_hours", "from": "2016-08-01", "values": ["420", "460"]}
    found = ask(
        administrator,
        finance={**FINANCE, "close": {"gap": "1000.00", "by": "sweep"}},
        sweep=axis,
        assume={"hours_factor": "0.90"},
        uncertainty={"draws": 20},
    )
    address = f"/v1/scenarios/{found['id']}/sheet"
    page, first = administrator.get(f"{address}?format=html").text, found["results"][0]
    for word in (
        "hours_factor: ",
        "Where nine in ten resampled memberships lie",
        "Who misses cover by at most 8.00 hours, by month",
        "Money of the fund (health), in dollars",
        grouped(first["money"]["net"]),
        grouped(first["money"]["contributions"][0]["total"]),
        "continuing_hours 460",
        "A gap of 1,000.00 dollars is closed by",
    ):
        assert word in page
    rows = list(csv.reader(administrator.get(f"{address}?format=csv").text.splitlines()))[1:]
    told = {tuple(row[:5]): row[5] for row in rows}
    assert len(told) == len(rows)
    assert told["current", "money", "health", "2016-08", "cost"] == first["money"]["cost"][0]
    assert told["current", "everybody", "everybody", "2016-09", "within 8.00"] == str(
        first["near_miss"][0]["by_month"][1]
    )
    assert told["", "assumption", "hours_factor", "", "lines"] == str(found["assumptions"][0]["lines"])
    assert told["current", "close", "460", "", "better_by"] == found["close"]["tried"][1]["better_by"]
    assert ("current", "everybody", "everybody", "2016-08", "lost, low") in told


def test_a_name_that_is_a_formula_or_markup_does_no_harm(administrator, kept):
    found = ask(administrator, under=["current", {"name": "=<b>1+1</b>", "changes": {}}])
    address = f"/v1/scenarios/{found['id']}/sheet"
    assert "'=<b>" in administrator.get(f"{address}?format=csv").text
    assert "<b>1+1" not in administrator.get(f"{address}?format=html").text


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"to": "2016-07"}, "/to"),
        ({"under": []}, "/under"),
        ({"under": [{"name": "x", "changes": {"no_such": {"2020-01-01": "1"}}}]}, "/under/0/changes/no_such"),
        (
            {"under": [{"name": "x", "changes": {"continuing_hours": {"soon": "1"}}}]},
            "/under/0/changes/continuing_hours/soon",
        ),
        ({"under": ["nothing"]}, "/under/0/proposal"),
        ({"under": [7]}, "/under/0"),
        ({"under": [{"changes": {}, "colour": "red"}]}, "/under/0/colour"),
        ({"group_by": ["shoe_size"]}, "/group_by"),
        ({"sweep": {"path": "continuing_hours", "from": "2016-08-01", "values": ["many"]}}, "/sweep/0/values/0"),
        ({"sweep": {"path": "continuing_hours", "from": "2016-08-01", "values": []}}, "/sweep"),
        ({"near_bands": ["24.00", "8.00"]}, "/near_bands"),
        ({"assume": {"daily_cap": 8}}, "/assume/daily_cap"),
        ({"assume": {"hours_factor": "-1"}}, "/assume/hours_factor"),
        ({"assume": {"stoppage": {"from": "2017-01-01"}}}, "/assume/stoppage/to"),
        ({"finance": {}}, "/finance/cost_per_covered"),
        ({"finance": {**FINANCE, "close": {"gap": "deficit", "by": "sweep"}}}, "/finance/close/by"),
        ({"finance": {**FINANCE, "close": {"gap": "much", "by": "rate"}}}, "/finance/close"),
        (
            {"under": [{"name": "x", "rates": {"basic-2018.pension.per_hour": {"2018-01-01": "1000"}}}]},
            "/under/0/rates",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(administrator, kept, session, more, pointer):
    answer = administrator.post("/v1/scenarios", json={**ASKED, **more})
    assert answer.status_code == 422, answer.text
    assert any(error["pointer"].startswith(pointer) for error in answer.json["errors"]), answer.text
    session.rollback()
    assert session.query(Scenario).count() == 0


def test_what_the_membership_cannot_bear_is_refused(administrator, kept):
    for more in (
        {"to": "2090-01", "from": "2089-01"},
        {"assume": {"stoppage": {"from": "2017-01-01", "to": "2017-02-01", "where": {"local": ["9999"]}}}},
        {"finance": FINANCE, "under": [{"name": "x", "rates": {"nobody.pension.per_hour": {"2018-01-01": "1"}}}]},
    ):
        answer = administrator.post("/v1/scenarios", json={**ASKED, **more})
        assert answer.status_code == 422, answer.text


def test_others_may_not_ask_and_absent_ones_are_not_found(
    administrator, kept, auditor, anonymous, client_for, member_factory
):
    member = client_for("member", member=member_factory())
    for client, status in ((auditor, 403), (member, 403), (anonymous, 401)):
        assert client.post("/v1/scenarios", json=ASKED).status_code == status
    found = ask(administrator)
    assert auditor.get(f"/v1/scenarios/{found['id']}").status_code == 200
    assert member.get(f"/v1/scenarios/{found['id']}").status_code == 403
    nobody = "00000000-0000-4000-8000-000000000000"
    for client in (administrator, auditor):
        assert client.get(f"/v1/scenarios/{nobody}").status_code == 404
    for more in ({"snapshot": nobody}, {"plan": "no-such-plan"}, {"under": [nobody]}):
        assert administrator.post("/v1/scenarios", json={**ASKED, **more}).status_code == 404


def test_imports_do_not_change_it_and_it_does_not_wait_for_them(
    administrator, kept, employer_factory, member_factory, session
):
    first = ask(administrator)
    employer, member = employer_factory(code="ACME"), member_factory()
    session.commit()
    assert post(administrator, employer, [line(member)]).status_code == 201
    session.query(Scenario).filter(Scenario.id == first["id"]).one()
    assert administrator.post(f"/v1/scenarios/{first['id']}/replay").json["identical"] is True


def test_as_a_job_it_is_counted_and_may_be_ended(administrator, kept, app, session):
    later = {"Prefer": "respond-async"}
    accepted = administrator.post("/v1/scenarios", json=ASKED, headers=later)
    assert accepted.status_code == 202
    assert jobs.take_all(app) == 1
    done = administrator.get(accepted.headers["Location"]).json
    assert (done["state"], done["status"], done["counted"], done["total"]) == ("done", 201, PEOPLE, PEOPLE)
    assert done["answer"] == ask(administrator)
    other = administrator.post("/v1/scenarios", json={**ASKED, "to": "2017-07"}, headers=later)
    ended = administrator.delete(other.headers["Location"])
    assert ended.status_code == 204
    assert jobs.take_all(app) == 0
    read = administrator.get(other.headers["Location"]).json
    assert (read["state"], read["status"]) == ("done", 409)
    assert len(administrator.get("/v1/scenarios").json["items"]) == 1


def test_a_large_one_becomes_a_job_by_itself(administrator, kept, app, monkeypatch):
    monkeypatch.setattr("service.scenarios.AT_ONCE", 1)
    accepted = administrator.post("/v1/scenarios", json=ASKED)
    assert accepted.status_code == 202
    assert jobs.take_all(app) == 1
    assert administrator.get(accepted.headers["Location"]).json["status"] == 201


def test_parts_of_any_size_come_to_the_same_bytes(people, administrator, kept, session):
    found = ask(
        administrator, group_by=["local"], sweep={"path": "bank_cap", "from": "2016-08-01", "values": ["0", "300"]}
    )
    session.rollback()
    row = session.get(Scenario, found["id"])
    on = ground(row.asked, people)
    sizes = [7, 1, 0, 150, PEOPLE - 158]
    edges = [0, *np.cumsum(sizes).tolist()]
    parts = [counted(row.asked, on, slice(*ends)) for ends in itertools.pairwise(edges)]
    assert canonical(outcome(row.asked, people, on, added(parts[::-1]))) == row.outcome
    told = []
    evaluated(row.asked, people, lambda counted_, total: told.append((counted_, total)))
    assert told[-1] == (PEOPLE, PEOPLE)
    assert PART > PEOPLE
    assert json.loads(row.outcome)["members"] == PEOPLE


def test_members_about_whom_the_terms_say_nothing_are_told_of(administrator, kept):
    """The plan asks for the member's tenure, which nobody has recorded."""
    found = ask(administrator, plan="ufcw-socal", under=["current"])
    (note,) = [note for note in found["notes"] if "not recorded" in note]
    assert note.startswith("Some members count as not covered, because the terms of ufcw-socal (current) need")
    assert not any("not recorded" in note for note in ask(administrator)["notes"])


def test_amounts_are_read_with_thousands_apart():
    amounts = ("-380162.18", "1234567.00", "0.50", "-0.50", None)
    assert [grouped(one) for one in amounts] == ["-380,162.18", "1,234,567.00", "0.50", "-0.50", None]
