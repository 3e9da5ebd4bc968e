"""Cover on the wire: determinations with their reasons, and histories of benefit periods."""

from collections.abc import Iterable
from typing import Any

from marshmallow import fields

from rules import determine, outcome
from rules.calendar import Cite
from rules.terms import Terms as RuleTerms
from schemas.fields import Answer, Choice, Code, Day, Flag, Hours, KnownAt, Request, Text, Whole

STANDINGS = ("never", "covered", "lapsed")
ROUTES = ("initial", "hours", "bank", "disability", "relief", "none", "top_up", "decision")
STATUSES = ("stated", "assumed", "disputed")
UNDER = "The terms to answer under: `current`, or the id of a proposal. Repeat it for several answers side by side."


class CoverageQuery(Request):
    """Which question about a member's cover."""

    plan = Code(required=True, metadata={"examples": ["mpi-health"]})
    on = Day(metadata={"description": "The day asked about; today (UTC) if left out."})
    under = fields.List(Text(most=64), load_default=lambda: ["current"], metadata={"description": UNDER})
    known_at = KnownAt()


class HistoryQuery(Request):
    """Which stretch of a member's cover."""

    plan = Code(required=True, metadata={"examples": ["mpi-health"]})
    first = Text(data_key="from", required=True, most=10, metadata={"description": "A day or a month (YYYY-MM)."})
    last = Text(data_key="to", required=True, most=10, metadata={"description": "A day or a month (YYYY-MM)."})
    under = fields.List(Text(most=64), load_default=lambda: ["current"], metadata={"description": UNDER})
    known_at = KnownAt()


class Span(Answer):
    """A span of days, both included."""

    first = Day(data_key="from", required=True)
    last = Day(data_key="to", required=True)


class BenefitSpan(Answer):
    """A benefit period, both days included."""

    first = Day(data_key="from", required=True)
    last = Day(data_key="until", required=True)


class TermsName(Answer):
    """Which terms an answer used. Equal versions are equal terms; the id is that of a proposal."""

    name = Text(required=True)
    version = Text(required=True)
    proposal = fields.UUID(required=True, allow_none=True)


class HoursTest(Answer):
    """The hours that were counted, those required, and what was short."""

    counted = Hours(required=True, signed=True, digits=9)
    required = Hours(required=True)
    short = Hours(required=True)


class Bank(Answer):
    """The bank of hours before and after the test behind this answer."""

    before = Hours(required=True)
    drawn = Hours(required=True)
    added = Hours(required=True)
    after = Hours(required=True)


class SecondBank(Answer):
    """The plan's second bank (points, say) before and after the test; nothing where it has none."""

    before = Hours(required=True)
    after = Hours(required=True)


class NextTest(Answer):
    """What comes next: the cover at stake, its qualifying period, the hours so far and those still needed."""

    benefit_period = fields.Nested(BenefitSpan, required=True)
    qualifying_period = fields.Nested(Span, required=True)
    hours_so_far = Hours(required=True, signed=True, digits=9)
    hours_required = Hours(required=True)
    hours_needed = Hours(required=True, metadata={"description": "By hours alone; see `bank_would_cover`."})
    hours_needed_with_bank = Hours(
        required=True, metadata={"description": "If the bank is drawn on and holds what it holds now."}
    )
    earn_by = Day(required=True, metadata={"description": "Their last day; it may have passed."})
    bank = Hours(required=True)
    bank_would_cover = Flag(required=True)


class Source(Answer):
    """Where a rule is written."""

    title = Text(required=True)
    url = Text(required=True, least=0)
    section = Text(required=True, least=0)


class Reason(Answer):
    """One sentence of the explanation, the term it rests on, its source, and how sure that source makes it."""

    text = Text(required=True, most=2000)
    rule = Text(required=True)
    cite = fields.Nested(Source, required=True)
    status = Choice(*STATUSES, required=True)
    lines = fields.List(Whole(), required=True, metadata={"description": "Ids of the ledger lines that were counted."})


class Period(Answer):
    """One benefit period, or one month's failed test."""

    covered = Flag(required=True)
    first = Day(data_key="from", required=True, allow_none=True)
    last = Day(data_key="until", required=True, allow_none=True)
    on = Day(required=True, metadata={"description": "The day asked about."})
    route = Choice(*ROUTES, required=True)
    way = fields.String(required=True, allow_none=True, metadata={"description": "The plan's name of that route."})
    tier = fields.String(required=True, allow_none=True)
    grace = Flag(required=True, metadata={"description": "Cover that was not renewed and is shown all the same."})
    gates = fields.Dict(required=True, metadata={"description": "Benefits with a test of their own: does it hold?"})
    standing = Choice(*STANDINGS, required=True)
    qualifying_period = fields.Nested(Span, required=True)
    hours = fields.Nested(HoursTest, required=True)
    bank = fields.Nested(Bank, required=True)
    second_bank = fields.Nested(SecondBank, required=True)
    bought = Hours(required=True, metadata={"description": "What relief, a payment or a second bank filled."})


class Determination(Period):
    """Whether the member is covered on the day under some terms, by which test, and why."""

    terms = fields.Nested(TermsName, required=True)
    next = fields.Nested(NextTest, required=True, allow_none=True)
    reasons = fields.List(fields.Nested(Reason), required=True)


