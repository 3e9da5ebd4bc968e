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


def spread(work: Callable[[Any], Any], over: Iterable[Any], label: str) -> Iterator[Any]:
    """Do each piece of work in one of several processes and give the results as they come."""
    pieces = list(over)
    processes = min(os.cpu_count() or 1, len(pieces))
    with (
        multiprocessing.get_context("spawn").Pool(processes) as pool,
        click.progressbar(length=len(pieces), label=label, file=sys.stderr) as bar,
    ):
        for result in pool.imap_unordered(work, pieces):
            bar.update(1)
            yield result
