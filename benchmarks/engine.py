"""P1 and P2: evaluating a membership in process, against numpy.sum of the same hours in the same run."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.membership import monthly_hours
from rules import evaluate, terms, ticks
from rules.calendar import Cite
from rules.compare import compare

IDS = ("P1", "P2")
MEMBERS, MILLION, MONTHS = 60_000, 1_000_000, 120
ROUNDS = 15


def measure() -> Iterator[dict[str, Any]]:
    """One terms, then current against a proposal, with gains and losses per month; then a million members."""
    plan = terms.plan("mpi-health")
    cite = Cite("benchmark", "", "")
    proposal = plan.under({"continuing_hours": {"2014-08-01": "450"}}, name="450 hours", cite=cite)
    first = plan.chart.months.index(2011 * 12 + 9)
    before, after = (ticks.lay(one).laid.span(first, first + MONTHS) for one in (plan, proposal))
    counts = evaluate.counts_of(plan)
    small = monthly_hours(MEMBERS, MONTHS)[None]
    sums, one_terms, two_terms = side_by_side(
        small.sum,
        lambda: evaluate.covered_by_tick(before, counts, small),
        lambda: compare(before, after, counts, small, small),
    )
    detail = {"members": MEMBERS, "ticks": MONTHS, "sum_ms": rounded(sums), "ms": rounded(one_terms)}
    yield result("P1", one_terms / sums, 6, detail)
    large = np.tile(small[0], (MILLION // MEMBERS + 1, 1))[None, :MILLION]
    (million,) = side_by_side(lambda: compare(before, after, counts, large, large), rounds=3)
    growth = (million / MILLION) / (two_terms / MEMBERS)
    detail |= {"ms": rounded(two_terms), "million_ms": rounded(million), "per_member_growth": round(growth, 2)}
    yield result("P2", two_terms / sums, 12, detail, growth <= 1.3)


def side_by_side(*works: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """The median time of each work in seconds, the works taken in turn so that a slow moment meets all of them."""
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, taken in zip(works, times, strict=True):
            gc.collect()  # nobody's time is spent on what another one has left behind
            started = time.perf_counter()
            work()
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in times]


def result(name: str, ratio: float, goal: float, detail: dict[str, Any], also: bool = True) -> dict[str, Any]:
    """A line of the table of speed."""
    holds = bool(ratio <= goal and also)
    return {"id": name, "ratio": round(ratio, 2), "goal": goal, "holds": holds, "detail": dict(detail)}


def rounded(seconds: float) -> float:
    """Milliseconds to two places."""
    return round(seconds * 1000, 2)
