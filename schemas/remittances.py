"""Remittance reports, their corrections, and what is answered to each."""

from typing import Any

from marshmallow import fields

from schemas.fields import (
    Answer,
    Choice,
    Code,
    Day,
    Flag,
    Hours,
    Instant,
    KnownAt,
    Money,
    Request,
    Text,
    Whole,
    WrittenFlag,
    WrittenWhole,
)

BASES = ("hourly", "on_call", "weekly")
STATES = ("posted", "corrected", "void")
REPORT_EXAMPLE: dict[str, Any] = {
    "employer": "ACME",
    "report": "2021-W30",
    "agreement": "basic-2018",
    "control": {"lines": 1, "hours": "52.50"},
    "lines": [
        {
            "member": "M-000123",
            "week_ending": "2021-07-31",
            "basis": "hourly",
            "hours_worked": "52.50",
            "hours_guaranteed": "40.00",
            "days_worked": 5,
            "scale_rate": "41.20",
            "occupation": "3525",
            "local": "80",
            "production": "Feature A",
        }
    ],
}
CSV_EXAMPLE = "member,week_ending,hours_worked,hours_guaranteed,days_worked\nM-000123,2021-07-31,52.50,40.00,5\n"

RECEIPT_EXAMPLE: dict[str, Any] = {
    "id": "0b6a4d0e-6f0a-4f7e-8d70-6f1f6f3f0c55",
    "position": 812,
    "lines": 1,
    "hours": "52.50",
    "credited_hours": "52.50",
    "contributions": {},
    "cover_changes": {"gained": 1, "lost": 0},
    "problems": [],
}
REMITTANCE_EXAMPLE: dict[str, Any] = {
    "id": RECEIPT_EXAMPLE["id"],
    "employer": "ACME",
    "report": "2021-W30",
    "agreement": "basic-2018",
    "position": 812,
    "recorded_at": "2021-08-03T17:04:05.250000Z",
    "known_at": 815,
    "hours": "52.50",
    "credited_hours": "52.50",
    "lines": [
        {
            **REPORT_EXAMPLE["lines"][0],
            "line": 1,
            "member_id": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
            "credited": "52.50",
            "imputation": "worked",
            "state": "posted",
            "entry": 40012,
            "position": 812,
        }
    ],
    "next": None,
}


def described(words: str) -> dict[str, Any]:
    """Field metadata with a description."""
    return {"description": words}


class Particulars:
    """What a line may say beside whose week it is. Null says that there is nothing to say."""

    hours_worked = Hours(digits=4, allow_none=True, metadata=described("Hours worked in the week."))
    hours_guaranteed = Hours(
        digits=4, allow_none=True, metadata=described("Hours the contract guarantees for the week, worked or not.")
    )
    days_worked = Whole(most=7, allow_none=True, metadata=described("Days on which the member worked."))
    scale_rate = Money(digits=6, allow_none=True, metadata=described("Scale rate of pay, per hour."))
    occupation = Text(allow_none=True, metadata={"examples": ["3525"]})
    local = Text(allow_none=True, metadata={"examples": ["80"]})
    production = Text(allow_none=True, metadata={"examples": ["Feature A"]})


class RemittanceLine(Particulars, Request):
    """One member's week under one occupation. At least one of the two kinds of hours is given."""

    member = Text(required=True, most=64, metadata={"description": "The member's number.", "examples": ["M-000123"]})
    week_ending = Day(required=True, metadata=described("The Saturday, or other last day, of the payroll week."))
    basis = Choice(*BASES, load_default="hourly", metadata=described("How the work is paid."))


class Control(Request):
    """What the sender counted. A report that adds up to something else is refused."""

    lines = Whole(metadata=described("Number of lines."))
    hours = Hours(digits=12, metadata=described("Sum of hours_worked over all lines."))


