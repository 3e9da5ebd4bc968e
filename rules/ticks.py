"""A plan's terms laid out on its test dates, as the whole numbers that the stages read.

A **tick** is a test date. Tick *i* belongs to cut-off *i* of the plan's chart: it looks at the credits of the periods
up to that cut-off and grants cover from the first day that the cut-off feeds. Each tick is one record of :data:`TICK`
and one record of :data:`TEST` for each test of each standing; every number in them is the one in force at that tick,
so the fold looks up no date. There is one such layout for each variant of member (:mod:`rules.facts`).
"""

import bisect
import datetime
import functools
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rules import checking, facts
from rules.laying import STEP, TEST, TICK, TOP, Epoch, Plan, plan_of
from rules.leaves import UNDATED
from rules.stages import BALANCE, EVERYTHING, GIVES, NO_LIMIT, SUM, Records, Use
from rules.terms import NoTermsError, Terms

__all__ = ["STEP", "TEST", "TICK", "TOP", "Laid", "Ticks", "lay", "order_of"]


class Laid(NamedTuple):
    """A run of ticks as the fold takes it: arrays by variant and tick (and test, top-up, step)."""

    use: Use
    ticks: Records
    tests: Records
    tops: Records
    steps: Records

    def fully(self) -> "Laid":
        """The same run for the fold that is compiled once for all plans, and writes the working."""
        return self._replace(use=EVERYTHING)

    def with_facts(self) -> "Laid":
        """The same run for members some of whom have facts."""
        return self._replace(use=with_facts(self.use, self.tops.shape[2]))

    def variant(self, number: int) -> "Laid":
        """The same run for members who are one variant throughout."""
        parts = [np.ascontiguousarray(one[number : number + 1]).view(np.recarray) for one in self[1:]]
        return Laid(self.use._replace(variants=(), schedule=some(irregular(parts[0]))), *parts)

    def span(self, first: int, end: int) -> "Laid":
        """The ticks from ``first`` up to before ``end``."""
        # Contiguous, whatever the span: numba compiles anew for each layout of an array.
        return Laid(self.use, *(np.ascontiguousarray(one[:, first:end]).view(np.recarray) for one in self[1:]))


def some(condition: Any) -> tuple[int, ...]:
    """A stage's mark in :class:`rules.stages.Use`: used where a condition holds anywhere."""
    return (0,) if np.any(condition) else ()


def irregular(ticks: Records) -> Any:
    """Which ticks do not simply test everybody."""
    return (ticks["tested"] == 0) | (ticks["tested_lapsed"] == 0) | (ticks["silent"] == 1) | (ticks["cycle"] > 0)


def with_facts(use: Use, tops: int) -> Use:
    """What terms use for members with facts: without one, nobody has paid for a top-up."""
    return use._replace(facts=(0,), tops=(0,) if tops else use.tops)


class Ticks(NamedTuple):
    """All ticks of one terms over its chart. ``starts`` are the first days of the cover they feed, ``days`` those whose
    values count (``calendar.values_of``).

    ``slots`` names the route of each place of ``tests`` (standing, route); ``tiers`` the tiers, by number. ``silent``
    says why a variant has no terms at a tick, where it has none.
    """

    terms: Terms
    laid: Laid
    starts: tuple[datetime.date, ...]
    days: tuple[datetime.date, ...]
    slots: tuple[tuple[str, str], ...]
    tiers: tuple[str, ...]
    silent: dict[tuple[int, int], str]

    def at(self, day: datetime.date) -> int:
        """Find the tick whose span of cover holds a day: the latest one that starts on or before it.

        Raises LookupError for a day before the first tick or after the last one, because nothing is known there.
        """
        found = bisect.bisect_right(self.starts, day) - 1
        if found < 0 or found >= len(self.starts) - 1:
            raise LookupError(
                f"{day} is not within the calendar, which runs from {self.starts[0]} to {self.starts[-1]}"
            )
        return found

    def why_silent(self, variant: int, tick: int) -> str | None:
        """Why there are no terms for a variant at a tick, or None where there are."""
        return self.silent.get((variant, tick))


