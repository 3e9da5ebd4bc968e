"""Hours that trustees credit by decision, and decisions that take them back."""

from typing import Any

from marshmallow import fields

from schemas.fields import (
    Answer,
    Choice,
    Day,
    Flag,
    Hours,
    Instant,
    KnownAt,
    Request,
    Text,
    Whole,
    WrittenFlag,
    refused,
)
from schemas.remittances import CoverChanges, Remark, described

KINDS = ("credit", "dispute", "reversal", "restoration")
MOST_LINES = 1_000
CREDIT_EXAMPLE: dict[str, Any] = {
    "reason": "Appeal 41 of 2021: hours of a production that was never reported.",
    "lines": [{"week_ending": "2021-07-31", "hours": "40.00"}],
}
CREDIT_ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "3f6d1b2c-8a4e-4d7f-9b1c-5e0a7c6d4b21",
    "member": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
    "kind": "credit",
    "undoes": None,
    "undone_by": None,
    "author": "0f3c2a5d9e117a4b",
    "reason": CREDIT_EXAMPLE["reason"],
    "position": 843,
    "recorded_at": "2021-09-03T17:04:05.250000Z",
    "credited_hours": "40.00",
    "lines": [{"week_ending": "2021-07-31", "hours": "40.00", "entry": 40311}],
}
CREDIT_RECEIPT_EXAMPLE: dict[str, Any] = {
    **CREDIT_ANSWER_EXAMPLE,
    "cover_changes": {"gained": 1, "lost": 0, "members": []},
    "problems": [],
}
REVERSAL_EXAMPLE: dict[str, Any] = {"reason": "The employer has reported the hours after all."}
REVERSAL_RECEIPT_EXAMPLE: dict[str, Any] = {
    **CREDIT_RECEIPT_EXAMPLE,
    "id": "b0a9d8c7-6e5f-4a3b-8c2d-1f0e9d8c7b61",
    "kind": "reversal",
    "undoes": CREDIT_ANSWER_EXAMPLE["id"],
    "reason": REVERSAL_EXAMPLE["reason"],
    "position": 844,
    "credited_hours": "-40.00",
    "lines": [{"week_ending": "2021-07-31", "hours": "-40.00", "entry": 40312}],
    "cover_changes": {"gained": 0, "lost": 1, "members": []},
}


class DecidedWeek(Request):
    """Hours of one week."""

    week_ending = Day(required=True, metadata=described("The Saturday, or other last day, of the payroll week."))
    hours = Hours(digits=4, required=True, metadata=described("Hours that count from now on, more than none."))


def some_weeks(lines: list[Any]) -> None:
    """Refuse a decision about no week, and one about too many."""
    if not lines:
        raise refused("no_lines", "Name at least one week with its hours.")
    if len(lines) > MOST_LINES:
        raise refused("too_many_lines", f"At most {MOST_LINES:,} weeks are decided at once. Send the rest after it.")


class NewCredit(Request):
    """Hours that trustees credit to a member."""

    reason = Text(required=True, most=1000, metadata={"examples": [CREDIT_EXAMPLE["reason"]]})
    lines = fields.List(
        fields.Nested(DecidedWeek),
        required=True,
        validate=some_weeks,
        metadata={"minItems": 1, "maxItems": MOST_LINES},
    )


class NewReversal(Request):
    """Why a decision is taken back."""

    reason = Text(required=True, most=1000)


class DecisionQuery(Request):
    """The query of a decision."""

    dry_run = WrittenFlag(load_default=False, metadata=described("Give the same answer and store nothing."))


class CreditsQuery(Request):
    """As known when."""

    known_at = KnownAt()


class DecidedLine(Answer):
    """Hours of one week as the ledger has them."""

    week_ending = Day(required=True)
    hours = Hours(signed=True, required=True)
    entry = Whole(required=True, metadata=described("The ledger line."))


class Credit(Answer):
    """Hours that a decision credits (of its own or on a dispute), takes back (with negatives) or restores."""

    id = fields.UUID(required=True)
    member = fields.UUID(required=True)
    kind = Choice(*KINDS, required=True)
    undoes = fields.UUID(required=True, allow_none=True, metadata=described("The decision that this one takes back."))
    undone_by = fields.UUID(
        required=True, allow_none=True, metadata=described("The decision that takes this one back; null: it holds.")
    )
    author = fields.String(required=True)
    reason = fields.String(required=True)
    position = Whole(required=True, metadata=described("Ledger position from which it is known."))
    recorded_at = Instant(required=True)
    credited_hours = Hours(digits=12, signed=True, required=True, metadata=described("Sum of its hours."))
    lines = fields.List(fields.Nested(DecidedLine), required=True)


class DecisionReceipt(Answer):
    """What a decision about hours comes to."""

    cover_changes = fields.Nested(CoverChanges, required=True)
    problems = fields.List(fields.Nested(Remark), required=True)
    dry_run = Flag(metadata=described("True when nothing was stored; left out otherwise."))


class CreditReceipt(DecisionReceipt, Credit):
    """A credit, and whether the member's cover changes."""


class MemberCredits(Answer):
    """The decisions about a member's hours, in the order in which they were recorded."""

    member = fields.UUID(required=True)
    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    credits = fields.List(fields.Nested(Credit), required=True)
