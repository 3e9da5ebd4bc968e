"""``hourbank plans``: terms files checked and shown. Nothing here needs the database."""

import datetime
import json
from pathlib import Path
from typing import Any

import click

from rules import document, terms, ticks, units
from service.refusals import refusal


@click.group()
def plans() -> None:
    """Check and show plans' terms."""


@plans.command()
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path), metavar="[FILE ...]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def check(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check terms files, or all shipped plans: every error is named with file, line and column."""
    results = [checked(file) for file in files or sorted(terms.PLANS.glob("*.yaml"))]
    if as_json:
        click.echo(json.dumps({"files": results}))
    for result in [] if as_json else results:
        if result["errors"]:
            for error in result["errors"]:
                click.echo(f"{error['file']}:{error['line']}:{error['column']}: {error['path']}: {error['message']}")
        else:
            doubts = f"{result['assumed']} assumed, {result['disputed']} disputed"
            click.echo(f"{result['file']}: {result['terms']} terms, {result['values']} values ({doubts}): good")
    if any(result["errors"] for result in results):
        raise SystemExit(1)


def checked(file: Path) -> dict[str, Any]:
    """Load one file and lay its terms out on its whole calendar, as an evaluation would."""
    result: dict[str, Any] = {"file": str(file), "errors": [], "terms": 0, "values": 0, "assumed": 0, "disputed": 0}
    try:
        loaded = terms.read(file.read_bytes(), str(file))
        ticks.lay(loaded)
    except document.TermsError as wrong:
        place = {"file": wrong.file, "line": wrong.line, "column": wrong.column, "path": wrong.path}
        result["errors"].append({**place, "message": wrong.message})
    except (OSError, LookupError, ValueError) as wrong:
        place = {"file": str(file), "line": 1, "column": 1, "path": ""}
        result["errors"].append({**place, "message": str(wrong)})
    else:
        values = [value for leaf in loaded.leaves.values() for value in leaf.values.values()]
        result |= {"terms": len(loaded.leaves), "values": len(values)}
        result |= {doubt: sum(value.status == doubt for value in values) for doubt in ("assumed", "disputed")}
    return result


@plans.command()
@click.argument("plan")
@click.option("--on", required=True, metavar="DATE", help="The day, YYYY-MM-DD.")
@click.option("--json", "as_json", is_flag=True, help="Print the terms as one JSON document.")
def show(plan: str, *, on: str, as_json: bool) -> None:
    """Show the value of each term of PLAN that is in force on a day."""
    try:
        day, loaded = units.day(on), terms.plan(plan)
    except LookupError as wrong:
        raise refusal(404, "unknown-plan", "Unknown plan", str(wrong), as_json) from None
    except ValueError as wrong:
        raise refusal(422, "invalid", "Not acceptable as it stands", str(wrong), as_json) from None
    shown = {}
    for path in loaded.leaves:
        value = in_force(loaded, path, day)
        if value is not None:
            shown[path] = value
    if as_json:
        values = {
            path: {"value": value.text, "unit": value.unit, "status": value.status, "cite": value.cite._asdict()}
            for path, value in shown.items()
        }
        click.echo(json.dumps({"plan": plan, "on": on, "version": loaded.version, "terms": values}))
        return
    click.echo(f"{loaded.title}, on {on} (terms {loaded.version})")
    for path, value in shown.items():
        unit = "" if value.unit == "word" else f" {value.unit}"
        doubt = "" if value.status == "stated" else f" ({value.status}: {value.note})"
        click.echo(f"  {path}: {value.text}{unit}{doubt} [{value.cite.title}]")


def in_force(loaded: terms.Terms, path: str, day: datetime.date) -> terms.Value | None:
    """The value of a term on a day, or None where the plan has none."""
    try:
        return loaded.on(path, day)
    except terms.NoTermsError:
        return None
