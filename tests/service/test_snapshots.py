"""Snapshots: the ledger at a position without names, equal for equal members, unchanged by what comes later."""

import datetime
import io
import json
import zipfile

import numpy as np
import pytest

from rules import evaluate, terms
from rules.crediting import facts_of, first_place, lines_of, population
from rules.snapshot import content_hash
from service import deidentified, jobs
from service.known import known
from service.ledger import head_position
from service.snapshot_files import ADOPTED, MANIFEST, SnapshotError, contents, export, folder_of, opened, read, save
from tests.service.reports import correct, line, post

MPI = terms.plan("mpi-health")


@pytest.fixture
def people(employer_factory, member_factory, session):
    """Two employers and three members, of whom one has no hours."""
    made = [employer_factory(code="ACME", contributor_class="premium"), employer_factory(code="APEX")]
    made += [member_factory(number=f"M-00000{number}", local="80") for number in (1, 2, 3)]
    session.commit()
    return made


@pytest.fixture
def worked(administrator, people):
    """Reports, a correction and a voided line, a claim and a withdrawn fact."""
    acme, apex, one, two, _ = people
    first = post(administrator, acme, [line(one, "41.50", local="600"), line(two, "38.25", occupation="3525")], "W30")
    day = {"week_ending": "2021-08-07", "days_worked": 1}
    post(administrator, apex, [line(one, "8.00", **day), line(one, "2.00", **day, production="B")], "W31")
    assert correct(administrator, first.json["id"], {"line": 2, "hours_worked": "30.00"}).status_code == 201
    last = [line(two, "12.00", "2021-08-14"), line(two, "9.00", "2021-08-14", production="B")]
    voided = post(administrator, acme, last, "W32")
    assert voided.status_code == 201, voided.text
    assert correct(administrator, voided.json["id"], {"line": 1, "void": True}).status_code == 201
    claim = {"kind": "disability", "claim": "secret-claim", "from": "2021-08-01", "to": "2021-08-20"}
    assert administrator.post(f"/v1/members/{two.id}/facts", json=claim).status_code == 201
    born = {"kind": "born", "from": "1980-05-05", "to": "1980-05-05"}
    administrator.post(f"/v1/members/{one.id}/facts", json=born)
    return first


def take(client, **asked):
    answer = client.post("/v1/snapshots", json=asked)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_snapshot_says_what_the_ledger_says(administrator, worked, people, session, app):
    made = take(administrator)
    assert (made["members"], made["lines"], made["synthetic"]) == (2, 5, None)
    assert made["span"] == {"from": "2021-07-25", "to": "2021-08-14"}
    snapshot = opened(folder_of(app.extensions["hourbank"].settings.home, made["hash"]))
    position = head_position(session)
    assert made["position"] == position
    held = {member.number: known(session, member.id, position, [MPI]) for member in people[2:]}
    found = [(lines_of(MPI, snapshot, member), facts_of(snapshot, member)) for member in range(2)]
    for number in ("M-000001", "M-000002"):
        lines, facts = held[number].lines, held[number].facts
        hours = sum(one.hours for one in lines)
        ((rows, said),) = [one for one in found if sum(row.hours for row in one[0]) == hours]
        assert {(row.day, row.marks) for row in rows} == {(one.day, one.marks) for one in lines}
        for amount in ("hours", "days", "weeks", "contributions", "scale"):
            assert sum(getattr(row, amount) for row in rows) == sum(getattr(one, amount) for one in lines)
        assert {row.received for row in rows} == {one.received for one in lines}
        assert [(one.kind, one.first_day, one.last_day) for one in said] == [
            (one.kind, one.first_day, one.last_day) for one in facts
        ]


