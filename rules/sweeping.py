"""One membership under many values of a term: whom each covers in each month, and who gains and loses by it.

Each member's running totals are made once for all values. Where the values differ only in how many hours keep cover,
the fold is the plan's own, and most values come to the same for a member: from the working under one it is seen how
much more could be asked without any test turning out otherwise, only the bank holding less (:func:`_slack`), and the
values up to that are not evaluated again. It is exact; a test holds both ways together. Other values are evaluated each
by the code that serves all plans, which is compiled already.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules import stages
from rules.compiling import bare
from rules.evaluate import NO_FACTS, ONE_VARIANT, Hours
from rules.few import ANY_PLAN
from rules.fold import fold
from rules.folding import add_up
from rules.stages import Records, Sums, Use
from rules.ticks import Laid, with_facts
from rules.working import WORKING, Room, room_for


class Swept(NamedTuple):
    """By run and tick: members ``covered``, and who ``gained`` and ``lost`` against the first run; by run: how many
    members have any tick gained, and any lost (``gaining``, ``losing``)."""

    covered: Sums
    gained: Sums
    lost: Sums
    gaining: Sums
    losing: Sums


def sweep(
    runs: Sequence[Laid],
    counts: npt.NDArray[np.int64],
    credits: Hours,
    facts: Records = NO_FACTS,
    fact_places: npt.NDArray[np.int64] | None = None,
    variants: npt.NDArray[np.int16] = ONE_VARIANT,
    since: int = 0,
) -> Swept:
    """Evaluate every member under each of equally long runs over the same cut-offs, of terms with the same routes.

    Who gains and who loses is told from the tick ``since`` on. For the rest see
    :func:`rules.evaluate.covered_by_tick`; ``variants`` has a row for each member, or one for all.
    """
    members, length = credits.shape[1:]
    if fact_places is None:
        fact_places = np.zeros(members + 1, np.int64)
    asked = _asked(runs)
    use = ANY_PLAN if asked is None else runs[0].use._replace(working=(0,))
    ticks, tests, tops, steps = (
        np.ascontiguousarray(np.stack(parts)).view(np.recarray)
        for parts in zip(*(run[1:] for run in runs), strict=True)
    )
    words = np.zeros((2, length // 8 + 1), np.int64)
    # By run and tick, as differences from the run before: so a result that many runs share is written once.
    turns = np.zeros((len(runs) + 1, length + 1), np.int64)
    moves = np.zeros((len(runs) + 1, 2, length), np.int64)
    people = np.zeros((len(runs) + 1, 2), np.int64)
    _sweep(
        with_facts(use, tops.shape[3]) if len(facts) else use,
        ticks,
        tests,
        tops,
        steps,
        asked is not None,
        *(asked or (np.zeros(len(runs), np.int64), np.zeros((1, length), np.int64))),
        counts,
        credits,
        np.ascontiguousarray(np.broadcast_to(variants, (members, length))),
        facts,
        fact_places,
        turns,
        moves,
        people,
        since,
        words,
        words.view(np.int8),
        np.zeros(length, WORKING).view(np.recarray),
        room_for(credits.shape[0], length, tops.shape[3]),
    )
    moves, people = moves.cumsum(axis=0)[:-1], people.cumsum(axis=0)[:-1]
    covered = turns.cumsum(axis=0)[:-1].cumsum(axis=1)[:, :length]
    return Swept(covered, moves[:, 0], moves[:, 1], people[:, 0], people[:, 1])


def _asked(runs: Sequence[Laid]) -> tuple[Sums, Sums] | None:
    """By how much more continuing tests ask in each run than in the one before, and (1: yes) at which variant and tick.

    None where runs differ in anything else, where it is not the same at every tick at which they differ, or where more
    decides than one sum of credits and a bank that makes up for what is missing.
    """
    if len(runs) < 3:
        return None
    base, use = runs[0], runs[0].use
    if not (use.one and use.sums and base.tests.shape[2] == 3) or (base.tests["most"][:, :, 1:] > 1).any():
        return None
    others = (use.through, use.second, use.tops, use.carry, use.gift, use.limits, use.upkeep, use.expiry, use.exact)
    if any(map(len, (*others, use.many, use.balance, use.odd, use.also))):
        return None
    for run in runs[1:]:
        alike = run.use == use and _same(run.ticks, base.ticks, "continuing_required")
        alike = alike and _same(run.tests, base.tests, "required") and _same(run.tops, base.tops)
        alike = alike and _same(run.tests[:, :, :1], base.tests[:, :, :1]) and _same(run.steps, base.steps)
        if not alike:
            return None
    required = np.stack([run.tests["required"][:, :, 1] for run in runs[1:]]).astype(np.int64)
    lapsed = np.stack([run.tests["required"][:, :, 2] for run in runs[1:]]).astype(np.int64)
    continuing = np.stack([run.ticks["continuing_required"] for run in runs[1:]]).astype(np.int64)
    more = np.diff(required, axis=0)
    same = (np.diff(lapsed, axis=0) == more).all() and (np.diff(continuing, axis=0) == more).all()
    steps = more.max(axis=(1, 2), keepdims=True)
    touched = (more != 0).any(axis=0)
    if not same or (steps < 0).any() or not ((more == steps) | ~touched).all():
        return None
    return np.concatenate([np.zeros(2, np.int64), steps.ravel()]), touched.astype(np.int64)


def _same(one: Records, other: Records, but: str = "") -> bool:
    """Whether two arrays of records are alike but for a field."""
    return all((one[name] == other[name]).all() for name in one.dtype.names or () if name != but)


@bare
def _sweep(
    use: Use,
    ticks: Records,
    tests: Records,
    tops: Records,
    steps: Records,
    passing: bool,
    raises: Sums,
    touched: Sums,
    counts: npt.NDArray[np.int64],
    credits: Hours,
    variants: npt.NDArray[np.int16],
    facts: Records,
    fact_places: Sums,
    turns: Sums,
    moves: Sums,
    people: Sums,
    since: int,
    words: Sums,
    own_turns: npt.NDArray[np.int8],
    working: Records,
    room: Room,
) -> None:
    sums, used, left, in_a_row, put, given = room
    for member in range(credits.shape[1]):
        own = facts[fact_places[member] : fact_places[member + 1]]
        kinds = variants[member] if len(use.variants) else variants[0]
        for measure in range(sums.shape[0]):
            add_up(credits[measure, member], sums[measure])
        run = 0
        while run < ticks.shape[0]:
            side = 1 if run else 0
            words[side] = 0
            fold(
                use,
                ticks[run],
                tests[run],
                tops[run],
                steps[run],
                counts,
                sums,
                kinds,
                own,
                own_turns[side],
                working,
                used,
                left,
                put,
                in_a_row,
                given,
            )
            after = run + 1
            if passing:
                slack, more = _slack(use, working, ticks[run], touched, kinds), 0
                while run and len(own) == 0 and after < ticks.shape[0] and more <= slack:
                    more += raises[after]
                    after += more <= slack
            if run == 0:
                for tick in range(turns.shape[1]):
                    turns[0, tick] += own_turns[0, tick]
            else:
                differs = 0
                for word in range(words.shape[1]):
                    differs |= words[0, word] ^ words[1, word]
                if differs:
                    _moves(own_turns[0], own_turns[1], turns, moves, people, since, run, after)
            run = after


@bare
def _moves(
    before: npt.NDArray[np.int8],
    after: npt.NDArray[np.int8],
    turns: Sums,
    moves: Sums,
    people: Sums,
    since: int,
    run: int,
    end: int,
) -> None:
    """Count how a member's turns differ from those of the first run, for the runs from one up to before another."""
    was, now, gains, losses = 0, 0, 0, 0
    for tick in range(turns.shape[1]):
        change = after[tick] - before[tick]
        turns[run, tick] += change
        turns[end, tick] -= change
    for tick in range(moves.shape[2]):
        was += before[tick]
        now += after[tick]
        gain, loss = (now & ~was, was & ~now) if tick >= since else (0, 0)
        moves[run, 0, tick] += gain
        moves[end, 0, tick] -= gain
        moves[run, 1, tick] += loss
        moves[end, 1, tick] -= loss
        gains |= gain
        losses |= loss
    people[run, 0] += gains
    people[end, 0] -= gains
    people[run, 1] += losses
    people[end, 1] -= losses


