"""Plans over HTTP: every value with its dates and sources."""

import pytest

CONTINUING = "qualify.continuing.routes.hours.sum.at_least"


def test_plans_are_listed_with_their_versions(negotiator):
    listed = negotiator.get("/v1/plans").json
    assert [plan["plan"] for plan in listed["items"]] == ["mpi-health"]
    assert listed["next"] is None


def test_a_plan_is_read_whole(member_client):
    plan = member_client.get("/v1/plans/mpi-health").json
    assert plan["levers"]["continuing_hours"] == CONTINUING
    assert [(one["from"], one["value"], one["unit"]) for one in plan["terms"][CONTINUING]] == [
        ("1990-01-01", "300", "hour"),
        ("2008-11-01", "300", "hour"),
        ("2011-07-31", "400", "hour"),
    ]
    disputed = plan["terms"]["bank.deposit_after_initial"][0]
    assert disputed["status"] == "disputed"
    assert [one["value"] for one in disputed["either"]] == ["none", "excess_over_continuing"]
    assert plan["relief"]["strikes-2023"]["adopted"] == "2023-07-31"
    assert plan["version"] == member_client.get("/v1/plans").json["items"][0]["version"]
    assert "premiums" in plan["open"]


@pytest.mark.parametrize(("on", "hours"), [("2011-07-30", "300"), ("2011-07-31", "400"), ("2024-01-01", "400")])
def test_the_terms_of_a_day_hold_one_value_each(auditor, on, hours):
    terms = auditor.get("/v1/plans/mpi-health/terms", query_string={"on": on}).json
    assert (terms["on"], terms["terms"][CONTINUING]["value"]) == (on, hours)
    assert terms["terms"][CONTINUING]["cite"]["title"]


def test_terms_of_today_need_no_date(auditor):
    assert auditor.get("/v1/plans/mpi-health/terms").json["terms"][CONTINUING]["value"] == "400"


@pytest.mark.parametrize("path", ["/v1/plans/nowhere", "/v1/plans/nowhere/terms"])
def test_a_plan_that_is_not_there_is_a_404(auditor, path):
    assert auditor.get(path).status_code == 404


def test_plans_need_a_key(anonymous):
    assert anonymous.get("/v1/plans").status_code == 401
