"""What must hold between the places of a file: each refusal, with the path, the line and the column it names."""

import pytest

from rules import terms
from tests.rules.small_plans import ALL, BANK, EXCESS, HOURS, LAW, SECOND, START, STAY, edited, refused


@pytest.mark.parametrize("text", [ALL, EXCESS])
def test_the_small_plans_are_taken(text):
    assert terms.read(text, "small.yaml").plan == "small"


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        ([("plan: small", "plan: Small")], "plan", "Small\n", "is not a plan's short name"),
        ([("title: A small plan", 'title: " "')], "title", '" "', "expected the plan's title"),
        (
            [("month_end", "month_ends")],
            "calendar.cutoffs",
            "month_ends",
            "no calendar 'month_ends'; there are: month_end",
        ),
        ([("every: {value: 3", "every: {value: 5")], "calendar.every", "{value: 5", "5 months do not divide a year"),
        (
            [
                (
                    "every: {value: 3, unit: month, cite: page}",
                    "every: {by: scheme, otherwise: {value: 5, unit: month, cite: page}}",
                )
            ],
            *("calendar.every", "{by: scheme", "5 months do not divide a year"),
        ),
        (
            [("  starting: {value: 3, unit: calendar_month, cite: page}\n", "")],
            "calendar.every",
            "{value: 3, unit: month, cite: page}\n  values",
            "'calendar.starting' is missing",
        ),
        (
            [("levers:", "lapse: {every: {value: 8, unit: month, cite: page}}\nlevers:")],
            "lapse.every",
            "{value: 8",
            "8 months do not divide",
        ),
        (
            [("lag: {value: 2, unit: month, cite: page}", "lag: {by: port, a: {value: 2, unit: month, cite: page}}")],
            "calendar.lag",
            "{by: port",
            "the same for every member",
        ),
        (
            [("  length:", "  aligned_at_least: {value: 2, unit: month, cite: page}\n  length:")],
            "coverage.aligned_at_least",
            "{value: 2, unit: month, cite: page}\n  length",
            "needs 'aligned_to'",
        ),
        (
            [("  length:", "  aligned_month: {value: 2, unit: calendar_month, cite: page}\n  length:")],
            "coverage",
            "aligned_month",
            "belong together",
        ),
        (
            [
                (
                    "  length:",
                    "  aligned_to: {value: 5, unit: month, cite: page}\n"
                    "  aligned_month: {value: 2, unit: calendar_month, cite: page}\n  length:",
                )
            ],
            *("coverage.aligned_to", "{value: 5", "5 months do not divide a year"),
        ),
    ],
)
def test_names_and_the_calendar(edits, path, at, message):
    refused(edited(ALL, *edits), path, at, message)


