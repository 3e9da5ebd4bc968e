"""Facts about the container files: what runs is not root, pinned, watched, read-only, and has no secret built in."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def pinned(image: str) -> bool:
    """Whether an image names an exact version or a digest."""
    return bool(re.search(r":\d+\.\d+(\.\d+)?[\w.-]*$|@sha256:[0-9a-f]{64}$", image))


def test_base_images_are_pinned(instructions):
    stages = [rest.split()[0] for word, rest in instructions if word == "FROM"]
    images = stages + [service["image"] for service in COMPOSE["services"].values()]
    assert len(stages) == 2
    assert [image for image in images if not pinned(image)] == []


def test_it_does_not_run_as_root_and_is_watched(instructions):
    last_stage = instructions[max(i for i, (word, _) in enumerate(instructions) if word == "FROM") :]
    users = [rest for word, rest in last_stage if word == "USER"]
    assert users
    assert "root" not in users
    assert users[-1] != "0"
    assert [word for word, _ in instructions].count("HEALTHCHECK") == 1
    assert all(rest.startswith("[") for word, rest in instructions if word in ("CMD", "ENTRYPOINT"))


def test_packages_are_checked_by_their_hashes_and_nothing_is_fetched_otherwise(instructions):
    runs = [rest for word, rest in instructions if word == "RUN"]
    installs = [run for run in runs if "pip install" in run]
    assert installs
    assert all("--require-hashes" in run and "--only-binary :all:" in run for run in installs)
    assert not any(re.search(r"\b(curl|wget|apt-get|git)\b|://", run) for run in runs)
    assert not any(word == "ADD" for word, _ in instructions)


def test_what_is_copied_exists_and_is_let_through_to_the_build(instructions):
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for word, rest in instructions:
        if word == "COPY" and not rest.startswith("--from"):
            sources = rest.split()[:-1]
            assert set(sources) <= let_through
            assert [source for source in sources if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_services_are_read_only_limited_and_hold_no_secret(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert not service.get("privileged")
    for variable, value in service["environment"].items():
        if re.search("PASSWORD|KEY|SECRET|_URL", variable):
            assert re.search(r"\$\{\w+:\?", value), f"{variable} must be demanded from the environment"
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")


def test_the_service_drops_every_capability_and_waits_for_its_database():
    service = COMPOSE["services"]["hourbank"]
    assert service["cap_drop"] == ["ALL"]
    assert service["depends_on"]["database"]["condition"] == "service_healthy"
    assert "healthcheck" in COMPOSE["services"]["database"]


def test_yaml_is_tidy():
    files = [ROOT / "compose.yaml", ROOT / ".yamllint.yaml"]
    command = [sys.executable, "-m", "yamllint", "--strict", "--config-file", ROOT / ".yamllint.yaml", *files]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")
