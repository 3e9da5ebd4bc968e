"""Q2 for pensions: the rules and the oracle, a second reading of the same files by another hand, give the same answers.

``python -m tests.quality.q2_pension COUNT [PLAN ...]`` asks so many made-up histories (``tests/histories_pension.py``)
of each plan, or of every shipped one; ``made-up-17`` is an invented plan, and ``made-up 0 40`` stands for 40 of these.
``python -m tests.quality.q2_pension show PLAN SEED`` asks one history again and prints both sides.
"""

import datetime
import functools
import sys
from typing import Any, NamedTuple

import click

from rules import pension, terms
from rules.facts import OPEN, Fact
from tests import oracle_pension
from tests.histories_pension import History, history
from tests.histories_pension_plans import MADE_UP, text_of
from tests.histories_terms import GROUP
from tests.oracle_terms import Terms as OracleTerms
from tests.quality.spread import Job, jobs, spread

CI = 20_000
RELEASE = 500_000
INVENTED = 20  # of so many histories, one is of an invented plan
Answer = dict[str, Any]
REFUSED = "refused"


class Divergence(NamedTuple):
    """A history on which the two differ: the day asked, and the figures, the rules' and the oracle's."""

    plan: str
    seed: int
    changes: dict[str, dict[str, str]]
    on: datetime.date
    figures: dict[str, tuple[Any, Any]]


def check(count: int) -> int:
    """The number of histories on which the two differ: of every shipped pension, and of invented plans."""
    invented = [f"{MADE_UP}{number}" for number in range(max(1, count // INVENTED // GROUP))]
    over = jobs(count - count // INVENTED, terms.names("pension")) + jobs(count // INVENTED, invented)
    failures = 0
    for _, found in spread(differing, over, "Q2 of pensions"):
        failures += len(found)
        for one in found:
            click.echo(f"{one.plan} {one.seed} on {one.on}: {one.figures}", err=True)
    return failures


def differing(job: Job) -> list[Divergence]:
    """The histories of a job on which the two differ."""
    plan, first, end = job
    return divergences([plan], end - first, first)


def divergences(plans: list[str], count: int, first: int = 0) -> list[Divergence]:
    """The histories on which the rules and the oracle differ, of so many for each plan."""
    found = []
    for plan in plans:
        for seed in range(first, first + count):
            differs = divergence(history(plan, seed))
            if differs is not None:
                found.append(differs)
    return found


def divergence(one: History) -> Divergence | None:
    """How the two differ on a history; None if they agree."""
    ours, other = by_rules(one), by_oracle(one)
    if REFUSED in ours or REFUSED in other:
        figures = {REFUSED: (ours.get(REFUSED), other.get(REFUSED))} if (REFUSED in ours) != (REFUSED in other) else {}
    else:
        names = dict.fromkeys([*ours, *other])
        figures = {name: (ours.get(name), other.get(name)) for name in names if ours.get(name) != other.get(name)}
    return Divergence(one.plan, one.seed, one.changes, one.on, figures) if figures else None


def by_rules(one: History) -> Answer:
    """The rules' answer, or why there is none."""
    try:
        return pension.told(one.terms, one.lines, one.facts, one.on)
    except LookupError as nothing:
        return {REFUSED: str(nothing)}


def by_oracle(one: History) -> Answer:
    """The oracle's answer, or why there is none."""
    changes = tuple((path, tuple(dated.items())) for path, dated in one.changes.items())
    try:
        lines = [line._asdict() for line in one.lines]
        return oracle_pension.answer(_read(one.plan, changes), lines, as_facts(one.facts), one.on)
    except LookupError as nothing:
        return {REFUSED: str(nothing)}


def as_facts(known: list[Fact]) -> list[dict[str, Any]]:
    """Facts as the oracle takes them."""
    return [
        {
            "kind": fact.kind,
            "from": fact.first_day,
            "to": None if fact.last_day == OPEN else fact.last_day,
            "name": fact.name,
            "value": fact.value,
        }
        for fact in known
    ]


@functools.lru_cache(maxsize=16)
def _read(plan: str, changes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> OracleTerms:
    dated = {path: {datetime.date.fromisoformat(day): value for day, value in some} for path, some in changes}
    return oracle_pension.read(text_of(plan), dated)


def show(plan: str, seed: int) -> None:
    """Print one history and both readings of it."""
    one = history(plan, seed)
    click.echo(f"{plan} {seed}, asked about {one.on}, under {one.changes or 'current terms'}")
    for thing in (*one.lines, *one.facts):
        click.echo("  " + ", ".join(f"{name} {value}" for name, value in thing._asdict().items() if value))
    for side, answer in (("rules", by_rules(one)), ("oracle", by_oracle(one))):
        click.echo(side)
        for name, value in answer.items():
            click.echo(f"  {name}: {value}")
    differs = divergence(one)
    click.echo(f"differ: {list(differs.figures)}" if differs else "agree")


def main(words: list[str]) -> None:
    """``show PLAN SEED``, or ``COUNT [PLAN ...]``, or ``COUNT made-up FIRST END``."""
    if words[0] == "show":
        show(words[1], int(words[2]))
        return
    plans = words[1:] or terms.names("pension")
    if plans[0] == "made-up":
        plans = [f"{MADE_UP}{number}" for number in range(int(plans[1]), int(plans[2]))]
    found = divergences(plans, int(words[0]))
    for one in found:
        under = f", under {one.changes}" if one.changes else ""
        click.echo(f"{one.plan} {one.seed}, {one.on}{under}: {one.figures}", err=True)
    click.echo(f"{len(found)} divergences in {int(words[0]) * len(plans)} histories")


if __name__ == "__main__":
    main(sys.argv[1:])
