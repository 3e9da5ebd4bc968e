"""The stages of a test, one small function each: plain arithmetic on whole numbers, for one member at one cut-off.

They are ordinary Python and read like the plan booklet; :mod:`rules.evaluate` folds them over a member's ticks.
Compiled by numba they run over a whole membership; with ``NUMBA_DISABLE_JIT=1`` the same lines run uncompiled.

``sums[m]`` are a member's running totals of measure *m*: ``sums[m, i]`` holds all credits (hundredths) before period
*i*, so the credits of any run of periods are one difference; ``used[m]`` is the running total up to which they have
been used up. ``now`` is the record of the tick (:data:`rules.laying.TICK`), ``test`` that of a test (``TEST``).

``use`` says which stages the plan uses at all. Each of its fields is an empty tuple or not, which numba knows when it
compiles: what a plan does not use is left out of the code that is compiled for it.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.compiling import bare, inlined

# Routes, in the order in which they are tried.
NONE, INITIAL, HOURS, BANK, DISABILITY, RELIEF, COBRA, TOP_UP, DECISION = range(9)
# What a member is when a tick arrives.
NEVER, COVERED, LAPSED = range(3)
# Kinds of tests.
SUM, BALANCE, AVERAGE, EACH, COUNT, FIRST = range(6)
# Words of the terms as the numbers of a tick's record: a word's number is its place.
GIVES = ("nothing", "hours", "cobra", "waiver")
GIVES_HOURS, GIVES_COBRA, GIVES_WAIVER = 1, 2, 3
TAKES_EXCESS, TAKES_ALL = 1, 2
DEPOSITS = ("none", "excess", "excess_over_continuing")
DEPOSIT_EXCESS, DEPOSIT_OVER_CONTINUING = 1, 2
CONSUMES = ("none", "window", "exact")
USES_WINDOW, USES_EXACT = 1, 2
CYCLES = ("everyone", "own", "contract_end")
OWN, CONTRACT = 1, 2
IDLE = ("no_credits", "no_cover", "neither")
IDLE_CREDITS, IDLE_COVER, IDLE_NEITHER = range(3)
# Why a bank lost what it held.
KEPT, BY_EVENT, BY_LAPSE, BY_AGE, BY_IDLENESS, BY_SHORTFALL, BY_MISSES = range(7)
# Kinds of facts.
DISABLED, STATE, EVENT, PAID, ADJUSTED, GRANTED, REFUSED, ANCHOR = range(1, 9)
# The names of states and events that every plan may meet; a plan's own follow. A name is a bit of a mask.
NAMES = ("contract_end", "hours_booked", "unavailable_for_work")
CONTRACT_END, BOOKED = 1, 2
NO_LIMIT = 2_147_483_647
LONG_AGO = -(1 << 40)  # a tick before all others: never yet

Sums = npt.NDArray[np.int64]
Records = npt.NDArray[Any]  # of TICK, TEST, FACT or WORKING records

FACT = np.dtype(
    [
        (name, np.int32)
        for name in ("kind", "name", "first_day", "last_day", "tick", "amount", "claim", "days_since_work")
    ]
)


class Use(NamedTuple):
    """Which stages a plan uses: a zero where it does, an empty tuple where it does not."""

    many: tuple[int, ...]  # measures
    one: tuple[int, ...]  # route of each standing
    routes: tuple[int, ...]  # of each standing: as many zeros; none where that is looked up
    closed: tuple[int, ...]  # some route is closed at some tick, or to some members
    also: tuple[int, ...]  # routes with more than the main test
    windows: tuple[int, ...]  # sums over up to so many windows
    ago: tuple[int, ...]
    sums: tuple[int, ...]  # main tests that are sums
    balance: tuple[int, ...]  # main tests of the bank's balance
    odd: tuple[int, ...]  # tests that are neither
    exact: tuple[int, ...]
    excess: tuple[int, ...]
    through: tuple[int, ...]
    passes: tuple[int, ...]  # banks that are not fed before cover
    uncapped: tuple[int, ...]  # banks with a second measure
    expiry: tuple[int, ...]
    limits: tuple[int, ...]  # of the bank, beyond its cap: what one test may put in or draw, for whom, which tier
    upkeep: tuple[int, ...]  # forfeits by lapse, idleness, misses
    lengths: tuple[int, ...]  # routes with a length of their own
    second: tuple[int, ...]
    carry: tuple[int, ...]
    gift: tuple[int, ...]  # relief orders that add credit
    help: tuple[int, ...]  # disability, relief
    everyone: tuple[int, ...]  # relief for others than those whose cover ends
    tops: tuple[int, ...]
    schedule: tuple[int, ...]  # not tested at every cut-off
    cycles: tuple[int, ...]  # tested at cut-offs of the member's own
    lockout: tuple[int, ...]
    variants: tuple[int, ...]
    facts: tuple[int, ...]  # of the members evaluated, some have facts
    working: tuple[int, ...]  # the working is written

    def together(self, other: "Use") -> "Use":
        """What either of two terms uses; one route only if both have no more."""
        both = Use(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))
        return both._replace(one=self.one and other.one, routes=max(self.routes, other.routes))


# Compiled for all plans at once: what any of them uses, and one route as a case of several.
EVERYTHING = Use(*((0,) for _ in Use._fields))._replace(one=(), routes=())


@inlined
def credits_in(use: Use, sums: Sums, mark: int, first: int, end: int) -> int:
    """Window: one measure's credits of the periods from ``first`` up to before ``end`` that are not used up."""
    amount: int = sums[end] - max(sums[max(first, 0)], mark)
    return max(0, amount) if len(use.ago) else amount


