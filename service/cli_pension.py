"""``hourbank pension``: a member's question, through the same view as ``GET /v1/members/{member}/pension``."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from service import local
from service.cli_coverage import member_id

WORDS = {True: "yes", False: "no"}


@click.command()
@click.argument("member")
@click.option("--plan", required=True, metavar="PLAN", help="The plan, such as mpi-pension.")
@click.option("--on", required=True, metavar="DATE", help="The day asked about, YYYY-MM-DD.")
@click.option("--under", multiple=True, metavar="TERMS", help="current, or a proposal's id. May be repeated.")
@click.option("--known-at", metavar="WHEN", help="What was known then: a ledger position or an instant with its zone.")
@click.option("--a-year", metavar="HOURS", help="The pace that is looked ahead at; that of the last complete year.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON document.")
def pension(
    member: str,
    *,
    plan: str,
    on: str,
    under: tuple[str, ...],
    known_at: str | None,
    a_year: str | None,
    as_json: bool,
) -> None:
    """Say which of the years of MEMBER (a number or a UUID) count, what is vested and accrued on a day, and why."""
    query: dict[str, Any] = {"plan": plan, "on": on, "under": list(under) or ["current"]}
    query |= {name: value for name, value in (("known_at", known_at), ("a_year", a_year)) if value is not None}
    path = f"/v1/members/{member_id(member, as_json)}/pension"
    answer = local.ask("GET", path, as_json, query_string=query)
    click.echo(json.dumps(answer) if as_json else "\n".join(told(member, answer)))


def told(member: str, answer: Mapping[str, Any]) -> Iterator[str]:
    """An answer as a person reads it: for each terms a table of the years, and what is said of all of them."""
    for found in answer["pensions"]:
        since = f" in full since {found['vested_since']}" if found["vested_since"] else ""
        share = found["vested"]
        vested = "no vesting in the file" if share is None else f"{share.removesuffix('.00')} percent vested"
        vested = f"vested{since}" if since else vested
        yield f"{member} on {answer['on']} under {found['terms']['name']}: {vested}"
        yield from (f"  {line}" for line in table(found))
        yield from sentences(found["reasons"])
        yield from ahead(found["projection"])
        for route in found["retirement"]:
            yield f"  {route['title']}: {'it may begin' if route['eligible'] else 'it may not begin yet'}"
            yield from sentences(route["reasons"])
        yield "  Year by year:"
        for year in found["years"]:
            yield from (f"  - {reason['text']}" for reason in year["reasons"])
    yield f"Answered from ledger position {answer['known_at']}."


def sentences(reasons: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Reasons with the term each rests on and its source."""
    for reason in reasons:
        yield f"  - {reason['text']}"
        section = f", {reason['cite']['section']}" if reason["cite"]["section"] else ""
        yield f"    [{reason['status']}] {reason['rule']}: {reason['cite']['title']}{section}"


def ahead(projection: Mapping[str, Any] | None) -> Iterator[str]:
    """When somebody who goes on at a pace is vested, where that is still to come."""
    if projection is None or projection["years_more"] == 0:
        return
    pace, more = f"With {projection['a_year']} a year", projection["years_more"]
    if more is None:
        yield f"  {pace} no year vests in full."
    else:
        years = "1 year" if more == 1 else f"{more} years"
        yield f"  {pace} you are vested in full on {projection['vested_on']}: {years}."


def table(found: Mapping[str, Any]) -> list[str]:
    """The years as a table; whether one counts stands there as a word."""
    years: Sequence[Mapping[str, Any]] = found["years"]
    measures, services = list(years[0]["amounts"]), list(years[0]["credited"])
    more = [name for name in ("vested", "benefit", "account") if years[0][name] is not None]
    rows = [["year", *measures, *services, "qualified", "break", *more]]
    for year in years:
        rows.append(
            [
                label(year),
                *year["amounts"].values(),
                *year["credited"].values(),
                WORDS[year["qualified"]],
                "spared" if year["spared"] else "lost all" if year["lost"] else WORDS[year["break"]],
                *(year[name] for name in more),
            ]
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in pairs).rstrip()
        for pairs in (enumerate(zip(row, widths, strict=True)) for row in rows)
    ]


def label(year: Mapping[str, Any]) -> str:
    """A year as people call it, with a word where it is not over."""
    first, last = year["from"][:4], year["until"][:4]
    name = first if first == last else f"{first}-{last[2:]}"
    return name if year["complete"] else f"{name} so far"
