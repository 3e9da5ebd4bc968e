"""``hourbank import``: remittance reports from a file, through the same view as ``POST /v1/remittances``."""

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from service import local
from service.intake import XLSX, Phase, Told, untold
from service.refusals import RefusalError

FORMS = {".xlsx": XLSX, ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson"}
UNLESS = "unless the file has a column for it."


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--employer", metavar="CODE", help=f"Whose report it is, {UNLESS}")
@click.option("--report", metavar="NAME", help=f"The employer's name for it, such as 2021-W30, {UNLESS}")
@click.option("--agreement", metavar="CODE", help=f"The agreement the work was done under, {UNLESS}")
@click.option("--control-lines", metavar="NUMBER", help="How many lines the file has, as its sender counted.")
@click.option("--control-hours", metavar="HOURS", help="The sum of the hours worked, as its sender counted.")
@click.option("--dry-run", is_flag=True, help="Give the same answer and store nothing.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write the bad rows of a file that is refused, as CSV.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the receipt, or the refusal, as one JSON document.")
def import_report(file: Path, *, dry_run: bool, refused: Path | None, as_json: bool, **said: str | None) -> None:
    """Post remittance reports from a file: all of it, or nothing with every bad line named.

    The file is CSV, a workbook (.xlsx) or JSON lines (.ndjson, .jsonl). With columns employer, report and agreement it
    may hold the reports of many employers. Importing the same file again is safe: it is posted once, and the first
    receipt is shown again.
    """
    query = {name: value for name, value in said.items() if value is not None}
    if dry_run:
        query["dry_run"] = "true"
    with file.open("rb") as content:
        named = json.dumps([query, hashlib.file_digest(content, "sha256").hexdigest()], sort_keys=True)
    once = f"import-{hashlib.sha256(named.encode()).hexdigest()}"
    try:
        with bar(f"{file.name}: lines read, checked and recorded") as tell, file.open("rb") as content:
            answer = local.call(
                "POST",
                "/v1/remittances",
                as_json,
                tell,
                query_string=query,
                input_stream=content,
                content_length=file.stat().st_size,
                content_type=FORMS.get(file.suffix.lower(), "text/csv"),
                headers={"Idempotency-Key": once},
            )
    except RefusalError as no:
        if refused is not None and "refused_rows" in no.problem:
            refused.write_bytes(local.call("GET", no.problem["refused_rows"], as_json).get_data())
            click.echo(f"the bad rows are in {refused}", err=True)
        raise
    receipt = json.loads(answer.get_data())
    if as_json:
        click.echo(json.dumps(receipt))
        return
    for each in receipt.get("remittances", [receipt]):
        tell_receipt(each, dry_run, "Idempotency-Replayed" in answer.headers)
    if "remittances" in receipt:
        click.echo(f"{receipt['lines']:,} lines, {receipt['hours']} hours in {len(receipt['remittances']):,} reports")


def tell_receipt(receipt: dict[str, Any], dry_run: bool, replayed: bool) -> None:
    """One report's receipt, for people."""
    for problem in receipt["problems"]:
        place = f"line {problem['line']}: " if problem["line"] else ""
        click.echo(f"{place}{problem['message']} ({problem['code']})", err=True)
    if dry_run:
        done = "would be posted"
    else:
        before = "was posted before, at" if replayed else "posted at"
        done = f"{before} position {receipt['position']} (remittance {receipt['id']})"
    whose = f"{receipt['employer']} {receipt['report']}: " if "employer" in receipt else ""
    click.echo(f"{whose}{receipt['lines']:,} lines, {receipt['hours']} hours {done}")


@contextlib.contextmanager
def bar(label: str) -> Iterator[Told]:
    """On a terminal, a bar that shows how far it is; call what this yields."""
    if not sys.stderr.isatty():
        yield untold
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as shown:
        done = dict[Phase, int]()

        def tell(phase: Phase, counted: int, total: int) -> None:
            done[phase] = counted
            shown.length = 3 * total
            shown.update(sum(done.values()) - shown.pos)

        yield tell
