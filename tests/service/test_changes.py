"""What a batch changes for one member, and what the plan's own rule does with cover that has begun."""

import datetime

import pytest

from rules import terms
from rules.evaluate import Line
from service.changes import changes

WEEK = datetime.date(2021, 5, 1)  # feeds the cover from 1 August 2021
IN_TIME, LATE = datetime.date(2021, 5, 10), datetime.date(2021, 10, 4)
HOURS = 600_00


def plan(rule):
    """The film crews' health plan with a word on late lines that it does not have."""
    text = (terms.PLANS / "mpi-health.yaml").read_text()
    return terms.read(text.replace("\ncoverage:\n", f"\ncoverage:\n  retroactive: {{{rule}}}\n", 1), "mpi-health.yaml")


def told(rule, before, after, today=LATE):
    """The first change, as of ``today``."""
    return next(changes(plan(rule), before, after, [], today))


@pytest.mark.parametrize(("change", "outcome"), [("gained", "is given"), ("lost", "is taken back")])
def test_a_plan_that_makes_good_what_is_late_says_so(change, outcome):
    lines = [Line(WEEK, HOURS, 1, received=IN_TIME)]
    sides = ([], lines) if change == "gained" else (lines, [])
    found = told('value: "yes", cite: faq', *sides)
    assert (found["change"], found["from"]) == (change, datetime.date(2021, 8, 1))
    assert found["begun"] == (
        "This benefit period began on 1 August 2021. By the plan's terms what is recorded later still changes such "
        f"a period; cover {outcome} from 1 August 2021."
    )


def test_a_plan_that_counts_late_lines_when_they_come_says_so_and_what_is_taken_back_is_lost_all_the_same():
    found = told('value: "no", cite: faq', [Line(WEEK, HOURS, 1, received=IN_TIME)], [])
    assert (found["change"], found["from"]) == ("lost", datetime.date(2021, 8, 1))
    assert found["begun"] == (
        "This benefit period began on 1 August 2021. By the plan's terms a line that comes after the cover it feeds "
        "has begun counts on the day it comes; cover is taken back from 1 August 2021."
    )


def test_under_such_a_plan_a_late_line_gives_cover_that_has_not_begun():
    found = told('value: "no", cite: faq', [], [Line(WEEK, HOURS, 1, received=LATE)])
    assert (found["change"], found["begun"]) == ("gained", None)
    assert found["from"] > LATE


def test_a_rule_that_is_assumed_is_told_as_such():
    rule = 'value: "yes", cite: faq, status: assumed, note: "the booklet is silent"'
    found = told(rule, [], [Line(WEEK, HOURS, 1, received=IN_TIME)])
    assert "such a period (assumed: the booklet is silent); cover is given" in found["begun"]
