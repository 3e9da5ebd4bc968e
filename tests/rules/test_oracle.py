"""The engine against the oracle: a second reading of the same files, by another hand that had not seen the engine.

Histories are synthetic (tests/histories.py), half of them on or within 0.01 of a threshold or a cap.
"""

import datetime

import pytest

from rules import calendar, determine, terms
from tests import oracle
from tests.histories import CHANGES, PLAN, History, histories, under
from tests.quality.q1 import told

# Switches that no source settles and that the oracle was not told of.
UNKNOWN = {"bank.when_short", "bank.while_lapsed", "disability.counted_with"}
KNOWN = [
    {},
    *(changes for changes in CHANGES if not set(changes) & UNKNOWN and "'excess'" not in str(changes)),
]
EACH = 60


def read(changes: dict[str, dict[str, str]]) -> oracle.Terms:
    """The oracle's reading of the shipped files under changes."""
    dated = {
        key: {datetime.date.fromisoformat(day): value for day, value in one.items()} for key, one in changes.items()
    }
    chart = terms.plan(PLAN).texts["calendar.cutoffs"]
    return oracle.read(terms.PLANS / f"{PLAN}.yaml", calendar.CHARTS / f"{chart}.yaml", dated)


def by_oracle(one: History, theirs: oracle.Terms) -> dict:
    """The oracle's answer to a history's question."""
    hours = [(line.day, line.hours) for line in one.lines]
    facts = [
        {"kind": fact.kind, "from": fact.first_day, "to": fact.last_day, "claim": fact.claim, "claimed": fact.claimed}
        for fact in one.facts
    ]
    return oracle.coverage_under(theirs, hours, facts, one.on)


@pytest.mark.parametrize("changes", KNOWN, ids=lambda changes: ",".join(changes) or "current")
def test_the_engine_and_the_oracle_agree(changes):
    ours, theirs = under(changes), read(changes)
    different = []
    for one in histories(len(str(changes)), EACH):
        answer = told(determine.determine(ours, one.lines, one.facts, one.on))
        second = by_oracle(one, theirs)
        if answer != {key: second[key] for key in answer}:
            different.append((one, answer, second))
    assert different == []
