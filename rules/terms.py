"""A plan's terms: dated, cited values, loaded strictly from a file; and the same terms under a proposal.

``plan(name)`` loads ``rules/plans/<name>.yaml``: the folder is the list of plans. ``Terms.on`` answers what a path's
value is on a day, and raises :class:`NoTermsError` where the file has none: there is no default. ``Terms.under`` gives
the same terms with a proposal's changes; a change holds from its day on and supersedes the plan's later values.
"""

import dataclasses
import datetime
import functools
import hashlib
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rules import calendar, document, shape, units
from rules.calendar import Cite

PLANS = pathlib.Path(__file__).parent / "plans"
STATUSES = ("stated", "assumed", "disputed")


class NoTermsError(LookupError):
    """The terms say nothing for a path on a day. The message names plan, term and day."""


class ChangeError(ValueError):
    """A proposal changes something that cannot be changed so. ``path`` and ``date`` name the place."""

    def __init__(self, message: str, *, path: str, date: str | None = None) -> None:
        self.message, self.path, self.date = message, path, date
        super().__init__(f"{path}{f', {date}' if date else ''}: {message}")


class Value(NamedTuple):
    """One dated value. ``amount`` is hundredths for hours and whole units else; ``word`` is set for choices.

    Both are None where a rule ends. ``status`` is stated, assumed or disputed; ``either`` lists
    disputed readings with their sources.
    """

    amount: int | None
    word: str | None
    unit: str
    cite: Cite
    status: str = "stated"
    note: str = ""
    adopted: datetime.date | None = None
    either: tuple[tuple[str, Cite], ...] = ()

    @property
    def text(self) -> str:
        """The value as the file writes it, without its unit."""
        if self.amount is None:
            return self.word or "none"
        if self.unit != "hour":
            return str(self.amount)
        return units.written(self.amount).removesuffix(".00")


class Leaf(NamedTuple):
    """All values of one path, by day, in order of days."""

    path: str
    shape: shape.Quantity | shape.Word
    values: Mapping[datetime.date, Value]


@dataclasses.dataclass(frozen=True, eq=False)
class Terms:
    """The terms of one plan, as they stand or under a proposal. Equal content has an equal ``version``."""

    plan: str
    title: str
    kind: str
    name: str
    leaves: Mapping[str, Leaf]
    texts: Mapping[str, str]
    relief: Mapping[str, "Order"]
    levers: Mapping[str, str]
    open: Mapping[str, str]
    sources: Mapping[str, Cite]

    @functools.cached_property
    def version(self) -> str:
        """A short hash of every value, for naming the terms that an answer used."""
        told: dict[str, Any] = {"plan": self.plan, "texts": dict(self.texts)}
        for path, leaf in self.leaves.items():
            told[path] = {
                day.isoformat(): [value.amount, value.word, value.unit, value.status]
                for day, value in leaf.values.items()
            }
        chart = self.chart
        told["chart"] = [day.isoformat() for day in chart.cutoffs]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    @functools.cached_property
    def chart(self) -> calendar.Chart:
        """The chart of cut-offs that the plan counts by."""
        return calendar.chart(self.texts["calendar.cutoffs"])

    def on(self, path: str, day: datetime.date) -> Value:
        """Give the value in force for a path on a day. Raises :class:`NoTermsError` where there is none."""
        leaf = self.leaves.get(path)
        found: Value | None = None
        if leaf is not None:
            if leaf.shape.keyed == "at":
                found = leaf.values.get(day)
            else:
                for start, value in leaf.values.items():
                    if start <= day:
                        found = value
        if found is None or (found.amount is None and found.word is None):
            raise NoTermsError(f"the terms of {self.plan} ({self.name}) say nothing for {path} on {day}")
        return found

    def amount(self, path: str, day: datetime.date) -> int:
        """Give the whole amount in force for a quantity on a day."""
        amount = self.on(path, day).amount
        assert amount is not None
        return amount

    def word(self, path: str, day: datetime.date) -> str:
        """Give the choice in force for a word on a day."""
        word = self.on(path, day).word
        assert word is not None
        return word

    def has(self, path: str) -> bool:
        """Tell whether the plan has a section or a value at a path at all."""
        return path in self.leaves or any(known.startswith(path + ".") for known in self.leaves)

    def route(self, standing: str) -> str:
        """Give the path of the route by which a standing (initial, continuing) qualifies."""
        prefix = f"qualify.{standing}.routes."
        return prefix + min(path.removeprefix(prefix).split(".")[0] for path in self.leaves if path.startswith(prefix))

    def under(self, changes: Mapping[str, Mapping[str, Any]], *, name: str, cite: Cite) -> "Terms":
        """Give these terms with a proposal's changes: ``{lever or path: {date: value}}``.

        A value is text in the leaf's unit ("450") or a map with ``value`` and, if wished, ``unit`` (which must be the
        leaf's) and ``note``. From its first changed day on the leaf holds what the proposal says and nothing else;
        values keyed by cut-off are replaced one by one. Raises :class:`ChangeError` naming path and date.
        """
        leaves = dict(self.leaves)
        named: dict[str, str] = {}
        for key, dated in changes.items():
            path = self.levers.get(key, key)
            if path in named:
                raise ChangeError(f"{named[path]} changes the same term; name it once", path=key)
            named[path] = key
            if path not in leaves:
                known = ", ".join(sorted(self.levers))
                raise ChangeError(f"{self.plan} has no term of this name; its levers are {known}", path=key)
            if not isinstance(dated, Mapping) or not dated:
                raise ChangeError("expected a map of dates to values, such as {'2021-08-01': '450'}", path=key)
            leaves[path] = _changed(leaves[path], key, dated, cite)
        return dataclasses.replace(self, name=name, leaves=leaves)


