"""Dated facts about members that hours do not say."""

import datetime
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.fields import Answer, Choice, Day, Hours, Instant, KnownAt, Message, Request, Text, Whole
from schemas.remittances import described

CLAIMS = ("disability",)
DECISIONS = ("unavailable_for_work", "hours_booked", "decision")
NAMED = ("attribute", "state", "event", "decision")
HOLDING = ("attribute", "state", "unavailable_for_work", "hours_booked")  # until further notice; the others: one day
OTHERS = ("attribute", "state", "event", "self_payment", "bank_adjustment", "born", "hired", "cycle_start")
NEED_A_REASON = (*DECISIONS, "attribute", "bank_adjustment")  # elections, transfers and decisions
LONG_AGO = datetime.date(1900, 1, 1)
FIRST_DAY, LAST_DAY = datetime.date(1980, 1, 1), datetime.date(2099, 12, 31)
# Which kinds have what; the claim's day may be left out.
USED_BY = {
    "claim": CLAIMS,
    "claimed": CLAIMS,
    "name": NAMED,
    "value": ("attribute",),
    "amount": ("bank_adjustment",),
}
FACT_EXAMPLE: dict[str, Any] = {
    "kind": "disability",
    "from": "2021-03-01",
    "to": "2021-05-30",
    "claim": "D-2021-0417",
    "claimed": "2021-03-19",
}
FACT_ANSWER_EXAMPLE: dict[str, Any] = {
    **FACT_EXAMPLE,
    "name": None,
    "value": None,
    "amount": None,
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
    """A dated thing about a member that lines do not say; docs/terms.md, section 6, tells what each kind is for.

    Elections (attribute), transfers (bank_adjustment) and decisions need a reason; a disability its claim.
    """

    kind = Choice(*CLAIMS, *DECISIONS, *OTHERS, required=True)
    from_ = Day(data_key="from", required=True, metadata=described("First day."))
    to = Day(metadata=described("Last day, itself included. Left out: an attribute or a state holds on; else one day."))
    claim = Text(metadata=described("The claim's number or name; needed for disability, and only for it."))
    claimed = Day(metadata=described("Day on which it was claimed; disability only."))
    name = Text(
        most=60, metadata=described("Which attribute, state, event or decision (cover_granted, cover_refused).")
    )
    value = Text(most=60, metadata=described("What the attribute is."))
    amount = Hours(signed=True, metadata=described("What a bank_adjustment puts in, or takes out with a minus."))
    author = Text(metadata=described("Who claims or decides; the caller's key by default."))
    reason = Text(most=1000, metadata=described("Why; decisions need one."))

    @validates_schema
    def belong_together(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what does not belong to the kind, and days out of order."""
        wrong: dict[str, list[str]] = {}
        kind = data["kind"]
        least = LONG_AGO if kind in ("born", "hired") else FIRST_DAY
        for name in ("from_", "to"):
            if name in data and not least <= (day := data[name]) <= LAST_DAY:
                cure = f"{day} is not from {least} to {LAST_DAY}. Check the year."
                wrong[name.rstrip("_")] = [Message("date_out_of_range", cure)]
        data.setdefault("to", LAST_DAY if kind in HOLDING else data["from_"])
        if data["to"] < data["from_"]:
            cure = f"{data['to']} is before {data['from_']}. Write the first day first."
            wrong["to"] = [Message("out_of_order", cure)]
        for name, kinds in USED_BY.items():
            if name in data and kind not in kinds:
                used = " and ".join(kinds)
                wrong[name] = [Message("not_for_this_kind", f"Only {used} has this. Leave it out.")]
            elif name not in data and kind in kinds and name != "claimed":
                wrong[name] = [Message("required", f"The kind {kind} needs this. Write it here.")]
        if kind in NEED_A_REASON and "reason" not in data:
            cure = "An election, transfer or decision needs its reason. Write it here."
            wrong["reason"] = [Message("required", cure)]
        if kind == "decision" and data.get("name", "cover_granted") not in ("cover_granted", "cover_refused"):
            cure = "A decision is cover_granted or cover_refused. Write one of them."
            wrong["name"] = [Message("not_a_choice", cure)]
        if wrong:
            raise ValidationError(wrong)


class Fact(Answer):
    """A fact as recorded, and when it was taken back if it was."""

    id = fields.UUID(required=True)
    member = fields.UUID(required=True)
    kind = Choice(*CLAIMS, *DECISIONS, *OTHERS, required=True)
    from_ = Day(data_key="from", required=True)
    to = Day(required=True)
    name = fields.String(required=True, allow_none=True)
    value = fields.String(required=True, allow_none=True)
    amount = Hours(required=True, allow_none=True, signed=True)
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
