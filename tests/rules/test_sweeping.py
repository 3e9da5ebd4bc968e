"""Many values of a term over one membership, against each of them evaluated by itself."""

from pathlib import Path

import numpy as np
import pytest

from rules import evaluate, terms, ticks
from rules.calendar import Cite
from rules.few import ANY_PLAN
from rules.sweeping import _asked, sweep

PLAN = terms.plan("mpi-health")
FIRST = PLAN.chart.months.index(2011 * 12 + 9)
TICKS = 60
ONE = np.zeros((1, TICKS), np.int16)


def laid(day, value, lever="continuing_hours", plan=PLAN):
    under = plan.under({lever: {day: value}}, name=value, cite=Cite("made up", "", ""))
    return ticks.lay(under).laid.span(FIRST, FIRST + TICKS)


def crowd(members=60, seed=3):
    """Hours by month around what keeps cover, with gaps, weeks of nothing, and months at the cap of the bank."""
    chance = np.random.default_rng(seed)
    pace = chance.choice([30_00, 60_00, 66_00, 70_00, 80_00, 150_00], (members, 1))
    hours = (pace * chance.choice([0, 50, 90, 100, 101, 130, 200], (members, TICKS)) // 100).astype(np.int32)
    hours[chance.random((members, TICKS)) < 0.08] = 0
    return hours[None]


def one_by_one(runs, credits):
    counts, runs = evaluate.counts_of(PLAN), [run._replace(use=ANY_PLAN) for run in runs]
    by_member = np.array(
        [
            [
                evaluate.covered_by_tick(run, counts, credits[:, member : member + 1], variants=ONE)
                for member in range(credits.shape[1])
            ]
            for run in runs
        ]
    )
    gained = (by_member > 0) & (by_member[:1] == 0)
    lost = (by_member == 0) & (by_member[:1] > 0)
    return (
        by_member.sum(axis=1),
        gained.sum(axis=1),
        lost.sum(axis=1),
        gained.any(axis=2).sum(axis=1),
        lost.any(axis=2).sum(axis=1),
    )


@pytest.mark.parametrize("day", ["2009-01-01", "2013-01-01"])
def test_every_value_counts_what_it_counts_alone(day):
    base = ticks.lay(PLAN).laid.span(FIRST, FIRST + TICKS)
    runs = [base, *(laid(day, str(value)) for value in (300, 350, 351, 380, 399, 400, 401, 405, 430, 450, 500, 700))]
    assert _asked(runs) is not None
    found = sweep(runs, evaluate.counts_of(PLAN), crowd())
    for got, wanted in zip(found, one_by_one(runs, crowd()), strict=True):
        assert got.tolist() == wanted.tolist()
    assert found.gaining.any()
    assert (found.losing[1:] > 0).any()


def test_a_time_with_relief_is_swept_alike():
    first = PLAN.chart.months.index(2018 * 12)
    runs = [
        ticks.lay(
            PLAN.under({"continuing_hours": {"2018-01-01": value}}, name=value, cite=Cite("made up", "", ""))
        ).laid.span(first, first + TICKS)
        for value in ("400", *map(str, range(360, 480, 10)))
    ]
    assert _asked(runs) is not None
    assert runs[0].ticks["relief_gives"].any()
    credits = crowd(120, 11)
    for got, wanted in zip(sweep(runs, evaluate.counts_of(PLAN), credits), one_by_one(runs, credits), strict=True):
        assert got.tolist() == wanted.tolist()


def test_fine_steps_are_told_apart():
    runs = [laid("2009-01-01", "400"), *(laid("2009-01-01", f"{400 + cents / 100:.2f}") for cents in range(0, 160, 20))]
    credits = crowd(seed=8) + 7
    for got, wanted in zip(sweep(runs, evaluate.counts_of(PLAN), credits), one_by_one(runs, credits), strict=True):
        assert got.tolist() == wanted.tolist()


def test_what_is_used_up_exactly_is_evaluated_for_each_value():
    text = (Path(terms.__file__).parent / "plans/mpi-health.yaml").read_text()
    exact = terms.read(
        text.replace("consumption: {1990-01-01: {value: window", "consumption: {1990-01-01: {value: exact"),
        "exact.yaml",
    )
    runs = [laid("2009-01-01", str(value), plan=exact) for value in (400, *range(300, 440, 10))]
    assert _asked(runs) is None
    credits = crowd(60, 5)
    for got, wanted in zip(sweep(runs, evaluate.counts_of(exact), credits), one_by_one(runs, credits), strict=True):
        assert got.tolist() == wanted.tolist()


@pytest.mark.parametrize("order", ["hours", "hours after the bank", "cobra", "hours for everyone"])
def test_an_order_gives_to_whom_it_gives_under_each_value(order):
    base = laid("2009-01-01", "400")
    ticks_ = base.ticks.copy()
    ticks_["relief_gives"][:, ::5] = 2 if order == "cobra" else 1
    ticks_["relief_months"], ticks_["relief_up_to"], ticks_["relief_at_least"] = 2, 60_00, 150_00
    ticks_["relief_after_bank"] = order == "hours after the bank"
    ticks_["relief_for_everyone"] = order == "hours for everyone"
    use = base.use._replace(help=(0,), everyone=(0,))
    runs = []
    for value in (400, *range(380, 450, 5)):
        now = ticks_.copy()
        now["continuing_required"] += (value - 400) * 100
        runs.append(laid("2009-01-01", str(value))._replace(use=use, ticks=now.view(np.recarray)))
    assert _asked(runs) is not None
    credits = crowd(80, 9)
    for got, wanted in zip(sweep(runs, evaluate.counts_of(PLAN), credits), one_by_one(runs, credits), strict=True):
        assert got.tolist() == wanted.tolist()


def test_a_bank_over_a_lowered_cap_keeps_what_it_has():
    lowered = PLAN.under(
        {"bank_cap": {"2009-01-01": "450", "2013-06-01": "40"}}, name="lowered", cite=Cite("made up", "", "")
    )
    runs = [laid("2009-01-01", str(value), plan=lowered) for value in (400, *range(380, 440, 2))]
    assert _asked(runs) is not None
    credits = crowd(120, 5)
    for got, wanted in zip(sweep(runs, evaluate.counts_of(PLAN), credits), one_by_one(runs, credits), strict=True):
        assert got.tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("lever", "values"), [("initial_hours", ("550", "600", "650")), ("bank_cap", ("0", "200", "450"))]
)
def test_what_changes_more_than_what_keeps_cover_is_evaluated_for_each(lever, values):
    runs = [ticks.lay(PLAN).laid.span(FIRST, FIRST + TICKS), *(laid("2009-01-01", value, lever) for value in values)]
    assert _asked(runs) is None
    for got, wanted in zip(sweep(runs, evaluate.counts_of(PLAN), crowd(30)), one_by_one(runs, crowd(30)), strict=True):
        assert got.tolist() == wanted.tolist()


def test_values_in_any_order_count_the_same():
    values = ("500", "350", "450", "400")
    runs = [laid("2009-01-01", "400"), *(laid("2009-01-01", value) for value in values)]
    assert _asked(runs) is None
    for got, wanted in zip(sweep(runs, evaluate.counts_of(PLAN), crowd(30)), one_by_one(runs, crowd(30)), strict=True):
        assert got.tolist() == wanted.tolist()


def test_a_single_value_is_the_terms_themselves():
    runs = [ticks.lay(PLAN).laid.span(FIRST, FIRST + TICKS)]
    found = sweep(runs, evaluate.counts_of(PLAN), crowd(5))
    assert found.covered.shape == (1, TICKS)
    assert not found.gaining.any()
