"""What is supposed about the work, line by line."""

import datetime

import pytest

from rules.assume import Assumptions, Cap, Continued, Factor, Move, Stoppage, assume, words_of
from rules.credit import Line
from tests.snapshots import snapshot_of

SATURDAY = datetime.date(2023, 5, 6)


def weeks(*hours, first=SATURDAY, days=5):
    return [
        Line(first + datetime.timedelta(weeks=at), each * 100, days=days * 100, weeks=100)
        for at, each in enumerate(hours)
    ]


@pytest.fixture
def two():
    """Two members of two locals under two agreements."""
    return snapshot_of(
        [(weeks(40, 50, 60), []), (weeks(10, 20), [])],
        local=["80", "600"],
        agreement=["basic-2018", "area-standards"],
        contributor_class=["premium", "basic"],
    )


def left(snapshot, **assumed):
    found = assume(snapshot, Assumptions(**assumed))
    lines = found.cover.lines
    return [
        (member, day - SATURDAY.toordinal(), hours)
        for member, day, hours in zip(*(lines[name].tolist() for name in ("member", "day", "hours")), strict=True)
    ], found


def test_nothing_supposed_changes_nothing(two):
    found = assume(two, Assumptions())
    assert found.cover is two
    assert found.money is two
    assert found.told == ()


def test_a_stoppage_takes_the_days_in_it(two):
    # From Wednesday of the second week to the end of the third: 4 of 7 days of the second are gone.
    stop = Stoppage(SATURDAY + datetime.timedelta(days=4), SATURDAY + datetime.timedelta(days=14))
    lines, found = left(two, stoppages=(stop,))
    assert lines == [(0, 0, 4_000), (0, 7, 5_000 * 3 // 7), (0, 14, 0), (1, 0, 1_000), (1, 7, 2_000 * 3 // 7)]
    (told,) = found.told
    assert (told.assumption, told.lines) == ("stoppage", 3)
    assert told.hours == sum(hours for *_, hours in lines) - 18_000
    assert found.cover.lines["days"].tolist() == [500, 500 * 3 // 7, 0, 500, 500 * 3 // 7]
    assert "stoppage: 3 lines, took away" in next(words_of(found.told))


def test_a_stoppage_may_be_of_some_only(two):
    stop = Stoppage(SATURDAY, SATURDAY + datetime.timedelta(days=60), {"local": ("600",)})
    lines, _ = left(two, stoppages=(stop,))
    assert [hours for *_, hours in lines] == [4_000, 5_000, 6_000, 1_000 * 6 // 7, 0]


def test_more_or_fewer_hours(two):
    assert [hours for *_, hours in left(two, factors=(Factor(80),))[0]] == [3_200, 4_000, 4_800, 800, 1_600]
    day = SATURDAY + datetime.timedelta(days=1)
    some = Factor(125, day, {"contributor_class": ("premium",)})
    assert [hours for *_, hours in left(two, factors=(some,))[0]] == [4_000, 6_250, 7_500, 1_000, 2_000]


def test_caps_by_the_day_and_the_week(two):
    assert [hours for *_, hours in left(two, weekly_cap=Cap(45_00))[0]] == [4_000, 4_500, 4_500, 1_000, 2_000]
    lines, found = left(two, daily_cap=Cap(9_00))
    assert [hours for *_, hours in lines] == [4_000, 4_500, 4_500, 1_000, 2_000]
    assert found.told[0].not_applied == 0
    later = Cap(9_00, SATURDAY + datetime.timedelta(days=8))
    assert [hours for *_, hours in left(two, daily_cap=later)[0]] == [4_000, 5_000, 4_500, 1_000, 2_000]


def test_a_daily_cap_leaves_alone_what_does_not_say_its_days():
    silent = snapshot_of([(weeks(80, days=0), [])])
    lines, found = left(silent, daily_cap=Cap(8_00))
    assert lines[0][2] == 8_000
    assert (found.told[0].lines, found.told[0].not_applied) == (0, 1)
    assert "1 lines do not say" in next(words_of(found.told))


def test_work_is_moved_to_another_agreement(two):
    move = Move(25, "new-media", where={"agreement": ("basic-2018",)})
    lines, found = left(two, moves=(move,))
    assert sum(hours for *_, hours in lines) == 18_000
    words = found.cover.words["agreement"]
    codes = found.cover.lines["agreement"].tolist()
    moved = sum(hours for (*_, hours), code in zip(lines, codes, strict=True) if words[code] == "new-media")
    assert moved == 1_000 + 1_250 + 1_500
    assert found.money is found.cover


def test_what_is_moved_away_may_count_for_money_only(two):
    move = Move(50, "new-media", counts=False, where={"local": ("80",)})
    lines, found = left(two, moves=(move,))
    assert [hours for *_, hours in lines] == [2_000, 2_500, 3_000, 1_000, 2_000]
    assert found.money.lines["hours"].sum() == 18_000
    assert found.told[0].hours == -7_500


def test_the_work_of_some_weeks_goes_on(two):
    own = Continued(
        SATURDAY - datetime.timedelta(days=6),
        SATURDAY + datetime.timedelta(days=14),
        SATURDAY + datetime.timedelta(days=40),
    )
    lines, found = left(two, continued=own)
    assert [(day, hours) for member, day, hours in lines if member == 0] == [
        *((0, 4_000), (7, 5_000), (14, 6_000)),
        *((21, 4_000), (28, 5_000), (35, 6_000)),
    ]
    assert found.told[0].lines == 5
    assert (found.cover.lines["member"][1:] >= found.cover.lines["member"][:-1]).all()


def test_assumptions_follow_each_other(two):
    stop = Stoppage(SATURDAY - datetime.timedelta(days=6), SATURDAY)
    lines, found = left(two, stoppages=(stop,), factors=(Factor(50),), weekly_cap=Cap(20_00))
    assert [hours for *_, hours in lines] == [0, 2_000, 2_000, 0, 1_000]
    assert [one.assumption for one in found.told] == ["stoppage", "hours_factor", "weekly_cap"]


@pytest.mark.parametrize(
    ("assumed", "why"),
    [
        ({"stoppages": (Stoppage(SATURDAY, SATURDAY, {"local": ("99",)}),)}, "no line has the local '99'"),
        ({"stoppages": (Stoppage(SATURDAY, SATURDAY, {"shoe": ("9",)}),)}, "told apart by"),
        ({"stoppages": (Stoppage(SATURDAY, SATURDAY - datetime.timedelta(days=1)),)}, "before it begins"),
        ({"continued": Continued(SATURDAY, SATURDAY, SATURDAY)}, "at least one week"),
        ({"continued": Continued(SATURDAY - datetime.timedelta(days=13), SATURDAY, SATURDAY)}, "work after"),
        ({"factors": (Factor(10**9),)}, "more than can be counted"),
    ],
)
def test_what_cannot_be_supposed_is_refused(two, assumed, why):
    with pytest.raises(ValueError, match=why):
        assume(two, Assumptions(**assumed))
