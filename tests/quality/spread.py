"""Spreading the work of a check over the cores, with a progress bar on standard error."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
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
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(pieces)), mp_context=context) as pool:
        if not compiled:
            os.environ["NUMBA_DISABLE_JIT"] = "1"  # for the processes that start now
        try:
            asked = {pool.submit(work, piece): piece for piece in pieces}
        finally:
            if not compiled:
                del os.environ["NUMBA_DISABLE_JIT"]
                os.environ.update({} if before is None else {"NUMBA_DISABLE_JIT": before})
        with click.progressbar(length=len(pieces), label=label, file=sys.stderr) as bar:
            for done in as_completed(asked):
                bar.update(1)
                yield asked[done], done.result()


def named(how: str, plan: str, seeds: Sequence[int]) -> int:
    """The number of histories that differ in some way; they are named on standard error, to be asked again."""
    if seeds:
        click.echo(f"{plan} differs {how}: {', '.join(map(str, seeds[:10]))}{' ...' * (len(seeds) > 10)}", err=True)
    return len(seeds)


def wanting(tried: dict[str, int], count: int) -> int:
    """How many properties were tried on fewer histories than they should be; on how many each was is told."""
    click.echo(", ".join(f"{name} {cases}" for name, cases in tried.items()), err=True)
    few = [name for name, cases in tried.items() if cases < count]
    if few:
        click.echo(f"tried on fewer than {count:,} histories: {', '.join(few)}", err=True)
    return len(few)
