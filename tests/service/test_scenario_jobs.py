"""Scenarios that are long, asked by several at once, or ended by whoever asked."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service import jobs, outcomes, running, scenarios, simulation
from service.models import Scenario
from tests.service.asking import ASKED, PEOPLE, ask
from tests.service.reports import line, post, state

LATER = {"Prefer": "respond-async"}


def test_who_asks_the_same_at_once_gets_the_same(kept, client_for, session, monkeypatch):
    clients = [client_for(role) for role in ("administrator", "administrator", "negotiator")]
    together, made = threading.Barrier(len(clients)), scenarios.made

    def wait(*given):
        text = made(*given)
        together.wait(30)  # all of them have counted, and none has recorded it
        return text

    monkeypatch.setattr(scenarios, "made", wait)
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(lambda client: client.post("/v1/scenarios", json=ASKED), clients))
    assert [answer.status_code for answer in answers] == [201] * len(clients)
    assert len({answer.json["id"] for answer in answers}) == 1
    assert answers[0].json == answers[1].json
    session.rollback()
    assert session.query(Scenario).count() == 1


def test_a_long_replay_becomes_a_job_too(administrator, kept, app, monkeypatch):
    found = ask(administrator)
    address = f"/v1/scenarios/{found['id']}/replay"
    monkeypatch.setattr(scenarios, "AT_ONCE", 1)
    accepted = administrator.post(address)
    assert accepted.status_code == 202
    assert jobs.take_all(app) == 1
    read = administrator.get(accepted.headers["Location"]).json
    assert (read["status"], read["answer"]) == (200, {"identical": True, "hash": found["hash"]})


@pytest.mark.parametrize("what", ["a scenario", "a report"])
def test_a_job_that_is_ended_at_its_last_moment_records_nothing(
    administrator,
    kept,
    app,
    session,
    monkeypatch,
    what,
    employer_factory,
    member_factory,
):
    employer, member = employer_factory(code="ACME"), member_factory()
    session.commit()
    before = state(session)
    if what == "a report":
        accepted = post(administrator, employer, [line(member)], headers=LATER)
    else:
        accepted = administrator.post("/v1/scenarios", json=ASKED, headers=LATER)
    ended = running.ended

    def too_late(*given):
        assert administrator.delete(accepted.headers["Location"]).status_code == 204
        return ended(*given)

    with monkeypatch.context() as patched:
        patched.setattr("service.once.running.ended", too_late)
        assert jobs.take_all(app) == 0
    read = administrator.get(accepted.headers["Location"]).json
    assert (read["state"], read["status"]) == ("done", 409)
    assert state(session) == before
    assert session.query(Scenario).count() == 0


def test_who_ends_it_does_not_wait_for_all_of_it(people, administrator, kept, session, monkeypatch):
    asked = session.get(Scenario, ask(administrator)["id"]).asked
    counted, begun = simulation.counted, []

    def note(inputs, on, members):
        begun.append(members)
        return counted(inputs, on, members)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(simulation, "counted", note)
    monkeypatch.setattr(simulation, "PART", 3)
    with pytest.raises(KeyboardInterrupt):
        simulation.evaluated(asked, people, stop)
    assert len(begun) < PEOPLE // 6


def test_who_ends_it_does_not_wait_for_all_draws_either(people, administrator, kept, session):
    asked = session.get(Scenario, ask(administrator, uncertainty={"draws": 100})["id"]).asked
    on, part = simulation.evaluated(asked, people)
    turns = []

    def go_on():
        turns.append(1)
        if len(turns) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcomes.outcome(asked, people, on, part, go_on)
    whole = []
    outcomes.outcome(asked, people, on, part, lambda: whole.append(1))
    assert len(whole) == 5
