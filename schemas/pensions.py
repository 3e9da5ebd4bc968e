"""A member's pension on the wire: years, vesting, breaks, benefit, account and retirement, each with its reasons."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from marshmallow import fields

from rules import units
from rules.outcome import Reason as RuleReason
from rules.pension import Entitlement, Found, Year
from rules.shape_pension import PARTS_OF_A_YEAR
from schemas.coverage import (
    COVERAGE_EXAMPLE,
    TERMS_EXAMPLE,
    UNDER,
    Reason,
    TermsName,
    reason_of,
    terms_of,
)
from schemas.fields import Answer, Code, Day, Exact, Flag, Hours, Hundredths, KnownAt, Money, Request, Text, Whole
from schemas.remittances import described

BREAKS = "Breaks in service in a row, up to the end of the last complete year."

NO_VESTING = "null: the plan's file has no vesting."


class Amount(Hundredths):
    """An amount of whatever a plan counts: hours, days, dollars."""

    noun: ClassVar[str] = "amount"
    example: ClassVar[str] = "412.50"


class Percent(Hundredths):
    """A percentage."""

    noun: ClassVar[str] = "percentage"
    example: ClassVar[str] = "100.00"


class ServiceYears(Exact[int]):
    """Years of service in answers: ``"4.00"``, ``"0.25"``, ``"1.3333"``; two to four places."""

    document: ClassVar[dict[str, Any]] = {
        "type": "string",
        "pattern": "^[0-9]{1,6}\\.[0-9]{2,4}$",
        "examples": ["5.00"],
    }

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else units.written_rate(value)


class PensionQuery(Request):
    """Which question about a member's pension."""

    plan = Code(required=True, metadata={"examples": ["mpi-pension"]})
    on = Day(metadata=described("The day asked about; today (UTC) if left out. Later work is not counted."))
    under = fields.List(Text(most=64), load_default=lambda: ["current"], metadata=described(UNDER))
    known_at = KnownAt()
    a_year = Hours(
        metadata=described("The pace of the projection: so much of the plan's first measure a year (hours, mostly).")
    )


class Service(Answer):
    """Years of one kind of service: those that count for vesting, for the benefit ..."""

    name = Text(required=True)
    title = Text(required=True)
    years = ServiceYears(required=True)


class PensionYear(Answer):
    """One computation year: what was worked, what it credited and why, and where the pension stood at its end."""

    first = Day(data_key="from", required=True)
    last = Day(data_key="until", required=True)
    complete = Flag(required=True, metadata=described("False for the year in which the day asked about lies."))
    hours = Amount(
        digits=12, required=True, allow_none=True, metadata=described("Null where the plan counts no hours.")
    )
    amounts = fields.Dict(values=Amount(digits=12), required=True, metadata=described("By the plan's measures."))
    credited = fields.Dict(values=ServiceYears(), required=True, metadata=described("Years of each service."))
    qualified = Flag(required=True, metadata=described("A whole year or more of the first service."))
    participant = Flag(required=True)
    is_break = Flag(data_key="break", required=True, metadata=described("A one-year break in service."))
    spared = Flag(required=True, metadata=described("It would be a break but for an exemption or a state."))
    lost = Flag(required=True, metadata=described("With it a permanent break lost everything before it."))
    vested = Percent(digits=3, required=True, allow_none=True, metadata=described(NO_VESTING))
    benefit = Money(required=True, allow_none=True, metadata=described("A month, as accrued by then."))
    account = Money(required=True, allow_none=True)
    reasons = fields.List(fields.Nested(Reason), required=True)


class Benefit(Answer):
    """The monthly benefit as accrued, before any reduction or choice at retirement."""

    monthly = Money(required=True)


class Account(Answer):
    """The individual account: what was paid in, without returns, and how much of it is vested."""

    balance = Money(required=True)
    vested = Money(required=True, allow_none=True, metadata=described(NO_VESTING))


class Retirement(Answer):
    """Whether something (a pension, retiree health) may begin on the day, and what there is of what it asks."""

    route = Text(required=True)
    title = Text(required=True)
    eligible = Flag(required=True)
    reasons = fields.List(fields.Nested(Reason), required=True)


class Projection(Answer):
    """When somebody who goes on at a pace is vested in full."""

    a_year = Amount(
        digits=12,
        required=True,
        metadata=described("That of the last complete year, unless the question gave one."),
    )
    vested_on = Day(
        required=True, allow_none=True, metadata=described("The last day of the year that vests; null: no year does.")
    )
    years_more = Whole(
        required=True,
        allow_none=True,
        metadata=described("Years still to be worked, the one in progress counted; 0: vested already."),
    )


class Pension(Answer):
    """A member's pension on the day under some terms."""

    terms = fields.Nested(TermsName, required=True)
    participant = Flag(required=True)
    vested = Percent(digits=3, required=True, allow_none=True, metadata=described(NO_VESTING))
    vested_since = Day(
        required=True,
        allow_none=True,
        metadata=described("The last day of the year that vested in full, or the day asked about within that year."),
    )
    service = fields.List(fields.Nested(Service), required=True)
    years = fields.List(fields.Nested(PensionYear), required=True)
    breaks_in_a_row = Whole(required=True, metadata=described(BREAKS))
    lost = Flag(required=True, metadata=described("A permanent break lost something at some time."))
    benefit = fields.Nested(Benefit, required=True, allow_none=True, metadata=described("Null: the plan has none."))
    account = fields.Nested(Account, required=True, allow_none=True, metadata=described("Null: the plan has none."))
    retirement = fields.List(fields.Nested(Retirement), required=True)
    projection = fields.Nested(
        Projection,
        required=True,
        allow_none=True,
        metadata=described("Null where nothing vests, or no year is complete and no pace was given."),
    )
    reasons = fields.List(fields.Nested(Reason), required=True)


