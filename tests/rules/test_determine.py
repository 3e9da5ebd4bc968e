"""Determinations at the edges of the rules, each on the days of the shipped chart.

The cycle used here: qualifying periods end on 26 Dec 2020, 19 Jun 2021, 25 Dec 2021, 25 Jun 2022, 24 Dec 2022 and feed
the benefit periods from 1 Mar 2021, 1 Sep 2021, 1 Mar 2022, 1 Sep 2022 and 1 Mar 2023.
"""

import datetime

import pytest

from rules import determine, explain, terms, ticks
from rules.calendar import Cite
from rules.determine import Period
from rules.evaluate import Fact, Line

PLAN = terms.plan("mpi-health")
# One day inside each qualifying period of the cycle.
QUALIFYING = ("2020-12-05", "2021-05-01", "2021-11-06", "2022-05-07", "2022-11-05")
BENEFIT = ("2021-03-01", "2021-09-01", "2022-03-01", "2022-09-01", "2023-03-01")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def worked(*amounts: int) -> list[Line]:
    """Hundredths worked in the first, second ... qualifying period of the cycle."""
    periods = zip(QUALIFYING, amounts, strict=False)
    return [Line(day(when), amount, number) for number, (when, amount) in enumerate(periods, start=1)]


def asked(lines: list[Line], on: str, facts: tuple[Fact, ...] = (), **changes: str) -> determine.Determination:
    under = PLAN
    if changes:
        dated = {lever: {"2000-01-01": value} for lever, value in changes.items()}
        under = PLAN.under(dated, name="changed", cite=Cite("made up", "", ""))
    return determine.determine(under, lines, facts, day(on))


@pytest.mark.parametrize(("first", "second", "covered"), [(300_00, 299_99, False), (300_00, 300_00, True)])
def test_600_in_two_periods_start_cover_and_599_99_do_not(first, second, covered):
    lines = [Line(day("2020-05-02"), first), Line(day("2020-12-05"), second)]
    found = asked(lines, "2021-03-01")
    assert (found.covered, found.counted, found.required) == (covered, first + second, 600_00)
    assert found.route == ("initial" if covered else "none")
    assert found.qualifying == Period(day("2019-12-22"), day("2020-12-26"))


def test_600_in_one_period_are_reported_for_that_one():
    found = asked(worked(600_00), "2021-03-01")
    assert found.qualifying == Period(day("2020-06-21"), day("2020-12-26"))
    assert found.benefit == Period(day("2021-03-01"), day("2021-08-31"))
    assert found.standing == "covered"


@pytest.mark.parametrize(
    ("second", "third", "route", "before", "drawn", "after"),
    [
        (400_01, 399_99, "bank", 1, 1, 0),
        (400_00, 399_99, "none", 0, 0, 0),
        (400_01, 400_00, "hours", 1, 0, 1),
        (450_00, 400_00, "hours", 50_00, 0, 50_00),
        (450_00, 349_99, "none", 50_00, 0, 50_00),
    ],
)
def test_the_bank_is_used_only_if_needed_and_sufficient(second, third, route, before, drawn, after):
    found = asked(worked(600_00, second, third), "2022-03-01")
    assert (found.route, found.bank_before, found.drawn, found.bank_after) == (route, before, drawn, after)
    assert found.covered == (route != "none")


@pytest.mark.parametrize(
    ("second", "banked"), [(850_00, 450_00), (850_01, 450_00), (849_99, 449_99), (2000_00, 450_00)]
)
def test_the_bank_is_capped(second, banked):
    found = asked(worked(600_00, second), "2021-09-01")
    assert (found.added, found.bank_after) == (banked, banked)


def test_a_full_bank_is_not_filled_further():
    found = asked(worked(600_00, 850_00, 500_00), "2022-03-01")
    assert (found.bank_before, found.added, found.bank_after) == (450_00, 0, 450_00)


def test_a_full_bank_buys_one_extension_and_keeps_the_rest():
    found = asked(worked(600_00, 850_00), "2022-03-01")
    assert (found.route, found.drawn, found.bank_after) == ("bank", 400_00, 50_00)
    assert not asked(worked(600_00, 850_00), "2022-09-01").covered


