"""What fits its place and can hardly be meant: what is refused, what is warned of, and what is neither."""

import pytest

from rules import sense, terms
from rules.calendar import Cite
from rules.terms import ChangeError
from tests.rules.small_plans import ALL, EXCESS, START, TOP, edited, refused

CAP = "cap: {value: 720, unit: hour, cite: page}"
BEFORE = ("after_charge", "before_charge")
BALANCE = "balance: {at_least: {value: 1, unit: times, times: bank.amount, cite: page}}"
LENGTH = "length: {value: 6, unit: month, cite: page}"
POINTS = """\
second_bank:
  title: Points
  deposit: {value: award, cite: page}
  charge: {value: none, cite: page}
  award:
    one: {from: {value: 300, unit: hour, cite: page}, points: {value: 1, unit: point, cite: page}}
    two: {from: {value: 400, unit: hour, cite: page}, points: {value: 2, unit: point, cite: page}}
consumption:"""


def hours(number: int) -> str:
    return f"{{value: {number}, unit: hour, cite: page}}"


def warned(text: str) -> list[str]:
    return sense.warnings(terms.read(text, "small.yaml"))


@pytest.mark.parametrize("text", [ALL, EXCESS])
def test_nothing_is_said_of_plans_that_make_sense(text):
    assert warned(text) == []


@pytest.mark.parametrize("name", terms.names())
def test_nothing_is_said_of_the_shipped_plans(name):
    assert sense.warnings(terms.plan(name)) == []


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        (
            [(BALANCE, f"count: {{at_least: {{value: 4, unit: month, cite: page}}, with_at_least: {hours(9)}}}")],
            *("qualify.continuing.routes.bank.count.at_least", "{value: 4", "4 of 3 months can never be reached"),
        ),
        (
            [
                (
                    BALANCE,
                    "count: {periods: {value: 13, unit: month, cite: page}, "
                    f"at_least: {{value: 14, unit: month, cite: page}}, with_at_least: {hours(9)}}}",
                )
            ],
            *("qualify.continuing.routes.bank.count.at_least", "{value: 14", "14 of 13 months can never be reached"),
        ),
        (
            [BEFORE, (CAP, f"cap: {hours(100)}")],
            "bank.cap",
            "{value: 100",
            "beyond 100.00, and the balance is to be 120",
        ),
        (
            [BEFORE, (CAP, f"{CAP}\n  floor: {hours(601)}")],
            *(
                "bank.cap",
                "{value: 720",
                "beyond 720.00, and the balance is to be 721.00: raise 'cap' (or lower 'floor')",
            ),
        ),
        (
            [("consumption:", POINTS.replace("value: 400", "value: 300"))],
            *(
                "second_bank.award.two.from",
                "{value: 300, unit: hour, cite: page}, points: {value: 2",
                "the step 'one'",
            ),
        ),
    ],
)
def test_what_can_never_hold_is_refused(edits, path, at, message):
    refused(edited(ALL, *edits), path, at, message)


@pytest.mark.parametrize(
    "edits",
    [
        [BEFORE],
        [(CAP, f"cap: {hours(100)}")],
        [BEFORE, (CAP, f"cap: {{2000-01-01: {hours(720)}, 2020-01-01: {hours(100)}}}")],
        [BEFORE, (CAP, f"{CAP}\n  floor: {hours(600)}")],
        [("consumption:", POINTS)],
        [(BALANCE, f"count: {{at_least: {{value: 3, unit: month, cite: page}}, with_at_least: {hours(9)}}}")],
    ],
)
def test_what_may_hold_is_not_refused(edits):
    assert warned(edited(ALL, *edits)) == []


def test_help_may_lift_a_bank_over_its_cap():
    edits = (BEFORE, (CAP, f"cap: {hours(100)}"), ("levers:", TOP + "levers:"))
    (told,) = warned(edited(ALL, *edits))
    assert told.startswith("bank.cap: the bank is never filled beyond 100.00")


def test_a_proposal_is_held_to_the_same():
    plan = terms.read(edited(ALL, BEFORE), "small.yaml")
    with pytest.raises(ChangeError, match="the bank is never filled beyond 719"):
        plan.under(
            {"bank.cap": {"1990-01-01": "719"}, "bank.amount": {"1990-01-01": "720"}}, name="x", cite=Cite("x", "", "")
        )


def routes(first: str, second: str) -> str:
    return edited(EXCESS, (START, f"        {first}\n      later:\n        {second}\n"))


