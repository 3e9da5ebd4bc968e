"""A scenario counted on a Dask cluster of local workers: the same bytes as here.

Dask is not among the packages of the tests; .ci/run brings it (requirements-bench.lock).
"""

import json
import os
import sys
from pathlib import Path

import pytest

from service import cluster
from service.demo.snapshot import membership_snapshot
from service.outcomes import canonical, outcome
from service.simulation import evaluated
from service.snapshot_files import folder_of, opened, save
from tests.test_cli_simulate import SCENARIO

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    distributed = pytest.importorskip(
        "distributed", reason="Dask is not installed: pip install --no-deps -r requirements-bench.lock"
    )
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path_factory.mktemp("dask"))
    )
    yield made
    made.close()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture
def inputs(app, run, tmp_path):
    """The complete inputs of a scenario over a made-up membership, which is kept."""
    assert run("snapshot", "demo", "--people", "150").exit_code == 0
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    sheet = tmp_path / "sheet.json"
    assert run("simulate", tmp_path / "scenario.yaml", "--sheet", sheet).exit_code == 0
    return json.loads(sheet.read_text())["asked"]


@pytest.fixture
def run(command_line):
    return command_line


def test_two_workers_come_to_the_same_bytes(workers, inputs, app, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "MEMBERS_A_TASK", 40)
    snapshot = membership_snapshot(150)
    folder = folder_of(tmp_path, save(tmp_path, snapshot))
    told = []
    there = cluster.evaluated(
        inputs, opened(folder), folder, workers.scheduler_address, lambda *each: told.append(each)
    )
    here = evaluated(inputs, snapshot)
    assert canonical(outcome(inputs, snapshot, *there)) == canonical(outcome(inputs, snapshot, *here))
    assert told[-1] == (150, 150)
    assert len(told) == 4


def test_the_command_line_takes_a_schedulers_address(workers, run, tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(SCENARIO)
    run("snapshot", "demo", "--people", "120")
    there = run("simulate", file, "--scheduler", workers.scheduler_address, "--json")
    assert there.exit_code == 0, there.output
    found = json.loads(there.stdout)
    assert found["members"] == 120
    sheet = tmp_path / "sheet.json"
    assert run("simulate", file, "--sheet", sheet).exit_code == 0
    assert json.loads(sheet.read_text())["outcome"]["hash"] == found["hash"]
    checked = run("simulate", "--verify", sheet, "--json")
    assert json.loads(checked.stdout)["identical"] is True


def test_without_dask_it_says_what_is_missing(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    run("snapshot", "demo", "--people", "120")
    said = run("simulate", tmp_path / "scenario.yaml", "--scheduler", "tcp://127.0.0.1:1")
    assert said.exit_code != 0
    assert "Dask is not installed here: pip install" in said.output


def test_without_a_scheduler_it_says_so(workers, monkeypatch):
    monkeypatch.setattr(cluster, "WAIT_S", 0.2)
    refused = pytest.raises(cluster.ClusterError, match="no scheduler answers at tcp")
    with refused, cluster.client_of("tcp://127.0.0.1:1"):
        pass


@pytest.mark.parametrize("name", ["engine", "terms"])
def test_a_worker_of_another_version_does_not_count(workers, inputs, tmp_path, name):
    snapshot = membership_snapshot(150)
    folder = folder_of(tmp_path, save(tmp_path, snapshot))
    with pytest.raises(cluster.ClusterError, match="another version"):
        cluster.evaluated({**inputs, name: "0"}, snapshot, folder, workers.scheduler_address, lambda *each: None)


def test_a_worker_that_does_not_see_the_snapshot_says_where_it_should_be(workers, inputs, tmp_path):
    with pytest.raises(cluster.ClusterError, match=f"cannot read {tmp_path}/nowhere"):
        cluster.evaluated(
            inputs, membership_snapshot(150), tmp_path / "nowhere", workers.scheduler_address, lambda *each: None
        )
