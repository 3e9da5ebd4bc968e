"""P6: a file of 500,000 lines through HTTP into the ledger, against raw COPY of what it became into the same tables.

A real worker answers over a socket: it reads, checks, assesses, records, and says whose cover changes. The floor is
PostgreSQL alone, taking the finished rows of the same file in one transaction into tables with the same indexes and
constraints. Both take turns, each time in a database of its own on one server. The first half of the same file tells
whether the worker's memory grows with the lines.
"""

import contextlib
import datetime
import http.client
import json
import random
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import click
import psycopg
from sqlalchemy import create_engine, insert, make_url, text
from sqlalchemy.orm import Session

from service.auth import create_key
from service.columns import COLUMNS, COPY_LINES
from service.db import make_engine
from service.models import Employer, Member
from service.postgres import database_url
from service.serving import open_database, serving
from service.settings import Settings

IDS = ("P6",)
GOAL, MOST_GROWN_MB = 0.60, 120
MEMBERS, WEEKS, ROUNDS = 20_000, 25, 3
SEED = 20211104
COPY_ROWS = f"COPY (SELECT {', '.join(COLUMNS)} FROM entries ORDER BY id) TO STDOUT"  # noqa: S608 (our own names)
HEAD = {"employer": "ACME", "report": "P6", "agreement": "basic-2018"}
PIECE_BYTES = 1 << 20


