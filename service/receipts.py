"""What remittance reports add to the ledger, and the receipt for them."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import insert
from sqlalchemy.orm import Session

from rules.units import written
from service import coverage
from service.accounts import sums_of
from service.already import REMITTANCES, Remark, already, repeated_reports, reported_already
from service.assessed import Assessed
from service.assessing import classes_of
from service.columns import copying
from service.intake import Head, Sent, Told, untold
from service.ledger import NewEntry, post_batches

HOURS_IN_A_WEEK = 168_00
MOST_REMARKS = 100


class Found:
    """The first lines of each report that something is to be remarked of, and how many there are.

    A line has the columns place, number (of its report), and what ``remark`` takes.
    """

    def __init__(self, remark: Callable[..., Remark]) -> None:
        self.remark, self.counts, self.first = remark, Counter[int](), list[pl.DataFrame]()

    def add(self, lines: pl.DataFrame) -> None:
        """Count lines, and keep those that may be told."""
        self.counts.update(dict(lines.group_by("number").len().iter_rows()))
        every = pl.concat([*self.first, lines]).sort("place")
        self.first = [every.filter(pl.int_range(pl.len()).over("number") < MOST_REMARKS)]

    def tell(self, remarks: list[list[Remark]], beyond: Counter[int]) -> None:
        """Add the remarks on each report, and how many more there would be."""
        beyond.update(self.counts)
        for _, number, *said in self.first[0].iter_rows() if self.first else ():
            remarks[number].append(self.remark(*said))
            beyond[number] -= 1


def post_reports(
    session: Session, author: str, sent: Sent, members: Mapping[str, uuid.UUID], tell: Told = untold
) -> dict[str, Any]:
    """Add checked reports to the ledger and return their receipt. ``members`` gives ids by number; they are locked."""
    reports = sent.reports
    ids = [uuid.uuid4() for _ in reports]
    people = sorted(set(members.values()))
    places = {member: place for place, member in enumerate(people)}
    numbers = pl.DataFrame(
        {"member": list(members), "member_number": [places[member] for member in members.values()]},
        schema={"member": pl.String, "member_number": pl.Int32},
    )
    stand, long = Found(already), Found(long_week)
    for found in reported_already(session, sent, people, numbers, tell):
        stand.add(found)
    employers = [head.employer for head in reports]
    assessed = Assessed([(head.employer, head.agreement) for head in reports], classes_of(session, set(employers)))
    repeated = repeated_reports(session, reports)
    totals = [(0, 0) for _ in reports]
    pairs: list[pl.DataFrame] = []
    recorded = 0
    with copying(session, ids, employers, people) as copy:
        for part in sent.lines:
            lines = assessed.assess(part.join(numbers, on="member", how="left", maintain_order="left"))
            long.add(lines.filter(pl.col("credited") > HOURS_IN_A_WEEK).select("place", "number", "line", "credited"))
            sums = lines.group_by("number").agg(pl.col("hours_worked", "credited").cast(pl.Int64).sum())
            for number, *more in sums.iter_rows():
                totals[number] = tuple(map(sum, zip(totals[number], more, strict=True)))
            if sent.several:
                pairs.append(lines.select("number", "member_number").unique())
            copy(lines)
            recorded += lines.height
            tell("recorded", recorded, sent.lines.height)
    remarks = assessed.remarks()
    for number, remark in repeated:
        remarks[number].append(remark)
    beyond = Counter[int]()
    long.tell(remarks, beyond)
    stand.tell(remarks, beyond)
    rows = [
        {"id": id, **head._asdict(), "lines": sent.counts[number]}
        for number, (id, head) in enumerate(zip(ids, reports, strict=True))
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
            "lines": sent.counts[number],
            "hours": totals[number][0],
            "credited_hours": totals[number][1],
            "contributions": assessed.contributions[number],
            "cover_changes": {"members": []},
            "problems": first_remarks(remarks[number], beyond[number]),
        }
        for number, head in enumerate(reports)
    ]
    if not sent.several:
        return {name: value for name, value in receipts[0].items() if name not in Head._fields} | {
            "cover_changes": changes
        }
    own = pl.concat(pairs).unique()
    for name, moved in (("gained", moves.gained), ("lost", moves.lost)):
        found = own.filter(pl.col("member_number").is_in(list(moved))).group_by("number").len()
        by_report = dict(found.iter_rows())
        for number, receipt in enumerate(receipts):
            receipt["cover_changes"][name] = by_report.get(number, 0)
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
