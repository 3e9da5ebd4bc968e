"""Corrections over HTTP: a reversal and a new entry, never two reversals of one entry."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from schemas.corrections import MOST_LINES
from service.models import Batch, Entry
from tests.service.reports import codes, correct, line, post, remarks, state


@pytest.fixture
def members(member_factory, session):
    """Three enrolled members."""
    made = [member_factory() for _ in range(3)]
    session.commit()
    return made


@pytest.fixture
def posted(administrator, employer, members, session):
    """The id of a posted report of two members' weeks of 40 hours."""
    session.commit()
    return post(administrator, employer, [line(members[0]), line(members[1], days_worked=5)]).json["id"]


def lines_of(client, remittance, **query):
    """The lines of a report as they stand, by number: (hours, state)."""
    lines = client.get(f"/v1/remittances/{remittance}", query_string=query).json["lines"]
    return {each["line"]: (each["hours_worked"], each["state"]) for each in lines}


def test_a_correction_reverses_and_enters_anew(administrator, employer, members, posted, session):
    answer = correct(administrator, posted, {"line": 1, "hours_worked": "52.50"}, {"line": 2, "void": True})
    assert answer.status_code == 201
    told = answer.json
    assert (told["remittance"], told["position"], told["lines"], remarks(answer)) == (posted, 2, 2, [])
    assert (told["hours"], told["credited_hours"]) == ("-27.50", "-27.50")
    first, second = told["changes"]
    assert (first["line"], first["before"]["hours_worked"], first["after"]["hours_worked"]) == (1, "40.00", "52.50")
    assert (second["line"], second["before"]["days_worked"], second["after"]) == (2, 5, None)
    assert state(session) == (2, 2, 1, 5, 0)
    assert lines_of(administrator, posted) == {1: ("52.50", "corrected"), 2: ("40.00", "void")}
    assert lines_of(administrator, posted, known_at=1) == {1: ("40.00", "posted"), 2: ("40.00", "posted")}
    reversals = session.scalars(select(Entry).where(Entry.reverses.is_not(None)).order_by(Entry.line)).all()
    assert [(each.line, each.hours_worked, each.credited, each.days_worked) for each in reversals] == [
        (1, -4000, -4000, None),
        (2, -4000, -4000, -5),
    ]
    batch = session.scalars(select(Batch).where(Batch.position == 2)).one()
    assert (batch.kind, batch.reason) == ("correction", "Read twice.")


def test_only_what_is_named_changes(administrator, posted):
    answer = correct(administrator, posted, {"line": 2, "scale_rate": "41.20", "production": "B"})
    (change,) = answer.json["changes"]
    # Six percent of 40 hours at that rate are owed now.
    due = {**change["before"]["contributions"], "individual-account": "98.88"}
    expected = {"scale_rate": "41.20", "production": "B", "contributions": due}
    assert change["after"] == {**change["before"], **expected}
    answer = correct(administrator, posted, {"line": 2, "days_worked": None, "hours_guaranteed": "48.00"})
    (change,) = answer.json["changes"]
    expected = {"days_worked": None, "hours_guaranteed": "48.00", "credited": "48.00", "imputation": "guarantee 48.00"}
    expected["contributions"] = {
        "active-health": None,
        "individual-account": "118.66",
        "pension": "86.71",
        "retiree-health": "14.40",
    }
    assert change["after"] == {**change["before"], **expected}
    assert (answer.json["hours"], answer.json["credited_hours"]) == ("0.00", "8.00")


def test_a_line_can_go_to_another_member_week_and_basis(administrator, members, posted):
    change = {"line": 1, "member": members[2].number, "week_ending": "2021-08-07", "basis": "weekly"}
    (told,) = correct(administrator, posted, change).json["changes"]
    assert told["before"]["member"] == members[0].number
    assert (told["after"]["member"], told["after"]["week_ending"], told["after"]["basis"]) == (
        members[2].number,
        "2021-08-07",
        "weekly",
    )
    totals = [administrator.get(f"/v1/members/{member.id}/hours").json["totals"]["credited"] for member in members]
    assert totals == ["0.00", "40.00", "40.00"]


