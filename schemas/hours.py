"""A member's lines in the hours ledger."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Choice, Day, Hours, Instant, KnownAt, Request, Text, Whole, WrittenWhole
from schemas.remittances import BASES, described

HOURS_EXAMPLE: dict[str, Any] = {
    "member": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
    "known_at": 815,
    "totals": {"lines": 1, "hours": "52.50", "credited": "52.50"},
    "lines": [
        {
            "id": 40012,
            "employer": "ACME",
            "remittance": "0b6a4d0e-6f0a-4f7e-8d70-6f1f6f3f0c55",
            "report": "2021-W30",
            "decision": None,
            "line": 1,
            "week_ending": "2021-07-31",
            "basis": "hourly",
            "hours": "52.50",
            "hours_guaranteed": "40.00",
            "occupation": "3525",
            "local": "80",
            "production": "Feature A",
            "credited": "52.50",
            "imputation": "worked",
            "reverses": None,
            "reversed_by": None,
            "position": 812,
            "recorded_at": "2021-08-03T17:04:05.250000Z",
        }
    ],
    "next": None,
}


class HoursQuery(Request):
    """Which lines, and as known when."""

    from_ = Day(data_key="from", metadata=described("First week-ending date, itself included."))
    to = Day(metadata=described("Last week-ending date, itself included."))
    known_at = KnownAt()
    limit = WrittenWhole(least=1, most=10_000, load_default=1_000, metadata=described("Lines in one answer."))
    cursor = Text(metadata=described("The `next` of the answer before."))


class LedgerLine(Answer):
    """One entry of the hours ledger. A reversal carries the negatives of the entry that it reverses."""

    id = Whole(required=True, metadata=described("The ledger line's own number."))
    employer = fields.String(
        required=True, allow_none=True, metadata=described("null: hours that trustees credit, of no employer.")
    )
    remittance = fields.UUID(
        required=True, allow_none=True, metadata=described("The report it came in; null for a decision.")
    )
    report = fields.String(required=True, allow_none=True, metadata=described("The report's name."))
    decision = fields.UUID(
        required=True, allow_none=True, metadata=described("The decision it rests on, as in `credits`; null: reported.")
    )
    line = Whole(required=True, metadata=described("Line of the report, or of the decision; the first is 1."))
    week_ending = Day(required=True)
    basis = Choice(*BASES, "decision", required=True)
    hours = Hours(signed=True, required=True, allow_none=True, metadata=described("Hours worked."))
    hours_guaranteed = Hours(signed=True, required=True, allow_none=True)
    occupation = fields.String(required=True, allow_none=True)
    local = fields.String(required=True, allow_none=True)
    production = fields.String(required=True, allow_none=True)
    credited = Hours(signed=True, required=True, metadata=described("Hours that count."))
    imputation = fields.String(required=True, metadata=described("What the counted hours rest on."))
    reverses = Whole(required=True, allow_none=True, metadata=described("The ledger line that this one takes back."))
    reversed_by = Whole(required=True, allow_none=True, metadata=described("The ledger line that takes this one back."))
    position = Whole(required=True, metadata=described("Ledger position at which it was recorded."))
    recorded_at = Instant(required=True)


class HoursTotals(Answer):
    """Sums over all lines asked for, on this page or not; what is reversed adds up to nothing."""

    lines = Whole(required=True)
    hours = Hours(digits=12, signed=True, required=True, metadata=described("Sum of hours worked."))
    credited = Hours(digits=12, signed=True, required=True, metadata=described("Sum of hours that count."))


class HoursLedger(Answer):
    """A member's lines in the order of their weeks, then as they were recorded."""

    member = fields.UUID(required=True)
    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    totals = fields.Nested(HoursTotals, required=True)
    lines = fields.List(fields.Nested(LedgerLine), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata=described("Cursor of the next lines; null at the end.")
    )
