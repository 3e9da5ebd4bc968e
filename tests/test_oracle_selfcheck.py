"""The oracle agrees with the worked examples, and its own parts do what they say."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests import oracle
from tests.cases_format import load_cases

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "rules" / "plans" / "mpi-health.yaml"
CHART = ROOT / "rules" / "charts" / "mpi.yaml"
CASES = load_cases(ROOT / "tests" / "cases" / "mpi-health.yaml")
KEYS = {
    *("covered", "from", "until", "route", "standing", "qualifying_period", "counted", "required", "short"),
    *("bank_before", "drawn", "added", "bank_after"),
}


@pytest.fixture(scope="module")
def terms() -> oracle.Terms:
    return oracle.read(PLAN, CHART)


def test_the_examples_have_names_of_their_own():
    assert len({case.name for case in CASES}) == len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_an_example_comes_out_as_worked(case, terms):
    read = oracle.read(PLAN, CHART, case.changes) if case.changes else terms
    answer = oracle.coverage_under(read, case.hours, case.facts, case.on)
    assert set(answer) == KEYS
    assert {key: answer[key] for key in case.expect} == case.expect
    rows = oracle.history_under(read, case.hours, case.facts, date(case.on.year - 1, 1, 1), date(case.on.year, 12, 31))
    assert len(rows) == 24
    assert rows[11 + case.on.month] == oracle.coverage_under(read, case.hours, case.facts, case.on.replace(day=1))
    assert all(row["bank_after"] == row["bank_before"] - row["drawn"] + row["added"] for row in rows)
    assert all((row["route"] == "none") == (not row["covered"]) == (row["from"] is None) for row in rows)


def test_reading_and_asking_at_once_is_the_same():
    case = next(case for case in CASES if case.changes)
    read = oracle.read(PLAN, CHART, case.changes)
    asked = (case.hours, case.facts)
    assert oracle.coverage(PLAN, CHART, *asked, case.on, case.changes) == oracle.coverage_under(read, *asked, case.on)
    stretch = (date(2021, 1, 15), date(2021, 7, 1))
    rows = oracle.history(PLAN, CHART, *asked, *stretch, case.changes)
    assert rows == oracle.history_under(read, *asked, *stretch)
    assert len(rows) == 6


def test_every_cutoff_is_the_last_saturday_with_its_pay_day_in_the_month(terms):
    months = sorted(terms.cutoffs)
    assert months == list(range(oracle.month_of(date(1990, 1, 1)), oracle.month_of(date(2040, 12, 1)) + 1))
    for month in months:
        end = oracle.first_day(month + 1) - timedelta(days=1)
        saturdays = [end - timedelta(days=back) for back in range(5, 12)]
        assert terms.cutoffs[month] == next(day for day in saturdays if day.weekday() == 5)


def test_every_relief_value_names_a_cutoff(terms):
    known = set(terms.cutoffs.values())
    named = {day for path, leaf in terms.values.items() if path.startswith("relief.") for day in leaf}
    assert len(named) == 11
    assert named <= known


def test_nothing_the_file_does_not_say_is_made_up(terms):
    with pytest.raises(LookupError, match="no test for 1989-01-01"):
        oracle.coverage_under(terms, [], [], date(1989, 1, 1))
    with pytest.raises(LookupError, match="no test for 2041-04-01"):
        oracle.coverage_under(terms, [], [], date(2041, 4, 1))
    with pytest.raises(LookupError, match="which the plan does not have"):
        oracle.read(PLAN, CHART, {"no_such_lever": {date(2021, 1, 1): "1"}})
    loose = oracle.read(PLAN, CHART, {"bank.all_or_nothing": {date(1990, 1, 1): "false"}})
    with pytest.raises(ValueError, match="all_or_nothing is false"):
        oracle.coverage_under(loose, [(date(2021, 4, 24), 60000)], [], date(2022, 1, 1))
    with pytest.raises(ValueError, match="unknown kind"):
        oracle.coverage_under(terms, [], [{"kind": "mood"}], date(2021, 1, 1))
    with pytest.raises(ValueError, match="finer than a hundredth"):
        oracle.hundredths("0.001")
