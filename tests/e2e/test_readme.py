"""The README's commands, run as they stand there by a shell; those of the three jobs against a real server."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, ROOT

PLAIN_CURL = Path(__file__).with_name("plain_curl.py")


@pytest.fixture
def programs(tmp_path):
    """A folder with ``hourbank`` run by this Python, and with a curl where the machine has none."""
    (tmp_path / "hourbank").write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    if not shutil.which("curl"):
        (tmp_path / "curl").write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, str(PLAIN_CURL)])} "$@"\n')
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    return tmp_path


def blocks_of(heading):
    """The shell commands of a section of the README."""
    section = re.split(r"^## ", (ROOT / "README.md").read_text().split(f"## {heading}\n")[1], flags=re.M)[0]
    return re.findall(r"^```sh\n(.*?)^```", section, flags=re.M | re.S)


def test_any_plan(programs, environment):
    [block] = blocks_of("Any plan")
    ran = subprocess.run(
        ["sh", "-euc", block.replace("./hourbank", "hourbank")],
        cwd=ROOT,
        env=environment | {"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for told in ("examples pass", "plan-b", "400", "Union Roofers"):
        assert told in ran.stdout


def test_the_three_jobs(programs, environment):
    blocks = blocks_of("The three jobs")
    assert len(blocks) == 5
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = "\n".join(blocks).replace("./hourbank serve", f"hourbank serve --port {port} >&2")
    script = script.replace("./hourbank", "hourbank").replace(":8000", f":{port}")
    # Into files, not pipes: where the script fails, the service it started would keep a pipe open.
    with (programs / "out").open("w+") as out, (programs / "err").open("w+") as err:
        process = subprocess.Popen(
            ["sh", "-euc", script + "kill $!\nwait $!\n"],
            cwd=ROOT,
            env=environment | {"PATH": f"{programs}:{os.environ['PATH']}"},
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=120)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        told, errors = ((programs / name).read_text() for name in ("out", "err"))
    assert status == 0, told + errors
    # Answers over HTTP are a line of JSON each; between them the command line answers in sentences.
    sentences = [line for line in told.splitlines() if not line.startswith("{")]
    assert (
        sentences[0] == "M-000123 on 2022-05-15 under current: covered from 2022-04-01 until 2022-09-30 (route: hours)"
    )
    answers = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    employer, member, receipt, answer, compared = answers
    assert (employer["code"], member["number"]) == ("ACME", "M-000123")
    assert (receipt["lines"], receipt["hours"]) == (20, "1050.00")
    [alone] = answer["determinations"]
    assert alone["covered"]
    current, proposed = compared["determinations"]
    assert current == alone
    assert (current["hours"]["counted"], current["hours"]["required"]) == ("420.00", "400.00")
    assert (proposed["covered"], proposed["hours"]["required"]) == (False, "450.00")
    assert proposed["terms"]["name"] == "450 hours"
