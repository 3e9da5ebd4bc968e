"""The oracle's second part: what the lines about a member's work add, measure by measure and period by period."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle_terms import Person, Terms, View, month_of


@dataclass
class Lot:
    """What one line adds to a measure, the day to which it belongs, and how much of it no cover has used up."""

    day: date
    amount: int
    left: int


Credits = dict[str, dict[int, list[Lot]]]


def measures_of(terms: Terms) -> list[str]:
    """List the measures, without those that are only added to another; the first one is meant where none is named."""
    if "measures" not in terms.found:
        terms.found["measures"] = [name for name, keys in terms.tree["credit"].items() if "adds_to" not in keys]
    return terms.found["measures"]


def credits_of(terms: Terms, person: Person, lines: list[dict]) -> Credits:
    """Make of the lines what the plan makes of them, sorted into the periods of the calendar."""
    for line in lines:
        terms.calendar.period_of(line["day"])
    lots: dict[str, list[Lot]] = {measure: [] for measure in measures_of(terms)}
    for measure, keys in terms.tree["credit"].items():
        lots[keys.get("adds_to", measure)] += credited(terms, person, lines, measure)
    return {measure: by_period(terms, sorted(lots[measure], key=lambda lot: lot.day)) for measure in lots}


def by_period(terms: Terms, lots: list[Lot]) -> dict[int, list[Lot]]:
    """Sort lots into periods, the oldest first."""
    periods: dict[int, list[Lot]] = {}
    for lot in lots:
        periods.setdefault(terms.calendar.period_of(lot.day), []).append(lot)
    return periods


def credited(terms: Terms, person: Person, lines: list[dict], measure: str) -> list[Lot]:
    """Go through the lines one by one for one measure, then apply the caps, the shorter one first."""
    path = f"credit.{measure}"
    keys = set(terms.tree["credit"][measure])
    unpaid = sorted({month_of(line["day"]) for line in lines if line.get("paid") is None})
    lots = []
    for line in lines:
        view = View(terms, person, line["day"], line["day"])
        amount = line.get(view.need(view.word(f"{path}.counts"), f"{path}.counts"), 0)
        if amount == 0 or not admitted(view, path, keys, line, unpaid):
            continue
        day = attributed(view, path, keys, line)
        if day is not None:
            amount = converted(view, path, keys, line, amount)
            lots.append(Lot(day, amount, amount))
    lots.sort(key=lambda lot: lot.day)
    for length in ("day", "week", "month", "year"):
        if f"cap_per_{length}" in keys:
            lots = capped(terms, person, lots, f"{path}.cap_per_{length}", length)
    return lots


def admitted(view: View, path: str, keys: set, line: dict, unpaid: list[int]) -> bool:
    """Say whether a line counts at all: by its marks, and by whether it is paid."""
    marks = line.get("marks") or set()
    if "only" in keys and not any(mark in marks for mark in view.switched_on(f"{path}.only")):
        return False
    if "without" in keys and any(mark in marks for mark in view.switched_on(f"{path}.without")):
        return False
    if "late" in keys and view.word(f"{path}.late") == ("left_out" if is_late(view, path, line) else "only"):
        return False
    if "needs" not in keys or line.get("paid") is not None or view.word(f"{path}.needs") != "paid":
        return True
    allowed = view.whole(f"{path}.unpaid_months") or 0
    return month_of(line["day"]) in unpaid[:allowed]


def is_late(view: View, path: str, line: dict) -> bool:
    """Say whether a line came so late that it belongs to the day it was received."""
    allowed, received = view.whole(f"{path}.late_after"), line.get("received")
    return allowed is not None and received is not None and month_of(received) - month_of(line["day"]) > allowed


def attributed(view: View, path: str, keys: set, line: dict) -> date | None:
    """Give the day to which a line belongs; None if it has no such day yet."""
    received = line.get("received")
    if "late_after" in keys and is_late(view, path, line):
        return received
    by = view.need(view.word(f"{path}.attributed_to"), f"{path}.attributed_to")
    if by == "pay_date":
        day = line.get("paid")
    elif by == "receipt_date":
        day = received
    elif by == "members_choice":
        day = line.get("placed") or line["day"]
    elif by == "work_date":
        day = line["day"]
    else:
        raise ValueError(f"{path}.attributed_to is {by}, which is not read here")
    if day is not None and received is not None and closed_before(view, day, received):
        return received
    return day


def closed_before(view: View, day: date, received: date) -> bool:
    """Say whether a line came too late for its own period, where the plan changes no past answers."""
    calendar = view.terms.calendar
    period = calendar.period_of(day)
    then = View(view.terms, view.person, calendar.cutoffs[period], calendar.cutoffs[period])
    if then.word("coverage.retroactive") != "no":
        return False
    return received > calendar.tick(period, then.need(then.whole("calendar.lag"), "calendar.lag"))


def converted(view: View, path: str, keys: set, line: dict, amount: int) -> int:
    """Convert what a line says into the measure, rounded once."""
    if not keys & {"multiply_by", "divide_by", "standard_rate"}:
        return amount
    exact = Fraction(amount)
    factor = view.number(f"{path}.multiply_by", 1) if "multiply_by" in keys else None
    divisor = view.number(f"{path}.divide_by", 1) if "divide_by" in keys else None
    standard = view.amount(f"{path}.standard_rate") if "standard_rate" in keys else None
    if factor is not None:
        exact *= factor
    if divisor is not None:
        exact /= divisor
    if standard is not None and line.get("rate") is not None:
        exact = exact * line["rate"] / standard
    if exact.denominator == 1:
        return exact.numerator
    rounding = view.need(view.word(f"{path}.rounding"), f"{path}.rounding")
    whole = exact.numerator // exact.denominator
    if rounding == "up" or (rounding == "nearest" and exact - whole >= Fraction(1, 2)):
        return whole + 1
    return whole


def capped(terms: Terms, person: Person, lots: list[Lot], path: str, length: str) -> list[Lot]:
    """Drop what is over the most that all lines of one day, week, calendar month or calendar year may add."""
    so_far: dict = {}
    kept = []
    for lot in lots:
        most = View(terms, person, lot.day, lot.day).amount(path)
        stretch = stretch_of(lot.day, length)
        room = lot.amount if most is None else max(0, most - so_far.get(stretch, 0))
        amount = min(lot.amount, room)
        so_far[stretch] = so_far.get(stretch, 0) + amount
        if amount > 0:
            kept.append(Lot(lot.day, amount, amount))
    return kept


def stretch_of(day: date, length: str):
    """Name the day, the week from Sunday to Saturday, the month or the year in which a day lies."""
    if length == "day":
        return day
    if length == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    return month_of(day) if length == "month" else day.year


def period_total(credits: Credits, measure: str, first: int, last: int) -> int:
    """Add all credits of a stretch of periods, used up or not."""
    return sum(lot.amount for lot in lots_within(credits, measure, first, last))


def lots_within(credits: Credits, measure: str, first: int, last: int) -> list[Lot]:
    """List the credits of a stretch of periods, the oldest first."""
    periods = credits[measure]
    within = range(max(first, 0), last + 1)
    if len(within) > len(periods):
        within = sorted(period for period in periods if first <= period <= last)
    return [lot for period in within for lot in periods.get(period, ())]


def unused(lots: list[Lot], used_until: date | None) -> int:
    """Add what no earlier cover has used up."""
    return sum(lot.left for lot in lots if used_until is None or lot.day > used_until)


def use_up(lots: list[Lot], used_until: date | None, number: int | None) -> None:
    """Use up so many credits, the oldest first, or all of them."""
    for lot in lots:
        if used_until is not None and lot.day <= used_until:
            continue
        taken = lot.left if number is None else min(lot.left, number)
        lot.left -= taken
        if number is not None:
            number -= taken
