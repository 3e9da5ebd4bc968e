"""The command line: what it prints where, and how it ends."""

import json
import re
import signal
import types

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from rules import terms
from service import cli_checks, cli_import, local
from service.cli import hourbank
from tests.service.workbooks import sheet, workbook

HEADER = "member,week_ending,basis,hours_worked\n"
REPORT = ["--employer", "ACME", "--report", "2021-W30", "--agreement", "basic-2018"]


@pytest.fixture(scope="module")
def database_url(fresh_database):
    return fresh_database()


@pytest.fixture
def run(database_url, home):
    """Run a command as the script does, on a database of this module's own."""
    before = signal.getsignal(signal.SIGTERM)
    environment = {"DATABASE_URL": database_url, "HOURBANK_HOME": str(home)}

    def run(*arguments, **more):
        return CliRunner(env=environment | more).invoke(hourbank, list(map(str, arguments)))

    yield run
    signal.signal(signal.SIGTERM, before)
    if local.client.cache_info().currsize:
        local.client().application.extensions["hourbank"].engine.dispose()
        local.client.cache_clear()


def rows(url, query):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(query)).all()
    engine.dispose()
    return found


def test_a_key_stands_alone_on_standard_output(run, database_url):
    created = run("keys", "create", "--role", "auditor", "--expires", "2031-12-31")
    assert created.exit_code == 0
    assert re.fullmatch(r"hb_[0-9a-f]{16}_[\w-]{43}\n", created.stdout)
    [row] = rows(database_url, f"SELECT role, expires FROM api_keys WHERE id = '{created.stdout.split('_')[1]}'")
    assert (row.role, str(row.expires)) == ("auditor", "2031-12-31")


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["--role", "employer"], 2, "--employer CODE belongs to the role employer"),
        (["--role", "auditor", "--employer", "ACME"], 2, "--employer CODE belongs to the role employer"),
        (["--role", "member"], 2, "--member UUID belongs to the role member"),
        (["--role", "king"], 2, "'king' is not one of"),
        (["--role", "auditor", "--expires", "soon"], 2, "'soon'"),
        (["--role", "employer", "--employer", "NOPE"], 1, "there is no employer NOPE"),
    ],
)
def test_a_key_that_cannot_be_made(run, arguments, status, reason):
    refused = run("keys", "create", *arguments)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert reason in refused.stderr


def test_a_database_that_does_not_answer_is_one_clear_line(run):
    refused = run("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: the database cannot be used: ")


def test_migrating_twice_is_fine(run, database_url):
    assert [run("migrate").exit_code, run("migrate").exit_code] == [0, 0]
    assert len(rows(database_url, "SELECT * FROM alembic_version")) == 1


def test_the_contract_on_file_is_what_the_code_says(run, tmp_path, monkeypatch):
    assert run("spec", "--check").exit_code == 0
    elsewhere = tmp_path / "openapi.yaml"
    monkeypatch.setattr("service.openapi.FILE", elsewhere)
    elsewhere.write_text("old")
    stale = run("spec", "--check")
    assert (stale.exit_code, elsewhere.read_text()) == (1, "old")
    assert run("spec").exit_code == 0
    assert run("spec", "--check").exit_code == 0


@pytest.fixture
def enrolled(run, database_url, home, monkeypatch):
    """The employer ACME and its member M-000001, in this module's database."""
    run("migrate")
    if rows(database_url, "SELECT number FROM members"):
        return
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HOURBANK_HOME", str(home))
    for path, body in (
        ("/v1/employers", {"code": "ACME", "name": "Acme Pictures"}),
        ("/v1/members", {"number": "M-000001", "name": "Ada Grip"}),
    ):
        local.ask("POST", path, json=body, headers={"Idempotency-Key": f"test-cli{path.replace('/', '-')}"})


