"""Q1: every worked example shipped with a plan gives the stated answer."""

from pathlib import Path
from typing import Any

from rules import determine, terms
from rules.calendar import Cite
from rules.evaluate import Fact, Line
from tests.cases_format import Case, load_cases

FOLDER = Path(__file__).parents[1] / "cases"
CASES = [case for path in sorted(FOLDER.glob("*.yaml")) for case in load_cases(path)]
CI = RELEASE = len(CASES)


def check(count: int) -> int:
    """The number of examples that come out differently."""
    return sum(bool(differences(case)) for case in CASES[:count])


def differences(case: Case) -> dict[str, tuple[Any, Any]]:
    """What an example says and what the rules say, where that differs."""
    found = answer(case)
    return {key: (value, found[key]) for key, value in case.expect.items() if found[key] != value}


def answer(case: Case) -> dict[str, Any]:
    """The rules' answer to an example, in the words of the examples."""
    under = terms.plan(case.plan)
    if case.changes:
        changes = {key: {str(day): value for day, value in dated.items()} for key, dated in case.changes.items()}
        under = under.under(changes, name="example", cite=Cite("example", "", ""))
    lines = [Line(day, hours) for day, hours in case.hours]
    return told(determine.determine(under, lines, [fact_of(fact) for fact in case.facts], case.on))


def fact_of(fact: dict[str, Any]) -> Fact:
    """A fact of an example as the rules take it."""
    return Fact(fact["kind"], fact["from"], fact["to"], fact.get("claim", ""), fact.get("claimed"))


def told(found: determine.Determination) -> dict[str, Any]:
    """A determination in the words of the examples."""
    return {
        "covered": found.covered,
        "from": found.benefit.first if found.benefit else None,
        "until": found.benefit.last if found.benefit else None,
        "route": found.route,
        "standing": found.standing,
        "qualifying_period": tuple(found.qualifying),
        "counted": found.counted,
        "required": found.required,
        "short": found.short,
        "bank_before": found.bank_before,
        "drawn": found.drawn,
        "added": found.added,
        "bank_after": found.bank_after,
    }
