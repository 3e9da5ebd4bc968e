"""The shape of terms files as JSON Schema (draft 2020-12), so that an editor can help.

It is made from :mod:`rules.shape` and :mod:`rules.shape_pension`, so it cannot say anything else. The strict loader has
the last word: what holds between places (a lever that names nothing, a bank's two families) is checked there. Scalars
that YAML gives a type of their own (400, true) are taken in both forms, as a number or a boolean and as text.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rules import (
    calendar,
    floors,
    floors_pension,
    jsonschema_examples,
    meanings,
    meanings_pension,
    shape,
    shape_pension,
)
from rules.jsonschema_parts import DAY, DRAFT, FINE, NUMBER, SCALAR, Json, common, map_of, object_of, ref
from rules.leaves import FINEST

NAME = "^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"
WHOLE = "^[0-9]{1,9}$"
KEY = "^(?!(by|value|cite|unit)$)[^.]+$"  # a value of a member's attribute
APART = (("windows", "up_to_windows", "periods"), ("price", "flat"))  # keys of which a section has one at most
REFUSED = {  # numbers within the bounds of their places that are refused all the same
    "credit.*.divide_by": (0,),
    "credit.*.standard_rate": (0,),
    "coverage.aligned_to": (5, 7, 8, 9, 10, 11),
    "service.*.routes.*.steps.*.per": (0,),
    "vesting.steps.*.gives": (0,),
}
SHARED: Mapping[str, shape.Shape] = {"routes": shape.ROUTES, **shape.TESTS}  # places that stand in several sections


class Found(NamedTuple):
    """What is noted while a shape is gone through: its leaves by name, to be written once. ``keys`` say what each key
    means."""

    keys: Mapping[str, str]
    leaves: dict[str, shape.Leafy]


def terms_schema() -> Json:
    """The schema of a health plan's terms file: ``docs/terms.schema.json``."""
    found = Found(meanings.KEYS, {})
    plan = _plan(shape.PLAN, found, floors.FLOORS)
    properties = plan["properties"]
    properties["calendar"]["properties"]["cutoffs"] |= {"enum": calendar.names()}
    properties["qualify"]["oneOf"] = [
        {"required": ["any"], "maxProperties": 1},
        {"required": ["initial", "continuing"], "not": {"required": ["any"]}},
    ]
    shared: Json = {name: _made(place, name, found) for name, place in SHARED.items()}
    head = {"$schema": DRAFT, "title": "A plan's terms file"}
    told = {"description": "Every section and key is explained in docs/terms.md."}
    return head | told | plan | {"$defs": _definitions("health", found, shared)}


def pension_schema() -> Json:
    """The schema of a pension plan's terms file: ``docs/pension.schema.json``."""
    found = Found(meanings_pension.KEYS, {})
    plan = _plan(shape_pension.PENSION, found, floors_pension.FLOORS)
    head = {"$schema": DRAFT, "title": "A pension plan's terms file"}
    told = {"description": "Every section and key is explained in docs/pension-terms.md."}
    return head | told | plan | {"$defs": _definitions("pension", found)}