class Order(NamedTuple):
    """A dated relief order: what it gives (hours or cobra) to whom is in the leaves under ``relief.<name>``."""

    title: str
    adopted: datetime.date
    gives: str
    cite: Cite


def _changed(leaf: Leaf, key: str, dated: Mapping[str, Any], cite: Cite) -> Leaf:
    changed: dict[datetime.date, Value] = {}
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
        if "unit" in parts and parts["unit"] != _unit(leaf.shape):
            message = f"the unit here is {_unit(leaf.shape)}, not {parts['unit']}"
            raise ChangeError(message, path=key, date=date)
        if leaf.shape.keyed == "at" and start not in leaf.values:
            known = ", ".join(day.isoformat() for day in leaf.values)
            raise ChangeError(f"this term is set by cut-off; its cut-offs are {known}", path=key, date=date)
        try:
            amount, word = read_value(leaf.shape, parts["value"])
        except ValueError as problem:
            raise ChangeError(str(problem), path=key, date=date) from None
        changed[start] = Value(amount, word, _unit(leaf.shape), cite, note=parts.get("note", ""))
    kept = leaf.values
    if leaf.shape.keyed == "from":
        kept = {day: value for day, value in kept.items() if day < min(changed)}
    return leaf._replace(values=dict(sorted({**kept, **changed}.items())))


def _unit(place: shape.Quantity | shape.Word) -> str:
    return place.unit if isinstance(place, shape.Quantity) else "word"


def read_value(place: shape.Quantity | shape.Word, text: str) -> tuple[int | None, str | None]:
    """Read a value's text by its place: an amount or a word. Raises ValueError saying what is taken."""
    if isinstance(place, shape.Word):
        if text not in place.words:
            raise ValueError(f"{text!r} is not one of: {', '.join(place.words)}")
        return None, text
    amount = units.hundredths(text)
    scale = 100 if place.unit == "hour" else 1
    if scale == 1:
        if amount % 100:
            raise ValueError(f"{text!r} is not a whole number of {place.unit}s")
        amount //= 100
    if not place.least * scale <= amount <= place.most * scale:
        raise ValueError(f"{text} is outside {place.least} to {place.most} {place.unit}s")
    return amount, None


def names() -> list[str]:
    """List the plans: the names of the files in the folder."""
    return sorted(path.stem for path in PLANS.glob("*.yaml"))


@functools.cache
def plan(name: str) -> Terms:
    """Load a shipped plan's current terms by name. Raises LookupError for a plan that is not there."""
    if name not in names():
        raise LookupError(f"there is no plan {name!r}; there are: {', '.join(names())}")
    path = PLANS / f"{name}.yaml"
    return read(path.read_bytes(), path.name)


