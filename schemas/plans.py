"""Plans on the wire: their terms as dated, cited values."""

from typing import Any

from marshmallow import fields

from rules.booklet import Booklet as RuleBooklet
from rules.booklet import heading
from rules.differences import Difference as RuleDifference
from rules.leaves import UNDATED, Leaf
from rules.terms import Terms
from schemas.coverage import STATUSES, Source
from schemas.fields import Answer, Choice, Day, Flag, KnownAt, Request, Text, Whole

FORMATS = ("json", "html", "markdown")
REMARKS = ("assumed", "disputed", "note", "since", "earlier", "later", "amounts")


class PlansQuery(Request):
    """As known when."""

    known_at = KnownAt()


class TermsQuery(PlansQuery):
    """On which day, and as known when."""

    on = Day(metadata={"description": "The day asked about; today (UTC) if left out."})


class BookletQuery(PlansQuery):
    """Of which day, in which form, and as known when."""

    on = Day(
        metadata={
            "description": "Tell what is in force on this day; the latest values if left out, with their history."
        }
    )
    format = Choice(
        *FORMATS,
        metadata={"description": "The form of the answer; what the Accept header prefers if left out."},
    )


class DiffQuery(PlansQuery):
    """Between which days of the plan's terms, or under which proposal; and as known when."""

    first = Day(data_key="from", metadata={"description": "Tell changes after this day."})
    last = Day(data_key="to", metadata={"description": "Tell changes up to this day, itself included."})
    under = fields.UUID(
        metadata={"description": "Instead of two days: what this proposal changes in the current terms."}
    )


class PlanName(Answer):
    """A plan and the version of its current terms."""

    plan = Text(required=True)
    title = Text(required=True)
    kind = Text(required=True)
    version = Text(required=True)


class KnownPlan(PlanName):
    """A plan as known at a ledger position: its file, and what was adopted for it by then."""

    known_at = Whole(required=True)


class PlanList(Answer):
    """All plans as known at a ledger position."""

    known_at = Whole(required=True)
    items = fields.List(fields.Nested(PlanName), required=True)
    next = fields.String(required=True, allow_none=True)


class ReliefOrder(Answer):
    """A dated relief order; its values stand under ``relief.<name>`` among the terms."""

    title = Text(required=True)
    adopted = Day(required=True, allow_none=True)
    gives = Text(required=True)
    cite = fields.Nested(Source, required=True)


class Reading(Answer):
    """One of the readings of a disputed value, with its source."""

    value = Text(required=True)
    cite = fields.Nested(Source, required=True)


class Value(Answer):
    """A value in force from a day (or, for relief, for the cut-off on that day)."""

    since = Day(
        data_key="from",
        required=True,
        allow_none=True,
        metadata={"description": "null: the source gives no start; in force before every dated value."},
    )
    value = Text(required=True, allow_none=True)
    unit = Text(required=True)
    times = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The path that this value follows: it is so many times what stands there."},
    )
    by = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The member's attribute whose value is the last part of the path, if there is one."},
    )
    status = Choice(*STATUSES, required=True)
    either = fields.List(fields.Nested(Reading), required=True)
    note = Text(required=True, least=0, most=1000)
    adopted = Day(required=True, allow_none=True)
    cite = fields.Nested(Source, required=True)


class Plan(KnownPlan):
    """A plan whole: every value with its dates and sources, its levers, and what is not known."""

    levers = fields.Dict(
        required=True, metadata={"description": "Short names that proposals may use, and their paths."}
    )
    open = fields.Dict(required=True, metadata={"description": "What is not known or not modelled, in words."})
    relief = fields.Dict(values=fields.Nested(ReliefOrder), required=True)
    terms = fields.Dict(
        values=fields.List(fields.Nested(Value)), required=True, metadata={"description": "Values by path."}
    )


class PlanTerms(KnownPlan):
    """The one value of each term that is in force on a day."""

    on = Day(required=True)
    terms = fields.Dict(values=fields.Nested(Value), required=True, metadata={"description": "The value of each path."})


class Footnote(Answer):
    """A source that sentences of the booklet cite by its number."""

    number = Whole(required=True, least=1)
    title = Text(required=True)
    url = Text(required=True, least=0)
    section = Text(required=True, least=0)


class BookletReading(Answer):
    """One reading of a disputed value in words, and the number of its source's footnote."""

    text = Text(required=True, most=1000)
    footnote = Whole(required=True, least=1)


