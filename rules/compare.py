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
    _compare(
        before, after, hours_before, hours_after, same_hours, facts, fact_places, turns[0], turns[1], moves, by_member
    )
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
    all_before: Sums,
    all_after: Sums,
    moves: Sums,
    by_member: Sums,
) -> None:
    length = len(before)
    sums = np.zeros(length + 1, np.int64)
    # Turns of one member, as bytes, and the same memory as words: two covers are compared eight ticks at a time.
    words_before = np.zeros(length // 8 + 1, np.int64)
    words_after = np.zeros(length // 8 + 1, np.int64)
    turns_before = words_before.view(np.int8)
    turns_after = words_after.view(np.int8)
    unchanged = np.zeros(length + 1, np.int64)
    for member in range(len(hours_before)):
        own = facts[fact_places[member] : fact_places[member + 1]]
        words_before[:] = 0
        words_after[:] = 0
        add_up(hours_before[member], sums)
        fold(before, sums, own, turns_before, None)
        if not same_hours:
            add_up(hours_after[member], sums)
        fold(after, sums, own, turns_after, None)
        differs = 0
        for word in range(len(words_before)):
            differs |= words_before[word] ^ words_after[word]
        if differs:
            _moves(turns_before, turns_after, all_before, all_after, moves, by_member[:, member])
        else:
            for tick in range(length + 1):
                unchanged[tick] += turns_before[tick]
    all_before += unchanged
    all_after += unchanged


@compiled
def _moves(
    turns_before: npt.NDArray[np.int8],
    turns_after: npt.NDArray[np.int8],
    all_before: Sums,
    all_after: Sums,
    moves: Sums,
    own: Sums,
) -> None:
    """Count a member's ticks gained and lost, from the turns of cover before and after."""
    for tick in range(len(all_before)):
        all_before[tick] += turns_before[tick]
    for tick in range(len(all_after)):
        all_after[tick] += turns_after[tick]
    was = 0
    now = 0
    for tick in range(moves.shape[1]):
        was += turns_before[tick]
        now += turns_after[tick]
        if was != now:
            gain = now & ~was
            loss = was & ~now
            moves[0, tick] += gain
            moves[1, tick] += loss
            own[0] += gain
            own[1] += loss
