"""What is owed: rates around every step, exactness, what is not known, reversals; and lateness."""

import datetime
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import agreements, contributions
from rules.contributions import NO_DAYS, NO_SCALE, Late, due, late
from tests.rules.test_agreements import BASIC, EXAMPLE, LATEST, RIGGERS, on

AREA = agreements.agreement("area-standards")
LOCAL = agreements.agreement("teamsters-399")
PRODUCERS = agreements.agreement("pga-producers")
ALL = [agreements.agreement(code) for code in agreements.names()]
WEEK = on("2021-08-07")
AMOUNTS = st.integers(0, 10_000_00)
SCALES = st.none() | st.integers(0, 999_999_99)
CLASSES = st.sampled_from([None, "basic", "premium", "gold"])
WEEKS = st.dates(on("1999-01-01"), on("2030-12-31"))
MANY = st.lists(
    st.tuples(st.integers(1, 999_999), st.integers(1, 99_999_999), st.integers(1, 7)), min_size=1, max_size=20
)


def cents(agreement=BASIC, week=WEEK, credited=100_00, scale=50_00, held="premium", days=5):
    return {fund: one.cents for fund, one in due(agreement, week, credited, scale, held, days).items()}


def rounded(amount: Fraction) -> int:
    """Half up; the negative of a reversal exactly."""
    return math.floor(amount + Fraction(1, 2)) if amount >= 0 else -math.floor(-amount + Fraction(1, 2))


@pytest.mark.parametrize(
    ("week", "fund", "before", "after"),
    [
        ("2018-08-04", "active-health", None, 486_30),
        ("2019-08-10", "active-health", 486_30, 561_30),
        ("2020-08-08", "active-health", 561_30, 636_30),
        ("2021-08-07", "active-health", 636_30, 756_30),
        ("2022-08-06", "active-health", 756_30, 876_30),
        ("2023-08-05", "active-health", 876_30, 996_30),
        ("2024-08-10", "active-health", 996_30, None),
        ("2011-05-07", "pension", None, 126_65),
        ("2015-08-08", "pension", 126_65, 144_65),
        ("2016-08-06", "pension", 144_65, 162_65),
        ("2017-08-05", "pension", 162_65, 180_65),
        ("2021-08-07", "pension", 180_65, 180_65),
        ("2024-08-10", "pension", 180_65, None),
        ("2012-08-04", "retiree-health", None, 30_00),
        ("2021-08-07", "retiree-health", 30_00, 30_00),
        ("2024-08-10", "retiree-health", 30_00, None),
        ("2007-08-04", "individual-account", None, 275_00 + 30_50),
        ("2008-08-09", "individual-account", 275_00 + 30_50, 300_00 + 30_50),
        ("2012-08-04", "individual-account", 300_00 + 30_50, 300_00),
        ("2024-08-10", "individual-account", 300_00, 300_00),
    ],
)
def test_a_rate_steps_with_the_payroll_week(week, fund, before, after):
    saturday = on(week)
    assert saturday.strftime("%A") == "Saturday"
    assert cents(week=saturday)[fund] == after
    # The day before it a week would have begun on the Saturday before the step.
    assert cents(week=saturday - datetime.timedelta(days=1))[fund] == before
    assert cents(week=saturday - datetime.timedelta(days=7))[fund] == before


@pytest.mark.parametrize(
    ("week", "share"), [("2016-07-30", 300_00), ("2016-08-06", 325_00), ("2017-07-29", 325_00), ("2017-08-05", None)]
)
def test_another_local_has_its_own_share(week, share):
    found = due(LOCAL, on(week), 100_00, 50_00, "premium", 5)
    assert [one.cents for one in found.values()] == [None, None, 30_00, share]
    assert found["pension"].reason == "The rate is not known: no public source gives this agreement's rate."


def test_a_day_rate_counts_days():
    assert cents(AREA, on("2024-09-06")) == {"national-benefit": None}
    assert cents(AREA, on("2024-09-07")) == {"national-benefit": 685_00}
    assert cents(AREA, LATEST, days=0) == {"national-benefit": 0}
    (found,) = due(AREA, LATEST, 0, None, None, None).values()
    assert (found.cents, found.reason) == (None, NO_DAYS)
    assert [(rate.text, rate.status) for rate in found.rates] == [("$137.00 a day", "assumed")]


WORDS = {
    "class": "The employer's contributor class is not recorded, and this rate depends on it.",
    "basic": "The rate of the class 'basic' from 2018-07-29 on is not known: no public source gives "
    "the basic rate, only that it rose by 0.40 on 31 July 2022.",
    "gold": "The agreement has no rate of the class 'gold'.",
    "early": "The agreement has no rate for weeks that begin before 2003-08-03.",
    "2010": "The rate from 2003-08-03 on is not known: rates before the premium and the basic rate "
    "were parted in 2018 cannot be told to the cent.",
    "2024": "The rate from 2024-08-04 on is not known: no public source gives the rates of the agreement of 2024.",
}


