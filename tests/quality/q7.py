"""Q7: a whole history, exported into a file and imported into an empty base, gives the same answers to the byte.

Everything is asked about everybody, now and at positions all along; exported again, the copy gives the same file.
"""

import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from rules.warm import warm
from service import ledger_files
from service.db import make_engine
from service.ledger_files import Summary
from service.serving import disposing
from service.settings import Settings
from tests.quality import q6
from tests.quality.own import Caller, installation, server
from tests.quality.play import Play

CI = RELEASE = 1
HISTORIES, WRITES, ASKED = 4, 60, 1_000


def check(count: int) -> int:
    """The number of copies that answer anything otherwise. Each is of a history of its own."""
    warm()
    return sum(differs(seed) > 0 for seed in range(count))


def differs(seed: int, writes: int = WRITES, asked: int = ASKED) -> int:
    """How many answers of a copy are not those of what it was copied from."""
    rng = random.Random(seed)
    first = Caller(installation(server()))
    plays = [Play(first, 2_000_000 + seed * HISTORIES + number) for number in range(HISTORIES)]
    proposal = q6.proposed(first)
    with click.progressbar(range(writes * HISTORIES), label="Q7 writing", file=sys.stderr) as bar:
        for _ in bar:
            play = rng.choice(plays)
            play.paper.position = first.get(f"/v1/members/{play.ids[min(play.ids)]}/hours").json["known_at"]
            if rng.random() < 0.7:
                play.step()
            else:
                play.other()
    questions = [ask for play in plays for ask in everything(play, rng, proposal, asked // HISTORIES)]
    answers = [first.get(path, **query).body for path, query in questions]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("first.gz", "second.gz")]
        done = [exported(first.settings, files[0])]
        second = Caller(imported(files[0]))
        done.append(exported(second.settings, files[1]))
    found = [second.get(path, **query).body for path, query in questions]
    unlike = [asked for asked, one, other in zip(questions, answers, found, strict=True) if one != other]
    for path, query in unlike[:10]:
        click.echo(f"{seed}: {path} {query}", err=True)
    first.close()
    second.close()
    return len(unlike) + (done[0] != done[1])


def everything(play: Play, rng: random.Random, proposal: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Questions about a history's members, employers and reports: now, and at positions all along."""
    asked: list[tuple[str, dict[str, Any]]] = [(f"/v1/members/{member}", {}) for member in play.ids.values()]
    asked += [(f"/v1/employers/{employer}", {}) for employer in play.paper.employers]
    for _ in range(count):
        path, query = q6.question(play, rng, proposal)
        at = None if rng.random() < 0.3 else str(rng.randint(0, play.paper.position))
        asked.append((path, {**query, "known_at": at}))
    return asked


def exported(settings: Settings, path: Path) -> Summary:
    """Export an installation's ledger."""
    with disposing(make_engine(settings.database_url or "")) as engine:
        return ledger_files.write(engine, settings, path, lambda _: None, lambda _: None)


def imported(path: Path) -> Settings:
    """A new installation with an imported ledger."""
    settings = installation(server())
    with disposing(make_engine(settings.database_url or "")) as engine:
        ledger_files.read(engine, settings, path, lambda _: None, lambda _: None)
    return settings
