"""The figures of a pension's worked examples: section "Worked examples" of ``docs/pension-terms.md``.

Years of service are told as text ("5.00"), because an amount of them is not in hundredths.
"""

import datetime
import re
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
BY_NAME = ("service", "retirement")
BY_YEAR = ("years", "breaks")
YEAR = re.compile("[0-9]{4}", re.ASCII)


def figure(key: str, node: Node, terms: Terms) -> Any:
    """Read one figure that an example expects of a plan."""
    for name, held in node.map.items() if key in BY_NAME else ():
        if name not in terms.below(key):
            known = ", ".join(terms.below(key))
            held.refuse(f"there is no {name!r} under {key!r} here; there {f'are: {known}' if known else 'is nothing'}")
    for name, held in node.map.items() if key in BY_YEAR else ():
        if not YEAR.fullmatch(name):
            held.refuse(f"{name!r} is not a year written YYYY: the one in which the plan's year begins")
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


def kinds(terms: Terms) -> set[str]:
    """The kinds of facts, besides attributes and states, that the rules of a plan use."""
    by = {choice.by for choice in terms.choices.values()}
    found = set()
    if "age" in by or terms.has("vesting.at_age") or terms.has("retirement"):
        found.add("born")
    if "tenure" in by or terms.computation.period == "from_hire":
        found.add("hired")
    return found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise ValueError(f"{text!r} is not a number of years")
    return int(text)
