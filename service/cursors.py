"""Long lists in parts: an opaque cursor says where the next part begins, and as of which ledger position."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import request

from service.problems import error, invalid


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


def link_to(cursor: str | None) -> dict[str, str]:
    """The header that links to the next part, where there is one."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.path}?{urlencode({**request.args, "cursor": cursor})}>; rel="next"'}
