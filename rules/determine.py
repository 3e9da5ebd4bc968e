"""Determinations: what a member's working says for a day, and what comes next. Nothing is decided here.

A determination is read off the working of :mod:`rules.evaluate`: the test that gave the cover in force on the day, or,
where there is none, the day's own failed test; and the next test that hours can still change.
"""

import bisect
import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rules import stages, ticks, units
from rules.evaluate import Fact, Line, Working, work
from rules.terms import Terms

ROUTES = ("none", "initial", "hours", "bank", "disability", "relief", "relief")
STANDINGS = ("never", "covered", "lapsed")
AHEAD = 24  # ticks looked at beyond the day: cover and the next test lie within them


class Period(NamedTuple):
    """A span of days, both included."""

    first: datetime.date
    last: datetime.date


class Next(NamedTuple):
    """The next test: the cover it would give, its hours so far, the hours still needed and the last day to earn them.

    ``needed`` is what is missing by hours alone, ``needed_with_bank`` with what the bank holds where that test may
    draw on it; ``bank_would_cover`` tells whether the bank would make it up today.
    """

    benefit: Period
    qualifying: Period
    so_far: int
    required: int
    needed: int
    needed_with_bank: int
    earn_by: datetime.date
    bank: int
    bank_would_cover: bool
    initial: bool
    tick: int


class Determination(NamedTuple):
    """Whether a member is covered on a day under some terms, and by which test. Hours are hundredths.

    ``standing`` is the member's standing on the day; ``record`` is the working of the test behind the answer. Of the
    tests before that one, ``opening`` is the tick of the last one that started cover and put nothing into the bank,
    and ``used_through`` the last day whose hours had already bought cover.
    """

    terms: Terms
    on: datetime.date
    covered: bool
    benefit: Period | None
    route: str
    standing: str
    qualifying: Period
    counted: int
    required: int
    short: int
    bank_before: int
    drawn: int
    added: int
    bank_after: int
    next: Next | None
    record: np.record
    tick: int
    opening: int | None
    used_through: datetime.date | None


def determine(terms: Terms, lines: Sequence[Line], facts: Sequence[Fact], on: datetime.date) -> Determination:
    """Answer whether a member is covered on a day. Raises LookupError for a day outside the plan's calendar."""
    laid = ticks.lay(terms)
    today = laid.at(on)
    return read(work(terms, lines, facts, today, min(today + AHEAD, len(laid.starts) - 1)), on)


def history(
    terms: Terms, lines: Sequence[Line], facts: Sequence[Fact], since: datetime.date, until: datetime.date
) -> list[Determination]:
    """Give one determination per benefit period, or per failed test, from one day to another."""
    laid = ticks.lay(terms)
    tick, last = laid.at(since), laid.at(until)
    working = work(terms, lines, facts, tick, min(last + AHEAD, len(laid.starts) - 1))
    found = []
    while tick <= last:
        one = read(working, laid.starts[tick], ahead=False)
        found.append(one)
        tick = working.first + int(_ends(one.record)) if one.covered else tick + 1
    return found


def read(working: Working, on: datetime.date, ahead: bool = True) -> Determination:
    """Read a determination for a day off a member's working, which must reach past the day.

    What comes next is left out unless ``ahead`` is asked for.
    """
    terms, first, records = working.terms, working.first, working.records
    laid = ticks.lay(terms)
    today = laid.at(on) - first
    past = records[: today + 1]
    granting = np.flatnonzero(_ends(past) > today)
    covered = granting.size > 0
    place = int(granting[-1]) if covered else today
    row = records[place]
    active = covered and row.route != stages.COBRA
    ever = bool((past["covered_to"] > 0).any())
    benefit = None
    if covered:
        benefit = Period(laid.starts[first + place], _day_before(laid.starts[first + int(_ends(row))]))
    return Determination(
        terms=terms,
        on=on,
        covered=covered,
        benefit=benefit,
        route=ROUTES[row.route],
        standing="covered" if active else "lapsed" if ever else "never",
        qualifying=qualifying(terms, first + place, int(row.windows)),
        counted=int(row.counted),
        required=int(row.required),
        short=max(0, int(row.required - row.counted)),
        bank_before=int(row.bank_before),
        drawn=int(row.drawn),
        added=int(row.added),
        bank_after=int(row.bank_after),
        next=_next(working, on, int(_ends(row)) if active else None) if ahead else None,
        record=row,
        tick=first + place,
        opening=_last(first, (records["route"] == stages.INITIAL) & (records["added"] == 0), place),
        used_through=_used_through(working, place),
    )


def _last(first: int, which: Any, before: int) -> int | None:
    """The tick of the last record before a place for which something holds."""
    places = np.flatnonzero(which[:before])
    return first + int(places[-1]) if places.size else None


def _used_through(working: Working, place: int) -> datetime.date | None:
    """The cut-off of the last test before a place that gave active cover, where such hours are used up."""
    terms, records = working.terms, working.records
    granting = (records["route"] != stages.NONE) & (records["route"] != stages.COBRA)
    tick = _last(working.first, granting, place)
    if tick is None or not ticks.lay(terms).records[tick].consumes:
        return None
    return terms.chart.cutoffs[tick]


def _ends(records: Any) -> Any:
    """The places at which the cover that each test gave ends; 0 for a test that gave none."""
    given = np.where(records.route == stages.COBRA, records.assisted_to, records.covered_to)
    return np.where(records.route == stages.NONE, 0, given)


def _next(working: Working, on: datetime.date, ends: int | None) -> Next:
    """The next test: at the end of active cover; else the first one passed already, or still open to be earned."""
    terms, first, records = working.terms, working.first, working.records
    laid = ticks.lay(terms)
    if ends is None:
        coming = laid.at(on) - first + 1
        passed = coming + np.flatnonzero(_ends(records[coming:]))
        still_open = max(coming, bisect.bisect_left(terms.chart.cutoffs, on) - first)
        ends = min([*passed[:1].tolist(), still_open, len(records) - 1])
    tick, row = first + ends, records[ends]
    ends_with = units.month_of(laid.starts[tick]) + terms.amount("coverage.length", terms.chart.cutoffs[tick])
    needed = max(0, int(row.required - row.counted))
    return Next(
        benefit=Period(laid.starts[tick], _day_before(units.first_day(ends_with))),
        qualifying=qualifying(terms, tick, int(row.windows)),
        so_far=int(row.counted),
        required=int(row.required),
        needed=needed,
        needed_with_bank=needed if row.initial else max(0, needed - int(row.bank_before)),
        earn_by=terms.chart.cutoffs[tick],
        bank=int(row.bank_before),
        bank_would_cover=bool(row.route == stages.BANK),
        initial=bool(row.initial),
        tick=tick,
    )


def qualifying(terms: Terms, tick: int, windows: int) -> Period:
    """Give the days of so many qualifying periods in a row that end with a tick's cut-off."""
    chart = terms.chart
    months = windows * terms.amount("calendar.window", chart.cutoffs[tick])
    opening = max(0, tick - months)
    return Period(chart.cutoffs[opening] + datetime.timedelta(days=1), chart.cutoffs[tick])


def _day_before(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=1)
