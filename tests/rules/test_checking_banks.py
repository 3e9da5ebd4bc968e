"""What must hold between the places of a file about banks, relief, payments and law: each refusal, with its place."""

import pytest

from rules import checking_health, terms
from tests.rules.small_plans import ALL, BANK, EXCESS, LAW, RELIEF, SECOND, TOP, edited, refused


def test_a_balance_needs_a_bank():
    start, end = ALL.index("bank:\n  deposit"), ALL.index("consumption")
    text = (ALL[:start] + ALL[end:]).replace("value: 1, unit: times, times: bank.amount", "value: 1, unit: hour")
    refused(text, "qualify.continuing.routes.bank.balance", "{at_least: {value: 1,", "needs a bank")


@pytest.mark.parametrize("key", [*checking_health.BANK_EXCESS, *checking_health.BANK_ALL])
def test_a_key_of_the_other_kind_of_bank_is_refused(key):
    values = {
        **dict.fromkeys(("over", "most_per_use", "amount"), "{value: 7, unit: hour, cite: page}"),
        **{"deposit_after_initial": "{value: excess, cite: page}", "used_for": "{value: always, cite: page}"},
        **{"may_buy": "{value: B, cite: page}", "all_or_nothing": '{value: "true", cite: page}'},
        **{"before_cover": "{value: window, cite: page}", "cap_counts": "{value: before_charge, cite: page}"},
        **{"uncapped": "hours   "},
    }
    base, kind = (ALL, "all") if key in checking_health.BANK_EXCESS else (EXCESS, "excess")
    text = base.replace("  charge:", f"  {key}: {values[key]}\n  charge:")
    refused(text, f"bank.{key}", values[key], f"a bank that takes in {kind} has no {key!r}")


@pytest.mark.parametrize(
    ("base", "edits", "path", "at", "message"),
    [
        (
            ALL,
            [("{value: fixed", "{value: shortfall")],
            "bank",
            "deposit: {value: all",
            "takes in the excess and pays the shortfall, or",
        ),
        (
            ALL,
            [("  before_cover: {value: kept, cite: page}\n", "")],
            "bank",
            "deposit: {value: all",
            "'before_cover' is missing",
        ),
        (
            EXCESS,
            [("  used_for: {value: continuing, cite: page}\n", "")],
            "bank",
            "deposit: {value: exc",
            "'used_for' is missing",
        ),
        (
            ALL,
            [("  cap_counts: {value: after_charge, cite: page}\n", "")],
            "bank",
            "deposit: {value: all",
            "'cap' and 'cap_counts' belong together",
        ),
        (
            EXCESS,
            [(BANK, BANK + "  idle_after: {value: 6, unit: month, cite: page}\n")],
            "bank",
            "deposit: {value: exc",
            "'idle_after' and 'idle_means' belong together",
        ),
        (
            EXCESS,
            [(BANK, BANK + "  stops_clock: {leave: {value: true, cite: page}}\n")],
            "bank.stops_clock",
            "{leave",
            "needs 'idle_after'",
        ),
        (
            EXCESS,
            [(BANK, BANK + "  overflow: {value: lost, cite: page}\n")],
            "bank.overflow",
            "{value: lost",
            "needs 'cap'",
        ),
        (
            ALL,
            [("  cap_counts", "  overflow: {value: second_bank, cite: page}\n  cap_counts")],
            "bank.overflow",
            "{value: second_bank",
            "there is no 'second_bank'",
        ),
        (
            ALL,
            [("  before_cover", "  uncapped: hours\n  before_cover")],
            "bank.uncapped",
            "hours\n  before",
            "expected a second measure with the unit of 'hours'",
        ),
        (
            ALL,
            [("calendar:", SECOND + "calendar:"), ("  before_cover", "  uncapped: days\n  before_cover")],
            "bank.uncapped",
            "days\n  before",
            "expected a second measure with the unit of 'hours'",
        ),
        (
            EXCESS,
            [("calendar:", SECOND + "calendar:"), (BANK, "  of: days\n" + BANK)],
            "bank",
            "of: days",
            "no route's main test is a sum of 'days'",
        ),
        (
            EXCESS,
            [("  when_short", "  may_buy: {value: B, cite: page}\n  when_short")],
            "bank.may_buy",
            "{value: B",
            "no route gives the tier 'B'",
        ),
    ],
)
def test_banks(base, edits, path, at, message):
    refused(edited(base, *edits), path, at, message)


