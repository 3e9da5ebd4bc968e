"""The oracle reads each word of the language as docs/terms.md has it: tiny plans, each worked out by hand."""

import random
from datetime import date

import pytest

from tests import oracle
from tests.oracle_asked import FIGURES, ask, banked, credit, every, excess, figures, months, random_history
from tests.oracle_tiny import ALL, BALANCE, ENROLLED, EXCESS, HOURS, fact, hours, leaves, line, plan, two

JAN, FEB, MAR, APR, MAY, JUN, JUL, AUG, SEP, OCT, NOV, DEC = (date(2020, month, 1) for month in range(1, 13))


# Calendars


def test_a_month_gives_the_second_month_after():
    answer = ask(plan(), hours(100), MAR)
    assert figures(answer, "covered", "from", "until", "route") == (True, MAR, date(2020, 3, 31), "initial")
    assert figures(answer, "way", "tier", "gates") == ("month", None, {})
    assert answer["qualifying_period"] == (JAN, date(2020, 1, 31))
    assert figures(answer, "standing", "counted", "required", "short") == ("covered", 100, 100, 0)
    assert figures(ask(plan(), hours(99.99), MAR), "covered", "route", "way", "short") == (False, "none", None, 0.01)
    assert figures(ask(plan(), hours(100), APR), "covered", "standing") == (False, "lapsed")
    assert figures(ask(plan(), hours(100), FEB), "covered", "standing") == (False, "never")
    assert months(plan(), hours(100, 100, 0, 100), last=JUL) == ["initial", "hours", "none", "hours", "none"]


def test_the_last_saturday_of_each_month():
    terms = plan(calendar={"cutoffs": "last_saturday", "lag": 1})
    assert ask(terms, [line(date(2020, 2, 29), 100)], MAR)["qualifying_period"] == (
        date(2020, 1, 26),
        date(2020, 2, 29),
    )
    assert ask(terms, [line(date(2020, 1, 26), 100)], FEB)["covered"] is False
    assert ask(terms, [line(date(2020, 1, 26), 100)], MAR)["covered"] is True


def test_weeks_and_days():
    terms = plan(calendar={"cutoffs": "weeks_ending_saturday", "window": 2, "lag": 2}, coverage={"length": 3})
    answer = ask(terms, [line(date(2020, 1, 5), 100)], date(2020, 1, 19))
    assert answer["qualifying_period"] == (date(2019, 12, 29), date(2020, 1, 11))
    assert figures(answer, "from", "until") == (date(2020, 1, 19), date(2020, 2, 8))
    assert oracle.days(terms, JAN, date(2020, 1, 20)) == [date(2020, 1, 5), date(2020, 1, 12), date(2020, 1, 19)]
    terms = plan(calendar={"cutoffs": "days", "window": 10, "lag": 1, "cycle": "contract_end"}, coverage={"length": 5})
    ended = fact("event", date(2020, 1, 20), name="contract_end")
    work = [line(date(2020, 1, 11), 100)]
    answer = ask(terms, work, date(2020, 1, 25), [ended])
    assert figures(answer, "covered", "from", "until") == (True, date(2020, 1, 21), date(2020, 1, 25))
    assert ask(terms, work, date(2020, 1, 20), [ended])["covered"] is False
    assert ask(terms, work, date(2020, 1, 26), [ended])["covered"] is False
    assert len(oracle.days(terms, JAN, FEB)) == 32


def test_quarters_and_a_cycle_of_ones_own():
    quarter = {"window": 3, "every": 3, "starting": 1}
    terms = plan(calendar=quarter, coverage={"length": 3})
    assert months(terms, hours(0, 0, 100), last=NOV) == ["none"] * 3 + ["initial"] * 3 + ["none"] * 3
    own = plan(calendar={"window": 3, "every": 3, "cycle": "own"}, coverage={"length": 3})
    cycle = [fact("cycle_start", date(2020, 2, 10))]
    assert months(own, hours(0, 0, 100), cycle, last=NOV) == ["none"] * 4 + ["initial"] * 3 + ["none"] * 2
    assert months(own, hours(0, 0, 100), last=NOV) == ["none"] * 9
    lapsed = plan(calendar=quarter, coverage={"length": 3}, lapse={"every": 1})
    assert months(lapsed, hours(0, 0, 100), last=NOV) == ["none"] * 2 + ["initial"] * 3 + ["none"] * 4


def test_a_window_that_reaches_back_before_the_calendar_holds_nothing_there():
    answer = ask(plan(calendar={"window": 12}), [line(date(1990, 1, 15), 100)], date(1990, 3, 1))
    assert figures(answer, "covered", "qualifying_period") == (True, (date(1990, 1, 1), date(1990, 1, 31)))
    up_to = {"any": {"years": {"sum": {"up_to_windows": 9, "at_least": 100}}}}
    assert ask(plan(up_to), [line(date(1990, 1, 15), 99)], date(1990, 4, 1))["counted"] == 99


