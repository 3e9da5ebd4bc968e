"""Made-up members of a pension plan for the checks of the rules: synthetic, seeded, half on the edge of a number.

A history is years of work with gaps long enough for breaks, permanent breaks and their repair, the facts that the plan
asks about, perhaps a proposal, and a day to ask about. With an even seed the amounts of years are numbers of the plan's
own terms or lie a hundredth beside one; with an odd one they are anything.
"""

import datetime
import functools
import random
from typing import NamedTuple

import yaml

from rules.calendar import Cite
from rules.credit import Line
from rules.facts import OPEN, Fact
from rules.terms import ChangeError, Terms
from tests.histories_pension_plans import terms_of, text_of

DAY = datetime.timedelta(days=1)
BESIDE = (-1, 0, 0, 1)
EARLIEST, LATEST = 1955, 2025
LAST_YEAR = 2040
LONG_BEFORE = datetime.date(1930, 1, 1)
CITE = Cite("made up", "", "")
MEASURED = ("hour", "day", "week", "month", "dollar", "point")
GROUP = 50  # histories in a row that are asked under the same terms
USUAL = {"hour": 1000_00, "day": 75_00, "week": 22_00, "month": 6_00, "dollar": 20_000_00, "point": 10_00}


class History(NamedTuple):
    """A member's lines and facts, the terms to ask under (as changes), and a day to ask about."""

    plan: str
    seed: int
    changes: dict[str, dict[str, str]]
    lines: list[Line]
    facts: list[Fact]
    on: datetime.date

    @property
    def terms(self) -> Terms:
        """The terms to ask under."""
        return _under(self.plan, self.seed // GROUP)


class Plan(NamedTuple):
    """What a history has to know of a plan: its measures, their numbers, its attributes, states and ages."""

    measures: dict[str, tuple[str, str]]  # by name: the unit, and what of a line it counts
    numbers: dict[str, list[int]]  # by unit: hundredths
    years: str
    month: int
    attributes: dict[str, list[str]]
    states: list[str]
    ages: list[int]
    marks: list[str]
    dated: list[datetime.date]
    paid: bool


def history(plan: str, seed: int) -> History:
    """The history of a plan with this number; equal numbers give equal histories."""
    return _Maker(plan, seed).made()


# The plan


@functools.lru_cache(maxsize=1024)
def known_of(plan: str) -> Plan:
    """What the plan's file says that histories are made of."""
    terms, tree = terms_of(plan), yaml.load(text_of(plan), yaml.BaseLoader)
    numbers: dict[str, list[int]] = {}
    for leaf in terms.leaves.values():
        for one in leaf.values.values():
            if one.amount and one.unit in MEASURED:
                numbers.setdefault(one.unit, []).append(one.amount)
    attributes: dict[str, list[str]] = {}
    for choice in terms.choices.values():
        if choice.by not in ("age", "tenure"):
            attributes.setdefault(choice.by, []).extend(key for key in choice.keys if key != "otherwise")
    ages = {
        one.amount
        for path, leaf in terms.leaves.items()
        for one in leaf.values.values()
        if path.rpartition(".")[2] in ("age", "at_age") and one.amount
    }
    measures, marks, paid = {}, set(), False
    for name, keys in tree["credit"].items():
        words = [one.word for one in terms.leaves[f"credit.{name}.counts"].values.values() if one.word]
        measures[name] = (keys["unit"], words[0])
        marks |= set(keys.get("only", {})) | set(keys.get("without", {}))
        paid = paid or "pay_date" in str(keys)
    days = {day for leaf in terms.leaves.values() for day in leaf.values if day.year >= EARLIEST}
    states = [*tree.get("breaks", {}).get("stops", {}), *tree.get("imputed", {})]
    years = next(iter(terms.leaves["calendar.years"].values.values())).word or ""
    starting = terms.leaves.get("calendar.starting")
    month = next(iter(starting.values.values())).amount or 1 if starting else 1
    return Plan(
        measures,
        numbers,
        years,
        month,
        attributes,
        list(dict.fromkeys(states)),
        sorted(ages),
        sorted(marks),
        sorted(days),
        paid,
    )


# The terms


@functools.lru_cache(maxsize=16)
def _under(plan: str, group: int) -> Terms:
    changes = changes_of(plan, group)
    return terms_of(plan).under(changes, name="changed", cite=CITE) if changes else terms_of(plan)


@functools.lru_cache(maxsize=64)
def changes_of(plan: str, group: int) -> dict[str, dict[str, str]]:
    """The proposal under which a group of histories is asked; nothing for two groups of three."""
    chance, current = random.Random(f"pension {plan} terms {group}"), terms_of(plan)
    if group % 3 != 2:
        return {}
    for _ in range(50):
        changes = {}
        for path in chance.sample(list(current.levers.values()), min(len(current.levers), chance.choice((1, 2)))):
            values = [one for one in current.leaves[path].values.values() if one.amount is not None and not one.times]
            if values:
                year = chance.choice((1950, chance.randint(1960, LATEST)))
                start = datetime.date(year, chance.choice((1, 1, 7)), 1)
                changes[path] = {start.isoformat(): _changed(chance, current, path, chance.choice(values))}
        try:
            current.under(changes, name="changed", cite=CITE)
        except (ChangeError, ValueError):
            continue
        return changes
    return {}


def _changed(chance: random.Random, current: Terms, path: str, one) -> str:
    """Another value in the place of one: a little more, half of it, another number of the plan of the same unit."""
    parts = getattr(current.leaves[path].shape, "scale", 1)
    others = [v.amount for leaf in current.leaves.values() for v in leaf.values.values() if v.unit == one.unit]
    amount = chance.choice((one.amount + parts, one.amount // 2, one.amount * 3 // 2, chance.choice(others)))
    amount = amount or one.amount
    whole, rest = divmod(amount, parts)
    return f"{whole}.{rest:0{len(str(parts)) - 1}}" if rest else str(whole)


# The member


class _Maker:
    """What a history is made of while it is made."""

    def __init__(self, plan: str, seed: int) -> None:
        self.plan, self.seed, self.edgy = plan, seed, seed % 2 == 0
        self.chance = random.Random(f"pension {plan} {seed}")
        self.known = known_of(plan)
        self.lines: list[Line] = []
        self.facts: list[Fact] = []

    def made(self) -> History:
        """The history."""
        chance = self.chance
        first, span = self.opening(), chance.choice((3, 5, 8, 12, 15, 20, 30, 45))
        last = min(first.year + span, LAST_YEAR - 2)
        hired = self.hire(first)
        self.start = (hired.month, hired.day) if self.known.years == "from_hire" else (self.known.month, 1)
        self.work(first, last)
        self.lines.sort(key=lambda line: line.day)
        lines = [line._replace(number=place + 1) for place, line in enumerate(self.lines)]
        on = self.asked(first, last)
        self.birth(first, on)
        self.attributes(first, last)
        self.happens(first, last)
        return History(self.plan, self.seed, changes_of(self.plan, self.seed // GROUP), lines, self.facts, on)

    def opening(self) -> datetime.date:
        """The first day of work: not long before a day on which the terms change, or anywhere."""
        chance = self.chance
        year = chance.randint(EARLIEST, LATEST)
        if self.known.dated and chance.random() < 0.5:
            year = chance.choice(self.known.dated).year - chance.randint(0, 8)
        year = min(max(year, EARLIEST), LATEST)
        return datetime.date(year, chance.randint(1, 12), chance.choice((1, 1, 15, 28)))

    def hire(self, first: datetime.date) -> datetime.date:
        """The day of hire, mostly recorded: before the first work, or some time after it; on a 29 February at times."""
        chance = self.chance
        day = first - chance.choice((0, 0, 1, 30, 200, 800)) * DAY
        if chance.random() < 0.1:
            day = first + chance.choice((1, 30, 400)) * DAY
        if chance.random() < 0.1:
            day = datetime.date(day.year - day.year % 4, 2, 29)
        if chance.random() < (0.95 if self.known.years == "from_hire" else 0.5):
            self.facts.append(Fact("hired", day))
        return day

    def begins(self, year: int) -> datetime.date:
        """The first day of the plan's year that begins in a calendar year."""
        month, day = self.start
        if (month, day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
            day = 28
        return datetime.date(year, month, day)

    def work(self, first: datetime.date, last: int) -> None:
        """Years of work from a first day on, with gaps in which there is nothing or hardly anything."""
        chance, measures = self.chance, list(self.known.measures)
        gaps = chance.choice((0.05, 0.15, 0.3))
        favourite, generous = chance.choice(measures), chance.choice((0.4, 0.8, 1.0, 1.3))
        year = first.year
        while year < last:
            if chance.random() < gaps and year > first.year:
                for _ in range(chance.choice((1, 1, 2, 3, 4, 5, 6, 8, 12))):
                    if chance.random() < 0.25:
                        self.spread(year, first, favourite, min(self.numbers(favourite)) + chance.choice((-1, -1, 0)))
                    year += 1
                continue
            for measure in measures:
                if measure == favourite or chance.random() < 0.4:
                    self.spread(year, first, measure, self.target(measure, generous))
            year += 1
        if not self.lines:
            self.lines.append(self.line(favourite, 1_00, first))

    def numbers(self, measure: str) -> list[int]:
        """The plan's own numbers in the unit of a measure, or a usual one."""
        unit = self.known.measures[measure][0]
        return self.known.numbers.get(unit) or [USUAL[unit]]

    def target(self, measure: str, generous: float) -> int:
        """What a year comes to."""
        chance, numbers = self.chance, self.numbers(measure)
        amount = chance.choice(numbers)
        while amount > 4 * USUAL[self.known.measures[measure][0]]:
            amount //= chance.randint(2, 30)  # a total of many years
        if not self.edgy:
            return max(1, int(amount * generous * chance.uniform(0.2, 2.5)))
        if chance.random() < 0.2:
            amount = abs(amount + chance.choice((-1, 1)) * chance.choice(numbers)) % (3 * USUAL["dollar"])
        return max(1, amount + chance.choice(BESIDE))

    def spread(self, year: int, earliest: datetime.date, measure: str, total: int) -> None:
        """An amount on some days of a year, its first and last ones more often than by chance."""
        chance = self.chance
        begins, ends = self.begins(year), self.begins(year + 1) - DAY
        parts = chance.choice((1, 1, 2, 4))
        cuts = sorted(chance.randint(0, total) for _ in range(parts - 1))
        for before, after in zip([0, *cuts], [*cuts, total], strict=True):
            day = chance.choice((begins, ends, begins + chance.randint(0, (ends - begins).days) * DAY))
            if after > before and day >= earliest:
                self.lines.append(self.line(measure, after - before, day))

    def line(self, measure: str, amount: int, day: datetime.date) -> Line:
        """A line with an amount of a measure, and what lines of such a plan have besides."""
        chance = self.chance
        marks = frozenset({chance.choice(self.known.marks)} if self.known.marks and chance.random() < 0.2 else ())
        paid = day + chance.choice((0, 5, 31, 75)) * DAY if self.known.paid and chance.random() < 0.9 else None
        return Line(day, marks=marks, paid=paid, **{self.known.measures[measure][1]: max(1, amount)})

    def asked(self, first: datetime.date, last: int) -> datetime.date:
        """The day asked about: the ends and beginnings of years more often than by chance."""
        chance = self.chance
        year = chance.randint(first.year, last + 2)
        begins = self.begins(year)
        middle = begins + chance.randint(1, 364) * DAY
        return max(first, chance.choice((begins, begins - DAY, begins - DAY, begins - 2 * DAY, begins + DAY, middle)))

    def birth(self, first: datetime.date, on: datetime.date) -> None:
        """The day of birth, mostly recorded: such that one of the plan's ages is near, or any."""
        chance = self.chance
        young = datetime.date(first.year - 15, first.month, min(first.day, 28))
        born = young - chance.randint(0, 9_000) * DAY
        if self.known.ages and chance.random() < 0.7:
            near = on if chance.random() < 0.6 else self.begins(chance.randint(first.year, on.year))
            year = max(near.year - chance.choice(self.known.ages), 1901)
            day = 29 if (near.month, year % 4) == (2, 0) and chance.random() < 0.5 else min(near.day, 28)
            born = min(datetime.date(year, near.month, day) + chance.choice((-1, 0, 0, 1, 40)) * DAY, young)
        if chance.random() < 0.92:
            self.facts.append(Fact("born", born))

    def attributes(self, first: datetime.date, last: int) -> None:
        """What the plan asks for, recorded from long before, perhaps changed later; now and then not recorded."""
        chance = self.chance
        for name, keys in self.known.attributes.items():
            if chance.random() < 0.05:
                continue
            self.facts.append(Fact("attribute", LONG_BEFORE, name=name, value=chance.choice(keys)))
            if chance.random() < 0.4:
                day = self.begins(chance.randint(first.year, last)) + chance.choice((-1, 0, 0, 100)) * DAY
                self.facts.append(Fact("attribute", day, name=name, value=chance.choice([*keys, "something-else"])))

    def happens(self, first: datetime.date, last: int) -> None:
        """States that stop breaks or have work imputed, on the edges of months and years; some overlap, some touch."""
        chance = self.chance
        for name in self.known.states:
            for _ in range(chance.choice((0, 1, 1, 2))):
                year = chance.randint(first.year, last)
                day = chance.choice((self.begins(year), datetime.date(year, chance.randint(1, 12), 1)))
                day += chance.choice((-1, 0, 0, 1, 14)) * DAY
                end = day + chance.choice((0, 1, 27, 30, 31, 62, 180, 365, 1000)) * DAY
                if chance.random() < 0.3:
                    end = datetime.date(end.year, end.month, 1) - chance.choice((0, 1)) * DAY
                end = OPEN if chance.random() < 0.05 else max(day, end)
                self.facts.append(Fact("state", day, end, name=name))
