"""A proposal as a file: which plan it extends, what it changes, and that its later values are all there are."""

import datetime

import pytest

from rules import document, examples, proposal
from tests.rules.small_plans import ALL, edited

AMOUNT = "amount: {value: 120, unit: hour, cite: page}"
PROPOSED = """\
title: Another charge
author: Local 80
extends: small
changes:
  bank.amount: {2025-01-01: "150"}
  bank.cap: {2025-01-01: {value: 2, note: two months}}
"""


@pytest.fixture
def folder(tmp_path):
    plan = edited(
        ALL,
        (
            AMOUNT,
            "amount: {undated: {value: 120, unit: hour, cite: page}, 2026-01-01: {value: 130, unit: hour, cite: page}}",
        ),
        ("cap: {value: 720, unit: hour, cite: page}", "cap: {value: 6, unit: times, times: bank.amount, cite: page}"),
    )
    (tmp_path / "small.yaml").write_text(plan)
    (tmp_path / "proposal.yaml").write_text(PROPOSED)
    return tmp_path


def test_a_plans_own_file_is_opened_as_one(folder):
    opened = proposal.opened(folder / "small.yaml")
    assert (opened.terms.plan, opened.terms.name, opened.plan) == ("small", "current", None)


def test_a_proposal_extends_the_file_beside_it(folder):
    opened = proposal.opened(folder / "proposal.yaml")
    assert opened.plan
    assert (opened.terms.name, opened.plan.name) == ("Another charge", "current")
    assert opened.terms.version != opened.plan.version
    amounts = [
        [one.amount("bank.amount", datetime.date(year, 6, 1)) for year in (2024, 2025, 2026)]
        for one in (opened.plan, opened.terms)
    ]
    assert amounts == [[120_00, 120_00, 130_00], [120_00, 150_00, 150_00]]  # the plan's later value is gone
    assert opened.terms.on("bank.amount", datetime.date(2025, 6, 1)).cite.title == "Proposal: Another charge"


def test_a_multiple_stays_a_multiple(folder):
    changed = proposal.opened(folder / "proposal.yaml").terms
    assert changed.amount("bank.cap", datetime.date(2025, 6, 1)) == 300_00
    assert changed.on("bank.cap", datetime.date(2025, 6, 1)).note == "two months"


def test_its_examples_are_worked_out_under_it(folder):
    example = "{name: x, source: y, hours: {2025-02-01: 300}, on: 2025-05-01, expect: {bank_after: 150}}"
    (folder / "proposal.yaml").write_text(f"{PROPOSED}examples: [{example}]\n")
    changed = proposal.opened(folder / "proposal.yaml").terms
    (read,) = examples.read(changed.examples, changed)
    assert examples.differences(read, changed) == {}


def test_a_change_that_does_not_fit_another_term_is_named_where_it_stands(folder):
    text = PROPOSED.replace("bank.cap:", "qualify.initial.routes.start.sum.at_least:").replace("value: 2,", "value: x,")
    (folder / "proposal.yaml").write_text(text)
    with pytest.raises(document.TermsError, match=r"proposal.yaml:6:59: changes\.qualify.*'x' is not a number"):
        proposal.opened(folder / "proposal.yaml")


def test_a_plan_is_no_proposal_for_itself(folder):
    (folder / "proposal.yaml").write_text(PROPOSED.replace("extends: small", "extends: proposal"))
    with pytest.raises(document.TermsError, match=r"there is no plan 'proposal', and no file proposal\.yaml beside"):
        proposal.opened(folder / "proposal.yaml")
