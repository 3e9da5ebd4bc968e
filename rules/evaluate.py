"""The fold: a member's ticks in order, each stage in turn; one function for one member and for a million.

:func:`fold` carries a member's state (bank, cover, standing) from test to test. For one member it writes the full
**working**, one record per test, which is all that explanations read. For a membership it only counts who is covered.
"""

import bisect
import datetime
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import stages, ticks
from rules.compiling import compiled, inlined
from rules.stages import (
    BANK,
    COBRA,
    COVERED,
    DISABILITY,
    HOURS,
    INITIAL,
    LAPSED,
    NEVER,
    NONE,
    RELIEF,
    Records,
    Sums,
)
from rules.terms import Terms

WORKING = np.dtype(
    [
        (name, np.int64)
        for name in (
            "due",  # 1 if the member was tested at this tick; all else is 0 if not
            "standing",  # NEVER, COVERED or LAPSED when the tick arrived
            "initial",  # 1 if the initial test applied
            "windows",  # qualifying periods looked at
            "counted",
            "required",
            "route",
            "bank_before",
            "drawn",
            "added",
            "bank_after",
            "weeks",  # weeks of disability credited
            "credit",  # hours given by a relief order
            "covered_to",  # the tick at which cover ends, after this test
            "assisted_to",  # the tick at which no-cost COBRA ends, after this test
        )
    ]
)
Hours = npt.NDArray[np.int32] | npt.NDArray[np.int64]
LONG_AGO = -1_000_000  # a tick before all others: never yet


@inlined
def fold(  # noqa: PLR0912, PLR0915 (the one fold: its stages are called in the order of a booklet, in one place)
    terms: Records, sums: Sums, facts: Records, turns: npt.NDArray[Any], working: Records | None
) -> None:
    """Evaluate one member over all ticks of ``terms``.

    ``sums`` has one element more than there are ticks (see :mod:`rules.stages`); ``facts`` is an array of ``FACT``.
    Cover is written as its turns: 1 is added to ``turns[i]`` where it begins and taken off where it ends, so running
    totals of the turns of any number of members count the covered ones. ``working`` takes one ``WORKING`` record per
    tick, or is None.
    """
    bank = 0
    covered_to = LONG_AGO
    assisted_to = LONG_AGO
    disabled_to = LONG_AGO
    used_to = 0
    claims = 0
    for tick in range(len(terms)):
        if tick < covered_to:
            continue
        now = terms[tick]
        enrolled = covered_to == tick
        initial = tick - covered_to >= now.lapse_after
        if initial and now.lapse_forfeits:
            bank = 0
        before = bank
        required = now.initial_required if initial else now.continuing_required
        most = now.initial_windows if initial else now.continuing_windows
        windows, counted = stages.shortest(sums, tick, most, required, now, used_to)
        short = required - counted
        route, drawn, added, weeks, credit = NONE, 0, 0, 0, 0
        if initial:
            if short <= 0:
                route, added = INITIAL, stages.first_deposit(counted, bank, now)
        elif short <= bank and (short <= 0 or stages.bank_usable(facts, now)):
            # Hours that suffice and hours that the bank makes up are one case: what is over is put in, what is
            # short is drawn. (One branch instead of two that nobody can foretell.)
            route = HOURS if short <= 0 else BANK
            drawn = max(0, short)
            added = stages.room_for(-short, bank, now)
        elif enrolled and (len(facts) or now.relief_gives):
            again = disabled_to == tick
            route, claim, weeks, credit = stages.extension(short, counted, bank, facts, claims, again, now)
            if route == DISABILITY:
                claims |= 1 << claim
                disabled_to = tick + now.length
            elif route == RELIEF and now.relief_after_bank:
                drawn = min(bank, short)
        bank += added - drawn
        standing = NEVER if covered_to < 0 else COVERED if enrolled else LAPSED
        if route != NONE:
            held_to = max(covered_to, assisted_to)
            if held_to < tick:
                if held_to >= 0:
                    turns[held_to] -= 1
                turns[tick] += 1
            if route == COBRA:
                assisted_to = tick + now.relief_months
            else:
                covered_to = tick + now.length
                if now.consumes:
                    used_to = tick + 1
        elif now.short_wipes and not initial:
            bank = 0
        if working is not None:
            row = working[tick]
            row.due = 1
            row.standing = standing
            row.initial = initial
            row.windows = windows
            row.counted = counted
            row.required = required
            row.route = route
            row.bank_before = before
            row.drawn = drawn
            row.added = added
            row.bank_after = bank
            row.weeks = weeks
            row.credit = credit
            row.covered_to = covered_to
            row.assisted_to = assisted_to
    held_to = max(covered_to, assisted_to)
    if held_to >= 0:
        turns[min(held_to, len(terms))] -= 1


