"""What lines add: the credits of each measure, by period of the plan's calendar.

A line is one reported piece of work. The terms say which lines count for a measure, how an amount is converted, on
which day it counts and how much of a day, week, month or year counts at most. Conversions are exact fractions of whole
numbers, rounded once; everything else is whole hundredths.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rules import units
from rules.terms import Terms, Who

AMOUNTS = ("hours", "days", "weeks", "months", "earnings", "contributions", "fees", "points", "scale")


class Line(NamedTuple):
    """One line of a member's work: its day, its amounts (hundredths; dollars are cents), the ledger's number for it.

    ``scale`` is what the hours come to at the scale rate; ``rate`` is the employer's hourly contribution rate in cents;
    ``marks`` are words such as the agreement; ``paid``, ``received`` and ``placed`` are days, where they are known.
    """

    day: datetime.date
    hours: int = 0
    number: int = 0
    days: int = 0
    weeks: int = 0
    months: int = 0
    earnings: int = 0
    contributions: int = 0
    fees: int = 0
    points: int = 0
    scale: int = 0
    rate: int | None = None
    received: datetime.date | None = None
    paid: datetime.date | None = None
    placed: datetime.date | None = None
    marks: frozenset[str] = frozenset()


def at_scale(credited: int, scale_rate_cents: int) -> int:
    """What hundredths of hours come to at the scale rate, in cents, rounded half up as contributions are."""
    return (2 * credited * scale_rate_cents + 100) // 200


def fund_kind(terms: Terms) -> str:
    """The kind of the funds whose contributions a plan counts, as an agreement's file names it."""
    if terms.kind == "health":
        return "health"
    if terms.has("account"):
        return "account"
    return "pension" if terms.has("benefit") or terms.has("vesting") else "retiree"


class Credit(NamedTuple):
    """What one line adds to one measure: the day it is attributed to, the place of its period, hundredths."""

    day: datetime.date
    place: int
    amount: int
    number: int


def plain_amount(terms: Terms, measure: str) -> str | None:
    """The amount of all lines by their work day that a measure is, with nothing else to it on any day; None if it is
    more than that."""
    path = f"credit.{measure}"
    if set(terms.below(path)) != {"unit", "counts", "attributed_to"} or terms.has("coverage.retroactive"):
        return None
    words = []
    for key in ("counts", "attributed_to"):
        if f"{path}.{key}" not in terms.leaves:
            return None  # it depends on what the member is
        words.append({value.word for value in terms.leaves[f"{path}.{key}"].values.values()})
    counts, to = words
    return counts.pop() if len(counts) == 1 and to <= {"work_date", "members_choice"} else None


def credits(terms: Terms, measure: str, lines: Sequence[Line], who_on: Callable[[datetime.date], Who]) -> list[Credit]:
    """Give what a member's lines add to a measure, in the order of the days they are attributed to.

    ``who_on`` tells the member's attributes on a day. Raises ValueError for lines outside the plan's calendar (they
    must not vanish in silence) and :class:`rules.terms.NoTermsError` where the terms are silent.
    """
    found = _Measure(terms, measure, who_on)
    spared = found.unpaid_months(lines)
    made = []
    for line in lines:
        credit = found.credit(line, spared)
        if credit is not None:
            made.append(credit)
    made.sort(key=lambda credit: credit.day)
    return found.capped(made)


