"""``hourbank plans show``, ``booklet`` and ``diff``: terms in the terminal. Nothing here needs the database."""

import datetime
import json
from pathlib import Path
from typing import Any

import click

from rules import booklet as rules
from rules import differences, document, proposal, terms, units
from schemas.plans import booklet_of, by_of, difference_of, name_of
from service import booklets
from service.refusals import RefusalError, refusal

PLAN = "PLAN is the name of a shipped plan, or the path of a terms file or of a proposal."


@click.command(epilog=PLAN)
@click.argument("plan")
@click.option("--on", required=True, metavar="DATE", help="The day, YYYY-MM-DD.")
@click.option("--json", "as_json", is_flag=True, help="Print the terms as one JSON document.")
def show(plan: str, *, on: str, as_json: bool) -> None:
    """Show the value of each term of PLAN that is in force on a day.

    Years of service that are asked for since or by a day stand below that day.
    """
    loaded, day = loaded_terms(plan, as_json), day_of(on, as_json)
    shown = {path: value for path in loaded.leaves if (value := in_force(loaded, path, day)) is not None}
    shown |= {
        f"{path}.{since}": value
        for path, leaf in loaded.leaves.items()
        if path.startswith("retirement.") and leaf.shape.keyed == "at"
        for since, value in leaf.values.items()
    }
    if as_json:
        values = {path: value_of(loaded, path, value) for path, value in shown.items()}
        click.echo(json.dumps({"plan": loaded.plan, "on": on, "version": loaded.version, "terms": values}))
        return
    proposed = "" if loaded.name == proposal.RESERVED else f", under the proposal {loaded.name!r}"
    click.echo(f"{loaded.title}, on {on}{proposed} (terms {loaded.version})")
    for path, value in shown.items():
        unit = "" if value.unit == "word" else f" times {value.times}" if value.times else f" {value.unit}"
        by = by_of(loaded, path)
        doubt = "" if value.status == "stated" else f" ({value.status}: {value.note})"
        click.echo(f"  {path}: {value.text}{unit}{f' by {by}' if by else ''}{doubt} [{value.cite.title}]")


@click.command(epilog=PLAN)
@click.argument("plan")
@click.option("--on", metavar="DATE", help="The day, YYYY-MM-DD; the latest values if left out.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html"]),
    default="text",
    show_default=True,
    help="The form of the booklet.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the booklet as one JSON document.")
def booklet(plan: str, *, on: str | None, form: str, as_json: bool) -> None:
    """Tell PLAN in plain language, each sentence with its sources."""
    loaded = loaded_terms(plan, as_json)
    told = rules.booklet(loaded, None if on is None else day_of(on, as_json))
    if as_json:
        click.echo(json.dumps({**name_of(loaded), **booklet_of(told)}, default=written))
        return
    forms = {"text": rules.text, "markdown": rules.markdown, "html": booklets.page}
    click.echo(forms[form](told), nl=False)


@click.command(epilog=PLAN)
@click.argument("plan")
@click.argument("other", required=False)
@click.option("--from", "first", metavar="DATE", help="Tell changes after this day, YYYY-MM-DD.")
@click.option("--to", "last", metavar="DATE", help="Tell changes up to this day, YYYY-MM-DD.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as one JSON document.")
def diff(plan: str, other: str | None, *, first: str | None, last: str | None, as_json: bool) -> None:
    """Tell what changes in PLAN between two days, or what is different in OTHER, one line for each change."""
    if (first is None) != (last is None) or (other is None) != (first is not None):
        raise click.UsageError("name either --from and --to, or a second plan or file")
    loaded = loaded_terms(plan, as_json)
    told: dict[str, Any] = {**name_of(loaded), "from": first, "to": last, "other": None}
    if other is not None:
        after = loaded_terms(other, as_json)
        changes = differences.between(loaded, after)
        told["other"] = name_of(after)
    else:
        try:
            changes = differences.between_days(loaded, day_of(first or "", as_json), day_of(last or "", as_json))
        except ValueError as wrong:
            raise invalid(str(wrong), as_json) from None
    if as_json:
        records = [difference_of(change) for change in changes]
        found = [{"from" if name == "start" else name: part for name, part in one.items()} for one in records]
        click.echo(json.dumps({**told, "changes": found}, default=written))
        return
    for change in changes:
        click.echo(change.text)


def loaded_terms(name: str, as_json: bool) -> terms.Terms:
    """The terms of a shipped plan or of a file; a refusal if there is neither, or if the file has errors."""
    if name in terms.every_name():
        return terms.plan(name)
    path = Path(name)
    if not path.is_file():
        detail = f"there is no plan and no file {name!r}; the plans are: {', '.join(terms.every_name())}"
        raise refusal(404, "unknown-plan", "Unknown plan", detail, as_json)
    try:
        return proposal.opened(path).terms
    except (document.TermsError, OSError) as wrong:
        raise invalid(str(wrong), as_json) from None


def day_of(text: str, as_json: bool) -> datetime.date:
    """A day given on the command line; a refusal if it is none."""
    try:
        return units.day(text)
    except ValueError as wrong:
        raise invalid(str(wrong), as_json) from None


def invalid(detail: str, as_json: bool) -> RefusalError:
    """The refusal of something that can be read but not taken."""
    return refusal(422, "invalid", "Not acceptable as it stands", detail, as_json)


def in_force(loaded: terms.Terms, path: str, day: datetime.date) -> terms.Value | None:
    """The value of a term on a day, or None where the plan has none."""
    try:
        return loaded.on(path, day)
    except terms.NoTermsError:
        return None


def value_of(loaded: terms.Terms, path: str, value: terms.Value) -> dict[str, Any]:
    """What is told of a value in force. ``by`` is the member's attribute that the path's last part is a value of."""
    told = {"value": value.text, "unit": value.unit, "times": value.times or None, "by": by_of(loaded, path)}
    return {**told, "status": value.status, "note": value.note, "cite": value.cite._asdict()}


def written(value: Any) -> str:
    """A day as JSON has it."""
    return str(value.isoformat())
