"""Q4: what must not change an answer does not, and more work never loses cover where the plan is monotone.

Row order, a line reported as two, the same question again, a line added and left out again, and all days moved by
four years (by some weeks, in a calendar of weeks) change nothing in the whole working of a history.

**Where a plan is monotone** (:func:`monotone`). More work may lose cover for many reasons: it starts cover earlier, so
that it ends earlier; it uses credits up; it turns a beginner into one who must meet the harder test; it fills a cap
that later work then finds full; it starts a bank that forfeits. Where none of these can happen, cover only grows with
work, by induction over the test dates: (1) nothing is used up and nothing but lines fills a test (no consumption, bank,
carry, relief, disability, top-up); (2) everybody is tested on the same dates, because no cover reaches past the next
test (a length of at most ``every``, one length for all, no ``lapse.every``, grid or lockout, no event that ends cover);
(3) who has more cover behind him meets no harder test: the routes are the same for all (``any``), or each route of the
initial test is also there, with no higher number, for the lapsed and the covered; (4) every test by itself grows with
credits (all do but ``balance``), and a cap, if there is one, holds within one period.
"""

import datetime
import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from rules import checking, determine, evaluate, examples, shape, terms, ticks
from rules.credit import AMOUNTS, Line
from rules.facts import OPEN
from rules.stages import LONG_AGO
from rules.terms import Terms
from tests.histories import History, history
from tests.histories_terms import days
from tests.quality.spread import Job, jobs, named, spread, wanting

CI = 10_000
RELEASE = 100_000
LAID_ANEW = 200  # of so many repeated questions, one is asked under terms that were laid out anew
TRIES = 4  # so many histories are looked at for one that a property can be tried on
YEARS, DAYS = 4, 1461  # after which February has as many days again
ALONE = ("bank", "second_bank", "carry", "relief", "disability", "top_up", "lapse.every", "lapse.lockout")