@inlined
def give(terms: Records, given: Sums, after: int, tick: int, covered_to: int) -> None:
    """Relief: add up what orders that add credit give, for the periods after the last test and up to this one.

    ``given[i]`` is all before period *i*; an order for the enrolled gives to those whose cover reaches its tick.
    """
    for period in range(after + 1, tick + 1):
        now = terms[period]
        given[period + 1] = given[period] + now.gift_everyone + (now.gift_enrolled if covered_to >= period else 0)


@inlined
def odd_test(test: np.record, kind: int, sums: Sums, used: Sums, tick: int) -> tuple[int, int]:
    """Test: average, each, count or first. Returns the figure counted and the number of periods looked at.

    A period's own credits are those that have not been used up; there are none before the calendar.
    """
    end = max(0, tick + 1 - test.ago)
    measure, most, required = test.measure, test.most * test.step, test.required
    gone, after = used[measure], sums[measure, end]
    counted, periods = 0, most
    if kind == EACH:
        counted = NO_LIMIT
    # From the latest period back: what the running total was before it is what it was after the one before.
    best, total, best_of = 0, 0, 1
    for number in range(1, most + 1):
        before = sums[measure, max(0, end - number)]
        own = max(0, after - max(before, gone))
        after = before
        if kind == COUNT:
            counted += 100 if own >= test.least else 0
        elif kind == EACH:
            counted = min(counted, own)
        elif kind == FIRST:
            counted = own
        else:
            # The highest average; of equal ones the first. Whole numbers: a/b > c/d where a*d > c*b.
            total += own
            if total >= number * required:
                best, best_of = total, number
                break
            if number == 1 or total * best_of > best * number:
                best, best_of = total, number
    if kind == AVERAGE:
        counted, periods = best // best_of, best_of
    return counted, periods


@inlined
def also_holds(use: Use, tests: Records, tick: int, main: np.record, sums: Sums, used: Sums, balance: int) -> bool:
    """Route: whether every test beside the main one holds. ``tests`` are those of all ticks."""
    held = True
    for place in range(main.also_from, main.also_from + main.also):
        test = tests[tick, place]
        kind = test.kind
        counted = 0
        if kind == BALANCE:
            counted = balance
        elif len(use.odd) == 0 or kind == SUM:
            # More windows never count less, so the most of them are looked at.
            end = max(0, tick + 1 - test.ago)
            start = max(0, end - test.most * test.step)
            counted = max(0, sums[test.measure, end] - max(sums[test.measure, start], used[test.measure]))
        else:
            counted, _ = odd_test(test, kind, sums, used, tick)
        held = held and counted >= test.required
    return held


@bare
def holds(facts: Records, kind: int, names: int, day: int) -> bool:
    """Facts: whether one of a kind, with a name among ``names`` (any, if 0), covers a day."""
    for place in range(len(facts)):
        fact = facts[place]
        if fact.kind == kind and (names == 0 or fact.name & names) and fact.first_day <= day <= fact.last_day:
            return True
    return False


@bare
def happened(facts: Records, names: int, after: int, tick: int) -> bool:
    """Facts: whether an event with a name among ``names`` lies in a period after one tick and up to another."""
    for place in range(len(facts)):
        fact = facts[place]
        if fact.kind == EVENT and fact.name & names and after < fact.tick <= tick:
            return True
    return False


@bare
def adjusted(facts: Records, balance: int, after: int, tick: int) -> tuple[int, int]:
    """Bank: the balance after the member's adjustments since the last test, and all that they put in.

    The balance never falls below nothing.
    """
    put = 0
    for place in range(len(facts)):
        fact = facts[place]
        if fact.kind == ADJUSTED and after < fact.tick <= tick:
            balance = max(0, balance + fact.amount)
            put += max(0, fact.amount)
    return balance, put


@bare
def decided(facts: Records, day: int) -> int:
    """Facts: the decision (GRANTED, REFUSED) in force on a day, the latest of several; 0 if there is none."""
    kind = 0
    for place in range(len(facts)):
        fact = facts[place]
        if fact.kind in (GRANTED, REFUSED) and fact.first_day <= day <= fact.last_day:
            kind = fact.kind
    return kind


@bare
def has_begun(sums: Sums, facts: Records, period: int) -> bool:
    """Whether the member has had a credit of any measure, or an adjustment, by the end of a period."""
    for measure in range(sums.shape[0]):
        if sums[measure, period + 1] > 0:
            return True
    begun = False
    for place in range(len(facts)):
        begun = begun or (facts[place].kind == ADJUSTED and facts[place].tick <= period)
    return begun