WEEKS = edited(
    ALL.replace("unit: month, cite", "unit: week, cite"),
    ("month_end", "weeks_ending_sunday"),
    ("  starting: {value: 3, unit: calendar_month, cite: page}\n", ""),
    ("every: {value: 3", "every: {value: 1"),
)


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        ([("every: {value: 1", "every: {value: 4")], "calendar.every", "{value: 4", "need a calendar of months"),
        (
            [("  values_of", "  starting: {value: 4, unit: calendar_month, cite: page}\n  values_of")],
            "calendar.starting",
            "{value: 4",
            "needs a calendar of months",
        ),
        (
            [("  length:", "  aligned_month: {value: 4, unit: calendar_month, cite: page}\n  length:")],
            "coverage.aligned_month",
            "{value: 4",
            "needs a calendar of months",
        ),
        ([("levers:", LAW)], "calendar.cutoffs", "weeks_ending_sunday", "measurement is counted in months"),
    ],
)
def test_a_calendar_of_weeks(edits, path, at, message):
    assert terms.read(WEEKS, "small.yaml").chart.unit == "week"
    refused(edited(WEEKS, *edits), path, at, message)


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        (
            [(STAY, "of: ours, " + STAY)],
            "qualify.continuing.routes.stay.sum.of",
            "ours, at",
            "no measure 'ours' under 'credit'; there are: hours",
        ),
        ([("calendar:", SECOND + "calendar:")], "credit.days", "{unit: day", "used by no test and no bank"),
        (
            [
                ("credit:\n", "credit:\n" + SECOND),
                ("sum: {at_least: {value: 250", "sum: {of: hours, at_least: {value: 250"),
                ("sum: {at_least: {value: 300", "sum: {of: hours, at_least: {value: 300"),
                (BANK, "  of: hours\n" + BANK),
            ],
            "credit.days",
            "{unit: day",
            "used by no test",
        ),
        (
            [("calendar:", SECOND.replace("page}}", "page}, adds_to: hours}") + "calendar:")],
            "credit.days.adds_to",
            "hours}\ncal",
            "have different units",
        ),
        (
            [("calendar:", SECOND.replace("page}}", "page}, adds_to: days}") + "calendar:")],
            "credit.days.adds_to",
            "days}\ncal",
            "is no measure by itself",
        ),
        (
            [
                (
                    "calendar:",
                    SECOND.replace("unit: day", "unit: hour")
                    .replace("value: days", "value: fees")
                    .replace("page}}", "page}, adds_to: hours}")
                    + "calendar:",
                ),
                ("sum: {at_least: {value: 250", "sum: {of: days, at_least: {value: 250"),
            ],
            *(
                "qualify.continuing.routes.stay.sum.of",
                "days, at_least",
                "'days' adds to 'hours' and is no measure by itself",
            ),
        ),
        (
            [(HOURS[0], HOURS[0] + ", multiply_by: {value: 2, unit: factor, cite: page}")],
            "credit.hours",
            HOURS[1],
            "a conversion and 'rounding' belong together",
        ),
        (
            [(HOURS[0], HOURS[0] + ", rounding: {value: down, cite: page}")],
            "credit.hours",
            HOURS[1],
            "a conversion and 'rounding' belong together",
        ),
        (
            [("value: hours", "value: earnings")],
            "credit.hours.counts",
            "{value: earnings",
            "earnings are not counted in hours",
        ),
        (
            [
                (
                    HOURS[0],
                    HOURS[0] + ", divide_by: {value: 0, unit: factor, cite: page}, rounding: {value: down, cite: page}",
                )
            ],
            "credit.hours.divide_by",
            "{value: 0",
            "divided by 0",
        ),
        (
            [(HOURS[0], HOURS[0] + ", late: {value: only, cite: page}")],
            "credit.hours.late",
            "{value: only",
            "needs 'late_after'",
        ),
        (
            [(HOURS[0], HOURS[0] + ", unpaid_months: {value: 2, unit: month, cite: page}")],
            "credit.hours.unpaid_months",
            "{value: 2, unit: month, cite: page}}",
            "needs 'needs: paid'",
        ),
        (
            [
                (HOURS[0], HOURS[0] + ", late_after: {by: port, a: {value: 2, unit: month, cite: page}}"),
                ("{value: work_date, cite: page}", "{by: port, a: {value: work_date, cite: page}}"),
            ],
            "credit.hours.attributed_to",
            "{by: port, a: {value: work",
            "the same for every member",
        ),
    ],
)
def test_measures(edits, path, at, message):
    refused(edited(EXCESS, *edits), path, at, message)


