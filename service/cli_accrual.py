"""``hourbank accrual``: the standing rule that raises a pension's rates, as a proposal. It needs no database."""

import json

import click

from rules import standing_rule, units
from rules.standing_rule import Certified, StandingRule
from service.cli_terms import invalid, loaded_terms
from service.refusals import refusal


@click.command()
@click.argument("plan")
@click.option("--year", required=True, type=click.IntRange(1990, 2069), help="The year of the evaluation.")
@click.option("--active-months", required=True, metavar="MONTHS", help="Reserves of the active health fund.")
@click.option("--retired-months", required=True, metavar="MONTHS", help="Reserves of the retired employees' fund.")
@click.option("--zone", required=True, metavar="ZONE", help="What the pension plan is certified as, such as green.")
@click.option("--json", "as_json", is_flag=True, help="Print the proposal as POST /v1/proposals takes it.")
def accrual(plan: str, *, year: int, active_months: str, retired_months: str, zone: str, as_json: bool) -> None:
    """Print the proposal by which PLAN's rates rise, if reserves and zone allow it.

    In 2024 and every three years after it, rates rise by ten percent on 1 January, back to 1 January three years
    before, if both health funds hold eight months of reserves and the pension plan is certified green. Exit status 1
    with what is missing where they do not rise. PLAN is the name of a pension plan, or the path of its file.
    """
    terms, rule = loaded_terms(plan, as_json), StandingRule()
    try:
        certified = Certified(units.hundredths(active_months), units.hundredths(retired_months), zone)
    except ValueError as wrong:
        raise invalid(str(wrong), as_json) from None
    reasons = standing_rule.missing(rule, year, certified)
    if reasons:
        raise refusal(422, "no-rise", "The rates do not rise", " ".join(reasons), as_json)
    try:
        told = standing_rule.proposal(terms, rule, year, certified)
    except ValueError as wrong:
        raise invalid(str(wrong), as_json) from None
    click.echo(json.dumps(told) if as_json else standing_rule.file_of(told), nl=as_json)