@bare
def _slack(  # noqa: PLR0912 (the cases of one test, in one place)
    use: Use, working: Records, rows: Records, touched: Sums, kinds: npt.NDArray[np.int16]
) -> int:
    """How much more (hundredths) every continuing test could ask without any test of a working turning out otherwise.

    While more is asked, what the bank holds falls by ``falls`` times as much: by once more with every test that puts
    the excess in or draws on it, and not at all once it is filled up to its cap. The working is read once: its marks of
    tests are taken off, for the next.
    """
    slack, falls = stages.NO_LIMIT, 0
    for tick in range(working.shape[0]):
        row = working[tick]
        if not row.due:
            continue
        row.due = 0
        kind = kinds[tick] if len(use.variants) else 0
        now = rows[kind, tick]
        over, more = row.counted - row.required, touched[kind, tick]
        if now.relief_gives:
            if now.relief_for_everyone or row.initial:
                # It may begin where a bank no longer stands in its way.
                if row.route > stages.BANK or (row.route == stages.NONE and row.bank_before > 0 and falls > 0):
                    slack = 0
            elif row.route > stages.BANK:
                # For those whose cover ends what is missing only grows, up to the limits of what the order gives.
                if falls:
                    slack = min(slack, (row.counted + row.bank_before - now.relief_at_least) // falls)
                if row.route == stages.RELIEF:
                    missing = more + falls if now.relief_after_bank else more
                    if missing:
                        slack = min(slack, (now.relief_up_to - row.bought) // missing)
                    falls = 0 if now.relief_after_bank else falls  # it is empty afterwards, whatever it held
                continue
        if not row.initial:
            if row.route == stages.NONE:
                falls = 0 if now.short_wipes else falls
                continue
            if more + falls:
                slack = min(slack, (row.bank_before + over) // (more + falls))
        elif row.route == stages.NONE or now.deposit_after_initial == 0:
            continue
        elif now.deposit_after_initial == stages.DEPOSIT_EXCESS:
            more = 0
        else:
            over = row.counted - now.continuing_required
            if over <= 0:
                continue
            if more:
                slack = min(slack, over)
        if row.overflow > 0 and row.bank_before > now.bank_cap:
            # A bank over a lowered cap keeps what it has: nothing goes in while it is over it, under more as well.
            if more:
                slack = min(slack, over // more)
            if falls:
                slack = min(slack, (row.bank_before - now.bank_cap) // falls)
        elif row.overflow > 0:
            if more + falls:
                slack = min(slack, row.overflow // (more + falls))
            falls = 0
        elif len(use.excess):
            falls += more
    return slack
