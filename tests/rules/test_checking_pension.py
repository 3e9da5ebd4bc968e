"""What must hold between the places of a pension's file: each mistake is refused where it stands, with a cure."""

import pytest

from rules import terms
from rules.calendar import Cite
from rules.terms import ChangeError
from tests.rules.small_pensions import FULL, PAID, SMALL
from tests.rules.small_plans import edited, refused

YEAR = "          year: {from: {value: 400, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}}\n"
ROUTE = f"      hours:\n        steps:\n{YEAR}"
ALL = "    all: {rate: {value: 5, unit: cent, cite: page}}\n"
TITLE = "    title: Years of credit\n"
DAYS = "  days: {unit: day, counts: {value: days, cite: page}, attributed_to: {value: work_date, cite: page}}\n"
CUMULATIVE = f"{TITLE}    cumulative: {{value: true, cite: page}}\n"
PER = YEAR.replace("gives: {value: 1, unit: year", "per: {value: 400, unit: hour")
AGAIN = "          again: {from: {value: 400, unit: hour, cite: page}, gives: {value: 2, unit: year, cite: page}}\n"
PARTICIPATION = "participation: {at_least: {value: 9, unit: hour, cite: page}, entry: {value: same_year, cite: page}"


@pytest.mark.parametrize("text", [SMALL, PAID, FULL], ids=["small", "paid", "full"])
def test_the_small_pensions_are_taken(text):
    assert terms.read(text, "small.yaml").kind == "pension"


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        ([("calendar_year", "plan_year")], "calendar", "years: {value: plan_year", "plan years need it"),
        (
            [
                (
                    "cite: page}\nservice:",
                    "cite: page}\n  starting: {value: 7, unit: calendar_month, cite: page}\nservice:",
                )
            ],
            *("calendar", "years: {value: calendar_year", "'starting' belongs to plan years"),
        ),
        (
            [
                (
                    "{value: calendar_year, cite: page}",
                    "{2000-01-01: {value: calendar_year, cite: page}, 2010-01-01: {value: from_hire, cite: page}}",
                )
            ],
            *("calendar.years", "{2000-01-01", "the same at all times and for every member"),
        ),
        (
            [("{value: calendar_year, cite: page}", "{by: craft, x: {value: calendar_year, cite: page}}")],
            *("calendar.years", "{by: craft", "the same at all times and for every member"),
        ),
        (
            [("{value: calendar_year, cite: page}", "{value: null, cite: page, note: gone}")],
            *("calendar.years", "{value: null", "this cannot end"),
        ),
        (
            [("vesting:\n", "vesting:\n  of: hours\n")],
            "vesting.of",
            "hours\n  steps",
            "there is no 'hours' here; there are: credit",
        ),
        (
            [(ROUTE, ROUTE.replace("        steps", "        of: weeks\n        steps"))],
            "service.credit.routes.hours.of",
            "weeks",
            "there is no 'weeks' here; there are: hours",
        ),
        (
            [(ALL, "    all: {of: weeks, rate: {value: 5, unit: cent, cite: page}}\n")],
            "benefit.parts.all.of",
            "weeks",
            "there are: hours, credit",
        ),
        (
            [(ALL, "    all: {only_in: hours, rate: {value: 5, unit: cent, cite: page}}\n")],
            "benefit.parts.all.only_in",
            "hours, rate",
            "there are: credit",
        ),
        ([("calendar:\n", f"{DAYS}calendar:\n")], "credit.days", "{unit: day", "the measure 'days' is used by nothing"),
        (
            [("calendar:\n", DAYS.replace("{unit", "{adds_to: weeks, unit") + "calendar:\n")],
            "credit.days.adds_to",
            "weeks, unit",
            "no measure 'weeks'",
        ),
        (
            [(YEAR, YEAR + AGAIN)],
            "service.credit.routes.hours.steps",
            "year: {from",
            "steps rise, and one of these begins",
        ),
        (
            [(YEAR, YEAR.replace("gives: {value: 1, unit: year", "per: {value: 0, unit: hour"))],
            "service.credit.routes.hours.steps.year.per",
            "{value: 0",
            "nothing can be divided by 0",
        ),
        (
            [(TITLE, CUMULATIVE)],
            "service.credit.cumulative",
            "{value: true, cite: page}\n    routes",
            "one step, which has 'per'",
        ),
        (
            [
                (TITLE, CUMULATIVE),
                (YEAR, PER + PER.replace("year:", "more:").replace("from: {value: 400", "from: {value: 900")),
            ],
            "service.credit.cumulative",
            "{value: true, cite: page}\n    routes",
            "one route with one step",
        ),
        (
            [("{value: 100, unit: percent", "{value: 0, unit: percent")],
            "vesting.steps.five.gives",
            "{value: 0",
            "more than 0 percent",
        ),
        (
            [(ALL, "    all: {percent: {value: 5, unit: percent, cite: page}}\n")],
            "benefit.parts.all.percent",
            "{value: 5, unit: percent, ",
            "'hours' is not counted in dollars",
        ),
        (
            [(ALL, "    all: {of: credit, percent: {value: 5, unit: percent, cite: page}}\n")],
            "benefit.parts.all.percent",
            "{value: 5, unit: percent, ",
            "'credit' is not counted in dollars",
        ),
        (
            [("less_than: {value: 200, unit: hour", "less_than: {value: 200, unit: dollar")],
            "breaks.under.hours.less_than.unit",
            "dollar",
            "'dollar' is not one of: hour",
        ),
        (
            [("levers:\n", "levers:\n  years: calendar.years\n")],
            "levers.years",
            "calendar.years",
            "a lever is a number",
        ),
        (
            [("levers:\n", "levers:\n  years: vesting.steps.six.after\n")],
            "levers.years",
            "vesting.steps.six",
            "not a term of this file",
        ),
        ([("plan: small", "plan: Small")], "plan", "Small\n", "is not a plan's short name"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_mistake_is_refused_where_it_stands(edits, path, at, message):
    refused(edited(PAID, *edits), path, at, message)


def test_dollars_are_not_held_against_hours():
    text = edited(FULL, ("less_than: {value: 5000, unit: dollar", "less_than: {value: 5000, unit: hour"))
    with pytest.raises(ValueError, match=r"breaks\.under\.pay\.less_than: this counts dollars, not hours"):
        terms.read(text, "small.yaml")


def test_the_exemption_asks_for_the_first_measure():
    text = edited(FULL, ("{2023-07-01: {value: 250, unit: hour", "{2023-07-01: {value: 250, unit: dollar"))
    with pytest.raises(ValueError, match=r"breaks\.exempt\.strike\.next_at_least: this counts hours, not dollars"):
        terms.read(text, "small.yaml")


def test_a_permanent_break_or_its_repair_by_service_needs_vesting():
    vesting = SMALL[SMALL.index("vesting:") : SMALL.index("breaks:")]
    refused(edited(SMALL, (vesting, "")), "breaks.permanent", "years: {value: 5", "'vesting' is missing")
    text = edited(
        SMALL,
        (vesting, ""),
        ("    or_service: {value: true, cite: page}\n", "  repair: {value: service_year, cite: page}\n"),
    )
    refused(text, "breaks.repair", "{value: service_year", "'vesting' is missing")


def test_a_tier_that_ends_before_it_begins_is_refused():
    refused(
        edited(
            FULL,
            (
                "after: {value: 0, unit: year, cite: page}\n        until",
                "after: {value: 10, unit: year, cite: page}\n        until",
            ),
        ),
        *(
            "benefit.parts.hours.tier.until",
            "{value: 10, unit: year, cite: page}\n    pay",
            "'until' is to be more than 'after'",
        ),
    )


def test_measure_and_service_have_names_of_their_own():
    text = SMALL.replace("service.credit", "service.hours").replace("\n  credit:\n    title", "\n  hours:\n    title")
    refused(text, "service.hours", "title: Years", "'hours' is the name of a measure too")


def test_steps_are_compared_on_the_days_on_which_they_hold():
    later = (
        "{2000-01-01: {value: 400, unit: hour, cite: page}, 2020-01-01: {value: null, unit: hour, cite: page, note: x}}"
    )
    begins = "{2020-01-01: {value: 300, unit: hour, cite: page}}"
    more = f"          more: {{from: {begins}, gives: {{value: 2, unit: year, cite: page}}}}\n"
    text = edited(SMALL, (YEAR, YEAR.replace("{value: 400, unit: hour, cite: page}", later) + more))
    assert terms.read(text, "small.yaml")  # the one has ended when the other begins
    overlapping = text.replace(
        "2020-01-01: {value: null, unit: hour, cite: page, note: x}", "2020-01-01: {value: 350, unit: hour, cite: page}"
    )
    with pytest.raises(ValueError, match="steps rise, and on 2020-01-01 one of these begins no later"):
        terms.read(overlapping, "small.yaml")


def test_a_proposal_is_held_to_the_same_checks():
    plan = terms.read(edited(SMALL, (YEAR, YEAR + AGAIN.replace("400", "900"))), "small.yaml")
    path = "service.credit.routes.hours.steps.again.from"
    with pytest.raises(ChangeError, match="steps rise, and on 2030-01-01"):
        plan.under({path: {"2030-01-01": "300"}}, name="x", cite=Cite("x", "", ""))
    assert plan.under({path: {"2030-01-01": "800"}}, name="x", cite=Cite("x", "", ""))


ADDED = (
    DAYS.replace("unit: day", "unit: hour, adds_to: hours")
    .replace("  days:", "  more:")
    .replace("value: days", "value: hours")
)


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        ([], "", "", ""),
        (
            [("    hours: {less_than", "    hours: {of: more, less_than")],
            *("breaks.under.hours.of", "more, less", "'more' adds to 'hours' and is no measure by itself"),
        ),
        (
            [
                (
                    "calendar:\n",
                    ADDED.replace("more:", "yet:").replace("adds_to: hours", "adds_to: more") + "calendar:\n",
                )
            ],
            *("credit.yet.adds_to", "more, counts", "'more' adds to 'hours' and is no measure by itself"),
        ),
    ],
    ids=["nothing", "named", "chained"],
)
def test_what_adds_to_another_measure_is_none_by_itself(edits, path, at, message):
    text = edited(SMALL, ("calendar:\n", f"{ADDED}calendar:\n"))
    text = edited(text, *edits)
    if path:
        refused(text, path, at, message)
    else:
        assert terms.read(text, "small.yaml").below("credit") == ["hours", "more"]


def test_the_first_measure_stands_by_itself():
    text = edited(SMALL, ("  hours: {unit: hour,", "  hours: {unit: hour, adds_to: more,"))
    more = ADDED.replace("adds_to: hours, ", "")
    refused(
        edited(text, ("calendar:\n", f"{more}calendar:\n")),
        *("credit.hours.adds_to", "more, counts", "the first measure is the one meant where none is named"),
    )


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("bank: {deposit: {value: all, cite: page}}\n", "unknown key 'bank'"),
        (f"{PARTICIPATION}, least: {{value: 1, unit: hour, cite: page}}}}\n", "unknown key 'least'"),
        ("participation: {at_least: {value: 9, unit: hour, cite: page}}\n", "'entry' is missing"),
        ("retirement: {r: {title: R}}\n", "'age' is missing"),
    ],
)
def test_a_pension_has_the_keys_of_a_pension(section, message):
    with pytest.raises(ValueError, match=f"small.*{message}"):
        terms.read(edited(SMALL, ("levers:\n", f"{section}levers:\n")), "small.yaml")
