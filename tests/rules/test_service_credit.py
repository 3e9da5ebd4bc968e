"""Each rule of a pension at its edges, on small plans: service, participation, vesting, breaks, imputed work."""

import datetime

import pytest

from rules import pension, terms
from rules.credit import Line
from tests.rules.small_pensions import SMALL, by_year, credited, day, fact, found, state, worked
from tests.rules.small_plans import edited

YEAR = "          year: {from: {value: 400, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}}\n"
FIVE = "    five: {after: {value: 5, unit: year, cite: page}, gives: {value: 100, unit: percent, cite: page}}\n"
TITLE = "    title: Years of credit\n"
UNDER = "    hours: {less_than: {value: 200, unit: hour, cite: page}}\n"
OR_SERVICE = "    or_service: {value: true, cite: page}\n"
END = "levers:\n"
WHOLE, FULL = 10_000, 10_000  # ten-thousandths of a year, hundredths of a percent


def years(value: object) -> str:
    return f"{{value: {value}, unit: year, cite: page}}"


def hours(value: object) -> str:
    return f"{{value: {value}, unit: hour, cite: page}}"


def word(value: str) -> str:
    return f"{{value: {value}, cite: page}}"


def gives(name: str, start: object, of: object) -> str:
    return f"          {name}: {{from: {hours(start)}, gives: {years(of)}}}\n"


def per(name: str, start: object, of: object) -> str:
    return f"          {name}: {{from: {hours(start)}, per: {hours(of)}}}\n"


def limit(key: str, value: object) -> tuple[str, str]:
    return TITLE, f"{TITLE}    {key}: {years(value)}\n"


def each(first: int, last: int, amount: int) -> dict[int, int]:
    return dict.fromkeys(range(first, last + 1), amount)


# Service.


@pytest.mark.parametrize(("amount", "credit"), [(399, 0), (400, WHOLE), (4000, WHOLE)])
def test_a_step_holds_from_its_amount_on(amount, credit):
    assert credited(found(SMALL, worked({2020: amount}), "2020-12-31")) == {2020: credit}


def test_a_hundredth_less_is_less():
    line = Line(day("2020-06-15"), hours=399_99)
    assert credited(found(SMALL, [line], "2020-12-31")) == {2020: 0}
    assert credited(found(SMALL, [line, Line(day("2020-06-16"), hours=1)], "2020-12-31")) == {2020: WHOLE}


STEPS = gives("some", 250, 0.25) + per("share", 500, 1000) + gives("year", 1000, 1)


@pytest.mark.parametrize(
    ("amount", "credit"),
    [(249, 0), (250, 2500), (499, 2500), (500, 5000), (501, 5010), (999, 9990), (1000, WHOLE), (3000, WHOLE)],
)
def test_the_last_step_that_is_reached_holds(amount, credit):
    text = edited(SMALL, (YEAR, STEPS))
    assert credited(found(text, worked({2020: amount}), "2020-12-31")) == {2020: credit}


def test_a_share_is_rounded_down_to_a_ten_thousandth():
    text = edited(SMALL, (YEAR, per("year", 0, 1500)))
    assert credited(found(text, worked({2020: 1}), "2020-12-31")) == {2020: 6}  # 6.66
    assert credited(found(text, worked({2020: 1499}), "2020-12-31")) == {2020: 9993}


@pytest.mark.parametrize(
    ("edit", "amount", "credit"),
    [
        (limit("round_down_to", 0.25), 499, 2500),
        (limit("round_down_to", 0.25), 500, 5000),
        (limit("round_down_to", 0.1), 999, 9000),
        (limit("most_per_year", 1), 1700, WHOLE),
        (limit("most_per_year", 1.5), 1700, 15_000),
        (limit("round_down_to", 0), 1234, 12_340),
    ],
)
def test_a_year_is_rounded_down_and_limited(edit, amount, credit):
    text = edited(SMALL, (YEAR, per("year", 0, 1000)), edit)
    assert credited(found(text, worked({2020: amount}), "2020-12-31")) == {2020: credit}


def test_all_years_together_are_limited():
    text = edited(SMALL, (YEAR, per("year", 0, 1000)), limit("most", 2.5))
    answer = found(text, worked(each(2018, 2021, 900)), "2021-12-31")
    assert credited(answer) == {2018: 9000, 2019: 9000, 2020: 7000, 2021: 0}
    assert answer.service == {"credit": 25_000}


