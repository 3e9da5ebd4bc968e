"""What a scenario asks, made complete: plain data that says everything its answer rests on.

Proposals and adopted terms are written out, so that nothing that is changed or deleted later changes the question; a
snapshot is named by its hash, and the rules by their version.
"""

import datetime
import json
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from rules import engine, finance, units
from rules import terms as rules
from rules.document import TermsError
from rules.groups import NAMES
from schemas.assumptions import Assume, cap_of
from schemas.scenarios import MOST_POINTS, Axis, Finance, SideRequest, UnionRequest
from schemas.scenarios import GrandfatherRequest as Grandfathered
from service import in_force, models
from service.asked import refuse_unheld
from service.parsing import assumptions_of, cents, rates_of
from service.problems import Problem, error, invalid, unknown
from service.simulation import current, proposed
from service.suppression import MOST_RATES
from service.wire import child, located

FORM = "hourbank-scenario-1"
CURRENT = "current"
MOST_COST_CENTS = 100_000_000  # so that no sum over any membership and span is too large to be counted
NOTHING: Mapping[str, Any] = {"changes": {}, "relief": {}, "without_relief": []}


def resolved(session: Session, new: Mapping[str, Any], snapshot: models.Snapshot) -> dict[str, Any]:
    """The inputs of a scenario; a 422 problem naming what cannot be, the not-found one for a plan or a proposal."""
    if new["plan"] not in rules.every_name():
        raise unknown("plan")
    held = in_force.of_snapshot(session, snapshot, new["plan"])
    base = in_force.merged(new["plan"], held)
    if base.kind != "health":
        message = f"{new['plan']} is a {base.kind} plan; scenarios are about health plans. Ask hourbank years about it."
        raise invalid([error("/plan", "other_kind", message)], message)
    refuse_unheld(base)
    inputs: dict[str, Any] = {
        "form": FORM,
        "engine": engine.version(),
        "snapshot": snapshot.hash,
        "plan": new["plan"],
        "terms": base.version,
        "amendments": [{"kind": one.kind, "name": one.name, "text": one.text} for one in held],
        "under": [side(session, one, place, new["plan"]) for place, one in enumerate(new["under"])],
        "from": units.month_text(units.month_of(new["from_"])),
        "to": units.month_text(units.month_of(new["to"])),
        "group_by": [group(one, place) for place, one in enumerate(new["group_by"])],
        "near_bands": [units.written(band) for band in new["near_bands"]],
        "sweep": axes(new["sweep"]),
        "assume": assumed(new["assume"]),
        "finance": Finance().dump(new["finance"]) if new["finance"] else None,
        "uncertainty": new["uncertainty"],
    }
    written: dict[str, Any] = plain(inputs)
    check(written)
    return written


def plain(value: Any) -> Any:
    """A value as JSON would have it: dates and ids as text."""
    return json.loads(json.dumps(value, default=str))


def loaded(schema: Any, value: Any, pointer: str) -> dict[str, Any]:
    """An object read by a schema; a 422 problem with the place of what is wrong."""
    try:
        found: dict[str, Any] = schema.load(value)
    except ValidationError as wrong:
        raise invalid(list(located(wrong.messages, schema, pointer))) from None
    return found


def side(session: Session, one: Any, place: int, plan: str) -> dict[str, Any]:
    """One of the terms compared, written out."""
    pointer = f"/under/{place}"
    if isinstance(one, str):
        one = {"name": CURRENT} if one == CURRENT else {"name": "", "proposal": one}
    elif not isinstance(one, dict):
        message = "Write current, the id of a proposal, or an object with a name and changes."
        raise invalid([error(pointer, "bad_under", message)])
    named = one.get("name")
    found = loaded(SideRequest(), {**one, "name": named or "proposal"}, pointer)
    changes = dict(found["changes"])
    if "proposal" in found:
        row = session.get(models.Proposal, found["proposal"])
        if row is None:
            raise unknown("proposal")
        if row.plan != plan:
            message = f"The proposal {row.id} is about {row.plan}, not about {plan}."
            raise invalid([error(pointer, "other_plan", message)])
        named, changes = named or row.title, {**row.changes, **changes}
    return {
        "name": named or found["name"],
        "changes": changes,
        "relief": found["relief"],
        "without_relief": found["without_relief"],
        "rates": {path: {str(day): rate for day, rate in dated.items()} for path, dated in found["rates"].items()},
        "grandfather": Grandfathered().dump(found["grandfather"]) if found["grandfather"] else None,
    }


def group(one: Any, place: int) -> Any:
    """A kind of group, or a union that somebody defines."""
    if isinstance(one, str):
        if one not in NAMES:
            message = f"Members are grouped by {', '.join(NAMES)}, or by a union of these."
            raise invalid([error(f"/group_by/{place}", "no_such_group", message)])
        return one
    found = loaded(UnionRequest(), one, f"/group_by/{place}")
    return {"name": found["name"], "of": found["of"], "groups": found["groups"]}


def axes(said: Any) -> list[dict[str, Any]]:
    """The axes of a sweep."""
    given = [] if said is None else said if isinstance(said, list) else [said]
    if len(given) > 2:
        raise invalid([error("/sweep", "too_many", "A sweep is over one or two terms.")])
    found = [
        loaded(Axis(), one, f"/sweep/{place}" if isinstance(said, list) else "/sweep")
        for place, one in enumerate(given)
    ]
    points = 1
    for axis in found:
        points *= len(axis["values"])
    if found and not 1 <= points <= MOST_POINTS:
        raise invalid(
            [error("/sweep", "bad_count", f"A sweep has one to {MOST_POINTS:,} points; this has {points:,}.")]
        )
    return [{"path": axis["path"], "from": str(axis["from_"]), "values": axis["values"]} for axis in found]


