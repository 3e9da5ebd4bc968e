"""A snapshot of the ledger: everybody's lines and facts as known at a position, without who anybody is.

Lines are read by COPY, many at once, and none are added up: plans round what each line comes to. Members stand in an
order that comes from what they did, so that equal memberships are equal whatever the database calls them.
"""

import datetime
import hashlib
import io
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from rules import agreements, contributions
from rules.snapshot import FACT_WORDS, FACTS, LINE_WORDS, LINES, WORDS, Snapshot
from service import ledger_files
from service.accounts import accounts
from service.intake import Told, untold
from service.known import WEEK, fact_of
from service.models import Batch, Fact

KINDS = ("health", "pension", "account", "retiree")
# A line stands unless something known at the position takes it back. Days are ordinals.
STANDING = """
    SELECT entries.member_id, week_ending - DATE '0001-01-01' + 1 AS day, credited AS hours,
           coalesce(entries.days_worked * 100, -1) AS days, CASE WHEN credited > 0 THEN {week} ELSE 0 END AS weeks,
           coalesce(scale_rate_cents, -1) AS rate, {dues},
           CAST(batches.recorded_at AT TIME ZONE 'UTC' AS date) - DATE '0001-01-01' + 1 AS received,
           entries.remittance_id, coalesce(remittances.agreement, '') AS agreement, entries.basis,
           coalesce(employers.contributor_class, '') AS contributor_class,
           coalesce(occupation, '') AS occupation, coalesce(entries.local, members.local, '') AS local
    FROM entries
    JOIN batches ON batches.id = entries.batch_id AND batches.position <= {position}
    JOIN members ON members.id = entries.member_id
    LEFT JOIN remittances ON remittances.id = entries.remittance_id
    LEFT JOIN employers ON employers.code = entries.employer
    WHERE entries.kind <> 'reversal' AND NOT EXISTS (
        SELECT FROM entries later JOIN batches since ON since.id = later.batch_id AND since.position <= {position}
        WHERE later.reverses = entries.id
    )
"""
SCHEMA = {
    **dict.fromkeys(("member_id", "remittance_id", *LINE_WORDS), pl.Categorical),
    **dict.fromkeys(("day", "hours", "days", "weeks", "rate", "received", *KINDS), pl.Int32),
}
COLUMNS = ("member_id", "day", "hours", "days", "weeks", "rate", *KINDS, "received", "remittance_id", *LINE_WORDS)
PIECE = 32 << 20  # bytes of lines that are read at once


def taken(session: Session, position: int, tell: Told = untold) -> Snapshot:
    """The snapshot of the ledger at a position, of everybody about whom anything was known then."""
    ledger_files.unhurried(session.connection())
    total = session.scalar(text("SELECT coalesce(max(id), 0) FROM entries")) or 0
    frames = [pl.DataFrame(schema={name: SCHEMA[name] for name in COLUMNS})]
    for frame in standing(session, position):
        frames.append(frame)
        tell("read", min(total, sum(each.height for each in frames)), total)
    lines = paid(session, position, pl.concat(frames))
    tell("read", total, total)
    return arranged(lines, facts_at(session, position), position)


def standing(session: Session, position: int) -> Iterator[pl.DataFrame]:
    """The lines that stood at a position, as they stand in the ledger, some at a time."""
    dues = ", ".join(f"{due(kind)} AS {kind}" for kind in KINDS)
    statement = STANDING.format(position=int(position), week=WEEK, dues=dues)
    out = io.BytesIO()
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)") as copied:
        for row in copied:
            out.write(row)
            if out.tell() > PIECE:
                yield as_lines(out)
                out = io.BytesIO()
    if out.tell():
        yield as_lines(out)


def as_lines(written: io.BytesIO) -> pl.DataFrame:
    """Lines as PostgreSQL has written them."""
    written.seek(0)
    lines = pl.read_csv(written, has_header=False, schema={name: SCHEMA[name] for name in COLUMNS})
    return lines.with_columns(pl.col(pl.Categorical).fill_null(""))


def due(kind: str) -> str:
    """SQL for what a line owes to funds of a kind, in cents: the sum of those that its agreement pays into."""
    cases = []
    for code in agreements.names():
        agreement = agreements.agreement(code)
        funds = [fund for fund in agreement.funds if contributions.fund_kind(agreement, fund) == kind]
        if funds:
            sums = " + ".join(f"coalesce(CAST(due ->> {quoted(fund)} AS bigint), 0)" for fund in funds)
            cases.append(f"WHEN {quoted(code)} THEN {sums}")
    return f"CASE remittances.agreement {' '.join(cases)} ELSE 0 END" if cases else "0"


def quoted(word: str) -> str:
    """A word of our own files as an SQL literal."""
    return "'" + word.replace("'", "''") + "'"


