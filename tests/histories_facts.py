"""Made-up facts about members: what a plan's terms ask about, whichever plan it is.

Attributes are recorded from long before the first work on, so that terms are never silent for want of one; they may
change in mid-history. Everything else happens to some members and not to others.
"""

import datetime
import random
from collections.abc import Iterator

from rules import facts, units
from rules.evaluate import Fact, Line
from rules.leaves import NUMERIC
from rules.terms import Terms, Who
from tests.histories_terms import numbers_at

DAY = datetime.timedelta(days=1)
LONG_BEFORE = 2000
STATES = ("bank.blocked_by", "bank.stops_clock", "coverage.not_while")
EVENTS = ("bank.forfeit_on", "coverage.ends_on")
BESIDE = (-1, 0, 0, 1)


def about(chance: random.Random, terms: Terms, first: datetime.date, last: datetime.date) -> tuple[Who, list[Fact]]:
    """A member's attributes as they are at first, and the facts that say so."""
    known: list[Fact] = []
    before = first - LONG_BEFORE * DAY
    axes = facts.axes(terms)
    own_cycle = terms.has("calendar.cycle")
    for axis in axes:
        if axis.attribute in NUMERIC:
            continue
        options = [str(option) for option in axis.options if option is not None]
        if not options or (_spare(terms, axis.attribute) and chance.random() < 0.2):
            options = ["something-else"]
        known.append(Fact("attribute", before, name=axis.attribute, value=chance.choice(options)))
        if chance.random() < 0.3:
            change = _day(chance, terms, first, last)
            until = facts.OPEN if chance.random() < 0.6 else change + chance.choice((0, 30, 90, 365)) * DAY
            value = str(chance.choice(axis.options) or options[0])
            known.append(Fact("attribute", change, until, name=axis.attribute, value=value))
    numeric = {axis.attribute: axis.options[1:] for axis in axes if axis.attribute in NUMERIC}
    if "age" in numeric:
        known.append(Fact("born", _since(chance, numeric["age"], 12, first, last)))
    if "tenure" in numeric:
        known.append(Fact("hired", _since(chance, numeric["tenure"], 1, first, last)))
    elif own_cycle and chance.random() < 0.7:
        known.append(Fact("hired", first - chance.choice((0, 1, 30, 200, 800)) * DAY))
    if own_cycle and chance.random() < 0.6:
        for _ in range(chance.choice((1, 1, 2))):
            known.append(Fact("cycle_start", _day(chance, terms, first, last)))
    return facts.who_on(terms, known, first), known


def _spare(terms: Terms, attribute: str) -> bool:
    """Whether a member may have this attribute as none of the words that the terms name."""
    return all(choice.fallback for choice in terms.choices.values() if choice.by == attribute)


def _since(
    chance: random.Random, steps: tuple[str | int | None, ...], months: int, first: datetime.date, last: datetime.date
) -> datetime.date:
    """A day before the first work, such that a member reaches a step in mid-history, or some other day."""
    reached = first + chance.randrange(max(1, (last - first).days)) * DAY
    step = int(chance.choice(steps) or 0) if chance.random() < 0.8 else chance.randint(0, 480)
    ago = units.month_of(reached) - step * months if months == 1 or step < 130 else units.month_of(reached) - step
    return min(first - 200 * DAY, units.first_day(max(12 * 1901, ago)) + chance.choice((0, 0, 14, 27)) * DAY)


def _day(chance: random.Random, terms: Terms, first: datetime.date, last: datetime.date) -> datetime.date:
    """A day in mid-history: a cut-off, a first day of cover, the day beside one, or any."""
    day = first + chance.randrange(max(1, (last - first).days)) * DAY
    cutoff = terms.chart.cutoffs[terms.chart.place(day)]
    month = day.replace(day=1)
    return chance.choice((day, cutoff, cutoff + DAY, month, month - DAY))


