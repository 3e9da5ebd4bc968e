"""A pension's booklet: what its sentences say of each rule, with history, doubts and sources."""

import datetime

import pytest

from rules import booklet, terms
from rules.calendar import Cite
from tests.rules.small_pensions import FULL, PAID, SMALL
from tests.rules.small_plans import edited
from tests.rules.test_booklet import about, sentences

UNDER = "    hours: {less_than: {value: 200, unit: hour, cite: page}}\n"
YEAR = "from: {value: 400, unit: hour, cite: page}"
LEVER = "hours: service.credit.routes.hours.steps.year.from"
SECOND = """\
  other: {title: Another page, url: "https://other.example"}
credit:
"""


def told(text, name, on=None):
    """The sentences of one section."""
    found = booklet.booklet(terms.read(text, "small.yaml"), on)
    return next(([one.text for one in section.sentences] for section in found.sections if section.name == name), None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "calendar",
            ["Service is counted by plan years of twelve months.", "Such a year begins on the first day of July."],
        ),
        (
            "service.vesting",
            [
                "There are two ways to be credited. The one that gives most counts.",
                "By hours: with 250 hours or more in a year you are credited with one year for every 1,000 hours, "
                "parts of a year included.",
                "By hours: with 1,000 hours or more in a year you are credited with one year.",
                "Of these steps the last one that you reach holds.",
                "Pay: with 20,000 dollars or more in a year you are credited with one year.",
                "What a year credits is rounded down to a multiple of 0.25 of a year.",
                "No year credits more than one year.",
                "All years together credit no more than 40 years.",
            ],
        ),
        (
            "service.benefit",
            [
                "With any number of hours in a year you are credited with one year for every 1,800 hours, "
                "parts of a year included."
            ],
        ),
        (
            "imputed",
            [
                'Every whole calendar month in which "military" is recorded of you adds 100 hours, on its last day.',
                "If your own monthly average of the twelve calendar months before was more, that is added instead.",
            ],
        ),
        (
            "participation",
            [
                "To take part you need a year with 300 hours or more.",
                "You take part from the beginning of the year after it.",
                "The years before you take part credit nothing.",
            ],
        ),
        (
            "vesting",
            [
                'With three years of "Years of vesting" you are vested to 20 percent.',
                'With five years of "Years of vesting" you are vested in full.',
                'Besides, each of these asks for 0.5 of a year of "Years of benefit".',
                "Whoever takes part is vested in full at the age of 65 years.",
            ],
        ),
        (
            "breaks",
            [
                "It is one only if both of these hold.",
                "A year is a break in service if you have less than 250 hours in it.",
                "A year is a break in service if you have less than 5,000 dollars in it and the years before it, "
                "two years together.",
                'A year in which "military" is recorded of you on any day is no break.',
                "Only a year that credits a whole year of the service that vests repairs the breaks before it; until "
                "then nobody becomes vested.",
                "As long as nothing is vested, more than five breaks in a row cost you everything: service, what you "
                "have earned, and taking part; you start anew.",
                "As many breaks as that lose nothing yet.",
            ],
        ),
        (
            "breaks.exempt.strike",
            [
                "There is no break in service for those who meet what follows, for the year that begins on "
                "1 July 2023.",
                "You must have had at least one break in a row before that year.",
                "You must have at least 250 hours in the year after that year.",
            ],
        ),
        (
            "benefit",
            [
                "By hours: you earn a monthly amount of 3.245 cents for each hour.",
                'This counts only in years that credit something of "Years of vesting".',
                'This counts in years before which you had any number of years of "Years of vesting", but less '
                "than ten years.",
                "Pay: you earn a monthly amount of 2.5 percent of the dollars that count.",
                'Years: you earn a monthly amount of 4,000 cents for each year of "Years of benefit".',
                "Your monthly pension is the greatest of these parts.",
            ],
        ),
        ("account", ["Pay: you are credited with 6 percent of the dollars that count."]),
        (
            "retirement.normal",
            [
                "You must have reached the age of 65 years.",
                'You need five years of "Years of benefit".',
                "You need 10,000 dollars in all years together.",
                'You need two years of "Years of vesting" credited in years that begin on or after the day of '
                "reaching the age of 40 years.",
                'You need one year of "Years of vesting" credited in years that begin on or after 1 July 2000.',
                'You need one year of "Years of vesting" credited in years that ended before 1 July 2010.',
                "Some of your pension must be vested.",
            ],
        ),
        ("levers", ['Year hours: the amount in a year of "Years of vesting" (step "year"), 1,000 hours.']),
    ],
)
def test_each_rule_has_its_sentence(name, expected):
    found = told(FULL, name)
    assert [one for one in found if one in expected] == expected


def test_a_small_pension_is_told_shortly():
    assert told(SMALL, "service.credit") == ["With 400 hours or more in a year you are credited with one year."]
    assert told(SMALL, "participation") == ["You take part from the first year in which you have any work on."]
    assert "With five years of service you are vested in full." in told(SMALL, "vesting")
    assert told(SMALL, "benefit") is None
    assert told(SMALL, "account") is None
    assert "The pension" not in booklet.text(booklet.booklet(terms.read(SMALL, "small.yaml"), None))


