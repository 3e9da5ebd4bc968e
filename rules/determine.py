"""Determinations: what a member's working says for a day, and what comes next. Nothing is decided here.

A determination is read off the working of :mod:`rules.evaluate`: the test that gave the cover in force on the day, or,
where there is none, the latest test at or before it; and the next test that credits can still change.
"""

import bisect
import collections
import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rules import facts, stages, ticks
from rules.evaluate import Fact, Line, Working, work
from rules.laying import TEST, Epoch, plan_of
from rules.terms import NoTermsError, Terms
from rules.ticks import Ticks
from rules.working import WORKING

ROUTES = ("none", "initial", "hours", "bank", "disability", "relief", "relief", "top_up", "decision")
STANDINGS = ("never", "covered", "lapsed")


def _row() -> Any:
    """One record of the working as whole numbers: the same names, of which type checkers know nothing."""
    return collections.namedtuple("Row", WORKING.names or ())


Row = _row()
UNTESTED = Row(*([0] * len(Row._fields)))
AHEAD = {
    "month": 24,
    "week": 110,
    "day": 800,
}  # ticks looked at beyond the day: cover and the next test lie within them


class Period(NamedTuple):
    """A span of days, both included."""

    first: datetime.date
    last: datetime.date


class Next(NamedTuple):
    """The next test: the cover it would give, its credits so far, those still needed and the last day to earn them.

    ``needed`` is what is missing by credits alone, ``needed_with_bank`` with what the bank holds where that test may
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
    slot: int


class Determination(NamedTuple):
    """Whether a member is covered on a day under some terms, and by which test. Amounts are hundredths.

    ``way`` is the plan's name of the route that gave cover. ``standing`` is the member's standing on the day;
    ``record`` is the working of the test behind the answer, ``grace`` whether cover holds only by grace. Of the tests
    before that one, ``opening`` is the tick of the last one that started cover and put nothing into the bank, and
    ``used_through`` the last day whose credits had already bought cover.
    """

    terms: Terms
    on: datetime.date
    covered: bool
    benefit: Period | None
    route: str
    way: str | None
    tier: str | None
    standing: str
    qualifying: Period
    counted: int
    required: int
    short: int
    bank_before: int
    drawn: int
    added: int
    bank_after: int
    bought: int
    second_before: int
    second_after: int
    gates: dict[str, bool]
    grace: bool
    next: Next | None
    record: Any  # a Row
    tick: int
    slot: int
    opening: int | None
    used_through: datetime.date | None


def ahead_of(terms: Terms, tick: int) -> int:
    """The last tick that a question about a tick has to look at."""
    return min(tick + AHEAD[terms.chart.unit], len(terms.chart.cutoffs) - 1)


def behind(laid: Ticks, tick: int) -> int:
    """The first tick that a question about a tick has to look at: the latest test date is within reach of it."""
    return max(0, tick - int(laid.laid.ticks["every"].max()) - int(laid.laid.ticks["every_lapsed"].max()))


def determine(terms: Terms, lines: Sequence[Line], known: Sequence[Fact], on: datetime.date) -> Determination:
    """Answer whether a member is covered on a day. Raises LookupError for a day outside the plan's calendar."""
    laid = ticks.lay(terms)
    today = laid.at(on)
    return read(work(terms, lines, known, behind(laid, today), ahead_of(terms, today)), on)


def history(
    terms: Terms, lines: Sequence[Line], known: Sequence[Fact], since: datetime.date, until: datetime.date
) -> list[Determination]:
    """Give one determination per benefit period, or per failed test, from one day to another."""
    laid = ticks.lay(terms)
    tick, last = laid.at(since), laid.at(until)
    working = work(terms, lines, known, behind(laid, tick), ahead_of(terms, last))
    found: list[Determination] = []
    while tick <= last:
        one = read(working, laid.starts[tick], ahead=False)
        told = bool(found) and not one.covered and not found[-1].covered
        if not told or (one.record.due and found[-1].tick != one.tick):
            found.append(one)
        tick = working.first + _end(one.record) if one.covered and not one.grace else tick + 1
    return found


