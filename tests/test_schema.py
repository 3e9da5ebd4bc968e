"""The JSON Schemas: current, true to the loader, taking every file that ships and refusing what is broken."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from rules import examples, meanings, meanings_pension, proposal, shape, shape_pension, terms
from service import cli_schema
from service.cli import hourbank
from tests.rules import small_pensions
from tests.rules.small_plans import ALL, EXCESS, RELIEF, TOP, edited

ROOT = Path(__file__).parents[1]
PLANS = sorted((ROOT / "rules" / "plans").glob("*.yaml"))
CASES = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
TERMS, PENSION, EXAMPLES, PROPOSAL, AGREEMENT = (
    json.loads((ROOT / "docs" / name).read_text(encoding="utf-8")) for name in cli_schema.MADE
)
OF_KIND = {"health": TERMS, "pension": PENSION}


class Editor(yaml.SafeLoader):
    """Reads YAML as editors do (YAML 1.2): 400 is a number and true a boolean, but a day, yes and on are text."""


KEPT = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:null"}
Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag in KEPT]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def seen(text: str) -> Any:
    """What an editor sees of a text: keys are text."""

    def keyed(part: Any) -> Any:
        if isinstance(part, dict):
            return {str(key): keyed(value) for key, value in part.items()}
        return [keyed(value) for value in part] if isinstance(part, list) else part

    return keyed(yaml.load(text, Editor))


def wrong(schema: dict[str, Any], text: str) -> list[str]:
    found = jsonschema.Draft202012Validator(schema).iter_errors(seen(text))
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


SCHEMAS = pytest.mark.parametrize("schema", [TERMS, PENSION, EXAMPLES, PROPOSAL, AGREEMENT], ids=list(cli_schema.MADE))


@SCHEMAS
def test_the_schemas_are_schemas(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", cli_schema.MADE)
def test_the_schemas_are_current(name):
    assert cli_schema.current(name), "run 'hourbank plans schema'"


def test_the_command_writes_what_is_not_current_and_only_tells_under_check(tmp_path, monkeypatch):
    monkeypatch.setattr(cli_schema, "DOCS", tmp_path)
    ran = CliRunner().invoke(hourbank, ["plans", "schema", "--check"])
    assert ran.exit_code == 1
    assert "docs/terms.schema.json is not current: run 'hourbank plans schema'" in ran.output
    assert list(tmp_path.iterdir()) == []
    assert "wrote docs/terms.schema.json" in CliRunner().invoke(hourbank, ["plans", "schema"]).output
    again = CliRunner().invoke(hourbank, ["plans", "schema", "--check"])
    assert (again.exit_code, again.output) == (0, "")


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_every_shipped_plan_is_valid(file):
    kind = terms.plan(file.stem).kind
    assert wrong(OF_KIND[kind], file.read_text(encoding="utf-8")) == []
    assert all(wrong(schema, file.read_text(encoding="utf-8")) for other, schema in OF_KIND.items() if other != kind)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_every_shipped_file_of_examples_is_valid(file):
    assert wrong(EXAMPLES, file.read_text(encoding="utf-8")) == []


def taken(text: str) -> list[examples.Example]:
    """What the loader makes of a text's examples, once it has taken its terms."""
    found = terms.read(text, "small.yaml")
    assert found.examples
    return examples.read(found.examples, found)


EXAMPLE = """\
examples:
  - name: 300 hours
    source: page 1
    hours: {2025-02-03: 300}
    on: 2025-05-01
    expect: {covered: true, bank_after: 180}
"""
BASE = edited(ALL, ("consumption:", RELIEF + TOP + EXAMPLE + "consumption:"))
CAP = "cap: {value: 720, unit: hour, cite: page}"


def cap(written: str) -> tuple[str, str]:
    return CAP, f"cap: {written}"


@pytest.mark.parametrize("text", [BASE, EXCESS], ids=["all", "excess"])
def test_the_small_plans_are_valid(text):
    assert terms.read(text, "small.yaml")
    assert wrong(TERMS, text) == []