@functools.lru_cache(maxsize=256)
def lay(terms: Terms) -> Ticks:
    """Lay terms out on every cut-off of their chart, for every variant of member."""
    chart, made = terms.chart, plan_of(terms)
    lags, days = _lookup_days(terms)
    starts = tuple(chart.start(place, lag) for place, lag in enumerate(lags))
    who = facts.variants(terms)
    shapes = {TICK: (), TEST: (made.slots + made.extras,), TOP: (len(made.tops),), STEP: (len(made.steps),)}
    arrays = [np.zeros((len(who), len(days), *size), kind).view(np.recarray) for kind, size in shapes.items()]
    edges = _edges(terms, days)
    silent: dict[tuple[int, int], str] = {}
    for variant, held in enumerate(who):
        for first, end in itertools.pairwise(edges):
            epoch = Epoch(made, days[first], held)
            try:
                rows = epoch.tick(), epoch.tests(), epoch.tops(), epoch.steps()
            except NoTermsError as nothing:
                silent.update(((variant, tick), str(nothing)) for tick in range(first, end))
                arrays[0]["silent"][variant, first:end] = 1
                continue
            for array, row in zip(arrays, rows, strict=True):
                array[variant, first:end] = row
    _set_days(terms, arrays[0], arrays[1], starts, made)
    _set_relief(terms, arrays[0])
    use = _use(terms, made, arrays, len(who))
    return Ticks(terms, Laid(use, *arrays), starts, tuple(days), made.names, made.tiers, silent)


@functools.lru_cache(maxsize=256)
def gives_for_nothing(terms: Terms) -> bool:
    """Whether somebody without any credit may be given cover: then an evaluation starts with the calendar."""
    laid = lay(terms)
    main = laid.laid.tests[:, :, : len(laid.slots)]
    nothing = (main["open"] == 1) & (main["required"] == 0)
    return bool(nothing.any()) or laid.laid.use.everyone != ()


def _lookup_days(terms: Terms) -> tuple[list[int], list[datetime.date]]:
    """The lag of each tick and the day whose values count at it."""
    lags, days = [], []
    for place, cutoff in enumerate(terms.chart.cutoffs):
        try:
            lag = terms.amount("calendar.lag", cutoff)
            late = terms.word("calendar.values_of", cutoff) == "cover_start"
        except NoTermsError:
            lag, late = next(iter(terms.leaves["calendar.lag"].values.values())).amount or 1, False
        lags.append(lag)
        days.append(terms.chart.start(place, lag) if late else cutoff)
    return lags, days


def _edges(terms: Terms, days: list[datetime.date]) -> list[int]:
    """The ticks at which some value changes, with the first one and the end."""
    changes = {
        start
        for leaf in terms.leaves.values()
        if leaf.shape.keyed == "from"
        for start in leaf.values
        if start > UNDATED
    }
    return sorted({0, len(days), *(bisect.bisect_left(days, change) for change in changes)})


