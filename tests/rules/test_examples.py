"""Worked examples: every way of giving lines and facts, every figure, and what is refused where."""

import datetime

import pytest

from rules import credit, document, examples, terms
from rules.facts import OPEN
from tests.rules.small_plans import ALL, edited

PLAN = terms.read(ALL, "small.yaml")
UNDER_CAP = ("2025-01-01: {unit", "0.under.bank.cap.2025-01-01")
ASKED = """\
- name: an example
  source: page 1
  on: 2025-06-01
  expect: {covered: true}
"""


def node(text: str) -> document.Node:
    return document.load(text, "cases.yaml")


def read(text: str) -> list[examples.Example]:
    return examples.read(node(text), PLAN)


def one(more: str) -> examples.Example:
    return read(ASKED + more)[0]


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_an_example_has_a_name_a_source_and_a_line():
    first, second = read(ASKED + ASKED.replace("an example", "another"))
    assert (first.name, first.source, first.line, first.on) == ("an example", "page 1", 1, day("2025-06-01"))
    assert (second.name, second.line) == ("another", 5)


def test_hours_by_day_fill_the_amount_that_the_first_measure_counts():
    assert one('  hours: {2025-01-04: "10.50", 2025-01-03: 8}\n').lines == (
        credit.Line(day("2025-01-03"), hours=8_00),
        credit.Line(day("2025-01-04"), hours=10_50),
    )
    dollars = terms.read(
        edited(ALL.replace("unit: hour", "unit: dollar"), ("value: hours", "value: earnings")), "x.yaml"
    )
    lines = examples.read(node(ASKED + "  hours: {2025-01-04: 10}\n"), dollars)[0].lines
    assert lines == (credit.Line(day("2025-01-04"), earnings=10_00),)


def test_lines_may_have_everything_that_a_line_has():
    given = (
        "{day: 2025-01-04, hours: 1, days: 2, weeks: 3, months: 4, earnings: 5, contributions: 6, fees: 7, points: 8, "
        "scale: 9, "
    )
    more = "rate: 9.50, received: 2025-02-01, paid: 2025-02-02, placed: 2025-02-03, marks: [inside, listed]}"
    (line,) = one(f"  lines: [{given}{more}]\n").lines
    assert [getattr(line, name) for name in credit.AMOUNTS] == [100, 200, 300, 400, 500, 600, 700, 800, 900]
    assert (line.rate, line.marks) == (9_50, frozenset({"inside", "listed"}))
    assert (line.received, line.paid, line.placed) == (day("2025-02-01"), day("2025-02-02"), day("2025-02-03"))


def test_monthly_and_weekly_stretches_have_both_ends():
    monthly = one("  monthly: [{from: 2024-12, to: 2025-02, hours: 100, marks: [inside]}]\n").lines
    assert [str(line.day) for line in monthly] == ["2024-12-15", "2025-01-15", "2025-02-15"]
    assert {line.hours for line in monthly} == {100_00}
    assert {line.marks for line in monthly} == {frozenset({"inside"})}
    weekly = one("  weekly: [{from: 2025-01-04, to: 2025-01-18, hours: 40, rate: 9}]\n").lines
    assert [str(line.day) for line in weekly] == ["2025-01-04", "2025-01-11", "2025-01-18"]
    assert {line.rate for line in weekly} == {9_00}


@pytest.mark.parametrize(
    ("fact", "name", "value", "amount", "last"),
    [
        ("{kind: attribute, name: port, value: major, from: 2025-01-01}", "port", "major", 0, OPEN),
        ("{kind: state, name: leave, from: 2025-01-01, to: 2025-02-01}", "leave", "", 0, day("2025-02-01")),
        ("{kind: event, name: retired, from: 2025-01-01}", "retired", "", 0, day("2025-01-01")),
        ('{kind: bank_adjustment, from: 2025-01-01, amount: "-12.50"}', "", "", -12_50, OPEN),
        ("{kind: bank_adjustment, from: 2025-01-01, amount: 30}", "", "", 30_00, OPEN),
        (
            "{kind: decision, name: cover_granted, from: 2025-01-01, to: 2025-01-31}",
            *("cover_granted", "", 0),
            day("2025-01-31"),
        ),
        ("{kind: born, from: 2025-01-01}", "", "", 0, OPEN),
    ],
)
def test_facts(fact, name, value, amount, last):
    (found,) = one(f"  facts: [{fact}]\n").facts
    assert (found.first_day, found.last_day) == (day("2025-01-01"), last)
    assert (found.name, found.value, found.amount) == (name, value, amount)


def test_a_disability_has_a_claim_and_its_day():
    (found,) = one(
        "  facts: [{kind: disability, claim: A-1, claimed: 2025-01-05, from: 2025-01-06, to: 2025-02-02}]\n"
    ).facts
    assert (found.claim, found.claimed) == ("A-1", day("2025-01-05"))