class RemittanceReport(Request):
    """An employer's remittance report."""

    employer = Code(required=True, metadata={"examples": ["ACME"]})
    report = Text(required=True, most=64, metadata={"description": "Its name.", "examples": ["2021-W30"]})
    agreement = Code(required=True, metadata={"examples": ["basic-2018"]})
    control = fields.Nested(Control)
    lines = fields.List(fields.Nested(RemittanceLine), required=True, metadata={"minItems": 1, "maxItems": 500_000})


class NewRemittanceQuery(Request):
    """The query of a report. For a CSV file it also says what the file itself cannot."""

    dry_run = WrittenFlag(load_default=False, metadata=described("Give the same answer and store nothing."))
    employer = Code(metadata=described("CSV only, required there."))
    report = Text(most=64, metadata=described("CSV only, required there."))
    agreement = Code(metadata=described("CSV only, required there."))
    control_lines = WrittenWhole(metadata=described("CSV only: lines below the header, as the sender counted."))
    control_hours = Hours(digits=12, metadata=described("CSV only: sum of hours_worked, as the sender counted."))


class CoverChanges(Answer):
    """How many members' cover changed on any benefit period."""

    gained = Whole(required=True)
    lost = Whole(required=True)


class Remark(Answer):
    """Something to look at. It never stops a report."""

    line = Whole(
        required=True, allow_none=True, metadata=described("Line of the report; null when it is about all of it.")
    )
    code = fields.String(required=True, metadata={"examples": ["already_reported"]})
    message = fields.String(required=True)


class Receipt(Answer):
    """What was recorded."""

    id = fields.UUID(required=True)
    position = Whole(required=True, metadata=described("Position in the ledger; usable as known_at."))
    lines = Whole(required=True, metadata=described("Number of lines."))
    hours = Hours(digits=12, required=True, metadata=described("Sum of hours worked."))
    credited_hours = Hours(
        digits=12, required=True, metadata=described("Sum of hours that count: worked or guaranteed, once each.")
    )
    contributions = fields.Dict(
        keys=fields.String(), values=Money(), required=True, metadata=described("Contributions due, by fund.")
    )
    cover_changes = fields.Nested(CoverChanges, required=True)
    problems = fields.List(fields.Nested(Remark), required=True)
    dry_run = Flag(metadata=described("True when nothing was stored; left out otherwise."))


class ReportedLine(Particulars, Answer):
    """What a line says, and what it counts."""

    member = fields.String(required=True, metadata={"description": "The member's number.", "examples": ["M-000123"]})
    week_ending = Day(required=True)
    basis = Choice(*BASES, required=True)
    credited = Hours(required=True, metadata=described("Hours that count."))
    imputation = fields.String(
        required=True, metadata={"description": "What the counted hours rest on.", "examples": ["worked"]}
    )


class StandingLine(ReportedLine):
    """A line of a report as it stands."""

    line = Whole(required=True, metadata=described("Line of the report; the first is 1."))
    member_id = fields.UUID(required=True)
    state = Choice(
        *STATES, required=True, metadata=described("A void line counts nothing; what it said last is shown.")
    )
    entry = Whole(required=True, metadata=described("The ledger line that stands, or stood last."))
    position = Whole(required=True, metadata=described("Position at which the line came to stand so."))


class RemittanceQuery(Request):
    """The query of a reading of one report."""

    known_at = KnownAt()
    limit = WrittenWhole(least=1, most=10_000, load_default=1_000, metadata=described("Lines in one answer."))
    cursor = Text(metadata=described("The `next` of the answer before."))


class Remittance(Answer):
    """A report as it stood at ``known_at``."""

    id = fields.UUID(required=True)
    employer = fields.String(required=True)
    report = fields.String(required=True)
    agreement = fields.String(required=True)
    position = Whole(required=True, metadata=described("Position at which the report was recorded."))
    recorded_at = Instant(required=True)
    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    hours = Hours(digits=12, required=True, metadata=described("Sum of hours worked of the lines that stand."))
    credited_hours = Hours(
        digits=12, required=True, metadata=described("Sum of hours that count of the lines that stand.")
    )
    lines = fields.List(fields.Nested(StandingLine), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata=described("Cursor of the next lines; null at the end.")
    )
