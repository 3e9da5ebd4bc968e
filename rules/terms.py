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
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from rules import calendar, changing, document, shape, shape_pension, units, years
from rules.calendar import Cite
from rules.changing import ChangeError
from rules.checking import Wrong
from rules.leaves import UNDATED, Choice, Leaf, LeafReader, Value
from rules.sense import check

PLANS = pathlib.Path(__file__).parent / "plans"
SHAPES = {"health": shape.PLAN, "pension": shape_pension.PENSION}  # by kind of plan
KIND = re.compile(r"^kind: *[\"']?([a-z]+)", re.MULTILINE | re.ASCII)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", re.ASCII)
Who = Mapping[str, str | int]
NOBODY: Who = {}


class NoTermsError(LookupError):
    """The terms say nothing for a path on a day. The message names plan, term and day."""


class Order(NamedTuple):
    """A dated relief order: what it gives (hours, cobra, credit, waiver) is in the leaves under ``relief.<name>``."""

    title: str
    adopted: datetime.date | None
    gives: str
    cite: Cite


@dataclasses.dataclass(frozen=True, eq=False)
class Terms:
    """The terms of one plan, as they stand or under a proposal. Equal content has an equal ``version``.

    ``leaves`` are the dated values by path; a path in ``choices`` has values that depend on an attribute of the member,
    each under the path and the attribute's key. ``texts`` are plain words by path, ``cites`` the sources of sections
    that are not a value's.
    """

    plan: str
    title: str
    kind: str
    name: str
    leaves: Mapping[str, Leaf]
    choices: Mapping[str, Choice]
    texts: Mapping[str, str]
    relief: Mapping[str, Order]
    levers: Mapping[str, str]
    facts: Mapping[str, str]
    open: Mapping[str, str]
    statutes: Mapping[str, Cite]
    sources: Mapping[str, Cite]
    uncited: tuple[str, ...] = ()
    examples: document.Node | None = None
    cites: Mapping[str, Cite] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def version(self) -> str:
        """A short hash of every value, for naming the terms that an answer used."""
        told: dict[str, Any] = {"plan": self.plan, "texts": dict(self.texts)}
        told["choices"] = {path: [choice.by, *choice.keys] for path, choice in self.choices.items()}
        for path, leaf in self.leaves.items():
            told[path] = {
                day.isoformat(): [value.amount, value.word, value.unit, value.status, value.times]
                for day, value in leaf.values.items()
            }
        told["order"] = list(self.leaves)  # routes are tried in the order of the file
        if self.kind == "health":
            told["chart"] = [day.isoformat() for day in self.chart.cutoffs]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    @functools.cached_property
    def chart(self) -> calendar.Chart:
        """The chart of cut-offs that the plan counts by."""
        if self.kind == "pension":
            return self.computation.chart(self.leaves)
        return calendar.chart(self.texts["calendar.cutoffs"])

    @functools.cached_property
    def computation(self) -> years.Computation:
        """Which years a pension counts by."""
        period, starting = self.leaves["calendar.years"], self.leaves.get("calendar.starting")
        hired = self.texts.get(years.HIRED)
        return years.Computation(
            next(iter(period.values.values())).word or "",
            next(iter(starting.values.values())).amount or 1 if starting else 1,
            units.day(hired) if hired else None,
        )

    def hired(self, day: datetime.date) -> "Terms":
        """The same terms for a member whose own years are counted from a day of hire."""
        return dataclasses.replace(self, texts={**self.texts, years.HIRED: day.isoformat()})

    @functools.cached_property
    def sections(self) -> frozenset[str]:
        """Every path at or above a value or a word of the file."""
        found = set[str]()
        for path in (*self.leaves, *self.texts):
            parts = path.split(".")
            found.update(".".join(parts[:count]) for count in range(1, len(parts) + 1))
        return frozenset(found)

    def has(self, path: str) -> bool:
        """Tell whether the plan has a section or a value at a path at all."""
        return path in self.sections

    def below(self, path: str) -> list[str]:
        """The names that stand directly below a path, in the order of the file."""
        prefix, names = path + ".", dict[str, None]()
        for known in (*self.leaves, *self.texts):
            if known.startswith(prefix):
                names[known[len(prefix) :].split(".")[0]] = None
        return list(names)

    def leaf(self, path: str, who: Who = NOBODY) -> Leaf | None:
        """The leaf of a path for a member with these attributes; NoTermsError if an attribute is not recorded."""
        choice = self.choices.get(path)
        if choice is None:
            return self.leaves.get(path)
        key = choice.key(who.get(choice.by))
        if key is None:
            held = who.get(choice.by)
            state = "is not recorded" if held is None else f"is recorded as {held}"
            raise NoTermsError(
                f"the terms of {self.plan} ({self.name}) need the member's {choice.by} for {path}, which {state}; "
                f"there are values for: {', '.join(choice.keys)}"
            )
        return self.leaves[f"{path}.{key}"]

    def on(self, path: str, day: datetime.date, who: Who = NOBODY) -> Value:
        """Give the value in force for a path on a day. Raises :class:`NoTermsError` where there is none."""
        leaf = self.leaf(path, who)
        found = leaf.on(day) if leaf else None
        if found is None or found.ends:
            raise NoTermsError(f"the terms of {self.plan} ({self.name}) say nothing for {path} on {day}")
        return found

    def amount(self, path: str, day: datetime.date, who: Who = NOBODY) -> int:
        """Give the whole amount in force for a quantity on a day; a value that follows another is worked out."""
        value = self.on(path, day, who)
        assert value.amount is not None
        if value.times:
            return value.amount * self.amount(value.times, day, who) // 100
        return value.amount

    def word(self, path: str, day: datetime.date, who: Who = NOBODY) -> str:
        """Give the choice in force for a word on a day."""
        word = self.on(path, day, who).word
        assert word is not None
        return word

    def given(self, path: str, day: datetime.date, who: Who = NOBODY) -> bool:
        """Tell whether an optional term has a value in force on a day."""
        if path not in self.leaves and path not in self.choices:
            return False
        try:
            self.on(path, day, who)
        except NoTermsError:
            return self.leaf(path, who) is None
        return True

    def with_order(self, name: str, node: document.Node) -> "Terms":
        """Give these terms with one more relief order, in the form of the file's; it may have ``sources`` of its own.

        Raises :class:`rules.document.TermsError` naming the path of what cannot be taken.
        """
        node = dataclasses.replace(node, path=f"relief.{name}")
        if name in self.relief:
            node.refuse(f"{self.plan} has a relief order {name!r} already")
        parts = dict(node.map)
        own = calendar.read_sources(parts.pop("sources")) if "sources" in parts else {}
        measures = [f"credit.{measure}" for measure in self.below("credit")]
        amounts = tuple(dict.fromkeys(self.texts[f"{path}.unit"] for path in measures))
        reader = _Reader(LeafReader({**self.sources, **own}, amounts, self.chart.unit))
        reader.walk(dataclasses.replace(node, content=parts), shape.RELIEF)
        changed = dataclasses.replace(
            self,
            leaves={**self.leaves, **reader.leaves.leaves},
            texts={**self.texts, **reader.texts},
            relief={**self.relief, name: reader.order(name)},
        )
        try:
            check(changed)
        except Wrong as wrong:
            reader.place(wrong.path, node).refuse(wrong.message)
        return changed

    def without_order(self, name: str) -> "Terms":
        """Give these terms without one of their relief orders. LookupError for one that they do not have."""
        if name not in self.relief:
            raise LookupError(f"{self.plan} has no relief order {name!r}; it has: {', '.join(self.relief) or 'none'}")

        def others(told: Mapping[str, Any]) -> dict[str, Any]:
            return {path: one for path, one in told.items() if not path.startswith(f"relief.{name}.")}

        relief = {order: one for order, one in self.relief.items() if order != name}
        return dataclasses.replace(self, leaves=others(self.leaves), texts=others(self.texts), relief=relief)

    def under(
        self,
        changes: Mapping[str, Mapping[str, Any]],
        *,
        name: str,
        cite: Cite,
        adopted: datetime.date | None = None,
    ) -> "Terms":
        """Give these terms with a proposal's changes, or an amendment's: ``{lever or path: {date: value}}``.

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
            if path in self.choices:
                keys = ", ".join(f"{path}.{one}" for one in self.choices[path].keys)
                raise ChangeError(f"this term depends on the member; change one of: {keys}", path=key)
            if path not in leaves:
                known = ", ".join(sorted(self.levers))
                raise ChangeError(f"{self.plan} has no term of this name; its levers are {known}", path=key)
            if not isinstance(dated, Mapping) or not dated:
                raise ChangeError("expected a map of dates to values, such as {'2021-08-01': '450'}", path=key)
            leaves[path] = changing.changed(leaves[path], key, dated, cite, adopted)
        changed = dataclasses.replace(self, name=name, leaves=leaves)
        try:
            check(changed, {path: min(map(units.day, changes[key])) for path, key in named.items()})
        except Wrong as wrong:
            raise ChangeError(wrong.message, path=named.get(wrong.path, wrong.path)) from None
        return changed


@functools.cache
def _kinds() -> Mapping[str, str]:
    """The kind of every plan there is, by name. (A file says it in a line by itself, which the loader holds it to.)"""
    files = sorted(PLANS.glob("*.yaml"))
    return {path.stem: found[1] for path in files if (found := KIND.search(path.read_text(encoding="utf-8")))}


def names(kind: str = "health") -> list[str]:
    """List the plans of a kind: the names of the files in the folder."""
    return [name for name, of in _kinds().items() if of == kind]


def every_name() -> list[str]:
    """List the plans of all kinds."""
    return list(_kinds())


@functools.cache
def plan(name: str) -> Terms:
    """Load a shipped plan's current terms by name. Raises LookupError for a plan that is not there."""
    if name not in _kinds():
        raise LookupError(f"there is no plan {name!r}; there are: {', '.join(_kinds())}")
    path = PLANS / f"{name}.yaml"
    return read(path.read_bytes(), path.name)


