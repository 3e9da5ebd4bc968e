"""``hourbank import``: a remittance report from a file, through the same view as ``POST /v1/remittances``."""

import contextlib
import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from service import local


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--employer", required=True, metavar="CODE", help="Whose report it is.")
@click.option("--report", required=True, metavar="NAME", help="The employer's name for it, such as 2021-W30.")
@click.option("--agreement", required=True, metavar="CODE", help="The agreement the work was done under.")
@click.option("--dry-run", is_flag=True, help="Give the same answer and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt, or the refusal, as one JSON document.")
def import_report(file: Path, *, employer: str, report: str, agreement: str, dry_run: bool, as_json: bool) -> None:
    """Post a remittance report from a CSV file: all of it, or nothing with every bad line named.

    Importing the same file again is safe: it is posted once, and the first receipt is shown again.
    """
    content = file.read_bytes()
    query = {"employer": employer, "report": report, "agreement": agreement}
    if dry_run:
        query["dry_run"] = "true"
    named = json.dumps([query, hashlib.sha256(content).hexdigest()], sort_keys=True)
    once = f"import-{hashlib.sha256(named.encode()).hexdigest()}"
    lines = content.count(b"\n")
    with waiting(f"{lines:,} lines: reading, checking and posting"):
        answer = local.call(
            "POST",
            "/v1/remittances",
            as_json,
            query_string=query,
            data=content,
            content_type="text/csv",
            headers={"Idempotency-Key": once},
        )
    receipt = json.loads(answer.get_data())
    if as_json:
        click.echo(json.dumps(receipt))
        return
    for problem in receipt["problems"]:
        place = f"line {problem['line']}: " if problem["line"] else ""
        click.echo(f"{place}{problem['message']} ({problem['code']})", err=True)
    if dry_run:
        done = "would be posted"
    else:
        before = "was posted before, at" if "Idempotency-Replayed" in answer.headers else "posted at"
        done = f"{before} position {receipt['position']} (remittance {receipt['id']})"
    click.echo(f"{receipt['lines']:,} lines, {receipt['hours']} hours {done}")


@contextlib.contextmanager
def waiting(label: str) -> Iterator[None]:
    """Say on a terminal what is being waited for, and for how long. All or nothing has no part that is done first."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def tick() -> None:
        seconds = 0
        while not done.wait(1):
            seconds += 1
            click.echo(f"\r{label}, {seconds} s", nl=False, err=True)
        click.echo(err=True)

    clock = threading.Thread(target=tick)
    clock.start()
    try:
        yield
    finally:
        done.set()
        clock.join()