def test_the_value_of_the_cutoff_or_of_the_day_on_which_cover_begins():
    routes = {"any": {"routes": {"month": {"sum": {"at_least": {"undated": leaves(100), "2020-03-01": leaves(50)}}}}}}
    assert ask(plan(routes), hours(60), MAR)["required"] == 100
    assert ask(plan(routes, calendar={"values_of": "cover_start"}), hours(60), MAR)["covered"] is True


# Values


def test_a_value_by_attribute_age_or_tenure():
    by = {"by": "port", "major": 100, "minor": 60, "otherwise": 80}
    terms = plan({"any": {"month": {"sum": {"at_least": by}}}})
    minor = [fact("attribute", date(2019, 1, 1), name="port", value="minor")]
    later = [fact("attribute", date(2020, 1, 31), name="port", value="major")]
    assert ask(terms, hours(60), MAR, minor)["covered"] is True
    assert figures(ask(terms, hours(60), MAR, minor + later), "covered", "required") == (False, 100)
    assert ask(terms, hours(60), MAR)["required"] == 80
    with pytest.raises(LookupError):
        ask(plan({"any": {"month": {"sum": {"at_least": {"by": "port", "major": 1}}}}}), hours(60), MAR)
    terms = plan({"any": {"month": {"sum": {"at_least": {"by": "age", "50": 90, "55": 80, "otherwise": 100}}}}})
    for born, asked in ((date(1970, 2, 1), 100), (date(1970, 1, 31), 90), (date(1965, 1, 31), 80)):
        assert ask(terms, [], MAR, [fact("born", born)])["required"] == asked
    terms = plan({"any": {"month": {"sum": {"at_least": {"by": "tenure", "0": 90, "6": 80}}}}})
    for hired, asked in ((date(2019, 7, 31), 80), (date(2019, 8, 1), 90)):
        assert ask(terms, [], MAR, [fact("hired", hired)])["required"] == asked


def test_a_value_that_follows_another():
    follows = {"value": "1.5", "unit": "times", "times": "indexes.scale", "cite": "hand"}
    terms = plan({"any": {"month": {"sum": {"at_least": follows}}}}, indexes={"scale": 60})
    assert ask(terms, [], MAR)["required"] == 90


def test_a_proposal_stands_alone_from_its_first_day():
    dated = {"2019-01-01": leaves(100), "2020-03-01": leaves(120)}
    path = "qualify.any.routes.month.sum.at_least"
    terms = plan({"any": {"routes": {"month": {"sum": {"at_least": dated}}}}}, {path: {date(2020, 2, 1): "90"}})
    assert [ask(terms, [], day)["required"] for day in (MAR, APR, MAY)] == [100, 90, 90]
    with pytest.raises(LookupError):
        plan(changes={"bank.cap": {JAN: "1"}})


def test_what_has_no_answer():
    dated = {"any": {"month": {"sum": {"at_least": {"2020-02-01": leaves(100)}}}}}
    with pytest.raises(LookupError):
        ask(plan(dated), hours(100), MAR)
    assert ask(plan(dated), hours(100), APR)["covered"] is False
    for day in (date(1989, 1, 1), date(2042, 1, 1)):
        with pytest.raises(LookupError):
            ask(plan(), [], day)
    with pytest.raises(ValueError, match="outside"):
        ask(plan(), [line(date(1980, 1, 1), 1)], MAR)
    with pytest.raises(ValueError, match="unknown"):
        ask(plan(), [], MAR, [fact("luck", JAN)])


# Credit


def test_which_lines_count():
    inside, own = line(date(2020, 1, 5), 60, marks={"inside"}), line(date(2020, 1, 6), 50, marks={"inside", "own"})
    assert ask(credit(only={"inside": "true"}), [inside, own, line(JAN, 7)], MAR)["counted"] == 110
    assert ask(credit(without={"own": "true"}), [inside, own, line(JAN, 7)], MAR)["counted"] == 67
    off = {"own": {"undated": leaves("true"), "2020-01-06": leaves("false")}}
    assert ask(credit(without=off), [inside, own], MAR)["counted"] == 110
    paid = line(date(2020, 1, 5), 60, paid=MAY)
    assert ask(credit(needs="paid"), [paid, line(JAN, 50)], MAR)["counted"] == 60
    terms = credit(needs="paid", unpaid_months=2)
    assert [ask(terms, hours(10, 0, 20, 40), day)["counted"] for day in (MAR, MAY, JUN)] == [10, 20, 0]
    terms = credit(needs="paid", unpaid_months=1)
    assert [ask(terms, [*nothing, line(FEB, 20)], APR)["counted"] for nothing in ([], [line(JAN, 0)])] == [20, 0]


def test_to_which_day_a_line_belongs():
    work = [line(date(2020, 1, 31), 100, received=date(2020, 4, 2), paid=date(2020, 3, 9), placed=FEB)]
    for by, month in (("work_date", MAR), ("pay_date", MAY), ("receipt_date", JUN), ("members_choice", APR)):
        assert months(credit(attributed_to=by), work).index("initial") == month.month - 3
    assert months(credit(late_after=2), work).index("initial") == 3
    assert months(credit(late_after=3), work).index("initial") == 0
    assert "initial" not in months(credit(attributed_to="pay_date"), hours(100))
    late = plan(coverage={"retroactive": "no"})
    assert months(late, work).index("initial") == 3
    assert months(late, [{**work[0], "received": MAR}]).index("initial") == 0


