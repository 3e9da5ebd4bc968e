"""``hourbank demo``: a service of its own in a fresh folder, the story, and what to do next."""

import contextlib
import dataclasses
import fcntl
import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from service.auth import create_key
from service.db import make_engine, writing
from service.demo import answers, pension, people, scenario, story
from service.demo.client import Client
from service.serving import Running, disposing, exit_status, forward_signals, serving
from service.settings import Settings


@click.command
@click.option("--no-serve", is_flag=True, help="End when everything is shown, instead of going on serving.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def demo(no_serve: bool, as_json: bool) -> None:
    """Show the main job on real people's hours: reports in, cover out, under three contracts."""
    settings = Settings.from_environment()
    seconds: dict[str, float] = {}
    with fresh_folder(settings.home / "demo") as folder, contextlib.ExitStack() as stack:
        with story.step("start the service and its database", seconds):
            running = stack.enter_context(serving(own_settings(settings, folder)))
        client = stack.enter_context(contextlib.closing(Client(running.address, new_key(running, "administrator"))))
        told = story.tell(client, people.read_work_years(), seconds)
        with story.step("ask about 60,000 people who are made up", seconds):
            scenarios = scenario.asked(client, scenario.take(running, folder))
        if as_json:
            click.echo(json.dumps({**document(told), "scenarios": scenario.document(scenarios)}, indent=2))
        else:
            print_story(told, scenarios)
        if not no_serve:
            forward_signals(running.process)
            invite(running, told, as_json)
            raise SystemExit(exit_status(running.process))


def new_key(running: Running, role: str, member: str | None = None) -> str:
    """Make an API key in the running service's database."""
    with disposing(make_engine(running.database_url)) as engine, writing(engine) as session:
        return create_key(session, role, member_id=uuid.UUID(member) if member else None)


def invite(running: Running, told: story.Story, as_json: bool) -> None:
    """Say where the service goes on answering, and how to ask it as one of the members."""
    case = told.cases[0][0]
    key = new_key(running, "member", case.member)
    click.echo(
        f"Serving at {running.address} until you press Ctrl-C. What it can be asked: {running.address}/docs\n"
        "As a member, for example:\n"
        f"  curl -H 'Authorization: Bearer {key}' "
        f"'{running.address}/v1/members/{case.member}/coverage?plan={story.PLAN}&on={case.on}'",
        err=as_json,
    )


@contextlib.contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Empty ``folder`` and keep it to ourselves; refuse if another demo is using it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(f"another demo is running in {folder}") from None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder


def print_story(told: story.Story, scenarios: list[dict[str, Any]]) -> None:
    """The story as a person reads it."""
    first, last = story.FIRST_YEAR - 1, story.LAST_YEAR
    moved = people.YEARS_MOVED
    click.echo(
        f"{len(told.members)} real people (National Longitudinal Survey of Youth, see data/README.md), "
        f"{told.reports} weekly reports, {told.lines} lines.\n"
        f"Their years of work {first - moved} to {last - moved} are moved by {moved} years, to {first} to {last}.\n"
        "The data has hours a year, no weeks: the spread over the weeks of a year is even, and synthetic.\n"
    )
    click.echo(f"Covered on the first day of each half year, of {len(told.members)} people, if staying covered takes")
    headings = [[f"{contract.hours} hours" for contract in story.CONTRACTS], [c.heading for c in story.CONTRACTS]]
    click.echo("\n".join(answers.table_lines(headings, told.days, told.covered)) + "\n")
    numbers = {member: number for number, member in told.members.items()}
    for case, determination in told.cases:
        click.echo("\n".join(answers.case_lines(case, numbers[case.member], named(case), determination)) + "\n")
    click.echo("\n".join(pension.lines()) + "\n")
    click.echo("\n".join(scenario.lines(scenarios)))
    click.echo("Seconds each step took")
    for title, seconds in told.seconds.items():
        click.echo(f"  {seconds:7.1f}  {title}")


def named(case: answers.Case) -> str:
    """The contract a case was found under, as the table's headings name it."""
    contract = story.CONTRACTS[case.under]
    return f"{contract.hours} hours ({contract.heading})"


def document(told: story.Story) -> dict[str, Any]:
    """The story for a program."""
    hours = [str(contract.hours) for contract in story.CONTRACTS]
    return {
        "people": len(told.members),
        "reports": told.reports,
        "lines": told.lines,
        "years_moved": people.YEARS_MOVED,
        "spread": "even over the weeks of a year, synthetic",
        "covered": [
            {"on": day} | dict(zip(hours, counts, strict=True))
            for day, counts in zip(told.days, told.covered, strict=True)
        ],
        "cases": [
            {"title": case.title, "member": case.member, "on": case.on} | determination
            for case, determination in told.cases
        ],
        "pension": pension.document(),
        "seconds": told.seconds,
    }


def own_settings(settings: Settings, folder: Path) -> Settings:
    """The caller's settings, but with the demo's folder and its embedded database: never somebody's real one."""
    return dataclasses.replace(settings, home=folder, database_url=None, service_url=None)
