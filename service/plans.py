"""Plans: the terms in force, as dated and cited values, in plain language, and what changes in them."""

from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from rules import booklet, differences
from rules.leaves import UNDATED
from schemas.plans import (
    BOOKLET_EXAMPLE,
    BOOKLET_HTML_EXAMPLE,
    BOOKLET_MARKDOWN_EXAMPLE,
    DIFF_EXAMPLE,
    FORMATS,
    NAME_EXAMPLE,
    PLAN_EXAMPLE,
    PLAN_TERMS_EXAMPLE,
    Booklet,
    BookletQuery,
    Diff,
    DiffQuery,
    Plan,
    PlanList,
    PlansQuery,
    PlanTerms,
    TermsQuery,
    booklet_of,
    difference_of,
    name_of,
    values_of,
)
from service import booklets, clock, in_force
from service.auth import ROLES, allow
from service.ledger import position_at
from service.once import reads
from service.problems import error, invalid
from service.proposals import named, plan_named
from service.wire import Blueprint

blp = Blueprint("plans", __name__, url_prefix="/v1/plans", description="Plans and their terms.")

TEXT = {"type": "string"}
MEDIA_TYPES = dict(zip(("application/json", "text/html", "text/markdown"), FORMATS, strict=True))


@blp.route("")
@allow(*ROLES)
@reads
@blp.arguments(PlansQuery, location="query")
@blp.response(200, PlanList, example={"known_at": 815, "items": [NAME_EXAMPLE], "next": None})
def list_plans(session: Session, query: dict[str, Any]) -> Any:
    """List the plans."""
    position = position_at(session, query.get("known_at"))
    found = [name_of(terms) for terms in in_force.all_current(session, position)]
    return {"known_at": position, "items": found, "next": None}


@blp.route("/<plan>")
@allow(*ROLES)
@reads
@blp.arguments(PlansQuery, location="query")
@blp.response(200, Plan, example=PLAN_EXAMPLE)
def read_plan(session: Session, query: dict[str, Any], plan: str) -> Any:
    """Read a plan: every value of every term with its dates and sources, and what is not known."""
    position = position_at(session, query.get("known_at"))
    terms = plan_named(session, plan, position)
    return {
        **name_of(terms),
        "known_at": position,
        "levers": terms.levers,
        "open": terms.open,
        "relief": {name: {**order._asdict(), "cite": order.cite._asdict()} for name, order in terms.relief.items()},
        "terms": {path: values_of(terms, leaf) for path, leaf in terms.leaves.items()},
    }


@blp.route("/<plan>/terms")
@allow(*ROLES)
@reads
@blp.arguments(TermsQuery, location="query")
@blp.response(200, PlanTerms, example=PLAN_TERMS_EXAMPLE)
def read_terms(session: Session, query: dict[str, Any], plan: str) -> Any:
    """Read the value of each term that is in force on a day."""
    position, on = position_at(session, query.get("known_at")), query.get("on") or clock.today()
    terms = plan_named(session, plan, position)
    found = {}
    for path, leaf in terms.leaves.items():
        if leaf.shape.keyed == "from":
            known = [value for value in values_of(terms, leaf) if (value["since"] or UNDATED) <= on]
            if known:
                found[path] = known[-1]
    return {**name_of(terms), "known_at": position, "on": on, "terms": found}


@blp.route("/<plan>/booklet")
@allow(*ROLES)
@reads
@blp.arguments(BookletQuery, location="query")
@blp.alt_response(200, schema=TEXT, content_type="text/markdown", example=BOOKLET_MARKDOWN_EXAMPLE)
@blp.alt_response(200, schema=TEXT, content_type="text/html", example=BOOKLET_HTML_EXAMPLE)
@blp.response(200, Booklet, example=BOOKLET_EXAMPLE)
def read_booklet(session: Session, query: dict[str, Any], plan: str) -> Any:
    """Read a plan in plain language: sections of sentences with their sources, as data, a page or Markdown."""
    position = position_at(session, query.get("known_at"))
    terms = plan_named(session, plan, position)
    told = booklet.booklet(terms, query.get("on"))
    accepted = request.accept_mimetypes.best_match(MEDIA_TYPES, default="application/json")
    form, headers = query.get("format") or MEDIA_TYPES[accepted], {"Vary": "Accept"}
    if form == "html":
        headers["Content-Security-Policy"] = booklets.POLICY
        return Response(booklets.page(told), headers=headers, mimetype="text/html")
    if form == "markdown":
        return Response(booklet.markdown(told), headers=headers, mimetype="text/markdown")
    return {**name_of(terms), "known_at": position, **booklet_of(told)}, headers


@blp.route("/<plan>/diff")
@allow(*ROLES)
@reads
@blp.arguments(DiffQuery, location="query")
@blp.response(200, Diff, example=DIFF_EXAMPLE)
def diff_plan(session: Session, query: dict[str, Any], plan: str) -> Any:
    """Tell what changes in a plan's terms between two days, or under a proposal: one record for each change."""
    position = position_at(session, query.get("known_at"))
    current = plan_named(session, plan, position)
    first, last, under = (query.get(name) for name in ("first", "last", "under"))
    if under is None:
        changes = differences.between_days(current, *two_days(query))
    elif first is not None or last is not None:
        message = "Ask either between two days or under a proposal."
        raise invalid([error("/query/under", "one_or_the_other", message)])
    else:
        changes = differences.between(current, named(session, plan, [str(under)], position)[0].terms)
    told = {"known_at": position, "first": first, "last": last, "under": under}
    return {**name_of(current), **told, "changes": [difference_of(change) for change in changes]}


def two_days(query: dict[str, Any]) -> tuple[Any, Any]:
    """The days between which changes are asked for; a 422 problem if one is missing or they stand the other way."""
    missing = [name for name, key in (("from", "first"), ("to", "last")) if key not in query]
    if missing:
        message = "Name two days, from and to, or the proposal under which to look."
        raise invalid([error(f"/query/{name}", "required", message) for name in missing])
    if query["last"] < query["first"]:
        raise invalid([error("/query/to", "out_of_order", "This day lies before the one in from. Exchange them.")])
    return query["first"], query["last"]
