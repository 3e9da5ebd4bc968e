"""Proposals on the wire: only what they change."""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError, fields

from schemas.fields import Answer, Code, Instant, Message, Request, Text, Whole, WrittenWhole, refused, shown

MOST_TERMS = 50
MOST_DATES = 200
MOST_CHARACTERS = 200
RESERVED = "current"
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


def free(title: str) -> None:
    """Refuse the title by which answers name the terms that are in force."""
    if title.strip().casefold() == RESERVED:
        raise refused("reserved", f"{shown(title)} names the terms in force. Give the proposal a title of its own.")


def limited(changes: dict[str, Any]) -> None:
    """Refuse more changes, or longer ones, than a plan could need."""
    if len(changes) > MOST_TERMS:
        cure = f"{len(changes)} terms change; at most {MOST_TERMS} are taken. Make several proposals of it."
        raise refused("too_many_terms", cure)
    wrong = {path: {"value": found} for path, dated in changes.items() if (found := excess(path, dated))}
    if wrong:
        raise ValidationError(wrong)


def excess(path: str, dated: Any) -> list[Any]:
    """What is too much in the change of one term: messages, or a mapping of dates to messages."""
    if len(path) > MOST_CHARACTERS:
        return [too_long(path)]
    if not isinstance(dated, dict):
        return []
    if len(dated) > MOST_DATES:
        cure = f"This has {len(dated)} dates; at most {MOST_DATES} are taken. Leave some out."
        return [Message("too_many_dates", cure)]
    long = {
        date: [too_long(text)]
        for date, value in dated.items()
        for text in (date, *texts(value))
        if len(text) > MOST_CHARACTERS
    }
    return [long] if long else []


def too_long(text: str) -> Message:
    """What to do about a text that is too long."""
    cure = f"This has {len(text)} characters; at most {MOST_CHARACTERS} are taken. Shorten {shown(text)}."
    return Message("too_long", cure)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value of JSON, names included."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list):
            waiting += found


class NewProposal(Request):
    """Terms that somebody proposes."""

    title = Text(required=True, validate=free, metadata={"examples": ["450 hours from August 2021"]})
    author = Text(required=True, metadata={"examples": ["Negotiating committee"]})
    plan = Code(required=True, metadata={"examples": ["mpi-health"]})
    note = Text(most=4000, allow_none=True, load_default=None)
    changes = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        required=True,
        validate=limited,
        metadata={"description": CHANGES, "maxProperties": MOST_TERMS},
    )


class ListQuery(Request):
    """Which part of a list."""

    limit = WrittenWhole(least=1, most=200, load_default=50, metadata={"description": "Items in one answer."})
    cursor = Text(most=200, metadata={"description": "The `next` of the answer before."})


class Proposal(Answer):
    """Terms that somebody proposes, as stored. ``terms_version`` names what they make of the terms in force now.

    It is null where they no longer fit those.
    """

    id = fields.UUID(required=True)
    title = Text(required=True)
    author = Text(required=True)
    plan = Text(required=True)
    note = Text(required=True, allow_none=True)
    changes = fields.Dict(required=True)
    terms_version = Text(required=True, allow_none=True)
    version = Whole(required=True)
    created_at = Instant(required=True)
    changed_at = Instant(required=True)


class ProposalList(Answer):
    """Proposals, the newest first."""

    items = fields.List(fields.Nested(Proposal), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Cursor; null at the end."})
