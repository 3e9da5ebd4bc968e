"""Disputes, credits, relief orders and amendments over HTTP: what trustees decide, and what was known when."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from schemas.amendments import AMENDMENT_EXAMPLE
from schemas.relief_orders import RELIEF_EXAMPLE
from tests.service.reports import codes, correct, line, moved, post

# Hours of these weeks count for the cover from 1 September 2021 and from 1 March 2022.
FIRST, SECOND = "2021-05-01", "2021-11-06"


def asked(client, member, on, **query):
    """The determination of a member's cover on a day, and the position it was read at."""
    answer = client.get(f"/v1/members/{member.id}/coverage", query_string={"plan": "mpi-health", "on": on, **query})
    assert answer.status_code == 200, answer.json
    return answer.json["determinations"][0]


def test_a_dispute_is_granted_once_and_its_hours_count(administrator, member_client, employer, member, session):
    session.commit()
    post(administrator, employer, [line(member, "560.00", FIRST)])
    sent = {"employer": employer.code, "from": "2021-05-08", "to": "2021-05-15", "hours": "40.00", "evidence": "Stubs."}
    opened = member_client.post(f"/v1/members/{member.id}/disputes", json=sent)
    assert (opened.status_code, opened.json["state"]) == (201, "open")
    address = f"/v1/disputes/{opened.json['id']}/resolution"
    lines = [{"week_ending": "2021-05-08", "hours": "40.00"}]
    body = {"outcome": "granted", "reason": "The stubs show it.", "lines": lines}
    assert member_client.post(address, json=body).status_code == 403
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: administrator.post(address, json=body), range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (granted,) = (answer for answer in answers if answer.status_code == 201)
    assert moved(granted) == {"gained": 1, "lost": 0}
    assert asked(administrator, member, "2021-09-01")["covered"]
    ledger = administrator.get(f"/v1/members/{member.id}/hours").json["lines"]
    assert [(each["employer"], each["basis"], each["credited"]) for each in ledger] == [
        (employer.code, "hourly", "560.00"),
        (employer.code, "decision", "40.00"),
    ]
    assert member_client.get(f"/v1/disputes/{opened.json['id']}").json["state"] == "granted"


def test_another_members_dispute_is_as_unknown_as_none(member_client, member_factory, session):
    other = member_factory()
    session.commit()
    sent = {"from": "2021-05-08", "to": "2021-05-15", "hours": "40.00", "evidence": "Stubs."}
    assert member_client.post(f"/v1/members/{other.id}/disputes", json=sent).status_code == 404


def test_a_credit_is_reversed_once_and_the_reversal_reversed(administrator, member, session):
    session.commit()
    body = {"reason": "Appeal 41.", "lines": [{"week_ending": FIRST, "hours": "600.00"}]}
    address = f"/v1/members/{member.id}/credits"
    credit = administrator.post(address, json=body)
    assert (credit.status_code, moved(credit)) == (201, {"gained": 1, "lost": 0})
    undone = administrator.post(f"{address}/{credit.json['id']}/reversal", json={"reason": "Reported after all."})
    assert (undone.status_code, moved(undone)) == (201, {"gained": 0, "lost": 1})
    again = administrator.post(f"{address}/{credit.json['id']}/reversal", json={"reason": "Once more."})
    assert again.status_code == 409
    restored = administrator.post(f"{address}/{undone.json['id']}/reversal", json={"reason": "It was not."})
    assert (restored.status_code, restored.json["kind"]) == (201, "restoration")
    assert asked(administrator, member, "2021-09-01")["covered"]
    assert not asked(administrator, member, "2021-09-01", known_at=undone.json["position"])["covered"]


def test_gaps_of_members_and_of_employers_are_found(administrator, employer, member, session):
    session.commit()
    weeks = [f"2021-{month:02}-{day:02}" for month in (1, 2, 3, 5, 6) for day in (2, 9, 16, 23)]
    assert post(administrator, employer, [line(member, "40.00", week) for week in weeks]).status_code == 201
    query = {"from": "2021-01-01", "to": "2021-06-30", "weeks": "10"}
    items = administrator.get("/v1/missing-reports", query_string=query).json["items"]
    found = {(each["kind"], each["employer"]): each for each in items}
    assert found["employer", employer.code]["gap"]["months"] == ["2021-04"]
    assert found["member", employer.code]["number"] == member.number
    assert found["member", employer.code]["weeks_worked"] == len(weeks)


