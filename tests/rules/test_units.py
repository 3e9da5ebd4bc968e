"""Whole units and their written form."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import units


@given(st.integers(0, 10**10))
def test_what_is_written_reads_back(amount):
    assert units.hundredths(units.written(amount)) == amount


@pytest.mark.parametrize(("text", "amount"), [("0", 0), ("412.5", 41250), ("412.50", 41250), ("007.01", 701)])
def test_hours_are_read_exactly(text, amount):
    assert units.hundredths(text) == amount


@pytest.mark.parametrize(
    "text", ["", " 5", "5 ", "1_0", "NaN", "8,5", "1.234", "--1", "+1", "1e3", ".5", "5.", "٤٠٠", "1\n", "0x10"]
)
def test_what_is_not_plain_digits_is_refused(text):
    with pytest.raises(ValueError, match="at most two decimal places"):
        units.hundredths(text)


@pytest.mark.parametrize("read", [units.hundredths, units.ten_thousandths])
def test_what_is_below_0_is_said_to_be(read):
    with pytest.raises(ValueError, match="-1 is below 0"):
        read("-1")


def test_negative_amounts_are_written_with_a_sign():
    assert units.written(-5) == "-0.05"


@given(st.integers(0, 10**12))
def test_rates_read_back_with_up_to_four_places(amount):
    assert units.ten_thousandths(units.written_rate(amount)) == amount
    assert units.written_rate(-amount) == ("-" if amount else "") + units.written_rate(amount)


@pytest.mark.parametrize(
    ("text", "amount", "written"),
    [
        ("0", 0, "0.00"),
        ("4.863", 48_630, "4.863"),
        ("0.3", 3000, "0.30"),
        ("1.8065", 18_065, "1.8065"),
        ("0.0005", 5, "0.0005"),
    ],
)
def test_rates_are_read_exactly_and_written_with_the_places_they_need(text, amount, written):
    assert units.ten_thousandths(text) == amount
    assert units.written_rate(amount) == written


@pytest.mark.parametrize("text", ["", "1.80655", "--1", "1,8", ".5", "5.", "1e3", "٤", "1234567890"])
def test_rates_with_more_than_four_places_are_refused(text):
    with pytest.raises(ValueError, match=r"at most four decimal places, such as 1\.8065"):
        units.ten_thousandths(text)


@pytest.mark.parametrize("text", ["2021-02-30", "2021-2-3", "20210203", "2021-13-01", "٢٠٢١-01-01", ""])
def test_days_that_do_not_exist_are_refused(text):
    with pytest.raises(ValueError, match="day"):
        units.day(text)


@given(st.dates(datetime.date(1, 1, 1), datetime.date(9998, 12, 31)))
def test_months_count_on(day):
    number = units.month_of(day)
    assert units.month_number(units.month_text(number)) == number
    assert units.first_day(number) <= day < units.first_day(number + 1)


def test_a_month_is_written_with_its_year():
    with pytest.raises(ValueError, match="month"):
        units.month_number("2021-00")
