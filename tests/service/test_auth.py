"""Keys, roles, and the rule that no route is open by accident."""

import datetime
import hashlib
import re
import uuid

import pytest
from flask import Flask

from service import auth, clock
from service.auth import Caller, allow, create_key, public, refuse_undeclared_routes
from service.models import ApiKey
from service.problems import Problem
from tests.factories import text_of


def called(client, key):
    return client.get("/v1/members", headers={"Authorization": key})


def test_a_key_is_shown_once_and_only_its_digest_is_kept(session, anonymous):
    key = create_key(session, "administrator")
    session.commit()
    found = re.fullmatch(r"hb_([0-9a-f]+)_([A-Za-z0-9_-]{43})", key)
    row = session.get(ApiKey, found[1])
    assert row.secret_digest == hashlib.sha256(found[2].encode()).digest()
    assert called(anonymous, f"Bearer {key}").status_code == 200
    assert called(anonymous, f"bearer {key}").status_code == 200


def test_keys_differ(session):
    assert len({create_key(session, "auditor") for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("role", "employer", "member_id"),
    [
        ("owner", None, None),
        ("employer", None, None),
        ("member", None, None),
        ("auditor", "ACME", None),
        ("administrator", None, uuid.UUID(int=1)),
        ("employer", "ACME", uuid.UUID(int=1)),
    ],
)
def test_a_key_has_one_role_and_that_role_s_owner(session, role, employer, member_id):
    with pytest.raises(ValueError, match="five roles"):
        create_key(session, role, employer, member_id)


def test_no_key_and_bad_keys_are_the_same_401(session, anonymous, api_key):
    session.commit()
    good = text_of(api_key)
    bad = ["", "Bearer", f"Basic {good}", f"Bearer {good}x", f"Bearer {good[:-1]}t", "Bearer hb_0_0", f"Token {good}"]
    bad.append(f"Bearer hb_{'f' * 16}_{'s' * 43}")
    for key in bad:
        refused = called(anonymous, key)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert refused.mimetype == "application/problem+json"
    assert anonymous.get("/v1/members").status_code == 401
    assert called(anonymous, f"Bearer {good}").status_code == 200


def test_a_key_works_until_its_last_day_is_over(session, anonymous, api_key_factory, monkeypatch):
    key = api_key_factory(expires=datetime.date(2026, 3, 31))
    session.commit()
    for moment, status in (("2026-03-31T23:59:59", 200), ("2026-04-01T00:00:00", 401)):
        now = datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.UTC)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        assert called(anonymous, f"Bearer {text_of(key)}").status_code == status


def test_the_wrong_role_is_told_so(negotiator):
    refused = negotiator.get("/v1/members")
    assert refused.status_code == 403
    assert refused.json["type"] == "/problems/forbidden"


def test_a_request_cannot_claim_to_be_the_operator(anonymous):
    named = {auth.OPERATOR: "True", "Hourbank.Operator": "True", "hourbank-operator": "True"}
    assert anonymous.get("/v1/members", headers=named).status_code == 401
    assert anonymous.get("/v1/members", environ_overrides={auth.OPERATOR: "True"}).status_code == 401
    assert anonymous.get("/v1/members", environ_overrides={auth.OPERATOR: True}).status_code == 200


def test_a_route_without_declared_roles_stops_the_start():
    app = Flask("open", static_folder=None)
    app.add_url_rule("/closed", "closed", allow("auditor")(lambda: ""))
    app.add_url_rule("/open", "open", public(lambda: ""))
    refuse_undeclared_routes(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match="/forgotten"):
        refuse_undeclared_routes(app)


@pytest.mark.parametrize("roles", [(), ("owner",), ("auditor", "owner")])
def test_only_the_five_roles_can_be_allowed(roles):
    with pytest.raises(ValueError, match="roles are among"):
        allow(*roles)


@pytest.mark.parametrize("role", auth.ROLES)
def test_whose_records_a_role_sees(role):
    member_id = uuid.UUID(int=7)
    who = Caller("k", role, "ACME" if role == "employer" else None, member_id if role == "member" else None)
    seen = {"ACME": role in ("administrator", "auditor", "employer"), "OTHER": role in ("administrator", "auditor")}
    for code, expected in seen.items():
        assert allowed(auth.require_employer, who, code) == expected
    assert allowed(auth.require_member, who, member_id) == (role in ("administrator", "auditor", "member"))
    assert allowed(auth.require_member, who, uuid.UUID(int=8)) == (role in ("administrator", "auditor"))


def allowed(require, who, record):
    try:
        require(who, record)
    except Problem as problem:
        return problem.status != 404
    return True


def test_a_connection_that_died_since_the_last_request_costs_nobody_a_failure(administrator, engine, session):
    assert administrator.get("/v1/members").status_code == 200
    session.connection().exec_driver_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    session.rollback()
    assert administrator.get("/v1/members").status_code == 200
