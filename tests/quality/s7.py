"""S7: every bad upload is refused with 4xx and a problem, in less than 2 s and 200 MB, and leaves nothing behind.

Each is sent once to a real service with one worker, whose memory and time are looked at. What is counted is files; the
size of the line is all that there are. The files of refused rows that come of it are fetched: no cell in them is one
that a spreadsheet takes for a formula. No other export is made for spreadsheets.
"""

import contextlib
import csv
import http.client
import io
import json
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import psycopg

from service.intake import XLSX
from service.roles import LEDGER
from tests.quality.own import installation, server
from tests.quality.real import Line, Service, real_service, report
from tests.service.bad_files import BAD_FILES
from tests.service.bad_workbooks import BAD_NDJSON, BAD_WORKBOOKS
from tests.service.foreign_files import CSV, LARGE, NDJSON, OTHERS

MOST_SECONDS, MOST_GROWTH_KIB = 2.0, 200 << 10
PATIENCE_S = 60.0
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PLACED = {CSV: BAD_FILES, XLSX: BAD_WORKBOOKS, NDJSON: BAD_NDJSON}
QUERY = urllib.parse.urlencode({"employer": "ACME", "report": "bad", "agreement": "basic-2018"})


class Upload(NamedTuple):
    """A file, and the form it is said to have."""

    name: str
    form: str
    make: Callable[[], bytes]


class Answer(NamedTuple):
    """What came back."""

    status: int
    form: str
    body: bytes


UPLOADS = [
    *(Upload(name, form, lambda data=found[0]: data) for form, all in PLACED.items() for name, found in all.items()),
    *(Upload(name, form, lambda data=data: data) for name, (form, data) in OTHERS.items()),
    *(Upload(name, form, make) for name, (form, make) in LARGE.items()),
    Upload("one line of 65 MiB", CSV, lambda: b"x" * (65 << 20)),
]
CI = RELEASE = len(UPLOADS)


def check(count: int) -> int:
    """The number of uploads with which anything was not as it should be."""
    click.echo(f"S7: {len(UPLOADS)} bad files", err=True)
    failures = 0
    with receiving() as (service, owner), click.progressbar(UPLOADS[:count], label="S7", file=sys.stderr) as bar:
        for number, upload in enumerate(bar):
            wrong = faults(service, owner, upload, f"check-upload-{number:06}")
            failures += bool(wrong)
            if wrong:
                click.echo(f"{upload.name}: {'; '.join(wrong)}", err=True)
    return failures


@contextlib.contextmanager
def receiving() -> Iterator[tuple[Service, psycopg.Connection[Any]]]:
    """A service of one worker with the members of the files and one report, and its database as the owner sees it."""
    with real_service(installation(server()), workers=1) as service, contextlib.closing(service.owner()) as owner:
        with contextlib.closing(Line(service)) as line:
            for number in (1, 2):
                named = {"number": f"M-00000{number}", "name": "M"}
                line.insist("/v1/members", named, f"check-member-of-files-{number}")
            line.insist("/v1/remittances", report("before"), "check-report-before-files")
        yield service, owner


class Sender:
    """One connection to the service."""

    def __init__(self, service: Service) -> None:
        self.key = service.key
        self.connection = http.client.HTTPConnection(
            service.address.hostname or "", service.address.port, timeout=PATIENCE_S
        )

    def send(self, path: str, form: str, body: bytes, key: str) -> Answer:
        """Post a file. Where the service has answered before it was all sent, no more is sent."""
        with contextlib.suppress(BrokenPipeError):
            self.connection.request("POST", path, body, {**self.head(), "Content-Type": form, "Idempotency-Key": key})
        return self.answer()

    def get(self, path: str) -> Answer:
        """Fetch a file."""
        self.connection.request("GET", path, headers=self.head())
        return self.answer()

    def head(self) -> dict[str, str]:
        """Who asks."""
        return {"Authorization": f"Bearer {self.key}"}

    def answer(self) -> Answer:
        """What comes back."""
        found = self.connection.getresponse()
        return Answer(found.status, found.getheader("Content-Type") or "", found.read())

    def close(self) -> None:
        """Close it."""
        self.connection.close()


def faults(
    service: Service, owner: psycopg.Connection[Any], upload: Upload, key: str, again: bool = False
) -> list[str]:
    """What is wrong with the answer to an upload, with the worker after it, and with the ledger.

    One that takes too long is sent ``again``: a machine may have been busy with something else, but not twice.
    """
    data, before = upload.make(), state(owner)
    (worker,) = service.workers()
    held = peak_from_now(worker)
    with contextlib.closing(Sender(service)) as sender:
        started = time.perf_counter()
        try:
            answer = sender.send(f"/v1/remittances?{QUERY}", upload.form, data, key)
        except (OSError, http.client.HTTPException) as gone:
            return [f"no answer: {gone!r}"]
        seconds = time.perf_counter() - started
        grown = 0 if service.workers() != [worker] else memory(worker, "VmHWM") - held
        wrong = unlike_a_problem(answer)
        if service.workers() != [worker]:
            wrong.append("the worker is gone")
        if seconds >= MOST_SECONDS and not (again or wrong):
            return faults(service, owner, upload, f"{key}-again", again=True)
        if seconds >= MOST_SECONDS:
            wrong.append(f"{seconds:.2f} s")
        if grown >= MOST_GROWTH_KIB:
            wrong.append(f"{grown >> 10} MB more")
        if state(owner) != before:
            wrong.append("something of it is in the ledger")
        rows = None if wrong else json.loads(answer.body).get("refused_rows")
        return wrong + (formulas(sender.get(rows)) if rows else [])


def unlike_a_problem(answer: Answer) -> list[str]:
    """What is wrong with an answer that should be a refusal."""
    if not 400 <= answer.status < 500 or answer.form != "application/problem+json":
        return [f"{answer.status} {answer.form}: {answer.body[:200]!r}"]
    problem = json.loads(answer.body)
    missing = [name for name in ("type", "title", "status", "detail", "request_id") if not problem.get(name)]
    return [f"no {name} in the problem" for name in missing]


def formulas(file: Answer) -> list[str]:
    """The cells of a file of refused rows that a spreadsheet would take for formulas."""
    if (file.status, file.form.partition(";")[0]) != (200, "text/csv"):
        return [f"the refused rows are {file.status} {file.form}"]
    rows = csv.reader(io.StringIO(file.body.decode(), newline=""))
    return [f"a formula: {cell[:40]!r}" for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]


def state(owner: psycopg.Connection[Any]) -> tuple[Any, ...]:
    """The ledger's position, and how many rows every table of the ledger has, members and employers too."""
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in (*LEDGER, "members", "employers"))
    return owner.execute(f"SELECT (SELECT position FROM ledger_head), {counts}").fetchone() or ()  # type: ignore[arg-type]


def memory(process: int, name: str) -> int:
    """A figure of a process's memory, in KiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def peak_from_now(process: int) -> int:
    """Begin to count a process's peak from now on; what it holds now, in KiB."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return memory(process, "VmRSS")
