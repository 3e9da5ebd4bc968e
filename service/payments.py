"""Employers' payments for their reports. A payment is a ledger batch of its own; taking one back is another."""

import operator
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from flask import g
from sqlalchemy import Uuid, bindparam, insert, select, text
from sqlalchemy.orm import Session

from rules import units
from schemas.payments import (
    PAYMENT_ANSWER_EXAMPLE,
    PAYMENT_EXAMPLE,
    PAYMENT_RECEIPT_EXAMPLE,
    PAYMENT_REVERSAL_EXAMPLE,
    NewPayment,
    Payment,
    PaymentQuery,
    PaymentReceipt,
    PaymentReversal,
    Payments,
    PaymentsQuery,
)
from service import clock, coverage, models
from service.accounts import accounts
from service.auth import allow, caller, require_employer
from service.cursors import begun, link_to, part_of
from service.ledger import among, position_at, post_batch, taken_back
from service.models import Batch, Employer, Remittance
from service.once import once, reads
from service.problems import conflict, error, invalid, unknown
from service.wire import Blueprint

PAYMENTS = models.Payment.__table__
REVERSED_AT = taken_back(models.Payment, "reverses", "position")
# Payments known at :position, one row for each allocation.
KNOWN = (
    select(models.Payment, Batch, Remittance.report, REVERSED_AT.label("reversed_at"))
    .join(Batch, Batch.id == models.Payment.batch_id)
    .join(Remittance, Remittance.id == models.Payment.remittance_id)
    .where(models.Payment.reverses.is_(None), Batch.position <= bindparam("position"))
    .order_by(Batch.position, models.Payment.id)
)
ONE = KNOWN.where(Batch.id == bindparam("payment"))
BATCHES_OF = (
    select(Batch.id, Batch.position)
    .where(
        Batch.kind == "payment",
        Batch.position <= bindparam("position"),
        Batch.position > bindparam("after"),
        Batch.id.in_(
            select(models.Payment.batch_id).where(
                models.Payment.employer == bindparam("employer"), models.Payment.reverses.is_(None)
            )
        ),
    )
    .order_by(Batch.position)
    .limit(bindparam("limit"))
)
SOME = KNOWN.where(Batch.id == among("batches", Uuid))
PAID_REPORTS = select(Remittance.id, Remittance.employer, Remittance.report).where(
    Remittance.id == among("remittances", Uuid)
)
# Also the employers to whom hours of a report were moved.
EMPLOYERS_OF = text(
    """
    SELECT DISTINCT remittance_id, employer FROM entries WHERE remittance_id = ANY(CAST(:remittances AS uuid[]))
    """
)
MEMBERS_PAID_FOR = text(
    "SELECT DISTINCT member_id FROM entries WHERE remittance_id = ANY(CAST(:remittances AS uuid[])) ORDER BY member_id"
)

blp = Blueprint("payments", __name__, url_prefix="/v1/payments", description="Employers' payments for their reports.")


