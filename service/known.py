"""What the ledger held about members at a position: their lines and their facts, as the rules read them."""

import functools
import uuid
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from rules import agreements, terms, units
from rules.credit import at_scale, fund_kind
from rules.evaluate import Fact, Line
from service import clock, facts, ledger, models
from service.accounts import accounts
from service.held import asks_whether_paid
from service.ledger import CreditedHours
from service.problems import unknown

WEEK = 100  # one line is one week: a hundred hundredths


class Known(NamedTuple):
    """What the ledger held about a member at a position.

    ``unreckoned`` are the lines of which an amount is not known, by amount: its total is too small by them.
    """

    position: int
    lines: list[Line]
    facts: list[Fact]
    unreckoned: Mapping[str, tuple[int, ...]]


def known(session: Session, member: uuid.UUID, position: int, plans: Collection[terms.Terms]) -> Known:
    """Read a member's hours and facts as they were known at a position, for answers under ``plans``.

    The not-found problem for a member who is not there.
    """
    if session.get(models.Member, member) is None:
        raise unknown("member")
    held = ledger.credited_hours(session, [member], position)
    kinds = frozenset(map(fund_kind, plans))
    return Known(
        position,
        as_lines(session, held, position, plans).get(member, []),
        facts_known(session, [member], position).get(member, []),
        {amount: tuple(lines) for amount, lines in _unreckoned(held.get(member, []), kinds)},
    )


def lines_known(
    session: Session,
    members: Collection[uuid.UUID],
    position: int,
    plans: Collection[terms.Terms],
    batch_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, list[Line]]:
    """The lines of each member that counted at a position, as ``plans`` read them, and with what ``batch_id`` adds."""
    return as_lines(session, ledger.credited_hours(session, members, position, batch_id), position, plans, batch_id)


def as_lines(
    session: Session,
    held: Mapping[uuid.UUID, list[CreditedHours]],
    position: int,
    plans: Collection[terms.Terms],
    batch_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, list[Line]]:
    """Ledger lines of members as ``plans`` read them."""
    paid: dict[uuid.UUID, date | None] = {}
    if any(map(asks_whether_paid, plans)):
        reports = {line.remittance for lines in held.values() for line in lines if line.remittance is not None}
        paid = {report: one.paid_on for report, one in accounts(session, reports, position, batch_id).items()}
    kinds = frozenset(map(fund_kind, plans))
    return {member: [line_of(line, paid, kinds) for line in lines] for member, lines in held.items()}


def line_of(line: CreditedHours, paid: Mapping[uuid.UUID, date | None], kinds: frozenset[str]) -> Line:
    """A ledger line as the rules read it. Its marks are its agreement, its basis and its occupation.

    It is paid on the day from which all that its report owes was paid; its contributions are those to funds of some
    ``kinds``.
    """
    received = line.recorded_at.date() if line.recorded_at else clock.today()  # None: it is being written now
    return Line(
        line.week_ending,
        line.credited,
        line.entry_id,
        days=(line.days_worked or 0) * 100,
        weeks=WEEK if line.credited > 0 else 0,
        contributions=sum(line.due[fund] or 0 for fund in funds(line, kinds)) if line.due else 0,
        scale=at_scale(line.credited, line.scale_rate_cents or 0),
        received=received,
        # What trustees credit is owed by nobody.
        paid=paid.get(line.remittance) if line.remittance else received,
        marks=frozenset(mark for mark in (line.agreement, line.basis, line.occupation) if mark),
    )


def funds(line: CreditedHours, kinds: frozenset[str]) -> list[str]:
    """The funds of some kinds to which something may be owed on a line."""
    wanted = funds_of(line.agreement, kinds)
    return [fund for fund in line.due or {} if fund in wanted]


@functools.cache
def funds_of(agreement: str | None, kinds: frozenset[str]) -> frozenset[str]:
    """The funds of some kinds that an agreement pays into."""
    found = agreements.known(agreement) if agreement else None
    return frozenset(fund.name for fund in found.funds.values() if fund.kind in kinds) if found else frozenset()


def _unreckoned(held: Collection[CreditedHours], kinds: frozenset[str]) -> Iterator[tuple[str, list[int]]]:
    """The lines of reports of which it is not known what is owed to funds of some kinds, or what they are at scale."""
    reported = [line for line in held if line.remittance is not None and line.credited > 0]
    yield "scale", [line.entry_id for line in reported if line.scale_rate_cents is None]
    yield (
        "contributions",
        [
            line.entry_id
            for line in reported
            if not line.due or any(line.due[fund] is None for fund in funds(line, kinds))
        ],
    )


def facts_known(session: Session, members: Collection[uuid.UUID], position: int) -> dict[uuid.UUID, list[Fact]]:
    """The facts about each member that held at a position, as the rules read them."""
    return {
        member: [fact_of(row) for row in rows] for member, rows in facts.facts_of(session, members, position).items()
    }


def fact_of(row: models.Fact) -> Fact:
    """A fact as the rules read it."""
    detail = row.detail
    return Fact(
        row.kind,
        row.first_day,
        row.last_day,
        detail.get("claim", ""),
        units.day(detail["claimed"]) if "claimed" in detail else None,
        name=detail.get("name", ""),
        value=detail.get("value", ""),
        amount=int(detail.get("amount", 0)),
    )
