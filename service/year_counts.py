"""Qualified years and vesting of people under two sets of terms, side by side, by group."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules import count_pension
from rules.shape_pension import PARTS_OF_A_YEAR
from rules.terms import Terms
from service.work_years import WorkYears


class Row(NamedTuple):
    """One group of people. ``years`` are those worked by its people (in it); ``qualified`` how many of them are under
    each terms. Of its people, ``vested`` are how many are in the end; ``later`` are vested later under the second
    terms, ``never`` not at all, ``earlier`` are those who are vested sooner or only then."""

    group: str
    value: str
    people: int
    years: int
    qualified: tuple[int, int]
    vested: tuple[int, int]
    later: int
    never: int
    earlier: int


class Table(NamedTuple):
    """The people in all and by group, and the qualified years of each year under both terms."""

    rows: list[Row]
    by_year: dict[int, tuple[int, int]]


def table(work: WorkYears, pair: Sequence[Terms], groups: Sequence[str]) -> Table:
    """Count people's qualified years and vesting under two sets of terms, in all and by group.

    Years are counted by what a person was in them, people by what they mostly were.
    Raises ValueError for terms that count more than hours by calendar years.
    """
    first, last = work.days
    chart = count_pension.chart_for(*pair)
    credited, vested = [], []
    for terms in pair:
        measures = terms.below("credit")
        counts = (
            terms.word(f"credit.{measures[0]}.counts", first)
            if terms.given(f"credit.{measures[0]}.counts", first)
            else ""
        )
        if len(measures) > 1 or counts != "hours" or terms.computation.period != "calendar_year":
            raise ValueError(f"{terms.plan} counts more than hours by calendar years: years of work alone do not tell")
        membership = count_pension.Membership(terms, chart, first, last)
        amounts = np.zeros((*membership.shape, len(work.people)), np.int64)
        # A year's hours stand in its first stretch: years and vesting, which are counted here, do not look within one.
        amounts[0, membership.laid.places[:-1]] = work.hours.T
        counted = membership.count(amounts, money=False, each_year=True)
        credited.append(counted.each_year.T >= PARTS_OF_A_YEAR)
        vested.append(counted.vested_in)
    worked = work.hours > 0
    everybody = np.ones(worked.shape, np.bool_)
    rows = [_row("all", "all", worked, everybody, everybody[:, 0], credited, vested)]
    for group in groups:
        mostly = work.mostly(group)
        for place, value in enumerate(work.values[group]):
            rows.append(_row(group, value, worked, work.groups[group] == place, mostly == place, credited, vested))
    by_year = {
        year: (int(credited[0][:, at].sum()), int(credited[1][:, at].sum())) for at, year in enumerate(work.years)
    }
    return Table(rows, by_year)


def _row(
    group: str,
    value: str,
    worked: npt.NDArray[np.bool_],
    years: npt.NDArray[np.bool_],
    people: npt.NDArray[np.bool_],
    credited: Sequence[npt.NDArray[np.bool_]],
    vested: Sequence[npt.NDArray[np.int64]],
) -> Row:
    before, after = (one[people] for one in vested)
    return Row(
        group,
        value,
        int(people.sum()),
        int((worked & years).sum()),
        (int((credited[0] & years).sum()), int((credited[1] & years).sum())),
        (int((before >= 0).sum()), int((after >= 0).sum())),
        int(((before >= 0) & (after > before)).sum()),
        int(((before >= 0) & (after < 0)).sum()),
        int(((after >= 0) & ((before < 0) | (after < before))).sum()),
    )


def told(found: Table, pair: Sequence[Terms]) -> dict[str, Any]:
    """The table for a program."""
    return {
        "terms": [{"name": terms.name, "version": terms.version} for terms in pair],
        "rows": [row._asdict() for row in found.rows],
        "by_year": {str(year): list(counts) for year, counts in found.by_year.items()},
    }


def lines(found: Table, names: Sequence[str], titles: Mapping[str, str], vesting: bool = True) -> list[str]:
    """The table as text, with who is vested where the plan has vesting, and who is so sooner where there is anybody."""
    sooner = any(row.earlier for row in found.rows)
    heads = ["", "people", "years", *names, "lost"]
    heads += ["vested", "then", *["sooner"] * sooner, "later", "not at all"] if vesting else []
    body = [
        [
            label(row, titles),
            f"{row.people:,}",
            f"{row.years:,}",
            *(f"{count:,}" for count in row.qualified),
            f"{row.qualified[0] - row.qualified[1]:,}",
            *(f"{count:,}" for count in (*row.vested, *[row.earlier] * sooner, row.later, row.never) if vesting),
        ]
        for row in found.rows
    ]
    widths = [max(len(line[place]) for line in [heads, *body]) for place in range(len(heads))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [heads, *body]
    ]


def label(row: Row, titles: Mapping[str, str]) -> str:
    """What a row is called."""
    if row.group == "all":
        return "everybody"
    return titles.get(f"{row.group}={row.value}", f"{row.group} {row.value}")
