"""Worked examples and proposals as JSON Schema: what a member has, and what the answer must say of it."""

from collections.abc import Mapping

from rules import credit, examples, examples_pension, facts, meanings, proposal
from rules.jsonschema_parts import (
    DAY,
    DRAFT,
    FINE,
    MONTH,
    NUMBER,
    SHARED_BY_ALL,
    Json,
    common,
    list_of,
    map_of,
    object_of,
    ref,
)

YES: Json = {"enum": [True, False, "true", "false"]}
COUNT: Json = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,3}$"}]}


def examples_schema() -> Json:
    """The schema of a file of worked examples by itself: ``docs/examples.schema.json``."""
    cases = {"$ref": "#/$defs/examples", "description": "The examples."}
    plan = {"type": "string", "description": "The plan that these examples are about."}
    top = object_of({"plan": plan, "cases": cases}, required=("plan", "cases"))
    head = {"$schema": DRAFT, "title": "Worked examples of a plan"}
    told = {"description": "Section 7 of docs/terms.md."}
    return head | told | top | {"$defs": {key: common()[key] for key in SHARED_BY_ALL} | definitions()}


def proposal_schema() -> Json:
    """The schema of a proposal by itself: ``docs/proposal.schema.json``."""
    described = {key: {"description": told} for key, told in meanings.PROPOSAL.items()}
    parts = {key: ref("text") for key in (*proposal.REQUIRED, *proposal.OPTIONAL)}
    parts |= {"changes": ref("changes"), "examples": ref("examples")}
    top = object_of({key: described[key] | part for key, part in parts.items()}, required=proposal.REQUIRED)
    head = {"$schema": DRAFT, "title": "A proposal for a plan"}
    told = {"description": "Section 8 of docs/terms.md."}
    return head | told | top | {"$defs": {key: common()[key] for key in SHARED_BY_ALL} | definitions()}


def definitions(kind: str = "") -> Json:
    """The definitions of worked examples: those of a kind of plan, or of all kinds."""
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
    some = [{"required": [amount]} for amount in credit.AMOUNTS]

    def lines(parts: Json, required: tuple[str, ...]) -> Json:
        return list_of(object_of(_told(parts), required=required) | {"anyOf": some})

    parts: Json = {
        "name": text,
        "source": text,
        "hours": map_of(DAY, number, least=0),
        "lines": lines({"day": day} | amounts | marked | days, ("day",)),
        "monthly": lines({"from": month, "to": month} | amounts | marked, ("from", "to")),
        "weekly": lines({"from": day, "to": day} | amounts | marked, ("from", "to")),
        "facts": list_of(object_of(_told(fact, {"name": "fact name"}), required=("kind", "from")) | {"allOf": has}),
        "under": ref("changes"),
        "on": day,
        "expect": _expected(kind),
    }
    whole = object_of(
        {key: {"description": meanings.VALUE[key]} | text for key in ("value", "unit", "note")}, ["value"]
    )
    changes = map_of("^.+$", map_of(DAY, {"anyOf": [text, whole]}))
    example = object_of(_told(parts), required=("name", "source", "on", "expect"))
    return {"examples": list_of(example), "changes": changes}


def _told(parts: Json, names: Mapping[str, str] = {}) -> Json:
    """Parts of an example, each with what it means."""

    def told(key: str) -> str:
        return meanings.EXAMPLE[
            "amounts" if key in credit.AMOUNTS and parts[key] == ref("number") else names.get(key, key)
        ]

    return {key: {"description": told(key)} | part for key, part in parts.items()}


def _expected(kind: str) -> Json:
    """What an example may say of the answer, by the kind of plan; where that is not known, of one or the other."""
    cover = {figure: _figure(figure) for figure in examples.FIGURES}
    pension = {figure: _pension_figure(figure) for figure in examples_pension.FIGURES}
    made = {
        "health": object_of(_told(cover, {"from": "from_figure"}), least=1),
        "pension": object_of(_told(pension), least=1),
    }
    return made[kind] if kind else {"anyOf": [{"title": f"Of a {name} plan"} | each for name, each in made.items()]}


def _pension_figure(figure: str) -> Json:
    """What an example may say of one figure of a pension's answer."""
    fine: Json = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": FINE}]}
    by_name = {"service": fine, "retirement": YES}
    by_year = {"years": fine, "breaks": YES}
    if figure in examples_pension.YES_OR_NO:
        return YES
    if figure in by_name:
        return map_of("^.+$", by_name[figure], least=0)
    if figure in by_year:
        return map_of("^[0-9]{4}$", by_year[figure], least=0)
    if figure == "breaks_in_a_row":
        return COUNT
    return ref("number") if figure == "vested" else {"anyOf": [ref("number"), {"enum": [None, "null"]}]}


def _figure(figure: str) -> Json:
    """What an example may say of one figure of the answer."""
    if figure == "covered":
        return YES
    if figure == "gates":
        return map_of("^.+$", YES, least=0)
    if figure == "qualifying_period":
        return object_of(_told({"from": ref("day"), "to": ref("day")}), required=("from", "to"))
    kinds = {**dict.fromkeys(examples.DAYS, "day"), **dict.fromkeys(examples.WORDS, "text")}
    return {"anyOf": [ref(kinds.get(figure, "number")), {"enum": [None, "null"]}]}
