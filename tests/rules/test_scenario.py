"""What scenarios count, against counting the same members one by one."""

import datetime

import numpy as np
import pytest

from rules import causes, stages
from rules.credit import Line
from rules.groups import BAND_LABELS, Groups, Union, everybody, grouped
from rules.journeys import Journeys
from rules.scenario import resampled, tables, together
from tests.snapshots import snapshot_of

SIDES, MEMBERS, MONTHS, BANDS = 3, 40, 9, 3
FIRST, LAST = datetime.date(2020, 1, 1), datetime.date(2021, 12, 31)


@pytest.fixture(scope="module")
def found():
    made = np.random.default_rng(5)
    shape = (SIDES, MEMBERS, MONTHS)
    by = made.choice([0, 0, stages.INITIAL, stages.HOURS, stages.BANK], shape).astype(np.uint8)
    by[1:, ::2] = by[:1, ::2]
    differs = (by > 0) != (by[:1] > 0)
    cause = np.where(differs, made.integers(1, len(causes.NAMES), shape), 0).astype(np.uint8)
    near = np.where(by == 0, made.integers(0, BANDS + 1, shape), 0).astype(np.uint8)
    return Journeys(by, made.integers(0, 2, shape).astype(np.uint8), near, cause)


@pytest.fixture(scope="module")
def groups():
    return Groups("local", ("a", "b", "c"), (np.arange(MEMBERS) % 5 // 2).astype(np.int16))


def test_every_count_is_that_of_its_members(found, groups):
    counted = tables(found, groups, BANDS)
    for group in range(3):
        own = [member for member in range(MEMBERS) if groups.codes[member] == group]
        assert counted.members[group] == len(own)
        for side in range(SIDES):
            by, base = found.by[side], found.by[0]
            gains = {m: [n for n in range(MONTHS) if by[m, n] and not base[m, n]] for m in own}
            losses = {m: [n for n in range(MONTHS) if not by[m, n] and base[m, n]] for m in own}
            assert counted.people[side, group] == sum(any(by[m]) for m in own)
            assert counted.gaining[side, group] == sum(bool(months) for months in gains.values())
            assert counted.losing[side, group] == sum(bool(months) for months in losses.values())
            assert counted.saved[side, group] == sum(stages.BANK in by[m] for m in own)
            for month in range(MONTHS):
                assert counted.covered[side, group, month] == sum(by[m, month] > 0 for m in own)
                assert counted.fresh[side, group, month] == sum(found.fresh[side, m, month] > 0 for m in own)
                assert counted.banked[side, group, month] == sum(by[m, month] == stages.BANK for m in own)
                assert counted.gained[side, group, month] == sum(month in months for months in gains.values())
                assert counted.lost[side, group, month] == sum(month in months for months in losses.values())
                for band in range(BANDS):
                    near = sum(found.near[side, m, month] == band + 1 for m in own)
                    assert counted.near[side, group, month, band] == near
            for band in range(BANDS):
                ever = sum(any(0 < found.near[side, m, n] <= band + 1 for n in range(MONTHS)) for m in own)
                assert counted.nearly[side, group, band] == ever
            for why in range(1, len(causes.NAMES)):
                told = [sum(found.cause[side, m, n] == why for n in months) for m, months in gains.items()]
                assert counted.gained_why[side, group, why - 1] == sum(told)
                assert counted.gaining_why[side, group, why - 1] == sum(map(bool, told))
                told = [sum(found.cause[side, m, n] == why for n in months) for m, months in losses.items()]
                assert counted.lost_why[side, group, why - 1] == sum(told)
                assert counted.losing_why[side, group, why - 1] == sum(map(bool, told))


def test_causes_add_up_to_all_gains_and_losses(found, groups):
    counted = tables(found, groups, BANDS)
    assert (counted.gained_why.sum(axis=-1) == counted.gained.sum(axis=-1)).all()
    assert (counted.lost_why.sum(axis=-1) == counted.lost.sum(axis=-1)).all()


def test_parts_of_a_membership_add_up_to_it(found, groups):
    whole = tables(found, groups, BANDS)
    parts = []
    for at in (slice(0, 7), slice(7, 8), slice(8, 8), slice(8, MEMBERS)):
        own = Journeys(*(one[:, at] for one in found))
        parts.append(tables(own, groups._replace(codes=groups.codes[at]), BANDS))
    for one, other in zip(together(parts), whole, strict=True):
        assert (one == other).all()


def test_groups_add_up_to_everybody(found, groups):
    by_group, all_of_them = (tables(found, one, BANDS) for one in (groups, everybody(MEMBERS)))
    assert (by_group.covered.sum(axis=1) == all_of_them.covered[:, 0]).all()
    assert (by_group.losing.sum(axis=1) == all_of_them.losing[:, 0]).all()


def test_a_resampled_membership_lies_around_the_one_there_is(found):
    bands = resampled(found, 60, 3)
    covered = (found.by > 0).sum(axis=1)
    assert (bands["covered"].low <= covered).mean() > 0.9
    assert (bands["covered"].high >= covered).mean() > 0.9
    assert (bands["covered"].low < bands["covered"].high).all()
    again = resampled(found, 60, 3)
    assert all((again[name].low == bands[name].low).all() for name in bands)
    assert (resampled(found, 60, 4)["covered"].low != bands["covered"].low).any()
    total = (found.by > 0).sum(axis=(1, 2))
    assert (bands["benefit_months"].low <= total).all()
    assert (total <= bands["benefit_months"].high).all()


@pytest.mark.parametrize("draws", [20, 21, 41, 60])
def test_bands_are_the_order_statistics_at_five_and_ninety_five_percent(found, draws):
    bands = resampled(found, draws, 9)
    chance, covered = np.random.Generator(np.random.PCG64(9)), found.by > 0
    drawn = []
    for _ in range(draws):
        chosen = chance.integers(0, MEMBERS, MEMBERS)
        drawn.append(covered[:, chosen].sum(axis=1))
    ordered = np.sort(np.stack(drawn), axis=0)
    below = (draws - 1) * 5 // 100  # so many lie below the band, and as many above
    assert (bands["covered"].low == ordered[below]).all()
    assert (bands["covered"].high == ordered[draws - 1 - below]).all()
    months = np.sort(np.stack([one.sum(axis=1) for one in drawn]), axis=0)
    assert (bands["benefit_months"].high == months[draws - 1 - below]).all()


def week(hours, year=2020):
    return Line(datetime.date(year, 3, 7), hours)


@pytest.fixture(scope="module")
def people():
    members = [([week(100_00)], []), ([week(900_00)], []), ([week(50_00, 2019)], []), ([], [])]
    return snapshot_of(members, local=["80", "600", "44", "44"], agreement=["x", "x", "y", "y"])


def test_members_are_grouped_by_a_word_of_the_span(people):
    made = grouped(people, "local", FIRST, LAST)
    assert [made.labels[code] for code in made.codes] == ["80", "600", "none", "none"]


def test_most_hours_decide_which_word_a_member_has():
    lines = [week(40_00), week(50_00), week(20_00)]
    several = snapshot_of([(lines, [])])
    words = ("", "44", "80")
    lines_now = dict(several.lines, local=np.array([1, 2, 1], np.int16))
    made = grouped(several._replace(lines=lines_now, words={**several.words, "local": words}), "local", FIRST, LAST)
    assert made.labels[made.codes[0]] == "44"


def test_bands_are_of_hours_a_year(people):
    made = grouped(people, "hours_band", FIRST, LAST)
    assert [made.labels[code] for code in made.codes] == [
        BAND_LABELS[0],
        BAND_LABELS[1],
        BAND_LABELS[0],
        BAND_LABELS[0],
    ]
    exact = snapshot_of([([week(800_10)], []), ([week(800_00)], [])])
    # 731 days: 800.55 hours are 400 a year.
    made = grouped(exact, "hours_band", FIRST, LAST)
    assert [made.labels[code] for code in made.codes] == [BAND_LABELS[0]] * 2
    more = snapshot_of([([week(800_55)], []), ([week(800_54)], [])])
    made = grouped(more, "hours_band", FIRST, LAST)
    assert [made.labels[code] for code in made.codes] == [BAND_LABELS[1], BAND_LABELS[0]]


def test_groups_may_be_united(people):
    crafts = Union("crafts", "local", {"camera": ("600",), "grips": ("80", "none")})
    made = grouped(people, crafts, FIRST, LAST)
    assert [made.labels[code] for code in made.codes] == ["grips", "camera", "grips", "grips"]
    some = grouped(people, crafts._replace(groups={"camera": ("600",)}), FIRST, LAST)
    assert [some.labels[code] for code in some.codes] == ["others", "camera", "others", "others"]


@pytest.mark.parametrize("by", ["shoe_size", Union("x", "local", {"a": ("99",)}), Union("x", "shoe_size", {})])
def test_unknown_groups_are_refused(people, by):
    with pytest.raises(KeyError, match=r"shoe_size|99"):
        grouped(people, by, FIRST, LAST)