def test_every_figure_may_be_expected():
    words = {"route": "hours", "way": "stay", "tier": "null", "standing": "covered"}
    days = {"from": "2025-01-01", "until": "null"}
    amounts = dict.fromkeys(examples.AMOUNTS, "12.50")
    others = {"covered": "false", "qualifying_period": "{from: 2025-01-01, to: 2025-03-31}", "gates": "{weekly: true}"}
    figures = words | days | amounts | others
    assert set(figures) == set(examples.FIGURES)
    written = ", ".join(f"{key}: {value}" for key, value in figures.items())
    (found,) = read(ASKED.replace("{covered: true}", f"{{{written}}}"))
    assert found.expect == {
        **{"covered": False, "route": "hours", "way": "stay", "tier": None, "standing": "covered"},
        **{"from": day("2025-01-01"), "until": None, **dict.fromkeys(examples.AMOUNTS, 12_50)},
        **{"qualifying_period": (day("2025-01-01"), day("2025-03-31")), "gates": {"weekly": True}},
    }


def test_what_comes_out_differently_is_named_by_figure():
    right = one('  hours: {2025-03-10: "300.00"}\n')
    assert examples.differences(right, PLAN) == {}
    (wrong,) = read(
        ASKED.replace("{covered: true}", '{covered: true, counted: "299.00"}') + "  hours: {2025-03-10: 300}\n"
    )
    assert examples.differences(wrong, PLAN) == {"counted": (299_00, 300_00)}


def test_an_example_may_be_under_a_proposal():
    proposed = one('  hours: {2025-03-10: "310.00"}\n  under: {hours: {2025-01-01: "311"}}\n')
    assert examples.differences(proposed, PLAN) == {"covered": (True, False)}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (12_50, "12.50"),
        (None, "null"),
        ("hours", "hours"),
        (day("2025-01-01"), "2025-01-01"),
        ((day("2025-01-01"), day("2025-03-31")), "2025-01-01 to 2025-03-31"),
        ({"weekly": False}, "weekly false"),
        ({}, "none"),
    ],
)
def test_figures_are_written_as_examples_write_them(value, written):
    assert examples.written(value) == written


@pytest.mark.parametrize(
    ("old", "new", "at", "path", "message"),
    [
        ("  source: page 1\n", "", "name: an", "0", "'source' is missing"),
        ("source", "sauce", "sauce", "0.sauce", "unknown key 'sauce'"),
        ("2025-06-01", "2025-06-31", "2025-06-31", "0.on", "there is no day 2025-06-31"),
        ("covered: true", "covered: yes", "yes", "0.expect.covered", "'yes' is not one of: true, false"),
        ("covered: true", "banked: 1", "1}", "0.expect.banked", "an answer has no 'banked'; it has: covered, from"),
        ("covered: true", "short: -1", "-1", "0.expect.short", "-1 is below 0"),
        ("{covered: true}", "{}", "{}", "0.expect", "nothing is expected: name one figure"),
        ("expect", "under: {}\n  expect", "{}", "0.under", "nothing changes"),
        ("expect", "under: {ours: {2025-01-01: 1}}\n  expect", "ours", "0.under.ours", "its levers are hours"),
        ("expect", "under: {hours: {2025-1-1: 1}}\n  expect", "1}}", "0.under.hours.2025-1-1", "not a day written"),
        ("expect", "under: {hours: {2025-01-01: x}}\n  expect", "x}}", "0.under.hours.2025-01-01", "not a number"),
        ("expect", "under: {bank.cap: {2025-01-01: {unit: hour}}}\n  expect", *UNDER_CAP, "'value' is missing"),
        ("expect", "lines: [{day: 2025-01-01, marks: [x]}]\n  expect", "{day", "0.lines.0", "a line has an amount"),
        ("expect", "monthly: [{from: 2025-01, to: 2025-02}]\n  expect", "{from", "0.monthly.0", "has an amount"),
        ("expect", "monthly: [{from: 2025-02, to: 2025-01}]\n  expect", "2025-01}", "0.monthly.0.to", "lies before"),
        ("expect", "weekly: [{from: 2025-02-01, to: 2025-01-01}]\n  expect", "2025-01-01", "0.weekly.0.to", "before"),
        (
            "expect",
            "facts: [{kind: state, name: x, from: 2025-02-01, to: 2025-01-01}]\n  expect",
            *("2025-01-01", "0.facts.0.to", "2025-01-01 lies before 2025-02-01"),
        ),
        ("expect", "facts: [{kind: bank_adjustment, from: 2025-02-01}]\n  expect", "{kind", "0.facts.0", "'amount' is"),
        ("expect", "facts: [{kind: attribute, from: 2025-02-01}]\n  expect", "{kind", "0.facts.0", "'name' is missing"),
        (
            "expect",
            "facts: [{kind: born, from: 2025-02-01, claim: A}]\n  expect",
            "claim",
            "0.facts.0.claim",
            "unknown",
        ),
        (
            "expect",
            "facts: [{kind: attribute, name: x, value: a, from: 2025-02-01}, "
            "{kind: attribute, name: x, value: b, from: 2025-02-01}]\n  expect",
            *("{kind: attribute, name: x, value: b", "0.facts.1", "another attribute 'x' begins on 2025-02-01 too"),
        ),
        ("covered: true", "gates: {weekly: maybe}", "maybe", "0.expect.gates.weekly", "not one of: true, false"),
        (
            "covered: true",
            "qualifying_period: {from: 2025-01-01}",
            "qualifying_period: {from",
            "0.expect.qualifying_period",
            "'to' is missing",
        ),
        ("expect", "hours: {2025-1-1: 3}\n  expect", "3}", "0.hours.2025-1-1", "not a day written"),
        ("expect", "hours: {2025-01-01: 3.125}\n  expect", "3.125", "0.hours.2025-01-01", "two decimal places"),
        ("expect", "lines: {day: 2025-01-01}\n  expect", "{day", "0.lines", "expected a list here"),
        ("expect", "lines: [{hours: 3}]\n  expect", "{hours", "0.lines.0", "'day' is missing"),
        ("expect", "lines: [{day: 2025-01-01, miles: 3}]\n  expect", "miles", "0.lines.0.miles", "unknown key 'miles'"),
        (
            "expect",
            "monthly: [{from: 2025-01-01, to: 2025-02}]\n  expect",
            "2025-01-01",
            "0.monthly.0.from",
            "not a month",
        ),
        ("expect", "weekly: [{from: 2025-01, to: 2025-02-01}]\n  expect", "2025-01,", "0.weekly.0.from", "not a day"),
        (
            "expect",
            "facts: [{kind: rumour, from: 2025-01-01}]\n  expect",
            "rumour",
            "0.facts.0.kind",
            "not one of: disability",
        ),
        (
            "expect",
            "facts: [{kind: decision, name: maybe, from: 2025-01-01}]\n  expect",
            "maybe",
            "0.facts.0.name",
            "cover_granted",
        ),
        ("expect", "facts: [{kind: born}]\n  expect", "{kind", "0.facts.0", "'from' is missing"),
    ],
)
def test_an_example_that_cannot_be_read_is_refused_with_its_place(old, new, at, path, message):
    text = "cases:\n" + edited(ASKED, (old, new))
    before = text[: text.index(at)]
    with pytest.raises(document.TermsError) as caught:
        examples.read(node(text).map["cases"], PLAN)
    wrong = caught.value
    assert message in wrong.message
    assert wrong.path == f"cases.{path}"
    assert (wrong.line, wrong.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))


