"""Evaluations: one member's lines and facts folded over terms with the working recorded, or a membership counted.

The fold is the same for both (:mod:`rules.fold`). A question about one member starts with the member's first credits,
so that a question about one period has the history that a question about all periods has.
"""

import bisect
import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import credit, facts, ticks
from rules.credit import Line
from rules.facts import Fact
from rules.folding import run
from rules.laying import plan_of
from rules.stages import FACT, Records
from rules.terms import NoTermsError, Terms
from rules.ticks import Laid
from rules.working import WORKING, room_for

Hours = npt.NDArray[np.int32] | npt.NDArray[np.int64]
NO_WORKING = np.zeros(0, WORKING).view(np.recarray)
NO_FACTS = np.zeros(0, FACT).view(np.recarray)
# Facts that may decide a test before the first credit.
TELLING = ("bank_adjustment", "decision", "self_payment", "event", "disability")
ONE_VARIANT = np.zeros((1, 1), np.int16)

__all__ = ["Fact", "Line", "Working", "covered_by_tick", "work"]


class Working(NamedTuple):
    """One member's evaluation: ``records[i]`` is the working (:data:`rules.working.WORKING`) of tick ``first + i``.

    ``credits`` are those of each measure, in the order of the file; ``variants`` the member's variant at each record.
    """

    terms: Terms
    first: int
    records: Records
    turns: npt.NDArray[np.int64]
    credits: tuple[list[credit.Credit], ...]
    variants: npt.NDArray[np.int16]


def counts_of(terms: Terms) -> npt.NDArray[np.int64]:
    """The numbers of the bank's measure, of the one that its cap does not limit (-1: none), of routes per standing."""
    made = plan_of(terms)
    uncapped = terms.texts.get("bank.uncapped")
    return np.array([made.measure("bank"), made.measures.index(uncapped) if uncapped else -1, made.routes])


def measures_of(terms: Terms) -> int:
    """The number of measures whose credits an evaluation takes."""
    return len(plan_of(terms).measures)


def covered_by_tick(
    laid: Laid,
    counts: npt.NDArray[np.int64],
    credits: Hours,
    member_facts: Records = NO_FACTS,
    fact_places: npt.NDArray[np.int64] | None = None,
    variants: npt.NDArray[np.int16] = ONE_VARIANT,
    cores: int = 1,
) -> npt.NDArray[np.int64]:
    """Count the covered members at each tick.

    ``credits[k, m]`` are member *m*'s hundredths of measure *k* by period, one column per tick; ``counts`` comes from
    :func:`counts_of`; the facts of member *m* are ``member_facts[fact_places[m]:fact_places[m + 1]]``, with ticks
    counted from the first one of ``laid``; where there are several variants,
    ``variants[m]`` is the member's, or the member's at each tick.
    """
    if fact_places is None:
        fact_places = np.zeros(credits.shape[1] + 1, np.int64)
    by_tick = variants if variants.ndim == 2 else ONE_VARIANT

    def count(parts: list[tuple[Laid, npt.NDArray[np.int64]]]) -> npt.NDArray[np.int64]:
        turns = np.zeros(laid.ticks.shape[1] + 1, np.int64)
        room = room_for(credits.shape[0], laid.ticks.shape[1], laid.tops.shape[2])
        for run_of, chosen in parts:
            run(*run_of, counts, credits, by_tick, member_facts, fact_places, chosen, turns, NO_WORKING, room)
        return turns

    parts = list(kinds_of_members(laid, credits.shape[1], variants, fact_places))
    if cores == 1:
        return count(parts).cumsum()[:-1]
    with ThreadPoolExecutor(cores) as threads:
        turns = sum(threads.map(count, shares(parts, cores)), np.zeros(laid.ticks.shape[1] + 1, np.int64))
    return turns.cumsum()[:-1]


def kinds_of_members(
    laid: Laid, members: int, variants: npt.NDArray[np.int16], fact_places: npt.NDArray[np.int64]
) -> Iterator[tuple[Laid, npt.NDArray[np.int64]]]:
    """Part a membership into those whom the same compiled code serves: by variant, without facts and with them."""
    kinds = [(laid, np.arange(members))]
    if laid.use.variants and variants.ndim == 1:
        order = np.argsort(variants, kind="stable")
        found, begins = np.unique(variants[order], return_index=True)
        own = np.split(order, begins[1:]) if members else []
        kinds = [(laid.variant(one), which) for one, which in zip(found.tolist(), own, strict=True)]
    with_facts = fact_places[1:] != fact_places[:-1]
    for run_of, which in kinds:
        if not with_facts.any():
            yield run_of, which
            continue
        for has_facts in (False, True):
            chosen = which[with_facts[which] == has_facts]
            if chosen.size:
                yield run_of.with_facts() if has_facts else run_of, chosen


