"""What negotiators see of a scenario: no count of one to ten, and every other count rounded to the nearest twenty.

Rounding each figure by itself makes the answer the same whoever asks, in whatever order, and no two published figures
differ by one to ten: so no difference of two answers (with and without a member, a group and the total, two thresholds
an inch apart) tells a small count that is not shown. Money that follows from counts is reckoned from what is shown.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rules import finance, units
from service.money_words import closing_of, finance_of
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
EXACT = ("months", "inputs", "engine", "plan", "close")
ASKED = "values"  # of a sweep's point: terms by name, and one may be named like a count


def for_negotiators(outcome: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """An exact outcome of what was asked, as negotiators see it."""
    made: dict[str, Any] = {
        name: value if name in EXACT else shown(name, value) for name, value in outcome.items() if name != "notes"
    }
    told = len(outcome["assumptions"])
    made["notes"] = outcome["notes"][told:]  # those before tell what assumptions did, to the line
    if asked["finance"]:
        money_of_counts(made, asked["finance"])
    return {**made, "suppressed_under": SMALLEST, "rounded_to": STEP}


def shown(name: str, value: Any) -> Any:
    """A value of a document as negotiators see it."""
    if isinstance(value, Mapping):
        return {key: one if key == ASKED else shown(key, one) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(name, one) for one in value]
    if isinstance(value, int) and name in COUNTS:
        return count(value)
    if isinstance(value, str) and name in AMOUNTS:
        return units.written(rounded(cents(value), MONEY_STEP_CENTS))
    return value


def count(value: int) -> int | None:
    """A count of people: none below eleven (but zero), the nearest twenty otherwise."""
    return None if 0 < value < SMALLEST else rounded(value, STEP)


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
