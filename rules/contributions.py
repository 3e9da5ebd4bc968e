"""What an employer owes on a line, by fund; and what lateness adds.

Everything is exact: a fund's rates are added as whole numbers over one denominator, and rounded once, half up, to a
cent. Where a number that is needed is not known, the amount is None with a sentence that says which, never a guess.
"""

import datetime
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from rules import units
from rules.agreements import RATES, Agreement, week_start
from rules.calendar import Cite
from rules.leaves import UNDATED

# A fund's amount is reckoned in millionths of a cent:
PER_HOUR = 100  # a hundredth of an hour at a ten-thousandth of a dollar is a ten-thousandth of a cent
OF_SCALE = 1  # a hundredth of an hour at a cent, times a hundredth of a percent
PER_DAY = 10_000  # a day at a ten-thousandth of a dollar is a hundredth of a cent
CENT = 1_000_000
YEAR_DAYS = 365
Amount = TypeVar("Amount", int, npt.NDArray[np.int64])  # of one line, or of many at once


class Rate(NamedTuple):
    """A rate in force. ``basis`` is per_hour, per_day (``amount`` is ten-thousandths of a dollar) or of_scale
    (hundredths of a percent of the scale rate). ``status`` is stated, assumed or disputed; ``note`` says why.
    """

    basis: str
    amount: int
    cite: Cite
    status: str
    note: str

    @property
    def text(self) -> str:
        """The rate in words: ``$4.863 an hour``, ``6% of scale``, ``$137.00 a day``."""
        if self.basis == "of_scale":
            return f"{units.written(self.amount).removesuffix('.00')}% of scale"
        return f"${units.written_rate(self.amount)} {'an hour' if self.basis == 'per_hour' else 'a day'}"


class Due(NamedTuple):
    """What a line owes to a fund: whole cents, or None with a ``reason``. ``rates`` are those in force and known."""

    cents: int | None
    reason: str
    rates: tuple[Rate, ...]


def due(
    agreement: Agreement,
    week_ending: datetime.date,
    credited: int,
    scale_rate_cents: int | None,
    contributor_class: str | None,
    days_worked: int | None,
) -> dict[str, Due]:
    """What a line owes to each fund of the agreement, in the order of its file.

    ``credited`` is hundredths of an hour, worked or guaranteed or imputed; ``scale_rate_cents`` the scale rate of pay
    for an hour. The rates are those in force on the first day of the payroll week. Hours below zero, of a reversal, owe
    exactly the negative of what as many hours above zero owe. Nothing is owed on no hours (no days), whatever the rate.
    """
    if credited < 0:
        days = None if days_worked is None else abs(days_worked)
        found = due(agreement, week_ending, -credited, scale_rate_cents, contributor_class, days)
        return {fund: one if one.cents is None else one._replace(cents=-one.cents) for fund, one in found.items()}
    first = week_start(week_ending)
    said = {"per_hour": credited, "of_scale": scale_rate_cents if credited else 0, "per_day": days_worked}
    return {fund: _due(agreement, fund, first, credited, said, contributor_class) for fund in agreement.funds}


def _due(
    agreement: Agreement,
    fund: str,
    first: datetime.date,
    credited: int,
    said: dict[str, int | None],
    contributor_class: str | None,
) -> Due:
    """``said`` is what the line says, by the basis of the rates that need it."""
    reason, rates = "", []
    for basis in RATES:
        path = f"contributions.{fund}.{basis}"
        if not agreement.has(path):
            continue
        value = agreement.on(path, first, contributor_class)
        if value is not None and value.amount is not None:
            rates.append(Rate(basis, value.amount, value.cite, value.status, value.note))
        if said[basis] == 0 or (value is not None and value.amount == 0):
            continue
        if value is None or value.amount is None:
            reason = reason or _no_rate(agreement, path, first, contributor_class)
        elif said[basis] is None:
            reason = reason or (NO_SCALE if basis == "of_scale" else NO_DAYS)
    # A rate of zero is told only where it is all there is.
    told = [rate for rate in rates if rate.amount] or rates
    owed = None if reason else cents(rates, credited, said["of_scale"] or 0, said["per_day"] or 0)
    return Due(owed, reason, tuple(told))