def test_a_number_of_a_pension_has_its_history_and_its_doubts():
    dated = (
        "from: {undated: {value: 400, unit: hour, cite: page}, "
        "2023-01-01: {value: 65, unit: hour, cite: other, note: that year alone}, "
        "2024-01-01: {value: 400, unit: hour, cite: page, status: disputed, note: two pages, "
        "either: {400: page, 300: other}}}"
    )
    text = edited(SMALL, ("credit:\n  hours", f"{SECOND}  hours"), (YEAR, dated))
    plan = terms.read(text, "small.yaml")
    latest = booklet.booklet(plan, None)
    [sentence] = about(latest, "service.credit.routes.hours.steps.year.from")[:1]
    assert sentence.text == "With 400 hours or more in a year you are credited with one year."
    assert sentence.status == "disputed"
    remarks = {remark.kind: remark for remark in sentence.remarks}
    assert [reading for reading, _ in remarks["disputed"].readings] == ["400 hours or more", "300 hours or more"]
    assert remarks["since"].text == "Since 1 January 2024."
    earlier = [remark.text for remark in sentence.remarks if remark.kind == "earlier"]
    assert earlier == [
        "From 1 January 2023 to 31 December 2023: 65 hours or more (that year alone).",
        "Before 1 January 2023: 400 hours or more; no start given.",
    ]
    then = booklet.booklet(plan, datetime.date(2023, 6, 1))
    assert about(then, "service.credit.routes.hours.steps.year.from")[0].text.startswith("With 65 hours or more")


def test_a_number_that_nobody_knows_is_said_to_be_missing():
    unknown = "less_than: {value: null, unit: hour, cite: page, status: assumed, note: it was not found}"
    text = edited(SMALL, ("less_than: {value: 200, unit: hour, cite: page}", unknown))
    found = booklet.booklet(terms.read(text, "small.yaml"), None)
    [sentence] = about(found, "breaks.under.hours.less_than")
    assert sentence.text == "Not in force: the limit of a break in service."
    assert sentence.status == "assumed"
    assert [(remark.kind, remark.text) for remark in sentence.remarks] == [("assumed", "It was not found.")]


def test_a_lever_that_is_not_in_force_is_named():
    unknown = "less_than: {value: null, unit: hour, cite: page, note: it was not found}"
    text = edited(
        SMALL,
        ("less_than: {value: 200, unit: hour, cite: page}", unknown),
        ("levers:\n", "levers:\n  breaks: breaks.under.hours.less_than\n"),
    )
    assert "Breaks: the limit of a break in service, not in force." in told(text, "levers")


def test_the_source_of_an_exemption_has_its_footnote():
    exempt = "  exempt: {s: {title: S, cite: other, for: {2023-01-01: {value: everyone, cite: page}}}}\n"
    text = edited(SMALL, ("credit:\n  hours", f"{SECOND}  hours"), (UNDER, UNDER + exempt))
    found = booklet.booklet(terms.read(text, "small.yaml"), None)
    [sentence] = about(found, "breaks.exempt.s.for")
    assert {found.footnotes[number - 1].title for number in sentence.footnotes} == {"A page", "Another page"}


def test_what_holds_for_some_years_only_is_told_of_those():
    exempt = """\
  exempt:
    s:
      title: S
      cite: page
      for:
        2020-01-01: {value: everyone, cite: page}
        2023-01-01: {value: everyone, cite: page}
      breaks_before: {2020-01-01: {value: 2, unit: year, cite: page}}
"""
    assert told(edited(SMALL, (UNDER, UNDER + exempt)), "breaks.exempt.s") == [
        "There is no break in service for those who meet what follows, for the years that begin on 1 January 2020 and "
        "1 January 2023.",
        "You must have had at least two breaks in a row before that year for the year that begins on 1 January 2020.",
    ]


def test_a_part_that_follows_another_is_worked_out():
    parts = """\
    all:
      rate: {value: 5, unit: cent, cite: page}
      tier:
        of: credit
        after: {value: 0, unit: year, cite: page}
        until: {value: 1, unit: times, times: benefit.parts.late.tier.after, cite: page}
    late:
      rate: {value: 1.5, unit: times, times: benefit.parts.all.rate, cite: page}
      tier: {of: credit, after: {value: 10, unit: year, cite: page}}
"""
    text = edited(PAID, ("    all: {rate: {value: 5, unit: cent, cite: page}}\n", parts))
    found = told(text, "benefit")
    assert any(one.endswith("(that is ten years).") for one in found)
    assert 'Late: you earn a monthly amount of 1.50 times the rate of "all" (that is 7.5 cents) for each hour.' in found


def test_a_value_that_depends_on_the_member_is_told_for_each():
    by = "from: {by: craft, x: {value: 210, unit: hour, cite: page}, otherwise: {value: 75, unit: hour, cite: page}}"
    assert told(edited(SMALL, (YEAR, by), (LEVER, f"{LEVER}.x")), "service.credit") == [
        "With 210 hours or more (craft: x) or 75 hours or more (everyone else) in a year you are credited with one "
        "year."
    ]


def test_a_proposal_for_a_pension_is_told_as_one():
    plan = terms.read(PAID, "small.yaml").under(
        {"benefit.parts.all.rate": {"2026-01-01": "6.5"}, "hours": {"2026-01-01": "350"}},
        name="Six and a half",
        cite=Cite("Proposal: Six and a half", "", "Local 80"),
    )
    found = booklet.booklet(plan, None)
    assert "under the proposal 'Six and a half'" in booklet.heading(found)
    texts = [sentence.text for sentence in sentences(found)]
    assert "All: you earn a monthly amount of 6.5 cents for each hour." in texts
    assert "With 350 hours or more in a year you are credited with one year." in texts
    assert Cite("Proposal: Six and a half", "", "Local 80") in found.footnotes


def test_a_pension_says_nothing_of_cover_and_a_health_plan_nothing_of_vesting():
    pension = booklet.text(booklet.booklet(terms.read(FULL, "small.yaml"), None))
    assert "cover" not in pension.replace("discover", "")
    assert "vested" not in booklet.text(booklet.booklet(terms.plan("mpi-health"), None))
