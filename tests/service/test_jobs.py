"""Jobs: a call carried out after it was answered has the same effect and answer, once, whatever dies meanwhile."""

import datetime
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select, text

from service import clock, jobs
from service.models import AuditLine, Job
from service.problems import unavailable
from tests.service.bad_files import GOOD, file
from tests.service.reports import codes, line, post, state

ROOT = Path(__file__).parents[2]
LATER = {"Prefer": "respond-async"}

# A process of its own that takes jobs, and dies by itself at a point if it is told to.
TAKE = """
import os, sys
from service import create_app, jobs, once, receipts
from service.settings import Settings
from pathlib import Path

settings = Settings(home=Path(sys.argv[1]), database_url=sys.argv[2])
app = create_app(settings)
point = sys.argv[3]
def die(*_args, **_kwargs):
    os.kill(os.getpid(), 9)
if point == "mid rows":
    receipts.Assessed.remarks = die
elif point == "before commit":
    once.running.ended = die
elif point == "after commit":
    jobs.ended = die
print(jobs.take_all(app))
"""


@pytest.fixture
def members(employer, member_factory, session):
    """Two enrolled members with the numbers of the bad files."""
    made = [member_factory(number="M-000001"), member_factory(number="M-000002")]
    session.commit()
    return made


def ask(client, employer, lines, **more):
    """Ask for a report to be posted later; the answer."""
    return post(client, employer, lines, headers={**LATER, **more})


def found(client, answer):
    """What is told of a job."""
    return client.get(answer.headers["Location"]).json


def test_a_job_has_the_effect_and_the_answer_of_the_call(administrator, app, employer, members, session):
    accepted = ask(administrator, employer, [line(members[0])])
    assert (accepted.status_code, accepted.headers["Preference-Applied"]) == (202, "respond-async")
    waiting = found(administrator, accepted)
    assert waiting == accepted.json
    assert (waiting["state"], waiting["counted"], waiting["total"], waiting["answer"]) == ("waiting", 0, None, None)
    assert state(session) == (0, 0, 0, 0, 0)
    assert jobs.take_all(app) == 1
    done = found(administrator, accepted)
    assert (done["state"], done["status"], done["counted"], done["total"]) == ("done", 201, 1, 1)
    assert done["answer"]["position"] == 1
    assert state(session) == (1, 1, 1, 1, 0)
    assert administrator.get(f"/v1/remittances/{done['answer']['id']}").status_code == 200
    operations = session.scalars(select(AuditLine.operation).order_by(AuditLine.id)).all()
    assert operations[-2:] == ["post_remittance", "post_remittance"]
    assert session.scalars(select(AuditLine.position).order_by(AuditLine.id)).all()[-2:] == [None, 1]
    assert session.scalars(select(Job.body)).one() == b""
    assert jobs.take_all(app) == 0
    assert state(session) == (1, 1, 1, 1, 0)