def assumed(said: Mapping[str, Any]) -> dict[str, Any]:
    """Assumptions in their long form."""
    made = dict(said)
    if stoppage := made.pop("stoppage", None):
        made["stoppages"] = [stoppage, *said.get("stoppages", [])]
    if (factor := made.pop("hours_factor", None)) is not None:
        made["factors"] = [{"factor": factor, "since": None, "where": {}}, *said.get("factors", [])]
    for name in ("daily_cap", "weekly_cap"):
        if said.get(name) is not None:
            try:
                made[name] = cap_of(said[name])
            except ValidationError as wrong:
                raise invalid(list(located(wrong.messages, Assume(), child("/assume", name)))) from None
    written: dict[str, Any] = Assume().dump(made)
    return {name: value for name, value in written.items() if value}


def check(inputs: Mapping[str, Any]) -> None:
    """A 422 problem where terms, rates, assumptions or what closes a gap cannot be."""
    errors = list(faults(inputs))
    if errors:
        raise invalid(errors)


def faults(inputs: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What of a scenario's inputs cannot be, with its place."""
    base = current(inputs)
    first, last = units.month_number(inputs["from"]), units.month_number(inputs["to"])
    for place, one in enumerate(inputs["under"]):
        pointer = f"/under/{place}"
        yield from faults_of_change(base, one, pointer)
        for path, dated in one["rates"].items():
            yield from faults_of_rates(path, dated, child(f"{pointer}/rates", path))
        if one["grandfather"] and units.day(one["grandfather"]["covered_on"]) > units.last_day(last):
            message = f"The span ends on {units.last_day(last)}, before that day."
            yield error(f"{pointer}/grandfather/covered_on", "after_the_span", message)
    for place, axis in enumerate(inputs["sweep"]):
        for number, value in enumerate(axis["values"]):
            changes = {axis["path"]: {axis["from"]: value}}
            yield from faults_of_change(
                base, {**NOTHING, "name": value, "changes": changes}, f"/sweep/{place}/values/{number}"
            )
    if len({axis["path"] for axis in inputs["sweep"]}) < len(inputs["sweep"]):
        yield error("/sweep/1/path", "twice", "Sweep over two terms, or over one.")
    names = [one if isinstance(one, str) else one["name"] for one in inputs["group_by"]]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield error(f"/group_by/{place}", "twice", f"There are groups named {name} before.")
    try:
        assumptions_of(inputs["assume"])
    except ValueError as wrong:
        yield error("/assume", "bad_assumption", str(wrong))
    if inputs["finance"]:
        yield from faults_of_finance(inputs["finance"], units.first_day(first), len(inputs["sweep"]))


def faults_of_finance(said: Mapping[str, Any], first: datetime.date, axes: int) -> Iterator[dict[str, str]]:
    """What is missing of what a fund costs and holds on the first day, and of what is to close a gap."""
    for name in ("cost_per_covered", "residual_income", "reserve"):
        one = said.get(name)
        if one and not any(units.day(day) <= first for day in one["values"]):
            yield error(f"/finance/{name}/values", "required", f"Say what it is on {first}.")
    if max((cents(value) for value in said["cost_per_covered"]["values"].values()), default=0) > MOST_COST_CENTS:
        yield error("/finance/cost_per_covered/values", "too_large", "At most 1,000,000 dollars a month and member.")
    closing = said.get("close")
    if not closing:
        return
    if closing["by"] == "sweep" and axes != 1:
        yield error("/finance/close/by", "no_sweep", "To close a gap by a term, sweep over that term.")
    if closing["by"] == "rate" and not all(closing.get(name) for name in ("rate", "from", "values")):
        message = "Name the rate, the day from which it is paid, and the values to try."
        yield error("/finance/close", "required", message)
    elif closing["by"] == "rate":
        for place, value in enumerate(closing["values"]):
            yield from faults_of_rates(
                closing["rate"], {closing["from"]: value}, f"/finance/close/values/{place}", "/finance/close/rate"
            )


def faults_of_rates(
    path: str, dated: Mapping[str, str], pointer: str, of_path: str | None = None
) -> Iterator[dict[str, str]]:
    """What of a proposed rate cannot be: the fund that it is paid to, or how much it is."""
    try:
        rates = rates_of({path: dated})
        finance.check_rates(rates)
    except finance.RateError as wrong:
        yield error(of_path or pointer, "no_such_rate", str(wrong))
    except ValueError as wrong:
        yield error(pointer, "bad_rate", str(wrong))
    else:
        most, words = MOST_RATES[path.rpartition(".")[2]]
        if max(rates[path].values(), default=0) > most:
            yield error(pointer, "bad_rate", f"At most {words}.")


def faults_of_change(base: rules.Terms, one: Mapping[str, Any], pointer: str) -> Iterator[dict[str, str]]:
    """What of one side's changes or relief the plan cannot take."""
    try:
        proposed(base, one)
    except rules.ChangeError as wrong:
        place = child(f"{pointer}/changes", wrong.path) if "/sweep" not in pointer else pointer
        if wrong.date is not None and "/sweep" not in pointer:
            place = child(place, wrong.date)
        yield error(place, "bad_change", wrong.message)
    except LookupError as wrong:
        yield error(f"{pointer}/without_relief", "no_order", str(wrong.args[0]))
    except TermsError as wrong:
        yield error(f"{pointer}/relief", "bad_order", str(wrong))
    except Problem as wrong:
        yield error(pointer, "unfit", str(wrong))