def test_late_lines_may_count_alone_or_not_at_all_and_be_added_in_their_own_way():
    work = [line(JAN, 40), line(JAN, 30, received=date(2020, 3, 2)), line(JAN, 1, received=FEB)]
    for word, january, march in (("only", 0, 30), ("left_out", 41, 0)):
        terms = credit(late_after=1, late=word)
        assert (ask(terms, work, MAR)["counted"], ask(terms, work, MAY)["counted"]) == (january, march)
    own, twice = {**HOURS, "late_after": 1}, {"multiply_by": 2, "rounding": "down", "cap_per_month": 55}
    terms = plan(
        credit={"late": {**own, "late": "only", **twice, "adds_to": "hours"}, "hours": {**own, "late": "left_out"}}
    )
    assert (ask(terms, work, MAR)["counted"], ask(terms, work, MAY)["counted"]) == (41, 55)


def test_conversion_rounds_once():
    work = [line(JAN, 10.01, rate=2000)]
    thirds = {"multiply_by": 2, "divide_by": 3}
    for rounding, counted in (("down", 6.67), ("nearest", 6.67), ("up", 6.68)):
        assert ask(credit(**thirds, rounding=rounding), work, MAR)["counted"] == counted
    assert ask(credit(standard_rate=16, rounding="nearest"), [*work, line(JAN, 1)], MAR)["counted"] == 13.51
    assert ask(credit(multiply_by="0.5", rounding="nearest"), [line(JAN, 0.01)], MAR)["counted"] == 0.01


def test_caps_drop_what_is_over_the_shorter_one_first():
    week = [line(date(2020, 1, day), 10) for day in (5, 5, 6, 7, 11, 12)]
    assert ask(credit(cap_per_day=15), week, MAR)["counted"] == 55
    assert ask(credit(cap_per_day=15, cap_per_week=40), week, MAR)["counted"] == 50
    assert ask(credit(cap_per_month=25), [*week, line(FEB, 10)], MAR)["counted"] == 25
    assert ask(credit(cap_per_month=25, cap_per_year=30), [*week, line(FEB, 10)], APR)["counted"] == 5


# Tests and routes


def counted(test, *amounts, on=date(2020, 8, 1), **sections):
    """Give counted, whether there is cover, and the first month looked at, of one test on the months to June."""
    answer = ask(plan({"any": {"one": test}}, **sections), hours(*amounts), on)
    return answer["counted"], answer["covered"], answer["qualifying_period"][0].month


def test_sums():
    assert counted({"sum": {"periods": 3, "at_least": 60}}, 0, 0, 0, 10, 20, 30) == (60, True, 4)
    assert counted({"sum": {"windows": 2, "at_least": 60}}, 0, 0, 0, 10, 20, 30) == (50, False, 5)
    assert counted({"sum": {"periods": 2, "ago": 1, "at_least": 30}}, 0, 0, 0, 10, 20, 30) == (30, True, 4)
    assert counted({"sum": {"up_to_windows": 4, "at_least": 45}}, 0, 0, 9, 10, 20, 30) == (50, True, 5)
    assert counted({"sum": {"up_to_windows": 4, "at_least": 70}}, 0, 0, 9, 10, 20, 30) == (69, False, 3)


def test_averages_and_single_months():
    assert counted({"average": {"up_to_periods": 3, "at_least": 25}}, 0, 0, 0, 40, 20, 15) == (25, True, 4)
    assert counted({"average": {"up_to_periods": 3, "at_least": 26}}, 0, 0, 0, 40, 20, 15) == (25, False, 4)
    assert counted({"average": {"up_to_periods": 3, "at_least": 26}}, 0, 0, 0, 20, 20, 20) == (20, False, 6)
    assert counted({"each": {"periods": 3, "at_least": 15}}, 0, 0, 0, 40, 20, 15) == (15, True, 4)
    assert counted({"first": {"periods": 3, "at_least": 40}}, 0, 0, 0, 40, 20, 15) == (40, True, 4)
    assert counted({"count": {"periods": 4, "with_at_least": 16, "at_least": 2}}, 0, 0, 0, 40, 20, 15) == (2, True, 3)


def test_routes_are_tried_in_order_and_every_test_must_hold():
    year = {"sum": {"periods": 6, "at_least": 300}, "and": {"lately": {"sum": {"at_least": 10}}}}
    routes = {"month": {"sum": {"at_least": 100}, "gives": {"tier": "high", "length": 2}}, "year": year}
    terms = plan({"any": {"routes": routes}})
    assert figures(ask(terms, hours(0, 0, 0, 290, 0, 10), AUG), "way", "tier", "counted") == ("year", None, 300)
    assert ask(terms, hours(0, 0, 0, 0, 100), date(2020, 8, 31))["tier"] == "high"
    short = ask(terms, hours(0, 0, 0, 0, 0, 95), AUG)
    assert figures(short, "covered", "way", "counted", "required", "short") == (False, None, 95, 100, 5)
    assert figures(ask(terms, hours(0, 0, 0, 290), AUG), "counted", "required") == (0, 100)
    assert figures(ask(terms, hours(0, 0, 0, 220, 0, 70), AUG), "counted", "short") == (290, 10)


