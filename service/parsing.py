"""What a scenario's inputs say of the work and of money, as the rules take it: dates, hundredths and cents."""

import datetime
from collections.abc import Mapping
from typing import Any

from rules import units
from rules.assume import Assumptions, Cap, Continued, Factor, Move, Stoppage, Where
from rules.finance import Dated, Given


def assumptions_of(said: Mapping[str, Any]) -> Assumptions:
    """The assumptions that inputs write; nothing: none."""
    if not said:
        return Assumptions()
    continued = said.get("continued")
    return Assumptions(
        Continued(*(units.day(continued[name]) for name in ("from", "to", "until")), _since(continued))
        if continued
        else None,
        tuple(Stoppage(units.day(one["from"]), units.day(one["to"]), _where(one)) for one in said.get("stoppages", ())),
        tuple(Factor(units.hundredths(one["factor"]), _since(one), _where(one)) for one in said.get("factors", ())),
        *(
            Cap(units.hundredths(said[name]["hours"]), _since(said[name])) if said.get(name) else None
            for name in ("daily_cap", "weekly_cap")
        ),
        tuple(
            Move(units.hundredths(one["share"]), one["to"], one["counts"], _since(one), _where(one))
            for one in said.get("moves", ())
        ),
    )


def _where(one: Mapping[str, Any]) -> Where:
    return {name: tuple(words) for name, words in (one.get("where") or {}).items()}


def _since(one: Mapping[str, Any]) -> datetime.date | None:
    return units.day(one["since"]) if one.get("since") else None


def cents(text: str) -> int:
    """Whole cents of money that was written with two places, however much it is; below zero too."""
    return int(text.replace(".", ""))


def rates_of(said: Mapping[str, Any]) -> dict[str, dict[datetime.date, int]]:
    """Proposed rates: dollars with up to four places an hour or day, or a percentage of scale, from days on."""
    return {
        path: {
            units.day(day): units.hundredths(value) if path.endswith(".of_scale") else units.ten_thousandths(value)
            for day, value in dated.items()
        }
        for path, dated in said.items()
    }


def given_of(said: Mapping[str, Any]) -> Given:
    """What is given about a fund."""

    def dated(one: Mapping[str, Any]) -> Dated:
        return Dated({units.day(day): cents(value) for day, value in one["values"].items()}, one["source"])

    others = (dated(said[name]) if said.get(name) else None for name in ("residual_income", "reserve"))
    return Given(dated(said["cost_per_covered"]), *others, units.hundredths(said["floor_months"]))
