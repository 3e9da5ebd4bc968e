"""Result sheets: what a scenario was asked and what came of it, signed by the installation that counted."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Choice, Request, Text
from schemas.scenarios import ANSWER_EXAMPLE, SCENARIO_EXAMPLE

SHEET_EXAMPLE: dict[str, Any] = {
    "form": "hourbank-sheet-1",
    "asked": {**SCENARIO_EXAMPLE, "form": "hourbank-scenario-1"},
    "outcome": {name: value for name, value in ANSWER_EXAMPLE.items() if name != "id"},
    "public_key": "00" * 32,
    "signature": "00" * 64,
}


class SheetQuery(Request):
    """In which form, and as whom to see the figures."""

    format = Choice("json", "csv", "html", metadata={"description": "Otherwise the Accept header decides."})
    as_ = Choice("negotiator", data_key="as", metadata={"description": "negotiator: as negotiators see them."})


class Sheet(Answer):
    """A result sheet. The signature (Ed25519, in hexadecimal) is over the canonical JSON of form, asked and outcome."""

    form = Text(required=True)
    asked = fields.Dict(required=True, metadata={"description": "All that the outcome rests on."})
    outcome = fields.Dict(required=True)
    public_key = Text(required=True)
    signature = Text(required=True)