def test_routes_that_are_open_to_some():
    routes = {
        "old": {"reach": {"age": 50}, "sum": {"at_least": 10}},
        "crew": {"for": {"class": "crew"}, "sum": {"at_least": 20}},
        "june": {"cutoff_month": 6, "sum": {"at_least": 30}},
    }
    terms = plan({"any": routes})
    assert ask(terms, hours(50), MAR, [fact("born", date(1970, 1, 31))])["way"] == "old"
    crew = [fact("attribute", JAN, name="class", value="crew")]
    assert ask(terms, hours(50), MAR, crew)["way"] == "crew"
    assert figures(ask(terms, hours(50), MAR), "covered", "counted", "required", "short") == (False, 0, 0, 0)
    assert ask(terms, hours(0, 0, 0, 0, 0, 50), AUG)["way"] == "june"


def test_standing_chooses_the_routes():
    routes = two({"start": {"sum": {"at_least": 100}}}, {"keep": {"sum": {"at_least": 50}}})
    terms = plan(routes, lapse={"initial_after": 2})
    assert months(terms, hours(100, 0, 50, 0, 0, 50), last=AUG) == ["initial", "none", "hours", "none", "none", "none"]
    back = {**routes, "lapsed": {"routes": {"back": {"sum": {"at_least": 70}}}}}
    assert months(plan(back, lapse={"initial_after": 9}), hours(100, 50, 0, 50, 70), last=JUL)[2:] == ["none"] * 2 + [
        "hours"
    ]
    locked = plan(routes, lapse={"initial_after": 9, "lockout": 3})
    assert months(locked, hours(100, 50, 0, 60, 60, 60), last=AUG) == ["initial", "hours", *["none"] * 3, "hours"]
    assert months(plan(routes), hours(100, 0, 0, 0, 50), last=JUL) == ["initial", "none", "none", "none", "hours"]


def test_what_gave_cover_may_be_used_up():
    routes = {"any": {"quarter": {"sum": {"periods": 3, "at_least": 100}}}}
    assert months(plan(routes), hours(150), last=JUN) == ["initial", "hours", "hours", "none"]
    assert months(plan(routes, consumption="window"), hours(250), last=JUN) == ["initial", "none", "none", "none"]
    exact = plan(routes, consumption="exact")
    assert months(exact, hours(250, 0, 50), last=JUN) == ["initial", "hours", "hours", "none"]
    assert ask(exact, hours(250), MAY)["counted"] == 50


# The bank of excess hours


def test_the_excess_is_banked_and_fills_a_shortfall():
    answer = ask(excess(), hours(130, 80), APR)
    assert figures(answer, "route", "way", "counted", "short") == ("bank", "month", 80, 20)
    assert figures(answer, "bank_before", "added", "drawn", "bank_after", "bought") == (30, 0, 20, 10, 0)
    assert figures(ask(excess(), hours(130, 69.99), APR), "covered", "drawn", "bank_after") == (False, 0, 30)
    assert banked(excess(cap=40), hours(130, 130, 60, 0), last=JUN) == [30, 40, 0, 0]
    assert banked(excess(over=120, most_per_deposit=15), hours(130, 190), last=APR) == [10, 25]
    assert banked(excess(floor=20), hours(130, 85, 95), last=MAY) == [30, 30, 25]
    assert months(excess(most_per_use=10), hours(130, 85, 90), last=MAY) == ["initial", "none", "bank"]


def test_what_a_first_success_puts_in():
    routes = two({"start": {"sum": {"at_least": 150}}}, {"keep": {"sum": {"at_least": 100}}})
    for rule, number in (("none", 0), ("excess", 30), ("excess_over_continuing", 80)):
        assert banked(excess(routes, deposit_after_initial=rule), hours(180), last=MAR) == [number]
    loan = [fact("bank_adjustment", JAN, amount=5000)]
    assert ask(excess(routes), hours(120), MAR, loan)["covered"] is False
    assert ask(excess(routes, used_for="always"), hours(120), MAR, loan)["route"] == "bank"


def test_a_bank_that_may_not_be_used():
    blocked = [fact("state", APR, APR, name="away")]
    assert months(excess(blocked_by={"away": "true"}), hours(150, 90, 90), blocked, last=MAY)[1:] == ["none", "bank"]
    tiers = {
        "high": {"sum": {"at_least": 100}, "gives": {"tier": "A"}},
        "low": {"sum": {"at_least": 80}, "gives": {"tier": "B"}},
    }
    terms = excess(two({"month": {"sum": {"at_least": 100}}}, tiers), may_buy="B")
    assert figures(ask(terms, hours(150, 70), APR), "tier", "drawn", "required") == ("B", 10, 80)
    assert (
        ask(excess(two({"month": {"sum": {"at_least": 100}}}, tiers), may_buy="A"), hours(150, 70), APR)["route"]
        == "none"
    )


