"""Every refusal and failure is a problem document, and tells nothing that it should not."""

import dataclasses
import io
import logging
import re

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError, OperationalError, TimeoutError

from service import create_app, employers
from service.problems import of_database, problem_of

JSON = {"content_type": "application/json"}


def post(client, body, **options):
    return client.post("/v1/employers", data=body, **{**JSON, **options})


def check(answer, status, slug):
    assert answer.status_code == answer.json["status"] == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == f"/problems/{slug}"
    assert set(answer.json) == {"type", "title", "status", "detail", "request_id", "errors"}
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unknown_address(administrator):
    check(administrator.get("/v1/nothing"), 404, "not-found")
    check(administrator.get("/v1/employers/ACME/"), 404, "not-found")
    check(administrator.get("//v1/employers"), 404, "not-found")


def test_a_method_that_is_not_there(administrator):
    refused = administrator.delete("/v1/employers")
    check(refused, 405, "method-not-allowed")
    assert "POST" in refused.headers["Allow"]
    check(administrator.options("/v1/employers"), 405, "method-not-allowed")


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=utf-16", "application/x-json", None])
def test_a_body_that_is_not_json_by_its_own_account(administrator, content_type):
    check(post(administrator, b'{"code":"A","name":"A"}', content_type=content_type), 415, "unsupported-media-type")


def test_a_body_that_is_too_large(settings, administrator, session):
    small = create_app(dataclasses.replace(settings, max_body_bytes=100))
    client = small.test_client()
    headers = {"Authorization": f"Bearer {administrator.key}", "Idempotency-Key": "x" * 16}
    check(post(client, b" " * 101, headers=headers), 413, "request-entity-too-large")
    # Sent in chunks: the length is not announced, and the body goes on after what would be a whole one.
    chunked = {"environ_overrides": {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}}
    body = b'{"code": "A", "name": "A"}'.ljust(100)
    for size, status in ((99, 201), (100, 413), (101, 413), (1000, 413)):
        sent = client.post(
            "/v1/employers", input_stream=io.BytesIO(body[:99].ljust(size)), headers=headers, **JSON, **chunked
        )
        assert sent.status_code == status
    small.extensions["hourbank"].engine.dispose()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"code": NaN}', "not JSON"),
        (b'{"code": -Infinity}', "not JSON"),
        (b'{"code": 1e999}', "not JSON"),
        (b'{"code": ' + b"1" * 5000 + b"}", "not JSON"),
        (b"{'code': 1}", "not JSON"),
        (b'{"code": 1,}', "not JSON"),
        (b'{"code": "a\0b"}', "not JSON"),
        (b'\xef\xbb\xbf{"code": 1}', "not JSON"),
        (b'{"code": "\xff"}', "byte 11"),
        ('{"code": "A"}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
    ],
)
def test_what_cannot_be_read_is_400(administrator, body, words):
    refused = post(administrator, body)
    check(refused, 400, "malformed")
    assert words in refused.json["detail"]
    assert refused.json["errors"][0]["pointer"] == ""


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"[]", "", "not_an_object"),
        (b"null", "", "not_an_object"),
        (b'"text"', "", "not_an_object"),
        (b"7", "", "not_an_object"),
        (b'{"code": "A", "name": "A", "code": "A"}', "/code", "repeated"),
        (b'{"code": [{"x": 1}, {"y/~": 1, "y/~": 2}]}', "/code/1/y~1~0", "repeated"),
        (b'{"code": "A\\u0000"}', "/code", "bad_character"),
        (b'{"code": "\\ud800"}', "/code", "bad_character"),
        (b'{"\\udc00": 1}', "", "bad_character"),
    ],
)
def test_what_cannot_be_taken_is_422(administrator, body, pointer, code):
    refused = post(administrator, body)
    check(refused, 422, "invalid")
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]


def test_surrogate_pairs_are_text(administrator):
    made = post(administrator, b'{"code": "A", "name": "\\ud83d\\ude00"}')
    assert made.json["name"] == "\N{GRINNING FACE}"


def test_everything_wrong_is_named_up_to_a_limit(administrator):
    refused = administrator.post("/v1/employers", json={f"name{number}": 1 for number in range(500)})
    check(refused, 422, "invalid")
    assert len(refused.json["errors"]) == 100


@pytest.mark.parametrize("given", ["abc", "A.b_c-9", "x" * 64])
def test_a_plain_request_id_comes_back(anonymous, given):
    assert anonymous.get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a<b>", "é"])
def test_any_other_request_id_is_replaced(anonymous, given):
    assert re.fullmatch(
        "[0-9a-f]{32}", anonymous.get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    )


def test_what_nobody_expected_is_a_bare_500_and_logged_under_its_id(administrator, monkeypatch, caplog):
    message = "".join(["what", "was", "sent"])

    def fail():
        raise RuntimeError(message)

    monkeypatch.setattr(employers.clock, "now", fail)
    with caplog.at_level(logging.ERROR):
        failed = administrator.post("/v1/employers", json={"code": "A", "name": "A"})
    check(failed, 500, "internal-error")
    assert message not in failed.text
    assert failed.json["request_id"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert message not in caplog.text


def test_a_log_does_not_hold_what_was_sent(administrator, monkeypatch, caplog):
    monkeypatch.setattr(employers.clock, "now", lambda: "Rosa Delgado is not a time")
    with caplog.at_level(logging.DEBUG, logger="service"):
        failed = administrator.post("/v1/employers", json={"code": "A", "name": "Somebody's name"})
    check(failed, 500, "internal-error")
    assert "Somebody" not in caplog.text


@pytest.fixture
def in_request(app):
    with app.test_request_context():
        yield


def failed_with(error, kind=OperationalError):
    return kind("SELECT", {}, error)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (psycopg.errors.AdminShutdown(), 503),
        (psycopg.errors.CannotConnectNow(), 503),
        (psycopg.errors.QueryCanceled(), 503),
        (psycopg.errors.TooManyConnections(), 503),
        (psycopg.errors.SerializationFailure(), 503),
        (psycopg.errors.DeadlockDetected(), 503),
        (psycopg.errors.LockNotAvailable(), 503),
        (psycopg.errors.ConnectionFailure(), 503),
        (psycopg.OperationalError("connection refused"), 503),
        (psycopg.errors.DiskFull(), 507),
    ],
)
def test_failures_of_the_database_can_be_tried_again(in_request, error, status):
    problem = problem_of(failed_with(error))
    assert problem.status == status
    assert int(problem.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("in_request")
def test_too_few_connections_can_be_tried_again():
    assert problem_of(TimeoutError()).status == 503


def test_our_own_mistakes_are_not_called_unavailable():
    assert of_database(failed_with(psycopg.errors.UniqueViolation(), IntegrityError)) is None
    assert of_database(failed_with(psycopg.errors.UndefinedTable())) is None