def test_correcting_again_corrects_what_stands(administrator, posted, session):
    for hours in ("41.00", "42.00", "43.00"):
        assert correct(administrator, posted, {"line": 1, "hours_worked": hours}).status_code == 201
    assert lines_of(administrator, posted)[1] == ("43.00", "corrected")
    assert session.scalar(select(func.sum(Entry.credited))) == 8300


def test_a_void_line_is_put_back_by_hours(administrator, posted):
    correct(administrator, posted, {"line": 2, "void": True})
    refused = correct(administrator, posted, {"line": 2, "production": "B"})
    assert codes(refused) == ["no_hours"]
    none_worked = correct(administrator, posted, {"line": 2, "hours_worked": "0.00"}, query={"dry_run": "true"})
    assert (none_worked.status_code, none_worked.json["changes"][0]["after"]["hours_worked"]) == (201, "0.00")
    answer = correct(administrator, posted, {"line": 2, "hours_worked": "8.00"})
    (change,) = answer.json["changes"]
    assert change["before"] is None
    assert (change["after"]["hours_worked"], change["after"]["days_worked"]) == ("8.00", 5)
    assert answer.json["hours"] == "8.00"
    assert lines_of(administrator, posted)[2] == ("8.00", "corrected")


def test_voiding_twice_is_a_conflict(administrator, posted, session):
    correct(administrator, posted, {"line": 2, "void": True})
    before = state(session)
    again = correct(administrator, posted, {"line": 2, "void": True})
    assert again.status_code == 409
    assert again.json["type"] == "/problems/line-void"
    assert (codes(again), again.json["errors"][0]["line"]) == (["void_already"], 2)
    assert state(session) == before


def test_correcting_to_the_same_is_remarked_and_taken(administrator, posted, session):
    answer = correct(administrator, posted, {"line": 1, "hours_worked": "40.00"})
    assert answer.status_code == 201
    assert [problem["code"] for problem in remarks(answer)] == ["nothing_changed"]
    assert answer.json["hours"] == "0.00"
    assert session.scalar(select(func.sum(Entry.credited))) == 8000


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ([{"line": 3, "void": True}], [("/lines/0/line", "unknown_line")]),
        ([{"line": 1}], [("/lines/0/line", "nothing_named")]),
        ([{"line": 1, "void": False}], [("/lines/0/line", "nothing_named")]),
        ([{"line": 1, "void": True, "hours_worked": "8"}], [("/lines/0/void", "void_and_values")]),
        ([{"line": 1, "hours_worked": None}], [("/lines/0/hours_worked", "no_hours")]),
        ([{"line": 1, "member": "M-9"}], [("/lines/0/member", "unknown_member")]),
        ([{"line": 1, "week_ending": "1950-01-01"}], [("/lines/0/week_ending", "date_out_of_range")]),
        ([{"line": 2, "hours_worked": "8"}, {"line": 2, "void": True}], [("/lines/1/line", "repeated_line")]),
        ([{"line": 1, "hours_worked": "8,5"}], [("/lines/0/hours_worked", "decimal_comma")]),
        ([{"line": 1, "hours": "8"}], [("/lines/0/hours", "unknown_name")]),
        ([{"line": 0, "void": True}], [("/lines/0/line", "out_of_range")]),
        ([{"line": "1", "void": True}], [("/lines/0/line", "not_whole")]),
        ([{"void": True}], [("/lines/0/line", "required")]),
        (
            [{"line": 9, "void": True}, {"line": 1, "member": "M-9"}, {"line": 2}],
            [
                ("/lines/0/line", "unknown_line"),
                ("/lines/1/member", "unknown_member"),
                ("/lines/2/line", "nothing_named"),
            ],
        ),
    ],
)
def test_a_correction_that_cannot_be_made_is_refused_whole(administrator, posted, session, changes, places):
    before = state(session)
    refused = correct(administrator, posted, *changes)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == places
    assert state(session) == before