def test_a_bank_is_taken_away():
    assert banked(excess(when_short="wiped"), hours(130, 50), last=APR) == [30, 0]
    assert banked(excess(misses=2), hours(130, 50, 50), last=MAY) == [30, 30, 0]
    assert banked(excess(lapse=2, while_lapsed="forfeited"), hours(130), last=JUL) == [30, 30, 30, 0, 0]
    assert banked(excess(expires_after=2), hours(130, 120), last=JUL) == [30, 50, 20, 0, 0]
    assert banked(excess(idle_after=2, idle_means="no_credits"), hours(130, 0, 1), last=JUL) == [30, 30, 30, 30, 0]
    assert banked(excess(idle_after=2, idle_means="no_cover"), hours(130, 0, 1), last=AUG) == [30, 30, 30, 30, 0, 0]
    assert banked(excess(idle_after=2, idle_means="neither"), hours(130, 0, 0, 1), last=AUG) == [30] * 5 + [0]
    away = [fact("state", FEB, MAY, name="away")]
    stopped = excess(idle_after=2, idle_means="no_credits", stops_clock={"away": "true"})
    assert banked(stopped, hours(130), away, last=AUG) == [30] * 5 + [0]
    left = [fact("event", date(2020, 2, 29), name="left")]
    assert banked(excess(forfeit_on={"left": "true"}), hours(130, 110), left, last=APR) == [30, 10]
    moved = [
        fact("bank_adjustment", date(2020, 2, 3), amount=-5000),
        fact("bank_adjustment", date(2020, 2, 4), amount=700),
    ]
    assert banked(excess(cap=1), hours(130, 110), moved, last=APR) == [1, 7]


def test_what_counts_as_idle_and_as_missed():
    idle = {"idle_after": 2, "idle_means": "no_cover"}
    work = hours(130, 0, 0, 0, 60)
    assert banked(every(**idle), work, last=SEP) == [30, 30, 30, 30, 60, 60, 60]
    away = [fact("state", APR, date(2020, 4, 30), name="away")]
    assert banked(every(**idle, stops_clock={"away": "true"}), work, away, last=SEP) == [30, 30, 30, 30, 90, 0, 0]
    loan = [fact("bank_adjustment", JAN, amount=5000)]
    assert banked(excess(misses=1), hours(0, 0, 1), loan, last=MAY) == [50, 50, 0]
    feb = str(date(2020, 2, 29))
    cobra = {"gives": "cobra", "for": {feb: leaves("enrolled")}, "months": {feb: leaves(1)}}
    assert banked(excess(misses=2), hours(130, 1), last=JUN) == [30, 30, 0, 0]
    assert banked(excess(misses=2, relief={"x": cobra}), hours(130, 1), last=JUN) == [30, 30, 30, 0]
    assert banked(excess(when_short="wiped", relief={"x": cobra}), hours(130, 1), last=MAY) == [30, 30, 0]


# The bank through which everything goes


def test_every_credit_goes_in_and_a_month_goes_out():
    answer = ask(every(), hours(60, 90), APR)
    assert figures(answer, "route", "way", "counted", "required") == ("initial", "bank", 150, 100)
    assert figures(answer, "bank_before", "added", "drawn", "bank_after") == (60, 90, 100, 50)
    assert figures(ask(every(), hours(60, 90, 50), MAY), "route", "bank_after") == ("bank", 0)
    assert banked(every(most_per_deposit=120), hours(300), last=APR) == [20, 20]
    assert banked(every(floor=50), hours(140, 10), last=APR) == [140, 50]
    assert figures(ask(every(floor=50), hours(140), MAR), "covered", "counted", "short") == (False, 140, 10)
    assert ask(every(floor=50), hours(140), MAR)["required"] == 150
    own = every({"any": {"own": {"sum": {"at_least": 120}}}}, floor=50)
    assert figures(ask(own, hours(120), MAR), "covered", "required", "bank_after") == (True, 120, 20)


def test_a_blocked_bank_does_not_hold_but_other_routes_do():
    away = [fact("state", APR, date(2020, 4, 30), name="away")]
    blocked = {"blocked_by": {"away": "true"}}
    assert months(every(**blocked), hours(250), away, last=MAY) == ["initial", "none", "bank"]
    answer = ask(every(**blocked), hours(250), APR, away)
    assert figures(answer, "counted", "required", "short", "bank_after") == (150, 100, 0, 150)
    both = every({"any": {**BALANCE, "own": {"sum": {"at_least": 100}}}}, **blocked)
    assert figures(ask(both, hours(250, 100), APR, away), "route", "way", "bank_after") == ("hours", "own", 150)
    answer = ask(both, hours(250, 30), APR, away)
    assert figures(answer, "route", "counted", "short", "bank_after") == ("none", 30, 70, 180)


