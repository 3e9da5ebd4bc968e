"""What a fund takes in, against what each line owes by itself; and what it pays, holds and lacks."""

import datetime
import math
import random
from fractions import Fraction

import numpy as np
import pytest

from rules import agreements, contributions, units
from rules.credit import Line
from rules.finance import Dated, Given, closing, flows, outlook
from tests.snapshots import snapshot_of

FIRST, LAST = units.month_number("2020-11"), units.month_number("2022-09")
DAY = datetime.date(2020, 10, 31)


@pytest.fixture(scope="module")
def people():
    chance = random.Random(8)
    members, words = [], {"agreement": [], "contributor_class": []}
    for number in range(24):
        lines = [
            Line(DAY + datetime.timedelta(weeks=week), chance.randrange(0, 9_000), days=chance.choice([0, 100, 500]))
            for week in range(0, 110, 3)
        ]
        members.append((lines, []))
        words["agreement"].append(["basic-2018", "area-standards", "teamsters-399", "unheard-of"][number % 4])
        words["contributor_class"].append(["premium", "basic", ""][number % 3])
    made = snapshot_of(members, **words)
    rates = np.random.default_rng(1).choice([-1, 3_150, 4_077], len(made.lines["day"])).astype(np.int32)
    return made._replace(lines={**made.lines, "rate": rates})


def owed(snapshot, change=None):
    """What each line owes by itself, by fund, agreement, class and month; hours of which that is not known."""
    found, unknown = {}, {}
    columns = {name: column.tolist() for name, column in snapshot.lines.items()}
    for at in range(len(columns["day"])):
        day = datetime.date.fromordinal(columns["day"][at])
        month = units.month_of(day) - FIRST
        code = snapshot.words["agreement"][columns["agreement"][at]]
        class_ = snapshot.words["contributor_class"][columns["contributor_class"][at]]
        agreement = agreements.known(code)
        if not 0 <= month <= LAST - FIRST:
            continue
        if agreement is None:
            key = ("unknown", code, class_ or "unknown", month)
            unknown[key] = unknown.get(key, 0) + columns["hours"][at]
            continue
        days, rate = columns["days"][at], columns["rate"][at]
        due = contributions.due(
            *(agreement, day, columns["hours"][at], None if rate < 0 else rate, class_ or None),
            None if days < 0 else days // 100,
        )
        for fund, one in due.items():
            key = (fund, code, class_ or "unknown", month)
            if one.cents is None:
                unknown[key] = unknown.get(key, 0) + columns["hours"][at]
            else:
                found[key] = found.get(key, 0) + one.cents
    return found, unknown


def test_flows_are_what_every_line_owes(people):
    found, unknown = owed(people)
    cents, hours = {}, {}
    for flow in flows(people, FIRST, LAST):
        for month in range(LAST - FIRST + 1):
            key = (flow.fund, flow.agreement, flow.contributor_class, month)
            if flow.cents[month]:
                cents[key] = int(flow.cents[month])
            if flow.unknown_hours[month]:
                hours[key] = int(flow.unknown_hours[month])
    assert cents == {key: amount for key, amount in found.items() if amount}
    assert hours == {key: amount for key, amount in unknown.items() if amount}
    assert len(cents) > 100
    assert hours


def test_flows_leave_out_no_hours(people):
    begin, end = units.first_day(FIRST).toordinal(), units.first_day(LAST + 1).toordinal()
    days = people.lines["day"]
    hours = int(people.lines["hours"][(days >= begin) & (days < end)].sum())
    codes = ("basic-2018", "area-standards", "teamsters-399")
    paths = [f"{code}.{fund}" for code in codes for fund in agreements.agreement(code).funds]
    amounts = {"per_hour": 10_000, "per_day": 0, "of_scale": 0}
    since = datetime.date(2000, 1, 1)
    changes = {f"{path}.{basis}": {since: amount} for path in paths for basis, amount in amounts.items()}
    by_fund = {}
    for flow in flows(people, FIRST, LAST, changes):
        funds = by_fund.setdefault(flow.agreement, {})
        # At a dollar an hour, cents are hundredths of hours.
        funds[flow.fund] = funds.get(flow.fund, 0) + int((flow.cents + flow.unknown_hours).sum())
    assert len(by_fund) == 4
    assert all(len(set(funds.values())) == 1 for funds in by_fund.values())
    assert sum(next(iter(funds.values())) for funds in by_fund.values()) == hours


def test_a_proposed_rate_stands_in_the_place_of_the_agreements():
    day = datetime.date(2021, 9, 4)
    own = snapshot_of([([Line(day, 10_000)], [])], agreement=["basic-2018"], contributor_class=["premium"])
    month = units.month_of(day)

    def owed_to(fund, changes):
        (flow,) = [one for one in flows(own, month, month, changes) if one.fund == fund]
        return int(flow.cents[0])

    assert owed_to("active-health", {}) == 756_30
    change = {"basic-2018.active-health.per_hour": {datetime.date(2021, 8, 29): 85_000}}
    assert owed_to("active-health", change) == 850_00
    assert owed_to("pension", change) == 180_65
    later = {"basic-2018.active-health.per_hour": {datetime.date(2021, 8, 30): 85_000}}
    assert owed_to("active-health", later) == 756_30  # the payroll week began on the day before


@pytest.mark.parametrize(
    "path", ["nobody.pension.per_hour", "basic-2018.dental.per_hour", "basic-2018.pension.per_film"]
)
def test_a_rate_that_there_is_not_is_refused(people, path):
    with pytest.raises(ValueError, match=r"no agreement|names no rate"):
        flows(people, FIRST, LAST, {path: {DAY: 1}})


