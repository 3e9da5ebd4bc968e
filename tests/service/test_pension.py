"""A member's pension over HTTP: under several terms, as known at a position, by those who may ask."""

import uuid

import pytest
from sqlalchemy import event

from tests.service.pension_plans import shipped
from tests.service.reports import correct, line, post

# Hours of six years: three qualify under 400, one under 950.
WORKED = {2015: "950", 2016: "500", 2017: "99", 2018: "400", 2019: "0.01", 2020: "399.99"}


@pytest.fixture(scope="module", autouse=True)
def plans(tmp_path_factory):
    """The small plans beside the shipped ones."""
    with shipped(tmp_path_factory.mktemp("plans")):
        yield


@pytest.fixture
def worker(administrator, employer, member, session):
    """A member with the hours above, each year's in one week of June."""
    member.birth_date = None
    session.commit()
    lines = [line(member, hours, f"{year}-06-06") for year, hours in WORKED.items()]
    assert post(administrator, employer, lines).status_code == 201
    return member


def ask(client, member, on="2020-12-31", **query):
    """The answer to a question about a day."""
    member_id = getattr(member, "id", member)
    return client.get(f"/v1/members/{member_id}/pension", query_string={"plan": "crew-pension", "on": on, **query})


def found(client, member, on="2020-12-31", **query):
    """The one pension of an answer."""
    answer = ask(client, member, on, **query)
    assert answer.status_code == 200, answer.json
    (pension,) = answer.json["pensions"]
    return pension


def propose(client, plan="crew-pension", **changes):
    """Post a proposal; the answer."""
    body = {"title": "A change", "author": "Somebody", "plan": plan, "changes": changes}
    return client.post("/v1/proposals", json=body)


def record(client, member, **fact):
    """Record a fact; the answer."""
    return client.post(f"/v1/members/{member.id}/facts", json={"reason": "Told by the local.", **fact})


def texts(reasons):
    """The sentences of reasons as one text."""
    return " ".join(reason["text"] for reason in reasons)


def test_the_answer_has_the_form_of_the_contract(administrator, worker):
    body = ask(administrator, worker).json
    assert [body[name] for name in ("member", "plan", "on", "known_at")] == [
        str(worker.id),
        "crew-pension",
        "2020-12-31",
        1,
    ]
    (pension,) = body["pensions"]
    assert pension["terms"]["name"] == "current"
    assert pension["terms"]["proposal"] is None
    assert (pension["participant"], pension["vested"], pension["vested_since"]) == (True, "100.00", "2018-12-31")
    assert pension["service"] == [{"name": "qualified_years", "title": "Qualified years", "years": "3.00"}]
    assert (pension["breaks_in_a_row"], pension["lost"]) == (0, False)
    # 2,349 hours at four cents, exact to the hundredth and rounded down once: 93.96.
    assert (pension["benefit"], pension["account"]) == ({"monthly": "93.96"}, None)
    assert pension["projection"] == {"a_year": "399.99", "vested_on": "2018-12-31", "years_more": 0}
    assert [(year["hours"], year["qualified"], year["break"]) for year in pension["years"]] == [
        ("950.00", True, False),
        ("500.00", True, False),
        ("99.00", False, True),
        ("400.00", True, False),
        ("0.01", False, True),
        ("399.99", False, False),
    ]
    last = pension["years"][-1]
    assert (last["from"], last["until"], last["complete"]) == ("2020-01-01", "2020-12-31", True)
    assert (last["amounts"], last["credited"]) == ({"hours": "399.99"}, {"qualified_years": "0.00"})
    assert (last["vested"], last["benefit"], last["account"]) == ("100.00", "93.96", None)
    assert "0.01 fewer than the 400" in texts(last["reasons"])
    assert {tuple(reason) for reason in last["reasons"]} == {("text", "rule", "cite", "status", "lines")}
    assert pension["retirement"][0]["route"] == "normal"


