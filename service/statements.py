"""Employers' statements: what was reported, what is due by fund, what was paid, what is missing or late."""

# ruff: noqa: S608 (the statements are put together from constants)

import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from rules import agreements, contributions, units
from schemas.statements import STATEMENT_EXAMPLE, Statement, StatementQuery
from service import clock
from service.accounts import Account, sums_of
from service.asked import day_of
from service.auth import allow, caller, require_employer
from service.ledger import position_at
from service.models import Employer
from service.once import reads
from service.problems import error, invalid, unknown
from service.settings import Lateness
from service.wire import Blueprint
from service.world import world

# Entries of :employer known at :position; reversals carry negatives, so that sums are of what stands.
KNOWN = """
    FROM entries
    JOIN batches ON batches.id = entries.batch_id AND batches.position <= :position
    JOIN remittances ON remittances.id = entries.remittance_id
    WHERE entries.employer = :employer
"""
STANDING_LINES = "sum(CASE entries.kind WHEN 'reversal' THEN -1 ELSE 1 END)"
# By agreement and month in which the week ends. A month of which nothing stands is one without a report: not here.
MONTHS = text(
    f"""
    SELECT agreement, CAST(date_trunc('month', week_ending) AS date) AS month, {STANDING_LINES} AS lines,
           coalesce(sum(hours_worked), 0) AS hours, sum(credited) AS credited_hours
    {KNOWN} AND week_ending BETWEEN :first AND :last
    GROUP BY agreement, month HAVING {STANDING_LINES} > 0 ORDER BY month, agreement
    """
)
REPORTS = text(
    f"""
    SELECT remittances.id AS remittance, report, agreement, min(week_ending) AS first_week,
           max(week_ending) AS last_week, {STANDING_LINES} AS lines, sum(credited) AS credited_hours,
           (SELECT recorded_at FROM batches WHERE batches.id = remittances.id) AS recorded_at
    {KNOWN} AND week_ending BETWEEN :first AND :last
    GROUP BY remittances.id, report, agreement ORDER BY min(week_ending), recorded_at
    """
)
# What is due by fund on lines that stand, and on how many of them it is known and is not known, by month or report.
DUES, DUES_OF_REPORTS = (
    text(
        f"""
        SELECT {what}, fund.key AS fund, sum(CAST(fund.value AS bigint)) AS cents,
               {STANDING_LINES} FILTER (WHERE fund.value IS NOT NULL) AS known,
               coalesce({STANDING_LINES} FILTER (WHERE fund.value IS NULL), 0) AS unknown
        {KNOWN.replace("WHERE", "CROSS JOIN LATERAL jsonb_each_text(entries.due) AS fund WHERE")}
        AND week_ending BETWEEN :first AND :last
        GROUP BY {what.replace(" AS month", "").replace(" AS remittance", "")}, fund.key
        HAVING {STANDING_LINES} > 0 ORDER BY fund.key
        """
    )
    for what in ("agreement, CAST(date_trunc('month', week_ending) AS date) AS month", "remittances.id AS remittance")
)
PAYMENTS = text(
    """
    SELECT remittance_id, received, sum(amount_cents) AS cents
    FROM payments JOIN batches ON batches.id = payments.batch_id AND batches.position <= :position
    WHERE employer = :employer GROUP BY remittance_id, received ORDER BY remittance_id, received
    """
)
FIRST_WEEK = text(f"SELECT min(week_ending) {KNOWN}")
REPORTED_MONTHS = text(
    f"""
    SELECT CAST(date_trunc('month', week_ending) AS date) AS month {KNOWN}
    GROUP BY month HAVING {STANDING_LINES} > 0 ORDER BY month
    """
)

blp = Blueprint("statements", __name__, url_prefix="/v1/employers", description="What employers owe and have paid.")


@blp.route("/<employer>/statement")
@allow("administrator", "auditor", "employer")
@reads
@blp.arguments(StatementQuery, location="query")
@blp.response(200, Statement, example=STATEMENT_EXAMPLE)
def read_statement(session: Session, query: dict[str, Any], employer: str) -> Any:
    """Read an employer's statement.

    Hours and contributions by the month in which the week ends, each report with what was paid for it, months without
    a report, and what lateness costs where a rule for it is known. A key of the role employer reads that employer
    alone. Hours moved to an employer by a correction stand in its statement, whoever reported them.
    """
    require_employer(caller(), employer)
    row = session.get(Employer, employer)
    if row is None:
        raise unknown("employer")
    position, on = position_at(session, query.get("known_at")), query.get("on") or clock.today()
    about = {"employer": employer, "position": position}
    begun = session.execute(FIRST_WEEK, about).scalar()
    first = (day_of(query["from_"], "from") if "from_" in query else begun or on).replace(day=1)
    last = (day_of(query["to"], "to") if "to" in query else max(first, on)).replace(day=1)
    if last < first:
        raise invalid([error("/query/to", "out_of_order", f"{last:%Y-%m} is before {first:%Y-%m}.")])
    about |= {"first": first, "last": units.last_day(units.month_of(last))}
    months = months_of(session, about)
    reports = reports_of(session, about, on)
    reported = {each.month for each in session.execute(REPORTED_MONTHS, about)}
    return {
        "employer": employer,
        "contributor_class": row.contributor_class,
        "from_": first,
        "to": last,
        "on": on,
        "known_at": position,
        "months": months,
        "reports": reports,
        "missing": missing(reported, begun, first, min(last, on.replace(day=1))),
        "totals": totals(months, reports),
    }


