"""Q1: every worked example shipped with a plan gives the stated answer."""

import functools
from pathlib import Path
from typing import Any

import click

from rules import examples, terms
from rules.examples import Example

FOLDER = Path(__file__).parents[1] / "cases"


@functools.cache
def cases(plan: str) -> tuple[Example, ...]:
    """The worked examples of a plan: those beside its file, and those within."""
    current, found = terms.plan(plan), []
    path = FOLDER / f"{plan}.yaml"
    if path.is_file():
        named, node = examples.read_file(path.read_bytes(), path.name)
        assert named == plan, f"{path.name} holds examples of {named}"
        found += examples.read(node, current)
    if current.examples is not None:
        found += examples.read(current.examples, current)
    return tuple(found)


def different(plan: str) -> dict[str, dict[str, tuple[Any, Any]]]:
    """The examples of a plan that come out differently: (as stated, as found) by figure."""
    current = terms.plan(plan)
    found = {example.name: examples.differences(example, current) for example in cases(plan)}
    return {name: figures for name, figures in found.items() if figures}


CI = RELEASE = sum(len(cases(plan)) for plan in terms.every_name())


def check(count: int) -> int:
    """The number of examples that come out differently. All are asked, whatever the count."""
    failures = 0
    for plan in terms.every_name():
        for name, figures in different(plan).items():
            click.echo(f"{plan}: {name}: {figures}", err=True)
            failures += 1
    return failures
