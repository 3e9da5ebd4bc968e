"""What reports owe and have been paid, as known at a ledger position."""

import datetime
import itertools
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

# Rows of :remittances in a table, known at :position or in :batch_id, which is being written.
KNOWN = """
    LEFT JOIN batches ON batches.id = batch_id
    WHERE remittance_id = ANY(CAST(:remittances AS uuid[]))
      AND (batches.position <= :position OR batch_id = CAST(:batch_id AS uuid))
"""
OWED = text(
    f"""
    SELECT remittance_id, sum(CAST(fund.value AS bigint)) AS cents
    FROM entries CROSS JOIN LATERAL jsonb_each_text(due) AS fund {KNOWN} GROUP BY remittance_id
    """  # noqa: S608 (put together from constants)
)
RECEIVED = text(
    f"""
    SELECT remittance_id, received, sum(amount_cents) AS cents
    FROM payments {KNOWN} GROUP BY remittance_id, received ORDER BY remittance_id, received
    """  # noqa: S608
)


class Account(NamedTuple):
    """What a report owes, in cents, and what was received for it on which days, in order."""

    due: int
    received: tuple[tuple[datetime.date, int], ...]

    @property
    def paid(self) -> int:
        """All that was received."""
        return sum(cents for _, cents in self.received)

    @property
    def paid_on(self) -> datetime.date | None:
        """The first day by which what was received came to what is known to be owed; None if it did not yet."""
        sums = itertools.accumulate(cents for _, cents in self.received)
        days = (day for (day, _), paid in zip(self.received, sums, strict=True) if paid > 0 and paid >= self.due)
        return next(days, None)


def accounts(
    session: Session, remittances: Collection[uuid.UUID], position: int, batch_id: uuid.UUID | None = None
) -> dict[uuid.UUID, Account]:
    """The accounts of reports as known at a position, and with what ``batch_id`` adds."""
    asked = {"remittances": list(remittances), "position": position, "batch_id": batch_id}
    owed = {row.remittance_id: int(row.cents or 0) for row in session.execute(OWED, asked)}
    received: dict[uuid.UUID, list[tuple[datetime.date, int]]] = {}
    for row in session.execute(RECEIVED, asked):
        received.setdefault(row.remittance_id, []).append((row.received, int(row.cents)))
    return {each: Account(owed.get(each, 0), tuple(received.get(each, ()))) for each in remittances}


def sums_of(dues: Iterable[Mapping[str, int | None]]) -> dict[str, int | None]:
    """What is due by fund on several lines or reports together; None where nothing of it can be reckoned."""
    sums: dict[str, int | None] = {}
    for due in dues:
        for fund, cents in due.items():
            known = sums.setdefault(fund, None)
            sums[fund] = known if cents is None else (known or 0) + cents
    return sums
