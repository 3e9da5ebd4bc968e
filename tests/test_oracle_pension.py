"""The oracle of pensions by itself: each rule of docs/pension-terms.md once, at its edge, worked out by hand."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from tests import oracle_pension
from tests.oracle_terms import UnrecordedError
from tests.test_oracle_cases import CASES, PLANS, lines_of, read_yaml, typed

HEAD = """
plan: tiny
kind: pension
sources: {page: {title: A page, url: "https://tiny.example"}}
credit:
  hours: {unit: hour, counts: {value: hours, cite: page}, attributed_to: {value: work_date, cite: page}}
  pay: {unit: dollar, counts: {value: earnings, cite: page}, attributed_to: {value: work_date, cite: page}}
"""
CALENDAR = "calendar: {years: {value: calendar_year, cite: page}}\n"
JULY = "calendar: {years: {value: plan_year, cite: page}, starting: {value: 7, unit: calendar_month, cite: page}}\n"
HIRE = "calendar: {years: {value: from_hire, cite: page}}\n"
YEAR = "{from: {value: 1000, unit: hour}, gives: {value: 1, unit: year}}"
SERVICE = f"service: {{years: {{routes: {{hours: {{steps: {{year: {YEAR}}}}}}}}}}}\n"
VESTING = "vesting: {steps: {two: {after: {value: 2, unit: year}, gives: {value: 100, unit: percent}}}}\n"
BREAK = "less_than: {value: 500, unit: hour}"
PERMANENT = "permanent: {years: {value: 2, unit: year}}"
PLAIN = HEAD + CALENDAR + SERVICE


def service(rest: str, steps: str = f"{{year: {YEAR}}}") -> str:
    """A plan with one service and something more about it."""
    return HEAD + CALENDAR + f"service: {{years: {{routes: {{hours: {{steps: {steps}}}}}, {rest}}}}}\n"


def breaks(rest: str = "", under: str = f"{{hours: {{{BREAK}}}}}") -> str:
    """A section of breaks under 500 hours, with something more."""
    return f"breaks: {{under: {under}{', ' + rest if rest else ''}}}\n"


def part(rest: str) -> str:
    """A benefit of one part."""
    return f"benefit: {{pays: {{value: sum}}, parts: {{one: {{{rest}}}}}}}\n"


def retirement(rest: str) -> str:
    """One way into retirement, at 62."""
    return f"retirement: {{normal: {{age: {{value: 62, unit: year}}, {rest}}}}}\n"


def day(text: str) -> date:
    return date.fromisoformat(text)


def hours(years: dict) -> list[dict]:
    """Hours on days, or in the middle of years."""
    return [
        {"day": day(when) if isinstance(when, str) else date(when, 6, 15), "hours": int(Fraction(str(amount)) * 100)}
        for when, amount in years.items()
    ]


def state(first: str, last: str | None, name: str = "military") -> dict:
    return {"kind": "state", "name": name, "from": day(first), "to": day(last) if last else None}


def fact(kind: str, first: str) -> dict:
    return {"kind": kind, "from": day(first), "to": None}


def told(plan: str, work: dict | list, on: str, facts: list | None = None, changes: dict | None = None) -> dict:
    """Ask the oracle about a day."""
    lines = hours(work) if isinstance(work, dict) else work
    return oracle_pension.answer(oracle_pension.read(plan, changes), lines, facts or [], day(on))


def by_year(answer: dict, figure: str = "years") -> list:
    return list(answer[figure].values())


# Years


def test_a_calendar_year_ends_on_31_december():
    answer = told(PLAIN, {"2010-12-31": 500, "2011-01-01": 500}, "2011-12-31")
    assert answer["years"] == {"2010-01-01": 0, "2011-01-01": 0}
    assert by_year(told(PLAIN, {"2010-01-01": 500, "2010-12-31": 500}, "2010-12-31")) == [1_0000]


def test_a_plan_year_begins_with_its_month():
    answer = told(HEAD + JULY + SERVICE, {"2010-07-01": 500, "2011-06-30": 500, "2010-06-30": 1}, "2011-06-30")
    assert answer["years"] == {"2009-07-01": 0, "2010-07-01": 1_0000}


def test_a_year_from_hire_on_29_february_begins_on_28_february_in_other_years():
    facts = [fact("hired", "2008-02-29")]
    work = {"2009-02-27": 1000, "2009-02-28": 1000, "2012-02-28": 1, "2012-02-29": 1000}
    answer = told(HEAD + HIRE + SERVICE, work, "2012-02-29", facts)
    assert answer["years"] == {
        "2008-02-29": 1_0000,
        "2009-02-28": 1_0000,
        "2010-02-28": 0,
        "2011-02-28": 0,
        "2012-02-29": 1_0000,
    }


def test_years_from_hire_need_the_day_of_hire():
    with pytest.raises(UnrecordedError, match="day of hire"):
        told(HEAD + HIRE + SERVICE, {2010: 1000}, "2011-01-01")


def test_work_of_a_later_day_is_not_counted():
    work = {"2010-03-01": 999, "2010-05-01": 1}
    assert by_year(told(PLAIN, work, "2010-04-30")) == [0]
    assert by_year(told(PLAIN, work, "2010-05-01")) == [1_0000]


def test_a_year_is_measured_by_the_numbers_of_its_first_day():
    dated = (
        "{year: {from: {undated: {value: 1000, unit: hour}, 2010-01-02: {value: 400, unit: hour}}, gives: {value: 1}}}"
    )
    assert by_year(told(service("title: x", dated), {2010: 400, 2011: 400}, "2011-12-31")) == [0, 1_0000]


# Service

STEPS = "{part: {from: {value: 250}, per: {value: 1500}}, year: {from: {value: 1000}, gives: {value: 1}}}"


def test_the_last_step_that_is_reached_holds():
    work = {2010: "249.99", 2011: 250, 2012: "999.99", 2013: 1000}
    assert by_year(told(service("title: x", STEPS), work, "2013-12-31")) == [0, 1666, 6666, 1_0000]


def test_a_step_that_has_ended_is_passed_over():
    steps = STEPS.replace("from: {value: 1000}", "from: {undated: {value: 1000}, 2011-01-01: {value: null}}")
    assert by_year(told(service("title: x", steps), {2010: 1500, 2011: 3000}, "2011-12-31")) == [1_0000, 2_0000]


def test_credit_is_rounded_down_then_held_to_the_most_of_a_year_then_to_the_most_of_all():
    steps = "{all: {from: {value: 0}, per: {value: 1000}}}"
    rest = "round_down_to: {value: 0.25}, most_per_year: {value: 1.1}, most: {value: 2}"
    work = {2010: "749.99", 2011: 1250, 2012: 1000}
    assert by_year(told(service(rest, steps), work, "2012-12-31")) == [5000, 1_1000, 4000]


def test_a_year_credits_what_the_best_route_gives():
    pay = "{of: pay, steps: {h: {from: {value: 50}, gives: {value: 0.5}}}}"
    routes = f"{{hours: {{steps: {{y: {YEAR}}}}}, pay: {pay}}}"
    plan = HEAD + CALENDAR + f"service: {{years: {{routes: {routes}}}}}\n"
    lines = [{"day": day("2010-06-01"), "earnings": 5000}, {"day": day("2011-06-01"), "earnings": 4999}]
    assert by_year(told(plan, [*lines, *hours({2012: 1000})], "2012-12-31")) == [5000, 0, 1_0000]


CUMULATIVE = "{all: {from: {value: 0}, per: {value: 1600}}}"


def test_cumulative_service_follows_the_sum_of_all_years():
    plan = service("cumulative: {value: true}, round_down_to: {value: 0.25}", CUMULATIVE)
    assert by_year(told(plan, {2010: "399.99", 2011: "0.01", 2012: 1200}, "2012-12-31")) == [0, 2500, 7500]


def test_cumulative_service_is_no_more_than_the_years_since_the_first_with_an_amount():
    plan = service("cumulative: {value: true}, most_per_year: {value: 1}", CUMULATIVE)
    assert by_year(told(plan, {2010: 4000}, "2013-12-31")) == [1_0000, 1_0000, 5000, 0]


# Participation


def participation(entry: str, earlier: str = "counts") -> str:
    return (
        HEAD
        + CALENDAR
        + SERVICE.replace("1000", "300")
        + VESTING
        + breaks()
        + part("rate: {value: 1}")
        + f"participation: {{at_least: {{value: 500}}, entry: {{value: {entry}}}, "
        + f"earlier_service: {{value: {earlier}}}}}\n"
    )


def test_without_the_section_the_first_amount_makes_a_participant():
    assert told(PLAIN, {2010: "0.01"}, "2010-06-15")["participant"]
    assert not told(PLAIN, {2010: "0.01"}, "2010-06-14")["participant"]


def test_entry_in_the_same_year_or_the_next():
    work = {2010: "499.99", 2011: 500}
    assert not told(participation("same_year"), work, "2010-12-31")["participant"]
    assert told(participation("same_year"), work, "2011-06-15")["participant"]
    assert not told(participation("next_year"), work, "2011-12-31")["participant"]
    assert told(participation("next_year"), work, "2012-01-01")["participant"]


def test_nobody_is_vested_before_being_a_participant():
    work = {2010: 300, 2011: 300, 2012: 500}
    assert told(participation("next_year"), work, "2012-12-31")["vested"] == 0
    assert told(participation("next_year"), work, "2013-01-01")["vested"] == 100_00


def test_service_and_benefit_before_entry_may_be_lost():
    work = {2010: 300, 2011: 500}
    kept = told(participation("same_year"), work, "2011-12-31")
    lost = told(participation("same_year", "lost"), work, "2011-12-31")
    assert (by_year(kept), kept["benefit"]) == ([1_0000, 1_0000], 800)
    assert (by_year(lost), lost["benefit"]) == ([0, 1_0000], 500)


def test_a_year_before_entry_is_no_break():
    work = {2010: 300, 2012: 500, 2014: 500}
    assert by_year(told(participation("next_year"), work, "2013-12-31"), "breaks") == [False, False, False, True]


# Vesting


def test_the_highest_step_that_is_reached_holds_and_never_falls():
    steps = "{one: {after: {value: 1}, gives: {value: 20}}, two: {after: {value: 2}, gives: {value: 40.5}}}"
    plan = PLAIN + f"vesting: {{steps: {steps}}}\n"
    assert [
        told(plan, {2010: 1000, 2011: 1000}, on)["vested"] for on in ("2010-12-31", "2011-06-15", "2015-01-01")
    ] == [
        20_00,
        40_50,
        40_50,
    ]


def test_a_lower_number_vests_who_has_as_many_years_when_it_begins():
    plan = PLAIN + VESTING.replace("{value: 2, unit: year}", "{undated: {value: 3}, 2015-01-01: {value: 2}}")
    assert told(plan, {2010: 1000, 2011: 1000}, "2014-12-31")["vested"] == 0
    assert told(plan, {2010: 1000, 2011: 1000}, "2015-01-01")["vested"] == 100_00


def test_another_service_may_be_asked_for_besides():
    more = YEAR.replace("1000", "1500")
    first, second = (f"{{routes: {{h: {{steps: {{y: {step}}}}}}}}}" for step in (YEAR, more))
    other = f"service: {{years: {first}, more: {second}}}\n"
    plan = HEAD + CALENDAR + other + VESTING.replace("vesting: {", "vesting: {also: {of: more, at_least: {value: 1}}, ")
    assert told(plan, {2010: 1000, 2011: "1499.99"}, "2011-12-31")["vested"] == 0
    assert told(plan, {2010: 1000, 2011: 1500}, "2011-12-31")["vested"] == 100_00


def test_an_age_vests_on_the_last_day_of_the_year_or_on_the_day_asked():
    plan = PLAIN + VESTING.replace("vesting: {", "vesting: {at_age: {value: 65, unit: year}, ")
    born = [fact("born", "1950-06-20")]
    assert told(plan, {2010: 1}, "2015-06-19", born)["vested"] == 0
    assert told(plan, {2010: 1}, "2015-06-20", born)["vested"] == 100_00
    assert told(plan, {2010: 1}, "2015-06-20")["vested"] == 0


# Breaks


def test_a_complete_year_with_less_is_a_break():
    plan = PLAIN + breaks()
    work = {2010: 1000, 2011: 500, 2012: "499.99"}
    assert by_year(told(plan, work, "2012-12-31"), "breaks") == [False, False, True]
    assert told(plan, work, "2012-12-30")["breaks_in_a_row"] == 0


def test_the_first_year_with_an_amount_is_no_break():
    assert by_year(told(PLAIN + breaks(), {2010: 1}, "2010-12-31"), "breaks") == [False]


def test_all_of_under_have_to_hold_one_of_them_over_two_years():
    plan = PLAIN + breaks(under=f"{{one: {{{BREAK}}}, two: {{less_than: {{value: 300}}, over: {{value: 2}}}}}}")
    work = {2010: 1000, 2012: 150, 2013: 150, 2014: "149.99"}
    assert by_year(told(plan, work, "2014-12-31"), "breaks") == [False, False, True, False, True]


def test_an_entry_of_under_that_has_not_begun_is_passed_over():
    plan = PLAIN + breaks(under="{one: {less_than: {2012-01-01: {value: 500}}}}")
    assert by_year(told(plan, {2010: 1000}, "2012-12-31"), "breaks") == [False, False, True]


def test_a_state_on_any_day_stops_a_break_and_leaves_the_run_as_it_was():
    plan = PLAIN + breaks("stops: {military: {value: true}}")
    answer = told(plan, {2010: 1000}, "2012-12-31", [state("2012-12-31", "2012-12-31")])
    assert (by_year(answer, "breaks"), answer["breaks_in_a_row"]) == ([False, True, False], 1)
    assert told(plan, {2010: 1000}, "2012-12-31", [state("2013-01-01", None)])["breaks_in_a_row"] == 2


EXEMPT = "for: {2012-01-01: {value: everyone}}"


def test_an_exempt_year_is_no_break():
    plan = PLAIN + breaks(f"exempt: {{strike: {{{EXEMPT}}}}}")
    answer = told(plan, {2010: 1000}, "2013-12-31")
    assert (by_year(answer, "breaks"), answer["breaks_in_a_row"]) == ([False, True, False, True], 2)


def test_an_exemption_may_ask_for_breaks_before_it():
    plan = PLAIN + breaks(f"exempt: {{strike: {{{EXEMPT}, breaks_before: {{2012-01-01: {{value: 2}}}}}}}}")
    assert told(plan, {2009: 1000}, "2012-12-31")["breaks_in_a_row"] == 2
    assert told(plan, {2010: 1000}, "2012-12-31")["breaks_in_a_row"] == 2
    assert by_year(told(plan, {2010: 1000}, "2012-12-31"), "breaks")[-1]


def test_an_exemption_may_ask_for_work_in_the_year_after_as_known():
    plan = PLAIN + breaks(f"exempt: {{strike: {{{EXEMPT}, next_at_least: {{2012-01-01: {{value: 40}}}}}}}}")
    work = {2011: 1000, "2013-02-01": "39.99", "2013-03-01": "0.01"}
    assert told(plan, work, "2013-02-28")["breaks"]["2012-01-01"]
    assert not told(plan, work, "2013-03-01")["breaks"]["2012-01-01"]


def test_any_year_that_is_no_break_ends_the_run():
    assert told(PLAIN + breaks(), {2010: 1000, 2013: 500}, "2013-06-14")["breaks_in_a_row"] == 2
    assert told(PLAIN + breaks(), {2010: 1000, 2013: 500}, "2013-06-15")["breaks_in_a_row"] == 0


def test_only_a_year_of_service_repairs_and_nobody_becomes_vested_until_then():
    half = "{half: {from: {value: 500}, gives: {value: 0.5}}, year: {from: {value: 1000}, gives: {value: 1}}}"
    plan = service("title: x", half) + VESTING + breaks("repair: {value: service_year}")
    work = {2009: 1000, 2010: 500, 2012: 500, 2013: 1000}
    before, after = told(plan, work, "2012-12-31"), told(plan, work, "2013-06-15")
    assert (before["service"], before["vested"], before["breaks_in_a_row"]) == ({"years": 2_0000}, 0, 0)
    assert (after["vested"], after["breaks_in_a_row"]) == (100_00, 0)


def test_a_permanent_break_loses_everything_and_the_member_starts_anew():
    plan = PLAIN + VESTING + breaks(PERMANENT) + part("rate: {value: 10}")
    plan += "account: {parts: {one: {rate: {value: 1}}}}\n"
    before, after = told(plan, {2010: 1000}, "2012-12-30"), told(plan, {2010: 1000}, "2012-12-31")
    assert (before["lost"], before["service"]["years"], before["benefit"]) == (False, 1_0000, 1_0000)
    assert (after["lost"], after["service"]["years"], after["benefit"], after["account"]) == (True, 0, 0, 0)
    assert (after["participant"], after["breaks_in_a_row"]) == (False, 0)
    anew = told(plan, {2010: 1000, 2014: 1000}, "2015-12-31")
    assert (anew["participant"], anew["service"]["years"], anew["lost"]) == (True, 1_0000, True)
    assert by_year(anew, "breaks") == [False, True, True, False, False, True]


def test_whoever_is_vested_loses_nothing():
    plan = PLAIN + VESTING + breaks(PERMANENT)
    answer = told(plan, {2010: 1000, 2011: 1000}, "2020-12-31")
    assert (answer["lost"], answer["vested"], answer["breaks_in_a_row"]) == (False, 100_00, 9)


def test_as_many_breaks_as_years_of_service_may_be_asked_for():
    vesting = VESTING.replace("value: 2", "value: 5")
    plan = PLAIN + vesting + breaks("permanent: {years: {value: 2}, or_service: {value: true}}")
    work = {2010: 1000, 2011: 1000, 2012: 1000}
    assert not told(plan, work, "2014-12-31")["lost"]
    assert told(plan, work, "2015-12-31")["lost"]


def test_the_number_of_breaks_may_have_to_be_exceeded():
    plan = PLAIN + VESTING + breaks("permanent: {years: {value: 2}, when: {value: exceeded}}")
    assert not told(plan, {2010: 1000}, "2012-12-31")["lost"]
    assert told(plan, {2010: 1000}, "2013-12-31")["lost"]


# Imputed work


def imputed(rest: str = "") -> str:
    return PLAIN + f"imputed: {{military: {{per_month: {{value: 500, unit: hour}}{rest}}}}}\n"


def test_every_whole_month_of_a_state_adds_work_on_its_last_day():
    facts = [state("2010-02-01", "2010-04-29")]
    assert by_year(told(imputed(), {2009: 1}, "2010-03-30", facts)) == [0, 0]
    assert by_year(told(imputed(), {2009: 1}, "2010-03-31", facts)) == [0, 1_0000]
    assert by_year(told(imputed(), {2009: 1}, "2010-12-31", [state("2010-02-02", "2010-04-29")])) == [0, 0]


def test_two_facts_that_overlap_or_touch_are_one_state():
    twice = [state("2010-02-01", "2010-02-28"), state("2010-02-01", "2010-02-28")]
    halves = [state("2010-02-01", "2010-02-14"), state("2010-02-15", "2010-03-31")]
    assert by_year(told(imputed(), {2009: 1}, "2010-12-31", twice)) == [0, 0]
    assert by_year(told(imputed(), {2009: 1}, "2010-12-31", halves)) == [0, 1_0000]


def test_the_own_average_counts_if_it_is_more():
    plan = imputed(", own_average: {value: true}") + part("rate: {value: 1}")
    facts = [state("2010-02-20", "2010-03-31")]
    # February 2009 to January 2010 come to 12,000.11 hours: 1,000.009 a month, rounded down to 1,000.00.
    work = {"2009-01-31": 1, "2009-02-01": 6000, "2010-01-31": "6000.11", "2010-02-10": 5}
    assert told(plan, work, "2010-03-30", facts)["benefit"] == 1_2006
    assert told(plan, work, "2010-03-31", facts)["benefit"] == 1_3006


# Benefit and account


def test_each_amount_counts_by_the_rate_of_its_day_and_a_cent_is_rounded_at_the_end():
    plan = PLAIN + part("rate: {2010-01-01: {value: 2.95}, 2010-07-01: {value: 3.245}}")
    assert told(plan, {"2009-12-31": 100, "2010-06-30": 1, "2010-07-01": 2}, "2010-12-31")["benefit"] == 9  # 9.44


def test_at_leaving_everything_counts_by_the_rate_of_the_last_work_of_any_measure():
    plan = PLAIN + part("rate: {2010-01-01: {value: 2}, 2012-01-01: {value: 3}}, on: {value: leaving}")
    work = hours({2009: 100, 2010: 100})
    assert told(plan, work, "2013-01-01")["benefit"] == 400
    assert told(plan, [*work, {"day": day("2012-01-01"), "earnings": 1}], "2013-01-01")["benefit"] == 600


def test_a_percentage_is_of_dollars():
    plan = PLAIN + "account: {parts: {one: {of: pay, percent: {value: 6.5}}}}\n"
    answer = told(plan, [{"day": day("2010-01-01"), "earnings": 1234_56}], "2010-12-31")
    assert (answer["account"], answer["benefit"]) == (80_24, None)  # 80.2464 dollars


def test_a_part_of_a_service_counts_by_the_rate_on_the_first_day_of_the_year():
    plan = PLAIN + part("of: years, rate: {undated: {value: 70}, 2010-01-02: {value: 100}}")
    assert told(plan, {2010: 1000, 2011: 1000}, "2011-12-31")["benefit"] == 170


def test_a_part_may_count_in_some_years_only():
    plan = PLAIN + part("rate: {value: 1}, only_in: years")
    assert told(plan, {2010: "999.99", 2011: 1000}, "2011-12-31")["benefit"] == 1000


def test_a_tier_counts_by_the_service_before_the_year():
    tier = "tier: {of: years, after: {value: 1}, until: {value: 2}}"
    plan = PLAIN + part(f"rate: {{value: 1}}, {tier}")
    assert told(plan, {2010: 1000, 2011: 1100, 2012: 1200}, "2012-12-31")["benefit"] == 1100


def test_the_benefit_is_the_sum_or_the_greatest_of_its_parts():
    parts = "parts: {a: {rate: {value: 1}}, b: {of: years, rate: {value: 1500}}}"
    greatest = PLAIN + f"benefit: {{pays: {{value: greatest}}, {parts}}}\n"
    assert told(greatest, {2010: 1000}, "2010-12-31")["benefit"] == 1500
    assert told(greatest.replace("greatest", "sum"), {2010: 1000}, "2010-12-31")["benefit"] == 2500


# Retirement

BORN = [fact("born", "1950-03-04")]


@pytest.mark.parametrize(
    ("rest", "work", "holds"),
    [
        ("service: {at_least: {value: 2}}", {2010: 1000, 2011: 1000}, True),
        ("service: {at_least: {value: 2}}", {2010: 1000, 2011: 999}, False),
        ("total: {at_least: {value: 1500}}", {2010: 1000, 2011: 500}, True),
        ("total: {at_least: {value: 1500}}", {2010: 1000, 2011: "499.99"}, False),
        ("after_age: {age: {value: 60}, at_least: {value: 1}}", {2010: 1000}, False),
        ("after_age: {age: {value: 60}, at_least: {value: 1}}", {2011: 1000}, True),
        ("since: {at_least: {2010-01-01: {value: 1}}}", {2010: 1000}, True),
        ("since: {at_least: {2010-01-02: {value: 1}}}", {2010: 1000}, False),
        ("had_by: {at_least: {2010-12-31: {value: 1}}}", {2010: 1000}, False),
        ("had_by: {at_least: {2011-01-01: {value: 1}}}", {2010: 1000}, True),
        ("vested: {value: true}", {2010: 1000}, False),
        ("vested: {value: true}", {2010: 1000, 2011: 1000}, True),
    ],
)
def test_what_retirement_asks_for(rest, work, holds):
    assert told(PLAIN + VESTING + retirement(rest), work, "2012-03-04", BORN)["retirement"] == {"normal": holds}


def test_retirement_begins_with_the_age_and_never_without_a_recorded_birth():
    plan = PLAIN + retirement("title: x")
    assert told(plan, {2010: 1}, "2012-03-03", BORN)["retirement"] == {"normal": False}
    assert told(plan, {2010: 1}, "2012-03-04", BORN)["retirement"] == {"normal": True}
    assert told(plan, {2010: 1}, "2012-03-04")["retirement"] == {"normal": False}


def test_what_a_permanent_break_lost_does_not_count_for_retirement():
    plan = PLAIN + VESTING + breaks(PERMANENT) + retirement("total: {at_least: {value: 1000}}")
    assert told(plan, {2009: 1000}, "2012-03-04", BORN)["retirement"] == {"normal": False}


# Members and proposals


def test_an_attribute_that_nobody_recorded_is_refused_without_otherwise():
    plan = PLAIN.replace("{value: 1000, unit: hour}", "{by: port, major: {value: 1000}, minor: {value: 500}}")
    minor = [{"kind": "attribute", "name": "port", "value": "minor", "from": day("2010-01-01"), "to": None}]
    assert by_year(told(plan, {2010: 500}, "2010-12-31", minor)) == [1_0000]
    with pytest.raises(UnrecordedError):
        told(plan, {2010: 500}, "2010-12-31")


def test_a_proposal_says_everything_from_its_first_day_on():
    path = "service.years.routes.hours.steps.year.from"
    answer = told(PLAIN, {2010: 900, 2011: 900}, "2011-12-31", changes={path: {"2011-01-01": "900"}})
    assert by_year(answer) == [0, 1_0000]


# The examples of the plans

SCALES = {"service": 10_000, "years": 10_000, "breaks_in_a_row": 1}
PENSIONS = sorted(path for path in PLANS.glob("*.yaml") if "\nkind: pension" in path.read_text(encoding="utf-8"))


def same(expected, found, scale: int) -> bool:
    """Say whether a figure is the one worked out by hand; of a year's figures those that are named."""
    if isinstance(expected, dict):
        by_name = {**found, **{key[:4]: value for key, value in found.items()}}
        return all(same(value, by_name[str(key)], scale) for key, value in expected.items())
    if found is None or isinstance(found, bool):
        return expected == ("null" if found is None else str(found).lower())
    return Fraction(expected) * scale == found


@pytest.mark.parametrize("plan", PENSIONS, ids=lambda path: path.stem)
def test_the_worked_examples_of_a_pension(plan: Path):
    kept = CASES / plan.name
    cases = [*read_yaml(plan).get("examples", []), *(read_yaml(kept)["cases"] if kept.exists() else [])]
    wrong = []
    for case in cases:
        terms = oracle_pension.read(plan, case.get("under"))
        lines = [
            {key: int(Fraction(value) * 100) if key == "scale" else value for key, value in line.items()}
            for line in lines_of(terms, case)
        ]
        facts = [typed(one) for one in case.get("facts", [])]
        answer = oracle_pension.answer(terms, lines, facts, day(case["on"]))
        wrong += [
            f"{case['name']}: {figure} is {answer[figure]} and should be {expected}"
            for figure, expected in case["expect"].items()
            if not same(expected, answer[figure], SCALES.get(figure, 100))
        ]
    assert wrong == []
