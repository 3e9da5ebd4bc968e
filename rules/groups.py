"""The groups that the members of a snapshot are counted in: by local, class of employer, occupation, or how much they
work within a span. Each member is in one group of each kind.
"""

import datetime
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules.crediting import owned
from rules.snapshot import Snapshot

BY_WORD = ("local", "contributor_class", "occupation", "agreement")
BY_HOURS = "hours_band"
NAMES = (*BY_WORD, BY_HOURS)
TOGETHER = 65_536  # members whose lines are looked at together
NONE, OTHERS = "none", "others"
# Average hours a year, hundredths: the lowest of each band but the first.
BANDS = (400_00, 600_00, 1_000_00, 1_500_00, 2_000_00)
BAND_LABELS = ("under 400", "400-599", "600-999", "1000-1499", "1500-1999", "2000 and more")


class Groups(NamedTuple):
    """One way of grouping: ``codes[m]`` is the place of member *m*'s group among the ``labels``."""

    name: str
    labels: tuple[str, ...]
    codes: npt.NDArray[np.int16]


class Union(NamedTuple):
    """Groups that somebody defines: unions of those of one kind; whoever is in none of them is among the others."""

    name: str
    of: str
    groups: Mapping[str, tuple[str, ...]]


def grouped(snapshot: Snapshot, by: str | Union, first: datetime.date, last: datetime.date) -> Groups:
    """Group the members of a snapshot by what they did from ``first`` to ``last``.

    A word is that of most of a member's hours in that time; of several with as many, the first in the alphabet. Raises
    KeyError for a kind of group, or a group within a union, that there is not.
    """
    if isinstance(by, Union):
        return _united(grouped(snapshot, by.of, first, last), by)
    words = BAND_LABELS if by == BY_HOURS else snapshot.words[by] if by in BY_WORD else _unknown(by)
    labels = words if by == BY_HOURS or "" in words else (*words, "")
    codes = np.empty(snapshot.members, np.int16)
    # Some members after the other: those of millions have too many lines to look at all of them together.
    for begin in range(0, snapshot.members, TOGETHER):
        stop = min(begin + TOGETHER, snapshot.members)
        own = owned(snapshot.lines["member"], begin, stop)
        day = snapshot.lines["day"][own]
        within = (day >= first.toordinal()) & (day <= last.toordinal())
        members = snapshot.lines["member"][own][within].astype(np.int64) - begin
        hours = snapshot.lines["hours"][own][within].astype(np.int64)
        if by == BY_HOURS:
            total = np.zeros(stop - begin, np.int64)
            np.add.at(total, members, hours)
            codes[begin:stop] = _band(total, (last - first).days + 1)
        else:
            totals = np.zeros((stop - begin, len(labels)), np.int64)
            np.add.at(totals, (members, snapshot.lines[by][own][within]), hours)
            codes[begin:stop] = np.where(totals.max(axis=1) > 0, totals.argmax(axis=1), labels.index(""))
    return Groups(by, tuple(label or NONE for label in labels), codes)


def _band(hours: npt.NDArray[np.int64], days: int) -> npt.NDArray[np.int64]:
    """The band of each member's hours (hundredths) of so many days."""
    # An average of so many hours a year, without fractions: hours * 365.25 / days, compared in quarters of a day.
    return np.searchsorted(np.array(BANDS), hours * 1461 // (4 * days), side="right")


def _unknown(by: str) -> tuple[str, ...]:
    raise KeyError(f"members are grouped by {', '.join(NAMES)}, not by {by}")


def _united(parts: Groups, by: Union) -> Groups:
    labels = (*by.groups, OTHERS)
    places = np.full(len(parts.labels), len(by.groups), np.int16)
    for place, (name, members) in enumerate(by.groups.items()):
        for label in members:
            if label not in parts.labels:
                raise KeyError(f"there is no {by.of} {label!r}, which the group {name!r} names")
            places[parts.labels.index(label)] = place
    return Groups(by.name, labels, places[parts.codes])


def everybody(members: int) -> Groups:
    """All members in one group."""
    return Groups("everybody", ("everybody",), np.zeros(members, np.int16))