def measure() -> Iterator[dict[str, Any]]:
    """The two in turn, and the median of each."""
    body = report(MEMBERS, WEEKS)
    half = b"".join(body.splitlines(keepends=True)[: 1 + MEMBERS * WEEKS // 2])
    over_http, raw, memory = [], [], []
    with server() as home, click.progressbar(range(ROUNDS), file=click.get_text_stream("stderr"), label="P6") as rounds:
        for turn in rounds:
            with database(home, f"http_{turn}") as settings:
                seconds, peak, grown, rows = post(settings, body)
                over_http.append(seconds)
                memory.append((peak, grown))
                with database(home, f"raw_{turn}") as other:
                    raw.append(copy(other, rows, settings))
        with database(home, "half") as settings:
            _, _, grown_by_half, _ = post(settings, half)
    grown = max(grown for _, grown in memory)
    ratio = statistics.median(raw) / statistics.median(over_http)
    yield {
        "id": "P6",
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "holds": ratio >= GOAL and grown <= MOST_GROWN_MB,
        "detail": {
            "goal is at least": GOAL,
            "lines": MEMBERS * WEEKS,
            "members": MEMBERS,
            "file_mb": round(len(body) / 1e6, 1),
            "http_s": [round(each, 2) for each in over_http],
            "raw_copy_s": [round(each, 2) for each in raw],
            "worker_peak_mb": max(peak for peak, _ in memory),
            "worker_grown_mb": {f"{MEMBERS * WEEKS // 2} lines": grown_by_half, f"{MEMBERS * WEEKS} lines": grown},
            "grown at most": MOST_GROWN_MB,
        },
    }


def report(members: int, weeks: int) -> bytes:
    """A clean report: everybody's weeks, hours in tenths as payrolls have them, some with a guarantee."""
    chance = random.Random(SEED)  # noqa: S311 (figures to measure on, no secrets)
    days = [(datetime.date(2021, 1, 9) + datetime.timedelta(weeks=week)).isoformat() for week in range(weeks)]
    jobs = [
        (
            f"35{chance.randrange(10, 60)}",
            chance.choice(["33", "44", "80", "600", "728"]),
            f"{chance.randrange(28, 75)}.{chance.randrange(10)}0",
        )
        for _ in range(members)
    ]
    lines = [
        "member,week_ending,basis,hours_worked,hours_guaranteed,days_worked,scale_rate,occupation,local,production"
    ]
    for day in days:
        for number, (occupation, local, rate) in enumerate(jobs):
            hours = f"{chance.randrange(80, 700) / 10:.1f}0"
            guarantee = chance.choice(["", "", "", "40.00", "60.00"])
            lines.append(
                f"M-{number:06d},{day},hourly,{hours},{guarantee},{chance.randrange(1, 7)},{rate},{occupation},{local},"
                f"Feature {chance.randrange(40)}"
            )
    return ("\n".join(lines) + "\n").encode()


@contextlib.contextmanager
def server() -> Iterator[Path]:
    """A PostgreSQL of the measurement's own, in a folder that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="hb"))
    try:
        database_url(Settings(home=home))
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def database(home: Path, name: str) -> Iterator[Settings]:
    """A new database with the newest tables, the employer and the members."""
    url = make_url(database_url(Settings(home=home)))
    owner = create_engine(url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    settings = Settings(home=home, database_url=url.set(database=name).render_as_string(hide_password=False))
    open_database(settings)
    engine = make_engine(settings.database_url or "")
    now = datetime.datetime.now(datetime.UTC)
    with Session(engine) as session, session.begin():
        session.add(Employer(code="ACME", name="Acme", contributor_class="premium", created_at=now))
        people = [
            {"id": uuid.UUID(int=(number << 64) + 1), "number": f"M-{number:06d}", "name": "P", "created_at": now}
            for number in range(MEMBERS)
        ]
        session.execute(insert(Member), people)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    try:
        yield settings
    finally:
        engine.dispose()
        with owner.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        owner.dispose()


def post(settings: Settings, body: bytes) -> tuple[float, int, int, list[bytes]]:
    """Seconds that one report takes over HTTP, the worker's peak memory and how much of it the report took (MB), and
    the rows that it became."""
    engine = make_engine(settings.database_url or "")
    with Session(engine) as session, session.begin():
        key = create_key(session, "administrator")
    with serving(settings, workers=1) as running:
        address = urlsplit(running.address)
        (worker,) = children(running.process.pid)
        with contextlib.closing(
            http.client.HTTPConnection(address.hostname or "", address.port, timeout=300)
        ) as connection:

            def send(content: bytes, **query: str) -> float:
                headers = {
                    "Authorization": f"Bearer {key}",
                    "Idempotency-Key": uuid.uuid4().hex,
                    "Content-Type": "text/csv",
                }
                started = time.perf_counter()
                connection.request("POST", f"/v1/remittances?{urlencode({**HEAD, **query})}", content, headers)
                answer = connection.getresponse()
                receipt = json.loads(answer.read())
                seconds = time.perf_counter() - started
                if answer.status != 201 or receipt["lines"] != content.count(b"\n") - 1:
                    raise click.ClickException(f"the report was not taken: {json.dumps(receipt)[:500]}")
                return seconds

            # A worker that has been asked before has loaded everything that it will ever need.
            send(b"".join(body.splitlines(keepends=True)[:2]), dry_run="true")
            before = memory_of(worker, "VmRSS")
            seconds = send(body)
            peak = memory_of(worker, "VmHWM")
    with engine.connect() as open_connection:
        driver = open_connection.connection.driver_connection
        with driver.cursor().copy(COPY_ROWS) as copied:
            rows = b"".join(copied)
    engine.dispose()
    return seconds, peak, peak - before, [rows[at : at + PIECE_BYTES] for at in range(0, len(rows), PIECE_BYTES)]


def copy(settings: Settings, rows: list[bytes], source: Settings) -> float:
    """Seconds that PostgreSQL takes for the same rows, with the batch and the remittance that they belong to."""
    with psycopg.connect(plain(source)) as other:
        batch = other.execute("SELECT id, kind, recorded_at, author FROM batches").fetchone()
        remittance = other.execute("SELECT id, employer, report, agreement, lines FROM remittances").fetchone()
    with psycopg.connect(plain(settings)) as connection:
        started = time.perf_counter()
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(COPY_LINES) as copied:
                for piece in rows:
                    copied.write(piece)
            cursor.execute(
                "INSERT INTO remittances (id, employer, report, agreement, lines) VALUES (%s, %s, %s, %s, %s)",
                remittance,
            )
            cursor.execute(
                "INSERT INTO batches (id, kind, recorded_at, author, position) VALUES (%s, %s, %s, %s, 1)", batch
            )
        return time.perf_counter() - started


def plain(settings: Settings) -> str:
    """The database's address as psycopg wants it."""
    return make_url(settings.database_url or "").set(drivername="postgresql").render_as_string(hide_password=False)


def children(process: int) -> list[int]:
    """The processes that a process started."""
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def memory_of(process: int, name: str) -> int:
    """A figure of a process's memory, in MB."""
    (line,) = (line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) // 1024