def read(working: Working, on: datetime.date, ahead: bool = True) -> Determination:
    """Read a determination for a day off a member's working, which must reach past the day.

    What comes next is left out unless ``ahead`` is asked for. Raises NoTermsError for a day on which the terms say
    nothing.
    """
    terms, first, records = working.terms, working.first, np.asarray(working.records)
    laid = ticks.lay(terms)
    today = laid.at(on) - first
    why = laid.why_silent(int(working.variants[today]), first + today)
    if why is not None:
        raise NoTermsError(why)
    past = records[: today + 1]
    ends = _ends(past)
    granting = np.flatnonzero(ends > today)
    covered = granting.size > 0
    grace = not covered and _in_grace(working, ends, today, on)
    place = int(granting[-1]) if covered else _latest(past, grace)
    row = Row._make(records[place].item()) if place >= 0 else UNTESTED._replace(slot=-1)
    place = place if place >= 0 else today
    active = covered and row.route != stages.COBRA
    ever = bool((past["covered_to"] > 0).any())
    benefit = None
    if covered or grace:
        until = laid.starts[first + (row.assisted_to if row.route == stages.COBRA else row.covered_to)]
        days = terms.amount("coverage.grace_days", laid.days[first + place]) if grace else 0
        benefit = Period(laid.starts[first + place], until + datetime.timedelta(days=days - 1))
    slot = row.slot
    held = (covered or grace) and bool(row.held)
    return Determination(
        terms=terms,
        on=on,
        covered=covered or grace,
        benefit=benefit,
        route=ROUTES[row.route if covered or grace else stages.NONE],
        way=laid.slots[slot][1] if held and slot >= 0 else None,
        tier=_tier(laid, working, place, slot) if held and slot >= 0 else None,
        standing="covered" if active else "lapsed" if ever else "never",
        qualifying=qualifying(working, place),
        counted=row.counted,
        required=row.required,
        short=max(0, row.required - row.counted),
        bank_before=row.bank_before,
        drawn=row.drawn,
        added=row.added,
        bank_after=row.bank_after,
        bought=row.bought,
        second_before=row.second_before,
        second_after=row.second_after,
        gates=_gates(working, place) if covered or grace else {},
        grace=grace,
        next=_next(working, on, row.covered_to if active else None) if ahead else None,
        record=row,
        tick=first + place,
        slot=slot,
        opening=_last(first, (records["route"] == stages.INITIAL) & (records["added"] == 0), place),
        used_through=_used_through(working, place),
    )


def _latest(past: Any, grace: bool) -> int:
    """The place of the latest test; within grace, of the one that gave the cover; -1 where there is none."""
    which = (past["route"] != stages.NONE) if grace else past["due"] == 1
    places = np.flatnonzero(which)
    return int(places[-1]) if places.size else -1


def _in_grace(working: Working, ends: Any, today: int, on: datetime.date) -> bool:
    """Whether cover that ended with the day before this tick is still shown."""
    terms = working.terms
    if not terms.has("coverage.grace_days") or not (ends[:today] == today).any():
        return False
    laid = ticks.lay(terms)
    start = laid.starts[working.first + today]
    granted = int(np.flatnonzero(ends[:today] == today)[-1])
    day = laid.days[working.first + granted]
    return terms.given("coverage.grace_days", day) and (on - start).days < terms.amount("coverage.grace_days", day)


def _tier(laid: Ticks, working: Working, place: int, slot: int) -> str | None:
    tier = int(laid.laid.tests[int(working.variants[place]), working.first + place, slot].tier)
    return laid.tiers[tier - 1] if tier else None


def _gates(working: Working, place: int) -> dict[str, bool]:
    """The benefits that need a test of their own, and whether it holds at a test's cut-off.

    Consumption is left aside.
    """
    terms = working.terms
    names = terms.below("coverage.gates")
    if not names:
        return {}
    made = plan_of(terms)
    length = working.first + place + 1
    sums = np.zeros((len(made.measures), length + 1), np.int64)
    for row, credits in zip(sums, working.credits, strict=True):
        for one in credits:
            row[min(one.place + 1, length) :] += one.amount if one.place < length else 0
    epoch = Epoch(made, ticks.lay(terms).days[length - 1], facts.variants(terms)[int(working.variants[place])])
    found = {}
    for name in names:
        kind = terms.below(f"coverage.gates.{name}")[0]
        tests = np.repeat(epoch.test(f"coverage.gates.{name}.{kind}")[None, None], length, axis=0).view(np.recarray)
        whole = np.zeros(1, TEST).view(np.recarray)
        whole.also = 1
        found[name] = bool(
            stages.also_holds(stages.EVERYTHING, tests, length - 1, whole[0], sums, np.zeros(len(sums), np.int64), 0)
        )
    return found


