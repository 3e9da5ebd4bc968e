"""Scenarios beside imports, on a real service: only the imports move anything. Two bases come to the same hash."""

import concurrent.futures
import json
import os
import subprocess

import pytest

from tests.e2e.conftest import COMMAND
from tests.e2e.test_jobs import service  # noqa: F401 (a fixture)

SCENARIOS, REPORTS = 200, 40  # the release size is a thousand: HOURBANK_SCENARIOS=1000
ASKED = {"snapshot": "latest", "plan": "mpi-health", "from": "2020-01", "to": "2021-12"}
WEEKS = [f"2020-{month:02}-{day:02}" for month in range(1, 13) for day in (4, 11, 18, 25)]


def lines(members, hours):
    return [{"member": member, "week_ending": week, "hours_worked": hours} for member in members for week in WEEKS]


def run(environment, *words, **more):
    done = subprocess.run(
        [*COMMAND, *words], env=environment | more, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_scenarios_beside_imports_move_nothing(service, environment):  # noqa: F811
    _, call = service
    count = int(os.environ.get("HOURBANK_SCENARIOS", SCENARIOS))
    run(environment, "snapshot", "demo", "--people", "300", "--json")
    members = [f"I-{number:03}" for number in range(REPORTS)]
    ids = {}
    for member in members:
        answer, told = call("POST", "/v1/members", json.dumps({"number": member, "name": "Somebody"}))
        assert answer.status == 201
        ids[member] = told["id"]
    terms = call("GET", "/v1/plans/mpi-health/terms?on=2021-08-01")[1]
    first = call("POST", "/v1/scenarios", json.dumps({**ASKED, "under": ["current"]}))[1]

    def scenario(number):
        hours = f"{300 + number % 250}.{number // 250:02}"
        side = {"name": hours, "changes": {"continuing_hours": {"2020-01-01": hours}}}
        answer, told = call("POST", "/v1/scenarios", json.dumps({**ASKED, "under": ["current", side]}))
        return answer.status, told["results"][0]["covered"]

    def report(number):
        body = {
            "employer": "ACME",
            "report": f"R{number}",
            "agreement": "basic-2018",
            "lines": lines([members[number]], "12.00"),
        }
        answer, told = call("POST", "/v1/remittances", json.dumps(body))
        return answer.status, told["position"]

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        reports = [threads.submit(report, number) for number in range(REPORTS)]
        scenarios = [threads.submit(scenario, number) for number in range(count)]
        positions = sorted(one.result() for one in reports)
        covered = [one.result() for one in scenarios]
    assert [status for status, _ in positions] == [201] * REPORTS
    assert [position for _, position in positions] == list(range(1, REPORTS + 1))
    assert {status for status, _ in covered} == {201}
    assert {tuple(counts) for _, counts in covered} == {tuple(first["results"][0]["covered"])}
    assert call("GET", "/v1/plans/mpi-health/terms?on=2021-08-01")[1]["terms"] == terms["terms"]
    for member in members[:3]:
        answer, told = call("GET", f"/v1/members/{ids[member]}/hours")
        assert told["known_at"] == REPORTS
        assert sum(float(one["credited"]) for one in told["lines"]) == 12.0 * len(WEEKS)
    _, told = call("POST", f"/v1/scenarios/{first['id']}/replay")
    assert told == {"identical": True, "hash": first["hash"]}


@pytest.fixture
def another(fresh_database, environment, tmp_path):
    """The environment of another installation, with an empty database and a master key of its own."""
    return environment | {"DATABASE_URL": fresh_database(), "HOURBANK_HOME": str(tmp_path)}


def test_two_bases_with_the_same_reports_come_to_the_same_hashes(environment, another, fresh_database, tmp_path):
    one = environment | {"DATABASE_URL": fresh_database(), "HOURBANK_HOME": str(tmp_path / "one")}
    found = []
    scenario = tmp_path / "scenario.json"
    side = {"name": "450", "changes": {"continuing_hours": {"2020-01-01": "450"}}}
    scenario.write_text(json.dumps({**ASKED, "under": ["current", side]}))
    for place, base in enumerate((one, another)):
        script = PREPARE.replace("ORDER", "1" if place else "-1")
        subprocess.run([COMMAND[0], "-P", "-c", script], env=base, check=True, timeout=300)
        snapshot = run(base, "snapshot", "create", "--json")
        outcome = run(base, "simulate", str(scenario), "--json")
        found.append((snapshot["hash"], outcome["inputs"], outcome["hash"], outcome["results"][0]["people"]))
    assert found[0] == found[1]
    assert found[0][3] > 0


# Members and reports under other numbers and in another order, but with the same hours.
PREPARE = """
import json, uuid
from service.local import ask
def post(path, body):
    return ask("POST", path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
post("/v1/employers", {"code": "ACME", "name": "Acme", "contributor_class": "premium"})
order = list(range(6))[::ORDER]
for number in order:
    post("/v1/members", {"number": f"N-{number}-ORDER", "name": "Somebody", "local": "80"})
for number in order:
    weeks = [f"2020-{month:02}-{day:02}" for month in range(1, 13) for day in (4, 11, 18, 25)]
    lines = [
        {"member": f"N-{number}-ORDER", "week_ending": week, "hours_worked": f"{10 + 3 * number}.50"} for week in weeks
    ]
    post("/v1/remittances", {"employer": "ACME", "report": f"R{number}", "agreement": "basic-2018", "lines": lines})
"""
