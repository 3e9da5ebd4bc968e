"""Q8: the mutation score of rules/ and the ledger: of small wrong changes to the source, the share that is noticed.

Kept libraries do not fit here: mutmut leaves out decorated functions, which is all that is compiled, and cosmic-ray
starts a test run from nothing for each. So each change (a comparison, an operator, a number, a truth value, what is
returned) is made in the syntax tree of one module, in a forked process in which nothing is compiled; there the worked
examples of all plans, histories whose answers the oracle has given before, memberships against their members, and
tests/rules are asked until one of them notices; of the ledger's modules, their tests over HTTP and PostgreSQL. A change
that runs too long is noticed as well.
"""

# ruff: noqa: PLC0415 (what is asked has to be imported after the change)

import ast
import contextlib
import datetime
import functools
import importlib.abc
import importlib.util
import io
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

CI = 40
RELEASE = 1_500
GOAL, RELEASE_GOAL = 90, 95  # percent noticed
LEFT_OUT = ("__init__", "compiling", "warm")  # how the rules are compiled and stored, no rule
# What writes, takes back, reckons and reads the ledger's lines.
LEDGER = ("accounts", "assessed", "assessing", "columns", "corrections", "hours", "ledger", "payments")
HISTORIES = 50  # of each plan
MEMBERS = 4  # of each plan's memberships
PATIENCE = 1_200  # seconds for the rules as they are; a change may take three times as long as they did
ALSO = ("test_schema.py", "test_broken_plans.py")  # tests of the rules that stand beside those of tests/rules
ASKED_HERE = ("test_oracle.py", "test_cases.py")  # what these ask is asked here before
CROWDS = "test_compare.py"  # takes minutes uncompiled, and asks about whole memberships only
OF_CROWDS = ("compare", "few", "folding", "ticks")
ANSWERING = ("determine", "evaluate", "examples", "pension", "compare")  # what examples, histories, memberships ask
TESTS_OF_THE_LEDGER = ("assessed", "columns", "corrections", "hours", "ledger", "payments", "previews", "statements")
ROOT = Path(__file__).parents[2]
SEED = 20

# Changes that can be noticed by nobody: module, line as it stands, change, with the reason.
EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("rules.stages", "if count >= most:", "GtE to Gt"): "who asks wants to know only whether there are so many",
}


class Mutant(NamedTuple):
    """One change: of the so-many-th place of a module that can be changed, in the so-many-th way."""

    module: str
    place: int
    way: int
    line: int
    change: str
    text: str

    def told(self) -> str:
        """Where and what the change is."""
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.change}    {self.text}"

    @property
    def path(self) -> Path:
        """The module's file."""
        return path_of(self.module)


def path_of(module: str) -> Path:
    """The file of a module."""
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


# Making changes

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def ways(node: ast.AST) -> list[tuple[str, ast.AST]]:  # noqa: PLR0911 (one for each kind of node)
    """The changes that can be made to one node, each with the node that takes its place."""
    match node:
        case ast.Compare(ops=[op], left=left, comparators=right):
            others = COMPARISONS.get(type(op), ())
            return [(f"{name(op)} to {name(other())}", ast.Compare(left, [other()], right)) for other in others]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS and not stringy(left, right):
            other = OPERATORS[type(op)]()
            return [(f"{name(op)} to {name(other)}", ast.BinOp(left, other, right))]
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in OPERATORS and not stringy(value):
            other = OPERATORS[type(op)]()
            return [(f"{name(op)}= to {name(other)}=", ast.AugAssign(target, other, value))]
        case ast.BoolOp(op=op, values=values):
            other_op = ast.Or() if isinstance(op, ast.And) else ast.And()
            return [(f"{name(op)} to {name(other_op)}", ast.BoolOp(other_op, values))]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [("not left out", operand)]
        case ast.Constant(value=bool() as value):
            return [(f"{value} to {not value}", ast.Constant(not value))]
        case ast.Constant(value=int() as value):
            return [(f"{value} to {value + 1}", ast.Constant(value + 1))]
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            return [("returns None", ast.Return(ast.Constant(None)))]
    return []


def name(op: ast.AST) -> str:
    """The name of an operator."""
    return type(op).__name__


def stringy(*nodes: ast.expr) -> bool:
    """Whether an operand is text or a list, which is not calculated with."""
    return any(
        isinstance(node, ast.JoinedStr | ast.Tuple | ast.List | ast.Dict)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        for node in nodes
    )


