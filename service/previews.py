"""Previews: what a report or a correction would do, above all whose cover it would change. Nothing is stored."""

from typing import Any

from flask import g, request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from schemas.corrections import PREVIEW_EXAMPLE, Preview, PreviewedCorrection
from schemas.remittances import NewRemittanceQuery
from service.auth import allow, caller
from service.corrections import corrected
from service.once import once
from service.problems import invalid
from service.receipts import post_reports
from service.remittances import BODY, received
from service.wire import Blueprint, located, strict_json, whole_body

CORRECTION = PreviewedCorrection()

blp = Blueprint("previews", __name__, url_prefix="/v1/remittances", description="What a report would change.")


@blp.route("/preview", methods=["POST"])
@blp.doc(requestBody=BODY, responses={404: {"description": "There is no such employer, or no such report."}})
@allow("administrator", "employer")
@once
@blp.arguments(NewRemittanceQuery, location="query")
@blp.response(200, Preview, example=PREVIEW_EXAMPLE)
def preview_remittance(session: Session, query: dict[str, Any]) -> Any:
    """Preview a report or a correction.

    The body is a report in any form that `POST /v1/remittances` takes, or a correction as JSON that also names its
    `remittance`. The answer is the receipt that posting it now would give: for each member whose cover would change,
    what and why. Nothing is stored.
    """
    g.rollback = True
    body = strict_json(whole_body().read()) if request.mimetype == "application/json" else None
    if isinstance(body, dict) and "remittance" in body:
        try:
            sent = CORRECTION.load(body)
        except ValidationError as failure:
            raise invalid(list(located(failure.messages, CORRECTION, ""))) from None
        return {**corrected(session, sent, sent["remittance"]), "dry_run": True}
    reports, members = received(session, query)
    return {**post_reports(session, caller().id, reports, members), "dry_run": True}
