"""Hours that trustees credit over HTTP, what takes them back, and what restores them."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from service.models import Batch, Entry
from tests.service.reports import moved, state

CREDIT = {
    "reason": "Appeal 41.",
    "lines": [{"week_ending": "2021-05-01", "hours": "560.00"}, {"week_ending": "2021-05-08", "hours": "40.00"}],
}
WHY = {"reason": "Reported after all."}
ABSENT = "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11"


@pytest.fixture
def credit(administrator, member, session):
    """Call it with changes of a credit: the answer."""
    session.commit()

    def send(client=administrator, who=member, query=None, headers=None, **changes):
        path = f"/v1/members/{getattr(who, 'id', who)}/credits"
        return client.post(path, json={**CREDIT, **changes}, query_string=query, headers=headers)

    return send


@pytest.fixture
def reverse(administrator, member):
    """Call it with the id of a decision: the answer to taking it back."""
    return lambda which, client=administrator, who=member, **options: client.post(
        f"/v1/members/{who.id}/credits/{which}/reversal", json=WHY, **options
    )


@pytest.fixture
def credits(administrator, member):
    """Call it with a query: the decisions about the member."""
    return lambda client=administrator, **query: client.get(f"/v1/members/{member.id}/credits", query_string=query)


def test_a_credit_counts_and_is_told_among_the_hours(credit, credits, administrator, member, session):
    made = credit()
    assert (made.status_code, made.headers["Location"]) == (201, f"/v1/members/{member.id}/credits")
    told = made.json
    assert (told["kind"], told["credited_hours"], told["position"], told["reason"]) == (
        "credit",
        "600.00",
        1,
        "Appeal 41.",
    )
    assert (told["undoes"], told["undone_by"], moved(made)) == (None, None, {"gained": 1, "lost": 0})
    assert [problem["code"] for problem in told["problems"]] == ["more_than_a_week"]
    hours = administrator.get(f"/v1/members/{member.id}/hours").json
    assert hours["totals"] == {"lines": 2, "hours": "0.00", "credited": "600.00"}
    for each, line in zip(hours["lines"], told["lines"], strict=True):
        assert [each[name] for name in ("employer", "remittance", "report", "hours")] == [None] * 4
        assert (each["basis"], each["imputation"], each["decision"]) == ("decision", "trustees' decision", told["id"])
        assert (each["id"], each["week_ending"], each["credited"]) == (
            line["entry"],
            line["week_ending"],
            line["hours"],
        )
    listed = credits().json
    assert {**listed, "credits": 0} == {"member": str(member.id), "known_at": 1, "credits": 0}
    assert listed["credits"] == [{name: told[name] for name in listed["credits"][0]}]
    batch = session.scalars(select(Batch)).one()
    assert (batch.kind, batch.reason, batch.author) == ("credit", "Appeal 41.", told["author"])


def test_a_cover_that_rests_on_a_credit_names_its_lines(credit, administrator, member):
    entries = [line["entry"] for line in credit().json["lines"]]
    query = {"plan": "mpi-health", "on": "2021-10-01"}
    found = administrator.get(f"/v1/members/{member.id}/coverage", query_string=query).json["determinations"][0]
    assert (found["covered"], found["reasons"][0]["lines"]) == (True, entries)
    query["known_at"] = 0
    then = administrator.get(f"/v1/members/{member.id}/coverage", query_string=query).json["determinations"][0]
    assert not then["covered"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"lines": []}, "/lines", "no_lines"),
        ({"lines": CREDIT["lines"][:1] * 1001}, "/lines", "too_many_lines"),
        ({"lines": CREDIT["lines"][:1] * 2}, "/lines/1/week_ending", "duplicate_line"),
        ({"lines": [{"week_ending": "2021-05-01", "hours": "0.00"}]}, "/lines/0/hours", "no_hours"),
        ({"lines": [{"week_ending": "2021-05-01", "hours": 40}]}, "/lines/0/hours", "not_text"),
        ({"lines": [{"week_ending": "2021-05-01", "hours": "-4"}]}, "/lines/0/hours", "negative"),
        ({"lines": [{"week_ending": "1989-05-06", "hours": "4"}]}, "/lines/0/week_ending", "date_out_of_range"),
        ({"lines": [{"hours": "4"}]}, "/lines/0/week_ending", "required"),
        ({"reason": " "}, "/reason", "blank"),
        ({"author": "me"}, "/author", "unknown_name"),
    ],
)
def test_a_credit_that_does_not_hold_together_is_refused(credit, session, changes, pointer, code):
    refused = credit(**changes)
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [(pointer, code)]
    assert state(session)[0] == 0


def test_a_reversal_is_reversed_by_a_restoration_and_so_on(credit, reverse, credits, session):
    first = credit().json
    chain = [first["id"]]
    for kind, sum_, change in (
        ("reversal", "-600.00", {"gained": 0, "lost": 1}),
        ("restoration", "600.00", {"gained": 1, "lost": 0}),
        ("reversal", "-600.00", {"gained": 0, "lost": 1}),
    ):
        made = reverse(chain[-1])
        assert (made.status_code, made.json["kind"], made.json["credited_hours"]) == (201, kind, sum_)
        assert (made.json["undoes"], made.json["reason"], moved(made)) == (chain[-1], WHY["reason"], change)
        for done in chain:
            refused = reverse(done)
            assert (refused.status_code, refused.json["type"]) == (409, "/problems/credit-reversed")
        chain.append(made.json["id"])
    told = credits().json["credits"]
    assert [each["id"] for each in told] == chain
    assert [each["undone_by"] for each in told] == [*chain[1:], None]
    before = credits(known_at=1).json["credits"]
    assert [(each["id"], each["undone_by"]) for each in before] == [(chain[0], None)]
    assert session.scalar(select(func.sum(Entry.credited))) == 0
    imputations = session.scalars(select(Entry.imputation).where(Entry.line == 1).order_by(Entry.id)).all()
    assert imputations == ["trustees' decision", "reversal", "trustees' decision", "reversal"]


def test_a_decision_is_taken_back_once_whoever_comes_first(credit, reverse, client_for, session):
    made = credit().json["id"]
    clients = [client_for("administrator") for _ in range(4)]
    start = threading.Barrier(len(clients))

    def take_back(client):
        start.wait()
        return reverse(made, client)

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(take_back, clients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert state(session) == (2, 2, 0, 4, 0)


def test_a_dry_run_stores_nothing(credit, reverse, session):
    dry = credit(query={"dry_run": "true"})
    assert (dry.status_code, dry.json["dry_run"], moved(dry)) == (201, True, {"gained": 1, "lost": 0})
    assert state(session) == (0, 0, 0, 0, 0)
    made = credit().json["id"]
    assert moved(reverse(made, query_string={"dry_run": "true"})) == {"gained": 0, "lost": 1}
    assert state(session)[0] == 1


def test_the_same_key_gives_the_same_answer(credit, reverse, session):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = credit(headers=key), credit(headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert credit(headers=key, reason="Another.").status_code == 422
    undone, once_more = (reverse(first.json["id"], headers=key) for _ in range(2))
    assert (undone.status_code, once_more.json) == (201, undone.json)
    assert state(session)[0] == 2


def test_only_a_decision_about_that_member_is_taken_back(credit, reverse, member_factory, session):
    other = member_factory()
    session.commit()
    made = credit().json["id"]
    anothers, absent = reverse(made, who=other), reverse(ABSENT)
    assert (anothers.status_code, absent.status_code) == (404, 404)
    assert {**anothers.json, "request_id": 0} == {**absent.json, "request_id": 0}
    assert credit(who=ABSENT).status_code == 404


@pytest.mark.parametrize(
    ("role", "read", "write"), [("auditor", 200, 403), ("negotiator", 403, 403), ("employer", 403, 403)]
)
def test_who_may(role, read, write, client_for, employer, credit, reverse, credits):
    made = credit().json["id"]
    client = client_for(role, employer=employer if role == "employer" else None)
    assert credits(client).status_code == read
    assert credit(client).status_code == write
    assert reverse(made, client).status_code == write


def test_a_member_reads_its_own_credits_alone(credit, reverse, credits, client_for, member, member_factory, session):
    made, own = credit().json["id"], client_for("member", member=member)
    other = member_factory()
    session.commit()
    assert credits(own).status_code == 200
    assert credits(client_for("member", member=other)).status_code == 404
    assert credit(own).status_code == reverse(made, own).status_code == 403
