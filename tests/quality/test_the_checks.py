"""The checks of the ledger find what they are for: something that is changed behind the service's back."""

import contextlib
import random

import pytest
from sqlalchemy import text

from service.db import make_engine
from service.serving import disposing
from tests.quality import q3_pension, q4_pension, q5, q6, real, s3, s7
from tests.quality.own import Answer, Caller, installation, server
from tests.quality.play import Play
from tests.service.bad_files import GOOD, file

CHANGES = [
    "UPDATE entries SET credited = credited + 1, hours_worked = hours_worked + 1",
    "UPDATE entries SET week_ending = week_ending + 7",
    "UPDATE entries SET reverses = NULL, kind = 'line' WHERE kind = 'reversal'",
    "DELETE FROM entries WHERE id = (SELECT max(id) FROM entries)",
    "UPDATE batches SET position = position + 100",
    "UPDATE remittances SET report = 'another'",
    "UPDATE remittances SET agreement = 'another'",
    "UPDATE entries SET imputation = 'worked well'",
    """UPDATE entries SET due = due || '{"pension": 1}'""",
]


@pytest.fixture(scope="module")
def caller():
    by = Caller(installation(server()))
    yield by
    by.close()


def tamper(by, words):
    with disposing(make_engine(by.settings.database_url)) as engine, engine.begin() as connection:
        connection.execute(text(words))


@pytest.mark.parametrize("words", CHANGES)
def test_a_changed_ledger_is_not_what_is_on_paper(words):
    with contextlib.closing(Caller(installation(server()))) as by:
        play = Play(by, 1)
        for _ in range(30):
            play.write()
        play.read_all()
        assert play.wrong == []
        tamper(by, words)
        with contextlib.suppress(KeyError, TypeError):  # where there is no answer to be read any more
            play.read_all()
            play.read_cover()
            assert play.wrong


def test_a_wrong_cover_is_found(caller):
    found = 0
    for seed in range(30):
        play = Play(caller, 100 + seed)
        for _ in range(6):
            play.post()
        for entry in play.paper.entries:
            entry.said = entry.said._replace(hours=entry.said.hours * 3)
        play.wrong.clear()
        for _ in range(10):
            play.read_cover()
        found += bool(play.wrong)
    assert found > 20


def test_a_history_is_played_the_same_again(caller):
    assert q5.played(caller, 7) == []
    again = Caller(caller.settings)
    with contextlib.closing(again):
        assert q5.played(again, 7) != []  # its employers are there already


def test_an_answer_that_changed_is_found(caller):
    play, rng = Play(caller, 55), random.Random(1)
    for _ in range(10):
        play.write()
    asked = [q6.ask(play, rng, q6.proposed(caller)) for _ in range(40)]
    tamper(caller, "UPDATE entries SET credited = credited + 1")
    again = [caller.get(one.path, **one.query, known_at=str(one.position)).body for one in asked]
    assert sum(one.body != body for one, body in zip(asked, again, strict=True)) > 10


def test_a_right_that_the_service_should_not_have_is_found():
    with contextlib.closing(Caller(installation(server()))) as by:
        assert list(s3.open_ways(by.settings, s3.WAYS)) == []
        for words in ("UPDATE (credited) ON entries", "DELETE ON audit", "TRUNCATE ON facts"):
            tamper(by, f"GRANT {words} TO hourbank_service")
        assert list(s3.open_ways(by.settings, s3.WAYS)) == [
            'the service may: DELETE FROM "audit"',
            'the service may: UPDATE "entries" SET "credited" = "credited"',
            'the service may: TRUNCATE "facts" CASCADE',
        ]
        reader = by.settings.roles.reader
        assert list(s3.open_ways(by.settings, s3.READERS_WAYS, reader)) == []
        tamper(by, f"GRANT INSERT ON scenarios TO {reader}")
        assert list(s3.open_ways(by.settings, s3.READERS_WAYS, reader)) == [
            f'the {reader} may: INSERT INTO "scenarios" SELECT * FROM "scenarios" WHERE false'
        ]
        assert list(s3.open_ways(by.settings, ["ALTER TABLE audit OWNER TO nobody"])) == [
            'the owner may not either (role "nobody" does not exist): ALTER TABLE audit OWNER TO nobody'
        ]