@pytest.mark.parametrize(("switch", "banked"), [("none", 0), ("excess", 100_00), ("excess_over_continuing", 300_00)])
def test_what_the_first_period_banks_is_a_switch(switch, banked):
    found = asked(worked(700_00), "2021-03-01", **{"bank.deposit_after_initial": switch})
    assert found.bank_after == banked


@pytest.mark.parametrize(("on", "required"), [("2011-10-01", 300_00), ("2011-11-01", 400_00)])
def test_400_hours_count_from_the_first_period_that_ends_after_31_july_2011(on, required):
    lines = [Line(day("2010-12-04"), 600_00), Line(day("2011-06-04"), 350_00)]
    covered_to_the_day_before = asked([*lines, Line(day("2011-03-05"), 0)], on)
    assert covered_to_the_day_before.next.required in (300_00, 400_00)
    never_lapsed = [Line(day("2010-09-04"), 600_00)]
    tests = {one.on: one for one in determine.history(PLAN, never_lapsed, (), day("2011-06-01"), day(on))}
    assert tests[day(on)].required == required


def test_cover_lapses_and_every_month_is_tested():
    lines = [*worked(600_00), Line(day("2021-08-07"), 200_00), Line(day("2021-12-04"), 200_00)]
    found = determine.history(PLAN, lines, (), day("2021-03-01"), day("2022-05-01"))
    assert [(one.on.isoformat()[:7], one.covered) for one in found] == [
        ("2021-03", True),
        ("2021-09", False),
        ("2021-10", False),
        ("2021-11", False),
        ("2021-12", False),
        ("2022-01", False),
        ("2022-02", False),
        ("2022-03", True),
    ]
    assert found[-1].record.standing == 2
    assert (found[-1].route, found[-1].required) == ("hours", 400_00)
    assert {one.standing for one in found[1:-1]} == {"lapsed"}


@pytest.mark.parametrize(("on", "required"), [("2024-02-01", 400_00), ("2024-03-01", 600_00)])
def test_after_30_months_without_cover_600_hours_are_needed_again(on, required):
    """Cover ended with August 2021: 1 February 2024 is the 30th month without, 1 March 2024 comes after 30 months."""
    found = asked(worked(600_00), on)
    assert (found.standing, found.required) == ("lapsed", required)


def test_hours_that_bought_cover_do_not_count_again():
    lines = worked(600_00)
    quick = {"lapse.initial_after": "1", "coverage.length": "3"}
    assert asked(lines, "2021-10-01", **quick).counted == 0
    again = asked(lines, "2021-10-01", **quick, consumption="none")
    assert (again.route, again.counted) == ("initial", 600_00)


@pytest.mark.parametrize(
    ("first", "last", "covered"),
    [("2022-02-06", "2022-04-16", True), ("2022-02-06", "2022-04-15", False), ("2021-12-26", "2022-03-05", True)],
)
def test_ten_whole_weeks_of_disability_extend_cover_once(first, last, covered):
    claim = Fact("disability", day(first), day(last), "claim 1", day("2022-02-06"))
    found = asked([*worked(600_00, 400_00, 400_00)], "2022-09-01", (claim,))
    assert (found.covered, found.route) == (covered, "disability" if covered else "none")
    assert found.added == found.drawn == 0


@pytest.mark.parametrize(("claimed", "covered"), [("2022-05-05", True), ("2022-05-06", False)])
def test_a_claim_must_come_within_180_days_of_the_last_work(claimed, covered):
    """The last day with hours is 6 November 2021; 5 May 2022 is 180 days later."""
    claim = Fact("disability", day("2021-12-26"), day("2022-06-25"), "claim 1", day(claimed))
    assert asked(worked(600_00, 400_00, 400_00), "2022-09-01", (claim,)).covered == covered