AWARD = """\
second_bank:
  title: Points
  deposit: {value: award, cite: page}
  charge: {value: fixed, cite: page}
  amount: {value: 10, unit: point, cite: page}
  unit: point
  award: {one: {from: {value: 300, unit: hour, cite: page}, points: {value: 1, unit: point, cite: page}}}
"""
SPILL = """\
second_bank:
  title: Reserve
  deposit: {value: overflow, cite: page}
  charge: {value: shortfall, cite: page}
"""
OVER = ("  cap_counts", "  overflow: {value: second_bank, cite: page}\n  cap_counts")
ONE = "  award: {one: {from: {value: 300, unit: hour, cite: page}, points: {value: 1, unit: point, cite: page}}}\n"


@pytest.mark.parametrize(
    ("second", "edits", "path", "at", "message"),
    [
        (AWARD, [(ONE, "")], "second_bank", "title: Points", "'award' is missing"),
        (
            AWARD,
            [("  amount: {value: 10, unit: point, cite: page}\n", "")],
            "second_bank",
            "title: Points",
            "'amount' is missing",
        ),
        (
            AWARD,
            [("{value: fixed, cite: page}\n  amount: {value: 10", "{value: none, cite: page}\n  amount: {value: 10")],
            "second_bank.amount",
            "{value: 10",
            "needs 'charge: fixed'",
        ),
        (
            AWARD,
            [("amount: {value: 10, unit: point", "amount: {value: 10, unit: hour")],
            "second_bank.amount",
            "{value: 10",
            "this second bank counts points",
        ),
        (SPILL, [], "second_bank", "title: Reserve", "belong together"),
        (
            SPILL,
            [OVER, ("  title: Reserve\n", "  title: Reserve\n" + ONE)],
            "second_bank.award",
            "{one:",
            "needs 'deposit: award'",
        ),
        (
            SPILL,
            [OVER, ("  title: Reserve\n", "  title: Reserve\n  unit: point\n")],
            "second_bank.unit",
            "point\n",
            "is counted in hours, not points",
        ),
    ],
)
def test_second_banks(second, edits, path, at, message):
    refused(edited(edited(ALL, ("consumption:", second + "consumption:")), *edits), path, at, message)


def without_a_bank(text: str) -> str:
    return text[: text.index("bank:\n  deposit")] + text[text.index("consumption") :]


def test_without_a_bank_no_payment_comes_after_one():
    top = TOP.replace("{for:", '{after_bank: {value: "yes", cite: page}, for:')
    text = without_a_bank(EXCESS).replace("consumption", top + "consumption")
    refused(text, "top_up.pay.after_bank", '{value: "yes"', "there is no bank to be used first")


def test_what_no_test_sums_is_not_carried():
    carry = (
        "carry: {of: days, at_least: {value: 9, unit: day, cite: page}, share: {value: 5, unit: percent, cite: page}}"
    )
    text = edited(EXCESS, ("calendar:", SECOND + "calendar:"), ("consumption", f"{carry}\nconsumption"))
    refused(text, "carry", "{of: days", "no route's main test is a sum of 'days', so nothing is carried")


