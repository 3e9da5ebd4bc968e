"""Q4 for pensions: what must not change an answer does not, and more work never loses anything where that must hold.

Row order, a line reported as two, the same question again, a line changed and changed back, and all days moved by four
years under terms that have no dates change nothing in what is found of any year.

**Where more work loses nothing** (:func:`monotone`). More work in a year may start participation earlier, and with it
years that can be breaks; it may reach a step that gives less; it may come under an exemption that asks for breaks
before it. Where a plan has no participation and no exemption, and no later step of a route gives less, more work
credits as much or more in every year, makes no more years breaks, and so loses no service and no vesting.
"""

import datetime
import functools
import random
from collections.abc import Callable
from typing import Any

from rules import pension, terms
from rules.leaves import UNDATED
from rules.terms import Terms
from tests.histories_pension import GROUP, History, history
from tests.quality import q4
from tests.quality.spread import Job, jobs, named, spread, wanting

CI = 10_000
RELEASE = 100_000
TRIES = 4  # so many histories are looked at for one that a property can be tried on
LATEST = datetime.date(2060, 1, 1)


def check(count: int) -> int:
    """The number of failures over all properties, each tried on so many histories at least."""
    failures, tried = 0, dict.fromkeys(PROPERTIES, 0)
    pieces = [
        (name, job)
        for name, holds_for in PROPERTIES.items()
        for job in jobs(
            count * 5 // 4, [plan for plan in terms.names("pension") if holds_for[1](terms.plan(plan))], GROUP
        )
    ]
    for (name, job), (cases, unlike) in spread(tries, pieces, "Q4 of pensions"):
        tried[name] += cases
        failures += named(f"by {name}", job[0], unlike)
    return failures + wanting(tried, count)


def tries(piece: tuple[str, Job]) -> tuple[int, list[int]]:
    """On how many histories of a job a property could be tried, and those on which it does not hold."""
    name, (plan, first, end) = piece
    cases, unlike = 0, []
    for seed in range(TRIES * first, TRIES * end):
        if cases == end - first:
            break
        try:
            holds = PROPERTIES[name][0](history(plan, seed), random.Random(seed))
        except LookupError:
            continue
        cases += holds is not None
        if holds is False:
            unlike.append(seed)
    return cases, unlike


def answer(one: History) -> dict[str, Any]:
    """What is found on the day asked about, by year and in all."""
    found = pension.evaluate(one.terms, one.lines, one.facts, one.on)
    return {**found._asdict(), "terms": None, "credits": None}


def row_order(one: History, chance: random.Random) -> bool | None:
    """Lines and facts in another order."""
    lines, known = list(one.lines), list(one.facts)
    chance.shuffle(lines)
    chance.shuffle(known)
    return answer(one) == answer(one._replace(lines=lines, facts=known))


def batch_split(one: History, chance: random.Random) -> bool | None:
    """One line reported as two, where amounts are not rounded line by line."""
    if any(path.endswith(".rounding") for path in one.terms.leaves):
        return None
    return answer(one) == answer(one._replace(lines=q4.one_as_two(one.lines, chance)))


def replay(one: History, chance: random.Random) -> bool | None:
    """The same question again, after another one."""
    before = answer(one)
    other = one.lines[chance.randrange(len(one.lines))]
    answer(one._replace(lines=[*one.lines, other._replace(hours=other.hours + 1)]))
    again = history(one.plan, one.seed)
    return again == one and before == answer(again)


def correction(one: History, chance: random.Random) -> bool | None:
    """A line changed, and changed back."""
    wrong = one.lines[chance.randrange(len(one.lines))]
    lines = [line._replace(hours=line.hours + 100_00) if line is wrong else line for line in one.lines]
    back = [line._replace(hours=line.hours - 100_00) if line.number == wrong.number else line for line in lines]
    return answer(one) == answer(one._replace(lines=back))


def shifted(one: History, chance: random.Random) -> bool | None:
    """All days four or eight years later, under terms that say the same at all times."""
    del chance
    days = [line.day for line in one.lines] + [line.paid for line in one.lines if line.paid] + [one.on]
    if one.changes or max(days) >= LATEST:
        return None
    later, move = functools.partial(q4.by_years, sign=1), functools.partial(q4.moved, forward=q4.by_years)
    other = one._replace(lines=list(map(move, one.lines)), facts=list(map(move, one.facts)), on=later(one.on))
    first, second = answer(one), answer(other)
    years = [year._replace(first=later(year.first), last=later(year.last)) for year in first["years"]]
    same_years = years == list(second["years"])
    rest = ("participant", "vested", "service", "in_a_row", "lost", "benefit", "account", "retirement")
    return same_years and all(first[name] == second[name] for name in rest)


def more_work(one: History, chance: random.Random) -> bool | None:
    """More on some lines loses no service, no vesting and no year."""
    if one.changes and not monotone(one.terms):
        return None
    less, more = answer(one), answer(one._replace(lines=q4.with_more(one.lines, chance)))
    lost = False  # who has lost everything takes part no more, and so has no breaks
    for before, after in zip(less["years"], more["years"], strict=True):
        lost = lost or before.lost
        if any(after.totals[name] < total for name, total in before.totals.items()) or after.vested < before.vested:
            return False
        if after.is_break > before.is_break and not lost:
            return False
    return True


def always(_: Terms) -> bool:
    """A property of all plans."""
    return True


def undated(current: Terms) -> bool:
    """Whether terms say the same at all times, with years that begin on the same day of every year."""
    return all(set(leaf.values) == {UNDATED} for leaf in current.leaves.values())


def monotone(current: Terms) -> bool:
    """Whether more work can lose nothing. The module's first lines say why."""
    if current.has("participation") or current.has("breaks.exempt"):
        return False
    for name in current.below("service"):
        for route in current.below(f"service.{name}.routes"):
            path = f"service.{name}.routes.{route}.steps"
            gives = [value.amount or 0 for step in current.below(path) for value in amounts(current, f"{path}.{step}")]
            steps = current.below(path)
            by_share = any(current.has(f"{path}.{step}.per") for step in steps)
            if gives != sorted(gives) or (by_share and len(steps) > 1):
                return False
    return True


def amounts(current: Terms, step: str) -> list[Any]:
    """What a step ever gives, whoever the member is."""
    leaves = (
        leaf for path, leaf in current.leaves.items() if path == f"{step}.gives" or path.startswith(f"{step}.gives.")
    )
    return [value for leaf in leaves for value in leaf.values.values()]


Property = Callable[[History, random.Random], bool | None]
PROPERTIES: dict[str, tuple[Property, Callable[[Terms], bool]]] = {
    "row order": (row_order, always),
    "batch split": (batch_split, always),
    "replay": (replay, always),
    "correction": (correction, always),
    "shifted by years": (shifted, undated),
    "more work": (more_work, monotone),
}
