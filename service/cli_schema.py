"""``hourbank plans schema``: the JSON Schemas of terms files, examples, proposals and agreements, for editors."""

import json
from pathlib import Path

import click

from rules import agreement_schema, jsonschema, jsonschema_examples

DOCS = Path(__file__).parents[1] / "docs"
MADE = {
    "terms.schema.json": jsonschema.terms_schema,
    "pension.schema.json": jsonschema.pension_schema,
    "examples.schema.json": jsonschema_examples.examples_schema,
    "proposal.schema.json": jsonschema_examples.proposal_schema,
    "agreement.schema.json": agreement_schema.agreement_schema,
}


@click.command()
@click.option(
    "--check", is_flag=True, help="Write nothing; exit status 1 if a schema is not what the rules' shape gives."
)
def schema(*, check: bool) -> None:
    """Write the JSON Schemas of terms files, worked examples, proposals and agreements into docs/, for editors."""
    stale = [name for name in MADE if not current(name)]
    for name in stale:
        if check:
            click.echo(f"docs/{name} is not current: run 'hourbank plans schema'", err=True)
        else:
            (DOCS / name).write_text(text(name), encoding="utf-8")
            click.echo(f"wrote docs/{name}")
    if check and stale:
        raise SystemExit(1)


def text(name: str) -> str:
    """A schema as its file holds it."""
    return json.dumps(MADE[name](), indent=1, ensure_ascii=False) + "\n"


def current(name: str) -> bool:
    """Whether a checked-in schema is the one that the rules' shape gives."""
    path = DOCS / name
    return path.is_file() and path.read_text(encoding="utf-8") == text(name)
