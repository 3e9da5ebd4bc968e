"""Q6: an answer that is asked again at its ``known_at`` after ten times more writes is the same, to the byte.

A round writes a little and asks everything that says what it was known at, most of it about now; then it writes ten
times as much about the same members, reports and employers, and asks again with the positions that the answers named.
"""

import datetime
import functools
import random
from pathlib import Path
from typing import Any, NamedTuple

import click

from rules.warm import warm
from tests.quality.history import FIRST_WEEK, PLAN
from tests.quality.own import Caller, Server, installation, server
from tests.quality.play import Play
from tests.quality.spread import spread

CI = 10_000
RELEASE = 200_000
EACH = 1_000  # answers of one round
WRITES = 20
TIMES = 10
SHOWN = 30
PROPOSED = {"continuing_hours": {"2014-01-01": "450"}}

KINDS = (*("hours", "some hours", "cover", "cover", "cover", "history", "facts", "payments", "statement", "report"),)

Piece = tuple[Path, str, int, int]


class Asked(NamedTuple):
    """A question without its ``known_at``, and what was answered."""

    path: str
    query: dict[str, Any]
    position: int
    body: bytes


def check(count: int) -> int:
    """The number of answers that were not the same the second time."""
    warm()
    home, url = server()
    pieces = [(home, url, first, min(EACH, count - first)) for first in range(0, count, EACH)]
    failures = 0
    for _, changed in spread(changing, pieces, "Q6"):
        for told in changed[: max(0, SHOWN - failures)]:
            click.echo(told, err=True)
        failures += len(changed)
    return failures


def changing(piece: Piece) -> list[str]:
    """The answers of a round that changed."""
    home, url, seed, count = piece
    by = caller(home, url)
    play, rng = Play(by, 1_000_000 + seed), random.Random(seed)
    proposal = proposed(by)
    asked: list[Asked] = []
    for written in range(1, WRITES + 1):
        more(play, rng)
        while len(asked) < count * written // WRITES:
            asked.append(ask(play, rng, proposal))
    for _ in range(WRITES * TIMES):
        more(play, rng)
    again = [by.get(one.path, **one.query, known_at=str(one.position)).body for one in asked]
    changed = [
        f"{one.path} {one.query} at {one.position}" for one, body in zip(asked, again, strict=True) if one.body != body
    ]
    return [*changed, *play.wrong]


def more(play: Play, rng: random.Random) -> None:
    """Write something: mostly reports and corrections."""
    if rng.random() < 0.7:
        play.write()
    else:
        play.other()


def ask(play: Play, rng: random.Random, proposal: str) -> Asked:
    """Ask something, three times of four as it is known now."""
    path, query = question(play, rng, proposal)
    at = None if rng.random() < 0.75 else str(rng.randint(play.began, play.paper.position))
    answer = play.caller.get(path, **query, known_at=at)
    if answer.status == 404 and at is not None:  # a report or payment that was not known then
        answer = play.caller.get(path, **query)
    play.see(answer.status, 200, path)
    return Asked(path, query, answer.json["known_at"], answer.body)


def question(play: Play, rng: random.Random, proposal: str) -> tuple[str, dict[str, Any]]:
    """A question whose answer depends on what is known."""
    member = f"/v1/members/{play.ids[rng.choice(sorted(play.ids))]}"
    employer = rng.choice(sorted(play.paper.employers))
    first = FIRST_WEEK + datetime.timedelta(days=rng.randrange(3000))
    last = first + datetime.timedelta(days=rng.randrange(700))
    under = {"plan": PLAN, "under": ["current", proposal]}
    kind = rng.choice(KINDS)
    if kind == "report" and play.paper.reports:
        return f"/v1/remittances/{rng.choice(sorted(play.paper.reports))}", {}
    return {
        "hours": (f"{member}/hours", {}),
        "some hours": (f"{member}/hours", {"from": str(first), "to": str(last), "limit": "5"}),
        "cover": (f"{member}/coverage", {**under, "on": str(last)}),
        "history": (f"{member}/coverage/history", {**under, "from": str(first), "to": str(last)}),
        "credits": (f"{member}/credits", {}),
        "disputes": (f"{member}/disputes", {}),
        "amendments": (f"/v1/plans/{PLAN}/amendments", {}),
        "payments": ("/v1/payments", {"employer": employer}),
        "statement": (f"/v1/employers/{employer}/statement", {**months(first, last), "on": str(last)}),
    }.get(kind, (f"{member}/facts", {}))


def months(first: datetime.date, last: datetime.date) -> dict[str, str]:
    """A stretch of days as months."""
    return {"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"}


def proposed(by: Caller) -> str:
    """The id of a new proposal."""
    body = {"title": "450 hours", "author": "Local 80", "plan": PLAN, "note": None, "changes": PROPOSED}
    return by.post("/v1/proposals", body).json["id"]


@functools.cache
def caller(home: Path, url: str) -> Caller:
    """This process's own installation."""
    return Caller(installation(Server(home, url)))
