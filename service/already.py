"""What stands in the ledger already: reports of the same names, and lines that say what lines of a new report say."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Text, select
from sqlalchemy.orm import Session

from schemas.fields import shown
from service.columns import standing_lines
from service.intake import Head, Sent, Told
from service.ledger import among
from service.models import Batch, Remittance

Remark = dict[str, Any]

MOST_HELD = 50_000

# What two lines of one employer have in common when they report the same work.
SAMENESS = (
    "employer",
    "member_number",
    "week_ending",
    "basis",
    "occupation",
    "local",
    "production",
    "hours_worked",
    "hours_guaranteed",
)
REMITTANCES = Remittance.__table__
LAST_OF_NAMES = (
    select(REMITTANCES.c.employer, REMITTANCES.c.report, REMITTANCES.c.agreement, Batch.position)
    .join(Remittance, Remittance.id == Batch.id)
    .where(REMITTANCES.c.employer == among("employers", Text), REMITTANCES.c.report == among("reports", Text))
    .order_by(Batch.position)
)


def repeated_reports(session: Session, reports: Sequence[Head]) -> list[tuple[int, Remark]]:
    """A remark for each report of whose name one was posted before, with its number."""
    asked = {name: sorted({getattr(head, name) for head in reports}) for name in ("employer", "report")}
    rows = session.execute(LAST_OF_NAMES, {f"{name}s": values for name, values in asked.items()})
    positions = {Head(*head): position for *head, position in rows}
    return [
        (
            number,
            {
                "line": None,
                "code": "report_repeated",
                "message": f"{head.employer} has posted a report {shown(head.report)} under {head.agreement} before, "
                f"at position {positions[head]}. If this is the same one, void its lines.",
            },
        )
        for number, head in enumerate(reports)
        if head in positions
    ]


def reported_already(
    session: Session, sent: Sent, people: Sequence[Any], numbers: pl.DataFrame, tell: Told
) -> Iterator[pl.DataFrame]:
    """The lines that stand in the ledger already, from an earlier report of the same employer: each with its place, its
    report's number, its line, and that report and the line of it. ``numbers`` are the ``people`` by member."""
    employers = pl.DataFrame(
        {"number": range(len(sent.reports)), "employer": [head.employer for head in sent.reports]},
        schema={"number": pl.Int32, "employer": pl.String},
    )
    codes, checked = sorted(set(employers["employer"])), 0
    for first, last in spans(sent.weeks):
        standing = standing_lines(session, codes, people, first, last)
        # The first that said so is named.
        standing = standing.unique(SAMENESS, keep="first", maintain_order=True)
        for part in sent.lines if standing.height else ():
            said = part.filter(pl.col("week_ending").is_between(first, last)).join(numbers, on="member")
            said = said.select("place", "number", "line", *SAMENESS[1:]).join(employers, on="number")
            found = said.join(standing, on=SAMENESS, nulls_equal=True)
            yield found.select("place", "number", "line", "report_before", "line_before")
        checked += sum(count for week, count in sent.weeks.items() if first <= week <= last)
        tell("checked", checked, sent.lines.height)


def spans(weeks: Mapping[datetime.date, int]) -> list[tuple[datetime.date, datetime.date]]:
    """Runs of weeks, each with not too many lines: what stands in the ledger for one of them is held at once."""
    found: list[tuple[datetime.date, datetime.date]] = []
    held = MOST_HELD
    for week, count in sorted(weeks.items()):
        if held + count > MOST_HELD:
            found.append((week, week))
            held = 0
        found[-1] = (found[-1][0], week)
        held += count
    return found


def already(line: int, report: str, reported: int) -> Remark:
    """The remark that a line says what line ``reported`` of an earlier report says."""
    message = (
        f"Line {reported} of report {shown(report)} says the same: member, week, basis, occupation, local, production "
        "and hours. If it is the same work, void one of the two."
    )
    return {"line": line, "code": "already_reported", "message": message}
