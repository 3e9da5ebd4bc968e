"""Plans of other kinds asked over HTTP, and receipts where several plans are administered at once."""

import dataclasses

import numpy as np
import pytest

from service import coverage
from tests.service.reports import correct, line, moved, post
from tests.service.test_coverage import ask
from tests.service.test_payments import pay

SUMMER = [f"2021-0{month}-{day:02}" for month in (5, 6) for day in (1, 8, 15, 22, 29)]  # ten weeks


@pytest.fixture
def administered(app, monkeypatch):
    """Call it with the plans that are administered here from now on."""
    world = app.extensions["hourbank"]

    def administer(*plans):
        settings = dataclasses.replace(world.settings, plans=plans)
        monkeypatch.setitem(app.extensions, "hourbank", world._replace(settings=settings))

    return administer


@pytest.fixture
def record(administrator):
    """Call it with a member and a fact: it is recorded."""

    def recorded(member, **fact):
        made = administrator.post(f"/v1/members/{member.id}/facts", json={"reason": "Told by the local.", **fact})
        assert made.status_code == 201

    return recorded


def days(member, count, hours="8.00"):
    """Lines of the summer of 2021 with so many days in all, the same hours on each."""
    each = [min(7, max(0, count - 7 * place)) for place in range(len(SUMMER))]
    return [line(member, hours, week, days_worked=one) for week, one in zip(SUMMER, each, strict=True) if one]


def answer(client, member, plan, on):
    """The one determination of a plan on a day."""
    answered = ask(client, member, on, plan=plan)
    assert answered.status_code == 200, answered.json
    return answered.json["determinations"][0]


def history(client, member, plan, first, last):
    """A member's history under a plan; the answer."""
    query = {"plan": plan, "from": first, "to": last}
    return client.get(f"/v1/members/{member.id}/coverage/history", query_string=query)


@pytest.mark.parametrize(("count", "covered"), [(60, True), (59, False)])
def test_a_plan_that_counts_days_is_answered_from_the_ledger(administrator, employer, member, session, count, covered):
    session.commit()
    assert post(administrator, employer, days(member, count)).status_code == 201
    found = answer(administrator, member, "iatse-plan-a", "2021-08-15")
    assert (found["covered"], found["hours"]["counted"], found["hours"]["required"]) == (
        covered,
        f"{count}.00",
        "60.00",
    )
    assert (found["from"], found["until"]) == (("2021-08-01", "2022-01-31") if covered else (None, None))
    assert f"{count}.00 days count" in found["reasons"][0]["text"]
    (told,) = history(administrator, member, "iatse-plan-a", "2021-07", "2021-12").json["histories"]
    assert [period["from"] for period in told["periods"] if period["covered"]] == ["2021-08-01"] * covered


def test_a_plan_that_counts_weeks_counts_a_line_as_one(administrator, employer, member, session):
    session.commit()
    lines = [line(member, "8.00", f"2024-{month:02}-{day:02}") for month in (5, 6) for day in (4, 11, 18, 25)]
    lines += [line(member, "8.00", f"2024-07-{day:02}") for day in (6, 13, 20)]
    assert post(administrator, employer, lines).status_code == 201
    found = answer(administrator, member, "equity-health", "2024-10-01")
    assert (found["covered"], found["tier"], found["hours"]["counted"]) == (True, "tier-2", "11.00")
    assert "11.00 weeks count" in found["reasons"][0]["text"]


