"""Dated facts about members that hours do not say."""

import datetime
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.fields import Answer, Choice, Day, Instant, KnownAt, Message, Request, Text, Whole
from schemas.remittances import described

CLAIMS = ("disability",)
DECISIONS = ("unavailable_for_work", "hours_booked")
FIRST_DAY, LAST_DAY = datetime.date(1980, 1, 1), datetime.date(2099, 12, 31)
FACT_EXAMPLE: dict[str, Any] = {
    "kind": "disability",
    "from": "2021-03-01",
    "to": "2021-05-30",
    "claim": "D-2021-0417",
    "claimed": "2021-03-19",
}
FACT_ANSWER_EXAMPLE: dict[str, Any] = {
    **FACT_EXAMPLE,
    "id": "c1d7b0f2-2b0c-4c4e-8f5e-4a7f0f3d2b11",
    "member": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
    "author": "Claims office",
    "reason": None,
    "position": 820,
    "recorded_at": "2021-08-03T17:04:05.250000Z",
    "withdrawn_at": None,
}
FACTS_EXAMPLE: dict[str, Any] = {
    "member": FACT_ANSWER_EXAMPLE["member"],
    "known_at": 820,
    "facts": [FACT_ANSWER_EXAMPLE],
}
WITHDRAWAL_EXAMPLE: dict[str, Any] = {"reason": "Recorded for the wrong member."}
WITHDRAWAL_ANSWER_EXAMPLE: dict[str, Any] = {
    **WITHDRAWAL_EXAMPLE,
    "id": "d0e9f8a7-1b2c-4d3e-9f4a-5b6c7d8e9f01",
    "fact": FACT_ANSWER_EXAMPLE["id"],
    "member": FACT_ANSWER_EXAMPLE["member"],
    "author": "Claims office",
    "position": 821,
    "recorded_at": "2021-08-04T09:30:00.000000Z",
}


class NewFact(Request):
    """A claim (disability) or a decision of the plan (unavailable_for_work, hours_booked), with its days."""

    kind = Choice(*CLAIMS, *DECISIONS, required=True)
    from_ = Day(data_key="from", required=True, metadata=described("First day."))
    to = Day(required=True, metadata=described("Last day, itself included."))
    claim = Text(metadata=described("The claim's number or name; needed for disability, and only for it."))
    claimed = Day(metadata=described("Day on which it was claimed; disability only."))
    author = Text(metadata=described("Who claims or decides; the caller's key by default."))
    reason = Text(most=1000, metadata=described("Why; decisions need one."))

    @validates_schema
    def belong_together(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what does not belong to the kind, and days out of order."""
        wrong: dict[str, list[str]] = {}
        for name, day in (("from", data["from_"]), ("to", data["to"])):
            if not FIRST_DAY <= day <= LAST_DAY:
                cure = f"{day} is not from {FIRST_DAY} to {LAST_DAY}. Check the year."
                wrong[name] = [Message("date_out_of_range", cure)]
        if data["to"] < data["from_"]:
            wrong["to"] = [
                Message("out_of_order", f"{data['to']} is before {data['from_']}. Write the first day first.")
            ]
        if data["kind"] in DECISIONS:
            for name in ("claim", "claimed"):
                if name in data:
                    wrong[name] = [Message("not_for_this_kind", "Only a disability has a claim. Leave this out.")]
            if "reason" not in data:
                wrong["reason"] = [Message("required", "A decision needs its reason. Write it here.")]
        elif "claim" not in data:
            wrong["claim"] = [Message("required", "A disability needs its claim: the number or name. Write it here.")]
        if wrong:
            raise ValidationError(wrong)


class Fact(Answer):
    """A fact as recorded, and when it was taken back if it was."""

    id = fields.UUID(required=True)
    member = fields.UUID(required=True)
    kind = Choice(*CLAIMS, *DECISIONS, required=True)
    from_ = Day(data_key="from", required=True)
    to = Day(required=True)
    claim = fields.String(required=True, allow_none=True)
    claimed = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    author = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    position = Whole(required=True, metadata=described("Ledger position at which it was recorded."))
    recorded_at = Instant(required=True)
    withdrawn_at = Whole(
        required=True, allow_none=True, metadata=described("Ledger position at which it was withdrawn; null: it holds.")
    )


class FactsQuery(Request):
    """As known when."""

    known_at = KnownAt()


class MemberFacts(Answer):
    """A member's facts, in the order in which they were recorded."""

    member = fields.UUID(required=True)
    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    facts = fields.List(fields.Nested(Fact), required=True)


class Withdrawal(Answer):
    """A fact taken back."""

    id = fields.UUID(required=True)
    fact = fields.UUID(required=True)
    member = fields.UUID(required=True)
    author = fields.String(required=True)
    reason = fields.String(required=True)
    position = Whole(required=True, metadata=described("Ledger position from which the fact no longer holds."))
    recorded_at = Instant(required=True)


class NewWithdrawal(Request):
    """Why a fact is taken back."""

    reason = Text(required=True, most=1000)
    author = Text(metadata=described("Who takes it back; the caller's key by default."))
