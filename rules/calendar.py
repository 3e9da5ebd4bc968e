"""Cut-offs, qualifying periods and benefit periods.

A plan's calendar is a **chart**: one cut-off day for each month, kept as data in ``rules/charts/``. Hours dated after
one cut-off and up to the next one belong to the month of the next one. A qualifying period is a run of such months; it
ends on the cut-off of month M and feeds the benefit period that starts on the first of month M + lag.

Where a plan publishes its chart, the chart's days are ``stated`` with a source. Where it does not, the months in
between are filled in by a rule that reproduces the days that are known, and are marked as assumed.
"""

import bisect
import datetime
import functools
import itertools
import pathlib
from typing import NamedTuple

from rules import document, units

CHARTS = pathlib.Path(__file__).parent / "charts"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Cite(NamedTuple):
    """Where a figure comes from."""

    title: str
    url: str
    section: str


class Chart(NamedTuple):
    """The cut-offs of consecutive months. ``months[i]`` counts months as :func:`rules.units.month_number` does."""

    name: str
    months: tuple[int, ...]
    cutoffs: tuple[datetime.date, ...]
    cites: tuple[Cite, ...]
    stated: tuple[bool, ...]

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


@functools.cache
def chart(name: str) -> Chart:
    """Load a chart by name. Raises :class:`rules.document.TermsError` for one that is missing or malformed."""
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
