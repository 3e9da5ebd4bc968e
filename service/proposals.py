"""Proposals: terms that somebody proposes, kept as data, and the terms that a name stands for."""

import functools
import json
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request
from sqlalchemy.orm import Session

from rules import terms as rules
from rules.calendar import Cite
from schemas.proposals import PROPOSAL_EXAMPLE, ListQuery, NewProposal, Proposal, ProposalList
from service import clock, in_force, models
from service.auth import ROLES, allow, caller
from service.cursors import link_to, newest
from service.ledger import head_position
from service.once import once, reads
from service.problems import Problem, error, invalid, unknown
from service.wire import Blueprint, child

blp = Blueprint("proposals", __name__, url_prefix="/v1/proposals", description="Terms that somebody proposes.")

# What If-Match can come to; service.openapi adds the header and the words.
PRECONDITION: dict[int, dict[str, str]] = {412: {}, 428: {}}
AUTHORS = ("administrator", "negotiator")
# Where a member asks about a plan of each kind.
ANSWERED_AT = {"health": "/v1/members/{member}/coverage", "pension": "/v1/members/{member}/pension"}
ANSWER_EXAMPLE = {
    **PROPOSAL_EXAMPLE,
    "id": "0b6d3a0e-8c41-4f43-9d0e-5d2f6f0c9b11",
    "terms_version": "c3dcac7d1ee05e4d",
    "version": 1,
    "created_at": "2021-07-31T17:04:05.250000Z",
    "changed_at": "2021-07-31T17:04:05.250000Z",
}


class Named(NamedTuple):
    """Terms that a question named: as they stand, or under a proposal."""

    terms: rules.Terms
    proposal: uuid.UUID | None


def plan_named(session: Session, name: str, position: int) -> rules.Terms:
    """The terms of a plan in force as known at a position; the not-found problem for a plan that is not there."""
    if name not in rules.every_name():
        raise unknown("plan")
    return in_force.current(session, name, position)


def named(session: Session, plan: str, under: Sequence[str], position: int, kind: str | None = None) -> list[Named]:
    """The terms that each of ``under`` names: ``current`` or the id of a proposal to this plan.

    The current ones are those known at ``position``, and a proposal extends them. Whoever asks what only plans of one
    ``kind`` can answer says so; a plan of the other kind is then refused with the address that answers about it.
    """
    current = plan_named(session, plan, position)
    if kind not in (None, current.kind):
        message = f"{plan} is a {current.kind} plan. Ask {ANSWERED_AT[current.kind]} about it."
        raise invalid([error("/query/plan", "other_kind", message)], message)
    return [Named(current, None) if name == "current" else _proposed(session, current, name) for name in under]


def _proposed(session: Session, current: rules.Terms, name: str) -> Named:
    try:
        row = session.get(models.Proposal, uuid.UUID(name))
    except ValueError:
        message = "Write current, or the id of a proposal as POST /v1/proposals gave it."
        raise invalid([error("/query/under", "bad_under", message)]) from None
    if row is None:
        raise unknown("proposal")
    if row.plan != current.plan:
        message = f"The proposal {name} is about {row.plan}, not about {current.plan}."
        raise invalid([error("/query/under", "other_plan", message)])
    try:
        return Named(terms_of(row, current), row.id)
    except rules.ChangeError as wrong:
        message = f"The proposal {name} does not fit the terms that were in force: {wrong}."
        raise invalid([error("/query/under", "does_not_fit", message)]) from None


def terms_of(row: models.Proposal, current: rules.Terms) -> rules.Terms:
    """The terms that a stored proposal makes of the current ones; ChangeError if it no longer fits them."""
    return _under(current, row.title, row.author, json.dumps(row.changes, sort_keys=True))


@functools.lru_cache(maxsize=256)
def _under(current: rules.Terms, title: str, author: str, changes: str) -> rules.Terms:
    cite = Cite(f"Proposal: {title}", "", author)
    return current.under(json.loads(changes), name=title, cite=cite)


def checked(session: Session, new: dict[str, Any]) -> dict[str, Any]:
    """A proposal whose changes the plan can take; a 422 problem naming the path and the date if it cannot."""
    current = plan_named(session, new["plan"], head_position(session))
    if not new["changes"]:
        message = "Name at least one change, such as continuing_hours."
        raise invalid([error("/changes", "no_change", message)])
    try:
        current.under(new["changes"], name=new["title"], cite=Cite(new["title"], "", new["author"]))
    except rules.ChangeError as wrong:
        pointer = child("/changes", wrong.path)
        if wrong.date is not None:
            pointer = child(pointer, wrong.date)
        raise invalid([error(pointer, "bad_change", wrong.message)]) from None
    return new


