"""What a scenario counts: tables of members by terms, group and month, made from their journeys.

All tables are sums over members, so those of parts of a membership add up to those of all of it (:func:`together`), on
one machine or on many, in any order, to the same whole numbers.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules import causes, stages
from rules.compiling import bare
from rules.groups import Groups
from rules.journeys import Journeys

Counts = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
TOGETHER = 20  # draws


class Tables(NamedTuple):
    """Counts by terms and group (and month, band or cause), of one way of grouping.

    By month: ``covered``, ``fresh`` (cover begun by an initial test), ``banked`` (covered by the bank), ``gained`` and
    ``lost`` against the first terms, ``near`` (by band: short by no more than it and more than the one before), and
    ``gained_why`` and ``lost_why`` (months by cause). Of people over the whole span: ``people`` (ever covered),
    ``gaining``, ``losing``, ``saved`` (ever by the bank), ``nearly`` (by band: ever short by no more), ``gaining_why``
    and ``losing_why`` (by cause: people with any such month). ``members`` is how many there are, by group.
    """

    members: Counts
    covered: Counts
    fresh: Counts
    banked: Counts
    gained: Counts
    lost: Counts
    near: Counts
    gained_why: Counts
    lost_why: Counts
    people: Counts
    gaining: Counts
    losing: Counts
    saved: Counts
    nearly: Counts
    gaining_why: Counts
    losing_why: Counts


def tables(found: Journeys, groups: Groups, bands: int) -> Tables:
    """Count members' journeys by group."""
    terms, _, months = found.by.shape
    every, people, whys = (months,), (), (len(causes.NAMES) - 1,)
    shapes = [every] * 5 + [(months, bands)] + [whys] * 2 + [people] * 4 + [(bands,)] + [whys] * 2
    made = [np.zeros((terms, len(groups.labels), *shape), np.int64) for shape in shapes]
    by, fresh, near, cause = map(np.ascontiguousarray, found)
    codes = groups.codes.astype(np.int16)
    _count(by, fresh, near, cause, codes, *made)
    return Tables(np.bincount(codes, minlength=len(groups.labels)).astype(np.int64), *made)


@bare
def _count(  # noqa: PLR0912 (what there is to count, one after the other)
    by: Codes,
    fresh: Codes,
    near: Codes,
    cause: Codes,
    codes: npt.NDArray[np.int16],
    covered: Counts,
    begun: Counts,
    banked: Counts,
    gained: Counts,
    lost: Counts,
    by_band: Counts,
    gained_why: Counts,
    lost_why: Counts,
    people: Counts,
    gaining: Counts,
    losing: Counts,
    saved: Counts,
    nearly: Counts,
    gaining_why: Counts,
    losing_why: Counts,
) -> None:
    """Add every member of some to the tables (:class:`Tables`, in its order)."""
    bands, whys = nearly.shape[2], gaining_why.shape[2]
    for terms in range(by.shape[0]):
        for member in range(by.shape[1]):
            group = codes[member]
            ever, gains, losses, helped, closest, for_gains, for_losses = 0, 0, 0, 0, bands, 0, 0
            for month in range(by.shape[2]):
                code, why = by[terms, member, month], int(cause[terms, member, month])
                now, was = code > 0, by[0, member, month] > 0
                if now:
                    ever = 1
                    covered[terms, group, month] += 1
                if fresh[terms, member, month]:
                    begun[terms, group, month] += 1
                if code == stages.BANK:
                    helped = 1
                    banked[terms, group, month] += 1
                short = int(near[terms, member, month])
                if 0 < short <= bands:
                    by_band[terms, group, month, short - 1] += 1
                    closest = min(closest, short - 1)
                if now and not was:
                    gains = 1
                    gained[terms, group, month] += 1
                    if why:
                        gained_why[terms, group, why - 1] += 1
                        for_gains |= 1 << why
                if was and not now:
                    losses = 1
                    lost[terms, group, month] += 1
                    if why:
                        lost_why[terms, group, why - 1] += 1
                        for_losses |= 1 << why
            people[terms, group] += ever
            gaining[terms, group] += gains
            losing[terms, group] += losses
            saved[terms, group] += helped
            for band in range(closest, bands):
                nearly[terms, group, band] += 1
            for why in range(whys):
                gaining_why[terms, group, why] += (for_gains >> (why + 1)) & 1
                losing_why[terms, group, why] += (for_losses >> (why + 1)) & 1


def together(parts: Sequence[Tables]) -> Tables:
    """The tables of all members from those of parts of them."""
    return Tables(*(np.sum(np.stack(same), axis=0) for same in zip(*parts, strict=True)))


class Band(NamedTuple):
    """What one in twenty resampled memberships falls below, and what one in twenty exceeds, by terms (and month)."""

    low: Counts
    high: Counts


def unasked() -> None:
    """Ask nobody whether to go on."""


def resampled(found: Journeys, draws: int, seed: int, go_on: Callable[[], object] = unasked) -> dict[str, Band]:
    """How far counts would lie apart if the members were others of the same kind.

    As many members as there are are drawn with replacement, ``draws`` times, by a generator with a ``seed``: the same
    on any machine. Given are the order statistics at 5 and 95 percent of covered and of gained and lost months.
    ``go_on`` is called before each :data:`TOGETHER` draws, and may raise what ends it.
    """
    members = found.by.shape[1]
    covered = found.by > 0
    parts = {"covered": covered, "gained": covered & ~covered[:1], "lost": ~covered & covered[:1]}
    chance = np.random.Generator(np.random.PCG64(seed))
    counted: dict[str, list[Counts]] = {name: [] for name in (*parts, "benefit_months")}
    for draw in range(draws):
        if draw % TOGETHER == 0:
            go_on()
        weights = np.bincount(chance.integers(0, members, members), minlength=members).astype(np.int32)
        for name, which in parts.items():
            by_month = np.einsum("m,smn->sn", weights, which, dtype=np.int64, casting="unsafe")
            counted[name].append(by_month)
            if name == "covered":
                counted["benefit_months"].append(by_month.sum(axis=1))
    low, high = (draws - 1) * 5 // 100, (draws - 1) - (draws - 1) * 5 // 100
    ordered = {name: np.sort(np.stack(each), axis=0) for name, each in counted.items()}
    return {name: Band(each[low], each[high]) for name, each in ordered.items()}
