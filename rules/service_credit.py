"""Service credit: years in order, from work to credit, breaks, vesting and benefit; of one member or of a million.

:func:`fold` carries the state of a **block** of members from year to year; one member is a block of one. Each stage is
a loop over the block with the year's numbers at hand, so that compiled code does several members at once. What a year
comes to is added to the rows of ``out``: the rows of one member are the member's working, those of many their totals.
 ``docs/pension-terms.md`` says what each rule means; the arrays come from :mod:`rules.laying_pension`.
"""

from typing import Any

import numpy as np

from rules.compiling import bare, inlined
from rules.service_arrays import (
    ALSO,
    BREAK,
    CREDITED,
    ENTRY,
    FINE,
    FIXED,
    IN_A_ROW,
    IN_FULL,
    IN_HUNDREDTHS,
    LOST,
    MOST,
    NONE,
    OF_MEMBER,
    PARTICIPANT,
    SERVICE,
    SPARED,
    VESTED,
    VESTED_IN,
    VESTS,
    WHOLE_YEAR,
    Laid,
    Numbers,
    Room,
    Use,
)
from rules.service_money import add_parts, write_parts


@inlined
def add_up(laid: Laid, year: int, amounts: Any, room: Room, n: int) -> None:
    """Credit: the amounts of a year, and who has begun with it or before."""
    for measure in range(amounts.shape[0]):
        found = room.by_year[measure, year]
        first = amounts[measure, laid.places[year]]
        for i in range(n):
            found[i] = first[i]
            room.begun[i] |= first[i] != 0
        for stretch in range(laid.places[year] + 1, laid.places[year + 1]):
            more = amounts[measure, stretch]
            for i in range(n):
                found[i] += more[i]
                room.begun[i] |= more[i] != 0


@inlined
def take_part(laid: Laid, variant: int, year: int, room: Room, n: int) -> None:
    """Participation: who takes part from this year on, or from the next."""
    row = laid.years[variant, year]
    amounts = room.by_year[laid.of[ENTRY], year]
    for i in range(n):
        if room.entering[i]:
            room.participant[i], room.entering[i] = 1, 0
        if room.begun[i] and not room.participant[i] and (row.entry < 0 or amounts[i] >= row.entry):
            room.entering[i] = row.entry_next != 0 and row.entry >= 0
            room.participant[i] = not room.entering[i]