def test_without_a_bank_nothing_overflows():
    start, end = EXCESS.index("bank:\n  deposit"), EXCESS.index("consumption")
    refused(EXCESS[:start] + SPILL + EXCESS[end:], "second_bank", "title: Reserve", "only points can be awarded")


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        (
            [("    for: {2023-06-30", "    for: {2023-07-01")],
            "relief.strike.for",
            "{2023-07-01",
            "2023-07-01 is not a cut-off of the calendar 'month_end'",
        ),
        (
            [("    up_to: {2023-06-30: {value: 60, unit: hour, cite: page}}\n", "")],
            "relief.strike",
            "title: A strike",
            "'up_to' is missing: an order that gives hours",
        ),
        (
            [("    for: {2023-06-30", "    for: {2023-03-31: {value: everyone, cite: page}, 2023-06-30")],
            "relief.strike.for",
            "{2023-03-31",
            "the order says no 'up_to' for 2023-03-31",
        ),
        (
            [("    up_to: {", "    up_to: {2023-03-31: {value: 50, unit: hour, cite: page}, ")],
            "relief.strike.up_to",
            "{2023-03-31",
            "the order says no 'for' for 2023-03-31",
        ),
        (
            [
                (
                    "    gives: hours\n",
                    "    gives: hours\n    months: {2023-06-30: {value: 3, unit: month, cite: page}}\n",
                )
            ],
            "relief.strike.months",
            "{2023-06-30: {value: 3,",
            "an order that gives hours has no 'months'",
        ),
        (
            [("gives: hours", "gives: waiver"), ("    up_to: {2023-06-30: {value: 60, unit: hour, cite: page}}\n", "")],
            "relief.strike",
            "title: A strike",
            "a waiver needs a 'top_up'",
        ),
        (
            [
                (
                    "consumption",
                    RELIEF.replace("relief:\n", "").replace("strike", "again").replace("A again", "Again")
                    + "consumption",
                )
            ],
            "relief.again",
            "title: Again",
            "the order 'strike' covers the cut-off 2023-06-30 too",
        ),
        (
            [("    for: {2023-06-30", "    for: {2023-07-31"), ("    up_to: {2023-06-30", "    up_to: {2023-07-31")],
            "relief.strike.for",
            "{2023-07-31: {value: enrolled",
            "nobody is tested at the cut-off 2023-07-31, so the order can help nobody",
        ),
    ],
)
def test_relief(edits, path, at, message):
    base = edited(ALL, ("consumption", RELIEF + "consumption"))
    assert terms.read(base, "small.yaml").relief
    refused(edited(base, *edits), path, at, message)


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        (
            [("price: {", "flat: {value: 9, unit: dollar, cite: page}, price: {")],
            "top_up.pay",
            "{for:",
            "expected only one of: price, flat",
        ),
        (
            [("price: {", "rearm: {value: 90, unit: hour, cite: page}, price: {")],
            "top_up.pay.rearm",
            "{value: 90",
            "needs 'most_in_a_row'",
        ),
    ],
)
def test_top_ups(edits, path, at, message):
    base = edited(ALL, ("consumption", TOP + "consumption"))
    assert terms.read(base, "small.yaml").has("top_up.pay")
    refused(edited(base, *edits), path, at, message)


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        (
            [("levers:", "statutes: {aca: page}\nlevers:")],
            "statutes.aca",
            "page}\nlevers",
            "no floor of law is known as 'aca' here; there are: aca-look-back",
        ),
        (
            [("window: {value: 3", "window: {value: 13")],
            "calendar.window",
            "{value: 13",
            "lasts 3 to 12 months, not 13",
        ),
        ([("lag: {value: 2", "lag: {value: 4")], "calendar.lag", "{value: 4", "at most 90 days"),
        (
            [("length: {value: 6", "length: {value: 5")],
            "coverage.length",
            "{value: 5",
            "stability lasts at least six months",
        ),
        (
            [("{value: 300", "{value: 391")],
            "qualify.initial.routes.start.sum.at_least",
            "{value: 391",
            "full time is 130 hours a month",
        ),
        (
            [
                (
                    "at_least: {value: 300, unit: hour, cite: page}",
                    "at_least: {by: port, a: {value: 391, unit: hour, cite: page}}",
                ),
                ("start.sum.at_least\n", "start.sum.at_least.a\n"),
            ],
            "qualify.initial.routes.start.sum.at_least",
            "{by: port",
            "full time is 130 hours a month",
        ),
    ],
)
def test_the_floor_of_law(edits, path, at, message):
    base = ALL if edits[0][0] == "levers:" else edited(ALL, ("levers:", LAW))
    terms.read(base, "small.yaml")
    refused(edited(base, *edits), path, at, message)


@pytest.mark.parametrize(
    "edits",
    [
        [("lag: {value: 2", "lag: {value: 3")],
        [("window: {value: 3", "window: {value: 12"), ("length: {value: 6", "length: {value: 12")],
        [("{value: 300", "{value: 390")],
    ],
)
def test_what_the_law_just_allows(edits):
    assert terms.read(edited(ALL, ("levers:", LAW), *edits), "small.yaml").statutes


def test_a_proposal_is_held_to_the_same():
    plan = terms.read(edited(ALL, ("levers:", LAW)), "small.yaml")
    with pytest.raises(terms.ChangeError, match="full time is 130 hours a month") as caught:
        plan.under({"hours": {"2025-01-01": "391"}}, name="proposal", cite=plan.sources["page"])
    assert caught.value.path == "hours"