def test_what_is_lost_doubled_or_partial_is_told():
    with contextlib.closing(Caller(installation(server()))) as by:
        service = real.Service(by.settings, "http://127.0.0.1:1", 0)
        by.post("/v1/employers", {"code": "ACME", "name": "Acme"})
        for number in range(real.LINES):
            by.post("/v1/members", {"number": f"M-{number}", "name": "M"})
        names = [f"check-kill-{number:010}" for number in range(5)]
        answered = {name: by.post("/v1/remittances", real.report(name), name) for name in names}
        assert real.unlike(service, answered) == []
        assert real.unlike(service, {name: answered[name] for name in names[1:]}) == [f"{names[0]} was never sent"]
        refused = {**answered, names[0]: Answer(422, b"no", {}, False)}
        assert real.unlike(service, refused) == [f"{names[0]}: 422 b'no'"]
        twice = by.post("/v1/remittances", real.report(names[1]), "another-key-of-this")
        assert twice.status == 201
        lost = by.post("/v1/remittances", real.report(names[2]), names[2])
        assert lost.replayed
        tamper(by, f"DELETE FROM entries WHERE line = 2 AND batch_id = '{answered[names[3]].json['id']}'")
        tamper(by, f"DELETE FROM idempotency_keys WHERE key = '{names[4]}'")
        wrong = real.unlike(service, answered)
        assert [told.partition(":")[0] for told in wrong] == [names[1], names[3], names[4]]


def test_an_upload_that_is_taken_and_what_is_no_refusal_are_found():
    good = s7.Upload("a good file", s7.CSV, lambda: file(GOOD))
    with s7.receiving() as (service, owner):
        told = s7.faults(service, owner, good, "check-upload-of-a-good-file")
        assert told[0].startswith("201 application/json")
        assert told[1:] == ["something of it is in the ledger"]
        assert s7.faults(service, owner, s7.UPLOADS[0], "check-upload-of-a-bad-file") == []
    problem = b'{"type": "/problems/x", "title": "x", "status": 422, "detail": "x"}'
    assert s7.unlike_a_problem(s7.Answer(422, "application/problem+json", problem)) == ["no request_id in the problem"]
    assert s7.unlike_a_problem(s7.Answer(500, "application/problem+json", problem))
    assert s7.unlike_a_problem(s7.Answer(422, "text/html", problem))
    assert s7.formulas(s7.Answer(200, "text/csv", b'a,=1\r\n\'=1,"@b"\r\n')) == ["a formula: '=1'", "a formula: '@b'"]


JOB = ("mpi-pension", 0, 40)


def test_pensions_that_are_counted_wrongly_in_the_crowd_are_found(monkeypatch):
    assert q3_pension.crowd_differing((JOB, False)) == []
    right = q3_pension.sums
    monkeypatch.setattr(q3_pension, "sums", lambda *given: {**right(*given), "service": [-1]})
    assert len(q3_pension.crowd_differing((JOB, False))) > 10


def test_years_that_are_told_otherwise_when_they_end_are_found(monkeypatch):
    plan, first, end = JOB
    assert q3_pension.compiled(JOB)[1] == []
    right = q3_pension.evaluated

    def later_only(one, on):
        found = right(one, on)
        if isinstance(found, str) or on == one.on:
            return found
        return found._replace(years=[year._replace(vested=7) for year in found.years])

    monkeypatch.setattr(q3_pension, "evaluated", later_only)
    assert len(q3_pension.compiled((plan, first, end))[1]) > 20


@pytest.mark.parametrize("name", q4_pension.PROPERTIES)
def test_an_answer_of_a_pension_that_changes_is_found(name, monkeypatch):
    plan, first, end = JOB if name != "shifted by years" else ("ewtf-pension", 0, 40)
    cases, unlike = q4_pension.tries((name, (plan, first, end)))
    assert (cases, unlike) == (40, [])
    right, asked = q4_pension.answer, []

    def less_each_time(one):
        asked.append(one)
        found = right(one)
        years = [year._replace(totals={name: -len(asked) for name in year.totals}) for year in found["years"]]
        return {**found, "years": years, "vested": -len(asked)}

    monkeypatch.setattr(q4_pension, "answer", less_each_time)
    assert len(q4_pension.tries((name, (plan, first, end)))[1]) > 20
