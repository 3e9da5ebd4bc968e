"""The question over HTTP: under several terms, as known at a position, by those who may ask."""

import uuid

import pytest
from sqlalchemy import event

from tests.service.reports import correct, line, moved, post

CYCLE = (("2020-12-05", "600.00"), ("2021-05-01", "400.01"), ("2021-11-06", "399.99"), ("2022-05-07", "399.99"))


@pytest.fixture
def member_with_hours(administrator, employer, member, session):
    """A member who began with 600 hours, banked 0.01, and was then short of 0.01 twice."""
    session.commit()
    lines = [line(member, hours, week) for week, hours in CYCLE]
    receipt = post(administrator, employer, lines)
    assert receipt.status_code == 201
    return member


def ask(client, member, on, **query):
    """The answer to a question about a day."""
    member_id = getattr(member, "id", member)
    return client.get(f"/v1/members/{member_id}/coverage", query_string={"plan": "mpi-health", "on": on, **query})


def propose(client, **changes):
    """Post a proposal; its id."""
    made = client.post(
        "/v1/proposals", json={"title": "A change", "author": "Somebody", "plan": "mpi-health", "changes": changes}
    )
    assert made.status_code == 201
    return made.json["id"]


def test_the_answer_has_the_form_of_the_contract(administrator, member_with_hours):
    answer = ask(administrator, member_with_hours, "2022-03-01")
    assert answer.status_code == 200
    body = answer.json
    assert [body[name] for name in ("member", "plan", "on", "known_at")] == [
        str(member_with_hours.id),
        "mpi-health",
        "2022-03-01",
        1,
    ]
    (found,) = body["determinations"]
    assert found["terms"]["name"] == "current"
    assert (found["covered"], found["from"], found["until"]) == (True, "2022-03-01", "2022-08-31")
    assert (found["route"], found["tier"], found["standing"]) == ("bank", None, "covered")
    assert found["qualifying_period"] == {"from": "2021-06-20", "to": "2021-12-25"}
    assert found["hours"] == {"counted": "399.99", "required": "400.00", "short": "0.01"}
    assert found["bank"] == {"before": "0.01", "drawn": "0.01", "added": "0.00", "after": "0.00"}
    assert found["next"] == {
        "benefit_period": {"from": "2022-09-01", "until": "2023-02-28"},
        "qualifying_period": {"from": "2021-12-26", "to": "2022-06-25"},
        "hours_so_far": "399.99",
        "hours_required": "400.00",
        "hours_needed": "0.01",
        "hours_needed_with_bank": "0.01",
        "earn_by": "2022-06-25",
        "bank": "0.00",
        "bank_would_cover": False,
    }
    first = found["reasons"][0]
    assert set(first) == {"text", "rule", "cite", "status", "lines"}
    assert set(first["cite"]) == {"title", "url", "section"}


def test_the_lines_behind_a_reason_are_lines_of_the_ledger(administrator, member_with_hours):
    found = ask(administrator, member_with_hours, "2022-03-01").json["determinations"][0]
    ledger = administrator.get(f"/v1/members/{member_with_hours.id}/hours").json["lines"]
    counted = [entry for entry in ledger if entry["id"] in found["reasons"][0]["lines"]]
    assert [(entry["week_ending"], entry["hours"]) for entry in counted] == [("2021-11-06", "399.99")]


def test_a_short_member_is_not_covered_and_is_told_why(administrator, member_with_hours):
    found = ask(administrator, member_with_hours, "2022-09-01").json["determinations"][0]
    assert (found["covered"], found["from"], found["until"], found["route"]) == (False, None, None, "none")
    assert found["standing"] == "lapsed"
    assert "0.01 are short" in found["reasons"][0]["text"]


def test_several_terms_are_answered_in_the_order_asked(administrator, member_with_hours):
    lower, higher = (
        propose(administrator, continuing_hours={"2000-01-01": "300"}),
        propose(administrator, continuing_hours={"2000-01-01": "450"}),
    )
    answer = ask(administrator, member_with_hours, "2022-09-01", under=[higher, "current", lower])
    found = answer.json["determinations"]
    assert [one["terms"]["proposal"] for one in found] == [higher, None, lower]
    assert [one["hours"]["required"] for one in found] == ["450.00", "400.00", "300.00"]
    assert [one["covered"] for one in found] == [False, False, True]
    assert len({one["terms"]["version"] for one in found}) == 3