@pytest.mark.usefixtures("enrolled")
def test_importing_a_file_posts_it_once(run, tmp_path, database_url):
    file = tmp_path / "report.csv"
    file.write_text(HEADER + "M-000001,2021-07-31,hourly,52.50\n")
    tried = run("import", file, *REPORT, "--dry-run")
    assert (tried.exit_code, tried.stdout) == (0, "1 lines, 52.50 hours would be posted\n")
    assert rows(database_url, "SELECT position FROM ledger_head") == [(0,)]
    first = run("import", file, *REPORT, "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout)["position"] == 1
    told = run("import", file, *REPORT)
    assert "1 lines, 52.50 hours was posted before, at position 1" in told.stdout
    again = run("import", file, *REPORT, "--json")
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert rows(database_url, "SELECT caller, operation FROM audit WHERE position = 1") == [
        ("operator", "post_remittance")
    ]


@pytest.mark.usefixtures("enrolled")
def test_what_to_look_at_in_a_posted_file_is_told(run, tmp_path):
    file = tmp_path / "long.csv"
    file.write_text(HEADER + "M-000001,2021-08-14,hourly,200\n")
    told = run("import", file, *REPORT, "--dry-run")
    assert told.exit_code == 0
    assert len(told.stderr.splitlines()) >= 1
    assert re.match(r"line 1: .*\(\w+\)$", told.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    ("arguments", "environment", "type", "status"),
    [
        (["coverage", "M-404404", "--plan", "mpi-health", "--on", "2021-12-01"], {}, "unknown-member", 404),
        (["plans", "show", "nowhere", "--on", "2021-12-01"], {}, "unknown-plan", 404),
        (["plans", "show", "mpi-health", "--on", "soon"], {}, "invalid", 422),
        (
            ["coverage", "M-000001", "--plan", "mpi-health", "--on", "2021-12-01"],
            {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
            "unavailable",
            503,
        ),
        (
            ["coverage", "M-000001", "--plan", "mpi-health", "--on", "2021-12-01"],
            {"HOURBANK_KEY": "short"},
            "unavailable",
            503,
        ),
    ],
)
def test_a_refusal_by_the_command_line_is_a_problem_document_too(run, arguments, environment, type, status):
    local.client.cache_clear()
    refused = run(*arguments, "--json", **environment)
    assert refused.exit_code == 1
    problem = json.loads(refused.stdout)
    assert (problem["type"], problem["status"]) == (f"/problems/{type}", status)
    assert list(problem) == ["type", "title", "status", "detail", "request_id", "errors"]
    assert problem["request_id"] is None
    assert problem["detail"]


@pytest.mark.usefixtures("enrolled")
def test_a_number_that_looks_like_an_id_is_a_number(run, database_url, home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HOURBANK_HOME", str(home))
    number = "7f0c4a523a0e4b8e9a570f3c2a5d9e11"
    made = local.ask("POST", "/v1/members", json={"number": number, "name": "Bo"}, headers={"Idempotency-Key": number})
    told = run("coverage", number, "--plan", "mpi-health", "--on", "2021-12-01", "--json")
    assert json.loads(told.stdout)["member"] == made["id"]


@pytest.mark.usefixtures("enrolled")
def test_a_bad_file_is_refused_with_every_bad_line(run, tmp_path, database_url):
    before = rows(database_url, "SELECT position FROM ledger_head")
    file = tmp_path / "report.csv"
    file.write_text(HEADER + "M-000001,2021-07-31,hourly,8,5\nM-000009,2021-08-07,hourly,1_0\n")
    refused = run("import", file, *REPORT)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "line 2" in refused.stderr
    assert "line 3, hours_worked" in refused.stderr
    problem = run("import", file, *REPORT, "--json")
    assert problem.exit_code == 1
    assert json.loads(problem.stdout)["status"] == 422
    assert rows(database_url, "SELECT position FROM ledger_head") == before
    assert run("import", tmp_path / "nothing.csv", *REPORT).exit_code == 2


def check_of(failures):
    module = types.ModuleType("tests.quality.q3")
    module.__dict__.update(CI=20, RELEASE=1000, check=lambda count: failures)
    return module


@pytest.mark.parametrize(("failures", "status"), [(0, 0), (2, 1)])
def test_a_line_of_the_quality_table_is_one_json_object(run, monkeypatch, failures, status):
    monkeypatch.setattr(cli_checks, "modules", lambda package, function: [check_of(failures)])
    ended = run("test", "--release", "Q3", "--json")
    assert ended.exit_code == status
    result = json.loads(ended.stdout)
    assert result.pop("seconds") >= 0
    assert result == {"id": "Q3", "count": 1000, "failures": failures, "holds": not failures}


def test_what_is_not_built_is_said(run, monkeypatch):
    monkeypatch.setattr(cli_checks, "modules", lambda package, function: [check_of(0)])
    missing = run("test", "--release", "R1")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "not built yet: R1. There is: Q3." in missing.stderr


def test_measurements_are_lines_of_json(run, monkeypatch):
    measured = [{"id": "P1", "ratio": 4.1, "goal": 6, "holds": True, "detail": {}}, {"id": "P2", "ratio": 1}]
    module = types.ModuleType("benchmarks.p")
    module.__dict__.update(IDS=("P1", "P2"), measure=lambda: iter(measured))
    monkeypatch.setattr(cli_checks, "modules", lambda package, function: [module])
    ended = run("bench", "p1", "--json")
    assert (ended.exit_code, [json.loads(line) for line in ended.stdout.splitlines()]) == (0, measured[:1])


def test_an_unknown_command_is_misuse(run):
    assert run("nonsense").exit_code == 2
    assert run("--help").exit_code == 0


@pytest.mark.usefixtures("enrolled")
def test_a_question_is_answered_for_people_and_for_programs(run):
    arguments = ["coverage", "M-000001", "--plan", "mpi-health", "--on", "2021-12-01"]
    told = run(*arguments)
    assert told.exit_code == 0
    assert told.stdout.startswith("M-000001 on 2021-12-01 under current: not covered (route: none)\n")
    assert "[assumed] calendar.cutoffs" in told.stdout
    answer = json.loads(run(*arguments, "--json").stdout)
    assert answer["determinations"][0]["covered"] is False
    by_id = run("coverage", answer["member"], "--plan", "mpi-health", "--on", "2021-12-01", "--json")
    assert json.loads(by_id.stdout) == answer


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["M-404404", "--plan", "mpi-health", "--on", "2021-12-01"], 1, "no member with the number M-404404"),
        (["M-000001", "--plan", "nowhere", "--on", "2021-12-01"], 1, "no such plan"),
        (["M-000001", "--plan", "mpi-health", "--on", "2021-02-30"], 1, "/query/on"),
        (["M-000001", "--plan", "mpi-health"], 2, "--on"),
    ],
)
def test_a_question_that_cannot_be_answered(run, arguments, status, reason):
    refused = run("coverage", *arguments)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert reason in refused.stderr