class _Changer(ast.NodeTransformer):
    """Counts the places that can be changed, and changes one of them."""

    def __init__(self, place: int = -1, way: int = 0) -> None:
        self.place, self.way = place, way
        self.found: list[tuple[int, int, int, str]] = []
        self.count = 0

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.AnnAssign):
            if node.value is not None:
                node.value = self.visit(node.value)
            return node
        if isinstance(node, ast.FunctionDef):
            node.body = [self.visit(one) for one in node.body]
            node.args.defaults = [self.visit(one) for one in node.args.defaults]
            return node
        if isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
            return node  # what is said to people, and what cannot happen
        if isinstance(node, ast.Tuple) and [ast.unparse(one) for one in node.elts] == ["0"]:
            return node  # a flag of what terms use: only its length is looked at
        possible = ways(node)
        if possible:
            place = self.count
            self.count += 1
            self.found += [(place, way, getattr(node, "lineno", 0), change) for way, (change, _) in enumerate(possible)]
            if place == self.place:
                return ast.copy_location(possible[self.way][1], node)
        return self.generic_visit(node)


def mutants() -> list[Mutant]:
    """Every change that can be made to the rules and the ledger."""
    rules = sorted(path.stem for path in (ROOT / "rules").glob("*.py") if path.stem not in LEFT_OUT)
    made = []
    for module in [*(f"rules.{name}" for name in rules), *(f"service.{name}" for name in LEDGER)]:
        source = path_of(module).read_text(encoding="utf-8")
        changer, lines = _Changer(), source.splitlines()
        changer.visit(ast.parse(source))
        for place, way, line, change in changer.found:
            one = Mutant(module, place, way, line, change, lines[line - 1].strip())
            if (one.module, one.text, one.change) not in EQUIVALENT:
                made.append(one)
    return made


