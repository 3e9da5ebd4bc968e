"""R2: whenever the process that answers is killed, nothing acknowledged is lost, doubled or partial.

At five named points (``points.py``) and at any moment with several callers at work. Whoever got no answer sends
the same request with the same key again.
"""

import random
import sys
from concurrent.futures import ThreadPoolExecutor

import click

from tests.quality.own import installation, new_server
from tests.quality.points import BESIDE, POINTS, Trials
from tests.quality.real import real_service

CI = 100
RELEASE = 1_000
SHOWN = 30


def check(count: int) -> int:
    """The number of kills after which anything was not as it should be."""
    rng, failures = random.Random(2), 0
    with (
        real_service(installation(new_server()), workers=1) as service,
        ThreadPoolExecutor(BESIDE) as threads,
        click.progressbar(range(count), label="R2", file=sys.stderr) as bar,
    ):
        trials = Trials(service, threads)
        for number in bar:
            place = (*POINTS, "at random")[number % (len(POINTS) + 1)]
            try:
                if place == "at random":
                    wrong = trials.at_random(rng, lambda _: service.kill_worker())
                else:
                    wrong = trials.at_point(place, lambda _: service.kill_worker())
            except TimeoutError as late:
                wrong = [str(late)]
            failures += bool(wrong)
            for told in wrong[: SHOWN // (failures or 1)]:
                click.echo(f"{number} {place}: {told}", err=True)
    return failures
