"""Members' journeys through a span of months under several terms: what covers them, what they miss, why sides differ.

The fold is the one that answers about a single member (:func:`rules.folding.run`, compiled once for all plans), with
its working recorded; what is read here off the workings are a few small numbers per member and month, and nothing is
decided. A month's cover is that of its first day.
"""

import bisect
import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import evaluate, stages, ticks, units
from rules.causes import DATES, cause, usable
from rules.compiling import bare, inlined
from rules.crediting import Population
from rules.folding import run
from rules.stages import EVERYTHING, Records, Sums, Use
from rules.terms import Terms
from rules.ticks import Laid
from rules.working import WORKING, Room, room_for

Codes = npt.NDArray[np.uint8]
NEAR_BANDS = (800, 2_400, 4_000)


class Span(NamedTuple):
    """The months of a span under some terms: ``at[n]`` is the tick whose cover holds the first day of month *n*; the
    tests of the month are those after ``after[n]`` up to it. Ticks count from the chart's start."""

    months: tuple[int, ...]
    after: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]


class Journeys(NamedTuple):
    """Codes by terms, member and month.

    ``by`` is the route that covers (:mod:`rules.stages`, 0: none), ``fresh`` 1 where an initial test of the month gave
    cover, ``near`` 1 + the narrowest band within which a failed test of the month was short, the bank included (0:
    none), ``cause`` why cover differs from that of the first terms (:mod:`rules.causes`, 0: it does not).
    """

    by: Codes
    fresh: Codes
    near: Codes
    cause: Codes


class Grandfather(NamedTuple):
    """Who is covered under the first terms on a day keeps them until another day, or as long as that cover lasts."""

    covered_on: datetime.date
    until: datetime.date | None = None


def span_of(terms: Terms, first: int, last: int) -> Span:
    """The months (:func:`rules.units.month_of`) from ``first`` to ``last``; LookupError beyond the calendar."""
    laid = ticks.lay(terms)
    at = [laid.at(units.first_day(month)) for month in range(first - 1, last + 1)]
    return Span(tuple(range(first, last + 1)), np.array(at[:-1], np.int64), np.array(at[1:], np.int64))


def together(sides: Sequence[Terms], first: int, end: int) -> Laid:
    """The terms of several sides as one run: the variants of each follow those of the one before."""
    laids = [ticks.lay(one).laid.span(first, end) for one in sides]
    shapes = {tuple(part.shape[2:] for part in laid[1:]) for laid in laids}
    if len(shapes) > 1:
        raise ValueError("terms with other routes, top-ups or steps cannot be compared member by member")
    parts = [np.concatenate(parts).view(np.recarray) for parts in zip(*(laid[1:] for laid in laids), strict=True)]
    return Laid(EVERYTHING, *parts)


def variants_before(sides: Sequence[Terms]) -> list[int]:
    """How many variants come before those of each side in a run of :func:`together`."""
    counts = [ticks.lay(one).laid.ticks.shape[0] for one in sides]
    return [sum(counts[:place]) for place in range(len(counts))]


def journeys(
    sides: Sequence[Terms],
    populations: Sequence[Population],
    span: Span,
    *,
    bands: Sequence[int] = NEAR_BANDS,
    grandfathers: Sequence[Grandfather | None] = (),
) -> Journeys:
    """Follow members through the months of a span under each of several terms of one plan.

    ``populations`` are the same members as each of the terms reads them, over the same periods, which reach to the last
    of the months under each of the terms; ``bands`` hundredths in rising order. The first terms are those that the
    others are held against, and who is grandfathered stays under them: ValueError where such terms count work, or lay
    cover, otherwise than the first.
    """
    first = populations[0].first
    end = first + populations[0].credits.shape[2]
    laid = together(sides, first, end)
    offsets = variants_before(sides)
    kinds = np.stack([one.kinds + offset for one, offset in zip(populations, offsets, strict=True)]).astype(np.int16)
    months = _by_side(sides, span.months, first)
    if any(grandfathers):
        _check_kept(sides, populations, grandfathers)
        every = Span((), np.arange(-1, end - first - 1)[None], np.arange(end - first)[None])
        alone = _followed(together(sides[:1], first, end), sides[:1], populations[:1], kinds[:1], every, bands)
        for side, own in enumerate(grandfathers):
            if own is not None:
                _keep(kinds, side, alone.by[0], ticks.lay(sides[0]), own, first)
    return _followed(laid, sides, populations, kinds, months, bands)


def _by_side(sides: Sequence[Terms], months: Sequence[int], first: int) -> Span:
    """The same months on each side, whose cover may lag otherwise behind its cut-offs; ticks from the run's start."""
    spans = [span_of(side, months[0], months[-1]) for side in sides]
    return Span(tuple(months), *(np.stack(parts) - first for parts in zip(*(one[1:] for one in spans), strict=True)))


def _check_kept(
    sides: Sequence[Terms], populations: Sequence[Population], grandfathers: Sequence[Grandfather | None]
) -> None:
    """Who keeps the first terms keeps how they count work and when their cover begins."""
    for side, people, own in zip(sides, populations, grandfathers, strict=False):
        if own is not None and not np.array_equal(people.credits, populations[0].credits):
            raise ValueError(f"{side.name} counts work otherwise, so that nobody can keep the first terms under it")
        if own is not None and ticks.lay(side).starts != ticks.lay(sides[0]).starts:
            raise ValueError(f"under {side.name} cover begins on other days, so that nobody can keep the first terms")


