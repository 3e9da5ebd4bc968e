"""Every plan's worked examples, by the oracle: what docs/terms.md says must give what was worked out by hand."""

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from tests import oracle
from tests.oracle_credit import measures_of
from tests.oracle_terms import DAY, Person, Terms, View, first_day, month_of
from tests.oracle_tiny import CHARTS

PLANS = CHARTS.parent / "plans"
CASES = Path(__file__).resolve().parent / "cases"
AMOUNTS = ("hours", "days", "weeks", "months", "earnings", "contributions", "fees", "points", "rate", "amount")
DAYS = ("day", "received", "paid", "placed", "from", "to", "claimed")
KEYS = {"name", "source", "hours", "lines", "monthly", "weekly", "facts", "under", "on", "expect"}
NULL = {"null", "~", ""}


def read_yaml(path: Path) -> dict:
    """Read a file with every value as it is written."""
    return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CBaseLoader", yaml.BaseLoader))


def is_health(plan: str) -> bool:
    """Whether a plan is one of health cover; ``test_oracle_pension.py`` asks about the others."""
    return read_yaml(PLANS / f"{plan}.yaml")["kind"] == "health"


def hundredths(text: str) -> int:
    """Take an amount as whole hundredths."""
    number = Fraction(text) * 100
    if number.denominator != 1:
        raise ValueError(f"{text} is finer than a hundredth")
    return number.numerator


def typed(written: dict) -> dict:
    """Take a line or a fact as it is written for what it is: days, amounts, marks and words; null is left out."""
    known = {}
    for key, value in written.items():
        if isinstance(value, str) and value in NULL:
            continue
        if key in DAYS:
            known[key] = date.fromisoformat(value)
        elif key in AMOUNTS:
            known[key] = hundredths(value)
        else:
            known[key] = set(value) if key == "marks" else value
    return known


def month(text: str) -> int:
    """Number a month written as year and month."""
    return month_of(date.fromisoformat(f"{text}-01"))


def lines_of(terms: Terms, case: dict) -> list[dict]:
    """Write out all lines of an example: by day, one by one, monthly on the 15th, weekly on every seventh day."""
    lines = []
    for text, amount in case.get("hours", {}).items():
        day = date.fromisoformat(text)
        counts = View(terms, Person([]), day, day).word(f"credit.{measures_of(terms)[0]}.counts")
        lines.append({"day": day, counts: hundredths(amount)})
    lines += [typed(line) for line in case.get("lines", [])]
    for stretch in case.get("monthly", []):
        rest = typed({key: value for key, value in stretch.items() if key not in {"from", "to"}})
        for number in range(month(stretch["from"]), month(stretch["to"]) + 1):
            lines.append({**rest, "day": first_day(number) + 14 * DAY})
    for stretch in case.get("weekly", []):
        rest = typed(stretch)
        day, last = rest.pop("from"), rest.pop("to")
        while day <= last:
            lines.append({**rest, "day": day})
            day += timedelta(weeks=1)
    return lines


def differs(expected, found) -> bool:
    """Say whether a figure is not the one that was worked out by hand."""
    if isinstance(expected, dict):
        return set(expected) != set(found) or any(differs(expected[key], found[key]) for key in expected)
    if isinstance(found, bool):
        return expected != str(found).lower()
    if isinstance(found, int):
        return Fraction(expected) * 100 != found
    return (None if expected in NULL else expected) != (None if found is None else str(found))


def written(found) -> str:
    """Write a figure as an example would have it."""
    return f"{found / 100:.2f}" if isinstance(found, int) and not isinstance(found, bool) else str(found)


def run(plan: Path, case: dict) -> list[str]:
    """Ask the oracle for one example, and list the figures in which it differs."""
    strange = set(case) - KEYS
    if strange:
        raise ValueError(f"{case['name']} has keys that no example has: {sorted(strange)}")
    terms = oracle.read(plan, CHARTS, case.get("under"))
    facts = [typed(fact) for fact in case.get("facts", [])]
    answer = oracle.coverage_under(terms, lines_of(terms, case), facts, date.fromisoformat(case["on"]))
    if answer["qualifying_period"] is not None:
        answer["qualifying_period"] = dict(zip(("from", "to"), answer["qualifying_period"], strict=True))
    return [
        f"{case['name']}: {figure} is {written(answer[figure])} and should be {expected}"
        for figure, expected in case["expect"].items()
        if differs(expected, answer[figure])
    ]


@pytest.mark.parametrize("name", [path.stem for path in sorted(CASES.glob("*.yaml")) if is_health(path.stem)])
def test_the_worked_examples_of_a_plan(name):
    """Ask for every example of a plan, those in its own file too."""
    plan, kept = PLANS / f"{name}.yaml", read_yaml(CASES / f"{name}.yaml")
    assert kept["plan"] == name
    examples = [*read_yaml(plan).get("examples", []), *kept["cases"]]
    assert [difference for case in examples for difference in run(plan, case)] == []
