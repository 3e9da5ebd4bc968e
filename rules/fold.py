"""The fold: a member's ticks in order, each stage in turn; one function for one member and for a million.

:func:`fold` carries a member's state (banks, cover, standing) from test to test. Where ``working`` has a row for each
tick it writes the full **working**, which is all that explanations read; where it has none, only cover is counted.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from rules import help, stages
from rules.compiling import inlined
from rules.stages import Records, Sums, Use


@inlined
def fold(  # noqa: PLR0912, PLR0915 (the one fold: its stages are called in the order of a booklet, in one place)
    use: Use,
    terms: Records,
    all_tests: Records,
    tops: Records,
    steps: Records,
    counts: npt.NDArray[np.int64],
    sums: Sums,
    variants: npt.NDArray[np.int16],
    facts: Records,
    turns: npt.NDArray[Any],
    working: Records,
    used: Sums,
    left: Sums,
    put: Sums,
    in_a_row: Sums,
    given: Sums,
) -> None:
    """Evaluate one member over all ticks of ``terms`` (by variant and tick; see :class:`rules.ticks.Laid`).

    ``sums`` holds a row of running totals per measure, one element more than there are ticks; ``variants`` the
    member's variant at each tick (unused where there is one only). ``counts`` are the numbers of the bank's
    measure, of the one that its cap does not limit (-1: none), and of the routes of one standing.
    Cover is written as its turns: 1 is added to ``turns[i]`` where it begins and taken off where it ends, so running
    totals of the turns of any number of members count the covered ones. ``used``, ``left``, ``put``, ``in_a_row`` and
    ``given`` are room to work in: a place per measure, per measure and tick, per tick, per top-up, per tick.
    """
    bank, second, carried, claims, misses = 0, 0, 0, 0, 0
    covered_to, assisted_to, disabled_to = stages.LONG_AGO, stages.LONG_AGO, stages.LONG_AGO
    held_to = stages.LONG_AGO  # where cover of any kind ends: what one test gave, a later one does not take
    tested, deposited, banked, ever_put = -1, 0, 0, 0
    gift_from, began, aside = 0, False, 0
    bank_sums = sums[counts[0]]
    # Whether anything but the bank may fill a shortfall, or anybody wants to see it; and whether anything may at all.
    aided = (len(use.second) or len(use.help) or len(use.tops) or len(use.facts) or len(use.working)) > 0
    helped = aided or len(use.excess) > 0
    forfeited, idled = False, False
    a_route = len(use.routes) if len(use.routes) else counts[2]
    # What tests count: the credits, without those that a test before has used up singly.
    credits = left if len(use.exact) else sums
    if len(use.exact):
        for measure in range(sums.shape[0]):
            for period in range(sums.shape[1]):
                left[measure, period] = sums[measure, period]
    rows, tests, only = terms[0], all_tests[0], credits[0]
    variant = 0
    mark = 0  # up to which running total credits have been used up, where there is one measure only
    for measure in range(sums.shape[0]):
        used[measure] = 0
    if len(use.tops):
        for place in range(tops.shape[2]):
            in_a_row[place] = 0
    for tick in range(terms.shape[1]):
        if tick < covered_to:
            continue
        enrolled = covered_to == tick
        if len(use.variants):
            variant = variants[tick]
            rows, tests = terms[variant], all_tests[variant]
        now = rows[tick]
        if len(use.schedule):
            if now.silent or (now.cycle == 0 and (now.tested if enrolled else now.tested_lapsed) == 0):
                continue
            if len(use.cycles) and not stages.is_tested(now, facts, tick, enrolled):
                continue
        initial = tick - covered_to >= now.lapse_after
        # Which kind of bank there is; the kind that some plan has is looked up only where plans of both are compiled.
        excess = len(use.excess) > 0 and (len(use.through) == 0 or now.bank_kind == stages.TAKES_EXCESS)
        through = len(use.through) > 0 and (len(use.excess) == 0 or now.bank_kind == stages.TAKES_ALL)
        # The bank before the test: what it loses, what the member's adjustments and credits put in.
        lost, lost_by, put_in, uncapped = 0, 0, 0, 0
        if excess or through:
            held = bank
            if len(use.upkeep) and initial and not forfeited and covered_to >= 0:
                forfeited = True
                if now.lapse_forfeits:
                    bank, lost_by = 0, stages.BY_LAPSE
            if len(use.facts) and now.forfeit_mask and stages.happened(facts, now.forfeit_mask, tested, tick):
                bank, lost_by = 0, stages.BY_EVENT
            if len(use.expiry):
                for place in range(tested + 1, tick):
                    put[place] = ever_put
                if now.expires and tick >= now.expires and bank > ever_put - put[tick - now.expires]:
                    bank, lost_by = ever_put - put[tick - now.expires], stages.BY_AGE
            if len(use.upkeep) and not idled and now.idle_after:
                idle = False
                if bank > 0 or now.idle_means == stages.IDLE_COVER:
                    if len(use.facts):
                        idle = stages.is_idle(rows, sums, counts[0], facts, tick, covered_to)
                    else:
                        idle = stages.is_idle_without_facts(use, now, sums, counts[0], tick, covered_to)
                if idle:
                    lost_by = stages.BY_IDLENESS if bank > 0 else lost_by
                    bank = 0
                    idled = now.idle_means == stages.IDLE_COVER
            lost = held - bank
            if len(use.facts):
                bank, adjustments = stages.adjusted(facts, bank, tested, tick)
                ever_put += adjustments
        if len(use.gift):
            stages.give(rows, given, tested, tick, covered_to)
        before = bank
        if through:
            # Every credit since the last test goes in, unless those of the time before cover are passed over.
            total = bank_sums[tick + 1]
            put_in = total - deposited
            deposited = total
            if len(use.passes) and initial and now.passes_by:
                put_in = 0
            else:
                banked = total
                if len(use.uncapped) and counts[1] >= 0:
                    # What the cap does not limit goes in beside it, for the same periods.
                    uncapped = sums[counts[1], tick + 1] - aside
            if len(use.uncapped) and counts[1] >= 0:
                aside = sums[counts[1], tick + 1]
            if len(use.limits):
                put_in = min(put_in, now.bank_most_deposit)
            bank += (put_in if now.cap_after else min(put_in, max(0, now.bank_cap - bank))) + uncapped
        for place in range(tops.shape[2] if len(use.tops) else 0):
            rearm = tops[variant, tick, place].rearm
            if rearm and sums[0, tick + 1] - sums[0, tick] >= rearm:
                in_a_row[place] = 0
        # The routes, in order; of those that fail, the one that is short by least.
        base = 0 if initial else a_route if enrolled else 2 * a_route
        slot, counted, required, periods, gift = -1, 0, 0, 0, 0
        kind = stages.SUM
        holds, helpable = False, False
        shown, shown_counted, shown_required, shown_periods, shown_gift, shown_kind = -1, 0, 0, 0, 0, stages.SUM
        least = stages.NO_LIMIT * 1000
        for place in range(a_route):
            test = tests[tick, base + place]
            if len(use.closed) and not test.open:
                continue
            extra = 0
            # Known when it is compiled, where there is only one kind.
            test_kind = stages.SUM if len(use.balance) + len(use.odd) == 0 else stages.BALANCE
            if len(use.odd) or (len(use.balance) and len(use.sums)):
                test_kind = test.kind
            if test_kind == stages.BALANCE:
                found, looked = bank, now.window
            elif len(use.odd) and test_kind > stages.BALANCE:
                found, looked = stages.odd_test(test, test_kind, credits, used, tick)
            else:
                looked = test.most * test.step
                end = max(0, tick + 1 - test.ago) if len(use.ago) else tick + 1
                if len(use.many):
                    found = stages.credits_in(use, credits[test.measure], used[test.measure], end - looked, end)
                else:
                    found = stages.credits_in(use, only, mark, end - looked, end)
                if len(use.gift) and test.measure == 0:
                    extra = given[end] - given[min(end, max(end - looked, gift_from))]
                    found += extra
                if len(use.carry) and test.carries:
                    found += carried
                if len(use.windows) and test.most > 1 and found >= test.required:
                    for windows in range(1, test.most):
                        start = end - windows * test.step
                        if len(use.many):
                            fewer = stages.credits_in(use, credits[test.measure], used[test.measure], start, end)
                        else:
                            fewer = stages.credits_in(use, only, mark, start, end)
                        fewer_extra = 0
                        if len(use.gift) and test.measure == 0:
                            fewer_extra = given[end] - given[min(end, max(start, gift_from))]
                            fewer += fewer_extra
                        if len(use.carry) and test.carries:
                            fewer += carried
                        if fewer >= test.required:
                            looked, found, extra = windows * test.step, fewer, fewer_extra
                            break
            others = True
            if len(use.facts) and test_kind == stages.BALANCE and not help.bank_open(facts, now):
                others = False
            if len(use.also) and test.also and (aided or found + (bank if helped else 0) >= test.required):
                others = others and stages.also_holds(use, tests, tick, test, credits, used, bank)
            short = test.required - found
            if len(use.one):
                slot, counted, required, periods, gift, kind = base, found, test.required, looked, extra, test_kind
                holds, helpable = short <= 0 and others, others and kind <= stages.BALANCE
            elif short <= 0 and others:
                slot, counted, required, periods, gift, kind = (
                    base + place,
                    found,
                    test.required,
                    looked,
                    extra,
                    test_kind,
                )
                holds, helpable = True, True
                break
            elif not helped:
                pass
            elif others and test_kind <= stages.BALANCE and short < least:
                slot, counted, required, periods, gift, kind = (
                    base + place,
                    found,
                    test.required,
                    looked,
                    extra,
                    test_kind,
                )
                helpable, least = True, short
            elif shown < 0:
                shown, shown_counted, shown_required = base + place, found, test.required
                shown_periods, shown_gift, shown_kind = looked, extra, test_kind
        if not len(use.one) and slot < 0 and shown >= 0:
            # No route can be helped: the first open one is shown.
            slot, counted, required = shown, shown_counted, shown_required
            periods, gift, kind = shown_periods, shown_gift, shown_kind
        short = required - counted
        route, drawn, added, weeks, bought, topped, overflow = stages.NONE, 0, 0, 0, 0, -1, 0
        own, refused, outright = False, False, False
        second_before, decision = second, 0
        if len(use.facts):
            decision = stages.decided(facts, now.start_day)
            refused = decision == stages.REFUSED or (
                now.refuse_mask != 0 and stages.holds(facts, stages.STATE, now.refuse_mask, now.start_day)
            )
        if len(use.lockout) and covered_to >= 0 and not enrolled and tick - covered_to < now.lockout:
            refused = True
        if refused:
            holds, helpable = False, False
        # Credits that suffice and credits that the bank makes up are one case: what is over goes in, what is short is
        # drawn. (One branch instead of two that nobody can foretell.)
        usable, may_use = 0, True
        if excess:
            may_use = not initial or (len(use.limits) > 0 and now.bank_always != 0)
            if len(use.limits) and now.bank_may_buy and slot >= 0 and tests[tick, slot].tier != now.bank_may_buy:
                may_use = False
            if len(use.many) and slot >= 0 and not tests[tick, slot].banks:
                may_use = False
            if len(use.facts) and not help.bank_open(facts, now):
                may_use = False
            usable = bank if may_use else 0
            if len(use.limits):
                usable = max(0, min(usable - now.bank_floor, now.bank_most_use))
        if (holds or helpable) and short <= usable:
            own = short <= 0
            route = (
                stages.BANK
                if not own
                else stages.INITIAL
                if initial
                else stages.BANK
                if kind == stages.BALANCE
                else stages.HOURS
            )
            drawn = max(0, short)
            if excess:
                over = -short - gift
                if len(use.limits) and now.bank_over >= 0:
                    over = counted - gift - now.bank_over
                if initial and own and now.deposit_after_initial != stages.DEPOSIT_EXCESS:
                    over = counted - gift - now.continuing_required if now.deposit_after_initial else 0
                if (
                    kind != stages.SUM
                    or (not own and len(use.limits))
                    or (len(use.many) and not tests[tick, slot].banks)
                ):
                    over = 0
                if len(use.limits):
                    over = min(over, now.bank_most_deposit)
                added = stages.room_for(over, bank, now)
                overflow = max(0, over) - added
        elif not refused:
            if len(use.second) and enrolled:
                if now.second_idle:
                    pass
                elif now.second_fixed:
                    if helpable and second >= now.second_amount:
                        route, outright, bought = stages.BANK, True, short
                        second -= now.second_amount
                elif helpable and short - usable <= second:
                    route, drawn, bought = stages.BANK, usable, short - usable
                    second -= bought
            if (
                len(use.help)
                and (enrolled or len(use.everyone))
                and (len(use.facts) or now.relief_gives)
                and helpable
                and route == stages.NONE
            ):
                held = 0 if through else bank
                again = disabled_to == tick
                if len(use.facts) and enrolled:
                    claim, weeks = help.disability(short, counted, facts, claims, again, now)
                    if claim >= 0:
                        route = stages.DISABILITY
                        claims |= 1 << claim
                if route == stages.NONE and now.relief_gives:
                    # (Without facts there is no call here: a call, even one seldom made, slows every test.)
                    route, bought = help.relief(use, short, counted, held, usable, may_use, enrolled, again, facts, now)
                    if route == stages.RELIEF and now.relief_after_bank:
                        drawn = min(usable, short)
            if len(use.tops) and helpable and route == stages.NONE and (len(use.facts) or now.relief_gives):
                topped, bought, drawn = help.top_up(
                    tops[variant, tick],
                    in_a_row,
                    short,
                    required,
                    counted,
                    0 if through else bank,
                    usable,
                    may_use,
                    enrolled,
                    facts,
                    now,
                )
                if topped >= 0:
                    route = stages.TOP_UP
        if len(use.facts) and decision == stages.GRANTED and route in (stages.NONE, stages.COBRA):
            route, drawn, bought = stages.DECISION, 0, 0
        if route == stages.NONE and not (
            len(use.working) or through or len(use.upkeep) or len(use.expiry) or len(use.carry)
        ):
            # Nothing more happens to a member who fails, where nobody asked for the working.
            if excess and now.short_wipes and not initial:
                bank = 0
            tested = tick
            continue
        active = route not in (stages.NONE, stages.COBRA)
        if len(use.tops) and active:
            for place in range(tops.shape[2]):
                if place == topped:
                    in_a_row[place] += 1
                elif topped < 0 and not tops[variant, tick, place].rearm:
                    in_a_row[place] = 0
        # The bank after the test: the charge or the draw, the excess, the cap; or what a failure costs.
        lost_after = 0
        if through:
            if len(use.passes) and own and initial and now.passes_by and kind == stages.SUM:
                # What has gone into the bank before does not go in twice.
                put_in = min(counted - gift, bank_sums[tick + 1] - banked, now.bank_most_deposit)
                banked = bank_sums[tick + 1]
                bank += put_in if now.cap_after else min(put_in, max(0, now.bank_cap - bank))
            bank += 0 if outright else bought
            if active and route != stages.DISABILITY and not outright:
                drawn = min(now.bank_amount, bank)
            bank -= drawn
            added = min(put_in, max(0, now.bank_cap - before))
            if now.cap_after:
                kept_out = min(put_in, max(0, before + put_in + bought - drawn - now.bank_cap))
                bank -= kept_out
                added = put_in - kept_out
            overflow = put_in - added
            added += uncapped
        elif excess:
            bank += added - drawn
        if len(use.second):
            if now.overflow_second:
                second = min(max(second, now.second_cap), second + overflow)
            if own:
                second = min(max(second, now.second_cap), second + stages.points_for(steps, variant, tick, counted))
        standing = stages.NEVER if covered_to < 0 else stages.COVERED if enrolled else stages.LAPSED
        was_carried = carried
        if len(use.carry):
            carried = 0
        if route != stages.NONE:
            if held_to < tick:
                if held_to >= 0:
                    turns[held_to] -= 1
                turns[tick] += 1
            if len(use.help) and route == stages.COBRA:
                assisted_to = tick + now.relief_months
            else:
                length = now.length
                if len(use.lengths) and slot >= 0 and route != stages.DECISION and tests[tick, slot].length:
                    length = tests[tick, slot].length
                covered_to = tick + length
                if len(use.facts) and route == stages.DISABILITY:
                    disabled_to = covered_to
                if len(use.facts) and now.ends_mask:
                    covered_to = stages.ends_early(rows, facts, tick, covered_to)
                misses = 0
                forfeited, idled = False, False
                if now.consumes == stages.USES_WINDOW:
                    mark = only[tick + 1]
                    gift_from = tick + 1
                    if len(use.many) or len(use.odd) or len(use.also) or len(use.closed):
                        for measure in range(sums.shape[0]):
                            used[measure] = credits[measure, tick + 1]
                elif len(use.exact) and now.consumes and slot >= 0 and kind == stages.SUM:
                    stages.use_up(tests[tick, slot], left, used, tick, periods, required if own else counted)
                if len(use.carry) and own and kind == stages.SUM and tests[tick, slot].carries:
                    carried = counted * now.carry_share // 100 if counted >= now.carry_at else 0
            held_to = max(held_to, assisted_to if route == stages.COBRA else covered_to)
        elif excess or through:
            if now.short_wipes and not initial:
                lost_after, bank = bank, 0
            if len(use.upkeep) and now.misses:
                for measure in range(sums.shape[0]):
                    began = began or sums[measure, tick + 1] > 0
                misses += 1 if began else 0
                if misses >= now.misses:
                    lost_after, bank = max(lost_after, bank), 0
        if len(use.expiry):
            ever_put += added + (bought if through else 0)
            put[tick] = ever_put
        tested = tick
        if len(use.working):
            row = working[tick]
            row.due = 1
            row.standing = standing
            row.initial = initial
            row.slot = slot
            row.held = active and route != stages.DECISION
            row.periods = periods
            row.counted = counted
            row.required = required
            row.route = route
            row.bank_before = before
            row.drawn = drawn
            row.added = added
            row.bank_after = bank
            row.bought = bought
            row.gift = gift
            row.carried = was_carried
            row.overflow = overflow
            row.lost = lost
            row.lost_by = lost_by
            row.lost_after = lost_after
            row.second_before = second_before
            row.second_after = second
            row.weeks = weeks
            row.top_up = topped
            row.covered_to = covered_to
            row.assisted_to = assisted_to
    if held_to >= 0:
        turns[min(held_to, terms.shape[1])] -= 1
