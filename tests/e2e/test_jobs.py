"""A real service carries out jobs by itself, goes on with them when a worker is killed, and takes bodies in chunks."""

import http.client
import json
import os
import signal
import socket
import time
import urllib.parse
import uuid
from pathlib import Path

import pytest

HEADER = "member,week_ending,hours_worked\n"
QUERY = urllib.parse.urlencode({"employer": "ACME", "agreement": "basic-2018"})


def children(process):
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


class Caller:
    """Calls a service as an administrator."""

    def __init__(self, address, key):
        self.address, self.key = address, key

    def __call__(self, method, path, body=None, kind="application/json", **headers):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": kind, "Idempotency-Key": uuid.uuid4().hex}
        connection.request(method, path, body, {**sent, **headers})
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        return answer, told


@pytest.fixture
def service(start):
    """A service with one worker, its process, and who calls it."""
    process = start("serve", "--port", "0", "--workers", "1")
    address = urllib.parse.urlsplit(process.stdout.readline().split()[3])
    keys = start("keys", "create", "--role", "administrator")
    call = Caller(address, keys.communicate(timeout=60)[0].strip())
    call("POST", "/v1/employers", json.dumps({"code": "ACME", "name": "Acme"}))
    return process, call


def ended(call, path):
    """A job when it is done, asked for over and over."""
    for _ in range(600):
        try:
            _, job = call("GET", path)
        except OSError:
            job = {"state": "not asked"}
        if job["state"] == "done":
            return job
        time.sleep(0.1)
    raise AssertionError(job)


def test_a_killed_workers_job_is_done_once_by_the_next(service):
    process, call = service
    members = [f"M-{number:06d}" for number in range(3)]
    for member in members:
        assert call("POST", "/v1/members", json.dumps({"number": member, "name": "P"}))[0].status == 201
    rows = "".join(
        f"{member},2021-{month:02}-{day:02},8\n" for member in members for month in range(1, 13) for day in range(1, 28)
    )
    paths = []
    for number in range(6):
        path = f"/v1/remittances?{QUERY}&report=R{number}"
        answer, job = call("POST", path, HEADER + rows, "text/csv", Prefer="respond-async")
        assert (answer.status, job["state"]) == (202, "waiting")
        paths.append(answer.headers["Location"])
    [master] = children(process.pid)
    for _ in range(3):
        for worker in children(master):
            os.kill(worker, signal.SIGKILL)
        time.sleep(0.7)
    jobs = [ended(call, path) for path in paths]
    assert {job["status"] for job in jobs} == {201}
    positions = [job["answer"]["position"] for job in jobs]
    assert sorted(positions) == list(range(1, 7))
    for job in jobs:
        _, told = call("GET", f"/v1/remittances/{job['answer']['id']}?limit=1")
        assert told["hours"] == f"{8 * 3 * 12 * 27}.00"


def test_a_body_without_an_announced_length_is_taken_whole_or_not_at_all(service):
    _, call = service
    assert call("POST", "/v1/members", json.dumps({"number": "M-000009", "name": "P"}))[0].status == 201
    days = [f"{2000 + number // 300}-{1 + number // 25 % 12:02}-{1 + number % 25:02}" for number in range(6000)]
    lines = [HEADER, *(f"M-000009,{day},8\n" for day in days)]
    path, key = f"/v1/remittances?{QUERY}&report=chunks", {"Idempotency-Key": uuid.uuid4().hex}
    with socket.create_connection((call.address.hostname, call.address.port), timeout=60) as broken:
        named = {"Host": "x", "Authorization": f"Bearer {call.key}", "Content-Type": "text/csv", **key}
        head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
        broken.sendall("\r\n".join([*head, "Transfer-Encoding: chunked", "", ""]).encode())
        for piece in map(str.encode, lines[:3000]):
            broken.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        broken.shutdown(socket.SHUT_WR)
        assert broken.recv(1000).startswith(b"HTTP/1.1 400 ")
    answer, receipt = call("POST", path, map(str.encode, lines), "text/csv", **key)
    assert (answer.status, receipt["lines"]) == (201, 6000)
    answer, again = call("POST", path, "".join(lines), "text/csv", **key)
    assert (answer.headers["Idempotency-Replayed"], again) == ("true", receipt)