def versions(session: Session, rows: Sequence[models.Proposal]) -> dict[uuid.UUID, str | None]:
    """The versions of the terms that proposals make of those in force now; None for one that no longer fits them."""
    position, found = head_position(session), dict[uuid.UUID, str | None]()
    current = {plan: in_force.current(session, plan, position) for plan in {row.plan for row in rows}}
    for row in rows:
        try:
            found[row.id] = terms_of(row, current[row.plan]).version
        except rules.ChangeError:
            found[row.id] = None
    return found


def shown(row: models.Proposal, version: str | None) -> dict[str, Any]:
    """What an answer tells of a proposal; ``version`` is that of the terms that it comes to."""
    names = ("id", "title", "author", "plan", "note", "changes", "version", "created_at", "changed_at")
    return {**{name: getattr(row, name) for name in names}, "terms_version": version}


def answered(session: Session, row: models.Proposal, **headers: str) -> Any:
    """The answer about one proposal, with its ETag."""
    version = versions(session, [row])[row.id]
    return shown(row, version), {**headers, "ETag": f'"{tag(row, version)}"'}


def own(session: Session, proposal: uuid.UUID) -> models.Proposal:
    """A proposal that the caller may change, locked; the not-found problem otherwise."""
    row = session.get(models.Proposal, proposal, with_for_update=True)
    if row is None or (caller().role != "administrator" and row.created_by != caller().id):
        raise unknown("proposal")
    if "If-Match" not in request.headers:
        detail = "Send the ETag of the proposal that you read as If-Match, so that nobody's change is lost."
        raise Problem(428, "if-match-needed", "If-Match is needed", detail)
    if tag(row, versions(session, [row])[row.id]) not in request.if_match:
        detail = "The proposal, or the terms that it changes, have changed since you read it. Read it again."
        raise Problem(412, "changed-meanwhile", "Changed meanwhile", detail)
    return row


def tag(row: models.Proposal, version: str | None) -> str:
    """What the strong ETag of a proposal quotes: it changes with the proposal and with the terms in force."""
    return f"{row.id.hex}-{row.version}-{version}"


@blp.route("", methods=["POST"])
@blp.doc(responses={404: {"description": "There is no such plan."}})
@allow(*AUTHORS)
@once
@blp.arguments(NewProposal, example=PROPOSAL_EXAMPLE)
@blp.response(201, Proposal, example=ANSWER_EXAMPLE)
def create_proposal(session: Session, new: dict[str, Any]) -> Any:
    """Store a proposal.

    A change to an unknown term, or one that the plan cannot take, is refused with its path and date.
    """
    now = clock.now()
    row = models.Proposal(
        id=uuid.uuid4(), **checked(session, new), version=1, created_by=caller().id, created_at=now, changed_at=now
    )
    session.add(row)
    session.flush()
    return answered(session, row, Location=f"/v1/proposals/{row.id}")


@blp.route("")
@allow(*ROLES)
@reads
@blp.arguments(ListQuery, location="query")
@blp.response(200, ProposalList, example={"items": [ANSWER_EXAMPLE], "next": None})
def list_proposals(session: Session, query: dict[str, Any]) -> Any:
    """List proposals, the newest first."""
    page, more = newest(session, models.Proposal, query)
    found = versions(session, page)
    return {"items": [shown(row, found[row.id]) for row in page], "next": more}, link_to(more)


@blp.route("/<uuid:proposal>")
@allow(*ROLES)
@reads
@blp.response(200, Proposal, example=ANSWER_EXAMPLE)
def read_proposal(session: Session, proposal: uuid.UUID) -> Any:
    """Read a proposal."""
    row = session.get(models.Proposal, proposal)
    if row is None:
        raise unknown("proposal")
    return answered(session, row)


@blp.route("/<uuid:proposal>", methods=["PUT"])
@blp.doc(responses=PRECONDITION)
@allow(*AUTHORS)
@once
@blp.arguments(NewProposal, example=PROPOSAL_EXAMPLE)
@blp.response(200, Proposal, example=ANSWER_EXAMPLE)
def replace_proposal(session: Session, new: dict[str, Any], proposal: uuid.UUID) -> Any:
    """Replace a proposal; send its ETag as If-Match."""
    row = own(session, proposal)
    for name, value in checked(session, new).items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at = clock.now()
    session.flush()
    return answered(session, row)


@blp.route("/<uuid:proposal>", methods=["DELETE"])
@blp.doc(responses=PRECONDITION)
@allow(*AUTHORS)
@once
@blp.response(204)
def delete_proposal(session: Session, proposal: uuid.UUID) -> Any:
    """Delete a proposal; send its ETag as If-Match."""
    session.delete(own(session, proposal))
