"""The terms in force as the ledger knows them: a plan's file, and what has been adopted for it since.

What was adopted (a relief order, or values of the terms) is known from its position on, whatever days it is in force
from. So a rule adopted today and in force for two years does not change the answer that was known last week.
"""

import functools
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, select
from sqlalchemy.orm import Session

from rules import document, laying_pension, ticks, units
from rules import terms as rules
from rules.calendar import Cite
from service.ledger import taken_back
from service.models import Amendment, Batch, Snapshot
from service.problems import Problem

# What holds at :position, in the order in which it was adopted.
HOLDING = (
    select(Amendment.plan, Amendment.id, Amendment.kind, Amendment.name, cast(Amendment.text, Text))
    .join(Batch, Batch.id == Amendment.batch_id)
    .where(
        Amendment.withdraws.is_(None),
        Batch.position <= bindparam("position"),
        taken_back(Amendment, "withdraws", "id").is_(None),
    )
    .order_by(Batch.position)
)
HOLDING_FOR_PLAN = HOLDING.where(Amendment.plan == bindparam("plan"))


class Adopted(NamedTuple):
    """Something adopted for a plan; ``text`` is the JSON of an :class:`Amendment`'s text."""

    id: uuid.UUID | None  # None where it was adopted elsewhere
    kind: str
    name: str
    text: str


def current(session: Session, plan: str, position: int) -> rules.Terms:
    """The terms of a plan in force as known at a position. LookupError for a plan that is not there."""
    return merged(plan, adopted(session, plan, position))


def adopted(session: Session, plan: str, position: int) -> tuple[Adopted, ...]:
    """What has been adopted for a plan and holds at a position, in order."""
    rows = session.execute(HOLDING_FOR_PLAN, {"plan": plan, "position": position})
    return tuple(Adopted(*row) for _, *row in rows)


def of_snapshot(session: Session, snapshot: Snapshot, plan: str) -> tuple[Adopted, ...]:
    """What had been adopted for a plan where and when a snapshot was taken, in order."""
    if snapshot.adopted is None:
        return adopted(session, plan, snapshot.position)
    return adopted_elsewhere(snapshot.adopted, plan)


def adopted_elsewhere(told: Iterable[Mapping[str, str]], plan: str) -> tuple[Adopted, ...]:
    """What a snapshot's file tells to have been adopted for a plan."""
    return tuple(Adopted(None, one["kind"], one["name"], one["text"]) for one in told if one["plan"] == plan)


def everything(session: Session, snapshot: Snapshot) -> list[dict[str, str]]:
    """What had been adopted for all plans where and when a snapshot was taken, as its file tells it."""
    if snapshot.adopted is not None:
        return snapshot.adopted
    rows = session.execute(HOLDING, {"position": snapshot.position})
    return [{"plan": plan, "kind": kind, "name": name, "text": text} for plan, _, kind, name, text in rows]


def all_current(session: Session, position: int) -> list[rules.Terms]:
    """The terms in force of every plan, as known at a position."""
    held: dict[str, list[Adopted]] = {}
    for plan, *row in session.execute(HOLDING, {"position": position}):
        held.setdefault(plan, []).append(Adopted(*row))
    return [merged(name, tuple(held.get(name, ()))) for name in rules.every_name()]


def merged(plan: str, held: Sequence[Adopted]) -> rules.Terms:
    """A plan's file with what was adopted for it; a 409 problem if something no longer fits the file."""
    if not held:
        return rules.plan(plan)
    try:
        return _merged(plan, tuple(held))
    except UnfitError as unfit:
        detail = (
            f"What was adopted for {plan} as {unfit.adopted.name!r} ({unfit.adopted.id}) no longer fits its file: "
            f"{unfit}. Withdraw it, or mend the file."
        )
        raise Problem(409, "amendment-unfit", "An amendment no longer fits", detail) from None


class UnfitError(ValueError):
    """Something that was adopted cannot be applied; ``adopted`` is it."""

    def __init__(self, adopted: Adopted, why: str) -> None:
        self.adopted = adopted
        super().__init__(why)


@functools.lru_cache(maxsize=64)
def _merged(plan: str, held: tuple[Adopted, ...]) -> rules.Terms:
    # Terms are compared by identity: whatever is laid out for them is kept as long as they are kept here.
    terms = rules.plan(plan)
    for one in held:
        try:
            terms = amended(terms, one.kind, one.name, json.loads(one.text))
        except ValueError as wrong:
            raise UnfitError(one, str(wrong)) from None
    return terms


def amended(terms: rules.Terms, kind: str, name: str, text: dict[str, Any]) -> rules.Terms:
    """Terms with one thing more; TermsError or ChangeError, as the rules' own loader raises them, if it cannot be."""
    if kind == "relief":
        return terms.with_order(name, document.of(text, f"relief.{name}", "order"))
    day = units.day(text["adopted"])
    return terms.under(text["changes"], name=terms.name, cite=Cite(**text["cite"]), adopted=day)


def laid_out(terms: rules.Terms) -> rules.Terms:
    """Terms that can be laid out on their calendar; ValueError saying why if they cannot."""
    lay = laying_pension.lay if terms.kind == "pension" else ticks.lay
    try:
        lay(terms)
    except LookupError as silent:
        raise ValueError(str(silent)) from None
    return terms


def without(held: Iterable[Adopted], withdrawn: uuid.UUID) -> tuple[Adopted, ...]:
    """What holds but for one thing."""
    return tuple(one for one in held if one.id != withdrawn)
