"""``plans check`` on broken files: each is named with its line, its column and what is wrong, all in one go.

The first line of each file in ``tests/broken_plans`` says where its mistake stands and what is to be said of it.
"""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import hourbank

FILES = sorted((Path(__file__).parent / "broken_plans").glob("*.yaml"))
EXPECTED = re.compile(r"# (?P<line>\d+):(?P<column>\d+) (?P<message>.+)")


def expected(file: Path) -> tuple[int, int, str]:
    found = EXPECTED.fullmatch(file.read_text(encoding="utf-8").splitlines()[0])
    assert found, file
    return int(found["line"]), int(found["column"]), found["message"]


@pytest.fixture(scope="module")
def checked() -> Result:
    return CliRunner().invoke(hourbank, ["plans", "check", "--json", *map(str, FILES)])


def test_there_are_broken_plans():
    assert len(FILES) >= 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_mistake_in_a_broken_plan_is_named_with_its_place(file, checked):
    (result,) = (one for one in json.loads(checked.stdout)["files"] if one["file"] == str(file))
    (error,) = result["errors"]
    line, column, message = expected(file)
    assert (error["line"], error["column"]) == (line, column)
    assert error["message"].startswith(message)


def test_checking_all_of_them_names_each_and_fails(checked):
    assert checked.exit_code == 1
    said = CliRunner().invoke(hourbank, ["plans", "check", *map(str, FILES)])
    assert said.exit_code == 1
    lines = said.output.splitlines()
    assert len(lines) == len(FILES)
    for file, line in zip(FILES, lines, strict=True):
        at = expected(file)
        assert line.startswith(f"{file}:{at[0]}:{at[1]}: ")
        assert at[2] in line
