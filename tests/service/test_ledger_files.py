"""The ledger as a file: what comes out goes in again, and nothing else does."""

import gzip
import json
import stat

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from service import create_app, ledger_files
from service.cli import hourbank
from service.db import make_engine, migrate
from service.ledger_files import CARRIED, LEFT_BEHIND, TABLES, columns
from service.models import Base
from service.serving import disposing
from service.settings import Settings
from tests.conftest import Client
from tests.service.reports import correct, line, post


@pytest.fixture
def filled(administrator, employer, member, session):
    """A ledger with something of most kinds in it; addresses of answers about it."""
    session.commit()
    made = administrator.post(
        "/v1/members", json={"number": "M-9", "name": "Tab\t“Ö” \\N\n".strip(), "ssn": "987654321"}
    )
    posted = post(administrator, employer, [line(member), line("M-9", scale_rate="41.20", production='A\\b "c"')]).json
    correct(administrator, posted["id"], {"line": 1, "hours_worked": "52.50"}, {"line": 2, "void": True})
    fact = {"kind": "disability", "claim": "C-1", "from": "2021-01-01", "to": "2021-02-28"}
    assert administrator.post(f"/v1/members/{member.id}/facts", json=fact).status_code == 201
    changes = {"continuing_hours": {"2021-08-01": "450"}}
    proposal = {"title": "450", "author": "L80", "plan": "mpi-health", "note": None, "changes": changes}
    proposed = administrator.post("/v1/proposals", json=proposal).json["id"]
    under = f"under=current&under={proposed}"
    members = [f"/v1/members/{each}" for each in (member.id, made.json["id"])]
    return [
        *members,
        *(f"{each}/{what}" for each in members for what in ("hours?known_at=1", "hours", "facts")),
        *(f"{each}/coverage?plan=mpi-health&on=2021-08-15&{under}" for each in members),
        f"/v1/remittances/{posted['id']}?known_at=1",
        f"/v1/remittances/{posted['id']}",
        f"/v1/employers/{employer.code}",
    ]


@pytest.fixture
def elsewhere(fresh_database, home):
    """The settings of another, empty installation with the same master key."""
    settings = Settings(home=home, database_url=fresh_database())
    with disposing(make_engine(settings.database_url)) as engine:
        migrate(engine)
    return settings


def run(settings, *words):
    environment = {"DATABASE_URL": settings.database_url, "HOURBANK_HOME": str(settings.home)}
    return CliRunner(env=environment).invoke(hourbank, ["ledger", *words])


def rows(settings):
    """Everything in an installation's tables, as text."""
    with disposing(make_engine(settings.database_url)) as engine, engine.connect() as connection:
        return {table.name: list(ledger_files.copied(connection, table)) for table in TABLES}


def test_every_table_is_carried_or_left_behind():
    assert set(Base.metadata.tables) == CARRIED | LEFT_BEHIND
    assert not CARRIED & LEFT_BEHIND


@pytest.mark.parametrize("name", ["ledger", "ledger.gz"])
def test_what_was_exported_answers_the_same_elsewhere(filled, administrator, settings, elsewhere, tmp_path, name):
    before = [administrator.get(address).get_data() for address in filled]
    file = tmp_path / "new folder" / name
    done = run(settings, "export", str(file), "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["position"], told["rows"]["entries"], told["rows"]["members"]) == (3, 5, 2)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    again = run(elsewhere, "import", str(file), "--json")
    assert again.exit_code == 0, again.stderr
    assert json.loads(again.stdout) == told
    assert rows(elsewhere) == rows(settings)
    app = create_app(elsewhere)
    with disposing(app.extensions["hourbank"].engine), disposing(make_engine(elsewhere.database_url)) as owner:
        with owner.begin() as connection:
            copy = ", ".join(columns(Base.metadata.tables["api_keys"]))
            for row in keys(settings, copy):
                marks = ", ".join(f":{key}" for key in row)
                connection.execute(text(f"INSERT INTO api_keys ({copy}) VALUES ({marks})"), row)
        client = Client(app)
        client.key = administrator.key
        assert [client.get(address).get_data() for address in filled] == before
        number = client.get(filled[0]).json["number"]
        posted = client.post("/v1/remittances", json={**report_of(filled), "lines": [line(number)]})
        assert (posted.status_code, posted.json["position"]) == (201, 4)


def keys(settings, names):
    with disposing(make_engine(settings.database_url)) as engine, engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT {names} FROM api_keys")).mappings()]


def report_of(filled):
    return {"employer": filled[-1].rpartition("/")[2], "report": "next", "agreement": "basic-2018"}


def test_a_file_that_is_there_is_not_written_over(app, settings, tmp_path):
    file = tmp_path / "ledger"
    file.write_text("mine")
    refused = run(settings, "export", str(file))
    assert (refused.exit_code, file.read_text()) == (1, "mine")
    assert "is there already" in refused.stderr


def test_nothing_is_read_into_a_database_that_holds_something(filled, settings, tmp_path):
    file = tmp_path / "ledger"
    run(settings, "export", str(file))
    before = rows(settings)
    refused = run(settings, "import", str(file))
    assert refused.exit_code == 1
    assert "not empty" in refused.stderr
    assert rows(settings) == before


def test_another_master_key_is_refused(filled, settings, elsewhere, tmp_path, monkeypatch):
    file = tmp_path / "ledger"
    run(settings, "export", str(file))
    monkeypatch.setenv("HOURBANK_KEY", "A" * 43 + "=")
    refused = run(elsewhere, "import", str(file))
    assert refused.exit_code == 1
    assert "HOURBANK_KEY" in refused.stderr


def swapped(data):
    """Two rows of the entries in the other order."""
    lines = data.splitlines(keepends=True)
    at = [number for number, each in enumerate(lines) if b"\thourly\t" in each]
    lines[at[0]], lines[at[1]] = lines[at[1]], lines[at[0]]
    return b"".join(lines)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-66],
        lambda data: data + b"\n",
        lambda data: data.replace(b"4000", b"4001", 1),
        lambda data: data.replace(b'"position": 3', b'"position": 4', 1),
        lambda data: data.replace(b'"revision": "', b'"revision": "9', 1),
        lambda data: data.replace(b'"version": 1', b'"version": 2', 1),
        swapped,
        lambda data: b"not a ledger at all\n",
        lambda data: b"",
        gzip.compress,
    ],
)
def test_a_file_that_is_not_whole_is_refused_whole(filled, settings, elsewhere, tmp_path, damage):
    file = tmp_path / "ledger"
    run(settings, "export", str(file))
    file.write_bytes(damage(file.read_bytes()))
    refused = run(elsewhere, "import", str(file))
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") <= 2
    assert {name: len(found) for name, found in rows(elsewhere).items()} == {
        table.name: int(table.name == "ledger_head") for table in TABLES
    }


def test_a_packed_file_that_was_cut_is_refused(filled, settings, elsewhere, tmp_path):
    file = tmp_path / "ledger.gz"
    run(settings, "export", str(file))
    file.write_bytes(file.read_bytes()[:-100])
    refused = run(elsewhere, "import", str(file))
    assert refused.exit_code == 1
    assert "to its end" in refused.stderr


def test_progress_is_told_in_rows(filled, settings, owner, tmp_path):
    begun, done = [], []
    ledger_files.write(owner, settings, tmp_path / "ledger", begun.append, done.append)
    assert begun == [sum(done)]
    assert begun[0] > 10
