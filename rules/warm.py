"""Compile the rules once, so that the first question does not wait: ``python -m rules.warm [PLAN ...]``."""

import datetime
import shutil
import sys
from collections.abc import Iterable

import numpy as np

from rules import (
    compare,
    compiling,
    count_pension,
    evaluate,
    few,
    groups,
    journeys,
    pension,
    scenario,
    sweeping,
    terms,
    ticks,
    units,
)
from rules.crediting import Population
from rules.facts import Fact


def warm(plans: Iterable[str] = (), sweeps: Iterable[str] = ()) -> None:
    """Ask one question of each kind about an empty member, compare one, follow one, and count an empty membership of
    each plan in every way; sweep one of each of the plans in ``sweeps``."""
    first = terms.plan(terms.names()[0])
    evaluate.work(first, [], [], 24, 48)
    nothing = np.zeros((evaluate.measures_of(first), 1, 24), np.int64)
    few.compare_some(
        first, 0, nothing, nothing.copy(), evaluate.NO_FACTS, np.zeros(2, np.int64), np.zeros((1, 24), np.int16)
    )
    nobody = Population(0, nothing, evaluate.NO_FACTS, np.zeros(2, np.int64), np.zeros((1, 24), np.int16))
    month = units.month_of(ticks.lay(first).starts[6])
    span = journeys.span_of(first, month, month)
    found = journeys.journeys([first, first], [nobody, nobody], span)
    scenario.tables(found, groups.everybody(1), len(journeys.NEAR_BANDS))
    for plan in map(terms.plan, sweeps):
        _sweep(plan)
    own = Fact("hired", datetime.date(2010, 1, 1))
    years = next((plan for plan in map(terms.plan, terms.names("pension")) if not plan.choices), None)
    if years:
        pension.evaluate(years, [], [own], datetime.date(2020, 12, 31))
    for plan in map(terms.plan, plans):
        if plan.kind == "pension":
            _count(plan)
            continue
        laid, counts = ticks.lay(plan).laid.span(0, 24), evaluate.counts_of(plan)
        measures = evaluate.measures_of(plan)
        variants = np.zeros((1, 24), np.int16)
        for kind in (np.int32, np.int64):
            credits = np.zeros((measures, 1, 24), kind)
            evaluate.covered_by_tick(laid, counts, credits, variants=variants)
            compare.compare(laid, laid, counts, credits, credits, variants=variants)


def _sweep(plan: terms.Terms) -> None:
    """Sweep an empty membership, by the plan's own code and by that which serves members with facts."""
    laid, counts = ticks.lay(plan).laid.span(0, 24), evaluate.counts_of(plan)
    nothing = np.zeros((evaluate.measures_of(plan), 1, 24), np.int64)
    # Three runs of the plan's own code, because that passes over values; who has facts is never passed over.
    for runs in ([laid] * 3, [laid._replace(use=few.ANY_PLAN)] * 2):
        sweeping.sweep(runs, counts, nothing, variants=np.zeros((1, 24), np.int16))


def _count(plan: terms.Terms) -> None:
    """Count an empty membership of a pension."""
    years = count_pension.Membership(plan, plan.chart, datetime.date(2010, 6, 1), datetime.date(2020, 6, 1))
    for kind in (np.int32, np.int64):
        years.count(np.zeros((*years.shape, 1), kind), variants=np.zeros((1, years.end - years.first), np.int16))


def forget_old() -> None:
    """Remove what was compiled from other states of the sources."""
    current = compiling.folder
    if current is not None:
        for folder in current.parent.glob("compiled-*"):
            if folder != current:
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    warm(sys.argv[1:])
    forget_old()
