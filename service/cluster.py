"""A scenario counted by an existing Dask cluster: the same parts by the same functions, whose tables add up.

Each worker opens the snapshot from the shared folder, or is sent it once. Dask is not among Hourbank's own packages: it
is there where a cluster is (docs/scale.md).
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from rules.snapshot import Snapshot
from service.simulation import PART, Ground, Inputs, Part, added, counted, ground
from service.snapshot_files import opened

MEMBERS_A_TASK = 8 * PART


class NoDaskError(click.ClickException):
    """Dask is not installed here."""

    def __init__(self) -> None:
        super().__init__("Dask is not installed here: pip install distributed, in the version of the cluster's workers")


@contextmanager
def client_of(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address."""
    try:
        from distributed import Client  # noqa: PLC0415 (only there where a cluster is)
    except ImportError:
        raise NoDaskError from None
    with Client(address) as client:
        yield client


@functools.lru_cache(maxsize=2)
def _ground(inputs: str, folder: str) -> Ground:
    import json  # noqa: PLC0415

    return ground(json.loads(inputs), opened(Path(folder)))


def counted_there(inputs: str, folder: str, first: int, end: int) -> Part:
    """Count some members on a worker, which prepares the ground once."""
    import json  # noqa: PLC0415

    on = _ground(inputs, folder)
    parts = [counted(json.loads(inputs), on, slice(at, min(at + PART, end))) for at in range(first, end, PART)]
    return added(parts)


def evaluated(
    inputs: Inputs, snapshot: Snapshot, folder: Path, address: str, tell: Callable[[int, int], None]
) -> tuple[Ground, Part]:
    """Count all members on a cluster. The folder with the snapshot must be one that its workers see."""
    from service.outcomes import canonical  # noqa: PLC0415 (which itself counts here)

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
            parts[tasks[task]] = task.result()
            tell(min(len(parts) * MEMBERS_A_TASK, snapshot.members), snapshot.members)
    return on, added([parts[first] for first in starts])