def read(text: str | bytes, file: str) -> Terms:
    """Read a terms file. Raises :class:`rules.document.TermsError` naming file, line and column."""
    top = document.load(text, file)
    if not isinstance(top.content, dict) or "sources" not in top.content:
        top.refuse("'sources' is missing: every number needs a source")
    sources = calendar.read_sources(top.content["sources"])
    reader = _Reader(sources)
    rest = {key: node for key, node in top.content.items() if key != "sources"}
    reader.walk(dataclasses.replace(top, content=rest), shape.PLAN)
    prefix = "relief."
    orders = sorted({path.removeprefix(prefix).split(".")[0] for path in reader.texts if path.startswith(prefix)})
    terms = Terms(
        plan=reader.texts.pop("plan"),
        title=reader.texts.pop("title"),
        kind=reader.texts.pop("kind"),
        name="current",
        leaves=reader.leaves,
        relief={
            name: Order(
                reader.texts[f"relief.{name}.title"],
                reader.days[f"relief.{name}.adopted"],
                reader.texts[f"relief.{name}.gives"],
                reader.cites[f"relief.{name}.cite"],
            )
            for name in orders
        },
        levers=reader.take("levers."),
        open=reader.take("open."),
        texts=reader.texts,
        sources=sources,
    )
    for lever, path in terms.levers.items():
        if path not in terms.leaves:
            top.map["levers"].map[lever].refuse(f"the lever {lever!r} names {path!r}, which is not a term of this file")
    return terms


class _Reader:
    """Collects what a file holds while its nodes and the shape are walked side by side."""

    def __init__(self, sources: Mapping[str, Cite]) -> None:
        self.sources = dict(sources)
        self.leaves: dict[str, Leaf] = {}
        self.texts: dict[str, str] = {}
        self.days: dict[str, datetime.date] = {}
        self.cites: dict[str, Cite] = {}

    def take(self, prefix: str) -> dict[str, str]:
        """Take out the texts below a prefix, with the prefix cut off."""
        found = [path for path in self.texts if path.startswith(prefix)]
        return {path.removeprefix(prefix): self.texts.pop(path) for path in found}

    def walk(self, node: document.Node, place: shape.Shape) -> None:
        """Check a node against its place and collect it."""
        match place:
            case shape.Section():
                items = node.keys(tuple(place.required), tuple(place.optional))
                for key, item in items.items():
                    self.walk(item, place.required[key] if key in place.required else place.optional[key])
            case shape.Named():
                if not 1 <= len(node.map) <= place.most:
                    node.refuse(f"expected between 1 and {place.most} named entries, found {len(node.map)}")
                for item in node.map.values():
                    self.walk(item, place.each)
            case shape.Text():
                self.texts[node.path] = node.one_of(*place.words) if place.words else node.text
            case shape.Day():
                self.days[node.path] = node.read(units.day)
            case shape.Source():
                self.cites[node.path] = calendar.read_cite(node, self.sources)
            case _:
                self.leaves[node.path] = Leaf(node.path, place, dict(self.values(node, place)))

    def values(self, node: document.Node, place: shape.Quantity | shape.Word) -> Iterator[tuple[datetime.date, Value]]:
        """Read the dated values of one place; days must rise so that the file reads in order of time."""
        before: datetime.date | None = None
        for text, item in node.map.items():
            try:
                day = units.day(text)
            except ValueError as problem:
                item.refuse(f"{problem}: a value stands under the day from which it is in force")
            if before and day <= before:
                item.refuse(f"{day} stands after {before}: write the days in order")
            before = day
            yield day, self.value(item, place)

    def value(self, node: document.Node, place: shape.Quantity | shape.Word) -> Value:
        """Read one value with its unit, source, status and note."""
        optional = ("unit", "status", "note", "adopted", "either")
        parts = node.keys(("value", "cite"), optional)
        cite = calendar.read_cite(parts["cite"], self.sources)
        unit = _unit(place)
        if isinstance(place, shape.Quantity):
            if "unit" not in parts:
                node.refuse(f"'unit' is missing: this value is counted in {place.unit}s")
            parts["unit"].one_of(place.unit)
        elif "unit" in parts:
            parts["unit"].refuse("a choice has no unit")
        note = parts["note"].text if "note" in parts else ""
        status = parts["status"].one_of(*STATUSES) if "status" in parts else "stated"
        readings = parts["either"].map if "either" in parts else {}
        either = tuple((reading, calendar.read_cite(source, self.sources)) for reading, source in readings.items())
        if (status == "disputed") != bool(either):
            node.refuse("a disputed value has 'status: disputed' and lists the readings under 'either'")
        if status != "stated" and not note:
            node.refuse("an assumed or disputed value needs a 'note' that says what is not known")
        if parts["value"].text == "null":
            if not note:
                node.refuse("a rule that ends needs a 'note' that says why")
            return Value(None, None, unit, cite, status, note)
        amount, word = parts["value"].read(lambda text: read_value(place, text))
        if either and parts["value"].text not in readings:
            parts["value"].refuse("the value applied must be one of the readings under 'either'")
        adopted = parts["adopted"].read(units.day) if "adopted" in parts else None
        return Value(amount, word, unit, cite, status, note, adopted, either)
