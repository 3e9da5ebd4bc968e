"""Q3: compiled and uncompiled agree; a member alone is the same as in the crowd; one period asked alone is the same as
that period asked among all.

Uncompiled answers come from processes of the same code in which compiling is turned off. A crowd is evaluated with the
plan's own compiled profile (what the plan does not use is left out), a member alone with the one for all plans. Each
profile takes some seconds to compile, so at CI size a handful of plans that together use every stage stand for all.
"""

import functools
import hashlib
from typing import Any

import numpy as np

from rules import determine, evaluate, examples, facts, terms, ticks
from rules.evaluate import NO_FACTS
from rules.laying import plan_of
from rules.terms import Terms
from tests.histories import History, history
from tests.histories_terms import GROUP
from tests.quality.spread import Job, jobs, named, spread

CI = 20_000
RELEASE = 1_000_000
CROWD = 400  # members of one crowd
FEW = 4  # of the handful, so many stand for it in less than the size for CI
WITHOUT_FACTS = 3  # of the handful, so many are also evaluated by the profile for members without facts


def check(count: int) -> int:
    """The number of histories for which something disagrees."""
    everything = count >= RELEASE
    # A part of the size for CI, which every run of the tests takes, compiles but a few of them.
    plans = terms.names() if everything else handful()[: None if count >= CI else FEW]
    without = plans if everything else plans[: WITHOUT_FACTS if count >= CI else 1]
    crowds = [(plan, *crowd, plan in without) for plan, *crowd in crowded(count, plans)]
    by_plan: dict[str, list[Any]] = {}
    for plan, *rest in crowds:
        by_plan.setdefault(plan, []).append(rest)
    failures = 0
    for (plan, _), differing in spread(crowds_differing, by_plan.items(), "Q3 in the crowd"):
        failures += named("in the crowd", plan, differing)
    over = jobs(count)
    uncompiled = dict(spread(digests, over, "Q3 uncompiled", compiled=False))
    for job, (mine, apart) in spread(compiled, over, "Q3 compiled, alone"):
        unlike = [
            seed for seed, ours, other in zip(range(*job[1:]), mine, uncompiled[job], strict=True) if ours != other
        ]
        failures += named("uncompiled", job[0], unlike) + named("asked alone", job[0], apart)
    return failures


# Compiled and uncompiled; one period alone and among all


def digests(job: Job) -> list[str]:
    """A hash of the whole working of each history of a job."""
    plan, first, end = job
    return [digest(history(plan, seed)) for seed in range(first, end)]


def digest(one: History) -> str:
    """A hash of a history's whole working up to the day asked about, or the reason why there is none."""
    laid = ticks.lay(one.terms)
    try:
        today = laid.at(one.on)
        working = evaluate.work(one.terms, one.lines, one.facts, determine.behind(laid, today), today)
    except LookupError as nothing:
        return str(nothing)
    return hashlib.sha256(working.records.tobytes() + working.turns.tobytes()).hexdigest()


def compiled(job: Job) -> tuple[list[str], list[int]]:
    """The hashes of the histories of a job, and those that are answered otherwise alone than among all periods."""
    plan, first, end = job
    made = [history(plan, seed) for seed in range(first, end)]
    return [digest(one) for one in made], [one.seed for one in made if alone(one) != among_all(one)]


def alone(one: History) -> Any:
    """What is said for a day that is asked about by itself."""
    try:
        return said(determine.determine(one.terms, one.lines, one.facts, one.on))
    except LookupError as nothing:
        return str(nothing)


def among_all(one: History) -> Any:
    """What is said for that day by an evaluation of all periods of some years around the history."""
    laid = ticks.lay(one.terms)
    try:
        first = max(0, laid.at(one.first) - 2 * determine.AHEAD[one.terms.chart.unit])
        last = determine.ahead_of(one.terms, determine.ahead_of(one.terms, laid.at(one.last)))
        return said(determine.read(evaluate.work(one.terms, one.lines, one.facts, first, last), one.on))
    except LookupError as nothing:
        return str(nothing)