@pytest.mark.parametrize(
    "written",
    [
        "{value: 720, unit: hour, cite: page}",
        '{value: "720.50", unit: hour, cite: page}',
        "{undated: {value: 600, unit: hour, cite: page}, 2020-01-01: {value: 720.5, unit: hour, cite: page}}",
        "{2020-01-01: {value: null, unit: hour, cite: page, note: ended}}",
        "{by: level, a: {value: 7, unit: hour, cite: page}, b: {2020-01-01: {value: 7, unit: hour, cite: page}}}",
        "{by: age, 55: {value: 720, unit: hour, cite: page}}",
        "{value: 6, unit: times, times: bank.amount, cite: page}",
        '{value: 720, unit: hour, cite: page, status: disputed, note: two pages, either: {720: page, "700": page}}',
        "{value: 720, unit: hour, cite: page, status: assumed, note: not said, adopted: 2020-01-01}",
    ],
)
def test_a_leaf_is_valid_in_all_its_forms_here_and_to_the_loader(written):
    text = edited(BASE, cap(written))
    assert terms.read(text, "small.yaml")
    assert wrong(TERMS, text) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("plan: small", "plan: A Plan"),
        ("kind: health", "kind: wealth"),
        ("title: A small plan\n", ""),
        ('url: "https://small.example"', "page: 3"),
        ("consumption", "consumptoin"),
        ("month_end", "month_ends"),
        ("value: work_date", "value: birthday"),
        ("{unit: hour, counts", "{unit: hours, counts"),
        cap("{value: 720, cite: page}"),
        cap("{value: 720, unit: hour}"),
        cap("{value: 720, unit: hours, cite: page}"),
        cap("{value: 7 20, unit: hour, cite: page}"),
        cap("{value: -1, unit: hour, cite: page}"),
        cap("{value: true, unit: hour, cite: page}"),
        cap("{value: 720, unit: hour, cite: page, stauts: assumed}"),
        cap("{value: 720, unit: hour, cite: page, status: guessed, note: x}"),
        cap("{value: 720, unit: hour, cite: page, status: assumed}"),
        cap("{value: 720, unit: hour, cite: page, status: disputed, note: x}"),
        cap("{value: 720, unit: hour, cite: page, either: {720: page}}"),
        cap("{value: null, unit: hour, cite: page}"),
        cap("{value: 6, unit: hour, times: bank.amount, cite: page}"),
        cap("{value: 6, unit: times, cite: page}"),
        cap("{2020-1-1: {value: 720, unit: hour, cite: page}}"),
        cap("{since: {value: 720, unit: hour, cite: page}}"),
        cap("{}"),
        cap("{by: level}"),
        cap("{by: age, old: {value: 720, unit: hour, cite: page}}"),
        cap("720"),
        ("cap_counts: {value: after_charge, cite: page}", "cap_counts: {value: after_charge, unit: hour, cite: page}"),
        ("lag: {value: 2, unit: month", "lag: {value: 2.5, unit: month"),
        ("lag: {value: 2, unit: month", "lag: {value: 401, unit: month"),
        ("starting: {value: 3", "starting: {value: 13"),
        ("  initial:\n    routes:\n      start:", "  any:\n    routes:\n      start:"),
        ("        balance: {", "        each: {at_least: {value: 9, unit: hour, cite: page}}\n        balance: {"),
        ("        balance: {at_least: {value: 1, unit: times, times: bank.amount, cite: page}}", "        title: none"),
        (
            "sum: {",
            "sum: {windows: {value: 1, unit: window, cite: page}, periods: {value: 1, unit: month, cite: page}, ",
        ),
        ("      start:\n", "      a route:\n"),
        ("    for: {2023-06-30: {", "    for: {undated: {"),
        ("    gives: hours", "    gives: money"),
        ("levers:", "lapse: {}\nlevers:"),
        ("levers:", "statutes: {erisa: page}\nlevers:"),
        ("expect: {covered: true", "expect: {covered: maybe"),
        ("expect: {covered: true", "expect: {saved: true"),
        ("hours: {2025-02-03: 300}", "hours: {2025-2-3: 300}"),
        ("    on: 2025-05-01\n", ""),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    facts: [{kind: decision, from: 2025-01-01}]\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    monthly: [{from: 2025-01-01, to: 2025-02, hours: 3}]\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    monthly: [{from: 2025-01, to: 2025-02}]\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    lines: [{day: 2025-01-01, marks: [inside]}]\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    facts: [{kind: bank_adjustment, from: 2025-01-01}]\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    facts: [{kind: attribute, name: x, from: 2025-01-01}]\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    facts: [{kind: born, name: x, from: 2025-01-01}]\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    under: {}\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    under: {hours: {}}\n"),
        ("    on: 2025-05-01\n", "    on: 2025-05-01\n    under: {hours: {2025-01-01: {unit: hour}}}\n"),
        ("expect: {covered: true, bank_after: 180}", "expect: {}"),
        (
            "price: {value: 9, unit: dollar",
            "flat: {value: 9, unit: dollar, cite: page}, price: {value: 9, unit: dollar",
        ),
        (
            "  length: {value: 6",
            "  aligned_to: {value: 5, unit: month, cite: page}\n"
            "  aligned_month: {value: 5, unit: calendar_month, cite: page}\n  length: {value: 6",
        ),
        (
            "{value: work_date, cite: page}",
            "{value: work_date, cite: page}, rounding: {value: up, cite: page}, "
            "divide_by: {value: 0, unit: factor, cite: page}",
        ),
    ],
    ids=lambda edit: edit[1].strip()[:60],
)
def test_a_broken_file_is_refused_here_and_by_the_loader(edit):
    text = edited(BASE, edit)
    assert wrong(TERMS, text)
    if "lapse: {}" not in text:  # to the loader an empty section says nothing
        with pytest.raises(ValueError, match=r"small\.yaml:\d+:\d+: "):
            taken(text)


