"""Q5: random histories through the HTTP API and PostgreSQL are what they are on paper.

Reports posted early and late and out of order, sent again with the same key, corrected, taken back, put back, moved to
another employer, member or week, and refused; read as they stand and as they stood. Every answer is held against
``ledger_model.py``, and cover against the oracle. ``python -m tests.quality.q5 SEED`` plays one history again.
"""

import functools
import sys
from pathlib import Path

import click

from rules.warm import warm
from tests.quality.own import Caller, Server, installation, server
from tests.quality.play import Play
from tests.quality.spread import spread

CI = 2_000
RELEASE = 20_000
STEPS = 25
EACH = 20  # histories in one piece of work
SHOWN = 30

Piece = tuple[Path, str, int, int]


def check(count: int) -> int:
    """The number of histories in which anything is answered otherwise than the paper says."""
    warm()
    home, url = server()
    pieces = [(home, url, seed, min(seed + EACH, count)) for seed in range(0, count, EACH)]
    failures, shown = 0, 0
    for _, wrong in spread(differing, pieces, "Q5"):
        failures += len(wrong)
        for told in wrong:
            shown += 1
            if shown <= SHOWN:
                click.echo(told, err=True)
    return failures


def differing(piece: Piece) -> list[str]:
    """The first thing that is wrong in each history of a piece in which something is."""
    home, url, first, end = piece
    return [wrong[0] for seed in range(first, end) if (wrong := played(caller(home, url), seed))]


def played(by: Caller, seed: int) -> list[str]:
    """What is wrong in one history."""
    try:
        play = Play(by, seed)
        for _ in range(STEPS):
            play.step()
        play.read_all()
    except Exception as failure:  # the history is to be played again
        return [f"{seed}: {type(failure).__name__}: {failure}"]
    return play.wrong


@functools.cache
def caller(home: Path, url: str) -> Caller:
    """This process's own installation, in which histories follow each other."""
    return Caller(installation(Server(home, url)))


if __name__ == "__main__":
    for line in played(caller(*server()), int(sys.argv[1])):
        click.echo(line)