def paid(session: Session, position: int, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with the day on which all that their reports owe was paid; nobody owes what trustees credit."""
    reports = [uuid.UUID(report) for report in lines["remittance_id"].unique().to_list() if report]
    found = accounts(session, reports, position)
    days = {str(report): ordinal(one.paid_on) for report, one in found.items()}
    known = pl.DataFrame(
        {"remittance_id": list(days), "paid": list(days.values())},
        schema={"remittance_id": pl.Categorical, "paid": pl.Int32},
    )
    joined = lines.join(known, on="remittance_id", how="left")
    return joined.with_columns(
        pl.when(pl.col("remittance_id") == "").then("received").otherwise(pl.col("paid").fill_null(0)).alias("paid")
    ).drop("remittance_id")


def facts_at(session: Session, position: int) -> pl.DataFrame:
    """The facts that held at a position. Claims have the numbers of their order in time."""
    withdrawn = text(
        "NOT EXISTS (SELECT FROM facts later JOIN batches b ON b.id = later.batch_id "
        "WHERE later.withdraws = facts.id AND b.position <= :position)"
    )
    asked = (
        select(Fact)
        .join(Batch, Batch.id == Fact.batch_id)
        .where(Batch.position <= position, Fact.withdraws.is_(None), withdrawn.bindparams(position=position))
    )
    held = [(str(row.member_id), fact_of(row)) for row in session.scalars(asked)]
    claims = dict[str, dict[str, list[tuple[int, int, int]]]]()
    for member, fact in held:
        if fact.claim:
            days = (fact.first_day.toordinal(), fact.last_day.toordinal(), ordinal(fact.claimed))
            claims.setdefault(member, {}).setdefault(fact.claim, []).append(days)
    numbers = {
        (member, claim): number
        for member, own in claims.items()
        for number, claim in enumerate(sorted(own, key=lambda claim: sorted(own[claim])), start=1)
    }
    rows = [
        (
            *(member, fact.kind, fact.first_day.toordinal(), fact.last_day.toordinal()),
            *(numbers.get((member, fact.claim), 0), ordinal(fact.claimed), fact.name, fact.value, fact.amount),
        )
        for member, fact in held
    ]
    words = dict.fromkeys(FACT_WORDS, pl.String)
    schema = {"member_id": pl.Categorical, **{name: words.get(name, pl.Int64) for name in FACTS if name != "member"}}
    return pl.DataFrame(rows, schema=schema, orient="row")


def ordinal(day: datetime.date | None) -> int:
    """A day's number; 0 for one that is not known."""
    return day.toordinal() if day else 0


def arranged(lines: pl.DataFrame, facts: pl.DataFrame, position: int) -> Snapshot:
    """A snapshot of lines and facts (columns of :data:`rules.snapshot.LINES`, with ``member_id`` for the member)."""
    lines = lines.with_columns(pl.lit(7, pl.Int16).alias("span"))
    words = {name: sorted({"", *lines[name].unique().to_list()}) for name in LINE_WORDS}
    words |= {name: sorted({"", *facts[name].unique().to_list()}) for name in FACT_WORDS}
    lines, facts = coded(lines, words), coded(facts, words)
    own_lines, own_facts = ([name for name in kinds if name != "member"] for kinds in (LINES, FACTS))
    lines = lines.sort(["member_id", *own_lines])
    facts = facts.sort(["member_id", *own_facts])
    order = in_order(digests(lines, own_lines, LINES), digests(facts, own_facts, FACTS))
    tables = []
    for frame, kinds, names in ((lines, LINES, own_lines), (facts, FACTS, own_facts)):
        placed = frame.join(order, on="member_id").sort(["member", *names])
        tables.append({name: placed[name].to_numpy().astype(kinds[name]) for name in kinds})
    return Snapshot(order.height, *tables, {name: tuple(words[name]) for name in WORDS}, position)


def coded(frame: pl.DataFrame, words: dict[str, list[str]]) -> pl.DataFrame:
    """Words as the places that they have among all of their column."""
    return frame.with_columns(
        pl.col(name).cast(pl.String).replace_strict(known, list(range(len(known))), return_dtype=pl.Int32)
        for name, known in words.items()
        if name in frame.columns
    )


def digests(frame: pl.DataFrame, names: Sequence[str], kinds: Any) -> dict[str, bytes]:
    """What tells each member's rows, which stand together, from all others."""
    if not frame.height:
        return {}
    kind = np.result_type(*(kinds[name] for name in names))
    packed = np.stack([frame[name].to_numpy().astype(kind) for name in names], axis=1)
    members = frame["member_id"].to_physical().to_numpy()
    begins = np.flatnonzero(np.concatenate([[True], members[1:] != members[:-1]]))
    ends = np.append(begins[1:], len(members))
    called = frame["member_id"][begins].to_list()
    return {
        member: hashlib.sha256(packed[begin:end].tobytes()).digest()
        for member, begin, end in zip(called, begins.tolist(), ends.tolist(), strict=True)
    }


def in_order(*parts: dict[str, bytes]) -> pl.DataFrame:
    """The members in the order of their digests, with their places."""
    nothing = b"\0" * 32
    everybody = {member for part in parts for member in part}
    ordered = sorted(everybody, key=lambda member: [part.get(member, nothing) for part in parts])
    schema = {"member_id": pl.Categorical, "member": pl.Int32}
    return pl.DataFrame({"member_id": ordered, "member": list(range(len(ordered)))}, schema=schema)
