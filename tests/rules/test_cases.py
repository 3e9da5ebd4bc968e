"""The worked examples beside the plans: each gives the stated answer, and every plan has some."""

import pytest

from rules import terms
from tests.quality.q1 import CASES, differences


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.plan}: {case.name}")
def test_the_rules_give_the_stated_answer(case):
    assert differences(case) == {}


@pytest.mark.parametrize("plan", terms.names())
def test_every_plan_has_worked_examples(plan):
    assert [case for case in CASES if case.plan == plan]