@compiled
def add_up(hours: npt.NDArray[Any], sums: Sums) -> None:
    """Write the running totals of one member's hours by month: ``sums[i]`` is all before month *i*."""
    total = 0
    for place in range(len(hours)):
        sums[place] = total
        total += hours[place]
    sums[len(hours)] = total


@compiled
def covered_by_tick(terms: Records, hours: Hours, facts: Records, fact_places: Sums) -> Sums:
    """Count the covered members at each tick. ``hours[m]`` are a member's hundredths by month of the chart, one column
    per tick; the facts of member *m* are ``facts[fact_places[m]:fact_places[m + 1]]``."""
    turns = np.zeros(len(terms) + 1, np.int64)
    sums = np.zeros(len(terms) + 1, np.int64)
    for member in range(len(hours)):
        add_up(hours[member], sums)
        fold(terms, sums, facts[fact_places[member] : fact_places[member + 1]], turns, None)
    return turns.cumsum()[:-1]


class Line(NamedTuple):
    """One line of a member's hours: the day it counts on, its hundredths, and the ledger's number for it."""

    day: datetime.date
    hours: int
    number: int = 0


class Fact(NamedTuple):
    """What is known about a member that hours do not say. ``kind`` is disability, unavailable_for_work or hours_booked.

    A disability names its ``claim`` and the day on which it was ``claimed``; the others are decisions of the plan.
    """

    kind: str
    first_day: datetime.date
    last_day: datetime.date
    claim: str = ""
    claimed: datetime.date | None = None


FACT_KINDS = {"disability": stages.DISABLED, "unavailable_for_work": stages.UNAVAILABLE, "hours_booked": stages.BOOKED}
MOST_CLAIMS = 60


class Working(NamedTuple):
    """One member's evaluation: ``records[i]`` is the working (:data:`WORKING`) of tick ``first + i`` of the terms."""

    terms: Terms
    first: int
    records: Records
    turns: npt.NDArray[np.int64]


def work(terms: Terms, lines: Sequence[Line], facts: Sequence[Fact], since: int, last: int) -> Working:
    """Evaluate one member over the ticks ``since`` to ``last``, with the working recorded.

    Evaluation always starts with the member's first hours, so that a question about one period has the history that a
    question about all periods has. Raises ValueError for hours outside the chart: they must not vanish in silence.
    """
    laid = ticks.lay(terms)
    places = [terms.chart.place(line.day) for line in lines]
    first = min([*places, since])
    records = laid.records[first : last + 1]
    hours = np.zeros(len(records), np.int64)
    for place, line in zip(places, lines, strict=True):
        if place <= last:
            hours[place - first] += line.hours
    sums = np.zeros(len(records) + 1, np.int64)
    add_up(hours, sums)
    turns = np.zeros(len(records) + 1, np.int64)
    working = np.zeros(len(records), WORKING).view(np.recarray)
    fold(records, sums, fact_records(facts, lines), turns, working)
    return Working(terms, first, working, turns)


def fact_records(facts: Iterable[Fact], lines: Sequence[Line]) -> Records:
    """Write a member's facts as the stages read them: claims numbered, each with its days since the last work."""
    ordered = sorted(facts, key=lambda fact: (fact.first_day, fact.claim, fact.last_day, fact.kind))
    named = dict.fromkeys(fact.claim for fact in ordered if fact.kind == "disability")
    claims = {claim: place for place, claim in enumerate(named)}
    if len(claims) > MOST_CLAIMS:
        raise ValueError(f"a member has {len(claims)} claims; at most {MOST_CLAIMS} can be counted")
    worked = sorted({line.day for line in lines if line.hours > 0})
    records = np.zeros(len(ordered), stages.FACT).view(np.recarray)
    counted_to: dict[str, int] = {}
    for record, fact in zip(records, ordered, strict=True):
        record.kind = FACT_KINDS[fact.kind]
        record.first_day = fact.first_day.toordinal()
        record.last_day = fact.last_day.toordinal()
        if fact.kind == "disability":
            # A day that two reports of one claim name is one day.
            record.first_day = max(record.first_day, counted_to.get(fact.claim, 0) + 1)
            counted_to[fact.claim] = max(record.last_day, counted_to.get(fact.claim, 0))
        record.claim = claims.get(fact.claim, 0)
        claimed = fact.claimed or fact.first_day
        before = bisect.bisect_right(worked, claimed)
        record.days_since_work = (claimed - worked[before - 1]).days if before else -LONG_AGO
    return records