class BookletRemark(Answer):
    """What stands beside a sentence: what is assumed, disputed or noted of its values, what they were or will be."""

    kind = Choice(*REMARKS, required=True)
    about = Text(
        required=True,
        least=0,
        metadata={"description": "Which of the sentence's values is meant; empty where there is one only."},
    )
    text = Text(required=True, most=2000)
    footnotes = fields.List(Whole(least=1), required=True)
    readings = fields.List(fields.Nested(BookletReading), required=True)


class BookletSentence(Answer):
    """A sentence of the booklet, the paths of the terms it rests on, and the numbers of its footnotes."""

    text = Text(required=True, most=2000)
    paths = fields.List(fields.String(), required=True)
    status = Choice(*STATUSES, required=True)
    footnotes = fields.List(Whole(least=1), required=True)
    remarks = fields.List(fields.Nested(BookletRemark), required=True)
    more = Flag(required=True, metadata={"description": "It goes on about the same thing as the sentence before."})


class BookletSection(Answer):
    """A part of the booklet. Its name is its own and stays the same."""

    name = Text(required=True)
    title = Text(required=True)
    sentences = fields.List(fields.Nested(BookletSentence), required=True)


class Booklet(KnownPlan):
    """A plan in plain language, generated from its terms, each sentence with its sources."""

    name = Text(required=True, metadata={"description": "Which terms these are: `current`."})
    on = Day(required=True, allow_none=True, metadata={"description": "null: the latest values."})
    heading = Text(required=True)
    sections = fields.List(fields.Nested(BookletSection), required=True)
    footnotes = fields.List(fields.Nested(Footnote), required=True)


class Difference(Answer):
    """One change: what moves from what to what, from when, by which source."""

    path = Text(required=True)
    lever = Text(required=True, allow_none=True)
    before = fields.String(required=True, allow_none=True, metadata={"description": "null: there was nothing."})
    after = fields.String(required=True, allow_none=True, metadata={"description": "null: there is nothing then."})
    unit = Text(
        required=True,
        metadata={
            "description": "`word` for a choice, `times` for a multiple of another value, `text` for plain words."
        },
    )
    unit_before = Text(required=True)
    start = Day(data_key="from", required=True, allow_none=True)
    status = Choice(*STATUSES, required=True)
    status_before = Choice(*STATUSES, required=True)
    cite = fields.Nested(Source, required=True, allow_none=True)
    text = fields.String(required=True, metadata={"description": "The change as one line."})


class Diff(KnownPlan):
    """What changes between two days of a plan's terms, or under a proposal."""

    first = Day(data_key="from", required=True, allow_none=True)
    last = Day(data_key="to", required=True, allow_none=True)
    under = fields.UUID(required=True, allow_none=True)
    changes = fields.List(fields.Nested(Difference), required=True)


def booklet_of(told: RuleBooklet) -> dict[str, Any]:
    """What an answer tells of a booklet, but for the plan's kind."""
    return {
        **{name: getattr(told, name) for name in ("plan", "title", "version", "name", "on")},
        "heading": heading(told),
        "sections": [
            {
                **section._asdict(),
                "sentences": [
                    {
                        **sentence._asdict(),
                        "remarks": [
                            {
                                **remark._asdict(),
                                "readings": [{"text": text, "footnote": number} for text, number in remark.readings],
                            }
                            for remark in sentence.remarks
                        ],
                    }
                    for sentence in section.sentences
                ],
            }
            for section in told.sections
        ],
        "footnotes": [{"number": number, **cite._asdict()} for number, cite in enumerate(told.footnotes, 1)],
    }


def difference_of(change: RuleDifference) -> dict[str, Any]:
    """What an answer tells of one change."""
    cite = change.cite._asdict() if change.cite else None
    return {**change._asdict(), "cite": cite, "text": change.text}


def name_of(terms: Terms) -> dict[str, Any]:
    """What names a plan."""
    return {"plan": terms.plan, "title": terms.title, "kind": terms.kind, "version": terms.version}


def by_of(terms: Terms, path: str) -> str | None:
    """The attribute of the member that a path's last part is a value of, if it is one."""
    parent, _, key = path.rpartition(".")
    choice = terms.choices.get(parent)
    return choice.by if choice and key in choice.keys else None


