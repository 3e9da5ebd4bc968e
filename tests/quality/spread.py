"""Spreading the work of a check over the cores, with a progress bar on standard error."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click

from rules import terms
from tests.histories_terms import GROUP

Job = tuple[str, int, int]  # a plan, and the seeds from one up to before another


def jobs(count: int, plans: Sequence[str] = (), each: int = GROUP) -> list[Job]:
    """So many histories, equally many of each plan, in jobs of at most so many under the same terms."""
    plans = plans or terms.names()
    share = -(-count // len(plans))
    return [(plan, seed, min(seed + each, share)) for seed in range(0, share, each) for plan in plans]


def spread(
    work: Callable[[Any], Any], over: Iterable[Any], label: str, compiled: bool = True
) -> Iterator[tuple[Any, Any]]:
    """Do each piece of work in one of several processes; give the pieces with their results as they come."""
    pieces = list(over)
    before = os.environ.get("NUMBA_DISABLE_JIT")
    if not compiled:
        os.environ["NUMBA_DISABLE_JIT"] = "1"  # for the processes that start now
    try:
        pool = multiprocessing.get_context("spawn").Pool(min(os.cpu_count() or 1, len(pieces)))
    finally:
        if not compiled:
            del os.environ["NUMBA_DISABLE_JIT"]
            os.environ.update({} if before is None else {"NUMBA_DISABLE_JIT": before})
    with pool, click.progressbar(length=len(pieces), label=label, file=sys.stderr) as bar:
        for place, result in pool.imap_unordered(_Numbered(work), enumerate(pieces)):
            bar.update(1)
            yield pieces[place], result


class _Numbered:
    """Work whose results carry the place of their piece."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work

    def __call__(self, piece: tuple[int, Any]) -> tuple[int, Any]:
        return piece[0], self.work(piece[1])
