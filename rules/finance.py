"""What a fund takes in and pays under some terms: contributions by fund, agreement and class, cost, reserve, deficit.

Contributions are reckoned line by line as on the ledger (:mod:`rules.contributions`), many lines at once. Everything
that hours and agreements do not say (what a covered member costs, residual income, the reserve) is given, with its
source. Money is whole cents.
"""

import datetime
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules import agreements, units
from rules.agreements import Agreement, week_start
from rules.calendar import Cite
from rules.contributions import Rate, cents, fund_kind
from rules.snapshot import Snapshot

Cents = npt.NDArray[np.int64]
# New rates: "agreement.fund.basis" (per_hour and per_day in ten-thousandths of a dollar, of_scale in hundredths of a
# percent), each from a day on.
RateChanges = Mapping[str, Mapping[datetime.date, int]]
BASES = ("per_hour", "of_scale", "per_day")
UNKNOWN = "unknown"
PROPOSED = Cite("proposed", "", "")


class Flow(NamedTuple):
    """What is owed to a fund under an agreement by employers of a class, in cents by month; ``unknown_hours`` are the
    hundredths of hours of which nobody knows what is owed on them, because no rate is known, by month; ``members`` is
    how many people's work that is."""

    fund: str
    kind: str
    agreement: str
    contributor_class: str
    cents: Cents
    unknown_hours: Cents
    members: int


class Dated(NamedTuple):
    """An amount of cents a month (or once), from a day on, and where it is from."""

    values: Mapping[datetime.date, int]
    source: str

    def on(self, day: datetime.date) -> int:
        """The amount in force on a day. ValueError before the first: nobody said it, and nothing is guessed."""
        known = [since for since in self.values if since <= day]
        if not known:
            raise ValueError(f"{self.source!r} gives no amount for {day}")
        return self.values[max(known)]


class Given(NamedTuple):
    """What is given about a fund: cost of a covered member a month, residual income a month, the reserve at the start,
    and below how many months (hundredths) of cost the reserve must not fall."""

    cost_per_covered: Dated
    residual_income: Dated | None = None
    reserve: Dated | None = None
    floor_months: int = 800


class Outlook(NamedTuple):
    """A fund month by month, in cents: income (of which contributions), cost, the reserve at the month's end (None: not
    given) and in hundredths of months of cost (0 while nothing was paid), and the first month in which that is below
    the floor (None: never)."""

    contributions: Cents
    income: Cents
    cost: Cents
    reserve: Cents | None
    reserve_months: Cents | None
    below_floor: int | None

    @property
    def net(self) -> int:
        """Income less cost over all months: below zero it is a deficit."""
        return int(self.income.sum() - self.cost.sum())


class Tried(NamedTuple):
    """One value that was tried, and by how many cents the net result over the span is better than the terms' own."""

    value: str
    better_by: int


class Closing(NamedTuple):
    """Which of the values tried close a gap, the one of these that comes first in the order tried, and whether the
    result rises or falls steadily over the values as they were given: if not, none between them can be inferred."""

    gap: int
    tried: tuple[Tried, ...]
    closing: tuple[str, ...]
    first: str | None
    monotone: bool


def flows(snapshot: Snapshot, first: int, last: int, changes: RateChanges | None = None) -> list[Flow]:
    """What is owed on a snapshot's lines in the months from ``first`` to ``last`` (:func:`rules.units.month_of`).

    A line's rates are those of its last payroll week. Hours under an agreement that nobody has written down are hours
    without a rate. :class:`RateError` for changed rates of what there is not.
    """
    changes = changes or {}
    check_rates(changes)
    begin, end = (units.first_day(month).toordinal() for month in (first, last + 1))
    lines = snapshot.lines
    chosen = np.flatnonzero((lines["day"] >= begin) & (lines["day"] < end))
    days = lines["day"][chosen]
    known, where = np.unique(days, return_inverse=True)
    dates = [datetime.date.fromordinal(day) for day in known.tolist()]
    months = np.array([units.month_of(day) - first for day in dates], np.int64)[where]
    words = snapshot.words
    found: dict[tuple[str, str, str], Flow] = {}
    sides = itertools.product(range(len(words["agreement"])), range(len(words["contributor_class"])))
    for code, class_code in sides:
        own = (lines["agreement"][chosen] == code) & (lines["contributor_class"][chosen] == class_code)
        if not words["agreement"][code] or not own.any():
            continue  # nobody owes anything on hours that no report is about
        class_ = words["contributor_class"][class_code]
        people = len(np.unique(lines["member"][chosen[own]]))
        agreement = agreements.known(words["agreement"][code])
        if agreement is None:
            flow = _flow(UNKNOWN, UNKNOWN, words["agreement"][code], class_, last - first + 1, people)
            np.add.at(flow.unknown_hours, months[own], lines["hours"][chosen[own]].astype(np.int64))
            found[UNKNOWN, flow.agreement, class_] = flow
            continue
        for fund in agreement.funds:
            flow = _flow(fund, fund_kind(agreement, fund), agreement.code, class_, last - first + 1, people)
            by_rates: dict[tuple[Rate, ...] | None, list[int]] = {}
            for place, day in enumerate(dates):
                by_rates.setdefault(_rates(agreement, fund, week_start(day), class_ or None, changes), []).append(place)
            for rates, places in by_rates.items():
                mine = own & np.isin(where, places)
                rows = chosen[mine]
                _add(
                    flow,
                    rates,
                    months[mine],
                    *(lines[name][rows].astype(np.int64) for name in ("hours", "rate", "days")),
                )
            found[fund, agreement.code, class_] = flow
    return list(found.values())


