"""Plans: the terms in force, as dated and cited values."""

from typing import Any

from sqlalchemy.orm import Session

from rules import terms as rules
from schemas.plans import (
    NAME_EXAMPLE,
    PLAN_EXAMPLE,
    PLAN_TERMS_EXAMPLE,
    Plan,
    PlanList,
    PlanTerms,
    TermsQuery,
    name_of,
    values_of,
)
from service import clock
from service.auth import ROLES, allow
from service.once import reads
from service.proposals import plan_named
from service.wire import Blueprint

blp = Blueprint("plans", __name__, url_prefix="/v1/plans", description="Plans and their terms.")


@blp.route("")
@allow(*ROLES)
@reads
@blp.response(200, PlanList, example={"items": [NAME_EXAMPLE], "next": None})
def list_plans(session: Session) -> Any:
    """List the plans."""
    return {"items": [name_of(rules.plan(name)) for name in rules.names()], "next": None}


@blp.route("/<plan>")
@allow(*ROLES)
@reads
@blp.response(200, Plan, example=PLAN_EXAMPLE)
def read_plan(session: Session, plan: str) -> Any:
    """Read a plan: every value of every term with its dates and sources, and what is not known."""
    terms = plan_named(plan)
    return {
        **name_of(terms),
        "levers": terms.levers,
        "open": terms.open,
        "relief": {name: {**order._asdict(), "cite": order.cite._asdict()} for name, order in terms.relief.items()},
        "terms": {path: values_of(leaf) for path, leaf in terms.leaves.items()},
    }


@blp.route("/<plan>/terms")
@allow(*ROLES)
@reads
@blp.arguments(TermsQuery, location="query")
@blp.response(200, PlanTerms, example=PLAN_TERMS_EXAMPLE)
def read_terms(session: Session, query: dict[str, Any], plan: str) -> Any:
    """Read the value of each term that is in force on a day."""
    terms, on = plan_named(plan), query.get("on") or clock.today()
    in_force = {}
    for path, leaf in terms.leaves.items():
        if leaf.shape.keyed == "from":
            known = [value for value in values_of(leaf) if value["since"] <= on]
            if known:
                in_force[path] = known[-1]
    return {**name_of(terms), "on": on, "terms": in_force}
