"""Disputes: hours that a member says are missing, and how each one ended."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.credits import MOST_LINES, DecidedWeek, DecisionReceipt
from schemas.fields import (
    Answer,
    Choice,
    Code,
    Day,
    Hours,
    Instant,
    KnownAt,
    Message,
    Request,
    Text,
    Whole,
    WrittenWhole,
    refused,
)
from schemas.remittances import described

OUTCOMES = ("granted", "rejected")
STATES = ("open", *OUTCOMES)
WEEK_HOURS = 168_00
DISPUTE_EXAMPLE: dict[str, Any] = {
    "employer": "ACME",
    "from": "2021-07-17",
    "to": "2021-07-31",
    "hours": "120.00",
    "evidence": "Pay stubs of three weeks on Feature A, sent by post.",
}
RESOLUTION_EXAMPLE: dict[str, Any] = {
    "outcome": "granted",
    "reason": "The pay stubs show it.",
    "lines": [{"week_ending": "2021-07-17", "hours": "40.00"}, {"week_ending": "2021-07-24", "hours": "40.00"}],
}
RESOLUTION_ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "d2f4b6a8-1c3e-4f5a-8b7d-9e0f1a2b3c41",
    "outcome": "granted",
    "reason": RESOLUTION_EXAMPLE["reason"],
    "author": "0f3c2a5d9e117a4b",
    "position": 851,
    "recorded_at": "2021-09-20T17:04:05.250000Z",
    "credited_hours": "80.00",
    "lines": [
        {"week_ending": "2021-07-17", "hours": "40.00", "entry": 40420},
        {"week_ending": "2021-07-24", "hours": "40.00", "entry": 40421},
    ],
    "undone_by": None,
}
DISPUTE_ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "a5b7c9d1-2e4f-4a6b-9c8d-0e1f2a3b4c51",
    "member": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
    **DISPUTE_EXAMPLE,
    "state": "granted",
    "text": "80.00 of 120.00 hours at ACME, weeks from 17 July 2021 to 31 July 2021, were granted: "
    "The pay stubs show it.",
    "author": "9e117a4b0f3c2a5d",
    "position": 845,
    "recorded_at": "2021-09-06T17:04:05.250000Z",
    "resolution": RESOLUTION_ANSWER_EXAMPLE,
}
RESOLUTION_RECEIPT_EXAMPLE: dict[str, Any] = {
    **DISPUTE_ANSWER_EXAMPLE,
    "cover_changes": {"gained": 1, "lost": 0, "members": []},
    "problems": [],
}


class NewDispute(Request):
    """Weeks whose hours were not reported, or not all of them."""

    employer = Code(metadata=described("The employer's code; left out where the member does not know it."))
    from_ = Day(data_key="from", required=True, metadata=described("Last day of the first payroll week."))
    to = Day(required=True, metadata=described("Last day of the last payroll week, so many weeks later."))
    hours = Hours(digits=5, required=True, metadata=described("All hours that are missing in these weeks."))
    evidence = Text(required=True, most=4000, metadata=described("What shows it, and where it can be seen."))

    @validates_schema
    def belong_together(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse weeks out of order or not whole, and hours that do not fit into them."""
        days = (data["to"] - data["from_"]).days
        wrong: dict[str, list[str]] = {}
        if days < 0:
            cure = f"{data['to']} is before {data['from_']}. Write the first week first."
            wrong["to"] = [Message("out_of_order", cure)]
        elif days % 7:
            cure = f"From {data['from_']} to {data['to']} are no whole weeks. Write the last day of each week."
            wrong["to"] = [Message("not_whole_weeks", cure)]
        elif data["hours"] > WEEK_HOURS * (days // 7 + 1):
            wrong["hours"] = [Message("too_many_hours", "The weeks have fewer hours than that. Check the number.")]
        if not data["hours"]:
            wrong["hours"] = [Message("no_hours", "Write how many hours are missing, more than none.")]
        if wrong:
            raise ValidationError(wrong)


def few_enough(lines: list[Any]) -> None:
    """Refuse a resolution about too many weeks."""
    if len(lines) > MOST_LINES:
        raise refused("too_many_lines", f"At most {MOST_LINES:,} weeks are decided at once.")


class NewResolution(Request):
    """How a dispute ends."""

    outcome = Choice(*OUTCOMES, required=True)
    reason = Text(required=True, most=1000)
    lines = fields.List(
        fields.Nested(DecidedWeek),
        load_default=list,
        validate=few_enough,
        metadata={"maxItems": MOST_LINES, "description": "The hours granted, by week; none where it is rejected."},
    )

    @validates_schema
    def belong_together(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a grant of nothing and a rejection that grants."""
        if data["outcome"] == "granted" and not data["lines"]:
            raise ValidationError({"lines": [Message("no_lines", "Name the weeks and the hours that are granted.")]})
        if data["outcome"] == "rejected" and data["lines"]:
            cure = "A rejected dispute gives no hours. Leave the lines out, or write granted."
            raise ValidationError({"lines": [Message("not_for_rejected", cure)]})


class DisputesQuery(Request):
    """Which disputes, and as known when."""

    state = Choice(*STATES, metadata=described("Only those in this state."))
    known_at = KnownAt()
    limit = WrittenWhole(least=1, most=200, load_default=50, metadata=described("Items in one answer."))
    cursor = Text(metadata=described("The `next` of the answer before."))


class DisputeQuery(Request):
    """As known when."""

    known_at = KnownAt()


class GrantedWeek(Answer):
    """Hours granted for one week as the ledger has them."""

    week_ending = Day(required=True)
    hours = Hours(required=True)
    entry = Whole(required=True, metadata=described("The ledger line."))


class Resolution(Answer):
    """How a dispute ended, and the hours that were granted."""

    id = fields.UUID(required=True)
    outcome = Choice(*OUTCOMES, required=True)
    reason = fields.String(required=True)
    author = fields.String(required=True)
    position = Whole(required=True, metadata=described("Ledger position from which it is known."))
    recorded_at = Instant(required=True)
    credited_hours = Hours(digits=12, required=True)
    lines = fields.List(fields.Nested(GrantedWeek), required=True)
    undone_by = fields.UUID(
        required=True,
        allow_none=True,
        metadata=described("The decision that took the hours back, as in the member's `credits`; null: they stand."),
    )


class Dispute(Answer):
    """Hours that a member says are missing."""

    id = fields.UUID(required=True)
    member = fields.UUID(required=True)
    employer = fields.String(required=True, allow_none=True)
    from_ = Day(data_key="from", required=True)
    to = Day(required=True)
    hours = Hours(required=True)
    evidence = fields.String(required=True)
    state = Choice(*STATES, required=True)
    text = fields.String(required=True, metadata=described("Where it stands, in a sentence."))
    author = fields.String(required=True)
    position = Whole(required=True, metadata=described("Ledger position at which it was recorded."))
    recorded_at = Instant(required=True)
    resolution = fields.Nested(Resolution, required=True, allow_none=True)


class DisputeRead(Dispute):
    """A dispute, as known at a position."""

    known_at = Whole(required=True)


class DisputeList(Answer):
    """Disputes in the order in which they were recorded."""

    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    items = fields.List(fields.Nested(Dispute), required=True)
    next = fields.String(required=True, allow_none=True, metadata=described("Cursor; null at the end."))


class ResolutionReceipt(DecisionReceipt, Dispute):
    """A dispute as it ended, and whether the member's cover changes."""
