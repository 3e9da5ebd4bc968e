"""Worked examples: what a plan's documents say of a case, held against the rules. Section 7 of ``docs/terms.md``.

Examples stand under ``examples`` in a terms file, or in a file of their own under ``cases``. They are read as strictly
as terms: a key that means nothing is refused with its place.
"""

import datetime
import difflib
from collections.abc import Iterator
from typing import Any, NamedTuple

from rules import checking, credit, determine, document, examples_pension, proposal, units
from rules.calendar import Cite
from rules.credit import Line
from rules.document import Node
from rules.facts import DECISIONS, KINDS, OPEN, Fact, axes
from rules.terms import Terms

AMOUNTS = (
    *("counted", "required", "short", "bank_before", "drawn", "added", "bank_after", "bought"),
    *("second_before", "second_after"),
)
WORDS = ("route", "way", "tier", "standing")
DAYS = ("from", "until")
FIGURES = ("covered", *DAYS, *WORDS, "qualifying_period", *AMOUNTS, "gates")
MARKED = ("rate", "received", "paid", "placed", "marks")
CITE = Cite("example", "", "")
# What a fact has besides its kind and its days: required, optional.
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "attribute": (("name", "value"), ("to",)),
    "state": (("name",), ("to",)),
    "event": (("name",), ("to",)),
    "decision": (("name",), ("to",)),
    "bank_adjustment": (("amount",), ("to",)),
    "disability": ((), ("to", "claim", "claimed")),
}
USED = {  # the sections whose names are states, and events
    "state": ("bank.stops_clock", "bank.blocked_by", "coverage.not_while", "breaks.stops", "imputed"),
    "event": ("bank.forfeit_on", "coverage.ends_on"),
}
SECTIONS = {"disability": "disability", "self_payment": "top_up", "bank_adjustment": "bank"}
SINGLE = ("attribute", "decision")  # of one name, no two begin on the same day


class Example(NamedTuple):
    """One worked example: a member's lines and facts, a day, perhaps a proposal, and what the documents say."""

    name: str
    source: str
    line: int
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]
    changes: dict[str, dict[str, Any]]
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
    found, first = [_example(item, terms) for item in node.content], dict[str, int]()
    for example, item in zip(found, node.content, strict=True):
        if example.name in first:
            told = f"an example of this name stands in line {first[example.name]} already: give each a name of its own"
            item.map["name"].refuse(told)
        first[example.name] = example.line
    return found


def differences(example: Example, terms: Terms) -> dict[str, tuple[Any, Any]]:
    """What an example says and what the rules say, by figure, where that differs."""
    found = answer(example, terms)
    return {key: (value, found[key]) for key, value in example.expect.items() if found[key] != value}


