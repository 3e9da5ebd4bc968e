"""The worked examples beside the plans: each gives the stated answer, and every plan has some."""

import pytest

from rules import terms
from tests.quality.q1 import FOLDER, cases, different


@pytest.mark.parametrize("plan", terms.every_name())
def test_the_rules_give_the_stated_answers(plan):
    assert cases(plan)
    assert different(plan) == {}


def test_examples_are_of_plans_that_are_there():
    assert {path.stem for path in FOLDER.glob("*.yaml")} <= set(terms.every_name())