PENSION_EXAMPLE = """\
examples:
  - name: a year
    source: page 1
    hours: {2025-02-03: 300}
    on: 2025-12-31
    expect: {vested: 0, participant: true, service: {credit: 0}, years: {2025: 0}, breaks: {2025: false}, benefit: 15}
"""
PENSIONS = {
    "small": small_pensions.SMALL,
    "full": small_pensions.FULL,
    "paid": small_pensions.PAID + PENSION_EXAMPLE,
}
PAID = PENSIONS["paid"]


@pytest.mark.parametrize("text", PENSIONS.values(), ids=PENSIONS)
def test_the_small_pensions_are_valid(text):
    assert terms.read(text, "small.yaml")
    assert wrong(PENSION, text) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("kind: pension", "kind: health"),
        ("calendar:\n  years", "calendar:\n  year"),
        ("value: calendar_year", "value: fiscal_year"),
        ("{value: 1, unit: year, cite: page}", '{value: "1.00001", unit: year, cite: page}'),
        ("{value: 1, unit: year, cite: page}", "{value: 1, unit: hour, cite: page}"),
        ("gives: {value: 1, unit: year, cite: page}", "per: {value: 0, unit: hour, cite: page}"),
        ("gives: {value: 1, unit: year", "per: {value: 5, unit: hour, cite: page}, gives: {value: 1, unit: year"),
        ("{value: 100, unit: percent", "{value: 101, unit: percent"),
        ("{value: 100, unit: percent", "{value: 0, unit: percent"),
        ("  steps:\n    five", "  step:\n    five"),
        ("    or_service: {value: true", "    or_service: {value: perhaps"),
        ("years: {value: 5, unit: year", "years: {value: 5.5, unit: year"),
        ("    hours: {less_than", "    hours: {more_than"),
        ("pays: {value: sum", "pays: {value: least"),
        ("all: {rate: {value: 5, unit: cent", "all: {rate: {value: 5, unit: dollar"),
        (
            "all: {rate: {value: 5, unit: cent, cite: page}}",
            "all: {on: {value: earned, cite: page}}",
        ),
        ("levers:", "statutes: {aca-look-back: page}\nlevers:"),
        ("levers:", "bank: {deposit: {value: all, cite: page}}\nlevers:"),
        ("expect: {vested: 0", "expect: {covered: true"),
        ("expect: {vested: 0", "expect: {vested: much"),
        ("years: {2025: 0}", "years: {2025-01-01: 0.00001}"),
        ("breaks: {2025: false}", "breaks: {2025: perhaps}"),
        ("participant: true", "participant: 1"),
        ("service: {credit: 0}", "service: 0"),
    ],
    ids=lambda edit: edit[1].strip()[:60],
)
def test_a_broken_pension_is_refused_here_and_by_the_loader(edit):
    text = edited(PAID, edit)
    assert wrong(PENSION, text)
    with pytest.raises(ValueError, match=r"small\.yaml:\d+:\d+: "):
        taken(text)