def test_no_two_disability_extensions_in_a_row_and_none_twice_on_a_claim():
    first = Fact("disability", day("2022-01-01"), day("2022-06-25"), "claim 1", day("2022-01-01"))
    second = Fact("disability", day("2022-06-26"), day("2022-12-24"), "claim 2", day("2022-01-02"))
    lines = worked(600_00, 400_00, 400_00)
    assert asked(lines, "2022-09-01", (first, second)).route == "disability"
    assert not asked(lines, "2023-03-01", (first, second)).covered
    apart = {"disability.not_consecutive": "false"}
    assert asked(lines, "2023-03-01", (first, second), **apart).route == "disability"
    same = second._replace(claim="claim 1")
    assert not asked(lines, "2023-03-01", (first, same), **apart).covered
    assert asked(lines, "2023-03-01", (first, same), **apart, **{"disability.once_per_claim": "false"}).covered


def test_disability_needs_cover_to_extend():
    claim = Fact("disability", day("2022-07-01"), day("2022-12-24"), "claim 1", day("2022-01-01"))
    assert not asked(worked(600_00, 400_00, 400_00), "2023-03-01", (claim,)).covered


def test_a_bank_is_not_used_while_unavailable_for_work():
    away = Fact("unavailable_for_work", day("2022-03-01"), day("2022-03-01"))
    lines = worked(600_00, 850_00, 100_00)
    assert asked(lines, "2022-03-01").route == "bank"
    found = asked(lines, "2022-03-01", (away,))
    assert (found.covered, found.bank_after) == (False, 450_00)
    assert asked(lines, "2022-03-01", (away._replace(first_day=day("2022-03-02"), last_day=day("2022-04-01")),)).covered


def test_a_short_bank_may_be_wiped_by_terms_that_say_so():
    lines = worked(600_00, 450_00, 100_00)
    assert asked(lines, "2022-04-01").bank_before == 50_00
    assert asked(lines, "2022-04-01", **{"bank.when_short": "wiped"}).bank_before == 0


def test_a_bank_may_be_forfeited_by_terms_that_say_so():
    lines = [*worked(600_00, 450_00), Line(day("2025-01-04"), 600_00), Line(day("2025-07-05"), 380_00)]
    assert asked(lines, "2025-10-01").route == "bank"
    assert not asked(lines, "2025-10-01", **{"bank.while_lapsed": "forfeited"}).covered


def relief(amount: int, cutoff: str, start: str, facts: tuple[Fact, ...] = (), bank: int = 0):
    """Somebody with cover until the day before ``start``, so many hours in the period that feeds it, and a bank."""
    chart, end = PLAN.chart, day(cutoff)
    place = chart.cutoffs.index(end)
    before = [chart.cutoffs[place - months] for months in (12, 6, 0)]
    amounts = (600_00, 400_00 + bank, amount)
    lines = [Line(when, hours) for when, hours in zip(before, amounts, strict=True) if hours]
    return asked(lines, start, facts)


BOOKED = (Fact("hours_booked", day("2020-03-21"), day("2020-03-21")),)


@pytest.mark.parametrize(
    ("amount", "cutoff", "start", "bank", "facts", "route", "after"),
    [
        (375_00, "2020-03-21", "2020-06-01", 0, (), "relief", 0),
        (374_99, "2020-03-21", "2020-06-01", 0, (), "none", 0),
        (300_00, "2020-03-21", "2020-06-01", 0, BOOKED, "relief", 0),
        (299_99, "2020-03-21", "2020-06-01", 0, BOOKED, "none", 0),
        (100_00, "2020-04-25", "2020-07-01", 0, (), "relief", 0),
        (99_99, "2020-04-25", "2020-07-01", 0, (), "none", 0),
        (60_00, "2020-04-25", "2020-07-01", 40_00, (), "relief", 0),
        (333_00, "2023-05-20", "2023-08-01", 0, (), "relief", 0),
        (332_99, "2023-05-20", "2023-08-01", 0, (), "none", 0),
        (323_00, "2023-05-20", "2023-08-01", 10_00, (), "relief", 0),
        (266_00, "2023-06-24", "2023-09-01", 0, (), "relief", 0),
        (265_99, "2023-06-24", "2023-09-01", 0, (), "none", 0),
        (199_00, "2023-07-22", "2023-10-01", 0, (), "relief", 0),
        (198_99, "2023-07-22", "2023-10-01", 0, (), "none", 0),
    ],
)
def test_relief_orders_add_the_least_that_is_needed(amount, cutoff, start, bank, facts, route, after):
    found = relief(amount, cutoff, start, facts, bank)
    assert (found.route, found.covered) == (route, route == "relief")
    if found.covered:
        assert (found.bank_before, found.drawn, found.bank_after, found.added) == (bank, bank, after, 0)
        assert found.record.bought == 400_00 - amount - bank
        assert found.standing == "covered"