def test_a_number_that_depends_on_the_member_needs_the_fact(administrator, employer, member, session, record):
    """480 hours of a payroll year are enough in a minor port, for those who are registered."""
    session.commit()
    lines = [line(member, "240.00", "2020-03-07"), line(member, "240.00", "2020-09-05")]
    assert post(administrator, employer, lines).status_code == 201
    stranger = answer(administrator, member, "ilwu-welfare", "2021-08-01")
    assert not stranger["covered"]
    assert stranger["reasons"][0]["text"] == "No way of qualifying is open to this member."
    record(member, kind="attribute", name="registered", value="yes", **{"from": "2019-01-01"})
    major = answer(administrator, member, "ilwu-welfare", "2021-08-01")
    assert (major["covered"], major["hours"]["required"]) == (False, "400.00")
    record(member, kind="attribute", name="port", value="minor", **{"from": "2019-01-01"})
    minor = answer(administrator, member, "ilwu-welfare", "2021-08-01")
    assert (minor["covered"], minor["way"], minor["hours"]["required"]) == (True, "year", "480.00")
    assert (minor["from"], minor["until"]) == ("2021-07-01", "2022-06-30")
    (told,) = history(administrator, member, "ilwu-welfare", "2021-01", "2022-06").json["histories"]
    assert [(one["from"], one["way"]) for one in told["periods"]] == [
        ("2021-01-01", "first-half"),
        ("2021-07-01", "year"),
    ]


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ("sagaftra-health", "earnings"),
        ("oe12-health", "months"),
        ("intermittents-507", "fees"),
    ],
)
def test_a_plan_that_counts_what_the_ledger_does_not_hold_is_refused(
    administrator, employer, member, session, plan, word
):
    session.commit()
    assert post(administrator, employer, [line(member, "600.00")]).status_code == 201
    for refused in (
        ask(administrator, member, "2021-10-01", plan=plan),
        history(administrator, member, plan, "2021-01", "2021-12"),
    ):
        assert (refused.status_code, refused.json["type"]) == (422, "/problems/not-in-the-ledger")
        assert plan in refused.json["detail"]
        assert word in refused.json["detail"]


def test_a_plan_that_counts_paid_hours_only_waits_for_the_payment(
    administrator, premium, member, session, administered
):
    plan, on = "scptac-landscape", "2022-05-01"
    administered(plan)
    session.commit()
    posted = post(administrator, premium, [line(member, "300.00", "2022-03-26", scale_rate="40.00")])
    owed = sum(round(float(cents) * 100) for cents in posted.json["contributions"].values())
    assert moved(posted) == {"gained": 0, "lost": 0}
    assert not ask(administrator, member, on, plan=plan).json["determinations"][0]["covered"]
    receipts = [pay(administrator, premium, (posted.json["id"], f"{part / 100:.2f}")) for part in (owed - 1, 1)]
    assert [moved(receipt) for receipt in receipts] == [{"gained": 0, "lost": 0}, {"gained": 1, "lost": 0}]
    (change,) = receipts[1].json["cover_changes"]["members"]
    assert (change["member"], change["change"], change["from"]) == (member.number, "gained", on)
    for position, covered in ((receipts[0].json["position"], False), (receipts[1].json["position"], True)):
        asked = ask(administrator, member, on, plan=plan, known_at=position).json
        assert asked["determinations"][0]["covered"] is covered
    address = f"/v1/payments/{receipts[0].json['id']}/reversal"
    taken_back = administrator.post(address, json={"reason": "Called back."})
    assert moved(taken_back) == {"gained": 0, "lost": 1}


def test_a_plan_that_wants_to_know_more_about_a_member_does_not_stop_a_report(
    administrator, employer, member, session, administered
):
    administered("mpi-health", "ufcw-socal")
    session.commit()
    receipt = post(administrator, employer, [line(member, "600.00", "2021-05-01")])
    assert (receipt.status_code, moved(receipt)) == (201, {"gained": 1, "lost": 0})
    assert {each["plan"] for each in receipt.json["cover_changes"]["members"]} == {"mpi-health"}


def test_a_plan_that_counts_contributions_counts_what_is_due_to_health(administrator, premium, member, session):
    session.commit()
    assert post(administrator, premium, [line(member, "100.00", "2021-08-07", scale_rate="40.00")]).status_code == 201
    asked = ask(administrator, member, "2021-11-01", plan="oe49-dollars").json["determinations"][0]
    # A hundred hours at 7.563.
    assert (asked["hours"]["counted"], asked["covered"]) == ("756.30", False)


