"""Facts about members that hours do not say: disability claims, decisions of the plan. They are ledger batches too."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from flask import g
from sqlalchemy import Uuid, bindparam, insert, select
from sqlalchemy.orm import Session

from rules.facts import MOST_CLAIMS
from schemas.facts import (
    FACT_ANSWER_EXAMPLE,
    FACT_EXAMPLE,
    FACTS_EXAMPLE,
    WITHDRAWAL_ANSWER_EXAMPLE,
    WITHDRAWAL_EXAMPLE,
    Fact,
    FactsQuery,
    MemberFacts,
    NewFact,
    NewWithdrawal,
    Withdrawal,
)
from service import models
from service.auth import allow, caller, require_member
from service.ledger import among, head_position, lock_members, position_at, post_batch, taken_back
from service.models import Batch, Member
from service.once import once, reads
from service.problems import conflict, unknown
from service.wire import Blueprint

WITHDRAWN_AT = taken_back(models.Fact, "withdraws", "position")
# The facts about :members known at :position, each with its batch and the position at which it was withdrawn.
KNOWN_FACTS = (
    select(models.Fact, Batch, WITHDRAWN_AT.label("withdrawn_at"))
    .join(Batch, Batch.id == models.Fact.batch_id)
    .where(
        models.Fact.member_id == among("members", Uuid),
        models.Fact.withdraws.is_(None),
        Batch.position <= bindparam("position"),
    )
    .order_by(Batch.position)
)
ONE_FACT = KNOWN_FACTS.where(models.Fact.id == bindparam("fact"))
FACTS_THAT_HOLD = (
    KNOWN_FACTS.where(WITHDRAWN_AT.is_(None))
    .with_only_columns(models.Fact)
    .order_by(None)
    .order_by(models.Fact.first_day, Batch.position)
)

DETAILS = ("claim", "claimed", "name", "value", "amount")

blp = Blueprint("facts", __name__, url_prefix="/v1/members", description="Claims and decisions about members.")


@blp.route("/<uuid:member>/facts", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(NewFact, example=FACT_EXAMPLE)
@blp.response(201, Fact, example=FACT_ANSWER_EXAMPLE)
def record_fact(session: Session, new: dict[str, Any], member: uuid.UUID) -> Any:
    """Record a fact about a member.

    Claims, attributes and elections, states, events, payments, transfers and decisions; elections, transfers and
    decisions need a reason. A second attribute of one name, or a second decision, from the same day is refused.
    """
    if session.get(Member, member) is None:
        raise unknown("member")
    lock_members(session, (), [member])
    refuse_too_many_claims(session, member, new)
    refuse_contradiction(session, member, new)
    row = {
        "kind": new["kind"],
        "first_day": new["from_"],
        "last_day": new["to"],
        "detail": {name: str(new[name]) for name in DETAILS if name in new},
    }
    fact = post_fact(session, member, row, new.get("author"), new.get("reason"))
    return read_fact(session, member, fact.id), {"Location": f"/v1/members/{member}/facts"}


@blp.route("/<uuid:member>/facts/<uuid:fact>/withdrawal", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(NewWithdrawal, example=WITHDRAWAL_EXAMPLE)
@blp.response(201, Withdrawal, example=WITHDRAWAL_ANSWER_EXAMPLE)
def withdraw_fact(session: Session, new: dict[str, Any], member: uuid.UUID, fact: uuid.UUID) -> Any:
    """Take a fact back.

    It stays readable, and answers as of an earlier ledger position still rest on it.
    """
    lock_members(session, (), [member])
    found = read_fact(session, member, fact)
    if found["withdrawn_at"] is not None:
        detail = f"It was withdrawn at position {found['withdrawn_at']}."
        raise conflict("fact-withdrawn", "The fact is withdrawn already", detail)
    withdrawn = session.get_one(models.Fact, fact)
    row = {name: getattr(withdrawn, name) for name in ("kind", "first_day", "last_day", "detail")}
    batch = post_fact(session, member, {**row, "withdraws": fact}, new.get("author"), new["reason"])
    return {
        "id": batch.id,
        "fact": fact,
        "member": member,
        "author": batch.author,
        "reason": batch.reason,
        "position": batch.position,
        "recorded_at": batch.recorded_at,
    }, {"Location": f"/v1/members/{member}/facts"}


@blp.route("/<uuid:member>/facts")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(FactsQuery, location="query")
@blp.response(200, MemberFacts, example=FACTS_EXAMPLE)
def list_facts(session: Session, query: dict[str, Any], member: uuid.UUID) -> Any:
    """List the facts about a member.

    Withdrawn ones are listed too, with the position at which they were withdrawn.
    """
    require_member(caller(), member)
    position = position_at(session, query.get("known_at"))
    if session.get(Member, member) is None:
        raise unknown("member")
    rows = session.execute(KNOWN_FACTS, {"members": [member], "position": position})
    return {"member": member, "known_at": position, "facts": [shown_fact(*row) for row in rows]}


def refuse_too_many_claims(session: Session, member: uuid.UUID, new: dict[str, Any]) -> None:
    """Raise the 409 problem if the member, who is locked, would have more claims than an answer can count."""
    facts = facts_of(session, [member], head_position(session)).get(member, [])
    claims = {fact.detail["claim"] for fact in facts if "claim" in fact.detail}
    if "claim" in new and new["claim"] not in claims and len(claims) >= MOST_CLAIMS:
        detail = f"At most {MOST_CLAIMS} claims of a member can be counted. Withdraw one that is wrong."
        raise conflict("too-many-claims", "Too many claims", detail)


def refuse_contradiction(session: Session, member: uuid.UUID, new: dict[str, Any]) -> None:
    """Raise the 409 problem if an attribute of the same name, or a decision, holds from the same day already."""
    if new["kind"] not in ("attribute", "decision"):
        return
    for fact in facts_of(session, [member], head_position(session)).get(member, []):
        same = fact.kind == new["kind"] and fact.first_day == new["from_"]
        if same and (fact.kind == "decision" or fact.detail["name"] == new["name"]):
            detail = f"The fact {fact.id} says something for the same day. Withdraw it first."
            raise conflict("contradicting-facts", "Two facts would contradict each other", detail)


def post_fact(
    session: Session, member: uuid.UUID, row: dict[str, Any], author: str | None, reason: str | None
) -> Batch:
    """Add a row to the facts as a batch of its own, which has the same id, and return the batch."""
    batch_id = uuid.uuid4()
    session.execute(insert(models.Fact).values(id=batch_id, batch_id=batch_id, member_id=member, **row))
    g.position = post_batch(session, batch_id, "fact", author or caller().id, reason)
    return session.get_one(Batch, batch_id)


def read_fact(session: Session, member: uuid.UUID, fact: uuid.UUID) -> dict[str, Any]:
    """One fact as it is known now; the not-found problem if the member has no such fact."""
    row = session.execute(
        ONE_FACT, {"members": [member], "position": head_position(session), "fact": fact}
    ).one_or_none()
    if row is None:
        raise unknown("fact")
    return shown_fact(*row)


def shown_fact(fact: models.Fact, batch: Batch, withdrawn_at: int | None) -> dict[str, Any]:
    """A fact as answers show it."""
    return {
        "id": fact.id,
        "member": fact.member_id,
        "kind": fact.kind,
        "from_": fact.first_day,
        "to": fact.last_day,
        "name": fact.detail.get("name"),
        "value": fact.detail.get("value"),
        "amount": int(fact.detail["amount"]) if "amount" in fact.detail else None,
        "claim": fact.detail.get("claim"),
        "claimed": fact.detail.get("claimed"),
        "author": batch.author,
        "reason": batch.reason,
        "position": batch.position,
        "recorded_at": batch.recorded_at,
        "withdrawn_at": withdrawn_at,
    }


def facts_of(session: Session, member_ids: Collection[uuid.UUID], position: int) -> dict[uuid.UUID, list[models.Fact]]:
    """The facts about each member that held at ``position``: known then, and not withdrawn by anything known then.

    In the order of their first days; no key for a member without any.
    """
    facts: dict[uuid.UUID, list[models.Fact]] = defaultdict(list)
    for fact in session.scalars(FACTS_THAT_HOLD, {"members": list(member_ids), "position": position}):
        facts[fact.member_id].append(fact)
    return dict(facts)
