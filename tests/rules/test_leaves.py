"""Leaves: the forms in which a value is written, what each means, and what is refused where."""

import datetime

import pytest

from rules import leaves, shape, terms
from rules.leaves import UNDATED
from tests.rules.small_plans import ALL, edited, refused

AMOUNT = "{value: 120, unit: hour, cite: page}"
PATH = "bank.amount"
FULL = "value: 120, unit: hour, cite: page"
CITES = (
    '  page: {title: A page, url: "https://small.example"}',
    "  page: {title: A page, url: x}\n  old: {title: Old, url: y}",
)


def amount(written: str) -> str:
    """The small plan with something else written for the monthly charge."""
    return edited(ALL, CITES, (AMOUNT, written))


def read(written: str) -> terms.Terms:
    return terms.read(amount(written), "small.yaml")


def on(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_one_value_without_a_day_holds_before_every_other():
    plan = read(AMOUNT)
    assert list(plan.leaves[PATH].values) == [UNDATED]
    assert plan.amount(PATH, on("1900-01-01")) == 120_00


def test_undated_stands_first_among_dated_values():
    plan = read("{undated: {value: 110, unit: hour, cite: page}, 2020-01-01: {value: 120, unit: hour, cite: page}}")
    assert [plan.amount(PATH, on(day)) for day in ("1990-01-01", "2019-12-31", "2020-01-01")] == [
        110_00,
        110_00,
        120_00,
    ]


def test_what_is_written_beside_a_value_is_kept():
    written = (
        "{2020-01-01: {value: 106.5, unit: hour, cite: page, status: disputed, adopted: 2019-05-01, "
        'either: {106.5: page, 104: old}, note: "two pages differ"}}'
    )
    value = read(written).on(PATH, on("2020-01-01"))
    assert (value.amount, value.text, value.unit, value.status) == (106_50, "106.50", "hour", "disputed")
    assert (value.adopted, value.note, value.cite.title) == (on("2019-05-01"), "two pages differ", "A page")
    assert [(reading, cite.title) for reading, cite in value.either] == [("106.5", "A page"), ("104", "Old")]


def test_a_rule_that_ends_has_neither_amount_nor_word():
    plan = read(
        '{undated: {value: 110, unit: hour, cite: page}, 2020-01-01: {value: null, unit: hour, cite: page, note: "x"}}'
    )
    value = list(plan.leaves[PATH].values.values())[-1]
    assert value.ends
    assert value.text == "none"


def test_values_may_depend_on_the_member():
    plan = read(
        "{by: level, family: {value: 140, unit: hour, cite: page}, otherwise: {value: 120, unit: hour, cite: page}}"
    )
    assert plan.choices[PATH] == leaves.Choice("level", ("family", "otherwise"))
    assert plan.amount(PATH, on("2020-01-01"), {"level": "family"}) == 140_00
    assert plan.amount(PATH, on("2020-01-01"), {"level": "single"}) == 120_00
    assert plan.amount(PATH, on("2020-01-01")) == 120_00


@pytest.mark.parametrize(
    ("by", "keys", "held", "key"),
    [
        ("port", ("major", "minor"), "minor", "minor"),
        ("port", ("major", "minor"), "dry", None),
        ("port", ("major", "minor"), None, None),
        ("port", ("major", "otherwise"), None, "otherwise"),
        ("age", ("55", "60"), 54, None),
        ("age", ("55", "60"), 55, "55"),
        ("age", ("55", "60"), 99, "60"),
        ("age", ("9", "10", "otherwise"), 10, "10"),
        ("tenure", ("12", "otherwise"), 11, "otherwise"),
        ("tenure", ("12", "otherwise"), None, "otherwise"),
    ],
)
def test_an_attribute_chooses_a_key(by, keys, held, key):
    assert leaves.Choice(by, keys).key(held) == key


@pytest.mark.parametrize(
    ("place", "text", "amount", "word"),
    [
        (shape.AMOUNT, "412.5", 412_50, None),
        (shape.Quantity("factor"), "0.83", 83, None),
        (shape.Quantity("month", 0, 12), "6", 6, None),
        (shape.YES, "true", None, "true"),
        (shape.FREE, "anything", None, "anything"),
    ],
)
def test_a_value_is_read_by_its_place(place, text, amount, word):
    assert leaves.read_value(place, text) == (amount, word)


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        (shape.AMOUNT, "-1", "-1 is below 0"),
        (shape.AMOUNT, "1.005", "not a number with at most two decimal places"),
        (shape.AMOUNT, "1e3", "not a number with at most two decimal places"),
        (shape.AMOUNT, "", "not a number with at most two decimal places"),
        (shape.AMOUNT, "10000000.01", "outside 0 to 10000000 credits"),
        (shape.Quantity("month", 0, 12), "6.5", "'6.5' is not a whole number of months"),
        (shape.Quantity("month", 1, 12), "0", "0 is outside 1 to 12 months"),
        (shape.YES, "yes", "'yes' is not one of: true, false"),
        (shape.FREE, "", "expected a word here"),
    ],
)
def test_what_a_place_does_not_take(place, text, message):
    with pytest.raises(ValueError, match=message):
        leaves.read_value(place, text)