def _flow(fund: str, kind: str, agreement: str, class_: str, months: int, people: int) -> Flow:
    """A flow of nothing yet."""
    cents, unknown = np.zeros(months, np.int64), np.zeros(months, np.int64)
    return Flow(fund, kind, agreement, class_ or UNKNOWN, cents, unknown, people)


def _add(flow: Flow, rates: tuple[Rate, ...] | None, months: Cents, hours: Cents, scale: Cents, days: Cents) -> None:
    """Add what lines owe at some rates to a flow; what cannot be reckoned is counted as hours without a rate."""
    bases = {rate.basis for rate in rates or () if rate.amount}
    unsaid = np.zeros(len(hours), np.bool_) if rates is not None else np.ones(len(hours), np.bool_)
    if "of_scale" in bases:
        unsaid |= (scale < 0) & (hours > 0)
    if "per_day" in bases:
        unsaid |= days < 0
    owed = cents(rates or (), hours, np.maximum(scale, 0), np.maximum(days, 0) // 100)
    np.add.at(flow.cents, months, np.where(unsaid, 0, owed))
    np.add.at(flow.unknown_hours, months, np.where(unsaid, hours, 0))


def _rates(
    agreement: Agreement, fund: str, day: datetime.date, class_: str | None, changes: RateChanges
) -> tuple[Rate, ...] | None:
    """The rates of a fund on a day, changed ones in the place of the agreement's; None where one is not known."""
    found = []
    for basis in BASES:
        path = f"contributions.{fund}.{basis}"
        changed = {
            since: amount
            for since, amount in changes.get(f"{agreement.code}.{fund}.{basis}", {}).items()
            if since <= day
        }
        if changed:
            found.append(Rate(basis, changed[max(changed)], PROPOSED, "proposed", ""))
        elif agreement.has(path):
            value = agreement.on(path, day, class_)
            if value is None or value.amount is None:
                return None
            found.append(Rate(basis, value.amount, PROPOSED, value.status, ""))
    return tuple(found)


class RateError(ValueError):
    """A rate of a fund, an agreement or a basis that there is not."""


def check_rates(changes: RateChanges) -> None:
    """:class:`RateError` for rates of a fund, an agreement or a basis that there is not."""
    for path in changes:
        code, _, rest = path.partition(".")
        fund, _, basis = rest.partition(".")
        agreement = agreements.known(code)
        if agreement is None:
            raise RateError(f"there is no agreement {code!r}; there are: {', '.join(agreements.names())}")
        if fund not in agreement.funds or basis not in BASES:
            names = ", ".join(agreement.funds)
            raise RateError(
                f"{path!r} names no rate; write {code}.FUND.BASIS, FUND of {names}, BASIS of {', '.join(BASES)}"
            )


def outlook(first: int, covered: Sequence[int], contributions: Cents, given: Given) -> Outlook:
    """A fund over the months from ``first`` on, with so many covered and so many cents of contributions in each."""
    days = [units.first_day(first + month) for month in range(len(covered))]
    cost = np.array(
        [count * given.cost_per_covered.on(day) for count, day in zip(covered, days, strict=True)], np.int64
    )
    residual = np.array([given.residual_income.on(day) if given.residual_income else 0 for day in days], np.int64)
    income = contributions + residual
    if given.reserve is None:
        return Outlook(contributions, income, cost, None, None, None)
    reserve = given.reserve.on(days[0]) + np.cumsum(income - cost)
    spent = np.array([cost[max(0, month - 11) : month + 1].sum() for month in range(len(days))], np.int64)
    months = np.zeros(len(days), np.int64)
    for month in np.flatnonzero(spent).tolist():
        months[month] = int(reserve[month]) * min(12, month + 1) * 100 // int(spent[month])
    below = np.flatnonzero((months < given.floor_months) & (spent > 0))
    return Outlook(contributions, income, cost, reserve, months, int(below[0]) if below.size else None)


def closing(gap: int, base: int, tried: Mapping[str, int]) -> Closing:
    """Which values close a gap of cents, from the net result of each and that of the terms as they are (``base``).

    Every value was evaluated. Nothing is concluded about values in between: cover does not fall steadily as a threshold
    rises, and where the result is not monotone the answer says so.
    """
    results = tuple(Tried(value, net - base) for value, net in tried.items())
    close = tuple(one.value for one in results if one.better_by >= gap)
    steps = [after.better_by - before.better_by for before, after in itertools.pairwise(results)]
    monotone = all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
    return Closing(gap, results, close, close[0] if close else None, monotone)
