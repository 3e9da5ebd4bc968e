"""docs/negotiating.md, followed to the letter."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "negotiating.md").read_text()
FILES = dict(zip(re.findall(r"`(\w+\.yaml)`", PAGE), re.findall(r"```yaml\n(.*?)```", PAGE, re.S), strict=True))
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]


@pytest.fixture
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        Path(name).write_text(content)
    return tmp_path


def test_both_sides_come_to_the_same_in_ten_minutes(here, command_line):
    assert set(FILES) == {"proposal.yaml", "counter.yaml"}
    said = {}
    for command in COMMANDS:
        # Fewer people, so that the test does not take the ten minutes.
        words = [word.replace("5000", "300") for word in shlex.split(command)]
        assert words[0] == "./hourbank"
        result = command_line(*words[1:])
        assert result.exit_code == 0, (command, result.output)
        said[command] = result.output
    proposal, checked, counter = (said[command] for command in COMMANDS[-3:])
    (hash_,) = re.findall(r"^hash   ([0-9a-f]{64})$", proposal, re.M)
    assert f"hash {hash_}" in checked
    assert "counted again here: identical" in checked
    assert "450 hours, not for those covered now" in proposal
    assert counter.count("continuing_hours 4") == 4
    assert "a gap of 1000000.00 is closed by" in counter
    hashes = {re.findall(r"SHA-256 ([0-9a-f]{64})", said[command])[0] for command in COMMANDS[:3]}
    assert len(hashes) == 1
