"""Some members compared by code that is compiled once for all plans, so that no report waits for a plan's own.

A report is posted within a transaction of the database, which would not outlast a compilation.
"""

import numpy as np
import numpy.typing as npt

from rules.compare import Comparison, compare
from rules.evaluate import Hours, counts_of
from rules.facts import axes
from rules.stages import EVERYTHING, Records
from rules.terms import Terms
from rules.ticks import Laid, lay

ANY_PLAN = EVERYTHING._replace(working=())


def compare_some(
    terms: Terms,
    first: int,
    before: Hours,
    after: Hours,
    facts: Records,
    fact_places: npt.NDArray[np.int64],
    variants: npt.NDArray[np.int16],
) -> Comparison:
    """Evaluate members under one plan with two sets of credits, which begin with the period ``first``.

    The members' facts are counted from there, and ``variants`` has a row for each member. For the rest see
    :func:`rules.evaluate.covered_by_tick`.
    """
    run = lay(terms).laid.span(first, first + before.shape[2])._replace(use=ANY_PLAN)
    return compare(run, run, counts_of(terms), before, after, facts, fact_places, variants)


def compare_terms(
    before: Terms,
    after: Terms,
    first: int,
    credits: tuple[Hours, Hours],
    facts: Records,
    fact_places: npt.NDArray[np.int64],
    variants: tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]],
) -> Comparison:
    """Evaluate members under a plan's terms and under the same with some values changed or a relief order more.

    ``credits`` and ``variants`` are those of the members under the one and under the other. For the rest see
    :func:`compare_some`.
    """
    end = first + credits[0].shape[2]
    runs = [lay(terms).laid.span(first, end)._replace(use=ANY_PLAN) for terms in (before, after)]
    kinds = variants[0]
    if axes(before) != axes(after):
        # The two tell members apart in different ways: each pair of variants that occurs is one of both.
        pairs, found = np.unique(np.stack(variants).reshape(2, -1), axis=1, return_inverse=True)
        runs = [_chosen(run, chosen) for run, chosen in zip(runs, pairs, strict=True)]
        kinds = found.reshape(kinds.shape).astype(np.int16)
    return compare(runs[0], runs[1], counts_of(before), *credits, facts, fact_places, kinds)


def _chosen(run: Laid, chosen: npt.NDArray[np.int16]) -> Laid:
    """A run whose variants are those chosen, in that order."""
    return Laid(run.use, *(np.ascontiguousarray(part[chosen]).view(np.recarray) for part in run[1:]))
