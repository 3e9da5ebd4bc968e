"""Reports that seem to be missing: where the pattern of months or weeks breaks, found by the database."""

import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from rules import units
from rules.outcome import long_day
from schemas.missing_reports import MISSING_EXAMPLE, MissingReports, MissingReportsQuery
from service import clock
from service.auth import allow, caller, require_employer
from service.cursors import cursor_of, link_to, parts_of
from service.ledger import STANDING_THEN, position_at
from service.models import Employer, Entry, Member
from service.once import reads
from service.problems import error, invalid, unknown
from service.wire import Blueprint

YEAR = datetime.timedelta(days=365)
MOST_DAYS = 10 * 366

WEEK = Entry.week_ending
STANDING_WEEKS = STANDING_THEN.where(
    WEEK.between(bindparam("first"), bindparam("last")), Entry.employer.is_not(None), Entry.credited > 0
)
OF_MEMBER = Entry.member_id == bindparam("member", type_=Uuid)
MONTH: ColumnElement[Any] = cast(func.date_trunc("month", WEEK), Date)


def employers_months(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Months that employers skipped after months they reported, up to :end, the first of a month not yet over."""
    reported = (
        STANDING_WEEKS.with_only_columns(Entry.employer, MONTH.label("month"), func.sum(Entry.credited).label("hours"))
        .where(Entry.basis != "decision", *conditions)
        .group_by(Entry.employer, MONTH)
        .subquery()
    )
    by_employer = {"partition_by": reported.c.employer, "order_by": reported.c.month}
    after = func.lead(reported.c.month).over(**by_employer)
    spans = select(
        reported,
        after.label("after"),
        func.coalesce(after, bindparam("end", type_=Date)).label("until"),
        func.lead(reported.c.hours).over(**by_employer).label("hours_after"),
    ).subquery()
    place = tuple_(spans.c.employer, spans.c.month)
    return (
        select(spans)
        .where(
            spans.c.until > spans.c.month + text("interval '1 month'"),
            place > tuple_(bindparam("after_employer"), bindparam("after_month", type_=Date)),
        )
        .order_by(spans.c.employer, spans.c.month)
        .limit(bindparam("limit"))
    )


def members_weeks(*conditions: ColumnElement[bool], of_member: bool) -> Select[Any]:
    """Weeks in which members with :weeks weeks or more for one employer have none, between two that they have.

    One employer after the other, so that what comes after a full page is not looked at: there are many members.
    """
    member, hours = {"partition_by": Entry.member_id}, func.sum(Entry.credited)
    in_order = {**member, "order_by": WEEK}
    spans = (
        STANDING_WEEKS.with_only_columns(
            *(Entry.member_id, WEEK.label("week"), hours.label("hours")),
            func.lead(WEEK).over(**in_order).label("after"),
            func.lead(hours).over(**in_order).label("hours_after"),
            func.count().over(**member).label("weeks_worked"),
            func.min(WEEK).over(**member).label("first_week"),
            func.max(WEEK).over(**member).label("last_week"),
        )
        .where(Entry.employer == Employer.code, *[OF_MEMBER] * of_member)
        .group_by(Entry.member_id, WEEK)
        .correlate(Employer)
        .lateral("spans")
    )
    after = bindparam("after_employer", type_=Text)
    named = tuple_(after, bindparam("after_number"), bindparam("after_week", type_=Date))
    return (
        select(Employer.code.label("employer"), spans, Member.number)
        .join_from(Employer, spans, true())
        .join(Member, Member.id == spans.c.member_id)
        # Weeks of one employer may end on different days: up to three more or fewer make no gap, nor hide one.
        .where(
            spans.c.after - spans.c.week > literal_column("10"),
            spans.c.weeks_worked >= bindparam("weeks"),
            Employer.code >= after,
            tuple_(Employer.code, Member.number, spans.c.week) > named,
            *[Employer.code.in_(select(Entry.employer).where(OF_MEMBER))] * of_member,
            *conditions,
        )
        .order_by(Employer.code, Member.number, spans.c.week)
        .limit(bindparam("limit"))
    )


# By whether one employer and one member are asked about.
MONTHS = {False: employers_months(), True: employers_months(Entry.employer == bindparam("employer"))}
WEEKS = {
    (employer, member): members_weeks(*[Employer.code == bindparam("employer")] * employer, of_member=member)
    for employer in (False, True)
    for member in (False, True)
}

blp = Blueprint(
    "missing-reports", __name__, url_prefix="/v1/missing-reports", description="Reports that seem to be missing."
)


@blp.route("")
@allow("administrator", "auditor", "employer")
@reads
@blp.arguments(MissingReportsQuery, location="query")
@blp.response(200, MissingReports, example=MISSING_EXAMPLE)
def find_missing_reports(session: Session, query: dict[str, Any]) -> Any:
    """Find where the pattern of reports breaks.

    Employers who skipped whole months between or since months that they reported; and members who worked many weeks
    for one employer and have none of some weeks in the middle. A gap is no proof: work may have paused. A key of the
    role employer sees its own alone. The cursor keeps to the ledger position of the first answer.
    """
    employer = query.get("employer", caller().employer)
    if employer is not None:
        require_employer(caller(), employer)
        if session.get(Employer, employer) is None:
            raise unknown("employer")
    first, last = days(query)
    known_at, after = query.get("known_at"), ("employer", "", datetime.date.min, "")
    if "cursor" in query:
        known_at, *after = parts_of(query["cursor"], str, kind_read, str, datetime.date.fromisoformat, str)
    position = position_at(session, known_at)
    asked = {
        **{"position": position, "batch_id": None, "first": first, "last": last, "weeks": query["weeks"]},
        **{
            "employer": employer,
            "member": query.get("member"),
            "end": first_of_unfinished(last),
        },
    }
    found = items(session, asked, after, query["limit"] + 1)
    page = found[: query["limit"]]
    cursor = cursor_of(str(position), *page[-1]["place"]) if len(found) > len(page) else None
    told = {"known_at": position, "first": first, "last": last, "weeks": query["weeks"]}
    return {**told, "items": page, "next": cursor}, link_to(cursor)


def items(session: Session, asked: dict[str, Any], after: Any, limit: int) -> list[dict[str, Any]]:
    """The first ``limit`` breaks that come after the place ``after``: employers' months, then members' weeks."""
    kind, employer, day, number = after
    found = list[dict[str, Any]]()
    if kind == "employer" and asked["member"] is None:
        given = {**asked, "after_employer": employer, "after_month": day, "limit": limit}
        found = [of_employer(row) for row in session.execute(MONTHS[asked["employer"] is not None], given)]
    if len(found) < limit:
        started = kind == "member"
        given = {
            **asked,
            "after_employer": employer if started else "",
            "after_number": number if started else "",
            "after_week": day if started else datetime.date.min,
            "limit": limit - len(found),
        }
        statement = WEEKS[asked["employer"] is not None, asked["member"] is not None]
        found += [of_member(row) for row in session.execute(statement, given)]
    return found


def of_employer(row: Any) -> dict[str, Any]:
    """An employer's months without hours."""
    months = range(units.month_of(row.month) + 1, units.month_of(row.until))
    count = "the month" if len(months) == 1 else f"the {len(months)} months"
    also, where = (f" and of {row.after:%B %Y}", "between them") if row.after else ("", "since")
    return {
        **dict.fromkeys(("member", "number", "first_week", "last_week", "weeks_worked")),
        "kind": "employer",
        "place": ("employer", row.employer, row.month.isoformat(), ""),
        "text": f"{row.employer} reported hours of {row.month:%B %Y}{also}, and none of {count} {where}.",
        "employer": row.employer,
        "gap": {
            "first": units.first_day(months[0]),
            "last": units.last_day(months[-1]),
            "weeks": None,
            "months": [units.first_day(month) for month in months],
        },
        "hours_before": int(row.hours),
        "hours_after": None if row.hours_after is None else int(row.hours_after),
    }


def of_member(row: Any) -> dict[str, Any]:
    """A member's weeks without hours."""
    weeks = ((row.after - row.week).days + 3) // 7 - 1
    count = "the week" if weeks == 1 else f"the {weeks} weeks"
    worked = f"{row.number} worked {row.weeks_worked} weeks at {row.employer} from {long_day(row.first_week)} to"
    return {
        "kind": "member",
        "place": ("member", row.employer, row.week.isoformat(), row.number),
        "text": f"{worked} {long_day(row.last_week)}, and none of {count} after the one to {long_day(row.week)}.",
        "employer": row.employer,
        "member": row.member_id,
        "number": row.number,
        "gap": {
            "first": row.week + datetime.timedelta(days=7),
            "last": row.week + datetime.timedelta(days=7 * weeks),
            "weeks": weeks,
            "months": None,
        },
        "hours_before": int(row.hours),
        "hours_after": int(row.hours_after),
        "first_week": row.first_week,
        "last_week": row.last_week,
        "weeks_worked": row.weeks_worked,
    }


def days(query: dict[str, Any]) -> tuple[datetime.date, datetime.date]:
    """The first and the last day that ``query`` asks for; a 422 problem if they are out of order or too far apart."""
    last = query.get("to") or clock.today()
    first = query.get("from_") or (last - YEAR if last - datetime.date.min > YEAR else datetime.date.min)
    if last < first:
        message = f"{last} is before {first}. Write the first day into from."
        raise invalid([error("/query/to", "out_of_order", message)])
    if (last - first).days > MOST_DAYS:
        raise invalid([error("/query/from", "too_long", "Ask about ten years at most.")])
    return first, last


def first_of_unfinished(last: datetime.date) -> datetime.date:
    """The first day of the first month that is not over on ``last``."""
    after = last + datetime.timedelta(days=1) if last < datetime.date.max else last
    return units.first_day(units.month_of(after))


def kind_read(part: Any) -> str:
    """The kind in a cursor; ValueError for what is none."""
    if part not in ("employer", "member"):
        raise ValueError("no kind")
    return str(part)
