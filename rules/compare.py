"""Two evaluations of the same members side by side: who gains cover, who loses it, and in which month.

The two differ in their terms (a proposal), or in their hours (a correction); the fold is the same for both.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules.compiling import bare
from rules.evaluate import NO_FACTS, NO_WORKING, ONE_VARIANT, Hours
from rules.fold import fold
from rules.folding import add_up
from rules.stages import Records, Sums, Use
from rules.ticks import Laid, with_facts
from rules.working import Room, room_for


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
    before: Laid,
    after: Laid,
    counts: npt.NDArray[np.int64],
    credits_before: Hours,
    credits_after: Hours,
    facts: Records = NO_FACTS,
    fact_places: npt.NDArray[np.int64] | None = None,
    variants: npt.NDArray[np.int16] = ONE_VARIANT,
) -> Comparison:
    """Evaluate every member under two terms and two sets of credits.

    ``before`` and ``after`` are equally long runs over the same cut-offs, of terms with the same routes and measures.
    For the rest see :func:`rules.evaluate.covered_by_tick`.
    """
    members, length = credits_before.shape[1:]
    if fact_places is None:
        fact_places = np.zeros(members + 1, np.int64)
    turns = np.zeros((2, length + 1), np.int64)
    moves = np.zeros((2, length), np.int64)
    by_member = np.zeros((members, 2), np.int64)
    # Turns of one member, as bytes, and the same memory as words: two covers are compared eight ticks at a time.
    words = np.zeros((2, length // 8 + 1), np.int64)
    use = before.use.together(after.use)
    _compare(
        with_facts(use, before.tops.shape[2]) if len(facts) else use,
        before[1:],
        after[1:],
        counts,
        credits_before,
        credits_after,
        credits_before is credits_after,
        variants,
        facts,
        fact_places,
        turns,
        moves,
        by_member,
        words,
        words.view(np.int8),
        room_for(credits_before.shape[0], length, before.tops.shape[2]),
    )
    return Comparison(*turns.cumsum(axis=1)[:, :length], *moves, *by_member.T)


@bare
def _compare(
    use: Use,
    before: tuple[Records, Records, Records, Records],
    after: tuple[Records, Records, Records, Records],
    counts: npt.NDArray[np.int64],
    credits_before: Hours,
    credits_after: Hours,
    same_credits: bool,
    variants: npt.NDArray[np.int16],
    facts: Records,
    fact_places: Sums,
    turns: Sums,
    moves: Sums,
    by_member: Sums,
    words: Sums,
    own_turns: npt.NDArray[np.int8],
    room: Room,
) -> None:
    ticks_before, tests_before, tops_before, steps_before = before
    ticks_after, tests_after, tops_after, steps_after = after
    sums, used, left, in_a_row, put, given = room
    length = ticks_before.shape[1]
    for member in range(credits_before.shape[1]):
        own = facts[fact_places[member] : fact_places[member + 1]]
        kinds = variants[member] if len(use.variants) else variants[0]
        words[:] = 0
        for measure in range(sums.shape[0]):
            add_up(credits_before[measure, member], sums[measure])
        fold(
            use,
            ticks_before,
            tests_before,
            tops_before,
            steps_before,
            counts,
            sums,
            kinds,
            own,
            own_turns[0],
            NO_WORKING,
            used,
            left,
            put,
            in_a_row,
            given,
        )
        if not same_credits:
            for measure in range(sums.shape[0]):
                add_up(credits_after[measure, member], sums[measure])
        fold(
            use,
            ticks_after,
            tests_after,
            tops_after,
            steps_after,
            counts,
            sums,
            kinds,
            own,
            own_turns[1],
            NO_WORKING,
            used,
            left,
            put,
            in_a_row,
            given,
        )
        differs = 0
        for word in range(words.shape[1]):
            differs |= words[0, word] ^ words[1, word]
        if differs:
            _moves(own_turns[0], own_turns[1], turns[0], turns[1], moves, by_member[member])
        else:
            for tick in range(length + 1):
                turns[0, tick] += own_turns[0, tick]
                turns[1, tick] += own_turns[0, tick]


@bare
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
