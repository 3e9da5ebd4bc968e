"""``hourbank simulate``: a scenario from a file; and its sheets, verified and counted again."""

import json

import pytest

from service import sheets
from service.outcomes import digest

SCENARIO = """\
# What both sides want to see.
snapshot: latest
plan: mpi-health
under:
  - current
  - name: 450 hours
    changes: {continuing_hours: {2016-08-01: 450}}
from: 2016-08
to: 2017-07
group_by: [local]
sweep: {path: continuing_hours, from: 2016-08-01, values: [400, 450]}
assume: {moves: [{share: 0.10, to: new-media, counts: no}]}
uncertainty: {draws: 20, seed: 2}
"""


@pytest.fixture
def run(command_line):
    return command_line


@pytest.fixture
def scenario(run, tmp_path):
    assert run("snapshot", "demo", "--people", "150").exit_code == 0
    file = tmp_path / "scenario.yaml"
    file.write_text(SCENARIO)
    return file


def answer(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_scenario_from_a_file_is_that_of_the_service(run, scenario):
    found = answer(run("simulate", scenario, "--json"))
    assert [one["terms"] for one in found["results"]] == ["current", "450 hours"]
    assert len(found["months"]) == 12
    assert found["assumptions"][0]["assumption"] == "move"
    assert "uncertainty" in found["results"][0]
    again = answer(run("simulate", scenario, "--json"))
    assert again == found
    shown = run("simulate", scenario).output
    for word in ("mpi-health, 2016-08 to 2017-07, 150 members", "people who lose", "Synthetic", found["hash"]):
        assert word in shown
    seen = answer(run("simulate", scenario, "--as", "negotiator", "--json"))
    assert seen["suppressed_under"] == 11
    assert "not shown" in run("simulate", scenario, "--as", "negotiator").output


def test_a_snapshots_file_may_be_named(run, scenario, tmp_path):
    found = answer(run("simulate", scenario, "--json"))
    file = tmp_path / "snapshot.zip"
    run("snapshot", "export", "latest", file)
    run("snapshot", "demo", "--people", "20")
    assert answer(run("simulate", scenario, "--json"))["hash"] != found["hash"]
    same = answer(run("simulate", scenario, "--snapshot", file, "--json"))
    assert same["hash"] == found["hash"]
    assert answer(run("simulate", scenario, "--snapshot", found["snapshot"]["hash"], "--json"))["hash"] == found["hash"]


@pytest.mark.parametrize("as_", [(), ("--as", "negotiator")])
def test_a_sheet_is_verified_and_counted_again(run, scenario, tmp_path, as_):
    sheet = tmp_path / "sheet.json"
    assert run("simulate", scenario, "--sheet", sheet, *as_).exit_code == 0
    checked = answer(run("simulate", "--verify", sheet, "--json"))
    assert checked["identical"] is True
    said = json.loads(sheet.read_text())
    assert checked["hash"] == said["outcome"]["hash"]
    assert run("simulate", "--verify", sheet, "--key", checked["signed_by"]).exit_code == 0
    assert run("simulate", "--verify", sheet, "--key", "11" * 32).exit_code == 1
    said["outcome"]["members"] = 7
    sheet.write_text(json.dumps(said))
    refused = run("simulate", "--verify", sheet)
    assert (refused.exit_code, "signature does not fit" in refused.output) == (1, True)
    for name in ("sheet.csv", "sheet.html"):
        assert run("simulate", scenario, "--sheet", tmp_path / name, *as_).exit_code == 0
        assert (tmp_path / name).stat().st_size > 1_000
    assert run("simulate", scenario, "--sheet", tmp_path / "sheet.doc").exit_code == 2


def test_what_cannot_be_asked_is_refused_with_its_place(run, scenario, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("plan: [")
    refused = run("simulate", broken)
    assert (refused.exit_code, f"{broken}:1:8" in refused.output) == (1, True)
    for wrong in ("- 1", "", "plan: a\nplan: b\n", "plan: &a x\nsnapshot: *a\n"):
        broken.write_text(wrong)
        refused = run("simulate", broken)
        assert (refused.exit_code, f"{broken}:" in refused.output) == (1, True)
    broken.write_text(SCENARIO.replace("continuing_hours: {2016", "no_such: {2016"))
    refused = run("simulate", broken, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["errors"][0]["pointer"] == "/under/1/changes/no_such"
    assert run("simulate", scenario, "--snapshot", "0" * 64).exit_code == 1
    (tmp_path / "bad.zip").write_bytes(b"no")
    assert run("simulate", scenario, "--snapshot", tmp_path / "bad.zip").exit_code == 1


def test_a_sheet_of_other_rules_or_plans_says_so(run, scenario, tmp_path, app):
    """Signed by whoever counted: that another version counted otherwise is no forgery."""
    sheet = tmp_path / "sheet.json"
    run("simulate", scenario, "--sheet", sheet)
    said, settings = json.loads(sheet.read_text()), app.extensions["hourbank"].settings

    def signed(asked, **figures):
        outcome = {**said["outcome"], **figures, "inputs": digest(asked)}
        outcome.pop("hash")
        sheet.write_text(json.dumps(sheets.signed(settings, asked, {"hash": digest(outcome), **outcome})))
        return run("simulate", "--verify", sheet)

    asked = {**said["asked"], "terms": "0" * 16, "engine": "1" * 16}
    other = signed(asked, engine=asked["engine"])
    assert (other.exit_code, "identical" in other.output) == (0, True)  # another version may count the same
    other = signed(asked, engine=asked["engine"], members=7)
    assert other.exit_code == 1
    assert "DIFFERENT; the rules and the plan mpi-health here are of another version" in other.output
    other = signed({**asked, "snapshot": "0" * 64})
    assert (other.exit_code, "its snapshot is not here" in other.output) == (0, True)
    for name, value in (("under", []), ("plan", "no-such-plan"), ("from", "soon"), ("near_bands", 7)):
        other = signed({**asked, name: value})
        assert (other.exit_code, "cannot be counted here" in other.output) == (1, True), other.output
