"""A scenario counted by an existing Dask cluster: the same parts by the same functions, whose tables add up.

Each worker maps the snapshot from a folder that all of them see. Dask is not among Hourbank's own packages: it is there
where a cluster is (docs/scale.md).
"""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rules import engine
from rules.snapshot import Snapshot
from service.outcomes import canonical
from service.simulation import PART, Ground, Inputs, Part, added, counted, current, ground
from service.snapshot_files import SnapshotError, opened

MEMBERS_A_TASK = 8 * PART
WAIT_S = 20  # for the scheduler, and for the first of its workers


class ClusterError(Exception):
    """A cluster cannot count a scenario; the message says why, and what to do."""


@contextmanager
def client_of(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address, which has workers. Raises :class:`ClusterError` without one."""
    try:
        from distributed import Client  # noqa: PLC0415 (only there where a cluster is)
    except ImportError:
        raise ClusterError("Dask is not installed here: pip install --no-deps -r requirements-bench.lock") from None
    try:
        client = Client(address, timeout=WAIT_S)
    except (OSError, ValueError) as wrong:
        raise ClusterError(f"no scheduler answers at {address}: {wrong}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT_S)
        except TimeoutError:
            raise ClusterError(f"the scheduler at {address} has no workers") from None
        yield client


@functools.lru_cache(maxsize=2)
def _ground(inputs: str, folder: str) -> Ground:
    asked = json.loads(inputs)
    if (engine.version(), current(asked).version) != (asked["engine"], asked["terms"]):
        raise ClusterError("a worker has another version of Hourbank's rules, and would count otherwise")
    try:
        return ground(asked, opened(Path(folder)))
    except SnapshotError as wrong:
        raise ClusterError(f"a worker cannot read {folder}, which all of them must see: {wrong}") from None


def counted_there(inputs: str, folder: str, first: int, end: int) -> Part:
    """Count some members on a worker, which prepares the ground once. Raises :class:`ClusterError` where it cannot."""
    on = _ground(inputs, folder)
    parts = [counted(json.loads(inputs), on, slice(at, min(at + PART, end))) for at in range(first, end, PART)]
    return added(parts)


def evaluated(
    inputs: Inputs, snapshot: Snapshot, folder: Path, address: str, tell: Callable[[int, int], None]
) -> tuple[Ground, Part]:
    """Count all members on a cluster. The folder with the snapshot must be one that its workers see.

    Raises what counting here would raise, and :class:`ClusterError` for what is wrong with the cluster.
    """
    on, said = ground(inputs, snapshot), canonical(inputs)
    starts = range(0, max(1, snapshot.members), MEMBERS_A_TASK)
    with client_of(address) as client:
        from distributed import as_completed  # noqa: PLC0415

        tasks = {
            client.submit(
                counted_there, said, str(folder), first, min(first + MEMBERS_A_TASK, snapshot.members), pure=False
            ): first
            for first in starts
        }
        parts: dict[int, Part] = {}
        for task in as_completed(list(tasks)):
            try:
                parts[tasks[task]] = task.result()
            except (ClusterError, LookupError, ValueError):
                raise
            except Exception as wrong:
                raise ClusterError(f"a worker failed: {type(wrong).__name__}: {wrong}") from wrong
            tell(min(len(parts) * MEMBERS_A_TASK, snapshot.members), snapshot.members)
    return on, added([parts[first] for first in starts])
