"""Dated, cited values: how one place of a terms file is read, and what it holds."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rules import document, shape, units
from rules.calendar import Cite, read_cite

STATUSES = ("stated", "assumed", "disputed")
UNDATED = datetime.date.min  # the start of a value whose source gives none: before every other day
NUMERIC = ("age", "tenure")  # attributes that are numbers: a key holds from that many on
OTHERWISE = "otherwise"
FINEST = 10_000  # the scale of rates: ten-thousandths
REQUIRED, OPTIONAL = ("value", "cite"), ("unit", "status", "note", "adopted", "either", "times")
WHOLE = re.compile(r"0|[1-9][0-9]{0,3}", re.ASCII)


class Value(NamedTuple):
    """One dated value. ``amount`` is hundredths for amounts and factors, whole units else; ``word`` is a choice.

    Both are None where a rule ends. ``scale`` is how many of ``amount`` make one unit. ``status`` is stated, assumed or
    disputed; ``either`` lists disputed readings with their sources. With ``times``, the amount (hundredths) multiplies
    what stands at that path.
    """

    amount: int | None
    word: str | None
    unit: str
    cite: Cite
    status: str = "stated"
    note: str = ""
    adopted: datetime.date | None = None
    either: tuple[tuple[str, Cite], ...] = ()
    times: str = ""
    scale: int = 1

    @property
    def ends(self) -> bool:
        """Whether a rule ends here."""
        return self.amount is None and self.word is None

    @property
    def text(self) -> str:
        """The value as the file writes it, without its unit."""
        if self.amount is None:
            return self.word or "none"
        if self.scale == 1:
            return str(self.amount)
        if self.scale == FINEST:
            return units.written_rate(self.amount).removesuffix(".00")
        return units.written(self.amount).removesuffix(".00")


class Leaf(NamedTuple):
    """All values of one path, by day, in order of days."""

    path: str
    shape: shape.Leafy
    values: Mapping[datetime.date, Value]

    def on(self, day: datetime.date) -> Value | None:
        """The value that holds on a day: its own where each stands for a day, else the latest begun."""
        if self.shape.keyed == "at":
            return self.values.get(day)
        begun = [value for start, value in self.values.items() if start <= day]
        return begun[-1] if begun else None


class Choice(NamedTuple):
    """A path whose value depends on the member: the attribute, and the keys there are below the path."""

    by: str
    keys: tuple[str, ...]

    def key(self, held: str | int | None) -> str | None:
        """The key that a member's attribute chooses, or None if there is none for it."""
        if held is not None and self.by in NUMERIC:
            reached = [int(key) for key in self.keys if key != OTHERWISE and int(key) <= int(held)]
            return str(max(reached)) if reached else self.fallback
        return str(held) if held in self.keys else self.fallback

    @property
    def fallback(self) -> str | None:
        """The key for everybody else."""
        return OTHERWISE if OTHERWISE in self.keys else None


def read_value(place: shape.Leafy, text: str) -> tuple[int | None, str | None]:
    """Read a value's text by its place: an amount or a word. Raises ValueError saying what is taken."""
    if isinstance(place, shape.Word):
        if place.words and text not in place.words:
            raise ValueError(f"{text!r} is not one of: {', '.join(place.words)}")
        if not text:
            raise ValueError("expected a word here")
        return None, text
    amount = units.ten_thousandths(text) if place.scale == FINEST else units.hundredths(text)
    if place.scale == 1:
        if amount % 100:
            raise ValueError(f"{text!r} is not a whole number of {place.unit}s")
        amount //= 100
    if not place.least * place.scale <= amount <= place.most * place.scale:
        raise ValueError(f"{text} is outside {place.least} to {place.most} {place.unit}s")
    return amount, None


