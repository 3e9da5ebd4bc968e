"""Q3: compiled and uncompiled agree; a member alone is the same as in the crowd; one period asked alone is the same
as that period asked among all.

The histories are synthetic (tests/histories.py). Uncompiled answers come from a second process of the same code.
"""

import hashlib
import os
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import numpy as np

from rules import determine, evaluate, ticks
from rules.compare import compare
from rules.terms import Terms
from tests.histories import History, histories, under

CI = 20_000
RELEASE = 1_000_000
CHUNK = 10_000
ROOT = Path(__file__).parents[2]


def check(count: int) -> int:
    """The number of histories for which something disagrees."""
    failures = 0
    for seed in range(0, count, CHUNK):
        size = min(CHUNK, count - seed)
        uncompiled = start_uncompiled(seed, size)
        made = histories(seed, size)
        failures += sum(not alone_is_among_all(one) for one in made)
        for _, group in groupby(sorted(made, key=lambda one: repr(one.changes)), key=lambda one: repr(one.changes)):
            failures += differing_in_the_crowd(list(group))
        failures += differing_uncompiled(made, uncompiled)
    return failures


def alone_is_among_all(one: History) -> bool:
    """Whether the answer for a day is that of an evaluation of all periods there are."""
    terms = under_cached(one)
    laid = ticks.lay(terms)
    alone = determine.determine(terms, one.lines, one.facts, one.on)
    every = evaluate.work(terms, one.lines, one.facts, 0, len(laid.starts) - 1)
    return told(alone) == told(determine.read(every, one.on))


def told(found: determine.Determination) -> tuple[object, ...]:
    """What a determination says, without the places of its records, which depend on where an evaluation began."""
    return (*found[1:14], found.next)


def differing_in_the_crowd(group: list[History]) -> int:
    """How many members of a crowd under the same terms have other months of cover than they have alone."""
    terms = under_cached(group[0])
    run = ticks.lay(terms).records
    hours = np.zeros((len(group), len(run)), np.int32)
    facts, alone = [], np.zeros((len(group), len(run)), np.int64)
    for place, one in enumerate(group):
        for line in one.lines:
            hours[place, terms.chart.place(line.day)] += line.hours
        facts.append(evaluate.fact_records(one.facts, one.lines))
        alone[place] = evaluate.work(terms, one.lines, one.facts, 0, len(run) - 1).turns.cumsum()[:-1]
    places = np.cumsum([0, *map(len, facts)])
    out_of_reach = run.copy()
    out_of_reach["initial_required"] = np.iinfo(np.int32).max
    crowd = compare(out_of_reach, run, hours, hours, np.concatenate(facts).view(np.recarray), places)
    if not np.array_equal(crowd.after, alone.sum(axis=0)):
        return len(group)
    totals = evaluate.covered_by_tick(run, hours, np.concatenate(facts).view(np.recarray), places)
    if not np.array_equal(totals, crowd.after):
        return len(group)
    return int((crowd.gained_by != alone.sum(axis=1)).sum())


def differing_uncompiled(made: list[History], uncompiled: subprocess.Popen[str]) -> int:
    """How many histories have another working when nothing is compiled."""
    output, _ = uncompiled.communicate()
    theirs = output.split()
    ours = [digest(one) for one in made]
    if uncompiled.returncode or len(theirs) != len(ours):
        return len(made)
    return sum(mine != other for mine, other in zip(ours, theirs, strict=True))


def start_uncompiled(seed: int, count: int) -> "subprocess.Popen[str]":
    """Evaluate the same histories in a process in which compiling is turned off."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.quality.q3", str(seed), str(count)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def digest(one: History) -> str:
    """A hash of a history's whole working."""
    terms = under_cached(one)
    today = ticks.lay(terms).at(one.on)
    working = evaluate.work(terms, one.lines, one.facts, today, today + determine.AHEAD)
    return hashlib.sha256(working.records.tobytes() + working.turns.tobytes()).hexdigest()


def under_cached(one: History) -> Terms:
    """The terms of a history, loaded once."""
    key = repr(one.changes)
    if key not in LOADED:
        LOADED[key] = under(one.changes)
    return LOADED[key]


LOADED: dict[str, Terms] = {}


if __name__ == "__main__":
    for made_up in histories(int(sys.argv[1]), int(sys.argv[2])):
        print(digest(made_up))  # noqa: T201 (read by the other process)
