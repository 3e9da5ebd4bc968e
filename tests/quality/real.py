"""A real service for the checks that kill: gunicorn behind a socket, PostgreSQL, callers who do not give up."""

import contextlib
import http.client
import json
import os
import signal
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from service.serving import serving
from service.settings import Settings
from tests.quality.own import Answer, administrators_key

PATIENCE_S = 60.0
BETWEEN_TRIES_S = 0.05
LINES = 5
GONE = (OSError, http.client.HTTPException)


class Service:
    """A service that is running: its address, its gunicorn, its database, and a key for it."""

    def __init__(self, settings: Settings, address: str, master: int) -> None:
        self.settings, self.address, self.master = settings, urllib.parse.urlsplit(address), master
        self.key = administrators_key(settings)

    def workers(self) -> list[int]:
        """The processes that answer."""
        return [int(pid) for pid in Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()]

    def kill_worker(self) -> None:
        """End the process that answers, without a word."""
        for worker in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    def owner(self) -> psycopg.Connection[Any]:
        """A new connection of the owner, outside any transaction."""
        url = make_url(self.settings.database_url or "").set(drivername="postgresql")
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True, application_name="check")


class Line:
    """A connection to a service, made again whenever it is gone."""

    def __init__(self, service: Service) -> None:
        self.service, self.connection = service, self.fresh(service)

    @staticmethod
    def fresh(service: Service) -> http.client.HTTPConnection:
        """A connection that is made when it is first used."""
        return http.client.HTTPConnection(service.address.hostname or "", service.address.port, timeout=PATIENCE_S)

    def send(self, path: str, body: Any, key: str) -> Answer:
        """Send something once. OSError or HTTPException if no answer comes."""
        headers = {"Authorization": f"Bearer {self.service.key}", "Idempotency-Key": key}
        try:
            self.connection.request("POST", path, json.dumps(body), {**headers, "Content-Type": "application/json"})
            found = self.connection.getresponse()
            data = found.read()
        except GONE:
            self.connection.close()
            self.connection = self.fresh(self.service)
            raise
        replayed = found.getheader("Idempotency-Replayed") is not None
        return Answer(found.status, data, json.loads(data) if data else None, replayed)

    def close(self) -> None:
        """Close it."""
        self.connection.close()

    def insist(self, path: str, body: Any, key: str) -> Answer:
        """Send something again and again, until it is answered with anything but 409 and 5xx."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(*GONE):
                answer = self.send(path, body, key)
                if answer.status < 500 and answer.status != 409:
                    return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} {key} was not answered within {PATIENCE_S} s")
            time.sleep(BETWEEN_TRIES_S)


@contextlib.contextmanager
def real_service(settings: Settings, workers: int) -> Iterator[Service]:
    """A service on an installation, with an employer and members to report about."""
    with contextlib.ExitStack() as stack:
        with said_into(settings.home / "service.log"):
            running = stack.enter_context(serving(settings, workers=workers))
        service = Service(settings, running.address, running.process.pid)
        with contextlib.closing(Line(service)) as line:
            line.insist("/v1/employers", {"code": "ACME", "name": "Acme"}, "check-employer-ACME")
            for number in range(LINES):
                line.insist("/v1/members", {"number": f"M-{number}", "name": "M"}, f"check-member-{number:08}")
        yield service


@contextlib.contextmanager
def said_into(path: Path) -> Iterator[None]:
    """Let what is started within say into a file what it would say on standard error: every time that it was killed."""
    before = os.dup(2)
    try:
        with path.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def report(name: str) -> dict[str, Any]:
    """A report of several lines."""
    lines = [{"member": f"M-{number}", "week_ending": "2021-07-31", "hours_worked": "40.00"} for number in range(LINES)]
    return {"employer": "ACME", "report": name, "agreement": "basic-2018", "lines": lines}


# For each report of a name: how often it is there, its lines, and the answers kept for it.
EFFECTS = """
SELECT report, count(DISTINCT remittances.id), count(entries.id),
       (SELECT count(*) FROM idempotency_keys WHERE key = report),
       (SELECT count(*) FROM audit WHERE subject = '/v1/remittances/' || min(remittances.id::text))
FROM remittances LEFT JOIN entries ON remittance_id = remittances.id
GROUP BY report
"""
ORDER = "SELECT (SELECT position FROM ledger_head), count(*), coalesce(max(position), 0) FROM batches"


def unlike(service: Service, answered: dict[str, Answer]) -> list[str]:
    """What is lost, doubled or partial, of reports that were sent under their names as keys and answered in the end."""
    with contextlib.closing(service.owner()) as connection:
        effects = {name: tuple(counts) for name, *counts in connection.execute(EFFECTS)}
        head, batches, last = connection.execute(ORDER).fetchone() or (0, 0, 0)
    wrong = [
        f"{name}: reports, lines, keys and audit lines are {effects.get(name)}"
        for name in answered
        if effects.get(name) != (1, LINES, 1, 1)
    ]
    wrong += [f"{name} was never sent" for name in effects.keys() - answered.keys()]
    wrong += [f"{name}: {one.status} {one.body[:200]!r}" for name, one in answered.items() if one.status != 201]
    positions = [one.json["position"] for one in answered.values() if one.status == 201]
    if len(set(positions)) != len(positions):
        wrong.append("two answers name one position")
    if not head == batches == last:
        wrong.append(f"the head is {head}, there are {batches} batches up to {last}")
    return wrong


def until(holds: Callable[[], Any], what: str, within_s: float = 30.0) -> Any:
    """Wait until something holds; what it gives."""
    deadline = time.monotonic() + within_s
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {within_s:.0f} s")
        time.sleep(0.01)
    return found