@pytest.fixture
def short(administrator, employer, member, session):
    """A member whose cover starts with September 2021 and is 20 hours short for March 2022."""
    session.commit()
    post(administrator, employer, [line(member, "600.00", FIRST), line(member, "380.00", SECOND)])
    return member


def test_a_rule_adopted_later_changes_no_answer_that_was_known_before(administrator, negotiator, short):
    on = "2022-03-01"
    before = administrator.get(f"/v1/members/{short.id}/coverage", query_string={"plan": "mpi-health", "on": on}).json
    assert not before["determinations"][0]["covered"]
    dry = administrator.post("/v1/plans/mpi-health/amendments?dry_run=true", json=AMENDMENT_EXAMPLE)
    assert dry.status_code == 201, dry.json
    assert dry.json["effect"]["gained"]["numbers"] == [short.number]
    assert not asked(administrator, short, on)["covered"]
    assert negotiator.post("/v1/plans/mpi-health/amendments", json=AMENDMENT_EXAMPLE).status_code == 403
    adopted = administrator.post("/v1/plans/mpi-health/amendments", json=AMENDMENT_EXAMPLE)
    assert adopted.status_code == 201, adopted.json
    now = asked(administrator, short, on)
    assert (now["covered"], now["hours"]["required"]) == (True, "380.00")
    assert "Minutes of the trustees" in str(now["reasons"])
    then = administrator.get(
        f"/v1/members/{short.id}/coverage",
        query_string={"plan": "mpi-health", "on": on, "known_at": before["known_at"]},
    ).json
    assert then == before


def test_a_relief_order_gives_hours_from_its_position_on_and_is_withdrawn_once(administrator, short):
    order = {
        **RELIEF_EXAMPLE["order"],
        "for": {"2021-11-21": {"value": "enrolled", "cite": "notice"}},
        "up_to": {"2021-11-21": {"value": 60, "unit": "hour", "cite": "notice"}},
    }
    wrong = administrator.post("/v1/relief-orders", json={**RELIEF_EXAMPLE, "order": order})
    assert (wrong.status_code, len(codes(wrong))) == (422, 1)
    assert "2021-11-21" in str(wrong.json["errors"])
    cutoff = "2021-11-20"
    order |= {name: {cutoff: order[name]["2021-11-21"]} for name in ("for", "up_to")}
    adopted = administrator.post("/v1/relief-orders", json={**RELIEF_EXAMPLE, "order": order})
    assert adopted.status_code == 201, adopted.json
    now = asked(administrator, short, "2022-02-01")
    assert (now["covered"], now["route"]) == (True, "relief")
    assert "Notice of the trustees, 2 December 2025" in str(now["reasons"])
    assert not asked(administrator, short, "2022-02-01", known_at=adopted.json["position"] - 1)["covered"]
    address = f"/v1/relief-orders/{adopted.json['id']}/withdrawal"
    answers = [administrator.post(address, json={"reason": "The board decided otherwise."}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert not asked(administrator, short, "2022-02-01")["covered"]


def test_the_same_question_has_three_answers_at_three_positions(administrator, employer, short):
    on = "2022-03-01"
    late = post(administrator, employer, [line(short, "20.00", "2021-11-13")], "late")
    taken_back = correct(administrator, late.json["id"], {"line": 1, "void": True})
    positions = [late.json["position"] - 1, late.json["position"], taken_back.json["position"]]
    answers = [asked(administrator, short, on, known_at=position) for position in positions]
    assert [answer["covered"] for answer in answers] == [False, True, False]
    assert [answer["hours"]["counted"] for answer in answers] == ["380.00", "400.00", "380.00"]
    assert [len(answer["reasons"][0]["lines"]) for answer in answers] == [1, 2, 1]
