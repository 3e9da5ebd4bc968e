"""What is adopted for a plan after its file was written: values of its terms, and what they change for the members."""

from typing import Any

from marshmallow import fields

from schemas.coverage import Source
from schemas.fields import (
    Answer,
    Day,
    Flag,
    Instant,
    KnownAt,
    Month,
    Request,
    Text,
    Whole,
    WrittenFlag,
    WrittenWhole,
)
from schemas.proposals import CHANGES, MOST_TERMS, limited
from schemas.remittances import described

AMENDMENT_EXAMPLE: dict[str, Any] = {
    "title": "380 hours keep cover",
    "cite": {
        "title": "Minutes of the trustees, 2 June 2021",
        "url": "https://plan.example/minutes/2021-06-02",
        "section": "4",
    },
    "adopted": "2021-06-02",
    "changes": {"continuing_hours": {"2020-08-01": "380"}},
    "reason": "Work has not come back.",
}
EFFECT_EXAMPLE: dict[str, Any] = {
    "known_at": 840,
    "terms": {"before": "81fc808269d60cf6", "after": "c3dcac7d1ee05e4d"},
    "members": 1204,
    "months": [
        {"month": "2021-08", "covered_before": 712, "covered_after": 731, "gained": 19, "lost": 0},
        {"month": "2021-09", "covered_before": 705, "covered_after": 730, "gained": 25, "lost": 0},
    ],
    "gained": {"members": 1, "numbers": ["M-000123"]},
    "lost": {"members": 0, "numbers": []},
}
RECORDED_EXAMPLE: dict[str, Any] = {
    "reason": AMENDMENT_EXAMPLE["reason"],
    "author": "0f3c2a5d9e117a4b",
    "position": 841,
    "recorded_at": "2021-06-02T17:04:05.250000Z",
    "withdrawn_at": None,
}
AMENDMENT_ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "2c7e0b66-5d0c-4a5e-9d3c-6f1b7a2e8d31",
    "plan": "mpi-health",
    **{name: AMENDMENT_EXAMPLE[name] for name in ("title", "cite", "adopted", "changes")},
    **RECORDED_EXAMPLE,
}
ADOPTION_EXAMPLE: dict[str, Any] = {
    **AMENDMENT_ANSWER_EXAMPLE,
    "terms_version": "c3dcac7d1ee05e4d",
    "effect": None,
}
TAKEN_BACK_EXAMPLE: dict[str, Any] = {
    "id": "6b1f3c9a-0d5e-4f7a-8c2b-9e4d7a6f5b21",
    "withdraws": AMENDMENT_ANSWER_EXAMPLE["id"],
    "plan": "mpi-health",
    "reason": "The board decided otherwise.",
    "author": RECORDED_EXAMPLE["author"],
    "position": 842,
    "recorded_at": "2021-06-09T09:30:00.000000Z",
    "terms_version": "81fc808269d60cf6",
    "effect": None,
}


class NewSource(Request):
    """Where it is written."""

    title = Text(required=True)
    url = Text(required=True, most=500)
    section = Text(most=200)


class NewAmendment(Request):
    """Values of a plan's terms that have been adopted, in force since any day."""

    title = Text(required=True, metadata={"examples": [AMENDMENT_EXAMPLE["title"]]})
    cite = fields.Nested(NewSource, required=True)
    adopted = Day(required=True, metadata=described("Day of the decision; what was known before does not change."))
    changes = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        required=True,
        validate=limited,
        metadata={"description": CHANGES, "maxProperties": MOST_TERMS},
    )
    reason = Text(required=True, most=1000)


class AdoptionQuery(Request):
    """The query of an adoption or a withdrawal."""

    dry_run = WrittenFlag(
        load_default=False, metadata=described("Tell its effect over the whole membership, and store nothing.")
    )


class AdoptedQuery(Request):
    """As known when, and which part."""

    known_at = KnownAt()
    limit = WrittenWhole(least=1, most=200, load_default=50, metadata=described("Items in one answer."))
    cursor = Text(metadata=described("The `next` of the answer before."))


class KnownAtQuery(Request):
    """As known when."""

    known_at = KnownAt()


class Withdrawing(Request):
    """Why it is taken back."""

    reason = Text(required=True, most=1000)


class Versions(Answer):
    """The versions of the terms that were compared."""

    before = Text(required=True)
    after = Text(required=True)


class MonthChange(Answer):
    """A month on whose first day somebody gains or loses cover."""

    month = Month(required=True)
    covered_before = Whole(required=True)
    covered_after = Whole(required=True)
    gained = Whole(required=True)
    lost = Whole(required=True)


class Moved(Answer):
    """The members whose cover changes, on whatever days: how many, and the numbers of the first thousand."""

    members = Whole(required=True)
    numbers = fields.List(Text(), required=True)


class Effect(Answer):
    """What changes for the whole membership, from the hours and facts of the ledger at a position."""

    known_at = Whole(required=True, metadata=described("The ledger position that was asked."))
    terms = fields.Nested(Versions, required=True)
    members = Whole(required=True, metadata=described("Members looked at."))
    months = fields.List(fields.Nested(MonthChange), required=True)
    gained = fields.Nested(Moved, required=True)
    lost = fields.Nested(Moved, required=True)


class Recorded(Answer):
    """What was recorded when, by whom and why, and when it was taken back if it was."""

    id = fields.UUID(required=True)
    plan = Text(required=True)
    reason = Text(required=True)
    author = Text(required=True)
    position = Whole(required=True, metadata=described("Ledger position from which it is known."))
    recorded_at = Instant(required=True)
    withdrawn_at = Whole(
        required=True, allow_none=True, metadata=described("Ledger position at which it was withdrawn; null: it holds.")
    )


class Amendment(Recorded):
    """Values of a plan's terms that have been adopted."""

    title = Text(required=True)
    cite = fields.Nested(Source, required=True)
    adopted = Day(required=True)
    changes = fields.Dict(required=True)


class Adoption(Answer):
    """What adopting or withdrawing comes to."""

    terms_version = Text(
        required=True,
        allow_none=True,
        metadata=described("Version of the terms in force then; null where something else no longer fits the file."),
    )
    effect = fields.Nested(
        Effect,
        required=True,
        allow_none=True,
        metadata=described("Of a dry run for a plan of health cover; null otherwise."),
    )
    dry_run = Flag(metadata=described("True when nothing was stored; left out otherwise."))


class AmendmentAdoption(Adoption, Amendment):
    """An amendment as it was adopted."""


class TakenBack(Adoption):
    """A withdrawal."""

    id = fields.UUID(required=True)
    withdraws = fields.UUID(required=True)
    plan = Text(required=True)
    reason = Text(required=True)
    author = Text(required=True)
    position = Whole(required=True, metadata=described("Ledger position from which it no longer holds."))
    recorded_at = Instant(required=True)


class AmendmentRead(Amendment):
    """An amendment, as known at a position."""

    known_at = Whole(required=True)


class AmendmentList(Answer):
    """Amendments of a plan, in the order in which they were recorded."""

    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    items = fields.List(fields.Nested(Amendment), required=True)
    next = fields.String(required=True, allow_none=True, metadata=described("Cursor; null at the end."))