def _keep(kinds: npt.NDArray[np.int16], side: int, by: Codes, laid: ticks.Ticks, own: Grandfather, first: int) -> None:
    """Let those who are covered on a day read the first terms' rows for as long as they keep them."""
    start = laid.at(own.covered_on) - first
    if start < 0:
        return  # before anybody's first credit nobody is covered
    length = by.shape[1]
    ends = np.full(by.shape[0], length)
    if own.until is not None:
        ends[:] = bisect.bisect_left(laid.starts, own.until) - first
    else:
        lapsed = by[:, start:] == 0
        ends = np.where(lapsed.any(axis=1), start + lapsed.argmax(axis=1), length)
    kept = (by[:, start] != 0)[:, None] & (np.arange(length) < ends[:, None])
    kinds[side] = np.where(kept, kinds[0], kinds[side])


def _followed(
    laid: Laid,
    sides: Sequence[Terms],
    populations: Sequence[Population],
    kinds: npt.NDArray[np.int16],
    span: Span,
    bands: Sequence[int],
) -> Journeys:
    members, length = populations[0].credits.shape[1:]
    shape = (len(sides), members, span.at.shape[1])
    found = Journeys(*(np.zeros(shape, np.uint8) for _ in Journeys._fields))
    different = list(dict.fromkeys(map(id, populations)))
    credits = np.stack([next(one.credits for one in populations if id(one) == which) for which in different])
    _follow(
        laid.use,
        laid[1:],
        evaluate.counts_of(sides[0]),
        np.ascontiguousarray(credits, np.int64),
        np.array([different.index(id(one)) for one in populations]),
        np.array([np.array_equal(one.credits, populations[0].credits) for one in populations]),
        np.ascontiguousarray(kinds),
        populations[0].records,
        populations[0].places,
        span.after,
        span.at,
        np.array(bands, np.int64),
        found.by,
        found.fresh,
        found.near,
        found.cause,
        np.zeros(length + 1, np.int64),
        np.zeros((len(sides), length), WORKING).view(np.recarray),
        np.zeros(1, np.int64),
        room_for(credits.shape[1], length, laid.tops.shape[2]),
    )
    return found


@bare
def _follow(
    use: Use,
    terms: tuple[Records, Records, Records, Records],
    counts: npt.NDArray[np.int64],
    credits: npt.NDArray[Any],
    which: Sums,
    alike: npt.NDArray[np.bool_],
    kinds: npt.NDArray[np.int16],
    facts: Records,
    fact_places: Sums,
    after: npt.NDArray[np.int64],
    at: npt.NDArray[np.int64],
    bands: Sums,
    by: Codes,
    fresh: Codes,
    near: Codes,
    why: Codes,
    turns: Sums,
    workings: Records,
    chosen: Sums,
    room: Room,
) -> None:
    rows, tests, tops, steps = terms
    sides, members, months = by.shape
    for member in range(members):
        chosen[0] = member
        own = facts[fact_places[member] : fact_places[member + 1]]
        for side in range(sides):
            working = workings[side]
            for tick in range(working.shape[0]):
                working[tick].due = 0
            run(
                use,
                rows,
                tests,
                tops,
                steps,
                counts,
                credits[which[side]],
                kinds[side],
                facts,
                fact_places,
                chosen,
                turns,
                working,
                room,
            )
            _read(
                working,
                rows,
                tests,
                own,
                kinds[side, member],
                after[side],
                at[side],
                bands,
                by[side, member],
                fresh[side, member],
                near[side, member],
            )
        for side in range(1, sides):
            for month in range(months):
                here, there = by[side, member, month] > 0, by[0, member, month] > 0
                if here != there:
                    one, other = (side, 0) if here else (0, side)
                    if at[one, month] != at[other, month]:
                        why[side, member, month] = DATES
                    else:
                        tick = _giver(workings[one], at[one, month])
                        mine, theirs = kinds[one, member, tick], kinds[other, member, tick]
                        why[side, member, month] = cause(
                            workings[one, tick],
                            workings[other, tick],
                            tests[mine, tick],
                            tests[theirs, tick],
                            rows[theirs, tick],
                            own,
                            alike[side],
                        )


@bare
def _giver(working: Records, at: int) -> int:
    """The last test that gave cover which reaches beyond a tick; there must be one."""
    tick = at
    while not (working[tick].due and working[tick].route != stages.NONE and _end(working[tick]) > at):
        tick -= 1
    return tick


@inlined
def _end(row: np.record) -> int:
    """The tick at which the cover that a test gave ends."""
    end: int = row.assisted_to if row.route == stages.COBRA else row.covered_to
    return end


@bare
def _read(
    working: Records,
    rows: Records,
    tests: Records,
    facts: Records,
    kinds: npt.NDArray[np.int16],
    after: Sums,
    at: Sums,
    bands: Sums,
    by: Codes,
    fresh: Codes,
    near: Codes,
) -> None:
    """Read one member's months off a working."""
    tick, held_to = 0, -1
    for month in range(len(at)):
        while tick <= at[month]:
            row = working[tick]
            if row.due and row.route != stages.NONE:
                held_to = max(held_to, _end(row))
                if row.route == stages.INITIAL and tick > after[month]:
                    fresh[month] = 1
            elif row.due and row.slot >= 0 and tick > after[month]:
                test = tests[kinds[tick], tick, row.slot]
                missing = row.required - row.counted if test.kind <= stages.BALANCE else 0
                missing -= usable(row.bank_before, row.initial, test, rows[kinds[tick], tick], facts)
                band = 0
                while band < len(bands) and missing > bands[band]:
                    band += 1
                if missing > 0 and band < len(bands) and (near[month] == 0 or band + 1 < near[month]):
                    near[month] = band + 1
            tick += 1
        if at[month] < held_to:
            by[month] = working[_giver(working, at[month])].route