def read(text: str | bytes, file: str) -> Terms:
    """Read a terms file. Raises :class:`rules.document.TermsError` naming file, line and column."""
    top = document.load(text, file)
    for section in ("sources", "credit", "calendar"):
        if section not in top.map:
            top.refuse(f"{section!r} is missing")
    sources = calendar.read_sources(top.map["sources"])
    amounts = tuple(dict.fromkeys(one.map["unit"].text for one in top.map["credit"].map.values() if "unit" in one.map))
    if "second_bank" in top.map and "unit" in top.map["second_bank"].map:
        amounts = (*amounts, top.map["second_bank"].map["unit"].text)
    kind = top.map["kind"].one_of(*SHAPES) if "kind" in top.map else "health"
    cutoffs = top.map["calendar"].map.get("cutoffs")
    period = "year" if kind == "pension" else calendar.unit_of(cutoffs.text) if cutoffs else "month"
    reader = _Reader(LeafReader(sources, amounts, period))
    rest = {key: node for key, node in top.map.items() if key != "sources"}
    reader.walk(dataclasses.replace(top, content=rest), SHAPES[kind])
    terms = reader.terms(sources)
    try:
        check(terms)
    except Wrong as wrong:
        reader.place(wrong.path, top).refuse(wrong.message)
    return terms


