"""``hourbank coverage``: a member's question, through the same view as ``GET /v1/members/{member}/coverage``."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import click

from schemas.members import LONGEST_NUMBER
from service import local
from service.refusals import refusal


@click.command()
@click.argument("member")
@click.option("--plan", required=True, metavar="PLAN", help="The plan, such as mpi-health.")
@click.option("--on", required=True, metavar="DATE", help="The day asked about, YYYY-MM-DD.")
@click.option("--under", multiple=True, metavar="TERMS", help="current, or a proposal's id. May be repeated.")
@click.option("--known-at", metavar="WHEN", help="What was known then: a ledger position or an instant with its zone.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON document.")
def coverage(member: str, *, plan: str, on: str, under: tuple[str, ...], known_at: str | None, as_json: bool) -> None:
    """Say whether MEMBER (a number or a UUID) is covered on a day, why, until when, and what comes next."""
    query: dict[str, Any] = {"plan": plan, "on": on, "under": list(under) or ["current"]}
    if known_at is not None:
        query["known_at"] = known_at
    path = f"/v1/members/{member_id(member, as_json)}/coverage"
    answer = local.ask("GET", path, as_json, query_string=query)
    click.echo(json.dumps(answer) if as_json else "\n".join(told(member, answer)))


def member_id(member: str, as_json: bool = False) -> str:
    """The id of a member given by number or by id; a refusal if there is none. A number goes before an id like it."""
    try:
        given = uuid.UUID(member)
    except ValueError:
        given = None
    if given and len(member) > LONGEST_NUMBER:
        return str(given)
    found = local.ask("GET", "/v1/members", as_json, query_string={"number": member})["items"]
    if not found and not given:
        detail = f"There is no member with the number {member}."
        raise refusal(404, "unknown-member", "Unknown member", detail, as_json)
    return str(found[0]["id"] if found else given)


def told(member: str, answer: dict[str, Any]) -> Iterator[str]:
    """An answer as a person reads it."""
    for found in answer["determinations"]:
        state = f"covered from {found['from']} until {found['until']}" if found["covered"] else "not covered"
        yield f"{member} on {answer['on']} under {found['terms']['name']}: {state} (route: {found['route']})"
        for reason in found["reasons"]:
            yield f"  - {reason['text']}"
            section = f", {reason['cite']['section']}" if reason["cite"]["section"] else ""
            yield f"    [{reason['status']}] {reason['rule']}: {reason['cite']['title']}{section}"
    yield f"Answered from ledger position {answer['known_at']}."
