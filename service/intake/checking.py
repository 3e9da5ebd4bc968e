"""What must hold between the lines of a report and what is known: members, the calendar, and each other."""

import datetime
import functools
import uuid
from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from rules import terms
from schemas.fields import shown
from service.intake.faults import Faults

# What no two lines of one report (``number``) have in common.
IDENTITY = ("member", "week_ending", "basis", "occupation", "local", "production")


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


def check(lines: pl.DataFrame, members: Mapping[str, uuid.UUID], weeks: Weeks, faults: Faults) -> None:
    """Check lines against the enrolled ``members`` (by number), the calendar, and each other."""
    unread = list(faults.lines)
    missing = set(lines["member"].drop_nulls().unique().to_list()) - members.keys()
    unknown = (
        lines.select("place", "member").filter(pl.col("member").is_in(list(missing))) if missing else lines[:0, :2]
    )
    faults.add_all(unknown, "member", "unknown_member", unknown_member)
    outside = lines.select("place", "week_ending").filter(~pl.col("week_ending").is_between(weeks.first, weeks.last))
    faults.add_all(outside, "week_ending", "date_out_of_range", lambda day: week_fault(day, weeks) or "")
    again = repeats(lines.filter(~pl.col("place").is_in(unread)) if unread else lines)
    faults.add_all(again, "member", "duplicate_line", repeated)


def repeated(first: int) -> str:
    """What to do about a line that says of the same work what line ``first`` says."""
    return (
        f"This repeats line {first}: the same member, week_ending, basis, occupation, local and production. Remove one "
        "of the two, or put their hours on one line."
    )


def repeats(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that say of the same work what another one before them says: the place of each, and of that one."""
    same = [name for name in ("number", *IDENTITY) if name in lines.columns]
    hashes = lines.select(pl.struct(same).hash()).to_series()
    if hashes.n_unique() == lines.height:
        return pl.DataFrame(schema={"place": pl.Int32, "first": pl.Int32})
    # Two lines of the same hash are rare enough to look at all of them.
    found = (
        lines.select("place", *same)
        .filter(hashes.is_duplicated())
        .with_columns(pl.col("place").min().over(same).alias("first"))
        .filter(pl.col("place") > pl.col("first"))
    )
    return found.select("place", "first").sort("place")