def test_a_repeated_request_is_the_same_job(administrator, app, employer, members, session):
    key = {"Idempotency-Key": "one-key-for-one-job"}
    first = ask(administrator, employer, [line(members[0])], **key)
    again = ask(administrator, employer, [line(members[0])], **key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    jobs.take_all(app)
    after = ask(administrator, employer, [line(members[0])], **key)
    assert after.headers["Location"] == first.headers["Location"]
    assert ask(administrator, employer, [line(members[1])], **key).status_code == 422
    assert jobs.take_all(app) == 0
    assert state(session) == (1, 1, 1, 1, 0)


def test_a_refusal_is_the_answer_of_the_job(administrator, app, employer, members, session):
    accepted = administrator.post(
        "/v1/remittances",
        data=file(GOOD, "M-9,2021-07-31,x,\n"),
        content_type="text/csv",
        query_string={"employer": employer.code, "report": "R", "agreement": "basic-2018"},
        headers=LATER,
    )
    jobs.take_all(app)
    done = found(administrator, accepted)
    assert (done["state"], done["status"], done["answer"]["status"]) == ("done", 422, 422)
    assert [error["line"] for error in done["answer"]["errors"]] == [3, 3]
    assert administrator.get(done["answer"]["refused_rows"]).status_code == 200
    assert state(session) == (0, 0, 0, 0, 0)


def test_a_dry_run_may_be_a_job(administrator, app, employer, members, session):
    accepted = post(administrator, employer, [line(members[0])], query={"dry_run": "true"}, headers=LATER)
    jobs.take_all(app)
    done = found(administrator, accepted)
    assert (done["status"], done["answer"]["dry_run"]) == (201, True)
    assert state(session) == (0, 0, 0, 0, 0)


def test_a_job_is_told_to_whoever_asked_for_it(administrator, client_for, employer_client, app, employer, members):
    accepted = ask(employer_client, employer, [line(members[0])])
    path = accepted.headers["Location"]
    absent = administrator.get("/v1/jobs/7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11")
    foreign = administrator.get(path)
    assert foreign.status_code == absent.status_code == 404
    assert {**foreign.json, "request_id": 0} == {**absent.json, "request_id": 0}
    jobs.take_all(app)
    assert found(employer_client, accepted)["status"] == 201


def test_a_job_has_the_rights_of_whoever_asked(employer_client, app, employer_factory, members, session):
    other = employer_factory()
    session.commit()
    accepted = ask(employer_client, other, [line(members[0])])
    jobs.take_all(app)
    assert found(employer_client, accepted)["status"] == 404
    assert state(session) == (0, 0, 0, 0, 0)


def test_eight_takers_have_one_effect(administrator, app, employer, members, session):
    answers = [ask(administrator, employer, [line(members[0])]) for _ in range(4)]
    threads = [threading.Thread(target=jobs.take_all, args=(app,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while jobs.take_all(app):
        pass
    assert {found(administrator, answer)["status"] for answer in answers} == {201}
    assert state(session) == (4, 4, 4, 4, 0)


@pytest.mark.parametrize(("point", "there"), [("mid rows", 0), ("before commit", 0), ("after commit", 1)])
def test_a_job_whose_process_is_killed_is_taken_up(
    point, there, administrator, app, settings, employer, members, session
):
    accepted = ask(administrator, employer, [line(members[0])])
    command = [sys.executable, "-c", TAKE, str(settings.home), settings.database_url, point]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    deadline = time.monotonic() + 20
    while there == 0 and not jobs.take_all(app):
        assert time.monotonic() < deadline
        time.sleep(0.05)  # the server has yet to see that the process is gone
    jobs.take_all(app)
    done = found(administrator, accepted)
    assert (done["state"], done["status"]) == ("done", 201)
    assert state(session) == (1, 1, 1, 1, 0)


def test_what_ends_processes_again_and_again_is_given_up(administrator, app, employer, members, session):
    accepted = ask(administrator, employer, [line(members[0])])
    session.execute(text("UPDATE jobs SET asked = jsonb_set(asked, '{attempts}', '5')"))
    session.commit()
    jobs.take_all(app)
    done = found(administrator, accepted)
    assert (done["state"], done["status"]) == ("done", 500)
    assert done["answer"]["type"] == "/problems/job-failed"
    assert state(session) == (0, 0, 0, 0, 0)


def test_a_job_waits_while_the_database_cannot_take_it(administrator, app, employer, members, session, monkeypatch):
    accepted = ask(administrator, employer, [line(members[0])])
    with monkeypatch.context() as patch:
        patch.setattr("service.remittances.post_reports", lambda *_: (_ for _ in ()).throw(unavailable()))
        assert jobs.take_all(app) == 0
    assert found(administrator, accepted)["state"] == "running"
    assert jobs.take_all(app) == 1
    assert found(administrator, accepted)["status"] == 201


def test_old_jobs_are_forgotten(administrator, app, employer, members, session):
    old = ask(administrator, employer, [line(members[0])])
    jobs.take_all(app)
    session.execute(text("UPDATE jobs SET changed_at = :then"), {"then": clock.now() - datetime.timedelta(days=8)})
    session.commit()
    ask(administrator, employer, [line(members[1])])
    assert administrator.get(old.headers["Location"]).status_code == 404


def test_progress_is_told_while_it_is_made(administrator, app, employer, members, session, monkeypatch):
    accepted = ask(administrator, employer, [line(members[0]), line(members[1])])
    seen = []
    monkeypatch.setattr("service.intake.lines.PART_LINES", 1)
    monkeypatch.setattr(jobs, "TOLD_EVERY_S", 0)
    told = jobs.progress

    def look(*args, **done):
        going_on = told(*args, **done)
        job = found(administrator, accepted)
        seen.append([job[name] for name in ("state", "read", "checked", "counted", "total")])
        return going_on

    monkeypatch.setattr(jobs, "progress", look)
    jobs.take_all(app)
    counts = [(1, 0, 0), (2, 0, 0), (2, 2, 0), (2, 2, 1), (2, 2, 2)]
    assert seen == [["running", *each, 2] for each in counts]


def test_bad_keys_are_refused_at_once(administrator, employer, members):
    refused = ask(administrator, employer, [line(members[0])], **{"Idempotency-Key": "short"})
    assert (refused.status_code, codes(refused)) == (400, ["bad_key"])
