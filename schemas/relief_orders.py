"""Relief orders that are adopted after a plan's file was written."""

import json
import re
from typing import Any, ClassVar

from marshmallow import fields

from schemas.amendments import RECORDED_EXAMPLE, AdoptedQuery, Adoption, Recorded
from schemas.fields import Answer, Code, Request, Text, Whole, refused, shown
from schemas.remittances import described

MOST_CHARACTERS = 50_000
ORDER_EXAMPLE: dict[str, Any] = {
    "title": "Stoppage of 2025",
    "adopted": "2025-12-02",
    "cite": "notice",
    "sources": {"notice": {"title": "Notice of the trustees, 2 December 2025", "url": "https://plan.example/notice"}},
    "gives": "hours",
    "for": {"2025-10-25": {"value": "enrolled", "cite": "notice"}},
    "up_to": {"2025-10-25": {"value": 60, "unit": "hour", "cite": "notice"}},
}
RELIEF_EXAMPLE: dict[str, Any] = {
    "plan": "mpi-health",
    "name": "stoppage-2025",
    "order": ORDER_EXAMPLE,
    "reason": "Resolution 12.",
}
RELIEF_ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "9a4c1d77-3b5e-4c61-8e2f-0d7b6a5c4e31",
    **{name: RELIEF_EXAMPLE[name] for name in ("plan", "name", "order")},
    **RECORDED_EXAMPLE,
    "reason": RELIEF_EXAMPLE["reason"],
}
RELIEF_ADOPTION_EXAMPLE: dict[str, Any] = {
    **RELIEF_ANSWER_EXAMPLE,
    "terms_version": "c3dcac7d1ee05e4d",
    "effect": None,
}


class OrderName(Text):
    """A relief order's short name."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
    document: ClassVar[dict[str, Any]] = {"pattern": f"^{pattern.pattern}$"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            cure = "Write letters, digits, hyphens and underscores, such as stoppage-2025."
            raise refused("bad_name", f"{shown(text)} is not the name of an order. {cure}")
        return text


def short_enough(order: dict[str, Any]) -> None:
    """Refuse an order that is longer than any could be."""
    length = len(json.dumps(order))
    if length > MOST_CHARACTERS:
        raise refused("too_long", f"This has {length:,} characters; at most {MOST_CHARACTERS:,} are taken. Shorten it.")


class NewReliefOrder(Request):
    """A relief order that has been adopted."""

    plan = Code(required=True, metadata={"examples": ["mpi-health"]})
    name = OrderName(required=True, most=60, metadata={"examples": [RELIEF_EXAMPLE["name"]]})
    order = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        required=True,
        validate=short_enough,
        metadata=described(
            "The order in the form of a terms file's `relief` (docs/terms.md, section 5): `title`, `adopted`, `cite`, "
            "`gives`, `for` and what it gives, by cut-off. Under `sources` stand sources of its own, by short name."
        ),
    )
    reason = Text(required=True, most=1000)


class ReliefOrdersQuery(AdoptedQuery):
    """Of which plan, and as known when."""

    plan = Code(metadata=described("Only orders of this plan."))


class AdoptedOrder(Recorded):
    """A relief order adopted after the plan's file was written."""

    name = Text(required=True)
    order = fields.Dict(required=True)


class ReliefOrderAdoption(Adoption, AdoptedOrder):
    """A relief order as it was adopted."""


class ReliefOrderRead(AdoptedOrder):
    """A relief order, as known at a position."""

    known_at = Whole(required=True)


class ReliefOrderList(Answer):
    """Relief orders in the order in which they were recorded."""

    known_at = Whole(required=True, metadata=described("The ledger position this answer is read from."))
    items = fields.List(fields.Nested(AdoptedOrder), required=True)
    next = fields.String(required=True, allow_none=True, metadata=described("Cursor; null at the end."))
