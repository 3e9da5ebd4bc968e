"""Amendments: what is adopted for a plan after its file was written. They are ledger batches too."""

import operator
import uuid
from collections.abc import Callable
from typing import Any

from flask import g
from sqlalchemy import Row, bindparam, func, insert, select
from sqlalchemy.orm import Session

from rules import terms as rules
from rules import units
from schemas.amendments import (
    ADOPTION_EXAMPLE,
    AMENDMENT_ANSWER_EXAMPLE,
    AMENDMENT_EXAMPLE,
    TAKEN_BACK_EXAMPLE,
    AdoptedQuery,
    AdoptionQuery,
    AmendmentAdoption,
    AmendmentList,
    AmendmentRead,
    KnownAtQuery,
    NewAmendment,
    TakenBack,
    Withdrawing,
)
from service import models
from service.asked import answered
from service.auth import ROLES, allow, caller
from service.cursors import begun, link_to, part_of
from service.effects import Effect, effect
from service.held import unheld
from service.in_force import Adopted, adopted, amended, laid_out, merged, without
from service.ledger import head_position, position_at, post_batch, taken_back
from service.models import Batch
from service.once import once, reads
from service.problems import Problem, conflict, error, invalid, unknown
from service.wire import Blueprint, child

WITHDRAWN_AT = taken_back(models.Amendment, "withdraws", "position")
# What was adopted of a kind and is known at :position, withdrawn or not.
KNOWN = (
    select(models.Amendment, Batch, WITHDRAWN_AT.label("withdrawn_at"))
    .join(Batch, Batch.id == models.Amendment.batch_id)
    .where(
        models.Amendment.kind == bindparam("kind"),
        models.Amendment.withdraws.is_(None),
        Batch.position <= bindparam("position"),
    )
    .order_by(Batch.position)
)
MOST_ADOPTED = 200  # that hold for one plan at once

blp = Blueprint(
    "amendments", __name__, url_prefix="/v1/plans", description="What is adopted for a plan after its file."
)


