"""Two evaluations of the same members side by side: who gains cover, who loses it, and in which month.

The two differ in their terms (a proposal), or in their hours (a correction); the fold is the same for both.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules.compiling import compiled
from rules.evaluate import Hours, add_up, fold
from rules.stages import Records, Sums


class Comparison(NamedTuple):
    """Members covered ``before`` and ``after``, and those who ``gained`` or ``lost`` cover, per tick.

    ``gained_by`` and ``lost_by`` hold, per member, the number of ticks gained and lost.
    """

    before: Sums
    after: Sums
    gained: Sums
    lost: Sums
    gained_by: Sums
    lost_by: Sums


def compare(
    before: Records, after: Records, hours_before: Hours, hours_after: Hours, facts: Records, fact_places: Sums
) -> Comparison:
    """Evaluate every member under two terms and two sets of hours.

    ``before`` and ``after`` are equally long runs of tick records (:data:`rules.ticks.TICK`) over the same cut-offs.
    ``hours_*[m]`` are member *m*'s hundredths by month, a column per tick; the facts of member *m* are
    ``facts[fact_places[m]:fact_places[m + 1]]``.
    """
    members, length = hours_before.shape
    turns = np.zeros((2, length + 1), np.int64)
    moves = np.zeros((2, length), np.int64)
    by_member = np.zeros((2, members), np.int64)
    same_hours = hours_before is hours_after
    _compare(before, after, hours_before, hours_after, same_hours, facts, fact_places, turns, moves, by_member)
    return Comparison(*turns.cumsum(axis=1)[:, :length], *moves, *by_member)


@compiled
def _compare(
    before: Records,
    after: Records,
    hours_before: Hours,
    hours_after: Hours,
    same_hours: bool,
    facts: Records,
    fact_places: Sums,
    turns: Sums,
    moves: Sums,
    by_member: Sums,
) -> None:
    length = len(before)
    sums = np.zeros(length + 1, np.int64)
    turns_before = np.zeros(length + 1, np.int8)
    turns_after = np.zeros(length + 1, np.int8)
    for member in range(len(hours_before)):
        own = facts[fact_places[member] : fact_places[member + 1]]
        turns_before[:] = 0
        turns_after[:] = 0
        add_up(hours_before[member], sums)
        fold(before, sums, own, turns_before, None)
        if not same_hours:
            add_up(hours_after[member], sums)
        fold(after, sums, own, turns_after, None)
        differs = 0
        for tick in range(length + 1):
            turns[0, tick] += turns_before[tick]
            turns[1, tick] += turns_after[tick]
            differs |= turns_before[tick] ^ turns_after[tick]
        if differs:
            _moves(turns_before, turns_after, moves, by_member[:, member])


@compiled
def _moves(turns_before: npt.NDArray[np.int8], turns_after: npt.NDArray[np.int8], moves: Sums, own: Sums) -> None:
    """Count a member's ticks gained and lost, from the turns of cover before and after."""
    was = 0
    now = 0
    for tick in range(moves.shape[1]):
        was += turns_before[tick]
        now += turns_after[tick]
        gain = now & ~was
        loss = was & ~now
        moves[0, tick] += gain
        moves[1, tick] += loss
        own[0] += gain
        own[1] += loss
