"""A membership as columns of whole numbers: what scenarios read. Nobody in it has a name or a number.

Columns are arrays of one length, one element per line or per fact, ordered by member. Words stand as codes: the place
of the word in ``words[column]``, which is sorted, so that equal memberships are equal to the byte on any machine.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

# Days are ordinals (1 is 0001-01-01; 0: not known); hours, days and weeks hundredths; money cents.
LINES: Mapping[str, type[np.generic]] = {
    "member": np.int32,
    "day": np.int32,  # the last day of the payroll week, or of the time that the line is about
    "span": np.int16,  # how many days up to that day it is about: 7 for a payroll week
    "hours": np.int32,  # credited
    "days": np.int32,  # days worked; -1: not said
    "weeks": np.int32,
    "rate": np.int32,  # the scale rate for an hour; -1: not said
    "health": np.int32,  # contributions due, by kind of fund
    "pension": np.int32,
    "account": np.int32,
    "retiree": np.int32,
    "received": np.int32,
    "paid": np.int32,
    "agreement": np.int16,
    "basis": np.int16,
    "contributor_class": np.int16,
    "occupation": np.int16,
    "local": np.int16,
}
FACTS: Mapping[str, type[np.generic]] = {
    "member": np.int32,
    "kind": np.int16,
    "first_day": np.int32,
    "last_day": np.int32,
    "claim": np.int16,  # claims of a member are numbered from 1; 0: none
    "claimed": np.int32,
    "name": np.int16,
    "value": np.int16,
    "amount": np.int64,
}
LINE_WORDS = ("agreement", "basis", "contributor_class", "occupation", "local")
FACT_WORDS = ("kind", "name", "value")
WORDS = (*LINE_WORDS, *FACT_WORDS)
Columns = Mapping[str, npt.NDArray[Any]]


class Snapshot(NamedTuple):
    """An immutable membership. ``position`` is the ledger's, which is no part of the content; ``synthetic`` says what
    made the people up, and is empty where they are those of a ledger."""

    members: int
    lines: Columns
    facts: Columns
    words: Mapping[str, tuple[str, ...]]
    position: int = 0
    synthetic: str = ""

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """Where each member's lines begin, and the end: those of member *m* are ``places[m]:places[m + 1]``."""
        return np.searchsorted(self.lines["member"], np.arange(self.members + 1)).astype(np.int64)


def content_hash(snapshot: Snapshot) -> str:
    """The SHA-256 of everything that an answer may rest on, in hexadecimal; the same on any machine."""
    head = {
        "members": snapshot.members,
        "synthetic": snapshot.synthetic,
        "words": {name: list(snapshot.words[name]) for name in WORDS},
        "lines": len(snapshot.lines["member"]),
        "facts": len(snapshot.facts["member"]),
    }
    made = hashlib.sha256(json.dumps(head, sort_keys=True, ensure_ascii=True).encode())
    for columns, kinds in ((snapshot.lines, LINES), (snapshot.facts, FACTS)):
        for name, kind in kinds.items():
            column = np.ascontiguousarray(columns[name], np.dtype(kind).newbyteorder("<"))
            made.update(column.tobytes())
    return made.hexdigest()
