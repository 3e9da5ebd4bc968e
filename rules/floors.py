"""Floors of law, as a validator: terms that go below one are refused with the section of law. Never a plan's rule.

A file says under ``statutes`` which laws it is subject to, each with its source. Sources of the floors themselves: the
summaries of the employer shared responsibility rules (26 CFR 54.4980H-3) listed in the field notes, section a3.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from rules import units

if TYPE_CHECKING:
    from rules.terms import Terms

Broken = tuple[str, str]
Since = Mapping[str, datetime.date] | None  # the first day on which a proposal changes each path; None: it is a file
Floors = Mapping[str, Callable[["Terms", Since], Iterator[Broken]]]
LOOK_BACK = "aca-look-back"
FULL_TIME_A_MONTH = 130_00  # hours of service a month that make a full-time employee, in hundredths


def broken(terms: "Terms", floors: Floors, since: Since = None) -> Broken | None:
    """The first path of the terms that goes below one of some floors, with the reason; None if none does.

    ``since`` says of a proposal from when on it changes what."""
    for name in terms.statutes:
        floor = floors.get(name)
        if floor is None:
            return f"statutes.{name}", f"no floor of law is known as {name!r} here; there are: {', '.join(floors)}"
        for found in floor(terms, since):
            return found
    return None


def _look_back(terms: "Terms", since: Since) -> Iterator[Broken]:
    """Measurement of 3 to 12 months; at most 90 days until cover; stability of six months or more, no shorter than
    the measurement; no more hours than full time (130 a month)."""
    law = "26 CFR 54.4980H-3(d)"
    if terms.chart.unit != "month":
        yield "calendar.cutoffs", f"{law}: measurement is counted in months"
        return
    windows = [amount for _, amount in _amounts(terms, "calendar.window")]
    for amount in windows:
        if not 3 <= amount <= 12:
            yield "calendar.window", f"{law}: a measurement period lasts 3 to 12 months, not {amount}"
    for _, amount in _amounts(terms, "calendar.lag"):
        if amount > 3:
            yield "calendar.lag", f"{law}: the administrative period lasts at most 90 days; cover begins too late"
    for _, amount in _amounts(terms, "coverage.length"):
        if amount < max(6, *windows):
            yield "coverage.length", f"{law}: stability lasts at least six months and as long as the measurement"
    for path, leaf in terms.leaves.items():
        if path.startswith("qualify.") and ".sum.at_least" in path:
            for value in leaf.values.values():
                most = FULL_TIME_A_MONTH * max(windows)
                if value.unit == "hour" and (value.amount or 0) > most:
                    asked = f"full time is 130 hours a month, so no more than {units.written(most)} may be asked for"
                    yield path, f"{law}: {asked}"


def _amounts(terms: "Terms", place: str) -> Iterator[tuple[str, int]]:
    """Every amount that a place ever holds, whoever the member is."""
    for path, leaf in terms.leaves.items():
        if path == place or path.startswith(f"{place}."):
            yield from ((path, value.amount) for value in leaf.values.values() if value.amount is not None)


FLOORS: Floors = {LOOK_BACK: _look_back}