def test_what_was_known_then_is_answered_from_what_was_known_then(administrator, employer, member_with_hours):
    before = ask(administrator, member_with_hours, "2022-09-01").json
    late = post(administrator, employer, [line(member_with_hours, "0.01", "2022-05-14")], "late")
    assert moved(late) == {"gained": 1, "lost": 0}
    now = ask(administrator, member_with_hours, "2022-09-01").json
    assert (before["determinations"][0]["covered"], now["determinations"][0]["covered"]) == (False, True)
    assert (before["known_at"], now["known_at"]) == (1, 2)
    assert ask(administrator, member_with_hours, "2022-09-01", known_at=1).json == before


def test_a_correction_that_loses_cover_says_so(administrator, employer, member_with_hours):
    late = post(administrator, employer, [line(member_with_hours, "0.01", "2022-05-14")], "late").json
    taken_back = correct(administrator, late["id"], {"line": 1, "void": True})
    assert moved(taken_back) == {"gained": 0, "lost": 1}
    assert not ask(administrator, member_with_hours, "2022-09-01").json["determinations"][0]["covered"]


def test_facts_are_part_of_what_is_known(administrator, member_with_hours):
    decision = {"kind": "unavailable_for_work", "from": "2022-03-01", "to": "2022-03-01", "reason": "Left the trade."}
    recorded = administrator.post(f"/v1/members/{member_with_hours.id}/facts", json=decision)
    assert recorded.status_code == 201
    assert not ask(administrator, member_with_hours, "2022-03-01").json["determinations"][0]["covered"]
    assert ask(administrator, member_with_hours, "2022-03-01", known_at=1).json["determinations"][0]["covered"]


def test_a_disability_claim_counts_from_the_ledger_to_the_answer(administrator, member_with_hours):
    claim = {"kind": "disability", "from": "2022-01-02", "to": "2022-01-08", "claim": "C-1", "claimed": "2022-01-03"}
    assert administrator.post(f"/v1/members/{member_with_hours.id}/facts", json=claim).status_code == 201
    found = ask(administrator, member_with_hours, "2022-09-01").json["determinations"][0]
    assert (found["covered"], found["route"]) == (True, "disability")


@pytest.mark.parametrize(
    ("name", "on", "covered", "route", "until", "words"),
    [
        ("cover_granted", "2022-09-01", True, "decision", "2023-02-28", "The plan decided that there is cover"),
        ("cover_refused", "2022-03-01", False, "none", None, "The plan decided that there is no cover"),
    ],
)
def test_a_decision_overrides_a_test(administrator, member_with_hours, name, on, covered, route, until, words):
    before = ask(administrator, member_with_hours, on).json["determinations"][0]
    decision = {"kind": "decision", "name": name, "from": on, "reason": "Appeal 7 of 2022."}
    assert administrator.post(f"/v1/members/{member_with_hours.id}/facts", json=decision).status_code == 201
    found = ask(administrator, member_with_hours, on).json["determinations"][0]
    assert before["covered"] is not covered
    assert (found["covered"], found["route"], found["until"]) == (covered, route, until)
    assert found["hours"] == before["hours"]
    assert any(words in reason["text"] for reason in found["reasons"])
    assert ask(administrator, member_with_hours, on, known_at=1).json["determinations"][0] == before


def test_hours_moved_into_the_bank_make_up_a_shortfall(administrator, member_with_hours):
    moved = {"kind": "bank_adjustment", "from": "2022-06-25", "amount": "0.01", "reason": "From another fund."}
    assert administrator.post(f"/v1/members/{member_with_hours.id}/facts", json=moved).status_code == 201
    found = ask(administrator, member_with_hours, "2022-09-01").json["determinations"][0]
    assert (found["covered"], found["route"]) == (True, "bank")
    assert found["bank"] == {"before": "0.01", "drawn": "0.01", "added": "0.00", "after": "0.00"}


