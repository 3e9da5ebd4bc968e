"""Computation years of a pension, and the stretches of them within which no number changes.

A pension counts by years: calendar years, plan years, or a member's own from the day of hire. A rate may change within
a year, so the periods of a pension's chart are **stretches**: a year, or the part of one between two days on which a
rate changes. Credits are counted by stretch; :class:`Years` says which stretches make which year.
"""

import bisect
import datetime
from collections.abc import Mapping
from typing import NamedTuple

from rules import units
from rules.calendar import Chart
from rules.leaves import UNDATED, Leaf

FIRST_YEAR, LAST_YEAR = 1930, 2070  # the years that are counted
DAY = datetime.timedelta(days=1)
DATED = ("benefit.", "account.")  # sections whose numbers are those of the day of the work
HIRED = "calendar.hired"  # where terms keep the day from which a member's own years are counted


class Years(NamedTuple):
    """The years of a chart: year *i* begins on ``firsts[i]`` with the stretch ``places[i]``.

    Both have one entry more than there are years: that of the year after the last one.
    """

    firsts: tuple[datetime.date, ...]
    places: tuple[int, ...]

    def at(self, day: datetime.date) -> int:
        """The number of the year in which a day lies. LookupError for a day outside the years that are counted."""
        found = bisect.bisect_right(self.firsts, day) - 1
        if not 0 <= found < len(self.firsts) - 1:
            raise LookupError(f"{day} lies outside the years {self.firsts[0]} to {self.firsts[-1] - DAY}")
        return found

    def last(self, year: int) -> datetime.date:
        """The last day of a year."""
        return self.firsts[year + 1] - DAY


class Computation(NamedTuple):
    """Which years a pension counts by: calendar_year, plan_year (``starting`` with a month) or from_hire.

    Where it is from hire, ``hired`` is the member's day; without it years are calendar years, and no member is asked
    about.
    """

    period: str
    starting: int = 1
    hired: datetime.date | None = None

    def firsts(self) -> list[datetime.date]:
        """The first days of the years that are counted, and of the one after the last of them."""
        years = range(FIRST_YEAR, LAST_YEAR + 2)
        if self.hired is None:
            return [datetime.date(year, self.starting, 1) for year in years]
        # Who was hired on 29 February begins on 28 February in the other years.
        month, day = self.hired.month, self.hired.day
        return [datetime.date(year, month, min(day, units.last_day(year * 12 + month - 1).day)) for year in years]

    def chart(self, *leaves: Mapping[str, Leaf]) -> Chart:
        """The chart for terms with these leaves; for several, one that is fine enough for all of them."""
        firsts = self.firsts()
        days = {day for each in leaves for path, leaf in each.items() if path.startswith(DATED) for day in leaf.values}
        inside = {day for day in days if day != UNDATED and firsts[0] < day < firsts[-1]}
        cutoffs = tuple(day - DAY for day in sorted({*firsts, *inside}))
        name = f"years from {firsts[0]}"
        return Chart(name, "year", tuple(map(units.month_of, cutoffs)), cutoffs, (), (True,) * len(cutoffs))

    def years(self, chart: Chart) -> Years:
        """The years of such a chart. (Its first period is the time before them.)"""
        firsts = self.firsts()
        return Years(tuple(firsts), tuple(bisect.bisect_left(chart.cutoffs, day) for day in firsts))