@inlined
def reach(use: Use, laid: Laid, variant: int, year: int, service: int, route: int, room: Room, n: int) -> None:
    """Service: what one route gives, by the last step that is reached, where that is more than what is there."""
    amounts, found = room.by_year[laid.measure_of[service, route], year], room.credits[service]
    last = laid.steps.shape[4]
    for place in range(last):
        step = laid.steps[variant, year, service, route, place]
        start, gives, per, end = step.start, step.gives, step.per, MOST
        if start < 0:
            continue
        for later in range(place + 1, last):
            following = laid.steps[variant, year, service, route, later].start
            if following >= 0:
                end = min(end, following)
        if len(use.shares) and per > 0:
            for i in range(n):
                if start <= amounts[i] < end:
                    found[i] = max(found[i], np.int64(amounts[i]) * WHOLE_YEAR // per)
        else:
            for i in range(n):
                found[i] = max(found[i], gives if (amounts[i] >= start) & (amounts[i] < end) else 0)


@inlined
def add_credit(use: Use, laid: Laid, variant: int, year: int, service: int, room: Room, n: int) -> None:
    """Service: what the year credits: what the best route gives, within the limits, and what all years come to."""
    rule = laid.services[variant, year, service]
    round_to, most_a_year, most = rule.round_to, rule.most_a_year, rule.most
    found, totals = room.credits[service], room.totals[service]
    for i in range(n):
        found[i] = 0
    for route in range(laid.steps.shape[3]):
        if laid.measure_of[service, route] >= 0:
            reach(use, laid, variant, year, service, route, room, n)
    if len(use.cumulative) and rule.cumulative:
        run_on(laid, variant, year, service, room, n)
    elif len(use.shares):
        for i in range(n):
            found[i] = min(found[i] - found[i] % round_to, most_a_year)
    if len(use.shares):
        for i in range(n):
            found[i] = room.begun[i] * max(0, min(found[i], most - totals[i]))
    if len(use.entry) and laid.years[variant, year].lost_before:
        for i in range(n):
            found[i] *= room.participant[i]


@inlined
def run_on(laid: Laid, variant: int, year: int, service: int, room: Room, n: int) -> None:
    """Service that is cumulative: what the sum of all years comes to now, less what it came to before."""
    rule, step = laid.services[variant, year, service], laid.steps[variant, year, service, 0, 0]
    lost_before = laid.years[variant, year].lost_before
    amounts = room.by_year[laid.measure_of[service, 0], year]
    for i in range(n):
        if room.participant[i] or not lost_before:
            room.running[service, 0, i] += amounts[i]
        total = room.running[service, 0, i]
        room.running[service, 1, i] += total > 0
        reached = 0
        if step.per > 0:
            reached = total * WHOLE_YEAR // step.per
        reached = min(reached - reached % rule.round_to, min(rule.most_a_year, FINE) * room.running[service, 1, i])
        room.credits[service, i] = max(0, reached - room.totals[service, i])


@inlined
def under_limits(laid: Laid, variant: int, year: int, room: Room, i: int) -> bool:
    """Break in service: whether a year is under all limits that are in force."""
    any_limit = False
    for place in range(laid.under.shape[2]):
        limit = laid.under[variant, year, place]
        if limit.less_than < 0:
            continue
        any_limit = True
        amount = 0
        for back in range(max(0, year + 1 - limit.over), year + 1):
            amount += room.by_year[laid.under_of[place], back, i]
        if amount >= limit.less_than:
            any_limit = False
            break
    return any_limit


@inlined
def is_exempt(laid: Laid, variant: int, year: int, in_a_row: int, amounts: Any, i: int) -> bool:
    """Break in service: whether a dated exemption spares a year."""
    exempt = False
    for place in range(laid.exempt.shape[2]):
        one = laid.exempt[variant, year, place]
        if one.on == 0 or in_a_row < one.breaks_before:
            continue
        if one.next_at_least < 0:
            exempt = True
        elif year + 2 < laid.places.shape[0]:
            following = 0
            for stretch in range(laid.places[year + 1], laid.places[year + 2]):
                following += amounts[0, stretch, i]
            exempt = exempt or following >= one.next_at_least
    return exempt


@inlined
def count_breaks(
    laid: Laid, variant: int, year: int, amounts: Any, stopped: Any, complete: bool, room: Room, n: int
) -> None:
    """Break in service: whether the year is one, what spares it, and how many there are in a row."""
    repaired_by_service = laid.years[variant, year].repaired_by_service
    vests = laid.of[VESTS]
    for i in range(n):
        room.is_break[i] = room.spared[i] = 0
        if not room.participant[i]:
            continue
        if room.had_before[i] and under_limits(laid, variant, year, room, i):
            if complete:
                spared = stopped.shape[1] > 0 and stopped[i, year] != 0
                spared = spared or is_exempt(laid, variant, year, room.in_a_row[i], amounts, i)
                room.spared[i] = spared
                room.is_break[i] = not spared
                room.in_a_row[i] += not spared
                room.unrepaired[i] |= not spared
        else:
            room.in_a_row[i] = 0
            if repaired_by_service == 0 or room.credits[vests, i] >= WHOLE_YEAR:
                room.unrepaired[i] = 0
    for i in range(n):
        for measure in range(room.by_year.shape[0]):
            room.had_before[i] |= room.by_year[measure, year, i] != 0
        room.had_before[i] &= room.begun[i]


@inlined
def vest(use: Use, laid: Laid, variant: int, year: int, born: Any, today: int, room: Room, n: int) -> None:
    """Vesting: the percentage (hundredths) by the highest step that is reached, or by age; it never falls."""
    row = laid.years[variant, year]
    also, at_age, last, held = row.also, row.at_age, min(row.last, today), row.repaired_by_service
    totals, other = room.totals[laid.of[VESTS]], room.totals[max(0, laid.of[ALSO])]
    for place in range(laid.vesting.shape[2]):
        step = laid.vesting[variant, year, place]
        after, gives = step.after, step.gives
        if after < 0:
            continue
        if len(use.breaks) or len(use.entry) or also >= 0 or after == 0:
            for i in range(n):
                reached = (totals[i] >= after) & (other[i] >= also) & (room.participant[i] != 0)
                reached &= (held == 0) | (room.unrepaired[i] == 0)
                room.vested[i] = max(room.vested[i], gives if reached else 0)
        else:
            for i in range(n):
                room.vested[i] = max(room.vested[i], gives if totals[i] >= after else 0)
    if len(use.ages) and at_age >= 0:
        for i in range(n):
            old = born[i] > 0 and (last - born[i]) // 10_000 >= at_age
            if old and room.participant[i] and not (held and room.unrepaired[i]):
                room.vested[i] = IN_HUNDREDTHS
    for i in range(n):
        room.vested_in[i] = year if room.vested_in[i] < 0 and room.vested[i] == IN_HUNDREDTHS else room.vested_in[i]


@inlined
def start_anew(room: Room, i: int) -> None:
    """A member with nothing yet, or nothing any more. (What is vested is not lost.)"""
    room.begun[i] = room.participant[i] = room.entering[i] = room.had_before[i] = 0
    room.in_a_row[i] = room.unrepaired[i] = room.credited[i] = 0
    for service in range(room.totals.shape[0]):
        room.totals[service, i] = room.running[service, 0, i] = room.running[service, 1, i] = 0
    for part in range(room.earned.shape[0]):
        room.quantities[part, i] = room.earned[part, i] = 0


@inlined
def lose(laid: Laid, variant: int, year: int, room: Room, line: Numbers, n: int) -> None:
    """Permanent break: who is not vested and has too many breaks in a row loses everything and starts anew."""
    row = laid.years[variant, year]
    for i in range(n):
        if row.permanent < 0 or not room.is_break[i] or room.vested[i]:
            continue
        limit = row.permanent * WHOLE_YEAR
        if row.or_service:
            limit = max(limit, room.totals[laid.of[VESTS], i])
        run = room.in_a_row[i] * WHOLE_YEAR
        if run > limit or (run == limit and row.exceeded == 0):
            line[LOST] += 1
            start_anew(room, i)


@inlined
def summed(of: Any, n: int) -> int:
    """The sum over a block."""
    total = 0
    for i in range(n):
        total += of[i]
    return total


@inlined
def write(use: Use, room: Room, line: Numbers, n: int) -> None:
    """Add what the year comes to for the members of the block to the year's row."""
    full = 0
    for i in range(n):
        full += room.vested[i] == IN_HUNDREDTHS
    line[IN_FULL] += full
    for service in range(room.credits.shape[0]):
        line[FIXED + 2 * service] += summed(room.credits[service], n)
        line[FIXED + 2 * service + 1] += summed(room.totals[service], n)
    line[PARTICIPANT] += summed(room.participant, n)
    if len(use.breaks):
        line[BREAK] += summed(room.is_break, n)
        line[IN_A_ROW] += summed(room.in_a_row, n)
        line[SPARED] += summed(room.spared, n)
    if len(use.working):
        line[VESTED] += summed(room.vested, n)


@inlined
def fold(  # noqa: PLR0912 (the one fold: its stages are called in the order of the document, in one place)
    laid: Laid,
    amounts: Any,
    variants: Any,
    born: Any,
    today: int,
    stopped: Any,
    complete: int,
    room: Room,
    out: Numbers,
    ended: Numbers,
) -> None:
    """Evaluate a block of members over all years of ``laid``; the first ``complete`` of them are over.

    ``amounts`` holds hundredths by measure, stretch and member; ``variants`` the variants of a block's only member by
    year; ``born`` and ``today`` are days written as numbers (20211231; 0 where not known); ``stopped`` says for each
    member in which years a state stops breaks (no years: in none).
    """
    use, n = laid.use, amounts.shape[2]
    for i in range(n):
        room.vested[i], room.vested_in[i] = 0, NONE
        start_anew(room, i)
    variant = 0
    for year in range(laid.places.shape[0] - 1):
        if len(use.variants):
            variant = variants[year]
        add_up(laid, year, amounts, room, n)
        if len(use.entry):
            take_part(laid, variant, year, room, n)
        for service in range(room.totals.shape[0]):
            add_credit(use, laid, variant, year, service, room, n)
        if len(use.parts):
            add_parts(laid, variant, year, amounts, room, n)
        for service in range(room.totals.shape[0]):
            credits, totals = room.credits[service], room.totals[service]
            for i in range(n):
                totals[i] += credits[i]
                room.credited[i] += (service == 0) & (credits[i] > 0)
        if ended.shape[0] > OF_MEMBER:
            for i in range(n):
                ended[OF_MEMBER + year, i] = room.credits[0, i]
        if len(use.breaks):
            count_breaks(laid, variant, year, amounts, stopped, year < complete, room, n)
        vest(use, laid, variant, year, born, today, room, n)
        if len(use.breaks):
            lose(laid, variant, year, room, out[year], n)
        write(use, room, out[year], n)
        write_parts(use, laid, room, out[year], n)
    for i in range(n):
        ended[VESTED_IN, i], ended[SERVICE, i] = room.vested_in[i], room.totals[0, i]
        ended[CREDITED, i] = room.credited[i]


@bare
def run(
    laid: Laid,
    amounts: Any,
    variants: Any,
    born: Any,
    today: int,
    stopped: Any,
    complete: int,
    room: Room,
    out: Numbers,
    ended: Numbers,
) -> None:
    """Fold members in blocks: ``amounts[k, s, m]`` are member *m*'s of measure *k* in stretch *s*, ``ended[:, m]`` its
    column. Where there are several variants, ``variants[m]`` are the member's by year, and a block is one member."""
    members = amounts.shape[2]
    size = 1 if len(laid.use.variants) else room.begun.shape[0]
    for first in range(0, members, size):
        end = min(first + size, members)
        fold(
            laid,
            amounts[:, :, first:end],
            variants[first] if len(laid.use.variants) else variants[0],
            born[first:end],
            today,
            stopped[first:end],
            complete,
            room,
            out,
            ended[:, first:end],
        )
