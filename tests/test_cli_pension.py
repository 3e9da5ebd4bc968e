"""``hourbank pension`` and ``hourbank accrual``: what they print, and how they end; other commands on pension plans."""

import json
import signal

import pytest
from click.testing import CliRunner

from rules.warm import warm
from service import local
from service.cli import hourbank
from tests.service.pension_plans import shipped

REPORT = ["--employer", "ACME", "--report", "2018", "--agreement", "basic-2018"]
FILE = """member,week_ending,basis,hours_worked
M-000001,2015-06-06,hourly,500
M-000001,2016-06-04,hourly,400
M-000001,2017-06-03,hourly,99
M-000001,2018-06-02,hourly,40
M-000001,2023-06-03,hourly,100
"""
ASKED = ["pension", "M-000001", "--plan", "crew-pension", "--on", "2018-06-30"]


@pytest.fixture(scope="module")
def database_url(fresh_database):
    return fresh_database()


@pytest.fixture(scope="module", autouse=True)
def plans(tmp_path_factory):
    """The small plans beside the shipped ones."""
    warm()  # Nothing may be left to compile within a transaction of the database.
    with shipped(tmp_path_factory.mktemp("plans")):
        yield


@pytest.fixture
def run(database_url, home):
    """Run a command as the script does, on a database of this module's own."""
    before = signal.getsignal(signal.SIGTERM)
    environment = {"DATABASE_URL": database_url, "HOURBANK_HOME": str(home)}
    yield lambda *arguments: CliRunner(env=environment).invoke(hourbank, list(map(str, arguments)))
    signal.signal(signal.SIGTERM, before)
    if local.client.cache_info().currsize:
        local.client().application.extensions["hourbank"].engine.dispose()
        local.client.cache_clear()


@pytest.fixture
def worker(run, database_url, home, tmp_path, monkeypatch):
    """A member with three years of work and one that is under way, and a proposal of 500 hours."""
    run("migrate")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HOURBANK_HOME", str(home))
    proposal = {"title": "500 hours", "author": "Local 80", "plan": "crew-pension"}
    for path, body in (
        ("/v1/employers", {"code": "ACME", "name": "Acme Pictures"}),
        ("/v1/members", {"number": "M-000001", "name": "Ada Grip", "birth_date": "1950-01-01"}),
        ("/v1/proposals", {**proposal, "changes": {"year_hours": {"2000-01-01": "500"}}}),
    ):
        made = local.ask("POST", path, json=body, headers={"Idempotency-Key": f"pension{path.replace('/', '-')}"})
    (tmp_path / "report.csv").write_text(FILE)
    assert run("import", tmp_path / "report.csv", *REPORT).exit_code == 0
    return made["id"]


def test_the_years_are_a_table_and_the_reasons_are_sentences(run, worker):
    told = run(*ASKED, "--under", "current", "--under", worker)
    assert (told.exit_code, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    assert lines[:6] == [
        "M-000001 on 2018-06-30 under current: 0 percent vested",
        "  year          hours  qualified_years  qualified  break  vested  benefit",
        "  2015         500.00             1.00        yes     no    0.00    20.00",
        "  2016         400.00             1.00        yes     no    0.00    36.00",
        "  2017          99.00             0.00         no    yes    0.00    39.96",
        "  2018 so far   40.00             0.00         no     no    0.00    41.56",
    ]
    assert "    [stated] vesting.steps.three.after: The crew's booklet" in lines
    assert "  With 99.00 a year no year vests in full." in lines
    assert "  Pension at 62: it may begin" in lines
    assert any("301.00 fewer than the 400" in line for line in lines)
    proposed = lines.index("M-000001 on 2018-06-30 under 500 hours: 0 percent vested")
    assert lines[proposed + 3] == "  2016         400.00             0.00         no     no    0.00    36.00"
    assert lines[-1].startswith("Answered from ledger position ")


def test_a_pace_is_looked_ahead_at(run, worker):
    told = run(*ASKED, "--a-year", "400")
    assert "  With 400.00 a year you are vested in full on 2018-12-31: 1 year." in told.stdout.splitlines()
    later = run(*ASKED, "--under", worker, "--a-year", "500")
    assert "  With 500.00 a year you are vested in full on 2019-12-31: 2 years." in later.stdout.splitlines()
    full = run("pension", "M-000001", "--plan", "mpi-iap", "--on", "2016-12-31")
    assert full.stdout.startswith("M-000001 on 2016-12-31 under current: vested in full since 2015-12-31\n")
    assert "With " not in full.stdout


def test_the_document_is_that_of_the_service(run, worker):
    told = run(*ASKED, "--under", worker, "--a-year", "500", "--json")
    answer = json.loads(told.stdout)
    query = {"plan": "crew-pension", "on": "2018-06-30", "under": worker, "a_year": "500"}
    assert answer == local.ask("GET", f"/v1/members/{answer['member']}/pension", query_string=query)
    nothing = json.loads(run(*ASKED, "--known-at", "0", "--json").stdout)
    assert (nothing["known_at"], nothing["pensions"][0]["service"][0]["years"]) == (0, "0.00")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["M-404404", "--plan", "crew-pension", "--on", "2021-12-31"], 1, "no member with the number M-404404"),
        (["M-000001", "--plan", "mpi-health", "--on", "2021-12-31"], 1, "/v1/members/{member}/coverage"),
        (["M-000001", "--plan", "crew-earnings", "--on", "2021-12-31"], 1, "counts earnings"),
        (["M-000001", "--plan", "crew-pension", "--on", "2021-02-30"], 1, "/query/on"),
        (["M-000001", "--plan", "crew-pension", "--on", "2021-12-31", "--a-year", "many"], 1, "/query/a_year"),
        (["M-000001", "--plan", "crew-pension"], 2, "--on"),
    ],
)
def test_a_question_that_cannot_be_answered(run, arguments, status, reason):
    refused = run("pension", *arguments)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert reason in refused.stderr


