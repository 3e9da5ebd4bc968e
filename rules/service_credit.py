"""Service credit: a member's years in order, from work to credit, vesting, breaks, benefit; one member or a million.

:func:`fold` carries a member's state from year to year; compiled, it is run over memberships (:func:`run`). What a year
comes to is added to the rows of ``out``, so the rows of one member are the member's working and the rows of many are
their totals. ``docs/pension-terms.md`` says what each rule means; the arrays come from :mod:`rules.laying_pension`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.compiling import bare, inlined
from rules.shape_pension import PARTS_OF_A_YEAR

WHOLE_YEAR = PARTS_OF_A_YEAR
NONE = -1  # a number that is not in force
FINE = 100_000_000  # parts are reckoned in hundred-millionths of a cent
MOST = 1 << 60

# The columns of a year's row. Service and credit follow for each service, then (in a working) each part.
PARTICIPANT, BREAK, IN_A_ROW, SPARED, LOST, VESTED, IN_FULL, BENEFIT, ACCOUNT, FIXED = range(10)
# The columns of a member's row: the first year at whose end all is vested (-1: none), the first service at the end, the
# years that credited it.
VESTED_IN, SERVICE, CREDITED, OF_MEMBER = range(4)

Numbers = npt.NDArray[np.int64]


class Use(NamedTuple):
    """What some terms use: the length of a field, which compiled code knows, says how many there are, or whether."""

    services: tuple[int, ...] = ()
    routes: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    one: tuple[int, ...] = ()  # one measure, counted in whole years: a stretch is a year
    cumulative: tuple[int, ...] = ()
    entry: tuple[int, ...] = ()
    breaks: tuple[int, ...] = ()
    vesting: tuple[int, ...] = ()
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


@inlined
def credit_of(use: Use, laid: Laid, variant: int, year: int, service: int, by_year: Numbers) -> int:
    """Service: what a year credits before rounding and caps: the best route's, by the last step that is reached."""
    best = 0
    for route in range(len(use.routes) if len(use.routes) else laid.steps.shape[3]):
        measure = laid.measure_of[service, route]
        if measure < 0:
            continue
        amount = by_year[measure, year]
        given = 0
        for place in range(len(use.steps) if len(use.steps) else laid.steps.shape[4]):
            step = laid.steps[variant, year, service, route, place]
            if step.start >= 0 and amount >= step.start:
                given = step.gives if step.per == 0 else amount * WHOLE_YEAR // step.per
        best = max(best, given)
    return best


