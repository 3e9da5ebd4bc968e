"""Q2: the engine and the oracle, a second reading of the same files by another hand, give the same answers.

For every shipped plan equally many made-up histories (``tests/histories.py``), each compared by every figure of an
answer on every first day of a month, some also on any other day. ``python -m tests.quality.q2 PLAN SEED`` asks one
history again and prints both sides; ``python -m tests.quality.q2 COUNT [PLAN ...]`` asks so many of some plans.
"""

import datetime
import functools
import sys
import traceback
from typing import Any, NamedTuple

import click
import numpy as np

from rules import calendar, determine, evaluate, examples, terms, ticks
from rules.evaluate import Fact, Line, Working
from rules.facts import OPEN
from tests import oracle
from tests.histories import History, history
from tests.quality.spread import Job, jobs, spread

CI = 200_000
RELEASE = 5_000_000
SHOWN = 30  # divergences that are printed
ASKED_ALONE = 6  # one of so many histories is also asked about one day by itself

Answer = dict[str, Any]
REFUSED = "refused"  # the figure of an answer that is none


class Divergence(NamedTuple):
    """A history on which the two differ: the first day on which they do, and the figures, engine's and oracle's."""

    plan: str
    seed: int
    changes: dict[str, dict[str, str]]
    day: datetime.date | None
    figures: dict[str, tuple[str, str]]


def check(count: int) -> int:
    """The number of histories on which engine and oracle differ. Prints the first of them, to be asked again."""
    return compare(jobs(count))


def compare(over: list[Job]) -> int:
    """Compare the histories of some jobs, and print what differs."""
    divergence(history(over[0][0], 0))  # compiles once, before several processes would
    found: list[Divergence] = []
    for _, some in spread(differing, over, "Q2"):
        found += some
    for one in found[:SHOWN]:
        figures = ", ".join(f"{name} {ours} (oracle: {other})" for name, (ours, other) in one.figures.items())
        click.echo(f"{one.plan} {one.seed}, {one.day}, under {one.changes or 'current terms'}: {figures}", err=True)
    if found:
        click.echo("Ask one again: python -m tests.quality.q2 PLAN SEED", err=True)
    return len(found)


def differing(job: Job) -> list[Divergence]:
    """The histories of a job on which engine and oracle differ."""
    plan, first, end = job
    found = []
    for seed in range(first, end):
        one = history(plan, seed)
        try:
            differs = divergence(one)
        except Exception as failure:  # neither side may fail: the history is to be asked again
            place = traceback.extract_tb(failure.__traceback__)[-1]
            error = f"{type(failure).__name__}: {failure} in {place.filename.rpartition('/')[2]}:{place.lineno}"
            differs = Divergence(plan, seed, one.changes, None, {"error": (error, "")})
        if differs is not None:
            found.append(differs)
    return found


def divergence(one: History) -> Divergence | None:
    """The first day on which engine and oracle differ on a history, with how; None if they agree."""
    days = asked(one)
    ours, other = by_engine(one, days), by_oracle(one)
    if isinstance(ours, str) or isinstance(other, str):
        answers = isinstance(ours, str) and isinstance(other, str)
        pairs = (
            []
            if answers
            else [
                (
                    None,
                    {REFUSED: ours if isinstance(ours, str) else ""},
                    {REFUSED: other if isinstance(other, str) else ""},
                )
            ]
        )
    else:
        pairs = list(zip(days, ours, other, strict=True))
        if one.seed % ASKED_ALONE == 0:
            pairs.append((one.on, *alone(one)))
    for day, mine, second in pairs:
        figures = different(mine, second)
        if figures:
            return Divergence(one.plan, one.seed, one.changes, day, figures)
    return None


def different(ours: Answer, other: Answer) -> dict[str, tuple[str, str]]:
    """The figures in which two answers differ. An oracle without a test has no qualifying period to compare."""
    return {
        name: (told(ours[name]), told(value))
        for name, value in other.items()
        if ours[name] != value and not (name == "qualifying_period" and value is None)
    }


def told(value: Any) -> str:
    """A figure as it is printed."""
    return value if isinstance(value, str) else examples.written(value)


def asked(one: History) -> list[datetime.date]:
    """The days on which a history is compared: first days of months, in so far as the oracle tells them."""
    days = oracle.days(theirs(one), one.first, one.last)
    return [day for day in days if day.day == 1] if terms.plan(one.plan).chart.unit == "day" else days


def by_engine(one: History, days: list[datetime.date]) -> list[Answer] | str:
    """The engine's answers on some days, or why it gives none. A day on which nothing happens is not read again."""
    laid = ticks.lay(one.terms)
    try:
        first, last = determine.behind(laid, laid.at(days[0])), determine.ahead_of(one.terms, laid.at(days[-1]))
        working = evaluate.work(one.terms, one.lines, one.facts, first, last)
        moves = happens(working)
        found: list[Answer] = []
        before, grace = None, False  # days of grace end though nothing happens
        for day in days:
            place = laid.at(day) - working.first
            if before is None or grace or moves[place] != moves[before]:
                told_now = determine.read(working, day, ahead=False)
                grace = bool(told_now.grace)
                found.append(examples.told(told_now))
            else:
                found.append(found[-1])
            before = place
    except LookupError as nothing:
        return str(nothing)
    return found


