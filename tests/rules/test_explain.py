"""Reasons: what they say, which rule and source they name, and that what is assumed is told."""

import datetime

import pytest

from rules import determine, explain, terms
from rules.calendar import Cite
from rules.evaluate import Fact, Line
from rules.leaves import STATUSES
from tests.histories import history
from tests.histories_terms import under
from tests.rules.test_determine import BOOKED, PLAN, day, worked


def reasons(lines: list[Line], on: str, facts: tuple[Fact, ...] = ()) -> dict[str, explain.Reason]:
    """The reasons of an answer under the current terms, by their rule."""
    found = determine.determine(PLAN, lines, facts, day(on))
    return {reason.rule: reason for reason in explain.explain(found, lines, facts)}


def test_the_outcome_comes_first_with_its_figures_and_lines():
    lines = [*worked(600_00, 412_50), Line(day("2021-06-19"), 0, 77)]
    found = determine.determine(PLAN, lines, (), day("2021-12-01"))
    first = explain.explain(found, lines)[0]
    assert first.text == (
        "412.50 hours count for 27 December 2020 to 19 June 2021; 400.00 are needed to keep cover, "
        "so there is cover from 1 September 2021 to 28 February 2022."
    )
    assert first.rule == "qualify.continuing.routes.hours.sum.at_least"
    assert first.cite == PLAN.sources["tag-2008-11"]
    assert (first.status, first.lines) == ("stated", (2, 77))


@pytest.mark.parametrize(
    ("amounts", "on", "rule", "status", "words"),
    [
        ((600_00,), "2021-03-01", "qualify.initial.routes.hours.sum.up_to_windows", "stated", "no earlier cover"),
        ((600_00,), "2021-03-01", "bank.deposit_after_initial", "disputed", "add nothing to the bank"),
        ((600_00, 412_50), "2021-09-01", "bank.deposit", "stated", "12.50 of the 12.50 hours over"),
        ((600_00, 900_00), "2021-09-01", "bank.cap", "stated", "450.00 of the 500.00 hours over"),
        ((600_00, 850_00), "2022-03-01", "bank.all_or_nothing", "assumed", "held 450.00: 400.00 were drawn"),
        ((600_00, 850_00), "2022-03-01", "bank.blocked_by.unavailable_for_work", "assumed", "available for work"),
        ((600_00, 850_00), "2022-09-01", "bank.when_short", "assumed", "stay in the bank"),
        ((600_00,), "2022-01-01", "lapse.every", "stated", "tested every month"),
        ((600_00,), "2024-03-01", "lapse.initial_after", "stated", "ended 30 months ago or more"),
        ((600_00, 450_00), "2024-09-01", "bank.while_lapsed", "assumed", "still holds 50.00"),
        ((600_00,), "2021-03-01", "calendar.cutoffs", "assumed", "inferred by rule"),
        ((600_00,), "2021-03-01", "calendar.lag", "stated", "counts for cover from 1 March 2021"),
        ((600_00,), "2021-09-01", "lapse.every", "stated", "From now on"),
        ((700_00, 399_00), "2021-09-01", "bank.deposit_after_initial", "disputed", "added nothing to the bank"),
        ((600_00, 450_00), "2021-12-01", "bank.deposit", "stated", "which holds 50.00"),
        ((600_00, 450_00, 300_00), "2022-03-01", "bank.all_or_nothing", "assumed", "does not make up the shortfall"),
    ],
)
def test_a_reason_names_its_rule_and_how_sure_it_is(amounts, on, rule, status, words):
    reason = reasons(worked(*amounts), on)[rule]
    assert reason.status == status
    assert words in reason.text
    assert (status in reason.text) == (status != "stated")


def test_a_disputed_benefit_period_is_told():
    lines = [Line(day("2020-03-21"), 600_00), Line(day("2020-09-19"), 400_00)]
    assert reasons(lines, "2020-12-01")["calendar.lag"].status == "disputed"


def test_a_number_that_changed_within_the_period_is_told():
    lines = [Line(day("2011-02-19"), 600_00), Line(day("2011-08-20"), 399_99)]
    found = reasons(lines, "2011-11-01")["calendar.values_of"]
    assert found.status == "assumed"
    assert "changed from 300" in found.text


def test_what_did_not_help_is_told():
    claim = Fact("disability", day("2022-01-01"), day("2022-06-25"), "claim 1", day("2022-06-01"))
    lines = worked(600_00, 400_00, 400_00)
    assert "did not extend cover" in reasons(lines, "2022-09-01", (claim,))["disability.claim_within"].text
    away = Fact("unavailable_for_work", day("2022-03-01"), day("2022-03-01"))
    refused = reasons(worked(600_00, 850_00), "2022-03-01", (away,))["bank.blocked_by.unavailable_for_work"]
    assert "would have been enough" in refused.text
    short = reasons([Line(day("2019-09-21"), 600_00), Line(day("2020-03-21"), 300_00)], "2020-06-01")
    assert "adds no more than 25 hours" in short["relief.june-2020.up_to"].text