def test_a_limit_that_is_lowered_takes_nothing_away():
    most = f"{TITLE}    most: {{1930-01-01: {years(3)}, 2020-01-01: {years(1)}}}\n"
    text = edited(SMALL, (TITLE, most))
    answer = found(text, worked(each(2017, 2021, 400)), "2021-12-31")
    assert by_year(answer, "totals")[2021] == {"credit": 3 * WHOLE}
    assert credited(answer)[2021] == 0


def test_the_best_route_counts():
    routes = f"      more:\n        steps:\n{gives('half', 100, 0.5)}{gives('double', 800, 2)}vesting:\n"
    text = edited(SMALL, ("vesting:\n", routes))
    answer = found(text, worked({2018: 100, 2019: 400, 2020: 800}), "2020-12-31")
    assert credited(answer) == {2018: 5000, 2019: WHOLE, 2020: 2 * WHOLE}


def test_a_year_is_measured_by_the_numbers_of_its_first_day():
    dated = f"from: {{undated: {hours(400)}, 2020-01-02: {hours(65)}, 2022-01-01: {hours(400)}}}"
    text = edited(SMALL, (f"from: {hours(400)}", dated))
    answer = found(text, worked(each(2019, 2022, 65)), "2022-12-31")
    assert credited(answer) == {2019: 0, 2020: 0, 2021: WHOLE, 2022: 0}


def test_a_step_that_has_not_begun_or_has_ended_is_passed_over():
    ended = f"{{undated: {hours(800)}, 2020-01-01: {{value: null, unit: hour, cite: page, note: gone}}}}"
    more = f"          double: {{from: {ended}, gives: {years(2)}}}\n"
    answer = found(edited(SMALL, (YEAR, YEAR + more)), worked({2019: 800, 2020: 800}), "2020-12-31")
    assert credited(answer) == {2019: 2 * WHOLE, 2020: WHOLE}
    begins = f"          double: {{from: {{2020-01-01: {hours(800)}}}, gives: {years(2)}}}\n"
    answer = found(edited(SMALL, (YEAR, YEAR + begins)), worked({2019: 800, 2020: 800}), "2020-12-31")
    assert credited(answer) == {2019: WHOLE, 2020: 2 * WHOLE}


CUMULATIVE = f"{TITLE}    cumulative: {word('true')}\n"


def test_cumulative_service_follows_the_sum():
    text = edited(SMALL, (YEAR, per("year", 0, 1000)), (TITLE, f"{CUMULATIVE}    round_down_to: {years(0.25)}\n"))
    answer = found(text, worked({2018: 240, 2019: 10, 2020: 600, 2021: 1150}), "2021-12-31")
    assert credited(answer) == {2018: 0, 2019: 2500, 2020: 5000, 2021: 12_500}
    assert answer.service == {"credit": 2 * WHOLE}


def test_cumulative_service_is_limited_by_the_years_since_the_first_with_an_amount():
    text = edited(SMALL, (YEAR, per("year", 0, 1000)), (TITLE, f"{CUMULATIVE}    most_per_year: {years(1)}\n"))
    answer = found(text, worked({2017: 0, 2018: 1500, 2020: 200, 2021: 5000}), "2021-12-31")
    assert credited(answer) == {2018: WHOLE, 2019: 5000, 2020: 2000, 2021: 4 * WHOLE - 17_000}


def test_cumulative_service_never_falls():
    dearer = f"{{undated: {hours(1000)}, 2020-01-01: {hours(2000)}}}"
    steps = f"          year: {{from: {hours(0)}, per: {dearer}}}\n"
    text = edited(SMALL, (YEAR, steps), (TITLE, CUMULATIVE))
    answer = found(text, worked(each(2018, 2021, 1000)), "2021-12-31")
    assert credited(answer) == {2018: WHOLE, 2019: WHOLE, 2020: 0, 2021: 0}


# Participation.


def entry(how: str, earlier: str = "") -> tuple[str, str]:
    more = f"  earlier_service: {word(earlier)}\n" if earlier else ""
    return "vesting:\n", f"participation:\n  at_least: {hours(500)}\n  entry: {word(how)}\n{more}vesting:\n"