@pytest.mark.parametrize(
    "body", [{"lines": []}, {"reason": " ", "lines": [{"line": 1, "void": True}]}, {"reason": "x", "lines": []}]
)
def test_a_correction_has_a_reason_and_lines(administrator, posted, body):
    assert administrator.post(f"/v1/remittances/{posted}/corrections", json=body).status_code == 422


def test_a_correction_has_a_largest_size(administrator, posted):
    refused = correct(administrator, posted, *[{"line": 1, "void": True}] * (MOST_LINES + 1))
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [("/lines", "too_many_lines")]


def test_two_lines_never_come_to_say_the_same(administrator, members, posted, session):
    refused = correct(administrator, posted, {"line": 1, "member": members[1].number})
    assert codes(refused) == ["duplicate_line"]
    assert state(session)[0] == 1
    swap = [{"line": 1, "member": members[1].number}, {"line": 2, "member": members[0].number}]
    assert correct(administrator, posted, *swap).status_code == 201
    both = [{"line": 1, "member": members[2].number}, {"line": 2, "member": members[2].number}]
    assert codes(correct(administrator, posted, *both)) == ["duplicate_line"]
    take = [{"line": 1, "void": True}, {"line": 2, "member": members[1].number}]
    assert correct(administrator, posted, *take).status_code == 201


def test_a_dry_run_shows_the_change_and_stores_nothing(administrator, posted, session):
    before = state(session)
    dry = correct(administrator, posted, {"line": 1, "hours_worked": "200"}, query={"dry_run": "true"})
    assert (dry.status_code, dry.json["dry_run"], dry.json["position"]) == (201, True, 2)
    assert [problem["code"] for problem in remarks(dry)] == ["more_than_a_week"]
    assert state(session) == before
    done = correct(administrator, posted, {"line": 1, "hours_worked": "200"})
    assert {**done.json, "id": 0, "dry_run": True} == {**dry.json, "id": 0}


def test_an_employer_corrects_its_own_reports_alone(
    administrator, employer_client, employer_factory, members, posted, session
):
    other = employer_factory()
    session.commit()
    foreign = post(administrator, other, [line(members[0])]).json["id"]
    absent = "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11"
    assert correct(employer_client, posted, {"line": 1, "void": True}).status_code == 201
    refusals = [correct(employer_client, which, {"line": 1, "void": True}) for which in (foreign, absent)]
    assert [refused.status_code for refused in refusals] == [404, 404]
    assert {**refusals[0].json, "request_id": 0} == {**refusals[1].json, "request_id": 0}


@pytest.mark.parametrize("role", ["auditor", "negotiator"])
def test_other_roles_do_not_correct(role, client_for, posted):
    assert correct(client_for(role), posted, {"line": 1, "void": True}).status_code == 403


@pytest.mark.parametrize(
    "changes", [[{"hours_worked": "41.00"}, {"hours_worked": "42.00"}], [{"void": True}, {"void": True}]]
)
def test_concurrent_corrections_of_one_line_follow_each_other(client_for, posted, session, changes):
    clients = [client_for("administrator") for _ in changes]
    for turn in range(5):
        start = threading.Barrier(len(clients))

        def change(client, what, start=start):
            start.wait()
            return correct(client, posted, {"line": 1, **what})

        with ThreadPoolExecutor(len(clients)) as threads:
            answers = list(threads.map(change, clients, changes))
        assert {answer.status_code for answer in answers} <= {201, 409}
        done = sorted((answer.json["position"], answer) for answer in answers if answer.status_code == 201)
        assert done
        _, last = done[-1]
        (told,) = last.json["changes"]
        stands = lines_of(clients[0], posted)[1]
        assert stands == ((told["after"]["hours_worked"], "corrected") if told["after"] else (stands[0], "void"))
        if len(done) == 2 and turn == 0:
            assert told["before"] == done[0][1].json["changes"][0]["after"]
        correct(clients[0], posted, {"line": 1, "hours_worked": "40.00"})
    reversed_twice = (
        select(Entry.reverses).group_by(Entry.reverses).having(func.count() > 1, Entry.reverses.is_not(None))
    )
    assert session.scalars(reversed_twice).all() == []
    assert session.scalar(select(func.sum(Entry.credited)).where(Entry.line == 1)) == 4000


