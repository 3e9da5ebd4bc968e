"""Booklets and explanations read as they did when somebody approved them (``tests/approving.py`` says how to)."""

import pytest

from rules import terms
from tests.approving import FOLDER, approved, questions, text


@pytest.mark.parametrize("plan", terms.names())
def test_the_words_are_those_that_were_approved(plan):
    was = approved(plan)
    assert text(plan, questions(was)).splitlines() == was.splitlines()


def test_approved_texts_are_of_plans_that_are_there():
    assert {path.stem for path in FOLDER.glob("*.md")} == set(terms.names())
