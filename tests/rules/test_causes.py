"""Causes of cover gained and lost: case by case, and against the workings of made-up members under several plans."""

import numpy as np
import pytest

from rules import causes, evaluate, stages, terms, ticks, units
from rules.calendar import Cite
from rules.causes import NAMES, SENTENCES, cause, usable
from rules.crediting import first_place, population
from rules.evaluate import NO_FACTS, Working
from rules.journeys import journeys, span_of
from rules.laying import TEST, TICK
from rules.terms import NoTermsError
from rules.working import WORKING
from tests.rules.test_crediting import people
from tests.snapshots import snapshot_of

ALWAYS = "1990-01-01"
# An excess bank; a bank that every hour goes through; numbers for those who have lapsed; routes; a bank with limits.
CHANGES = {
    "mpi-health": {"continuing_hours": {"2008-03-01": "450"}},
    "eisb-health": {"monthly_charge": {ALWAYS: "140"}},
    "ibew43-health": {"qualify.continuing.routes.quarter.sum.at_least": {ALWAYS: "750"}},
    "chicagolaborers-health": {"qualify.any.routes.twelve-months.sum.at_least.50": {ALWAYS: "500"}},
    "roofers-health": {"plan_b_hours": {ALWAYS: "500"}, "bank_per_use": {ALWAYS: "150"}},
    "iatse33-health": {"qualify.initial.routes.contributions.sum.at_least.newly_initiated": {ALWAYS: "2700.00"}},
    "bcca-hourbank": {"bank.cap": {ALWAYS: "400.00"}},
    "scptac-health": {"credit.base.attributed_to": {ALWAYS: "receipt_date"}},
}
LOST, NOW = (
    {"route": stages.NONE, "counted": 400_00, "required": 450_00},
    {"bank_kind": stages.TAKES_EXCESS, "bank_most_use": stages.NO_LIMIT},
)
PASSED = {"route": stages.HOURS, "counted": 400_00, "required": 400_00}
BANK = {"route": stages.BANK, "counted": 390_00, "required": 400_00, "bank_before": 10_00}
SHORT = {"counted": 390_00, "required": 400_00}
ALL_IN = {"kind": stages.BALANCE, "banks": 0}


def one(kind: np.dtype, **values: int) -> np.record:
    """A record with some values."""
    made = np.zeros(1, kind).view(np.recarray)
    for name, value in values.items():
        made[name] = value
    return made[0]


def named(covering=PASSED, row=LOST, mine=(), theirs=(), now=(), alike=True):
    """The cause, where each side has three tests of one kind, and asks for what its working says."""
    sides = []
    for told, more in ((covering, mine), (row, theirs)):
        tests = np.zeros(3, TEST).view(np.recarray)
        for name, value in {"open": 1, "banks": 1, "step": 6, "most": 1, "required": told.get("required", 0)}.items():
            tests[name] = value
        for name, value in dict(more).items():
            tests[name] = value
        sides.append(tests)
    workings = [one(WORKING, **{"due": 1, "standing": stages.COVERED, **told}) for told in (covering, row)]
    return NAMES[cause(*workings, *sides, one(TICK, **{**NOW, **dict(now)}), NO_FACTS, alike)]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({}, "requirement"),
        ({"row": {**LOST, "due": 0}}, "dates"),
        ({"row": {**LOST, "route": stages.BANK}}, "length"),
        ({"row": {**LOST, "initial": 1}}, "standing"),
        ({"covering": {**PASSED, "route": stages.RELIEF}}, "help"),
        ({"covering": BANK, "row": SHORT}, "bank"),
        # More is asked of those who are covered, because the bank was fed otherwise before.
        ({"covering": {**BANK, "required": 450_00, "bank_before": 60_00}, "row": SHORT}, "bank"),
        ({"covering": {**PASSED, "required": 450_00, "counted": 450_00}, "row": SHORT}, "dates"),
        # The bank on one side, more hours asked on the other: each alone would turn the test.
        (
            {"covering": {**BANK, "bank_before": 70_00}, "row": {**LOST, "bank_before": 20_00, "counted": 390_00}},
            "bank",
        ),
        # Neither would.
        ({"covering": BANK, "row": {"counted": 390_00, "required": 450_00}}, "requirement"),
        # The numbers are those of the terms for other standings.
        (
            {
                "row": {**LOST, "standing": stages.LAPSED, "required": 600_00},
                "mine": {"required": [400_00, 400_00, 600_00]},
                "theirs": {"required": [400_00, 400_00, 600_00]},
            },
            "requirement",
        ),
        ({"row": {**SHORT, "standing": stages.LAPSED, "slot": 2}, "mine": {"required": [1, 1, 400_00]}}, "dates"),
        (
            {
                "row": {**LOST, "standing": stages.LAPSED, "slot": 2},
                "mine": {"required": [400_00, 400_00, 450_00]},
            },
            "standing",
        ),
        # The same tests, other hours: used up before, counted otherwise, of other periods.
        ({"row": SHORT}, "dates"),
        ({"row": SHORT, "alike": False}, "credits"),
        ({"row": SHORT, "theirs": {"step": 3}}, "credits"),
        ({"row": SHORT, "theirs": {"measure": 1}}, "credits"),
        # A bank that every credit goes through is what is counted.
        ({"row": SHORT, "mine": ALL_IN, "theirs": ALL_IN, "now": {"bank_kind": stages.TAKES_ALL}}, "bank"),
        (
            {"row": SHORT, "mine": ALL_IN, "theirs": ALL_IN, "now": {"bank_kind": stages.TAKES_ALL}, "alike": False},
            "credits",
        ),
        # Another route: it asks for less, or it is closed.
        (
            {"row": {**SHORT, "slot": 1}, "mine": {"required": [1, 400_00, 1]}, "covering": {**PASSED, "required": 1}},
            "requirement",
        ),
        ({"row": {**SHORT, "slot": 1}, "theirs": {"open": [0, 1, 1]}}, "other"),
        ({"row": {**SHORT, "slot": -1}}, "other"),
        # Not for want of hours.
        ({"row": {**LOST, "counted": 460_00}}, "other"),
        ({"row": {**SHORT, "bank_before": 20_00}}, "other"),
        # A bank that must not be used, or not so much of it, makes up for nothing.
        ({"row": {**SHORT, "bank_before": 20_00}, "now": {"bank_most_use": 5_00}}, "dates"),
        ({"row": {**SHORT, "bank_before": 20_00}, "now": {"bank_floor": 15_00}}, "dates"),
        ({"row": {**SHORT, "bank_before": 20_00}, "theirs": {"banks": 0}}, "dates"),
        (
            {"covering": {**PASSED, "second_before": 5}, "row": {**PASSED, "route": 0, "required": 401_00}},
            "requirement",
        ),
        ({"covering": {**BANK, "bank_before": 0, "second_before": 9}, "row": SHORT}, "bank"),
    ],
)
def test_a_cause_is_what_would_turn_the_test(told, name):
    assert named(**told) == name