def shares(
    parts: list[tuple[Laid, npt.NDArray[np.int64]]], cores: int
) -> Iterator[list[tuple[Laid, npt.NDArray[np.int64]]]]:
    """The parts of a membership in shares of equally many members."""
    ends = itertools.accumulate(chosen.size for _, chosen in parts)
    placed = [(run_of, chosen, end - chosen.size) for (run_of, chosen), end in zip(parts, ends, strict=True)]
    total = sum(chosen.size for _, chosen in parts)
    for first, end in itertools.pairwise(total * core // cores for core in range(cores + 1)):
        share = []
        for run_of, chosen, begin in placed:
            own = chosen[max(0, first - begin) : max(0, end - begin)]
            if own.size:
                share.append((run_of, own))
        yield share


def work(terms: Terms, lines: Sequence[Line], known: Sequence[Fact], since: int, last: int) -> Working:
    """Evaluate one member over the ticks ``since`` to ``last``, with the working recorded.

    Raises ValueError for lines outside the chart (they must not vanish in silence) and NoTermsError where the terms
    need something about the member that is not recorded.
    """
    laid, chart = ticks.lay(terms), terms.chart
    for line in lines:
        chart.place(line.day)  # a line outside the calendar is an error, whatever it counts for
    measures = plan_of(terms).measures
    made = credits_by_measure(terms, lines, known)
    began = [one.place for credits in made for one in credits]
    # A fact that is looked up on the first day of cover decides the test that many periods earlier.
    lag = int(laid.laid.ticks["lag"].max())
    telling = [bisect.bisect_left(chart.cutoffs, fact.first_day) - lag for fact in known if fact.kind in TELLING]
    first = 0 if ticks.gives_for_nothing(terms) else max(0, min([*began, *telling, since]))
    laid_run = laid.laid.span(first, last + 1)
    length = last + 1 - first
    amounts = np.zeros((len(measures), 1, length), np.int64)
    for row, credits in zip(amounts, made, strict=True):
        for one in credits:
            if one.place <= last:
                row[0, one.place - first] += one.amount
    variants = _variants(laid, known, first, length, min(began, default=since))
    records = facts.fact_records(
        terms, known, (line.day for line in lines if any(getattr(line, name) > 0 for name in credit.AMOUNTS)), first
    )
    turns = np.zeros(length + 1, np.int64)
    working = np.zeros(length, WORKING).view(np.recarray)
    places = np.array([0, len(records)])
    run(
        *laid_run.fully(),
        counts_of(terms),
        amounts,
        variants[None],
        records,
        places,
        np.zeros(1, np.int64),
        turns,
        working,
        room_for(len(measures), length, laid_run.tops.shape[2]),
    )
    return Working(terms, first, working, turns, made, variants)


def credits_by_measure(terms: Terms, lines: Sequence[Line], known: Sequence[Fact]) -> tuple[list[credit.Credit], ...]:
    """What lines add to each measure of some terms, in the order of the file."""
    return tuple(_credits(terms, measure, lines, known) for measure in plan_of(terms).measures)


def _credits(terms: Terms, measure: str, lines: Sequence[Line], known: Sequence[Fact]) -> list[credit.Credit]:
    """What lines add to a measure, together with what the measures that add to it are given."""
    added = [name for name in terms.below("credit") if terms.texts.get(f"credit.{name}.adds_to") == measure]
    found = [
        one
        for name in (measure, *added)
        for one in credit.credits(terms, name, lines, lambda day: facts.who_on(terms, known, day))
    ]
    return sorted(found, key=lambda one: one.day)


def _variants(laid: ticks.Ticks, known: Sequence[Fact], first: int, length: int, began: int) -> npt.NDArray[Any]:
    """The member's variant at each tick; NoTermsError where the terms need an attribute that is not recorded."""
    cutoffs = laid.terms.chart.cutoffs[first : first + length]
    found = facts.kinds(laid.terms, known, cutoffs)
    for tick in range(began, first + length) if facts.axes(laid.terms) else ():
        why = laid.why_silent(int(found[tick - first]), tick)
        if why is not None and "which is not recorded" in why:
            raise NoTermsError(why)
    return found
