"""``hourbank snapshot``: taken, made up, written into a file and read from one."""

import json
import zipfile

import pytest

from service.snapshot_files import ADOPTED
from tests.service.test_amendments import NEW


@pytest.fixture
def run(command_line):
    return lambda *words: command_line("snapshot", *words)


def answer(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_snapshot_goes_into_a_file_and_comes_back_the_same(run, tmp_path):
    made = answer(run("demo", "--people", "200", "--json"))
    assert made["members"] == 200
    assert "made up" in made["synthetic"]
    file = tmp_path / "snapshot.zip"
    assert answer(run("export", "latest", str(file), "--json"))["hash"] == made["hash"]
    assert answer(run("import", str(file), "--json"))["hash"] == made["hash"]
    assert answer(run("demo", "--people", "200", "--json"))["hash"] == made["hash"]
    for name in (made["id"], made["hash"]):
        again = tmp_path / name
        assert answer(run("export", name, str(again), "--json"))["hash"] == made["hash"]
        assert again.read_bytes() == file.read_bytes()


AMENDMENT = {**NEW, "adopted": "2016-06-02", "changes": {"continuing_hours": {"2016-08-01": "380"}}}
SCENARIO = {"plan": "mpi-health", "under": ["current"], "from": "2016-08", "to": "2017-07"}


def test_a_file_takes_with_it_what_had_been_adopted_where_it_was_taken(run, administrator, tmp_path):
    def asked(snapshot):
        answer = administrator.post("/v1/scenarios", json={**SCENARIO, "snapshot": snapshot})
        assert answer.status_code == 201, answer.json
        return answer.json

    file = tmp_path / "snapshot.zip"
    before = asked(answer(run("demo", "--people", "200", "--json"))["id"])
    adopted = administrator.post("/v1/plans/mpi-health/amendments", json=AMENDMENT).json["id"]
    made = answer(run("demo", "--people", "200", "--json"))
    after = asked(made["id"])
    assert after["results"][0]["benefit_months"] > before["results"][0]["benefit_months"]
    answer(run("export", made["id"], str(file), "--json"))
    path = f"/v1/plans/mpi-health/amendments/{adopted}/withdrawal"
    assert administrator.post(path, json={"reason": "Decided otherwise."}).status_code == 201
    # As on a base on which nothing was ever adopted.
    there = answer(run("import", str(file), "--json"))
    assert asked(there["id"])["hash"] == after["hash"]
    assert asked(answer(run("demo", "--people", "200", "--json"))["id"])["inputs"] == before["inputs"]


def test_what_had_been_adopted_must_fit_the_plans_here(run, tmp_path):
    run("demo", "--people", "20")
    run("export", "latest", str(tmp_path / "file"))
    bad = tmp_path / "bad"
    text = json.dumps([{"plan": "mpi-health", "kind": "terms", "name": "x", "text": "{}"}]).encode()
    with zipfile.ZipFile(tmp_path / "file") as source, zipfile.ZipFile(bad, "w") as out:
        for info in source.infolist():
            out.writestr(info.filename, text if info.filename == ADOPTED else source.read(info))
    refused = run("import", str(bad))
    assert refused.exit_code == 1
    assert "had been adopted for mpi-health" in refused.output, repr(refused.exception)


def test_all_that_there_are_are_listed(run):
    made = [answer(run("demo", "--people", str(people), "--json")) for people in (20, 30)]
    assert answer(run("list", "--json"))["items"] == made[::-1]
    lines = run("list").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[one["id"], one["hash"][:12]] for one in made[::-1]]
    assert all(line.endswith("synthetic") for line in lines)


def test_how_far_it_is_is_said_beside(run, tmp_path):
    run("demo", "--people", "20")
    out = run("export", "latest", str(tmp_path / "file"))
    back = run("import", str(tmp_path / "file"))
    assert ("exporting" in out.stderr, "importing" in back.stderr, "ing" in out.stdout.partition(":")[0]) == (1, 1, 0)


def test_the_ledger_as_it_is_is_taken(run):
    assert answer(run("create", "--json"))["members"] == 0
    assert "0 members" in run("create", "--known-at", "0").output


def test_what_cannot_be_is_refused(run, tmp_path):
    (tmp_path / "bad").write_bytes(b"nothing")
    there = run("export", "latest", str(tmp_path / "bad"))
    assert (there.exit_code, "there already" in there.output) == (1, True)
    bad = run("import", str(tmp_path / "bad"))
    assert (bad.exit_code, "no snapshot" in bad.output) == (1, True)
    assert list(tmp_path.iterdir()) == [tmp_path / "bad"]
    unknown = run("export", "0" * 64, str(tmp_path / "new"))
    assert unknown.exit_code == 1
    assert run("create", "--known-at", "yesterday").exit_code == 1
