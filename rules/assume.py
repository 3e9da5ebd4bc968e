"""What a scenario supposes about the work itself: a stoppage, more or fewer hours, caps, work moved, years to come.

Each assumption changes the lines of a snapshot, in whole hundredths rounded down, in the order in which they stand in
:class:`Assumptions`, and says what it changed. None of it is a forecast: it is what somebody wants to see counted.
"""

import datetime
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.snapshot import LINES, Snapshot

SCALED = ("hours", "days", "weeks", "health", "pension", "account", "retiree")
MONEY = ("health", "pension", "account", "retiree")
MOST = np.iinfo(np.int32).max
MOST_LINES = 20_000_000  # that a continuation may add
WHERE = ("agreement", "contributor_class", "occupation", "local")
Where = Mapping[str, tuple[str, ...]]  # a line is meant if each column named has one of the words; nothing: all lines
ANY_LINE: Where = MappingProxyType({})
Lines = dict[str, npt.NDArray[Any]]
Mask = npt.NDArray[np.bool_]


class Continued(NamedTuple):
    """The work of the days from ``first`` to ``last``, in whole weeks that end on ``last``, again and again until
    ``until``. It begins in the first such week that begins ``since`` a day; without one, right after ``last``."""

    first: datetime.date
    last: datetime.date
    until: datetime.date
    since: datetime.date | None = None


class Stoppage(NamedTuple):
    """No work from ``first`` to ``last``: a line about more days keeps its share of the others."""

    first: datetime.date
    last: datetime.date
    where: Where = ANY_LINE


class Factor(NamedTuple):
    """So many hundredths of the work that there was, from a day on (or at all times)."""

    hundredths: int
    since: datetime.date | None = None
    where: Where = ANY_LINE


class Cap(NamedTuple):
    """At most so many hundredths of hours a day worked, or a week, from a day on (or at all times)."""

    hundredths: int
    since: datetime.date | None = None


class Move(NamedTuple):
    """A share (hundredths) of the hours of some lines under another agreement. Where it does not ``count``, the hours
    moved are in the money and not in anybody's cover."""

    share: int
    to: str
    counts: bool = True
    since: datetime.date | None = None
    where: Where = ANY_LINE


class Assumptions(NamedTuple):
    """What is supposed, in the order in which it is applied."""

    continued: Continued | None = None
    stoppages: tuple[Stoppage, ...] = ()
    factors: tuple[Factor, ...] = ()
    daily_cap: Cap | None = None
    weekly_cap: Cap | None = None
    moves: tuple[Move, ...] = ()


class Told(NamedTuple):
    """What one assumption did: the lines that it made, moved or made differ in any amount, by how many hundredths of
    hours in all, and the lines that it could not be applied to because they do not say what it asks for."""

    assumption: str
    lines: int
    hours: int
    not_applied: int


class Assumed(NamedTuple):
    """The lines that count for cover and those that count for money (they differ by what was moved away and does not
    count), and what each assumption did."""

    cover: Snapshot
    money: Snapshot
    told: tuple[Told, ...]


