"""Members as the engine takes them: arrays of their credits by period, their facts, and what kind of member each is."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from rules import evaluate, facts
from rules.evaluate import Fact, Line
from rules.stages import Records
from rules.terms import Terms
from service.held import HELD

# Hours of a cut-off's own day belong to the month that it ends, so a day is placed by the day before it. One row of
# arrays instead of thousands of rows: every report asks this about every member on it. ``added`` is what :batches add.
MONTHLY = """
    SELECT array_agg(place), array_agg(month), array_agg(hours), array_agg(added)
    FROM (
        SELECT asked.place - 1 AS place,
               width_bucket(entries.week_ending - 1, CAST(:cutoffs AS date[])) AS month,
               sum(credited) AS hours,
               coalesce(sum(credited) FILTER (WHERE batch_id = ANY(CAST(:batches AS uuid[]))), 0) AS added
        FROM unnest(CAST(:members AS uuid[])) WITH ORDINALITY AS asked (member_id, place)
        JOIN entries USING (member_id)
        {known}
        GROUP BY 1, 2
    ) AS totals
"""
MONTHLY_NOW = text(MONTHLY.format(known=""))
MONTHLY_THEN = text(
    MONTHLY.format(known="JOIN batches ON batches.id = entries.batch_id AND batches.position <= :position")
)


class Hours(NamedTuple):
    """Plain hours of members by month of a chart: the member's row, the month's place, hundredths in all and added."""

    rows: np.ndarray
    months: np.ndarray
    hours: np.ndarray
    added: np.ndarray


class People(NamedTuple):
    """Members' facts as the stages read them, where each member's begin, and each one's kind by period."""

    records: Records
    places: np.ndarray
    kinds: np.ndarray


def monthly_hours(
    session: Session,
    plan: Terms,
    members: Sequence[uuid.UUID],
    *,
    batch_ids: Sequence[uuid.UUID] = (),
    position: int | None = None,
) -> Hours:
    """The members' hours, added up by PostgreSQL: as known at a position, or else all that this transaction sees."""
    cutoffs = plan.chart.cutoffs
    given = {"members": list(members), "cutoffs": f"{{{','.join(map(str, cutoffs))}}}", "batches": list(batch_ids)}
    if position is None:
        found = session.execute(MONTHLY_NOW, given).one()
    else:
        found = session.execute(MONTHLY_THEN, {**given, "position": position}).one()
    columns = Hours(*(np.array(column or [], np.int64) for column in found))
    inside = (columns.months > 0) & (columns.months < len(cutoffs))
    return Hours(*(column[inside] for column in columns))


def credits_by_line(
    plan: Terms, members: Sequence[uuid.UUID], lines: Mapping[uuid.UUID, Sequence[Line]]
) -> Iterator[tuple[int, int, int, int]]:
    """What each line adds: the number of the measure, the member's row, the place of the period, hundredths."""
    for row, member in enumerate(members):
        for measure, credits in enumerate(evaluate.credits_by_measure(plan, lines.get(member, []), ())):
            for one in credits:
                yield measure, row, one.place, one.amount


def people(
    plan: Terms,
    members: Sequence[uuid.UUID],
    known: Mapping[uuid.UUID, Sequence[Fact]],
    worked: Mapping[uuid.UUID, Sequence[Line]],
    first: int,
    end: int,
) -> People:
    """The members for the periods from ``first`` up to before ``end``, with the facts known and the lines worked."""
    nothing = facts.fact_records(plan, [], [], first)
    records = [nothing] * len(members)
    kinds = np.zeros((len(members), end - first), np.int16)
    for row, member in enumerate(members) if known else ():
        if held := known.get(member):
            records[row] = facts.fact_records(plan, held, days_worked(worked.get(member, [])), first)
            kinds[row] = facts.kinds(plan, held, plan.chart.cutoffs[first:end])
    together = np.concatenate(records) if records else nothing
    return People(together.view(np.recarray), np.cumsum([0, *map(len, records)]), kinds)


def days_worked(lines: Sequence[Line]) -> list[date]:
    """The days of lines on which there is anything that the ledger holds."""
    return [line.day for line in lines if any(getattr(line, name) > 0 for name in HELD)]
