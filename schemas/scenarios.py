"""Scenarios: what is asked about the whole membership, and what comes of it."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from rules.groups import NAMES, OTHERS
from schemas.assumptions import Assume, not_empty
from schemas.fields import (
    Answer,
    Choice,
    Code,
    Day,
    Flag,
    Hours,
    Instant,
    Message,
    Money,
    Month,
    Request,
    Text,
    Whole,
)
from schemas.proposals import CHANGES, MOST_TERMS, limited
from schemas.relief_orders import short_enough
from schemas.snapshots import HASH_EXAMPLE

MOST_SIDES, MOST_POINTS, MOST_MONTHS = 12, 1_000, 600
DEFICIT = "deficit"
SCENARIO_EXAMPLE: dict[str, Any] = {
    "snapshot": "latest",
    "plan": "mpi-health",
    "under": ["current", {"name": "450 hours", "changes": {"continuing_hours": {"2021-08-01": "450"}}}],
    "from": "2021-08",
    "to": "2021-10",
    "group_by": ["local"],
}
COUNTS_EXAMPLE: dict[str, Any] = {
    "terms": "450 hours",
    "version": "c3dcac7d1ee05e4d",
    "covered": [980, 960, 940],
    "gained": 20,
    "lost": 110,
    "saved_by_bank": 420,
    "people": 1020,
    "newly_initial": [20, 20, 30],
    "saved_by_bank_by_month": [300, 310, 330],
    "gained_by_month": [None, None, 20],
    "lost_by_month": [30, 60, 100],
    "benefit_months": 2880,
    "benefit_months_gained": 30,
    "benefit_months_lost": 190,
    "near_miss": [{"within": "8.00", "people": 20, "by_month": [None, None, 20]}],
    "transitions": {
        "gained": [],
        "lost": [
            {"cause": "requirement", "text": "The hours reach what one side requires.", "months": 190, "people": 110}
        ],
    },
}
ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "5d2b8f60-7c1e-4a39-9b0f-2e6a4c8d1f73",
    "hash": HASH_EXAMPLE,
    "inputs": HASH_EXAMPLE,
    "engine": "6f0c1d2e3a4b5c6d",
    "plan": "mpi-health",
    "snapshot": {"hash": HASH_EXAMPLE, "members": 1204, "synthetic": None},
    "members": 1200,
    "months": ["2021-08", "2021-09", "2021-10"],
    "assumptions": [],
    "results": [COUNTS_EXAMPLE],
    "groups": {"local": {"80": {"members": 200, "results": [COUNTS_EXAMPLE]}}},
    "sweep": [],
    "notes": [],
    "suppressed_under": 11,
    "rounded_to": 20,
}


class Dated(Request):
    """Money a month (or once, for a reserve), from days on, and where that is from."""

    values = fields.Dict(keys=Day(), values=Money(), required=True)
    source = Text(required=True, most=500)


class Gap(Money):
    """Money, or ``deficit``: what is missing over the span."""

    pattern_of_both = r"^(deficit|[0-9]{1,12}(\.[0-9]{1,2})?)$"

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"pattern": self.pattern_of_both, "examples": ["400000000.00", DEFICIT]}, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return DEFICIT if value == DEFICIT else super()._serialize(value, attr, obj, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return DEFICIT if value == DEFICIT else super()._deserialize(value, attr, data, **kwargs)


class Close(Request):
    """Which of the values tried closes a gap: the scenario's sweep, or a contribution rate."""

    gap = Gap(required=True)
    by = Choice("sweep", "rate", required=True)
    rate = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "agreement.fund.basis, such as basic-2018.active-health.per_hour."},
    )
    from_ = Day(data_key="from", load_default=None, allow_none=True)
    values = fields.List(Text(most=20), load_default=None, allow_none=True)


class Finance(Request):
    """What hours do not say about a fund; each with its source."""

    cost_per_covered = fields.Nested(Dated, required=True)
    residual_income = fields.Nested(Dated, allow_none=True)
    reserve = fields.Nested(Dated, allow_none=True)
    floor_months = Hours(digits=3, load_default=800)
    close = fields.Nested(Close, allow_none=True)


class GrandfatherRequest(Request):
    """Who is covered under the first terms on a day stays under them: until a day, or as long as that cover lasts."""

    covered_on = Day(required=True)
    until = Day(allow_none=True, load_default=None)


class Uncertainty(Request):
    """How many memberships are drawn from this one, and the number that their chance begins with."""

    draws = Whole(least=20, most=1_000, load_default=200)
    seed = Whole(least=0, load_default=1)


class SideRequest(Request):
    """Terms that stand in the scenario itself."""

    name = Text(required=True)
    proposal = fields.UUID(metadata={"description": "Begin with this proposal's changes."})
    changes = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        load_default=dict,
        validate=limited,
        metadata={"description": CHANGES, "maxProperties": MOST_TERMS},
    )
    relief = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(validate=short_enough),
        load_default=dict,
        metadata={"description": "Relief orders by name, in the form of /v1/relief-orders."},
    )
    without_relief = fields.List(
        Text(), load_default=list, metadata={"description": "Relief orders of the terms in force that are left out."}
    )
    rates = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=Day(), values=Text(most=20)),
        load_default=dict,
        metadata={"description": "Proposed contribution rates: agreement.fund.basis, from days on."},
    )
    grandfather = fields.Nested(GrandfatherRequest, allow_none=True, load_default=None)