@pytest.mark.parametrize(
    ("first", "second", "needless"),
    [
        ("sum: {at_least: H300}", "sum: {at_least: H400}", True),
        ("sum: {at_least: H300}", "sum: {at_least: H300}", True),
        ("sum: {at_least: H300}", "sum: {at_least: H200}", False),
        ("sum: {of: hours, at_least: H300}", "sum: {at_least: H400}", True),
        ("for: {level: WORD}\n        sum: {at_least: H300}", "sum: {at_least: H400}", False),
        ("sum: {at_least: H300}", "for: {level: WORD}\n        sum: {at_least: H400}", True),
        ("sum: {at_least: H300}", "sum: {windows: TWO, at_least: H400}", False),
        ("sum: {windows: TWO, at_least: H300}", "sum: {windows: TWO, at_least: H400}", True),
        ("sum: {at_least: H300}", "each: {windows: TWO, at_least: H400}", False),
        (
            "sum: {at_least: {by: level, a: H300, otherwise: H500}}",
            "sum: {at_least: {by: level, a: H300, b: H400}}",
            False,
        ),
        (
            "sum: {at_least: {by: level, a: H300, otherwise: H400}}",
            "sum: {at_least: {by: level, a: H300, b: H400}}",
            True,
        ),
    ],
)
def test_a_route_that_one_before_it_makes_needless_is_told(first, second, needless):
    text = routes(first, second).replace("WORD", "{value: b, cite: page}")
    text = text.replace("TWO", "{value: 2, unit: window, cite: page}")
    for number in (200, 300, 400, 500):
        text = text.replace(f"H{number}", hours(number))
    if "by: level" in first:
        text = edited(
            text, ("levers:\n  hours: qualify.initial.routes.start.sum.at_least", "levers:\n  kept: bank.cap")
        )
        text = edited(text, ("  charge:", f"  cap: {hours(900)}\n  charge:"))
    told = ["qualify.initial.routes.later: the route 'start' before it asks for no more, so this one is never reached"]
    assert [one.partition(": put")[0] for one in warned(text)] == (told if needless else [])


@pytest.mark.parametrize(
    ("text", "edits", "path", "told"),
    [
        (
            EXCESS,
            [("  charge:", f"  most_per_use: {hours(0)}\n  charge:")],
            "bank.most_per_use",
            "the bank never helps",
        ),
        (
            EXCESS,
            [("  charge:", f"  cap: {hours(100)}\n  floor: {hours(100)}\n  charge:")],
            *("bank.floor", "never filled beyond what must stay in it"),
        ),
        (
            ALL,
            [("{value: work_date, cite: page}", f"{{value: work_date, cite: page}}, cap_per_day: {hours(0)}")],
            *("credit.hours.cap_per_day", "nothing is ever counted"),
        ),
        (
            ALL,
            [
                (
                    "{value: work_date, cite: page}",
                    f"{{value: work_date, cite: page}}, cap_per_day: {hours(300)}, cap_per_month: {hours(200)}",
                )
            ],
            *("credit.hours.cap_per_day", "no less than 'cap_per_month', which alone decides"),
        ),
        (
            ALL,
            [
                (START, START + "        gives: {length: {value: 9, unit: month, cite: page}}\n"),
                (
                    LENGTH,
                    LENGTH + "\n  aligned_to: {value: 3, unit: month, cite: page}\n"
                    "  aligned_month: {value: 1, unit: calendar_month, cite: page}",
                ),
            ],
            *("qualify.initial.routes.start.gives.length", "'coverage.aligned_to' decides when cover ends"),
        ),
        (
            ALL,
            [(LENGTH, LENGTH.replace("6", "1") + "\n  ends_on: {retired: {value: true, cite: page}}")],
            *("coverage.ends_on", "name a state under 'coverage.not_while'"),
        ),
        (
            ALL,
            [
                (
                    "levers:",
                    "lapse:\n  initial_after: {value: 3, unit: month, cite: page}\n"
                    "  lockout: {value: 3, unit: month, cite: page}\nlevers:",
                )
            ],
            *("lapse.lockout", "this lasts until 'initial_after'"),
        ),
    ],
)
def test_a_key_that_does_nothing_is_told(text, edits, path, told):
    (warning,) = warned(edited(text, *edits))
    assert warning.startswith(f"{path}: ")
    assert told in warning
