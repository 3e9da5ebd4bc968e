"""Tiny plans and histories for the oracle's self-checks, written as short as they can be."""

from datetime import date
from pathlib import Path

import yaml

from tests import oracle

CHARTS = Path(__file__).resolve().parent.parent / "rules" / "charts"
HOURS = {"unit": "hour", "counts": "hours", "attributed_to": "work_date"}
EXCESS = {
    **{"deposit": "excess", "charge": "shortfall", "all_or_nothing": "true", "used_for": "continuing"},
    **{"deposit_after_initial": "excess", "when_short": "kept", "while_lapsed": "kept"},
}
ALL = {"deposit": "all", "charge": "fixed", "amount": 100, "before_cover": "kept"}
BALANCE = {"bank": {"balance": {"at_least": 100}}}
ENROLLED = {"for": "enrolled"}


def leaves(node):
    """Write out every bare value as an undated leaf; a map of days stays a map of days."""
    if not isinstance(node, dict):
        return {"value": str(node), "unit": "any", "cite": "hand"}
    plain = {"of", "adds_to", "unit", "cutoffs", "title", "uncapped", "by"}
    return {str(k): v if k in plain else leaves(v) for k, v in node.items()} if "value" not in node else node


def plan(routes=None, changes=None, **sections):
    """Read a tiny plan: 100 hours of a month give the second month after, unless the sections say otherwise."""
    calendar = {"cutoffs": "month_end", "window": 1, "lag": 2, "every": 1, "values_of": "cutoff"}
    tree = {
        "credit": {"hours": HOURS},
        "calendar": {**calendar, **sections.pop("calendar", {})},
        "qualify": routes or {"any": {"routes": {"month": {"sum": {"at_least": 100}}}}},
        "consumption": "none",
        "coverage": {"length": 1, **sections.pop("coverage", {})},
        **{key: sections.pop(key) for key in list(sections) if key != "relief"},
    }
    orders = {}
    for name, order in sections.get("relief", {}).items():
        orders[name] = {"gives": order["gives"], **leaves({k: v for k, v in order.items() if k != "gives"})}
    head = {"plan": "tiny", "title": "Tiny", "kind": "health", "sources": {"hand": {"title": "by hand"}}}
    text = yaml.safe_dump({**head, **leaves(tree), "relief": orders, "levers": {}}, sort_keys=False)
    return oracle.read(text, CHARTS, changes)


def two(initial, continuing, **more):
    """Write routes that start cover and routes that keep it."""
    return {"initial": {"routes": initial}, "continuing": {"routes": continuing}, **more}


def hours(*amounts, year=2020, **more):
    """Report so many hours on the 15th of January, February and so on."""
    return [line(date(year, n + 1, 15), number, **more) for n, number in enumerate(amounts) if number]


def line(day, number, kind="hours", **more):
    """Report one piece of work."""
    return {"day": day, kind: round(number * 100), **more}


def fact(kind, start, end=None, **more):
    """Record a fact about a member."""
    return {"kind": kind, "from": start, "to": end, **more}