def happenings(
    chance: random.Random,
    terms: Terms,
    first: datetime.date,
    last: datetime.date,
    lines: list[Line],
    edgy: bool,
) -> list[Fact]:
    """What happens to a member: states, events, claims, payments, adjustments, decisions."""
    return [
        *_states(chance, terms, first, last),
        *_events(chance, terms, first, last),
        *_claims(chance, terms, lines),
        *_payments(chance, terms, first, last),
        *_adjustments(chance, terms, first, last, edgy),
        *_decisions(chance, terms, first, last),
    ]


def _unlike(days: set[datetime.date], day: datetime.date) -> datetime.date:
    """A day that no other fact of the kind starts on: of two that start on one day, no rule says which counts."""
    while day in days:
        day += DAY
    days.add(day)
    return day


def _states(chance: random.Random, terms: Terms, first: datetime.date, last: datetime.date) -> Iterator[Fact]:
    names = [name for section in STATES for name in terms.below(section)]
    if terms.relief:
        names.append("hours_booked")
    for name in dict.fromkeys(names):
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            start = _day(chance, terms, first, last)
            end = facts.OPEN if chance.random() < 0.1 else start + chance.choice((0, 14, 30, 31, 62, 180, 400)) * DAY
            if name in facts.STATES and chance.random() < 0.7:
                yield Fact(name, start, end)
            else:
                yield Fact("state", start, end, name=name)


def _events(chance: random.Random, terms: Terms, first: datetime.date, last: datetime.date) -> Iterator[Fact]:
    for name in dict.fromkeys(name for section in EVENTS for name in terms.below(section)):
        for _ in range(chance.choice((0, 0, 1, 2))):
            day = _day(chance, terms, first, last)
            yield Fact("event", day, day, name=name)
    if terms.has("calendar.cycle"):
        day = first
        while day < last and chance.random() < 0.93:
            day += chance.choice((1, 20, 45, 90, 120, 365, 366)) * DAY
            yield Fact("event", day, day, name="contract_end")


def _claims(chance: random.Random, terms: Terms, lines: list[Line]) -> Iterator[Fact]:
    if not terms.has("disability"):
        return
    claimed: dict[str, datetime.date] = {}
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
        start = chance.choice(lines).day + chance.choice((0, 1, 30, 89, 91, 179, 180, 181)) * DAY
        end = start + chance.choice((6, 7, 27, 69, 70, 71, 140, 200)) * DAY
        claim = f"claim-{chance.randint(1, 2)}"
        claimed.setdefault(claim, start + chance.choice((0, 0, 1, 60, 180)) * DAY)
        yield Fact("disability", start, end, claim=claim, claimed=claimed[claim])


def _payments(chance: random.Random, terms: Terms, first: datetime.date, last: datetime.date) -> Iterator[Fact]:
    if not terms.has("top_up"):
        return
    if chance.random() < 0.4:
        yield Fact("self_payment", first, facts.OPEN if chance.random() < 0.5 else last)
        return
    for _ in range(chance.choice((0, 1, 2, 4))):
        start = _day(chance, terms, first, last)
        yield Fact("self_payment", start, start + chance.choice((0, 29, 30, 60, 200)) * DAY)


def _adjustments(
    chance: random.Random, terms: Terms, first: datetime.date, last: datetime.date, edgy: bool
) -> Iterator[Fact]:
    if not terms.has("bank"):
        return
    days: set[datetime.date] = set()
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        day = _unlike(days, _day(chance, terms, first, last))
        amounts = [one for some in numbers_at(terms, day, {}).amounts.values() for one in some] or [100_00]
        amount = chance.choice(amounts) + chance.choice(BESIDE) if edgy else chance.randint(1, 1000_00)
        yield Fact("bank_adjustment", day, amount=chance.choice((1, 1, -1)) * amount)


def _decisions(chance: random.Random, terms: Terms, first: datetime.date, last: datetime.date) -> Iterator[Fact]:
    days: set[datetime.date] = set()
    for _ in range(chance.choice((0, 0, 0, 0, 0, 1, 1, 2))):
        start = _unlike(days, _day(chance, terms, first, last))
        end = facts.OPEN if chance.random() < 0.1 else start + chance.choice((0, 30, 60, 180)) * DAY
        yield Fact("decision", start, end, name=chance.choice(facts.DECISIONS))
