"""What a scenario cannot be asked: refused with its place before anything is counted, and never counted as another."""

import pytest

from rules import terms
from service import suppression
from service.models import Scenario
from tests.service.asking import ASKED, FINANCE, ask

SWEEP = {"path": "continuing_hours", "from": "2016-08-01", "values": ["400", "450"]}
RATE = "basic-2018.active-health.per_hour"
BY_RATE = {"gap": "1.00", "by": "rate", "rate": RATE, "from": "2016-08-01", "values": ["8.50"]}


def side(**more):
    return ["current", {"name": "x", "changes": {"continuing_hours": {"2016-08-01": "450"}}, **more}]


def union(groups, name="crafts"):
    return {"name": name, "of": "local", "groups": groups}


def closing(**more):
    return {"finance": {**FINANCE, "close": {**BY_RATE, **more}}}


def given(**more):
    return {"finance": {**FINANCE, **{name: {"values": dated, "source": "a test"} for name, dated in more.items()}}}


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"group_by": ["local", "local"]}, "/group_by/1", "twice"),
        ({"group_by": ["local", union({"a": ["600"]}, "local")]}, "/group_by/1", "twice"),
        ({"group_by": ["shoes"]}, "/group_by/0", "no_such_group"),
        ({"group_by": [union({"a": ["nowhere"]})]}, "/group_by", "no_such_group"),
        ({"group_by": [union({"a": ["600"], "b": ["700", "600"]})]}, "/group_by/0/groups", "overlap"),
        ({"group_by": [union({"others": ["600"]})]}, "/group_by/0/groups", "bad_name"),
        ({"group_by": [union({"a": []})]}, "/group_by/0/groups/a", "empty"),
        ({"sweep": [SWEEP, SWEEP]}, "/sweep/1/path", "twice"),
        ({"assume": {"moves": [{"share": "1.50", "to": "basic-2018"}]}}, "/assume/moves/0/share", "out_of_range"),
        ({"assume": {"moves": [{"share": "0.00", "to": "basic-2018"}]}}, "/assume/moves/0/share", "out_of_range"),
        ({"assume": {"factors": [{"factor": "0.50", "where": {"local": []}}]}}, "/assume/factors/0/where", "empty"),
        ({"under": side(grandfather={"covered_on": "2018-08-01"})}, "/under/1/grandfather", "after_the_span"),
        ({"under": side(rates={"basic-2018.nothing.per_hour": {"2016-08-01": "1"}})}, "/under/1/rates", "no_such_rate"),
        ({"under": side(rates={"nobody.pension.per_hour": {"2016-08-01": "1"}})}, "/under/1/rates", "no_such_rate"),
        ({"under": side(rates={RATE: {"2016-08-01": "100.01"}})}, "/under/1/rates", "bad_rate"),
        ({"under": side(rates={"basic-2018.pension.of_scale": {"2016-08-01": "101"}})}, "/under/1/rates", "bad_rate"),
        ({"under": side(rates={"basic-2018.pension.per_day": {"2016-08-01": "1001"}})}, "/under/1/rates", "bad_rate"),
        ({"under": side(rates={RATE: {"2016-08-01": "much"}})}, "/under/1/rates", "bad_rate"),
        (closing(values=["8.50", "much"]), "/finance/close/values/1", "bad_rate"),
        (closing(values=["999999999"]), "/finance/close/values/0", "bad_rate"),
        (closing(rate="basic-2018.nothing.per_hour"), "/finance/close/rate", "no_such_rate"),
        (closing(gap="12 dollars"), "/finance/close/gap", "bad_money"),
        (closing(gap="-5.00"), "/finance/close/gap", "negative"),
        (closing(gap="5.001"), "/finance/close/gap", "too_many_decimals"),
        (given(cost_per_covered={}), "/finance/cost_per_covered/values", "required"),
        (given(cost_per_covered={"2016-08-02": "1000.00"}), "/finance/cost_per_covered/values", "required"),
        (given(cost_per_covered={"2016-01-01": "1000000.01"}), "/finance/cost_per_covered/values", "too_large"),
        (given(reserve={"2017-01-01": "1000000.00"}), "/finance/reserve/values", "required"),
    ],
)
def test_it_is_refused_with_its_place(administrator, kept, session, more, pointer, code):
    answer = administrator.post("/v1/scenarios", json={**ASKED, **more})
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json["errors"]
    assert fault["pointer"].startswith(pointer)
    assert fault["code"] == code
    session.rollback()
    assert session.query(Scenario).count() == 0


@pytest.mark.parametrize(("written", "meant"), [("1000000", "1000000.00"), ("7.5", "7.50"), ("0.01", "0.01")])
def test_a_gap_is_what_it_says_however_it_is_written(administrator, kept, written, meant):
    found = ask(administrator, sweep=SWEEP, finance={**FINANCE, "close": {"gap": written, "by": "sweep"}})
    assert found["close"]["gap"] == meant


def test_nobody_keeps_the_terms_of_a_day_before_all_work(administrator, kept):
    plain, early = (
        ask(administrator, under=side(**more))["results"][1]
        for more in ({}, {"grandfather": {"covered_on": "2011-01-01"}})
    )
    assert {**early, "version": ""} == {**plain, "version": ""}
    kept_terms = ask(administrator, under=side(grandfather={"covered_on": "2016-08-01"}))["results"][1]
    assert kept_terms["lost"] < plain["lost"]


def test_work_moved_where_nobody_knows_the_rates_is_told(administrator, kept):
    found = ask(administrator, finance=FINANCE, assume={"moves": [{"share": "0.25", "to": "new-media"}]})
    told = [one for one in found["results"][0]["money"]["contributions"] if one["agreement"] == "new-media"]
    assert told
    for one in told:
        assert (one["fund"], one["total"]) == ("unknown", "0.00")
        assert float(one["hours_without_a_known_rate"]) > 0


def test_all_work_may_be_moved(administrator, kept):
    everything = ask(administrator, assume={"moves": [{"share": "1.00", "to": "new-media", "counts": False}]})
    assert everything["results"][0]["covered"][-1] == 0


@pytest.mark.parametrize("plan", [name for name in terms.names() if "hours" in terms.plan(name).levers])
def test_a_term_that_is_named_like_a_count_is_shown_as_it_was_asked(plan):
    assert suppression.shown("sweep", [{"values": {"hours": "450"}, "gained": 7}]) == [
        {"values": {"hours": "450"}, "gained": None}
    ]
