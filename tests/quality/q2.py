"""Q2: the engine and the oracle, a second reading of the same files by another hand, give the same answers.

For every shipped plan equally many made-up histories (``tests/histories.py``), each compared on every first day of a
month by every figure of an answer. ``python -m tests.quality.q2 PLAN SEED`` asks one again and prints both sides.
"""

import datetime
import functools
import sys
import time
from typing import Any

from rules import calendar, determine, evaluate, examples, terms, ticks
from rules.evaluate import Fact, Line
from rules.facts import OPEN
from tests import oracle
from tests.histories import History, history
from tests.histories_terms import GROUP, changes_of

Answer = dict[str, Any]


@functools.lru_cache(maxsize=4)
def _read(plan: str, group: int) -> oracle.Terms:
    changes = {
        path: {datetime.date.fromisoformat(day): value for day, value in dated.items()}
        for path, dated in changes_of(plan, group * GROUP).items()
    }
    return oracle.read(terms.PLANS / f"{plan}.yaml", calendar.CHARTS, changes)


def theirs(one: History) -> oracle.Terms:
    """The oracle's reading of the terms of a history."""
    return _read(one.plan, one.seed // GROUP)


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


def by_engine(one: History, days: list[datetime.date]) -> list[Answer] | str:
    """The engine's answers on some days, or that it refuses."""
    laid = ticks.lay(one.terms)
    try:
        working = evaluate.work(one.terms, one.lines, one.facts, determine.behind(laid, laid.at(days[0])), laid.at(days[-1]))
        found = []
        for day in days:
            read = determine.read(working, day, ahead=False)
            found.append({**examples.told(read), "grace": read.grace})
        return found
    except LookupError as nothing:
        return f"LookupError: {nothing}"


def by_oracle(one: History) -> list[Answer] | str:
    """The oracle's answers, or that it refuses."""
    try:
        return oracle.history_under(theirs(one), as_lines(one.lines), as_facts(one.facts), one.first, one.last)
    except LookupError as nothing:
        return f"LookupError: {nothing}"


def different(ours: Answer, other: Answer) -> dict[str, tuple[Any, Any]]:
    """The figures in which two answers differ: (engine, oracle)."""
    if ours.get("grace"):
        return {}
    return {
        key: (ours[key], value)
        for key, value in other.items()
        if key in ours and ours[key] != value and not (key == "qualifying_period" and value is None)
    }


def divergence(one: History) -> tuple[datetime.date, dict[str, tuple[Any, Any]]] | None:
    """The first day on which engine and oracle differ, with how; None if they agree."""
    days = oracle.days(theirs(one), one.first, one.last)
    ours, other = by_engine(one, days), by_oracle(one)
    if isinstance(ours, str) or isinstance(other, str):
        if isinstance(ours, str) and isinstance(other, str):
            return None
        return days[0], {"refused": (ours if isinstance(ours, str) else "answers", other if isinstance(other, str) else "answers")}
    for day, mine, second in zip(days, ours, other, strict=True):
        found = different(mine, second)
        if found:
            return day, found
    return None


def show(plan: str, seed: int) -> None:
    """Ask one history again and print both sides."""
    one = history(plan, seed)
    print(plan, seed, one.changes)
    for line in one.lines:
        print("  ", {k: str(v) if not isinstance(v, int) else v for k, v in line._asdict().items() if v})
    for fact in one.facts:
        print("  ", {k: str(v) if not isinstance(v, int) else v for k, v in fact._asdict().items() if v})
    days = oracle.days(theirs(one), one.first, one.last)
    ours, other = by_engine(one, days), by_oracle(one)
    if isinstance(ours, str) or isinstance(other, str):
        print("engine", ours if isinstance(ours, str) else "answers", "\noracle", other if isinstance(other, str) else "answers")
        return
    marked = 0
    for day, mine, second in zip(days, ours, other, strict=True):
        found = different(mine, second)
        if mine != (ours[0] if day == days[0] else None):
            print(day, "DIFFERS" if found else "", short(mine))
        if found:
            print("     oracle:      ", short(second))
            print("     ", {k: (str(a), str(b)) for k, (a, b) in found.items()})
            marked += 1
            if marked > 2:
                break


def short(a: Answer) -> str:
    return " ".join(f"{k}={examples.written(v)}" for k, v in a.items() if v and k not in ("covered",))


if __name__ == "__main__":
    if len(sys.argv) == 3 and not sys.argv[1].isdecimal():
        show(sys.argv[1], int(sys.argv[2]))
    else:
        count = int(sys.argv[1])
        total = {"gen": 0.0, "cmp": 0.0}
        for plan in sys.argv[2:] or terms.names():
            bad = []
            start = time.perf_counter(); g = 0.0
            for seed in range(count):
                a = time.perf_counter()
                one = history(plan, seed)
                g += time.perf_counter() - a
                try:
                    found = divergence(one)
                except Exception as error:
                    import traceback
                    found = (None, {f"CRASH {type(error).__name__} {error}"[:150] + traceback.format_exc().strip().split(chr(10))[-3]: (0, 0)})
                if found:
                    bad.append((seed, found))
            t = time.perf_counter() - start
            print(f"{plan:26} {len(bad):4} of {count}  gen {g/count*1000:.2f} all {t/count*1000:.2f} ms")
            for seed, (day, how) in bad[:4]:
                print("     ", seed, day, {k: (str(a), str(b)) for k, (a, b) in how.items()})
