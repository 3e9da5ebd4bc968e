"""``hourbank plans`` on files of the kind pension, and on proposals for them: checked, shown, told and compared."""

import json

import pytest
from click.testing import CliRunner

from service.cli import hourbank
from tests.rules.small_pensions import FULL, PAID
from tests.rules.small_plans import edited

PROPOSED = """\
title: A better rate
author: Local 80
extends: small
changes:
  hours: {2026-01-01: 350}
  benefit.parts.all.rate: {2026-01-01: "5.4321"}
examples:
  - name: 350 hours are a year from 2026 on
    source: worked out by hand
    hours: {2025-02-03: 350, 2026-02-03: 350}
    on: 2026-12-31
    expect: {years: {2025: 0, 2026: 1}, benefit: 36.51}
"""
FIVE = "    five: {after: {value: 5, unit: year, cite: page}, gives: {value: 100, unit: percent, cite: page}}\n"


def run(*arguments):
    return CliRunner().invoke(hourbank, ["plans", *map(str, arguments)])


@pytest.fixture
def files(tmp_path):
    (tmp_path / "small.yaml").write_text(PAID)
    (tmp_path / "proposal.yaml").write_text(PROPOSED)
    return tmp_path


def test_a_pension_and_a_proposal_for_it_are_checked(files):
    checked = run("check", files / "small.yaml", files / "proposal.yaml")
    assert checked.exit_code == 0
    assert "small.yaml: 12 terms, 12 values (0 assumed, 0 disputed), 0 of 0 examples pass" in checked.stdout
    assert "proposal.yaml: a proposal for small, 2 of 12 terms change, 1 of 1 examples pass" in checked.stdout


def test_an_example_that_comes_out_differently_is_told_in_its_own_words(files):
    (files / "proposal.yaml").write_text(PROPOSED.replace("{2025: 0, 2026: 1}", "{2025: 0.5, 2026: 1}"))
    checked = run("check", files / "proposal.yaml")
    assert checked.exit_code == 1
    told = "years: the example says 2025 0.50, 2026 1.00, the terms give 2025 0.00, 2026 1.00"
    assert told in checked.stdout


def test_what_a_pension_can_hardly_mean_is_warned_of(files):
    six = FIVE.replace("five", "six").replace("value: 5,", "value: 6,")
    (files / "small.yaml").write_text(edited(PAID, (FIVE, FIVE + six)))
    checked = run("check", files / "small.yaml")
    assert checked.exit_code == 0
    assert "warning: vesting.steps.six.gives: the step 'five' gives no less" in checked.stdout
    [file] = json.loads(run("check", "--json", files / "proposal.yaml").stdout)["files"]
    assert file["warnings"] == []  # the proposal says nothing of it; its plan does


def test_a_proposal_that_goes_below_the_law_is_refused_at_its_change(files):
    (files / "small.yaml").write_text(PAID.replace("levers:\n", "statutes: {erisa-db: page}\nlevers:\n"))
    text = PROPOSED.replace(
        'benefit.parts.all.rate: {2026-01-01: "5.4321"}', "vesting.steps.five.after: {2026-01-01: 6}"
    )
    (files / "proposal.yaml").write_text(text)
    checked = run("check", files / "proposal.yaml")
    assert checked.exit_code == 1
    assert "proposal.yaml:6:3: " in checked.stdout
    assert "29 USC 1053(a)(2)(A): benefits vest after five years" in checked.stdout


def test_a_pension_is_shown_on_a_day(files):
    shown = run("show", files / "proposal.yaml", "--on", "2026-06-01")
    assert "A small pension, on 2026-06-01, under the proposal 'A better rate'" in shown.stdout
    assert "  benefit.parts.all.rate: 5.4321 cent [Proposal: A better rate]" in shown.stdout
    assert "  vesting.steps.five.gives: 100 percent [A page]" in shown.stdout
    told = json.loads(run("show", files / "small.yaml", "--on", "2026-06-01", "--json").stdout)
    assert told["terms"]["service.credit.routes.hours.steps.year.gives"]["value"] == "1"


def test_a_pension_and_a_proposal_for_it_are_compared(files):
    told = run("diff", files / "small.yaml", files / "proposal.yaml")
    assert told.stdout.splitlines() == [
        "service.credit.routes.hours.steps.year.from 400 -> 350 hour from 2026-01-01 [Proposal: A better rate]",
        "benefit.parts.all.rate 5 -> 5.4321 cent from 2026-01-01 [Proposal: A better rate]",
    ]
    (files / "full.yaml").write_text(FULL)
    told = run("diff", files / "small.yaml", files / "full.yaml").stdout
    assert "calendar.years calendar_year -> plan_year" in told
    assert "retirement.normal.age nothing -> 65 year" in told


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_pension_is_told_in_every_form(files, form):
    told = run("booklet", files / "proposal.yaml", "--format", form)
    assert told.exit_code == 0
    assert "you earn a monthly amount of 5.4321 cents for each hour." in told.stdout
    assert "With 350 hours or more in a year you are credited with one year." in told.stdout


def test_a_shipped_pension_is_known_by_its_name_and_an_unknown_one_is_told_what_there_is(files):
    assert run("show", "mpi-pension", "--on", "2020-01-01").exit_code == 0
    unknown = run("show", "mpi-pensions", "--on", "2020-01-01")
    assert unknown.exit_code == 1
    assert "mpi-pension," in unknown.stderr
    (files / "proposal.yaml").write_text(
        PROPOSED.replace("extends: small", "extends: mpi-pension").split("changes:")[0]
        + 'changes:\n  vesting_years: {2026-01-01: "3"}\n'
    )
    assert "a proposal for mpi-pension, 1 of" in run("check", files / "proposal.yaml").stdout