class Coverage(Answer):
    """The answer: one determination per terms, in the order asked, from what was known at a ledger position."""

    member = fields.UUID(required=True)
    plan = Text(required=True)
    on = Day(required=True)
    known_at = Whole(required=True)
    determinations = fields.List(fields.Nested(Determination), required=True)


class TermsHistory(Answer):
    """The benefit periods and failed tests under some terms, in order of time."""

    terms = fields.Nested(TermsName, required=True)
    periods = fields.List(fields.Nested(Period), required=True)


class CoverageHistory(Answer):
    """A member's cover over time, one history per terms, in the order asked."""

    member = fields.UUID(required=True)
    plan = Text(required=True)
    known_at = Whole(required=True)
    histories = fields.List(fields.Nested(TermsHistory), required=True)


def period_of(found: determine.Determination) -> dict[str, Any]:
    """What an answer tells of one test."""
    return {
        "covered": found.covered,
        "first": found.benefit.first if found.benefit else None,
        "last": found.benefit.last if found.benefit else None,
        "on": found.on,
        "route": found.route,
        "way": found.way,
        "tier": found.tier,
        "grace": found.grace,
        "gates": found.gates,
        "standing": found.standing,
        "qualifying_period": found.qualifying._asdict(),
        "hours": {"counted": found.counted, "required": found.required, "short": found.short},
        "bank": {
            "before": found.bank_before,
            "drawn": found.drawn,
            "added": found.added,
            "after": found.bank_after,
        },
        "second_bank": {"before": found.second_before, "after": found.second_after},
        "bought": found.bought,
    }


def determination_of(
    found: determine.Determination, reasons: Iterable[outcome.Reason], proposal: Any
) -> dict[str, Any]:
    """What an answer tells of a determination and its reasons."""
    ahead = found.next
    return {
        **period_of(found),
        "terms": terms_of(found.terms, proposal),
        "next": ahead
        and {
            "benefit_period": ahead.benefit._asdict(),
            "qualifying_period": ahead.qualifying._asdict(),
            "hours_so_far": ahead.so_far,
            "hours_required": ahead.required,
            "hours_needed": ahead.needed,
            "hours_needed_with_bank": ahead.needed_with_bank,
            "earn_by": ahead.earn_by,
            "bank": ahead.bank,
            "bank_would_cover": ahead.bank_would_cover,
        },
        "reasons": [reason_of(reason) for reason in reasons],
    }


def reason_of(reason: outcome.Reason) -> dict[str, Any]:
    """What an answer tells of a reason."""
    return {**reason._asdict(), "cite": source_of(reason.cite)}


def terms_of(terms: RuleTerms, proposal: Any) -> dict[str, Any]:
    """What an answer tells of the terms it used."""
    return {"name": terms.name, "version": terms.version, "proposal": proposal}


def source_of(cite: Cite) -> dict[str, str]:
    """What an answer tells of a source."""
    return cite._asdict()


PERIOD_EXAMPLE: dict[str, Any] = {
    "covered": True,
    "from": "2021-07-01",
    "until": "2021-12-31",
    "on": "2021-12-01",
    "route": "hours",
    "way": "hours",
    "tier": None,
    "grace": False,
    "gates": {},
    "standing": "covered",
    "qualifying_period": {"from": "2020-10-25", "to": "2021-04-24"},
    "hours": {"counted": "412.50", "required": "400.00", "short": "0.00"},
    "bank": {"before": "0.00", "drawn": "0.00", "added": "12.50", "after": "12.50"},
    "second_bank": {"before": "0.00", "after": "0.00"},
    "bought": "0.00",
}
TERMS_EXAMPLE = {"name": "current", "version": "81fc808269d60cf6", "proposal": None}
MEMBER_ID = "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11"
COVERAGE_EXAMPLE: dict[str, Any] = {
    "member": MEMBER_ID,
    "plan": "mpi-health",
    "on": "2021-12-01",
    "known_at": 812,
    "determinations": [
        {
            **PERIOD_EXAMPLE,
            "terms": TERMS_EXAMPLE,
            "next": {
                "benefit_period": {"from": "2022-01-01", "until": "2022-06-30"},
                "qualifying_period": {"from": "2021-04-25", "to": "2021-10-23"},
                "hours_so_far": "395.00",
                "hours_required": "400.00",
                "hours_needed": "5.00",
                "hours_needed_with_bank": "0.00",
                "earn_by": "2021-10-23",
                "bank": "12.50",
                "bank_would_cover": True,
            },
            "reasons": [
                {
                    "text": "412.50 hours were reported for 25 October 2020 to 24 April 2021; 400.00 are needed to "
                    "keep cover, so there is cover from 1 July 2021 to 31 December 2021.",
                    "rule": "qualify.continuing.routes.hours.sum.at_least",
                    "cite": {
                        "title": "The Animation Guild, IA-AMPTP Deal, November 2008",
                        "url": "https://animationguildblog.blogspot.com/2008/11/ia-amptp-deal-via-deadline-hollywood.html",
                        "section": "",
                    },
                    "status": "stated",
                    "lines": [18231, 18874],
                }
            ],
        }
    ],
}
HISTORY_EXAMPLE: dict[str, Any] = {
    "member": MEMBER_ID,
    "plan": "mpi-health",
    "known_at": 812,
    "histories": [{"terms": TERMS_EXAMPLE, "periods": [PERIOD_EXAMPLE]}],
}
