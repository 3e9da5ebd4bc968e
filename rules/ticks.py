"""A plan's terms laid out on its test dates, as the whole numbers that the stages read.

A **tick** is a test date. Tick *i* belongs to cut-off *i* of the plan's chart: it looks at the hours of the months up
to that cut-off and grants cover from the first day of the benefit period which that cut-off feeds. Each tick is one
record of :data:`TICK`; every number in it is the one in force on the tick's own cut-off, so the fold looks up no date.
"""

import bisect
import datetime
import functools
from typing import NamedTuple

import numpy as np

from rules import units
from rules.stages import DEPOSITS, GIVES, Records
from rules.terms import Terms

TICK = np.dtype(
    [
        (name, np.int32)
        for name in (
            "cutoff_day",  # days are proleptic ordinals, as datetime.date.toordinal gives them
            "window_first_day",
            "start_day",
            "window",  # months of the chart in one qualifying period
            "initial_windows",
            "initial_required",
            "continuing_windows",
            "continuing_required",
            "consumes",
            "bank_cap",
            "bank_needs_available",
            "deposit_after_initial",
            "short_wipes",
            "lapse_forfeits",
            "lapse_after",
            "length",
            "disability_credit",
            "disability_with_hours",
            "disability_within",
            "disability_apart",
            "disability_once",
            "relief_gives",
            "relief_up_to",
            "relief_by_decision",
            "relief_months",
            "relief_at_least",
            "relief_after_bank",
            "relief_not_after_disability",
        )
    ]
)


class Ticks(NamedTuple):
    """All ticks of one terms over its chart. ``records`` is an array of :data:`TICK`; ``starts`` their first days."""

    records: Records
    starts: tuple[datetime.date, ...]

    def at(self, day: datetime.date) -> int:
        """Find the tick whose month of cover holds a day: the latest one that starts on or before it.

        Raises LookupError for a day before the first tick or after the last one, because nothing is known there.
        """
        found = bisect.bisect_right(self.starts, day) - 1
        if found < 0 or found >= len(self.starts) - 1:
            raise LookupError(
                f"{day} is not within the calendar, which runs from {self.starts[0]} to {self.starts[-1]}"
            )
        return found


@functools.lru_cache(maxsize=128)
def lay(terms: Terms) -> Ticks:
    """Lay terms out on every cut-off of their chart. Raises :class:`rules.terms.NoTermsError` where they are silent."""
    chart = terms.chart
    records = np.zeros(len(chart.months), TICK).view(np.recarray)
    starts = []
    routes = {standing: terms.route(standing) + ".sum" for standing in ("initial", "continuing")}
    bank, disability = terms.has("bank"), terms.has("disability")
    for place, (month, cutoff) in enumerate(zip(chart.months, chart.cutoffs, strict=True)):
        start = units.first_day(month + terms.amount("calendar.lag", cutoff))
        starts.append(start)
        row = records[place]
        row.cutoff_day = cutoff.toordinal()
        row.start_day = start.toordinal()
        row.window = terms.amount("calendar.window", cutoff)
        opening = place - row.window
        row.window_first_day = chart.cutoffs[opening].toordinal() + 1 if opening >= 0 else 1
        for standing, route in routes.items():
            row[f"{standing}_windows"] = terms.amount(f"{route}.up_to_windows", cutoff)
            row[f"{standing}_required"] = terms.amount(f"{route}.at_least", cutoff)
        row.consumes = terms.word("consumption", cutoff) == "window"
        row.lapse_after = terms.amount("lapse.initial_after", cutoff)
        row.length = terms.amount("coverage.length", cutoff)
        if bank:
            row.bank_cap = terms.amount("bank.cap", cutoff)
            row.bank_needs_available = terms.has("bank.requires")
            row.deposit_after_initial = DEPOSITS.index(terms.word("bank.deposit_after_initial", cutoff))
            row.short_wipes = terms.word("bank.when_short", cutoff) == "wiped"
            row.lapse_forfeits = terms.word("bank.while_lapsed", cutoff) == "forfeited"
        if disability:
            row.disability_credit = terms.amount("disability.credit_per_week", cutoff)
            row.disability_with_hours = terms.word("disability.counted_with", cutoff) == "hours_worked"
            row.disability_within = terms.amount("disability.claim_within", cutoff)
            row.disability_apart = terms.word("disability.not_consecutive", cutoff) == "true"
            row.disability_once = terms.word("disability.once_per_claim", cutoff) == "true"
        order = order_of(terms, cutoff)
        if order is not None:
            _lay_relief(terms, order, cutoff, row)
    return Ticks(records, tuple(starts))


def order_of(terms: Terms, cutoff: datetime.date) -> str | None:
    """Name the relief order that covers a cut-off, or None. Two orders for one cut-off are refused with ValueError."""
    found = [
        name
        for name, order in terms.relief.items()
        if cutoff in terms.leaves[f"relief.{name}.{'up_to' if order.gives == 'hours' else 'months'}"].values
    ]
    if len(found) > 1:
        raise ValueError(f"the relief orders {' and '.join(found)} of {terms.plan} both cover the cut-off {cutoff}")
    return found[0] if found else None


def _lay_relief(terms: Terms, name: str, cutoff: datetime.date, row: np.record) -> None:
    order = f"relief.{name}"

    def given(term: str) -> bool:
        leaf = terms.leaves.get(f"{order}.{term}")
        return leaf is not None and cutoff in leaf.values

    row.relief_gives = GIVES.index(terms.relief[name].gives)
    for term, field in (
        ("up_to", "relief_up_to"),
        ("by_decision_up_to", "relief_by_decision"),
        ("months", "relief_months"),
        ("at_least", "relief_at_least"),
    ):
        if given(term):
            row[field] = terms.amount(f"{order}.{term}", cutoff)
    row.relief_after_bank = given("after_bank") and terms.word(f"{order}.after_bank", cutoff) == "true"
    row.relief_not_after_disability = given("not_after")