def happens(working: Working) -> Any:
    """How many tests, ends of cover and ticks without terms there were up to each tick."""
    records = np.asarray(working.records)
    moves = (records["due"] == 1).astype(np.int64)
    for ends in (records["covered_to"], records["assisted_to"]):
        moves[[end for end in set(ends[records["due"] == 1].tolist()) if 0 <= end < len(moves)]] += 1
    silent = np.asarray(ticks.lay(working.terms).laid.ticks)["silent"]
    moves += silent[working.variants, np.arange(working.first, working.first + len(records))]
    return moves.cumsum()


def alone(one: History) -> tuple[Answer, Answer]:
    """Both answers for one day of a history asked by itself."""
    try:
        ours = examples.told(determine.determine(one.terms, one.lines, one.facts, one.on))
    except LookupError:
        ours = {REFUSED: "yes"}
    try:
        other = oracle.coverage_under(theirs(one), as_lines(one.lines), as_facts(one.facts), one.on)
    except LookupError:
        other = {REFUSED: "yes"}
    if (REFUSED in ours) != (REFUSED in other):
        return {REFUSED: str(REFUSED in ours)}, {REFUSED: str(REFUSED in other)}
    return ours, other


def by_oracle(one: History) -> list[Answer] | str:
    """The oracle's answers on the days compared, or why it gives none."""
    terms_read, days = theirs(one), set(asked(one))
    try:
        found = oracle.history_under(
            terms_read, as_lines(one.lines), as_facts(one.facts), one.first, one.last, grace=True
        )
    except LookupError as nothing:
        return str(nothing)
    return [row for day, row in zip(oracle.days(terms_read, one.first, one.last), found, strict=True) if day in days]


def theirs(one: History) -> oracle.Terms:
    """The oracle's reading of the terms of a history."""
    return _read(one.plan, tuple((path, tuple(dated.items())) for path, dated in one.changes.items()))


@functools.lru_cache(maxsize=64)
def _read(plan: str, changes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> oracle.Terms:
    dated = {path: {datetime.date.fromisoformat(day): value for day, value in some} for path, some in changes}
    return oracle.read(terms.PLANS / f"{plan}.yaml", calendar.CHARTS, dated)


def as_lines(lines: list[Line]) -> list[dict[str, Any]]:
    """Lines as the oracle takes them."""
    return [line._asdict() for line in lines]


def as_facts(known: list[Fact]) -> list[dict[str, Any]]:
    """Facts as the oracle takes them."""
    return [
        {
            "kind": fact.kind,
            "from": fact.first_day,
            "to": None if fact.last_day == OPEN else fact.last_day,
            **{key: getattr(fact, key) for key in ("name", "value", "amount", "claim", "claimed")},
        }
        for fact in known
    ]


def show(plan: str, seed: int) -> None:
    """Print one history and both readings of it side by side."""
    one = history(plan, seed)
    click.echo(f"{plan} {seed}, asked alone about {one.on}, under {one.changes or 'current terms'}")
    for thing in (*one.lines, *one.facts):
        click.echo("  " + ", ".join(f"{name} {value}" for name, value in thing._asdict().items() if value))
    days = asked(one)
    ours, other = by_engine(one, days), by_oracle(one)
    if isinstance(ours, str) or isinstance(other, str):
        click.echo(f"engine: {ours if isinstance(ours, str) else 'answers'}")
        click.echo(f"oracle: {other if isinstance(other, str) else 'answers'}")
        return
    rows = list(zip(days, ours, other, strict=True))
    if one.seed % ASKED_ALONE == 0:
        rows.append((one.on, *alone(one)))
    for day, mine, second in rows:
        figures = different(mine, second)
        click.echo(f"{day}  {in_short(mine)}")
        if figures:
            click.echo(f"   oracle:   {in_short(second)}")
            click.echo(f"   DIFFERS   {figures}")


def in_short(answer: Answer) -> str:
    """The figures of an answer that say something."""
    return ", ".join(f"{name} {told(value)}" for name, value in answer.items() if value)


def main(words: list[str]) -> None:
    """``PLAN SEED`` or ``COUNT [PLAN ...]``."""
    if len(words) == 2 and not words[0].isdecimal():
        show(words[0], int(words[1]))
    else:
        click.echo(f"{compare(jobs(int(words[0]) * len(words[1:] or terms.names()), words[1:]))} divergences")


if __name__ == "__main__":
    main(sys.argv[1:])
