"""Pensions of a membership, counted under one set of terms or several: the same fold as for one member.

A membership is an array of hundredths by measure, **stretch** (see :mod:`rules.years`) and member, beginning with a
year. Terms that are compared are laid out on one chart, which is fine enough for all of them, so that both sides of a
comparison read the same numbers.
"""

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import service_arrays as arrays
from rules import service_credit
from rules.calendar import Chart
from rules.laying_pension import Pension, written
from rules.terms import Terms

ALL_ONE_VARIANT = np.zeros((1, 1), np.int16)


class Counted(NamedTuple):
    """A membership's pensions. By year: how many participate, break, are vested in full; the sums of years credited
    (ten-thousandths, by service), of benefits and accounts (cents). By member: the number of the year in which all is
    vested (-1: not), the first service at the end (ten-thousandths), and how many years credited some of it;
    ``each_year[y, m]`` is what each year credited each member of it, where that was asked for."""

    firsts: tuple[datetime.date, ...]
    by_year: dict[str, npt.NDArray[np.int64]]
    credits: dict[str, npt.NDArray[np.int64]]
    vested_in: npt.NDArray[np.int64]
    service: npt.NDArray[np.int64]
    credited: npt.NDArray[np.int64]
    each_year: npt.NDArray[np.int64]


BY_YEAR = {
    "participants": arrays.PARTICIPANT,
    "breaks": arrays.BREAK,
    "lost": arrays.LOST,
    "vested": arrays.IN_FULL,
    "benefit": arrays.BENEFIT,
    "account": arrays.ACCOUNT,
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
        born: npt.NDArray[np.int64] | None = None,
        variants: npt.NDArray[np.int16] = ALL_ONE_VARIANT,
        stopped: npt.NDArray[np.int8] | None = None,
        money: bool = True,
        each_year: bool = False,
        cores: int = 1,
    ) -> Counted:
        """Count a membership. ``amounts[k, s]`` are everybody's hundredths of measure *k* in stretch *s*.

        ``on`` is the day asked about (else the last one of the span); ``born`` the days of birth as numbers (20211231,
        0: not known), ``variants`` each member's variant by year, ``stopped`` in which years a state stops breaks.
        Without ``money`` benefits and accounts are not reckoned; ``each_year`` asks for what each year credited each.
        """
        if amounts.shape[:2] != self.shape:
            raise ValueError(f"expected amounts of {self.shape[0]} measures and {self.shape[1]} stretches")
        years = self.pension.years
        day = on or years.last(self.end - 1)
        today = years.at(day)
        complete = (today + 1 if years.last(today) <= day else today) - self.first
        members = amounts.shape[2]
        together = int(np.diff(self.laid.places).max())
        if (
            amounts.dtype != np.int64
            and together > 1
            and amounts.max(initial=0) > np.iinfo(amounts.dtype).max // together
        ):
            amounts = amounts.astype(np.int64)  # a year's sum might not fit
        born = np.zeros(members, np.int64) if born is None else born
        stopped = np.zeros((members, 0), np.int8) if stopped is None else stopped
        laid = self.laid if money else self.laid._replace(use=self.laid.use._replace(parts=()))
        ended = np.zeros((arrays.OF_MEMBER + (self.end - self.first if each_year else 0), members), np.int64)

        def part(at: slice) -> npt.NDArray[np.int64]:
            out = np.zeros((self.end - self.first, arrays.columns(laid)), np.int64)
            own = amounts[:, :, at]
            kinds = variants[at] if laid.use.variants else variants
            room = arrays.room_for(laid, own)
            service_credit.run(laid, own, kinds, born[at], written(day), stopped[at], complete, room, out, ended[:, at])
            return out

        size = -(-members // cores) or 1
        shares = [slice(first, first + size) for first in range(0, members, size)]
        none = np.zeros((self.end - self.first, arrays.columns(laid)), np.int64)
        if cores == 1:
            out = sum(map(part, shares), none)
        else:
            with ThreadPoolExecutor(cores) as threads:
                out = sum(threads.map(part, shares), none)
        places = {name: arrays.FIXED + 2 * place for place, name in enumerate(self.pension.services)}
        return Counted(
            years.firsts[self.first : self.end],
            {name: out[:, column] for name, column in BY_YEAR.items()},
            {name: out[:, column] for name, column in places.items()},
            ended[arrays.VESTED_IN],
            ended[arrays.SERVICE],
            ended[arrays.CREDITED],
            ended[arrays.OF_MEMBER :],
        )