def test_the_lines_behind_a_year_are_lines_of_the_ledger(administrator, worker):
    years = found(administrator, worker)["years"]
    ledger = administrator.get(f"/v1/members/{worker.id}/hours").json["lines"]
    weeks = {entry["id"]: entry["week_ending"] for entry in ledger}
    assert [[weeks[number] for number in year["reasons"][0]["lines"]] for year in years] == [
        [f"{year}-06-06"] for year in WORKED
    ]


def test_950_hours_instead_of_400_are_read_from_the_same_hours(administrator, negotiator, worker):
    made = propose(negotiator, year_hours={"2000-01-01": "950"})
    assert made.status_code == 201, made.json
    proposal = made.json["id"]
    told = ask(administrator, worker, under=[proposal, "current", proposal]).json["pensions"]
    assert [one["terms"]["proposal"] for one in told] == [proposal, None, proposal]
    assert told[0] == told[2]
    assert [one["service"][0]["years"] for one in told[:2]] == ["1.00", "3.00"]
    assert [one["vested"] for one in told[:2]] == ["0.00", "100.00"]
    assert [year["qualified"] for year in told[0]["years"]] == [True, False, False, False, False, False]
    assert "450.00 fewer than the 950" in texts(told[0]["years"][1]["reasons"])
    # At the pace of the last year, 399.99 hours, nobody is ever vested there; at 950 a year two more do.
    assert told[0]["projection"] == {"a_year": "399.99", "vested_on": None, "years_more": None}
    ahead = found(administrator, worker, under=proposal, a_year="950")["projection"]
    assert ahead == {"a_year": "950.00", "vested_on": "2022-12-31", "years_more": 2}


def test_the_year_in_progress_counts_as_one_of_the_years_to_come(administrator, worker):
    """Two years had been credited by June 2018 and the third is under way; what came later is not known to a pace."""
    ahead = found(administrator, worker, "2018-06-01", a_year="400")
    assert ahead["projection"] == {"a_year": "400.00", "vested_on": "2018-12-31", "years_more": 1}
    assert (ahead["years"][-1]["complete"], ahead["years"][-1]["hours"]) == (False, "0.00")
    within = found(administrator, worker, "2018-06-06")
    assert (within["vested"], within["vested_since"]) == ("100.00", "2018-06-06")


def test_without_a_complete_year_there_is_no_pace(administrator, worker):
    assert found(administrator, worker, "2015-06-06")["projection"] is None
    given = found(administrator, worker, "2015-06-06", a_year="400")["projection"]
    assert given == {"a_year": "400.00", "vested_on": "2017-12-31", "years_more": 3}


def test_a_projection_ends_with_the_years_that_are_counted(administrator, worker):
    proposal = propose(administrator, year_hours={"2000-01-01": "960"}).json["id"]
    ahead = found(administrator, worker, "2070-12-31", a_year="960", under=proposal)["projection"]
    assert ahead == {"a_year": "960.00", "vested_on": None, "years_more": None}
    three_before = found(administrator, worker, "2067-12-31", a_year="960", under=proposal)["projection"]
    assert three_before == {"a_year": "960.00", "vested_on": "2070-12-31", "years_more": 3}


def test_a_member_without_hours_has_a_year_with_nothing_in_it(administrator, member, session):
    session.commit()
    pension = found(administrator, member)
    assert (pension["participant"], pension["vested"], pension["benefit"]) == (False, "0.00", {"monthly": "0.00"})
    assert [(year["hours"], year["break"]) for year in pension["years"]] == [("0.00", False)]


def test_a_corrected_report_changes_an_earlier_year_and_the_answer_known_then_stays(
    administrator, employer, member, session
):
    session.commit()
    posted = post(administrator, employer, [line(member, "400", f"{year}-06-06") for year in (2015, 2016, 2017)])
    before = ask(administrator, member).json
    assert before["pensions"][0]["vested"] == "100.00"
    corrected = correct(administrator, posted.json["id"], {"line": 2, "hours_worked": "399.99"})
    assert corrected.status_code == 201
    now = ask(administrator, member).json
    assert (before["known_at"], now["known_at"]) == (1, 2)
    assert [year["qualified"] for year in now["pensions"][0]["years"]][:3] == [True, False, True]
    assert now["pensions"][0]["vested"] == "0.00"
    assert ask(administrator, member, known_at=1).json == before


