"""``hourbank plans show``, ``booklet`` and ``diff``: what they print, and how they refuse."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rules import terms
from service.cli import hourbank

ROOT = Path(__file__).parents[1]
KEPT = "qualify.continuing.routes.hours.sum.at_least"
PLAN_FILE = terms.PLANS / "mpi-health.yaml"


def run(*arguments):
    return CliRunner().invoke(hourbank, ["plans", *map(str, arguments)])


@pytest.fixture
def changed(tmp_path):
    """A copy of a plan's file in which one number is another one."""
    file = tmp_path / "mpi-health.yaml"
    text = PLAN_FILE.read_text()
    assert text.count("value: 400, unit: hour") == 1
    file.write_text(text.replace("value: 400, unit: hour", "value: 425, unit: hour"))
    return file


def test_the_values_in_force_are_shown_for_each_kind_of_member():
    shown = run("show", "teamsters959-health", "--on", "2022-01-01")
    assert shown.exit_code == 0
    assert "  bank.amount.family: 2406 dollar by plan_level [Alaska" in shown.stdout
    assert "  bank.cap: 6 times bank.amount [Alaska" in shown.stdout
    told = json.loads(run("show", "teamsters959-health", "--on", "2020-01-01", "--json").stdout)
    assert told["terms"]["bank.amount.family"]["value"] == "1964"
    assert told["terms"]["bank.amount.family"]["by"] == "plan_level"
    assert told["terms"]["bank.cap"]["times"] == "bank.amount"
    assert (told["plan"], told["on"]) == ("teamsters959-health", "2020-01-01")


def test_a_file_is_taken_like_a_plan(changed):
    shown = run("show", changed, "--on", "2021-01-01")
    assert f"{KEPT}: 425 hour" in shown.stdout
    told = run("booklet", changed)
    assert "To keep cover you need 425 hours in one qualifying period of six months." in told.stdout


def test_a_booklet_is_told_in_every_form():
    text = run("booklet", "mpi-health", "--on", "2011-01-01").stdout
    assert "To keep cover you need 300 hours in one qualifying period of six months." in text
    assert text.startswith("Motion Picture Industry Health Plan, active members\n=====")
    assert run("booklet", "mpi-health", "--format", "markdown").stdout.startswith("# Motion Picture")
    page = run("booklet", "mpi-health", "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    told = json.loads(run("booklet", "mpi-health", "--on", "2011-01-01", "--json").stdout)
    assert (told["plan"], told["on"]) == ("mpi-health", "2011-01-01")
    assert any(KEPT in sentence["paths"] for section in told["sections"] for sentence in section["sentences"])
    assert json.loads(run("booklet", "mpi-health", "--json").stdout)["on"] is None


def test_changes_between_two_days_are_one_line_each():
    told = run("diff", "mpi-health", "--from", "2011-01-01", "--to", "2011-12-31")
    line = f"{KEPT} 300 -> 400 hour from 2011-07-31 [The Animation Guild, IA-AMPTP Deal, November 2008]\n"
    assert (told.exit_code, told.stdout) == (0, line)
    found = json.loads(run("diff", "mpi-health", "--from", "2011-01-01", "--to", "2011-12-31", "--json").stdout)
    assert (found["from"], found["to"], found["other"]) == ("2011-01-01", "2011-12-31", None)
    [change] = found["changes"]
    assert (change["lever"], change["from"], change["text"] + "\n") == ("continuing_hours", "2011-07-31", line)


def test_a_plan_and_a_file_are_compared(changed):
    told = run("diff", "mpi-health", changed)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{KEPT} 400 -> 425 hour from 2011-07-31 [")
    assert len(told.stdout.splitlines()) == 1
    found = json.loads(run("diff", changed, "mpi-health", "--json").stdout)
    assert found["other"]["plan"] == "mpi-health"
    assert found["other"]["version"] != found["version"]
    assert run("diff", "mpi-health", PLAN_FILE).stdout == ""


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["show", "nowhere", "--on", "2021-01-01"], 1, "there is no plan and no file 'nowhere'"),
        (["show", "mpi-health", "--on", "soon"], 1, "'soon' is not a day written YYYY-MM-DD"),
        (["show", "mpi-health"], 2, "--on"),
        (["booklet", "nowhere"], 1, "there is no plan and no file"),
        (["booklet", "mpi-health", "--on", "2021-02-30"], 1, "there is no day 2021-02-30"),
        (["booklet", "mpi-health", "--format", "pdf"], 2, "'pdf' is not one of"),
        (["diff", "mpi-health"], 2, "either --from and --to, or a second plan or file"),
        (["diff", "mpi-health", "--from", "2011-01-01"], 2, "either --from and --to"),
        (["diff", "mpi-health", "dga-health", "--from", "2011-01-01", "--to", "2012-01-01"], 2, "either --from"),
        (["diff", "mpi-health", "--from", "2012-01-01", "--to", "2011-01-01"], 1, "2011-01-01 lies before 2012-01-01"),
        (["diff", "mpi-health", "nowhere"], 1, "there is no plan and no file"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, status, reason):
    refused = run(*arguments)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert reason in refused.stderr
    if status == 1:
        problem = json.loads(run(*arguments, "--json").stdout)
        assert problem["status"] in (404, 422)
        assert reason in problem["detail"]


def test_a_file_with_an_error_is_refused_with_line_and_column(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(PLAN_FILE.read_text().replace("consumption:", "consumptoin:"))
    for command in (["show", bad, "--on", "2021-01-01"], ["booklet", bad], ["diff", "mpi-health", bad]):
        refused = run(*command)
        assert refused.exit_code == 1
        assert "bad.yaml:" in refused.stderr
        assert "unknown key 'consumptoin'" in refused.stderr


def test_single_examples_are_not_compiled():
    program = "import os, service.cli_plans; print(os.environ['NUMBA_DISABLE_JIT'])"
    clean = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    for given, expected in (({}, "1"), ({"NUMBA_DISABLE_JIT": "0"}, "0")):
        environment = {**clean, **given, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(
            [sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == expected
