"""Cut-offs, qualifying periods and benefit periods.

A plan's calendar is a **chart** of consecutive periods (months, weeks or days), each ending with its cut-off. Credits
dated after one cut-off and up to the next one belong to the period of the next one. A qualifying period is a run of
such periods; one that ends on the cut-off of month M feeds the cover that starts on the first of month M + lag.

Calendars that a rule gives (month ends, the last Sunday of each month, weeks, days) are made here; a chart whose days a
plan chooses is data in ``rules/charts/``.

Where a plan publishes its chart, the chart's days are ``stated`` with a source. Where it does not, the months in
between are filled in by a rule that reproduces the days that are known, and are marked as assumed.
"""

import bisect
import datetime
import functools
import itertools
import pathlib
from typing import NamedTuple

from rules import document, shape, units

CHARTS = pathlib.Path(__file__).parent / "charts"
WEEKDAYS = shape.WEEKDAYS
FIRST_DAY, LAST_DAY = datetime.date(1990, 1, 1), datetime.date(2040, 12, 31)  # of the calendars made here


class Cite(NamedTuple):
    """Where a figure comes from."""

    title: str
    url: str
    section: str = ""


class Chart(NamedTuple):
    """The cut-offs of consecutive periods.

    ``months[i]`` is the calendar month of cut-off *i* (in a chart of months: the month it stands for), counted as
    :func:`rules.units.month_number` does. A chart of a rule has no ``cites``: its days need none.
    """

    name: str
    unit: str
    months: tuple[int, ...]
    cutoffs: tuple[datetime.date, ...]
    cites: tuple[Cite, ...]
    stated: tuple[bool, ...]

    def start(self, place: int, lag: int) -> datetime.date:
        """The first day of the cover that a cut-off feeds: of the ``lag``-th period after the cut-off's own."""
        if self.unit == "month":
            return units.first_day(self.months[place] + lag)
        step = 7 if self.unit == "week" else 1
        return self.cutoffs[place] + datetime.timedelta(days=1 + step * (lag - 1))

    def place(self, day: datetime.date) -> int:
        """Find the index of the month to which hours of a day belong.

        Raises ValueError when the day is on or before the first cut-off or after the last one: a chart does not
        guess, and hours outside it must not vanish in silence.
        """
        found = bisect.bisect_left(self.cutoffs, day)
        if found == 0 or found == len(self.cutoffs):
            raise ValueError(
                f"{day} lies outside the chart of cut-offs {self.name!r}, which runs from the day after "
                f"{self.cutoffs[0]} to {self.cutoffs[-1]}"
            )
        return found


def inferred_cutoff(month: int, weekday: int, days_to_pay: int) -> datetime.date:
    """Give the last ``weekday`` (Monday is 0) whose pay day, so many days later, is still in the month."""
    last = units.first_day(month + 1) - datetime.timedelta(days=1 + days_to_pay)
    return last - datetime.timedelta(days=(last.weekday() - weekday) % 7)


def read_sources(node: document.Node) -> dict[str, Cite]:
    """Read a file's table of sources: short name to title, url and section."""
    sources = {}
    for name, source in node.map.items():
        parts = source.keys(required=("title", "url"), optional=("section", "note"))
        section = parts["section"].text if "section" in parts else ""
        sources[name] = Cite(parts["title"].text, parts["url"].text, section)
    return sources


def read_cite(node: document.Node, sources: dict[str, Cite]) -> Cite:
    """Read the short name of a source that the file's table must hold."""
    if node.text not in sources:
        node.refuse(f"there is no source {node.text!r} in this file; it has: {', '.join(sources) or 'none'}")
    return sources[node.text]


def unit_of(name: str) -> str:
    """The unit of a calendar's periods: month, week or day."""
    return "day" if name == "days" else "week" if name.startswith("weeks_ending_") else "month"


