"""How the booklet's sentences are made: what each rests on, its footnotes, and what is said beside it.

A :class:`Teller` goes through a plan's terms. A sentence is written as plain text in which values are asked for by
path (``teller.amount("bank.cap")``); the sentence then rests on these paths, carries the footnotes of their sources,
and beside it stands what is assumed, disputed or noted of them and what they were before or will be later.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rules.booklet_words import capital, ended, followed, holder, in_force, label, listed, long_day, named, plain, words
from rules.calendar import Cite
from rules.leaves import UNDATED, Leaf, Value, read_value
from rules.shape import Quantity
from rules.terms import Terms

LATEST = datetime.date.max
How = Callable[[Value], str]


class Remark(NamedTuple):
    """What is said beside a sentence.

    ``kind`` is ``assumed`` or ``disputed`` (with ``readings``, each with the number of its footnote), ``note``,
    ``since``, ``earlier`` or ``later`` (what the value was before, or will be), or ``amounts``: what a value that
    follows another comes to for each kind of member. ``about`` says which of the sentence's
    values it is about, where there are several.
    """

    kind: str
    text: str
    footnotes: tuple[int, ...] = ()
    readings: tuple[tuple[str, int], ...] = ()
    about: str = ""


class Sentence(NamedTuple):
    """One sentence, the paths of the terms it rests on, and how sure they are: stated, assumed or disputed.

    ``more`` says that it goes on about the same thing as the sentence before.
    """

    text: str
    paths: tuple[str, ...] = ()
    status: str = "stated"
    footnotes: tuple[int, ...] = ()
    remarks: tuple[Remark, ...] = ()
    more: bool = False


class Section(NamedTuple):
    """A part of the booklet. ``name`` is short and its own: no other section of the booklet has it."""

    name: str
    title: str
    sentences: tuple[Sentence, ...]


class Teller:
    """Collects sections of sentences about terms, as they are on a day (None: the latest values)."""

    def __init__(self, terms: Terms, on: datetime.date | None) -> None:
        self.terms, self.on, self.day = terms, on, on or LATEST
        self.sections: list[Section] = []
        self.footnotes: dict[Cite, int] = {}
        self._sentences: list[Sentence] = []
        self._told: list[tuple[Leaf, How]] = []
        self._rests: list[str] = []
        self._amounts: list[Remark] = []

    # What the terms say.

    def keys(self, path: str) -> list[tuple[Leaf, str]]:
        """The leaves of a path, each with the words for whom it is; none where the plan has no such term."""
        choice = self.terms.choices.get(path)
        if choice is None:
            return [(self.terms.leaves[path], "")] if path in self.terms.leaves else []
        only = len(choice.keys) == 1
        return [
            (self.terms.leaves[f"{path}.{key}"], "" if only else holder(choice.by, key))
            for key in choice.keys
            if f"{path}.{key}" in self.terms.leaves
        ]

    def current(self, leaf: Leaf) -> Value | None:
        """The value in force on the day; None where there is none or the rule has ended."""
        found = in_force(leaf, self.day)
        return None if found is None or found[1].ends else found[1]

    def holds(self, path: str) -> bool:
        """Whether a term is in force for anybody."""
        return any(self.current(leaf) for leaf, _ in self.keys(path))

    def given(self, path: str, whole: str = "") -> bool:
        """Whether an optional term is in force for anybody; one that the plan has at another time only is told so.

        Without it the section ``whole`` around it says nothing either: its values are told with that.
        """
        if self.holds(path):
            return True
        start = whole or path
        self._told += [
            (leaf, self._words)
            for known, leaf in self.terms.leaves.items()
            if known == start or known.startswith(f"{start}.")
        ]
        if self._told:
            never = all(value.ends for leaf, _ in self._told for value in leaf.values.values())
            self.say(f"Not in force{'' if never else self.when()}: {named(self.terms, path)}.")
        return False

    def when(self) -> str:
        """The day asked about, as the end of a sentence."""
        return f" on {long_day(self.on)}" if self.on else " any more"

    def amount(self, path: str, how: How | None = None) -> str:
        """The value of a term in words, for each kind of member where it depends on the member."""
        how = how or self._words
        parts = []
        for leaf, whom in self.keys(path):
            value = self.current(leaf)
            self._told.append((leaf, how))
            text = how(value) if value else "none"
            if value and value.times:
                comes_to = followed(self.terms, leaf, value, self.day)
                if len(comes_to) == 1:
                    text += f" (that is {comes_to[0]})"
                elif comes_to:
                    self._amounts.append(Remark("amounts", f"That is {listed(comes_to)}."))
                self._rests += [one.path for one, _ in self.keys(value.times)]
            parts.append(f"{text} ({whom})" if whom else text)
        return listed(parts, "or")

    def peek(self, path: str) -> str:
        """The value of a term that another sentence tells; this one rests on it too."""
        told, self._told = self._told, []
        text = self.amount(path)
        self._rests += [leaf.path for leaf, _ in self._told]
        self._told = told
        return text

    def text(self, path: str) -> str:
        """A plain text of the file; the sentence rests on it."""
        self._rests.append(path)
        return self.terms.texts[path]

    def hold(self, path: str) -> None:
        """Rest the next sentence on a leaf whose values its text tells by itself."""
        self._told.append((self.terms.leaves[path], self._words))

    # Sentences.

    def say(self, text: str, *, cites: Sequence[Cite] = (), remarks: Sequence[Remark] = (), more: bool = False) -> None:
        """Add a sentence that rests on everything asked for since the last one."""
        told, rests, amounts = self._told, self._rests, self._amounts
        self._told, self._rests, self._amounts = [], [], []
        found: dict[Cite, None] = dict.fromkeys(cites)
        statuses, beside = set(), [*amounts, *remarks]
        for leaf, _ in told:
            current = in_force(leaf, self.day) if leaf.shape.keyed == "from" else None
            if current:
                found[current[1].cite] = None
                statuses.add(current[1].status)
            if leaf.shape.keyed == "at":
                found |= dict.fromkeys(value.cite for value in leaf.values.values())
                statuses |= {value.status for value in leaf.values.values()}
        for path in rests:
            known = in_force(self.terms.leaves.get(path), self.day)
            if known:
                found[known[1].cite] = None
        numbers = tuple(map(self.number, found))
        for leaf, how in told:
            about = label(self.terms, leaf.path) if len(told) > 1 else ""
            at = leaf.shape.keyed == "at"
            found_beside = self._by_cutoff(leaf) if at else self._timeline(leaf, how)
            beside += [remark._replace(about=about) for remark in found_beside]
        status = next((one for one in ("disputed", "assumed") if one in statuses), "stated")
        paths = tuple(dict.fromkeys([*(leaf.path for leaf, _ in told), *rests]))
        self._sentences.append(Sentence(text, paths, status, numbers, tuple(dict.fromkeys(beside)), more))

    def choose(self, path: str, phrases: Mapping[str, str]) -> None:
        """Say the sentence for the choice in force, if the plan makes it; one for each kind of member."""
        if not self.given(path):
            return
        for leaf, whom in self.keys(path):
            value = self.current(leaf)
            self._told.append((leaf, lambda one: phrases[one.word or ""] if not one.ends else "no rule any more."))
            text = phrases[value.word or ""] if value else "No rule is in force."
            self.say(f"{capital(whom)}: {text[0].lower()}{text[1:]}" if whom else text)

    def marks(self, path: str, text: str) -> None:
        """Say ``text`` with the {names} below a path that are switched on, and which others are off."""
        for switched in (True, False):
            names = []
            for name in self._names(path):
                keys = [(leaf, whom, self.current(leaf)) for leaf, whom in self.keys(f"{path}.{name}")]
                on = [whom for _, whom, value in keys if value and value.word == "true"]
                if bool(on) != switched:
                    continue
                self._told += [(leaf, lambda one: "yes" if one.word == "true" else "no") for leaf, _, _ in keys]
                some = [whom for whom in on if whom] if len(on) < len(keys) else []
                names.append(f'"{plain(name)}"{f" ({listed(some)})" if some else ""}')
            if names:
                off = f"Not in force{self.when()}: {label(self.terms, path)}"
                self.say(text.format(names=listed(names, "or")) if switched else f"{off} {listed(names)}.")

    def section(self, name: str, title: str) -> None:
        """Close a section with the sentences said since the last one; one without sentences is left out."""
        if self._sentences:
            self.sections.append(Section(name, title, tuple(self._sentences)))
        self._sentences = []

    def number(self, cite: Cite) -> int:
        """The number of the footnote that names a source."""
        return self.footnotes.setdefault(cite, len(self.footnotes) + 1)

    # What stands beside a sentence.

    def _words(self, value: Value) -> str:
        return words(self.terms, value)

    def _names(self, path: str) -> list[str]:
        return self.terms.below(path)

    def _timeline(self, leaf: Leaf, how: How) -> list[Remark]:
        """What is assumed, disputed or noted of the value in force, and what was or will be in force instead of it."""
        items, current = list(leaf.values.items()), in_force(leaf, self.day)
        place = items.index(current) if current else -1
        found = self._doubts(leaf, current[1], how) if current else []
        for index in range(len(items) - 1, -1, -1):
            start, value = items[index]
            adopted = f" (adopted {long_day(value.adopted)})" if value.adopted else ""
            if index != place:
                following = items[index + 1][0] if index + 1 < len(items) else None
                text = f"{self._span(start, following, how(value).rstrip('.'))}{adopted}"
                kind, doubt = ("later" if index > place else "earlier"), ""
                if value.status != "stated":
                    doubt = f", {value.status}: {value.note}"
                elif value.note:
                    doubt = f" ({value.note})"
                readings = self._readings(leaf, value, how)
                found.append(Remark(kind, ended(f"{text}{doubt}"), (self.number(value.cite),), readings))
            elif value.ends:
                if index:
                    found.append(Remark("since", f"The rule ended on {long_day(start)}."))
            elif start > self.terms.chart.cutoffs[0] or (index and start != UNDATED) or value.adopted:
                # A start that lies before the calendar's own begin tells nothing.
                found.append(Remark("since", f"Since {long_day(start)}{adopted}."))
        return found

    @staticmethod
    def _span(start: datetime.date, following: datetime.date | None, text: str) -> str:
        if following is None:
            return f"From {long_day(start)} on: {text}"
        if start == UNDATED:
            return f"Before {long_day(following)}: {text}; no start given"
        return f"From {long_day(start)} to {long_day(following - datetime.timedelta(days=1))}: {text}"

    def _doubts(self, leaf: Leaf, value: Value, how: How) -> list[Remark]:
        if value.status != "stated":
            return [Remark(value.status, ended(value.note), (), self._readings(leaf, value, how))]
        return [Remark("note", ended(value.note))] if value.note else []

    def _readings(self, leaf: Leaf, value: Value, how: How) -> tuple[tuple[str, int], ...]:
        """The readings of a disputed value in words, each with its footnote."""
        place = Quantity("factor", 0, 1000) if value.times else leaf.shape
        told = []
        for text, cite in value.either:
            amount, word = read_value(place, text)
            told.append((how(value._replace(amount=amount, word=word)).strip('."'), self.number(cite)))
        return tuple(told)

    def _by_cutoff(self, leaf: Leaf) -> list[Remark]:
        """What is assumed, disputed or noted of values that are set by cut-off."""
        grouped: dict[tuple[str, str, tuple[tuple[str, int], ...]], list[datetime.date]] = {}
        for day, value in leaf.values.items():
            if value.note:
                kind = value.status if value.status != "stated" else "note"
                grouped.setdefault((kind, value.note, self._readings(leaf, value, self._words)), []).append(day)
        found = []
        for (kind, note, readings), days in grouped.items():
            whose = "" if len(days) == len(leaf.values) else f"{listed(list(map(long_day, days)))}: "
            found.append(Remark(kind, ended(f"{whose}{note}"), (), readings))
        return found
