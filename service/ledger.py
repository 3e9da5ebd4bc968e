"""The hours ledger: entries are added in batches, and each batch has a position. Nothing is ever changed.

Order of positions is order of commits, because a batch takes its position by locking the one head row as the last
step of its transaction. What was known at a position is therefore the same whenever it is asked. A correction is a
reversal and a new entry in one batch. A reversal can be reversed: the restoration says again what the entry said.
"""

import datetime
import json
import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import TypeEngine

from schemas.fields import shown
from service import clock
from service.models import Batch, Entry, LedgerHead, Member, Remittance
from service.problems import Problem, error, invalid

POSITION = re.compile(r"[0-9]{1,18}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})")


def among(name: str, kind: type[TypeEngine[Any]]) -> Any:
    """To compare a column with: any of the values in the list that the statement's parameter ``name`` gives."""
    return any_(bindparam(name, type_=ARRAY(kind)))


def known(batch: type[Batch]) -> ColumnElement[bool]:
    """Whether an entry of ``batch`` is known at :position; with any :batch_id also if this transaction is writing it.

    Its batch has no row yet then: that is written last, and nobody else sees entries without one.
    """
    return or_(
        batch.position <= bindparam("position"),
        and_(batch.id.is_(None), bindparam("batch_id", type_=Uuid).is_not(None)),
    )


def taken_back(row: type[Any], by: str, found: str) -> ScalarSelect[Any]:
    """What takes a row of a ledger table back, as known at :position: its ``id``, ``batch_id`` or ``position``.

    ``by`` is the column in which a later row of the same table names the one that it takes back. It is looked up for
    each row by itself, however large the ledger is.
    """
    later, batch = aliased(row), aliased(Batch)
    column = batch.position if found == "position" else getattr(later, found)
    return (
        select(column)
        .join_from(later, batch, batch.id == later.batch_id)
        .where(getattr(later, by) == row.id, batch.position <= bindparam("position"))
        .correlate(row)
        .scalar_subquery()
    )


class NewEntry(NamedTuple):
    """A line to be added to the ledger; the columns of :class:`Entry`."""

    batch_id: uuid.UUID
    remittance_id: uuid.UUID | None
    line: int
    member_id: uuid.UUID
    employer: str | None
    week_ending: datetime.date
    basis: str
    hours_worked: int | None
    hours_guaranteed: int | None
    days_worked: int | None
    scale_rate_cents: int | None
    occupation: str | None
    local: str | None
    production: str | None
    credited: int
    imputation: str
    due: dict[str, int | None]
    kind: str = "line"
    reverses: int | None = None


class CreditedHours(NamedTuple):
    """Hours of one ledger line that count, in hundredths, with what else a plan may ask of a line.

    ``recorded_at`` is when the line was received; None for one that this transaction is writing. ``remittance`` is the
    report it came in, None where trustees credited it; ``due`` what is owed on it, in cents by fund.
    """

    week_ending: datetime.date
    credited: int
    entry_id: int
    days_worked: int | None = None
    basis: str = ""
    occupation: str | None = None
    agreement: str | None = None
    recorded_at: datetime.datetime | None = None
    remittance: uuid.UUID | None = None
    due: dict[str, int | None] | None = None
    scale_rate_cents: int | None = None


# Statements are made once: making one takes longer than PostgreSQL needs to carry it out.
COPY_ENTRIES = f"COPY entries ({', '.join(NewEntry._fields)}) FROM STDIN"
HEAD, BATCHES = LedgerHead.__table__, Batch.__table__
HEAD_POSITION = select(HEAD.c.position)
TAKE_POSITION = (
    update(HEAD)
    .values(
        position=HEAD.c.position + bindparam("count"),
        recorded_at=func.greatest(HEAD.c.recorded_at, func.clock_timestamp()),
    )
    .returning(HEAD.c.position, HEAD.c.recorded_at)
)
# Always in the order of ids, so that two transactions never wait for each other.
LOCK_MEMBERS = (
    select(Member.number, Member.id)
    .where(or_(Member.number == among("numbers", Text), Member.id == among("ids", Uuid)))
    .order_by(Member.id)
    .with_for_update(key_share=True)
)
LAST_POSITION_BY = (
    select(Batch.position)
    .where(Batch.recorded_at <= bindparam("instant"))
    .order_by(Batch.recorded_at.desc(), Batch.position.desc())
    .limit(1)
)
REVERSAL, REVERSED_IN = aliased(Entry), aliased(Batch)
REVERSED_BY, REVERSED_AT = (taken_back(Entry, "reverses", found) for found in ("id", "position"))
STANDING_THEN = (
    select(Entry)
    .where(Entry.kind != "reversal")
    .outerjoin(Batch, Batch.id == Entry.batch_id)
    .where(known(Batch))
    .where(
        ~exists(
            select(REVERSAL.id)
            .outerjoin(REVERSED_IN, REVERSED_IN.id == REVERSAL.batch_id)
            .where(REVERSAL.reverses == Entry.id, known(REVERSED_IN))
        )
    )
)
CREDITED_HOURS = (
    STANDING_THEN.outerjoin(Remittance, Remittance.id == Entry.remittance_id)
    .with_only_columns(
        *(Entry.member_id, Entry.week_ending, Entry.credited, Entry.id, Entry.days_worked, Entry.basis),
        *(Entry.occupation, Remittance.agreement, Batch.recorded_at, Entry.remittance_id, Entry.due),
        Entry.scale_rate_cents,
    )
    .where(Entry.member_id == among("members", Uuid))
    .order_by(Entry.member_id, Entry.week_ending, Entry.id)
)


