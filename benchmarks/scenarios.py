"""P4 and P7: a scenario over HTTP against a bare route and the sum of the same hours; a sweep of 200 thresholds.

A real worker answers over a socket. P4 is the time until the answer to ``POST /v1/scenarios`` for 60,000 made-up people
and ten years: asked again (the outcome is kept by its inputs, and given again without counting), and beside it with a
proposal that nobody asked about before. P7 is the sweep on one core in process; while the service counts such a
sweep, other requests are timed, and held against the same requests when it does nothing.
"""

import contextlib
import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from sqlalchemy.orm import Session

from benchmarks.engine import MEMBERS, MONTHS, result, rounded, side_by_side
from benchmarks.membership import monthly_hours
from rules import evaluate, terms, ticks
from rules.calendar import Cite
from rules.sweeping import sweep
from service import snapshots
from service.auth import create_key
from service.db import make_engine
from service.demo.snapshot import membership_snapshot
from service.serving import Running, listening_socket, serving
from service.settings import Settings

IDS = ("P4", "P7")
P4_GOAL, P7_SECONDS, P7_SLOWER = 3, 2.0, 5
ROUNDS = 25
ASKED: dict[str, Any] = {"plan": "mpi-health", "from": "2012-02", "to": "2021-12", "snapshot": "latest"}
LIKE_OURS = (
    "--worker-class",
    "gthread",
    "--workers",
    "2",
    "--threads",
    "6",
    "--no-control-socket",
    "--log-level",
    "warning",
)
PLAIN = """
from flask import Flask, jsonify
application = Flask(__name__)
@application.get("/")
def bare():
    return jsonify({"covered": 1})
"""


def measure() -> Iterator[dict[str, Any]]:
    """Both lines, from one service."""
    home = Path(tempfile.mkdtemp(prefix="hb"))
    try:
        settings = Settings(home=home)
        with serving(settings, workers=2) as running:
            key = prepared(running, settings)
            yield over_http(running, key, home)
            yield swept(running, key)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def prepared(running: Running, settings: Settings) -> str:
    """Keep the membership, and make a key."""
    engine = make_engine(running.database_url)
    with Session(engine) as session, session.begin():
        snapshots.keep(session, settings.home, membership_snapshot(), 0, "bench")
        key = create_key(session, "administrator")
    engine.dispose()
    return key


