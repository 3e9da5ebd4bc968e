"""Snapshots as files that somebody else wrote, or that a disk has lost: refused with the cause, and nothing left."""

import json
import os
import stat
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rules.snapshot import FACTS, content_hash
from service import snapshot_files
from service.demo.snapshot import membership_snapshot
from service.snapshot_files import ADOPTED, MANIFEST, SnapshotError, contents, folder_of, opened, read, save

HOURS = "lines.hours.npy"


@pytest.fixture(scope="module")
def sound():
    """A snapshot of forty people."""
    return membership_snapshot(40)


@pytest.fixture
def packed(sound, tmp_path):
    """Call it with a snapshot, or some files of the sound one that differ: a file that holds them."""

    def pack(snapshot=None, **files):
        path = tmp_path / "file.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for name, content in ((ADOPTED, b"[]"), *contents(snapshot or sound)):
                out.writestr(name, files.get(name.replace(".", "_"), content))
        return path

    return pack


def header(shape):
    """A column that says that it has a shape, and has nothing."""
    said = f"{{'descr': '<i4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(said)) + said.encode()


@pytest.mark.parametrize(
    "shape", ["(10**12,)", "(1000000000000,)", "(99999999999999999999,)", "(-1,)", "(True,)", "(4.0,)", "()", "(2, 2)"]
)
def test_a_column_that_is_not_what_it_says_is_refused(packed, shape):
    with pytest.raises(SnapshotError, match=HOURS):
        read(packed(lines_hours_npy=header(shape)))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04N.", b"\x93NUMPY"])
def test_what_is_no_column_is_refused(packed, content):
    with pytest.raises(SnapshotError, match=HOURS):
        read(packed(lines_hours_npy=content))


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b'{"form": ' + b"1" * 5_000 + b"}", b"\xff\xfe\xff", b"null"])
def test_a_manifest_that_cannot_be_read_is_refused(packed, content):
    with pytest.raises(SnapshotError, match=r"damaged|form"):
        read(packed(manifest_json=content))


@pytest.mark.parametrize("name", [MANIFEST, HOURS])
def test_damaged_packing_is_refused(packed, name):
    path = packed()
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo(name).header_offset + 30 + len(name)
    data = bytearray(path.read_bytes())
    data[at + 2 : at + 40] = b"\xff" * 38
    path.write_bytes(data)
    with pytest.raises(SnapshotError):
        read(path)
    path.write_bytes(data[:-2_000])
    with pytest.raises(SnapshotError, match="no snapshot"):
        read(path)


def test_a_file_that_is_too_large_unpacked_is_refused(packed, monkeypatch):
    monkeypatch.setattr(snapshot_files, "MOST_BYTES", 10_000)
    with pytest.raises(SnapshotError, match="larger"):
        read(packed())


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("day", 1, "before the calendar"),
        ("span", 0, "below 1"),
        ("received", 2**31 - 1, "above"),
        ("paid", -1, "below 0"),
        ("rate", -2, "below -1"),
        ("health", -1, "below 0"),
        ("local", -1, "word that is not there"),
    ],
)
def test_a_number_that_means_nothing_is_refused_whatever_its_hash(sound, packed, column, value, why):
    lines = {**sound.lines, column: np.full_like(sound.lines[column], value)}
    with pytest.raises(SnapshotError, match=why):
        read(packed(sound._replace(lines=lines)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"last_day": 700_000}, "before facts.first_day"),
        ({"claimed": -1}, "below 0"),
        ({"claim": -1}, "below 0"),
        ({"first_day": 0}, "below 1"),
        ({"kind": 0}, "kind that is not known"),
        ({"member": 40}, "not there"),
        ({}, None),
    ],
)
def test_a_fact_that_means_nothing_is_refused(sound, packed, changes, why):
    row = dict.fromkeys(FACTS, 0) | {"kind": 1, "first_day": 737_000, "last_day": 737_009} | changes
    facts = {name: np.array([row[name]], kind) for name, kind in FACTS.items()}
    path = packed(sound._replace(facts=facts, words={**sound.words, "kind": ("", "disability")}))
    if why is None:
        assert read(path)[0].facts["first_day"].tolist() == [737_000]
    else:
        with pytest.raises(SnapshotError, match=why):
            read(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"members": 2**31 - 1},
        {"members": True},
        {"position": -1},
        {"position": True},
        {"synthetic": "\x1b[2J"},
        {"synthetic": "x" * 201},
        {"synthetic": None},
        {"hash": 1},
        {"more": 1},
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_refused(sound, packed, changes):
    manifest = json.loads(dict(contents(sound))[MANIFEST])
    with pytest.raises(SnapshotError, match="manifest"):
        read(packed(manifest_json=json.dumps({**manifest, **changes}).encode()))


@pytest.mark.parametrize("word", ["\0", "\ud800", "x" * 201, 7, "600"])
def test_words_that_cannot_be_shown_or_stand_twice_are_refused(sound, packed, word):
    manifest = json.loads(dict(contents(sound))[MANIFEST])
    words = {**manifest["words"], "local": [*manifest["words"]["local"][:-1], word]}
    with pytest.raises(SnapshotError, match="words"):
        read(packed(manifest_json=json.dumps({**manifest, "words": words}).encode()))


@pytest.mark.parametrize("file", [MANIFEST, HOURS])
@pytest.mark.parametrize("content", [b"", b"{", b"\x93NUMPY"])
def test_a_folder_that_a_disk_has_lost_is_told_from_others_and_mended(sound, tmp_path, file, content):
    folder = folder_of(tmp_path, save(tmp_path, sound))
    opened.cache_clear()
    (folder / file).write_bytes(content)
    with pytest.raises(SnapshotError, match=r"damaged|column"):
        opened(folder)
    assert save(tmp_path, sound) == folder.name
    assert content_hash(opened(folder)) == folder.name
    assert list(folder.parent.iterdir()) == [folder]


def test_a_sound_folder_is_left_as_it_is_and_nobody_else_reads_it(sound, tmp_path):
    folder = folder_of(tmp_path, save(tmp_path, sound))
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    save(tmp_path, sound._replace(position=812))
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    hours = opened(folder).lines["hours"]
    assert isinstance(hours, np.memmap)
    assert not hours.flags.writeable


@pytest.mark.parametrize("damaged", [False, True])
def test_many_may_keep_one_at_once(sound, tmp_path, damaged):
    folder = folder_of(tmp_path, content_hash(sound))
    if damaged:
        save(tmp_path, sound)
        (folder / HOURS).write_bytes(b"")
        opened.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: save(tmp_path, sound), range(16))) == {folder.name}
    opened.cache_clear()
    assert content_hash(opened(folder)) == folder.name
    assert list(folder.parent.iterdir()) == [folder]
