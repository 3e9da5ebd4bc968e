"""What remittance reports add to the ledger, and the receipt for them."""

import datetime
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Text, insert, select
from sqlalchemy.orm import Session

from rules.units import written
from schemas.fields import shown
from service import coverage
from service.accounts import sums_of
from service.assessed import assess
from service.assessing import classes_of
from service.columns import copy_lines, standing_lines
from service.intake import Told, untold
from service.ledger import NewEntry, among, post_batches
from service.models import Batch, Remittance

HOURS_IN_A_WEEK = 168_00
MOST_REMARKS = 100
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
HEAD = ("employer", "report", "agreement")
LAST_OF_NAMES = (
    select(REMITTANCES.c.employer, REMITTANCES.c.report, REMITTANCES.c.agreement, Batch.position)
    .join(Remittance, Remittance.id == Batch.id)
    .where(REMITTANCES.c.employer == among("employers", Text), REMITTANCES.c.report == among("reports", Text))
    .order_by(Batch.position)
)

Remark = dict[str, Any]


class Head(NamedTuple):
    """Whose report it is, its name, and the agreement that the work was done under."""

    employer: str
    report: str
    agreement: str


class Sent(NamedTuple):
    """Reports as they were sent. ``controls`` is what their sender counted, by where it was said.

    ``number`` says of each of the ``lines`` which of the reports it belongs to, ``line`` which line of it it is.
    """

    reports: list[Head]
    several: bool
    controls: dict[str, int | None]
    lines: pl.DataFrame


def reports_of(said: Mapping[str, str], controls: dict[str, int | None], lines: pl.DataFrame) -> Sent:
    """The reports in lines. ``said`` is what is said of all of them; the rest of their heads stands in the lines."""
    count = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias("line")
    if len(said) == len(HEAD):
        only = lines.drop(HEAD, strict=False).with_columns(pl.lit(0, pl.Int32).alias("number"), count)
        return Sent([Head(**said)], False, controls, only)
    whole = lines.select("place", *(pl.lit(said[name]).alias(name) if name in said else name for name in HEAD))
    heads = whole.select(HEAD).unique(maintain_order=True).with_row_index("number").cast({"number": pl.Int32})
    number = whole.join(heads, on=HEAD, how="left", nulls_equal=True, maintain_order="left")["number"]
    reports = [Head(*row) for row in heads.select(HEAD).iter_rows()]
    return Sent(
        reports, True, controls, lines.drop(HEAD, strict=False).with_columns(number).with_columns(count.over("number"))
    )


def post_reports(
    session: Session, author: str, sent: Sent, members: Mapping[str, uuid.UUID], tell: Told = untold
) -> dict[str, Any]:
    """Add checked reports to the ledger and return their receipt. ``members`` gives ids by number; they are locked."""
    ids = [uuid.uuid4() for _ in sent.reports]
    people = sorted(set(members.values()))
    numbers = {member: number for number, member in enumerate(people)}
    numbered = [numbers[member] for member in members.values()]
    member = sent.lines["member"].replace_strict(list(members), numbered, return_dtype=pl.Int32)
    lines = sent.lines.drop("member").with_columns(member.alias("member_number"))
    employers = sorted({head.employer for head in sent.reports})
    heads = [(head.employer, head.agreement) for head in sent.reports]
    assessed = assess(lines, heads, classes_of(session, employers))
    lines = assessed.lines
    remarks = [*map(list, assessed.remarks)]
    for number, remark in repeated_reports(session, sent.reports):
        remarks[number].append(remark)
    beyond = Counter[int]()
    for found, remark in (
        (lines.filter(pl.col("credited") > HOURS_IN_A_WEEK).select("number", "line", "credited"), long_week),
        (reported_already(session, sent.reports, people, lines), already),
    ):
        told = found.filter(pl.int_range(pl.len()).over("number") < MOST_REMARKS)
        beyond.update(dict(found.group_by("number").len().iter_rows()))
        beyond.subtract(told["number"].to_list())
        for number, *said in told.iter_rows():
            remarks[number].append(remark(*said))
    copy_lines(session, lines, assessed.due, ids, [head.employer for head in sent.reports], people, tell)
    totals = lines.group_by("number").agg(
        pl.len(), pl.col("hours_worked").cast(pl.Int64).sum(), pl.col("credited").cast(pl.Int64).sum()
    )
    counts = {number: figures for number, *figures in totals.iter_rows()}
    rows = [
        {"id": id, **head._asdict(), "lines": counts[number][0]}
        for number, (id, head) in enumerate(zip(ids, sent.reports, strict=True))
    ]
    session.execute(insert(REMITTANCES), rows)
    moves = coverage.cover_moves(session, ids, people)
    changes = coverage.told(session, ids[0], moves)
    last = post_batches(session, ids, "remittance", author, None)
    receipts = [
        {
            "id": ids[number],
            **head._asdict(),
            "position": last - len(ids) + 1 + number,
            "lines": counts[number][0],
            "hours": counts[number][1],
            "credited_hours": counts[number][2],
            "contributions": assessed.contributions[number],
            "cover_changes": {"members": []},
            "problems": first_remarks(remarks[number], beyond[number]),
        }
        for number, head in enumerate(sent.reports)
    ]
    own = lines.select("number", "member_number").unique()
    for name, moved in (("gained", moves.gained), ("lost", moves.lost)):
        found = own.filter(pl.col("member_number").is_in(list(moved))).group_by("number").len()
        by_report = dict(found.iter_rows())
        for number, receipt in enumerate(receipts):
            receipt["cover_changes"][name] = by_report.get(number, 0)
    if not sent.several:
        return {name: value for name, value in receipts[0].items() if name not in HEAD} | {"cover_changes": changes}
    return together(receipts, changes)