@inlined
def running_credit(laid: Laid, variant: int, year: int, service: int, amount: int, state: Numbers, total: int) -> int:
    """Service that is cumulative: what the sum of all years comes to now, less what it came to before."""
    rule, step = laid.services[variant, year, service], laid.steps[variant, year, service, 0, 0]
    state[0] += amount
    if state[0] > 0:
        state[1] += 1
    if step.per == 0:
        return 0
    reached: int = state[0] * WHOLE_YEAR // step.per
    reached = min(reached - reached % rule.round_to, min(rule.most_a_year, MOST // 1000) * state[1])
    return max(0, reached - total)


@inlined
def limits_hold(laid: Laid, variant: int, year: int, by_year: Numbers) -> bool:
    """Break in service: whether a year is under all limits that are in force."""
    any_limit = False
    for place in range(laid.under.shape[2]):
        limit = laid.under[variant, year, place]
        if limit.less_than < 0:
            continue
        any_limit = True
        amount = 0
        for back in range(max(0, year + 1 - limit.over), year + 1):
            amount += by_year[laid.under_of[place], back]
        if amount >= limit.less_than:
            return False
    return any_limit


@inlined
def is_exempt(laid: Laid, variant: int, year: int, through: int, in_a_row: int, amounts: Numbers) -> bool:
    """Break in service: whether a dated exemption spares a year."""
    for place in range(laid.exempt.shape[2]):
        one = laid.exempt[variant, year, place]
        if one.on == 0 or in_a_row < one.breaks_before:
            continue
        if one.next_at_least < 0:
            return True
        if year < through:
            following = 0
            for stretch in range(laid.places[year + 1], laid.places[year + 2]):
                following += amounts[0, stretch]
            if following >= one.next_at_least:
                return True
    return False


@inlined
def vested_share(use: Use, laid: Laid, variant: int, year: int, service: int, also: int, born: int, today: int) -> int:
    """Vesting: the percentage (hundredths) by the highest step that is reached, or by age."""
    row = laid.years[variant, year]
    share = 0
    if row.also < 0 or also >= row.also:
        for place in range(len(use.vesting) if len(use.vesting) else laid.vesting.shape[2]):
            step = laid.vesting[variant, year, place]
            if step.after >= 0 and service >= step.after:
                share = max(share, step.gives)
    if row.at_age >= 0 and born and (min(row.last, today) - born) // 10_000 >= row.at_age:
        share = 10_000
    return share


@inlined
def add_parts(
    laid: Laid,
    variant: int,
    year: int,
    amounts: Numbers,
    credits: Numbers,
    totals: Numbers,
    quantities: Numbers,
    earned: Numbers,
) -> None:
    """Benefit and account: add what a year earns to each part. ``totals`` are the services before the year."""
    for part in range(laid.part_of.shape[0]):
        only, tier_of = laid.only_in[part], laid.tier_of[part]
        tier = laid.tiers[variant, year, part]
        if only >= 0 and credits[only] == 0:
            continue
        if tier_of >= 0 and not tier.after <= totals[tier_of] < tier.until:
            continue
        of = laid.part_of[part]
        first = laid.places[year]
        for stretch in range(first, first + 1 if of < 0 else laid.places[year + 1]):
            rate = laid.rates[variant, stretch, part]
            amount = credits[-1 - of] if of < 0 else amounts[of, stretch]
            if amount == 0 or (rate.rate < 0 and rate.percent < 0):
                continue
            # A service is in ten-thousandths, an amount in hundredths; so are rates and percentages.
            factor = rate.rate * (1 if of < 0 else 100) if rate.percent < 0 else rate.percent * 10_000
            quantities[part] += amount
            if tier.leaving:
                earned[part] = quantities[part] * factor
            else:
                earned[part] += amount * factor


@inlined
def payable(laid: Laid, earned: Numbers, out: Numbers) -> None:
    """Benefit and account: write the cents that the parts come to, rounded down once."""
    benefit, account = 0, 0
    for part in range(laid.part_of.shape[0]):
        if part >= laid.of[BENEFITS]:
            account += earned[part]
        elif laid.of[GREATEST]:
            benefit = max(benefit, earned[part])
        else:
            benefit += earned[part]
    out[BENEFIT] += benefit // FINE
    out[ACCOUNT] += account // FINE


@inlined
def fold(  # noqa: PLR0912, PLR0915 (the one fold: its rules are applied in the order of the document, in one place)
    laid: Laid,
    amounts: Any,
    variants: Any,
    born: int,
    today: int,
    stopped: Any,
    complete: int,
    room: tuple[Numbers, Numbers, Numbers, Numbers, Numbers, Numbers],
    out: Numbers,
    ended: Numbers,
) -> None:
    """Evaluate one member over all years of ``laid``; the first ``complete`` of them are over.

    ``amounts`` holds hundredths by measure and stretch; ``variants`` the member's variant in each year; ``born`` and
    ``today`` are days written as numbers (20211231; 0 where not known); ``stopped`` says in which years a state stops
    breaks (empty: in none).
    """
    use = laid.use
    by_year, credits, totals, running, quantities, earned = room
    years = laid.places.shape[0] - 1
    n_services = len(use.services) if len(use.services) else laid.services.shape[2]
    begun, participant, entering, had_before = False, False, False, False
    in_a_row, vested, credited, vested_in = 0, 0, 0, -1
    variant = 0
    for place in range(n_services):
        totals[place] = 0
        if len(use.cumulative):
            running[place, 0] = running[place, 1] = 0
    if len(use.parts):
        for place in range(laid.part_of.shape[0]):
            quantities[place] = earned[place] = 0
    for year in range(years):
        if len(use.variants):
            variant = variants[year]
        anything = False
        if len(use.one):
            by_year[0, year] = amounts[0, year]
            anything = amounts[0, year] != 0
        else:
            for measure in range(amounts.shape[0]):
                total = 0
                for stretch in range(laid.places[year], laid.places[year + 1]):
                    total += amounts[measure, stretch]
                by_year[measure, year] = total
                anything = anything or total != 0
        if not begun:
            if not anything:
                continue
            begun = True
        row = laid.years[variant, year]
        counts = True
        if len(use.entry):
            if entering:
                participant, entering = True, False
            if not participant and (row.entry < 0 or by_year[laid.of[ENTRY], year] >= row.entry):
                entering = row.entry_next != 0 and row.entry >= 0
                participant = not entering
            counts = participant or row.lost_before == 0
        else:
            participant = True
        for service in range(n_services):
            rule = laid.services[variant, year, service]
            found = 0
            if counts:
                if len(use.cumulative) and rule.cumulative:
                    amount = by_year[laid.measure_of[service, 0], year]
                    found = running_credit(laid, variant, year, service, amount, running[service], totals[service])
                else:
                    found = credit_of(use, laid, variant, year, service, by_year)
                    found = min(found - found % rule.round_to, rule.most_a_year)
                found = max(0, min(found, rule.most - totals[service]))
            credits[service] = found
        if len(use.parts) and counts:
            add_parts(laid, variant, year, amounts, credits, totals, quantities, earned)
        for service in range(n_services):
            totals[service] += credits[service]
        is_break, spared = False, False
        if len(use.breaks) and participant:
            if had_before and limits_hold(laid, variant, year, by_year):
                if year < complete:
                    spared = len(stopped) > 0 and stopped[year] != 0
                    spared = spared or is_exempt(laid, variant, year, years - 1, in_a_row, amounts)
                    is_break = not spared
                if is_break:
                    in_a_row += 1
            elif row.repaired_by_service == 0 or credits[laid.of[VESTS]] >= WHOLE_YEAR:
                in_a_row = 0
        had_before = had_before or anything
        if participant and not (row.repaired_by_service and in_a_row > 0):
            also = totals[laid.of[ALSO]] if laid.of[ALSO] >= 0 else 0
            vested = max(vested, vested_share(use, laid, variant, year, totals[laid.of[VESTS]], also, born, today))
            if vested == 10_000 and vested_in < 0:
                vested_in = year
        lost = False
        if len(use.breaks) and is_break and vested == 0 and row.permanent >= 0:
            limit = row.permanent * WHOLE_YEAR
            if row.or_service:
                limit = max(limit, totals[laid.of[VESTS]])
            lost = in_a_row * WHOLE_YEAR > limit or (in_a_row * WHOLE_YEAR == limit and row.exceeded == 0)
        if credits[0] > 0:
            credited += 1
        if lost:
            begun, participant, had_before, in_a_row, credited = False, False, False, 0, 0
            for service in range(n_services):
                totals[service] = 0
                if len(use.cumulative):
                    running[service, 0] = running[service, 1] = 0
            if len(use.parts):
                for part in range(laid.part_of.shape[0]):
                    quantities[part] = earned[part] = 0
        line = out[year]
        line[VESTED] += vested
        line[IN_FULL] += vested == 10_000
        if len(use.breaks):
            line[BREAK] += is_break
            line[IN_A_ROW] += in_a_row
            line[SPARED] += spared
            line[LOST] += lost
        if len(use.breaks) or len(use.entry):
            line[PARTICIPANT] += participant
        if len(use.parts):
            payable(laid, earned, line)
        for service in range(n_services):
            line[FIXED + 2 * service] += credits[service]
            line[FIXED + 2 * service + 1] += totals[service]
        if len(use.working):
            for part in range(laid.part_of.shape[0]):
                line[FIXED + 2 * n_services + part] += earned[part] // FINE
    ended[VESTED_IN], ended[SERVICE], ended[CREDITED] = vested_in, totals[0], credited


@bare
def run(
    laid: Laid,
    amounts: Any,
    variants: Any,
    born: Any,
    today: int,
    stopped: Any,
    complete: int,
    room: tuple[Numbers, Numbers, Numbers, Numbers, Numbers, Numbers],
    out: Numbers,
    ended: Numbers,
) -> None:
    """Fold the members one after the other: ``amounts[k, m]`` are member *m*'s of measure *k*, ``ended[m]`` its row."""
    for member in range(amounts.shape[1]):
        fold(
            laid,
            amounts[:, member],
            variants[member] if len(laid.use.variants) else variants[0],
            born[member] if born.shape[0] > 1 else born[0],
            today,
            stopped[member] if stopped.shape[0] > 1 else stopped[0],
            complete,
            room,
            out,
            ended[member],
        )


def room_for(laid: Laid, measures: int) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Room to work in, for one member after the other."""
    years, services, parts = len(laid.places) - 1, laid.services.shape[2], len(laid.part_of)
    shapes: tuple[Any, ...] = ((measures, years), services, services, (services, 2), parts, parts)
    by_year, credits, totals, running, quantities, earned = (np.zeros(shape, np.int64) for shape in shapes)
    return by_year, credits, totals, running, quantities, earned


def columns(laid: Laid) -> int:
    """The number of columns of a year's row."""
    parts = len(laid.part_of) if laid.use.working else 0
    return FIXED + 2 * int(laid.services.shape[2]) + parts
