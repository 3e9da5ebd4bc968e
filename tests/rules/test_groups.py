"""Groups of millions: looked at in parts, which make no difference."""

import datetime
import tracemalloc

import numpy as np
import pytest

from rules import groups
from rules.crediting import owned
from rules.groups import NAMES, NONE, grouped
from service.demo.snapshot import membership_snapshot

FIRST, LAST = datetime.date(2016, 1, 1), datetime.date(2018, 12, 31)
PEOPLE = membership_snapshot(300)


@pytest.mark.parametrize("by", NAMES)
def test_members_looked_at_in_parts_are_in_the_same_groups(by, monkeypatch):
    whole = grouped(PEOPLE, by, FIRST, LAST)
    assert len(set(whole.codes.tolist())) > 1
    monkeypatch.setattr(groups, "TOGETHER", 7)
    parts = grouped(PEOPLE, by, FIRST, LAST)
    assert parts.labels == whole.labels
    assert parts.codes.tolist() == whole.codes.tolist()


def test_where_nobody_worked_everybody_is_in_the_group_of_none():
    nothing = PEOPLE._replace(
        lines={name: column[:0] for name, column in PEOPLE.lines.items()}, words={**PEOPLE.words, "local": ()}
    )
    made = grouped(nothing, "local", FIRST, LAST)
    assert made.labels == (NONE,)
    assert made.codes.tolist() == [0] * 300


def test_looking_up_a_few_members_copies_no_column():
    owners = np.repeat(np.arange(20_000, dtype=np.int32), 50)
    tracemalloc.start()
    try:
        found = owned(owners, 7, 9)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found.start, found.stop) == (350, 450)
    assert most < 10_000
