"""What the JSON Schemas are made of: objects and maps that take nothing that is not named, and what they share."""

from collections.abc import Iterable
from typing import Any

from rules import meanings

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MONTH = "^[0-9]{4}-(0[1-9]|1[0-2])$"
NUMBER = "^[0-9]{1,9}([.][0-9]{1,2})?$"
FINE = "^[0-9]{1,9}([.][0-9]{1,4})?$"  # years of service, and rates in cents
SCALAR = ["string", "number", "boolean"]
SHARED_BY_ALL = ("day", "number", "text")
Json = dict[str, Any]


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


def list_of(items: Json) -> Json:
    """A list of things of one kind."""
    return {"type": "array", "items": items}


def ref(name: str) -> Json:
    """One of the schema's own definitions."""
    return {"$ref": f"#/$defs/{name}"}


def common() -> Json:
    """The definitions that every schema may refer to."""
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