@pytest.mark.parametrize(
    ("week", "scale", "held", "fund", "reason"),
    [
        ("2021-08-07", 50_00, None, "active-health", WORDS["class"]),
        ("2021-08-07", 50_00, "basic", "active-health", WORDS["basic"]),
        ("2021-08-07", 50_00, "gold", "active-health", WORDS["gold"]),
        ("2003-08-02", 50_00, None, "active-health", WORDS["early"]),
        ("2010-08-07", 50_00, None, "active-health", WORDS["2010"]),
        ("2024-08-10", 50_00, None, "active-health", WORDS["2024"]),
        ("2003-08-02", 50_00, None, "pension", WORDS["early"]),
        ("2024-08-10", 50_00, "basic", "pension", WORDS["2024"]),
        ("2021-08-07", None, "premium", "individual-account", NO_SCALE),
        ("2009-08-08", None, "premium", "individual-account", NO_SCALE),
    ],
)
def test_what_is_not_known_is_said_in_a_sentence(week, scale, held, fund, reason):
    found = due(BASIC, on(week), 100_00, scale, held, None)[fund]
    assert (found.cents, found.reason) == (None, reason)


def test_a_reason_is_the_same_for_all_weeks_that_it_holds_for():
    weeks = [on("2024-08-10") + datetime.timedelta(days=7 * count) for count in range(60)]
    assert {due(BASIC, week, 100_00, 50_00, "basic", None)["pension"].reason for week in weeks} == {WORDS["2024"]}


def test_the_rates_in_force_are_told_with_their_sources():
    found = due(BASIC, on("2009-08-08"), 100_00, 50_00, None, None)["individual-account"]
    assert [(rate.basis, rate.amount, rate.text) for rate in found.rates] == [
        ("per_hour", 3050, "$0.305 an hour"),
        ("of_scale", 600, "6% of scale"),
    ]
    (rate,) = due(BASIC, WEEK, 100_00, None, None, None)["individual-account"].rates
    assert (rate.text, rate.status, rate.cite.title) == (
        "6% of scale",
        "stated",
        "Contract clause on the Individual Account Plan",
    )
    (rate,) = due(BASIC, on("2016-08-06"), 1, 1, None, None)["pension"].rates
    assert (rate.status, rate.note[:14], rate.cite.url[-8:]) == ("assumed", "reckoned: 0.18", "2015/05/")


def test_a_rate_of_zero_is_told_where_it_is_all_there_is():
    ended = EXAMPLE.replace("value: 6, unit: percent", "value: 0, unit: percent")
    found = due(agreements.read(ended, "x.yaml"), LATEST, 10_00, None, "basic", None)["individual-account"]
    assert (found.cents, found.reason, [rate.text for rate in found.rates]) == (0, "", ["0% of scale"])


@pytest.mark.parametrize("held", [None, "basic", "premium"])
def test_no_hours_owe_nothing_whatever_is_not_known(held):
    assert set(cents(credited=0, scale=None, held=held, days=None).values()) == {0}
    assert set(cents(PRODUCERS, credited=0).values()) == {0}


@pytest.mark.parametrize(
    ("credited", "scale", "share"),
    [
        (1, 833, 0),  # 0.49980 cents
        (1, 834, 1),  # 0.50040 cents
        (25_00, 10, 15),
        (25_00, 1, 2),  # exactly one and a half cents: half up
        (12_50, 1, 1),
    ],
)
def test_half_a_cent_is_rounded_up(credited, scale, share):
    assert cents(credited=credited, scale=scale)["individual-account"] == share
    assert cents(credited=-credited, scale=scale)["individual-account"] == -share


@given(AMOUNTS, SCALES, st.sampled_from(["basic", "premium"]), st.none() | st.integers(0, 7))
def test_amounts_are_exact_and_rounded_once(credited, scale, held, days):
    hours = Fraction(credited, 100)
    first = on("2024-08-10")  # the first week of the example's numbers
    found = cents(RIGGERS, first, credited, scale, held, days)
    rate = {"basic": Fraction("4.25"), "premium": Fraction("5.613")}[held]
    assert found["active-health"] == rounded(hours * rate * 100)
    if scale is not None:
        assert found["individual-account"] == rounded(hours * scale * Fraction(6, 100))
    both = cents(BASIC, on("2009-08-08"), credited, scale)["individual-account"]
    if scale is not None:
        assert both == rounded(hours * scale * Fraction(6, 100) + hours * Fraction("30.5"))
    daily = cents(AREA, LATEST, credited, scale, held, days)["national-benefit"]
    assert daily == (None if days is None else 13_700 * days)


@given(st.sampled_from(ALL), WEEKS, st.integers(1, 10_000_00), SCALES, CLASSES, st.none() | st.integers(0, 7))
def test_a_reversal_owes_exactly_the_negative(agreement, week, credited, scale, held, days):
    there = due(agreement, week, credited, scale, held, days)
    for back_days in (days, None if days is None else -days):
        back = due(agreement, week, -credited, scale, held, back_days)
        assert list(back) == list(there) == list(agreement.funds)
        for fund, one in there.items():
            assert back[fund] == one._replace(cents=None if one.cents is None else -one.cents)


