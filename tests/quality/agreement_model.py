"""What a line counts and what is owed on it, reckoned as one would by hand from an agreement's file.

Written from ``docs/agreements.md``, without the code of the rules. Hours and money are hundredths, rates are exact.
"""

import datetime
import functools
import math
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).parents[2] / "rules" / "agreements"
RATES = ("per_hour", "of_scale", "per_day")


class Said(NamedTuple):
    """What a line says."""

    member: str
    employer: str
    week: datetime.date
    hours: int
    occupation: str | None = None
    basis: str = "hourly"
    guaranteed: int | None = None
    days: int | None = None
    scale: int | None = None


class Assessed(NamedTuple):
    """The hours that count, what they rest on, and what is owed to each fund; None: nobody knows."""

    credited: int
    words: str
    due: dict[str, int | None]


@functools.cache
def file_of(name: str) -> dict[str, Any]:
    """An agreement's file with everything in it as text, or nothing where there is none."""
    path = FOLDER / f"{name}.yaml"
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) if path.exists() else {}


@functools.lru_cache(10_000)
def assess(name: str, said: Said, contributor_class: str | None) -> Assessed:
    """Reckon a line under an agreement, for an employer of a class."""
    file, begins = file_of(name), said.week - datetime.timedelta(days=6)
    credited, words = counted(file.get("hours", {}), said, begins)
    funds = file.get("contributions", {})
    return Assessed(
        credited, words, {fund: owed(rates, said, credited, begins, contributor_class) for fund, rates in funds.items()}
    )


def counted(hours: dict[str, Any], said: Said, begins: datetime.date) -> tuple[int, str]:
    """The hours that count, and what they rest on."""
    guaranteed = said.guaranteed or 0
    by_guarantee = (guaranteed, f"guarantee {written(guaranteed)}")
    most, words = by_guarantee if guaranteed > said.hours else (said.hours, "worked")
    key = {"weekly": "weekly_flat", "on_call": "on_call", "hourly": "minimum_call"}[said.basis]
    week = {5: "five_days", 6: "six_days", 7: "seven_days"}.get(said.days or 0)
    table = hours.get(key, {})
    found = in_force(table[week or "day"] if key == "on_call" and table else table, begins)
    if not found or said.days == 0:
        return most, words
    each = hundredths(found[0])
    if key == "weekly_flat":
        assert each is not None
        return by_guarantee if guaranteed > each else (each, f"weekly flat {written(each)}")
    if said.days is None or each is None:
        return most, f"{words}, {'on-call hours not known' if each is None else 'days not reported'}"
    by_table = each if week and key == "on_call" else each * said.days
    if by_table <= most:
        return most, words
    told = "on call, {0} days {1}" if week else f"on call, {{0}} {'day' if said.days == 1 else 'days'} of {{1}}"
    told = "minimum call {1} x {0}" if key == "minimum_call" else told
    return by_table, told.format(said.days, written(each))


def owed(
    rates: dict[str, Any], said: Said, credited: int, begins: datetime.date, contributor_class: str | None
) -> int | None:
    """What is owed to one fund, in cents: all its rates together, rounded once, half a cent up.

    Nothing is owed on nothing, whatever the rate; otherwise a rate that is not known, or of which nothing is said for
    this week, leaves all of it unknown.
    """
    amount = Fraction(0)
    for name in RATES:
        if name not in rates:
            continue
        of = said.days if name == "per_day" else Fraction(credited, 100)
        if of == 0:
            continue
        dated = rates[name]
        if "by" in dated:
            dated = dated.get(contributor_class, dated.get("otherwise", {})) if contributor_class else {}
        found = in_force(dated, begins)
        dollars = Fraction(said.scale, 10_000) if name == "of_scale" and said.scale is not None else Fraction(1)
        if not found or found[0] is None or of is None or (name == "of_scale" and said.scale is None):
            return None
        amount += found[0] * of * dollars
    return math.floor(amount * 100 + Fraction(1, 2))


def in_force(dated: dict[str, Any], begins: datetime.date) -> tuple[Fraction | None] | None:
    """The one value for a payroll week that begins on a day, None where it is not known; None: nothing is said."""
    if "value" in dated:
        found = dated
    else:
        days = [day for day in dated if datetime.date.fromisoformat(day) <= begins]
        if not days:
            return None
        found = dated[max(days)]
    return (None if found["value"] == "null" else Fraction(found["value"]),)


def hundredths(amount: Fraction | None) -> int | None:
    """Hours as hundredths."""
    return None if amount is None else int(amount * 100)


def written(hours: int) -> str:
    """Hundredths as hours are written."""
    return f"{'-' if hours < 0 else ''}{abs(hours) // 100}.{abs(hours) % 100:02}"