def assume(snapshot: Snapshot, what: Assumptions) -> Assumed:
    """Apply assumptions to a snapshot. ValueError for words or days that they cannot be applied to."""
    if what == Assumptions():
        return Assumed(snapshot, snapshot, ())
    lines: Lines = dict(snapshot.lines)
    words = {name: list(known) for name, known in snapshot.words.items()}
    told: list[Told] = []

    def note(name: str, before: Lines, made: int | None = None, not_applied: int = 0) -> None:
        hours = int(lines["hours"].sum(dtype=np.int64) - before["hours"].sum(dtype=np.int64))
        told.append(Told(name, _differing(before, lines) if made is None else made, hours, not_applied))

    if what.continued:
        before, lines = lines, _continued(lines, what.continued)
        note("continued", before, len(lines["day"]) - len(before["day"]))
    for stoppage in what.stoppages:
        before, lines = lines, _stopped(lines, words, stoppage)
        note("stoppage", before)
    for factor in what.factors:
        meant = _meant(lines, words, factor.where) & _since(lines, factor.since)
        before, lines = lines, _scaled(lines, meant, SCALED, factor.hundredths, 100)
        note("hours_factor", before)
    if what.daily_cap:
        before, (lines, silent) = lines, _capped_by_day(lines, what.daily_cap)
        note("daily_cap", before, not_applied=silent)
    if what.weekly_cap:
        before, lines = lines, _capped_by_week(lines, what.weekly_cap)
        note("weekly_cap", before)
    aside: list[Lines] = []
    for move in what.moves:
        before, (lines, moved) = lines, _moved(lines, words, move)
        if not move.counts:
            aside.append(moved)
        else:
            lines = _in_order(_joined(lines, moved))
        note("move", before, len(moved["day"]))
    known = {name: tuple(each) for name, each in words.items()}
    cover = snapshot._replace(lines=lines, words=known)
    money = cover._replace(lines=_in_order(_joined(lines, *aside))) if aside else cover
    return Assumed(cover, money, tuple(told))


def _differing(before: Lines, after: Lines) -> int:
    """How many lines differ in any amount."""
    return int(np.logical_or.reduce([before[name] != after[name] for name in SCALED]).sum())


def _meant(lines: Lines, words: Mapping[str, list[str]], where: Where) -> Mask:
    """The lines that an assumption is about. ValueError for a word that no line has."""
    meant = np.ones(len(lines["day"]), np.bool_)
    for column, chosen in where.items():
        if column not in WHERE:
            raise ValueError(f"lines are told apart by {', '.join(WHERE)}, not by {column}")
        missing = [word for word in chosen if word not in words[column]]
        if missing:
            raise ValueError(f"no line has the {column} {missing[0]!r}")
        meant &= np.isin(lines[column], [words[column].index(word) for word in chosen])
    return meant


def _since(lines: Lines, day: datetime.date | None) -> Mask:
    """The lines about a day or later ones."""
    return lines["day"] >= (day.toordinal() if day else 0)