def said(found: determine.Determination) -> tuple[Any, ...]:
    """What a determination says, without its record, whose places depend on where an evaluation began."""
    return examples.told(found), found.next, found.tick, found.slot, found.opening, found.used_through, found.grace


# A member alone and in the crowd


def features(plan: str) -> set[tuple[str, bool]]:
    """The stages that a plan uses, and those that it leaves out."""
    use = ticks.lay(terms.plan(plan)).laid.use
    return {(name, len(flag) > 0) for name, flag in zip(use._fields, use, strict=True)}


@functools.cache
def handful() -> list[str]:
    """A few plans that together use, and together leave out, every stage that any plan uses or leaves out."""
    each = {plan: features(plan) for plan in terms.names()}
    missing = set().union(*each.values())
    chosen = []
    while missing:
        best = max(each, key=lambda plan: len(each[plan] & missing))
        chosen.append(best)
        missing -= each[best]
    assert set().union(*(each[plan] for plan in chosen)) == set().union(*each.values())
    return chosen


def crowded(count: int, plans: list[str]) -> list[Job]:
    """So many histories of some plans in crowds under current terms, whose profile is compiled once for each plan."""
    found = jobs(2 * count, plans)
    return [(plan, first, end) for plan, first, end in found if (first // GROUP) % 2 == 0]


def crowds_differing(of_plan: tuple[str, list[Any]]) -> list[int]:
    """The members of a plan's crowds that have other cover there than they have alone."""
    plan, crowds = of_plan
    found = []
    for first, end, without in crowds:
        found += differing([history(plan, seed) for seed in range(first, end)], without_facts=False)
        if without:
            some = [history(plan, seed) for seed in range(first, end, 2)]
            found += differing([bare(one) for one in some], without_facts=True)
    return found


def bare(one: History) -> History:
    """The same member without any fact that is not an attribute."""
    return one._replace(facts=[fact for fact in one.facts if fact.kind in ("attribute", "born")])


def differing(members: list[History], without_facts: bool) -> list[int]:
    """The members of a crowd that have other cover in it than they have alone."""
    current: Terms = members[0].terms
    last = len(current.chart.cutoffs) - 1
    able, workings = [], []
    for one in members:
        try:
            workings.append(evaluate.work(current, one.lines, one.facts, 0, last))
            able.append(one)
        except LookupError:
            continue
    if not able:
        return []
    alone = np.stack([working.turns.cumsum()[:-1] for working in workings])
    credits = np.zeros((len(plan_of(current).measures), len(able), last + 1), np.int32)
    for member, working in enumerate(workings):
        for measure, made in enumerate(working.credits):
            for credit in made:
                credits[measure, member, credit.place] += credit.amount
    variants = np.stack([working.variants for working in workings])
    records = [facts.fact_records(current, one.facts, worked(one)) for one in able]
    if not np.array_equal(counted(current, credits, records, variants, without_facts), alone.sum(axis=0)):
        found = [
            place
            for place in range(len(able))
            if not np.array_equal(
                counted(current, credits[:, [place]], [records[place]], variants[[place]], without_facts), alone[place]
            )
        ]
        return [able[place].seed for place in found] or [one.seed for one in able]
    return []


def counted(current: Terms, credits: Any, records: list[Any], variants: Any, without_facts: bool) -> Any:
    """The covered ones of a crowd at each tick. Without facts, both profiles have to say the same."""
    laid, counts = ticks.lay(current).laid, evaluate.counts_of(current)
    known = np.concatenate(records).view(np.recarray) if records else NO_FACTS
    places = np.cumsum([0, *map(len, records)])
    with_profile = evaluate.covered_by_tick(laid.with_facts(), counts, credits, known, places, variants)
    if not without_facts:
        return with_profile
    plain = evaluate.covered_by_tick(laid, counts, credits, NO_FACTS, None, variants)
    return plain if np.array_equal(plain, with_profile) else None


def worked(one: History) -> Any:
    """The days on which a member worked."""
    return (line.day for line in one.lines if any(getattr(line, name) > 0 for name in evaluate.credit.AMOUNTS))
