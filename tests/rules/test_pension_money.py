"""What a pension comes to, part by part, and what may begin from which age: each rule at its edges."""

import pytest

from rules.credit import Line
from tests.rules.small_pensions import PAID, SMALL, day, fact, found, worked
from tests.rules.small_plans import edited

PARTS = "    all: {rate: {value: 5, unit: cent, cite: page}}\n"
BREAKS = PAID[PAID.index("breaks:") : PAID.index("benefit:")]
DOLLARS = (
    "  pay: {unit: dollar, counts: {value: earnings, cite: page}, attributed_to: {value: work_date, cite: page}}\n"
)
END = "levers:\n"


def cents(value: object) -> str:
    return f"{{value: {value}, unit: cent, cite: page}}"


def years(value: object) -> str:
    return f"{{value: {value}, unit: year, cite: page}}"


def paid(parts: str, *edits: tuple[str, str]) -> str:
    return edited(PAID, (PARTS, parts), (BREAKS, ""), *edits)


def each(first: int, last: int, amount: int) -> dict[int, int]:
    return dict.fromkeys(range(first, last + 1), amount)


RISING = f"{{2010-01-01: {cents(5)}, 2020-07-01: {cents(6)}}}"


@pytest.mark.parametrize(
    ("on", "benefit"),
    [("earned", 100 * 5 + 100 * 6 + 100 * 6), ("leaving", 500 * 6)],
)
def test_amounts_have_the_rate_of_their_day_or_of_the_last_work(on, benefit):
    text = paid(f"    all: {{rate: {RISING}, on: {{value: {on}, cite: page}}}}\n")
    lines = worked({2009: 200, 2019: 100, 2020: 100, 2021: 100}, 7)
    assert found(text, lines, "2022-12-31").benefit == benefit
    assert found(text, lines, "2019-12-31").benefit == {"earned": 500, "leaving": 1500}[on]


def test_a_rate_that_rises_after_the_last_work_changes_nothing():
    text = paid(f"    all: {{rate: {RISING}, on: {{value: leaving, cite: page}}}}\n")
    assert found(text, worked({2020: 100}, 6), "2022-12-31").benefit == 500


def test_a_rate_that_ended_adds_nothing():
    ended = f"{{2010-01-01: {cents(5)}, 2020-01-01: {{value: null, unit: cent, cite: page, note: frozen}}}}"
    answer = found(paid(f"    all: {{rate: {ended}}}\n"), worked({2019: 100, 2020: 100}), "2020-12-31")
    assert answer.benefit == 500


def test_a_benefit_is_rounded_down_to_a_cent_once_at_the_end():
    text = paid(f"    one: {{rate: {cents(0.0006)}}}\n    two: {{rate: {cents(0.0004)}}}\n")
    answer = found(text, worked({2019: 500, 2020: 500}), "2020-12-31")
    assert answer.benefit == 1
    assert dict(answer.years[-1].parts) == {"benefit.parts.one": 0, "benefit.parts.two": 0}
    assert found(text, worked({2019: 500, 2020: 499}), "2020-12-31").benefit == 0


@pytest.mark.parametrize(("pays", "benefit"), [("sum", 2000 + 1000), ("greatest", 2000)])
def test_the_benefit_is_the_sum_or_the_greatest_of_its_parts(pays, benefit):
    parts = f"    hours: {{rate: {cents(5)}}}\n    years: {{of: credit, rate: {cents(1000)}}}\n"
    text = paid(parts, ("pays: {value: sum", f"pays: {{value: {pays}"))
    assert found(text, worked({2020: 400}), "2020-12-31").benefit == benefit


def test_years_of_service_have_the_rate_of_the_years_first_day():
    rate = f"{{2010-01-01: {cents(1000)}, 2020-01-02: {cents(2000)}}}"
    text = paid(f"    years: {{of: credit, rate: {rate}}}\n")
    answer = found(text, worked({2019: 400, 2020: 400, 2021: 400}), "2021-12-31")
    assert [year.benefit for year in answer.years] == [1000, 2000, 4000]


def test_a_part_may_count_in_years_of_service_only():
    text = paid(f"    all: {{only_in: credit, rate: {cents(5)}}}\n")
    assert found(text, worked({2019: 399, 2020: 400}), "2020-12-31").benefit == 2000


def test_tiers_go_by_the_service_before_the_year():
    tier = "tier: {{of: credit, after: {}{}}}"
    first = f"    first: {{rate: {cents(1)}, {tier.format(years(0), f', until: {years(2)}')}}}\n"
    later = f"    later: {{rate: {cents(100)}, {tier.format(years(2), '')}}}\n"
    answer = found(paid(first + later), worked(each(2018, 2021, 400)), "2021-12-31")
    assert [year.benefit for year in answer.years] == [400, 800, 40_800, 80_800]


def test_what_a_permanent_break_lost_is_not_paid():
    answer = found(PAID, worked({2000: 400, 2010: 100}), "2010-12-31")
    assert answer.lost
    assert answer.benefit == 500


PAY = f"account:\n  parts:\n    pay: {{of: pay, percent: {{value: 6.55, unit: percent, cite: page}}}}\n{END}"


