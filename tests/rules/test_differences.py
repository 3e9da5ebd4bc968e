"""What changes between two days and between two terms, one record each."""

import dataclasses
import datetime

import pytest

from rules import differences, terms
from rules.calendar import Cite
from rules.leaves import UNDATED
from tests.rules.small_pensions import FULL, PAID, SMALL
from tests.rules.small_plans import edited

KEPT = "qualify.continuing.routes.hours.sum.at_least"
CITE = Cite("Proposal: more hours", "", "Committee")


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture
def plan():
    return terms.plan("mpi-health")


def proposed(plan, **changes):
    return plan.under(changes, name="more hours", cite=CITE)


def with_leaf(plan, path, values):
    """The plan with other values at a path; None removes it."""
    leaves = {**plan.leaves, path: plan.leaves[path]._replace(values=values)}
    if values is None:
        del leaves[path]
    return dataclasses.replace(plan, leaves=leaves)


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2011-07-30", "2011-07-31", True),
        ("2011-07-31", "2012-07-31", False),
        ("2011-01-01", "2011-07-30", False),
        ("2011-07-31", "2011-07-31", False),
    ],
)
def test_a_change_counts_when_its_start_lies_after_the_first_day_and_up_to_the_last(plan, first, last, found):
    changes = differences.between_days(plan, day(first), day(last))
    assert ([change.path for change in changes] == [KEPT]) is found


def test_a_change_is_told_as_one_line(plan):
    [change] = differences.between_days(plan, day("2011-01-01"), day("2011-12-31"))
    assert (change.lever, change.before, change.after, change.unit) == ("continuing_hours", "300", "400", "hour")
    assert (change.start, change.status) == (day("2011-07-31"), "stated")
    assert change.text == f"{KEPT} 300 -> 400 hour from 2011-07-31 [The Animation Guild, IA-AMPTP Deal, November 2008]"


def test_days_the_wrong_way_round_are_refused(plan):
    with pytest.raises(ValueError, match="lies before"):
        differences.between_days(plan, day("2011-12-31"), day("2011-01-01"))


def test_a_number_that_is_only_better_known_is_told_so(plan):
    changes = differences.between_days(plan, day("2009-01-01"), day("2009-12-31"))
    assert [change.text for change in changes] == [
        "bank.cap 450 -> 450 hour from 2009-01-17 (assumed -> stated) [IBEW Local 40, benefits]"
    ]


def test_relief_is_told_for_its_cut_offs_and_in_order_of_days(plan):
    changes = differences.between_days(plan, day("2023-05-01"), day("2023-06-30"))
    ups = [change.text for change in changes if change.path == "relief.strikes-2023.up_to"]
    assert [text.partition(" [")[0] for text in ups] == [
        "relief.strikes-2023.up_to nothing -> 67 hour from 2023-05-20",
        "relief.strikes-2023.up_to nothing -> 134 hour from 2023-06-24",
    ]
    assert [change.start for change in changes] == sorted(change.start for change in changes)


def test_values_of_a_member_s_kind_change_each_under_their_own_key():
    changes = differences.between_days(terms.plan("teamsters959-health"), day("2020-12-31"), day("2021-01-01"))
    told = {change.path: (change.before, change.after) for change in changes}
    assert told["bank.amount.family"] == ("1964", "2406")
    assert told["bank.amount.otherwise"] == ("983", "1204")


def test_terms_do_not_differ_from_themselves():
    for name in terms.every_name():
        assert differences.between(terms.plan(name), terms.plan(name)) == []


def test_a_proposal_differs_where_it_says_so(plan):
    [change] = differences.between(plan, proposed(plan, continuing_hours={"2022-01-01": "450"}))
    assert change.text == f"{KEPT} 400 -> 450 hour from 2022-01-01 [Proposal: more hours]"
    assert (change.lever, change.cite) == ("continuing_hours", CITE)
    [back] = differences.between(proposed(plan, continuing_hours={"2022-01-01": "450"}), plan)
    assert (back.before, back.after, back.start) == ("450", "400", day("2022-01-01"))


def test_a_proposal_that_stands_over_a_later_value_differs_from_both(plan):
    changes = differences.between(plan, proposed(plan, continuing_hours={"2010-01-01": "450"}))
    assert [(change.before, change.after, str(change.start)) for change in changes] == [
        ("300", "450", "2010-01-01"),
        ("400", "450", "2011-07-31"),
    ]


def test_two_proposals_that_agree_from_some_day_on_differ_before_it(plan):
    one = proposed(plan, bank_cap={"2022-01-01": "500", "2023-01-01": "600"})
    other = proposed(plan, bank_cap={"2023-01-01": "600"})
    [change] = differences.between(one, other)
    assert (change.before, change.after, str(change.start)) == ("500", "450", "2022-01-01")


