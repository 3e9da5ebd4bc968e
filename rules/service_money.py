"""Benefit and account of a block of members: what each year earns to each part, and what the parts come to.

Stages of :mod:`rules.service_credit`; section "Benefit and account" of ``docs/pension-terms.md`` says what they mean.
"""

from typing import Any

import numpy as np

from rules.compiling import inlined
from rules.service_arrays import ACCOUNT, BENEFIT, BENEFITS, FINE, FIXED, GREATEST, Laid, Numbers, Room, Use


@inlined
def who_counts(laid: Laid, variant: int, year: int, part: int, room: Room, n: int) -> None:
    """Whose amounts count for a part in a year: condition by condition, so that each is a loop over the block."""
    only, tier_of, tier = laid.only_in[part], laid.tier_of[part], laid.tiers[variant, year, part]
    after, until, lost_before = tier.after, tier.until, laid.years[variant, year].lost_before
    for i in range(n):
        room.counts[i] = room.participant[i] if lost_before else 1
    if only >= 0:
        for i in range(n):
            room.counts[i] &= room.credits[only, i] != 0
    if tier_of >= 0:
        for i in range(n):
            room.counts[i] &= (room.totals[tier_of, i] >= after) & (room.totals[tier_of, i] < until)


@inlined
def add_parts(laid: Laid, variant: int, year: int, amounts: Any, room: Room, n: int) -> None:
    """Benefit and account: add what a year earns to each part. The services are still those before the year."""
    for part in range(laid.part_of.shape[0]):
        of, leaving = laid.part_of[part], laid.tiers[variant, year, part].leaving
        first, end = laid.places[year], laid.places[year + 1]
        who_counts(laid, variant, year, part, room, n)
        # A service counts once a year, by the numbers of its first day; but the rate at leaving may be of any day.
        for stretch in range(first, end if of >= 0 or leaving else first + 1):
            rate = laid.rates[variant, stretch, part]
            known = rate.rate >= 0 or rate.percent >= 0
            # A service is in ten-thousandths, an amount in hundredths; so are rates and percentages.
            factor = rate.rate * (1 if of < 0 else 100) if rate.percent < 0 else rate.percent * 10_000
            earns = factor if known and not leaving else 0
            quantities, earned = room.quantities[part], room.earned[part]
            if of >= 0:
                for i in range(n):
                    counted = np.int64(amounts[of, stretch, i]) * room.counts[i]
                    quantities[i] += counted
                    earned[i] += counted * earns
            elif stretch == first:
                for i in range(n):
                    counted = np.int64(room.credits[-1 - of, i]) * room.counts[i]
                    quantities[i] += counted
                    earned[i] += counted * earns
            # The last work there was sets the rate, whether or not it earned anything more of the part.
            for measure in range(amounts.shape[0] if leaving else 0):
                for i in range(n):
                    if amounts[measure, stretch, i] != 0:
                        earned[i] = quantities[i] * factor if known else 0


@inlined
def write_parts(use: Use, laid: Laid, room: Room, line: Numbers, n: int) -> None:
    """Add what benefit and account come to for the members of the block, rounded down for each, to the year's row."""
    if len(use.parts):
        benefits, greatest, parts = laid.of[BENEFITS], laid.of[GREATEST], room.earned.shape[0]
        # Nothing earned is ever below nothing, and a division without a sign is faster.
        fine = np.uint64(FINE)
        for i in range(n if benefits else 0):
            benefit = 0
            for part in range(benefits):
                benefit = max(benefit, room.earned[part, i]) if greatest else benefit + room.earned[part, i]
            line[BENEFIT] += np.int64(np.uint64(max(0, benefit)) // fine)
        for i in range(n if parts > benefits else 0):
            account = 0
            for part in range(benefits, parts):
                account += room.earned[part, i]
            line[ACCOUNT] += np.int64(np.uint64(max(0, account)) // fine)
    if len(use.working):
        for part in range(room.earned.shape[0]):
            for i in range(n):
                line[FIXED + 2 * room.credits.shape[0] + part] += room.earned[part, i] // FINE