def test_crossing_corrections_do_not_lock_each_other_out(client_for, employer, members, session):
    """Two reports about the same members, corrected at once in opposite orders, both get through."""
    clients = [client_for("administrator") for _ in range(2)]
    reports = [
        post(clients[0], employer, [line(member) for member in members[::step]], name=str(step)).json["id"]
        for step in (1, -1)
    ]

    def change(turn):
        changes = [{"line": number, "hours_worked": f"{turn % 50}.00"} for number in (1, 2, 3)]
        return correct(clients[turn % 2], reports[turn % 2], *changes)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(change, range(20)))
    assert {answer.status_code for answer in answers} == {201}


def test_a_reversal_can_be_reversed_and_that_again(administrator, members, posted, session):
    void = correct(administrator, posted, {"line": 2, "void": True})
    restored = correct(administrator, posted, {"line": 2, "restore": True})
    assert restored.status_code == 201
    (change,) = restored.json["changes"]
    assert (change["before"], change["after"]["hours_worked"], change["after"]["days_worked"]) == (None, "40.00", 5)
    assert (restored.json["credited_hours"], lines_of(administrator, posted)[2]) == ("40.00", ("40.00", "corrected"))
    correct(administrator, posted, {"line": 2, "void": True})
    correct(administrator, posted, {"line": 2, "restore": True})
    ledger = administrator.get(f"/v1/members/{members[1].id}/hours").json
    assert [each["credited"] for each in ledger["lines"]] == ["40.00", "-40.00", "40.00", "-40.00", "40.00"]
    chain = {each["id"]: each["reverses"] for each in ledger["lines"]}
    assert sorted(chain.values(), key=lambda each: each or 0) == [None, *sorted(chain)[:-1]]
    assert lines_of(administrator, posted, known_at=void.json["position"])[2] == ("40.00", "void")
    assert lines_of(administrator, posted, known_at=restored.json["position"])[2] == ("40.00", "corrected")
    kinds = session.scalars(select(Entry.kind).where(Entry.line == 2).order_by(Entry.id)).all()
    assert kinds == ["line", "reversal", "restoration", "reversal", "restoration"]


def test_what_stands_cannot_be_restored_nor_changed_at_once(administrator, posted):
    standing = correct(administrator, posted, {"line": 2, "restore": True})
    assert (standing.status_code, standing.json["title"]) == (409, "The line is not void")
    correct(administrator, posted, {"line": 2, "void": True})
    assert codes(correct(administrator, posted, {"line": 2, "restore": True, "production": "B"})) == [
        "restore_and_values"
    ]
    assert codes(correct(administrator, posted, {"line": 2, "restore": True, "void": True})) == [
        "void_and_values",
        "void_already",
    ]


def test_hours_go_to_another_employer_by_an_administrator_alone(
    administrator, employer_client, employer_factory, members, posted, session
):
    other = employer_factory()
    session.commit()
    moving = {"line": 1, "employer": other.code}
    assert correct(employer_client, posted, moving).status_code == 403
    assert codes(correct(administrator, posted, {"line": 1, "employer": "NOBODY"})) == ["unknown_employer"]
    (change,) = correct(administrator, posted, moving).json["changes"]
    assert change["after"] == {**change["before"], "employer": other.code}
    ledger = administrator.get(f"/v1/members/{members[0].id}/hours").json
    assert [(each["employer"] == other.code, each["credited"]) for each in ledger["lines"]] == [
        (False, "40.00"),
        (False, "-40.00"),
        (True, "40.00"),
    ]


def test_of_two_who_restore_one_line_at_once_one_is_refused(administrator, posted):
    correct(administrator, posted, {"line": 2, "void": True})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: correct(administrator, posted, {"line": 2, "restore": True}), range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
