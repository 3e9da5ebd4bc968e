"""What reports owe and have been paid, as known at a ledger position."""

import datetime
import uuid
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

# What each of :remittances owes and has been paid, as known at :position (or in :batch_id, which is being written), and
# the first day by which what was received came to what is owed.
ACCOUNTS = text(
    """
    WITH owed AS (
        SELECT remittance_id, sum(CAST(fund.value AS bigint)) AS due
        FROM entries CROSS JOIN LATERAL jsonb_each_text(due) AS fund
        WHERE remittance_id = ANY(CAST(:remittances AS uuid[]))
          AND (batch_id = CAST(:batch_id AS uuid)
               OR EXISTS (SELECT FROM batches WHERE id = entries.batch_id AND position <= :position))
        GROUP BY remittance_id
    ), received AS (
        SELECT remittance_id, received, sum(sum(amount_cents)) OVER (
            PARTITION BY remittance_id ORDER BY received
        ) AS paid
        FROM payments
        WHERE remittance_id = ANY(CAST(:remittances AS uuid[]))
          AND (batch_id = CAST(:batch_id AS uuid)
               OR EXISTS (SELECT FROM batches WHERE id = payments.batch_id AND position <= :position))
        GROUP BY remittance_id, received
    )
    SELECT asked.remittance, coalesce(owed.due, 0) AS due,
           coalesce((SELECT paid FROM received WHERE remittance_id = asked.remittance
                     ORDER BY received DESC LIMIT 1), 0) AS paid,
           (SELECT min(received) FROM received
            WHERE remittance_id = asked.remittance AND paid > 0 AND paid >= coalesce(owed.due, 0)) AS paid_on
    FROM unnest(CAST(:remittances AS uuid[])) AS asked (remittance)
    LEFT JOIN owed ON owed.remittance_id = asked.remittance
    """
)


class Account(NamedTuple):
    """What a report owes and has been paid, in cents, and the day from which all of it was paid."""

    due: int
    paid: int
    paid_on: datetime.date | None


def accounts(
    session: Session, remittances: Collection[uuid.UUID], position: int, batch_id: uuid.UUID | None = None
) -> dict[uuid.UUID, Account]:
    """The accounts of reports as known at a position, and with what ``batch_id`` adds."""
    asked = {"remittances": list(remittances), "position": position, "batch_id": batch_id}
    return {
        row.remittance: Account(int(row.due), int(row.paid), row.paid_on) for row in session.execute(ACCOUNTS, asked)
    }