def dated(**values):
    return Dated({units.day(day.replace("d", "").replace("_", "-")): cents for day, cents in values.items()}, "made up")


def test_an_outlook_month_by_month():
    given = Given(
        dated(d2021_01_01=100, d2021_03_01=200), dated(d2021_01_01=0, d2021_02_01=50), dated(d2021_01_01=1_000)
    )
    found = outlook(units.month_number("2021-01"), [10, 10, 10], np.array([500, 700, 900]), given)
    assert found.cost.tolist() == [1_000, 1_000, 2_000]
    assert found.income.tolist() == [500, 750, 950]
    assert found.reserve.tolist() == [500, 250, -800]
    # Of what a month has cost so far: 1000, 1000, 1333.33.
    assert found.reserve_months.tolist() == [50, 25, -60]
    assert found.below_floor == 0
    assert found.net == -1_800


def test_a_reserve_is_measured_in_the_cost_of_the_last_twelve_months():
    given = Given(dated(d2020_01_01=100), None, dated(d2020_01_01=130_000), 800)
    months = outlook(units.month_number("2020-01"), [100] * 30, np.full(30, 9_000), given).reserve_months
    assert months[0] == 1_290
    steady = outlook(units.month_number("2020-01"), [100] * 30, np.full(30, 10_000), given)
    assert set(steady.reserve_months.tolist()) == {1_300}
    assert steady.below_floor is None
    falling = outlook(units.month_number("2020-01"), [100] * 60, np.full(60, 9_000), given)
    assert falling.below_floor == 50  # 130,000 less 51 times 1,000 is below eight times 10,000


def by_hand(first, covered, contributions, given):
    """An outlook in fractions, one month after the other: cost, income, reserve, months of cost (None: no cost)."""
    reserve, costs = Fraction(given.reserve.values[min(given.reserve.values)]), []
    for place, (people, income) in enumerate(zip(covered, contributions, strict=True)):
        day = datetime.date((first + place) // 12, (first + place) % 12 + 1, 1)
        each, residual = (
            [cents for since, cents in sorted(one.values.items()) if since <= day][-1]
            for one in (given.cost_per_covered, given.residual_income)
        )
        costs.append(people * each)
        reserve += income + residual - costs[-1]
        average = Fraction(sum(costs[-12:]), len(costs[-12:]))
        yield costs[-1], income + residual, reserve, reserve / average if average else None


@pytest.mark.parametrize("seed", range(10))
def test_an_outlook_is_that_of_each_month_by_itself(seed):
    chance = random.Random(seed)
    first = units.month_number("2019-11")
    covered = [chance.choice([0, chance.randrange(1, 60_000)]) for _ in range(40)]
    owed_ = [chance.randrange(0, 9_000_000_00) for _ in covered]
    given = Given(
        dated(d2018_01_01=chance.randrange(1, 120_000), d2021_02_15=chance.randrange(1, 200_000)),
        dated(d2019_01_01=chance.randrange(0, 9_000_000_00), d2020_06_01=chance.randrange(0, 40_000_000_00)),
        dated(d2019_11_01=chance.randrange(0, 900_000_000_00)),
        chance.randrange(0, 2_000),
    )
    found = outlook(first, covered, np.array(owed_), given)
    cost, income, reserve, months = zip(*by_hand(first, covered, owed_, given), strict=True)
    assert found.cost.tolist() == list(cost)
    assert found.income.tolist() == list(income)
    assert found.reserve.tolist() == list(reserve)
    assert found.reserve_months.tolist() == [0 if each is None else math.floor(100 * each) for each in months]
    below = [at for at, each in enumerate(months) if each is not None and 100 * each < given.floor_months]
    assert found.below_floor == (below[0] if below else None)
    assert found.net == sum(income) - sum(cost)


def test_a_month_in_which_nobody_is_covered_is_measured_by_those_before_it():
    given = Given(dated(d2020_01_01=100), None, dated(d2020_01_01=1_000))
    found = outlook(units.month_number("2020-01"), [0, 1, 0, 0], np.array([0, 0, -800, 0]), given)
    assert found.reserve_months.tolist() == [0, 1_800, 300, 400]
    assert found.below_floor == 2


def test_what_nobody_gave_is_not_taken_for_nothing():
    month, long_ago, late = units.month_number("2020-12"), dated(d2020_01_01=1), dated(d2021_01_01=1)
    for given in (Given(late), Given(long_ago, late), Given(long_ago, None, late)):
        with pytest.raises(ValueError, match="'made up' gives no amount for 2020-12-01"):
            outlook(month, [1, 1], np.array([1, 1]), given)


def test_without_a_reserve_there_is_none():
    found = outlook(24_000, [5], np.array([1]), Given(dated(d1990_01_01=3)))
    assert (found.reserve, found.reserve_months, found.below_floor, found.net) == (None, None, None, -14)


def test_which_values_close_a_gap():
    found = closing(100, -500, {"400": -500, "450": -420, "500": -380, "550": -390})
    assert [one.better_by for one in found.tried] == [0, 80, 120, 110]
    assert found.closing == ("500", "550")
    assert found.first == "500"
    assert not found.monotone
    assert closing(100, 0, {"a": 1, "b": 1, "c": 5}).monotone
    assert closing(100, 0, {"a": 9, "b": 5}).first is None
