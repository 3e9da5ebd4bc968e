"""What fits its place in a pension's file and can hardly be meant: what is refused, warned of, or neither."""

import pytest

from rules import examples, sense, terms
from rules.calendar import Cite
from rules.terms import ChangeError
from tests.rules.small_pensions import FULL, PAID, SMALL
from tests.rules.small_plans import edited, refused

YEAR = "          year: {from: {value: 400, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}}\n"
FIVE = "    five: {after: {value: 5, unit: year, cite: page}, gives: {value: 100, unit: percent, cite: page}}\n"
UNDER = "    hours: {less_than: {value: 200, unit: hour, cite: page}}\n"
COUNTED = "attributed_to: {value: work_date, cite: page}}"
TITLE = "    title: Years of credit\n"
ANOTHER = """\
  future:
    title: Years to come
    routes: {hours: {steps: {one: {from: {value: 0, unit: hour, cite: page}, per: {value: 9, unit: hour, cite: page}}}}}
"""


def step(name: str, start: int, gives: object) -> str:
    of = f"{{value: {gives}, unit: year, cite: page}}"
    return f"          {name}: {{from: {{value: {start}, unit: hour, cite: page}}, gives: {of}}}\n"


def vests(name: str, after: int, gives: int) -> str:
    return FIVE.replace("five", name).replace("value: 5,", f"value: {after},").replace("100", str(gives))


def most(years: object, key: str = "most") -> str:
    return f"{TITLE}    {key}: {{value: {years}, unit: year, cite: page}}\n"


def capped(hours: int) -> tuple[str, str]:
    return COUNTED, f"{COUNTED[:-1]}, cap_per_year: {{value: {hours}, unit: hour, cite: page}}}}"


def warned(text: str) -> list[str]:
    return sense.warnings(terms.read(text, "small.yaml"))


@pytest.mark.parametrize("text", [SMALL, PAID, FULL], ids=["small", "paid", "full"])
def test_nothing_is_said_of_pensions_that_make_sense(text):
    assert warned(text) == []


@pytest.mark.parametrize("name", terms.names("pension"))
def test_nothing_is_said_of_the_shipped_pensions(name):
    assert sense.warnings(terms.plan(name)) == []


RETIREMENT = "retirement: {{it: {{title: It, age: {{value: 60, unit: year, cite: page}}, {}}}}}\nlevers:\n"


