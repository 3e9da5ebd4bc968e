"""A snapshot as terms read it, against each member's lines and facts read one by one."""

import datetime

import numpy as np
import pytest

from rules import credit, crediting, evaluate, facts, terms
from rules.calendar import Cite
from rules.credit import Line
from rules.crediting import first_place, population
from rules.evaluate import Fact
from rules.laying import plan_of
from rules.terms import Terms
from tests.histories import history
from tests.snapshots import snapshot_of

MPI = terms.plan("mpi-health")
CITE = Cite("made up", "", "")
# Hours, days and weeks added up; three measures, converted and capped; late work; hours by the day of payment.
ADDED_UP = ("mpi-health", "iatse-plan-a", "equity-health", "ufcw-socal", "roofers-health")
BY_LINE = ("iatse-plan-c", "scibew-health", "eisb-health", "teamsters959-health", "unitehere-sandiego")
HELD = ("hours", "days", "weeks", "contributions")
DAY = datetime.date(2015, 6, 10)


def people(plan: str, count: int = 25) -> list[tuple[list[Line], list[Fact]]]:
    """Made-up members with what a snapshot can hold of their lines."""
    made = []
    for seed in range(count):
        one = history(plan, seed)
        lines = [
            Line(line.day, paid=line.paid, received=line.received, **{name: getattr(line, name) for name in HELD})
            for line in one.lines
        ]
        made.append(([line._replace(number=place + 1) for place, line in enumerate(lines)], one.facts))
    return made


def alone(under: Terms, first: int, end: int, lines: list[Line], known: list[Fact]) -> np.ndarray:
    """One member's credits by measure and period."""
    made = np.zeros((len(plan_of(under).measures), end - first), np.int64)
    for row, credits in zip(made, evaluate.credits_by_measure(under, lines, known), strict=True):
        for one in credits:
            if one.place < end:
                row[one.place - first] += one.amount
    return made


@pytest.mark.parametrize("plan", [*ADDED_UP, *BY_LINE])
def test_members_have_the_credits_facts_and_kinds_that_each_has_alone(plan):
    under, members = terms.plan(plan), people(plan)
    snapshot = snapshot_of(members)
    first = first_place(under, snapshot)
    end = min(first + 200, len(under.chart.cutoffs))
    assert (plan in ADDED_UP) == all(crediting._is_simple(under, measure) for measure in under.below("credit"))
    found = population(under, snapshot, first, end)
    assert found.credits.any()
    cutoffs = under.chart.cutoffs[first:end]
    for member, (lines, known) in enumerate(members):
        assert (found.credits[:, member] == alone(under, first, end, lines, known)).all()
        worked = [line.day for line in lines if any(getattr(line, name) > 0 for name in credit.AMOUNTS)]
        records = found.records[found.places[member] : found.places[member + 1]]
        assert records.tolist() == facts.fact_records(under, known, worked, first).tolist()
        assert (found.kinds[member] == facts.kinds(under, known, cutoffs)).all()


@pytest.mark.parametrize("plan", ADDED_UP)
def test_added_up_and_line_by_line_come_to_the_same(plan, monkeypatch):
    under, snapshot = terms.plan(plan), snapshot_of(people(plan))
    first = first_place(under, snapshot)
    end = min(first + 60, len(under.chart.cutoffs))
    quick = population(under, snapshot, first, end)
    monkeypatch.setattr(crediting, "_is_simple", lambda terms, measure: False)
    slow = population(under, snapshot, first, end)
    assert (quick.credits == slow.credits).all()
    assert quick.credits.any()


@pytest.mark.parametrize("plan", ["mpi-health", "iatse-plan-c"])
def test_parts_of_a_membership_are_those_of_the_whole(plan):
    under, snapshot = terms.plan(plan), snapshot_of(people(plan, 12))
    first = first_place(under, snapshot)
    end = min(first + 90, len(under.chart.cutoffs))
    whole = population(under, snapshot, first, end)
    parts = [population(under, snapshot, first, end, part) for part in (slice(0, 5), slice(5, 5), slice(5, 12))]
    assert (np.concatenate([one.credits for one in parts], axis=1) == whole.credits).all()
    assert (np.concatenate([one.kinds for one in parts]) == whole.kinds).all()
    assert [row for one in parts for row in one.records.tolist()] == whole.records.tolist()
    assert [one.places[-1] for one in parts] == [whole.places[5], 0, whole.places[12] - whole.places[5]]


def test_nobody_is_lost_whose_lines_or_facts_are_missing():
    snapshot = snapshot_of([([], []), ([Line(DAY, 4_000, 1)], []), ([], [Fact("decision", DAY, name="cover_granted")])])
    first = first_place(MPI, snapshot)
    found = population(MPI, snapshot, first, first + 12)
    assert found.credits.sum(axis=(0, 2)).tolist() == [0, 4_000, 0]
    assert np.diff(found.places).tolist() == [0, 0, 1]
    assert population(MPI, snapshot_of([]), 200, 212).credits.shape == (1, 0, 12)


@pytest.mark.parametrize("plan", ["mpi-health", "eisb-health"])
def test_lines_that_the_calendar_does_not_hold_are_an_error(plan):
    under = terms.plan(plan)
    for day in (datetime.date(1985, 1, 1), datetime.date(2041, 1, 1)):
        snapshot = snapshot_of([([Line(DAY, 4_000, 1), Line(day, 4_000, 2)], [])])
        with pytest.raises(ValueError, match="outside"):
            population(under, snapshot, 0, 400)
    snapshot = snapshot_of([([Line(DAY, 4_000, 1, paid=DAY)], [])])
    late = under.chart.place(DAY) + 1
    with pytest.raises(ValueError, match="before the first period"):
        population(under, snapshot, late, late + 12)
    assert not population(under, snapshot, late - 13, late - 1).credits.any()


@pytest.mark.parametrize(("word", "line"), [("pay_date", {"paid": 21}), ("receipt_date", {"received": 40})])
def test_work_that_counts_earlier_than_it_was_done_counts(word, line):
    under = MPI.under({"credit.hours.attributed_to": {"1990-01-01": word}}, name=word, cite=CITE)
    days = {name: DAY - datetime.timedelta(days=before) for name, before in line.items()}
    snapshot = snapshot_of([([Line(DAY, 4_000, 1, **days)], [])])
    first = first_place(under, snapshot)
    found = population(under, snapshot, first, first + 3)
    assert found.credits.sum() == 4_000
    (day,) = days.values()
    assert found.credits[0, 0, under.chart.place(day) - first] == 4_000


def test_a_line_of_contributions_alone_is_work_for_a_claim():
    lines = [Line(DAY, 4_000, 1), Line(DAY + datetime.timedelta(weeks=8), 0, 2, contributions=500)]
    claimed = DAY + datetime.timedelta(weeks=10)
    snapshot = snapshot_of([(lines, [Fact("disability", claimed, claimed, "a", claimed)])])
    first = first_place(MPI, snapshot)
    assert population(MPI, snapshot, first, first + 9).records.days_since_work.tolist() == [14]
