"""Outlooks of funds and what closes a gap, as documents: money in dollars with two places."""

from typing import Any

from rules import finance, units


def finance_of(found: finance.Outlook, months: list[str]) -> dict[str, Any]:
    """An outlook as a document."""

    def money(each: Any) -> list[str]:
        return [units.written(int(one)) for one in each]

    return {
        "contributed": money(found.contributions),
        "income": money(found.income),
        "cost": money(found.cost),
        "net": units.written(found.net),
        "reserve": None if found.reserve is None else money(found.reserve),
        "reserve_months": None if found.reserve_months is None else money(found.reserve_months),
        "below_floor": None if found.below_floor is None else months[found.below_floor],
    }


def closing_of(found: finance.Closing) -> dict[str, Any]:
    """Which values close a gap, as a document."""
    how = "rises or falls steadily over them" if found.monotone else "is not monotone in them"
    return {
        "gap": units.written(found.gap),
        "tried": [{"value": one.value, "better_by": units.written(one.better_by)} for one in found.tried],
        "closing": list(found.closing),
        "first": found.first,
        "monotone": found.monotone,
        "text": f"Every value was evaluated, and none between them; the result {how}.",
    }