def test_what_is_added_or_taken_away_is_told(plan):
    without = with_leaf(plan, "bank.cap", None)
    assert [(c.before, c.after, str(c.start)) for c in differences.between(plan, without)] == [
        ("450", None, "1990-01-01"),
        ("450", None, "2009-01-17"),
    ]
    added = differences.between(without, plan)
    assert [(c.before, c.after, c.status) for c in added] == [(None, "450", "assumed"), (None, "450", "stated")]
    assert added[0].text.startswith("bank.cap nothing -> 450 hour from 1990-01-01 (assumed) [")


def test_what_is_set_by_cut_off_differs_at_each(plan):
    path = "relief.strikes-2023.for"
    changes = differences.between(with_leaf(plan, path, None), plan)
    assert [(change.path, change.after, str(change.start)) for change in changes] == [
        (path, "enrolled", cutoff) for cutoff in ("2023-05-20", "2023-06-24", "2023-07-22")
    ]


def test_a_rule_that_ends_becomes_nothing(plan):
    cap = plan.leaves["bank.cap"].values
    gone = cap[max(cap)]._replace(amount=None, note="no maximum any more")
    ended = with_leaf(plan, "bank.cap", {**cap, day("2025-01-01"): gone})
    [change] = differences.between(plan, ended)
    assert (change.before, change.after, change.unit, str(change.start)) == ("450", None, "hour", "2025-01-01")
    assert change.text.startswith("bank.cap 450 hour -> nothing from 2025-01-01")
    assert differences.between_days(ended, day("2024-12-31"), day("2025-01-01")) == [change]


def test_a_start_that_is_not_known_is_none(plan):
    cap = plan.leaves["bank.cap"].values
    value = cap[max(cap)]
    older, newer = (with_leaf(plan, "bank.cap", {UNDATED: value._replace(amount=held)}) for held in (450_00, 500_00))
    [change] = differences.between(older, newer)
    assert change.start is None
    assert change.text == "bank.cap 450 -> 500 hour [IBEW Local 40, benefits]"


def test_a_multiple_of_another_value_is_told_as_one():
    plan = terms.plan("teamsters959-health")
    cap = plan.leaves["bank.cap"].values[UNDATED]
    [change] = differences.between(plan, with_leaf(plan, "bank.cap", {UNDATED: cap._replace(amount=5_00)}))
    assert change.text.startswith("bank.cap 6 times bank.amount -> 5 times bank.amount [")


def test_another_unit_is_told_on_both_sides(plan):
    cap = plan.leaves["bank.cap"].values
    dollars = {start: value._replace(unit="dollar") for start, value in cap.items()}
    change = differences.between(plan, with_leaf(plan, "bank.cap", dollars))[0]
    assert change.text.startswith("bank.cap 450 hour -> 450 dollar from 1990-01-01")


def test_plain_words_and_the_order_of_routes_differ_too():
    plan = terms.plan("roofers-health")
    open_now = {**plan.open, "new": "Something else is not known."}
    turned = dict(reversed(plan.leaves.items()))
    changes = differences.between(plan, dataclasses.replace(plan, title="Another title", open=open_now, leaves=turned))
    told = {change.path: (change.before, change.after) for change in changes}
    assert told["title"] == (plan.title, "Another title")
    assert told["open.new"] == (None, "Something else is not known.")
    assert told["qualify.any.routes"] == ("plan-a-plus, plan-a, plan-b", "plan-b, plan-a, plan-a-plus")
    assert {change.unit for change in changes} == {"text"}


def test_notes_and_sources_alone_make_no_difference(plan):
    cap = plan.leaves["bank.cap"].values
    renoted = {start: value._replace(note="another note", cite=CITE) for start, value in cap.items()}
    assert differences.between(plan, with_leaf(plan, "bank.cap", renoted)) == []


def test_which_service_is_the_first_is_a_difference():
    plan = terms.read(FULL, "small.yaml")
    service = FULL.index("  benefit:\n    title"), FULL.index("imputed:")
    last = FULL[slice(*service)]
    turned = FULL.replace(last, "").replace("service:\n  vesting:", f"service:\n{last}  vesting:")
    [change] = differences.between(plan, terms.read(turned, "small.yaml"))
    assert change.text == "service vesting, benefit -> benefit, vesting"


def test_a_pension_changes_from_its_days_on():
    text = edited(
        SMALL,
        (
            "{value: 400, unit: hour, cite: page}",
            "{undated: {value: 400, unit: hour, cite: page}, 2023-01-01: {value: 65, unit: hour, cite: page}}",
        ),
    )
    plan = terms.read(text, "small.yaml")
    [change] = differences.between_days(plan, day("2020-01-01"), day("2024-01-01"))
    assert change.text == ("service.credit.routes.hours.steps.year.from 400 -> 65 hour from 2023-01-01 [A page]")
    assert change.lever == "hours"
    proposed_rate = terms.read(PAID, "small.yaml").under(
        {"benefit.parts.all.rate": {"2026-01-01": "5.4325"}}, name="more", cite=CITE
    )
    [change] = differences.between(terms.read(PAID, "small.yaml"), proposed_rate)
    assert (change.before, change.after, change.unit) == ("5", "5.4325", "cent")