def test_each_cause_has_a_name_and_a_sentence():
    assert len(NAMES) == len(SENTENCES) == len(set(NAMES)) == len(set(SENTENCES)) == causes.OTHER + 1


def test_a_bank_is_used_as_far_as_the_terms_let_it():
    now = {**NOW, "bank_floor": 10_00, "bank_most_use": 50_00}
    for bank, initial, test, more, found in (
        (30_00, 0, {"banks": 1}, {}, 20_00),
        (90_00, 0, {"banks": 1}, {}, 50_00),
        (5_00, 0, {"banks": 1}, {}, 0),
        (30_00, 1, {"banks": 1}, {}, 0),
        (30_00, 1, {"banks": 1}, {"bank_always": 1}, 20_00),
        (30_00, 0, {"banks": 0}, {}, 0),
        (30_00, 0, {"banks": 1}, {"bank_kind": stages.TAKES_ALL}, 0),
        (30_00, 0, {"banks": 1, "tier": 1}, {"bank_may_buy": 2}, 0),
        (30_00, 0, {"banks": 1, "tier": 2}, {"bank_may_buy": 2}, 20_00),
    ):
        assert usable(bank, initial, one(TEST, **test), one(TICK, **{**now, **more}), NO_FACTS) == found


def giver(working: Working, last: int) -> int:
    """The tick of the last test up to another that gave cover."""
    rows = working.records[: last + 1 - working.first]
    return working.first + int(np.flatnonzero((rows["due"] == 1) & (rows["route"] > 0))[-1])


@pytest.mark.parametrize("plan", CHANGES)
def test_every_difference_has_one_cause_that_the_workings_bear_out(plan):
    base = terms.plan(plan)
    sides = [base, base.under(CHANGES[plan], name="changed", cite=Cite("made up", "", ""))]
    members = people(plan, 24)
    snapshot = snapshot_of(members)
    begin = min(first_place(side, snapshot) for side in sides)
    first = max(units.month_of(min(line.day for lines, _ in members for line in lines)), 2008 * 12)
    span = span_of(base, first + 4, first + 160)
    begin, end = min(begin, int(span.after[0])), int(span.at[-1]) + 1
    groups = [population(side, snapshot, begin, end) for side in sides]
    found = journeys(sides, groups, span)
    assert ((found.cause[1] > 0) == ((found.by[0] > 0) != (found.by[1] > 0))).all()
    assert found.cause[1].any()
    assert not found.cause[0].any()
    tests = [ticks.lay(side).laid.tests for side in sides]
    for member, (lines, known) in enumerate(members):
        try:
            workings = [evaluate.work(side, lines, known, begin, end - 1) for side in sides]
        except NoTermsError:
            continue
        alike = (groups[0].credits[:, member] == groups[1].credits[:, member]).all()
        for month in np.flatnonzero(found.cause[1, member]):
            here, there = (1, 0) if found.by[1, member, month] else (0, 1)
            tick = giver(workings[here], int(span.at[month]))
            covering, row = (workings[side].records[tick - workings[side].first] for side in (here, there))
            name = NAMES[found.cause[1, member, month]]
            asks = [tests[side][workings[side].variants[tick - workings[side].first], tick] for side in (here, there)]
            if name == "requirement":
                assert any(asks[0]["required"][slot] < asks[1]["required"][slot] for slot in (covering.slot, row.slot))
            elif name == "bank":
                assert base.has("bank")
                assert any(covering[of] > row[of] for of in ("counted", "bank_before", "second_before"))
            elif name == "credits":
                assert not alike
            elif name == "standing":
                assert (covering.initial, covering.standing) != (row.initial, row.standing)
            elif name == "help":
                assert covering.route > stages.BANK
            assert (name == "dates" and not row.due) or row.due
            assert (name == "length") == bool(row.due and row.route)
