"""The standing rule: when rates rise, by how much, back to which day; and what keeps them from rising."""

import pytest

from rules import proposal, standing_rule, terms
from rules.standing_rule import Certified, StandingRule
from tests.service.pension_plans import CREW

RULE = StandingRule()
HELD = Certified(8_00, 8_00, "Green")


def crew(rate):
    """The crew's pension with other rates."""
    old = """        undated: {value: 4, unit: cent, cite: booklet}
        2022-01-01: {value: 5, unit: cent, cite: booklet}
"""
    assert old in CREW
    return terms.read(CREW.replace(old, "".join(f"        {one}\n" for one in rate)), "crew-pension.yaml")


@pytest.mark.parametrize(
    ("year", "certified", "words"),
    [
        (2024, HELD, []),
        (2027, Certified(9_50, 20_00, "GREEN"), []),
        (2024, Certified(7_99, 8_00, "green"), ["active health fund holds 7.99 months"]),
        (2024, Certified(8_00, 7_99, "green"), ["retired employees fund holds 7.99 months"]),
        (2024, Certified(8_00, 8_00, "yellow"), ["certified yellow, not green"]),
        (2021, HELD, ["2021 is no year of evaluation"]),
        (2025, Certified(0, 0, "red"), ["2025 is no year", "active health", "retired employees", "certified red"]),
    ],
)
def test_reserves_of_both_funds_the_zone_and_the_year_decide(year, certified, words):
    told = standing_rule.missing(RULE, year, certified)
    assert len(told) == len(words)
    assert all(word in sentence for word, sentence in zip(words, told, strict=True))


def test_the_rate_in_force_three_years_before_and_all_later_ones_rise():
    plan = crew(
        [
            "undated: {value: 3, unit: cent, cite: booklet}",
            "2015-08-01: {value: 3.245, unit: cent, cite: booklet, status: assumed, note: computed}",
            "2022-01-01: {value: 4.323, unit: cent, cite: booklet}",
            "2024-07-01: {value: 5, unit: cent, cite: booklet}",
        ]
    )
    found = standing_rule.changes(plan, RULE, 2024)
    assert found == {
        "benefit.parts.hours.rate": {
            "2021-01-01": {"value": "3.5695", "note": "3.245 raised by 10 percent; 3.245 is assumed"},
            # 4.7553 and 5.5, exactly.
            "2022-01-01": {"value": "4.7553", "note": "4.323 raised by 10 percent"},
            "2024-07-01": {"value": "5.50", "note": "5 raised by 10 percent"},
        }
    }


def test_what_does_not_come_out_even_is_rounded_half_up():
    plan = crew(["undated: {value: 3.9265, unit: cent, cite: booklet}"])
    found = standing_rule.changes(plan, RULE, 2024)["benefit.parts.hours.rate"]
    assert found["2021-01-01"]["value"] == "4.3192"  # 4.31915


def test_a_rate_that_begins_later_rises_from_its_first_day_only():
    plan = crew(["2022-03-01: {value: 4, unit: cent, cite: booklet}"])
    found = standing_rule.changes(plan, RULE, 2024)["benefit.parts.hours.rate"]
    assert {day: one["value"] for day, one in found.items()} == {"2022-03-01": "4.40"}


@pytest.mark.parametrize(
    ("end", "words"), [("2022-01-01", "ends on 2022-01-01"), ("2015-01-01", "no rate in force that could rise")]
)
def test_a_rate_that_ends_cannot_be_raised(end, words):
    ended = f"{end}: {{value: null, unit: cent, cite: booklet, note: it ended}}"
    plan = crew(["2010-01-01: {value: 4, unit: cent, cite: booklet}", ended])
    with pytest.raises(ValueError, match=words):
        standing_rule.changes(plan, RULE, 2024)


def test_the_proposal_is_a_file_that_is_taken(tmp_path):
    plan = terms.read(CREW, "crew-pension.yaml")
    (tmp_path / "crew-pension.yaml").write_text(CREW)
    file = tmp_path / "rise.yaml"
    file.write_text(standing_rule.file_of(standing_rule.proposal(plan, RULE, 2024, HELD)))
    opened = proposal.opened(file)
    assert opened.terms.name == "Rates rise by 10 percent on 1 January 2024"
    rates = {str(day): value.text for day, value in opened.terms.leaves["benefit.parts.hours.rate"].values.items()}
    assert rates == {"0001-01-01": "4", "2021-01-01": "4.40", "2022-01-01": "5.50"}


def test_there_is_no_proposal_where_nothing_rises():
    plan = terms.read(CREW, "crew-pension.yaml")
    with pytest.raises(ValueError, match="certified red, not green"):
        standing_rule.proposal(plan, RULE, 2024, Certified(8_00, 8_00, "red"))