def test_an_amendment_is_in_force_since_its_day_and_known_since_its_position(administrator, worker):
    amendment = {
        "title": "380 hours",
        "cite": {"title": "Minutes", "url": "https://plan.example/minutes"},
        "adopted": "2020-06-02",
        "changes": {"year_hours": {"2019-01-01": "380"}},
        "reason": "Work has not come back.",
    }
    address = "/v1/plans/crew-pension/amendments"
    tried = administrator.post(address, json=amendment, query_string={"dry_run": "true"})
    assert (tried.status_code, tried.json["effect"]) == (201, None)
    assert found(administrator, worker)["service"][0]["years"] == "3.00"
    assert administrator.post(address, json=amendment).status_code == 201
    assert [one["title"] for one in administrator.get(address).json["items"]] == ["380 hours"]
    now = found(administrator, worker)
    assert now["service"][0]["years"] == "4.00"
    assert [year["qualified"] for year in now["years"]] == [True, True, False, True, False, True]
    assert found(administrator, worker, known_at=1)["service"][0]["years"] == "3.00"
    [listed] = [one for one in administrator.get("/v1/plans").json["items"] if one["plan"] == "crew-pension"]
    assert listed["version"] == now["terms"]["version"]


def test_without_a_day_of_birth_nobody_says_who_may_retire(administrator, worker):
    (route,) = found(administrator, worker)["retirement"]
    assert (route["eligible"], route["title"]) == (False, "Pension at 62")
    assert "day of birth is not recorded" in texts(route["reasons"])
    assert record(administrator, worker, kind="born", **{"from": "1958-12-31"}).status_code == 201
    (old_enough,) = found(administrator, worker)["retirement"]
    assert old_enough["eligible"]
    assert "you are 62 and 62 is asked for" in texts(old_enough["reasons"])
    assert found(administrator, worker, "2020-12-30")["retirement"][0]["eligible"] is False
    assert found(administrator, worker, known_at=1)["retirement"] == [route]


def test_the_day_of_birth_of_the_enrolment_serves_where_no_fact_says_one(administrator, member, session):
    member.birth_date = None
    session.commit()
    enrolled = administrator.post(
        "/v1/members", json={"number": "M-62", "name": "Ada Grip", "birth_date": "1958-12-31"}
    ).json["id"]
    assert "you are 62" in texts(found(administrator, enrolled)["retirement"][0]["reasons"])
    said = administrator.post(f"/v1/members/{enrolled}/facts", json={"kind": "born", "from": "1968-12-31"})
    assert said.status_code == 201
    assert "you are 52" in texts(found(administrator, enrolled)["retirement"][0]["reasons"])


def test_a_state_saves_a_year_from_being_a_break(administrator, worker):
    disabled = record(
        administrator, worker, kind="state", name="disabled", **{"from": "2019-03-01", "to": "2019-03-31"}
    )
    assert disabled.status_code == 201
    year = found(administrator, worker)["years"][4]
    assert (year["break"], year["spared"]) == (False, True)
    assert "because of: disabled" in texts(year["reasons"])
    before = found(administrator, worker, known_at=1)["years"][4]
    assert (before["break"], before["spared"]) == (True, False)


def test_five_breaks_in_a_row_lose_what_was_not_vested(administrator, employer, member, session):
    session.commit()
    assert post(administrator, employer, [line(member, "400", "2010-06-05")]).status_code == 201
    warned = found(administrator, member, "2014-12-31")
    assert (warned["breaks_in_a_row"], warned["lost"]) == (4, False)
    assert "4 breaks in service in a row; with 5 everything" in texts(warned["reasons"])
    lost = found(administrator, member, "2015-12-31")
    assert (lost["lost"], lost["service"][0]["years"], lost["benefit"]) == (True, "0.00", {"monthly": "0.00"})
    assert [year["lost"] for year in lost["years"]] == [False] * 5 + [True]


