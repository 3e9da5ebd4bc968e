"""Members: recorded by administrators, with an SSN that is never shown again."""

import uuid

import pytest
from sqlalchemy import select, text

from service.models import Member

NEW = {
    "number": "M-000123",
    "name": "Rosa Delgado",
    "local": "80",
    "birth_date": "1975-03-14",
    "joined": "2004-09-01",
    "ssn": "123-45-6789",
}


def test_an_administrator_records_a_member(administrator):
    made = administrator.post("/v1/members", json=NEW)
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/members/{made.json['id']}"
    read = administrator.get(made.headers["Location"])
    assert read.json == made.json
    assert {**read.json, "id": 0, "created_at": 0} == {**NEW, "ssn": "***-**-6789", "id": 0, "created_at": 0}
    assert uuid.UUID(read.json["id"]).version == 4
    assert read.headers["ETag"].startswith('"')


def test_number_and_name_are_enough(administrator):
    made = administrator.post("/v1/members", json={"number": "1", "name": "R"})
    assert made.status_code == 201
    assert [made.json[name] for name in ("local", "birth_date", "joined", "ssn")] == [None] * 4


def test_the_ssn_is_nowhere_in_the_database(administrator, session):
    administrator.post("/v1/members", json=NEW)
    tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    everything = "".join(str(session.execute(text(f"SELECT t::text FROM {table} t")).all()) for table in tables)
    assert "Rosa" in everything
    assert "123456789" not in everything
    assert "123-45-6789" not in everything
    assert b"123456789".hex() not in everything


@pytest.mark.parametrize(
    ("change", "pointer"), [({"ssn": "987-65-4321"}, "/number"), ({"number": "M-2", "ssn": "123456789"}, "/ssn")]
)
def test_numbers_and_ssns_are_taken_once(administrator, change, pointer):
    administrator.post("/v1/members", json=NEW)
    refused = administrator.post("/v1/members", json={**NEW, **change})
    assert refused.status_code == 409
    assert refused.json["type"] == "/problems/member-exists"
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert "6789" not in refused.text


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"number": ""}, "/number", "bad_number"),
        ({"number": " 1"}, "/number", "bad_number"),
        ({"number": "1" * 33}, "/number", "bad_number"),
        ({"number": "É1"}, "/number", "bad_number"),
        ({"number": "1\n"}, "/number", "bad_number"),
        ({"number": 123}, "/number", "not_text"),
        ({"name": None}, "/name", "null"),
        ({"local": "8" * 33}, "/local", "too_long"),
        ({"birth_date": "1975-02-30"}, "/birth_date", "impossible_date"),
        ({"birth_date": "14.3.1975"}, "/birth_date", "bad_date"),
        ({"joined": "20040901"}, "/joined", "bad_date"),
        ({"ssn": "123-45-678"}, "/ssn", "bad_ssn"),
        ({"ssn": "١٢٣-٤٥-٦٧٨٩"}, "/ssn", "bad_ssn"),
        ({"ssn": 123456789}, "/ssn", "bad_ssn"),
        ({"ssn": " 123456789"}, "/ssn", "bad_ssn"),
        ({"ssn": "123456789\n"}, "/ssn", "bad_ssn"),
        ({"id": "7"}, "/id", "unknown_name"),
    ],
)
def test_what_is_wrong_is_named(administrator, change, pointer, code):
    refused = administrator.post("/v1/members", json={**NEW, **change})
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]
    assert "123-45" not in refused.text
    assert "123456789" not in refused.text


def test_a_member_is_found_by_number(administrator, auditor, member_factory, session):
    members = [member_factory() for _ in range(3)]
    session.commit()
    found = auditor.get("/v1/members", query_string={"number": members[1].number})
    assert [item["id"] for item in found.json["items"]] == [str(members[1].id)]
    assert found.json["next"] is None
    none = administrator.get("/v1/members", query_string={"number": "ABSENT"})
    assert (none.status_code, none.json) == (200, {"items": [], "next": None})


def test_a_long_list_comes_in_parts(administrator, member_factory, session):
    numbers = sorted(member_factory().number for _ in range(7))
    session.commit()
    address, seen = "/v1/members?limit=3", []
    while address:
        part = administrator.get(address)
        seen.append([item["number"] for item in part.json["items"]])
        link = part.headers.get("Link")
        assert (link is None) == (part.json["next"] is None)
        address = link and link.removeprefix("<").partition(">")[0]
    assert seen == [numbers[:3], numbers[3:6], numbers[6:]]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
        ("limit=ten", "/query/limit"),
        ("limit=1&limit=2", "/query/limit"),
        ("cursor=x", "/query/cursor"),
        ("cursor=WyIAIl0=", "/query/cursor"),
        ("cursor=WzFd", "/query/cursor"),
        ("cursor=WyJcdTAwMDAiXQ==", "/query/cursor"),
        ("number=%00", "/query/number"),
        ("nmber=1", "/query/nmber"),
    ],
)
def test_a_bad_query_is_refused_by_name(administrator, query, pointer):
    refused = administrator.get(f"/v1/members?{query}")
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_a_member_reads_itself_and_nobody_else(member_client, member, member_factory, session):
    other = member_factory()
    session.commit()
    assert member_client.get(f"/v1/members/{member.id}").json["number"] == member.number
    others, absent = (member_client.get(f"/v1/members/{id}") for id in (other.id, uuid.uuid4()))
    assert others.status_code == absent.status_code == 404
    assert {**others.json, "request_id": ""} == {**absent.json, "request_id": ""}


@pytest.mark.parametrize("role", ["employer_client", "negotiator", "member_client"])
def test_only_administrators_and_auditors_list(request, role):
    assert request.getfixturevalue(role).get("/v1/members").status_code == 403


@pytest.mark.parametrize("role", ["employer_client", "negotiator", "member_client", "auditor"])
def test_only_administrators_record(request, role):
    assert request.getfixturevalue(role).post("/v1/members", json=NEW).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("employer_client", 403), ("negotiator", 403), ("auditor", 200)])
def test_who_reads_one(request, role, status, member, session):
    session.commit()
    assert request.getfixturevalue(role).get(f"/v1/members/{member.id}").status_code == status


def test_a_refused_member_leaves_nothing(administrator, session):
    administrator.post("/v1/members", json={**NEW, "ssn": "1"})
    assert session.scalars(select(Member)).all() == []


@pytest.mark.parametrize("id", [uuid.UUID(int=0), "not-a-uuid", "7F0C4A52-3A0E-4B8E-9A57-0F3C2A5D9E1"])
def test_an_absent_member(administrator, id):
    assert administrator.get(f"/v1/members/{id}").status_code == 404
