"""The stages of a test, one small function each: plain arithmetic on whole numbers, for one member at one tick.

They are ordinary Python and read like the plan booklet; :mod:`rules.evaluate` folds them over a member's ticks.
Compiled by numba they run over a whole membership; with ``NUMBA_DISABLE_JIT=1`` the same lines run uncompiled.

``sums`` are a member's running totals: ``sums[i]`` holds all hours (hundredths) before month *i* of the chart, so the
hours of any run of months are one difference. ``now`` is the tick's record (:data:`rules.ticks.TICK`).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from rules.compiling import compiled, inlined

# Routes, in the order in which they are tried.
NONE, INITIAL, HOURS, BANK, DISABILITY, RELIEF, COBRA = range(7)
# What a member is when a tick arrives.
NEVER, COVERED, LAPSED = range(3)
# Words of the terms as the numbers of a tick's record: a word's number is its place.
GIVES = ("nothing", "hours", "cobra")
GIVES_COBRA = 2
DEPOSITS = ("none", "excess", "excess_over_continuing")
DEPOSIT_EXCESS, DEPOSIT_OVER_CONTINUING = 1, 2
# Kinds of facts.
DISABLED, UNAVAILABLE, BOOKED = 1, 2, 3

Sums = npt.NDArray[np.int64]
Records = npt.NDArray[Any]  # of TICK, FACT or WORKING records

FACT = np.dtype([(name, np.int32) for name in ("kind", "first_day", "last_day", "claim", "days_since_work")])


@inlined
def hours_in(sums: Sums, tick: int, months: int, used_to: int) -> int:
    """Window: the hours of so many months of the chart up to this tick's cut-off.

    Hours of months before ``used_to`` have already bought cover and are left out (consumption).
    """
    hours: int = sums[tick + 1] - sums[max(tick + 1 - months, used_to)]
    return hours


@inlined
def shortest(sums: Sums, tick: int, most: int, required: int, now: np.record, used_to: int) -> tuple[int, int]:
    """Test: the fewest qualifying periods in a row, up to ``most``, that reach the required hours; else all of them.

    Returns the number of periods and the hours counted in them.
    """
    counted = hours_in(sums, tick, most * now.window, used_to)
    if counted >= required:
        for windows in range(1, most):
            fewer = hours_in(sums, tick, windows * now.window, used_to)
            if fewer >= required:
                return windows, fewer
    return most, counted


@inlined
def room_for(excess: int, bank: int, now: np.record) -> int:
    """Bank: how much of an excess goes in, up to the cap. A bank over a lowered cap keeps what it has."""
    added: int = max(0, min(excess, now.bank_cap - bank))
    return added


@inlined
def first_deposit(counted: int, bank: int, now: np.record) -> int:
    """Bank: what the hours that start cover put in."""
    if now.deposit_after_initial == DEPOSIT_EXCESS:
        return room_for(counted - now.initial_required, bank, now)
    if now.deposit_after_initial == DEPOSIT_OVER_CONTINUING:
        return room_for(counted - now.continuing_required, bank, now)
    return 0


@compiled
def holds(facts: Records, kind: int, day: int) -> bool:
    """Facts: whether one of a kind covers a day."""
    for place in range(len(facts)):
        if facts[place].kind == kind and facts[place].first_day <= day <= facts[place].last_day:
            return True
    return False


@inlined
def bank_usable(facts: Records, now: np.record) -> bool:
    """Bank: used only while the member is available for work, where the terms say so."""
    return len(facts) == 0 or now.bank_needs_available == 0 or not holds(facts, UNAVAILABLE, now.start_day)


@compiled
def disability_weeks(facts: Records, claim: int, now: np.record) -> int:
    """Disability: whole weeks of one claim inside the qualifying period, 0 if the claim came too late."""
    days = 0
    for place in range(len(facts)):
        fact = facts[place]
        if fact.kind == DISABLED and fact.claim == claim and fact.days_since_work <= now.disability_within:
            first = max(fact.first_day, now.window_first_day)
            last = min(fact.last_day, now.cutoff_day)
            days += max(0, last - first + 1)
    return days // 7


@compiled
def disability_claim(facts: Records, needed: int, claims: int, consecutive: bool, now: np.record) -> tuple[int, int]:
    """Disability: the first claim whose credit reaches what is needed, with its weeks; claim -1 if none does."""
    if now.disability_credit == 0 or (consecutive and now.disability_apart):
        return -1, 0
    for place in range(len(facts)):
        claim = facts[place].claim
        if facts[place].kind == DISABLED and not (now.disability_once and (claims >> claim) & 1):
            weeks = disability_weeks(facts, claim, now)
            if weeks * now.disability_credit >= needed:
                return claim, weeks
    return -1, 0


@compiled
def relief(
    short: int, counted: int, bank: int, facts: Records, after_disability: bool, now: np.record
) -> tuple[int, int]:
    """Relief: the route an order opens for this member and the hours it gives, the least that is needed."""
    if now.relief_gives == 0 or counted + bank < now.relief_at_least:
        return NONE, 0
    if after_disability and now.relief_not_after_disability:
        return NONE, 0
    if now.relief_gives == GIVES_COBRA:
        return COBRA, 0
    if now.relief_after_bank and bank > 0 and not bank_usable(facts, now):
        return NONE, 0
    needed = max(0, short - bank) if now.relief_after_bank else short
    if needed <= now.relief_up_to or (needed <= now.relief_by_decision and holds(facts, BOOKED, now.cutoff_day)):
        return RELIEF, needed
    return NONE, 0


@compiled
def extension(
    short: int, counted: int, bank: int, facts: Records, claims: int, after_disability: bool, now: np.record
) -> tuple[int, int, int, int]:
    """What may still extend cover that ends: a disability, else a relief order.

    Returns the route, the claim used (or -1), its weeks and the hours that an order gives.
    """
    needed = short if now.disability_with_hours else short + counted
    claim, weeks = disability_claim(facts, needed, claims, after_disability, now)
    if claim >= 0:
        return DISABILITY, claim, weeks, 0
    route, credit = relief(short, counted, bank, facts, after_disability, now)
    return route, -1, 0, credit
