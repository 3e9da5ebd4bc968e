"""What may still help when a test is short: disability, relief orders, top-ups. Rare, so kept out of the way."""

import numpy as np

from rules.compiling import bare, inlined
from rules.stages import (
    BOOKED,
    COBRA,
    DISABLED,
    GIVES_COBRA,
    GIVES_HOURS,
    GIVES_WAIVER,
    NONE,
    PAID,
    RELIEF,
    STATE,
    Records,
    Sums,
    Use,
    holds,
)


@bare
def bank_open(facts: Records, now: np.record) -> bool:
    """Bank: whether nothing about the member keeps it from being used for cover that begins with this tick."""
    return len(facts) == 0 or now.block_mask == 0 or not holds(facts, STATE, now.block_mask, now.start_day)


@bare
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


@bare
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


@inlined
def relief(
    use: Use,
    short: int,
    counted: int,
    bank: int,
    usable: int,
    may_use: bool,
    enrolled: bool,
    after_disability: bool,
    facts: Records,
    now: np.record,
) -> tuple[int, int]:
    """Relief: the route an order opens for this member and the hours it gives, the least that is needed.

    Where an order comes after the bank, a bank that holds something but may not be used stands in its way.
    """
    route, credit = NONE, 0
    needed = max(0, short - usable) if now.relief_after_bank else short
    if (
        counted + bank >= now.relief_at_least
        and (enrolled or now.relief_for_everyone)
        and not (after_disability and now.relief_not_after_disability)
    ):
        if now.relief_gives == GIVES_COBRA:
            route = COBRA
        elif now.relief_gives == GIVES_HOURS and not (now.relief_after_bank and bank > 0 and not may_use):
            given = needed <= now.relief_up_to
            if len(use.facts) and not given and needed <= now.relief_by_decision:
                given = holds(facts, STATE, BOOKED, now.cutoff_day)
            if given:
                route, credit = RELIEF, needed
    return route, credit


@bare
def disability(
    short: int, counted: int, facts: Records, claims: int, after_disability: bool, now: np.record
) -> tuple[int, int]:
    """Disability: the claim that extends cover that ends (or -1), with its weeks."""
    needed = short if now.disability_with_hours else short + counted
    return disability_claim(facts, needed, claims, after_disability, now)


@bare
def top_up(
    tops: Records,
    in_a_row: Sums,
    short: int,
    required: int,
    counted: int,
    bank: int,
    usable: int,
    may_use: bool,
    enrolled: bool,
    facts: Records,
    now: np.record,
) -> tuple[int, int, int]:
    """Top-up: the first one that the member may use and has paid for, what it fills, and what the bank gives first.

    Returns its place (or -1). A waiver order stands for the payment.
    """
    waived = now.relief_gives == GIVES_WAIVER and counted + bank >= now.relief_at_least
    waived = waived and (enrolled or now.relief_for_everyone != 0)
    if not waived and not holds(facts, PAID, 0, now.start_day):
        return -1, 0, 0
    for place in range(len(tops)):
        top = tops[place]
        if top.after_bank and bank > 0 and not may_use:
            continue
        drawn = min(usable, short) if top.after_bank else 0
        needed = short - drawn
        if (
            (enrolled or top.always)
            and top.open
            and needed <= top.most_short
            and needed * 100 <= top.percent * required
            and counted >= top.least
            and in_a_row[place] < top.most_in_a_row
        ):
            return place, needed, drawn
    return -1, 0, 0
