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
from tests.rules.small_plans import ALL, edited

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


PROPOSED = """\
title: 450 hours
author: Local 80
extends: mpi-health
changes: {continuing_hours: {2021-08-01: "450"}}
examples:
  - {name: 420 hours, source: worked out, hours: {2021-06-01: "420.00"}, on: 2022-01-01, expect: {covered: false}}
"""


@pytest.fixture
def proposed(tmp_path):
    file = tmp_path / "450-hours.yaml"
    file.write_text(PROPOSED)
    return file


def test_a_proposal_is_taken_like_a_plan(proposed):
    told = run("check", proposed)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{proposed}: a proposal for mpi-health, 1 of ")
    assert told.stdout.endswith(" terms change, 1 of 1 examples pass\n")
    found = json.loads(run("check", proposed, "--json").stdout)["files"][0]
    assert (found["proposal"], found["warnings"]) == ({"plan": "mpi-health", "changes": 1}, [])
    assert (
        run("diff", "mpi-health", proposed).stdout == f"{KEPT} 400 -> 450 hour from 2021-08-01 [Proposal: 450 hours]\n"
    )
    shown = run("show", proposed, "--on", "2022-01-01").stdout
    assert "on 2022-01-01, under the proposal '450 hours' (terms " in shown
    assert f"{KEPT}: 450 hour [Proposal: 450 hours]" in shown
    assert "under the proposal '450 hours'" in run("booklet", proposed).stdout


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("author: Local 80\n", "", "1:1: 'author' is missing"),
        ("450 hours\n", "Current\n", "1:8: title: expected the proposal's title here"),
        ("mpi-health", "mpi", "3:10: extends: there is no plan 'mpi', and no file mpi.yaml beside this one"),
        ("continuing_hours", "hours", "4:11: changes.hours: mpi-health has no term of this name; its levers are "),
        ("2021-08-01", "2021-8-1", "4:40: changes.continuing_hours.2021-8-1: '2021-8-1' is not a day written"),
        ('"450"', "{value: 450, unit: day}", "the unit here is hour, not day"),
        ('"450"', "450.125", "4:42: changes.continuing_hours.2021-08-01: '450.125' is not a number"),
        ("{covered: false}", "{saved: true}", "an answer has no 'saved'"),
        ("{covered: false}", "{covered: true}", "covered: the example says true, the terms give false"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_named_with_its_place(proposed, old, new, told):
    assert PROPOSED.count(old) == 1
    proposed.write_text(PROPOSED.replace(old, new))
    ran = run("check", proposed)
    assert ran.exit_code == 1
    assert told in ran.stdout


def test_warnings_are_told_and_are_no_failure(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(
        edited(
            ALL,
            ("coverage:\n", "coverage:\n  ends_on: {retired: {value: true, cite: page}}\n"),
            ("length: {value: 6", "length: {value: 1"),
        )
        + "examples:\n"
        "- {name: x, source: y, lines: [{day: 2025-01-01, days: 3}], on: 2025-05-01, expect: {covered: false}}\n"
    )
    ran = run("check", file)
    assert ran.exit_code == 0
    assert f"{file}: warning: coverage.ends_on: all cover lasts one month and ends with it anyway" in ran.stdout
    assert f"{file}: warning: in the example 'x', no rule of this file uses the amount 'days'" in ran.stdout


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    ran = run("check", tmp_path / "none.yaml")
    assert ran.exit_code == 1
    assert ran.stdout == f"{tmp_path / 'none.yaml'}:1:1: the file cannot be read: No such file or directory\n"


def test_single_examples_are_not_compiled():
    program = "import os, service.cli_plans; print(os.environ['NUMBA_DISABLE_JIT'])"
    clean = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    for given, expected in (({}, "1"), ({"NUMBA_DISABLE_JIT": "0"}, "0")):
        environment = {**clean, **given, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(
            [sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == expected
