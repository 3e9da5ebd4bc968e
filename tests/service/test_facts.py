"""Facts about members over HTTP: recorded, read as known at any position, withdrawn once."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from rules.facts import KINDS, MOST_CLAIMS
from service.db import reading
from service.facts import facts_of
from service.models import Batch
from tests.service.reports import state

DISABILITY = {
    "kind": "disability",
    "from": "2021-03-01",
    "to": "2021-05-30",
    "claim": "D-2021-0417",
    "claimed": "2021-03-19",
}
DECISION = {"kind": "hours_booked", "from": "2021-03-01", "to": "2021-03-01", "reason": "Booked before the strike."}

NOTHING = {"name": None, "value": None, "amount": None}
FOREVER = "2099-12-31"
# A fact of each other kind, and what is read of it beside what was written.
OTHERS = [
    ({"kind": "attribute", "name": "port", "value": "major", "reason": "Moved."}, {"to": FOREVER}),
    ({"kind": "attribute", "name": "port", "value": "minor", "to": "2021-06-30", "reason": "Moved."}, {}),
    ({"kind": "state", "name": "working_for_a_non_contributing_employer"}, {"to": FOREVER}),
    ({"kind": "unavailable_for_work", "reason": "Left the trade."}, {"to": FOREVER}),
    ({"kind": "hours_booked", "reason": "Booked before the strike."}, {"to": FOREVER}),
    ({"kind": "event", "name": "contract_end"}, {"to": "2021-03-01"}),
    ({"kind": "self_payment", "to": "2021-03-31"}, {}),
    ({"kind": "self_payment"}, {"to": "2021-03-01"}),
    ({"kind": "bank_adjustment", "amount": "-25.50", "reason": "Moved to another fund."}, {"to": "2021-03-01"}),
    ({"kind": "decision", "name": "cover_granted", "to": "2021-12-31", "reason": "Appeal 7."}, {}),
    ({"kind": "decision", "name": "cover_refused", "reason": "Appeal 8."}, {"to": "2021-03-01"}),
    ({"kind": "born", "from": "1961-04-30"}, {"to": "1961-04-30"}),
    ({"kind": "hired", "from": "1979-09-01"}, {"to": "1979-09-01"}),
    ({"kind": "cycle_start"}, {"to": "2021-03-01"}),
]
DAY = {"from": "2021-03-01"}


@pytest.fixture
def record(administrator, member, session):
    """Call it with a fact: the answer to recording it about the member."""
    session.commit()
    return lambda fact, client=administrator: client.post(f"/v1/members/{member.id}/facts", json=fact)


@pytest.fixture
def withdraw(administrator, member):
    """Call it with the id of a fact: the answer to withdrawing it."""
    return lambda fact, client=administrator: client.post(
        f"/v1/members/{member.id}/facts/{fact}/withdrawal", json={"reason": "Wrong member."}
    )


@pytest.fixture
def facts(administrator, member):
    """Call it with a query: the answer about the member's facts."""
    return lambda client=administrator, **query: client.get(f"/v1/members/{member.id}/facts", query_string=query)


def test_a_fact_is_recorded_as_a_batch_of_its_own(record, facts, member, session):
    made = record({**DISABILITY, "author": "Claims office"})
    assert made.status_code == 201
    told = {**made.json, "id": 0, "recorded_at": 0}
    assert told == {
        **DISABILITY,
        "id": 0,
        "member": str(member.id),
        "author": "Claims office",
        "reason": None,
        "position": 1,
        "recorded_at": 0,
        "withdrawn_at": None,
        **NOTHING,
    }
    assert facts().json == {"member": str(member.id), "known_at": 1, "facts": [made.json]}
    batch = session.scalars(select(Batch)).one()
    assert (batch.kind, batch.author, batch.position) == ("fact", "Claims office", 1)


