"""What a remittance report adds to the ledger, and the receipt for it."""

import operator
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Date, Uuid, bindparam, insert, select
from sqlalchemy.orm import Session

from rules.units import written
from schemas.fields import shown
from service import coverage
from service.intake import Line
from service.ledger import STANDING_NOW, NewEntry, among, post_batch, post_entries
from service.models import Batch, Entry, Remittance

HOURS_IN_A_WEEK = 168_00
MOST_REMARKS = 100

# What two lines of one employer have in common when they report the same work.
SAMENESS = (
    "member_id",
    "week_ending",
    "basis",
    "occupation",
    "local",
    "production",
    "hours_worked",
    "hours_guaranteed",
)
same = operator.attrgetter(*SAMENESS)
REMITTANCES = Remittance.__table__
LAST_OF_NAME = (
    select(Batch.position)
    .join(Remittance, Remittance.id == Batch.id)
    .where(*(REMITTANCES.c[name] == bindparam(name) for name in ("employer", "report", "agreement")))
    .order_by(Batch.position.desc())
    .limit(1)
)
STANDING_LINES = (
    STANDING_NOW.join(Remittance, Remittance.id == Entry.remittance_id)
    .with_only_columns(Remittance.report, Entry.line, *(getattr(Entry, name) for name in SAMENESS))
    .where(
        Entry.member_id == among("members", Uuid),
        Entry.week_ending == among("weeks", Date),
        Entry.employer == bindparam("employer"),
    )
    .order_by(Entry.id.desc())
)

Remark = dict[str, Any]


class Report(NamedTuple):
    """A report as it was sent. ``controls`` is what its sender counted, by where it was said."""

    employer: str
    report: str
    agreement: str
    controls: dict[str, int | None]
    lines: list[Line]


def credit(hours_worked: int | None, hours_guaranteed: int | None) -> tuple[int, str]:
    """The hundredths of an hour that count, worked or guaranteed, once each; and which of the two they are."""
    worked, guaranteed = hours_worked or 0, hours_guaranteed or 0
    return (worked, "worked") if worked >= guaranteed else (guaranteed, f"guarantee {written(guaranteed)}")


def post_report(session: Session, author: str, report: Report, members: Mapping[str, uuid.UUID]) -> dict[str, Any]:
    """Add a checked report to the ledger and return its receipt. ``members`` gives ids by number; they are locked."""
    batch_id = uuid.uuid4()
    entries = [entry_of(batch_id, report, number, line, members) for number, line in enumerate(report.lines, start=1)]
    remarks = [*repeated_report(session, report), *long_weeks(entries), *reported_already(session, report, entries)]
    worked, credited = sum(entry.hours_worked or 0 for entry in entries), sum(entry.credited for entry in entries)
    post_entries(session, entries)
    session.execute(
        insert(REMITTANCES),
        {
            "id": batch_id,
            "employer": report.employer,
            "report": report.report,
            "agreement": report.agreement,
            "lines": len(entries),
        },
    )
    changes = coverage.cover_changes(session, batch_id, sorted({entry.member_id for entry in entries}))
    return {
        "id": batch_id,
        "position": post_batch(session, batch_id, "remittance", author, None),
        "lines": len(entries),
        "hours": worked,
        "credited_hours": credited,
        "contributions": {},
        "cover_changes": changes,
        "problems": first_remarks(remarks),
    }


def entry_of(
    batch_id: uuid.UUID, report: Report, number: int, line: Line, members: Mapping[str, uuid.UUID]
) -> NewEntry:
    """The ledger entry for the line ``number`` of a report."""
    _, member, *particulars = line
    credited, imputation = credit(line.hours_worked, line.hours_guaranteed)
    return NewEntry(batch_id, batch_id, number, members[member], report.employer, *particulars, credited, imputation)


def first_remarks(remarks: list[Remark]) -> list[Remark]:
    """The remarks that fit into a receipt, and how many more there are."""
    if len(remarks) <= MOST_REMARKS:
        return remarks
    more = f"There are {len(remarks) - MOST_REMARKS} more remarks like these."
    return [*remarks[:MOST_REMARKS], {"line": None, "code": "more_remarks", "message": more}]


def long_weeks(entries: Iterable[NewEntry]) -> list[Remark]:
    """A remark for each line with more hours than a week has. Late lump reports are real, so it is not refused."""
    return [
        {
            "line": entry.line,
            "code": "more_than_a_week",
            "message": f"{written(entry.credited)} hours are more than a week has (168.00). Check that they are one "
            "late report of several weeks.",
        }
        for entry in entries
        if entry.credited > HOURS_IN_A_WEEK
    ]


def repeated_report(session: Session, report: Report) -> list[Remark]:
    """A remark if a report of this name was posted before."""
    name = {"employer": report.employer, "report": report.report, "agreement": report.agreement}
    position = session.execute(LAST_OF_NAME, name).scalar()
    if position is None:
        return []
    message = (
        f"{report.employer} has posted a report {shown(report.report)} under {report.agreement} before, at position "
        f"{position}. If this is the same one, void its lines."
    )
    return [{"line": None, "code": "report_repeated", "message": message}]


def reported_already(session: Session, report: Report, entries: Collection[NewEntry]) -> list[Remark]:
    """A remark for each line that stands in the ledger already, from an earlier report of the same employer."""
    about = {
        "members": list({entry.member_id for entry in entries}),
        "weeks": list({entry.week_ending for entry in entries}),
        "employer": report.employer,
    }
    places = {tuple(same): (name, line) for name, line, *same in session.execute(STANDING_LINES, about)}
    return [already(entry.line, *places[same(entry)]) for entry in entries if same(entry) in places]


def already(line: int, report: str, reported: int) -> Remark:
    """The remark that a line says what line ``reported`` of an earlier report says."""
    message = (
        f"Line {reported} of report {shown(report)} says the same: member, week, basis, occupation, local, production "
        "and hours. If it is the same work, void one of the two."
    )
    return {"line": line, "code": "already_reported", "message": message}
