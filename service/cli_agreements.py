"""``hourbank agreements``: agreements' files checked and shown. Nothing here needs the database."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from rules import agreements as rules
from rules import document
from rules.leaves import Value
from service.cli_terms import day_of, invalid
from service.refusals import refusal


@click.group()
def agreements() -> None:
    """Check and show what agreements count and what they owe to whom."""


@agreements.command()
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path), metavar="[FILE ...]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def check(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check agreements' files, or all shipped ones: errors with line and column, and warnings.

    Exit status 1 if any file has an error.
    """
    results = [checked(file) for file in files or sorted(rules.AGREEMENTS.glob("*.yaml"))]
    if as_json:
        click.echo(json.dumps({"files": results}))
    for result in [] if as_json else results:
        click.echo("\n".join(report(result)))
    if any(result["errors"] for result in results):
        raise SystemExit(1)


def checked(file: Path) -> dict[str, Any]:
    """Read one file as the service would."""
    result: dict[str, Any] = {"file": str(file), "agreement": None, "errors": [], "warnings": []}
    result |= dict.fromkeys(("funds", "values", "assumed", "disputed", "unknown"), 0)
    try:
        found = rules.read(file.read_bytes(), str(file))
    except document.TermsError as wrong:
        place = {"file": wrong.file, "line": wrong.line, "column": wrong.column, "path": wrong.path}
        result["errors"].append({**place, "message": wrong.message})
        return result
    except OSError as wrong:
        place = {"file": str(file), "line": 1, "column": 1, "path": ""}
        result["errors"].append({**place, "message": f"the file cannot be read: {wrong.strerror}"})
        return result
    result["warnings"] = [f"the source {short!r} is cited by nothing" for short in found.uncited]
    if found.code != file.stem:
        result["warnings"].append(
            f"the agreement is called {found.code!r}, the file {file.stem!r}: they must be the same"
        )
    values = [value for leaf in found.leaves.values() for value in leaf.values.values()]
    doubts = {doubt: sum(value.status == doubt for value in values) for doubt in ("assumed", "disputed")}
    counts = {"funds": len(found.funds), "values": len(values), "unknown": sum(value.ends for value in values)}
    return result | {"agreement": found.code} | counts | doubts


def report(result: dict[str, Any]) -> Iterator[str]:
    """The result for one file as a person reads it."""
    for error in result["errors"]:
        path = f"{error['path']}: " if error["path"] else ""
        yield f"{error['file']}:{error['line']}:{error['column']}: {path}{error['message']}"
    for warning in result["warnings"]:
        yield f"{result['file']}: warning: {warning}"
    if not result["errors"]:
        doubts = f"{result['assumed']} assumed, {result['disputed']} disputed, {result['unknown']} not known"
        counts = [
            f"{result[name]} {name.removesuffix('s') if result[name] == 1 else name}" for name in ("funds", "values")
        ]
        yield f"{result['file']}: {', '.join(counts)} ({doubts})"


@agreements.command(epilog="AGREEMENT is the code of a shipped agreement, or the path of a file.")
@click.argument("agreement")
@click.option("--on", required=True, metavar="DATE", help="The day on which a payroll week begins, YYYY-MM-DD.")
@click.option("--json", "as_json", is_flag=True, help="Print the values as one JSON document.")
def show(agreement: str, *, on: str, as_json: bool) -> None:
    """Show each number of AGREEMENT for the payroll weeks that begin on a day, and what is not known at all."""
    found, day = loaded(agreement, as_json), day_of(on, as_json)
    shown = dict(in_force(found, day))
    if as_json:
        values = {path: value_of(value) for path, value in shown.items()}
        told = {"agreement": found.code, "title": found.title, "on": on, "values": values, "open": dict(found.open)}
        click.echo(json.dumps(told))
        return
    click.echo(f"{found.title}, payroll weeks that begin on {on}")
    for path, value in shown.items():
        number = "not known" if value.ends else f"{value.text} {value.unit}"
        status = "" if value.status == "stated" else value.status
        doubt = ": ".join(part for part in (status, value.note if status or value.ends else "") if part)
        click.echo(f"  {path}: {number}{f' ({doubt})' if doubt else ''} [{value.cite.title}]")
    for name, sentence in found.open.items():
        click.echo(f"  open, {name}: {sentence}")


def loaded(name: str, as_json: bool) -> rules.Agreement:
    """A shipped agreement or that of a file; a refusal if there is neither, or if the file has errors."""
    if name in rules.names():
        return rules.agreement(name)
    path = Path(name)
    if not path.is_file():
        detail = f"there is no agreement and no file {name!r}; the agreements are: {', '.join(rules.names())}"
        raise refusal(404, "unknown-agreement", "Unknown agreement", detail, as_json)
    try:
        return rules.read(path.read_bytes(), str(path))
    except (document.TermsError, OSError) as wrong:
        raise invalid(str(wrong), as_json) from None


def in_force(found: rules.Agreement, day: datetime.date) -> Iterator[tuple[str, Value]]:
    """Each value that holds on a day, by path; the last part of some paths is the class that they are for."""
    for path, leaf in found.leaves.items():
        value = leaf.on(day)
        if value is not None:
            yield path, value


def value_of(value: Value) -> dict[str, Any]:
    """What is told of a value in force; null is a number that is not known."""
    told = {"value": None if value.ends else value.text, "unit": value.unit, "status": value.status}
    return {**told, "note": value.note, "cite": value.cite._asdict()}
