"""The engine against the oracle: a second reading of the same files, by another hand that had not seen the engine.

Some histories of every plan, so that a change is told of at once; Q2 (tests/quality/q2.py) compares many more.
"""

import pytest

from rules import terms
from tests.histories import history
from tests.histories_terms import GROUP
from tests.quality.q2 import divergence

EACH = 12


@pytest.mark.parametrize("plan", terms.names())
@pytest.mark.parametrize("group", [0, 1], ids=["current", "proposal"])
def test_the_engine_and_the_oracle_agree(plan, group):
    made = (history(plan, GROUP * group + place) for place in range(EACH))
    assert [found for found in map(divergence, made) if found is not None] == []


# Two windows on one measure, where credits are used up singly: what lies before the shorter one is still there.
@pytest.mark.parametrize(("plan", "seed"), [("chicagolaborers-health", 4561), ("chicagolaborers-health", 4579)])
def test_they_agree_where_they_once_did_not(plan, seed):
    assert divergence(history(plan, seed)) is None
