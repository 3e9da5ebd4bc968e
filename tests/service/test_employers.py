"""Employers: recorded by administrators, read by whom they concern."""

import pytest


def test_an_administrator_records_an_employer(administrator):
    made = administrator.post("/v1/employers", json={"code": "ACME", "name": "Acme", "contributor_class": "premium"})
    assert made.status_code == 201
    assert made.headers["Location"] == "/v1/employers/ACME"
    read = administrator.get(made.headers["Location"])
    assert read.status_code == 200
    assert read.json == made.json
    assert read.json["contributor_class"] == "premium"
    assert read.get_etag() == (read.get_etag()[0], False)


def test_the_class_may_be_left_out(administrator):
    made = administrator.post("/v1/employers", json={"code": "ACME", "name": "Acme"})
    assert made.json["contributor_class"] is None


def test_a_code_is_taken_once(administrator):
    for status in (201, 409):
        made = administrator.post("/v1/employers", json={"code": "ACME", "name": "Acme"})
        assert made.status_code == status
    assert made.json["type"] == "/problems/employer-exists"
    assert made.json["errors"][0]["pointer"] == "/code"


@pytest.mark.parametrize("code", ["", "acme", "A B", "A/B", "ÄCME", "A" * 33, "..", "A\n", "A\0", 7, None, ["A"]])
def test_a_bad_code_is_refused(administrator, code):
    refused = administrator.post("/v1/employers", json={"code": code, "name": "Acme"})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/code"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"code": "ACME"}, "/name", "required"),
        ({"code": "ACME", "name": "  "}, "/name", "blank"),
        ({"code": "ACME", "name": "A\0"}, "/name", "bad_character"),
        ({"code": "ACME", "name": "A" * 201}, "/name", "too_long"),
        ({"code": "ACME", "name": "Acme", "contributor_class": "gold"}, "/contributor_class", "bad_choice"),
        ({"code": "ACME", "name": "Acme", "size": 3}, "/size", "unknown_name"),
    ],
)
def test_what_is_wrong_is_named(administrator, body, pointer, code):
    refused = administrator.post("/v1/employers", json=body)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]


def test_an_etag_saves_reading_again(administrator, employer, session):
    session.commit()
    address = f"/v1/employers/{employer.code}"
    tag = administrator.get(address).headers["ETag"]
    again = administrator.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_an_employer_reads_itself_and_nobody_else(employer_client, employer, employer_factory, session):
    other = employer_factory()
    session.commit()
    assert employer_client.get(f"/v1/employers/{employer.code}").status_code == 200
    others, absent = (employer_client.get(f"/v1/employers/{code}") for code in (other.code, "ABSENT"))
    assert others.status_code == absent.status_code == 404
    assert {**others.json, "request_id": ""} == {**absent.json, "request_id": ""}


@pytest.mark.parametrize("role", ["employer_client", "member_client", "negotiator", "auditor"])
def test_only_administrators_record_employers(request, role):
    assert request.getfixturevalue(role).post("/v1/employers", json={}).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("member_client", 403), ("negotiator", 403), ("auditor", 200)])
def test_who_may_read(request, role, status, employer, session):
    session.commit()
    assert request.getfixturevalue(role).get(f"/v1/employers/{employer.code}").status_code == status


@pytest.mark.parametrize("code", ["A%00B", "%FF", "..%2f", "a" * 5000])
def test_an_address_that_cannot_be_a_code_is_absent(administrator, code):
    assert administrator.get(f"/v1/employers/{code}").status_code == 404
