"""One Idempotency-Key, one effect: repeated, changed, at the same moment, and after failures."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import g
from sqlalchemy import func, select

from service import employers, once
from service.db import writing
from service.models import AuditLine, Employer, IdempotencyKey
from service.problems import Problem

ACME = {"code": "ACME", "name": "Acme"}
KEPT = ("Content-Type", "Location")


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


@pytest.mark.parametrize("bad", [None, "", "short", "x" * 15, "x" * 256, "with space 123456", "käse-käse-käse-käse"])
def test_an_unsafe_call_needs_a_good_key(administrator, bad):
    headers = {"Idempotency-Key": bad and bad.encode().decode("latin-1")}
    refused = administrator.post("/v1/employers", json=ACME, headers=headers)
    assert refused.status_code == 400
    assert refused.json["type"] == "/problems/idempotency-key-needed"
    assert refused.json["errors"][0]["pointer"] == "/header/Idempotency-Key"


@pytest.mark.parametrize("good", ["x" * 16, "x" * 255, "A-z_0123456789abc"])
def test_good_keys(administrator, good):
    assert administrator.post("/v1/employers", json=ACME, headers={"Idempotency-Key": good}).status_code == 201


def test_the_first_answer_is_given_again(administrator, key, session):
    first, second = (administrator.post("/v1/employers", json=ACME, headers=key) for _ in range(2))
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert [first.headers[name] for name in KEPT] == [second.headers[name] for name in KEPT]
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert [count(session, model) for model in (Employer, AuditLine, IdempotencyKey)] == [1, 1, 1]


@pytest.mark.parametrize(
    "other",
    [
        {"json": {**ACME, "name": "Other"}},
        {"data": b'{"code":"ACME", "name":"Acme"}', "content_type": "application/json"},
        {"json": ACME, "query_string": {"x": "1"}},
        {"json": ACME, "content_type": "application/json; charset=utf-8"},
    ],
)
def test_another_request_with_the_same_key_is_refused(administrator, key, other, session):
    assert administrator.post("/v1/employers", json=ACME, headers=key).status_code == 201
    refused = administrator.post("/v1/employers", headers=key, **other)
    assert refused.status_code == 422
    assert count(session, Employer) == 1


def test_keys_belong_to_a_caller_and_an_operation(administrator, client_for, key, session):
    another = client_for("administrator")
    assert administrator.post("/v1/employers", json=ACME, headers=key).status_code == 201
    assert another.post("/v1/employers", json={**ACME, "code": "B"}, headers=key).status_code == 201
    member = {"number": "1", "name": "R"}
    assert administrator.post("/v1/members", json=member, headers=key).status_code == 201
    assert count(session, IdempotencyKey) == 3


def test_a_refusal_is_not_kept(administrator, key, session):
    assert administrator.post("/v1/employers", json={"code": "ACME"}, headers=key).status_code == 422
    assert count(session, IdempotencyKey) == count(session, AuditLine) == 0
    assert administrator.post("/v1/employers", json=ACME, headers=key).status_code == 201


def test_who_did_what_is_written_down(administrator, session, api_key_factory):
    answer = administrator.post("/v1/employers", json=ACME, headers={"X-Request-Id": "my-request-7"})
    line = session.scalars(select(AuditLine)).one()
    assert (line.operation, line.subject, line.role) == ("create_employer", "/v1/employers/ACME", "administrator")
    assert line.caller == administrator.key.split("_")[1]
    assert line.request_id == answer.headers["X-Request-Id"] == "my-request-7"
    assert line.position is None


def at_once(client, bodies):
    """Send every body at the same moment; the answers."""
    ready = threading.Barrier(len(bodies))

    def send(body):
        ready.wait()
        return client.post("/v1/employers", **body)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


@pytest.mark.parametrize("attempt", range(5))
def test_32_copies_at_once_have_one_effect(administrator, session, attempt):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answers = at_once(administrator, [{"json": ACME, "headers": key}] * 32)
    done = [answer for answer in answers if answer.status_code == 201]
    busy = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(busy) == 32
    assert len([answer for answer in done if "Idempotency-Replayed" not in answer.headers]) == 1
    assert len({answer.data for answer in done}) == 1
    for answer in busy:
        assert answer.json["type"] == "/problems/still-running"
        assert answer.headers["Retry-After"] == "1"
    assert [count(session, model) for model in (Employer, AuditLine, IdempotencyKey)] == [1, 1, 1]
    again = administrator.post("/v1/employers", json=ACME, headers=key)
    assert again.data == done[0].data


def test_different_requests_at_once_for_one_code_make_one_employer(administrator, session):
    keys = [{"Idempotency-Key": uuid.uuid4().hex} for _ in range(16)]
    answers = at_once(administrator, [{"json": ACME, "headers": key} for key in keys])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 15
    assert {answer.json["type"] for answer in answers if answer.status_code == 409} == {"/problems/employer-exists"}
    assert count(session, Employer) == 1


def test_a_request_that_is_still_running_holds_its_key(administrator, app, key, session):
    who = administrator.key.split("_")[1]
    with writing(app.extensions["hourbank"].engine) as running:
        once.lock(running, once.Caller(who, "", None, None), "create_employer", key["Idempotency-Key"])
        busy = administrator.post("/v1/employers", json=ACME, headers=key)
        assert (busy.status_code, busy.headers["Retry-After"]) == (409, "1")
    assert administrator.post("/v1/employers", json=ACME, headers=key).status_code == 201


def test_a_failure_leaves_nothing_and_the_key_stays_free(administrator, key, session, monkeypatch):
    def fail(*_):
        raise Problem(409, "stopped", "Stopped", "After the employer was stored.")

    with monkeypatch.context() as patched:
        patched.setattr(once, "audit_line", fail)
        assert administrator.post("/v1/employers", json=ACME, headers=key).status_code == 409
    assert [count(session, model) for model in (Employer, AuditLine, IdempotencyKey)] == [0, 0, 0]
    session.rollback()
    assert administrator.post("/v1/employers", json=ACME, headers=key).status_code == 201


def test_a_dry_run_leaves_nothing(administrator, key, session, monkeypatch):
    real = employers.clock.now

    def now():
        g.rollback = True
        return real()

    with monkeypatch.context() as patched:
        patched.setattr(employers.clock, "now", now)
        answer = administrator.post("/v1/employers", json=ACME, headers=key)
    assert (answer.status_code, answer.json["code"]) == (201, "ACME")
    assert [count(session, model) for model in (Employer, AuditLine, IdempotencyKey)] == [0, 0, 0]


@pytest.mark.parametrize("decorator", [once.once, once.reads])
def test_the_order_of_decorators_is_checked_when_the_view_is_made(decorator):
    with pytest.raises(TypeError, match=r"above @blp.arguments"):
        decorator(lambda session: None)
