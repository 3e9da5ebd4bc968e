"""Snapshots on disk: a folder of columns that every process maps into its memory, and one file to hand on.

A folder is named after the hash of its content, written aside and renamed, and never changed. The file is a ZIP of the
same columns, and of what had been adopted for the plans where it was taken: so the terms in force are the same for
whoever reads it. Two exports of one snapshot are the same to the byte.
"""

import contextlib
import functools
import io
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.facts import KINDS
from rules.snapshot import FACT_WORDS, FACTS, LINE_WORDS, LINES, WORDS, Snapshot, content_hash
from schemas.fields import UNPRINTABLE

FORM = "hourbank-snapshot-1"
MANIFEST, ADOPTED = "manifest.json", "adopted.json"
MOST_BYTES = 8 << 30  # of all columns together
MOST_MEMBERS = 50_000_000
MOST_WORDS, LONGEST_WORD = 30_000, 200
LAST_DAY, LAST_POSITION = 3_652_059, 2**63 - 1  # 9999-12-31
HASH = re.compile(r"[0-9a-f]{64}")
EPOCH = (1980, 1, 1, 0, 0, 0)
TABLES: Mapping[str, Mapping[str, type[np.generic]]] = {"lines": LINES, "facts": FACTS}
# Of each column the least and the most that a number may be; null: whatever its kind of number holds.
BOUNDS: Mapping[str, Mapping[str, tuple[int, int | None]]] = {
    "lines": {
        **dict.fromkeys(("hours", "weeks", "health", "pension", "account", "retiree"), (0, None)),
        **dict.fromkeys(("days", "rate"), (-1, None)),
        **dict.fromkeys(("received", "paid"), (0, LAST_DAY)),
        "day": (1, LAST_DAY),
        "span": (1, None),
    },
    "facts": {
        **dict.fromkeys(("first_day", "last_day"), (1, LAST_DAY)),
        "claim": (0, None),
        "claimed": (0, LAST_DAY),
    },
}
# What reading a file that somebody else wrote may end in.
BROKEN = (OSError, LookupError, ValueError, ArithmeticError, EOFError, MemoryError, RuntimeError)
FILES = [MANIFEST, *(f"{table}.{name}.npy" for table, kinds in TABLES.items() for name in kinds)]
IN_FILE = [ADOPTED, *FILES]  # what the one file holds
ADOPTED_KEYS = ("plan", "kind", "name", "text")
MOST_ADOPTED_BYTES = 16 << 20
UNPACKED = (zipfile.BadZipFile, zlib.error)
WORDS_OF = {"lines": LINE_WORDS, "facts": FACT_WORDS}


class SnapshotError(ValueError):
    """A snapshot that cannot be taken; the message says what is wrong with it."""


def folder_of(home: Path, name: str) -> Path:
    """Where the snapshot with a hash stands."""
    return home / "snapshots" / name


def save(home: Path, snapshot: Snapshot) -> str:
    """Keep a snapshot, and give its hash. One that is there already is left as it is, unless it is damaged."""
    name = content_hash(snapshot)
    final = folder_of(home, name)
    if not _is_sound(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=final.parent, prefix=".new-"))
        try:
            (aside / "new").mkdir(0o700)
            for file, content in contents(snapshot):
                with (aside / "new" / file).open("wb") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())  # the row that names it will not be lost either
            try:
                os.rename(aside / "new", final)
            except OSError:  # one is there: another process was first, or it is damaged
                if not _is_sound(final):
                    with contextlib.suppress(OSError):
                        os.rename(final, aside / "damaged")
                        os.rename(aside / "new", final)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        if not final.is_dir():
            raise OSError(f"the snapshot could not be written to {final}")
    return name


def _is_sound(folder: Path) -> bool:
    try:
        opened(folder)
    except SnapshotError:
        return False
    return True