def _plan(place: shape.Section, found: Found, laws: Iterable[str]) -> Json:
    """The file as a whole: what the loader reads besides the shape, and the names that are not the plan's to choose."""
    plan = _section(place, "", found)
    properties = plan["properties"]
    properties["plan"] |= {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
    properties["sources"] = _described("sources", sources(found.keys), found)
    properties["statutes"]["propertyNames"] = {"enum": list(laws)}
    properties["examples"] |= ref("examples")
    plan["required"] = sorted([*plan["required"], "sources"])
    return plan


def _definitions(kind: str, found: Found, shared: Mapping[str, Json] = {}) -> Json:
    """Everything that is written once and referred to: the common parts, examples, shared places, leaves."""
    named: Json = dict(shared)
    for name, place in found.leaves.items():
        named[f"value_{name}"], named[f"dated_{name}"] = value_of(place), dated(place, name)
        named[f"leaf_{name}"] = _leaf(place, name)
    return common() | jsonschema_examples.definitions(kind) | named


def _described(path: str, made: Json, found: Found) -> Json:
    return {"description": meanings.meaning(path, found.keys)} | made


def sources(keys: Mapping[str, str] = meanings.KEYS) -> Json:
    """The sources of a file, by short name; ``keys`` are the meanings of its kind of file."""
    found, of = Found(keys, {}), ("title", "url", "section", "note")
    told = {key: _described(f"sources.*.{key}", ref("text"), found) for key in of}
    return map_of("^.+$", _described("sources.*", object_of(told, required=("title", "url")), found))


def _place(place: shape.Shape, path: str, found: Found) -> Json:
    """One place of a file, with what it means."""
    shared = next((name for name, one in SHARED.items() if one is place), None)
    made = _described(path, ref(shared) if shared else _made(place, path, found), found)
    if path in REFUSED:
        numbers = [form for number in REFUSED[path] for form in (number, str(number))]
        made |= {"not": {"required": ["value"], "properties": {"times": False, "value": {"enum": numbers}}}}
    return made


def _made(place: shape.Shape, path: str, found: Found) -> Json:
    """What a place takes. The leaves that it has are noted by name, to be written once."""
    made: Json = {}
    match place:
        case shape.Section():
            made = _section(place, path, found)
        case shape.Named():
            made = map_of(NAME, _place(place.each, f"{path}.*", found), most=place.most)
        case shape.Text():
            made = {"enum": list(place.words)} if place.words else ref("text")
        case shape.Day():
            made = ref("day")
        case shape.Source():
            made = ref("cite")
        case shape.Quantity() | shape.Word():
            found.leaves[_name(place)] = place
            made = ref(f"leaf_{_name(place)}")
    return made


def _section(place: shape.Section, path: str, found: Found) -> Json:
    below = f"{path}." if path else ""
    places = place.required | place.optional
    made = object_of({key: _place(one, below + key, found) for key, one in places.items()}, place.required, least=1)
    if place.one_of:
        made["oneOf"] = [{"required": [key]} for key in place.one_of if key in places]
    pairs = [list(pair) for group in APART for pair in itertools.combinations(group, 2) if set(pair) <= places.keys()]
    if pairs:
        made["allOf"] = [{"not": {"required": pair}} for pair in pairs]
    return made


def _name(place: shape.Leafy) -> str:
    """The name of a kind of leaf among the schema's definitions."""
    if isinstance(place, shape.Word):
        name = "_or_".join(place.words) or "word"
    else:
        name = f"{place.unit}_{place.least}_to_{place.most}"
    return name + ("_by_cutoff" if place.keyed == "at" else "")


def _taken(place: shape.Leafy) -> Json:
    """What may be written as a value."""
    if isinstance(place, shape.Word):
        words: list[Any] = [*place.words, *(word == "true" for word in place.words if word in ("true", "false"))]
        return {"enum": [*words, None, "null"]} if words else {"type": [*SCALAR, "null"], "minLength": 1}
    whole = place.scale == 1
    number = {"type": "integer" if whole else "number", "minimum": place.least, "maximum": place.most}
    text = {"type": "string", "pattern": WHOLE if whole else FINE if place.scale == FINEST else NUMBER}
    return {"anyOf": [number, text, {"enum": [None, "null"]}]}


def value_of(place: shape.Leafy, *, follows: bool = True) -> Json:
    """One value with its source, and a unit if it is a number; one that ``follows`` may be so many times another."""
    parts: Json = {key: ref(f"{key}_of_value") for key in ("cite", "status", "note", "adopted", "either")}
    parts["value"] = {"description": meanings.VALUE["value"]} | _taken(place)
    required, rules = ["value", "cite"], [ref("doubts")]
    if isinstance(place, shape.Quantity):
        sets = {shape.CREDIT: list(shape.AMOUNTS), shape.PERIOD: list(shape.PERIODS)}
        units = sets.get(place.unit, [place.unit])
        parts |= {"unit": {"description": meanings.VALUE["unit"], "enum": [*units, "times"] if follows else units}}
        required = [*required, "unit"]
    if isinstance(place, shape.Quantity) and follows:
        parts |= {"times": ref("times_of_value"), "value": {"description": meanings.VALUE["value"]}}
        ratio = _taken(shape.Quantity("factor", 0, 1000))
        by_times: Json = {"if": {"required": ["times"]}}
        by_times["then"] = {"properties": {"unit": {"const": "times"}, "value": ratio}}
        by_times["else"] = {"properties": {"unit": {"enum": units}, "value": _taken(place)}}
        rules = [*rules, by_times]
    return object_of(parts, required) | {"allOf": rules}


def dated(place: shape.Leafy, name: str) -> Json:
    """Values by day, or by cut-off."""
    value = ref(f"value_{name}")
    dated = {"title": "Values by day"} | map_of(DAY, {"description": meanings.VALUE["day"]} | value)
    if place.keyed == "at":
        return dated
    return dated | {"properties": {"undated": {"description": meanings.VALUE["undated"]} | value}}


def _leaf(place: shape.Leafy, name: str) -> Json:
    """A leaf in its forms: one undated value, values by day, values by an attribute of the member."""
    if place.keyed == "at":
        return ref(f"dated_{name}")
    inner: Json = {"anyOf": [{"title": "One value"} | ref(f"value_{name}"), ref(f"dated_{name}")]}
    by = map_of(KEY, inner, least=2) | {"required": ["by"], "title": "Values that depend on the member"}
    by["properties"] = {
        "by": {"type": "string", "minLength": 1, "description": meanings.VALUE["by"]},
        "otherwise": {"description": meanings.VALUE["otherwise"]} | inner,
    }
    numeric = {"properties": {"by": {"enum": ["age", "tenure"]}}}
    by |= {"if": numeric, "then": {"propertyNames": {"pattern": "^(by|otherwise|0|[1-9][0-9]{0,3})$"}}}
    return {"anyOf": [*inner["anyOf"], by]}