def test_the_history_has_a_row_per_benefit_period(administrator, member_with_hours):
    proposal = propose(administrator, continuing_hours={"2000-01-01": "300"})
    answer = administrator.get(
        f"/v1/members/{member_with_hours.id}/coverage/history",
        query_string={"plan": "mpi-health", "from": "2021-02", "to": "2022-10-31", "under": ["current", proposal]},
    )
    assert answer.status_code == 200
    current, proposed = answer.json["histories"]
    assert [(one["from"], one["route"]) for one in current["periods"]] == [
        (None, "none"),
        ("2021-03-01", "initial"),
        ("2021-09-01", "hours"),
        ("2022-03-01", "bank"),
        (None, "none"),
        (None, "none"),
    ]
    assert [one["route"] for one in proposed["periods"]] == ["none", "initial", "hours", "hours", "hours"]


@pytest.mark.parametrize(
    ("query", "status", "pointer", "code"),
    [
        ({"plan": "nowhere"}, 404, None, None),
        ({"on": "2021-02-30"}, 422, "/query/on", "impossible_date"),
        ({"on": "1980-01-01"}, 422, "/query/on", "no_terms"),
        ({"under": "mine"}, 422, "/query/under", "bad_under"),
        ({"under": str(uuid.uuid4())}, 404, None, None),
        ({"known_at": "999"}, 422, "/query/known_at", "not_known_yet"),
        ({"known_at": "soon"}, 422, "/query/known_at", "bad_known_at"),
        ({"underr": "current"}, 422, "/query/underr", "unknown_name"),
    ],
)
def test_a_wrong_question_is_refused_with_its_place(administrator, member_with_hours, query, status, pointer, code):
    answer = administrator.get(
        f"/v1/members/{member_with_hours.id}/coverage",
        query_string={"plan": "mpi-health", "on": "2022-03-01", **query},
    )
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    if pointer:
        assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "2022-13", "to": "2022-12"}, "/query/from"),
        ({"from": "2022-02", "to": "2022-01"}, "/query/to"),
        ({"from": "1980-01", "to": "2022-01"}, "/query/from"),
        ({"from": "2022-01", "to": "2099-01"}, "/query/to"),
    ],
)
def test_a_wrong_stretch_is_refused_with_its_place(administrator, member_with_hours, query, pointer):
    path = f"/v1/members/{member_with_hours.id}/coverage/history"
    answer = administrator.get(path, query_string={"plan": "mpi-health", **query})
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_hours_outside_the_calendar_are_refused_not_dropped(administrator, employer, member, session):
    session.commit()
    refused = post(administrator, employer, [line(member, "1.00", "1990-01-20")])
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "date_out_of_range")
    assert "1990-01-21" in refused.json["errors"][0]["message"]
    assert post(administrator, employer, [line(member, "1.00", "1990-01-21")]).status_code == 201
    assert ask(administrator, member, "2022-03-01").status_code == 200


def test_nobody_sees_whether_another_member_is_covered(
    administrator, auditor, negotiator, employer_client, member_client, member_factory, member_with_hours, session
):
    other = member_factory()
    session.commit()
    assert ask(member_client, member_with_hours, "2022-03-01").status_code == 200
    assert ask(auditor, member_with_hours, "2022-03-01").status_code == 200
    assert {ask(client, member_with_hours, "2022-03-01").status_code for client in (negotiator, employer_client)} == {
        403
    }
    anothers, absent = ask(member_client, other, "2022-03-01"), ask(member_client, uuid.uuid4(), "2022-03-01")
    assert anothers.status_code == absent.status_code == 404
    assert {**anothers.json, "request_id": ""} == {**absent.json, "request_id": ""}


def test_an_answer_reads_the_ledger_once_whatever_it_is_asked_under(administrator, member_with_hours, engine):
    def statements(under):
        seen = []
        event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        ask(administrator, member_with_hours, "2022-03-01", under=under)
        return len([sql for sql in seen if "entries" in sql])

    assert statements(["current"]) == statements(["current"] * 5) == 1


def test_the_receipt_counts_gains_by_report(administrator, employer, member_factory, session):
    members = [member_factory() for _ in range(3)]
    session.commit()
    hours = ("600.00", "599.99", "600.00")
    receipt = post(administrator, employer, [line(one, amount) for one, amount in zip(members, hours, strict=True)])
    assert moved(receipt) == {"gained": 2, "lost": 0}
