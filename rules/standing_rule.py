"""The standing rule that ties a pension's accrual to the reserves of health funds, as a proposal for the pension plan.

In a year of evaluation, if both health funds (for those at work and for the retired) hold so many months of reserves
on 1 January and the pension plan is certified green, its rates rise on that day, also for the hours of the years since
the last evaluation. Two health funds' reserves decide, so it is no term of one plan: whoever knows them gives them
here, and what comes out is a proposal, which is checked and asked about like any other.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rules import units
from rules.leaves import UNDATED, Leaf
from rules.terms import Terms

RATE = re.compile(r"benefit\.parts\.[^.]+\.rate(\..+)?")
GREEN = "green"
Changes = dict[str, dict[str, dict[str, str]]]


class StandingRule(NamedTuple):
    """``months`` of reserves are asked of each health fund, ``percent`` is by how much the rates rise (in hundredths);
    there is an evaluation in the year ``first`` and ``every`` so many years after it."""

    months: int = 8_00
    percent: int = 10_00
    first: int = 2024
    every: int = 3


class Certified(NamedTuple):
    """What is certified for 1 January of a year: months of reserves (hundredths) of both health funds, and the zone."""

    active_months: int
    retired_months: int
    zone: str


def missing(rule: StandingRule, year: int, certified: Certified) -> list[str]:
    """What keeps the rates from rising in a year, each as a sentence; nothing where they rise."""
    found = []
    if year < rule.first or (year - rule.first) % rule.every:
        found.append(f"{year} is no year of evaluation: that is {rule.first}, and every {rule.every} years after it.")
    for fund, had in (("active health", certified.active_months), ("retired employees", certified.retired_months)):
        if had < rule.months:
            asked = units.written(rule.months)
            found.append(f"The {fund} fund holds {units.written(had)} months of reserves, and {asked} are asked for.")
    if certified.zone.casefold() != GREEN:
        found.append(f"The plan is certified {certified.zone}, not green.")
    return found


def changes(terms: Terms, rule: StandingRule, year: int) -> Changes:
    """The changes of a proposal that raises every rate of the benefit, back to the evaluation before ``year``.

    Rates are raised exactly and rounded half up to a ten-thousandth of a cent. ValueError where nothing can be raised.
    """
    found = {}
    for path, leaf in terms.leaves.items():
        if RATE.fullmatch(path):
            raised = dict(_raised(path, leaf, rule, year))
            if raised:
                found[path] = raised
    if not found:
        raise ValueError(f"{terms.plan} has no rate in force that could rise")
    return found


def _raised(path: str, leaf: Leaf, rule: StandingRule, year: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Each value in force from the day on to which the rise goes back, raised.

    A proposal's value stands for all later ones of the plan, so these are said again, raised too.
    """
    start = units.day(f"{year - rule.every}-01-01")
    held = leaf.on(start)
    values = {} if held is None or held.ends else {start: held}
    values |= {day: value for day, value in leaf.values.items() if day > start and day != UNDATED}
    for day, value in values.items():
        if value.times or value.amount is None:
            what = "follows another value" if value.times else "ends"
            raise ValueError(f"{path} {what} on {day}, and a proposal cannot say that again")
        amount = (2 * value.amount * (100_00 + rule.percent) + 100_00) // 200_00
        doubt = "" if value.status == "stated" else f"; {value.text} is {value.status}"
        told = f"{value.text} raised by {units.written(rule.percent).removesuffix('.00')} percent{doubt}"
        yield day.isoformat(), {"value": units.written_rate(amount), "note": told}


def proposal(terms: Terms, rule: StandingRule, year: int, certified: Certified) -> dict[str, Any]:
    """The rise as a proposal. ValueError saying why there is none."""
    reasons = missing(rule, year, certified)
    if reasons:
        raise ValueError(" ".join(reasons))
    reserves = f"{units.written(certified.active_months)} and {units.written(certified.retired_months)}"
    return {
        "title": f"Rates rise by {units.written(rule.percent).removesuffix('.00')} percent on 1 January {year}",
        "author": "Standing rule",
        "plan": terms.plan,
        "note": f"Certified for 1 January {year}: {reserves} months of reserves, zone {certified.zone}. Ask about days "
        f"from then on. Not told apart: who had a break in service since {year - rule.every} gets the rise for hours "
        "after the latest break only.",
        "changes": changes(terms, rule, year),
    }


def file_of(told: Mapping[str, Any]) -> str:
    """A proposal as a file."""
    head = {"title": "title", "author": "author", "plan": "extends", "note": "note"}
    lines = [*(f"{key}: {json.dumps(told[name])}" for name, key in head.items()), "changes:"]
    for path, dated in told["changes"].items():
        values = (f"{day}: {{value: {one['value']}, note: {json.dumps(one['note'])}}}" for day, one in dated.items())
        lines += [f"  {path}:", *(f"    {value}" for value in values)]
    return "\n".join(lines) + "\n"