class UnionRequest(Request):
    """Groups that somebody defines: unions of groups of one kind."""

    name = Code(required=True)
    of = Choice(*NAMES, required=True)
    groups = fields.Dict(keys=Text(), values=fields.List(Text(), validate=not_empty), required=True)

    @validates_schema
    def apart(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse groups that overlap, or that are named as what is left over."""
        members = [label for labels in data["groups"].values() for label in labels]
        twice = sorted({label for label in members if members.count(label) > 1})
        if twice:
            message = f"{', '.join(map(str, twice))} would be in two groups; everybody is counted in one."
            raise ValidationError({"groups": [Message("overlap", message)]})
        if OTHERS in data["groups"]:
            message = f"{OTHERS} are those in none of the groups; give the group another name."
            raise ValidationError({"groups": [Message("bad_name", message)]})


class Axis(Request):
    """A lever or a path that takes several values from a day on."""

    path = Text(required=True)
    from_ = Day(data_key="from", required=True)
    values = fields.List(Text(most=20), required=True)


class NewScenario(Request):
    """A question about the whole membership."""

    snapshot = Text(required=True, metadata={"description": "The id or hash of a snapshot, or latest."})
    plan = Code(required=True)
    under = fields.List(
        fields.Raw(),
        required=True,
        metadata={
            "description": "The terms compared; the others are held against the first. current, the id of a proposal, "
            "or terms of the scenario's own: {name, changes, relief, rates, grandfather, proposal}."
        },
    )
    from_ = Month(data_key="from", required=True)
    to = Month(required=True)
    group_by = fields.List(
        fields.Raw(), load_default=list, metadata={"description": f"{', '.join(NAMES)}, or {{name, of, groups}}."}
    )
    near_bands = fields.List(Hours(digits=4), load_default=lambda: [800, 2_400, 4_000])
    sweep = fields.Raw(
        load_default=None,
        allow_none=True,
        metadata={"description": "{path, from, values}, or a list of one or two of them."},
    )
    assume = fields.Nested(Assume, load_default=dict)
    finance = fields.Nested(Finance, allow_none=True, load_default=None)
    uncertainty = fields.Nested(Uncertainty, allow_none=True, load_default=None)

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse spans, bands and lists that make no sense."""
        months = (data["to"].year - data["from_"].year) * 12 + data["to"].month - data["from_"].month
        if not 0 <= months < MOST_MONTHS:
            message = f"Give a month from the first one on, and at most {MOST_MONTHS} months in all."
            raise ValidationError({"to": [Message("bad_span", message)]})
        if not 1 <= len(data["under"]) <= MOST_SIDES:
            raise ValidationError({"under": [Message("bad_count", f"Name one to {MOST_SIDES} terms.")]})
        if data["near_bands"] != sorted(set(data["near_bands"])) or not 1 <= len(data["near_bands"]) <= 10:
            raise ValidationError({"near_bands": [Message("bad_order", "Name one to ten bands, the narrowest first.")]})


class ScenarioQuery(Request):
    """As whom to see the figures."""

    as_ = Choice(
        "negotiator",
        data_key="as",
        metadata={"description": "negotiator: as negotiators see them, who see no small counts."},
    )


class ScenarioSnapshot(Answer):
    """The membership that was asked about."""

    hash = Text(required=True)
    members = Whole(required=True, allow_none=True)
    synthetic = Text(required=True, allow_none=True)


class Scenario(Answer):
    """What a scenario comes to. `results` stand in the order of `under`, and `covered` in that of `months`."""

    id = fields.UUID(required=True)
    hash = Text(required=True, metadata={"description": "SHA-256 of this answer without id and hash, as published."})
    inputs = Text(required=True, metadata={"description": "SHA-256 of all that the answer rests on."})
    engine = Text(required=True, metadata={"description": "Which rules code counted."})
    plan = Text(required=True)
    snapshot = fields.Nested(ScenarioSnapshot, required=True)
    members = Whole(required=True, allow_none=True)
    months = fields.List(Text(), required=True)
    assumptions = fields.List(fields.Dict(), required=True)
    results = fields.List(fields.Dict(), required=True)
    groups = fields.Dict(required=True)
    sweep = fields.List(fields.Dict(), required=True)
    close = fields.Dict(allow_none=True)
    notes = fields.List(fields.String(), required=True)
    suppressed_under = Whole(allow_none=True)
    rounded_to = Whole(allow_none=True)


class ScenarioRow(Answer):
    """A scenario in a list."""

    id = fields.UUID(required=True)
    plan = Text(required=True)
    inputs = Text(required=True)
    snapshot = fields.UUID(required=True)
    under = fields.List(Text(), required=True)
    created_at = Instant(required=True)


class ScenarioList(Answer):
    """Scenarios, the newest first."""

    items = fields.List(fields.Nested(ScenarioRow), required=True)
    next = Text(required=True, allow_none=True)


class Replay(Answer):
    """Whether a scenario, evaluated again, comes to the same to the byte."""

    identical = Flag(required=True)
    hash = Text(required=True)


class SigningKey(Answer):
    """The key by which result sheets are verified."""

    algorithm = Text(required=True)
    public_key = Text(required=True, metadata={"description": "32 bytes in hexadecimal."})
