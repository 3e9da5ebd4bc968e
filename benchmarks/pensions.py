"""PP: pensions of 60,000 members x 40 years, now and under a proposal, against numpy.sum of the same hours.

The proposal is the producers' of 2021: 950 hours a year for a qualified year instead of 400. Both are evaluated in
full: each year's credit, service, vesting and its year, member by member. What it takes with each member's accrued
benefit besides stands beside it. One core. The first call of a plan compiles what it uses; it is not part of the times.
"""

import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.engine import MEMBERS, result, rounded, side_by_side
from benchmarks.membership import monthly_hours
from rules import count_pension, terms
from rules.calendar import Cite

IDS = ("PP",)
GOAL = 12
PLAN, LEVER = "mpi-pension", "pension_year_hours"
FIRST, LAST = datetime.date(1986, 1, 1), datetime.date(2025, 12, 31)


def measure() -> Iterator[dict[str, Any]]:
    """One line: both terms over the membership's sum."""
    current = terms.plan(PLAN)
    proposed = current.under(
        {LEVER: {FIRST.isoformat(): "950"}}, name="950 hours", cite=Cite("The 2021 proposal", "", "")
    )
    chart = count_pension.chart_for(current, proposed)
    pair = [count_pension.Membership(each, chart, FIRST, LAST) for each in (current, proposed)]
    amounts = hours(pair[0])
    sums, taken, with_benefit = side_by_side(
        amounts.sum,
        lambda: [each.count(amounts, money=False) for each in pair],
        lambda: [each.count(amounts) for each in pair],
    )
    now, then = (each.count(amounts, money=False) for each in pair)
    years = [next(iter(found.credits.values())).sum() // 10_000 for found in (now, then)]
    yield result(
        "PP",
        taken / sums,
        GOAL,
        {
            "members": MEMBERS,
            "years": len(now.firsts),
            "qualified_years": [int(count) for count in years],
            "vested": [int((found.vested_in >= 0).sum()) for found in (now, then)],
            "sum_ms": rounded(sums),
            "ms": rounded(taken),
            "ratio_with_benefit": round(with_benefit / sums, 2),
        },
    )


def hours(membership: count_pension.Membership) -> Any:
    """The made-up membership's hours by stretch, ten years of months repeated four times."""
    months = monthly_hours(MEMBERS, 120)
    stretches = np.zeros((*membership.shape, MEMBERS), np.int32)
    for year in range(FIRST.year, LAST.year + 1):
        for month in range(1, 13):
            place = membership.stretch(datetime.date(year, month, 15))
            stretches[0, place] += months[:, ((year - FIRST.year) * 12 + month - 1) % 120]
    return stretches
