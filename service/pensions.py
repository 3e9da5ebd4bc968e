"""Pensions: a member's question, answered under any number of terms from one state of the ledger."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from rules import explain_pension, pension
from rules.facts import Fact
from rules.years import LAST_YEAR
from schemas.pensions import PENSION_EXAMPLE, MemberPension, PensionQuery, Told, pension_of, vested_since
from service import clock, ledger
from service.asked import answered, refuse_unheld
from service.auth import allow, caller, require_member
from service.known import Known, known
from service.models import Member
from service.once import reads
from service.proposals import Named, named
from service.wire import Blueprint

blp = Blueprint("pensions", __name__, url_prefix="/v1/members", description="A member's pension, and why.")


@blp.route("/<uuid:member>/pension")
@allow("administrator", "auditor", "member")
@reads
@blp.arguments(PensionQuery, location="query")
@blp.response(200, MemberPension, example=PENSION_EXAMPLE)
def read_pension(session: Session, query: dict[str, Any], member: uuid.UUID) -> Any:
    """Answer what a member's years come to: vesting, breaks, benefit, account and retirement, year by year, and why.

    `under` asks for several terms at once: `current` and the ids of proposals. `known_at` asks what was known then.
    A plan that counts what the ledger does not hold is refused.
    """
    require_member(caller(), member)
    position = ledger.position_at(session, query.get("known_at"))
    asked = named(session, query["plan"], query["under"], position, "pension")
    what = known(session, member, position, [under for under, _ in asked])
    what = what._replace(facts=with_birth_date(session, member, what.facts))
    on = query.get("on") or clock.today()
    return {
        "member": member,
        "plan": query["plan"],
        "on": on,
        "known_at": what.position,
        "pensions": pensions(asked, what, on, query.get("a_year")),
    }


def with_birth_date(session: Session, member: uuid.UUID, facts: list[Fact]) -> list[Fact]:
    """The facts, with the day of birth that the member was enrolled with where no fact says one.

    It was written with the member and is never changed, so an answer can be asked again exactly.
    """
    born = session.get_one(Member, member).birth_date
    return facts if born is None or any(fact.kind == "born" for fact in facts) else [*facts, Fact("born", born)]


def pensions(asked: Sequence[Named], what: Known, on: date, a_year: int | None) -> list[dict[str, Any]]:
    """One pension per terms, in the order asked."""
    found = []
    for under, proposal in asked:
        refuse_unheld(under)
        one = answered(lambda under=under: told(pension.evaluate(under, what.lines, what.facts, on), what), "on")
        ahead = answered(lambda one=one: projection(one.found, what, a_year), "on")
        found.append(pension_of(one, ahead, proposal))
    return found


def told(found: pension.Found, what: Known) -> Told:
    """A pension with its reasons, and with what could not be counted because a line does not say it."""
    on_time = {line.number for line in what.lines if line.day <= found.on}
    unreckoned = {amount: [line for line in lines if line in on_time] for amount, lines in what.unreckoned.items()}
    return Told(
        found,
        [
            *explain_pension.explain(found, what.facts),
            *explain_pension.explain_unreckoned(found, unreckoned),
        ],
        [explain_pension.explain_year(found, year, what.facts) for year in found.years],
        [explain_pension.explain_route(found, route, what.facts) for route in found.retirement],
    )


def projection(found: pension.Found, what: Known, a_year: int | None) -> dict[str, Any] | None:
    """When somebody who goes on with so much a year is vested; the last complete year's amount where none is given."""
    of, year = found.terms.below("credit")[0], found.years[-1]
    if a_year is None:
        a_year = next((one.amounts[of] for one in reversed(found.years) if one.complete), None)
    if a_year is None or not found.terms.has("vesting"):
        return None
    if found.vested == pension.WHOLE:
        return {"a_year": a_year, "vested_on": vested_since(found), "years_more": 0}
    # What lies after the day asked about is what the pace stands for, and no years are counted after the last one.
    worked = [line for line in what.lines if line.day <= found.on]
    most = LAST_YEAR - year.first.year + (not year.complete)
    later = pension.at_pace(found, worked, what.facts, a_year, max(0, most))
    if later is None:
        return {"a_year": a_year, "vested_on": None, "years_more": None}
    more = later.years[-1].first.year - year.first.year + (not year.complete)
    return {"a_year": a_year, "vested_on": later.on, "years_more": more}