def values_of(terms: Terms, leaf: Leaf) -> list[dict[str, Any]]:
    """All values of a term in order of days."""
    by = by_of(terms, leaf.path)
    return [
        {
            "since": None if day == UNDATED else day,
            "value": None if value.amount is None and value.word is None else value.text,
            "unit": value.unit,
            "times": value.times or None,
            "by": by,
            "status": value.status,
            "either": [{"value": reading, "cite": cite._asdict()} for reading, cite in value.either],
            "note": value.note,
            "adopted": value.adopted,
            "cite": value.cite._asdict(),
        }
        for day, value in leaf.values.items()
    ]


VALUE_EXAMPLE: dict[str, Any] = {
    "from": "2011-07-31",
    "value": "400",
    "unit": "hour",
    "times": None,
    "by": None,
    "status": "stated",
    "either": [],
    "note": "the plan's notice says late August 2011",
    "adopted": "2008-11-30",
    "cite": {
        "title": "The Animation Guild, IA-AMPTP Deal, November 2008",
        "url": "https://animationguildblog.blogspot.com/2008/11/ia-amptp-deal-via-deadline-hollywood.html",
        "section": "",
    },
}
NAME_EXAMPLE: dict[str, Any] = {
    "plan": "mpi-health",
    "title": "Motion Picture Industry Health Plan, active members",
    "kind": "health",
    "version": "81fc808269d60cf6",
}
KNOWN_EXAMPLE: dict[str, Any] = {**NAME_EXAMPLE, "known_at": 815}
PATH_EXAMPLE = "qualify.continuing.routes.hours.sum.at_least"
PLAN_EXAMPLE: dict[str, Any] = {
    **KNOWN_EXAMPLE,
    "levers": {"continuing_hours": PATH_EXAMPLE},
    "open": {"premiums": "Members pay premiums for dependents; whether they were paid is not part of these rules."},
    "relief": {},
    "terms": {PATH_EXAMPLE: [VALUE_EXAMPLE]},
}
PLAN_TERMS_EXAMPLE: dict[str, Any] = {**KNOWN_EXAMPLE, "on": "2021-12-01", "terms": {PATH_EXAMPLE: VALUE_EXAMPLE}}
SENTENCE_EXAMPLE: dict[str, Any] = {
    "text": "To keep cover you need 400 hours in one qualifying period of six months.",
    "paths": [PATH_EXAMPLE, "qualify.continuing.routes.hours.sum.up_to_windows", "calendar.window"],
    "status": "stated",
    "footnotes": [1],
    "more": False,
    "remarks": [
        {
            "kind": "since",
            "about": "the number needed",
            "text": "Since 31 July 2011 (adopted 30 November 2008).",
            "footnotes": [],
            "readings": [],
        },
        {
            "kind": "earlier",
            "about": "the number needed",
            "text": "From 1 November 2008 to 30 July 2011: 300 hours.",
            "footnotes": [1],
            "readings": [],
        },
    ],
}
BOOKLET_EXAMPLE: dict[str, Any] = {
    **KNOWN_EXAMPLE,
    "name": "current",
    "on": "2021-12-01",
    "heading": "Terms as of 1 December 2021. Version 81fc808269d60cf6.",
    "sections": [
        {"name": "qualify.continuing", "title": "Keeping or regaining cover", "sentences": [SENTENCE_EXAMPLE]}
    ],
    "footnotes": [{"number": 1, **VALUE_EXAMPLE["cite"]}],
}
BOOKLET_HTML_EXAMPLE = """<!doctype html>
<html lang="en">
<head><title>Motion Picture Industry Health Plan, active members</title></head>
<body><main><h1>Motion Picture Industry Health Plan, active members</h1></main></body>
</html>
"""
BOOKLET_MARKDOWN_EXAMPLE = """# Motion Picture Industry Health Plan, active members

## Keeping or regaining cover

- To keep cover you need 400 hours in one qualifying period of six months. [^1]

## Sources

[^1]: The Animation Guild, IA-AMPTP Deal, November 2008.
"""
DIFF_EXAMPLE: dict[str, Any] = {
    **KNOWN_EXAMPLE,
    "from": "2011-01-01",
    "to": "2011-12-31",
    "under": None,
    "changes": [
        {
            "path": PATH_EXAMPLE,
            "lever": "continuing_hours",
            "before": "300",
            "after": "400",
            "unit": "hour",
            "unit_before": "hour",
            "from": "2011-07-31",
            "status": "stated",
            "status_before": "stated",
            "cite": VALUE_EXAMPLE["cite"],
            "text": f"{PATH_EXAMPLE} 300 -> 400 hour from 2011-07-31 "
            "[The Animation Guild, IA-AMPTP Deal, November 2008]",
        }
    ],
}
