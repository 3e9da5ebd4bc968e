"""Real processes: the command line as a program, and a service behind a real socket."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-P", "-m", "service.cli"]


@pytest.fixture(scope="module")
def environment(fresh_database, home) -> dict[str, str]:
    """The environment for commands on a database of this module's own."""
    own = {"PYTHONPATH": str(ROOT), "DATABASE_URL": fresh_database(), "HOURBANK_HOME": str(home)}
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **own}


@pytest.fixture
def start(environment):
    """Call it with a command's words: a started process, which is gone after the test."""
    started = []

    def start(*words, **more):
        process = subprocess.Popen(
            [*COMMAND, *words],
            env=environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
