"""Snapshots: the membership without names, as it stood at a ledger position."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Day, Instant, KnownAt, Request, Text, Whole

HASH_EXAMPLE = "5b1d0c3f0e6f4a0d8c1b7e2f9a6d4c3b2a1908f7e6d5c4b3a29180f7e6d5c4b3"
SNAPSHOT_EXAMPLE: dict[str, Any] = {
    "id": "9c2f7b1a-3d44-4e0b-8a53-0d7a6e1c5f20",
    "hash": HASH_EXAMPLE,
    "position": 812,
    "members": 1204,
    "lines": 48211,
    "span": {"from": "2018-01-06", "to": "2021-07-31"},
    "synthetic": None,
    "created_at": "2021-08-03T17:04:05.250000Z",
}


class NewSnapshot(Request):
    """At which position the ledger is to be taken; nothing: as it is now."""

    known_at = KnownAt()


class Days(Answer):
    """The first and the last day that any line is about."""

    from_ = Day(data_key="from", required=True, allow_none=True)
    to = Day(required=True, allow_none=True)


class Snapshot(Answer):
    """A membership without names, numbers and SSNs. It never changes; equal ones have the same hash on any machine."""

    id = fields.UUID(required=True)
    hash = Text(required=True, metadata={"description": "SHA-256 of everything that an answer may rest on."})
    position = Whole(required=True, metadata={"description": "The ledger position at which it was taken."})
    members = Whole(required=True, metadata={"description": "How many members there is anything about."})
    lines = Whole(required=True, metadata={"description": "How many lines of work."})
    span = fields.Nested(Days, required=True)
    synthetic = Text(
        required=True,
        allow_none=True,
        metadata={"description": "What made the people up; null where they are those of the ledger."},
    )
    created_at = Instant(required=True)


class SnapshotList(Answer):
    """Snapshots, the newest first."""

    items = fields.List(fields.Nested(Snapshot), required=True)
    next = Text(required=True, allow_none=True)