def test_an_account_counts_scale_pay_and_what_is_owed_to_accounts(administrator, premium, member, session):
    """6 percent of scale are owed to the account; the pension, 1.8065 an hour, is another fund's."""
    session.commit()
    lines = [
        line(member, "100.00", "2021-08-14", scale_rate="40.25"),
        line(member, "10.01", "2021-08-21", scale_rate="40.25"),
        line(member, "50.00", "2021-08-28"),
    ]
    assert post(administrator, premium, lines).status_code == 201
    pension = found(administrator, member, "2021-12-31", plan="crew-account")
    (year,) = pension["years"]
    # 10.01 hours at 40.25 are 402.9025 dollars, and six percent of them 24.174.
    assert year["amounts"] == {"hours": "160.01", "scale": "4427.90", "paid-in": "265.67"}
    assert pension["account"] == {"balance": "708.46", "vested": None}
    assert (pension["benefit"], pension["projection"]) == (None, None)
    unsaid = [reason for reason in pension["reasons"] if reason["status"] == "assumed"]
    assert [reason["rule"] for reason in unsaid] == ["credit.scale.counts", "credit.paid-in.counts"]
    assert all("1 line does not tell" in reason["text"] for reason in unsaid)
    ledger = administrator.get(f"/v1/members/{member.id}/hours").json["lines"]
    assert [reason["lines"] for reason in unsaid] == [[ledger[2]["id"]]] * 2
    earlier = found(administrator, member, "2021-08-21", plan="crew-account")
    assert {reason["status"] for reason in earlier["reasons"]} == {"stated"}


def test_a_plan_that_counts_what_the_ledger_does_not_hold_is_refused(administrator, worker):
    refused = ask(administrator, worker, plan="crew-earnings")
    assert (refused.status_code, refused.json["type"]) == (422, "/problems/not-in-the-ledger")
    assert "crew-earnings counts earnings" in refused.json["detail"]


@pytest.mark.parametrize(
    ("address", "plan", "right"),
    [
        ("pension", "mpi-health", "/v1/members/{member}/coverage"),
        ("coverage", "crew-pension", "/v1/members/{member}/pension"),
        ("coverage/history", "crew-pension", "/v1/members/{member}/pension"),
    ],
)
def test_a_plan_of_the_other_kind_names_the_address_that_answers(administrator, worker, address, plan, right):
    query = {"plan": plan, "from": "2020-01", "to": "2020-12"} if "history" in address else {"plan": plan}
    refused = administrator.get(f"/v1/members/{worker.id}/{address}", query_string=query)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    (error,) = refused.json["errors"]
    assert (error["pointer"], error["code"]) == ("/query/plan", "other_kind")
    assert right in error["message"]


@pytest.mark.parametrize(
    ("query", "status", "pointer", "code"),
    [
        ({"plan": "nowhere"}, 404, None, None),
        ({"on": "2021-02-30"}, 422, "/query/on", "impossible_date"),
        ({"on": "1900-01-01"}, 422, "/query/on", "no_terms"),
        ({"on": "2071-01-01"}, 422, "/query/on", "no_terms"),
        ({"under": "mine"}, 422, "/query/under", "bad_under"),
        ({"under": str(uuid.uuid4())}, 404, None, None),
        ({"known_at": "999"}, 422, "/query/known_at", "not_known_yet"),
        ({"a_year": "400.001"}, 422, "/query/a_year", "too_many_decimals"),
        ({"a_year": "-1"}, 422, "/query/a_year", "negative"),
        ({"weekly_hours": "40"}, 422, "/query/weekly_hours", "unknown_name"),
    ],
)
def test_a_wrong_question_is_refused_with_its_place(administrator, worker, query, status, pointer, code):
    answer = ask(administrator, worker, **{"on": "2020-12-31", **query})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    if pointer:
        assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]


