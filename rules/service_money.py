"""Benefit and account of a block of members: what each year earns to each part, and what the parts come to.

Stages of :mod:`rules.service_credit`; section "Benefit and account" of ``docs/pension-terms.md`` says what they mean.
"""

from typing import Any

from rules.compiling import inlined
from rules.service_arrays import ACCOUNT, BENEFIT, BENEFITS, FINE, FIXED, GREATEST, Laid, Numbers, Room, Use


@inlined
def add_parts(laid: Laid, variant: int, year: int, amounts: Any, room: Room, n: int) -> None:
    """Benefit and account: add what a year earns to each part. The services are still those before the year."""
    lost_before = laid.years[variant, year].lost_before
    for part in range(laid.part_of.shape[0]):
        only, tier_of, of = laid.only_in[part], laid.tier_of[part], laid.part_of[part]
        tier = laid.tiers[variant, year, part]
        first, end = laid.places[year], laid.places[year + 1]
        # A service counts once a year, by the numbers of its first day; but the rate at leaving may be of any day.
        for stretch in range(first, end if of >= 0 or tier.leaving else first + 1):
            rate = laid.rates[variant, stretch, part]
            known = rate.rate >= 0 or rate.percent >= 0
            # A service is in ten-thousandths, an amount in hundredths; so are rates and percentages.
            factor = rate.rate * (1 if of < 0 else 100) if rate.percent < 0 else rate.percent * 10_000
            for i in range(n):
                amount = room.credits[-1 - of, i] if of < 0 else amounts[of, stretch, i]
                counts = amount != 0 and (room.participant[i] or not lost_before) and (of >= 0 or stretch == first)
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
                    for measure in range(amounts.shape[0]):
                        if amounts[measure, stretch, i] != 0:
                            room.earned[part, i] = room.quantities[part, i] * factor if known else 0


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