def test_it_covers_whom_the_ledger_covers(administrator, people, session, app):
    acme, _, one, two, _ = people
    weeks = [datetime.date(2020, 5, 2) + datetime.timedelta(weeks=week) for week in range(40)]
    rows = [line(who, hours, str(week)) for week in weeks for who, hours in ((one, "25.00"), (two, "14.00"))]
    assert post(administrator, acme, rows, "all").status_code == 201
    snapshot = opened(folder_of(app.extensions["hourbank"].settings.home, take(administrator)["hash"]))
    begin = first_place(MPI, snapshot)
    people_ = population(MPI, snapshot, begin, begin + 30)
    sums = []
    for member in (one, two):
        what = known(session, member.id, head_position(session), [MPI])
        made = evaluate.credits_by_measure(MPI, what.lines, what.facts)[0]
        row = np.zeros(30, np.int64)
        for credit in made:
            row[credit.place - begin] += credit.amount
        sums.append(row.tolist())
    assert sorted(people_.credits[0].tolist()) == sorted(sums)


def test_nobody_in_it_has_a_name(administrator, worked, people, app):
    made = take(administrator)
    folder = folder_of(app.extensions["hourbank"].settings.home, made["hash"])
    everything = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    for member in people[2:]:
        for secret in (member.number, member.name, str(member.id), member.id.hex):
            assert secret.encode() not in everything
    for secret in (b"secret-claim", b"ACME", b"W30"):
        assert secret not in everything


def test_equal_members_have_equal_snapshots_whatever_they_are_called(
    administrator, employer_factory, member_factory, session
):
    hashes = []
    for round_ in range(2):
        employer = employer_factory(code=f"E{round_}", contributor_class="basic")
        numbers = ["b", "a", "c"] if round_ else ["a", "b", "c"]
        members = [member_factory(number=f"{name}-{round_}", local="80") for name in numbers]
        session.commit()
        rows = [line(member, f"{10 + place}.00") for place, member in enumerate(members)]
        answer = post(administrator, employer, rows[:: -1 if round_ else 1], f"R{round_}")
        hashes.append(take(administrator)["hash"])
        ids = answer.json["id"]
        voids = [{"line": number, "void": True} for number in (1, 2, 3)]
        assert correct(administrator, ids, *voids).status_code == 201
    assert hashes[0] == hashes[1]


def test_it_stands_at_its_position(administrator, worked, people):
    before = take(administrator)
    post(administrator, people[0], [line(people[4], "40.00")], "late")
    after = take(administrator)
    again = take(administrator, known_at=str(before["position"]))
    assert again["hash"] == before["hash"] != after["hash"]
    assert after["members"] == 3
    first = take(administrator, known_at=str(worked.json["position"]))
    assert (first["members"], first["lines"]) == (2, 2)
    assert take(administrator, known_at="0")["members"] == 0
    listed = administrator.get("/v1/snapshots").json["items"]
    assert [one["id"] for one in listed[:2]] != [one["id"] for one in listed[1:3]]
    assert administrator.get(f"/v1/snapshots/{before['id']}").json == before


def test_a_ledger_is_read_piece_by_piece(administrator, worked, monkeypatch, session):
    whole = take(administrator)
    monkeypatch.setattr(deidentified, "PIECE", 1)
    told = []
    snapshot = deidentified.taken(session, whole["position"], lambda *far: told.append(far))
    assert content_hash(snapshot) == whole["hash"]
    assert [counted for _, counted, _ in told] == [1, 2, 3, 4, 5, told[-1][2]]


def test_a_long_one_may_be_a_job(administrator, worked, app):
    accepted = administrator.post("/v1/snapshots", json={}, headers={"Prefer": "respond-async"})
    assert accepted.status_code == 202
    jobs.take_all(app)
    done = administrator.get(accepted.headers["Location"]).json
    assert done["state"] == "done"
    assert done["answer"]["hash"] == take(administrator)["hash"]


def test_who_may_take_and_read_one(worked, people, client_for, negotiator, auditor, anonymous):
    member, employer = client_for("member", member=people[2]), client_for("employer", employer=people[0])
    for client, taking, reading in (
        (negotiator, 201, 200),
        (auditor, 403, 200),
        (member, 403, 403),
        (employer, 403, 403),
        (anonymous, 401, 401),
    ):
        assert client.post("/v1/snapshots", json={}).status_code == taking
        assert client.get("/v1/snapshots").status_code == reading


