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

COVER_CHANGE_EXAMPLE: dict[str, Any] = {
    "member": "M-000123",
    "member_id": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
    "plan": "mpi-health",
    "change": "gained",
    "from": "2022-01-01",
    "until": "2022-06-30",
    "before": "398.50 hours count for 25 April 2021 to 23 October 2021; 400 are needed to keep cover.",
    "after": "412.50 hours count for 25 April 2021 to 23 October 2021; 400 are needed to keep cover.",
    "begun": None,
}
NDJSON_EXAMPLE = (
    '{"member":"M-000123","week_ending":"2021-07-31","hours_worked":"52.50"}\n'
    '{"member":"M-000124","week_ending":"2021-07-31","hours_worked":"40.00","days_worked":5}\n'
)

# No public source tells the basic rate of active health.
DUE_EXAMPLE = {"active-health": None, "individual-account": "129.78", "pension": "94.84", "retiree-health": "15.75"}
RECEIPT_EXAMPLE: dict[str, Any] = {
    "id": "0b6a4d0e-6f0a-4f7e-8d70-6f1f6f3f0c55",
    "position": 812,
    "lines": 1,
    "hours": "52.50",
    "credited_hours": "52.50",
    "contributions": DUE_EXAMPLE,
    "cover_changes": {"gained": 1, "lost": 0, "members": [COVER_CHANGE_EXAMPLE]},
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
            "employer": "ACME",
            "credited": "52.50",
            "imputation": "worked",
            "contributions": DUE_EXAMPLE,
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
    employer = Code(metadata=described("Files only, required there unless the file has a column for it."))
    report = Text(most=64, metadata=described("Files only, required there unless the file has a column for it."))
    agreement = Code(metadata=described("Files only, required there unless the file has a column for it."))
    control_lines = WrittenWhole(metadata=described("Files only: lines below the header, as the sender counted."))
    control_hours = Hours(
        digits=12, metadata=described("Files only: sum of hours_worked over the whole file, as the sender counted.")
    )


class Contributions(fields.Dict):
    """Money due, by fund; null where the fund is owed something that cannot be reckoned: no rate is known."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=fields.String(), values=Money(digits=12, signed=True, allow_none=True), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        # PostgreSQL keeps no order of names, so here is one.
        return super()._serialize(dict(sorted(value.items())), attr, obj, **kwargs)  # type: ignore[no-untyped-call]


class CoverChange(Answer):
    """A spell of cover that a member gains or loses, and why."""

    member = fields.String(required=True, metadata=described("The member's number."))
    member_id = fields.UUID(required=True)
    plan = fields.String(required=True)
    change = Choice("gained", "lost", required=True)
    from_ = Day(required=True, data_key="from", attribute="from", metadata=described("The first day that changes."))
    until = Day(required=True, metadata=described("The last day that changes without a break."))
    before = fields.String(required=True, metadata=described("Why there was cover on the first day, or why not."))
    after = fields.String(required=True, metadata=described("Why there is cover on it now, or why not."))
    begun = fields.String(
        required=True,
        allow_none=True,
        metadata=described(
            "Where the benefit period had begun by the day this was recorded: when, and what the plan's own rule "
            "does with such a period. Null otherwise."
        ),
    )


class CoverChanges(Answer):
    """How many members' cover changed on any benefit period, and for the first of them what and why."""

    gained = Whole(required=True)
    lost = Whole(required=True)
    members = fields.List(
        fields.Nested(CoverChange),
        required=True,
        metadata=described("The first 20 members whose cover changes. Employers are not told whose."),
    )


class Remark(Answer):
    """Something to look at. It never stops a report."""

    line = Whole(
        required=True, allow_none=True, metadata=described("Line of the report; null when it is about all of it.")
    )
    code = fields.String(required=True, metadata={"examples": ["already_reported"]})
    message = fields.String(required=True)


class Recorded(Answer):
    """What was recorded, of one report or of several together."""

    position = Whole(required=True, metadata=described("Position in the ledger; usable as known_at."))
    lines = Whole(required=True, metadata=described("Number of lines."))
    hours = Hours(digits=12, required=True, metadata=described("Sum of hours worked."))
    credited_hours = Hours(
        digits=12, required=True, metadata=described("Sum of hours that count: worked or guaranteed, once each.")
    )
    contributions = Contributions(required=True, metadata=described("Contributions due, by fund."))
    cover_changes = fields.Nested(CoverChanges, required=True)
    problems = fields.List(fields.Nested(Remark), required=True)


class ReportReceipt(Recorded):
    """What was recorded of one report of a file that held several."""

    id = fields.UUID(required=True)
    employer = fields.String(required=True)
    report = fields.String(required=True)
    agreement = fields.String(required=True)


class Receipt(Recorded):
    """What was recorded."""

    id = fields.UUID(
        required=True, allow_none=True, metadata=described("Null where a file says whose reports it holds.")
    )
    remittances = fields.List(
        fields.Nested(ReportReceipt),
        metadata=described("The receipt of each report, where a file says in columns whose reports it holds."),
    )
    dry_run = Flag(metadata=described("True when nothing was stored; left out otherwise."))


class ReportedLine(Particulars, Answer):
    """What a line says, and what it counts."""

    member = fields.String(required=True, metadata={"description": "The member's number.", "examples": ["M-000123"]})
    employer = fields.String(required=True, metadata=described("Whose hours they are; the report's unless moved."))
    week_ending = Day(required=True)
    basis = Choice(*BASES, required=True)
    credited = Hours(required=True, metadata=described("Hours that count."))
    imputation = fields.String(
        required=True, metadata={"description": "What the counted hours rest on.", "examples": ["worked"]}
    )
    contributions = Contributions(required=True)


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
