"""The ``hourbank`` script, run for real on a small checkout whose lock files name two tiny local packages."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "hourbank"
CLI = """\
import json, os, sys
from importlib.metadata import distributions
names = sorted(d.name for d in distributions() if d.name.startswith("tiny"))
print(json.dumps({"arguments": sys.argv[1:], "directory": os.getcwd(), "home": os.environ["HOME"], "packages": names}))
sys.exit(7 if "fail" in sys.argv else 0)
"""
TOOLS = ("cat", "cksum", "cut", "dirname", "getent", "grep", "id", "mkdir", "readlink", "rm", "sh")
NOBODY = 65534


def wheel(folder: Path, name: str) -> str:
    """Write a wheel holding one empty module; return its line for a lock file."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Checkout:
    """A checkout with spaces in its path, an installer that finds only our two packages, and an empty environment."""

    def __init__(self, folder: Path):
        self.root = folder / "a check out"
        (self.root / "service").mkdir(parents=True)
        shutil.copy(SCRIPT, self.root)
        (self.root / "service/__init__.py").touch()
        (self.root / "service/cli.py").write_text(CLI)
        wheels = folder / "wheels"
        wheels.mkdir()
        run = wheel(wheels, "tinyrun")
        (self.root / "requirements.lock").write_text(run)
        (self.root / "requirements-dev.lock").write_text(run + wheel(wheels, "tinydev"))
        self.home = folder / "home"
        self.home.mkdir()
        self.environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "HOURBANK_HOME": str(self.home)}
        self.caller = folder / "caller"
        (self.caller / "service").mkdir(parents=True)  # must not be taken for the project's own package

    def start(self, *arguments: str, script: Path | None = None, **options) -> subprocess.Popen:
        environment = self.environment | options.pop("environment", {})
        return subprocess.Popen(
            [script or self.root / "hourbank", *arguments],
            cwd=self.caller,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments: str, **options) -> tuple[int, str, str]:
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def answer(self, *arguments: str, **options) -> dict:
        status, out, err = self.run(*arguments, **options)
        assert status == 0, err
        return json.loads(out)


@pytest.fixture
def checkout():
    folder = Path(tempfile.mkdtemp(prefix="hourbank-script-"))
    folder.chmod(0o755)
    yield Checkout(folder)
    shutil.rmtree(folder)


def test_the_second_run_is_silent_and_standard_output_is_the_commands_own(checkout):
    status, out, err = checkout.run("keys", "create", "two words")
    assert (status, json.loads(out)) == (
        0,
        {
            "arguments": ["keys", "create", "two words"],
            "directory": str(checkout.caller),
            "home": json.loads(out)["home"],
            "packages": ["tinyrun"],
        },
    )
    assert json.loads(out)["home"]
    assert "making a Python environment" in err
    assert "installing 1 packages" in err

    link = checkout.caller / "hb"
    link.symlink_to(os.path.relpath(checkout.root / "hourbank", checkout.caller))
    started = time.monotonic()
    status, again, err = checkout.run("keys", "create", "two words", script=link)
    assert (status, again, err) == (0, out, "")
    assert time.monotonic() - started < 2

    assert checkout.run("fail")[0] == 7


def test_testing_brings_the_development_packages_and_a_changed_lock_file_starts_anew(checkout):
    assert checkout.answer("test")["packages"] == ["tinydev", "tinyrun"]
    status, _, err = checkout.run("serve")
    assert (status, err) == (0, "")
    lock = checkout.root / "requirements.lock"
    lock.write_text("# changed\n" + lock.read_text())
    assert checkout.answer("serve")["packages"] == ["tinyrun"]


def test_a_run_killed_half_way_is_made_good_by_the_next_even_by_three_at_once(checkout):
    process = checkout.start("serve", start_new_session=True)
    while not (checkout.root / ".venv/pyvenv.cfg").exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    processes = [checkout.start("serve") for _ in range(3)]
    results = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert all(json.loads(out)["packages"] == ["tinyrun"] for out, _ in results)
    assert sum("making" in err for _, err in results) == 1


def test_a_package_with_another_hash_is_refused(checkout):
    lock = checkout.root / "requirements.lock"
    good = lock.read_text()
    lock.write_text(re.sub("sha256:.*", "sha256:" + 64 * "0", good))
    status, out, err = checkout.run("serve")
    assert (status, out) == (1, "")
    assert "DO NOT MATCH THE HASHES" in err
    assert "could not be installed" in err
    lock.write_text(good)
    assert checkout.answer("serve")["packages"] == ["tinyrun"]


def test_a_checkout_that_cannot_be_written_keeps_its_environment_in_the_data_folder(checkout):
    checkout.root.chmod(0o555)
    checkout.home.chmod(0o777)
    ordinary = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    assert checkout.answer("serve", **ordinary)["packages"] == ["tinyrun"]
    assert (checkout.home / "venv/bin/python").exists()
    assert not (checkout.root / ".venv").exists()
    checkout.root.chmod(0o755)


@pytest.mark.parametrize(
    ("python3", "message"),
    [
        (None, "python3 is missing. On Debian: apt-get install python3 python3-venv"),
        (
            'case "$1" in -V) echo Python 3.9.2 ;; *) exit 1 ;; esac',
            "3.11 or later is needed, and python3 is Python 3.9.2",
        ),
        ('case "$2" in *ensurepip*) exit 1 ;; esac', "On Debian: apt-get install python3-venv"),
    ],
)
def test_what_is_missing_is_named(checkout, python3, message):
    tools = checkout.caller / "bin"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))
    if python3:
        (tools / "python3").write_text(f"#!/bin/sh\n{python3}\n")
        (tools / "python3").chmod(0o755)
    status, out, err = checkout.run("serve", environment={"PATH": str(tools)})
    assert (status, out) == (1, "")
    assert message in err


def test_it_is_plain_sh():
    subprocess.run(["sh", "-n", SCRIPT], check=True)
    assert SCRIPT.read_text().startswith("#!/bin/sh\n")
    assert os.access(SCRIPT, os.X_OK)
