"""A synthetic membership to measure on: 60,000 people, ten years. Nobody in it is real.

What is known of real crews is little (no histogram is published): about 1,570 hours a year for each active
participant, a long tail, and years without work. So each person has a pace of their own (a gamma distribution with
that mean), months vary around it, and spells without work come and go.
"""

import datetime

import numpy as np

from rules import facts
from rules.laying import plan_of
from rules.terms import Terms
from rules.ticks import Ticks

HOURS_A_YEAR = 1_570
SEED = 20211104
# What an hour of work comes to in each unit, in hundredths: eight hours a day, five days a week, dollars a stand-in.
WORTH_OF_AN_HOUR = {"hour": 1, "day": 1 / 8, "week": 1 / 40, "month": 1 / 160, "dollar": 10, "point": 1 / 160}


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


def credits_of(terms: Terms, first: int, end: int, hours: np.ndarray) -> np.ndarray:
    """The same people's credits of each measure of a plan by its own periods, which may be months, weeks or days."""
    measures = plan_of(terms).measures
    months = np.array(terms.chart.months[first:end])
    counts = np.bincount(months - months[0])
    shares = 1 / counts[months - months[0]]
    found = np.empty((len(measures), len(hours), end - first), np.int32)
    for row, measure in zip(found, measures, strict=True):
        worth = WORTH_OF_AN_HOUR[terms.texts[f"credit.{measure}.unit"]]
        for place, (month, share) in enumerate(zip(months - months[0], shares, strict=True)):
            row[:, place] = hours[:, month] * (worth * share)
    return found


def variants_of(laid: Ticks, first: int, end: int, members: int, seed: int = SEED) -> np.ndarray:
    """The variant of each member, one of those for whom the terms have numbers."""
    count = len(facts.variants(laid.terms))
    if count == 1:
        return np.zeros(members, np.int16)
    speaking = [one for one in range(count) if not laid.laid.ticks["silent"][one, first:end].any()]
    return np.random.default_rng(seed).choice(speaking, members).astype(np.int16)


def decade(terms: Terms) -> tuple[int, int]:
    """The places of ten years of a plan's calendar: those up to the end of 2024."""
    cutoffs = terms.chart.cutoffs
    first = next(place for place, day in enumerate(cutoffs) if day >= datetime.date(2015, 1, 1))
    end = next(place for place, day in enumerate(cutoffs) if day >= datetime.date(2025, 1, 1))
    return first, end
