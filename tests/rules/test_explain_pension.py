"""What a pension's sentences say of a row of breaks: how many lose everything is what the rules do."""

import pytest

from rules import explain_pension
from tests.rules.small_pensions import BENEFIT, SMALL, by_year, found, worked
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


def told_of(text, history, on, year):
    answer = found(text, worked(history), on)
    one = next(one for one in answer.years if one.first.year == year)
    return [reason.text for reason in explain_pension.explain_year(answer, one)]


PART = (
    "participation: {at_least: {value: 300, unit: hour, cite: page}, entry: {value: next_year, cite: page}, "
    "earlier_service: {value: WORD, cite: page}}\n"
)


@pytest.mark.parametrize(("word", "said"), [("lost", True), ("counts", False)])
def test_years_before_taking_part_are_told_of_where_they_credit_nothing(word, said):
    text = edited(SMALL, ("vesting:\n", PART.replace("WORD", word) + "vesting:\n"))
    text = edited(text, ("value: 400, unit: hour", "value: 100, unit: hour"))
    before = "before you took part in the plan"
    assert any(before in sentence for sentence in told_of(text, {2000: 250, 2001: 400}, "2001-12-31", 2000)) == said


def test_the_year_that_loses_everything_counts_its_breaks():
    sentences = told_of(SMALL, {2000: 400}, "2005-12-31", 2005)
    assert "With fewer than 200 hours it is a break in service, the fifth in a row." in sentences
    assert any(sentence.startswith("With this break in service everything") for sentence in sentences)
    assert not any("took part" in sentence for sentence in told_of(SMALL, {2000: 400}, "2007-12-31", 2007))


def test_a_rate_is_that_of_the_day_asked_about():
    rate = "rate: {2000-01-01: {value: 5, unit: cent, cite: page}, 2001-08-01: {value: 7, unit: cent, cite: page}}"
    text = SMALL + BENEFIT.replace("rate: {value: 5, unit: cent, cite: page}", rate)
    for on, cents in (("2001-07-31", "5"), ("2001-12-31", "7")):
        reasons = explain_pension.explain(found(text, worked({2000: 400}), on))
        assert any(f"({cents} cents each now)" in reason.text for reason in reasons)


def test_a_break_that_cannot_be_told_is_told_so():
    unknown = "less_than: {2000-01-01: {value: null, unit: hour, cite: page, status: assumed, note: not read}}"
    text = edited(SMALL, ("less_than: {value: 200, unit: hour, cite: page}", unknown))
    sentences = told_of(text, {2000: 400}, "2001-12-31", 2001)
    assert "Whether it is a break in service cannot be told (assumed: not read)." in sentences


def test_the_year_that_vested_in_full_is_named():
    answer = found(SMALL, worked(dict.fromkeys(range(2000, 2008), 400)), "2007-12-31")
    texts = [reason.text for reason in explain_pension.explain(answer)]
    assert "You are vested in full since 2004: it cannot be lost any more." in texts
