"""Employers' statements on the wire."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Day, Hours, Instant, KnownAt, Money, Month, Request, Text, Whole
from schemas.remittances import DUE_EXAMPLE, RECEIPT_EXAMPLE, Contributions, described

LATE_EXAMPLE: dict[str, Any] = {
    "due_on": None,
    "reported_days_late": None,
    "paid_days_late": None,
    "interest": None,
    "liquidated_damages": None,
    "note": "No due day is known: neither the agreement basic-2018 nor this service's settings give one.",
}
STATEMENT_EXAMPLE: dict[str, Any] = {
    "employer": "ACME",
    "contributor_class": "basic",
    "from": "2021-07",
    "to": "2021-08",
    "on": "2021-09-01",
    "known_at": 815,
    "months": [
        {
            "month": "2021-07",
            "agreement": "basic-2018",
            "lines": 1,
            "hours": "52.50",
            "credited_hours": "52.50",
            "contributions": DUE_EXAMPLE,
            "unknown_lines": {"active-health": 1},
        }
    ],
    "reports": [
        {
            "remittance": RECEIPT_EXAMPLE["id"],
            "report": "2021-W30",
            "agreement": "basic-2018",
            "recorded_at": "2021-08-03T17:04:05.250000Z",
            "first_week": "2021-07-31",
            "last_week": "2021-07-31",
            "lines": 1,
            "credited_hours": "52.50",
            "contributions": DUE_EXAMPLE,
            "due": "240.37",
            "paid": "0.00",
            "balance": "240.37",
            "paid_on": None,
            "late": LATE_EXAMPLE,
        }
    ],
    "missing": ["2021-08"],
    "totals": {
        "lines": 1,
        "hours": "52.50",
        "credited_hours": "52.50",
        "contributions": DUE_EXAMPLE,
        "due": "240.37",
        "paid": "0.00",
        "balance": "240.37",
        "interest": "0.00",
        "liquidated_damages": "0.00",
    },
}


def money(words: str) -> Money:
    """A sum of money that may be negative."""
    return Money(digits=12, signed=True, required=True, metadata=described(words))


class StatementQuery(Request):
    """Which months, as known when, and reckoned to which day."""

    from_ = Text(data_key="from", most=10, metadata=described("First month (2021-07) or a day in it."))
    to = Text(most=10, metadata=described("Last month (2021-09) or a day in it."))
    on = Day(metadata=described("The day to which lateness is reckoned; today if left out."))
    known_at = KnownAt()


class Sums(Answer):
    """Hours and contributions added up."""

    lines = Whole(required=True, metadata=described("Lines that stand."))
    hours = Hours(digits=12, signed=True, required=True, metadata=described("Hours worked."))
    credited_hours = Hours(digits=12, signed=True, required=True, metadata=described("Hours that count."))
    contributions = Contributions(required=True, metadata=described("Due, by fund; null where nothing of it is known."))


class StatementMonth(Sums):
    """What was reported and is due for the weeks that end in a month, under one agreement."""

    month = Month(required=True)
    agreement = fields.String(required=True)
    unknown_lines = fields.Dict(
        keys=fields.String(),
        values=Whole(),
        required=True,
        metadata=described("Lines on which what a fund is owed is not known, by fund: the sums leave them out."),
    )


class Lateness(Answer):
    """How late a report and its money are, and what that costs; null where no rule for it is known."""

    due_on = Day(required=True, allow_none=True)
    reported_days_late = Whole(required=True, allow_none=True)
    paid_days_late = Whole(required=True, allow_none=True)
    interest = Money(digits=12, required=True, allow_none=True)
    liquidated_damages = Money(digits=12, required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True, metadata=described("What is not known, and who can say it."))


class StatementReport(Answer):
    """One report with hours of this employer, what it owes, and what has been paid for it."""

    remittance = fields.UUID(required=True)
    report = fields.String(required=True)
    agreement = fields.String(required=True)
    recorded_at = Instant(required=True)
    first_week = Day(required=True)
    last_week = Day(required=True)
    lines = Whole(required=True)
    credited_hours = Hours(digits=12, signed=True, required=True)
    contributions = Contributions(required=True)
    due = money("All that is known to be due.")
    paid = money("Paid for it by this employer.")
    balance = money("Due less paid.")
    paid_on = Day(required=True, allow_none=True, metadata=described("The day from which all of it was paid."))
    late = fields.Nested(Lateness, required=True)


class StatementTotals(Sums):
    """The sums of the months and of the reports."""

    due = money("All that is known to be due.")
    paid = money("Paid.")
    balance = money("Due less paid.")
    interest = money("Interest, as far as a rule for it is known.")
    liquidated_damages = money("Liquidated damages, as far as a rule for them is known.")


class Statement(Answer):
    """What an employer reported, owes and paid, month by month and report by report."""

    employer = fields.String(required=True)
    contributor_class = fields.String(required=True, allow_none=True)
    from_ = Month(required=True, data_key="from")
    to = Month(required=True)
    on = Day(required=True)
    known_at = Whole(required=True)
    months = fields.List(fields.Nested(StatementMonth), required=True)
    reports = fields.List(fields.Nested(StatementReport), required=True)
    missing = fields.List(
        Month(), required=True, metadata=described("Months without a report after the employer's first month.")
    )
    totals = fields.Nested(StatementTotals, required=True)
