"""The README's three jobs, run as they stand there by a shell, against a real server."""

import json
import os
import re
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
    (tmp_path / "hourbank").write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    if not shutil.which("curl"):
        (tmp_path / "curl").write_text(f'#!/bin/sh\nexec {sys.executable} {PLAIN_CURL} "$@"\n')
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    return tmp_path


def test_the_three_jobs(programs, environment):
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", readme[readme.index("## The three jobs") :], flags=re.M | re.S)
    assert len(blocks) == 5
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = "\n".join(blocks).replace("./hourbank serve", f"hourbank serve --port {port} >&2")
    script = script.replace("./hourbank", "hourbank").replace(":8000", f":{port}")
    process = subprocess.Popen(
        ["sh", "-euc", script + "kill $!\nwait $!\n"],
        cwd=ROOT,
        env=environment | {"PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    assert process.returncode == 0, out + err
    # Answers over HTTP are a line of JSON each; between them the command line answers in sentences.
    told = [line for line in out.splitlines() if not line.startswith("{")]
    assert told[0] == "M-000123 on 2022-05-15 under current: covered from 2022-04-01 until 2022-09-30 (route: hours)"
    answers = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
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
