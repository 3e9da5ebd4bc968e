"""What a line comes to when it enters the ledger: the hours that count and why, and what is owed on it by fund."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Text, select
from sqlalchemy.orm import Session

from rules import agreements, contributions
from service.ledger import NewEntry, among
from service.models import Employer

CLASSES = select(Employer.code, Employer.contributor_class).where(Employer.code == among("codes", Text))


def classes_of(session: Session, codes: Collection[str | None]) -> dict[str, str | None]:
    """The contributor classes of those of the employers that there are."""
    return dict(session.execute(CLASSES, {"codes": sorted(code for code in codes if code is not None)}).all())


class Assessment:
    """One agreement applied to lines. ``classes`` are the contributor classes of their employers."""

    def __init__(self, agreement: str, classes: Mapping[str, str | None]) -> None:
        self.code, self.classes = agreement, classes
        self.agreement = agreements.known(agreement)
        self.unknown = Counter[tuple[str, str]]()

    def of(self, entry: NewEntry) -> NewEntry:
        """The line with the hours that count, what they rest on, and what is due."""
        imputed = agreements.impute(
            self.agreement,
            entry.week_ending,
            entry.basis,
            entry.hours_worked,
            entry.hours_guaranteed,
            entry.days_worked,
        )
        due = self.due(entry, imputed.credited)
        return entry._replace(credited=imputed.credited, imputation=imputed.text, due=due)

    def due(self, entry: NewEntry, credited: int) -> dict[str, int | None]:
        """What is owed to each fund, in cents; None where it cannot be reckoned, which is counted with its reason."""
        if self.agreement is None or entry.employer is None:
            return {}
        found = contributions.due(
            self.agreement,
            entry.week_ending,
            credited,
            entry.scale_rate_cents,
            self.classes[entry.employer],
            entry.days_worked,
        )
        self.unknown.update((fund, one.reason) for fund, one in found.items() if one.cents is None)
        return {fund: one.cents for fund, one in found.items()}

    def remarks(self) -> list[dict[str, Any]]:
        """What to tell the sender about all of it: an agreement that is not known, contributions that are not."""
        if self.agreement is None:
            message = (
                f"No agreement {self.code} is known here; known are {', '.join(agreements.names())}. Hours count as "
                "worked or guaranteed, and what is due on them is not reckoned."
            )
            return [{"line": None, "code": "unknown_agreement", "message": message}]
        return [
            {
                "line": None,
                "code": "contributions_unknown",
                "message": f"What is due to {fund} on {count:,} {'line' if count == 1 else 'lines'} is not known: "
                f"{reason}",
            }
            for (fund, reason), count in sorted(self.unknown.items())
        ]
