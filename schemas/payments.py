"""Employers' payments on the wire."""

from typing import Any

from marshmallow import fields

from schemas.employers import EmployerCode
from schemas.fields import Answer, Code, Day, Instant, KnownAt, Money, Request, Text, Whole, WrittenWhole, refused
from schemas.remittances import RECEIPT_EXAMPLE, CoverChanges, Remark, described

MOST_ALLOCATIONS = 1_000
PAYMENT_EXAMPLE: dict[str, Any] = {
    "employer": "ACME",
    "received": "2021-08-10",
    "amount": "389.52",
    "reference": "EFT 99120",
    "allocations": [{"remittance": RECEIPT_EXAMPLE["id"], "amount": "389.52"}],
}
PAYMENT_ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "3d1f6b90-5b1a-4f0b-9a63-7c1f0a4f8e21",
    "position": 814,
    "recorded_at": "2021-08-10T09:30:00.125000Z",
    "employer": "ACME",
    "received": "2021-08-10",
    "amount": "389.52",
    "reference": "EFT 99120",
    "reversed_at": None,
    "allocations": [
        {
            "remittance": RECEIPT_EXAMPLE["id"],
            "report": "2021-W30",
            "fund": None,
            "amount": "389.52",
            "due": "389.52",
            "paid": "389.52",
            "paid_on": "2021-08-10",
        }
    ],
}
PAYMENT_RECEIPT_EXAMPLE: dict[str, Any] = {
    **PAYMENT_ANSWER_EXAMPLE,
    "cover_changes": {"gained": 0, "lost": 0, "members": []},
    "problems": [],
}
PAYMENT_REVERSAL_EXAMPLE: dict[str, Any] = {"reason": "The transfer was called back by the bank."}


def some_allocations(allocations: list[Any]) -> None:
    """Refuse a payment for nothing, and one for more reports than are read at once."""
    if not allocations:
        raise refused("no_allocations", "Say for which report the payment is, at least one.")
    if len(allocations) > MOST_ALLOCATIONS:
        raise refused("too_many_allocations", f"At most {MOST_ALLOCATIONS:,} reports are paid for in one call.")


class NewAllocation(Request):
    """What part of a payment is for which report, and for which fund of it."""

    remittance = fields.UUID(required=True, metadata=described("The report that is paid for."))
    fund = Code(allow_none=True, load_default=None, metadata=described("One fund; all funds together if left out."))
    amount = Money(required=True)


class NewPayment(Request):
    """Money that came from an employer. The allocations add up to the amount."""

    employer = EmployerCode(required=True, metadata={"examples": ["ACME"]})
    received = Day(required=True, metadata=described("The day on which the money came."))
    amount = Money(required=True, metadata=described("All of it: a control total of the allocations."))
    reference = Text(allow_none=True, load_default=None, most=200, metadata={"examples": ["EFT 99120"]})
    allocations = fields.List(
        fields.Nested(NewAllocation),
        required=True,
        validate=some_allocations,
        metadata={"minItems": 1, "maxItems": MOST_ALLOCATIONS},
    )


class Allocation(Answer):
    """A part of a payment, with what the report owes and what has been paid for it in all, at ``known_at``."""

    remittance = fields.UUID(required=True)
    report = fields.String(required=True)
    fund = fields.String(required=True, allow_none=True)
    amount = Money(required=True)
    due = Money(digits=12, signed=True, required=True, metadata=described("What is known to be due for the report."))
    paid = Money(digits=12, signed=True, required=True, metadata=described("Paid for the report by all payments."))
    paid_on = Day(required=True, allow_none=True, metadata=described("The day from which all that is due was paid."))


class Payment(Answer):
    """A payment as it was posted."""

    id = fields.UUID(required=True)
    position = Whole(required=True)
    recorded_at = Instant(required=True)
    employer = fields.String(required=True)
    received = Day(required=True)
    amount = Money(digits=12, required=True)
    reference = fields.String(required=True, allow_none=True)
    reversed_at = Whole(required=True, allow_none=True, metadata=described("The position at which it was taken back."))
    allocations = fields.List(fields.Nested(Allocation), required=True)


class PaymentReceipt(Payment):
    """A payment, and whose cover it changes under plans that count paid hours only."""

    cover_changes = fields.Nested(CoverChanges, required=True)
    problems = fields.List(fields.Nested(Remark), required=True)


class PaymentReversal(Request):
    """Why a payment is taken back."""

    reason = Text(required=True, most=1000, metadata={"examples": [PAYMENT_REVERSAL_EXAMPLE["reason"]]})


class PaymentQuery(Request):
    """As known when."""

    known_at = KnownAt()


class PaymentsQuery(Request):
    """Whose payments, and as known when."""

    employer = EmployerCode(required=True)
    known_at = KnownAt()
    limit = WrittenWhole(least=1, most=1_000, load_default=100, metadata=described("Payments in one answer."))
    cursor = Text(metadata=described("The `next` of the answer before."))


class Payments(Answer):
    """An employer's payments, the oldest position first."""

    known_at = Whole(required=True)
    items = fields.List(fields.Nested(Payment), required=True)
    next = fields.String(required=True, allow_none=True)
