"""Proposals over HTTP: stored as data, checked against the plan, changed only by those who may."""

import uuid

import pytest
from sqlalchemy import func, select

from service.cursors import cursor_of
from service.models import Proposal

NEW = {
    "title": "450 hours from August 2021",
    "author": "Negotiating committee",
    "plan": "mpi-health",
    "note": "An example.",
    "changes": {"continuing_hours": {"2021-08-01": "450"}},
}


def test_a_negotiator_proposes_and_everybody_with_a_key_reads(negotiator, member_client, anonymous):
    made = negotiator.post("/v1/proposals", json=NEW)
    assert made.status_code == 201
    assert {name: made.json[name] for name in NEW} == NEW
    read = member_client.get(made.headers["Location"])
    assert (read.status_code, read.json) == (200, made.json)
    assert read.headers["ETag"] == made.headers["ETag"]
    assert anonymous.get(made.headers["Location"]).status_code == 401


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({}, "/changes"),
        ({"speed": {"2021-08-01": "1"}}, "/changes/speed"),
        ({"continuing_hours": {"2021-08-32": "450"}}, "/changes/continuing_hours/2021-08-32"),
        ({"continuing_hours": {"2021-08-01": "4_50"}}, "/changes/continuing_hours/2021-08-01"),
        ({"continuing_hours": {"2021-08-01": 450}}, "/changes/continuing_hours/2021-08-01"),
        (
            {"continuing_hours": {"2021-08-01": {"value": "450", "unit": "cent"}}},
            "/changes/continuing_hours/2021-08-01",
        ),
        ({"continuing_hours": {}}, "/changes/continuing_hours"),
        ({"a/b": {"2021-08-01": "450"}}, "/changes/a~1b"),
        ({"continuing_hours": [1]}, "/changes/continuing_hours"),
        ({"continuing_hours": {"2021-08-01": None}}, "/changes/continuing_hours/2021-08-01"),
    ],
)
def test_a_change_that_the_plan_cannot_take_is_refused_with_its_path(negotiator, session, changes, pointer):
    answer = negotiator.post("/v1/proposals", json={**NEW, "changes": changes})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert session.scalar(select(func.count()).select_from(Proposal)) == 0


def test_a_proposal_to_no_plan_is_refused(negotiator):
    assert negotiator.post("/v1/proposals", json={**NEW, "plan": "nowhere"}).status_code == 404


@pytest.mark.parametrize("role", ["auditor", "member_client", "employer_client"])
def test_only_negotiators_and_administrators_propose(request, role):
    assert request.getfixturevalue(role).post("/v1/proposals", json=NEW).status_code == 403


def test_a_proposal_is_replaced_with_its_etag_and_only_so(negotiator):
    made = negotiator.post("/v1/proposals", json=NEW)
    path, tag = made.headers["Location"], made.headers["ETag"]
    other = {**NEW, "changes": {"continuing_hours": {"2021-08-01": "500"}}}
    assert negotiator.put(path, json=other).status_code == 428
    replaced = negotiator.put(path, json=other, headers={"If-Match": tag})
    assert (replaced.status_code, replaced.json["version"]) == (200, 2)
    assert replaced.json["terms_version"] != made.json["terms_version"]
    assert negotiator.put(path, json=NEW, headers={"If-Match": tag}).status_code == 412
    assert negotiator.get(path).json == replaced.json


def test_a_proposal_is_deleted_by_its_author_or_an_administrator(negotiator, administrator, client_for):
    made = negotiator.post("/v1/proposals", json=NEW)
    path, tag = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    assert client_for("negotiator").delete(path, headers=tag).status_code == 404
    assert administrator.delete(path, headers=tag).status_code == 204
    assert negotiator.get(path).status_code == 404
    assert negotiator.delete(path, headers=tag).status_code == 404


def test_proposals_are_listed_newest_first_in_parts(negotiator):
    ids = [
        negotiator.post("/v1/proposals", json={**NEW, "title": f"Proposal {number}"}).json["id"] for number in range(5)
    ]
    first = negotiator.get("/v1/proposals", query_string={"limit": 3})
    second = negotiator.get("/v1/proposals", query_string={"limit": 3, "cursor": first.json["next"]})
    assert [one["id"] for one in first.json["items"] + second.json["items"]] == ids[::-1]
    assert second.json["next"] is None
    assert 'rel="next"' in first.headers["Link"]


def test_a_list_in_parts_repeats_and_skips_nothing_when_a_proposal_comes_between(negotiator):
    ids = [negotiator.post("/v1/proposals", json={**NEW, "title": f"Proposal {n}"}).json["id"] for n in range(3)]
    first = negotiator.get("/v1/proposals", query_string={"limit": 2}).json
    negotiator.post("/v1/proposals", json=NEW)
    second = negotiator.get("/v1/proposals", query_string={"limit": 2, "cursor": first["next"]}).json
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]


@pytest.mark.parametrize(
    "parts",
    [
        (-1,),
        ("-5",),
        (10**30,),
        (),
        (1, 2),
        ("2021-01-01", str(uuid.UUID(int=1))),
        ("2021-01-01T00:00:00+00:00", 7),
        ("2021-01-01T00:00:00+00:00", "x"),
    ],
)
def test_a_cursor_that_was_not_given_out_is_refused(negotiator, parts):
    answer = negotiator.get("/v1/proposals", query_string={"cursor": cursor_of(*parts)})
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [("/query/cursor", "bad_cursor")]


@pytest.mark.parametrize("tags", ['"other", {}', "*", "{}"])
def test_if_match_may_name_several_tags(negotiator, tags):
    made = negotiator.post("/v1/proposals", json=NEW)
    path, given = made.headers["Location"], {"If-Match": tags.format(made.headers["ETag"])}
    for tag in ('"other", "another"', f"W/{made.headers['ETag']}"):
        assert negotiator.delete(path, headers={"If-Match": tag}).status_code == 412
    key = {"Idempotency-Key": uuid.uuid4().hex}
    for replayed in (None, "true"):
        deleted = negotiator.delete(path, headers=given | key)
        assert (deleted.status_code, deleted.data) == (204, b"")
        assert "Content-Type" not in deleted.headers
        assert deleted.headers.get("Idempotency-Replayed") == replayed


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"title": "Current"}, "/title", "reserved"),
        ({"title": " current "}, "/title", "reserved"),
        ({"changes": {f"a{n}": {} for n in range(51)}}, "/changes", "too_many_terms"),
        (
            {"changes": {"bank.cap": {f"2021-{n:04}": "1" for n in range(201)}}},
            "/changes/bank.cap",
            "too_many_dates",
        ),
        ({"changes": {"bank.cap": {"2021-08-01": "4" * 201}}}, "/changes/bank.cap/2021-08-01", "too_long"),
        (
            {"changes": {"bank.cap": {"2021-08-01": {"value": "450", "note": ["x" * 201]}}}},
            "/changes/bank.cap/2021-08-01",
            "too_long",
        ),
        ({"changes": {"x" * 201: {"2021-08-01": "1"}}}, f"/changes/{'x' * 201}", "too_long"),
    ],
)
def test_a_proposal_has_limits(negotiator, change, pointer, code):
    answer = negotiator.post("/v1/proposals", json={**NEW, **change})
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]


def test_a_proposal_that_is_not_there_is_a_404(negotiator):
    assert negotiator.get(f"/v1/proposals/{uuid.uuid4()}").status_code == 404