@bare
def idle_for(terms: Records, sums: Sums, measure: int, facts: Records, tick: int, most: int) -> int:
    """Bank: periods in a row, up to the tick's own and at most ``most``, without credits or adjustments.

    They count from the member's first credit (of whatever measure) or adjustment on.
    """
    count = 0
    for period in range(tick, -1, -1):
        if sums[measure, period + 1] != sums[measure, period] or not has_begun(sums, facts, period):
            return count
        stopped = False
        for place in range(len(facts)):
            fact = facts[place]
            if fact.kind == ADJUSTED and fact.tick == period:
                return count
            day = terms[period].cutoff_day
            if fact.kind == STATE and fact.name & terms[tick].stop_mask and fact.first_day <= day <= fact.last_day:
                stopped = True
        if not stopped:
            count += 1
            if count >= most:
                return count
    return count


@bare
def is_idle(terms: Records, sums: Sums, measure: int, facts: Records, tick: int, covered_to: int) -> bool:
    """Bank: whether it has been idle for as long as the terms allow."""
    now = terms[tick]
    if now.idle_after == 0:
        return False
    if now.idle_means == IDLE_COVER and covered_to < 0:
        return False
    if now.idle_means != IDLE_CREDITS and covered_to >= 0:
        # Cover that ended with tick ``covered_to`` ended so many periods later as cover lags behind its cut-off.
        ended = covered_to + now.lag
        idle = tick + 1 - ended
        for period in range(ended, tick + 1):
            if now.stop_mask and holds(facts, STATE, now.stop_mask, terms[period].cutoff_day):
                idle -= 1
        if idle < now.idle_after:
            return False
        if now.idle_means == IDLE_COVER:
            return True
    idle_long: bool = idle_for(terms, sums, measure, facts, tick, now.idle_after) >= now.idle_after
    return idle_long


@inlined
def is_idle_without_facts(use: Use, now: np.record, sums: Sums, measure: int, tick: int, covered_to: int) -> bool:
    """Bank: what :func:`is_idle` says of a member without facts: no clock is stopped, so it is a difference."""
    start = tick + 1 - now.idle_after
    without_cover = start - now.lag >= covered_to
    without_credits = start >= 0 and sums[measure, tick + 1] == sums[measure, max(0, start)]
    if len(use.many):
        begun = False
        for each in range(sums.shape[0]):
            begun = begun or sums[each, max(0, start) + 1] > 0
        without_credits = without_credits and begun
    if now.idle_means == IDLE_COVER:
        idle: bool = covered_to >= 0 and without_cover
    else:
        idle = (now.idle_means == IDLE_CREDITS or covered_to < 0 or without_cover) and without_credits
    return idle


@inlined
def use_up(test: np.record, left: Sums, used: Sums, tick: int, periods: int, taken: int) -> None:
    """Consumption: take so many of a test's credits out of what is left, the oldest in its window first."""
    end = max(0, tick + 1 - test.ago)
    own, start = left[test.measure], max(0, end - periods)
    opening = max(used[test.measure], own[start])
    most = min(taken, max(0, own[end] - opening))
    for period in range(start + 1, len(own)):
        own[period] -= min(most, max(0, own[period] - opening))


@inlined
def room_for(excess: int, bank: int, now: np.record) -> int:
    """Bank: how much of an excess goes in, up to the cap. A bank over a lowered cap keeps what it has."""
    added: int = max(0, min(excess, now.bank_cap - bank))
    return added


@bare
def is_tested(now: np.record, facts: Records, tick: int, enrolled: bool) -> bool:
    """Calendar: whether the member is tested at this cut-off."""
    if now.cycle == CONTRACT:
        return happened(facts, CONTRACT_END, tick - 1, tick)
    if now.cycle == OWN:
        every, anchor = (now.every if enrolled else now.every_lapsed), NO_LIMIT
        for place in range(len(facts)):
            if facts[place].kind == ANCHOR and facts[place].tick <= tick:
                anchor = facts[place].tick
        return anchor != NO_LIMIT and (tick - anchor) % every == 0
    tested: bool = (now.tested if enrolled else now.tested_lapsed) != 0
    return tested


@bare
def ends_early(terms: Records, facts: Records, tick: int, covered_to: int) -> int:
    """Coverage: the tick at which cover ends, if an event cuts it short."""
    for place in range(len(facts)):
        fact = facts[place]
        if fact.kind == EVENT and fact.name & terms[tick].ends_mask and fact.first_day >= terms[tick].start_day:
            end = tick + 1
            while end < min(covered_to, len(terms)) and terms[end].start_day <= fact.first_day:
                end += 1
            covered_to = min(covered_to, end)
    return covered_to


@inlined
def points_for(steps: Records, variant: int, tick: int, counted: int) -> int:
    """Second bank: the points that so many credits earn, by the highest step reached."""
    points = 0
    for place in range(steps.shape[2]):
        step = steps[variant, tick, place]
        if step.points and counted >= step.least:
            points = step.points
    return points