def _set_days(terms: Terms, ticks: Records, tests: Records, starts: tuple[datetime.date, ...], made: Plan) -> None:
    """Write what every tick has of its own: its days, whether it is a test date, where aligned cover ends."""
    chart = terms.chart
    cutoffs = np.array([day.toordinal() for day in chart.cutoffs])
    ticks["cutoff_day"] = cutoffs
    ticks["start_day"] = [day.toordinal() for day in starts]
    opening = np.arange(len(cutoffs)) - ticks["window"]
    ticks["window_first_day"] = np.where(opening >= 0, cutoffs[np.maximum(opening, 0)] + 1, 1)
    months = np.array(chart.months) % 12 + 1
    for name, every in (("tested", "every"), ("tested_lapsed", "every_lapsed")):
        ticks[name] = (months - ticks["starting"]) % np.maximum(ticks[every], 1) == 0
    if terms.has("coverage.aligned_to"):
        month = np.array([day.month for day in starts])
        grid = np.maximum(ticks["aligned_to"], 1)
        whole = grid - (month - ticks["aligned_month"]) % grid
        whole += np.maximum(0, -(-(ticks["aligned_at_least"] - whole) // grid)) * grid
        ticks["length"] = np.where(ticks["aligned_to"] > 0, whole, ticks["length"])
    if made.monthly_routes:
        closed = (tests["cutoff_month"] > 0) & (tests["cutoff_month"] != months[None, :, None])
        tests["open"] = np.where(closed, 0, tests["open"])


def order_of(terms: Terms, cutoff: datetime.date) -> str | None:
    """Name the relief order that gives hours, cobra or a waiver at a cut-off, or None."""
    for name, order in terms.relief.items():
        if order.gives != "credit" and cutoff in terms.leaves[f"relief.{name}.for"].values:
            return name
    return None


def _set_relief(terms: Terms, ticks: Records) -> None:
    """Write relief orders at their cut-offs, and what orders that add credit add up to."""
    for name, order in terms.relief.items():
        path = f"relief.{name}"
        for cutoff, value in terms.leaves[f"{path}.for"].values.items():
            place = terms.chart.cutoffs.index(cutoff)
            everyone = value.word == "everyone"
            if order.gives == "credit":
                ticks["gift_everyone" if everyone else "gift_enrolled"][:, place] += terms.amount(
                    f"{path}.adds", cutoff
                )
                continue
            ticks["relief_gives"][:, place] = GIVES.index(order.gives)
            ticks["relief_for_everyone"][:, place] = everyone
            for term, field in (
                ("up_to", "relief_up_to"),
                ("by_decision_up_to", "relief_by_decision"),
                ("months", "relief_months"),
                ("at_least", "relief_at_least"),
            ):
                if terms.given(f"{path}.{term}", cutoff):
                    ticks[field][:, place] = terms.amount(f"{path}.{term}", cutoff)
            after_bank = terms.given(f"{path}.after_bank", cutoff)
            ticks["relief_after_bank"][:, place] = after_bank and terms.word(f"{path}.after_bank", cutoff) == "true"
            ticks["relief_not_after_disability"][:, place] = terms.given(f"{path}.not_after", cutoff)


def _use(terms: Terms, made: Plan, arrays: Sequence[Records], variants: int) -> Use:
    """Which stages these terms use at any tick."""
    ticks, tests, _, _ = arrays
    main = tests[:, :, : made.slots]

    real = main["real"] == 1
    return Use(
        many=(0,) if len(made.measures) > 1 else (),
        one=(0,) if made.routes == 1 else (),
        routes=(0,) * made.routes,
        closed=some(main["open"] == 0),
        also=some(main["also"] > 0),
        windows=some((main["most"] > 1) & (main["kind"] == 0) & real),
        ago=some(tests["ago"] > 0),
        sums=some((main["kind"] == SUM) & real),
        balance=some((main["kind"] == BALANCE) & real),
        odd=some((tests["kind"] > BALANCE) & (tests["real"] == 1)),
        exact=some(ticks["consumes"] == 2),
        excess=(0,) if "excess" in checking.words_of(terms, "bank.deposit") else (),
        through=(0,) if "all" in checking.words_of(terms, "bank.deposit") else (),
        passes=some(ticks["passes_by"] > 0),
        uncapped=(0,) if terms.has("bank.uncapped") else (),
        expiry=some(ticks["expires"] > 0),
        limits=some(
            (ticks["bank_floor"] > 0)
            | ((ticks["bank_most_use"] < NO_LIMIT) & (ticks["bank_cap"] > 0))
            | ((ticks["bank_most_deposit"] < NO_LIMIT) & (ticks["bank_cap"] > 0))
            | (ticks["bank_may_buy"] != 0)
            | (ticks["bank_always"] > 0)
            | ((ticks["bank_over"] >= 0) & (ticks["bank_cap"] > 0))
        ),
        upkeep=some((ticks["idle_after"] > 0) | (ticks["misses"] > 0) | (ticks["lapse_forfeits"] > 0)),
        lengths=some(main["length"] > 0),
        second=(0,) if terms.has("second_bank") else (),
        carry=(0,) if terms.has("carry") else (),
        gift=some(ticks["gift_everyone"] + ticks["gift_enrolled"] > 0),
        help=(0,) if terms.has("disability") or terms.has("relief") else (),
        everyone=some(ticks["relief_for_everyone"] > 0),
        tops=(0,) if np.any(ticks["relief_gives"] == GIVES.index("waiver")) else (),
        schedule=some(irregular(ticks)),
        cycles=some(ticks["cycle"] > 0),
        lockout=some(ticks["lockout"] > 0),
        variants=(0,) if variants > 1 else (),
        facts=(),
        working=(),
    )


assert np.iinfo(np.int32).max == NO_LIMIT
