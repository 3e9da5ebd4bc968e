"""Reports that seem to be missing: months that employers skipped, weeks that members' work has a gap in."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Choice, Code, Day, Hours, KnownAt, Month, Request, Text, Whole, WrittenWhole
from schemas.remittances import described

KINDS = ("employer", "member")
MISSING_EXAMPLE: dict[str, Any] = {
    "known_at": 860,
    "from": "2020-09-01",
    "to": "2021-08-31",
    "weeks": 30,
    "items": [
        {
            "kind": "employer",
            "text": "ACME reported hours of April 2021 and of July 2021, and none of the 2 months between them.",
            "employer": "ACME",
            "member": None,
            "number": None,
            "gap": {"from": "2021-05-01", "to": "2021-06-30", "weeks": None, "months": ["2021-05", "2021-06"]},
            "hours_before": "5210.00",
            "hours_after": "4980.50",
            "first_week": None,
            "last_week": None,
            "weeks_worked": None,
        },
        {
            "kind": "member",
            "text": "M-000123 worked 41 weeks at ACME from 5 September 2020 to 31 July 2021, and none of the 3 weeks "
            "after the one to 8 May 2021.",
            "employer": "ACME",
            "member": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
            "number": "M-000123",
            "gap": {"from": "2021-05-15", "to": "2021-05-29", "weeks": 3, "months": None},
            "hours_before": "52.50",
            "hours_after": "48.00",
            "first_week": "2020-09-05",
            "last_week": "2021-07-31",
            "weeks_worked": 41,
        },
    ],
    "next": None,
}


class MissingReportsQuery(Request):
    """Where to look, and as known when."""

    from_ = Day(data_key="from", metadata=described("First day looked at; a year before the last one if left out."))
    to = Day(metadata=described("Last day looked at; today (UTC) if left out."))
    employer = Code(metadata=described("Only this employer."))
    member = fields.UUID(metadata=described("Only this member, and no employers' months."))
    weeks = WrittenWhole(
        least=2,
        most=520,
        load_default=30,
        metadata=described("Look at members with at least so many weeks for one employer."),
    )
    known_at = KnownAt()
    limit = WrittenWhole(least=1, most=1_000, load_default=200, metadata=described("Items in one answer."))
    cursor = Text(most=400, metadata=described("The `next` of the answer before."))


class Gap(Answer):
    """What is missing: whole months of an employer, or weeks of a member by their last days."""

    first = Day(data_key="from", required=True)
    last = Day(data_key="to", required=True)
    weeks = Whole(required=True, allow_none=True)
    months = fields.List(Month(), required=True, allow_none=True)


class MissingReport(Answer):
    """A break in a pattern: an employer's months, or a member's weeks for one employer."""

    kind = Choice(*KINDS, required=True)
    text = fields.String(required=True, metadata=described("The same as a sentence."))
    employer = fields.String(required=True)
    member = fields.UUID(required=True, allow_none=True)
    number = fields.String(required=True, allow_none=True, metadata=described("The member's number."))
    gap = fields.Nested(Gap, required=True)
    hours_before = Hours(
        digits=12, required=True, metadata=described("Hours that count of the month or week before the gap.")
    )
    hours_after = Hours(
        digits=12,
        required=True,
        allow_none=True,
        metadata=described("Those of the month or week after it; null where nothing came after."),
    )
    first_week = Day(required=True, allow_none=True, metadata=described("The member's first week there in that time."))
    last_week = Day(required=True, allow_none=True)
    weeks_worked = Whole(required=True, allow_none=True)


class MissingReports(Answer):
    """First employers' months by employer, then members' weeks by employer and number."""

    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    first = Day(data_key="from", required=True)
    last = Day(data_key="to", required=True)
    weeks = Whole(required=True)
    items = fields.List(fields.Nested(MissingReport), required=True)
    next = fields.String(required=True, allow_none=True, metadata=described("Cursor; null at the end."))
