"""What negotiators see of a scenario: no count under eleven, and every other count rounded to the nearest twenty.

Rounding each figure by itself makes the answer the same whoever asks, in whatever order, and no two published figures
differ by one to ten. Nobody at all is not told apart from a few: otherwise a question about so few that they are known
by what they do, at one threshold after another, would tell their hours. Money that follows from counts is reckoned from
what is shown. What may not be asked in the first place is in :mod:`service.singling`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rules import finance, units
from service.money_words import closing_of, finance_of
from service.outcomes import NOT_MONOTONE
from service.parsing import cents, given_of

SMALLEST, STEP = 11, 20
MONEY_STEP_CENTS = 1_000_000
# The highest rates that may be proposed, by what they are of: higher ones would tell single hours in the money.
MOST_RATES: Mapping[str, tuple[int, str]] = {
    "per_hour": (1_000_000, "100 dollars an hour"),
    "of_scale": (10_000, "100 percent of scale"),
    "per_day": (10_000_000, "1,000 dollars a day"),
}
# Numbers that count people or their months, by name; lists of them too.
COUNTS = frozenset(
    (
        *("covered", "gained", "lost", "saved_by_bank", "people", "newly_initial", "saved_by_bank_by_month", "members"),
        *("gained_by_month", "lost_by_month", "benefit_months", "benefit_months_gained", "benefit_months_lost"),
        *("by_month", "months", "low", "high", "lines", "not_applied"),
    )
)
AMOUNTS = frozenset(("total", "hours_without_a_known_rate", "hours", "better_by"))
# What the first terms have none of, because all are held against them.
MOVES = (*("gained", "lost", "gained_by_month", "lost_by_month", "benefit_months_gained", "benefit_months_lost"),)
# Months of people, and how many people these are at least.
MONTHS_OF = {"benefit_months": "covered", "benefit_months_gained": "gained", "benefit_months_lost": "lost"}
CAUSES = ("gained", "lost")  # where they are lists
EXACT = ("months", "inputs", "engine", "plan", "close")
ASKED = "values"  # of a sweep's point: terms by name, and one may be named like a count


def for_negotiators(outcome: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """An exact outcome of what was asked, as negotiators see it."""
    made: dict[str, Any] = {
        name: value if name in EXACT else shown(name, value) for name, value in outcome.items() if name != "notes"
    }
    told = len(outcome["assumptions"])
    both = any(result["gained"] and result["lost"] for result in made["results"])
    # The notes before these tell what assumptions did, to the line.
    made["notes"] = [note for note in outcome["notes"][told:] if both or note != NOT_MONOTONE]
    if asked["finance"]:
        money_of_counts(made, asked["finance"])
    return {**made, "suppressed_under": SMALLEST, "rounded_to": STEP}


def shown(name: str, value: Any) -> Any:
    """A value of a document as negotiators see it."""
    if isinstance(value, Mapping):
        return without_months_of_few(
            value, {key: one if key == ASKED else shown(key, one) for key, one in value.items()}
        )
    if isinstance(value, list):
        return listed(name, value)
    if isinstance(value, int) and name in COUNTS:
        return count(value)
    if isinstance(value, str) and name in AMOUNTS:
        return units.written(rounded(cents(value), MONEY_STEP_CENTS))
    return value


def without_months_of_few(exact: Mapping[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    """What is seen of counts, but for the months of fewer than eleven people, which may be more than ten."""
    if not isinstance(exact.get("gained"), int):  # neither a result nor a point of a sweep
        return seen
    for months, whose in MONTHS_OF.items():
        if months in exact and max(np.ravel(exact[whose]), default=0) < SMALLEST:
            seen[months] = None
            if months in seen.get("uncertainty", {}):
                seen["uncertainty"][months] = {"low": None, "high": None}
    return seen


def listed(name: str, values: list[Any]) -> list[Any]:
    """A list of a document as negotiators see it."""
    if name == "results":
        return [{**shown("", one), **moves_of_first(one, place)} for place, one in enumerate(values)]
    if name in CAUSES:  # that there is one at all tells of somebody
        return [shown("", one) for one in values if one["people"] >= SMALLEST]
    if name == "contributions":
        return [contribution(one) for one in values]
    return [shown(name, one) for one in values]


def moves_of_first(result: Mapping[str, Any], place: int) -> dict[str, Any]:
    """What the first terms gain and lose against themselves: nothing, which tells of nobody."""
    return {} if place else {name: result[name] for name in MOVES}


def contribution(one: Mapping[str, Any]) -> dict[str, Any]:
    """What is owed to a fund under an agreement; nothing of that where it is owed on the work of a few."""
    seen: dict[str, Any] = shown("", one)
    few = one["members"] < SMALLEST
    return {name: None if few and name in AMOUNTS else value for name, value in seen.items()}


def count(value: int) -> int | None:
    """A count of people: none below eleven, the nearest twenty otherwise."""
    return None if value < SMALLEST else rounded(value, STEP)


def rounded(value: int, step: int) -> int:
    """The nearest multiple of a step; of two equally near, the one further from zero."""
    size = (2 * abs(value) + step) // (2 * step) * step
    return -size if value < 0 else size


def money_of_counts(made: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Put money that is reckoned from the counts and contributions that are shown in the place of the exact."""
    given, first = given_of(said), units.month_number(made["months"][0])
    contributions = []
    for result in made["results"]:
        money = result["money"]
        owed = np.array([rounded(cents(one), MONEY_STEP_CENTS) for one in money["contributed"]], np.int64)
        found = finance.outlook(first, [one or 0 for one in result["covered"]], owed, given)
        contributions.append((owed, found.net))
        result["money"] = {**money, **finance_of(found, made["months"])}
    closing = made.get("close")
    if closing is None:
        return
    owed, base = contributions[0]
    tried = {}
    for one in closing["tried"]:
        tried[one["value"]] = base + rounded(cents(one["better_by"]), MONEY_STEP_CENTS)
    for point in made["sweep"] if said["close"]["by"] == "sweep" else ():
        covered = [one or 0 for one in point["covered"]]
        tried[", ".join(point["values"].values())] = finance.outlook(first, covered, owed, given).net
    gap = max(0, -base) if said["close"]["gap"] == "deficit" else cents(closing["gap"])
    made["close"] = closing_of(finance.closing(gap, base, tried))
