"""Pensions by the engine against the oracle: a second reading of the document by another hand.

Some histories of every plan, and of invented ones; Q2_PENSION (tests/quality/q2_pension.py) compares many more.
"""

import pytest

from rules import terms
from tests.histories_pension_plans import MADE_UP
from tests.quality.q2_pension import divergences

EACH, INVENTED = 12, 16


@pytest.mark.parametrize("plan", terms.names("pension"))
def test_the_engine_and_the_oracle_agree(plan):
    assert divergences([plan], EACH) == []


def test_they_agree_on_invented_plans():
    assert divergences([f"{MADE_UP}{number}" for number in range(INVENTED)], EACH) == []