@pytest.mark.parametrize(
    ("amount", "cutoff", "start", "until"),
    [
        (1_00, "2020-09-19", "2020-12-01", "2021-05-31"),
        (99, "2020-09-19", "2020-12-01", None),
        (55_00, "2020-11-21", "2021-02-01", "2021-04-30"),
        (54_99, "2020-11-21", "2021-02-01", None),
    ],
)
def test_no_cost_cobra_covers_without_active_standing(amount, cutoff, start, until):
    found = relief(amount, cutoff, start)
    assert (found.covered, found.standing) == (until is not None, "lapsed")
    assert found.benefit == (Period(day(start), day(until)) if until else None)


def test_no_cost_cobra_leaves_the_bank_and_the_monthly_test():
    lines = [Line(day("2019-09-21"), 600_00), Line(day("2020-03-21"), 410_00), Line(day("2020-09-19"), 5_00)]
    lines.append(Line(day("2020-11-21"), 390_00))
    found = asked(lines, "2020-12-01")
    assert (found.route, found.bank_after, found.benefit.last) == ("relief", 10_00, day("2021-05-31"))
    later = asked(lines, "2021-02-01")
    assert (later.route, later.standing, later.counted) == ("bank", "covered", 395_00)


def test_relief_is_for_those_who_were_covered():
    lines = [Line(day("2019-09-21"), 600_00), Line(day("2020-04-25"), 300_00)]
    assert not asked(lines, "2020-07-01").covered


def test_relief_of_july_2020_is_not_for_disability_extensions():
    lines = [Line(day("2019-04-20"), 600_00), Line(day("2020-04-25"), 200_00)]
    claim = Fact("disability", day("2019-05-01"), day("2019-10-26"), "claim 1", day("2019-05-01"))
    assert asked(lines, "2020-01-01", (claim,)).route == "disability"
    assert not asked(lines, "2020-07-01", (claim,)).covered


def test_what_comes_next_for_a_covered_member():
    lines = [*worked(600_00, 400_00), Line(day("2021-08-07"), 130_50)]
    ahead = asked(lines, "2021-10-15").next
    assert ahead.benefit == Period(day("2022-03-01"), day("2022-08-31"))
    assert ahead.qualifying == Period(day("2021-06-20"), day("2021-12-25"))
    assert (ahead.so_far, ahead.needed, ahead.earn_by) == (130_50, 269_50, day("2021-12-25"))
    assert not ahead.bank_would_cover


def test_what_comes_next_when_the_bank_would_pay():
    ahead = asked(worked(600_00, 850_00), "2021-10-15").next
    assert (ahead.so_far, ahead.needed, ahead.bank, ahead.bank_would_cover) == (0, 400_00, 450_00, True)


def test_what_comes_next_without_cover_is_the_first_period_still_open():
    ahead = asked(worked(100_00), "2021-01-10").next
    assert (ahead.earn_by, ahead.required, ahead.so_far) == (day("2021-01-23"), 600_00, 100_00)


def test_what_comes_next_without_cover_may_be_cover_already_earned():
    ahead = asked(worked(600_00), "2021-02-10").next
    assert ahead.benefit == Period(day("2021-03-01"), day("2021-08-31"))
    assert ahead.needed == 0


@pytest.mark.parametrize("on", ["2021-03-01", "2021-08-15", "2021-09-01"])
def test_cover_by_decision_before_the_first_hour_is_known_on_every_day(on):
    granted = Fact("decision", day("2021-03-01"), day("2021-03-01"), name="cover_granted")
    found = asked([Line(day("2021-06-12"), 400_00)], on, (granted,))
    assert (found.covered, found.route) == (True, "hours" if on == "2021-09-01" else "decision")


def test_nobody_known_has_never_been_covered():
    found = asked([], "2021-03-01")
    assert (found.covered, found.standing, found.counted) == (False, "never", 0)


