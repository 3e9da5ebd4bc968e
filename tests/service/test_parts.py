"""A report is taken part by part: in whatever parts, it comes to the same, and no more than one is held at a time."""

import datetime
import errno
import io
import os
import re

import polars as pl
import pytest
from sqlalchemy import text

from service import columns, jobs, spool
from service.assessed import Assessed
from service.intake import Faults, Sent, check, read_rows, reading, weeks_taken
from service.intake.csv_file import CsvFile
from service.intake.sent import IDENTITY, hashes
from service.spool import IN_MEMORY_BYTES, PIECE_BYTES, Parts, Unnamed, pieces
from tests.service.bad_files import file
from tests.service.reports import state
from tests.service.test_many_employers import FORMS, NAMES, send

WEEKS = [f"2021-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 28)]
MANY = [
    (code, name, "basic-2018", f"M-00000{1 + number % 2}", week, "170" if number % 5 == 0 else "8")
    for number, week in enumerate(WEEKS[:150])
    for code, name in (("ACME", "W1"), ("APEX", "W1"), ("ACME", "W2"))[: 1 + number % 3]
]


@pytest.fixture
def in_parts(monkeypatch):
    """Call this to have reports taken in parts of so many lines."""

    def take(lines):
        for module in ("lines", "text_file", "workbook"):
            monkeypatch.setattr(f"service.intake.{module}.PART_LINES", lines)

    return take


@pytest.fixture
def people(employer_factory, member_factory, session):
    """Two employers and two members."""
    made = [employer_factory(code="ACME"), employer_factory(code="APEX")]
    made += [member_factory(number="M-000001"), member_factory(number="M-000002")]
    session.commit()
    return made


def plain(answer):
    """A receipt or a refusal without what is different each time."""
    return re.sub(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f-]{20,24}", "id", answer.text)


@pytest.mark.parametrize("form", FORMS)
def test_in_any_parts_a_file_comes_to_the_same(form, administrator, people, in_parts, session):
    answers, ledgers = [], []
    for lines in (1, 7, 1 << 14):
        in_parts(lines)
        answers.append([send(administrator, form, MANY, dry_run="true")])
        answers[-1].append(send(administrator, form, [*MANY, MANY[3], MANY[-1], (*MANY[5][:3], "M-9", *MANY[5][4:])]))
    receipts, refusals = ({plain(pair[place]) for pair in answers} for place in (0, 1))
    assert (len(receipts), len(refusals)) == (1, 1)
    assert [answer.status_code for answer in answers[0]] == [201, 422]
    assert [error["code"] for error in answers[0][1].json["errors"]] == [*["duplicate_line"] * 2, "unknown_member"]
    assert state(session)[0] == 0
    for lines in (7, 1 << 14):
        in_parts(lines)
        assert send(administrator, form, MANY).status_code == 201
        query = text("SELECT employer, line, week_ending, credited, due FROM entries ORDER BY id DESC LIMIT :lines")
        ledgers.append(session.execute(query, {"lines": len(MANY)}).all())
    assert ledgers[0] == ledgers[1]


def test_what_stands_already_is_told_of_the_first_lines_in_any_parts(administrator, people, in_parts, monkeypatch):
    send(administrator, "text/csv", MANY)
    told = set()
    for lines, held in ((1, 50_000), (10, 20), (1 << 14, 50_000)):
        in_parts(lines)
        monkeypatch.setattr("service.already.MOST_HELD", held)
        told.add(plain(send(administrator, "text/csv", MANY[::-1], dry_run="true")))
    assert len(told) == 1
    assert "already_reported" in told.pop()


def test_the_hash_of_a_line_is_the_same_in_any_part():
    given = {"employer": "ACME", "report": "R", "agreement": "basic-2018"}
    data = file(*(f"M-{number},2021-07-31,8,{'x' * (number % 3)}\n" for number in range(50)))
    whole = Sent(given, {})
    for part in read_rows(CsvFile(io.BytesIO(data), Faults()), Faults()):
        whole.add(part)
    (lines,) = whole.lines
    alone = [hashes(lines[at : at + 1])[0] for at in range(lines.height)]
    assert alone == whole.hashes[0].to_list()
    assert len(set(alone)) == lines.select(IDENTITY).n_unique() == 50


def test_lines_that_share_a_hash_are_looked_at(monkeypatch, in_parts):
    in_parts(3)
    for module in ("sent", "checking"):
        monkeypatch.setattr(
            f"service.intake.{module}.hashes", lambda lines: pl.Series([7] * lines.height, dtype=pl.UInt64)
        )
    rows = [f"M-000001,2021-07-{day:02},8,\n" for day in (1, 2, 3, 4, 5, 2, 6, 1, 1)]
    faults, sent = Faults(), Sent({"employer": "ACME", "report": "R", "agreement": "basic-2018"}, {})
    for part in read_rows(CsvFile(io.BytesIO(file(*rows)), faults), faults):
        sent.add(part)
    check(sent, {"M-000001": None}, weeks_taken(("mpi-health",), datetime.date(2024, 1, 1)), faults)
    assert [(fault.line, fault.message.split(":")[0]) for fault in faults.kept] == [
        (7, "This repeats line 3"),
        (9, "This repeats line 2"),
        (10, "This repeats line 2"),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_one_part_is_held_at_a_time(form, administrator, people, in_parts, monkeypatch):
    in_parts(16)
    held = {"read": [], "put aside": [], "gone through": [], "assessed": [], "recorded": []}

    def watched(name, work, place=0):
        def see(*args):
            held[name].append(args[place].height)
            return work(*args)

        return see

    monkeypatch.setattr(reading, "quick", watched("read", reading.quick))
    monkeypatch.setattr(Parts, "add", watched("put aside", Parts.add, 1))
    monkeypatch.setattr(Assessed, "assess", watched("assessed", Assessed.assess, 1))
    monkeypatch.setattr(columns, "text_of", watched("recorded", columns.text_of))
    monkeypatch.setattr(spool.pl, "read_ipc_stream", watched_result(held["gone through"], pl.read_ipc_stream))
    assert send(administrator, form, MANY).status_code == 201
    assert all(max(heights) <= 16 and sum(heights) >= len(MANY) for heights in held.values())


def watched_result(heights, work):
    """``work``, each of whose results' heights is noted."""

    def see(*args):
        found = work(*args)
        heights.append(found.height)
        return found

    return see


@pytest.mark.parametrize("form", FORMS)
def test_progress_is_told_in_every_phase_and_never_goes_back(
    form,
    administrator,
    app,
    people,
    in_parts,
    monkeypatch,
):
    in_parts(50)
    monkeypatch.setattr("service.already.MOST_HELD", 60)
    monkeypatch.setattr(jobs, "TOLD_EVERY_S", 0)
    data, seen, told = FORMS[form](MANY, NAMES), [], jobs.progress
    accepted = administrator.post("/v1/remittances", data=data, content_type=form, headers={"Prefer": "respond-async"})

    def look(*args, **done):
        goes_on = told(*args, **done)
        seen.append(administrator.get(accepted.headers["Location"]).json)
        return goes_on

    monkeypatch.setattr(jobs, "progress", look)
    jobs.take_all(app)
    seen.append(administrator.get(accepted.headers["Location"]).json)
    assert (seen[-1]["state"], seen[-1]["status"], seen[-1]["total"]) == ("done", 201, len(MANY))
    for phase in ("read", "checked", "counted"):
        counts = [job[phase] for job in seen]
        assert counts == sorted(counts)
        assert counts[-1] == len(MANY)
        assert len(set(counts)) >= 4
    assert all(job["read"] >= job["checked"] >= job["counted"] for job in seen)
    assert all(job["total"] == len(MANY) for job in seen)


def test_a_large_body_stands_in_a_file_without_a_name_and_is_the_same(app):
    body = os.urandom(PIECE_BYTES) * 2 + b"end"
    file = Unnamed()
    for piece in pieces(io.BytesIO(body)):
        file.write(piece)
    assert len(body) > IN_MEMORY_BYTES
    assert os.fstat(file.fileno()).st_nlink == 0
    assert b"".join(pieces(file)) == body


class Full(Unnamed):
    """A file on a disk without room: what does not fit into memory goes where nothing can be written."""

    def rollover(self):
        """Go on in a file that takes nothing."""
        self._file = open("/dev/full", "r+b", buffering=0)  # noqa: SIM115
        self._rolled = True
        self._file.write(b"x")


@pytest.mark.parametrize("place", ["service.wire.Unnamed", "service.spool.Unnamed"])
def test_a_full_disk_is_said_and_leaves_nothing(place, administrator, people, session, monkeypatch):
    before = state(session)
    rows = [(*MANY[0][:3], f"M-{number:06}", week, "8") for week in WEEKS[:50] for number in range(1000)]
    key = {"Idempotency-Key": "the-disk-was-full-then"}
    with monkeypatch.context() as patch:
        patch.setattr(place, Full)
        data = FORMS["text/csv"](rows, NAMES)
        answer = administrator.post("/v1/remittances", data=data, content_type="text/csv", headers=key)
    assert (answer.status_code, answer.mimetype) == (507, "application/problem+json")
    assert answer.json["type"] == "/problems/out-of-room"
    assert answer.headers["Retry-After"] == "60"
    assert state(session) == before
    again = administrator.post("/v1/remittances", data=data, content_type="text/csv", headers=key)
    assert again.status_code == 422  # judged now, and not by what was answered then
    assert os.strerror(errno.ENOSPC) not in answer.text


def test_a_job_waits_while_there_is_no_room(administrator, app, people, session, monkeypatch):
    rows = FORMS["text/csv"](MANY, NAMES)
    accepted = administrator.post(
        "/v1/remittances", data=rows, content_type="text/csv", headers={"Prefer": "respond-async"}
    )
    with monkeypatch.context() as patch:
        patch.setattr("service.spool.IN_MEMORY_BYTES", 100)
        patch.setattr("service.spool.Unnamed", Full)
        assert jobs.take_all(app) == 0
    assert state(session)[0] == 0
    assert jobs.take_all(app) == 1
    assert administrator.get(accepted.headers["Location"]).json["status"] == 201


def test_nothing_is_left_of_a_jobs_body_when_it_is_done(administrator, app, people, session):
    kept = text("SELECT count(*) FROM pg_largeobject_metadata")
    before = session.scalar(kept)
    for rows in (MANY, [*MANY, MANY[0]]):
        send_later(administrator, rows)
    session.rollback()
    assert session.scalar(kept) == before + 2
    assert jobs.take_all(app) == 2
    session.rollback()
    assert session.scalar(kept) == before


def send_later(client, rows):
    """Ask for a file to be posted later."""
    data = FORMS["text/csv"](rows, NAMES)
    return client.post("/v1/remittances", data=data, content_type="text/csv", headers={"Prefer": "respond-async"})