def take_position(session: Session, count: int = 1) -> tuple[int, datetime.datetime]:
    """The next position, or the last of the next ``count``, and its instant.

    Call it last: until the transaction ends, no other one can take a position.
    """
    taken = session.execute(TAKE_POSITION, {"count": count}).one()
    return taken.position, taken.recorded_at


def post_batch(session: Session, batch_id: uuid.UUID, kind: str, author: str, reason: str | None) -> int:
    """Record the batch of everything this transaction added, and return its position. Call it last."""
    return post_batches(session, [batch_id], kind, author, reason)


def post_batches(session: Session, batch_ids: Sequence[uuid.UUID], kind: str, author: str, reason: str | None) -> int:
    """Record batches, each with a position of its own, and return the last. Call it last."""
    last, recorded_at = take_position(session, len(batch_ids))
    rows = [
        {
            "id": batch_id,
            "position": position,
            "kind": kind,
            "recorded_at": recorded_at,
            "author": author,
            "reason": reason,
        }
        for position, batch_id in enumerate(batch_ids, start=last - len(batch_ids) + 1)
    ]
    session.execute(insert(BATCHES), rows)
    return last


def post_entries(session: Session, entries: Iterable[NewEntry]) -> None:
    """Add entries to the ledger, in bulk. Their batch is recorded afterwards by :func:`post_batch`."""
    connection = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(COPY_ENTRIES) as copy:
        for entry in entries:
            copy.write_row(entry._replace(due=json.dumps(entry.due)))  # type: ignore[arg-type]


def lock_members(session: Session, numbers: Collection[str], ids: Collection[uuid.UUID] = ()) -> dict[str, uuid.UUID]:
    """Lock the members with these ``numbers`` and ``ids`` until the transaction ends; ids of the members found.

    Whoever adds to the ledger locks the members concerned, so that what is read about them stays true until the end.
    """
    return dict(session.execute(LOCK_MEMBERS, {"numbers": sorted(numbers), "ids": list(ids)}).all())


def head_position(session: Session) -> int:
    """The last position that this transaction can see."""
    return session.execute(HEAD_POSITION).scalar_one()


def position_at(session: Session, known_at: str | None) -> int:
    """The position that ``known_at`` means: none is now, digits are a position, otherwise an instant with its zone.

    An instant means the last batch recorded by then. A 422 problem if it is neither, or lies beyond what is known.
    """
    head = head_position(session)
    if known_at is None:
        return head
    if POSITION.fullmatch(known_at):
        if int(known_at) > head:
            raise refused("not_known_yet", f"The ledger ends at position {head}. Ask at {head} or before.")
        return int(known_at)
    instant = instant_of(known_at)
    if instant > clock.now():
        raise refused("not_known_yet", f"{shown(known_at)} is in the future. Leave known_at out to ask as of now.")
    return session.execute(LAST_POSITION_BY, {"instant": instant}).scalar() or 0


def instant_of(text: str) -> datetime.datetime:
    """The instant that ``text`` writes as RFC 3339 has it; a 422 problem if it does not."""
    if INSTANT.fullmatch(text):
        try:
            return datetime.datetime.fromisoformat(text.upper())
        except ValueError:
            pass
    raise refused(
        "bad_known_at",
        f"{shown(text)} is neither a ledger position, such as 812, nor an instant with its zone, such as "
        "2021-07-31T17:04:05Z or 2021-07-31T10:04:05-07:00 (in an address, write + as %2B).",
    )


def refused(code: str, message: str) -> Problem:
    """The problem of a ``known_at`` that cannot be answered."""
    return invalid([error("/query/known_at", code, message)], message)


def credited_hours(
    session: Session, member_ids: Collection[uuid.UUID], position: int, batch_id: uuid.UUID | None = None
) -> dict[uuid.UUID, list[CreditedHours]]:
    """The hours of each member that count at ``position``, in the order of weeks; no key for a member without any.

    With ``batch_id`` also what that batch adds and takes back, which this transaction is writing.
    """
    rows = session.execute(CREDITED_HOURS, {"members": list(member_ids), "position": position, "batch_id": batch_id})
    hours: dict[uuid.UUID, list[CreditedHours]] = defaultdict(list)
    for member_id, *line in rows:
        hours[member_id].append(CreditedHours(*line))
    return dict(hours)
