"""The ledger: positions in the order of commits, answers that stay what they were, and hours as they stand."""

import datetime
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from service import clock
from service.db import reading, writing
from service.ledger import (
    NewEntry,
    credited_hours,
    head_position,
    lock_members,
    position_at,
    post_batch,
    post_entries,
    take_position,
)
from service.models import Batch, Entry, Remittance
from service.problems import Problem
from tests.service.reports import correct, line, post

DAY = datetime.date(2021, 7, 31)


def add_batch(session):
    """Record an empty batch; its position."""
    return post_batch(session, uuid.uuid4(), "fact", "test", None)


def test_positions_count_from_one(engine):
    for expected in (1, 2, 3):
        with writing(engine) as session:
            assert add_batch(session) == expected
    with reading(engine) as session:
        assert head_position(session) == 3


def test_a_position_that_is_not_committed_is_given_again(engine):
    with writing(engine) as session:
        assert take_position(session)[0] == 1
        session.rollback()
    with writing(engine) as session:
        assert add_batch(session) == 1


def test_instants_of_positions_never_go_back(engine):
    ahead = clock.now() + datetime.timedelta(hours=1)
    with writing(engine) as session:
        session.execute(text("UPDATE ledger_head SET recorded_at = :ahead"), {"ahead": ahead})
    with writing(engine) as session:
        assert take_position(session)[1] == ahead


def test_order_of_positions_is_order_of_commits(engine):
    """Whoever looks sees every position up to the last one: none appears behind one that was seen."""
    done = threading.Event()

    def write(seed):
        pause = random.Random(seed)
        for _ in range(6):
            with writing(engine) as session:
                time.sleep(pause.uniform(0, 0.01))
                add_batch(session)
                time.sleep(pause.uniform(0, 0.01))

    def look():
        looks = 0
        while not done.is_set() or looks == 0:
            with reading(engine) as session:
                head = head_position(session)
                assert session.scalars(select(Batch.position).order_by(Batch.position)).all() == list(
                    range(1, head + 1)
                )
            looks += 1
        return looks

    with ThreadPoolExecutor(10) as threads:
        lookers = [threads.submit(look) for _ in range(2)]
        for writer in [threads.submit(write, seed) for seed in range(8)]:
            writer.result()
        done.set()
        assert sum(looker.result() for looker in lookers) > 2
    with reading(engine) as session:
        assert head_position(session) == 48
        instants = session.scalars(select(Batch.recorded_at).order_by(Batch.position)).all()
        assert instants == sorted(instants)


def test_concurrent_reports_about_the_same_members_all_arrive(client_for, employer, member_factory, engine, session):
    members = [member_factory() for _ in range(6)]
    clients = [client_for("administrator") for _ in range(6)]

    def report(turn):
        chosen = random.Random(turn).sample(members, 4)
        return post(clients[turn % 6], employer, [line(member) for member in chosen], name=f"R{turn}")

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(report, range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json["position"] for answer in answers) == list(range(1, 31))
    assert session.scalar(select(text("count(*)")).select_from(Entry)) == 120


@pytest.mark.parametrize(
    ("known_at", "code"),
    [
        ("3", "not_known_yet"),
        ("99999999999999999999", "bad_known_at"),
        ("-1", "bad_known_at"),
        ("1.0", "bad_known_at"),
        ("٣", "bad_known_at"),
        ("now", "bad_known_at"),
        ("2021-07-31", "bad_known_at"),
        ("2021-07-31T17:04:05", "bad_known_at"),
        ("2021-07-31T17:04:05 02:00", "bad_known_at"),
        ("2021-02-30T17:04:05Z", "bad_known_at"),
        ("2021-07-31T25:04:05Z", "bad_known_at"),
        ("2021-07-31T::::::::Z", "bad_known_at"),
        ("9021-07-31T17:04:05Z", "not_known_yet"),
    ],
)
def test_what_is_no_known_position_is_refused(engine, known_at, code):
    for _ in range(2):
        with writing(engine) as session:
            add_batch(session)
    with reading(engine) as session, pytest.raises(Problem) as refusal:
        position_at(session, known_at)
    assert refusal.value.status == 422
    assert [(error["pointer"], error["code"]) for error in refusal.value.errors] == [("/query/known_at", code)]


def test_an_instant_is_the_last_position_recorded_by_then(engine):
    instants = []
    for _ in range(3):
        with writing(engine) as session:
            add_batch(session)
        instants.append(clock.now())
        time.sleep(0.002)
    with reading(engine) as session:
        assert position_at(session, None) == 3
        assert position_at(session, "0") == 0
        assert position_at(session, "2") == 2
        assert [position_at(session, instant.isoformat()) for instant in instants] == [1, 2, 3]
        zone = datetime.timezone(datetime.timedelta(hours=-7))
        assert position_at(session, instants[1].astimezone(zone).isoformat()) == 2
        assert position_at(session, instants[1].isoformat().replace("+00:00", "z").replace("T", "t")) == 2
        assert position_at(session, "1999-01-01T00:00:00Z") == 0


def entry(batch_id, member, employer, credited=4000, number=1, reverses=None):
    """An entry of a member."""
    particulars = (credited, None, None, None, None, None, None)
    return NewEntry(
        batch_id, batch_id, number, member.id, employer.code, DAY, "hourly", *particulars, credited, "worked", reverses
    )


def test_hours_of_the_batch_being_written_are_seen_by_its_own_transaction(engine, employer, member, session):
    session.commit()
    batch_id = uuid.uuid4()
    with writing(engine) as writer:
        assert lock_members(writer, [member.number, "nobody"]) == {member.number: member.id}
        post_entries(writer, [entry(batch_id, member, employer), entry(batch_id, member, employer, 850, 2)])
        assert credited_hours(writer, [member.id], 0) == {}
        found = credited_hours(writer, [member.id], 0, batch_id)[member.id]
        assert [(hours.week_ending, hours.credited) for hours in found] == [(DAY, 4000), (DAY, 850)]
        report = {"id": batch_id, "employer": employer.code, "report": "R", "agreement": "A", "lines": 2}
        writer.add(Remittance(**report))
        post_batch(writer, batch_id, "remittance", "test", None)
    with reading(engine) as reader:
        recorded = credited_hours(reader, [member.id, uuid.uuid4()], 1)
        assert list(recorded) == [member.id]
        assert [hours[:3] for hours in recorded[member.id]] == [hours[:3] for hours in found]
        assert {hours.agreement for hours in recorded[member.id]} == {"A"}


def test_what_is_reversed_counts_until_its_reversal_is_known(administrator, employer, member, engine, session):
    session.commit()
    posted = post(administrator, employer, [line(member, "40.00")])
    correct(administrator, posted.json["id"], {"line": 1, "hours_worked": "48.00"})
    correct(administrator, posted.json["id"], {"line": 1, "void": True})
    correct(administrator, posted.json["id"], {"line": 1, "hours_worked": "8.00"})
    with reading(engine) as reader:
        hours = [credited_hours(reader, [member.id], position) for position in range(5)]
    assert [[each.credited for each in found.get(member.id, [])] for found in hours] == [[], [4000], [4800], [], [800]]