def rests_on(*roots: str) -> set[str]:
    """The modules of the rules that some of them import, and so on."""
    found: set[str] = set()
    left = list(roots)
    while left:
        module = left.pop()
        if module in found or not path_of(f"rules.{module}").exists():
            continue
        found.add(module)
        for node in ast.walk(ast.parse(path_of(f"rules.{module}").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "rules":
                left += [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rules."):
                left.append((node.module or "").removeprefix("rules."))
    return found


UNCHANGED = Mutant("rules.units", -1, 0, 0, "unchanged", "")
UNCHANGED_LEDGER = UNCHANGED._replace(module="service.ledger")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed module instead of the one that is stored."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != self.mutant.module:
            return None
        return importlib.util.spec_from_file_location(fullname, self.mutant.path, loader=self)

    def exec_module(self, module: Any) -> None:
        source = self.mutant.path.read_text(encoding="utf-8")
        tree = _Changer(self.mutant.place, self.mutant.way).visit(ast.parse(source))
        exec(compile(ast.fix_missing_locations(tree), str(self.mutant.path), "exec"), module.__dict__)


# Noticing them

KNOWN: list[tuple[str, dict[str, Any], list[Any], list[Any], list[datetime.date], Any]] = []


def prepare() -> None:
    """Ask the oracle about some histories of each plan, in turn, in plain words that no change can reach."""
    from rules import terms
    from tests.histories import history
    from tests.histories_terms import GROUP
    from tests.quality import q2

    for place in range(HISTORIES):
        for plan in terms.names():
            one = history(plan, GROUP * (place % 2) + place)
            if q2.divergence(one) is None:
                days = q2.asked(one)
                lines = [line._asdict() for line in one.lines]
                known = [fact._asdict() for fact in one.facts]
                KNOWN.append((plan, one.changes, lines, known, days, q2.by_oracle(one)))


def noticed(mutant: Mutant, patience: int) -> str:
    """What notices a change within so many seconds; nothing if nobody does."""
    for loaded in [each for each in sys.modules if each.split(".")[0] in ("rules", "tests", "service", "schemas")]:
        if not loaded.startswith("tests.oracle"):
            del sys.modules[loaded]
    sys.meta_path.insert(0, _Finder(mutant))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(patience)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return next(_of_ledger() if mutant.module.startswith("service") else _of_rules(mutant), "")
        except BaseException as failure:  # whatever happens, it has been noticed
            return type(failure).__name__


def _too_long(*_: Any) -> None:
    raise TimeoutError


def _of_ledger() -> Iterator[str]:
    """What the tests of the ledger have against it."""
    failing = _failing([ROOT / "tests" / "service" / f"test_{name}.py" for name in TESTS_OF_THE_LEDGER])
    if failing:
        yield failing


def _of_rules(mutant: Mutant) -> Iterator[str]:
    """What a module's tests, what answers rest on, and the other tests have against the rules."""
    from rules import terms

    module = mutant.module.removeprefix("rules.")
    files = sorted((ROOT / "tests" / "rules").glob("test_*.py")) + [ROOT / "tests" / name for name in ALSO]
    own = [path for path in files if module.startswith(path.stem.removeprefix("test_"))]
    left_out = ASKED_HERE if module in OF_CROWDS else (*ASKED_HERE, CROWDS)
    others = [path for path in files if path not in own and path.name not in left_out]
    # Uncompiled, a plan that counts by days takes as long as all the others.
    slow = [plan for plan in terms.names() if terms.plan(plan).texts["calendar.cutoffs"] == "days"]
    failing = _failing(own, slow) if own else ""
    if failing:
        yield failing
    if module in rests_on(*ANSWERING):
        yield from _of_answers(mutant, slow)
    failing = _failing(others, slow)
    if failing:
        yield failing


def _of_answers(mutant: Mutant, slow: Sequence[str]) -> Iterator[str]:
    """What worked examples, histories and memberships have against what answers rest on."""
    from rules import terms
    from tests.histories import history
    from tests.quality import q1, q2, q3

    plans = terms.names()
    random.Random(mutant.told()).shuffle(plans)
    for plan in [*plans, *terms.names("pension")]:
        if q1.different(plan):
            yield f"an example of {plan}"
    for plan, *one in sorted(KNOWN, key=lambda one: one[0] in slow):
        if not _agrees(q2, terms, plan, *one):
            yield f"a history of {plan}"
    for plan in plans:
        if plan not in slow:
            members = [history(plan, seed) for seed in range(MEMBERS)]
            bare = [q3.bare(one) for one in members]
            if q3.differing(members, without_facts=False) or q3.differing(bare, without_facts=True):
                yield f"a membership of {plan}"


class _Failing:
    """The first test that fails, as pytest names it."""

    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.name = self.name or report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.name = self.name or report.nodeid


def _failing(files: list[Path], but: Sequence[str] = ()) -> str:
    """The first test of some files that fails, or nothing. What is named after one of ``but`` is not asked."""
    import pytest

    chosen = ["-k", f"not ({' or '.join(but)})"] if but else []
    failing = _Failing()
    pytest.main(["-x", "-q", "-p", "no:cacheprovider", *chosen, *map(str, files)], plugins=[failing])
    return failing.name


def _agrees(q2: Any, terms: Any, plan: str, changes: Any, lines: Any, known: Any, days: Any, expected: Any) -> bool:
    from rules.calendar import Cite
    from rules.evaluate import Fact, Line

    current = terms.plan(plan)
    if changes:
        current = current.under(changes, name="changed", cite=Cite("made up", "", ""))
    one = _One(current, [Line(**line) for line in lines], [Fact(**fact) for fact in known])
    found = q2.by_engine(one, days)
    if isinstance(found, str) or isinstance(expected, str):
        return isinstance(found, str) and isinstance(expected, str)
    return not any(q2.different(ours, other) for ours, other in zip(found, expected, strict=True))


class _One(NamedTuple):
    terms: Any
    lines: list[Any]
    facts: list[Any]


def check(count: int) -> int:
    """1 if too few of so many changes are noticed, else 0. The ones that nobody notices are printed."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    return subprocess.call([sys.executable, "-m", "tests.quality.q8", str(count)], cwd=ROOT, env=environment)


def main(count: int) -> int:
    """Make so many changes, each in a process of its own, and see whether they are noticed."""
    prepare()
    begun = time.monotonic()
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pair:
        complaints = pair.starmap(noticed, [(one, PATIENCE) for one in (UNCHANGED, UNCHANGED_LEDGER)], chunksize=1)
    patience = 3 * round(time.monotonic() - begun) + 30
    if any(complaints):
        click.echo(f"The sources as they are do not pass: {', '.join(filter(None, complaints))}", err=True)
        return 1
    sample = mutants()
    random.Random(SEED).shuffle(sample)
    sample = sample[:count]
    unnoticed = []
    with (
        multiprocessing.get_context("fork").Pool(os.cpu_count() or 1, maxtasksperchild=1) as pool,
        click.progressbar(length=len(sample), label="Q8", file=sys.stderr) as bar,
    ):
        for mutant, by in pool.imap_unordered(functools.partial(_ask, patience=patience), sample, chunksize=1):
            bar.update(1)
            if not by:
                unnoticed.append(mutant)
    share = 100 * (len(sample) - len(unnoticed)) / len(sample)
    goal = RELEASE_GOAL if count >= RELEASE else GOAL
    for mutant in sorted(unnoticed):
        click.echo(mutant.told(), err=True)
    click.echo(f"{share:.1f} % of {len(sample)} changes noticed; goal {goal} %", err=True)
    return int(share < goal)


def _ask(mutant: Mutant, patience: int) -> tuple[Mutant, str]:
    return mutant, noticed(mutant, patience)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1])))
