"""Some members compared by code that is compiled once for all plans, so that no report waits for a plan's own.

A report is posted within a transaction of the database, which would not outlast a compilation.
"""

import numpy as np
import numpy.typing as npt

from rules.compare import Comparison, compare
from rules.evaluate import Hours, counts_of
from rules.stages import EVERYTHING, Records
from rules.terms import Terms
from rules.ticks import lay

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
