"""Reads the worked examples in tests/cases, which are written as text and belong to no program."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import yaml

DATES = {"from", "until"}
WORDS = {"route", "standing"}
HOURS = {"counted", "required", "short", "bank_before", "drawn", "added", "bank_after"}


@dataclass(frozen=True)
class Case:
    """One worked example: a member's hours and facts, a day, perhaps a proposal, and what the documents say."""

    plan: str
    name: str
    source: str
    hours: list[tuple[date, int]]
    facts: list[dict]
    changes: dict[str, dict[date, str]] | None
    on: date
    expect: dict


def load_cases(path: Path) -> list[Case]:
    """Read every example of a file."""
    book = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return [read_case(book["plan"], entry) for entry in book["cases"]]


def read_case(plan: str, entry: dict) -> Case:
    """Read one example and refuse keys that mean nothing."""
    strange = set(entry) - {"name", "source", "hours", "weekly", "facts", "under", "on", "expect"}
    if strange:
        raise ValueError(f"{entry['name']}: unknown keys {sorted(strange)}")
    under = {
        name: {date.fromisoformat(day): value for day, value in values.items()}
        for name, values in entry.get("under", {}).items()
    }
    return Case(
        plan=plan,
        name=entry["name"],
        source=entry["source"],
        hours=read_hours(entry.get("hours", {}), entry.get("weekly", [])),
        facts=[read_fact(fact) for fact in entry.get("facts", [])],
        changes=under or None,
        on=date.fromisoformat(entry["on"]),
        expect={key: read_expected(key, value) for key, value in entry["expect"].items()},
    )


def read_hours(single: dict, weekly: list) -> list[tuple[date, int]]:
    """Read hours by day, and hours on every seventh day of a stretch, both ends included."""
    hours = [(date.fromisoformat(day), hundredths(number)) for day, number in single.items()]
    for stretch in weekly:
        day, last = date.fromisoformat(stretch["from"]), date.fromisoformat(stretch["to"])
        while day <= last:
            hours.append((day, hundredths(stretch["hours"])))
            day += timedelta(days=7)
    return sorted(hours)


def read_fact(fact: dict) -> dict:
    """Read a fact: days as days, the rest as text."""
    days = {"from", "to", "claimed"}
    return {key: date.fromisoformat(value) if key in days else value for key, value in fact.items()}


def read_expected(key: str, value):
    """Read one expected figure by the kind its key has."""
    if key == "covered":
        return {"true": True, "false": False}[value]
    if key == "qualifying_period":
        return date.fromisoformat(value["from"]), date.fromisoformat(value["to"])
    if key in DATES:
        return None if value == "null" else date.fromisoformat(value)
    if key in HOURS:
        return hundredths(value)
    if key in WORDS:
        return value
    raise ValueError(f"an answer has no {key}")


def hundredths(text: str) -> int:
    """Turn hours as written into whole hundredths."""
    number = Decimal(text) * 100
    if number != int(number):
        raise ValueError(f"{text} is finer than a hundredth of an hour")
    return int(number)
