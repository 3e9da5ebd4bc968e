"""What a scenario counts: tables of members by terms, group and month, made from their journeys.

All tables are sums over members, so those of parts of a membership add up to those of all of it (:func:`together`), on
one machine or on many, in any order, to the same whole numbers.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import causes, stages
from rules.groups import Groups
from rules.journeys import Journeys

Counts = npt.NDArray[np.int64]


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
    covered = found.by > 0
    gained, lost = covered & ~covered[:1], ~covered & covered[:1]
    banked = found.by == stages.BANK
    near = [found.near == band + 1 for band in range(bands)]
    up_to = [(found.near > 0) & (found.near <= band + 1) for band in range(bands)]
    whys = range(1, len(causes.NAMES))
    gained_why = [gained & (found.cause == why) for why in whys]
    lost_why = [lost & (found.cause == why) for why in whys]

    def months(which: npt.NDArray[np.bool_]) -> Counts:
        """Members by terms, group and month."""
        made = np.zeros((which.shape[0], len(groups.labels), which.shape[2]), np.int64)
        for place in range(len(groups.labels)):
            made[:, place] = which[:, groups.codes == place].sum(axis=1)
        return made

    def people(which: npt.NDArray[np.bool_]) -> Counts:
        """Members with any such month, by terms and group."""
        return _by_group(np.asarray(which.any(axis=2)), groups)

    return Tables(
        members=np.bincount(groups.codes, minlength=len(groups.labels)).astype(np.int64),
        covered=months(covered),
        fresh=months(found.fresh > 0),
        banked=months(banked),
        gained=months(gained),
        lost=months(lost),
        near=np.stack([months(one) for one in near], axis=-1),
        gained_why=np.stack([_by_group(one.sum(axis=2), groups) for one in gained_why], axis=-1),
        lost_why=np.stack([_by_group(one.sum(axis=2), groups) for one in lost_why], axis=-1),
        people=people(covered),
        gaining=people(gained),
        losing=people(lost),
        saved=people(banked),
        nearly=np.stack([people(one) for one in up_to], axis=-1),
        gaining_why=np.stack([people(one) for one in gained_why], axis=-1),
        losing_why=np.stack([people(one) for one in lost_why], axis=-1),
    )


def _by_group(counts: npt.NDArray[Any], groups: Groups) -> Counts:
    """Sums of members' numbers by terms and group."""
    made = np.zeros((counts.shape[0], len(groups.labels)), np.int64)
    for place in range(len(groups.labels)):
        made[:, place] = counts[:, groups.codes == place].sum(axis=1)
    return made


def together(parts: Sequence[Tables]) -> Tables:
    """The tables of all members from those of parts of them."""
    return Tables(*(np.sum(np.stack(same), axis=0) for same in zip(*parts, strict=True)))


class Band(NamedTuple):
    """What one in twenty resampled memberships falls below, and what one in twenty exceeds, by terms (and month)."""

    low: Counts
    high: Counts


def resampled(found: Journeys, draws: int, seed: int) -> dict[str, Band]:
    """How far counts would lie apart if the members were others of the same kind.

    As many members as there are are drawn with replacement, ``draws`` times, by a generator with a ``seed``: the same
    on any machine. Given are the order statistics at 5 and 95 percent of covered and of gained and lost months.
    """
    members = found.by.shape[1]
    covered = found.by > 0
    parts = {"covered": covered, "gained": covered & ~covered[:1], "lost": ~covered & covered[:1]}
    chance = np.random.Generator(np.random.PCG64(seed))
    counted: dict[str, list[Counts]] = {name: [] for name in (*parts, "benefit_months")}
    for _ in range(draws):
        weights = np.bincount(chance.integers(0, members, members), minlength=members).astype(np.int32)
        for name, which in parts.items():
            by_month = np.einsum("m,smn->sn", weights, which, dtype=np.int64, casting="unsafe")
            counted[name].append(by_month)
            if name == "covered":
                counted["benefit_months"].append(by_month.sum(axis=1))
    low, high = (draws - 1) * 5 // 100, (draws - 1) - (draws - 1) * 5 // 100
    ordered = {name: np.sort(np.stack(each), axis=0) for name, each in counted.items()}
    return {name: Band(each[low], each[high]) for name, each in ordered.items()}
