"""The synthetic membership month by month, as scenarios read it. Nobody in it is real.

What is published of the Motion Picture Industry plans (hours reported in each year, sizes of the locals) it has by
:mod:`service.demo.membership`. How a year's hours lie in its months, how many work on call, for which class of
employer, at which rate: none of this is published, and all of it is made up here.
"""

import calendar
import datetime

import numpy as np

from rules.snapshot import FACTS, LINES, WORDS, Snapshot
from service.demo.membership import FIRST, MILLIONS, PEOPLE, SEED, membership

SAYS = "Synthetic: made up by Hourbank after published totals of the Motion Picture Industry plans; nobody is real."
AGREEMENT = "basic-2018"
# How much of a usual month is worked in each: a quiet turn of the year, and the months of 2020 without production.
USUAL_MONTHS = (80, 95, 105, 105, 105, 105, 100, 105, 105, 110, 100, 85)
MONTHS_OF_2020 = (95, 110, 70, 5, 5, 20, 40, 70, 110, 130, 130, 115)
MOST_A_DAY = 1_400  # hundredths of an hour, on every day of a month: beyond what anybody works for long
ON_CALL, PREMIUM = 12, 45  # percent of the people; of the people's months
OCCUPATIONS = tuple(f"craft {letter}" for letter in "ABCDEFGH")
QUARTER = 25


def saturdays(first: int, years: int) -> list[datetime.date]:
    """The last Saturday of each month of some years, and of the month before."""
    months = [(first - 1, 12), *((year, month) for year in range(first, first + years) for month in range(1, 13))]
    ends = [datetime.date(year, month, calendar.monthrange(year, month)[1]) for year, month in months]
    return [end - datetime.timedelta(days=(end.weekday() - 5) % 7) for end in ends]


def membership_snapshot(people: int = PEOPLE) -> Snapshot:
    """The membership as a snapshot: a line for each month in which somebody worked."""
    made = membership(people)
    chance = np.random.Generator(np.random.PCG64(SEED + 1))
    years = len(MILLIONS)
    days = saturdays(FIRST, years)
    ordinals = np.array([day.toordinal() for day in days])
    spans = np.diff(ordinals)
    hours = in_months(made.hours, spans, chance)
    member, month = np.nonzero(hours)
    locals_ = made.values["local"]
    words = {
        "agreement": ("", AGREEMENT),
        "basis": ("", "hourly", "on_call"),
        "contributor_class": ("", "basic", "premium"),
        "occupation": ("", *OCCUPATIONS),
        "local": ("", *sorted(locals_)),
        **dict.fromkeys(("kind", "name", "value"), ("",)),
    }
    local = np.array([words["local"].index(name) for name in locals_])[made.groups["local"][:, 0]]
    occupation = 1 + (local + chance.integers(0, 3, people)) % len(OCCUPATIONS)
    on_call = chance.random(people) * 100 < ON_CALL
    rate = chance.integers(3_200, 7_600, people)
    premium = chance.random((people, years * 12)) * 100 < PREMIUM
    worked = hours[member, month]
    lines = {
        "member": member,
        "day": ordinals[1:][month],
        "span": spans[month],
        "hours": worked,
        "days": np.minimum(-(-worked // 1_000), spans[month] * 5 // 7) * 100,
        "weeks": spans[month] // 7 * 100,
        "rate": rate[member],
        "received": ordinals[1:][month] + 14,
        "agreement": np.ones(len(member), np.int64),
        "basis": np.where(on_call[member], 2, 1),
        "contributor_class": np.where(premium[member, month], 2, 1),
        "occupation": occupation[member],
        "local": local[member],
    }
    nothing = np.zeros(len(member), np.int64)
    return Snapshot(
        people,
        {name: lines.get(name, nothing).astype(kind) for name, kind in LINES.items()},
        {name: np.zeros(0, kind) for name, kind in FACTS.items()},
        {name: words[name] for name in WORDS},
        0,
        SAYS,
    )


def in_months(by_year: np.ndarray, spans: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Years' hours laid into their months, in quarters of an hour: people work for some months and not for others."""
    people, years = by_year.shape
    usual = np.tile(np.array(USUAL_MONTHS), (years, 1))
    usual[2020 - FIRST] = MONTHS_OF_2020
    # Who works more in a year works in more of its months.
    busy = np.clip(by_year / 200_000 + 0.15, 0.2, 0.97)
    active = chance.random((people, years, 12)) < busy[:, :, None]
    share = np.where(active, chance.integers(50, 150, (people, years, 12)), 0) * usual[None]
    share[share.sum(axis=2) == 0] = usual[0]
    most = (spans.reshape(years, 12) * MOST_A_DAY)[None]
    left, laid = by_year.copy(), np.zeros((people, years, 12), np.int64)
    for _ in range(12):
        # What does not fit into some months goes into the others.
        weight = np.where(laid < most, share, 0)
        total = np.maximum(weight.sum(axis=2), 1)
        more = left[:, :, None] * weight // total[:, :, None] // QUARTER * QUARTER
        laid = np.minimum(laid + more, most // QUARTER * QUARTER)
        left = by_year - laid.sum(axis=2)
        share = np.where(share.sum(axis=2, keepdims=True) * (left[:, :, None] > 400) > 0, np.maximum(share, 1), share)
    # The last quarters of an hour go into the month with most.
    place = laid.argmax(axis=2)
    rows, columns = np.indices(place.shape)
    laid[rows, columns, place] += left
    return laid.reshape(people, years * 12)
