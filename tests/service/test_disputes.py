"""Disputes over HTTP: what a member says is missing, and how an administrator decides, once."""

import datetime
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from service import clock, disputes
from service.models import AuditLine, Batch
from tests.service.reports import codes, line, moved, post, state

SENT = {"from": "2021-05-01", "to": "2021-05-15", "hours": "120.00", "evidence": "Pay stubs, sent by post."}
GRANT = {
    "outcome": "granted",
    "reason": "The stubs show it.",
    "lines": [{"week_ending": "2021-05-01", "hours": "560.00"}, {"week_ending": "2021-05-15", "hours": "40.00"}],
}
REJECT = {"outcome": "rejected", "reason": "The stubs are of another year."}
ABSENT = "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11"


@pytest.fixture
def dispute(member_client, member, employer, session):
    """Call it with changes of a dispute: the answer to the member who sends it."""
    session.commit()

    def send(client=member_client, who=member, headers=None, **changes):
        body = {"employer": employer.code, **SENT, **changes}
        body = {name: value for name, value in body.items() if value is not ...}
        return client.post(f"/v1/members/{getattr(who, 'id', who)}/disputes", json=body, headers=headers)

    return send


def resolve(client, dispute, body=GRANT, query=None, headers=None):
    """The answer to a decision."""
    return client.post(f"/v1/disputes/{dispute}/resolution", json=body, query_string=query, headers=headers)


def test_a_dispute_changes_no_hours_and_can_be_read(dispute, member_client, auditor, member, employer, session):
    made = dispute()
    assert made.status_code == 201
    assert {**made.json, "id": 0, "author": 0, "recorded_at": 0} == {
        **{"id": 0, "author": 0, "recorded_at": 0, "position": 1, "state": "open", "resolution": None},
        **SENT,
        "member": str(member.id),
        "employer": employer.code,
        "text": f"120.00 hours at {employer.code}, weeks from 1 May 2021 to 15 May 2021, are to be decided.",
    }
    assert state(session) == (1, 1, 0, 0, 0)
    for client in (member_client, auditor):
        assert client.get(made.headers["Location"]).json == {**made.json, "known_at": 1}
        listed = client.get(f"/v1/members/{member.id}/disputes").json
        assert listed == {"known_at": 1, "items": [made.json], "next": None}
    assert auditor.get("/v1/disputes", query_string={"state": "open"}).json == listed


def test_the_employer_may_be_unknown_to_the_member(dispute, administrator):
    made = dispute(employer=..., to="2021-05-01", hours="40.00")
    assert (made.status_code, made.json["employer"]) == (201, None)
    assert made.json["text"] == "40.00 hours, the week to 1 May 2021, are to be decided."
    granted = resolve(administrator, made.json["id"], {**GRANT, "lines": GRANT["lines"][:1]})
    assert granted.status_code == 201
    assert [problem["code"] for problem in granted.json["problems"]] == ["more_than_a_week", "more_than_disputed"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"employer": "NOBODY"}, "/employer", "unknown_employer"),
        ({"from": "2021-05-22"}, "/to", "out_of_order"),
        ({"from": "2021-05-02"}, "/to", "not_whole_weeks"),
        ({"hours": "504.01"}, "/hours", "too_many_hours"),
        ({"hours": "0.00"}, "/hours", "no_hours"),
        ({"hours": 120}, "/hours", "not_text"),
        ({"evidence": ...}, "/evidence", "required"),
        ({"evidence": " "}, "/evidence", "blank"),
        ({"from": ...}, "/from", "required"),
        ({"from": "1989-05-06", "to": "1989-05-13"}, "/from", "date_out_of_range"),
        ({"weeks": "3"}, "/weeks", "unknown_name"),
    ],
)
def test_a_dispute_that_does_not_hold_together_is_refused(dispute, session, changes, pointer, code):
    refused = dispute(**changes)
    assert refused.status_code == 422
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in refused.json["errors"]]
    assert state(session)[0] == 0


def test_hours_of_weeks_to_come_cannot_be_missing(dispute):
    week = clock.today() + datetime.timedelta(days=7)
    refused = dispute(**{"from": week.isoformat(), "to": week.isoformat(), "hours": "40.00"})
    assert (refused.status_code, codes(refused)) == (422, ["date_out_of_range"])
    now = (week - datetime.timedelta(days=1)).isoformat()
    assert dispute(**{"from": now, "to": now, "hours": "40.00"}).status_code == 201