@given(st.sampled_from(ALL), WEEKS, AMOUNTS, SCALES, CLASSES, st.none() | st.integers(0, 7))
def test_an_amount_or_a_reason_never_both(agreement, week, credited, scale, held, days):
    for one in due(agreement, week, credited, scale, held, days).values():
        assert (one.cents is None) == bool(one.reason)
        assert not one.reason or (one.reason.endswith(".") and not one.reason.endswith(".."))
        assert all(rate.cite.title for rate in one.rates)


def test_a_reversal_of_no_hours_takes_back_its_days():
    assert cents(AREA, LATEST, 0, days=-3) == {"national-benefit": -411_00}


def test_each_fund_has_a_kind():
    kinds = [contributions.fund_kind(BASIC, fund) for fund in BASIC.funds]
    assert kinds == ["health", "pension", "retiree", "account"]
    assert contributions.fund_kind(AREA, "national-benefit") == "other"
    with pytest.raises(LookupError, match="basic-2018 has no fund 'dental'; its funds are: active-health, pension"):
        contributions.fund_kind(BASIC, "dental")


def test_everybody_else_has_a_rate_where_the_file_says_so():
    text = EXAMPLE.replace("      premium:", "      otherwise:")
    agreement = agreements.read(text, "x.yaml")
    for held in (None, "premium", "gold"):
        assert cents(agreement, LATEST, held=held)["active-health"] == 561_30
        found = due(agreement, on("2025-08-09"), 100_00, None, held, None)["active-health"]
        whose = f"of the class {held!r} " if held else ""
        told = "from 2025-08-03 on is not known: the letter gives the basic rate only."
        assert found.reason == f"The rate {whose}{told}"


@pytest.mark.parametrize(
    ("week", "due_on"),
    [
        ("2024-08-09", None),  # the month's end decides: see below
        ("2024-08-31", "2024-09-15"),
        ("2024-09-07", "2024-10-15"),
        ("2024-12-28", "2025-01-15"),
        ("2025-02-01", "2025-03-15"),
    ],
)
def test_money_is_due_so_many_days_after_the_month_in_which_the_week_ends(week, due_on):
    found = contributions.reporting(RIGGERS, on(week))
    assert found == (on(due_on or "2024-09-15"), 950, 10_00)


def test_where_nothing_is_known_of_lateness_nothing_is_said():
    for agreement in ALL:
        assert contributions.reporting(agreement, WEEK) == (None, None, None)
    assert contributions.reporting(RIGGERS, on("2024-07-27")) == (None, None, None)


@pytest.mark.parametrize(
    ("until", "interest", "damages", "found"),
    [
        ("2024-09-14", 950, 1000, Late(0, 0, 0)),
        ("2024-09-15", 950, 1000, Late(0, 0, 0)),
        ("2024-09-16", 950, 1000, Late(1, 26, 100_00)),  # 26.027 cents
        ("2025-09-15", 950, 1000, Late(365, 95_00, 100_00)),
        ("2024-09-16", None, 1000, Late(1, None, 100_00)),
        ("2024-09-16", 950, None, Late(1, 26, None)),
        ("2024-09-15", None, None, Late(0, 0, 0)),
    ],
)
def test_lateness_costs_interest_by_the_day_and_damages_once(until, interest, damages, found):
    assert late(1_000_00, on("2024-09-15"), on(until), interest, damages) == found


@pytest.mark.parametrize("cents", [0, -1, -1_000_00])
def test_money_that_is_not_owed_costs_nothing(cents):
    assert late(cents, on("2024-09-15"), on("2024-10-15"), 950, None) == Late(30, 0, 0)


def test_a_leap_year_has_a_day_more():
    days, interest, _ = late(365_00, on("2024-01-01"), on("2025-01-01"), 10_00, 0)
    assert (days, interest) == (366, 36_60)


@given(st.integers(1, 10**10), WEEKS, st.integers(1, 5000), st.integers(0, 100_00), st.integers(0, 100_00))
def test_interest_and_damages_are_exact(cents, due_on, days, interest, damages):
    found = late(cents, due_on, due_on + datetime.timedelta(days=days), interest, damages)
    owed = Fraction(cents)
    assert found.days == days
    assert found.interest_cents == rounded(owed * interest * days / 10_000 / 365)
    assert found.damages_cents == rounded(owed * damages / 10_000)


@given(st.sampled_from(ALL), WEEKS, CLASSES, MANY)
def test_many_lines_reckoned_at_once_owe_what_each_owes(agreement, week, contributor_class, lines):
    columns = [np.array(column, np.int64) for column in zip(*lines, strict=True)]
    alone = [due(agreement, week, *line[:2], contributor_class, line[2]) for line in lines]
    for fund, first in alone[0].items():
        owed = [one[fund].cents for one in alone]
        if first.cents is None:
            assert set(owed) == {None}
        else:
            assert contributions.cents(first.rates, *columns).tolist() == owed
