"""The count of the 950-hour proposal: its page holds what the command prints, and the figures are those of the data."""

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from service.cli_years import years
from service.demo import membership, pension
from service.demo.people import DATA
from service.work_years import WorkYearsError, read

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "pension-950.md").read_text(encoding="utf-8")
PROPOSAL = ["--plan", pension.PLAN, "--change", pension.CHANGE]


@pytest.fixture(scope="module")
def printed():
    """What the two commands of the page print."""
    runs = ([str(DATA), *PROPOSAL, "--by", "union", "--by", "industry"], [*PROPOSAL, "--by", "local"])
    results = [CliRunner().invoke(years, run) for run in runs]
    assert [result.exit_code for result in results] == [0, 0]
    return [result.stdout for result in results]


def test_the_page_holds_what_the_commands_print(printed):
    for text in printed:
        table = text.split("\n\n")[1]
        assert len(table.splitlines()) > 10
        assert table.rstrip() in PAGE
    for command in pension.COMMANDS:
        assert f"$ {command}\n" in PAGE


def test_the_real_people_are_counted_as_by_hand():
    of = defaultdict(dict)
    with DATA.open(newline="") as lines:
        for row in csv.DictReader(lines):
            of[row["person"]][int(row["year"])] = int(row["hours"])
    qualified, vested = {}, {}
    for hours in (400, 950):
        good = {person: [year for year, had in sorted(worked.items()) if had >= hours] for person, worked in of.items()}
        qualified[hours] = sum(map(len, good.values()))
        vested[hours] = {person: each[4] for person, each in good.items() if len(each) >= 5}
    found = json.loads(CliRunner().invoke(years, [str(DATA), *PROPOSAL, "--json"]).stdout)
    row = found["rows"][0]
    assert row["people"] == len(of) == 545
    assert row["qualified"] == [qualified[400], qualified[950]]
    assert row["vested"] == [len(vested[400]), len(vested[950])]
    assert row["never"] == len(vested[400].keys() - vested[950].keys())
    assert row["later"] == sum(vested[950].get(person, 0) > year for person, year in vested[400].items())
    assert row["earlier"] == 0


def test_the_made_up_membership_adds_up_to_what_is_published():
    work = membership.membership(6_000)
    assert work.synthetic
    millions = work.hours.sum(axis=0) / 100 / 1_000_000 * 10
    np.testing.assert_allclose(millions, membership.MILLIONS, rtol=0.002)
    assert len(work.values["local"]) == 13


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("person,year\n1,1980\n", "line 1: there is no column hours"),
        ("person,year,hours\n1,80,400\n", "line 2, column year: '80' is not a year of four digits"),
        ("person,year,hours\n1,1980,400\n1,1981,4OO\n", "line 3, column hours: '4OO' is not hours"),
        ("person,year,hours\n1,1980,400\n1,1980,300\n", "line 3: this person has this year already"),
        ("person,year,hours\n,1980,400\n", "line 2: the person is missing"),
        ("person,year,hours\n", "there is nothing below the header"),
        ("person,year,hours\na,1980,400\na,1900,400\n", "line 3, column year: 1900 is outside the years 1930 to 2070"),
    ],
)
def test_a_bad_file_is_refused_at_its_place(tmp_path, text, words):
    file = tmp_path / "work.csv"
    file.write_text(text)
    with pytest.raises(WorkYearsError, match=words.replace("(", r"\(")):
        read(file, ())


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--plan", "mpi-health", "--change", "a=1"], 1, "there is no pension plan 'mpi-health'"),
        (["--plan", pension.PLAN, "--change", "pension_year_hours"], 2, "not written LEVER=VALUE"),
        (["--plan", pension.PLAN, "--change", "pension_year_hours=1200"], 1, "29 USC 1053"),
        (["--plan", pension.PLAN, "--change", "hours=950"], 1, "its levers are"),
        (["--plan", "afm-pension", "--change", "credit_wages=4000"], 1, "counts more than hours by calendar years"),
        ([*PROPOSAL, "--by", "union"], 2, "the demo membership has one group: local"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_reason(arguments, status, words):
    result = CliRunner().invoke(years, arguments)
    assert (result.exit_code, words in result.output) == (status, True), result.output


def test_a_lever_that_is_in_force_at_no_time_can_be_proposed():
    result = CliRunner().invoke(years, [str(DATA), "--plan", pension.PLAN, "--change", "break_hours=200"])
    assert result.exit_code == 0, result.output


def test_who_is_vested_sooner_is_told_and_nothing_of_vesting_where_there_is_none():
    sooner = CliRunner().invoke(years, [str(DATA), "--plan", pension.PLAN, "--change", "vesting_years=3"])
    assert "sooner" in sooner.output.splitlines()[3]
    without = CliRunner().invoke(years, [str(DATA), "--plan", "ilwu-pension", "--change", "year_hours=1000"])
    assert "no vesting" in without.output
    assert "not at all" not in without.output


def test_a_picture_can_be_drawn_and_read_aloud(tmp_path):
    picture = tmp_path / "p.svg"
    assert CliRunner().invoke(years, [str(DATA), *PROPOSAL, "--by", "union", "--picture", str(picture)]).exit_code == 0
    drawn = picture.read_text()
    assert drawn.startswith("<svg")
    assert 'role="img"' in drawn
    assert "everybody: 4,348 as it is, 4,239 proposed" in drawn
