"""Proposals on the wire: only what they change."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Code, Instant, Request, Text, Whole, WrittenWhole

CHANGES = (
    "What changes: a lever or the path of a term, then dates and values. A value holds from its date on and supersedes "
    'what the plan has for later dates, e.g. {"continuing_hours": {"2021-08-01": "450"}}. Levers are named by the plan.'
)
PROPOSAL_EXAMPLE: dict[str, Any] = {
    "title": "450 hours from August 2021",
    "author": "Negotiating committee",
    "plan": "mpi-health",
    "note": "An example; nobody has proposed this.",
    "changes": {"continuing_hours": {"2021-08-01": "450"}},
}


class NewProposal(Request):
    """Terms that somebody proposes."""

    title = Text(required=True, metadata={"examples": ["450 hours from August 2021"]})
    author = Text(required=True, metadata={"examples": ["Negotiating committee"]})
    plan = Code(required=True, metadata={"examples": ["mpi-health"]})
    note = Text(most=4000, allow_none=True, load_default=None)
    changes = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True, metadata={"description": CHANGES})


class ListQuery(Request):
    """Which part of a list."""

    limit = WrittenWhole(least=1, most=200, load_default=50, metadata={"description": "Items in one answer."})
    cursor = Text(most=200, metadata={"description": "The `next` of the answer before."})


class Proposal(Answer):
    """Terms that somebody proposes, as stored. ``terms_version`` names what they come to."""

    id = fields.UUID(required=True)
    title = Text(required=True)
    author = Text(required=True)
    plan = Text(required=True)
    note = Text(required=True, allow_none=True)
    changes = fields.Dict(required=True)
    terms_version = Text(required=True)
    version = Whole(required=True)
    created_at = Instant(required=True)
    changed_at = Instant(required=True)


class ProposalList(Answer):
    """Proposals, the newest first."""

    items = fields.List(fields.Nested(Proposal), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Cursor; null at the end."})
