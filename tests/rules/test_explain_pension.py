"""What a pension's sentences say of a row of breaks: how many lose everything is what the rules do."""

import pytest

from rules import explain_pension
from tests.rules.small_pensions import SMALL, by_year, found, worked
from tests.rules.small_plans import edited

OR_SERVICE = "    or_service: {value: true, cite: page}\n"
HALF = "          half: {from: {value: 200, unit: hour, cite: page}, gives: {value: 0.5, unit: year, cite: page}}\n"
YEAR = "          year: {from"


@pytest.mark.parametrize(
    "history", [dict.fromkeys(range(2000, 2007), 400), {2000: 400}, {2000: 400, 2001: 200}], ids=len
)
@pytest.mark.parametrize(
    "when", ["", "    when: {value: exceeded, cite: page}\n", "    when: {value: reached, cite: page}\n"]
)
@pytest.mark.parametrize("or_service", ["", OR_SERVICE, OR_SERVICE.replace("true", "false")], ids=["", "true", "false"])
def test_the_breaks_that_are_told_are_those_that_lose_everything(or_service, when, history):
    text = edited(SMALL, ("after: {value: 5", "after: {value: 9"), (OR_SERVICE, or_service + when), (YEAR, HALF + YEAR))
    told = [
        reason.text
        for reason in explain_pension.explain(found(text, worked(history), f"{max(history) + 2}-12-31"))
        if reason.rule == "breaks.permanent.years"
    ]
    lost = [year for year, is_lost in by_year(found(text, worked(history), "2030-12-31"), "lost").items() if is_lost]
    breaks = lost[0] - max(history)
    assert told == [f"There are 2 breaks in service in a row; with {breaks} everything credited would be lost."]