@pytest.mark.parametrize("on", ["1990-03-31", "2041-03-01", "1980-01-01"])
def test_a_day_outside_the_calendar_is_an_error(on):
    with pytest.raises(LookupError, match="not within the calendar"):
        asked([], on)


def test_the_calendar_is_asked_up_to_its_last_day():
    laid = ticks.lay(PLAN)
    last = laid.starts[-1] - datetime.timedelta(days=1)
    assert laid.at(last) == len(laid.starts) - 2
    assert laid.at(laid.starts[0]) == 0
    with pytest.raises(LookupError, match="not within the calendar"):
        laid.at(laid.starts[-1])


def test_hours_before_the_calendar_are_an_error_and_never_vanish():
    with pytest.raises(ValueError, match="outside the chart"):
        asked([Line(day("1989-01-01"), 100)], "2021-03-01")


def test_more_claims_than_can_be_numbered_are_an_error():
    claims = tuple(Fact("disability", day("2021-01-01"), day("2021-01-01"), str(number)) for number in range(61))
    with pytest.raises(ValueError, match="61 claims"):
        asked(worked(600_00), "2021-03-01", claims)


def test_raising_the_threshold_can_gain_cover_in_a_month():
    """At 450 cover lapses in September 2021, so the next two stretches of hours fall into one period and fill a bank.

    At 400 they are spent one by one, and nothing is left for September 2022.
    """
    lines = [*worked(600_00, 430_00), Line(day("2021-07-10"), 440_00), Line(day("2022-01-08"), 30_00)]
    at_400 = {one.on for one in months(lines) if one.covered}
    at_450 = {one.on for one in months(lines, continuing_hours="450") if one.covered}
    assert at_400 - at_450
    assert at_450 - at_400


def months(lines: list[Line], **changes: str) -> list[determine.Determination]:
    first = [datetime.date(year, month, 1) for year in (2021, 2022) for month in range(1, 13)]
    return [asked(lines, one.isoformat(), **changes) for one in first]


def test_where_values_are_those_of_the_first_covered_day_grace_and_reasons_are_told_by_it():
    # August's hours give September: its first day decides, not the cut-off of the day before.
    changes = {
        "calendar.values_of": {"1990-01-01": "cover_start"},
        "coverage.grace_days": {"2015-09-01": "21"},
        "qualify.any.routes.month.sum.at_least": {"2015-09-01": "60"},
    }
    plan = terms.plan("hotelworkers-ny").under(changes, name="changed", cite=Cite("made up", "", ""))
    lines = [Line(day("2015-08-31"), 60_00, 1)]
    found = determine.determine(plan, lines, (), day("2015-10-21"))
    assert (found.covered, found.grace) == (True, True)
    assert found.benefit == Period(day("2015-09-01"), day("2015-10-21"))
    assert not determine.determine(plan, lines, (), day("2015-10-22")).covered
    september = determine.determine(plan, lines, (), day("2015-09-30"))
    assert {reason.cite.title for reason in explain.explain(september, lines, ()) if "60.00" in reason.text} == {
        "made up"
    }


def test_a_second_bank_that_awards_or_costs_at_any_time_says_what():
    health, dollars = terms.plan("iatse33-health"), terms.plan("oe49-dollars")
    with pytest.raises(terms.ChangeError, match="'award' is missing"):
        health.under({"second_bank.deposit": {"2016-03-01": "award"}}, name="changed", cite=Cite("made up", "", ""))
    with pytest.raises(terms.ChangeError, match="'amount' is missing"):
        dollars.under({"second_bank.charge": {"2016-03-01": "fixed"}}, name="changed", cite=Cite("made up", "", ""))


def test_cover_that_a_second_bank_buys_outright_is_that_of_the_best_route():
    plan = terms.plan("wga-health").under(
        {"second_bank.amount": {"2015-01-01": "1"}}, name="changed", cite=Cite("made up", "", "")
    )
    lines = [Line(day("2019-06-30"), earnings=100_000_00, number=1)]
    first = determine.determine(plan, lines, (), day("2020-06-01"))
    bought = determine.determine(plan, lines, (), day("2021-06-01"))
    assert (first.route, bought.route, bought.bought > 0) == ("initial", "bank", True)
    assert (bought.way, bought.tier) == (first.way, first.tier)