def test_a_receipt_counts_the_members_of_all_plans_once(administrator, employer, member_factory, session, administered):
    by_hours, by_days, by_both, by_none = (member_factory() for _ in range(4))
    session.commit()
    lines = [
        line(by_hours, "600.00", "2021-06-05"),
        *days(by_days, 60),
        *days(by_both, 60, "70.00"),
        *days(by_none, 59),
    ]
    gains = {}
    for plans in (("mpi-health",), ("iatse-plan-a",), ("mpi-health", "iatse-plan-a")):
        administered(*plans)
        receipt = post(administrator, employer, lines, query={"dry_run": "true"})
        gains[plans] = receipt.json["cover_changes"]["gained"]
    assert list(gains.values()) == [2, 2, 3]
    receipt = post(administrator, employer, lines).json
    last = [number for number, one in enumerate(lines, start=1) if one["member"] == by_both.number][-1]
    voided = correct(administrator, receipt["id"], {"line": last, "void": True}, {"line": 1, "void": True})
    assert moved(voided) == {"gained": 0, "lost": 2}


def test_a_receipt_knows_the_facts_about_members(administrator, employer, member, session, administered, record):
    administered("ilwu-welfare")
    session.commit()
    lines = [line(member, "480.00", "2020-03-07")]
    changes = [moved(post(administrator, employer, lines, query={"dry_run": "true"}))]
    record(member, kind="attribute", name="registered", value="yes", **{"from": "2019-01-01"})
    changes.append(moved(post(administrator, employer, lines, query={"dry_run": "true"})))
    assert changes == [{"gained": 0, "lost": 0}, {"gained": 1, "lost": 0}]


def test_a_receipt_knows_what_was_decided_before_the_first_hour(administrator, employer, member, session, record):
    """Cover began by decision, so that the number to keep it is enough."""
    session.commit()
    record(member, kind="decision", name="cover_granted", **{"from": "2021-03-01"})
    receipt = post(administrator, employer, [line(member, "400.00", "2021-06-12")])
    assert moved(receipt) == {"gained": 1, "lost": 0}
    found = answer(administrator, member, "mpi-health", "2021-09-01")
    assert (found["route"], found["hours"]["required"]) == ("hours", "400.00")


def test_credits_added_up_line_by_line_are_those_of_postgresql(
    administrator, employer, member_factory, session, monkeypatch
):
    members, seen, credits_around = [member_factory() for _ in range(3)], [], coverage.credits_around
    session.commit()

    def both_ways(*asked):
        with monkeypatch.context() as patched:
            patched.setattr(coverage, "plain_amount", lambda *_: None)
            line_by_line = credits_around(*asked)
        seen.append((credits_around(*asked), line_by_line))
        return seen[-1][0]

    monkeypatch.setattr(coverage, "credits_around", both_ways)
    weeks = ("2020-12-26", "2021-01-02", "2021-06-19", "2021-06-26")
    lines = [line(one, f"{place}7.25", week) for place, week in enumerate(weeks, start=1) for one in members[:2]]
    receipt = post(administrator, employer, lines).json
    assert post(administrator, employer, [line(one, "600.00") for one in members], "other").status_code == 201
    changes = ({"line": 1, "void": True}, {"line": 4, "hours_worked": "3.50"}, {"line": 5, "member": members[2].number})
    assert correct(administrator, receipt["id"], *changes).status_code == 201
    assert len(seen) == 3
    for plain, general in seen:
        assert plain[2] == general[2]
        for fast, slow in zip(plain[:2], general[:2], strict=True):
            assert fast.any() or fast is plain[0]
            np.testing.assert_array_equal(fast, slow)