@pytest.mark.parametrize(
    ("how", "earlier", "takes_part", "credits"),
    [
        ("same_year", "", 2020, [WHOLE] * 3),
        ("next_year", "", 2021, [WHOLE] * 3),
        ("same_year", "counts", 2020, [WHOLE] * 3),
        ("same_year", "lost", 2020, [0, WHOLE, WHOLE]),
        ("next_year", "lost", 2021, [0, 0, WHOLE]),
    ],
)
def test_who_takes_part_and_what_earlier_years_count_for(how, earlier, takes_part, credits):
    text = edited(SMALL, entry(how, earlier))
    answer = found(text, worked({2019: 499, 2020: 500, 2021: 400}), "2021-12-31")
    assert [year for year, is_one in by_year(answer, "participant").items() if is_one] == [*range(takes_part, 2022)]
    assert list(credited(answer).values()) == credits


def test_nobody_is_vested_before_taking_part():
    text = edited(SMALL, entry("same_year"))
    answer = found(text, worked({**each(2010, 2016, 450), 2018: 500}), "2018-12-31")
    assert by_year(answer, "vested") == {**each(2010, 2017, 0), 2018: FULL}


def test_a_year_before_entry_is_no_break():
    text = edited(SMALL, entry("same_year"))
    answer = found(text, worked({2015: 499, 2018: 500}), "2020-12-31")
    assert [year for year, is_break in by_year(answer, "is_break").items() if is_break] == [2019, 2020]


# Vesting.


@pytest.mark.parametrize(("last", "vested"), [(2013, 0), (2014, FULL), (2015, FULL)])
def test_so_many_years_vest(last, vested):
    assert found(SMALL, worked(each(2010, last, 400)), "2015-12-31").vested == vested


def test_the_highest_step_that_is_reached_holds():
    three = f"    three: {{after: {years(3)}, gives: {{value: 20.5, unit: percent, cite: page}}}}\n"
    answer = found(edited(SMALL, (FIVE, FIVE + three)), worked(each(2010, 2014, 400)), "2014-12-31")
    assert by_year(answer, "vested") == {2010: 0, 2011: 0, 2012: 2050, 2013: 2050, 2014: FULL}


def test_what_is_vested_does_not_fall_when_the_rule_gets_harder():
    harder = FIVE.replace(years(5), f"{{undated: {years(3)}, 2013-01-01: {years(10)}}}")
    answer = found(edited(SMALL, (FIVE, harder)), worked(each(2010, 2014, 400)), "2014-12-31")
    assert by_year(answer, "vested") == {2010: 0, 2011: 0, 2012: FULL, 2013: FULL, 2014: FULL}


def test_a_rule_that_gets_easier_vests_whoever_has_the_years():
    easier = FIVE.replace(years(5), f"{{undated: {years(10)}, 2014-01-01: {years(3)}}}")
    answer = found(edited(SMALL, (FIVE, easier)), worked(each(2010, 2012, 400)), "2014-12-31")
    assert by_year(answer, "vested") == {**each(2010, 2013, 0), 2014: FULL}


@pytest.mark.parametrize(
    ("born", "on", "vested"),
    [
        ("1955-12-31", "2020-12-31", FULL),
        ("1956-01-01", "2020-12-31", 0),
        ("1955-06-15", "2020-06-15", FULL),  # the year is in progress: the day asked about counts
        ("1955-06-16", "2020-06-15", 0),
    ],
)
def test_age_vests_whoever_takes_part(born, on, vested):
    text = edited(SMALL, (FIVE, f"{FIVE}  at_age: {years(65)}\n"))
    assert found(text, worked({2020: 1}), on, [fact("born", born)]).vested == vested
    assert found(text, worked({2020: 1}), on).vested == 0  # whose day of birth is not known
    assert found(text, [], on, [fact("born", born)]).vested == 0


def test_every_step_may_ask_for_another_service_too():
    one = f"{{from: {hours(1000)}, gives: {years(1)}}}"
    other = f"  here:\n    title: Here\n    routes: {{hours: {{steps: {{one: {one}}}}}}}\n"
    also = f"  also: {{of: here, at_least: {years(1)}}}\n"
    text = edited(SMALL, ("vesting:\n", f"{other}vesting:\n"), (FIVE, FIVE + also))
    answer = found(text, worked({**each(2010, 2015, 400), 2016: 1000}), "2016-12-31")
    assert by_year(answer, "vested") == {**each(2010, 2015, 0), 2016: FULL}


