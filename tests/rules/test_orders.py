"""A relief order added to a plan's terms: read by the file's own loader, cited by its own source."""

import datetime
from typing import Any

import numpy as np
import pytest

from rules import determine, document, evaluate, explain, facts, stages, terms, ticks
from rules.calendar import Cite
from rules.evaluate import Fact, Line
from rules.few import compare_terms
from tests.histories import History
from tests.rules import small_plans
from tests.rules.test_compare import CHANGES, changed, compared, cover, crowd
from tests.rules.test_determine import day
from tests.rules.test_journeys import followed

PLAN = terms.plan("iatse-plan-a")
CITE = {"title": "Resolution 12", "url": "https://plan.example/12"}
ORDER: dict[str, Any] = {
    "title": "Slow summer",
    "cite": "own",
    "sources": {"own": CITE},
    "gives": "credit",
    "for": {"2021-06-30": {"value": "everyone", "cite": "own"}},
    "adds": {"2021-06-30": {"value": 7, "unit": "day", "cite": "own"}},
}


def ordered(plan: terms.Terms, order: dict[str, Any], name: str = "summer") -> terms.Terms:
    """A plan's terms with one order more."""
    return plan.with_order(name, document.of(order, f"relief.{name}", "order"))


def test_an_order_becomes_part_of_the_terms():
    made = ordered(PLAN, ORDER)
    assert made.relief["summer"] == terms.Order("Slow summer", None, "credit", Cite(*CITE.values(), ""))
    assert list(made.relief) == [*PLAN.relief, "summer"]
    assert made.amount("relief.summer.adds", day("2021-06-30")) == 700
    assert made.on("relief.summer.adds", day("2021-06-30")).cite == Cite(*CITE.values(), "")
    assert (made.version == PLAN.version, made.name) == (False, PLAN.name)
    assert "relief.summer.adds" not in PLAN.leaves
    assert ordered(PLAN, dict(reversed(ORDER.items()))).version == made.version
    assert ordered(PLAN, {**ORDER, "adopted": "2021-07-01"}).relief["summer"].adopted == day("2021-07-01")


def test_an_order_may_rest_on_a_source_of_the_plan():
    short = next(iter(PLAN.sources))
    order = {name: value for name, value in ORDER.items() if name != "sources"}
    order |= {"cite": short}
    order["for"] = {"2021-06-30": {"value": "everyone", "cite": short}}
    order["adds"] = {"2021-06-30": {"value": "7", "unit": "day", "cite": short}}
    assert ordered(PLAN, order).relief["summer"].cite == PLAN.sources[short]


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"gives": "hours"}, "", "'up_to' is missing"),
        ({"adds": {"2021-06-29": ORDER["adds"]["2021-06-30"]}}, ".adds", "not a cut-off"),
        ({"adds": {"2021-07-31": ORDER["adds"]["2021-06-30"]}}, ".adds", "no 'for' for"),
        ({"for": {"2021-06-30": {"value": "null", "cite": "own", "note": "x"}}}, ".for", "nothing ends"),
        ({"sources": {"own": {**CITE, "url": " "}}}, ".adds.2021-06-30.cite", "needs a title and an address"),
    ],
)
def test_what_the_loader_refuses_is_named_by_its_path(change, path, words):
    with pytest.raises(document.TermsError, match=words) as caught:
        ordered(PLAN, {**ORDER, **change})
    assert caught.value.path == f"relief.summer{path}"


def test_a_second_order_of_one_name_is_refused():
    with pytest.raises(document.TermsError, match="has a relief order 'summer' already"):
        ordered(ordered(PLAN, ORDER), ORDER)


def test_what_was_credited_is_told_by_the_orders_of_the_period():
    """The plan's file credits days of 2020; an answer about 2021 names the order of 2021 and its source."""
    lines = [Line(day("2021-03-20"), 0, 1, days=60_00)]
    plan = ordered(ordered(PLAN, ORDER), {**ORDER, "title": "Slow autumn"}, "autumn")
    gifts = {}
    for terms_of in (PLAN, plan):
        found = determine.determine(terms_of, lines, (), day("2021-12-15"))
        gifts[terms_of] = [one for one in explain.explain(found, lines) if ".adds" in one.rule]
    assert gifts[PLAN] == []
    assert [(one.text, one.rule, one.cite.title) for one in gifts[plan]] == [
        ("14.00 of what counts were credited by relief order 'Slow summer'.", "relief.summer.adds", "Resolution 12"),
        ("This order is for the period too: 'Slow autumn'.", "relief.autumn.adds", "Resolution 12"),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.5, "quotation marks"),
        (None, "leave the name out"),
        ({"a": {"b": [1, None]}}, "leave the name out"),
        ([[[[[[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]]]]], "deep"),
    ],
)
def test_what_json_may_hold_and_a_file_not_is_refused(value, words):
    with pytest.raises(document.TermsError, match=words):
        document.of(value, "", "order")