def test_nobody_sees_another_members_pension(
    administrator, auditor, negotiator, employer_client, anonymous, member_client, member_factory, worker, session
):
    other = member_factory()
    session.commit()
    assert {ask(client, worker).status_code for client in (administrator, auditor, member_client)} == {200}
    assert {ask(client, worker).status_code for client in (negotiator, employer_client)} == {403}
    assert ask(anonymous, worker).status_code == 401
    anothers, absent = ask(member_client, other), ask(member_client, uuid.uuid4())
    assert anothers.status_code == absent.status_code == 404
    assert {**anothers.json, "request_id": ""} == {**absent.json, "request_id": ""}
    assert ask(administrator, uuid.uuid4()).status_code == 404


def test_an_answer_reads_the_ledger_once_whatever_it_is_asked_under(administrator, worker, engine):
    seen = []

    def note(*arguments):
        seen.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    ask(administrator, worker, under=["current"] * 5)
    event.remove(engine, "before_cursor_execute", note)
    assert len([sql for sql in seen if "entries" in sql]) == 1


def test_a_ten_year_cliff_is_refused_with_its_law(negotiator):
    refused = propose(negotiator, vesting_years={"2024-01-01": "10"})
    assert refused.status_code == 422
    (error,) = refused.json["errors"]
    assert (error["pointer"], error["code"]) == ("/changes/vesting_years", "bad_change")
    assert "29 USC 1053(a)(2)(A)" in error["message"]
    assert propose(negotiator, vesting_years={"2024-01-01": "5"}).status_code == 201


def test_a_ten_year_cliff_cannot_be_adopted_either(administrator):
    amendment = {
        "title": "Ten years",
        "cite": {"title": "Minutes", "url": "https://plan.example/minutes"},
        "adopted": "2020-06-02",
        "changes": {"vesting_years": {"2024-01-01": "10"}},
        "reason": "Asked for.",
    }
    refused = administrator.post("/v1/plans/crew-pension/amendments", json=amendment)
    assert refused.status_code == 422
    assert "29 USC 1053(a)(2)(A)" in refused.json["errors"][0]["message"]


def test_a_proposal_for_another_plan_is_not_asked_about_this_one(administrator, worker):
    other = propose(administrator, "mpi-health", continuing_hours={"2020-01-01": "450"}).json["id"]
    refused = ask(administrator, worker, under=other)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "other_plan")


def test_a_relief_order_is_for_plans_of_health_cover(administrator):
    order = {"title": "Relief", "adopted": "2020-06-02", "gives": "hours", "cite": "minutes"}
    body = {"plan": "crew-pension", "name": "relief", "order": order, "reason": "Work has not come back."}
    refused = administrator.post("/v1/relief-orders", json=body)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/plan")
    assert refused.json["errors"][0]["code"] == "other_kind"


def test_a_pension_plan_is_listed_and_read_like_any_other(auditor):
    listed = {one["plan"]: one for one in auditor.get("/v1/plans").json["items"]}
    plan = auditor.get("/v1/plans/crew-pension").json
    assert (plan["kind"], plan["version"]) == ("pension", listed["crew-pension"]["version"])
    assert plan["terms"]["vesting.steps.three.after"][0]["value"] == "3"
    terms = auditor.get("/v1/plans/crew-pension/terms", query_string={"on": "2022-01-01"}).json["terms"]
    assert terms["benefit.parts.hours.rate"]["value"] == "5"
    diff = auditor.get("/v1/plans/crew-pension/diff", query_string={"from": "2021-12-31", "to": "2022-01-01"}).json
    assert [(one["lever"], one["before"], one["after"]) for one in diff["changes"]] == [("rate", "4", "5")]


def test_a_pension_has_a_booklet_too(auditor):
    told = auditor.get("/v1/plans/crew-pension/booklet").json
    texts = [sentence["text"] for section in told["sections"] for sentence in section["sentences"]]
    assert [text for text in texts if "you are vested" in text]
    page = auditor.get("/v1/plans/crew-pension/booklet", query_string={"format": "html"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
