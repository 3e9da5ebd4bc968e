"""Alive and ready are different questions."""

import time

import pytest

from service import create_app, db
from service.settings import Settings


def test_live_and_ready_need_no_key(anonymous):
    for address in ("/health/live", "/health/ready"):
        answer = anonymous.get(address)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def app_at(home):
    return lambda url: create_app(Settings(home=home, database_url=url))


def test_without_a_database_it_is_alive_and_not_ready(app_at, tmp_path):
    client = app_at(f"postgresql://nobody@/nothing?host={tmp_path}").test_client()
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert int(ready.headers["Retry-After"]) > 0
    assert ready.mimetype == "application/problem+json"


def test_a_database_that_is_silent_is_given_up_soon(app_at, silent_url):
    client = app_at(silent_url).test_client()
    began = time.monotonic()
    assert client.get("/health/ready").status_code == 503
    assert time.monotonic() - began < 3


def test_every_data_call_of_a_silent_database_is_answered(app_at, silent_url):
    client = app_at(silent_url).test_client()
    began = time.monotonic()
    refused = client.get("/v1/members", headers={"Authorization": f"Bearer hb_{'0' * 16}_{'s' * 43}"})
    assert refused.status_code == 503
    assert "Retry-After" in refused.headers
    assert time.monotonic() - began < 10


def test_not_ready_before_the_tables_are_there(app_at, fresh_database):
    url = fresh_database()
    app = app_at(url)
    assert app.test_client().get("/health/ready").status_code == 503
    owner = db.make_engine(url)
    db.migrate(owner)
    owner.dispose()
    assert app.test_client().get("/health/ready").status_code == 200
