"""Long lists in parts: an opaque cursor says where the next part begins, and as of which ledger position."""

import base64
import datetime
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from service.problems import error, invalid

Row = TypeVar("Row")


def cursor_of(*parts: int | str) -> str:
    """An opaque text that :func:`parts_of` takes apart again."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def parts_of(cursor: str, *reads: Callable[[Any], Any]) -> list[Any]:
    """What :func:`cursor_of` was given, each part read by one of ``reads``; a 422 problem if it cannot be."""
    try:
        parts = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        return [read(part) for read, part in zip(reads, parts, strict=True)]
    except (TypeError, ValueError, OverflowError):
        message = "This cursor was not given out here. Take it from next, or leave it out."
        raise invalid([error("/query/cursor", "bad_cursor", message)]) from None


def begun(query: dict[str, Any]) -> tuple[str | None, int]:
    """The ``known_at`` of a list in order of numbers, and the number after which the part that is asked for begins.

    A cursor keeps to the position of the first part.
    """
    if "cursor" in query:
        known_at, after = parts_of(query["cursor"], str, int)
        return known_at, after
    return query.get("known_at"), 0


def part_of(
    rows: Sequence[Row], most: int, position: int, number: Callable[[Row], int]
) -> tuple[list[Row], str | None]:
    """At most so many of ``rows``, of which one more was read, and the cursor of the next part if there is one."""
    page = list(rows[:most])
    return page, cursor_of(str(position), number(page[-1])) if len(rows) > most else None


def newest(session: Session, row: Any, query: dict[str, Any]) -> tuple[list[Any], str | None]:
    """A page of a table's rows, the newest first, and the cursor of the next where there is one."""
    chosen = select(row).order_by(row.created_at.desc(), row.id.desc())
    if "cursor" in query:
        last = parts_of(query["cursor"], instant_read, id_read)
        chosen = chosen.where(tuple_(row.created_at, row.id) < tuple_(*last))
    rows = session.scalars(chosen.limit(query["limit"] + 1)).all()
    page = list(rows[: query["limit"]])
    return page, cursor_of(page[-1].created_at.isoformat(), str(page[-1].id)) if len(rows) > len(page) else None


def instant_read(part: str) -> datetime.datetime:
    """The moment in a cursor; ValueError if it has no zone, as no cursor of ours has."""
    instant = datetime.datetime.fromisoformat(part)
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return instant


def id_read(part: str) -> uuid.UUID:
    """The id in a cursor."""
    return uuid.UUID(str(part))


def link_to(cursor: str | None) -> dict[str, str]:
    """The header that links to the next part, where there is one."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.path}?{urlencode({**request.args, "cursor": cursor})}>; rel="next"'}
