"""Worked examples: what a plan's documents say of a case, held against the rules. Section 7 of ``docs/terms.md``.

Examples stand under ``examples`` in a terms file, or in a file of their own under ``cases``. They are read as strictly
as terms: a key that means nothing is refused with its place.
"""

import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple

from rules import credit, determine, document, units
from rules.calendar import Cite
from rules.credit import Line
from rules.document import Node
from rules.facts import DECISIONS, KINDS, OPEN, Fact
from rules.terms import Terms

AMOUNTS = (
    *("counted", "required", "short", "bank_before", "drawn", "added", "bank_after", "bought"),
    *("second_before", "second_after"),
)
WORDS = ("route", "way", "tier", "standing")
DAYS = ("from", "until")
FIGURES = ("covered", *DAYS, *WORDS, "qualifying_period", *AMOUNTS, "gates")
MARKED = ("rate", "received", "paid", "placed", "marks")


class Example(NamedTuple):
    """One worked example: a member's lines and facts, a day, perhaps a proposal, and what the documents say."""

    name: str
    source: str
    line: int
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]
    changes: dict[str, dict[str, str]]
    on: datetime.date
    expect: dict[str, Any]


def read_file(text: str | bytes, file: str) -> tuple[str, Node]:
    """Read a file of examples: the plan that it names, and the list of examples."""
    top = document.load(text, file).keys(required=("plan", "cases"))
    return top["plan"].text, top["cases"]


def read(node: Node, terms: Terms) -> list[Example]:
    """Read a list of examples. Raises :class:`rules.document.TermsError` naming file, line and column."""
    if not isinstance(node.content, list):
        node.refuse("expected a list of examples here")
    return [_example(item, terms) for item in node.content]


def differences(example: Example, terms: Terms) -> dict[str, tuple[Any, Any]]:
    """What an example says and what the rules say, by figure, where that differs."""
    found = answer(example, terms)
    return {key: (value, found[key]) for key, value in example.expect.items() if found[key] != value}


def answer(example: Example, terms: Terms) -> dict[str, Any]:
    """The rules' answer to an example, in the words of the examples."""
    if example.changes:
        terms = terms.under(example.changes, name="example", cite=Cite("example", "", ""))
    return told(determine.determine(terms, example.lines, example.facts, example.on))


def told(found: determine.Determination) -> dict[str, Any]:
    """A determination in the words of the examples."""
    return {
        "covered": found.covered,
        "from": found.benefit.first if found.benefit else None,
        "until": found.benefit.last if found.benefit else None,
        "route": found.route,
        "way": found.way,
        "tier": found.tier,
        "standing": found.standing,
        "qualifying_period": tuple(found.qualifying),
        **{name: getattr(found, name) for name in AMOUNTS},
        "gates": found.gates,
    }


def written(value: Any) -> str:
    """A figure as an example writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return units.written(value)
    if isinstance(value, tuple):
        return f"{value[0]} to {value[1]}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {written(held)}" for name, held in value.items()) or "none"
    return "null" if value is None else str(value)


def _example(node: Node, terms: Terms) -> Example:
    parts = node.keys(
        required=("name", "source", "on", "expect"),
        optional=("hours", "lines", "monthly", "weekly", "facts", "under"),
    )
    expect = {}
    for key, value in parts["expect"].map.items():
        if key not in FIGURES:
            value.refuse(f"an answer has no {key!r}; it has: {', '.join(FIGURES)}")
        expect[key] = _figure(key, value)
    under = parts["under"].map if "under" in parts else {}
    return Example(
        name=parts["name"].text,
        source=parts["source"].text,
        line=node.line,
        lines=tuple(sorted(_lines(parts, terms), key=lambda line: line.day)),
        facts=tuple(_fact(fact) for fact in _items(parts.get("facts"))),
        changes={name: {day: value.text for day, value in dated.map.items()} for name, dated in under.items()},
        on=parts["on"].read(units.day),
        expect=expect,
    )


def _items(node: Node | None) -> list[Node]:
    if node is None:
        return []
    if not isinstance(node.content, list):
        node.refuse("expected a list here")
    return node.content


def _figure(key: str, node: Node) -> Any:
    if isinstance(node.content, str) and node.text == "null":
        return None
    if key == "covered":
        return node.one_of("true", "false") == "true"
    if key == "qualifying_period":
        parts = node.keys(required=("from", "to"))
        return parts["from"].read(units.day), parts["to"].read(units.day)
    if key == "gates":
        return {name: held.one_of("true", "false") == "true" for name, held in node.map.items()}
    if key in DAYS:
        return node.read(units.day)
    return node.text if key in WORDS else node.read(units.hundredths)


def _lines(parts: dict[str, Node], terms: Terms) -> Iterator[Line]:
    first = terms.below("credit")[0]
    counts = next(iter(terms.leaves[f"credit.{first}.counts"].values.values())).word or "hours"
    for text, amount in parts["hours"].map.items() if "hours" in parts else ():
        day = _day(amount, text)
        amounts: dict[str, Any] = {counts: amount.read(units.hundredths)}
        yield Line(day, **amounts)
    for item in _items(parts.get("lines")):
        given = item.keys(required=("day",), optional=(*credit.AMOUNTS, *MARKED))
        yield Line(given["day"].read(units.day), **_given(given))
    for key, step in (("monthly", 0), ("weekly", 7)):
        for item in _items(parts.get(key)):
            given = item.keys(required=("from", "to"), optional=(*credit.AMOUNTS, "rate", "marks"))
            for day in _days(given, step):
                yield Line(day, **_given(given))


def _days(given: dict[str, Node], step: int) -> Iterator[datetime.date]:
    if step:
        day, last = given["from"].read(units.day), given["to"].read(units.day)
        while day <= last:
            yield day
            day += datetime.timedelta(days=step)
    else:
        for month in range(given["from"].read(units.month_number), given["to"].read(units.month_number) + 1):
            yield units.first_day(month).replace(day=15)


def _given(given: dict[str, Node]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, node in given.items():
        if key in credit.AMOUNTS or key == "rate":
            found[key] = node.read(units.hundredths)
        elif key in ("received", "paid", "placed"):
            found[key] = node.read(units.day)
        elif key == "marks":
            found[key] = frozenset(mark.text for mark in _items(node))
    return found


def _day(node: Node, text: str) -> datetime.date:
    try:
        return units.day(text)
    except ValueError as problem:
        node.refuse(str(problem))


def _fact(node: Node) -> Fact:
    parts = node.keys(required=("kind", "from"), optional=("to", "name", "value", "amount", "claim", "claimed"))
    kind = parts["kind"].one_of(*KINDS)
    name = parts["name"].text if "name" in parts else ""
    if kind == "decision":
        parts.get("name", node).one_of(*DECISIONS)
    first = parts["from"].read(units.day)
    amount = parts["amount"].text if "amount" in parts else "0"
    sign, digits = (-1, amount[1:]) if amount.startswith("-") else (1, amount)
    return Fact(
        kind,
        first,
        parts["to"].read(units.day) if "to" in parts else first if kind in ("event", "disability") else OPEN,
        claim=parts["claim"].text if "claim" in parts else "",
        claimed=parts["claimed"].read(units.day) if "claimed" in parts else None,
        name=name,
        value=parts["value"].text if "value" in parts else "",
        amount=sign * parts.get("amount", node).read(lambda _: units.hundredths(digits)) if "amount" in parts else 0,
    )
