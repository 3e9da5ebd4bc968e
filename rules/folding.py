"""The fold over members: running totals made, facts and room handed over, one member after the other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rules.compiling import bare
from rules.fold import fold
from rules.stages import Records, Sums, Use
from rules.working import Room


@bare
def add_up(credits: npt.NDArray[Any], sums: Sums) -> None:
    """Write the running totals of one member's credits by period: ``sums[i]`` is all before period *i*."""
    total = 0
    for place in range(len(credits)):
        sums[place] = total
        total += credits[place]
    sums[len(credits)] = total


@bare
def run(
    use: Use,
    terms: Records,
    all_tests: Records,
    tops: Records,
    steps: Records,
    counts: npt.NDArray[np.int64],
    credits: npt.NDArray[Any],
    variants: npt.NDArray[np.int16],
    facts: Records,
    fact_places: Sums,
    chosen: Sums,
    turns: npt.NDArray[np.int64],
    working: Records,
    room: Room,
) -> None:
    """Fold the chosen members: ``credits[k, m]`` are member *m*'s hundredths of measure *k* by period of the run."""
    sums, used, left, in_a_row, put, given = room
    for member in chosen:
        for measure in range(credits.shape[0]):
            add_up(credits[measure, member], sums[measure])
        fold(
            use,
            terms,
            all_tests,
            tops,
            steps,
            counts,
            sums,
            variants[member] if len(use.variants) else variants[0],
            facts[fact_places[member] : fact_places[member + 1]],
            turns,
            working,
            used,
            left,
            put,
            in_a_row,
            given,
        )
