"""``hourbank years``: the qualified years and the vesting of many people under a plan and under a proposal."""

import datetime
import json
from pathlib import Path

import click

from rules import terms
from rules.calendar import Cite
from rules.terms import ChangeError, Terms
from service import pictures, year_counts
from service.demo import membership, people
from service.work_years import WorkYears, WorkYearsError, read

INDUSTRIES = {f"industry={code}": name for code, name in people.INDUSTRIES.items()}
TITLES = {"union=0": "not union", "union=1": "union", **INDUSTRIES}


MEANING = "years: person-years with hours; as it is, proposed: how many of them are qualified."
VESTED = (
    " vested, then: people\nvested in the end as it is, and under the proposal; later, not at all: of the vested as it "
    "is, who would be\nvested later, or not within these years; sooner: who would be vested sooner, or only then."
)
NO_VESTING = " The plan's file has no vesting."


@click.command
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--plan", required=True, help="A pension plan that counts hours by calendar years.")
@click.option(
    "--change", "changes", multiple=True, required=True, metavar="LEVER=VALUE", help="What the proposal says."
)
@click.option("--by", "groups", multiple=True, metavar="COLUMN", help="Count by this column too; may be repeated.")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture (SVG) to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def years(
    file: Path | None, plan: str, changes: tuple[str, ...], groups: tuple[str, ...], picture: Path | None, as_json: bool
) -> None:
    """Count qualified years and vesting under a plan and under a proposal, as if both had been in force all the time.

    FILE is CSV with the columns person, year and hours, and one for each group. Without it the people of the demo
    membership are counted: 60,000, by local, all made up.
    """
    work = work_of(file, groups)
    pair = pair_of(plan, changes, work)
    try:
        found = year_counts.table(work, pair, list(work.groups))
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    if picture:
        picture.write_text(drawn(found, pair, work), encoding="utf-8")
        click.echo(f"The picture is in {picture}.", err=True)
    if as_json:
        click.echo(json.dumps({"synthetic": work.synthetic} | year_counts.told(found, pair)))
        return
    who = "60,000 people who are made up" if work.synthetic else f"{len(work.people):,} people of {file}"
    click.echo(f"{pair[0].title}: {who}, {work.first} to {work.years[-1]}.")
    click.echo(f"'as it is': the terms in force all these years; 'proposed': {', '.join(changes)} all these years.\n")
    vesting = pair[0].has("vesting")
    click.echo("\n".join(year_counts.lines(found, ["as it is", "proposed"], TITLES, vesting)))
    click.echo(f"\n{MEANING}{VESTED if vesting else NO_VESTING}")


def work_of(file: Path | None, groups: tuple[str, ...]) -> WorkYears:
    """The years of work of a file, or of the demo membership."""
    if file is None:
        if set(groups) - {"local"}:
            raise click.UsageError("the demo membership has one group: local")
        return membership.membership()
    try:
        return read(file, groups)
    except WorkYearsError as problem:
        raise click.ClickException(str(problem)) from None


def pair_of(plan: str, changes: tuple[str, ...], work: WorkYears) -> tuple[Terms, Terms]:
    """A plan's terms and the same under changes, both as if in force from the first year on."""
    if plan not in terms.names("pension"):
        raise click.ClickException(f"there is no pension plan {plan!r}; there are: {', '.join(terms.names('pension'))}")
    current = terms.plan(plan)
    first = work.days[0].isoformat()
    proposed: dict[str, dict[str, str]] = {}
    for change in changes:
        lever, equals, value = change.partition("=")
        if not equals:
            raise click.UsageError(f"{change!r} is not written LEVER=VALUE, such as pension_year_hours=950")
        proposed[lever] = {first: value}
    # What is in force today is held against the proposal: both from the first year on, whatever held at the time.
    latest = {lever: in_force(current, current.levers.get(lever, lever)) for lever in proposed}
    today = {lever: {first: value} for lever, value in latest.items() if value is not None}
    try:
        before = current.under(today, name="as it is", cite=Cite(f"{current.title}, latest terms", "", ""))
        return before, current.under(proposed, name="proposed", cite=Cite("Proposal on the command line", "", ""))
    except ChangeError as problem:
        raise click.ClickException(str(problem)) from None


def in_force(current: Terms, path: str) -> str | None:
    """The latest value of a term, as the file writes it; None where it is in force no more, or not yet."""
    leaf = current.leaves.get(path)
    value = leaf.on(datetime.date.max) if leaf else None
    return value.text if value and not value.ends else None


def drawn(found: year_counts.Table, pair: tuple[Terms, Terms], work: WorkYears) -> str:
    """The qualified years of everybody and of each group as a picture."""
    title = f"Qualified years {work.first} to {work.years[-1]}"
    title += " (people made up)" if work.synthetic else f" of {len(work.people):,} people"
    rows = [(year_counts.label(row, TITLES), row.qualified) for row in found.rows if row.years]
    return pictures.bars(title, [terms.name for terms in pair], rows)
