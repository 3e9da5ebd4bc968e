"""What the demo makes of the service's answers: the table of the covered, and the three members worth telling about."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

Document = dict[str, Any]

CASES = {
    "hours": "Covered by hours",
    "bank": "Saved by the bank of hours",
    "return": "Lapsed, and back under the initial rule",
}


class Case(NamedTuple):
    """A member whose answer on a day is worth reading, and why; ``under`` counts the terms of the histories from 0."""

    title: str
    member: str
    on: str
    under: int


def half_years(first: int, last: int) -> list[str]:
    """1 January and 1 July of every year from ``first`` to ``last``, as ISO days."""
    return [datetime.date(year, month, 1).isoformat() for year in range(first, last + 1) for month in (1, 7)]


def covered_on(periods: Iterable[Document], day: str) -> bool:
    """Whether one of a history's periods covers ``day`` (ISO days compare as text)."""
    return any(period["covered"] and period["from"] <= day <= period["until"] for period in periods)


def count_covered(histories: Iterable[Document], days: list[str]) -> list[list[int]]:
    """For each day, how many members are covered under each terms, in the order the terms were asked for."""
    members = [[terms["periods"] for terms in member["histories"]] for member in histories]
    return [
        [sum(covered_on(periods, day) for periods in terms) for terms in zip(*members, strict=True)] for day in days
    ]


def find_cases(histories: list[Document], order: Iterable[int]) -> list[Case]:
    """The first member to be covered by hours, the first by the bank, and the first anew after a lapse.

    ``order`` is the order in which the terms of the histories are searched; a kind is taken where it is found first.
    """
    found: dict[str, Case] = {}
    for under in order:
        for member in histories:
            for kind, day in notable(member["histories"][under]["periods"]):
                found.setdefault(kind, Case(CASES[kind], member["member"], day, under))
    return [found[kind] for kind in CASES if kind in found]


def notable(periods: Iterable[Document]) -> Iterator[tuple[str, str]]:
    """The notable kinds of cover in one history, each with the day it begins."""
    was_covered = lapsed = False
    for period in periods:
        if not period["covered"]:
            lapsed = was_covered
        else:
            kind = "return" if lapsed and period["route"] == "initial" else period["route"]
            if kind in CASES:
                yield kind, period["from"]
            was_covered, lapsed = True, False


def table_lines(headings: list[list[str]], days: list[str], counts: list[list[int]]) -> Iterator[str]:
    """The table of the covered as lines of text: a column per contract, under its lines of heading."""
    columns = [[*map(str, column)] for column in zip(*headings, *counts, strict=True)]
    widths = [max(map(len, column)) for column in columns]
    for day, *cells in zip([""] * len(headings) + days, *columns, strict=True):
        yield f"  {day:10}" + "".join(f"   {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def case_lines(case: Case, number: str, terms: str, determination: Document) -> Iterator[str]:
    """A case with its full reasons, each with the rule, where it is written, and whether that is stated or assumed."""
    period, hours, bank = determination["qualifying_period"], determination["hours"], determination["bank"]
    yield f"{case.title}: {number} on {case.on}, if staying covered takes {terms}"
    yield f"  covered {determination['from']} to {determination['until']} by route: {determination['route']}"
    yield (
        f"  qualifying period {period['from']} to {period['to']}: "
        f"{hours['counted']} hours counted, {hours['required']} required"
    )
    yield f"  bank: {bank['before']} before, {bank['drawn']} drawn, {bank['added']} added, {bank['after']} after"
    for reason in determination["reasons"]:
        cite = reason.get("cite") or {}
        source = ", ".join(cite[part] for part in ("title", "section", "url") if cite.get(part))
        yield f"  - {reason['text']}"
        yield f"    ({reason['status']}) {reason['rule']}: {source or 'no source'}"
