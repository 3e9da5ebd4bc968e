"""A synthetic membership: 60,000 people's hours in each of ten years, by local. Nobody in it is real.

Calibrated to what is published about the Motion Picture Industry plans, as collected in the field notes (mpi.md,
section 5): hours reported to the plans in each year, and the sizes of the thirteen locals by their delegates' votes of
2018. No histogram of hours is published, so the shape (a long tail, people who come and go) is made up.
"""

import numpy as np

from service.work_years import WorkYears

PEOPLE = 60_000
FIRST = 2012
# Millions of hours; those between two published figures are interpolated: 75-78 (2011-13), 100.5 (2018), 108.5 (2019),
# 30 percent less (2020), about 121 (2021).
MILLIONS = (76.5, 76.5, 81.3, 86.1, 90.9, 95.7, 100.5, 108.5, 76.0, 121.0)
VOTES = {"600": 76, "700": 73, "44": 56}  # of 385 delegates; the other ten locals share 180 evenly
OTHERS = ("80", "695", "705", "706", "728", "729", "800", "871", "884", "892")
SEED = 2021
MOST_HOURS = 3_900  # a year of six days of twelve hours and a half


def membership(people: int = PEOPLE) -> WorkYears:
    """The membership; of fewer ``people`` with hours in proportion."""
    chance = np.random.Generator(np.random.PCG64(SEED))
    locals_ = [*VOTES, *OTHERS]
    weights = np.array([*VOTES.values(), *[180 / len(OTHERS)] * len(OTHERS)])
    of = chance.choice(len(locals_), people, p=weights / weights.sum())
    years = len(MILLIONS)
    # How much somebody works goes with the person more than with the year.
    usual = chance.gamma(1.6, 1.0, people)[:, None]
    share = usual * chance.gamma(4.0, 0.25, (people, years))
    # One in five joins within the ten years, one in ten leaves, and of the years between one in ten is empty.
    joins = np.where(chance.random(people) < 1 / 5, chance.integers(0, years, people), 0)
    leaves = np.where(chance.random(people) < 1 / 10, chance.integers(1, years + 1, people), years)
    year = np.arange(years)
    present = (year >= joins[:, None]) & (year < leaves[:, None]) & (chance.random((people, years)) >= 0.1)
    share = np.where(present, share, 0.0)
    wanted = np.array(MILLIONS) * 1_000_000 * people / PEOPLE
    hours = share * (wanted / share.sum(axis=0))
    for _ in range(20):
        # Who would work more than is possible works what is possible; the others do the rest.
        hours = np.minimum(hours, MOST_HOURS)
        hours = np.minimum(hours * (wanted / hours.sum(axis=0)), MOST_HOURS)
    hundredths = np.rint(hours * 4).astype(np.int64) * 25  # quarters of an hour
    order = sorted(locals_, key=int)
    places = np.array([order.index(name) for name in locals_])[of]
    return WorkYears(
        [f"S-{number:05d}" for number in range(1, people + 1)],
        FIRST,
        hundredths,
        {"local": np.repeat(places[:, None], years, axis=1)},
        {"local": order},
        synthetic=True,
    )