class LeafReader:
    """Reads leaves with the sources and the units that a file has."""

    def __init__(self, sources: Mapping[str, Cite], amounts: tuple[str, ...], period: str) -> None:
        self.sources, self.amounts, self.period = dict(sources), amounts, period
        self.cited: set[Cite] = set()
        self.leaves: dict[str, Leaf] = {}
        self.choices: dict[str, Choice] = {}

    def read(self, node: document.Node, place: shape.Leafy) -> None:
        """Read one place: a value by itself, values by day, or values by an attribute of the member."""
        self.cited_at_all(node, place)
        if "value" in node.map and place.keyed == "at":
            day = "its day" if self.period == "year" else "the day of its cut-off"
            node.refuse(f"a value that is set for single days stands under {day}")
        if "value" not in node.map and node.map.keys() & {"unit", "cite"} and "by" not in node.map:
            node.keys(REQUIRED, OPTIONAL)  # one value, and a key that is misspelt or missing
        if "by" not in node.map:
            values = {UNDATED: self.value(node, place)} if "value" in node.map else dict(self.dated(node, place))
            if not values:
                node.refuse("expected at least one value here")
            self.leaves[node.path] = Leaf(node.path, place, values)
            return
        items = dict(node.map)
        by = items.pop("by").text
        if place.keyed == "at":
            node.refuse("a value that is set for single days cannot depend on the member")
        if not by.strip() or "." in by:
            node.map["by"].refuse(f"{by!r} is not the name of an attribute")
        if not items or items.keys() & {"value", "cite", "unit"}:
            node.refuse(f"expected a value for each {by} here, each under the {by} that it is for")
        for key, item in items.items():
            if by in NUMERIC and key != OTHERWISE and not WHOLE.fullmatch(key):
                item.refuse(f"{key!r} is not a whole number: a value by {by} stands under the {by} from which it holds")
            if not key.strip() or "." in key:
                item.refuse(f"{key!r} cannot be a value of {by}: it is empty or has a dot in it")
            if "by" in item.map:
                item.refuse("a value depends on one attribute only")
            self.read(item, place)
        self.choices[node.path] = Choice(by, tuple(items))

    def dated(self, node: document.Node, place: shape.Leafy) -> Iterator[tuple[datetime.date, Value]]:
        """Read the dated values of one place; days must rise so that the file reads in order of time."""
        before: datetime.date | None = None
        for text, item in node.map.items():
            try:
                day = UNDATED if text == "undated" and place.keyed == "from" else units.day(text)
            except ValueError as problem:
                item.refuse(f"{problem}: a value stands under the day from which it is in force, or 'undated'")
            if before is not None and day <= before:
                item.refuse(f"{text} stands after {before}: write the days in order")
            before = day
            yield day, self.value(item, place)

    def cited_at_all(self, node: document.Node, place: shape.Leafy) -> None:
        """Refuse a bare value, saying how it is written."""
        if isinstance(node.content, str) and node.content:
            unit = "" if isinstance(place, shape.Word) else f" unit: {' or '.join(self.units(place))},"
            node.refuse(f"a value says where it is written: {{value: {node.content},{unit} cite: SOURCE}}")

    def cite(self, node: document.Node) -> Cite:
        """Read the short name of a source."""
        cite = read_cite(node, self.sources)
        if not (cite.title.strip() and cite.url.strip()):
            node.refuse(f"the source {node.text!r} needs a title and an address ('url')")
        self.cited.add(cite)
        return cite

    def value(self, node: document.Node, place: shape.Leafy) -> Value:
        """Read one value with its unit, source, status and note."""
        self.cited_at_all(node, place)
        parts = node.keys(REQUIRED, OPTIONAL)
        cite = self.cite(parts["cite"])
        times = parts["times"].text if "times" in parts else ""
        unit = self.unit(node, parts, place, times)
        note = parts["note"].text if "note" in parts else ""
        status = parts["status"].one_of(*STATUSES) if "status" in parts else "stated"
        either = self.readings(node, parts, status)
        if status != "stated" and not note.strip():
            node.refuse("an assumed or disputed value needs a 'note' that says what is not known")
        adopted = parts["adopted"].read(units.day) if "adopted" in parts else None
        if parts["value"].text == "null":
            if not note.strip():
                node.refuse("a rule that ends needs a 'note' that says why")
            return Value(None, None, unit, cite, status, note, adopted)
        taken = shape.Quantity("factor", 0, 1000) if times else place
        amount, word = parts["value"].read(lambda text: read_value(taken, text))
        for reading, source in parts["either"].map.items() if either else ():
            try:
                read_value(taken, reading)
            except ValueError as problem:
                source.refuse(str(problem))
        scale = taken.scale if isinstance(taken, shape.Quantity) else 1
        return Value(amount, word, unit, cite, status, note, adopted, either, times, scale)

    def readings(
        self, node: document.Node, parts: Mapping[str, document.Node], status: str
    ) -> tuple[tuple[str, Cite], ...]:
        """Read the readings of a disputed value, each with its source; the value applied is one of them."""
        found = parts["either"].map if "either" in parts else {}
        either = tuple((reading, self.cite(source)) for reading, source in found.items())
        if (status == "disputed") != bool(either):
            node.refuse("a disputed value has 'status: disputed' and lists the readings under 'either'")
        if either and parts["value"].text not in found:
            parts["value"].refuse("the value applied must be one of the readings under 'either'")
        return either

    def unit(self, node: document.Node, parts: Mapping[str, document.Node], place: shape.Leafy, times: str) -> str:
        """Read a value's unit: one that its place takes; a choice has none."""
        if isinstance(place, shape.Word):
            for key in ("unit", "times"):
                if key in parts:
                    parts[key].refuse(f"a choice has no {key}")
            return "word"
        taken = ("times",) if times else self.units(place)
        if not times and "unit" in parts and parts["unit"].text == "times":
            parts["unit"].refuse("'unit: times' needs 'times: PATH' as well: the path of the number that this is times")
        if "unit" not in parts:
            node.refuse(f"'unit' is missing: this value is counted in {' or '.join(f'{unit}s' for unit in taken)}")
        return parts["unit"].one_of(*taken)

    def units(self, place: shape.Quantity) -> tuple[str, ...]:
        """The units that a place takes in this file."""
        if place.unit == shape.CREDIT:
            return self.amounts
        return (self.period,) if place.unit == shape.PERIOD else (place.unit,)
