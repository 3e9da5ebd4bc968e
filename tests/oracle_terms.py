"""The oracle's first part: a terms file and its calendar as read, and what a value is on a day for a member.

A leaf is kept as a map from days to entries; an undated value stands under the first day there is. Nothing here
knows what the values are for.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import yaml

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the same reading by libyaml, where it is there

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1990, 2040
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NOT_LEAVES = {"sources", "levers", "facts", "open", "examples"}
NOTHING = {"null", "~", ""}
YES = {"true", "yes"}
UNDATED = date.min
FACTS = {
    *("born", "hired", "cycle_start", "attribute", "state", "unavailable_for_work", "hours_booked", "event"),
    *("disability", "self_payment", "bank_adjustment", "decision"),
}


class SilentError(LookupError):
    """The terms say nothing on this day."""


class UnrecordedError(LookupError):
    """A value depends on something about the member that nobody has recorded."""


# Months


def month_of(day: date) -> int:
    """Number the months, so that they can be added and subtracted."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Give the first day of a numbered month."""
    return date(month // 12, month % 12 + 1, 1)


# The calendar


@dataclass
class Calendar:
    """The cut-offs in order. Months, weeks and days differ only in how far it is from one period to another."""

    step: str
    cutoffs: list[date]
    begins: date

    def period_of(self, day: date) -> int:
        """Number the period in which a day lies: credits up to a cut-off belong to it."""
        if not self.begins <= day <= self.cutoffs[-1]:
            raise ValueError(f"{day} is outside the calendar")
        return bisect_left(self.cutoffs, day)

    def start_of(self, period: int) -> date:
        """Give the first day of a period: the day after the cut-off before."""
        return self.cutoffs[period - 1] + DAY if period > 0 else self.begins

    def end_of(self, period: int) -> date:
        """Give the last day of a period: its cut-off; before the first period, the day before the calendar."""
        return self.cutoffs[period] if period >= 0 else self.begins - DAY

    def tick(self, period: int, lag: int) -> date:
        """Give the first day of the cover that a cut-off feeds."""
        cutoff = self.cutoffs[period]
        if self.step == "months":
            return first_day(month_of(cutoff) + lag)
        return cutoff + DAY + (lag - 1) * self.span()

    def span(self) -> timedelta:
        """Give the length of a period of a calendar of weeks or days."""
        return 7 * DAY if self.step == "weeks" else DAY

    def number(self, day: date) -> int:
        """Number the periods as cover goes by them: calendar months, weeks, days."""
        if self.step == "months":
            return month_of(day)
        return (day - self.cutoffs[0] - DAY).days // self.span().days

    def last_of(self, start: date, length: int) -> date:
        """Give the last day of cover that starts on a day and lasts for so many periods."""
        if self.step == "months":
            return first_day(month_of(start) + length) - DAY
        return start + length * self.span() - DAY


def calendar_of(name: str, charts_folder) -> Calendar:
    """Lay out a calendar by its name, or read the chart of that name."""
    if name == "days":
        first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
        return Calendar("days", [first + n * DAY for n in range((last - first).days + 1)], first)
    if name.startswith("weeks_ending_"):
        return weeks_ending(WEEKDAYS.index(name.removeprefix("weeks_ending_")))
    months = range(FIRST_YEAR * 12, (LAST_YEAR + 1) * 12)
    if name == "month_end":
        return Calendar("months", [first_day(month + 1) - DAY for month in months], date(FIRST_YEAR, 1, 1))
    if name.removeprefix("last_") in WEEKDAYS:
        weekday = WEEKDAYS.index(name.removeprefix("last_"))
        ends = [first_day(month + 1) - DAY for month in months]
        return Calendar("months", [end - (end.weekday() - weekday) % 7 * DAY for end in ends], date(FIRST_YEAR, 1, 1))
    return charted(yaml.load(Path(charts_folder, f"{name}.yaml").read_text(encoding="utf-8"), LOADER))


def weeks_ending(weekday: int) -> Calendar:
    """Lay out all weeks that end with this day of the week."""
    day, cutoffs = date(FIRST_YEAR, 1, 1), []
    while day.weekday() != weekday:
        day += DAY
    while day.year <= LAST_YEAR:
        cutoffs.append(day)
        day += 7 * DAY
    return Calendar("weeks", cutoffs, date(FIRST_YEAR, 1, 1))


def charted(chart: dict) -> Calendar:
    """Take the days of a chart; a stated day stands before an inferred one."""
    by_month = dict(chart.get("inferred", {}).get("cutoffs", {}))
    for month, entry in chart["stated"].items():
        by_month[month] = entry["value"]
    cutoffs = [date.fromisoformat(by_month[month]) for month in sorted(by_month)]
    return Calendar("months", cutoffs, first_day(month_of(cutoffs[0])))


# Reading the file


@dataclass
class Terms:
    """A terms file as read: the tree of its sections, its leaves by path, the values keyed by a member's attribute."""

    plan: str
    tree: dict
    calendar: Calendar
    leaves: dict[str, dict[date, tuple]] = field(default_factory=dict)
    keyed: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    found: dict = field(default_factory=dict)

    def calendar_reaches(self, day: date) -> bool:
        """Say whether a test can answer for a day: some cut-off feeds it, and the last one's period is not over."""
        view = View(self, Person([]), day, day)
        cutoffs = self.calendar.cutoffs
        at = min(bisect_left(cutoffs, day), len(cutoffs)) - 1
        lag = view.whole("calendar.lag") or 1
        if at < 0 or self.calendar.tick(0, lag) > day:
            return False
        return day <= self.calendar.last_of(self.calendar.tick(len(cutoffs) - 1, lag), 1)


def read(plan_path, charts_folder, changes: dict | None = None) -> Terms:
    """Read a plan (a path, or the text itself), with a proposal's changes applied where there are any."""
    is_text = isinstance(plan_path, str) and "\n" in plan_path
    text = plan_path if is_text else Path(plan_path).read_text(encoding="utf-8")
    tree = yaml.load(text, getattr(yaml, "CBaseLoader", LOADER))
    terms = Terms(tree["plan"], tree, calendar_of(tree["calendar"]["cutoffs"], charts_folder))
    for name, section in tree.items():
        if name not in NOT_LEAVES:
            collect(section, name, terms)
    for name, proposed in (changes or {}).items():
        apply(terms, tree.get("levers", {}).get(name, name), proposed)
    return terms


def collect(node, path: str, terms: Terms) -> None:
    """Gather the leaves: a bare word, one value without a day, or a map from days to values."""
    if not isinstance(node, dict):
        terms.leaves[path] = {UNDATED: (str(node), None)}
    elif "value" in node:
        terms.leaves[path] = {UNDATED: entry_of(node)}
    elif node and all(is_day(start) for start in node):
        terms.leaves[path] = {day_of(start): entry_of(entry) for start, entry in node.items()}
    elif isinstance(node.get("by"), str):
        keys = [key for key in node if key != "by"]
        terms.keyed[path] = (node["by"], keys)
        for key in keys:
            collect(node[key], f"{path}.{key}", terms)
    else:
        for key, below in node.items():
            collect(below, f"{path}.{key}", terms)


def is_day(text: str) -> bool:
    """Say whether a key is a day, or the word for no day."""
    try:
        day_of(text)
    except ValueError:
        return False
    return True


def day_of(text) -> date:
    """Take a key as the day from which a value is in force."""
    if isinstance(text, date):
        return text
    return UNDATED if text == "undated" else date.fromisoformat(text)


def entry_of(entry) -> tuple:
    """Take out of a leaf's entry its value and the path of the value it follows, if any."""
    if not isinstance(entry, dict):
        entry = {"value": str(entry)}
    value = None if entry["value"] is None or entry["value"] in NOTHING else entry["value"]
    return (value, entry.get("times"))


def apply(terms: Terms, path: str, proposed: dict) -> None:
    """Put a proposal's values in place: from its first day on they stand alone; in relief they replace one by one."""
    if path in terms.keyed:
        for key in terms.keyed[path][1]:
            apply(terms, f"{path}.{key}", proposed)
        return
    if path not in terms.leaves:
        raise LookupError(f"a proposal changes {path}, which the plan does not have")
    old = terms.leaves[path]
    new = {}
    for start, entry in proposed.items():
        day = day_of(start)
        value, follows = entry_of(entry)
        before = [known for known in old if known <= day] or [min(old)]
        new[day] = (value, follows or old[max(before)][1])
    kept = old if path.startswith("relief.") else {day: entry for day, entry in old.items() if day < min(new)}
    terms.leaves[path] = {**kept, **new}


# The facts about a member


class Person:
    """The facts about a member, by kind, in the order of their days."""

    def __init__(self, facts: list[dict]):
        strange = {fact["kind"] for fact in facts} - FACTS
        if strange:
            raise ValueError(f"facts of an unknown kind: {sorted(strange)}")
        self.kinds: dict[str, list[dict]] = {}
        for fact in sorted(facts, key=lambda fact: fact["from"]):
            self.kinds.setdefault(fact["kind"], []).append(fact)
        for fact in self.all("decision"):
            if fact["name"] not in {"cover_granted", "cover_refused"}:
                raise ValueError(f"a decision of an unknown kind: {fact['name']}")

    def all(self, kind: str) -> list[dict]:
        """List the facts of a kind."""
        return self.kinds.get(kind, [])

    def attribute(self, name: str, day: date) -> str | None:
        """Give what a member is on a day; of several that hold, the latest one counts."""
        value = None
        for fact in self.all("attribute"):
            if fact["name"] == name and holds(fact, day):
                value = str(fact["value"])
        return value

    def state(self, name: str, day: date) -> bool:
        """Say whether a state holds on a day; two states may be written as kinds of their own."""
        named = [fact for fact in self.all("state") if fact["name"] == name]
        return any(holds(fact, day) for fact in named + (self.all(name) if name in FACTS else []))

    def events(self, name: str) -> list[date]:
        """List the days of an event."""
        return [fact["from"] for fact in self.all("event") if fact["name"] == name]

    def since(self, kind: str, day: date) -> date | None:
        """Give the day of birth, of hire or of the cycle's start, as it is known on a day."""
        days = [fact["from"] for fact in self.all(kind) if fact["from"] <= day]
        return max(days) if days else None

    def age(self, day: date) -> int | None:
        """Give the age in whole years."""
        born = self.since("born", day)
        return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def tenure(self, day: date) -> int | None:
        """Give the whole months since the day of hire."""
        hired = self.since("hired", day)
        return None if hired is None else month_of(day) - month_of(hired) - (day.day < hired.day)

    def decision(self, day: date) -> str | None:
        """Give the latest decision that holds on a day."""
        held = [fact["name"] for fact in self.all("decision") if holds(fact, day)]
        return held[-1] if held else None


def holds(fact: dict, day: date) -> bool:
    """Say whether a fact covers a day; a fact without an end is open."""
    return fact["from"] <= day and (fact.get("to") is None or day <= fact["to"])


# Looking up values


class View:
    """The terms as they are for one member at one test: values of a day, by what the member is on the cut-off."""

    def __init__(self, terms: Terms, person: Person, cutoff: date, day: date):
        self.terms, self.person, self.cutoff, self.day = terms, person, cutoff, day

    def leaf_of(self, path: str) -> str | None:
        """Find the leaf for this member: where a value is kept by attribute, the member's own."""
        while path in self.terms.keyed:
            name, keys = self.terms.keyed[path]
            path = f"{path}.{self.key(path, name, keys)}"
        return path if path in self.terms.leaves else None

    def key(self, path: str, name: str, keys: list[str]) -> str:
        """Choose the key by the member's age, tenure or attribute on the cut-off."""
        if name in {"age", "tenure"}:
            reached = self.person.age(self.cutoff) if name == "age" else self.person.tenure(self.cutoff)
            steps = [int(key) for key in keys if key != "otherwise" and reached is not None and int(key) <= reached]
            chosen = str(max(steps)) if steps else None
        else:
            chosen = self.person.attribute(name, self.cutoff)
        if chosen in keys and chosen != "otherwise":
            return chosen
        if "otherwise" not in keys:
            raise UnrecordedError(f"{path} depends on {name}, which is not recorded on {self.cutoff}")
        return "otherwise"

    def entry(self, leaf: str) -> tuple:
        """Give the entry in force on the day; nothing if the leaf starts later."""
        known = ("entry", leaf, self.day)
        if known not in self.terms.found:
            entries = self.terms.leaves[leaf]
            starts = [start for start in entries if start <= self.day]
            self.terms.found[known] = entries[max(starts)] if starts else (None, None)
        return self.terms.found[known]

    def word(self, path: str) -> str | None:
        """Look up a word; None if the plan has no such rule on the day."""
        known = (path, self.day)
        if known in self.terms.found:
            return self.terms.found[known]
        leaf = self.leaf_of(path)
        if leaf != path and leaf is not None:
            return self.word(leaf)
        self.terms.found[known] = None if leaf is None else self.entry(leaf)[0]
        return self.terms.found[known]

    def yes(self, path: str) -> bool:
        """Say whether a rule is switched on."""
        return self.word(path) in YES

    def number(self, path: str, scale: int) -> Fraction | int | None:
        """Look up a number, as it is or in hundredths; what is the same for every member is looked up once."""
        known = (path, self.day, scale)
        if known in self.terms.found:
            return self.terms.found[known]
        leaf = self.leaf_of(path)
        if leaf != path and leaf is not None:
            return self.number(leaf, scale)
        value, follows = (None, None) if leaf is None else self.entry(leaf)
        if value is not None and follows is not None:
            return self.multiple(value, follows, scale)
        self.terms.found[known] = None if value is None else plain(Fraction(value) * scale)
        return self.terms.found[known]

    def multiple(self, value: str, follows: str, scale: int) -> Fraction | int | None:
        """Give so many times the value that a leaf follows."""
        followed = follows if follows in self.terms.leaves or follows in self.terms.keyed else f"indexes.{follows}"
        other = self.number(followed, scale)
        known = (value, "times", other)
        if known not in self.terms.found:
            self.terms.found[known] = None if other is None else plain(Fraction(value) * other)
        return self.terms.found[known]

    def amount(self, path: str) -> int | None:
        """Look up an amount in whole hundredths; what is finer is cut off."""
        found = self.number(path, 100)
        return None if found is None else found // 1

    def whole(self, path: str) -> int | None:
        """Look up a whole number of periods, windows, days, years."""
        found = self.number(path, 1)
        if found is not None and not isinstance(found, int):
            raise ValueError(f"{path} is {found}, which is no whole number")
        return found

    def need(self, found, path: str):
        """Insist on a value that the plan cannot do without."""
        if found is None:
            raise SilentError(f"{self.terms.plan} has no {path} on {self.day}")
        return found

    def names(self, path: str) -> list[str]:
        """List the names written below a path, in the order of the file."""
        known = ("names", path)
        if known not in self.terms.found:
            node = self.terms.tree
            for key in path.split("."):
                node = node.get(key, {}) if isinstance(node, dict) else {}
            self.terms.found[known] = list(node) if isinstance(node, dict) else []
        return self.terms.found[known]

    def switched_on(self, path: str) -> list[str]:
        """List the marks, states or events below a path that are switched on."""
        return [name for name in self.names(path) if self.yes(f"{path}.{name}")]


def plain(exact: Fraction) -> Fraction | int:
    """Take a whole number for what it is."""
    return exact.numerator if exact.denominator == 1 else exact
