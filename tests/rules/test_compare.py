"""Two evaluations side by side, against the same members evaluated one by one."""

import numpy as np

from rules import evaluate, ticks
from rules.compare import compare
from tests.histories import histories, under

CHANGES = {"continuing_hours": {"2012-03-01": "450"}}


def crowd(seed: int, count: int):
    """Members' hours by month of the chart, with their facts, and the histories that they come from."""
    made = histories(seed, count)
    chart = under({}).chart
    hours = np.zeros((count, len(chart.cutoffs)), np.int32)
    for place, one in enumerate(made):
        for line in one.lines:
            hours[place, chart.place(line.day)] += line.hours
    facts = [evaluate.fact_records(one.facts, one.lines) for one in made]
    return made, hours, np.concatenate(facts).view(np.recarray), np.cumsum([0, *map(len, facts)])


def cover(made, changes) -> np.ndarray:
    """Months of cover of each member alone."""
    terms = under(changes)
    last = len(ticks.lay(terms).starts) - 1
    rows = [evaluate.work(terms, one.lines, one.facts, 0, last).turns.cumsum()[:-1] for one in made]
    return np.array(rows)


def test_gains_and_losses_are_those_of_the_members_one_by_one():
    made, hours, facts, places = crowd(3, 300)
    before, after = (ticks.lay(under(changes)).records for changes in ({}, CHANGES))
    found = compare(before, after, hours, hours, facts, places)
    was, now = cover(made, {}), cover(made, CHANGES)
    gains, losses = (now > was), (was > now)
    assert gains.any()
    assert losses.any()
    np.testing.assert_array_equal(found.before, was.sum(axis=0))
    np.testing.assert_array_equal(found.after, now.sum(axis=0))
    np.testing.assert_array_equal(found.gained, gains.sum(axis=0))
    np.testing.assert_array_equal(found.lost, losses.sum(axis=0))
    np.testing.assert_array_equal(found.gained_by, gains.sum(axis=1))
    np.testing.assert_array_equal(found.lost_by, losses.sum(axis=1))


def test_other_hours_under_the_same_terms_are_compared_too():
    _, hours, facts, places = crowd(4, 200)
    run = ticks.lay(under({})).records
    fewer = hours // 2
    found = compare(run, run, hours, fewer, facts, places)
    same = compare(run, run, fewer, fewer.copy(), facts, places)
    np.testing.assert_array_equal(found.after, same.before)
    assert found.lost.sum() > 0
    assert same.gained.sum() == same.lost.sum() == 0


def test_the_order_of_members_changes_nothing():
    _, hours, facts, _ = crowd(5, 200)
    run, none = ticks.lay(under({})).records, np.zeros(201, np.int64)
    assert np.array_equal(
        evaluate.covered_by_tick(run, hours, facts[:0], none),
        evaluate.covered_by_tick(run, hours[::-1], facts[:0], none),
    )
