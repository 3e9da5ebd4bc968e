"""PL: every plan of the library over 60,000 members x 10 years, against numpy.sum of its own input in the same run.

A plan's own input is what the engine takes for it: credits of each of its measures by the periods of its calendar.
Members are shared among the machine's cores, in threads; the ratio on one core stands beside it. numpy.sum has one.
The first call of each plan compiles what that plan uses (kept beside the rules); it is not part of the times.
"""

import os
from collections.abc import Iterator
from typing import Any

import click

from benchmarks.engine import MEMBERS, result, rounded, side_by_side
from benchmarks.membership import credits_of, decade, monthly_hours, variants_of
from rules import evaluate, terms, ticks

IDS = ("PL",)
GOAL = 12
ROUNDS = 5


def measure() -> Iterator[dict[str, Any]]:
    """One line per plan, the slowest ratio last as a line of its own."""
    hours = monthly_hours(MEMBERS, 121)
    ratios = {}
    with click.progressbar(terms.names(), file=click.get_text_stream("stderr"), label="plans") as names:
        for name in names:
            plan = terms.plan(name)
            first, end = decade(plan)
            credits = credits_of(plan, first, end, hours)
            ratio, detail = measured(plan, first, end, credits)
            ratios[name] = ratio
            yield result("PL", ratio, GOAL, {"plan": name, **detail})
    slowest = max(ratios, key=lambda name: ratios[name])
    over = sum(ratio > GOAL for ratio in ratios.values())
    yield result("PL", ratios[slowest], GOAL, {"plans": len(ratios), "over": over, "slowest": slowest})


def measured(plan: terms.Terms, first: int, end: int, credits: Any) -> tuple[float, dict[str, Any]]:
    """The ratio of one plan, with what it was measured on."""
    laid = ticks.lay(plan)
    run, counts = laid.laid.span(first, end), evaluate.counts_of(plan)
    cores = os.cpu_count() or 1
    variants = variants_of(laid, first, end, MEMBERS)
    sums, taken = side_by_side(
        credits.sum,
        lambda: evaluate.covered_by_tick(run, counts, credits, variants=variants, cores=cores),
        rounds=ROUNDS,
    )
    (alone,) = side_by_side(lambda: evaluate.covered_by_tick(run, counts, credits, variants=variants), rounds=ROUNDS)
    covered = int(evaluate.covered_by_tick(run, counts, credits, variants=variants)[-1])
    return taken / sums, {
        "ticks": end - first,
        "measures": credits.shape[0],
        "covered_at_the_end": covered,
        "sum_ms": rounded(sums),
        "ms": rounded(taken),
        "cores": cores,
        "ratio_on_one_core": round(alone / sums, 2),
    }