class MemberPension(Answer):
    """The answer: one pension per terms, in the order asked, from what was known at a ledger position."""

    member = fields.UUID(required=True)
    plan = Text(required=True)
    on = Day(required=True)
    known_at = Whole(required=True)
    pensions = fields.List(fields.Nested(Pension), required=True)


class Told(NamedTuple):
    """A pension with everything that is said of it: the reasons of all, of each year and of each route."""

    found: Found
    reasons: Iterable[RuleReason]
    years: Sequence[Iterable[RuleReason]]
    routes: Sequence[Iterable[RuleReason]]


def pension_of(told: Told, projection: Mapping[str, Any] | None, proposal: Any) -> dict[str, Any]:
    """What an answer tells of a pension."""
    found = told.found
    return {
        "terms": terms_of(found.terms, proposal),
        "participant": found.participant,
        "vested": found.vested if found.terms.has("vesting") else None,
        "vested_since": vested_since(found),
        "service": [
            {"name": name, "title": found.terms.texts[f"service.{name}.title"], "years": years}
            for name, years in found.service.items()
        ],
        "years": [year_of(found, *one) for one in zip(found.years, told.years, strict=True)],
        "breaks_in_a_row": found.in_a_row,
        "lost": found.lost,
        "benefit": None if found.benefit is None else {"monthly": found.benefit},
        "account": None if found.account is None else {"balance": found.account, "vested": vested_of(found)},
        "retirement": [route_of(*one) for one in zip(found.retirement, told.routes, strict=True)],
        "projection": projection,
        "reasons": [reason_of(reason) for reason in told.reasons],
    }


def vested_of(found: Found) -> int | None:
    """How much of the account is vested; None where the file has no vesting."""
    return found.account * found.vested // 10_000 if found.account is not None and found.terms.has("vesting") else None


def vested_since(found: Found) -> Any:
    """The day since which everything is vested: the last of a year, or within a year the day asked about."""
    if found.vested_in is None:
        return None
    return next(min(year.last, found.on) for year in found.years if year.vested == PARTS_OF_A_YEAR)


def year_of(found: Found, year: Year, reasons: Iterable[RuleReason]) -> dict[str, Any]:
    """What an answer tells of a year."""
    hours = (of for of in year.amounts if found.terms.texts[f"credit.{of}.unit"] == "hour")
    first = next(hours, None)
    return {
        **{name: getattr(year, name) for name in ("first", "last", "complete", "amounts", "participant")},
        **{name: getattr(year, name) for name in ("is_break", "spared", "lost")},
        "vested": year.vested if found.terms.has("vesting") else None,
        "hours": None if first is None else year.amounts[first],
        "credited": year.credits,
        "qualified": next(iter(year.credits.values())) >= PARTS_OF_A_YEAR,
        "benefit": None if found.benefit is None else year.benefit,
        "account": None if found.account is None else year.account,
        "reasons": [reason_of(reason) for reason in reasons],
    }


def route_of(one: Entitlement, reasons: Iterable[RuleReason]) -> dict[str, Any]:
    """What an answer tells of a route of retirement."""
    return {
        "route": one.route,
        "title": one.title,
        "eligible": one.holds,
        "reasons": [reason_of(reason) for reason in reasons],
    }


CITE_EXAMPLE = {
    "title": "The Animation Guild, Union Milestones, 10 August 2006",
    "url": "https://animationguildblog.blogspot.com/2006/08/union-milestones.html",
    "section": "",
}
YEAR_EXAMPLE: dict[str, Any] = {
    "from": "2021-01-01",
    "until": "2021-12-31",
    "complete": True,
    "hours": "412.50",
    "amounts": {"hours": "412.50"},
    "credited": {"qualified_years": "1.00"},
    "qualified": True,
    "participant": True,
    "break": False,
    "spared": False,
    "lost": False,
    "vested": "100.00",
    "benefit": "66.93",
    "account": None,
    "reasons": [
        {
            "text": "In 2021 you had 412.50 hours: 1 of qualified years.",
            "rule": "service.qualified_years.routes.hours.steps.year.from",
            "cite": CITE_EXAMPLE,
            "status": "stated",
            "lines": [18231, 18874],
        }
    ],
}
PENSION_EXAMPLE: dict[str, Any] = {
    "member": COVERAGE_EXAMPLE["member"],
    "plan": "mpi-pension",
    "on": "2021-12-31",
    "known_at": 812,
    "pensions": [
        {
            "terms": TERMS_EXAMPLE,
            "participant": True,
            "vested": "100.00",
            "vested_since": "2021-12-31",
            "service": [{"name": "qualified_years", "title": "Qualified years", "years": "5.00"}],
            "years": [YEAR_EXAMPLE],
            "breaks_in_a_row": 0,
            "lost": False,
            "benefit": {"monthly": "66.93"},
            "account": None,
            "retirement": [],
            "projection": {"a_year": "412.50", "vested_on": "2021-12-31", "years_more": 0},
            "reasons": [
                {
                    "text": "You are vested in full since 2021: it cannot be lost any more.",
                    "rule": "vesting.steps.five.after",
                    "cite": CITE_EXAMPLE,
                    "status": "stated",
                    "lines": [],
                }
            ],
        }
    ],
}