def made(name: str) -> tuple[datetime.date, ...] | None:
    """The cut-offs of a calendar that a rule gives, or None for a name that is not one."""
    months = range(units.month_of(FIRST_DAY), units.month_of(LAST_DAY) + 1)
    ends = [units.first_day(month + 1) - datetime.timedelta(days=1) for month in months]
    weekday = name.rpartition("_")[2]
    if name == "month_end":
        return tuple(ends)
    if name in [f"last_{one}" for one in WEEKDAYS]:
        return tuple(end - datetime.timedelta(days=(end.weekday() - WEEKDAYS.index(weekday)) % 7) for end in ends)
    step = 7 if name in [f"weeks_ending_{one}" for one in WEEKDAYS] else 1 if name == "days" else None
    if step is None:
        return None
    first = (
        FIRST_DAY
        if step == 1
        else FIRST_DAY + datetime.timedelta(days=(WEEKDAYS.index(weekday) - FIRST_DAY.weekday()) % 7)
    )
    count = (LAST_DAY - first).days // step + 1
    return tuple(first + datetime.timedelta(days=step * place) for place in range(count))


def names() -> list[str]:
    """Every calendar that a terms file may name."""
    by_weekday = [f"{kind}_{day}" for kind in ("last", "weeks_ending") for day in WEEKDAYS]
    return ["month_end", *by_weekday, "days", *sorted(path.stem for path in CHARTS.glob("*.yaml"))]


@functools.cache
def chart(name: str) -> Chart:
    """Make or load a chart by name. Raises :class:`rules.document.TermsError` for one that is missing or malformed."""
    cutoffs = made(name)
    if cutoffs is not None:
        months = tuple(map(units.month_of, cutoffs))
        return Chart(name, unit_of(name), months, cutoffs, (), (True,) * len(cutoffs))
    path = CHARTS / f"{name}.yaml"
    if not path.is_file():
        raise document.TermsError(f"there is no chart of cut-offs {name!r}", file=path.name)
    return read_chart(document.load(path.read_bytes(), path.name))


def read_chart(node: document.Node) -> Chart:
    """Check a chart: months without a gap, cut-offs that rise, inferred days that follow the rule they claim."""
    top = node.keys(required=("chart", "title", "sources", "inferred", "stated"))
    sources = read_sources(top["sources"])
    rule = top["inferred"].keys(required=("weekday", "days_to_pay", "cite", "note", "cutoffs"))
    weekday = WEEKDAYS.index(rule["weekday"].one_of(*WEEKDAYS))
    days_to_pay = rule["days_to_pay"].read(int)
    cite = read_cite(rule["cite"], sources)
    found: dict[int, tuple[datetime.date, Cite, bool]] = {}
    for text, day in rule["cutoffs"].map.items():
        month = _month(day, text)
        found[month] = (day.read(units.day), cite, False)
        if found[month][0] != inferred_cutoff(month, weekday, days_to_pay):
            day.refuse("this day is not the one that the rule above gives; a published day belongs under 'stated'")
    for text, item in top["stated"].map.items():
        month = _month(item, text)
        if month in found:
            item.refuse(f"the month {text} stands under 'inferred' as well")
        parts = item.keys(required=("value", "cite"), optional=("note",))
        found[month] = (parts["value"].read(units.day), read_cite(parts["cite"], sources), True)
    months = sorted(found)
    for before, after in itertools.pairwise(months):
        if after != before + 1:
            top["stated"].refuse(f"the chart has no cut-off for {units.month_text(before + 1)}")
        if found[after][0] <= found[before][0]:
            top["stated"].refuse(f"the cut-off of {units.month_text(after)} is not later than the one before it")
    days = [found[month] for month in months]
    return Chart(
        top["chart"].text,
        "month",
        tuple(months),
        tuple(day for day, _, _ in days),
        tuple(cite for _, cite, _ in days),
        tuple(stated for _, _, stated in days),
    )


def _month(node: document.Node, text: str) -> int:
    try:
        return units.month_number(text)
    except ValueError as problem:
        node.refuse(str(problem))