# Breaks in service.


def breaks_of(answer: pension.Found) -> list[int]:
    return [year for year, is_break in by_year(answer, "is_break").items() if is_break]


@pytest.mark.parametrize(("amount", "is_break"), [(0, True), (199, True), (200, False), (400, False)])
def test_a_year_below_the_limit_is_a_break(amount, is_break):
    answer = found(SMALL, worked({2018: 400, 2019: amount}), "2019-12-31")
    assert (breaks_of(answer) == [2019]) == is_break


def test_the_first_year_and_the_year_in_progress_are_no_breaks():
    assert breaks_of(found(SMALL, worked({2018: 1}), "2018-12-31")) == []
    lines = worked({2017: 400, 2018: 0})
    assert breaks_of(found(SMALL, lines, "2018-12-30")) == []
    assert breaks_of(found(SMALL, lines, "2018-12-31")) == [2018]


def test_all_limits_must_hold_and_may_look_back():
    both = f"{UNDER}    two: {{less_than: {hours(500)}, over: {years(2)}}}\n"
    text = edited(SMALL, (UNDER, both))
    answer = found(text, worked({2017: 400, 2018: 199, 2019: 199, 2020: 350, 2021: 150}), "2021-12-31")
    assert breaks_of(answer) == [2019]  # 2018 has 599 with the year before, 2021 has 500


def test_a_limit_that_is_not_in_force_is_passed_over():
    ends = f"{{undated: {hours(200)}, 2020-01-01: {{value: null, unit: hour, cite: page, note: gone}}}}"
    text = edited(SMALL, (hours(200), ends))
    assert breaks_of(found(text, worked({2018: 400}), "2021-12-31")) == [2019]


def test_a_year_that_is_no_break_ends_the_row():
    answer = found(SMALL, worked({2015: 400, 2018: 200}), "2020-12-31")
    assert by_year(answer, "in_a_row") == {2015: 0, 2016: 1, 2017: 2, 2018: 0, 2019: 1, 2020: 2}


def test_the_year_in_progress_leaves_the_row_until_it_has_enough():
    for amount, in_a_row in ((199, 2), (200, 0)):
        answer = found(SMALL, worked({2015: 400, 2018: amount}), "2018-10-01")
        assert answer.in_a_row == in_a_row


BY_SERVICE = (UNDER, f"{UNDER}  repair: {word('service_year')}\n")


def test_a_year_that_is_no_break_ends_the_row_whatever_repairs_breaks():
    for edits in ([], [BY_SERVICE]):
        answer = found(edited(SMALL, *edits), worked({2015: 400, 2017: 399, 2019: 400}), "2019-12-31")
        assert by_year(answer, "in_a_row") == {2015: 0, 2016: 1, 2017: 0, 2018: 1, 2019: 0}


def test_only_breaks_in_a_row_make_a_break_permanent():
    # A break every other year, and no year of service that repairs them: never two in a row.
    history = {**each(2009, 2012, 400), **dict.fromkeys(range(2014, 2026, 2), 399)}
    answer = found(edited(SMALL, BY_SERVICE), worked(history), "2025-12-31")
    assert sum(by_year(answer, "is_break").values()) == 7
    assert not answer.lost
    assert answer.service == {"credit": 4 * WHOLE}


def test_nobody_becomes_vested_until_service_has_repaired_the_breaks():
    text = edited(SMALL, BY_SERVICE, (YEAR, gives("half", 200, 0.5) + YEAR))
    history = {**each(2010, 2013, 400), 2014: 200, 2015: 0, 2016: 200, 2017: 400}
    answer = found(text, worked(history), "2017-12-31")
    assert by_year(answer, "totals")[2016] == {"credit": 5 * WHOLE}
    assert [by_year(answer, "vested")[year] for year in (2016, 2017)] == [0, FULL]


def lost(answer: pension.Found) -> list[int]:
    return [year for year, is_lost in by_year(answer, "lost").items() if is_lost]


