"""Pensions of a membership, counted under one set of terms or several: the same fold as for one member.

A membership is an array of hundredths by measure, member and **stretch** (see :mod:`rules.years`), beginning with a
year. Terms that are compared are laid out on one chart, which is fine enough for all of them, so that both sides of a
comparison read the same numbers.
"""

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import service_credit as fold
from rules.calendar import Chart
from rules.laying_pension import Pension, written
from rules.terms import Terms

NOT_KNOWN = np.zeros(1, np.int64)
ALL_ONE_VARIANT = np.zeros((1, 1), np.int16)
NEVER_STOPPED = np.zeros((1, 0), np.int8)


class Counted(NamedTuple):
    """A membership's pensions. By year: how many participate, break, are vested in full; the sums of years credited
    (ten-thousandths, by service), of benefits and accounts (cents). By member: the number of the year in which all is
    vested (-1: not), the first service at the end (ten-thousandths), and how many years credited some of it."""

    firsts: tuple[datetime.date, ...]
    by_year: dict[str, npt.NDArray[np.int64]]
    credits: dict[str, npt.NDArray[np.int64]]
    vested_in: npt.NDArray[np.int64]
    service: npt.NDArray[np.int64]
    credited: npt.NDArray[np.int64]


BY_YEAR = {
    "participants": fold.PARTICIPANT,
    "breaks": fold.BREAK,
    "lost": fold.LOST,
    "vested": fold.IN_FULL,
    "benefit": fold.BENEFIT,
    "account": fold.ACCOUNT,
}


def chart_for(*terms: Terms) -> Chart:
    """One chart for all of these terms, which count by the same years. Raises ValueError where they do not."""
    first, *others = terms
    if any(other.computation != first.computation for other in others):
        raise ValueError("terms that count by different years cannot be compared stretch by stretch")
    return first.computation.chart(*(each.leaves for each in terms))


class Membership:
    """Terms laid out for counting a membership over a span of years, on one chart."""

    def __init__(self, terms: Terms, chart: Chart, first: datetime.date, last: datetime.date) -> None:
        self.pension = Pension(terms, chart)
        years = self.pension.years
        self.first, self.end = years.at(first), years.at(last) + 1
        if self.pension.silent.keys() & {(0, year) for year in range(self.first, self.end)} and not terms.choices:
            raise ValueError(next(iter(self.pension.silent.values())))
        self.laid, self.start = self.pension.span(self.first, self.end, self.pension.use())

    @property
    def shape(self) -> tuple[int, int]:
        """How many measures and stretches the amounts have."""
        return len(self.pension.measures), int(self.laid.places[-1])

    def stretch(self, day: datetime.date) -> int:
        """The number of the stretch in which a day lies."""
        return self.pension.chart.place(day) - self.start

    def count(
        self,
        amounts: npt.NDArray[Any],
        *,
        on: datetime.date | None = None,
        born: npt.NDArray[np.int64] = NOT_KNOWN,
        variants: npt.NDArray[np.int16] = ALL_ONE_VARIANT,
        stopped: npt.NDArray[np.int8] = NEVER_STOPPED,
        cores: int = 1,
    ) -> Counted:
        """Count a membership. ``amounts[k, m]`` are member *m*'s hundredths of measure *k* by stretch.

        ``on`` is the day asked about (else the last one of the span); ``born`` the days of birth as numbers (20211231,
        0: not known), ``variants`` each member's variant by year, ``stopped`` in which years a state stops breaks.
        """
        if amounts.shape[0] != self.shape[0] or amounts.shape[2] != self.shape[1]:
            raise ValueError(f"expected amounts of {self.shape[0]} measures and {self.shape[1]} stretches")
        years = self.pension.years
        day = on or years.last(self.end - 1)
        today = years.at(day)
        complete = (today + 1 if years.last(today) <= day else today) - self.first
        ended = np.zeros((amounts.shape[1], fold.OF_MEMBER), np.int64)

        def part(members: slice) -> npt.NDArray[np.int64]:
            out = np.zeros((self.end - self.first, fold.columns(self.laid)), np.int64)
            room = fold.room_for(self.laid, amounts.shape[0])
            own = [each[members] if len(each) > 1 else each for each in (variants, born, stopped)]
            run = (self.laid, amounts[:, members], own[0], own[1], written(day), own[2], complete)
            fold.run(*run, room, out, ended[members])
            return out

        size = -(-amounts.shape[1] // cores) or 1
        shares = [slice(at, at + size) for at in range(0, amounts.shape[1], size)]
        with ThreadPoolExecutor(cores) as threads:
            none = np.zeros((self.end - self.first, fold.columns(self.laid)), np.int64)
            out = sum(threads.map(part, shares), none) if cores > 1 else sum(map(part, shares), none)
        places = {name: fold.FIXED + 2 * place for place, name in enumerate(self.pension.services)}
        return Counted(
            years.firsts[self.first : self.end],
            {name: out[:, column] for name, column in BY_YEAR.items()},
            {name: out[:, column] for name, column in places.items()},
            *(ended[:, column] for column in (fold.VESTED_IN, fold.SERVICE, fold.CREDITED)),
        )

    def credited_by_year(self, amounts: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """What each year credits each member of the first service: a row for each member, ten-thousandths of a year."""
        found = np.empty((amounts.shape[1], self.end - self.first), np.int64)
        for member in range(amounts.shape[1]):
            found[member] = next(iter(self.count(amounts[:, member : member + 1]).credits.values()))
        return found
