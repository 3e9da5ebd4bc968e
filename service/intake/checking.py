"""What must hold between the lines of a report and what is known: members, the calendar, and each other."""

import datetime
import functools
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from rules import terms
from schemas.fields import shown
from service.intake.faults import Faults
from service.intake.sent import IDENTITY, Sent, hashes

MOST_SOUGHT = 100_000


class Weeks(NamedTuple):
    """The days on which a reported week may end."""

    first: datetime.date
    last: datetime.date


@functools.lru_cache(maxsize=64)
def weeks_taken(plans: tuple[str, ...], today: datetime.date) -> Weeks:
    """From the first day that the calendars of all ``plans`` can count, to a year from ``today``."""
    first = max(terms.plan(name).chart.cutoffs[0] for name in plans) + datetime.timedelta(days=1)
    latest = datetime.date(today.year + 1, today.month, min(today.day, 28) if today.month == 2 else today.day)
    return Weeks(first, latest)


def week_fault(week_ending: datetime.date, weeks: Weeks) -> str | None:
    """What is wrong with a week that ends before plans count, or too far ahead; None if nothing is."""
    if weeks.first <= week_ending <= weeks.last:
        return None
    return f"{week_ending} is not from {weeks.first} to {weeks.last}. Check the year."


def unknown_member(number: str) -> str:
    """What to do about a number that no member has."""
    return f"No member has the number {shown(number)}. Check the number, or enrol the member first."


def check(sent: Sent, members: Mapping[str, uuid.UUID], weeks: Weeks, faults: Faults) -> None:
    """Check lines against the enrolled ``members`` (by number), the calendar, and each other."""
    unread = sorted(faults.lines)
    if missing := sent.members - members.keys():
        for part in sent.lines:
            unknown = part.select("place", "member").filter(pl.col("member").is_in(missing))
            faults.add_all(unknown, "member", "unknown_member", unknown_member)
    if any(day is not None and week_fault(day, weeks) for day in sent.weeks):
        for part in sent.lines:
            outside = part.select("place", "week_ending").filter(~pl.col("week_ending").is_between(*weeks))
            faults.add_all(outside, "week_ending", "date_out_of_range", lambda day: week_fault(day, weeks) or "")
    faults.add_all(repeats(sent, unread), "member", "duplicate_line", repeated)


def repeated(first: int) -> str:
    """What to do about a line that says of the same work what line ``first`` says."""
    return (
        f"This repeats line {first}: the same member, week_ending, basis, occupation, local and production. Remove one "
        "of the two, or put their hours on one line."
    )


def repeats(sent: Sent, unread: Sequence[int]) -> pl.DataFrame:
    """The lines that say of the same work what another one before them says: the place of each, and of that one.

    ``unread`` are the places of lines that could not be read; they are not looked at.
    """
    found = [pl.DataFrame(schema={"place": pl.Int32, "first": pl.Int32})]
    every = pl.concat(sent.hashes).sort() if sent.hashes else pl.Series(dtype=pl.UInt64)
    twice = every.filter(every == every.shift()).unique().sort()
    # Two lines of the same hash are rare enough to look at all of them, in a file that is refused at some at a time.
    for some in (twice.slice(at, MOST_SOUGHT) for at in range(0, len(twice), MOST_SOUGHT)):
        seen: list[pl.DataFrame] = []
        for part in sent.lines:
            mine = part.filter(hashes(part).is_in(some.implode()) & ~part["place"].is_in(unread))
            seen = [pl.concat([*seen, mine.select("place", *IDENTITY)]).unique(IDENTITY, keep="first")]
            firsts = seen[0].rename({"place": "first"})
            both = mine.select("place", *IDENTITY).join(firsts, on=IDENTITY, nulls_equal=True)
            found.append(both.filter(pl.col("place") > pl.col("first")).select("place", "first"))
    return pl.concat(found).sort("place")