class _Measure:
    """One measure of some terms, looked up as on a line's work day."""

    def __init__(self, terms: Terms, measure: str, who_on: Callable[[datetime.date], Who]) -> None:
        self.terms, self.path, self.who_on = terms, f"credit.{measure}", who_on
        self.keys = frozenset(terms.below(self.path))
        self.late_is_later = terms.has("coverage.retroactive")

    def amount(self, key: str, day: datetime.date) -> int | None:
        """A number in force on a day, or None."""
        path = f"{self.path}.{key}"
        if key not in self.keys or not self.terms.given(path, day, self.who_on(day)):
            return None
        return self.terms.amount(path, day, self.who_on(day))

    def word(self, key: str, day: datetime.date) -> str | None:
        """A choice in force on a day, or None."""
        path = f"{self.path}.{key}"
        if key not in self.keys or not self.terms.given(path, day, self.who_on(day)):
            return None
        return self.terms.word(path, day, self.who_on(day))

    def unpaid_months(self, lines: Iterable[Line]) -> frozenset[int]:
        """The calendar months in which unpaid lines count all the same: the first so many that hold unpaid lines."""
        if "unpaid_months" not in self.keys:
            return frozenset()
        unpaid = sorted({units.month_of(line.day) for line in lines if line.paid is None})
        return frozenset(
            month
            for place, month in enumerate(unpaid)
            if place < (self.amount("unpaid_months", units.first_day(month + 1) - datetime.timedelta(days=1)) or 0)
        )

    def kept(self, line: Line) -> bool:
        """Whether a line has the marks that the measure asks for, and none that it leaves out."""
        for key, wanted in (("only", True), ("without", False)):
            if key in self.keys:
                path = f"{self.path}.{key}"
                marks = {
                    mark
                    for mark in self.terms.below(path)
                    if self.terms.given(f"{path}.{mark}", line.day)
                    and self.terms.word(f"{path}.{mark}", line.day) == "true"
                }
                if bool(marks & line.marks) != wanted:
                    return False
        return True

    def credit(self, line: Line, spared: frozenset[int]) -> Credit | None:
        """What a line adds before caps, or None for a line that does not count."""
        counts = self.terms.word(f"{self.path}.counts", line.day)
        amount: int = getattr(line, counts)
        if not amount or not self.kept(line):
            return None
        if amount < 0:
            raise ValueError(f"a line of {line.day} has {units.written(amount)} {counts}; no amount can be negative")
        if self.word("needs", line.day) == "paid" and line.paid is None and units.month_of(line.day) not in spared:
            return None
        late = self.word("late", line.day)
        if late is not None and (late == "only") != self.is_late(line):
            return None
        day = self.attributed(line)
        return (
            None if day is None else Credit(day, self.terms.chart.place(day), self.converted(line, amount), line.number)
        )

    def converted(self, line: Line, amount: int) -> int:
        """The amount by the measure's conversion, rounded once to a hundredth."""
        rounding = self.word("rounding", line.day)
        if rounding is None:
            return amount
        over, under = amount, 1
        factor = self.amount("multiply_by", line.day)
        if factor is not None:
            over, under = over * factor, under * 100
        divisor = self.amount("divide_by", line.day)
        if divisor is not None:
            over, under = over * 100, under * divisor
        standard = self.amount("standard_rate", line.day)
        if standard is not None and line.rate is not None:
            over, under = over * line.rate, under * standard
        if rounding == "up":
            return -(-over // under)
        return (2 * over + under) // (2 * under) if rounding == "nearest" else over // under

    def attributed(self, line: Line) -> datetime.date | None:
        """The day on which a line counts, or None for one that has no such day yet."""
        if self.is_late(line):
            return line.received
        to = self.terms.word(f"{self.path}.attributed_to", line.day)
        day = {"pay_date": line.paid, "receipt_date": line.received, "members_choice": line.placed or line.day}.get(
            to, line.day
        )
        if day is not None and line.received is not None and self.late_is_later and self.too_late(day, line.received):
            return line.received
        return day

    def is_late(self, line: Line) -> bool:
        """Whether a line came so many months after its work that it belongs to the day on which it came."""
        after = self.amount("late_after", line.day)
        if after is None or line.received is None:
            return False
        return units.month_of(line.received) - units.month_of(line.day) > after

    def too_late(self, day: datetime.date, received: datetime.date) -> bool:
        """Whether a line came after the cover that its own period feeds had begun, where that is not made good."""
        chart = self.terms.chart
        place = chart.place(day)
        cutoff = chart.cutoffs[place]
        if self.terms.word("coverage.retroactive", cutoff) == "yes":
            return False
        return received > chart.start(place, self.terms.amount("calendar.lag", cutoff))

    def capped(self, made: list[Credit]) -> list[Credit]:
        """The credits within the caps per day, week, month and year, the shorter cap first."""
        for key, period in (
            ("cap_per_day", lambda day: day),
            ("cap_per_week", lambda day: (day.toordinal()) // 7),  # an ordinal divisible by seven is a Sunday
            ("cap_per_month", units.month_of),
            ("cap_per_year", lambda day: day.year),
        ):
            if key in self.keys:
                totals: dict[object, int] = {}
                kept = []
                for credit in made:
                    most = self.amount(key, credit.day)
                    total = totals.get(period(credit.day), 0)
                    amount = credit.amount if most is None else max(0, min(credit.amount, most - total))
                    totals[period(credit.day)] = total + amount
                    kept.append(credit._replace(amount=amount))
                made = kept
        return made