@blp.route("/<plan>/amendments", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(AdoptionQuery, location="query")
@blp.arguments(NewAmendment, example=AMENDMENT_EXAMPLE)
@blp.response(201, AmendmentAdoption, example=ADOPTION_EXAMPLE)
def adopt_amendment(session: Session, query: dict[str, Any], new: dict[str, Any], plan: str) -> Any:
    """Record values of a plan's terms that have been adopted.

    They are in force from the days they name, and known from now on: an answer as of an earlier ledger position stays
    what it was. With `dry_run` nothing is stored, and the answer tells whose cover would change; a pension plan gives
    nobody cover.
    """
    if not new["changes"]:
        raise invalid([error("/changes", "no_change", "Name at least one change, such as continuing_hours.")])
    text = {name: new[name] for name in ("title", "cite", "changes")} | {"adopted": new["adopted"].isoformat()}
    made = adopt(session, plan, "terms", new["title"], text, new["reason"], query["dry_run"], places_of_change)
    return shown(made), {"Location": f"/v1/plans/{plan}/amendments/{made['id']}"}


@blp.route("/<plan>/amendments")
@allow(*ROLES)
@reads
@blp.arguments(AdoptedQuery, location="query")
@blp.response(200, AmendmentList, example={"known_at": 841, "items": [AMENDMENT_ANSWER_EXAMPLE], "next": None})
def list_amendments(session: Session, query: dict[str, Any], plan: str) -> Any:
    """List what was adopted for a plan's terms after its file was written, withdrawn ones too; relief orders apart."""
    if plan not in rules.every_name():
        raise unknown("plan")
    return listed(session, query, "terms", plan, shown)


@blp.route("/<plan>/amendments/<uuid:amendment>")
@allow(*ROLES)
@reads
@blp.arguments(KnownAtQuery, location="query")
@blp.response(200, AmendmentRead, example={**AMENDMENT_ANSWER_EXAMPLE, "known_at": 841})
def read_amendment(session: Session, query: dict[str, Any], plan: str, amendment: uuid.UUID) -> Any:
    """Read an amendment."""
    position = position_at(session, query.get("known_at"))
    found = one_known(session, "terms", amendment, position, "amendment")
    if found["plan"] != plan:
        raise unknown("amendment")
    return {**shown(found), "known_at": position}


@blp.route("/<plan>/amendments/<uuid:amendment>/withdrawal", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(AdoptionQuery, location="query")
@blp.arguments(Withdrawing, example={"reason": TAKEN_BACK_EXAMPLE["reason"]})
@blp.response(201, TakenBack, example=TAKEN_BACK_EXAMPLE)
def withdraw_amendment(
    session: Session, query: dict[str, Any], new: dict[str, Any], plan: str, amendment: uuid.UUID
) -> Any:
    """Take an amendment back.

    It stays readable, and answers as of an earlier ledger position still rest on it. With `dry_run` nothing is stored.
    """
    found = one_known(session, "terms", amendment, head_position(session), "amendment")
    if found["plan"] != plan:
        raise unknown("amendment")
    made = withdraw(session, "terms", amendment, new["reason"], query["dry_run"], "amendment")
    return made, {"Location": f"/v1/plans/{plan}/amendments/{amendment}"}


def adopt(
    session: Session,
    plan: str,
    kind: str,
    name: str,
    text: dict[str, Any],
    reason: str,
    dry_run: bool,
    places: Callable[[ValueError], list[dict[str, str]]],
) -> dict[str, Any]:
    """Adopt something for a plan, unless it is a dry run, and tell what it comes to.

    ``places`` says where in the request something is wrong that the rules do not take.
    """
    before, held = locked(session, plan)
    if len(held) >= MOST_ADOPTED:
        detail = f"{MOST_ADOPTED} things that were adopted hold for {plan}. Write them into its file."
        raise conflict("too-many-amendments", "Too many amendments", detail)
    try:
        after = laid_out(amended(before, kind, name, text))
        if unheld(after) and not unheld(before):
            raise ValueError(f"{unheld(after)}, so that no member could be answered any more")
    except ValueError as wrong:
        raise invalid(places(wrong)) from None
    row = {"plan": plan, "kind": kind, "name": name, "text": text, "withdraws": None}
    made = recorded(session, row, reason, before, after, dry_run)
    return {**made, "name": name, "text": text, "withdrawn_at": None}


def withdraw(
    session: Session, kind: str, amendment: uuid.UUID, reason: str, dry_run: bool, noun: str
) -> dict[str, Any]:
    """Take back something that was adopted, unless it is a dry run; a 409 problem if that was done, or cannot be."""
    plan = one_known(session, kind, amendment, head_position(session), noun)["plan"]
    lock(session, plan)
    position = head_position(session)
    found = one_known(session, kind, amendment, position, noun)
    if found["withdrawn_at"] is not None:
        detail = f"It was withdrawn at position {found['withdrawn_at']}."
        raise conflict("withdrawn-already", f"The {noun.replace('-', ' ')} is withdrawn already", detail)
    held = adopted(session, plan, position)
    before = fitting(plan, held)
    try:
        after = laid_out(merged(plan, without(held, amendment)))
    except (Problem, ValueError) as rests:
        if before is not None:
            raise conflict(
                "something-rests-on-it", "Something else rests on it", f"Without it: {rests} Withdraw that first."
            ) from None
        after = None
    row = {name: found[name] for name in ("plan", "kind", "name")} | {"text": {}, "withdraws": amendment}
    return {**recorded(session, row, reason, before, after, dry_run), "withdraws": amendment}


def recorded(
    session: Session,
    row: dict[str, Any],
    reason: str,
    before: rules.Terms | None,
    after: rules.Terms | None,
    dry_run: bool,
) -> dict[str, Any]:
    """Record a row as a batch of its own with the same id, and tell of it; of a dry run also its effect on cover."""
    found = None
    if dry_run and before is not None and after is not None and after.kind == "health":
        days, position = days_between(before, after), head_position(session)
        found = shown_effect(answered(lambda: effect(session, before, after, days, position), "dry_run"))
    batch_id = uuid.uuid4()
    session.execute(insert(models.Amendment).values(id=batch_id, batch_id=batch_id, **row))
    g.position = post_batch(session, batch_id, "amendment", caller().id, reason)
    g.rollback = dry_run
    batch = session.get_one(Batch, batch_id)
    return {
        "id": batch_id,
        "plan": row["plan"],
        "author": batch.author,
        "reason": reason,
        "position": batch.position,
        "recorded_at": batch.recorded_at,
        "terms_version": after.version if after else None,
        "effect": found,
        **({"dry_run": True} if dry_run else {}),
    }


def locked(session: Session, plan: str) -> tuple[rules.Terms, tuple[Adopted, ...]]:
    """The terms of a plan in force now and what was adopted for it, to which nobody else can add meanwhile."""
    if plan not in rules.every_name():
        raise unknown("plan")
    lock(session, plan)
    held = adopted(session, plan, head_position(session))
    return merged(plan, held), held


def lock(session: Session, plan: str) -> None:
    """Let nobody else adopt or withdraw anything for a plan until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"amendments {plan}", 0))))


def fitting(plan: str, held: tuple[Adopted, ...]) -> rules.Terms | None:
    """A plan's file with what was adopted for it; None where something no longer fits the file."""
    try:
        return merged(plan, held)
    except Problem:
        return None


def days_between(before: rules.Terms, after: rules.Terms) -> list[Any]:
    """The days of the values that are in one of two terms and not in the other."""
    found = set()
    for path in {*before.leaves, *after.leaves}:
        old, new = (terms.leaves[path].values if path in terms.leaves else {} for terms in (before, after))
        found |= {day for day in {*old, *new} if old.get(day) != new.get(day)}
    return sorted(found)


def places_of_change(wrong: ValueError) -> list[dict[str, str]]:
    """Where in an amendment something is wrong that the rules do not take."""
    if not isinstance(wrong, rules.ChangeError):
        return [error("/changes", "bad_change", str(wrong))]
    pointer = child("/changes", wrong.path)
    return [error(child(pointer, wrong.date) if wrong.date else pointer, "bad_change", wrong.message)]


def one_known(session: Session, kind: str, amendment: uuid.UUID, position: int, noun: str) -> dict[str, Any]:
    """Something that was adopted, as known at a position; the not-found problem if it was not known then."""
    chosen = KNOWN.where(models.Amendment.id == amendment)
    row = session.execute(chosen, {"kind": kind, "position": position}).one_or_none()
    if row is None:
        raise unknown(noun)
    return told(row)


def listed(
    session: Session,
    query: dict[str, Any],
    kind: str,
    plan: str | None,
    shown: Callable[[dict[str, Any]], dict[str, Any]],
) -> Any:
    """A part of the list of what was adopted, of a plan or of all of them."""
    known_at, after = begun(query)
    position = position_at(session, known_at)
    chosen = KNOWN.where(Batch.position > after).limit(query["limit"] + 1)
    if plan is not None:
        chosen = chosen.where(models.Amendment.plan == plan)
    rows = [told(row) for row in session.execute(chosen, {"kind": kind, "position": position})]
    page, cursor = part_of(rows, query["limit"], position, operator.itemgetter("position"))
    return {"known_at": position, "items": [shown(one) for one in page], "next": cursor}, link_to(cursor)


def told(row: Row[tuple[models.Amendment, Batch, int | None]]) -> dict[str, Any]:
    """A row as it was recorded."""
    amendment, batch, withdrawn_at = row
    return {
        **{name: getattr(amendment, name) for name in ("id", "plan", "kind", "name", "text")},
        **{name: getattr(batch, name) for name in ("author", "reason", "position", "recorded_at")},
        "withdrawn_at": withdrawn_at,
    }


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """An amendment as answers show it."""
    text = found["text"]
    return {**found, **text, "adopted": units.day(text["adopted"])}


def shown_effect(found: Effect) -> dict[str, Any]:
    """The effect of other terms as answers show it."""
    return {
        "known_at": found.known_at,
        "terms": {"before": found.before, "after": found.after},
        "members": found.members,
        "months": found.months,
        "gained": {"members": found.gained, "numbers": found.gaining},
        "lost": {"members": found.lost, "numbers": found.losing},
    }
