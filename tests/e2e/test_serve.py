"""``hourbank serve`` as a program: one line, then answers, then an orderly end."""

import contextlib
import http.client
import shutil
import signal
import tempfile
import time
import urllib.parse
from pathlib import Path

import pytest


def address_in(line):
    assert line.startswith("Hourbank answers at http://127.0.0.1:")
    return urllib.parse.urlsplit(line.split()[3])


def get(address, path="/health/ready"):
    with contextlib.closing(http.client.HTTPConnection(address.hostname, address.port, timeout=10)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def gone(address):
    for _ in range(100):
        try:
            get(address)
        except OSError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_answers_and_ends_with_0_when_told_to(start, number):
    process = start("serve", "--port", "0", "--workers", "1")
    address = address_in(process.stdout.readline())
    assert [get(address), get(address, "/nothing")] == [200, 404]
    process.send_signal(number)
    rest, err = process.communicate(timeout=10)
    assert (rest, err) == ("", "")
    assert process.returncode == 0
    assert gone(address)


def test_it_goes_on_after_a_reload_and_a_killed_worker(start):
    process = start("serve", "--port", "0", "--workers", "1")
    address = address_in(process.stdout.readline())
    [master] = children(process.pid)
    [worker] = children(master)
    process.send_signal(signal.SIGHUP)
    while children(master) == [worker]:
        time.sleep(0.05)
    assert get(address) == 200
    assert process.poll() is None


def test_a_taken_port_is_one_clear_line(start):
    first = start("serve", "--port", "0", "--workers", "1")
    port = str(address_in(first.stdout.readline()).port)
    second = start("serve", "--port", port)
    out, err = second.communicate(timeout=20)
    assert (second.returncode, out) == (1, "")
    assert err == f"Error: cannot listen on 127.0.0.1 port {port}: Address already in use\n"


def test_nothing_is_left_behind_when_the_command_is_killed(start):
    process = start("serve", "--port", "0", "--workers", "1")
    address = address_in(process.stdout.readline())
    process.kill()
    assert gone(address)


def test_a_killed_command_does_not_keep_the_embedded_database_from_ever_stopping(start):
    home = Path(tempfile.mkdtemp(prefix="hb"))
    embedded = {"DATABASE_URL": "", "HOURBANK_HOME": str(home)}
    process = start("serve", "--port", "0", "--workers", "1", **embedded)
    address_in(process.stdout.readline())
    process.kill()
    process.wait()
    postmaster = home / "postgres/postmaster.pid"
    assert postmaster.exists()
    orderly = start("migrate", **embedded)
    orderly.communicate(timeout=30)
    assert (orderly.returncode, postmaster.exists()) == (0, False)
    shutil.rmtree(home)


def children(pid):
    """The processes that a process started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
