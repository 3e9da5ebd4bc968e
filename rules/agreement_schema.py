"""The shape of agreements' files as JSON Schema (draft 2020-12), so that an editor can help.

It is ``docs/agreement.schema.json``, made from what :mod:`rules.agreements` reads by. The loader has the last word:
what holds between places (that a longer week counts no less, that days rise) is checked there.
"""

from collections.abc import Mapping

from rules.agreements import (
    BY,
    CALLS,
    CLASSES,
    CODE,
    HOURS,
    KINDS,
    MOST_FUNDS,
    OPTIONAL,
    RATES,
    REPORTING,
    REQUIRED,
    WORKED_DAYS,
)
from rules.jsonschema import dated, sources, value_of
from rules.jsonschema_parts import DRAFT, Json, common, map_of, object_of, ref
from rules.leaves import OTHERWISE
from rules.shape import Quantity

# What each key means, in the words of docs/agreements.md; names that a file chooses are written ``*``.
MEANINGS: Mapping[str, str] = {
    "agreement": "The code that reports give: small letters, digits, hyphens. The file has the same name.",
    "title": "What people call it.",
    "sources": "Where the numbers come from: short name to title, url and, if wished, section and note.",
    "hours": "What a line counts if it is more than the hours worked or guaranteed. May be left out.",
    "hours.minimum_call": "Hours for each day worked, of lines with the basis hourly.",
    "hours.weekly_flat": "Hours of a whole week, of lines with the basis weekly, whatever was worked, unless the line "
    "says no day was. A guarantee of more counts instead.",
    "hours.on_call": "Hours by the number of days worked, of lines with the basis on_call. All four are written.",
    "hours.on_call.day": "Hours for each day, of lines with the basis on_call and one to four days worked.",
    "hours.on_call.five_days": "Hours of a week with five days worked.",
    "hours.on_call.six_days": "Hours of a week with six days worked. No fewer than with five.",
    "hours.on_call.seven_days": "Hours of a week with seven days worked. No fewer than with six.",
    "contributions": "The funds, each with a short name, in the order in which statements show them.",
    "contributions.*": "A fund, with at least one of three rates. Several are added and rounded once, half a cent up.",
    "contributions.*.title": "What people call the fund.",
    "contributions.*.kind": "health, pension, retiree (health cover of the retired), account (individual accounts) or "
    "other.",
    "contributions.*.per_hour": "Dollars for each hour counted, up to four decimal places.",
    "contributions.*.of_scale": "Percent of the scale rate, for each hour counted, up to two decimal places.",
    "contributions.*.per_day": "Dollars for each day worked, up to four decimal places.",
    "reporting": "When money is late. Leave out what is not known: nothing is charged then.",
    "reporting.due_day": "So many days after the end of the month in which the week ends, report and money are due.",
    "reporting.interest": "Simple interest a year, by the days that the money is late, over 365.",
    "reporting.liquidated_damages": "Of the money that is late, once.",
    "open": "What is not known or not applied: name to sentence.",
    "by": "The employer's class chooses the rate.",
    "basic": "The rate of employers of the basic class.",
    "premium": "The rate of employers of the premium class.",
    "otherwise": "The rate of everybody else, and of employers whose class is not recorded.",
}


def agreement_schema() -> Json:
    """The schema of an agreement's file."""
    leaves: dict[str, Quantity] = {}
    hours: Json = {f"hours.{key}": _leaf(place, leaves) for key, place in CALLS.items()}
    table = _part({f"hours.on_call.{key}": _leaf(HOURS, leaves) for key in WORKED_DAYS}, WORKED_DAYS)
    rates: Json = {f"contributions.*.{key}": _leaf(place, leaves, by_class=True) for key, place in RATES.items()}
    named: Json = {"contributions.*.title": ref("text"), "contributions.*.kind": {"enum": list(KINDS)}}
    fund = _part(named | rates, ("title", "kind")) | {"anyOf": [{"required": [key]} for key in RATES]}
    code = f"^{CODE.pattern}$"
    parts: Json = {
        "agreement": {"type": "string", "pattern": code},
        "title": ref("text"),
        "sources": sources(),
        "hours": _part(hours | {"hours.on_call": table}),
        "contributions": map_of(code, _described("contributions.*", fund), most=MOST_FUNDS),
        "reporting": _part({f"reporting.{key}": _leaf(place, leaves) for key, place in REPORTING.items()}),
        "open": map_of("^.+$", ref("text")),
    }
    whole = _part({key: parts[key] for key in (*REQUIRED, *OPTIONAL)}, REQUIRED)
    defined: Json = {key: made for key, made in common().items() if key != "times_of_value"}
    for name, place in leaves.items():
        defined |= {f"value_{name}": value_of(place, follows=False), f"dated_{name}": dated(place, name)}
    head = {"$schema": DRAFT, "title": "A collective agreement", "description": "See docs/agreements.md."}
    return head | whole | {"$defs": defined}


def _described(path: str, made: Json) -> Json:
    return {"description": MEANINGS[path]} | made


def _part(places: Json, required: tuple[str, ...] = ()) -> Json:
    """A section of places given by path."""
    made = {path.rpartition(".")[2]: _described(path, place) for path, place in places.items()}
    return object_of(made, required, least=1)


def _leaf(place: Quantity, leaves: dict[str, Quantity], *, by_class: bool = False) -> Json:
    """A leaf in its forms: one undated value, values by day, values by the employer's class where they may be."""
    name = f"{place.unit}_{place.least}_to_{place.most}"
    leaves[name] = place
    forms = [{"title": "One value"} | ref(f"value_{name}"), ref(f"dated_{name}")]
    if not by_class:
        return {"anyOf": forms}
    keys: Json = {key: _described(key, {"anyOf": forms}) for key in (*CLASSES, OTHERWISE)}
    chosen = object_of({"by": _described("by", {"const": BY})} | keys, ("by",)) | {"minProperties": 2}
    return {"anyOf": [*forms, {"title": "Values that depend on the employer"} | chosen]}
