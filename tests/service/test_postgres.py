"""The embedded PostgreSQL, and what transactions promise."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from service.db import glancing, make_engine, reading, writing
from service.models import Employer
from service.postgres import database_url, private_runtime_folder, with_driver
from service.settings import Settings, StartError
from tests.factories import EmployerFactory

ROOT = Path(__file__).parents[2]
ASK = """
import sys
from pathlib import Path
from service.postgres import database_url
from service.settings import Settings
print(database_url(Settings(home=Path(sys.argv[1]))), flush=True)
sys.stdin.read()
"""


def test_settings_come_from_the_environment(tmp_path):
    settings = Settings.from_environment({"HOURBANK_HOME": str(tmp_path), "DATABASE_URL": "postgresql://db/x"})
    assert (settings.home, settings.database_url, settings.key) == (tmp_path, "postgresql://db/x", None)
    assert (settings.max_body_bytes, settings.max_file_bytes) == (64 << 20, 256 << 20)
    bare = Settings.from_environment({})
    assert (bare.home.name, bare.database_url) == ("hourbank", None)
    assert Settings.from_environment({"HOURBANK_MAX_BODY_MIB": "2"}).max_body_bytes == 2 << 20
    assert Settings.from_environment({"HOURBANK_MAX_FILE_MIB": "2"}).max_file_bytes == 2 << 20
    assert bare.plans == ("mpi-health",)
    several = Settings.from_environment({"HOURBANK_PLANS": "iatse-plan-a, mpi-health"})
    assert several.plans == ("iatse-plan-a", "mpi-health")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOURBANK_KEY", "c2hvcnQ="),
        ("HOURBANK_KEY", "not base64!"),
        ("HOURBANK_KEY", "ключ"),
        ("HOURBANK_MAX_BODY_MIB", "0"),
        ("HOURBANK_MAX_BODY_MIB", "-1"),
        ("HOURBANK_MAX_BODY_MIB", "1_0"),
        ("HOURBANK_MAX_BODY_MIB", "many"),
        ("HOURBANK_MAX_FILE_MIB", "0"),
        ("HOURBANK_PLANS", "mpi-health,no-such-plan"),
        ("HOURBANK_PLANS", "mpi-health,"),
        ("HOURBANK_PLANS", "wga-health"),
        ("HOURBANK_PLANS", "mpi-health,dga-health"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(name, value):
    with pytest.raises(StartError, match=name) as stopped:
        Settings.from_environment({name: value})
    assert "\n" not in stopped.value.message
    assert name != "HOURBANK_KEY" or value not in stopped.value.message


@pytest.mark.parametrize("name", ["with space", "it's", 'a"b', "a$(b)", "a;b"])
def test_a_data_folder_that_a_shell_would_take_apart_is_refused(tmp_path, name):
    with pytest.raises(StartError, match="Set HOURBANK_HOME"):
        database_url(Settings(home=tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://h/d?sslmode=require", "postgresql+psycopg://h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_a_given_database_is_used_with_our_driver(tmp_path, given, meant):
    assert with_driver(given) == meant
    assert database_url(Settings(home=tmp_path, database_url=given)) == meant
    assert list(tmp_path.iterdir()) == []


def test_one_server_for_all_processes_that_ask_until_the_last_one_ends():
    home = Path(tempfile.mkdtemp(prefix="hb"))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(home)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    urls = {process.stdout.readline().strip() for process in processes}
    assert len(urls) == 1
    with psycopg.connect(urls.pop().replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stat.S_IMODE(home.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
    postmaster = home / "postgres" / "postmaster.pid"
    for process, running in zip(processes, (True, False), strict=True):
        process.communicate(timeout=30)
        assert postmaster.exists() == running
    shutil.rmtree(home)


def test_nobody_else_reaches_the_socket(server_url, home):
    folder = home / "postgres"
    if folder.exists():
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_runtime_folder_is_ours_and_closed(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/before")
    with private_runtime_folder():
        folder = Path(os.environ["XDG_RUNTIME_DIR"])
        assert folder.parent == tmp_path
        (folder / "python_PostgresServer").chmod(0o755)
        folder.chmod(0o755)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.environ["XDG_RUNTIME_DIR"] == "/run/before"


def test_a_runtime_folder_of_somebody_else_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"hourbank-{os.geteuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="belongs to somebody else"), private_runtime_folder():
        pass


def test_writing_is_all_or_nothing(engine, session):
    def stopped_half_way():
        with writing(engine) as wrote:
            wrote.add(EmployerFactory.build(code="A"))
            wrote.flush()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped_half_way()
    with writing(engine) as wrote:
        wrote.add(EmployerFactory.build(code="B"))
    assert [row.code for row in session.query(Employer)] == ["B"]


def test_reading_sees_one_moment_and_writes_nothing(engine):
    with reading(engine) as read:
        assert read.get(Employer, "A") is None
        with writing(engine) as wrote:
            wrote.add(EmployerFactory.build(code="A"))
        assert read.get(Employer, "A") is None
        read.add(EmployerFactory.build(code="B"))
        with pytest.raises(DBAPIError, match="read-only"):
            read.flush()
    with reading(engine) as read:
        assert read.get(Employer, "A")


def test_a_connection_used_for_reading_can_write_again(engine):
    for turn in range(40):
        with reading(engine) as read:
            read.get(Employer, "A")
        with glancing(engine) as connection:
            connection.execute(text("SELECT 1"))
        with writing(engine) as wrote:
            wrote.add(EmployerFactory.build(code=f"A{turn}"))


def test_a_statement_cannot_run_for_ever(engine):
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "1min"
        assert connection.scalar(text("SHOW application_name")) == "hourbank"
        assert connection.scalar(text("SHOW timezone")) == "UTC"


def test_a_server_that_falls_silent_is_given_up(engine):
    began = time.monotonic()
    with pytest.raises(OperationalError, match="silent"), glancing(engine) as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    assert time.monotonic() - began < 4
    with glancing(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_an_engine_can_be_made_before_the_database_is_there(tmp_path):
    engine = make_engine(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    with pytest.raises(OperationalError), engine.connect():
        pass
