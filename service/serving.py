"""Running the service: a database brought up to date, gunicorn as a child process, and the address it answers at."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from rules.warm import warm
from service.db import make_engine, migrate, newest_revision, revision_there
from service.postgres import database_url, service_url
from service.roles import MissingRoleError, may_change
from service.settings import Settings, StartError

ROOT = Path(__file__).parents[1]
READY_WITHIN_SECONDS = 60
PASSED_ON = {signal.SIGTERM: signal.SIGTERM, signal.SIGINT: signal.SIGTERM, signal.SIGHUP: signal.SIGHUP}


class Running(NamedTuple):
    """A service that answers at ``address``, the process behind it, and its database as the owner reaches it."""

    address: str
    process: subprocess.Popen
    database_url: str


@contextlib.contextmanager
def serving(settings: Settings, host: str = "127.0.0.1", port: int = 0, workers: int = 2) -> Iterator[Running]:
    """Start the service and wait until it is ready; stop it on the way out. Port 0 takes a free one."""
    with contextlib.closing(listening_socket(host, port)) as listener:
        url = open_database(settings)
        warm(sweeps=settings.plans)  # a report is posted within a transaction, which would not outlast a compilation
        own = {"HOURBANK_SERVICE_URL": service_url(settings), "HOURBANK_HOME": str(settings.home)}
        # Who answers requests is not told how the owner connects.
        process = start_gunicorn(listener, workers, {**own, "DATABASE_URL": ""})
        name = listener.getsockname()
    try:
        wait_until_ready(process, name)
        yield Running(f"http://{printable(name)}", process, url)
    finally:
        stop(process)


def open_database(settings: Settings) -> str:
    """Start or find the database and bring it to the newest tables and roles; return the owner's URL of it.

    Where only the service's own URL is known, somebody else migrates, and it is only looked whether that is done.
    StartError where the service could not work, or could change what must not be changed.
    """
    try:
        url = "" if settings.service_url and not settings.database_url else database_url(settings)
        if url:
            with disposing(make_engine(url)) as engine:
                migrate(engine, roles=settings.roles)
        with disposing(make_engine(service_url(settings), settings.roles.service)) as engine:
            refuse_unfit(engine, settings.roles.service)
    except MissingRoleError as missing:
        raise StartError(str(missing)) from missing
    except (SQLAlchemyError, OSError, subprocess.SubprocessError) as error:
        raise StartError(f"the database cannot be used: {getattr(error, 'orig', error)}") from error
    return url


def owners_database(settings: Settings) -> str:
    """The same for what only the owner may do. StartError where it is not known how the owner connects."""
    url = open_database(settings)
    if not url:
        raise StartError("this is for the owner of the tables; set DATABASE_URL to how the owner connects")
    return url


def refuse_unfit(engine: Engine, role: str) -> None:
    """StartError if the service's role lacks its tables, or may do what no service may: change the ledger."""
    try:
        with engine.connect() as connection:
            if revision_there(engine) != newest_revision():
                raise StartError("the database does not have this version's tables; run: hourbank migrate")
            changeable = may_change(connection)
    except OperationalError as error:
        # The owner was let in, so it is the role: a login that is no member of it, or none that there is.
        raise StartError(f"the service cannot work as {role}, and never works as the owner: {error.orig}") from error
    if changeable:
        raise StartError(
            f"the role {role} may change {', '.join(changeable)}, and nobody who answers requests should. Name a role "
            "in HOURBANK_SERVICE_ROLE that is no superuser, owns no tables and has no rights from elsewhere."
        )


@contextlib.contextmanager
def disposing(engine: Engine) -> Iterator[Engine]:
    """Close an engine's connections at the end, for a process that has no other use for them."""
    try:
        yield engine
    finally:
        engine.dispose()


def listening_socket(host: str, port: int) -> socket.socket:
    """Bind here, not in gunicorn: the port is known before anything is started, and a taken one is one clear line."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise StartError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listener


def start_gunicorn(listener: socket.socket, workers: int, environment: dict[str, str]) -> subprocess.Popen:
    """Start gunicorn on a bound socket, in a session of its own so that a Ctrl-C reaches it through us, once."""
    command = [sys.executable, "-P", "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    return subprocess.Popen(
        [*command, "--bind", f"fd://{listener.fileno()}", "--workers", str(workers)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOURBANK_PARENT": str(os.getpid()), **environment},
        pass_fds=[listener.fileno()],
        start_new_session=True,
    )


def wait_until_ready(process: subprocess.Popen, address: tuple) -> None:
    """Return when ``/health/ready`` answers 200."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StartError(f"the service stopped while starting (exit status {process.returncode})")
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(reachable(address[0]), address[1], timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    return
        time.sleep(0.05)
    raise StartError(f"the service was not ready within {READY_WITHIN_SECONDS} seconds")


def forward_signals(process: subprocess.Popen) -> None:
    """From now on, what we are told is passed on to gunicorn: to stop (Ctrl-C too, gracefully), or to reload."""
    for told, passed_on in PASSED_ON.items():
        signal.signal(told, lambda _number, _frame, passed_on=passed_on: process.send_signal(passed_on))


def exit_status(process: subprocess.Popen) -> int:
    """Wait for gunicorn to end; its exit status, as a shell would give it."""
    status = process.wait()
    return status if status >= 0 else 128 - status


def stop(process: subprocess.Popen) -> int:
    """End gunicorn gracefully (it limits how long that takes); return its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    return process.wait()


def reachable(host: str) -> str:
    """An address to call when a server listens on all of them."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (recognised here, not listened on)


def printable(name: tuple) -> str:
    """``host:port`` as it stands in a URL."""
    host = reachable(name[0])
    return f"[{host}]:{name[1]}" if ":" in host else f"{host}:{name[1]}"