def test_an_account_is_a_percentage_of_dollars():
    text = edited(SMALL, ("calendar:\n", f"{DOLLARS}calendar:\n"), (END, PAY))
    lines = [Line(day("2020-05-01"), earnings=1000_01), Line(day("2020-05-02"), earnings=1)]
    answer = found(text, lines, "2020-12-31")
    assert (answer.account, answer.benefit) == (65_50, None)
    assert found(text, lines, "2020-05-01").account == 65_50


def test_a_plan_without_benefit_or_account_has_none():
    answer = found(SMALL, worked({2020: 400}), "2020-12-31")
    assert (answer.benefit, answer.account) == (None, None)


def test_earlier_service_that_is_lost_is_not_paid_either():
    part = "participation:\n  at_least: {value: 500, unit: hour, cite: page}\n  entry: {value: ENTRY, cite: page}\n"
    part += "  earlier_service: {value: lost, cite: page}\nvesting:\n"
    lines = worked({2018: 400, 2019: 500, 2020: 400})
    for how, benefit in (("same_year", 4500), ("next_year", 2000)):
        text = edited(PAID, ("vesting:\n", part.replace("ENTRY", how)))
        assert found(text, lines, "2020-12-31").benefit == benefit


# What may begin.


def route(condition: str = "", text: str = SMALL.replace(BREAKS, "")) -> str:
    age = "age: {value: 62, unit: year, cite: page}"
    return edited(text, (END, f"retirement:\n  it: {{title: It, {age}{f', {condition}' if condition else ''}}}\n{END}"))


def begins(
    condition: str, worked_years: dict[int, int], on: str = "2022-06-01", born: str | None = "1960-06-01"
) -> bool:
    [one] = found(route(condition), worked(worked_years), on, [fact("born", born)] if born else []).retirement
    return one.holds


@pytest.mark.parametrize(
    ("born", "on", "holds"),
    [
        ("1960-06-01", "2022-06-01", True),
        ("1960-06-02", "2022-06-01", False),
        ("1960-02-29", "2022-02-28", False),
        ("1960-02-29", "2022-03-01", True),
        (None, "2022-06-01", False),
    ],
)
def test_an_age_is_reached_on_the_birthday(born, on, holds):
    assert begins("", {2020: 400}, on, born) == holds


@pytest.mark.parametrize(
    ("condition", "enough", "too_little"),
    [
        (f"service: {{at_least: {years(2)}}}", each(2018, 2019, 400), {2018: 400, 2019: 399}),
        ("total: {at_least: {value: 1000, unit: hour, cite: page}}", {2018: 1, 2019: 999}, {2018: 1, 2019: 998}),
        (f"after_age: {{age: {years(40)}, at_least: {years(1)}}}", {2001: 400}, {2000: 400}),
        (f"since: {{at_least: {{2019-01-01: {years(1)}}}}}", {2019: 400}, {2018: 400}),
        (f"since: {{at_least: {{2019-01-02: {years(1)}}}}}", {2020: 400}, {2019: 400}),
        (f"had_by: {{at_least: {{2016-01-01: {years(1)}}}}}", {2015: 400}, {2016: 400}),
        (f"had_by: {{at_least: {{2015-12-31: {years(1)}}}}}", {2014: 400}, {2015: 400}),
        ("vested: {value: true, cite: page}", each(2015, 2019, 400), each(2015, 2018, 400)),
        ("vested: {value: false, cite: page}", {2020: 1}, None),
    ],
)
def test_each_condition_has_its_edge(condition, enough, too_little):
    assert begins(condition, enough)
    assert too_little is None or not begins(condition, too_little)
    assert not begins(condition, enough, born="1960-06-02")  # and nothing begins before the age


def test_a_year_that_begins_on_the_birthday_is_one_after_it():
    condition = f"after_age: {{age: {years(40)}, at_least: {years(1)}}}"
    for born, holds in (("1960-01-01", True), ("1960-01-02", False)):
        assert begins(condition, {2000: 400}, born=born) == holds


def test_all_days_of_a_condition_must_hold():
    condition = f"since: {{at_least: {{2010-01-01: {years(2)}, 2019-01-01: {years(1)}}}}}"
    assert begins(condition, {2015: 400, 2019: 400})
    assert not begins(condition, {2015: 400, 2018: 400})
    assert not begins(condition, {2009: 400, 2019: 400})


def test_what_was_lost_counts_for_nothing():
    text = route("total: {at_least: {value: 400, unit: hour, cite: page}}", SMALL)
    for year, holds in ((2017, True), (2016, False)):  # five breaks in a row, to the end of 2021, lose it
        [one] = found(text, worked({year: 400}), "2022-06-01", [fact("born", "1950-01-01")]).retirement
        assert one.holds == holds


def test_the_values_of_the_day_decide():
    text = edited(
        route(), ("age: {value: 62, unit: year, cite: page}", f"age: {{undated: {years(60)}, 2022-06-01: {years(62)}}}")
    )
    for on, holds in (("2022-05-31", True), ("2022-06-01", False)):
        [one] = found(text, worked({2020: 400}), on, [fact("born", "1961-01-01")]).retirement
        assert one.holds == holds
