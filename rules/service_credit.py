"""Service credit: years in order, from work to credit, breaks, vesting and benefit; of one member or of a million.

:func:`fold` carries the state of a **block** of members from year to year; one member is a block of one. Each stage is
a loop over the block with the year's numbers at hand, so that compiled code does several members at once. What a year
comes to is added to the rows of ``out``: the rows of one member are the member's working, those of many their totals.
 ``docs/pension-terms.md`` says what each rule means; the arrays come from :mod:`rules.laying_pension`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.compiling import bare, inlined
from rules.shape_pension import PARTS_OF_A_YEAR

WHOLE_YEAR = PARTS_OF_A_YEAR
NONE = -1  # a number that is not in force
IN_HUNDREDTHS = 10_000  # of a percent: vested in full
FINE = 100_000_000  # parts are reckoned in hundred-millionths of a cent
MOST = 1 << 60
BLOCK = 1024  # members whose state is carried at once: it stays in the nearest memory

# The columns of a year's row. Service and credit follow for each service, then (in a working) each part.
PARTICIPANT, BREAK, IN_A_ROW, SPARED, LOST, VESTED, IN_FULL, BENEFIT, ACCOUNT, FIXED = range(10)
# The rows of a member's column: the first year at whose end all is vested (-1: none), the first service at the end, the
# years that credited it; and, where there is room, what each year credited of it.
VESTED_IN, SERVICE, CREDITED, OF_MEMBER = range(4)

Numbers = npt.NDArray[np.int64]


class Use(NamedTuple):
    """What some terms use: a field has a length, which compiled code knows, where they do."""

    shares: tuple[int, ...] = ()  # a year's credit may be a share of a year, rounded down, limited, or for nothing
    cumulative: tuple[int, ...] = ()
    entry: tuple[int, ...] = ()
    breaks: tuple[int, ...] = ()
    ages: tuple[int, ...] = ()
    parts: tuple[int, ...] = ()
    variants: tuple[int, ...] = ()
    working: tuple[int, ...] = ()


class Laid(NamedTuple):
    """Terms laid out as numbers: by variant and year, of parts by variant and stretch.

    ``places`` are the first stretches of the years, and the one after the last; ``measure_of`` the measure of each
    route of each service, ``under_of`` of each limit under which a year is a break, ``part_of`` of each part (a
    service *s* is ``-1 - s``); ``only_in`` and ``tier_of`` are services, ``NONE`` for no condition. ``of`` holds the
    service that vests, the other one that vesting asks for, the measure of participation, whether the greatest part is
    the benefit, and how many of the parts make it.
    """

    use: Use
    places: Numbers
    years: np.recarray
    services: np.recarray
    steps: np.recarray
    vesting: np.recarray
    under: np.recarray
    exempt: np.recarray
    tiers: np.recarray
    rates: np.recarray
    measure_of: Numbers
    under_of: Numbers
    part_of: Numbers
    only_in: Numbers
    tier_of: Numbers
    of: Numbers


VESTS, ALSO, ENTRY, GREATEST, BENEFITS = range(5)

YEAR = np.dtype(
    [
        *((name, np.int64) for name in ("last", "entry", "also", "permanent", "at_age")),
        *((name, np.int8) for name in ("entry_next", "lost_before", "or_service", "exceeded", "repaired_by_service")),
    ]
)
OF_SERVICE = np.dtype([(name, np.int64) for name in ("round_to", "most_a_year", "most", "cumulative")])
STEP = np.dtype([(name, np.int64) for name in ("start", "gives", "per")])
VESTING = np.dtype([(name, np.int64) for name in ("after", "gives")])
UNDER = np.dtype([(name, np.int64) for name in ("less_than", "over")])
EXEMPT = np.dtype([(name, np.int64) for name in ("on", "breaks_before", "next_at_least")])
TIER = np.dtype([(name, np.int64) for name in ("after", "until", "leaving")])
RATE = np.dtype([(name, np.int64) for name in ("rate", "percent")])


class Room(NamedTuple):
    """The state of a block of members: a row, or several, with a place for each member.

    ``by_year`` has the amounts of each measure in each year; ``running`` the sums of cumulative service and for how
    many years they run; ``quantities`` and ``earned`` what each part rests on and comes to. Where everybody who has
    begun takes part, ``participant`` is ``begun``.
    """

    by_year: Numbers
    credits: Numbers
    totals: Numbers
    running: Numbers
    quantities: Numbers
    earned: Numbers
    begun: Numbers
    participant: Numbers
    entering: Numbers
    had_before: Numbers
    in_a_row: Numbers
    is_break: Numbers
    spared: Numbers
    vested: Numbers
    vested_in: Numbers
    credited: Numbers


def room_for(laid: Laid, amounts: npt.NDArray[Any]) -> Room:
    """Room for a block of the members of ``amounts``, or for the largest block there is."""
    size, services, parts = min(amounts.shape[2], BLOCK) or 1, laid.services.shape[2], len(laid.part_of)
    flags = {name: np.zeros(size, np.int32) for name in Room._fields[6:]}
    if not laid.use.entry:
        flags["participant"] = flags["begun"]
    return Room(
        np.zeros((len(amounts), len(laid.places) - 1, size), amounts.dtype),
        np.zeros((services, size), np.int32),
        np.zeros((services, size), np.int32),
        np.zeros((services, 2, size), np.int64),
        np.zeros((parts, size), np.int64),
        np.zeros((parts, size), np.int64),
        **flags,
    )


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
def add_parts(laid: Laid, variant: int, year: int, amounts: Any, room: Room, n: int) -> None:
    """Benefit and account: add what a year earns to each part. The services are still those before the year."""
    lost_before = laid.years[variant, year].lost_before
    for part in range(laid.part_of.shape[0]):
        only, tier_of, of = laid.only_in[part], laid.tier_of[part], laid.part_of[part]
        tier = laid.tiers[variant, year, part]
        first = laid.places[year]
        for stretch in range(first, first + 1 if of < 0 else laid.places[year + 1]):
            rate = laid.rates[variant, stretch, part]
            known = rate.rate >= 0 or rate.percent >= 0
            # A service is in ten-thousandths, an amount in hundredths; so are rates and percentages.
            factor = rate.rate * (1 if of < 0 else 100) if rate.percent < 0 else rate.percent * 10_000
            for i in range(n):
                amount = room.credits[-1 - of, i] if of < 0 else amounts[of, stretch, i]
                counts = amount != 0 and (room.participant[i] or not lost_before)
                if only >= 0 and room.credits[only, i] == 0:
                    counts = False
                if tier_of >= 0 and not tier.after <= room.totals[tier_of, i] < tier.until:
                    counts = False
                if counts:
                    room.quantities[part, i] += amount
                    if known and not tier.leaving:
                        room.earned[part, i] += amount * factor
                if tier.leaving:
                    # The last work there was sets the rate, whether or not it earned anything more of the part.
                    end = laid.places[year + 1] if of < 0 else stretch + 1
                    for measure in range(amounts.shape[0]):
                        for at in range(stretch, end):
                            if amounts[measure, at, i] != 0:
                                room.earned[part, i] = room.quantities[part, i] * factor if known else 0


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
        elif repaired_by_service == 0 or room.credits[vests, i] >= WHOLE_YEAR:
            room.in_a_row[i] = 0
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
                reached &= (held == 0) | (room.in_a_row[i] == 0)
                room.vested[i] = max(room.vested[i], gives if reached else 0)
        else:
            for i in range(n):
                room.vested[i] = max(room.vested[i], gives if totals[i] >= after else 0)
    if len(use.ages) and at_age >= 0:
        for i in range(n):
            old = born[i] > 0 and (last - born[i]) // 10_000 >= at_age
            if old and room.participant[i] and not (held and room.in_a_row[i] > 0):
                room.vested[i] = IN_HUNDREDTHS
    for i in range(n):
        room.vested_in[i] = year if room.vested_in[i] < 0 and room.vested[i] == IN_HUNDREDTHS else room.vested_in[i]


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
            room.begun[i] = room.participant[i] = room.entering[i] = room.had_before[i] = 0
            room.in_a_row[i] = room.credited[i] = 0
            for service in range(room.totals.shape[0]):
                room.totals[service, i] = room.running[service, 0, i] = room.running[service, 1, i] = 0
            for part in range(room.earned.shape[0]):
                room.quantities[part, i] = room.earned[part, i] = 0


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
def write_parts(use: Use, laid: Laid, room: Room, line: Numbers, n: int) -> None:
    """Add what benefit and account come to for the members of the block, rounded down for each, to the year's row."""
    if len(use.parts):
        benefits, greatest = laid.of[BENEFITS], laid.of[GREATEST]
        for i in range(n):
            benefit, account = 0, 0
            for part in range(room.earned.shape[0]):
                earned = room.earned[part, i]
                if part >= benefits:
                    account += earned
                else:
                    benefit = max(benefit, earned) if greatest else benefit + earned
            line[BENEFIT] += benefit // FINE
            line[ACCOUNT] += account // FINE
    if len(use.working):
        for part in range(room.earned.shape[0]):
            for i in range(n):
                line[FIXED + 2 * room.credits.shape[0] + part] += room.earned[part, i] // FINE


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
        room.begun[i] = room.participant[i] = room.entering[i] = room.had_before[i] = 0
        room.in_a_row[i] = room.vested[i] = room.credited[i] = 0
        room.vested_in[i] = NONE
        for service in range(room.totals.shape[0]):
            room.totals[service, i] = room.running[service, 0, i] = room.running[service, 1, i] = 0
        for part in range(room.earned.shape[0]):
            room.quantities[part, i] = room.earned[part, i] = 0
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


def columns(laid: Laid) -> int:
    """The number of columns of a year's row."""
    parts = len(laid.part_of) if laid.use.working else 0
    return FIXED + 2 * int(laid.services.shape[2]) + parts
