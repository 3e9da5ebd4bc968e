"""``hourbank ledger``: the whole ledger into a file, and out of one into an empty database."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from service import ledger_files
from service.db import make_engine
from service.ledger_files import LedgerFileError, Summary, Told
from service.serving import disposing, owners_database
from service.settings import Settings


@click.group
def ledger() -> None:
    """The whole ledger as one file: a copy to keep, to move, or to prove an answer with."""


@ledger.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print position, rows and hash as one JSON document.")
def export_ledger(file: Path, *, as_json: bool) -> None:
    """Write the whole ledger, as it is at this moment, into FILE, which must not be there yet.

    A name that ends with .gz makes it a packed file. It holds people's names and numbers: only its owner can read it.
    SSNs in it are sealed with the installation's master key, which it does not hold.
    """
    if file.exists():
        raise click.ClickException(f"{file} is there already; name another file, or remove it first")
    settings = Settings.from_environment()
    try:
        with aside(file) as path, disposing(make_engine(owners_database(settings))) as engine:
            found = counted("exporting", lambda *told: ledger_files.write(engine, settings, path, *told))
    except OSError as wrong:
        raise click.ClickException(f"{file} cannot be written: {wrong.strerror}") from wrong
    tell(found, file, as_json, "exported to")


@ledger.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print position, rows and hash as one JSON document.")
def import_ledger(file: Path, *, as_json: bool) -> None:
    """Read a ledger that was exported into FILE into an empty database: all of it, or nothing.

    Positions, ids and instants stay what they were, so that every question asked with known_at has the same answer.
    It needs the master key of the installation that the file comes from. API keys are made anew.
    """
    settings = Settings.from_environment()
    try:
        with disposing(make_engine(owners_database(settings))) as engine:
            found = counted("importing", lambda *told: ledger_files.read(engine, settings, file, *told))
    except LedgerFileError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    tell(found, file, as_json, "imported from")


@contextlib.contextmanager
def aside(file: Path) -> Iterator[Path]:
    """A new file beside ``file`` that only we can read, which takes its name when all of it is written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}", suffix=file.suffix)
    os.close(descriptor)
    try:
        yield Path(name)
        with open(name, "rb") as written:
            os.fsync(written.fileno())
        os.link(name, file)
    finally:
        os.unlink(name)


def counted(label: str, work: Callable[[Told, Told], Summary]) -> Summary:
    """Do something with so many rows, showing how many are done."""
    with contextlib.ExitStack() as stack:
        bars: list[Any] = []

        def begun(rows: int) -> None:
            bars.append(stack.enter_context(click.progressbar(length=rows, label=label, file=sys.stderr)))

        def done(rows: int) -> None:
            bars[0].update(rows)

        return work(begun, done)


def tell(found: Summary, file: Path, as_json: bool, what: str) -> None:
    """Say what was done."""
    if as_json:
        click.echo(json.dumps({"file": str(file), **found._asdict()}))
    else:
        total = sum(found.rows.values())
        click.echo(f"{total:,} rows up to position {found.position} {what} {file}, SHA-256 {found.sha256}")
