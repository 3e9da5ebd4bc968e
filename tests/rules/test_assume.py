"""What is supposed about the work, line by line."""

import datetime
import random

import numpy as np
import pytest

from rules.assume import Assumptions, Cap, Continued, Factor, Move, Stoppage, assume, words_of
from rules.credit import Line
from rules.snapshot import LINES
from tests.snapshots import snapshot_of

SATURDAY = datetime.date(2023, 5, 6)
AMOUNTS = ("hours", "days", "weeks", "health", "pension", "account", "retiree")
OWED = AMOUNTS[3:]
DAY = datetime.timedelta(days=1)


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


def test_a_weekly_cap_is_for_all_work_of_a_member_in_the_week():
    lines = [Line(SATURDAY, 30_00, number) for number in (1, 2)]
    # Two agreements in one week, and a month that ends on the same day.
    snapshot = snapshot_of([(lines, [])])
    both = {name: np.concatenate([column, column]) for name, column in snapshot.lines.items()}
    both["span"] = np.array([7, 28] * (len(both["day"]) // 2), LINES["span"])
    found = assume(snapshot._replace(lines=both), Assumptions(weekly_cap=Cap(40_00))).cover.lines
    weekly = found["hours"][found["span"] == 7]
    assert weekly.sum() == 40_00
    assert found["hours"][found["span"] == 28].sum() == both["hours"][both["span"] == 28].sum()


def test_a_daily_cap_leaves_alone_what_does_not_say_its_days():
    silent = snapshot_of([(weeks(80, days=0), [])])
    lines, found = left(silent, daily_cap=Cap(8_00))
    assert lines[0][2] == 8_000
    assert (found.told[0].lines, found.told[0].not_applied) == (0, 1)
    assert "1 lines do not say" in next(words_of(found.told))
    nothing = snapshot_of([(weeks(0, days=0), [])])
    assert left(nothing, daily_cap=Cap(8_00))[1].told[0].not_applied == 0


def test_a_daily_cap_is_for_parts_of_days_too(two):
    # Half of five days of 8, 10 and 12 hours are two and a half days of as many.
    lines, _ = left(two, factors=(Factor(50),), daily_cap=Cap(9_00))
    assert [hours for *_, hours in lines] == [2_000, 2_250, 2_250, 500, 1_000]
    short = snapshot_of([([Line(SATURDAY, 4_00, days=50)], [])])
    assert left(short, daily_cap=Cap(9_00))[0] == [(0, 0, 4_00)]
    assert left(short, daily_cap=Cap(7_00))[0] == [(0, 0, 3_50)]


def test_only_lines_that_differ_are_told(two):
    assert left(two, factors=(Factor(100),))[1].told[0][1:] == (0, 0, 0)
    assert left(two, weekly_cap=Cap(55_00))[1].told[0][1:] == (1, -500, 0)


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


def test_the_work_of_an_earlier_time_may_go_on_after_the_last_line(two):
    # The first two weeks again, from the Monday after the three that there are.
    own = Continued(SATURDAY - 6 * DAY, SATURDAY + 7 * DAY, SATURDAY + 49 * DAY, SATURDAY + 16 * DAY)
    lines, found = left(two, continued=own)
    assert [(day, hours) for member, day, hours in lines if member == 0] == [
        *((0, 4_000), (7, 5_000), (14, 6_000)),
        *((28, 4_000), (35, 5_000), (42, 4_000), (49, 5_000)),
    ]
    assert found.told[0][1:] == (8, 2 * 120_00, 0)


def many(seed):
    """A snapshot of lines of all kinds, and the same as rows."""
    chance = random.Random(seed)
    words = {
        "agreement": ("", "basic-2018", "teamsters-399"),
        "basis": ("", "hourly"),
        "contributor_class": ("", "basic", "premium"),
        "occupation": ("", "craft a", "craft b"),
        "local": ("", "600", "700", "80"),
    }
    rows = []
    for member in range(12):
        for week in sorted(chance.sample(range(60), 9)):
            day = (SATURDAY + 7 * DAY * week - DAY * chance.choice([0, 0, 3])).toordinal()
            row = {"member": member, "day": day, "span": chance.choice([1, 7, 28, 35])}
            row["hours"] = chance.choice([0, 1, chance.randrange(1, 30_000)])
            row["days"] = chance.choice([-1, 0, 33, 100, 500, 2_000])
            row["weeks"] = chance.choice([0, 100, 400])
            row["rate"] = chance.choice([-1, 4_500])
            row |= {name: chance.randrange(0, 99_999) for name in OWED}
            row |= {name: chance.choice([0, day + 9]) for name in ("received", "paid")}
            for _ in range(chance.choice([1, 1, 2, 3])):  # under several agreements in the same days
                own = {name: chance.choice(known) for name, known in words.items()}
                rows.append(row | own | {"hours": chance.choice([row["hours"], 1_234])})
    columns = {
        name: np.array([words[name].index(row[name]) if name in words else row[name] for row in rows], kind)
        for name, kind in LINES.items()
    }
    return snapshot_of([([], [])] * 12)._replace(lines=columns, words={**snapshot_of([]).words, **words}), rows


def rows_of(snapshot):
    """Lines as rows with words, in one order."""
    columns = {name: column.tolist() for name, column in snapshot.lines.items()}
    for name in ("agreement", "basis", "contributor_class", "occupation", "local"):
        columns[name] = [snapshot.words[name][code] for code in columns[name]]
    return sorted(tuple(row) for row in zip(*(columns[name] for name in LINES), strict=True))


def share_of(row, names, over, under):
    """A row with a share of its amounts, each rounded down; an amount that is not said stays so."""
    return row | {name: row[name] * over // under for name in names if row[name] > 0}


def means(row, where, since=None):
    return all(row[name] in chosen for name, chosen in where.items()) and (
        since is None or row["day"] >= since.toordinal()
    )


def continued_by_hand(rows, own):
    weeks = ((own.last - own.first).days + 1) // 7
    first = own.last - 7 * weeks * DAY + DAY
    begins, more = first, []
    while begins < (own.since or own.last + DAY):
        begins += 7 * DAY
    while begins <= own.until:
        for row in [one for one in rows if first.toordinal() <= one["day"] <= own.last.toordinal()]:
            later = (begins - first).days
            new = row | {name: row[name] + later for name in ("day", "received", "paid") if row[name]}
            more += [new] if new["day"] <= own.until.toordinal() else []
        begins += 7 * weeks * DAY
    return rows + more


def stopped_by_hand(row, stop):
    if not means(row, stop.where):
        return row
    gone = range(stop.first.toordinal(), stop.last.toordinal() + 1)
    kept = [day for day in range(row["day"] - row["span"] + 1, row["day"] + 1) if day not in gone]
    return share_of(row, AMOUNTS, len(kept), row["span"])


def capped_by_day(row, cap):
    if row["days"] <= 0 or not means(row, {}, cap.since):
        return row
    most = cap.hundredths * row["days"] // 100
    return share_of(row, ("hours", *OWED), most, row["hours"]) if row["hours"] > most else row


def capped_by_week(rows, cap):
    made = []
    for row in rows:
        same = [one for one in rows if all(one[key] == row[key] for key in ("member", "day", "span"))]
        hours, most = sum(one["hours"] for one in same), cap.hundredths * row["span"] // 7
        over = hours > most and means(row, {}, cap.since)
        made.append(share_of(row, ("hours", *OWED), most, hours) if over else row)
    return made


def by_hand(rows, what):
    """What the page on assumptions says, one line after the other: those for cover, those for money."""
    rows = continued_by_hand(rows, what.continued) if what.continued else list(rows)
    for stop in what.stoppages:
        rows = [stopped_by_hand(row, stop) for row in rows]
    for one in what.factors:
        rows = [
            share_of(row, AMOUNTS, one.hundredths, 100) if means(row, one.where, one.since) else row for row in rows
        ]
    rows = [capped_by_day(row, what.daily_cap) for row in rows] if what.daily_cap else rows
    rows = capped_by_week(rows, what.weekly_cap) if what.weekly_cap else rows
    aside = []
    for move in what.moves:
        for place, row in enumerate(list(rows)):
            if means(row, move.where, move.since):
                moved = share_of(row, AMOUNTS, move.share, 100)
                rows[place] = row | {name: row[name] - moved[name] for name in AMOUNTS if row[name] > 0}
                new = moved | dict.fromkeys(OWED, 0) | {"agreement": move.to}
                (rows if move.counts else aside).append(new)
    return rows, rows + aside


@pytest.mark.parametrize("seed", range(30))
def test_each_line_is_changed_as_by_hand(seed):
    snapshot, rows = many(seed)
    chance = random.Random(seed)

    def maybe(*one):
        return one if chance.random() < 0.6 else ()

    def day():
        return SATURDAY + chance.randrange(0, 420) * DAY

    def where():
        return chance.choice(
            [{}, {"local": ("600", "80")}, {"contributor_class": ("basic",), "occupation": ("", "craft a")}]
        )

    end = datetime.date.fromordinal(max(row["day"] for row in rows))
    since = end + chance.randrange(1, 40) * DAY
    begins = day()
    what = Assumptions(
        *(
            maybe(Continued(begins, begins + 30 * DAY, since + 150 * DAY, since))
            or maybe(Continued(end - 100 * DAY, end, end + 250 * DAY))
            or (None,)
        ),
        tuple(Stoppage(first, first + chance.randrange(0, 90) * DAY, where()) for first in (day(), day())),
        maybe(Factor(chance.choice([80, 100, 133]), chance.choice([None, day()]), where())),
        *(maybe(Cap(chance.randrange(100, 1_400), chance.choice([None, day()]))) or (None,)),
        *(maybe(Cap(chance.randrange(1_000, 8_000), chance.choice([None, day()]))) or (None,)),
        (*maybe(Move(30, "new-media", True, day(), where())), *maybe(Move(25, "teamsters-399", False, None, where()))),
    )
    found = assume(snapshot, what)
    cover, money = by_hand(rows, what)
    assert rows_of(found.cover) == sorted(tuple(row[name] for name in LINES) for row in cover)
    assert rows_of(found.money) == sorted(tuple(row[name] for name in LINES) for row in money)
    for lines in (found.cover.lines, found.money.lines):
        assert all(lines[name].dtype == kind for name, kind in LINES.items())
        assert (np.diff(lines["member"]) >= 0).all()
    changed = int(found.cover.lines["hours"].sum()) - sum(row["hours"] for row in rows)
    assert sum(one.hours for one in found.told) == changed


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
        ({"continued": Continued(SATURDAY - datetime.timedelta(days=13), SATURDAY, SATURDAY)}, "begins after the last"),
        ({"continued": Continued(SATURDAY, SATURDAY + 7 * DAY, SATURDAY + 90 * DAY, SATURDAY)}, "not after it"),
        ({"continued": Continued(SATURDAY, SATURDAY + 14 * DAY, datetime.date(9999, 1, 1))}, "more lines"),
        ({"moves": (Move(101, "new-media"),)}, "more than all of it"),
        ({"factors": (Factor(10**9),)}, "more than can be counted"),
    ],
)
def test_what_cannot_be_supposed_is_refused(two, monkeypatch, assumed, why):
    monkeypatch.setattr("rules.assume.MOST_LINES", 1_000)
    with pytest.raises(ValueError, match=why):
        assume(two, Assumptions(**assumed))
