"""Plans on the wire: their terms as dated, cited values."""

from typing import Any

from marshmallow import fields

from rules.terms import Leaf, Terms
from schemas.coverage import STATUSES, Source
from schemas.fields import Answer, Choice, Day, Request, Text


class TermsQuery(Request):
    """On which day."""

    on = Day(metadata={"description": "The day asked about; today (UTC) if left out."})


class PlanName(Answer):
    """A plan and the version of its current terms."""

    plan = Text(required=True)
    title = Text(required=True)
    kind = Text(required=True)
    version = Text(required=True)


class PlanList(Answer):
    """All plans."""

    items = fields.List(fields.Nested(PlanName), required=True)
    next = fields.String(required=True, allow_none=True)


class ReliefOrder(Answer):
    """A dated relief order; its values stand under ``relief.<name>`` among the terms."""

    title = Text(required=True)
    adopted = Day(required=True)
    gives = Text(required=True)
    cite = fields.Nested(Source, required=True)


class Reading(Answer):
    """One of the readings of a disputed value, with its source."""

    value = Text(required=True)
    cite = fields.Nested(Source, required=True)


class Value(Answer):
    """A value in force from a day (or, for relief, for the cut-off on that day)."""

    since = Day(data_key="from", required=True)
    value = Text(required=True, allow_none=True)
    unit = Text(required=True)
    status = Choice(*STATUSES, required=True)
    either = fields.List(fields.Nested(Reading), required=True)
    note = Text(required=True, least=0, most=1000)
    adopted = Day(required=True, allow_none=True)
    cite = fields.Nested(Source, required=True)


class Plan(PlanName):
    """A plan whole: every value with its dates and sources, its levers, and what is not known."""

    levers = fields.Dict(
        required=True, metadata={"description": "Short names that proposals may use, and their paths."}
    )
    open = fields.Dict(required=True, metadata={"description": "What is not known or not modelled, in words."})
    relief = fields.Dict(values=fields.Nested(ReliefOrder), required=True)
    terms = fields.Dict(
        values=fields.List(fields.Nested(Value)), required=True, metadata={"description": "Values by path."}
    )


class PlanTerms(PlanName):
    """The one value of each term that is in force on a day."""

    on = Day(required=True)
    terms = fields.Dict(values=fields.Nested(Value), required=True, metadata={"description": "The value of each path."})


def name_of(terms: Terms) -> dict[str, Any]:
    """What names a plan."""
    return {"plan": terms.plan, "title": terms.title, "kind": terms.kind, "version": terms.version}


def values_of(leaf: Leaf) -> list[dict[str, Any]]:
    """All values of a term in order of days."""
    return [
        {
            "since": day,
            "value": None if value.amount is None and value.word is None else value.text,
            "unit": value.unit,
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
PATH_EXAMPLE = "qualify.continuing.routes.hours.sum.at_least"
PLAN_EXAMPLE: dict[str, Any] = {
    **NAME_EXAMPLE,
    "levers": {"continuing_hours": PATH_EXAMPLE},
    "open": {"premiums": "Members pay premiums for dependents; whether they were paid is not part of these rules."},
    "relief": {},
    "terms": {PATH_EXAMPLE: [VALUE_EXAMPLE]},
}
PLAN_TERMS_EXAMPLE: dict[str, Any] = {**NAME_EXAMPLE, "on": "2021-12-01", "terms": {PATH_EXAMPLE: VALUE_EXAMPLE}}
