"""Made-up members' histories for the checks of the rules: synthetic, seeded, half of them on the edge of a number.

A history is made from a plan's own terms, whichever they are: stretches of work that sum to a number of the terms, or
lie a hundredth beside one, on first days and cut-offs more often than by chance; the facts that the terms ask about
(``tests/histories_facts.py``); perhaps a proposal (``tests/histories_terms.py``). Histories with an even seed lie on
edges, the others anywhere.
"""

import datetime
import random
from typing import NamedTuple

from rules import evaluate, facts, ticks
from rules.evaluate import Fact, Line
from rules.laying import plan_of
from rules.terms import NoTermsError, Terms, Who
from tests import histories_facts, histories_terms
from tests.histories_terms import Numbers, numbers_at, under

DAY = datetime.timedelta(days=1)
EARLIEST, LATEST = datetime.date(2005, 1, 1), datetime.date(2030, 12, 31)
BESIDE = (-1, 0, 0, 1)
OFTEN = 5  # of so many lines, one has something that lines rarely have


class History(NamedTuple):
    """A member's lines and facts, the terms to ask under (as changes), a stretch of days, and a day to ask about."""

    plan: str
    seed: int
    changes: dict[str, dict[str, str]]
    lines: list[Line]
    facts: list[Fact]
    first: datetime.date
    last: datetime.date
    on: datetime.date

    @property
    def terms(self) -> Terms:
        """The terms to ask under."""
        return under(self.plan, self.seed)


def history(plan: str, seed: int) -> History:
    """The history of a plan with this number; equal numbers give equal histories."""
    return _Maker(plan, seed).made()


