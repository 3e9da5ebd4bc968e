"""R1: of so many copies of one request at once there is one effect, and every answer is the same, or 409."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import click

from tests.quality.own import Answer, installation, server
from tests.quality.real import LINES, Line, real_service, report

CI = 500
RELEASE = 5_000
COPIES = 32
WORKERS = 2
SHOWN = 30
COUNTS = {
    "report": f"SELECT count(DISTINCT remittances.id), count(entries.id) = {LINES} FROM remittances "
    "JOIN entries ON remittance_id = remittances.id AND batch_id = remittances.id WHERE report = %s",
    "correction": "SELECT count(DISTINCT batches.id), count(*) = 2 FROM batches "
    "JOIN entries ON batch_id = batches.id WHERE reason = %s",
    "member": "SELECT count(*), true FROM members WHERE number = %s",
    "fact": "SELECT count(*), true FROM facts WHERE detail ->> 'claim' = %s",
    "proposal": "SELECT count(*), true FROM proposals WHERE title = %s",
}


class Request(NamedTuple):
    """What is sent in many copies. Its name is its key too, and what its effect is found by."""

    kind: str
    name: str
    path: str
    body: dict[str, Any]


def check(count: int) -> int:
    """The number of requests that had no effect or several, or answers that differ."""
    failures = 0
    with (
        real_service(installation(server()), WORKERS) as service,
        ThreadPoolExecutor(COPIES) as threads,
        click.progressbar(length=count, label="R1", file=sys.stderr) as bar,
        contextlib.closing(service.owner()) as owner,
        contextlib.ExitStack() as stack,
    ):
        lines = [stack.enter_context(contextlib.closing(Line(service))) for _ in range(COPIES)]
        for request in requests(lines[0], count):
            wrong = differing(sent_at_once(lines, threads, request))
            found = owner.execute(COUNTS[request.kind], [request.name]).fetchone()
            if found != (1, True):
                wrong = f"{found} effects"
            if wrong:
                failures += 1
                if failures <= SHOWN:
                    click.echo(f"{request.kind} {request.name}: {wrong}", err=True)
            bar.update(1)
    return failures


def requests(line: Line, count: int) -> Iterator[Request]:
    """Requests of several kinds."""
    corrected = line.insist("/v1/remittances", report("corrected"), "check-corrected-report").json["id"]
    member = line.insist("/v1/members", {"number": "M-fact", "name": "M"}, "check-member-of-facts").json["id"]
    for number in range(count):
        name = f"check-copies-{number:08}"
        hours = {"line": 1 + number % LINES, "hours_worked": f"{number % 60 + 1}.25"}
        claim = {"kind": "disability", "claim": name, "from": "2020-01-01", "to": "2020-01-02"}
        changes = {"continuing_hours": {"2021-08-01": "450"}}
        whole = {"title": name, "author": "L80", "plan": "mpi-health", "note": None, "changes": changes}
        kinds = [
            Request("report", name, "/v1/remittances", report(name)),
            Request("correction", name, f"/v1/remittances/{corrected}/corrections", {"reason": name, "lines": [hours]}),
            Request("report", name, "/v1/remittances", report(name)),
            Request("member", name, "/v1/members", {"number": name, "name": "M"}),
            Request("proposal", name, "/v1/proposals", whole),
        ]
        some = number < 80 and number % 10 == 9  # a member has not room for many claims
        yield Request("fact", name, f"/v1/members/{member}/facts", claim) if some else kinds[number % len(kinds)]


def sent_at_once(lines: list[Line], threads: ThreadPoolExecutor, request: Request) -> list[Answer]:
    """The answers to all copies."""
    start = threading.Barrier(COPIES)

    def send(line: Line) -> Answer:
        start.wait(timeout=60)
        return line.send(request.path, request.body, request.name)

    return list(threads.map(send, lines))


def differing(answers: list[Answer]) -> str:
    """What is wrong with the answers, if anything."""
    statuses = sorted({answer.status for answer in answers})
    if not {201} <= set(statuses) <= {201, 409}:
        return f"statuses {statuses}"
    if len({answer.body for answer in answers if answer.status == 201}) != 1:
        return "several answers"
    if sum(answer.status == 201 and not answer.replayed for answer in answers) != 1:
        return "not one first answer"
    if any(answer.json["type"] != "/problems/still-running" for answer in answers if answer.status == 409):
        return "a 409 for another reason"
    return ""
