"""The demo: its sums and its tables by themselves, and a small run of the whole through a real server."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.demo import answers, people


@given(st.integers(0, 600_000), st.integers(1, 53))
def test_hours_are_spread_exactly_and_evenly(hours, weeks):
    shares = people.spread(hours, weeks)
    assert sum(shares) == hours
    assert len(shares) == weeks
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1


@pytest.mark.parametrize(("year", "count"), [(2012, 52), (2016, 53), (2019, 52)])
def test_week_endings_are_the_saturdays_of_the_year(year, count):
    days = people.saturdays(year)
    assert len(days) == count
    assert {day.weekday() for day in days} == {5}
    assert days[0] - datetime.timedelta(weeks=1) < datetime.date(year, 1, 1)
    assert days[-1] + datetime.timedelta(weeks=1) > datetime.date(year, 12, 31)


def test_the_data_is_what_its_page_says():
    work_years = people.read_work_years()
    assert len(work_years) == 545 * 8
    assert len({year.person for year in work_years}) == 545
    assert {year.year for year in work_years} == set(range(2012, 2020))
    assert {year.industry for year in work_years} == set(people.INDUSTRIES)
    assert (work_years[0].person, work_years[0].hours) == (13, 267_200)


def test_reports_hold_every_hour_once():
    work_years = people.read_work_years()[:32]
    reports = list(people.remittance_reports(work_years))
    names = [(report["employer"], report["report"]) for report in reports]
    assert len(set(names)) == len(names)
    total = 0
    for report in reports:
        hours = [int(line["hours_worked"].replace(".", "")) for line in report["lines"]]
        assert report["control"] == {"lines": len(hours), "hours": people.hours_text(sum(hours))}
        total += sum(hours)
    assert total == sum(year.hours for year in work_years)


def period(covered, start, end, route="hours"):
    return {"covered": covered, "from": start, "until": end, "route": route}


def history(member, *periods):
    return {"member": member, "histories": [{"terms": {"name": "current"}, "periods": list(periods)}]}


FIRST_HALF = ("2014-01-01", "2014-06-30")
SECOND_HALF = ("2014-07-01", "2014-12-31")


def test_covered_are_counted_on_the_day_and_under_each_contract():
    one = history("one", period(True, *FIRST_HALF), period(False, *SECOND_HALF, "none"))
    other = history("other", period(True, *SECOND_HALF, "initial"))
    counts = answers.count_covered([one, other], ["2013-12-31", "2014-01-01", "2014-06-30", "2014-07-01"])
    assert counts == [[0], [1], [1], [1]]
    assert answers.half_years(2014, 2015) == ["2014-01-01", "2014-07-01", "2015-01-01", "2015-07-01"]


def test_the_table_is_aligned():
    lines = list(answers.table_lines([["300 hours", "400"]], ["2014-01-01"], [[545, 7]]))
    assert lines == ["               300 hours   400", "  2014-01-01         545     7"]


def test_cases_are_the_first_of_their_kind():
    never_lapsed = history("new", period(True, *FIRST_HALF, "initial"), period(True, *SECOND_HALF, "bank"))
    returned = history(
        "back",
        period(True, "2010-01-01", "2010-06-30", "hours"),
        period(False, "2010-07-01", "2013-12-31", "none"),
        period(True, *FIRST_HALF, "initial"),
    )
    found = answers.find_cases([never_lapsed, returned])
    assert [(case.member, case.on) for case in found] == [
        ("back", "2010-01-01"),
        ("new", "2014-07-01"),
        ("back", "2014-01-01"),
    ]


def test_a_case_is_told_with_its_reasons_and_where_they_are_written():
    case = answers.Case("Covered by hours", "id", "2014-01-01")
    cite = {"title": "The booklet", "section": "3", "url": None}
    lines = answers.case_lines(
        case,
        "M-000013",
        {
            "from": "2014-01-01",
            "until": "2014-06-30",
            "route": "hours",
            "qualifying_period": {"from": "2013-04-21", "to": "2013-10-26"},
            "hours": {"counted": "412.50", "required": "400.00"},
            "bank": {"before": "0.00", "drawn": "0.00", "added": "12.50", "after": "12.50"},
            "reasons": [{"text": "412.50 hours reach 400.", "rule": "hours", "cite": cite, "status": "stated"}],
        },
    )
    assert list(lines)[-2:] == ["  - 412.50 hours reach 400.", "    (stated) hours: The booklet, 3"]