def _last(first: int, which: Any, before: int) -> int | None:
    """The tick of the last record before a place for which something holds."""
    places = np.flatnonzero(which[:before])
    return first + int(places[-1]) if places.size else None


def _used_through(working: Working, place: int) -> datetime.date | None:
    """The cut-off of the last test before a place that gave active cover, where such credits are used up."""
    terms, records = working.terms, np.asarray(working.records)
    granting = (records["route"] != stages.NONE) & (records["route"] != stages.COBRA)
    tick = _last(working.first, granting, place)
    laid = ticks.lay(terms).laid
    if tick is None or np.asarray(laid.ticks)["consumes"][int(working.variants[place]), tick] != stages.USES_WINDOW:
        return None
    return terms.chart.cutoffs[tick]


def _ends(records: Any) -> Any:
    """The places at which the cover that each test gave ends; 0 for a test that gave none."""
    routes = records["route"]
    given = np.where(routes == stages.COBRA, records["assisted_to"], records["covered_to"])
    return np.where(routes == stages.NONE, 0, given)


def _end(row: Any) -> int:
    """The place at which the cover that a test gave ends."""
    return int(row.assisted_to if row.route == stages.COBRA else row.covered_to)


def _next(working: Working, on: datetime.date, ends: int | None) -> Next | None:
    """The next test: at the end of active cover; else the first one passed already, or still open to be earned."""
    terms, first, records = working.terms, working.first, np.asarray(working.records)
    laid = ticks.lay(terms)
    due = np.flatnonzero(records["due"] == 1)
    if ends is None:
        coming = laid.at(on) - first + 1
        passed = coming + np.flatnonzero(_ends(records[coming:]))
        still_open = max(coming, bisect.bisect_left(terms.chart.cutoffs, on) - first)
        ends = min([*passed[:1].tolist(), still_open, len(records) - 1])
    due = due[due >= ends]
    if not due.size:
        return None
    place = int(due[0])
    tick, row = first + place, Row._make(records[place].item())
    slot = row.slot
    now = laid.laid.ticks[int(working.variants[place]), tick]
    length, ago = int(now.length), 0
    if slot >= 0:
        test = laid.laid.tests[int(working.variants[place]), tick, slot]
        length, ago = int(test.length) or length, int(test.ago)
    needed = max(0, row.required - row.counted)
    usable = 0 if row.initial or not laid.laid.use.excess else row.bank_before
    return Next(
        benefit=Period(laid.starts[tick], _day_before(_start(laid, tick + length))),
        qualifying=qualifying(working, place),
        so_far=row.counted,
        required=row.required,
        needed=needed,
        needed_with_bank=max(0, needed - usable),
        earn_by=terms.chart.cutoffs[max(0, tick - ago)],
        bank=row.bank_before,
        bank_would_cover=bool(row.route == stages.BANK and laid.laid.use.excess != ()),
        initial=bool(row.initial),
        tick=tick,
        slot=slot,
    )


def _start(laid: Ticks, tick: int) -> datetime.date:
    """The first day of cover of a tick, also of one beyond the chart."""
    if tick < len(laid.starts):
        return laid.starts[tick]
    last = len(laid.starts) - 1
    return laid.terms.chart.start(last, int(laid.laid.ticks[0, last].lag) + tick - last)


def qualifying(working: Working, place: int) -> Period:
    """The days of the periods that the test of a record looked at."""
    terms, tick, row = working.terms, working.first + place, np.asarray(working.records)[place]
    chart, laid, variant = terms.chart, ticks.lay(terms).laid, int(working.variants[place])
    slot, periods = int(row["slot"]), int(row["periods"])
    if not row["due"] or slot < 0:
        slot, periods = -1, int(np.asarray(laid.ticks)["window"][variant, tick])
    ago = int(np.asarray(laid.tests)["ago"][variant, tick, slot]) if slot >= 0 else 0
    end = max(0, tick - ago)
    opening = max(0, end - periods)
    return Period(chart.cutoffs[opening] + datetime.timedelta(days=1), chart.cutoffs[end])


def _day_before(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=1)