def test_json_is_read_as_a_file_would_be():
    node = document.of({"b": [True, 12], "a": "x"}, "", "order")
    assert list(node.map) == ["a", "b"]
    assert isinstance(node.map["b"].content, list)
    assert [item.text for item in node.map["b"].content] == ["true", "12"]
    assert node.map["b"].content[1].path == "b.1"


@pytest.mark.parametrize("plan", CHANGES)
def test_changed_terms_are_compared_by_the_code_that_serves_all_plans(plan):
    of, current, after = crowd(plan), terms.plan(plan), changed(plan)
    found = compare_terms(
        current, after, 0, (of.credits, of.credits), of.facts, of.fact_places, (of.variants, of.variants)
    )
    for one, other in zip(found, compared(plan, of), strict=True):
        np.testing.assert_array_equal(one, other)


KINDS = (
    small_plans.HEAD
    + """\
qualify:
  any:
    routes:
      crew:
        for: {kind: {value: crew, cite: page}}
        sum: {at_least: {value: 100, unit: hour, cite: page}}
      all:
        sum: {at_least: {value: 300, unit: hour, cite: page}}
consumption: {value: none, cite: page}
coverage:
  length: {value: 3, unit: month, cite: page}
levers:
  hours: qualify.any.routes.crew.sum.at_least
"""
)


def test_terms_that_tell_other_kinds_of_members_apart_are_compared():
    """From 2021 on the cast has the easier route that the crew had: the terms ask for another word."""
    before = terms.read(KINDS, "kinds.yaml")
    after = before.under(
        {"qualify.any.routes.crew.for.kind": {"2021-01-01": "cast"}}, name="cast", cite=Cite("made up", "", "")
    )
    assert facts.axes(before) != facts.axes(after)
    held = [[Fact("attribute", day("2019-01-01"), name="kind", value=kind)] for kind in ("crew", "cast", "office")]
    members = [*held, [*held[0], Fact("attribute", day("2021-05-01"), name="kind", value="cast")], []]
    place = before.chart.cutoffs.index(day("2020-10-31"))
    credits = np.zeros((1, len(members), len(before.chart.cutoffs)), np.int64)
    credits[0, :, place : place + 12] = 50_00
    kinds = [
        np.array([[facts.variant_on(plan, one, cutoff) for cutoff in plan.chart.cutoffs] for one in members], np.int16)
        for plan in (before, after)
    ]
    records = np.zeros(0, stages.FACT).view(np.recarray)
    places = np.zeros(len(members) + 1, np.int64)
    found = compare_terms(before, after, 0, (credits, credits), records, places, (kinds[0], kinds[1]))
    lines = [Line(before.chart.cutoffs[place + month], 50_00, month) for month in range(12)]
    named = [History("", 0, {}, lines, one, day("2020-01-01"), day("2022-01-01"), day("2021-01-01")) for one in members]
    covers = np.array([[cover(plan, one) for one in named] for plan in (before, after)])
    np.testing.assert_array_equal(found.before, covers[0].sum(axis=0))
    np.testing.assert_array_equal(found.after, covers[1].sum(axis=0))
    np.testing.assert_array_equal(found.gained_by, (covers[1] > covers[0]).sum(axis=1))
    np.testing.assert_array_equal(found.lost_by, (covers[0] > covers[1]).sum(axis=1))
    assert (found.gained_by > 0).tolist() == [False, True, False, True, False]
    assert (found.lost_by > 0).tolist() == [True, False, False, True, False]


def test_a_later_shorter_order_takes_nothing_of_a_longer_one():
    mpi = terms.plan("mpi-health")
    one_month = {"for": "everyone", "months": "1", "at_least": "0"}
    changes = {f"relief.february-2021.{name}": {"2020-11-21": value} for name, value in one_month.items()}
    after = mpi.under(changes, name="a month more for everyone", cite=Cite("made up", "", ""))
    weeks = [day("2019-06-22") + datetime.timedelta(weeks=week) for week in range(30)]
    lines = [Line(week, 4_000, place + 1) for place, week in enumerate(weeks)] + [Line(day("2020-09-05"), 200, 40)]
    laid = ticks.lay(after)
    working = evaluate.work(after, lines, [], laid.at(day("2020-01-01")), laid.at(day("2021-12-01")))
    assisted = [
        laid.starts[working.first + place] for place in np.flatnonzero(working.records["route"] == stages.COBRA)
    ]
    assert assisted == [day("2021-01-01"), day("2021-02-01")]
    covered = [determine.read(working, start, ahead=False).covered for start in laid.starts[working.first :][:24]]
    assert covered == working.turns.cumsum()[:24].astype(bool).tolist()
    assert determine.read(working, day("2021-06-30")).benefit.last == day("2021-06-30")
    assert not determine.read(working, day("2021-07-01")).covered
    _, found = followed([mpi, after], [(lines, [])], "2021-01", "2021-12")
    assert [np.count_nonzero(side[0]) for side in found.by] == [6, 6]
    assert not found.cause[1].any()