def test_a_blocked_balance_is_never_the_best_route():
    paid = {"flat": {"for": "enrolled", "flat": 10}}
    blocked = {"blocked_by": {"away": "true"}, "top_up": paid}
    facts = [fact("state", APR, date(2020, 4, 30), name="away"), fact("self_payment", APR, MAY)]
    assert ask(every(**blocked), hours(130), APR, facts)["route"] == "none"
    assert ask(every(**blocked), hours(130), APR, facts[1:])["route"] == "top_up"
    both = every({"any": {**BALANCE, "own": {"sum": {"at_least": 100}}}}, **blocked)
    answer = ask(both, hours(130, 60), APR, facts)
    assert figures(answer, "route", "way", "bought", "bank_after") == ("top_up", "own", 40, 30)
    assert ask(both, hours(130, 60), APR, facts[1:])["way"] == "bank"


def test_the_cap_before_and_after_the_charge():
    assert banked(every(cap=150, cap_counts="before_charge"), hours(300), last=MAR) == [50]
    assert banked(every(cap=150, cap_counts="after_charge"), hours(300), last=MAR) == [150]
    low = every(cap=80, cap_counts="before_charge")
    assert figures(ask(low, hours(300), MAR), "covered", "counted", "bank_after") == (False, 80, 80)
    second = {"hours": HOURS, "late": {**HOURS, "counts": "days"}}
    keys = {**ALL, "cap": 20, "cap_counts": "after_charge", "uncapped": "late"}
    terms = plan({"any": BALANCE}, credit=second, bank=keys)
    answer = ask(terms, [*hours(150), line(JAN, 30, "days")], MAR)
    assert figures(answer, "added", "drawn", "bank_after") == (150, 100, 50)


def test_credits_before_cover_are_passed_over_or_kept():
    routes = two({"start": {"sum": {"periods": 2, "at_least": 200}}}, BALANCE)
    work = hours(50, 90, 150, 30)
    kept = plan(routes, bank=ALL, lapse={"initial_after": 12})
    assert banked(kept, work, last=JUN) == [50, 140, 190, 120]
    window = plan(routes, bank={**ALL, "before_cover": "window"}, lapse={"initial_after": 12})
    assert banked(window, work, last=JUN) == [0, 0, 140, 70]
    assert figures(ask(window, work, MAY), "added", "drawn", "counted") == (240, 100, 240)
    back = two({"start": {"sum": {"periods": 3, "at_least": 100}}}, BALANCE)
    again = plan(back, bank={**ALL, "before_cover": "window"}, lapse={"initial_after": 1})
    answer = ask(again, hours(150, 0, 60), MAY)
    assert figures(answer, "counted", "bank_before", "added", "drawn", "bank_after") == (210, 50, 60, 100, 10)


def test_what_overflows_goes_to_a_second_bank():
    hra = {"unit": "hour", "deposit": "overflow", "charge": "shortfall"}
    terms = every(cap=20, cap_counts="after_charge", overflow="second_bank", second_bank=hra)
    answer = ask(terms, hours(200, 30), APR)
    assert figures(answer, "route", "bought", "second_before", "second_after") == ("bank", 50, 80, 30)
    assert figures(answer, "bank_before", "added", "drawn", "bank_after") == (20, 30, 100, 0)
    assert figures(ask(terms, hours(200), APR), "route", "second_after") == ("bank", 0)
    assert ask(terms, hours(199.99), APR)["route"] == "none"
    deaf = every(cap=20, cap_counts="after_charge", overflow="second_bank", second_bank={**hra, "charge": "none"})
    assert figures(ask(deaf, hours(200), APR), "route", "second_after") == ("none", 80)
    beside = excess(cap=10, overflow="second_bank", second_bank=hra)
    answer = ask(beside, hours(130, 70), APR)
    assert figures(answer, "route", "drawn", "bought", "bank_after", "second_after") == ("bank", 10, 20, 0, 0)
    assert figures(ask(beside, hours(130, 69.99), APR), "route", "drawn", "second_after") == ("none", 0, 20)