@pytest.mark.parametrize(
    ("edits", "path", "message"),
    [
        ([capped(399)], "service.credit.routes.hours.steps.year.from", "no year has more than 399.00 of this"),
        (
            [(YEAR, YEAR + step("more", 900, 1))],
            *("service.credit.routes.hours.steps.more.gives", "the step 'year' before it gives no less"),
        ),
        (
            [(YEAR, YEAR + step("more", 900, 0.5))],
            *("service.credit.routes.hours.steps.more.gives", "the step 'year' before it gives no less"),
        ),
        (
            [(TITLE, most(1, "round_down_to") + most(0.5, "most_per_year").removeprefix(TITLE))],
            *("service.credit.round_down_to", "more than 'most_per_year'"),
        ),
        ([(TITLE, most(0))], "service.credit.most", "no year ever credits anything"),
        ([("vesting:", f"{ANOTHER}vesting:")], "service.future", "no section names this service"),
        ([(TITLE, most(4))], "vesting.steps.five.after", "'credit' never has so many years"),
        (
            [
                (TITLE, most(6)),
                ("levers:\n", RETIREMENT.format("service: {at_least: {value: 7, unit: year, cite: page}}")),
            ],
            *("retirement.it.service.at_least", "'credit' never has so many years"),
        ),
        ([(FIVE, FIVE + vests("six", 6, 100))], "vesting.steps.six.gives", "the step 'five' gives no less"),
        ([(FIVE, vests("six", 6, 50) + FIVE)], "vesting.steps.six.gives", "the step 'five' gives no less"),
        ([(FIVE, vests("again", 5, 100) + FIVE)], "vesting.steps.five.gives", "the step 'again' gives no less"),
        ([("value: 200", "value: 0")], "breaks.under.hours.less_than", "no year is ever a break"),
        ([("value: 200", "value: 0")], "breaks.permanent", "no year is a break and this never comes"),
        (
            [("{less_than: {value: 200, unit: hour,", "{less_than: {value: null, unit: hour, note: not known,")],
            *("breaks.permanent", "no year is a break and this never comes"),
        ),
        ([("after: {value: 5", "after: {value: 0")], "breaks.permanent", "vested from the first year on"),
        (
            [(TITLE, most(0.5, "most_per_year")), (UNDER, UNDER + "  repair: {value: service_year, cite: page}\n")],
            *("breaks.repair", "no year credits a whole year of the service that vests"),
        ),
        (
            [
                ("calendar_year", "from_hire"),
                (
                    UNDER,
                    UNDER + "  exempt: {s: {title: S, cite: page, for: {2023-01-01: {value: everyone, cite: page}}}}\n",
                ),
            ],
            *("breaks.exempt.s.for", "exempts hardly anybody"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_never_applies_is_told(edits, path, message):
    told = warned(edited(SMALL, *edits))
    assert [one for one in told if one.startswith(f"{path}: ") and message in one]


@pytest.mark.parametrize(
    "edits",
    [
        [capped(400)],
        [
            capped(200),
            ("{value: calendar_year,", "{value: plan_year, cite: page}\n  starting: {value: 7, unit: calendar_month,"),
        ],
        [(YEAR, step("some", 200, 0.5) + YEAR)],
        [(TITLE, most(5))],
        [(FIVE, vests("three", 3, 20) + FIVE)],
        [(TITLE, most(1, "round_down_to") + most(1, "most_per_year").removeprefix(TITLE))],
    ],
    ids=str,
)
def test_what_may_apply_is_not_told_of(edits):
    assert warned(edited(SMALL, *edits)) == []


EXEMPT = "  exempt: {s: {title: S, cite: page, for: {2023-05-02: {value: everyone, cite: page}}}}\n"


def test_an_exemption_under_a_day_that_begins_no_year_is_refused():
    text = edited(SMALL, (UNDER, UNDER + EXEMPT))
    refused(
        text,
        "breaks.exempt.s.for",
        "{2023-05-02",
        "no year begins on 2023-05-02, so this exempts nothing: write 2023-01-01",
    )
    text = edited(FULL, ("2023-07-01: {value: everyone", "2023-01-01: {value: everyone"))  # a plan year begins in July
    refused(text, "breaks.exempt.strike.for", "{2023-01-01", "write 2022-07-01, the first day of the year it lies in")


def test_a_proposal_is_held_to_the_same():
    plan = terms.read(SMALL, "small.yaml")
    lower = plan.under({"vesting.steps.five.after": {"1930-01-01": "0"}}, name="x", cite=Cite("x", "", ""))
    assert sense.warnings(lower) == []  # five years still hold for the time before
    text = edited(SMALL, (UNDER, UNDER + EXEMPT.replace("05-02", "01-01")))
    with pytest.raises(ChangeError, match="2023-05-02"):
        terms.read(text, "small.yaml").under(
            {"breaks.exempt.s.for": {"2023-05-02": "everyone"}}, name="x", cite=Cite("x", "", "")
        )


EXAMPLE = """\
examples:
  - name: one year
    source: page 1
    hours: {2025-02-03: 400}
    facts: [{kind: born, from: 1970-01-01}]
    on: 2025-12-31
    expect: {vested: 0}
"""
HOURS = "hours: {2025-02-03: 400}"
FACT = "{kind: born, from: 1970-01-01}"


@pytest.mark.parametrize(
    ("text", "edit", "told"),
    [
        (SMALL, (FACT, FACT), ["no rule of this file uses the fact 'born'"]),
        (SMALL, (FACT, "{kind: hired, from: 2001-01-01}"), ["no rule of this file uses the fact 'hired'"]),
        (SMALL, (FACT, "{kind: disability, from: 2001-01-01}"), ["no rule of this file uses a disability"]),
        (SMALL, (FACT, "{kind: state, from: 2001-01-01, name: militry}"), ["uses the state 'militry'"]),
        (FULL, (FACT, "{kind: state, from: 2001-01-01, name: militry}"), ["did you mean 'military'?"]),
        (FULL, (FACT, "{kind: state, from: 2001-01-01, name: military}"), []),
        (FULL, (FACT, FACT), []),
        (SMALL, (f"facts: [{FACT}]", "lines: [{day: 2025-02-03, days: 4}]"), ["uses the amount 'days'"]),
        (FULL, (HOURS, "lines: [{day: 2025-02-03, hours: 4, earnings: 20}]"), []),
        (SMALL.replace("calendar_year", "from_hire"), (FACT, "{kind: hired, from: 2001-01-01}"), []),
    ],
)
def test_an_example_that_gives_what_no_rule_uses_is_told(text, edit, told):
    plan = terms.read(text + edited(EXAMPLE, edit), "small.yaml")
    [example] = examples.read(plan.examples, plan)
    found = list(examples.unused(example, plan))
    assert len(found) == len(told)
    assert all(part in one for part, one in zip(told, found, strict=True))


@pytest.mark.parametrize(
    ("expect", "at", "path", "message"),
    [
        (
            "{service: {credits: 1}}",
            "1}}",
            "service.credits",
            "there is no 'credits' under 'service' here; there are: credit",
        ),
        ("{retirement: {it: true}}", "true}}", "retirement.it", "there is nothing"),
        ("{years: {2025-01-01: 1}}", "1}}", "years.2025-01-01", "'2025-01-01' is not a year written YYYY"),
        ("{breaks: {last: true}}", "true}}", "breaks.last", "'last' is not a year written YYYY"),
        ("{covered: true}", "true}", "covered", "an answer has no 'covered'; it has: participant, vested"),
    ],
)
def test_a_figure_that_no_answer_has_is_refused_with_what_there_is(expect, at, path, message):
    text = SMALL + edited(EXAMPLE, ("{vested: 0}", expect))
    plan = terms.read(text, "small.yaml")
    with pytest.raises(ValueError, match="small") as caught:
        examples.read(plan.examples, plan)
    assert caught.value.path.endswith(f"expect.{path}")
    assert message in caught.value.message
    assert caught.value.line == text[: text.rindex(at)].count("\n") + 1


def test_a_condition_of_no_exempted_year_is_refused():
    after = "{2022-01-01: {value: 250, unit: hour, cite: page}}"
    year = "{2023-01-01: {value: everyone, cite: page}}"
    exempt = f"  exempt: {{s: {{title: S, cite: page, for: {year}, next_at_least: {after}}}}}\n"
    text = edited(SMALL, (UNDER, UNDER + exempt))
    refused(text, "breaks.exempt.s.next_at_least", "{2022-01-01", "'for' exempts no year that begins on 2022-01-01")


def test_a_number_that_begins_within_a_year_is_told_to_begin_with_the_next():
    plan = terms.read(SMALL, "small.yaml")
    cite = Cite("x", "", "")
    late = plan.under({"hours": {"2021-08-01": "350"}}, name="x", cite=cite)
    told = "is written under 2021-08-01 begins with the year of 2022-01-01"
    assert any(told in warning for warning in sense.warnings(late))
    assert sense.warnings(plan.under({"hours": {"2022-01-01": "350"}}, name="x", cite=cite)) == sense.warnings(plan)


def test_a_proposal_that_would_end_a_rule_is_told_what_it_can_do():
    plan = terms.read(SMALL, "small.yaml")
    with pytest.raises(ChangeError, match="cannot end it: write a value"):
        plan.under({"hours": {"2022-01-01": {"value": "null", "note": "ended"}}}, name="x", cite=Cite("x", "", ""))