def test_the_author_is_the_caller_by_default(record):
    made = record({**DECISION, "kind": "unavailable_for_work"}).json
    assert len(made["author"]) == 16
    assert (made["reason"], made["claim"], made["claimed"]) == (DECISION["reason"], None, None)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"kind": "sick"}, "/kind", "bad_choice"),
        ({"from": "2021-06-01"}, "/to", "out_of_order"),
        ({"from": "1979-01-01"}, "/from", "date_out_of_range"),
        ({"to": "2100-01-01"}, "/to", "date_out_of_range"),
        ({"to": "2021-02-30"}, "/to", "impossible_date"),
        ({"to": None}, "/to", "null"),
        ({"kind": "hours_booked", "reason": "x", "claimed": ...}, "/claim", "not_for_this_kind"),
        ({"kind": "hours_booked", "reason": "x", "claim": ...}, "/claimed", "not_for_this_kind"),
        ({"kind": "unavailable_for_work", "claim": ..., "claimed": ...}, "/reason", "required"),
        ({"claim": ...}, "/claim", "required"),
        ({"until": "2021-05-30"}, "/until", "unknown_name"),
    ],
)
def test_a_fact_that_does_not_hold_together_is_refused(record, session, change, pointer, code):
    body = {name: value for name, value in {**DISABILITY, **change}.items() if value is not ...}
    refused = record(body)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]
    assert state(session)[0] == 0


@pytest.mark.parametrize(("fact", "read"), OTHERS)
def test_a_fact_of_every_kind_is_recorded_and_read(record, facts, fact, read):
    made = record({**DAY, **fact})
    assert made.status_code == 201, made.json
    assert made.json == {**made.json, **NOTHING, **DAY, **fact, **read}
    assert facts().json["facts"] == [made.json]


def test_every_kind_is_among_those_recorded_here():
    assert {fact["kind"] for fact, _ in OTHERS} == set(KINDS) - {"disability"}


@pytest.mark.parametrize(
    ("fact", "faults"),
    [
        ({"kind": "attribute", "reason": "x"}, [("/name", "required"), ("/value", "required")]),
        ({"kind": "attribute", "name": "port", "value": "major"}, [("/reason", "required")]),
        ({"kind": "state"}, [("/name", "required")]),
        ({"kind": "state", "name": "x", "value": "y"}, [("/value", "not_for_this_kind")]),
        ({"kind": "event"}, [("/name", "required")]),
        ({"kind": "self_payment", "amount": "1.00"}, [("/amount", "not_for_this_kind")]),
        ({"kind": "self_payment", "name": "x"}, [("/name", "not_for_this_kind")]),
        ({"kind": "self_payment", "to": "2021-02-28"}, [("/to", "out_of_order")]),
        ({"kind": "bank_adjustment", "reason": "x"}, [("/amount", "required")]),
        ({"kind": "bank_adjustment", "amount": "5.00"}, [("/reason", "required")]),
        ({"kind": "bank_adjustment", "amount": "5.001", "reason": "x"}, [("/amount", "too_many_decimals")]),
        ({"kind": "decision", "name": "cover_granted"}, [("/reason", "required")]),
        ({"kind": "decision", "reason": "x"}, [("/name", "required")]),
        ({"kind": "decision", "name": "granted", "reason": "x"}, [("/name", "not_a_choice")]),
        ({"kind": "born", "from": "1899-12-31"}, [("/from", "date_out_of_range")]),
        ({"kind": "born", "name": "x"}, [("/name", "not_for_this_kind")]),
        ({"kind": "event", "name": "x", "from": "1961-04-30"}, [("/from", "date_out_of_range")]),
        ({"kind": "cycle_start", "claim": "x"}, [("/claim", "not_for_this_kind")]),
    ],
)
def test_a_fact_with_what_its_kind_has_not_is_refused(record, session, fact, faults):
    refused = record({**DAY, **fact})
    assert refused.status_code == 422
    assert sorted((error["pointer"], error["code"]) for error in refused.json["errors"]) == faults
    assert state(session)[0] == 0


@pytest.mark.parametrize(
    ("first", "contradicts", "not_at_all"),
    [
        (
            {"kind": "attribute", "name": "port", "value": "major", "reason": "x", **DAY},
            {"value": "minor", "to": "2021-04-01"},
            [{"name": "class"}, {"from": "2021-03-02", "value": "minor"}],
        ),
        (
            {"kind": "decision", "name": "cover_granted", "reason": "x", **DAY},
            {"name": "cover_refused"},
            [{"from": "2021-03-02", "name": "cover_refused"}],
        ),
    ],
)
def test_two_facts_that_contradict_each_other_are_refused(record, withdraw, first, contradicts, not_at_all):
    made = record(first)
    refused = record({**first, **contradicts})
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/contradicting-facts")
    assert made.json["id"] in refused.json["detail"]
    assert [record({**first, **change}).status_code for change in not_at_all] == [201] * len(not_at_all)
    assert withdraw(made.json["id"]).status_code == 201
    assert record({**first, **contradicts}).status_code == 201