def test_points_buy_cover_outright():
    steps = {"one": {"from": 100, "points": 1}, "two": {"from": 200, "points": 2}}
    points = {"unit": "point", "deposit": "award", "award": steps, "cap": 3, "charge": "fixed", "amount": 2}
    terms = plan(second_bank=points)
    rows = oracle.history_under(terms, hours(100, 250, 999), [], MAR, JUL)
    assert [row["second_after"] // 100 for row in rows] == [1, 3, 3, 1, 1]
    assert [row["route"] for row in rows] == ["initial", "hours", "hours", "bank", "none"]
    assert figures(rows[3], "way", "drawn", "bank_after") == ("month", 0, 0)
    answer = ask(every(second_bank=points), hours(200, 0, 30), MAY)
    assert figures(answer, "route", "short", "bought", "drawn") == ("bank", 70, 70, 0)
    assert figures(answer, "bank_before", "added", "bank_after", "second_after") == (0, 30, 30, 0)


# Cover


def test_how_long_cover_lasts():
    grid = plan(coverage={"aligned_to": 3, "aligned_month": 1, "length": 9})
    assert ask(grid, hours(100), MAR)["until"] == date(2020, 3, 31)
    assert ask(grid, hours(0, 100), APR)["until"] == date(2020, 6, 30)
    long = plan(coverage={"length": 4, "ends_on": {"quit": "true"}})
    answer = ask(long, hours(100), MAR, [fact("event", date(2020, 4, 15), name="quit")])
    assert figures(answer, "from", "until") == (MAR, date(2020, 4, 30))
    grace = plan(coverage={"grace_days": 15})
    assert figures(ask(grace, hours(100), date(2020, 4, 15)), "covered", "until") == (True, date(2020, 4, 15))
    assert ask(grace, hours(100), date(2020, 4, 16))["covered"] is False
    assert ask(grace, hours(100, 100), date(2020, 4, 15))["from"] == APR
    rows = [oracle.history_under(grace, hours(100), [], MAR, MAY, grace=looked_at) for looked_at in (False, True)]
    assert [[row["covered"] for row in some] for some in rows] == [[True, False, False], [True, True, False]]
    assert [some[1]["counted"] for some in rows] == [0, 10000]
    far = plan(coverage={"aligned_to": 3, "aligned_month": 1, "aligned_at_least": 3})
    assert {ask(far, hours(100), MAR)["until"], ask(far, hours(0, 100), APR)["until"]} == {date(2020, 6, 30)}
    stopped = plan(coverage={"not_while": {"stopped": "true"}})
    states = [fact("state", APR, APR, name="stopped"), fact("decision", APR, APR, name="cover_granted")]
    assert months(stopped, hours(100, 100, 100), states[:1], last=MAY) == ["initial", "none", "hours"]
    assert ask(stopped, hours(100, 100), APR, states)["route"] == "decision"


def test_gates_and_carry():
    gate = {"income": {"sum": {"periods": 3, "at_least": 150}}}
    terms = plan(coverage={"gates": gate}, consumption="window")
    assert [ask(terms, hours(100, 100), day)["gates"] for day in (MAR, APR, MAY)] == [
        {"income": False},
        {"income": True},
        {},
    ]
    carry = plan(carry={"at_least": 150, "share": 50})
    rows = oracle.history_under(carry, hours(151, 30, 0), [], MAR, MAY)
    assert [row["counted"] for row in rows] == [15100, 10550, 0]


def test_gates_leave_carry_and_relief_aside():
    gate = {"gates": {"income": {"sum": {"at_least": 100}}}}
    carry = plan(carry={"at_least": 150, "share": 50}, coverage=gate)
    rows = oracle.history_under(carry, hours(151, 30), [], MAR, APR)
    assert [(row["counted"], row["gates"]["income"]) for row in rows] == [(15100, True), (10550, False)]
    march = date(2020, 2, 29)
    lent = plan(relief={"lent": {"gives": "credit", "adds": {march: 80}, "for": {march: "everyone"}}}, coverage=gate)
    rows = oracle.history_under(lent, hours(100, 30), [], MAR, APR)
    assert [(row["counted"], row["gates"]["income"]) for row in rows] == [(10000, True), (11000, False)]


# Help


def test_weeks_of_disability():
    rule = {**ENROLLED, "credit_per_week": 40, "counted_with": "hours_worked", "claim_within": 30}
    rule |= {"not_consecutive": "true", "once_per_claim": "true", "order": "after_bank", "combined_with_bank": "false"}
    terms = plan(disability=rule)
    ill = [fact("disability", date(2020, 2, 8), date(2020, 2, 21), claim="a", claimed=date(2020, 2, 10))]
    answer = ask(terms, hours(100, 20), APR, ill)
    assert figures(answer, "route", "way", "counted", "bought") == ("disability", "month", 20, 0)
    assert ask(terms, hours(100, 19.99), APR, ill)["covered"] is False
    assert ask(terms, hours(100, 20), APR, [{**ill[0], "to": date(2020, 2, 20)}])["covered"] is False
    assert ask(terms, [line(date(2020, 1, 10), 120)], APR, ill)["covered"] is False
    longer = [{**ill[0], "to": date(2020, 4, 30)}, {**ill[0], "claim": "b", "from": MAR, "to": APR}]
    assert months(terms, hours(100), longer, last=JUN) == ["initial", "disability", "none", "none"]
    answer = ask(plan({"any": BALANCE}, bank=ALL, disability=rule), hours(100, 20), APR, ill)
    assert figures(answer, "route", "added", "drawn", "bank_after") == ("disability", 20, 0, 20)


def test_relief_orders():
    feb = date(2020, 2, 29)
    order = {"gives": "hours", "for": {str(feb): leaves("enrolled")}, "up_to": {str(feb): leaves(20)}}
    assert figures(ask(plan(relief={"x": order}), hours(100, 80), APR), "route", "bought", "short") == (
        "relief",
        20,
        20,
    )
    assert ask(plan(relief={"x": order}), hours(100, 79.99), APR)["covered"] is False
    assert ask(plan(relief={"x": order}), hours(0, 80), APR)["covered"] is False
    first = {**order, "after_bank": {str(feb): leaves("true")}}
    terms = plan(relief={"x": first}, bank=EXCESS)
    assert figures(ask(terms, hours(130, 50), APR), "route", "drawn", "bought", "bank_after") == ("relief", 30, 20, 0)
    cobra = {"gives": "cobra", "for": {str(feb): leaves("everyone")}, "months": {str(feb): leaves(2)}}
    answer = ask(plan(relief={"x": {**cobra, "at_least": {str(feb): leaves(1)}}}), hours(0, 1, 0), date(2020, 5, 31))
    assert figures(answer, "route", "way", "standing", "until") == ("relief", None, "never", date(2020, 5, 31))
    adds = {"gives": "credit", "for": {str(feb): leaves("everyone")}, "adds": {str(feb): leaves(40)}}
    answer = ask(plan(relief={"x": adds}, bank=EXCESS), hours(0, 110), APR)
    assert figures(answer, "route", "counted", "added") == ("initial", 150, 10)
    cut = plan(relief={"x": cobra}, coverage={"ends_on": {"quit": "true"}})
    assert ask(cut, hours(0, 1), APR, [fact("event", APR, name="quit")])["until"] == date(2020, 5, 31)


def test_top_ups():
    paid = [fact("self_payment", APR, DEC)]
    pay = {**ENROLLED, "price": 1}
    assert ask(plan(top_up={"pay": pay}), hours(100), APR)["covered"] is False
    assert figures(ask(plan(top_up={"pay": pay}), hours(100, 1), APR, paid), "route", "bought") == ("top_up", 99)
    for rule, number in (("most_short", 40), ("most_short_percent", 40), ("least_counted", 60)):
        terms = plan(top_up={"pay": {**pay, rule: number}})
        assert ask(terms, hours(100, 60), APR, paid)["route"] == "top_up"
        assert ask(terms, hours(100, 59.99), APR, paid)["covered"] is False
    work = hours(100, 10, 10, 10, 100, 10, 10)
    twice = plan(top_up={"pay": {**pay, "most_in_a_row": 2}})
    assert months(twice, work, paid, last=SEP) == ["initial", "top_up", "top_up", "none", "hours", "top_up", "top_up"]
    armed = plan(top_up={"pay": {**pay, "most_in_a_row": 1, "rearm": 50}})
    assert months(armed, hours(100, 10, 60, 60, 10, 10), paid, last=AUG)[1:] == ["top_up"] * 3 + ["none"] * 2
    first = plan(top_up={"pay": {**pay, "after_bank": "yes", "most_short": 40}}, bank=EXCESS)
    assert figures(ask(first, hours(130, 30), APR, paid), "drawn", "bought", "bank_after") == (30, 40, 0)
    answer = ask(every(top_up={"pay": pay}), hours(130, 30), APR, paid)
    assert figures(answer, "route", "bought", "added", "drawn", "bank_after") == ("top_up", 40, 30, 100, 0)
    feb = str(date(2020, 2, 29))
    waiver = {"gives": "waiver", "for": {feb: leaves("enrolled")}, "at_least": {feb: leaves(5)}}
    assert ask(plan(top_up={"pay": pay}, relief={"x": waiver}), hours(100, 5), APR)["route"] == "top_up"


def test_decisions_override_the_test():
    granted, refused = (fact("decision", APR, APR, name=f"cover_{word}") for word in ("granted", "refused"))
    answer = ask(plan(), hours(100, 40), APR, [granted])
    assert figures(answer, "route", "way", "counted", "short") == ("decision", None, 40, 60)
    answer = ask(plan(), hours(100, 100), APR, [refused])
    assert figures(answer, "covered", "route", "counted", "short") == (False, "none", 100, 0)
    assert ask(plan(), hours(100, 100), APR, [granted])["route"] == "hours"


# All together


@pytest.mark.parametrize("kind", ["excess", "every", "quarters"])
def test_figures_fit_together(kind):
    pay = {"top_up": {"pay": {"for": "always", "price": 1, "most_short": 30}}}
    terms = {
        "excess": excess(cap=60, expires_after=5),
        "every": every(cap=300, cap_counts="after_charge", misses=3, **pay),
        "quarters": plan(
            calendar={"window": 3, "every": 3, "starting": 2}, coverage={"length": 3}, consumption="exact"
        ),
    }[kind]
    rng = random.Random(kind)
    for _ in range(60):
        work, facts = random_history(rng)
        rows = oracle.history_under(terms, work, facts, date(2019, 1, 1), DEC)
        assert len(rows) == 24
        for day, row in zip(oracle.days(terms, date(2019, 1, 1), DEC), rows, strict=True):
            assert set(row) == FIGURES
            assert row["short"] == max(0, row["required"] - row["counted"])
            assert (row["route"] == "none") == (not row["covered"]) == (row["from"] is None) == (row["until"] is None)
            assert row["standing"] in ({"covered"} if row["covered"] else {"never", "lapsed"})
            assert not row["covered"] or row["from"] <= day <= row["until"]
            left = row["bank_before"] + row["added"] - row["drawn"] + (row["bought"] if kind == "every" else 0)
            assert row["bank_after"] == left or (row["bank_after"] == 0 and not row["covered"])
        day = rng.randrange(24)
        on = date(2019 + day // 12, day % 12 + 1, 1)
        assert oracle.coverage_under(terms, work, facts, on) == rows[day]
        assert oracle.history_under(terms, rng.sample(work, len(work)), facts, on, DEC) == rows[day:]
