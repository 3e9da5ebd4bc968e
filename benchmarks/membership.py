"""A synthetic membership to measure on: 60,000 people, 120 monthly ticks. Nobody in it is real.

What is known of real crews is little (no histogram is published): about 1,570 hours a year for each active
participant, a long tail, and years without work. So each person has a pace of their own (a gamma distribution with
that mean), months vary around it, and spells without work come and go.
"""

import numpy as np

HOURS_A_YEAR = 1_570
SEED = 20211104


def monthly_hours(members: int, months: int, seed: int = SEED) -> np.ndarray:
    """Hundredths of hours, one row per member and one column per month."""
    chance = np.random.default_rng(seed)
    pace = chance.gamma(2.0, HOURS_A_YEAR / 24, members)
    hours = np.empty((members, months), np.int32)
    at_work = chance.random(members) < 0.8
    for month in range(months):
        at_work = np.where(at_work, chance.random(members) > 0.05, chance.random(members) < 0.20)
        worked = chance.normal(pace * 1.25, 0.25 * pace)
        hours[:, month] = np.where(at_work, np.clip(worked, 0, 400), 0) * 100
    return hours
