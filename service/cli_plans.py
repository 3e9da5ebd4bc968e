"""``hourbank plans``: terms files checked and shown. Nothing here needs the database."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

if "numba" not in sys.modules:
    # A few examples are sooner worked out than compiled. Where compiled rules are in use already they are left alone.
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

from rules import document, examples, laying_pension, proposal, sense, terms, ticks
from service.cli_schema import schema
from service.cli_terms import booklet, diff, show

TESTED = Path(__file__).parents[1] / "tests" / "cases"


@click.group()
def plans() -> None:
    """Check and show plans' terms."""


@plans.command()
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path), metavar="[FILE ...]")
@click.option(
    "--examples",
    "cases",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A file of worked examples, besides those in FILE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def check(files: tuple[Path, ...], *, cases: Path | None, as_json: bool) -> None:
    """Check terms files, or all shipped plans: errors with line and column, warnings, and the worked examples' results.

    Exit status 1 if any file has an error or an example that comes out differently.
    """
    results = [checked(file, cases) for file in files or sorted(terms.PLANS.glob("*.yaml"))]
    if as_json:
        click.echo(json.dumps({"files": results}))
    for result in [] if as_json else results:
        click.echo("\n".join(report(result)))
    if any(result["errors"] or result["examples"]["failed"] for result in results):
        raise SystemExit(1)


def report(result: dict[str, Any]) -> Iterator[str]:
    """The result for one file as a person reads it."""
    for error in result["errors"]:
        path = f"{error['path']}: " if error["path"] else ""
        yield f"{error['file']}:{error['line']}:{error['column']}: {path}{error['message']}"
    for warning in result["warnings"]:
        yield f"{result['file']}: warning: {warning}"
    for failed in result["examples"]["failed"]:
        yield f"{failed['file']}:{failed['line']}: {failed['name']}"
        for figure, says, comes in failed["differences"]:
            yield f"    {figure}: the example says {says}, the terms give {comes}"
    if not result["errors"]:
        doubts = f"{result['assumed']} assumed, {result['disputed']} disputed"
        examples, proposed = result["examples"], result["proposal"]
        told = f"{result['terms']} terms, {result['values']} values ({doubts})"
        if proposed:
            told = f"a proposal for {proposed['plan']}, {proposed['changes']} of {result['terms']} terms change"
        yield (
            f"{result['file']}: {told}, "
            f"{examples['passed']} of {examples['passed'] + len(examples['failed'])} examples pass"
        )


def checked(file: Path, cases: Path | None = None) -> dict[str, Any]:
    """Load one file, lay its terms out on its whole calendar as an evaluation would, and run its examples."""
    result: dict[str, Any] = {"file": str(file), "errors": [], "warnings": [], "terms": 0, "values": 0}
    result |= {"proposal": None, "assumed": 0, "disputed": 0, "examples": {"passed": 0, "failed": []}}
    try:
        loaded, plan = proposal.opened(file)
        (laying_pension if loaded.kind == "pension" else ticks).lay(loaded)
        found = [examples.read(loaded.examples, loaded)] if loaded.examples else []
        beside = cases or TESTED / file.name
        if cases or (file.resolve().parent == terms.PLANS and beside.is_file()):
            about, node = examples.read_file(beside.read_bytes(), str(beside))
            if about != loaded.plan:
                node.refuse(f"these examples are about {about}, not about {loaded.plan}")
            found.append(examples.read(node, loaded))
    except document.TermsError as wrong:
        place = {"file": wrong.file, "line": wrong.line, "column": wrong.column, "path": wrong.path}
        result["errors"].append({**place, "message": wrong.message})
        return result
    except (OSError, LookupError, ValueError) as wrong:
        place = {"file": str(file), "line": 1, "column": 1, "path": ""}
        told = f"the file cannot be read: {wrong.strerror}" if isinstance(wrong, OSError) else str(wrong)
        result["errors"].append({**place, "message": told})
        return result
    for group, where in zip(found, [str(file) if loaded.examples else str(beside), str(beside)], strict=False):
        for example in group:
            differing = outcome(example, loaded)
            if differing:
                told = {"file": where, "line": example.line, "name": example.name, "differences": differing}
                result["examples"]["failed"].append(told)
            else:
                result["examples"]["passed"] += 1
    values = [value for leaf in loaded.leaves.values() for value in leaf.values.values()]
    result["warnings"] = warnings(loaded, file, plan)
    for example in (example for group in found for example in group):
        result["warnings"] += [f"in the example {example.name!r}, {told}" for told in examples.unused(example, loaded)]
    result |= {"terms": len(loaded.leaves), "values": len(values)}
    if plan:
        changed = sum(leaf != plan.leaves.get(path) for path, leaf in loaded.leaves.items())
        result["proposal"] = {"plan": plan.plan, "changes": changed}
    return result | {doubt: sum(value.status == doubt for value in values) for doubt in ("assumed", "disputed")}


def outcome(example: examples.Example, loaded: terms.Terms) -> list[tuple[str, str, str]]:
    """The figures of an example that come out differently: name, what the example says, what the terms give."""
    try:
        found = examples.differences(example, loaded)
    except (LookupError, ValueError) as silent:
        return [("answer", "there is one", str(silent))]
    return [(figure, examples.written(says), examples.written(comes)) for figure, (says, comes) in found.items()]


def warnings(loaded: terms.Terms, file: Path, plan: terms.Terms | None = None) -> list[str]:
    """What a file may say but an administrator should look at again; of a proposal, what its plan does not say."""
    if plan:
        return [told for told in sense.warnings(loaded) if told not in sense.warnings(plan)]
    found = [f"the source {short!r} is cited by nothing" for short in loaded.uncited]
    found += sense.warnings(loaded)
    if loaded.plan != file.stem:
        found.append(f"the plan is called {loaded.plan!r}, the file {file.stem!r}: they should be the same")
    return found


for command in (show, booklet, diff, schema):
    plans.add_command(command)