DAYS = (
    ("calendar:", SECOND + "calendar:"),
    ("sum: {at_least: {value: 250, unit: hour", "sum: {of: days, at_least: {value: 250, unit: hour"),
)


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        (
            DAYS,
            "qualify.continuing.routes.stay.sum.at_least",
            "{value: 250",
            "this counts days, not hours: it is about 'days'",
        ),
        (
            [
                *DAYS[:1],
                (DAYS[1][0], DAYS[1][1].replace("250, unit: hour", "20, unit: day")),
                (BANK, BANK + "  cap: {value: 9, unit: day, cite: page}\n"),
            ],
            "bank.cap",
            "{value: 9",
            "this counts hours, not days",
        ),
        (
            [
                *DAYS[:1],
                (DAYS[1][0], DAYS[1][1].replace("250, unit: hour", "20, unit: day")),
                (HOURS[0], HOURS[0] + ", cap_per_day: {value: 9, unit: day, cite: page}"),
            ],
            "credit.hours.cap_per_day",
            "{value: 9",
            "this counts hours, not days",
        ),
        (
            [
                *DAYS[:1],
                (
                    DAYS[1][0],
                    "sum: {of: days, at_least: {value: 2, times: qualify.initial.routes.start.sum.at_least, "
                    "unit: times",
                ),
            ],
            "qualify.continuing.routes.stay.sum.at_least",
            "{value: 2, times",
            "'times' needs a number of days, and 'qualify.initial.routes.start.sum.at_least' is in hours",
        ),
        (
            [("value: 250, unit: hour", "value: 1, unit: times, times: bank.charge")],
            "qualify.continuing.routes.stay.sum.at_least",
            "{value: 1, unit: times",
            "'bank.charge' is a choice",
        ),
        (
            [("value: 250, unit: hour", "value: 1, unit: times, times: bank.costs")],
            "qualify.continuing.routes.stay.sum.at_least",
            "{value: 1, unit: times",
            "'bank.costs', which is not a term",
        ),
        (
            [("value: 250, unit: hour", "value: 1, unit: times, times: qualify.continuing.routes.stay.sum.at_least")],
            "qualify.continuing.routes.stay.sum.at_least",
            "{value: 1, unit: times",
            "this follows itself: write a number here",
        ),
        (
            [
                ("value: 250, unit: hour", "value: 1, unit: times, times: bank.cap"),
                (
                    BANK,
                    BANK
                    + "  cap: {value: 2, unit: times, times: qualify.initial.routes.start.sum.at_least, cite: page}\n",
                ),
            ],
            "qualify.continuing.routes.stay.sum.at_least",
            "{value: 1, unit: times",
            "'bank.cap' follows 'qualify.initial.routes.start.sum.at_least' itself: follow",
        ),
        (
            [("hours: qualify.initial.routes.start.sum.at_least", "hours: bank.used_for")],
            "levers.hours",
            "bank.used_for",
            "names a choice; a lever is a number",
        ),
        (
            [("hours: qualify.initial.routes.start.sum.at_least", "hours: qualify.initial.routes.begin.sum.at_least")],
            "levers.hours",
            "qualify.initial.routes.begin",
            "is not a term of this file",
        ),
        (
            [
                (
                    "{at_least: {value: 300, unit: hour, cite: page}}",
                    "{at_least: {by: port, a: {value: 300, unit: hour, cite: page}}}",
                )
            ],
            "levers.hours",
            "qualify.initial.routes.start.sum",
            "it depends on the member: name one of its keys, a",
        ),
    ],
)
def test_units_and_references(edits, path, at, message):
    refused(edited(EXCESS, *edits), path, at, message)


@pytest.mark.parametrize(
    ("edits", "path", "at", "message"),
    [
        (
            [("  initial:\n    routes:\n      start:", "  any:\n    routes:\n      start:")],
            "qualify",
            "any:",
            "expected either 'any', or 'initial' and 'continuing'",
        ),
        (
            [("  continuing:", "  lapsed:")],
            "qualify",
            "initial:",
            "expected either 'any', or 'initial' and 'continuing'",
        ),
        (
            [
                (
                    START,
                    START[:-2] + ", windows: {value: 2, unit: window, cite: page}, "
                    "periods: {value: 2, unit: month, cite: page}}\n",
                )
            ],
            "qualify.initial.routes.start.sum",
            "{at_least: {value: 300",
            "expected only one of: windows, periods",
        ),
        (
            [
                (
                    START,
                    START.replace("sum", "average").replace(
                        "page}}", "page}, up_to_periods: {value: 2, unit: month, cite: page}}"
                    ),
                ),
                ("consumption: {value: none", "consumption: {value: exact"),
                ("  hours: qualify.initial.routes.start.sum.at_least", "  hours: bank.amount"),
            ],
            "qualify.initial.routes.start",
            "average:",
            "the main test of a route is 'sum' or 'balance'",
        ),
        (
            [("      start:\n", "      start:\n        cutoff_month: {value: 5, unit: calendar_month, cite: page}\n")],
            "qualify.initial.routes.start.cutoff_month",
            "{value: 5",
            "nobody is tested in calendar month 5",
        ),
    ],
)
def test_routes(edits, path, at, message):
    refused(edited(ALL, *edits), path, at, message)
