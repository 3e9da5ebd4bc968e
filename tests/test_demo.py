"""The demo: its sums and its tables by themselves, and a small run of the whole through a real server."""

import contextlib
import datetime
import re

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.units import written
from service.demo import answers, people, scenario, story
from service.demo.client import Client
from service.demo.command import document, fresh_folder, invite, new_key, print_story
from service.serving import serving
from service.settings import Settings


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
        assert report["control"] == {"lines": len(hours), "hours": written(sum(hours))}
        total += sum(hours)
    assert total == sum(year.hours for year in work_years)


def period(covered, start, end, route="hours"):
    return {"covered": covered, "from": start, "until": end, "route": route}


def history(member, *periods, proposed=()):
    return {"member": member, "histories": [{"periods": list(periods)}, {"periods": list(proposed)}]}


FIRST_HALF = ("2014-01-01", "2014-06-30")
SECOND_HALF = ("2014-07-01", "2014-12-31")


def test_covered_are_counted_on_the_day_and_under_each_contract():
    one = history("one", period(True, *FIRST_HALF), period(False, *SECOND_HALF, "none"))
    other = history("other", period(True, *SECOND_HALF, "initial"))
    counts = answers.count_covered([one, other], ["2013-12-31", "2014-01-01", "2014-06-30", "2014-07-01"])
    assert counts == [[0, 0], [1, 0], [1, 0], [1, 0]]
    assert answers.half_years(2014, 2015) == ["2014-01-01", "2014-07-01", "2015-01-01", "2015-07-01"]


def test_the_table_is_aligned():
    lines = list(answers.table_lines([["300 hours", "400"]], ["2014-01-01"], [[545, 7]]))
    assert lines == ["               300 hours   400", "  2014-01-01         545     7"]


def test_cases_are_the_first_of_their_kind():
    lapsed_and_back = [
        period(True, "2010-01-01", "2010-06-30", "hours"),
        period(False, "2010-07-01", "2013-12-31", "none"),
        period(True, *FIRST_HALF, "initial"),
    ]
    one = history("one", period(True, *FIRST_HALF, "initial"), period(True, *SECOND_HALF, "bank"))
    other = history("other", period(True, *SECOND_HALF, "hours"), proposed=lapsed_and_back)
    found = answers.find_cases([one, other], [0, 1])
    assert [(case.member, case.on, case.under) for case in found] == [
        ("other", "2014-07-01", 0),
        ("one", "2014-07-01", 0),
        ("other", "2014-01-01", 1),
    ]
    assert story.SEARCH_ORDER == [1, 0, 2]


def test_a_case_is_told_with_its_reasons_and_where_they_are_written():
    case = answers.Case("Covered by hours", "id", "2014-01-01", 0)
    cite = {"title": "The booklet", "section": "3", "url": None}
    lines = answers.case_lines(
        case,
        "M-000013",
        "400 hours (current)",
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
    lines = list(lines)
    assert lines[0] == "Covered by hours: M-000013 on 2014-01-01, if staying covered takes 400 hours (current)"
    assert lines[-2:] == ["  - 412.50 hours reach 400.", "    (stated) hours: The booklet, 3"]


@pytest.fixture(scope="module")
def told(fresh_database, home):
    """The story of eight people, told through a real server, and scenarios over some who are made up."""
    settings = Settings(home=home, database_url=fresh_database())
    work_years = people.read_work_years()
    first_eight = sorted({year.person for year in work_years})[:8]
    few = [year for year in work_years if year.person in first_eight and year.year == 2012]
    with (
        serving(settings, workers=1) as running,
        contextlib.closing(Client(running.address, new_key(running, "administrator"))) as client,
    ):
        found = story.tell(client, few, {})
        return few, running, found, scenario.asked(client, scenario.take(running, home, 300))


def test_everything_told_comes_through_a_real_server(told):
    few, _, found, _ = told
    assert len(found.members) == 8
    assert found.reports == len(list(people.remittance_reports(few)))
    assert found.lines == 8 * 52
    assert len(found.covered) == len(found.days) == 14
    assert found.covered[0][1] > 0
    assert [row[-1] for row in found.covered][-1] == 0, "nobody is covered years after the last hours"
    assert [case.title for case, _ in found.cases][:1] == ["Covered by hours"]
    assert all(determination["reasons"] for _, determination in found.cases)
    assert len(found.seconds) == 4


def test_the_story_is_printed_for_people_and_for_programs(told, capsys):
    _, _, found, scenarios = told
    print_story(found, scenarios)
    text = capsys.readouterr().out
    assert "8 real people" in text
    assert "moved by 32 years, to 2012 to 2019" in text
    assert "synthetic" in text
    assert text.count("(stated)") + text.count("(assumed)") >= len(found.cases)
    for words in (*scenario.TITLES, "who loses cover in any month, by local", "stoppage: "):
        assert words in text
    one, other = scenario.document(scenarios)
    assert [result["terms"] for result in one["results"]] == ["current", "450 hours", "500 hours"]
    assert other["results"][1]["lost"] > 0
    as_document = document(found)
    assert as_document["covered"][0] == {"on": "2013-01-01"} | dict(
        zip(("300", "400", "600"), found.covered[0], strict=True)
    )


def test_who_goes_on_asking_is_told_where_and_with_which_key(told, capsys):
    _, running, found, _ = told
    invite(running, found, as_json=False)
    text = capsys.readouterr().out
    case = found.cases[0][0]
    assert f"Serving at {running.address}" in text
    assert f"{running.address}/docs" in text
    assert re.search(r"Bearer hb_[0-9a-f]{16}_", text)
    assert f"/v1/members/{case.member}/coverage?plan=mpi-health&on={case.on}" in text


def test_two_demos_do_not_share_a_folder(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/old").touch()
    with fresh_folder(tmp_path / "demo") as folder:
        assert list(folder.iterdir()) == []
        with pytest.raises(click.ClickException, match="another demo is running"), fresh_folder(folder):
            pass
    with fresh_folder(tmp_path / "demo"):
        pass
