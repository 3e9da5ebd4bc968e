"""``hourbank serve``, ``migrate`` and ``spec``: the running service, its tables, its contract."""

from pathlib import Path

import click

from service import create_app, openapi
from service.serving import exit_status, forward_signals, open_database, serving
from service.settings import Settings


@click.command
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="How many processes answer.")
def serve(host: str, port: int, workers: int) -> None:
    """Run the service until it is told to stop; print one line when it answers."""
    with serving(Settings.from_environment(), host, port, workers) as running:
        forward_signals(running.process)  # before the line: whoever reads it may send one at once
        click.echo(f"Hourbank answers at {running.address} (what it can be asked: {running.address}/docs)")
        raise SystemExit(exit_status(running.process))


@click.command
def migrate() -> None:
    """Bring the database to the newest tables."""
    open_database(Settings.from_environment())
    click.echo("the database has the newest tables", err=True)


@click.command
@click.option("--check", is_flag=True, help="Write nothing; fail if openapi.yaml is not what the code says.")
def spec(check: bool) -> None:
    """Write openapi.yaml, the HTTP contract, from the code."""
    # Describing needs no database: nothing is connected.
    text = openapi.text_of(create_app(Settings(home=Path(), database_url="postgresql://")))
    if check and text != openapi.FILE.read_text():
        raise click.ClickException(f"{openapi.FILE.name} is not what the code says; run: hourbank spec")
    if not check:
        openapi.FILE.write_text(text)
