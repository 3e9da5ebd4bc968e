"""Relief orders that are adopted after a plan's file was written, in the form of its relief section."""

import uuid
from typing import Any

from sqlalchemy.orm import Session

from rules.document import TermsError
from schemas.amendments import (
    TAKEN_BACK_EXAMPLE,
    AdoptionQuery,
    KnownAtQuery,
    TakenBack,
    Withdrawing,
)
from schemas.relief_orders import (
    RELIEF_ADOPTION_EXAMPLE,
    RELIEF_ANSWER_EXAMPLE,
    RELIEF_EXAMPLE,
    NewReliefOrder,
    ReliefOrderAdoption,
    ReliefOrderList,
    ReliefOrderRead,
    ReliefOrdersQuery,
)
from service.amendments import adopt, listed, locked, one_known, withdraw
from service.auth import ROLES, allow
from service.ledger import position_at
from service.once import once, reads
from service.problems import conflict, error, invalid
from service.wire import Blueprint, child

NOUN = "relief-order"

blp = Blueprint(
    "relief-orders", __name__, url_prefix="/v1/relief-orders", description="Dated orders that relieve members."
)


@blp.route("", methods=["POST"])
@blp.doc(responses={404: {"description": "There is no such plan."}})
@allow("administrator")
@once
@blp.arguments(AdoptionQuery, location="query")
@blp.arguments(NewReliefOrder, example=RELIEF_EXAMPLE)
@blp.response(201, ReliefOrderAdoption, example=RELIEF_ADOPTION_EXAMPLE)
def adopt_relief_order(session: Session, query: dict[str, Any], new: dict[str, Any]) -> Any:
    """Record a relief order that has been adopted.

    It is in force at the cut-offs it names, and known from now on: an answer as of an earlier ledger position stays
    what it was. With `dry_run` nothing is stored, and the answer tells whose cover would change.
    """
    plan, name, order = new["plan"], new["name"], new["order"]
    terms, _ = locked(session, plan)
    if terms.kind != "health":
        message = f"{plan} is a {terms.kind} plan; an order relieves members of a plan of health cover."
        raise invalid([error("/plan", "other_kind", f"{message} Post an amendment of its terms instead.")])
    if name in terms.relief:
        message = f"{plan} has a relief order of this name already. Take another name."
        raise conflict("order-exists", "The relief order exists already", message, [error("/name", "taken", message)])

    def places(wrong: ValueError) -> list[dict[str, str]]:
        if not isinstance(wrong, TermsError):
            return [error("/order", "bad_order", str(wrong))]
        return [error(pointer_to(order, wrong.path.removeprefix(f"relief.{name}")), "bad_order", wrong.message)]

    made = adopt(session, plan, "relief", name, order, new["reason"], query["dry_run"], places)
    return {**made, "order": order}, {"Location": f"/v1/relief-orders/{made['id']}"}


@blp.route("")
@allow(*ROLES)
@reads
@blp.arguments(ReliefOrdersQuery, location="query")
@blp.response(200, ReliefOrderList, example={"known_at": 841, "items": [RELIEF_ANSWER_EXAMPLE], "next": None})
def list_relief_orders(session: Session, query: dict[str, Any]) -> Any:
    """List the relief orders that were adopted after the plans' files were written, withdrawn ones too.

    Those of a plan's file stand in `GET /v1/plans/{plan}`, together with these.
    """
    return listed(session, query, "relief", query.get("plan"), shown)


@blp.route("/<uuid:order>")
@allow(*ROLES)
@reads
@blp.arguments(KnownAtQuery, location="query")
@blp.response(200, ReliefOrderRead, example={**RELIEF_ANSWER_EXAMPLE, "known_at": 841})
def read_relief_order(session: Session, query: dict[str, Any], order: uuid.UUID) -> Any:
    """Read a relief order."""
    position = position_at(session, query.get("known_at"))
    return {**shown(one_known(session, "relief", order, position, NOUN)), "known_at": position}


@blp.route("/<uuid:order>/withdrawal", methods=["POST"])
@allow("administrator")
@once
@blp.arguments(AdoptionQuery, location="query")
@blp.arguments(Withdrawing, example={"reason": TAKEN_BACK_EXAMPLE["reason"]})
@blp.response(201, TakenBack, example=TAKEN_BACK_EXAMPLE)
def withdraw_relief_order(session: Session, query: dict[str, Any], new: dict[str, Any], order: uuid.UUID) -> Any:
    """Take a relief order back.

    It stays readable, and answers as of an earlier ledger position still rest on it. With `dry_run` nothing is stored.
    """
    made = withdraw(session, "relief", order, new["reason"], query["dry_run"], NOUN)
    return made, {"Location": f"/v1/relief-orders/{order}"}


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """A relief order as answers show it."""
    return {**found, "order": found["text"]}


def pointer_to(order: dict[str, Any], path: str) -> str:
    """Where in the request a path of the order stands: as far down as there is something of that name."""
    pointer, value, rest = "/order", order, path.lstrip(".")
    while rest and isinstance(value, dict):
        name = next((name for name in value if rest == name or rest.startswith(f"{name}.")), None)
        if name is None:
            break
        pointer, value, rest = child(pointer, name), value[name], rest[len(name) + 1 :]
    return pointer