def test_a_lapsed_member_saved_by_the_bank_is_told_that_it_outlives_cover():
    lines = [*worked(600_00, 450_00), Line(day("2022-09-10"), 350_00)]
    found = reasons(lines, "2022-12-01")
    assert "drawn" in found["bank.all_or_nothing"].text
    assert found["bank.while_lapsed"].status == "assumed"


def test_hours_that_bought_cover_are_told_and_not_listed():
    proposed = PLAN.under({"coverage.length": {"2000-01-01": "1"}}, name="short", cite=Cite("made up", "", ""))
    lines = worked(600_00, 400_00)
    found = determine.determine(proposed, lines, (), day("2021-04-15"))
    told = {reason.rule: reason for reason in explain.explain(found, lines)}
    assert "do not count again" in told["consumption"].text
    assert 1 not in explain.explain(found, lines)[0].lines


@pytest.mark.parametrize(
    ("amounts", "on", "words"),
    [
        ((600_00, 850_01), "2022-03-15", "350.00 more beside the 50.00 in the bank are needed by 25 June 2022"),
        ((600_00, 450_00), "2021-10-01", "350.00 more beside the 50.00 in the bank are needed by 25 December 2021"),
        ((600_00, 850_00), "2021-10-01", "the bank makes up the 400.00 that are missing"),
        ((600_00, 395_00), "2021-07-15", "were needed by 19 June 2021, so cover ends with 31 August 2021"),
    ],
)
def test_what_is_still_needed_is_told_with_the_bank_and_the_day(amounts, on, words):
    lines = worked(*amounts)
    found = determine.determine(PLAN, lines, (), day(on))
    assert words in explain.explain(found, lines)[-1].text


def test_a_wiped_bank_is_told():
    proposed = PLAN.under({"bank.when_short": {"2000-01-01": "wiped"}}, name="wiped", cite=Cite("made up", "", ""))
    lines = worked(600_00, 450_00, 100_00)
    found = determine.determine(proposed, lines, (), day("2022-03-01"))
    told = {reason.rule: reason for reason in explain.explain(found, lines)}
    assert told["bank.when_short"].text.startswith("Those hours are lost.")


def test_a_period_between_published_cut_offs_is_stated():
    """The chart's days of 26 October 2019 and 25 April 2020 are both published."""
    reason = reasons([Line(day("2020-04-25"), 600_00)], "2020-07-01")["calendar.cutoffs"]
    assert reason.status == "stated"
    assert "27 October 2019 to 25 April 2020" in reason.text


def test_disability_is_explained_with_its_disputed_term():
    claim = Fact("disability", day("2022-02-06"), day("2022-04-16"), "claim 1", day("2022-02-06"))
    found = reasons(worked(600_00, 400_00, 400_00), "2022-09-01", (claim,))
    assert "10 weeks of disability" in found["disability.credit_per_week"].text
    assert found["disability.claim_within"].status == "disputed"
    assert found["disability.counted_with"].status == "disputed"


def test_relief_is_explained_with_its_order():
    lines = [Line(day("2019-09-21"), 600_00), Line(day("2020-03-21"), 380_00)]
    found = reasons(lines, "2020-06-01")["relief.june-2020.up_to"]
    assert "adds the 20.00 hours that are missing" in found.text
    assert found.cite == PLAN.sources["local-728-may"]
    decided = reasons([lines[0], Line(day("2020-03-21"), 320_00)], "2020-06-01", BOOKED)
    assert "80.00 hours" in decided["relief.june-2020.by_decision_up_to"].text


def test_no_cost_cobra_is_explained_with_its_order():
    lines = [Line(day("2020-03-21"), 600_00), Line(day("2020-09-19"), 100_00)]
    found = reasons(lines, "2020-12-01")
    assert "no-cost COBRA" in found["relief.autumn-2020.months"].text
    assert found["relief.autumn-2020.standing"].status == "assumed"
    assert "at least 1 hours" in found["relief.autumn-2020.at_least"].text


def test_a_proposal_is_named_as_the_source_of_what_it_changes():
    cite = Cite("Proposal: 450", "", "somebody")
    proposed = PLAN.under({"continuing_hours": {"2000-01-01": "450"}}, name="450", cite=cite)
    lines = worked(600_00, 420_00)
    found = determine.determine(proposed, lines, (), day("2021-09-01"))
    assert explain.explain(found, lines)[0].cite == cite


def test_days_are_written_as_people_say_them():
    assert explain.long_day(datetime.date(2021, 4, 4)) == "4 April 2021"


@pytest.mark.parametrize("name", terms.names())
def test_every_answer_can_be_explained_and_every_rule_named_is_a_term(name):
    for seed in range(40):
        one = history(name, seed)
        changed = under(name, seed)
        found = determine.determine(changed, one.lines, one.facts, one.on)
        told = explain.explain(found, one.lines, one.facts)
        assert told
        for reason in told:
            assert reason.rule in changed.leaves or reason.rule == "calendar.cutoffs"
            assert reason.status in STATUSES
            assert reason.text.endswith((".", ")"))
