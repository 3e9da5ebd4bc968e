"""P8: a large membership on a Dask cluster of local workers against one process: the same bytes, and how much faster.

The membership is the made-up one of 60,000, counted again and again: as many members go through the same functions, and
no disk has to hold them. ``HOURBANK_P8_MEMBERS`` says how many (by default 1,200,000; the release size is 20,000,000).
Dask is no package of ours: requirements-bench.lock.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from benchmarks.engine import MEMBERS, result
from rules import engine, terms
from rules.snapshot import content_hash
from service.cluster import counted_there
from service.demo.snapshot import membership_snapshot
from service.outcomes import canonical, outcome
from service.simulation import Part, added, ground
from service.snapshot_files import folder_of, opened, save

IDS = ("P8",)
GOAL = 1.6
USUAL, TOGETHER = 1_200_000, 4  # members; times the made-up membership is counted in a row
ROOT = Path(__file__).parents[1]


def measure() -> Iterator[dict[str, Any]]:
    """One line, or the reason why there is none."""
    try:
        import distributed  # noqa: F401, PLC0415
    except ImportError:
        click.echo("P8  left out: Dask is not installed (pip install --no-deps -r requirements-bench.lock)", err=True)
        return
    home = Path(tempfile.mkdtemp(prefix="hb"))
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        snapshot = membership_snapshot(MEMBERS)
        folder = folder_of(home, save(home, snapshot))
        asked = question(content_hash(snapshot))
        said, turns = canonical(asked), max(2, int(os.environ.get("HOURBANK_P8_MEMBERS", USUAL)) // MEMBERS)
        counted_there(said, str(folder), 0, 10)
        taken, parts = side_by_side(said, str(folder), home, turns)
        outcomes = {
            canonical(outcome(asked, snapshot, ground(asked, opened(folder)), added(found))) for found in parts.values()
        }
    finally:
        shutil.rmtree(home, ignore_errors=True)
    ratio = taken["one"] / taken["two"]
    detail = {
        "goal is at least": GOAL,
        "members": turns * MEMBERS,
        "made of": MEMBERS,
        "same_bytes": len(outcomes) == 1,
        "one_process_s": round(taken["here"], 1),
        "one_worker_s": round(taken["one"], 1),
        "two_workers_s": round(taken["two"], 1),
    }
    line = result("P8", ratio, GOAL, detail)
    yield {**line, "holds": ratio >= GOAL and len(outcomes) == 1}


def side_by_side(said: str, folder: str, home: Path, turns: int) -> tuple[dict[str, float], dict[str, list[Part]]]:
    """The seconds that so many turns of the membership take here, on one worker and on two, and what they come to.

    Some turns of each kind after the other, so that a slow moment meets all of them.
    """
    from distributed import Client, LocalCluster  # noqa: PLC0415

    taken, parts = dict.fromkeys(("here", "one", "two"), 0.0), {"here": [], "one": [], "two": []}
    one = {"threads_per_worker": 1, "dashboard_address": None, "local_directory": str(home)}
    with LocalCluster(n_workers=2, **one) as made, Client(made) as client:
        client.run(counted_there, said, folder, 0, 10)
        workers = sorted(client.scheduler_info()["workers"])
        for first in range(0, turns, TOGETHER):
            share = range(first, min(first + TOGETHER, turns))
            started = time.perf_counter()
            parts["here"] += [counted_there(said, folder, 0, MEMBERS) for _ in share]
            taken["here"] += time.perf_counter() - started
            for name, chosen in (("one", workers[:1]), ("two", workers)):
                started = time.perf_counter()
                tasks = [
                    client.submit(counted_there, said, folder, 0, MEMBERS, pure=False, workers=chosen) for _ in share
                ]
                parts[name] += client.gather(tasks)
                taken[name] += time.perf_counter() - started
    return taken, parts


def question(snapshot: str) -> dict[str, Any]:
    """Current terms against 450 hours, over three years, by local."""
    nothing: dict[str, Any] = {"changes": {}, "relief": {}, "without_relief": [], "rates": {}, "grandfather": None}
    return {
        "form": "hourbank-scenario-1",
        "engine": engine.version(),
        "snapshot": snapshot,
        "plan": "mpi-health",
        "terms": terms.plan("mpi-health").version,
        "amendments": [],
        "under": [
            {**nothing, "name": "current"},
            {**nothing, "name": "450 hours", "changes": {"continuing_hours": {"2018-08-01": "450"}}},
        ],
        "from": "2018-08",
        "to": "2021-07",
        "group_by": ["local"],
        "near_bands": ["8.00", "24.00", "40.00"],
        "sweep": [],
        "assume": {},
        "finance": None,
        "uncertainty": None,
    }