def test_a_member_has_no_more_claims_than_can_be_counted(record, withdraw):
    recorded = [record({**DISABILITY, "claim": f"D-{number}"}) for number in range(MOST_CLAIMS)]
    assert {answer.status_code for answer in recorded} == {201}
    refused = record(DISABILITY)
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/too-many-claims")
    assert record(DECISION).status_code == 201
    assert record({**DISABILITY, "claim": "D-0", "from": "2021-05-01"}).status_code == 201
    assert withdraw(recorded[1].json["id"]).status_code == 201
    assert record(DISABILITY).status_code == 201


def test_a_withdrawn_fact_still_holds_at_earlier_positions(record, withdraw, facts, member, engine):
    first, second = record(DISABILITY).json, record({**DECISION, "from": "2021-01-01"}).json
    before = facts(known_at=2)
    answer = withdraw(first["id"])
    assert answer.status_code == 201
    assert {**answer.json, "id": 0, "author": 0, "recorded_at": 0} == {
        "id": 0,
        "fact": first["id"],
        "member": str(member.id),
        "author": 0,
        "reason": "Wrong member.",
        "position": 3,
        "recorded_at": 0,
    }
    assert [fact["withdrawn_at"] for fact in facts().json["facts"]] == [3, None]
    assert facts(known_at=2).data == before.data
    assert facts(known_at=1).json["facts"] == [first]
    with reading(engine) as session:
        held = [facts_of(session, [member.id], position).get(member.id, []) for position in range(4)]
    ids = [[str(fact.id) for fact in found] for found in held]
    assert ids == [[], [first["id"]], [second["id"], first["id"]], [second["id"]]]
    assert (held[1][0].first_day, held[1][0].last_day) == (datetime.date(2021, 3, 1), datetime.date(2021, 5, 30))
    assert held[1][0].detail == {"claim": "D-2021-0417", "claimed": "2021-03-19"}


def test_a_fact_is_withdrawn_once(record, withdraw, client_for, session):
    fact = record(DISABILITY).json["id"]
    clients = [client_for("administrator") for _ in range(4)]
    start = threading.Barrier(len(clients))

    def take_back(client):
        start.wait()
        return withdraw(fact, client)

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(take_back, clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert state(session) == (2, 2, 0, 0, 2)


def test_only_a_fact_of_that_member_is_withdrawn(record, withdraw, administrator, member_factory, session):
    other = member_factory()
    session.commit()
    fact = record(DISABILITY).json["id"]
    withdrawal = withdraw(fact).json["id"]
    assert withdraw("7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11").status_code == 404
    assert withdraw(withdrawal).status_code == 404
    path = f"/v1/members/{other.id}/facts/{fact}/withdrawal"
    assert administrator.post(path, json={"reason": "x"}).status_code == 404


def test_nobody_is_known_by_an_absent_id(administrator):
    path = "/v1/members/7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11/facts"
    assert administrator.get(path).status_code == 404
    assert administrator.post(path, json=DISABILITY).status_code == 404


@pytest.mark.parametrize(
    ("role", "read", "write"), [("auditor", 200, 403), ("negotiator", 403, 403), ("employer", 403, 403)]
)
def test_who_may(role, read, write, client_for, employer, record, withdraw, facts):
    fact = record(DISABILITY).json["id"]
    client = client_for(role, employer=employer if role == "employer" else None)
    assert facts(client).status_code == read
    assert record(DISABILITY, client).status_code == write
    assert withdraw(fact, client).status_code == write


def test_a_member_reads_its_own_facts_alone(record, facts, client_for, member, member_factory, session):
    record(DISABILITY)
    other = member_factory()
    session.commit()
    assert facts(client_for("member", member=member)).status_code == 200
    assert facts(client_for("member", member=other)).status_code == 404
    assert record(DISABILITY, client_for("member", member=member)).status_code == 403