def test_what_is_granted_counts_as_hours_of_the_employer(dispute, administrator, member, employer, session):
    made = dispute().json
    granted = resolve(administrator, made["id"])
    assert (granted.status_code, granted.headers["Location"]) == (201, f"/v1/disputes/{made['id']}")
    receipt = granted.json
    assert (receipt["state"], moved(granted)) == ("granted", {"gained": 1, "lost": 0})
    assert receipt["cover_changes"]["members"][0]["member"] == member.number
    assert receipt["text"].startswith(f"600.00 of 120.00 hours at {employer.code}, weeks from 1 May 2021 to 15 May")
    assert receipt["text"].endswith("were granted: The stubs show it.")
    assert [problem["code"] for problem in receipt["problems"]] == ["more_than_a_week", "more_than_disputed"]
    resolution = receipt["resolution"]
    assert (resolution["credited_hours"], resolution["position"], resolution["undone_by"]) == ("600.00", 2, None)
    lines = administrator.get(f"/v1/members/{member.id}/hours").json["lines"]
    assert [one["entry"] for one in resolution["lines"]] == [each["id"] for each in lines]
    for each in lines:
        assert (each["employer"], each["basis"], each["remittance"]) == (employer.code, "decision", None)
        assert (each["decision"], each["imputation"]) == (resolution["id"], "trustees' decision on a dispute")
        assert each["hours"] == each["credited"]
    batch = session.get(Batch, uuid.UUID(resolution["id"]))
    assert (batch.kind, batch.reason) == ("dispute", "The stubs show it.")
    audited = session.scalars(select(AuditLine).where(AuditLine.operation == "resolve_dispute")).one()
    assert audited.position == 2


def test_a_dispute_is_read_as_it_was_known(dispute, administrator, member):
    made = dispute().json
    resolve(administrator, made["id"], REJECT)
    read = administrator.get(f"/v1/disputes/{made['id']}").json
    assert (read["state"], read["resolution"]["lines"], read["known_at"]) == ("rejected", [], 2)
    assert read["text"].endswith("were not granted: The stubs are of another year.")
    before = administrator.get(f"/v1/disputes/{made['id']}", query_string={"known_at": 1}).json
    assert before == {**made, "known_at": 1}
    assert administrator.get(f"/v1/disputes/{made['id']}", query_string={"known_at": 0}).status_code == 404
    lists = {
        (known_at, which): len(
            administrator.get("/v1/disputes", query_string={"state": which, "known_at": known_at}).json["items"]
        )
        for known_at in (0, 1, 2)
        for which in ("open", "granted", "rejected")
    }
    assert [places for places, count in lists.items() if count] == [(1, "open"), (2, "rejected")]


def test_a_rejection_gives_nothing(dispute, administrator, session):
    rejected = resolve(administrator, dispute().json["id"], REJECT)
    assert rejected.status_code == 201
    assert rejected.json["cover_changes"] == {"gained": 0, "lost": 0, "members": []}
    assert state(session) == (2, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({**GRANT, "lines": []}, "/lines", "no_lines"),
        ({**REJECT, "lines": GRANT["lines"]}, "/lines", "not_for_rejected"),
        ({**GRANT, "outcome": "perhaps"}, "/outcome", "bad_choice"),
        ({**GRANT, "reason": ""}, "/reason", "blank"),
        (
            {**GRANT, "lines": [{"week_ending": "2021-05-22", "hours": "1.00"}]},
            "/lines/0/week_ending",
            "outside_the_dispute",
        ),
        (
            {**GRANT, "lines": [{"week_ending": "2021-05-09", "hours": "1.00"}]},
            "/lines/0/week_ending",
            "outside_the_dispute",
        ),
        ({**GRANT, "lines": GRANT["lines"][:1] * 2}, "/lines/1/week_ending", "duplicate_line"),
        ({**GRANT, "lines": [{"week_ending": "2021-05-08", "hours": "0"}]}, "/lines/0/hours", "no_hours"),
        ({**GRANT, "lines": [{"week_ending": "2021-05-08"}]}, "/lines/0/hours", "required"),
        ({**GRANT, "lines": [{"week_ending": "2021-05-08", "hours": "-1"}]}, "/lines/0/hours", "negative"),
    ],
)
def test_a_decision_that_does_not_hold_together_is_refused(dispute, administrator, session, body, pointer, code):
    made = dispute().json
    refused = resolve(administrator, made["id"], body)
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [(pointer, code)]
    assert state(session)[0] == 1


def test_a_dispute_is_decided_once_whoever_comes_first(dispute, client_for, session):
    made = dispute().json["id"]
    clients = [client_for("administrator") for _ in range(4)]
    start = threading.Barrier(len(clients))

    def decide(client, body):
        start.wait()
        return resolve(client, made, body)

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(decide, clients, [GRANT, REJECT] * 2))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json["type"] for answer in answers if answer.status_code == 409} == {"/problems/dispute-resolved"}
    assert state(session)[0] == 2


