"""``hourbank test`` and ``hourbank bench``: the project's own checks, from a checkout.

A line of the quality table is one module: ``tests/quality/q3.py`` holds ``CI`` and ``RELEASE`` (how many cases each
size takes) and ``check(count) -> int`` (how many of them failed). The test suite runs every one at CI size. A benchmark
module holds ``IDS`` and ``measure() -> iterator of dicts`` (id, ratio, goal, holds, detail).
"""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import click

ROOT = Path(__file__).parents[1]


@click.command
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--release", is_flag=True, help="Run the lines of the quality table (Q3, R1 ...) at release size.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line of the quality table.")
def test(ids: tuple[str, ...], release: bool, as_json: bool) -> None:
    """Run the tests; with ID or --release, lines of the quality table, one by one."""
    if not (ids or release or as_json):
        # As many processes as there are cores, each with a database of its own and two gigabytes of compiled code; a
        # file's tests stay together.
        suite = [sys.executable, "-m", "pytest", "--numprocesses", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
        raise SystemExit(subprocess.call(suite, cwd=ROOT, env=child_environment()))
    built = {module.__name__.rpartition(".")[2].upper(): module for module in modules("tests.quality", "check")}
    failed = False
    for name in chosen(ids, list(built)):
        result = run_check(name, built[name], release)
        failed = failed or not result["holds"]
        show(result, as_json, f"{result['count']:>9} cases  {result['failures']} failures  {result['seconds']} s")
    raise SystemExit(1 if failed else 0)


@click.command
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line of the quality table.")
def bench(ids: tuple[str, ...], as_json: bool) -> None:
    """Measure how fast the work is, as ratios to a floor measured in the same run."""
    built = {name: module for module in modules("benchmarks", "measure") for name in getattr(module, "IDS", ())}
    wanted = chosen(ids, list(built))
    for module in dict.fromkeys(built[name] for name in wanted):
        for result in module.measure():
            if result["id"] in wanted:
                detail = ", ".join(f"{name} {value}" for name, value in result["detail"].items())
                show(result, as_json, f"ratio {result['ratio']:.2f}  goal {result['goal']}  ({detail})")


def modules(package: str, function: str) -> list[ModuleType]:
    """The modules of a package of checks that have ``function``; ClickException where the checks are not installed."""
    try:
        folder = importlib.import_module(package).__path__
    except ModuleNotFoundError:
        raise click.ClickException("the checks are not part of this installation; run them from a checkout") from None
    names = sorted(found.name for found in pkgutil.iter_modules(folder) if not found.name.startswith("test_"))
    found = [importlib.import_module(f"{package}.{name}") for name in names]
    return [module for module in found if hasattr(module, function)]


def chosen(ids: tuple[str, ...], built: list[str]) -> list[str]:
    """The ids asked for, all of them by default; asking for one that does not exist (yet) is misuse."""
    wanted = [name.upper() for name in ids] or built
    missing = [name for name in wanted if name not in built]
    if missing:
        raise click.UsageError(f"not built yet: {', '.join(missing)}. There is: {', '.join(built) or 'nothing'}.")
    return wanted


def run_check(name: str, module: ModuleType, release: bool) -> dict[str, Any]:
    """Run one line of the quality table and count what failed."""
    count = module.RELEASE if release else module.CI
    started = time.perf_counter()
    failures = module.check(count)
    seconds = round(time.perf_counter() - started, 1)
    return {"id": name, "count": count, "failures": failures, "holds": failures == 0, "seconds": seconds}


def show(result: dict[str, Any], as_json: bool, text: str) -> None:
    """One result for a program, or for a person."""
    click.echo(json.dumps(result) if as_json else f"{result['id']:3} {'holds' if result['holds'] else 'FAILS'}  {text}")


def child_environment() -> dict[str, str]:
    """Our environment, without the database of a deployment: tests make their own."""
    return {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "HOURBANK_HOME")}