@pytest.mark.parametrize(
    ("edits", "worked_years", "lost_in"),
    [
        ([], 2, 5),
        ([], 4, 5),
        ([(OR_SERVICE, "")], 4, 5),
        ([(OR_SERVICE, f"{OR_SERVICE}    when: {word('exceeded')}\n")], 2, 6),
        ([(OR_SERVICE, f"{OR_SERVICE}    when: {word('reached')}\n")], 2, 5),
        ([(f"after: {years(5)}", f"after: {years(9)}")], 7, 7),
        ([(f"after: {years(5)}", f"after: {years(9)}"), (OR_SERVICE, "")], 7, 5),
    ],
)
def test_so_many_breaks_in_a_row_lose_everything(edits, worked_years, lost_in):
    history = each(2000, 1999 + worked_years, 400)
    answer = found(edited(SMALL, *edits), worked(history), "2019-12-31")
    assert lost(answer) == [1999 + worked_years + lost_in]
    assert answer.service == {"credit": 0}
    assert not answer.participant


def test_part_of_a_year_more_asks_for_a_whole_break_more():
    text = edited(SMALL, (f"after: {years(5)}", f"after: {years(9)}"), (YEAR, gives("half", 200, 0.5) + YEAR))
    answer = found(text, worked({**each(2000, 2004, 400), 2005: 200}), "2019-12-31")
    assert lost(answer) == [2011]  # five and a half years: six breaks


def test_who_is_vested_in_part_loses_nothing():
    one = f"    one: {{after: {years(1)}, gives: {{value: 0.01, unit: percent, cite: page}}}}\n"
    answer = found(edited(SMALL, (FIVE, one + FIVE)), worked({2000: 400}), "2019-12-31")
    assert (lost(answer), answer.service, answer.in_a_row) == ([], {"credit": WHOLE}, 19)


def test_who_has_lost_everything_starts_anew():
    answer = found(SMALL, worked({**each(2000, 2003, 400), 2012: 400, 2013: 0}), "2013-12-31")
    assert lost(answer) == [2008]
    assert credited(answer)[2012] == WHOLE
    assert answer.service == {"credit": WHOLE}
    assert breaks_of(answer) == [2004, 2005, 2006, 2007, 2008, 2013]  # none before there is work again


EXEMPT = (
    "  exempt:\n    strike:\n      title: S\n      cite: page\n      for: {2019-01-01: {value: everyone, cite: page}}\n"
)


def test_an_exempt_year_is_no_break_and_leaves_the_row():
    text = edited(SMALL, (UNDER, UNDER + EXEMPT))
    answer = found(text, worked({2017: 400}), "2020-12-31")
    assert breaks_of(answer) == [2018, 2020]
    assert by_year(answer, "spared")[2019]
    assert by_year(answer, "in_a_row") == {2017: 0, 2018: 1, 2019: 1, 2020: 2}


@pytest.mark.parametrize(("first", "spared"), [(2017, True), (2018, False)])
def test_an_exemption_may_ask_for_breaks_before_it(first, spared):
    text = edited(SMALL, (UNDER, f"{UNDER}{EXEMPT}      breaks_before: {{2019-01-01: {years(1)}}}\n"))
    assert by_year(found(text, worked({first: 400}), "2020-12-31"), "spared")[2019] == spared


def test_an_exemption_may_ask_for_work_in_the_next_year():
    text = edited(SMALL, (UNDER, f"{UNDER}{EXEMPT}      next_at_least: {{2019-01-01: {hours(300)}}}\n"))
    lines = worked({2018: 400, 2020: 300})
    assert breaks_of(found(text, lines, "2019-12-31")) == [2019]  # as known by then
    assert breaks_of(found(text, lines, "2020-06-14")) == [2019]
    assert breaks_of(found(text, lines, "2020-06-15")) == []


@pytest.mark.parametrize(
    ("first", "last", "breaks"),
    [
        ("2018-12-31", "2019-01-01", [2020]),
        ("2018-01-01", "2018-12-31", [2019, 2020]),
        ("2019-12-31", None, []),
        ("2020-12-31", "2020-12-31", [2019]),
    ],
)
def test_a_state_on_any_day_of_a_year_keeps_it_from_being_a_break(first, last, breaks):
    text = edited(SMALL, (UNDER, f"{UNDER}  stops:\n    military: {word('true')}\n"))
    answer = found(text, worked({2018: 400}), "2020-12-31", [state("military", first, last)])
    assert breaks_of(answer) == breaks
    assert breaks_of(found(text, worked({2018: 400}), "2020-12-31", [state("leave", first, last)])) == [2019, 2020]