class _Reader:
    """Collects what a file holds while its nodes and the shape are walked side by side."""

    def __init__(self, leaves: LeafReader) -> None:
        self.leaves = leaves
        self.texts: dict[str, str] = {}
        self.days: dict[str, datetime.date] = {}
        self.cites: dict[str, Cite] = {}
        self.places: dict[str, document.Node] = {}
        self.examples: document.Node | None = None

    def take(self, prefix: str) -> dict[str, str]:
        """Take out the texts below a prefix, with the prefix cut off."""
        found = [path for path in self.texts if path.startswith(prefix)]
        return {path.removeprefix(prefix): self.texts.pop(path) for path in found}

    def place(self, path: str, top: document.Node) -> document.Node:
        """The node at a path, or the nearest one above it."""
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return self.places.get(path, top)

    def walk(self, node: document.Node, place: shape.Shape) -> None:
        """Check a node against its place and collect it."""
        self.places[node.path] = node
        match place:
            case shape.Section():
                items = node.keys(tuple(place.required), tuple(place.optional))
                for key, item in items.items():
                    self.walk(item, place.required[key] if key in place.required else place.optional[key])
                if place.one_of and sum(key in items for key in place.one_of) != 1:
                    node.refuse(f"expected exactly one of these here: {', '.join(place.one_of)}")
            case shape.Named():
                if not 1 <= len(node.map) <= place.most:
                    node.refuse(f"expected between 1 and {place.most} named entries, found {len(node.map)}")
                for name, item in node.map.items():
                    if not NAME.fullmatch(name):
                        item.refuse(f"{name!r} is not a name: letters, digits, hyphens and underscores")
                    self.walk(item, place.each)
            case shape.Text():
                self.texts[node.path] = node.one_of(*place.words) if place.words else node.text
            case shape.Day():
                self.days[node.path] = node.read(units.day)
            case shape.Source():
                self.cites[node.path] = self.leaves.cite(node)
            case shape.Raw():
                self.examples = node
            case _:
                self.leaves.read(node, place)

    def order(self, name: str) -> Order:
        """A relief order that was collected."""
        path = f"relief.{name}"
        title, gives = self.texts[f"{path}.title"], self.texts[f"{path}.gives"]
        return Order(title, self.days.get(f"{path}.adopted"), gives, self.cites[f"{path}.cite"])

    def terms(self, sources: Mapping[str, Cite]) -> Terms:
        """The terms that were collected."""
        prefix = "relief."
        orders = [path.split(".")[1] for path in self.texts if path.startswith(prefix) and path.endswith(".gives")]
        return Terms(
            plan=self.texts.pop("plan"),
            title=self.texts.pop("title"),
            kind=self.texts.pop("kind"),
            name="current",
            leaves=self.leaves.leaves,
            choices=self.leaves.choices,
            relief={name: self.order(name) for name in orders},
            levers=self.take("levers."),
            facts=self.take("facts."),
            open=self.take("open."),
            texts=self.texts,
            statutes={
                path.removeprefix("statutes."): cite
                for path, cite in self.cites.items()
                if path.startswith("statutes.")
            },
            sources=sources,
            uncited=tuple(short for short, cite in sources.items() if cite not in self.leaves.cited),
            examples=self.examples,
            cites=self.cites,
        )


__all__ = [
    "NAME",
    "PLANS",
    "UNDATED",
    "ChangeError",
    "NoTermsError",
    "Order",
    "Terms",
    "every_name",
    "names",
    "plan",
    "read",
]
