"""The shape of terms files, worked examples and proposals as JSON Schema (draft 2020-12), so that an editor can help.

It is made from :mod:`rules.shape`, so it cannot say anything else. The strict loader has the last word: what holds
between places (a lever that names nothing, a bank's two families) is checked there. Scalars that YAML gives a type of
their own (400, true) are taken in both forms, as a number or a boolean and as text.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from rules import calendar, credit, examples, facts, floors, meanings, proposal, shape

DRAFT = "https://json-schema.org/draft/2020-12/schema"
NAME = "^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MONTH = "^[0-9]{4}-(0[1-9]|1[0-2])$"
NUMBERS = {100: "^[0-9]{1,9}([.][0-9]{1,2})?$", 10_000: "^[0-9]{1,9}([.][0-9]{1,4})?$", 1: "^[0-9]{1,9}$"}  # by scale
NUMBER = NUMBERS[100]
KEY = "^(?!(by|value|cite|unit)$)[^.]+$"  # a value of a member's attribute
SCALAR = ["string", "number", "boolean"]
APART = (("windows", "up_to_windows", "periods"), ("price", "flat"))  # keys of which a section has one at most
REFUSED = {  # numbers within the bounds of their places that are refused all the same
    "credit.*.divide_by": (0,),
    "credit.*.standard_rate": (0,),
    "coverage.aligned_to": (5, 7, 8, 9, 10, 11),
}
SHARED: Mapping[str, shape.Shape] = {"routes": shape.ROUTES, **shape.TESTS}  # places that stand in several sections
Json = dict[str, Any]


def terms_schema() -> Json:
    """The schema of a terms file: ``docs/terms.schema.json``."""
    leaves: dict[str, shape.Leafy] = {}
    plan = _section(shape.PLAN, "", leaves)
    properties = plan["properties"]
    properties["plan"] |= {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
    properties["sources"] = _described("sources", sources())
    plan["required"] = sorted([*plan["required"], "sources"])
    properties["calendar"]["properties"]["cutoffs"] |= {"enum": calendar.names()}
    properties["statutes"]["propertyNames"] = {"enum": list(floors.FLOORS)}
    properties["qualify"]["oneOf"] = [
        {"required": ["any"], "maxProperties": 1},
        {"required": ["initial", "continuing"], "not": {"required": ["any"]}},
    ]
    properties["examples"] |= {"$ref": "#/$defs/examples"}
    named: Json = {name: _made(place, name, leaves) for name, place in SHARED.items()}
    for name, place in leaves.items():
        named[f"value_{name}"], named[f"dated_{name}"] = value_of(place), dated(place, name)
        named[f"leaf_{name}"] = _leaf(place, name)
    head = {"$schema": DRAFT, "title": "A plan's terms file"}
    told = {"description": "Every section and key is explained in docs/terms.md."}
    return head | told | plan | {"$defs": common() | _examples() | named}


def examples_schema() -> Json:
    """The schema of a file of worked examples by itself: ``docs/examples.schema.json``."""
    cases = {"$ref": "#/$defs/examples", "description": "The examples."}
    plan = {"type": "string", "description": "The plan that these examples are about."}
    top = object_of({"plan": plan, "cases": cases}, required=("plan", "cases"))
    head = {"$schema": DRAFT, "title": "Worked examples of a plan"}
    told = {"description": "Section 7 of docs/terms.md."}
    return head | told | top | {"$defs": {key: common()[key] for key in ("day", "number", "text")} | _examples()}


def proposal_schema() -> Json:
    """The schema of a proposal by itself: ``docs/proposal.schema.json``."""
    described = {key: {"description": told} for key, told in meanings.PROPOSAL.items()}
    parts = {key: ref("text") for key in (*proposal.REQUIRED, *proposal.OPTIONAL)}
    parts |= {"changes": ref("changes"), "examples": ref("examples")}
    top = object_of({key: described[key] | part for key, part in parts.items()}, required=proposal.REQUIRED)
    head = {"$schema": DRAFT, "title": "A proposal for a plan"}
    told = {"description": "Section 8 of docs/terms.md."}
    return head | told | top | {"$defs": {key: common()[key] for key in ("day", "number", "text")} | _examples()}


def object_of(properties: Json, required: Iterable[str] = (), least: int = 0) -> Json:
    """An object with these keys and no others."""
    made: Json = {"type": "object", "additionalProperties": False, "properties": properties}
    if required := sorted(required):
        made["required"] = required
    elif least:
        made["minProperties"] = least
    return made


def map_of(pattern: str, each: Json, least: int = 1, most: int | None = None) -> Json:
    """An object whose keys are chosen by whoever writes the file."""
    made = {"type": "object", "additionalProperties": False, "patternProperties": {pattern: each}}
    return made | {"minProperties": least} | ({"maxProperties": most} if most else {})


def _described(path: str, made: Json) -> Json:
    return {"description": meanings.meaning(path)} | made


def ref(name: str) -> Json:
    """What is defined under a name."""
    return {"$ref": f"#/$defs/{name}"}


def common() -> Json:
    """The definitions that every file of dated values needs."""
    text = {"type": SCALAR, "minLength": 1}
    number = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": NUMBER}]}
    cite, day = {"type": "string", "minLength": 1}, {"type": "string", "pattern": DAY}
    parts: dict[str, Json] = {
        "cite": cite,
        "status": {"enum": ["stated", "assumed", "disputed"]},
        "note": text,
        "adopted": day,
        "either": map_of("^.+$", cite),
        "times": text,
    }
    of_value = {f"{key}_of_value": {"description": meanings.VALUE[key]} | part for key, part in parts.items()}
    return {"day": day, "number": number, "text": text, "cite": cite, "doubts": {"allOf": _doubts()}} | of_value


def sources() -> Json:
    """The sources of a file, by short name."""
    keys = ("title", "url", "section", "note")
    source = object_of({key: _described(f"sources.*.{key}", ref("text")) for key in keys}, required=("title", "url"))
    return map_of("^.+$", _described("sources.*", source))


def _place(place: shape.Shape, path: str, leaves: dict[str, shape.Leafy]) -> Json:
    """One place of a file, with what it means."""
    shared = next((name for name, one in SHARED.items() if one is place), None)
    made = _described(path, ref(shared) if shared else _made(place, path, leaves))
    if path in REFUSED:
        numbers = [form for number in REFUSED[path] for form in (number, str(number))]
        made |= {"not": {"required": ["value"], "properties": {"times": False, "value": {"enum": numbers}}}}
    return made


def _made(place: shape.Shape, path: str, leaves: dict[str, shape.Leafy]) -> Json:
    """What a place takes. The leaves that it has are noted by name, to be written once."""
    made: Json = {}
    match place:
        case shape.Section():
            made = _section(place, path, leaves)
        case shape.Named():
            made = map_of(NAME, _place(place.each, f"{path}.*", leaves), most=place.most)
        case shape.Text():
            made = {"enum": list(place.words)} if place.words else ref("text")
        case shape.Day():
            made = ref("day")
        case shape.Source():
            made = ref("cite")
        case shape.Quantity() | shape.Word():
            leaves[_name(place)] = place
            made = ref(f"leaf_{_name(place)}")
    return made


def _section(place: shape.Section, path: str, leaves: dict[str, shape.Leafy]) -> Json:
    below = f"{path}." if path else ""
    places = place.required | place.optional
    made = object_of({key: _place(one, below + key, leaves) for key, one in places.items()}, place.required, least=1)
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
    text = {"type": "string", "pattern": NUMBERS[place.scale]}
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


def _doubts() -> list[Json]:
    """What a status asks for, and what a rule that ends does."""

    def when(key: str, values: list[Any], then: Json) -> Json:
        return {"if": {"required": [key], "properties": {key: {"enum": values}}}, "then": then}

    return [
        when("status", ["assumed", "disputed"], {"required": ["note"]}),
        when("status", ["disputed"], {"required": ["either"]}),
        {
            "if": {"required": ["either"]},
            "then": {"required": ["status"], "properties": {"status": {"const": "disputed"}}},
        },
        when("value", [None, "null"], {"required": ["note"]}),
    ]


def dated(place: shape.Leafy, name: str) -> Json:
    """Values by day, or by cut-off."""
    value = ref(f"value_{name}")
    made = {"title": "Values by day"} | map_of(DAY, {"description": meanings.VALUE["day"]} | value)
    if place.keyed == "at":
        return made
    return made | {"properties": {"undated": {"description": meanings.VALUE["undated"]} | value}}


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


def _examples() -> Json:
    """The definitions of worked examples."""
    day, number, text = ref("day"), ref("number"), ref("text")
    month = {"type": "string", "pattern": MONTH}
    signed = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": NUMBER.replace("^", "^-?")}]}
    amounts = dict.fromkeys(credit.AMOUNTS, number)
    marked = {"rate": number, "marks": {"type": "array", "items": text}}
    days = dict.fromkeys(("received", "paid", "placed"), day)
    fact = {"kind": {"enum": list(facts.KINDS)}, "from": day, "to": day, "name": text, "value": text}
    fact |= {"amount": signed, "claim": text, "claimed": day}
    others = tuple(kind for kind in facts.KINDS if kind not in examples.PARTS)
    kinds = {(kind,): parts for kind, parts in examples.PARTS.items()} | {others: ((), ("to",))}
    has: list[Json] = []
    for names, (required, optional) in kinds.items():
        then: Json = {"propertyNames": {"enum": ["kind", "from", *required, *optional]}, "required": list(required)}
        if names == ("decision",):
            then["properties"] = {"name": {"enum": list(facts.DECISIONS)}}
        has.append({"if": {"required": ["kind"], "properties": {"kind": {"enum": list(names)}}}, "then": then})
    expect = {figure: _figure(figure) for figure in examples.FIGURES}
    some = [{"required": [amount]} for amount in credit.AMOUNTS]

    def lines(parts: Json, required: tuple[str, ...]) -> Json:
        return _list(object_of(_told(parts), required=required) | {"anyOf": some})

    parts: Json = {
        "name": text,
        "source": text,
        "hours": map_of(DAY, number, least=0),
        "lines": lines({"day": day} | amounts | marked | days, ("day",)),
        "monthly": lines({"from": month, "to": month} | amounts | marked, ("from", "to")),
        "weekly": lines({"from": day, "to": day} | amounts | marked, ("from", "to")),
        "facts": _list(object_of(_told(fact, {"name": "fact name"}), required=("kind", "from")) | {"allOf": has}),
        "under": ref("changes"),
        "on": day,
        "expect": object_of(_told(expect, {"from": "from_figure"}), least=1),
    }
    whole = object_of(
        {key: {"description": meanings.VALUE[key]} | text for key in ("value", "unit", "note")}, ["value"]
    )
    changes = map_of("^.+$", map_of(DAY, {"anyOf": [text, whole]}))
    example = object_of(_told(parts), required=("name", "source", "on", "expect"))
    return {"examples": _list(example), "changes": changes}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _told(parts: Json, names: Mapping[str, str] = {}) -> Json:
    """Parts of an example, each with what it means."""

    def told(key: str) -> str:
        return meanings.EXAMPLE[
            "amounts" if key in credit.AMOUNTS and parts[key] == ref("number") else names.get(key, key)
        ]

    return {key: {"description": told(key)} | part for key, part in parts.items()}


def _figure(figure: str) -> Json:
    """What an example may say of one figure of the answer."""
    yes: Json = {"enum": [True, False, "true", "false"]}
    if figure == "covered":
        return yes
    if figure == "gates":
        return map_of("^.+$", yes, least=0)
    if figure == "qualifying_period":
        return object_of(_told({"from": ref("day"), "to": ref("day")}), required=("from", "to"))
    kinds = {**dict.fromkeys(examples.DAYS, "day"), **dict.fromkeys(examples.WORDS, "text")}
    return {"anyOf": [ref(kinds.get(figure, "number")), {"enum": [None, "null"]}]}
