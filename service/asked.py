"""What every question about a member has in common: days in its query, and how it is refused where it has no answer."""

from datetime import date
from typing import Any

from rules import terms, units
from service.held import unheld
from service.problems import Problem, error, invalid


def refuse_unheld(plan: terms.Terms) -> None:
    """Raise the 422 problem for a plan that counts what the ledger does not hold: its answer would be wrong."""
    why = unheld(plan)
    if why:
        raise Problem(422, "not-in-the-ledger", "The ledger does not hold what this plan counts", f"{why}.")


def answered(question: Any, name: str) -> Any:
    """The answer to a question; a 422 problem where the plan's calendar or terms say nothing."""
    try:
        return question()
    except LookupError as silent:
        raise invalid([error(f"/query/{name}", "no_terms", str(silent))]) from None
    except ValueError as outside:
        raise Problem(422, "outside-calendar", "Hours outside the calendar", str(outside)) from None


def day_of(text: str, name: str) -> date:
    """The day that a query writes, or the first day of the month that it writes."""
    try:
        return units.first_day(units.month_number(text)) if len(text) == 7 else units.day(text)
    except ValueError:
        message = f"{text!r} is neither a day (2021-07-31) nor a month (2021-07)."
        raise invalid([error(f"/query/{name}", "bad_date", message)]) from None