def check(count: int) -> int:
    """The number of failures over all properties, each tried on so many histories at least."""
    growing = [plan for plan in terms.names() if monotone(terms.plan(plan))]
    # Some properties cannot be tried on some plans at all, so there are more histories than are asked for.
    every, most = jobs(count * 5 // 4), jobs(count, growing)
    pieces = [(tuple(NOTHING), job) for job in every] + [((MORE,), job) for job in most]
    failures, tried = 0, dict.fromkeys((*NOTHING, MORE), 0)
    for (_, job), results in spread(tries, pieces, "Q4"):
        for name, (cases, unlike) in results.items():
            tried[name] += cases
            failures += named(f"by {name}", job[0], unlike)
    return failures + wanting(tried, count)


def tries(piece: tuple[tuple[str, ...], Job]) -> dict[str, tuple[int, list[int]]]:
    """For each property: how many histories of a job it could be tried on, and those on which it does not hold."""
    names, (plan, first, end) = piece
    cases, unlike = dict.fromkeys(names, 0), {name: [] for name in names}
    for seed in range(TRIES * first, TRIES * end):
        wanted = [name for name in names if cases[name] < end - first]
        if not wanted:
            break
        for name in wanted:
            try:
                holds = {**NOTHING, MORE: more_work}[name](made(plan, seed), random.Random(seed))
            except LookupError:
                continue
            cases[name] += holds is not None
            if holds is False:
                unlike[name].append(seed)
    return {name: (cases[name], unlike[name]) for name in names}


@functools.lru_cache(maxsize=2)
def made(plan: str, seed: int) -> History:
    """A history, made once for all properties."""
    return history(plan, seed)


@functools.lru_cache(maxsize=2)
def before(plan: str, seed: int) -> tuple[int, list[tuple[int, ...]], dict[str, Any]]:
    """What is said of a history as it is: the first tick of its working, every test, the answer for its day."""
    one = made(plan, seed)
    found = working(one)
    return found.first, told(found), answer(one)


def working(one: History) -> evaluate.Working:
    """The working of a history over its stretch."""
    laid = ticks.lay(one.terms)
    first, last = determine.behind(laid, laid.at(one.first)), determine.ahead_of(one.terms, laid.at(one.last))
    return evaluate.work(one.terms, one.lines, one.facts, first, last)


def same(one: History, other: History, ticks_later: int = 0, back: Callable[[Any], Any] = lambda day: day) -> bool:
    """Whether another history has the same working as one, and the same answer for the day asked about."""
    first, tests, said = before(one.plan, one.seed)
    others = [row for row in told(working(other), ticks_later) if row[0] >= first]
    return tests == others and said == {name: back(value) for name, value in answer(other).items()}


def told(found: evaluate.Working, ticks_later: int = 0) -> list[tuple[int, ...]]:
    """Every test of a working: its tick and all its figures, with ticks counted from the calendar's first one."""
    records = np.array(found.records)
    tested = np.flatnonzero(records["due"] == 1)
    for name in ("covered_to", "assisted_to"):
        records[name] += np.where(records[name] > LONG_AGO // 2, found.first - ticks_later, 0)
    return [(int(place) + found.first - ticks_later, *records[place].item()) for place in tested]


def answer(one: History) -> dict[str, Any]:
    """The answer for the day asked about."""
    return examples.told(determine.determine(one.terms, one.lines, one.facts, one.on))


# What changes nothing


def row_order(one: History, chance: random.Random) -> bool | None:
    """Lines and facts in another order."""
    lines, known = list(one.lines), list(one.facts)
    chance.shuffle(lines)
    chance.shuffle(known)
    return same(one, one._replace(lines=lines, facts=known))


def one_as_two(lines: list[Line], chance: random.Random) -> list[Line]:
    """Lines with one of them reported as two."""
    place = chance.randrange(len(lines))
    line = lines[place]
    parts = {name: chance.randint(0, getattr(line, name)) for name in AMOUNTS}
    rest = {name: getattr(line, name) - part for name, part in parts.items()}
    return [*lines[:place], line._replace(**parts), *lines[place + 1 :], line._replace(**rest)]


def batch_split(one: History, chance: random.Random) -> bool | None:
    """One line reported as two, where amounts are not rounded line by line."""
    if any(path.endswith(".rounding") for path in one.terms.leaves):
        return None
    return same(one, one._replace(lines=one_as_two(one.lines, chance)))


def replay(one: History, chance: random.Random) -> bool | None:
    """The same question again."""
    before(one.plan, one.seed)
    again = history(one.plan, one.seed)
    if chance.randrange(LAID_ANEW) == 0:
        ticks.lay.cache_clear()
    return again == one and same(one, again)


def correction(one: History, chance: random.Random) -> bool | None:
    """A line changed and another one added; then both corrected back."""
    before(one.plan, one.seed)
    wrong = one.lines[chance.randrange(len(one.lines))]
    lines = [line._replace(hours=line.hours + 100_00) if line is wrong else line for line in one.lines]
    working(one._replace(lines=[*lines, wrong._replace(number=len(lines) + 1)]))
    back = [line._replace(hours=line.hours - 100_00) if line.number == wrong.number else line for line in lines]
    return same(one, one._replace(lines=back))


def shifted(one: History, chance: random.Random) -> bool | None:
    """All days four years later (some weeks, where the calendar is one of weeks), where the terms stay the same."""
    current = one.terms
    unit, cutoffs = current.chart.unit, current.texts["calendar.cutoffs"]
    if (unit == "month" and cutoffs != "month_end") or any(".cap_per_week" in path for path in current.leaves):
        return None
    if unit == "week" and any(path.endswith(MONTHLY) for path in current.leaves):
        return None
    weeks = chance.randint(1, 200)
    forward = by_days(7 * weeks) if unit == "week" else by_years
    later = {"month": 12 * YEARS, "week": weeks, "day": DAYS}[unit]
    dated = [line.day for line in one.lines] + [fact.last_day for fact in one.facts if fact.last_day != OPEN]
    dated += [line.received or line.paid or line.day for line in one.lines]
    low, high = min(one.first, *dated) - MARGIN, max(one.last, *dated)
    if high + 3 * MARGIN > LATEST or any(low < day <= forward(high, 1) + MARGIN for day in days(current)):
        return None
    other = one._replace(
        lines=[moved(line, forward) for line in one.lines],
        facts=[moved(fact, forward) for fact in one.facts],
        **{name: forward(getattr(one, name), 1) for name in ("first", "last", "on")},
    )
    return same(one, other, later, lambda value: back(value, forward))


MARGIN = datetime.timedelta(days=900)
LATEST = datetime.date(2034, 1, 1)
MONTHLY = ("cap_per_month", "cap_per_year", "late_after", "unpaid_months", "starting")


def by_years(day: datetime.date, sign: int) -> datetime.date:
    """The same day four years later or earlier."""
    return day.replace(year=day.year + sign * YEARS)


def by_days(number: int) -> Callable[[datetime.date, int], datetime.date]:
    """So many days later or earlier."""
    return lambda day, sign: day + sign * datetime.timedelta(days=number)


def moved(thing: Any, forward: Callable[[datetime.date, int], datetime.date]) -> Any:
    """A line or a fact with all its days moved."""
    return thing._replace(
        **{
            name: forward(value, 1)
            for name, value in thing._asdict().items()
            if isinstance(value, datetime.date) and value != OPEN
        }
    )


def back(value: Any, forward: Callable[[datetime.date, int], datetime.date]) -> Any:
    """A figure with its days moved back."""
    if isinstance(value, tuple):
        return tuple(back(one, forward) for one in value)
    return forward(value, -1) if isinstance(value, datetime.date) else value


# More work


def with_more(lines: list[Line], chance: random.Random) -> list[Line]:
    """Lines with more on some of them."""
    made = list(lines)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(made))
        name = chance.choice([name for name in AMOUNTS if getattr(made[place], name)] or ["hours"])
        made[place] = made[place]._replace(**{name: getattr(made[place], name) + chance.choice((1, 100, 120_00))})
    return made


def more_work(one: History, chance: random.Random) -> bool | None:
    """More on some line loses no cover at any tick."""
    if not monotone(one.terms):
        return None
    lines = with_more(one.lines, chance)
    less, more = working(one), working(one._replace(lines=lines))
    return bool((more.turns.cumsum() >= less.turns.cumsum()).all())


def monotone(current: Terms) -> bool:
    """Whether the terms are such that more work can never lose cover. The module's first lines say why."""
    nothing_else = not any(current.has(path) for path in ALONE)
    nothing_used = checking.words_of(current, "consumption") == {"none"}
    return nothing_else and nothing_used and _same_dates(current) and _no_harder(current) and _caps_within(current)


def _same_dates(current: Terms) -> bool:
    if current.has("coverage.aligned_to") or current.has("coverage.ends_on"):
        return False
    if any(".gives.length" in path for path in current.leaves):
        return False
    longest = max(value.amount or 0 for value in _values(current, "coverage.length"))
    return longest <= min(value.amount or 0 for value in _values(current, "calendar.every"))


def _no_harder(current: Terms) -> bool:
    if any(path.endswith(".balance.at_least") for path in current.leaves):
        return False
    if current.has("qualify.any"):
        return True
    return all(
        any(_implies(current, easy, hard) for easy in _routes(current, standing))
        for standing in ("continuing", "lapsed")
        if current.has(f"qualify.{standing}")
        for hard in _routes(current, "initial")
    ) and (
        not current.has("qualify.lapsed")
        or all(
            any(_implies(current, easy, hard) for easy in _routes(current, "continuing"))
            for hard in _routes(current, "lapsed")
        )
    )


def _routes(current: Terms, standing: str) -> list[str]:
    return [f"qualify.{standing}.routes.{name}" for name in current.below(f"qualify.{standing}.routes")]


def _implies(current: Terms, easy: str, hard: str) -> bool:
    """Whether whoever meets a route meets another one: the same test, with no higher number, and no condition more."""
    below = {path.removeprefix(f"{easy}.") for path in (*current.leaves, *current.texts) if path.startswith(f"{easy}.")}
    kinds = [kind for kind in shape.TESTS if current.has(f"{easy}.{kind}")]
    if (
        not kinds
        or not current.has(f"{hard}.{kinds[0]}")
        or any(not part.startswith(kinds[0]) for part in below if not part.startswith(("gives.", "title")))
    ):
        return False
    numbers = f"{kinds[0]}.at_least"
    for part in sorted({*below, *_parts(current, hard, kinds[0])}):
        if part.startswith(("gives.", "title")):
            continue
        if part.startswith(numbers):
            ours, theirs = _fixed(current, f"{easy}.{numbers}"), _fixed(current, f"{hard}.{numbers}")
            if ours is None or theirs is None or ours > theirs:
                return False
        elif _fixed(current, f"{easy}.{part}") != _fixed(current, f"{hard}.{part}") or current.texts.get(
            f"{easy}.{part}"
        ) != current.texts.get(f"{hard}.{part}"):
            return False
    return True


def _parts(current: Terms, route: str, kind: str) -> set[str]:
    prefix = f"{route}.{kind}."
    return {
        f"{kind}.{path.removeprefix(prefix)}" for path in (*current.leaves, *current.texts) if path.startswith(prefix)
    }


def _fixed(current: Terms, path: str) -> int | None:
    """The one number that a path ever has; None if it has several, or none, or follows another."""
    values = _values(current, path)
    return values[0].amount if len(values) == 1 and not values[0].times else None


def _values(current: Terms, path: str) -> list[Any]:
    return list(current.leaves[path].values.values()) if path in current.leaves else []


def _caps_within(current: Terms) -> bool:
    """Whether every cap holds within one period, so that work in one cannot crowd out work in another."""
    caps = {path.split(".")[2] for path in current.leaves if ".cap_per_" in path}
    monthly = current.texts["calendar.cutoffs"] == "month_end"
    return caps <= ({"cap_per_day", "cap_per_month"} if monthly else {"cap_per_day"})


NOTHING: dict[str, Callable[[History, random.Random], bool | None]] = {
    "row order": row_order,
    "batch split": batch_split,
    "replay": replay,
    "correction": correction,
    "shift": shifted,
}
MORE = "more work"