@blp.route("", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(NewPayment, example=PAYMENT_EXAMPLE)
@blp.response(201, PaymentReceipt, example=PAYMENT_RECEIPT_EXAMPLE)
def post_payment(session: Session, new: dict[str, Any]) -> Any:
    """Post a payment.

    Its allocations say for which reports the money is, and add up to the amount. A report is paid from the day by
    which what was received for it comes to all that is known to be due.
    """
    if session.get(Employer, new["employer"]) is None:
        raise unknown("employer")
    refuse_wrong(session, new)
    batch_id = uuid.uuid4()
    rows = [
        {
            "id": uuid.uuid4(),
            "batch_id": batch_id,
            "employer": new["employer"],
            "remittance_id": one["remittance"],
            "fund": one["fund"],
            "amount_cents": one["amount"],
            "received": new["received"],
            "reference": new["reference"],
            "reverses": None,
        }
        for one in new["allocations"]
    ]
    receipt = post(session, batch_id, rows, None)
    return {**told(session, batch_id, receipt["position"]), **receipt}, {"Location": f"/v1/payments/{batch_id}"}


@blp.route("/<uuid:payment>/reversal", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(PaymentReversal, example=PAYMENT_REVERSAL_EXAMPLE)
@blp.response(201, PaymentReceipt, example=PAYMENT_RECEIPT_EXAMPLE)
def reverse_payment(session: Session, new: dict[str, Any], payment: uuid.UUID) -> Any:
    """Take a payment back.

    It stays readable, and answers as of an earlier ledger position still count it.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))"), {"name": str(payment)})
    head = position_at(session, None)
    before = told(session, payment, head)
    if before["reversed_at"] is not None:
        detail = f"It was taken back at position {before['reversed_at']}."
        raise conflict("payment-reversed", "The payment is reversed already", detail)
    batch_id = uuid.uuid4()
    rows = [
        {
            **{name: getattr(row, name) for name in ("employer", "remittance_id", "fund", "received", "reference")},
            "id": uuid.uuid4(),
            "batch_id": batch_id,
            "amount_cents": -row.amount_cents,
            "reverses": row.id,
        }
        for row, *_ in session.execute(ONE, {"payment": payment, "position": head})
    ]
    receipt = post(session, batch_id, rows, new["reason"])
    return {**told(session, payment, receipt["position"]), **receipt}, {"Location": f"/v1/payments/{payment}"}


@blp.route("/<uuid:payment>")
@allow("administrator", "auditor", "employer")
@reads
@blp.arguments(PaymentQuery, location="query")
@blp.response(200, Payment, example=PAYMENT_ANSWER_EXAMPLE)
def read_payment(session: Session, query: dict[str, Any], payment: uuid.UUID) -> Any:
    """Read a payment.

    A key of the role employer reads that employer's payments alone.
    """
    found = told(session, payment, position_at(session, query.get("known_at")))
    if caller().role == "employer" and caller().employer != found["employer"]:
        raise unknown("payment")
    return found


@blp.route("")
@allow("administrator", "auditor", "employer")
@reads
@blp.arguments(PaymentsQuery, location="query")
@blp.response(200, Payments, example={"known_at": 815, "items": [PAYMENT_ANSWER_EXAMPLE], "next": None})
def list_payments(session: Session, query: dict[str, Any]) -> Any:
    """List an employer's payments.

    Reversed ones are listed too, with the position at which they were taken back.
    """
    require_employer(caller(), query["employer"])
    if session.get(Employer, query["employer"]) is None:
        raise unknown("employer")
    known_at, after = begun(query)
    position = position_at(session, known_at)
    chosen = {"employer": query["employer"], "position": position, "after": after, "limit": query["limit"] + 1}
    rows = session.execute(BATCHES_OF, chosen).all()
    page, cursor = part_of(rows, query["limit"], position, operator.attrgetter("position"))
    found = session.execute(SOME, {"batches": [row.id for row in page], "position": position}).all()
    return {"known_at": position, "items": payments_of(session, found, position), "next": cursor}, link_to(cursor)


def refuse_wrong(session: Session, new: dict[str, Any]) -> None:
    """Refuse a payment of nothing, from the future, for another's or no report, or that does not add up."""
    remittances = [one["remittance"] for one in new["allocations"]]
    owners: dict[uuid.UUID, set[str]] = defaultdict(set)
    for row in session.execute(EMPLOYERS_OF, {"remittances": remittances}):
        owners[row.remittance_id].add(row.employer)
    errors = []
    if new["received"] > clock.today():
        errors.append(error("/received", "date_out_of_range", f"{new['received']} is in the future. Check the day."))
    for index, one in enumerate(new["allocations"]):
        where = f"/allocations/{index}"
        if one["remittance"] not in owners:
            errors.append(error(f"{where}/remittance", "unknown_remittance", "There is no such report. Check its id."))
        elif new["employer"] not in owners[one["remittance"]]:
            message = f"No hours of {new['employer']} are in this report. Check its id, or whose payment it is."
            errors.append(error(f"{where}/remittance", "other_employer", message))
        if one["amount"] == 0:
            errors.append(error(f"{where}/amount", "no_amount", "This pays nothing. Leave it out, or give the amount."))
    total = sum(one["amount"] for one in new["allocations"])
    if total != new["amount"]:
        message = (
            f"The amount is {units.written(new['amount'])}; the allocations add up to {units.written(total)}. "
            "Correct the wrong one."
        )
        errors.append(error("/amount", "control_mismatch", message))
    if errors:
        raise invalid(errors)


def post(session: Session, batch_id: uuid.UUID, rows: Sequence[dict[str, Any]], reason: str | None) -> dict[str, Any]:
    """Add rows to the ledger in a batch, and say its position, whose cover changes, and what to look at."""
    remittances = sorted({row["remittance_id"] for row in rows})
    session.execute(insert(PAYMENTS), rows)
    members = [row.member_id for row in session.execute(MEMBERS_PAID_FOR, {"remittances": remittances})]
    changes = coverage.cover_changes(session, batch_id, members, payment=True)
    found = accounts(session, remittances, position_at(session, None), batch_id)
    names = {row.id: row.report for row in session.execute(PAID_REPORTS, {"remittances": remittances})}
    remarks = [
        {
            "line": None,
            "code": "paid_more_than_due",
            "message": f"For report {names[one]} {units.written(account.paid)} is paid and "
            f"{units.written(account.due)} is known to be due. Check the amount, or whether a rate is not known.",
        }
        for one, account in found.items()
        if account.paid > account.due
    ]
    g.position = post_batch(session, batch_id, "payment", caller().id, reason)
    return {"position": g.position, "cover_changes": changes, "problems": remarks}


def told(session: Session, payment: uuid.UUID, position: int) -> dict[str, Any]:
    """A payment as answers show it; the not-found problem if there was none at the position."""
    found = payments_of(session, session.execute(ONE, {"payment": payment, "position": position}).all(), position)
    if not found:
        raise unknown("payment")
    return found[0]


def payments_of(session: Session, rows: Iterable[Any], position: int) -> list[dict[str, Any]]:
    """Payments as answers show them, from the rows of their allocations."""
    rows = list(rows)
    standing = accounts(session, {row.remittance_id for row, *_ in rows}, position)
    found: dict[uuid.UUID, dict[str, Any]] = {}
    for row, batch, report, reversed_at in rows:
        payment = found.setdefault(
            batch.id,
            {
                "id": batch.id,
                "position": batch.position,
                "recorded_at": batch.recorded_at,
                "employer": row.employer,
                "received": row.received,
                "amount": 0,
                "reference": row.reference,
                "reversed_at": reversed_at,
                "allocations": [],
            },
        )
        payment["amount"] += row.amount_cents
        payment["allocations"].append(
            {
                "remittance": row.remittance_id,
                "report": report,
                "fund": row.fund,
                "amount": row.amount_cents,
                **{name: getattr(standing[row.remittance_id], name) for name in ("due", "paid", "paid_on")},
            }
        )
    return list(found.values())
