"""``hourbank simulate``: a scenario from a file, with the figures that both sides of a table can have."""

import contextlib
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from rules import document
from service.cli_snapshot import here, imported
from service.intake import Phase, Told, untold
from service.local import ask, call
from service.refusals import refusal
from service.scenarios import SCHEDULER
from service.sheets import SheetError, verify
from service.snapshot_files import SnapshotError, read
from service.verifying import counted_again

WHOLE, FLAGS = ("draws", "seed"), {"true": True, "false": False, "yes": True, "no": False}
FORMS = {".json": "json", ".csv": "csv", ".html": "html"}


@click.command
@click.argument("file", metavar="SCENARIO.yaml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--snapshot", help="A snapshot's id, hash or file, instead of the one that the scenario names.")
@click.option("--scheduler", metavar="ADDRESS", help="Count on the Dask cluster whose scheduler is at this address.")
@click.option(
    "--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Write the signed sheet: .json, .csv, .html."
)
@click.option("--as", "as_", type=click.Choice(["negotiator"]), help="Show what negotiators see: no small counts.")
@click.option(
    "--verify", "check", is_flag=True, help="SCENARIO.yaml is a signed sheet (.json): check it, and count again."
)
@click.option("--key", metavar="HEX", help="The public key that must have signed the sheet; left out: any.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON document.")
def simulate(
    file: Path,
    *,
    snapshot: str | None,
    scheduler: str | None,
    sheet: Path | None,
    as_: str | None,
    check: bool,
    key: str | None,
    as_json: bool,
) -> None:
    """Count the membership of a snapshot under the terms that a scenario compares: who gains, who loses, and why.

    The file is the body of POST /v1/scenarios, as YAML or JSON. Equal questions about equal snapshots have equal hashes
    on any machine.
    """
    if check:
        verified(file, key, as_json)
        return
    body = asked(file, as_json)
    if snapshot:
        body["snapshot"] = taken(snapshot)
    with counting() as tell:
        answer = call(
            "POST",
            "/v1/scenarios",
            as_json,
            tell,
            json=body,
            headers={"Idempotency-Key": uuid.uuid4().hex},
            environ_base={SCHEDULER: scheduler} if scheduler else {},
        )
    found = json.loads(answer.get_data())
    address = f"/v1/scenarios/{found['id']}"
    if as_:
        found = ask("GET", address, as_json, query_string={"as": as_})
    if sheet:
        form = FORMS.get(sheet.suffix)
        if form is None:
            raise click.BadParameter(f"a sheet ends with {', '.join(FORMS)}", param_hint="--sheet")
        query = {"format": form, **({"as": as_} if as_ else {})}
        sheet.write_bytes(call("GET", f"{address}/sheet", as_json, query_string=query).get_data())
    click.echo(json.dumps(found) if as_json else "\n".join(told(found)))


@contextlib.contextmanager
def counting() -> Iterator[Told]:
    """On a terminal, a bar that shows how many members are counted; call what this yields."""
    if not sys.stderr.isatty():
        yield untold
        return
    with click.progressbar(length=1, label="counting members", file=sys.stderr) as shown:

        def tell(_: Phase, counted: int, total: int) -> None:
            shown.length = total
            shown.update(counted - shown.pos)

        yield tell


def taken(name: str) -> str:
    """The id of a snapshot that is named, or read from a file."""
    if not Path(name).is_file():
        return name
    try:
        found, adopted = read(Path(name))
    except SnapshotError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    return str(imported(found, adopted)["id"])


def asked(file: Path, as_json: bool) -> dict[str, Any]:
    """The request that a file writes. All values are text, so that no number is read as anything else."""
    try:
        found = document.load(file.read_bytes(), str(file))
        names = found.map
    except document.TermsError as wrong:
        raise refusal(422, "invalid", "Not acceptable as it stands", str(wrong), as_json) from None
    return {name: plain(one, name) for name, one in names.items()}


def plain(found: document.Node, name: str) -> Any:
    """Text as what the request wants: whole numbers and yes or no where it asks for them, nothing for ``null``."""
    value = found.content
    if isinstance(value, dict):
        return {key: plain(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one, name) for one in value]
    if value in ("null", "~", ""):
        return None
    if name in WHOLE and value.isascii() and value.isdigit():
        return int(value)
    return FLAGS.get(value, value) if name == "counts" else value


def verified(file: Path, key: str | None, as_json: bool) -> None:
    """Say whether a sheet is what somebody (with this key) signed, and whether it comes to the same here."""
    try:
        sheet = json.loads(file.read_text())
        verify(sheet, key)
    except (ValueError, SheetError) as wrong:
        raise click.ClickException(f"{file}: {wrong}") from wrong
    try:
        again = here(lambda _, world: counted_again(world.settings, sheet)._asdict())
    except SheetError as wrong:
        raise click.ClickException(f"{file}: {wrong}") from wrong
    found = {"signed_by": sheet["public_key"], "hash": sheet["outcome"]["hash"], **again}
    told = f"signed by {found['signed_by']}\nhash {found['hash']}\n{found['words']}"
    click.echo(json.dumps(found) if as_json else told)
    if found["identical"] is False:
        sys.exit(1)


def told(found: dict[str, Any]) -> Iterator[str]:
    """An outcome as a reader wants it."""
    months = found["months"]
    people = "not shown" if found["members"] is None else f"{found['members']:,}"
    yield f"{found['plan']}, {months[0]} to {months[-1]}, {people} members"
    yield from found["notes"]
    names = [one["terms"] for one in found["results"]]
    rows = (
        ("people ever covered", "people"),
        ("months of cover", "benefit_months"),
        ("people who gain", "gained"),
        ("people who lose", "lost"),
        ("ever saved by the bank", "saved_by_bank"),
    )
    width = max(24, *map(len, names)) + 2
    yield " " * 24 + "".join(name[: width - 2].rjust(width) for name in names)
    for words, name in rows:
        yield words.ljust(24) + "".join(figure(one[name]).rjust(width) for one in found["results"])
    yield f"covered in {months[-1]}".ljust(24) + "".join(
        figure(one["covered"][-1]).rjust(width) for one in found["results"]
    )
    for one in found["results"]:
        for way in ("gained", "lost"):
            for cause in one["transitions"][way]:
                yield f"{one['terms']}, {way}, {figure(cause['months'])} months: {cause['text']}"
    for point in found["sweep"]:
        values = ", ".join(f"{path} {value}" for path, value in point["values"].items())
        yield (
            f"{values}: {figure(point['gained'])} gain, {figure(point['lost'])} lose, "
            f"{figure(point['benefit_months'])} months"
        )
    if found.get("close"):
        closing = ", ".join(found["close"]["closing"]) or "none of the values"
        yield f"a gap of {found['close']['gap']} is closed by: {closing}. {found['close']['text']}"
    yield f"inputs {found['inputs']}"
    yield f"hash   {found['hash']}"


def figure(value: int | None) -> str:
    """A count in writing."""
    return "not shown" if value is None else f"{value:,}"