# Imputed work.


def imputed(more: str = "") -> tuple[str, str]:
    return END, f"imputed:\n  military: {{per_month: {hours(100)}{more}}}\n{END}"


@pytest.mark.parametrize(
    ("first", "last", "amount"),
    [
        ("2020-01-01", "2020-03-31", 300_00),
        ("2020-01-02", "2020-03-31", 200_00),
        ("2020-01-01", "2020-03-30", 200_00),
        ("2020-01-02", "2020-01-31", 0),
        ("2020-02-01", "2020-02-29", 100_00),
        ("2020-02-01", "2020-02-28", 0),
        ("2020-10-01", None, 300_00),
    ],
)
def test_whole_months_of_a_state_add_to_a_measure(first, last, amount):
    answer = found(edited(SMALL, imputed()), [], "2020-12-31", [state("military", first, last)])
    assert answer.years[-1].amounts == {"hours": amount}


def test_a_month_counts_on_its_last_day():
    facts = [state("military", "2020-01-01")]
    for on, amount in (("2020-05-30", 400_00), ("2020-05-31", 500_00)):
        assert found(edited(SMALL, imputed()), [], on, facts).years[-1].amounts == {"hours": amount}


def test_the_own_average_counts_where_it_is_more():
    text = edited(SMALL, imputed(f", own_average: {word('true')}"))
    facts = [state("military", "2020-02-01", "2020-03-31")]
    for amount, added in ((1300, 108_33 * 2), (1200, 100_00 * 2), (100, 100_00 * 2)):
        answer = found(text, worked({2019: amount}, 3), "2020-12-31", facts)
        assert answer.years[-1].amounts == {"hours": added}
    # Work of the thirteenth month before and of the month itself is no part of it.
    lines = worked({2019: 5000}, 1) + worked({2020: 5000}, 2)
    assert found(text, lines, "2020-12-31", facts).years[-1].amounts == {"hours": 5000_00 + 200_00}
    # A state that begins within a month: its average is that of the time before this month.
    facts = [state("military", "2020-02-20", "2020-04-30")]
    assert found(text, lines, "2020-12-31", facts).years[-1].amounts == {"hours": 5000_00 + 200_00}


def test_a_proposal_reaches_every_rule():
    plan = terms.read(SMALL, "small.yaml")
    lines = worked(each(2018, 2022, 300))
    changed = plan.under({"hours": {"2020-01-01": "300"}}, name="x", cite=terms.plan("mpi-health").sources["faq"])
    assert credited(pension.evaluate(plan, lines, [], day("2022-12-31"))) == each(2018, 2022, 0)
    assert credited(pension.evaluate(changed, lines, [], day("2022-12-31"))) == {
        **each(2018, 2019, 0),
        **each(2020, 2022, WHOLE),
    }


HOURS = "hours: {unit: hour, counts: {value: hours, cite: page}, attributed_to: {value: work_date, cite: page}"


@pytest.mark.parametrize(
    "more",
    [
        "",
        ", cap_per_day: {value: 12, unit: hour, cite: page}",
        ", cap_per_week: {value: 40, unit: hour, cite: page}",
        ", cap_per_month: {value: 100, unit: hour, cite: page}",
        ", divide_by: {value: 2, unit: factor, cite: page}, rounding: {value: down, cite: page}",
        ", multiply_by: {value: 1.5, unit: factor, cite: page}, rounding: {value: up, cite: page}",
    ],
)
def test_a_pace_vests_in_the_same_year_whatever_caps_and_conversions_there_are(more):
    plan = terms.read(edited(SMALL, (HOURS, HOURS + more)), "small.yaml")
    on = datetime.date(2018, 12, 31)
    worked = [Line(datetime.date(2018, month, day), 10_00) for month in range(1, 13) for day in range(1, 11)]
    found = pension.evaluate(plan, worked, [], on)
    later = pension.at_pace(found, worked, [], 1_200_00)
    assert later is not None
    assert later.on == datetime.date(2022, 12, 31)
