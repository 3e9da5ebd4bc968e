"""Made-up members' histories for the checks of the rules: synthetic, seeded, half of them on the edge of a number.

A history is a run of six-month stretches on one member's own cycle. On an edge a stretch's total is a threshold or a
cap, or a hundredth beside it, or what a bank would just make up; otherwise it is anything from nothing to much.
"""

import datetime
import random
from typing import NamedTuple

from rules import terms
from rules.calendar import Cite
from rules.evaluate import Fact, Line
from rules.terms import Terms

PLAN = "mpi-health"
EDGES = (300_00, 400_00, 450_00, 600_00, 700_00, 750_00, 850_00, 25_00, 55_00, 67_00, 100_00, 134_00, 201_00, 1_00)
BESIDE = (-1, 0, 0, 1)
CHANGES: tuple[dict[str, dict[str, str]], ...] = (
    {"continuing_hours": {"2000-01-01": "300"}},
    {"continuing_hours": {"2012-03-01": "450"}},
    {"continuing_hours": {"2011-07-31": "600"}},
    {"initial_hours": {"2013-01-01": "500"}, "bank_cap": {"2014-06-01": "200"}},
    {"bank.deposit_after_initial": {"2000-01-01": "excess_over_continuing"}},
    {"disability.counted_with": {"2000-01-01": "nothing"}, "disability.claim_within": {"2000-01-01": "90"}},
    {"relief.strikes-2023.up_to": {"2023-05-20": "100", "2023-06-24": "300"}},
    {"bank.deposit_after_initial": {"2000-01-01": "excess"}, "bank.when_short": {"2000-01-01": "wiped"}},
    {"lapse.initial_after": {"2000-01-01": "6"}, "bank.while_lapsed": {"2000-01-01": "forfeited"}},
    {"consumption": {"2000-01-01": "none"}, "coverage.length": {"2000-01-01": "3"}},
)


class History(NamedTuple):
    """A member's hours and facts, the terms to ask under (as changes), and a day to ask about."""

    lines: list[Line]
    facts: list[Fact]
    changes: dict[str, dict[str, str]]
    on: datetime.date


def under(changes: dict[str, dict[str, str]]) -> Terms:
    """The plan's terms with changes; the current ones without any."""
    current = terms.plan(PLAN)
    return current.under(changes, name="changed", cite=Cite("made up", "", "")) if changes else current


def histories(seed: int, count: int) -> list[History]:
    """So many histories; equal seeds give equal histories."""
    chance = random.Random(seed)
    return [history(chance) for _ in range(count)]


def history(chance: random.Random) -> History:
    """One history of two to ten years between 2006 and 2026."""
    chart = terms.plan(PLAN).chart
    opening = chart.months.index(2006 * 12) + chance.randrange(180)
    stretches = chance.randint(4, 20)
    edgy = chance.random() < 0.5
    lines: list[Line] = []
    total = 0
    for stretch in range(stretches):
        month = opening + 6 * stretch
        if month + 6 >= len(chart.cutoffs):
            break
        first = chart.cutoffs[month] + datetime.timedelta(days=1)
        days = (chart.cutoffs[month + 6] - first).days
        total = amount(chance, edgy, total)
        lines += spread(chance, total, first, days, len(lines))
    facts = [fact(chance, lines) for _ in range(chance.choice((0, 0, 0, 1, 2, 3)))] if lines else []
    dated: dict[str, datetime.date | None] = {}
    facts = [one._replace(claimed=dated.setdefault(one.claim, one.claimed)) for one in facts]
    changes = chance.choice(CHANGES) if chance.random() < 0.5 else {}
    on = chart.cutoffs[opening] + datetime.timedelta(days=chance.randrange(400, 400 + 190 * stretches))
    return History(lines, facts, changes, on)


def amount(chance: random.Random, edgy: bool, before: int) -> int:
    """The total of one stretch, in hundredths."""
    if not edgy:
        return max(0, int(chance.gauss(450_00, 250_00)))
    edge = chance.choice(EDGES)
    if chance.random() < 0.3 and before > 400_00:
        edge = max(0, 400_00 - min(before - 400_00, 450_00))
    return max(0, edge + chance.choice(BESIDE))


def spread(chance: random.Random, total: int, first: datetime.date, days: int, number: int) -> list[Line]:
    """A total on one to eight days of a stretch, its first and last day among them more often than by chance."""
    if not total:
        return []
    parts = chance.randint(1, 8)
    cuts = sorted(chance.randint(0, total) for _ in range(parts - 1))
    amounts = [after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)]
    at = [chance.choice((0, days, chance.randint(0, days))) for _ in amounts]
    return [
        Line(first + datetime.timedelta(days=day), hours, number + place + 1)
        for place, (day, hours) in enumerate(zip(at, amounts, strict=True))
        if hours
    ]


def fact(chance: random.Random, lines: list[Line]) -> Fact:
    """A disability claim or a decision, somewhere among a member's working days."""
    kind = chance.choice(("disability", "disability", "unavailable_for_work", "hours_booked"))
    first = chance.choice(lines).day + datetime.timedelta(days=chance.choice((0, 1, 30, 89, 91, 179, 180, 181)))
    last = first + datetime.timedelta(days=chance.choice((6, 7, 27, 69, 70, 71, 140, 200)))
    if kind != "disability":
        return Fact(kind, first, last)
    claimed = first + datetime.timedelta(days=chance.choice((0, 0, 1, 60, 180)))
    return Fact(kind, first, last, f"claim-{chance.randint(1, 2)}", claimed)