class Asking:
    """One connection to the service."""

    def __init__(self, address: str, key: str = "") -> None:
        place = urlsplit(address)
        self.connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=300)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def seconds(self, method: str, path: str, body: Any = None) -> tuple[float, int, bytes]:
        """How long an answer takes, its status, and what it says."""
        headers = {**self.headers, "Idempotency-Key": uuid.uuid4().hex}
        self.connection.close()
        self.connection.connect()
        started = time.perf_counter()
        self.connection.request(method, path, json.dumps(body).encode() if body else None, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        return time.perf_counter() - started, answer.status, said

    def median(self, method: str, path: str, bodies: Callable[[int], Any], rounds: int) -> float:
        """The median of several answers, which are all good."""
        taken = []
        for turn in range(rounds):
            seconds, status, said = self.seconds(method, path, bodies(turn))
            if status not in (200, 201):
                raise RuntimeError(f"{method} {path}: {status} {said[:300]!r}")
            taken.append(seconds)
        return statistics.median(taken)


@contextlib.contextmanager
def bare_route(home: Path) -> Iterator[str]:
    """The address of a Flask route that does nothing, on the same gunicorn."""
    (home / "bare.py").write_text(PLAIN)
    with contextlib.closing(listening_socket("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", *LIKE_OURS, "bare:application"],
            cwd=home,
            pass_fds=[listener.fileno()],
        )
        try:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            for _ in range(100):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    if Asking(address).seconds("GET", "/")[1] == 200:
                        break
                time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(10)


def proposal(turn: int, start: int) -> dict[str, Any]:
    """A question about a threshold that nobody has asked about."""
    hours = f"{start + turn}.50"
    return {**ASKED, "under": ["current", {"name": hours, "changes": {"continuing_hours": {"2014-08-01": hours}}}]}


def over_http(running: Running, key: str, home: Path) -> dict[str, Any]:
    """P4."""
    hours = monthly_hours(MEMBERS, MONTHS)
    (sums,) = side_by_side(hours.sum)
    asking = Asking(running.address, key)
    asking.median("POST", "/v1/scenarios", lambda turn: proposal(turn, 440), 2)
    with bare_route(home) as address:
        floor = Asking(address)
        bare = floor.median("GET", "/", lambda _: None, ROUNDS)
        again = asking.median("POST", "/v1/scenarios", lambda _: proposal(0, 440), ROUNDS)
        anew = asking.median("POST", "/v1/scenarios", lambda turn: proposal(turn, 460), 7)
        bare = min(bare, floor.median("GET", "/", lambda _: None, ROUNDS))
    detail = {
        "members": MEMBERS,
        "months": MONTHS - 1,
        "bare_route_ms": rounded(bare),
        "sum_ms": rounded(sums),
        "asked_again_ms": rounded(again),
        "a_new_proposal_ms": rounded(anew),
        "ratio_of_a_new_proposal": round(anew / (bare + sums), 1),
    }
    return result("P4", again / (bare + sums), P4_GOAL, detail)


def swept(running: Running, key: str) -> dict[str, Any]:
    """P7: the ratio is that of its seconds to the two that it may take."""
    plan = terms.plan("mpi-health")
    first = plan.chart.months.index(2011 * 12 + 9)
    values = [f"{value}.00" for value in range(300, 500)]
    unders = [
        plan.under({"continuing_hours": {"2014-08-01": value}}, name=value, cite=Cite("benchmark", "", ""))
        for value in values
    ]
    runs = [ticks.lay(one).laid.span(first, first + MONTHS) for one in (plan, *unders)]
    credits, counts = monthly_hours(MEMBERS, MONTHS)[None].astype(np.int64), evaluate.counts_of(plan)
    (seconds,) = side_by_side(lambda: sweep(runs, counts, credits), rounds=3)
    idle, busy, counted = others(running, key, values)
    slower = busy / idle
    detail = {
        "values": len(values),
        "members": MEMBERS,
        "ticks": MONTHS,
        "seconds": round(seconds, 2),
        "others_p99_idle_ms": rounded(idle),
        "others_p99_during_ms": rounded(busy),
        "slower": round(slower, 1),
        "slower at most": P7_SLOWER,
        "over_http_s": round(counted, 2),
    }
    return result("P7", seconds / P7_SECONDS, 1, detail, slower <= P7_SLOWER)


def others(running: Running, key: str, values: list[str]) -> tuple[float, float, float]:
    """The 99th percentile of other requests, when nothing and when a sweep is counted; how long that takes."""
    path = "/v1/plans/mpi-health/terms?on=2021-08-01"

    def p99(until: Callable[[int], bool]) -> float:
        asking, taken = Asking(running.address, key), []
        while not until(len(taken)):
            taken.append(asking.seconds("GET", path)[0])
        return sorted(taken)[max(0, len(taken) * 99 // 100 - 1)]

    p99(lambda count: count == 50)
    idle = p99(lambda count: count == 400)
    question = {
        **ASKED,
        "under": ["current"],
        "sweep": {"path": "continuing_hours", "from": "2014-08-01", "values": values},
    }
    found: list[tuple[float, int, bytes]] = []
    sweeping = threading.Thread(
        target=lambda: found.append(Asking(running.address, key).seconds("POST", "/v1/scenarios", question))
    )
    sweeping.start()
    busy = p99(lambda _: not sweeping.is_alive())
    sweeping.join()
    if found[0][1] == 202:
        # It became a job: until it is done.
        location = json.loads(found[0][2])["id"]
        started, asking, taken = time.perf_counter(), Asking(running.address, key), []
        while json.loads(asking.seconds("GET", f"/v1/jobs/{location}")[2])["state"] != "done":
            taken.append(asking.seconds("GET", path)[0])
        busy = sorted(taken)[max(0, len(taken) * 99 // 100 - 1)]
        return idle, busy, time.perf_counter() - started
    return idle, busy, found[0][0]
