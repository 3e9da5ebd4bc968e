"""What changes between two days of one plan's terms, or between two terms: a plan and a proposal, or two files.

One record for each change, so that it reads as a line: what moves from what to what, from when, by which source.
"""

import datetime
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rules.calendar import Cite
from rules.leaves import UNDATED, Leaf, Value
from rules.terms import Terms

UNSAID = ("word", "text", "times")  # units that a line need not say


class Difference(NamedTuple):
    """One change. ``before`` and ``after`` are as the file writes them, None where there is nothing.

    ``start`` is the day from which it holds (for relief, the cut-off it is for), None where no start is given.
    ``unit`` is ``word`` for a choice, ``text`` for plain words. ``status`` is that of what there is after the change;
    ``unit_before`` and ``status_before`` are of what there was.
    """

    path: str
    lever: str | None
    before: str | None
    after: str | None
    unit: str
    start: datetime.date | None
    cite: Cite | None
    status: str
    status_before: str
    unit_before: str

    @property
    def text(self) -> str:
        """The change as one line: path, before -> after, unit, start and source."""
        unit = f" {self.unit}" if self.after and self.unit not in UNSAID else ""
        same = self.unit_before == self.unit and self.after
        was = f" {self.unit_before}" if self.before and self.unit_before not in UNSAID and not same else ""
        doubt = "" if self.status == "stated" else f" ({self.status})"
        if self.before == self.after:
            doubt = f" ({self.status_before} -> {self.status})" if self.status != self.status_before else ""
        start = f" from {self.start}" if self.start else ""
        cite = f" [{self.cite.title}]" if self.cite else ""
        return f"{self.path} {self.before or 'nothing'}{was} -> {self.after or 'nothing'}{unit}{start}{doubt}{cite}"


def between_days(terms: Terms, first: datetime.date, last: datetime.date) -> list[Difference]:
    """What changes in a plan's terms after ``first`` and up to ``last``, in the order of days, then of the file.

    For relief, what is set for cut-offs in that time. Raises ValueError where ``last`` lies before ``first``.
    """
    if last < first:
        raise ValueError(f"{last} lies before {first}")
    names = _levers(terms)
    found = []
    for path, leaf in terms.leaves.items():
        before: Value | None = None
        for start, value in leaf.values.items():
            if first < start <= last and _key(before) != _key(value):
                found.append(_difference(path, names, before, value, start))
            before = value if leaf.shape.keyed == "from" else None
    return sorted(found, key=lambda change: change.start or UNDATED)


def between(before: Terms, after: Terms) -> list[Difference]:
    """What is different between two terms: values by the day from which they differ, and plain words.

    In the order of the file ``before``, what only ``after`` has last. Notes and sources alone make no difference.
    """
    names = {**_levers(after), **_levers(before)}
    found: list[Difference] = []
    for path in dict.fromkeys((*before.leaves, *after.leaves)):
        found += _of_leaf(path, names, before.leaves.get(path), after.leaves.get(path))
    old, new = _texts(before), _texts(after)
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            words = old.get(path), new.get(path)
            found.append(Difference(path, names.get(path), *words, "text", None, None, "stated", "stated", "text"))
    return found


def _of_leaf(path: str, names: Mapping[str, str], old: Leaf | None, new: Leaf | None) -> Iterator[Difference]:
    starts = sorted({*(old.values if old else ()), *(new.values if new else ())})
    told: object = None
    by_cutoff = any(leaf.shape.keyed == "at" for leaf in (old, new) if leaf)
    for start in starts:
        before, after = _on(old, start), _on(new, start)
        pair = _key(before), _key(after)
        if pair[0] != pair[1] and pair != told:
            yield _difference(path, names, before, after, start)
        told = None if by_cutoff else pair


def _on(leaf: Leaf | None, day: datetime.date) -> Value | None:
    """What a leaf says on a day on which it or another one changes."""
    return leaf.on(day) if leaf else None


def _key(value: Value | None) -> object:
    """What makes a value another one: neither its note nor its source does."""
    if value is None:
        return None
    return value.amount, value.word, value.unit, value.times, value.status, tuple(text for text, _ in value.either)


def _difference(
    path: str, names: Mapping[str, str], before: Value | None, after: Value | None, start: datetime.date
) -> Difference:
    shown = after or before
    assert shown is not None
    return Difference(
        path,
        names.get(path),
        _written(before),
        _written(after),
        shown.unit if not shown.ends or before is None else before.unit,
        None if start == UNDATED else start,
        after.cite if after else None,
        after.status if after else "stated",
        before.status if before else "stated",
        before.unit if before else shown.unit,
    )


def _written(value: Value | None) -> str | None:
    if value is None or value.ends:
        return None
    return f"{value.text} times {value.times}" if value.times else value.text


def _levers(terms: Terms) -> dict[str, str]:
    return {path: name for name, path in terms.levers.items()}


def _texts(terms: Terms) -> dict[str, str]:
    """The plain words of a file by path; for an attribute's key, the routes and the services, the order in which they
    stand: the first service is the one meant where a section names none."""
    found = {"plan": terms.plan, "title": terms.title, "kind": terms.kind, **terms.texts}
    found |= {f"{path}.by": choice.by for path, choice in terms.choices.items()}
    for standing in terms.below("qualify"):
        path = f"qualify.{standing}.routes"
        found[path] = ", ".join(terms.below(path))
    if terms.has("service"):
        found["service"] = ", ".join(terms.below("service"))
    for name, order in terms.relief.items():
        if order.adopted:
            found[f"relief.{name}.adopted"] = order.adopted.isoformat()
    for section in ("levers", "facts", "open"):
        found |= {f"{section}.{name}": text for name, text in getattr(terms, section).items()}
    return found | {f"statutes.{name}": cite.title for name, cite in terms.statutes.items()}