def _scaled(lines: Lines, meant: Mask, columns: tuple[str, ...], over: Any, under: Any) -> Lines:
    """Lines with the amounts of some of them times a fraction; what a line does not say stays unsaid."""
    made = dict(lines)
    for name in columns:
        amounts = lines[name].astype(np.int64)
        scaled = np.where(amounts > 0, amounts * over // under, amounts)
        if scaled.max(initial=0) > MOST:
            raise ValueError(f"the {name} of a line would be more than can be counted")
        made[name] = np.where(meant, scaled, amounts).astype(LINES[name])
    return made


def _continued(lines: Lines, own: Continued) -> Lines:
    weeks = ((own.last - own.first).days + 1) // 7
    if weeks < 1:
        raise ValueError("what is continued is at least one week")
    length, end = weeks * 7, own.last.toordinal()
    since = own.since.toordinal() if own.since else end + 1
    if since <= end:
        raise ValueError(f"the work until {own.last} cannot go on from {own.since}: that is not after it")
    if lines["day"].max(initial=0) >= since:
        day = datetime.date.fromordinal(since)
        raise ValueError(f"there is work on {day} or later; what is continued begins after the last line")
    chosen = np.flatnonzero((lines["day"] > end - length) & (lines["day"] <= end))
    nearest = (since - (end - length + 1) + 6) // 7 * 7
    turns = range(nearest, own.until.toordinal() - end + length, length)  # days by which the work is moved
    if len(turns) * len(chosen) > MOST_LINES:
        raise ValueError(f"until {own.until} there would be more than {MOST_LINES:,} more lines")
    parts = [lines]
    for turn in turns:
        part = {name: column[chosen] for name, column in lines.items()}
        for name in ("day", "received", "paid"):
            part[name] = np.where(part[name] > 0, part[name] + turn, 0).astype(LINES[name])
        within = part["day"] <= own.until.toordinal()
        parts.append({name: column[within] for name, column in part.items()})
    return _in_order(_joined(*parts))


def _stopped(lines: Lines, words: Mapping[str, list[str]], own: Stoppage) -> Lines:
    first, last = own.first.toordinal(), own.last.toordinal()
    if last < first:
        raise ValueError(f"the stoppage ends on {own.last}, before it begins")
    begins = lines["day"].astype(np.int64) - lines["span"] + 1
    inside = np.maximum(0, np.minimum(lines["day"], last) - np.maximum(begins, first) + 1)
    touched = _meant(lines, words, own.where) & (inside > 0)
    span = lines["span"].astype(np.int64)
    return _scaled(lines, touched, SCALED, span - inside, span)


def _capped_by_day(lines: Lines, cap: Cap) -> tuple[Lines, int]:
    """Lines with no more hours a day worked than a cap allows, and how many do not say how many days."""
    since, says = _since(lines, cap.since), lines["days"] > 0
    most = cap.hundredths * lines["days"].astype(np.int64) // 100  # a line says its days in hundredths
    hours = lines["hours"].astype(np.int64)
    over = since & says & (hours > most)
    made = _scaled(lines, over, ("hours", *MONEY), np.where(over, most, 1), np.where(over, hours, 1))
    return made, int((since & ~says & (hours > 0)).sum())


def _capped_by_week(lines: Lines, cap: Cap) -> Lines:
    """Lines with no more hours for seven days than a cap allows: those of one member about the same days together, each
    with its share."""
    keys = np.stack([lines[name].astype(np.int64) for name in ("member", "day", "span")])
    order = np.lexsort(keys[::-1])
    begins = np.flatnonzero(np.r_[True, (np.diff(keys[:, order], axis=1) != 0).any(axis=0)]) if order.size else order
    groups = np.empty(len(order), np.int64)
    groups[order] = np.repeat(np.arange(len(begins)), np.diff(np.r_[begins, len(order)]))
    hours = np.bincount(groups, lines["hours"], len(begins)).astype(np.int64)[groups]
    most = cap.hundredths * lines["span"].astype(np.int64) // 7
    over = _since(lines, cap.since) & (hours > most)
    return _scaled(lines, over, ("hours", *MONEY), np.where(over, most, 1), np.where(over, hours, 1))


def _moved(lines: Lines, words: dict[str, list[str]], own: Move) -> tuple[Lines, Lines]:
    """The lines that stay, and those that are moved; what is owed on the latter is not known."""
    if not 0 <= own.share <= 100:
        raise ValueError("the share that is moved is more than all of it, or less than nothing")
    meant = _meant(lines, words, own.where) & _since(lines, own.since)
    chosen = np.flatnonzero(meant)
    moved = _scaled({name: column[chosen] for name, column in lines.items()}, np.True_, SCALED, own.share, 100)  # type: ignore[arg-type]
    stay = dict(lines)
    for name in SCALED:
        left = lines[name].copy()
        left[chosen] = np.where(left[chosen] > 0, left[chosen] - moved[name], left[chosen])
        stay[name] = left
    for name in MONEY:
        moved[name] = np.zeros_like(moved[name])
    # A new word would change the place of others, so it is put behind them.
    if own.to not in words["agreement"]:
        words["agreement"].append(own.to)
    moved["agreement"] = np.full(len(chosen), words["agreement"].index(own.to), LINES["agreement"])
    return stay, moved


def _joined(*parts: Lines) -> Lines:
    return {name: np.concatenate([part[name] for part in parts]) for name in LINES}


def _in_order(lines: Lines) -> Lines:
    """Lines in the order of their members and days."""
    order = np.lexsort((lines["day"], lines["member"]))
    return {name: column[order] for name, column in lines.items()}


def words_of(told: tuple[Told, ...]) -> Iterator[str]:
    """What assumptions did, in sentences."""
    for one in told:
        change = "added" if one.hours >= 0 else "took away"
        silent = f"; {one.not_applied:,} lines do not say what it asks for" if one.not_applied else ""
        yield f"{one.assumption}: {one.lines:,} lines, {change} {abs(one.hours) // 100:,} hours{silent}"
