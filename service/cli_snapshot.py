"""``hourbank snapshot``: the membership without names, for scenarios: taken, written into a file, read from one."""

import contextlib
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from rules import terms
from rules.snapshot import Snapshot
from service import in_force, models, snapshots
from service.cli_ledger import aside
from service.db import writing
from service.demo.snapshot import PEOPLE, membership_snapshot
from service.intake import Phase
from service.ledger import head_position
from service.local import ask, call, client
from service.problems import Problem
from service.snapshot_files import IN_FILE, SnapshotError, export, folder_of, read
from service.world import World, world


@click.group
def snapshot() -> None:
    """The membership without names, as scenarios read it."""


@snapshot.command
@click.option("--known-at", help="A ledger position or an instant; left out: as the ledger is now.")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as one JSON document.")
def create(known_at: str | None, *, as_json: bool) -> None:
    """Take a snapshot of the ledger."""
    body = {"known_at": known_at} if known_at else {}
    once = {"Idempotency-Key": uuid.uuid4().hex}
    with click.progressbar(length=1, label="reading lines", file=sys.stderr) as bar:

        def told(_: Phase, counted: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(counted - bar.pos)

        answer = call("POST", "/v1/snapshots", as_json, told, json=body, headers=once)
    tell(json.loads(answer.get_data()), as_json, "taken")


@snapshot.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshots as one JSON document.")
def list_snapshots(*, as_json: bool) -> None:
    """Say which snapshots there are, the newest first."""
    found: dict[str, Any] = {"next": ""}
    items: list[dict[str, Any]] = []
    while found["next"] is not None:
        query = {"limit": 200, **({"cursor": found["next"]} if found["next"] else {})}
        found = ask("GET", "/v1/snapshots", as_json, query_string=query)
        items += found["items"]
    if as_json:
        click.echo(json.dumps({"items": items}))
        return
    for one in items:
        people = f"{one['members']:>10,} members {one['lines']:>12,} lines at {one['position']}"
        click.echo(f"{one['id']}  {one['hash'][:12]}  {people}{'  synthetic' if one['synthetic'] else ''}")


@snapshot.command("export")
@click.argument("name", metavar="ID|HASH|latest")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as one JSON document.")
def export_snapshot(name: str, file: Path, *, as_json: bool) -> None:
    """Write a snapshot into FILE, which must not be there yet. Both sides of a table can have it: nobody is in it."""
    if file.exists():
        raise click.ClickException(f"{file} is there already; name another file, or remove it first")

    def work(session: Session, world: World) -> dict[str, Any]:
        row = snapshots.found(session, name)
        snapshots.columns_of(row.hash)
        try:
            with aside(file) as path, files("exporting") as done:
                export(folder_of(world.settings.home, row.hash), path, in_force.everything(session, row), done)
        except OSError as wrong:
            raise click.ClickException(f"{file} cannot be written: {wrong.strerror}") from wrong
        return shown(row)

    tell(here(work), as_json, f"exported to {file}")


@snapshot.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as one JSON document.")
def import_snapshot(file: Path, *, as_json: bool) -> None:
    """Read a snapshot from FILE. It is checked in every part, and is the same here as where it comes from."""
    try:
        with files("importing") as done:
            found, adopted = read(file, done)
    except SnapshotError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    tell(imported(found, adopted), as_json, f"imported from {file}")


@snapshot.command
@click.option("--people", type=click.IntRange(1, 2_000_000), default=PEOPLE, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as one JSON document.")
def demo(people: int, *, as_json: bool) -> None:
    """Make a synthetic membership of ten years. Nobody in it is real; docs/demo-membership.md says what it is."""
    with click.progressbar(length=3, label="making up people", file=sys.stderr) as bar:
        made = membership_snapshot(people)
        bar.update(2)
        row = here(lambda session, _: kept(session, made, head_position(session)))  # under the terms in force now
        bar.update(1)
    tell(row, as_json, "made up")


@contextlib.contextmanager
def files(label: str) -> Iterator[Callable[[], None]]:
    """Show how many of a snapshot's files are done."""
    with click.progressbar(length=len(IN_FILE), label=label, file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def imported(found: Snapshot, adopted: list[dict[str, str]]) -> dict[str, Any]:
    """A snapshot from elsewhere kept, as answers show it. What had been adopted there must fit the plans here."""
    for plan in sorted({one["plan"] for one in adopted} & set(terms.every_name())):
        try:
            in_force.merged(plan, in_force.adopted_elsewhere(adopted, plan))
        except (Problem, LookupError, TypeError, ValueError) as wrong:
            raise click.ClickException(
                f"what had been adopted for {plan} where it was taken does not fit here: {wrong}"
            ) from None
    return here(lambda session, _: kept(session, found, found.position, adopted))


def kept(
    session: Session, found: Snapshot, position: int, adopted: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """A snapshot kept, as answers show it."""
    return shown(snapshots.keep(session, world().settings.home, found, position, "operator", adopted))


def shown(row: models.Snapshot) -> dict[str, Any]:
    """The row of a snapshot as a document."""
    return json.loads(json.dumps(snapshots.Snapshot().dump(snapshots.shown(row))))


def here(work: Callable[[Session, World], dict[str, Any]]) -> dict[str, Any]:
    """Do something in a transaction of the application that works here."""
    with client().application.app_context(), writing(world().engine) as session:
        return work(session, world())


def tell(found: dict[str, Any], as_json: bool, what: str) -> None:
    """Say what a snapshot is."""
    if as_json:
        click.echo(json.dumps(found))
        return
    people = f"{found['members']:,} members, {found['lines']:,} lines"
    click.echo(f"{people}, {what}: {found['id']}")
    click.echo(f"SHA-256 {found['hash']}")
    if found["synthetic"]:
        click.echo(found["synthetic"])