def test_two_examples_of_one_name_are_refused():
    with pytest.raises(document.TermsError, match=r"cases.yaml:5:9: .1.name: an example of this name stands in line 1"):
        read(ASKED + ASKED)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("  hours: {2025-01-01: 3}\n", []),
        ("  lines: [{day: 2025-01-01, days: 3}]\n", ["the amount 'days'"]),
        ("  lines: [{day: 2025-01-01, hours: 3, marks: [inside]}]\n", ["the mark 'inside'"]),
        (
            "  facts: [{kind: state, name: militray, from: 2025-01-01}]\n",
            ["the state 'militray'; did you mean 'military'?"],
        ),
        ("  facts: [{kind: state, name: military, from: 2025-01-01}]\n", []),
        ("  facts: [{kind: event, name: military, from: 2025-01-01}]\n", ["the event 'military'"]),
        (
            "  facts: [{kind: attribute, name: clas, value: b, from: 2025-01-01}]\n",
            ["the attribute 'clas'; did you mean 'class'?"],
        ),
        (
            "  facts: [{kind: attribute, name: class, value: aprentice, from: 2025-01-01}]\n",
            ["the class 'aprentice'; did you mean 'apprentice'?"],
        ),
        ("  facts: [{kind: attribute, name: class, value: journeyman, from: 2025-01-01}]\n", []),
        ("  facts: [{kind: self_payment, from: 2025-01-01}]\n", ["a self_payment: it has no 'top_up'"]),
    ],
)
def test_what_no_rule_uses_is_told(more, told):
    plan = edited(
        ALL,
        ("consumption:", "  blocked_by: {military: {value: true, cite: page}}\nconsumption:"),
        (
            "{at_least: {value: 300, unit: hour, cite: page}}",
            "{at_least: {by: class, apprentice: {value: 200, unit: hour, cite: page}, "
            "otherwise: {value: 300, unit: hour, cite: page}}}",
        ),
        ("sum.at_least", "sum.at_least.otherwise"),
    )
    found = terms.read(plan, "small.yaml")
    (example,) = examples.read(node(ASKED + more), found)
    assert list(examples.unused(example, found)) == [f"no rule of this file uses {one}" for one in told]


def test_a_file_of_examples_names_its_plan():
    plan, cases = examples.read_file(f"plan: small\ncases:\n{ASKED}", "cases.yaml")
    assert plan == "small"
    assert len(examples.read(cases, PLAN)) == 1
    with pytest.raises(document.TermsError, match="'plan' is missing"):
        examples.read_file(f"cases:\n{ASKED}", "cases.yaml")
    with pytest.raises(document.TermsError, match="expected a list of examples"):
        examples.read(node("a: 1"), PLAN)
