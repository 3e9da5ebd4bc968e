"""Facts about the code itself. A fact that a newcomer should be able to rely on is a test here."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from service.cli import hourbank

ROOT = Path(__file__).parents[1]
PACKAGES = ("rules", "schemas", "service")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))
LONGEST_MODULE_LINES = 400
LONGEST_TEST_LINES = 600
# The fold is one function: its state is carried from stage to stage, and a call in its loop slows every test.
LONGER = {"rules/fold.py": 460}
# These need packages that are not ours (requirements-bench.lock), and are left out without them; .ci/run has them.
LEFT_OUT_WITHOUT = {"tests/test_cluster.py": "distributed"}
LOCKS = sorted(ROOT.glob("requirements*.lock"))
# First parts of plans' names that anybody may use as a word: rules are only kept from the whole names of these.
ORDINARY = {"culinary", "equity", "intermittents", "painters", "roofers"}

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ImportError(f"{package} may not import {{name}}")

sys.meta_path.insert(0, Wall())
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, {package!r} + "."):
    importlib.import_module(module.name)
"""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def calls(module: ast.Module) -> set[str]:
    """The dotted names of everything a module calls."""
    return {ast.unparse(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}


@pytest.mark.parametrize(
    ("package", "blocked"),
    [
        ("rules", ("flask", "sqlalchemy", "psycopg", "marshmallow", "schemas", "service")),
        ("schemas", ("flask", "sqlalchemy", "psycopg", "service")),
    ],
)
def test_a_package_stands_without_what_is_to_its_right(package, blocked):
    program = IMPORT_EVERYTHING.format(package=package, blocked=set(blocked))
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_only_the_clock_asks_what_time_it_is(path):
    asked = {
        call for call in calls(tree(path)) if re.search(r"\b(today|now|utcnow|time\.time|localtime|gmtime)$", call)
    }
    through_the_clock = {"clock.now", "clock.today"} if path.parts[-2] != "rules" else set()
    assert asked <= through_the_clock or path == ROOT / "service/clock.py"


@pytest.mark.parametrize("path", sorted((ROOT / "rules").rglob("*.py")), ids=relative)
def test_rules_have_no_floats(path):
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), ast.unparse(node)
        if isinstance(node, ast.Name | ast.Attribute):
            assert not re.search(r"float\d*$", ast.unparse(node)), ast.unparse(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            # Only paths may be "divided".
            assert isinstance(node.right, ast.Constant | ast.JoinedStr), ast.unparse(node)


@pytest.mark.parametrize("path", SOURCES + TESTS + BENCHMARKS, ids=relative)
def test_modules_are_short_and_finished(path):
    text = path.read_text()
    longest = LONGEST_MODULE_LINES if path in SOURCES else LONGEST_TEST_LINES
    assert len(text.splitlines()) < LONGER.get(relative(path), longest)
    if path != Path(__file__):
        assert not re.search(r"TODO|FIXME|XXX|pragma: no cover|NotImplementedError", text)


@pytest.mark.parametrize("path", SOURCES + TESTS + BENCHMARKS, ids=relative)
def test_names_say_what_a_thing_is(path):
    vague = re.compile(r"(Manager|Helper|Util|Utils|Handler|Processor)$", re.I)
    assert not vague.search(path.stem)
    classes = [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if vague.search(name)] == []


def test_no_rule_knows_a_plan_by_name():
    plans = {path.stem for path in (ROOT / "rules/plans").glob("*.yaml")}
    assert plans
    firsts = {plan.partition("-")[0] for plan in plans}
    assert firsts >= ORDINARY
    words = plans | (firsts - ORDINARY)
    known = re.compile(rf"\b({'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})\b", re.I)
    found = [
        (relative(path), match[0])
        for path in (ROOT / "rules").rglob("*.py")
        for match in known.finditer(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("path", [path for path in TESTS if path.name.startswith("test_")], ids=relative)
def test_a_test_file_has_tests_and_runs_all_of_them(path):
    module = tree(path)
    functions = [node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    methods = {name for name in functions if name.startswith("test_")}
    machines = any("TestCase" in ast.unparse(node) for node in module.body if isinstance(node, ast.Assign))
    assert methods or machines
    left_out = {"skip", "skipif", "xfail", "importorskip"}
    found = left_out & {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    assert found == ({"importorskip"} if relative(path) in LEFT_OUT_WITHOUT else set())


def test_ci_has_what_tests_may_be_left_out_without():
    for package in LEFT_OUT_WITHOUT.values():
        assert re.search(rf"^\s*\.venv/bin/python -c .import .*\b{package}\b", (ROOT / ".ci/run").read_text(), re.M)


@pytest.mark.parametrize("path", LOCKS, ids=relative)
def test_lock_files_hold_hashes_and_no_addresses(path):
    text = path.read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert " @ " not in text
    packages = [line for line in text.splitlines() if re.match(r"\w", line)]
    assert packages
    blocks = re.split(r"^(?=\w)", text, flags=re.M)[1:]
    assert [
        block
        for block in blocks
        if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", block)
    ] == []


def test_the_development_lock_holds_everything_that_runs():
    run, development = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))

    def pins(text: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", text, flags=re.M))

    assert pins(run) <= pins(development)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    """Every command under a group, with its words."""
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command, words = group.get_command(context, name), (*path, name)
        found.append((" ".join(words), command))
        if isinstance(command, click.Group):
            found += commands(command, words)
    return found


@pytest.mark.parametrize(
    ("words", "command"), commands(hourbank), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_says_what_it_does(words, command):
    assert command.help
    assert command.help.splitlines()[0].endswith((".", ";"))
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def readme_lines() -> list[str]:
    """The lines of the README's ``sh`` blocks, with continued lines joined."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.M | re.S)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def test_the_readmes_commands_exist():
    known = dict(commands(hourbank))
    ours = re.findall(r"\./hourbank ([^\n)&|]+)", "\n".join(readme_lines()))
    assert ours
    for words in map(shlex.split, ours):
        name = max((name for name in known if words[: len(name.split())] == name.split()), key=len)
        known[name].make_context(name, words[len(name.split()) :], resilient_parsing=True)