def answer(example: Example, terms: Terms) -> dict[str, Any]:
    """The rules' answer to an example, in the words of the examples."""
    if example.changes:
        terms = terms.under(example.changes, name="example", cite=CITE)
    if terms.kind == "pension":
        return examples_pension.answer(terms, example.lines, example.facts, example.on, example.expect)
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
    if not parts["expect"].map:
        parts["expect"].refuse("nothing is expected: name one figure of the answer at least")
    expect, pension = {}, terms.kind == "pension"
    figures = examples_pension.FIGURES if pension else FIGURES
    for key, value in parts["expect"].map.items():
        if key not in figures:
            value.refuse(f"an answer has no {key!r}; it has: {', '.join(figures)}")
        expect[key] = examples_pension.figure(key, value, terms) if pension else _figure(key, value)
    if "under" in parts:
        proposal.under(terms, parts["under"], name="example", cite=CITE)
    return Example(
        name=parts["name"].text,
        source=parts["source"].text,
        line=node.line,
        lines=tuple(sorted(_lines(parts, terms), key=lambda line: line.day)),
        facts=tuple(_facts(_items(parts.get("facts")))),
        changes=proposal.changes(parts["under"]) if "under" in parts else {},
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
        yield Line(given["day"].read(units.day), **_given(item, given))
    for key, step in (("monthly", 0), ("weekly", 7)):
        for item in _items(parts.get(key)):
            given = item.keys(required=("from", "to"), optional=(*credit.AMOUNTS, "rate", "marks"))
            for day in _days(given, step):
                yield Line(day, **_given(item, given))


def _days(given: dict[str, Node], step: int) -> Iterator[datetime.date]:
    if step:
        day, last = given["from"].read(units.day), given["to"].read(units.day)
        _in_order(given, day > last)
        while day <= last:
            yield day
            day += datetime.timedelta(days=step)
    else:
        first, end = given["from"].read(units.month_number), given["to"].read(units.month_number)
        _in_order(given, first > end)
        for month in range(first, end + 1):
            yield units.first_day(month).replace(day=15)


def _in_order(given: dict[str, Node], backwards: bool) -> None:
    if backwards:
        given["to"].refuse(f"{given['to'].text} lies before {given['from'].text}")


def _given(item: Node, given: dict[str, Node]) -> dict[str, Any]:
    if not given.keys() & set(credit.AMOUNTS):
        item.refuse(f"a line has an amount: one of {', '.join(credit.AMOUNTS)}")
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


def _facts(items: list[Node]) -> Iterator[Fact]:
    seen: set[tuple[str, str, datetime.date]] = set()
    for node in items:
        fact = _fact(node)
        key = (fact.kind, fact.name if fact.kind == "attribute" else "", fact.first_day)
        if fact.kind in SINGLE and key in seen:
            node.refuse(f"another {fact.kind}{f' {fact.name!r}' if key[1] else ''} begins on {fact.first_day} too")
        seen.add(key)
        yield fact


def _fact(node: Node) -> Fact:
    kind = node.map["kind"].one_of(*KINDS) if "kind" in node.map else ""
    required, optional = PARTS.get(kind, ((), ("to",)))
    parts = node.keys(required=("kind", "from", *required), optional=optional)
    name = parts["name"].text if "name" in parts else ""
    if kind == "decision":
        parts.get("name", node).one_of(*DECISIONS)
    first = parts["from"].read(units.day)
    _in_order(parts, "to" in parts and parts["to"].read(units.day) < first)
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


def unused(example: Example, terms: Terms) -> Iterator[str]:
    """What an example gives of a member and no rule of the file uses: often a word that is misspelt."""
    measures = [f"credit.{name}" for name in terms.below("credit")]
    counted = {word for path in measures for word in checking.words_of(terms, f"{path}.counts")}
    marks = {mark for path in measures for key in ("only", "without") for mark in terms.below(f"{path}.{key}")}
    amounts = {name for line in example.lines for name in credit.AMOUNTS if getattr(line, name)}
    yield from _unknown("the amount", amounts, counted)
    yield from _unknown("the mark", {mark for line in example.lines for mark in line.marks}, marks)
    asked = {axis.attribute: {str(one) for one in axis.options if one is not None} for axis in axes(terms)}
    for fact in example.facts:
        if fact.kind == "attribute":
            known = asked.get(fact.name, set())
            yield from _unknown("the attribute", {fact.name}, set(asked))
            # Any other value may be meant: it is what 'otherwise' is for. One of the same letters is a slip.
            slips = [value for value in known if len(set(value.casefold()) ^ set(fact.value.casefold())) < 2]
            yield from _unknown(f"the {fact.name}", {fact.value} if slips else set(), known)
        elif fact.kind in USED:
            names = {name for path in USED[fact.kind] for name in terms.below(path)}
            ends = "contract_end" in checking.words_of(terms, "calendar.cycle")
            yield from _unknown(f"the {fact.kind}", {fact.name}, names | ({"contract_end"} if ends else set()))
        elif fact.kind in SECTIONS and not terms.has(SECTIONS[fact.kind]):
            yield f"no rule of this file uses a {fact.kind}: it has no {SECTIONS[fact.kind]!r}"
        elif terms.kind == "pension" and fact.kind not in examples_pension.kinds(terms):
            yield f"no rule of this file uses the fact {fact.kind!r}"


def _unknown(what: str, given: set[str], known: set[str]) -> Iterator[str]:
    for name in sorted(given - known):
        close = difflib.get_close_matches(name, sorted(known), 1)
        yield f"no rule of this file uses {what} {name!r}{f'; did you mean {close[0]!r}?' if close else ''}"