def missing(
    reported: set[datetime.date], begun: datetime.date | None, first: datetime.date, last: datetime.date
) -> list[datetime.date]:
    """The months from the employer's first one on, within the span, for which nothing stands."""
    if begun is None:
        return []
    months = range(units.month_of(max(first, begun)), units.month_of(last) + 1)
    return [month for month in map(units.first_day, months) if month not in reported]


def months_of(session: Session, about: dict[str, Any]) -> list[dict[str, Any]]:
    """The sums of each month and agreement."""
    rows = {
        (row.agreement, row.month): {**row._mapping, "contributions": {}, "unknown_lines": {}}
        for row in session.execute(MONTHS, about)
    }
    for row in session.execute(DUES, about):
        month = rows[row.agreement, row.month]
        month["contributions"][row.fund] = int(row.cents) if row.known else None
        if row.unknown:
            month["unknown_lines"][row.fund] = row.unknown
    return list(rows.values())


def reports_of(session: Session, about: dict[str, Any], on: datetime.date) -> list[dict[str, Any]]:
    """Each report with what it owes, what was paid for it, and how late it is."""
    rows = {row.remittance: {**row._mapping, "contributions": {}} for row in session.execute(REPORTS, about)}
    for row in session.execute(DUES_OF_REPORTS, about):
        rows[row.remittance]["contributions"][row.fund] = int(row.cents) if row.known else None
    received: dict[Any, list[tuple[datetime.date, int]]] = {}
    for row in session.execute(PAYMENTS, about):
        received.setdefault(row.remittance_id, []).append((row.received, int(row.cents)))
    for remittance, report in rows.items():
        due = sum(cents or 0 for cents in report["contributions"].values())
        account = Account(due, tuple(received.get(remittance, ())))
        report |= {"due": due, "paid": account.paid, "balance": due - account.paid, "paid_on": account.paid_on}
        report["late"] = lateness(report, account, on)
    return list(rows.values())


def lateness(report: dict[str, Any], account: Account, on: datetime.date) -> dict[str, Any]:
    """How late a report and its money are; the agreement says what is late and what that costs, or else the settings.

    Each sum received after the due day bears interest until it came, and what is still unpaid until ``on``.
    """
    agreement = agreements.known(report["agreement"])
    rules = rules_of_lateness(agreement, report["last_week"], world().settings.lateness)
    if rules.due_on is None:
        note = f"No due day is known: neither the agreement {report['agreement']} nor this service's settings give one."
        names = ("due_on", "reported_days_late", "paid_days_late", "interest", "liquidated_damages")
        return {**dict.fromkeys(names), "note": note}
    parts = [*((cents, day) for day, cents in account.received if cents > 0), (max(0, report["balance"]), on)]
    costs = [
        contributions.late(cents, rules.due_on, day, rules.interest, rules.liquidated_damages) for cents, day in parts
    ]
    until = report["paid_on"] or on
    unknown_rates = [
        words
        for words, rate in (("interest", rules.interest), ("liquidated damages", rules.liquidated_damages))
        if rate is None
    ]
    return {
        "due_on": rules.due_on,
        "reported_days_late": max(0, (report["recorded_at"].date() - rules.due_on).days),
        "paid_days_late": max(0, (until - rules.due_on).days) if report["due"] > 0 else 0,
        "interest": None if rules.interest is None else sum(cost.interest_cents or 0 for cost in costs),
        "liquidated_damages": None
        if rules.liquidated_damages is None
        else sum(cost.damages_cents or 0 for cost in costs),
        "note": f"No rate of {' or of '.join(unknown_rates)} is known: see the settings." if unknown_rates else None,
    }


def rules_of_lateness(
    agreement: agreements.Agreement | None, week: datetime.date, settings: Lateness
) -> contributions.Reporting:
    """When a report of weeks up to ``week`` is due, and what lateness costs."""
    found = contributions.reporting(agreement, week) if agreement else contributions.Reporting(None, None, None)
    due_on = found.due_on
    if due_on is None and settings.due_day is not None:
        due_on = units.last_day(units.month_of(week)) + datetime.timedelta(days=settings.due_day)
    interest = settings.interest if found.interest is None else found.interest
    damages = settings.liquidated_damages if found.liquidated_damages is None else found.liquidated_damages
    return contributions.Reporting(due_on, interest, damages)


def totals(months: list[dict[str, Any]], reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The sums of all months and of all reports."""
    return {
        **{name: sum(month[name] for month in months) for name in ("lines", "hours", "credited_hours")},
        "contributions": sums_of(month["contributions"] for month in months),
        **{name: sum(report[name] for report in reports) for name in ("due", "paid", "balance")},
        **{name: sum(report["late"][name] or 0 for report in reports) for name in ("interest", "liquidated_damages")},
    }