def test_a_pension_plan_and_its_proposals_are_checked_and_shown(run, tmp_path):
    file = tmp_path / "cliff.yaml"
    text = "title: T\nauthor: A\nextends: crew-pension\nchanges:\n  vesting_years: {2024-01-01: %s}\n"
    file.write_text(text % 5)
    assert f"{file}: a proposal for crew-pension, 1 of 15 terms change" in run("plans", "check", file).stdout
    file.write_text(text % 10)
    refused = run("plans", "check", file)
    assert (refused.exit_code, "29 USC 1053(a)(2)(A)" in refused.stdout) == (1, True)
    shown = run("plans", "show", "crew-pension", "--on", "2022-01-01")
    assert "benefit.parts.hours.rate: 5 cent [The crew's booklet]" in shown.stdout


def test_a_pension_has_a_booklet_too(run):
    for form in ("text", "markdown", "html"):
        told = run("plans", "booklet", "crew-pension", "--format", form)
        assert told.exit_code == 0
        assert "you are vested" in told.stdout


@pytest.mark.usefixtures("worker")
def test_the_standing_rule_is_a_proposal_that_can_be_checked_and_posted(run, tmp_path):
    arguments = ["accrual", "crew-pension", "--year", 2024, "--active-months", 8, "--retired-months", "9.50"]
    made = run(*arguments, "--zone", "green")
    assert made.exit_code == 0
    file = tmp_path / "rise.yaml"
    file.write_text(made.stdout)
    assert "a proposal for crew-pension, 1 of 15 terms change" in run("plans", "check", file).stdout
    body = json.loads(run(*arguments, "--zone", "green", "--json").stdout)
    posted = local.ask("POST", "/v1/proposals", json=body, headers={"Idempotency-Key": "pension-rise-2024"})
    asked = ["pension", "M-000001", "--plan", "crew-pension", "--on", "2024-01-01", "--json"]
    told = json.loads(run(*asked, "--under", "current", "--under", posted["id"]).stdout)["pensions"]
    # Breaks lost what was earned until 2018; there are 100 hours of 2023, at 5 cents or at 5.5.
    assert [one["benefit"]["monthly"] for one in told] == ["5.00", "5.50"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["crew-pension", "--year", 2024, "--active-months", "7.99"], 1, "holds 7.99 months"),
        (["crew-pension", "--year", 2024, "--active-months", "many"], 1, "'many'"),
        (["crew-pension", "--year", 2024, "--active-months", "8", "--zone", "red"], 1, "certified red"),
        (["mpi-health", "--year", 2024, "--active-months", 8], 1, "no rate in force"),
        (["nowhere", "--year", 2024, "--active-months", 8], 1, "there is no plan and no file"),
        (["crew-pension", "--year", "soon", "--active-months", 8], 2, "soon"),
    ],
)
def test_rates_that_do_not_rise(run, arguments, status, words):
    refused = run("accrual", "--retired-months", "8", "--zone", "green", *arguments)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert words in refused.stderr