def cents(rates: Iterable[Rate], credited: Amount, scale_rate_cents: Amount, days_worked: Amount) -> Amount:
    """The cents that a line, or each of many, owes at rates that are in force and known.

    Hours are hundredths, and not below zero. Where a line says no scale rate or no days, and none is needed, give 0.
    """
    millionths = credited * 0
    for rate in rates:
        if rate.basis == "per_hour":
            millionths = millionths + credited * (PER_HOUR * rate.amount)
        elif rate.basis == "of_scale":
            millionths = millionths + credited * scale_rate_cents * (OF_SCALE * rate.amount)
        else:
            millionths = millionths + days_worked * (PER_DAY * rate.amount)
    return (2 * millionths + CENT) // (2 * CENT)


NO_SCALE = "The line has no scale rate, and this contribution is a share of it."
NO_DAYS = "The line does not say how many days were worked, and this contribution is paid by the day."


def _no_rate(agreement: Agreement, path: str, first: datetime.date, contributor_class: str | None) -> str:
    """Why there is no rate, in a sentence for whoever made the report: the same for all weeks that it holds for."""
    choice, held, whose = agreement.choices.get(path), contributor_class, ""
    if choice is not None and held is not None:
        whose = f" of the class {held!r}"
    elif choice is not None and choice.fallback is None:
        # Saying the class would help only if there is a rate for some class.
        if any((value := agreement.on(path, first, key)) and value.amount is not None for key in choice.keys):
            return "The employer's contributor class is not recorded, and this rate depends on it."
        held = choice.keys[0]
    leaf = agreement.leaf(path, held)
    if leaf is None:
        return f"The agreement has no rate{whose}."
    begun = [day for day in leaf.values if day <= first]
    if not begun:
        return f"The agreement has no rate{whose} for weeks that begin before {min(leaf.values)}."
    since = f" from {begun[-1]} on" if begun[-1] != UNDATED else ""
    return f"The rate{whose}{since} is not known: {leaf.values[begun[-1]].note.rstrip('.')}."


def fund_kind(agreement: Agreement, fund: str) -> str:
    """What a fund pays for: health, pension, retiree (health cover of the retired), account or other.

    Raises LookupError for a fund that the agreement does not have.
    """
    if fund not in agreement.funds:
        raise LookupError(f"{agreement.code} has no fund {fund!r}; its funds are: {', '.join(agreement.funds)}")
    return agreement.funds[fund].kind


class Reporting(NamedTuple):
    """When a week's report and money are due, and what lateness costs: None where the agreement's file does not know.

    ``interest`` is hundredths of a percent a year, ``liquidated_damages`` hundredths of a percent, once.
    """

    due_on: datetime.date | None
    interest: int | None
    liquidated_damages: int | None


def reporting(agreement: Agreement, week_ending: datetime.date) -> Reporting:
    """The terms of payment for a payroll week: those in force on the last day of the month in which the week ends."""
    month_end = units.last_day(units.month_of(week_ending))
    found = {}
    for key in ("due_day", "interest", "liquidated_damages"):
        value = agreement.on(f"reporting.{key}", month_end)
        found[key] = None if value is None else value.amount
    days = found["due_day"]
    due_on = None if days is None else month_end + datetime.timedelta(days=days)
    return Reporting(due_on, found["interest"], found["liquidated_damages"])


class Late(NamedTuple):
    """How many days late, and what that adds, in whole cents: None where the rate is not known."""

    days: int
    interest_cents: int | None
    damages_cents: int | None


def late(
    cents: int, due_on: datetime.date, until: datetime.date, interest: int | None, liquidated_damages: int | None
) -> Late:
    """What ``cents`` cost that were due on a day and paid on another, or are still unpaid on the day asked about.

    Simple interest by actual days over 365 (``interest`` is hundredths of a percent a year), and liquidated damages
    once (hundredths of a percent); each rounded half up to a cent. Money in time and money not owed cost nothing.
    """
    days = max(0, (until - due_on).days)
    owed = max(0, cents) if days else 0
    if not owed:
        return Late(days, 0, 0)
    return Late(
        days,
        None if interest is None else _rounded(owed * interest * days, 10_000 * YEAR_DAYS),
        None if liquidated_damages is None else _rounded(owed * liquidated_damages, 10_000),
    )


def _rounded(amount: int, parts: int) -> int:
    """Whole units of an amount in parts of a unit, rounded half up; of a negative one, the exact negative."""
    return (2 * amount + parts) // (2 * parts) if amount >= 0 else -_rounded(-amount, parts)
