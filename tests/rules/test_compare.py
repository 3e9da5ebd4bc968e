"""Two evaluations side by side, against the same members evaluated one by one, over plans of several families."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from rules import credit, evaluate, facts, terms, ticks
from rules.calendar import Cite
from rules.compare import Comparison, compare
from rules.credit import Line
from rules.few import ANY_PLAN
from rules.laying import plan_of
from rules.terms import NoTermsError, Terms
from tests.histories import History, history

MEMBERS = 60
ALWAYS = "1990-01-01"
# An excess bank with relief; a bank that every hour goes through; two measures; tiers, and a bank
# that depends on age.
CHANGES = {
    "mpi-health": {"continuing_hours": {"2012-03-01": "450"}},
    "eisb-health": {"monthly_charge": {ALWAYS: "140"}},
    "sagaftra-health": {"earnings": {ALWAYS: "26000"}, "days": {ALWAYS: "110"}},
    "roofers-health": {"plan_b_hours": {ALWAYS: "500"}, "bank_per_use": {ALWAYS: "150"}},
}
# Those that are compiled once more, for members without a fact, and those that are compared by code of their own: the
# others are by that which serves all plans. Few, because each takes a while.
WITHOUT = ("mpi-health",)
OWN = ("mpi-health",)


class Crowd(NamedTuple):
    """Members as a comparison takes them, and the histories that they come from."""

    members: list[History]
    credits: np.ndarray
    facts: np.ndarray
    fact_places: np.ndarray
    variants: np.ndarray


def whole(one: History) -> History:
    """The member as made."""
    return one


def without_happenings(one: History) -> History:
    """The same member with no fact but those that choose numbers or dates, which the terms may need."""
    return one._replace(facts=[fact for fact in one.facts if fact.kind in ("attribute", "born", "hired")])


def changed(plan: str) -> Terms:
    """A plan's terms under its changes."""
    return terms.plan(plan).under(CHANGES[plan], name="changed", cite=Cite("made up", "", ""))


def cover(under: Terms, one: History) -> np.ndarray:
    """The ticks at which a member alone is covered, over the whole calendar."""
    working = evaluate.work(under, one.lines, one.facts, 0, len(under.chart.cutoffs) - 1)
    assert working.first == 0
    return working.turns.cumsum()[:-1]


def worked_days(lines: list[Line]) -> list:
    """The days on which a member has anything."""
    return [line.day for line in lines if any(getattr(line, name) > 0 for name in credit.AMOUNTS)]


def crowd(plan: str, made: Callable[[History], History] = whole) -> Crowd:
    """Members with the first histories of a plan that its terms have an answer for."""
    current, members = terms.plan(plan), []
    for seed in range(MEMBERS):
        one = made(history(plan, seed))
        try:
            cover(current, one)
            cover(changed(plan), one)
        except NoTermsError:
            continue
        members.append(one)
    assert len(members) > MEMBERS // 2
    cutoffs = current.chart.cutoffs
    credits = np.zeros((len(plan_of(current).measures), len(members), len(cutoffs)), np.int64)
    for place, one in enumerate(members):
        for measure, given in enumerate(evaluate.credits_by_measure(current, one.lines, one.facts)):
            for each in given:
                credits[measure, place, each.place] += each.amount
    records = [facts.fact_records(current, one.facts, worked_days(one.lines)) for one in members]
    variants = [[facts.variant_on(current, one.facts, cutoff) for cutoff in cutoffs] for one in members]
    places = np.cumsum([0, *map(len, records)])
    return Crowd(members, credits, np.concatenate(records).view(np.recarray), places, np.array(variants, np.int16))


def compared(plan: str, of: Crowd, after: np.ndarray | None = None) -> Comparison:
    """A crowd under a plan's terms and its changes; or with other credits, under the same terms."""
    current = terms.plan(plan)
    now, then = (ticks.lay(under).laid for under in (current, changed(plan) if after is None else current))
    if plan not in OWN:
        now, then = now._replace(use=ANY_PLAN), then._replace(use=ANY_PLAN)
    credits = of.credits if after is None else after
    counts = evaluate.counts_of(current)
    return compare(now, then, counts, of.credits, credits, of.facts, of.fact_places, of.variants)


@pytest.mark.parametrize(
    ("plan", "made"), [*((plan, whole) for plan in CHANGES), *((plan, without_happenings) for plan in WITHOUT)]
)
def test_gains_and_losses_are_those_of_the_members_one_by_one(plan, made):
    of = crowd(plan, made)
    found = compared(plan, of)
    was = np.array([cover(terms.plan(plan), one) for one in of.members])
    now = np.array([cover(changed(plan), one) for one in of.members])
    gains, losses = (now > was), (was > now)
    assert (gains | losses).any()
    np.testing.assert_array_equal(found.before, was.sum(axis=0))
    np.testing.assert_array_equal(found.after, now.sum(axis=0))
    np.testing.assert_array_equal(found.gained, gains.sum(axis=0))
    np.testing.assert_array_equal(found.lost, losses.sum(axis=0))
    np.testing.assert_array_equal(found.gained_by, gains.sum(axis=1))
    np.testing.assert_array_equal(found.lost_by, losses.sum(axis=1))


def test_a_membership_is_counted_as_its_members_are():
    plan, of = "roofers-health", crowd("roofers-health")
    laid, counts = ticks.lay(terms.plan(plan)).laid._replace(use=ANY_PLAN), evaluate.counts_of(terms.plan(plan))
    found = evaluate.covered_by_tick(laid, counts, of.credits, of.facts, of.fact_places, of.variants)
    np.testing.assert_array_equal(found, sum(cover(terms.plan(plan), one) for one in of.members))


@pytest.mark.parametrize("plan", CHANGES)
def test_other_credits_under_the_same_terms_are_compared_too(plan):
    of = crowd(plan)
    fewer = of.credits // 2
    found = compared(plan, of, fewer)
    same = compared(plan, of._replace(credits=fewer), fewer.copy())
    np.testing.assert_array_equal(found.after, same.before)
    assert found.lost.sum() > 0
    assert same.gained.sum() == same.lost.sum() == 0


def test_the_order_of_members_changes_nothing():
    of = crowd("mpi-health", without_happenings)
    laid, counts = ticks.lay(terms.plan("mpi-health")).laid, evaluate.counts_of(terms.plan("mpi-health"))
    np.testing.assert_array_equal(
        evaluate.covered_by_tick(laid, counts, of.credits),
        evaluate.covered_by_tick(laid, counts, np.ascontiguousarray(of.credits[:, ::-1])),
    )


@pytest.mark.parametrize("members", [0, 1, 2, 50])
def test_however_many_cores_share_a_membership_it_counts_the_same(members):
    plan = terms.plan("ufcw-socal")
    made = np.random.default_rng(7)
    laid = ticks.lay(plan).laid.span(0, 90)._replace(use=ANY_PLAN)
    credits = made.integers(0, 20_000, (evaluate.measures_of(plan), members, 90))
    variants = made.integers(0, laid.ticks.shape[0], members).astype(np.int16)
    given = (evaluate.counts_of(plan), credits, evaluate.NO_FACTS, None, variants)
    alone = evaluate.covered_by_tick(laid, *given)
    for cores in (2, 3):
        assert (evaluate.covered_by_tick(laid, *given, cores=cores) == alone).all()
    assert alone.max() <= members
    assert members < 2 or alone.any()
