"""Cut-offs: the shipped chart, the rule that fills it in, and what a chart refuses."""

import datetime

import pytest

from rules import calendar, document, units

CHART = calendar.chart("mpi")
STATED = (
    "2019-09-21",
    "2019-10-26",
    "2020-03-21",
    "2020-04-25",
    "2020-09-19",
    "2023-05-20",
    "2023-06-24",
    "2023-07-22",
)

SMALL = """
chart: small
title: A chart
sources: {page: {title: "A page", url: "https://example.org"}}
stated:
  2020-02: {value: 2020-02-20, cite: page}
inferred:
  weekday: saturday
  days_to_pay: 5
  cite: page
  note: by rule
  cutoffs:
    2020-01: 2020-01-25
    2020-03: 2020-03-21
"""


def test_the_inferred_rule_gives_every_published_day():
    published = [day for day, stated in zip(CHART.cutoffs, CHART.stated, strict=True) if stated]
    assert [day.isoformat() for day in published] == list(STATED)
    assert published == [calendar.inferred_cutoff(units.month_of(day), 5, 5) for day in published]


def test_every_cut_off_is_a_saturday_whose_pay_day_is_in_its_month():
    for month, day in zip(CHART.months, CHART.cutoffs, strict=True):
        assert day.weekday() == 5
        assert units.month_of(day + datetime.timedelta(days=5)) == month
        assert units.month_of(day + datetime.timedelta(days=12)) == month + 1


def test_most_qualifying_periods_have_26_weeks():
    """shared knowledge of the calendar: 25 or 27 weeks in about 16 of 100 months of 2005 to 2030."""
    places = [place for place, month in enumerate(CHART.months) if 2005 * 12 <= month < 2031 * 12]
    weeks = [(CHART.cutoffs[place] - CHART.cutoffs[place - 6]).days // 7 for place in places]
    assert set(weeks) <= {25, 26, 27}
    assert 14 <= 100 * sum(week != 26 for week in weeks) // len(weeks) <= 17


def test_a_day_belongs_to_the_cut_off_that_follows_it():
    april = CHART.months.index(units.month_number("2021-04"))
    assert CHART.place(datetime.date(2021, 4, 24)) == april
    assert CHART.place(datetime.date(2021, 4, 25)) == april + 1


@pytest.mark.parametrize("day", ["1990-01-20", "1985-06-01", "2040-12-23"])
def test_a_day_outside_the_chart_is_an_error(day):
    with pytest.raises(ValueError, match="outside the chart of cut-offs 'mpi'"):
        CHART.place(datetime.date.fromisoformat(day))


def test_a_small_chart_is_read():
    chart = calendar.read_chart(document.load(SMALL, "small.yaml"))
    assert chart.stated == (False, True, False)
    assert [day.day for day in chart.cutoffs] == [25, 20, 21]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2020-01: 2020-01-25", "2020-01: 2020-01-18", "not the one that the rule above gives"),
        ("    2020-01: 2020-01-25\n", "    2019-12: 2019-12-21\n", "no cut-off for 2020-01"),
        ("2020-02: {value: 2020-02-20", "2020-03: {value: 2020-02-20", "stands under 'inferred' as well"),
        ("2020-02: {value: 2020-02-20", "2020-02: {value: 2020-03-25", "not later than the one before it"),
        ("2020-02: {value", "2020-2: {value", "not a month"),
        ("cite: page}", "cite: nowhere}", "there is no source 'nowhere'"),
    ],
)
def test_a_wrong_chart_is_refused(old, new, message):
    assert old in SMALL
    with pytest.raises(document.TermsError, match=message):
        calendar.read_chart(document.load(SMALL.replace(old, new), "small.yaml"))


def test_a_chart_that_is_not_there_is_an_error():
    with pytest.raises(document.TermsError, match="no chart of cut-offs 'nowhere'"):
        calendar.chart("nowhere")