def contents(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """The files of a snapshot: its manifest, and a file for each column."""
    manifest = {
        "form": FORM,
        "hash": content_hash(snapshot),
        "members": snapshot.members,
        "position": snapshot.position,
        "synthetic": snapshot.synthetic,
        "words": {name: list(snapshot.words[name]) for name in WORDS},
    }
    yield MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n"
    for table, kinds in TABLES.items():
        columns = snapshot.lines if table == "lines" else snapshot.facts
        for name, kind in kinds.items():
            out = io.BytesIO()
            np.save(out, np.ascontiguousarray(columns[name], np.dtype(kind).newbyteorder("<")), allow_pickle=False)
            yield f"{table}.{name}.npy", out.getvalue()


@functools.lru_cache(maxsize=8)
def opened(folder: Path) -> Snapshot:
    """A snapshot of a folder, its columns mapped and not read; its hash is verified once in each process.

    Raises :class:`SnapshotError` where there is none, or not the one that its name says.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        found = made(manifest, lambda file: np.load(folder / file, mmap_mode="r", allow_pickle=False))
    except OSError as missing:
        raise SnapshotError(f"the snapshot's files are not here ({missing.strerror}: {folder.name[:12]}…)") from None
    except ValueError as wrong:
        raise SnapshotError(f"the snapshot's files are damaged ({wrong}: {folder.name[:12]}…)") from None
    verify(found, folder.name)
    return found


def made(manifest: Any, column: Any) -> Snapshot:
    """A snapshot of a manifest and columns, with everything that an evaluation relies on checked."""
    keys = {"form", "hash", "members", "position", "synthetic", "words"}
    if not isinstance(manifest, dict) or manifest.keys() != keys or manifest["form"] != FORM:
        raise SnapshotError(f"the manifest is not one of the form {FORM}")
    words, members = manifest["words"], manifest["members"]
    if (
        not isinstance(words, dict)
        or words.keys() != set(WORDS)
        or not all(_are_words(each) for each in words.values())
    ):
        raise SnapshotError("the manifest's words are not sorted lists of short texts for each column")
    most = {"members": MOST_MEMBERS, "position": LAST_POSITION}
    whole = all(type(manifest[name]) is int and 0 <= manifest[name] <= most[name] for name in most)
    if not whole or not _is_word(manifest["synthetic"]) or not isinstance(manifest["hash"], str):
        raise SnapshotError("the manifest's members, position, hash and synthetic are not what they should be")
    tables = {}
    for table, kinds in TABLES.items():
        tables[table] = {name: _column(column, table, name, kind) for name, kind in kinds.items()}
        _check(table, tables[table], members, words)
    return Snapshot(
        members,
        tables["lines"],
        tables["facts"],
        {name: tuple(words[name]) for name in WORDS},
        manifest["position"],
        manifest["synthetic"],
    )


def _are_words(words: Any) -> bool:
    return (
        isinstance(words, list)
        and len(words) <= MOST_WORDS
        and all(map(_is_word, words))
        and words == sorted(set(words))
    )


def _is_word(word: Any) -> bool:
    return isinstance(word, str) and len(word) <= LONGEST_WORD and not UNPRINTABLE.search(word)


def _column(column: Any, table: str, name: str, kind: type[np.generic]) -> npt.NDArray[Any]:
    file = f"{table}.{name}.npy"
    try:
        found = column(file)
    except (*BROKEN, *UNPACKED) as wrong:
        raise SnapshotError(f"{file} is not there, or is no column of numbers ({wrong})") from None
    if not isinstance(found, np.ndarray) or found.ndim != 1 or found.dtype != np.dtype(kind).newbyteorder("<"):
        raise SnapshotError(f"{file} is not one column of {np.dtype(kind).name}")
    return found


def _check(table: str, columns: Mapping[str, npt.NDArray[Any]], members: int, words: Mapping[str, list[str]]) -> None:
    """SnapshotError unless the columns of a table are equally long, in order, and within what their numbers mean."""
    if len({len(column) for column in columns.values()}) != 1:
        raise SnapshotError(f"the columns of {table} are not equally long")
    owners = columns["member"]
    if owners.size == 0:
        return
    if owners[0] < 0 or owners[-1] >= members or (np.diff(owners) < 0).any():
        raise SnapshotError(f"the {table} are not in the order of their members, or name one that is not there")
    for name in WORDS_OF[table]:
        if columns[name].min() < 0 or columns[name].max() >= len(words[name]):
            raise SnapshotError(f"{table}.{name} names a word that is not there")
    for name, (least, most) in BOUNDS[table].items():
        if columns[name].min() < least or (most is not None and columns[name].max() > most):
            raise SnapshotError(f"{table}.{name} has a number below {least}" + (f" or above {most}" if most else ""))
    if table == "lines" and (columns["day"] < columns["span"]).any():
        raise SnapshotError("lines.span begins before the calendar")
    if table == "facts" and (columns["last_day"] < columns["first_day"]).any():
        raise SnapshotError("facts.last_day is before facts.first_day")
    if table == "facts" and not {words["kind"][code] for code in np.unique(columns["kind"])} <= set(KINDS):
        raise SnapshotError("facts.kind names a kind that is not known")


def verify(snapshot: Snapshot, name: str) -> None:
    """SnapshotError unless a snapshot is the one with a hash."""
    if not HASH.fullmatch(name) or content_hash(snapshot) != name:
        raise SnapshotError("the snapshot's content is not what its hash says; it was changed or damaged")


def unsaid() -> None:
    """Tell nobody that one more of the files is done."""


def export(folder: Path, file: Path, adopted: Sequence[Mapping[str, str]], done: Callable[[], Any] = unsaid) -> None:
    """Write a snapshot into one file, the same each time, with what had been adopted for the plans where it was taken
    (``plan``, ``kind``, ``name`` and ``text`` of each); ``done`` is called after each of the files :data:`IN_FILE`."""
    snapshot = opened(folder)
    beside = (ADOPTED, json.dumps([dict(one) for one in adopted], indent=1, sort_keys=True).encode() + b"\n")
    with zipfile.ZipFile(file, "w") as out:
        for name, content in (beside, *contents(snapshot)):
            out.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED, 6)
            done()


def read(file: Path, done: Callable[[], Any] = unsaid) -> tuple[Snapshot, list[dict[str, str]]]:
    """Read a snapshot from one file that nobody has looked at yet, and what had been adopted where it was taken;
    ``done`` is called after each of the files :data:`IN_FILE`.

    Raises :class:`SnapshotError`.
    """

    def unpacked(name: str) -> Any:
        content = archive.read(name)
        done()
        return io.BytesIO(content)

    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError) as wrong:
        raise SnapshotError(f"{file} is no snapshot ({wrong})") from None
    with archive:
        infos = archive.infolist()
        if sorted(info.filename for info in infos) != sorted(IN_FILE):
            raise SnapshotError(f"{file} does not hold exactly the columns of a snapshot")
        sizes = {info.filename: info.file_size for info in infos}
        if sum(sizes.values()) > MOST_BYTES or sizes[ADOPTED] > MOST_ADOPTED_BYTES:
            raise SnapshotError(f"{file} is larger than a snapshot may be when it is unpacked")
        try:
            adopted = json.load(unpacked(ADOPTED))
            manifest = json.load(unpacked(MANIFEST))
            found = made(manifest, lambda name: np.load(unpacked(name), allow_pickle=False))
        except SnapshotError:
            raise
        except (*BROKEN, *UNPACKED) as wrong:
            raise SnapshotError(f"{file} is damaged ({wrong})") from None
    verify(found, str(manifest["hash"]))
    if not isinstance(adopted, list) or not all(map(_is_adopted, adopted)):
        raise SnapshotError(f"{ADOPTED} is not a list of what was adopted: plan, kind, name and text of each")
    return found, adopted


def _is_adopted(one: Any) -> bool:
    return (
        isinstance(one, dict) and sorted(one) == sorted(ADOPTED_KEYS) and all(isinstance(v, str) for v in one.values())
    )
