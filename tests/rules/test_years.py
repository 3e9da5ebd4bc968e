"""The years that a pension counts by, and the stretches of them within which no rate changes."""

import datetime

import pytest

from rules import terms
from rules.years import FIRST_YEAR, LAST_YEAR, Computation
from tests.rules.small_pensions import FULL, PAID, SMALL, day, fact, found, worked
from tests.rules.small_plans import edited

RATE = "rate: {value: 5, unit: cent, cite: page}"
DATED = "rate: {{2000-01-01: {{value: 5, unit: cent, cite: page}}, {}: {{value: 6, unit: cent, cite: page}}}}"


def firsts(computation, year):
    return [first for first in computation.firsts() if first.year == year]


@pytest.mark.parametrize(
    ("computation", "first"),
    [
        (Computation("calendar_year"), "2023-01-01"),
        (Computation("plan_year", 7), "2023-07-01"),
        (Computation("from_hire", 1, day("2001-03-15")), "2023-03-15"),
        (Computation("from_hire", 1, day("2004-02-29")), "2023-02-28"),
        (Computation("from_hire"), "2023-01-01"),
    ],
)
def test_years_begin_where_the_plan_says(computation, first):
    assert firsts(computation, 2023) == [day(first)]


def test_a_year_from_a_leap_day_begins_on_it_where_there_is_one():
    own = Computation("from_hire", 1, day("2004-02-29"))
    assert firsts(own, 2024) == [day("2024-02-29")]
    years = own.years(own.chart())
    assert years.last(years.at(day("2023-05-01"))) == day("2024-02-28")
    assert years.last(years.at(day("2024-05-01"))) == day("2025-02-27")


def test_a_day_lies_in_the_year_that_has_begun_last():
    plan = Computation("plan_year", 7)
    years = plan.years(plan.chart())
    assert years.firsts[years.at(day("2023-06-30"))] == day("2022-07-01")
    assert years.firsts[years.at(day("2023-07-01"))] == day("2023-07-01")
    assert years.last(years.at(day("2023-07-01"))) == day("2024-06-30")


@pytest.mark.parametrize("outside", [f"{FIRST_YEAR - 1}-12-31", f"{LAST_YEAR + 1}-01-01"])
def test_a_day_outside_the_years_that_are_counted_is_an_error(outside):
    plain = Computation("calendar_year")
    years = plain.years(plain.chart())
    with pytest.raises(LookupError, match="lies outside the years 1930-01-01 to 2070-12-31"):
        years.at(day(outside))
    assert years.firsts[years.at(day(f"{FIRST_YEAR}-01-01"))] == day(f"{FIRST_YEAR}-01-01")
    assert years.last(years.at(day(f"{LAST_YEAR}-12-31"))) == day(f"{LAST_YEAR}-12-31")


def test_a_year_in_which_a_rate_changes_has_two_stretches():
    plan = terms.read(edited(PAID, (RATE, DATED.format("2020-05-01"))), "small.yaml")
    years, chart = plan.computation.years(plan.chart), plan.chart
    year = years.at(day("2020-06-01"))
    assert years.places[year + 1] - years.places[year] == 2
    assert chart.cutoffs[years.places[year]] == day("2020-04-30")
    assert years.places[year + 2] - years.places[year + 1] == 1


def test_only_rates_make_stretches():
    text = SMALL.replace("{value: 400, unit: hour, cite: page}", "{2000-05-05: {value: 400, unit: hour, cite: page}}")
    plain, dated = terms.read(SMALL, "small.yaml"), terms.read(text, "small.yaml")
    assert plain.chart.cutoffs == dated.chart.cutoffs
    assert len(plain.chart.cutoffs) == LAST_YEAR - FIRST_YEAR + 2


def test_one_chart_is_fine_enough_for_several_terms():
    one = terms.read(edited(PAID, (RATE, DATED.format("2020-05-01"))), "small.yaml")
    other = terms.read(edited(PAID, (RATE, DATED.format("2020-08-01"))), "small.yaml")
    both = one.computation.chart(one.leaves, other.leaves)
    assert {day("2020-04-30"), day("2020-07-31")} <= set(both.cutoffs)
    assert set(one.chart.cutoffs) | set(other.chart.cutoffs) == set(both.cutoffs)


def test_work_counts_by_the_rate_of_its_own_stretch():
    text = edited(PAID, (RATE, DATED.format("2020-05-01")))
    assert found(text, worked({2020: 100}, 4), "2020-12-31").benefit == 500
    assert found(text, worked({2020: 100}, 5), "2020-12-31").benefit == 600
    assert found(text, worked({1999: 100}, 5), "2020-12-31").benefit == 0  # no rate was in force


def test_a_year_is_over_on_its_last_day():
    assert not found(SMALL, worked({2020: 400}), "2020-12-30").years[-1].complete
    assert found(SMALL, worked({2020: 400}), "2020-12-31").years[-1].complete
    plan_year = found(FULL, worked({2020: 400}), "2021-06-30").years[-1]
    assert (plan_year.first, plan_year.complete) == (day("2020-07-01"), True)


def test_work_of_a_later_day_is_not_counted():
    lines = worked({2020: 400}, 6) + worked({2020: 400}, 9)
    assert found(SMALL, lines, "2020-09-14").years[-1].amounts == {"hours": 400_00}
    assert found(SMALL, lines, "2020-09-15").years[-1].amounts == {"hours": 800_00}


def test_a_members_own_years_begin_with_the_hire():
    text = SMALL.replace("calendar_year", "from_hire")
    lines = worked({2020: 300}, 2) + worked({2020: 300}, 10)
    answer = found(text, lines, "2021-12-31", [fact("hired", "2019-09-01")])
    assert [(year.first, year.credits["credit"]) for year in answer.years] == [
        (day("2019-09-01"), 0),
        (day("2020-09-01"), 0),
        (day("2021-09-01"), 0),
    ]
    together = found(text, lines, "2021-12-31", [fact("hired", "2019-02-01")])
    assert [year.credits["credit"] for year in together.years if year.first.year == 2020] == [10_000]
    with pytest.raises(terms.NoTermsError, match="from the day of hire, which is not known"):
        found(text, lines, "2021-12-31")


def test_the_first_day_of_hire_counts():
    text = SMALL.replace("calendar_year", "from_hire")
    hired = [fact("hired", "2019-02-01"), fact("hired", "2010-09-01")]
    assert found(text, worked({2020: 300}), "2021-12-31", hired).years[-1].first == datetime.date(2021, 9, 1)
