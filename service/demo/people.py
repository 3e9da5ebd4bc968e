"""Real people's years of work, as the weekly reports an employer would have sent.

The data (``data/README.md``) has what 545 men worked in each of eight years. It has no weeks: the spread of a year
over its Saturdays is even, and synthetic. The years are moved so that they fall under the terms of today.
"""

import csv
import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rules.units import written

DATA = Path(__file__).parents[2] / "data" / "annual_hours_1980_1987.csv"
YEARS_MOVED = 32
INDUSTRIES = {
    "agric": "Agriculture",
    "bus": "Business and repair services",
    "construc": "Construction",
    "ent": "Entertainment",
    "fin": "Finance",
    "manuf": "Manufacturing",
    "min": "Mining",
    "per": "Personal services",
    "pro": "Professional services",
    "pub": "Public administration",
    "tra": "Transportation",
    "trad": "Trade",
}


class WorkYear(NamedTuple):
    """What one person worked in one (moved) year, in hundredths of an hour, in one industry."""

    person: int
    year: int
    hours: int
    industry: str


def read_work_years(path: Path = DATA) -> list[WorkYear]:
    """Read the data file, moving every year by ``YEARS_MOVED``."""
    with path.open(newline="", encoding="ascii") as lines:
        return [
            WorkYear(int(row["person"]), int(row["year"]) + YEARS_MOVED, 100 * int(row["hours"]), row["industry"])
            for row in csv.DictReader(lines)
        ]


def member_number(person: int) -> str:
    """The number a person of the data is enrolled under."""
    return f"M-{person:06}"


def employer_code(industry: str) -> str:
    """The code of the one employer that stands for an industry."""
    return f"IND-{industry.upper()}"


def saturdays(year: int) -> list[datetime.date]:
    """The week endings of a year: its Saturdays, 52 or 53 of them."""
    first = datetime.date(year, 1, 1)
    first += datetime.timedelta(days=(5 - first.weekday()) % 7)
    days = (first + datetime.timedelta(weeks=week) for week in range(53))
    return [day for day in days if day.year == year]


def spread(hours: int, weeks: int) -> list[int]:
    """Share ``hours`` (hundredths) evenly over ``weeks``: the sum is exact, the first weeks take the remainder."""
    share, rest = divmod(hours, weeks)
    return [share + (week < rest) for week in range(weeks)]


def remittance_reports(work_years: Iterable[WorkYear]) -> Iterator[dict[str, Any]]:
    """One report per employer and week, in order of weeks, as bodies for ``POST /v1/remittances``."""
    by_week: dict[tuple[datetime.date, str], list[tuple[int, int]]] = {}
    for person, year, hours, industry in work_years:
        days = saturdays(year)
        for day, share in zip(days, spread(hours, len(days)), strict=True):
            if share:
                by_week.setdefault((day, industry), []).append((person, share))
    for (day, industry), shares in sorted(by_week.items()):
        week = day.isocalendar()
        yield {
            "employer": employer_code(industry),
            "report": f"{week.year}-W{week.week:02}",
            "agreement": "demo",
            "control": {"lines": len(shares), "hours": written(sum(share for _, share in shares))},
            "lines": [
                {
                    "member": member_number(person),
                    "week_ending": day.isoformat(),
                    "basis": "hourly",
                    "hours_worked": written(share),
                }
                for person, share in shares
            ],
        }