@pytest.mark.parametrize("expect", ["{covered: true}", "{vested: 100}", "{vested: 100, covered: true}", "{}"])
def test_an_example_by_itself_says_something_of_one_kind_of_plan(expect):
    text = f"plan: small\ncases: [{{name: x, source: y, on: 2025-05-01, expect: {expect}}}]"
    assert bool(wrong(EXAMPLES, text)) == ("," in expect or expect == "{}")


@pytest.mark.parametrize(
    "text",
    [
        "cases: []",
        "plan: small",
        "plan: small\ncases: {}",
        "plan: small\ncases: [{name: x}]",
        "plan: small\ncases: []\nmore: 1",
    ],
)
def test_a_broken_file_of_examples_is_refused(text):
    assert wrong(EXAMPLES, text)


PROPOSED = """\
title: 450 hours
author: Local 80
extends: small
note: An example
changes:
  hours: {2025-01-01: 450}
  bank.cap: {2025-01-01: {value: "900", unit: hour, note: more}}
examples:
  - {name: x, source: y, on: 2025-05-01, expect: {covered: false}, under: {bank.amount: {2026-01-01: "130"}}}
"""


def test_a_proposal_is_valid():
    assert wrong(PROPOSAL, PROPOSED) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("author: Local 80\n", ""),
        ("extends", "extend"),
        ("note: An example", "sources: {}"),
        ("2025-01-01: 450", "2025-1-1: 450"),
        ("{2025-01-01: 450}", "{}"),
        ("{2025-01-01: 450}", "450"),
        ("unit: hour, note: more", "cite: page"),
        ("expect: {covered: false}", "expect: {}"),
    ],
    ids=lambda edit: edit[1],
)
def test_a_broken_proposal_is_refused_here_and_by_the_loader(edit, tmp_path):
    text = edited(PROPOSED, edit)
    assert wrong(PROPOSAL, text)
    (tmp_path / "small.yaml").write_text(ALL)
    (tmp_path / "proposal.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"proposal\.yaml:\d+:\d+: "):
        examples.read(proposal.opened(tmp_path / "proposal.yaml").terms.examples, terms.read(ALL, "small.yaml"))


def objects(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for one in part for found in objects(one)]
    if not isinstance(part, dict):
        return []
    return [part] * (part.get("type") == "object") + [found for one in part.values() for found in objects(one)]


def described(part: dict[str, Any], schema: dict[str, Any]) -> bool:
    return "description" in part or "description" in schema["$defs"].get(part.get("$ref", "").rpartition("/")[2], {})


@SCHEMAS
def test_nothing_is_taken_that_is_not_named_and_every_key_is_described(schema):
    found = objects(schema)
    assert found
    assert all(one["additionalProperties"] is False for one in found)
    bare = [key for one in found for key, part in one.get("properties", {}).items() if not described(part, schema)]
    assert bare == []


def keys(place: shape.Shape) -> set[str]:
    if isinstance(place, shape.Named):
        return {"*"} | keys(place.each)
    if isinstance(place, shape.Section):
        items = place.required | place.optional
        return set(items).union(*map(keys, items.values()))
    return set()


@pytest.mark.parametrize(
    ("told", "place"),
    [(meanings.KEYS, shape.PLAN), (meanings_pension.SECTIONS, shape_pension.PENSION)],
    ids=["health", "pension"],
)
def test_everything_that_is_described_is_a_key(told, place):
    known = keys(place) | {"sources", "url", "section", "note"}
    assert {key.rpartition(".")[2] for key in told} - known == set()
    with pytest.raises(KeyError, match=r"what bank\.colour means"):
        meanings.meaning("bank.colour", told)
