"""A proposal's values in place of a leaf's own, or the reason why they cannot be."""

import datetime
from collections.abc import Mapping
from typing import Any

from rules import shape, units
from rules.calendar import Cite
from rules.leaves import Leaf, Value, read_value


class ChangeError(ValueError):
    """A proposal changes something that cannot be changed so. ``path`` and ``date`` name the place."""

    def __init__(self, message: str, *, path: str, date: str | None = None) -> None:
        self.message, self.path, self.date = message, path, date
        super().__init__(f"{path}{f', {date}' if date else ''}: {message}")


def changed(leaf: Leaf, key: str, dated: Mapping[str, Any], cite: Cite, adopted: datetime.date | None) -> Leaf:
    """A leaf under a proposal's values (see :meth:`rules.terms.Terms.under`). Raises :class:`ChangeError`."""
    made: dict[datetime.date, Value] = {}
    unit = next(iter(leaf.values.values())).unit
    for date, given in dated.items():
        try:
            start = units.day(date)
        except ValueError as problem:
            raise ChangeError(str(problem), path=key, date=str(date)) from None
        parts = given if isinstance(given, Mapping) else {"value": given}
        unknown = set(parts) - {"value", "unit", "note", "cite"}
        if unknown or "value" not in parts or not all(isinstance(part, str) for part in parts.values()):
            message = "expected a value written as text, or a map with 'value' and, if wished, 'unit' and 'note'"
            raise ChangeError(message, path=key, date=date)
        if "unit" in parts and parts["unit"] != unit:
            raise ChangeError(f"the unit here is {unit}, not {parts['unit']}", path=key, date=date)
        if leaf.shape.keyed == "at" and start not in leaf.values:
            known = ", ".join(day.isoformat() for day in leaf.values)
            raise ChangeError(f"this term is set for single days, which are {known}", path=key, date=date)
        if parts["value"] in ("null", "~", ""):
            raise ChangeError("a proposal changes a rule and cannot end it: write a value", path=key, date=date)
        times = leaf.values[max(leaf.values)].times
        place = shape.Quantity("factor", 0, 1000) if times else leaf.shape
        try:
            amount, word = read_value(place, parts["value"])
        except ValueError as problem:
            raise ChangeError(str(problem), path=key, date=date) from None
        scale = place.scale if isinstance(place, shape.Quantity) else 1
        note = parts.get("note", "")
        made[start] = Value(amount, word, unit, cite, note=note, adopted=adopted, times=times, scale=scale)
    kept = leaf.values
    if leaf.shape.keyed == "from":
        kept = {day: value for day, value in kept.items() if day < min(made)}
    return leaf._replace(values=dict(sorted({**kept, **made}.items())))