def test_the_shipped_plans_are_good(run):
    checked = run("plans", "check", "--json")
    assert checked.exit_code == 0
    files = json.loads(checked.stdout)["files"]
    assert [(found["errors"], found["examples"]["failed"]) for found in files] == [([], [])] * len(terms.every_name())
    assert re.search(r"mpi-health\.yaml: \d+ terms, .* examples pass", run("plans", "check").stdout)


def test_a_bad_terms_file_is_named_with_line_and_column(run, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text((terms.PLANS / "mpi-health.yaml").read_text().replace("consumption:", "consumptoin:"))
    checked = run("plans", "check", bad)
    assert checked.exit_code == 1
    assert re.search(r"bad\.yaml:\d+:\d+: consumptoin: unknown key 'consumptoin'", checked.stdout)
    missing = run("plans", "check", tmp_path / "nothing.yaml", "--json")
    assert missing.exit_code == 1
    assert "No such file" in json.loads(missing.stdout)["files"][0]["errors"][0]["message"]


def test_the_terms_of_a_day_are_shown_with_their_sources(run):
    shown = run("plans", "show", "mpi-health", "--on", "2011-07-30")
    assert shown.exit_code == 0
    assert "qualify.continuing.routes.hours.sum.at_least: 300 hour [The Animation Guild" in shown.stdout
    told = json.loads(run("plans", "show", "mpi-health", "--on", "2021-01-01", "--json").stdout)
    assert told["terms"]["bank.cap"]["value"] == "450"
    assert run("plans", "show", "nowhere", "--on", "2021-01-01").exit_code == 1
    assert run("plans", "show", "mpi-health", "--on", "soon").exit_code == 1


@pytest.mark.usefixtures("enrolled")
def test_every_form_of_file_is_imported(run, tmp_path):
    book, lines, many = (tmp_path / name for name in ("report.xlsx", "report.ndjson", "many.csv"))
    book.write_bytes(workbook(sheet(("member", "week_ending", "hours_worked"), ("M-000001", "2022-01-01", 8))))
    lines.write_text('{"member":"M-000001","week_ending":"2022-01-08","hours_worked":"8.00"}\n')
    many.write_text("employer,report,member,week_ending,hours_worked\nACME,W3,M-000001,2022-01-15,8\n")
    for file in (book, lines):
        assert "1 lines, 8.00 hours would be posted" in run("import", file, *REPORT, "--dry-run").stdout
    told = run("import", many, "--agreement", "basic-2018", "--control-lines", "1", "--dry-run")
    assert told.stdout == "ACME W3: 1 lines, 8.00 hours would be posted\n1 lines, 8.00 hours in 1 reports\n"
    refused = run("import", many, "--agreement", "basic-2018", "--control-lines", "2", "--dry-run")
    assert (refused.exit_code, "control_mismatch" in refused.stderr) == (1, True)


@pytest.mark.usefixtures("enrolled")
def test_the_bad_rows_of_a_file_can_be_kept(run, tmp_path):
    file, rows = tmp_path / "report.csv", tmp_path / "refused.csv"
    file.write_text(HEADER + "M-000001,2021-07-31,hourly,=1\n")
    refused = run("import", file, *REPORT, "--refused", rows)
    assert refused.exit_code == 1
    assert rows.read_text().splitlines()[1].startswith("2,hours_worked,bad_hours")
    assert rows.read_text().splitlines()[1].endswith(",'=1")


def test_a_bar_shows_how_far_an_import_is(monkeypatch):
    monkeypatch.setattr("sys.stderr", types.SimpleNamespace(isatty=lambda: True, write=print, flush=lambda: None))
    with cli_import.bar("lines") as tell:
        tell("read", 1, 4)
        tell("read", 4, 4)
        tell("checked", 4, 4)
        tell("recorded", 4, 4)