class _Maker:
    """What a history is made of while it is made."""

    def __init__(self, plan: str, seed: int) -> None:
        self.plan, self.seed = plan, seed
        self.chance = random.Random(f"{plan} {seed}")
        self.terms = under(plan, seed)
        self.chart = self.terms.chart
        self.edgy = seed % 2 == 0
        self.lines: list[Line] = []
        self.generous = self.chance.choice((0.5, 0.9, 1.0, 1.1, 1.5))

    def made(self) -> History:
        """The history."""
        chance, months = self.chance, self.chance.choice((24, 30, 30, 36, 36, 36, 48))
        opening = self.opening(months)
        last = min(opening + datetime.timedelta(days=int(months * 30.4)), self.chart.cutoffs[-40])
        who, known = histories_facts.about(chance, self.terms, opening, last)
        self.work(opening, last, who)
        if not self.lines:
            self.lines.append(Line(opening, hours=1_00, contributions=1_00, number=1))
        known += histories_facts.happenings(chance, self.terms, opening, last, self.lines, self.edgy)
        if self.edgy and chance.random() < 0.6:
            self.nudge(known, opening, last)
        self.lines.sort(key=lambda line: line.day)
        lines = [line._replace(number=place + 1) for place, line in enumerate(self.lines)]
        first = opening.replace(day=1)
        on = first + chance.randrange(30, max(31, (last - first).days)) * DAY
        changes = histories_terms.changes_of(self.plan, self.seed)
        return History(self.plan, self.seed, changes, lines, known, first, last, on)

    def opening(self, months: int) -> datetime.date:
        """The first day of work: around a day on which the terms change, or any day for which they say something."""
        chance, chart = self.chance, self.chart
        low = max(EARLIEST, chart.cutoffs[min(13, len(chart.cutoffs) // 2)] + DAY)
        high = min(LATEST, chart.cutoffs[-40]) - datetime.timedelta(days=int(months * 30.4))
        dated = [day for day in histories_terms.days(self.terms) if low <= day <= high + 900 * DAY]
        speaks = histories_terms.speaks_from(self.terms)
        if dated and chance.random() < 0.5:
            day = chance.choice(dated) - chance.randrange(0, 900) * DAY
        else:
            if chance.random() < 0.95:
                low = min(high, max(low, speaks))
            day = low + chance.randrange(0, max(1, (high - low).days)) * DAY
        day = min(max(day, low), high)
        place = chart.place(day)
        return chance.choice((chart.cutoffs[place], chart.cutoffs[place] + DAY, day))

    def work(self, opening: datetime.date, last: datetime.date, who: Who) -> None:
        """Stretches of work from an opening on, with gaps, for each measure that the terms count."""
        chance, chart = self.chance, self.chart
        place, end = chart.place(opening), chart.place(last)
        scale = {"month": 1, "week": 4, "day": 30}[chart.unit]
        measures = histories_terms.measures(self.terms)
        one = chance.choice(measures)
        while place < end:
            numbers = numbers_at(self.terms, chart.cutoffs[place], who)
            measure = one if chance.random() < 0.7 else chance.choice(measures)
            length, amount = self.target(numbers, measure, scale)
            length = min(length, end - place)
            if chance.random() < 0.12:
                place += chance.choice((1, 1, 2, 3, 6, 13, numbers.lapse, numbers.lapse + 1)) * scale
                continue
            self.spread(numbers, measure, amount, place, length)
            if len(measures) > 1 and chance.random() < 0.5:
                other = chance.choice(measures)
                self.spread(numbers, other, self.target(numbers, other, scale)[1], place, length)
            place += length

    def target(self, numbers: Numbers, measure: str, scale: int) -> tuple[int, int]:
        """How many periods a stretch of work has, and what it comes to."""
        chance = self.chance
        length, amount = chance.choice(numbers.targets.get(measure) or [(scale, 100_00)])
        if not self.edgy:
            return length, max(0, int(amount * self.generous * chance.uniform(0.3, 1.6)))
        edge = chance.random()
        others = numbers.amounts.get(measure) or [amount]
        if edge < 0.25:
            amount += chance.choice(others)
        elif edge < 0.4:
            amount = abs(amount - chance.choice(others))
        elif edge < 0.5:
            amount = chance.choice(others)
        return length, max(0, amount + chance.choice(BESIDE))

    def spread(self, numbers: Numbers, measure: str, total: int, place: int, length: int) -> None:
        """A total on some days of a stretch, the first days and cut-offs of its periods among them."""
        if total <= 0 or length <= 0:
            return
        chance = self.chance
        parts = chance.choice((1, 1, 2, 3)) if length < 4 else chance.randint(1, min(8, length))
        cuts = sorted(chance.randint(0, total) for _ in range(parts - 1))
        if chance.random() < 0.3:
            cuts = [total * part // parts for part in range(1, parts)]
        for before, after in zip([0, *cuts], [*cuts, total], strict=True):
            period = place + chance.choice((0, length - 1, chance.randrange(length)))
            first, last = self.chart.cutoffs[period - 1] + DAY, self.chart.cutoffs[period]
            day = chance.choice((first, last, first + chance.randint(0, (last - first).days) * DAY))
            if after > before:
                self.lines.append(self.line(numbers, measure, after - before, day))

    def line(self, numbers: Numbers, measure: str, amount: int, day: datetime.date) -> Line:
        """A line that adds about so much to a measure, or lies on the edge of doing so."""
        chance = self.chance
        rule = numbers.credits[measure]
        rate = None
        if rule.standard is not None:
            rate = chance.choice((None, rule.standard, rule.standard, rule.standard - 1, rule.standard * 3 // 4))
        raw = rule.raw(amount, rate)
        if self.edgy and rule.converts and raw > 0:
            raw += chance.choice(BESIDE)
        if rule.caps and chance.random() < 0.15:
            raw = max(1, rule.raw(chance.choice(rule.caps), rate) + chance.choice(BESIDE))
        marks = set()
        if rule.only and chance.random() < 0.95:
            marks.add(chance.choice(rule.only))
        if numbers.marks and chance.random() < 0.5 / OFTEN:
            marks.add(chance.choice(numbers.marks))
        paid = received = placed = None
        if numbers.paid and chance.random() < 0.85:
            paid = day + chance.choice((0, 5, 20, 31, 45, 75)) * DAY
        if numbers.received and chance.random() < 0.9:
            late = chance.random() < 0.5 / OFTEN
            received = day + chance.choice((40, 70, 100, 200, 400) if late else (0, 1, 10, 15, 31)) * DAY
            if chance.random() < 0.3:
                start = self.chart.start(self.chart.place(day), numbers.lag)
                received = max(day, start + chance.choice((-1, 0, 1)) * DAY)
        if numbers.placed and chance.random() < 1 / OFTEN:
            placed = day + chance.choice((-30, -1, 1, 10, 30, 90)) * DAY
        amounts = {rule.counts: max(1, raw)}
        if len(numbers.credits) > 1 and chance.random() < 0.3:
            other = chance.choice(list(numbers.credits.values()))
            amounts.setdefault(other.counts, chance.randint(0, 200_00))
        return Line(day, rate=rate, marks=frozenset(marks), paid=paid, received=received, placed=placed, **amounts)

    def nudge(self, known: list[Fact], opening: datetime.date, last: datetime.date) -> None:
        """Move a test onto an edge that only the history so far makes: what the bank just makes up, or just holds."""
        terms, chance = self.terms, self.chance
        laid, made = ticks.lay(terms), plan_of(terms)
        try:
            end = self.chart.place(last)
            working = evaluate.work(terms, self.lines, known, max(0, self.chart.place(opening) - 1), end)
        except (NoTermsError, ValueError):
            return
        rows = working.records
        tested = [place for place in range(len(rows)) if rows["due"][place] and rows["slot"][place] >= 0]
        for place in sorted(chance.sample(tested, min(len(tested), 2))):
            row, tick, variant = rows[place], working.first + place, int(working.variants[place])
            test = laid.laid.tests[variant, tick, int(row["slot"])]
            now = laid.laid.ticks[variant, tick]
            if test["kind"] > 1:
                continue
            measure = made.measures[int(test["measure"]) if test["kind"] == 0 else made.measure("bank")]
            short = int(row["required"] - row["counted"])
            before = int(row["bank_before"])
            gap = chance.choice(
                (short, short - before, short - before + int(now["bank_floor"]), int(now["bank_cap"]) - before + short)
            )
            if 0 < gap + 1 < 10_000_00:
                numbers = numbers_at(terms, self.chart.cutoffs[tick], facts.variants(terms)[variant])
                day = self.chart.cutoffs[max(1, tick - int(test["ago"]))]
                self.lines.append(self.line(numbers, measure, max(1, gap + chance.choice(BESIDE)), day))