@pytest.mark.parametrize(
    ("written", "below", "at", "message"),
    [
        ("{value: 120, cite: page}", "", "{value: 120", "'unit' is missing: this value is counted in hours"),
        ("{value: 120, unit: dollar, cite: page}", ".unit", "dollar", "'dollar' is not one of: hour"),
        ("{value: 120, unit: hour}", "", "amount: {value: 120", "'cite' is missing"),
        (
            "{value: 120, unit: hour, cite: nobody}",
            ".cite",
            "nobody",
            "no source 'nobody' in this file; it has: page, old",
        ),
        ("{value: 120.505, unit: hour, cite: page}", ".value", "120.505", "at most two decimal places"),
        ("{FULL, stauts: assumed}", ".stauts", "stauts", "unknown key 'stauts'"),
        ("{FULL, status: guessed}", ".status", "guessed", "is not one of: stated, assumed, disputed"),
        ("{FULL, status: assumed}", "", "{value: 120", "needs a 'note'"),
        ("{FULL, status: disputed, note: x}", "", "{value: 120", "lists the readings under 'either'"),
        ("{FULL, either: {120: page, 110: old}}", "", "{value: 120", "has 'status: disputed'"),
        (
            "{FULL, status: disputed, note: x, either: {100: page, 110: old}}",
            ".value",
            "120, unit: hour, cite: page, status",
            "must be one of the readings",
        ),
        (
            "{FULL, status: disputed, note: x, either: {120: page, many: old}}",
            ".either.many",
            "old}}",
            "at most two decimal places",
        ),
        ("{value: null, unit: hour, cite: page}", "", "{value: null", "a rule that ends needs a 'note'"),
        ("{FULL, adopted: 2020-13-01}", ".adopted", "2020-13-01", "there is no day 2020-13-01"),
        (
            "{value: 2, unit: hour, times: bank.cap, cite: page}",
            ".unit",
            "hour, times: bank.cap",
            "'hour' is not one of: times",
        ),
        (
            "{2020-01-01: {value: 1, unit: hour, cite: page}, 2019-01-01: {value: 22, unit: hour, cite: page}}",
            ".2019-01-01",
            "{value: 22,",
            "write the days in order",
        ),
        (
            "{2020-01-01: {value: 1, unit: hour, cite: page}, undated: {value: 22, unit: hour, cite: page}}",
            ".undated",
            "{value: 22,",
            "write the days in order",
        ),
        (
            "{2020-1-1: {value: 1, unit: hour, cite: page}}",
            ".2020-1-1",
            "{value: 1, unit: hour,",
            "under the day from which it is in force, or 'undated'",
        ),
        ("{}", "", "{}", "expected at least one value"),
        ("120", "", "120\n", "a value says where it is written: {value: 120, unit: hour, cite: SOURCE}"),
        ("{2020-01-01: 120}", ".2020-01-01", "120}", "{value: 120, unit: hour, cite: SOURCE}"),
        ("{valu: 120, unit: hour, cite: page}", ".valu", "valu: 120", "unknown key 'valu'; did you mean 'value'?"),
        ("{value: 6, unit: times, cite: page}", ".unit", "times, cite", "'unit: times' needs 'times: PATH' as well"),
        ("{by: level}", "", "{by: level}", "expected a value for each level here"),
        ("{by: level, FULL}", "", "{by: level", "each under the level that it is for"),
        ('{by: " ", a: {FULL}}', ".by", '" "', "is not the name of an attribute"),
        ("{by: level, a.b: {FULL}}", ".a.b", "{value: 120", "it is empty or has a dot in it"),
        ("{by: age, old: {FULL}}", ".old", "{value: 120", "'old' is not a whole number: a value by age"),
        ("{by: age, 055: {FULL}}", ".055", "{value: 120", "'055' is not a whole number"),
        ("{by: level, a: {by: port, b: {FULL}}}", ".a", "{by: port", "depends on one attribute only"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused_with_its_place(written, below, at, message):
    refused(amount(written.replace("FULL", FULL)), PATH + below, at, message)


@pytest.mark.parametrize(
    ("written", "below", "at", "message"),
    [
        ("{value: kept, unit: hour, cite: page}", ".unit", "hour, cite: page}\n  charge", "a choice has no unit"),
        ("{value: kept, times: bank.cap, cite: page}", ".times", "bank.cap, cite", "a choice has no times"),
        ("{value: held, cite: page}", ".value", "held", "'held' is not one of: kept, window"),
    ],
)
def test_a_choice_that_cannot_be_taken_is_refused_with_its_place(written, below, at, message):
    text = edited(ALL, ("before_cover: {value: kept, cite: page}", f"before_cover: {written}"))
    refused(text, "bank.before_cover" + below, at, message)


@pytest.mark.parametrize(
    ("written", "at", "message"),
    [
        ("{value: everyone, cite: page}", "{value: everyone", "stands under the day of its cut-off"),
        ("{by: port, a: {2023-06-30: {value: everyone, cite: page}}}", "{by: port", "cannot depend on the member"),
        ("{undated: {value: everyone, cite: page}}", "{value: everyone", "'undated' is not a day"),
    ],
)
def test_values_by_cut_off_stand_under_cut_offs(written, at, message):
    order = f"relief:\n  help: {{title: Help, adopted: 2023-05-01, cite: page, gives: credit, for: {written}}}\n"
    path = "relief.help.for.undated" if "undated" in written else "relief.help.for"
    refused(edited(ALL, ("consumption:", order + "consumption:")), path, at, message)


def test_a_source_needs_a_title_and_an_address():
    text = edited(ALL, ('url: "https://small.example"', 'url: ""'))
    first = text.index("cite: page") + len("cite: ")
    with pytest.raises(ValueError, match=r"the source 'page' needs a title and an address") as caught:
        terms.read(text, "small.yaml")
    assert caught.value.line == text[:first].count("\n") + 1