def test_an_export_is_the_same_each_time_and_comes_back(administrator, worked, app, tmp_path):
    home = app.extensions["hourbank"].settings.home
    made = take(administrator)
    folder = folder_of(home, made["hash"])
    for name in ("a", "b"):
        export(folder, tmp_path / name, [])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    found, adopted = read(tmp_path / "a")
    assert adopted == []
    assert content_hash(found) == made["hash"]
    assert save(tmp_path / "elsewhere", found) == made["hash"]
    assert opened(folder_of(tmp_path / "elsewhere", made["hash"])).members == 2


def changed(snapshot, **files):
    """The files of a snapshot with some of them changed."""
    whole = ((ADOPTED, b"[]"), *contents(snapshot))
    return {name: files.get(name.replace(".", "_"), content) for name, content in whole}


def packed(path, files):
    with zipfile.ZipFile(path, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    return path


def column(values, kind):
    out = io.BytesIO()
    np.save(out, np.array(values, kind), allow_pickle=kind is object)
    return out.getvalue()


@pytest.fixture
def bad(administrator, worked, app):
    made = take(administrator)
    snapshot = opened(folder_of(app.extensions["hourbank"].settings.home, made["hash"]))
    hours = snapshot.lines["hours"]
    manifest = json.loads(dict(contents(snapshot))[MANIFEST])

    def said(**more):
        return json.dumps({**manifest, **more}).encode()

    return {
        "damaged": (changed(snapshot, lines_hours_npy=column(hours + 1, np.int32)), "not what its hash says"),
        "short": (changed(snapshot, lines_hours_npy=column(hours[1:], np.int32)), "equally long"),
        "floats": (changed(snapshot, lines_hours_npy=column(hours, np.float64)), "one column of int32"),
        "objects": (changed(snapshot, lines_hours_npy=column([{}] * len(hours), object)), "no column"),
        "text": (changed(snapshot, lines_hours_npy=b"hours"), "no column"),
        "negative": (changed(snapshot, lines_hours_npy=column(-hours, np.int32)), "below 0"),
        "order": (changed(snapshot, lines_member_npy=column(snapshot.lines["member"][::-1], np.int32)), "order"),
        "word": (changed(snapshot, lines_local_npy=column([99] * len(hours), np.int16)), "word that is not there"),
        "day": (changed(snapshot, lines_day_npy=column([0] * len(hours), np.int32)), "lines.day has a number below 1"),
        "form": (changed(snapshot, manifest_json=said(form="other")), "form"),
        "members": (changed(snapshot, manifest_json=said(members="many")), "members"),
        "words": (changed(snapshot, manifest_json=said(words={})), "words"),
        "adopted": (changed(snapshot, adopted_json=b'[{"plan": "x"}]'), "not a list of what was adopted"),
        "json": (changed(snapshot, manifest_json=b"{"), "damaged"),
        "more": ({**changed(snapshot), "more.npy": b""}, "exactly"),
        "less": (dict(list(changed(snapshot).items())[:-1]), "exactly"),
    }


def test_a_bad_file_is_refused_and_leaves_nothing(bad, tmp_path):
    for name, (files, why) in bad.items():
        with pytest.raises(SnapshotError, match=why):
            read(packed(tmp_path / name, files))
    (tmp_path / "none").write_bytes(b"PK nothing")
    with pytest.raises(SnapshotError, match="no snapshot"):
        read(tmp_path / "none")


def test_a_folder_that_was_changed_is_not_used(administrator, worked, app, tmp_path):
    made = take(administrator)
    snapshot = opened(folder_of(app.extensions["hourbank"].settings.home, made["hash"]))
    save(tmp_path, snapshot)
    folder = folder_of(tmp_path, made["hash"])
    (folder / "lines.hours.npy").write_bytes(column(snapshot.lines["hours"] + 1, np.int32))
    with pytest.raises(SnapshotError, match="changed or damaged"):
        opened(folder)
    with pytest.raises(SnapshotError, match="not here"):
        opened(tmp_path / "snapshots" / ("0" * 64))