def together(receipts: Sequence[dict[str, Any]], changes: dict[str, Any]) -> dict[str, Any]:
    """The receipt for several reports: what they come to, and the receipt for each; ``changes`` are those of cover."""
    return {
        "id": None,
        "position": receipts[-1]["position"],
        **{name: sum(receipt[name] for receipt in receipts) for name in ("lines", "hours", "credited_hours")},
        "contributions": sums_of(receipt["contributions"] for receipt in receipts),
        "cover_changes": changes,
        "problems": [],
        "remittances": receipts,
    }


def first_remarks(remarks: list[Remark], beyond: int = 0) -> list[Remark]:
    """The remarks that fit into a receipt, and how many more there are, ``beyond`` of which are not even here."""
    more = beyond + max(0, len(remarks) - MOST_REMARKS)
    if not more:
        return remarks
    message = f"There are {more:,} more remarks like these."
    return [*remarks[:MOST_REMARKS], {"line": None, "code": "more_remarks", "message": message}]


def long_weeks(entries: Iterable[NewEntry]) -> list[Remark]:
    """A remark for each line with more hours than a week has. Late lump reports are real, so it is not refused."""
    return [long_week(entry.line, entry.credited) for entry in entries if entry.credited > HOURS_IN_A_WEEK]


def long_week(line: int, credited: int) -> Remark:
    """The remark that a line has more hours than a week has."""
    message = (
        f"{written(credited)} hours are more than a week has (168.00). Check that they are one late report of several "
        "weeks."
    )
    return {"line": line, "code": "more_than_a_week", "message": message}


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
    session: Session, reports: Sequence[Head], people: Sequence[uuid.UUID], lines: pl.DataFrame
) -> pl.DataFrame:
    """The lines that stand in the ledger already, from an earlier report of the same employer: each with its report's
    number, and that report and its line."""
    employers = pl.DataFrame(
        {"number": range(len(reports)), "employer": [head.employer for head in reports]},
        schema={"number": pl.Int32, "employer": pl.String},
    )
    codes, parts = sorted(set(employers["employer"])), []
    for first, last in spans(lines["week_ending"]):
        standing = standing_lines(session, codes, people, first, last)
        # The first that said so is named.
        standing = standing.unique(SAMENESS, keep="first", maintain_order=True)
        said = lines.filter(pl.col("week_ending").is_between(first, last)).select(
            "place", "number", "line", *SAMENESS[1:]
        )
        found = said.join(employers, on="number").join(standing, on=SAMENESS, nulls_equal=True)
        parts.append(found.select("place", "number", "line", "report_before", "line_before"))
    return pl.concat(parts).sort("place").drop("place")


def spans(weeks: pl.Series) -> list[tuple[datetime.date, datetime.date]]:
    """Runs of weeks, each with not too many lines: what stands in the ledger for one of them is held at once."""
    found: list[tuple[datetime.date, datetime.date]] = []
    held = MOST_HELD
    for week, count in weeks.value_counts().sort("week_ending").iter_rows():
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
