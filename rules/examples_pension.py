"""The figures of a pension's worked examples: section "Worked examples" of ``docs/pension-terms.md``.

Years of service are told as text ("5.00"), because an amount of them is not in hundredths.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from rules import pension, units
from rules.credit import Line
from rules.document import Node
from rules.facts import Fact
from rules.terms import Terms

FIGURES = (
    *("participant", "vested", "service", "years", "breaks", "breaks_in_a_row", "lost", "benefit", "account"),
    "retirement",
)
YES_OR_NO = ("participant", "lost")


def figure(key: str, node: Node) -> Any:
    """Read one figure that an example expects."""
    if key in YES_OR_NO:
        return node.one_of("true", "false") == "true"
    if key == "breaks_in_a_row":
        return node.read(_count)
    if key in ("service", "years"):
        return {name: units.written_rate(held.read(units.ten_thousandths)) for name, held in node.map.items()}
    if key in ("breaks", "retirement"):
        return {name: held.one_of("true", "false") == "true" for name, held in node.map.items()}
    if key != "vested" and node.text == "null":
        return None
    return node.read(units.hundredths)


def answer(
    terms: Terms, lines: Sequence[Line], facts: Sequence[Fact], on: datetime.date, expect: Mapping[str, Any]
) -> dict[str, Any]:
    """The rules' answer in the words of the examples. Of figures by name, those that an example names."""
    found = pension.told(terms, lines, facts, on)
    found["service"] = {name: units.written_rate(years) for name, years in found["service"].items()}
    found["years"] = {day[:4]: units.written_rate(years) for day, years in found["years"].items()}
    found["breaks"] = {day[:4]: is_break for day, is_break in found["breaks"].items()}
    for key, value in expect.items():
        if isinstance(value, dict):
            found[key] = {name: found[key].get(name) for name in value}
    return found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise ValueError(f"{text!r} is not a number of years")
    return int(text)