def test_a_decision_is_tried_without_being_made(dispute, administrator, session):
    made = dispute().json["id"]
    before = state(session)
    dry = resolve(administrator, made, query={"dry_run": "true"})
    assert (dry.status_code, dry.json["dry_run"], moved(dry)) == (201, True, {"gained": 1, "lost": 0})
    assert state(session) == before
    done = resolve(administrator, made).json
    assert (done["text"], done["cover_changes"]) == (dry.json["text"], dry.json["cover_changes"])


def test_the_same_key_gives_the_same_answer(dispute, administrator, session):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = dispute(headers=key), dispute(headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert dispute(headers=key, hours="80.00").status_code == 422
    granted, once_more = (resolve(administrator, first.json["id"], headers=key) for _ in range(2))
    assert (once_more.json, once_more.status_code) == (granted.json, 201)
    assert once_more.headers["Idempotency-Replayed"] == "true"
    assert state(session)[0] == 2


def test_what_was_granted_can_be_taken_back(dispute, administrator, member):
    made = dispute().json
    granted = resolve(administrator, made["id"]).json["resolution"]["id"]
    path = f"/v1/members/{member.id}/credits/{granted}/reversal"
    undone = administrator.post(path, json={"reason": "The stubs were forged."})
    assert (undone.status_code, moved(undone)) == (201, {"gained": 0, "lost": 1})
    read = administrator.get(f"/v1/disputes/{made['id']}").json
    assert read["resolution"]["undone_by"] == undone.json["id"]
    assert read["text"].endswith("This was taken back later.")
    assert administrator.get(f"/v1/disputes/{made['id']}?known_at=2").json["resolution"]["undone_by"] is None


def test_a_member_sees_and_makes_its_own_disputes_alone(dispute, client_for, member, member_factory, session):
    other = member_factory()
    session.commit()
    made, stranger = dispute().json["id"], client_for("member", member=other)
    paths = [f"/v1/disputes/{made}", f"/v1/disputes/{ABSENT}", f"/v1/members/{member.id}/disputes"]
    answers = [stranger.get(path) for path in paths] + [dispute(stranger), dispute(stranger, ABSENT)]
    assert {answer.status_code for answer in answers} == {404}
    for pair in (answers[:2], answers[3:]):
        assert {**pair[0].json, "request_id": 0} == {**pair[1].json, "request_id": 0}
    assert stranger.get("/v1/disputes").status_code == 403
    assert resolve(stranger, made).status_code == 403


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [("auditor", 200, 403), ("negotiator", 403, 403), ("employer", 403, 403), ("administrator", 200, 201)],
)
def test_who_may(role, read, write, client_for, employer, member, dispute):
    made = dispute().json["id"]
    client = client_for(role, employer=employer if role == "employer" else None)
    for path in (f"/v1/disputes/{made}", "/v1/disputes", f"/v1/members/{member.id}/disputes"):
        assert client.get(path).status_code == read
    assert dispute(client).status_code == write
    assert resolve(client, made).status_code == write


def test_nothing_is_decided_about_an_absent_dispute(administrator):
    assert resolve(administrator, ABSENT).status_code == 404


def test_a_member_has_so_many_open_disputes(dispute, administrator, monkeypatch):
    monkeypatch.setattr(disputes, "MOST_OPEN", 2)
    first, _ = dispute(), dispute()
    refused = dispute()
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/too-many-disputes")
    resolve(administrator, first.json["id"], REJECT)
    assert dispute().status_code == 201


def test_disputes_are_listed_in_parts_of_one_state(dispute, administrator):
    ids = [dispute().json["id"] for _ in range(3)]
    first = administrator.get("/v1/disputes", query_string={"limit": 2})
    dispute()
    second = administrator.get(first.headers["Link"][1:].partition(">")[0])
    assert [each["id"] for each in first.json["items"] + second.json["items"]] == ids
    assert (second.json["known_at"], second.json["next"]) == (3, None)
    assert administrator.get("/v1/disputes?cursor=x").status_code == 422


def test_what_is_granted_adds_to_what_was_reported(dispute, administrator, employer, member):
    post(administrator, employer, [line(member, "559.99", "2021-05-08")])
    body = {**GRANT, "lines": [{"week_ending": "2021-05-08", "hours": "40.01"}]}
    assert moved(resolve(administrator, dispute().json["id"], body)) == {"gained": 1, "lost": 0}
