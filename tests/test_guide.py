"""The guide for writing a plan: every block of YAML in it loads, every command in it is run and says what it shows."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from rules import (
    examples,
    examples_pension,
    facts,
    laying_pension,
    meanings,
    proposal,
    shape,
    shape_pension,
    terms,
    ticks,
)
from service.cli import hourbank

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "writing-a-plan.md"
TEXT = GUIDE.read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- (?P<marker>.*?) -->\n+)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
BLOCKS = [(found["marker"] or "", found["kind"], found["text"]) for found in BLOCK.finditer(TEXT)]
PARTS = [text for marker, _, text in BLOCKS if marker.startswith("part")]
WHOLE = "\n".join(PARTS)
FRAGMENTS = [text for _, kind, text in BLOCKS if kind == "yaml" and text.startswith("# ")]
PLACES = re.compile(r"^# (in place of|new|leave out): (.+)$", re.M)


def loaded(text: str) -> terms.Terms:
    found = terms.read(text, "guide.yaml")
    ticks.lay(found)
    return found


def differences(found: terms.Terms) -> dict[str, dict]:
    assert found.examples
    differing = {one.name: examples.differences(one, found) for one in examples.read(found.examples, found)}
    return {name: said for name, said in differing.items() if said}


def placed(fragment: str) -> dict[str, set[str]]:
    """What a fragment's first lines say of where it goes."""
    return {where: {key.strip() for key in keys.split(",")} for where, keys in PLACES.findall(fragment)}


def title(fragment: str) -> str:
    return re.findall(r"^### (.*)$", TEXT[: TEXT.index(fragment)], re.M)[-1]


def test_every_block_of_yaml_is_a_part_a_mistake_or_a_fragment():
    known = ("part", "instead of", "file")
    strange = [text for marker, kind, text in BLOCKS if kind == "yaml" and not marker.startswith(known)]
    assert strange == FRAGMENTS
    assert len(PARTS) >= 8
    assert len(FRAGMENTS) >= 20


def test_the_plan_that_the_guide_builds_loads_and_gives_its_examples():
    found = loaded(WHOLE)
    assert found.plan == "riggers-health"
    assert len(examples.read(found.examples, found)) >= 5
    assert differences(found) == {}


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=title)
def test_a_fragment_goes_where_it_says_loads_and_gives_its_examples(fragment):
    base = yaml.load(WHOLE, yaml.BaseLoader)
    given, where = yaml.load(fragment, yaml.BaseLoader), placed(fragment)
    assert where.get("in place of", set()) | where.get("new", set()) == set(given)
    assert where.get("in place of", set()) | where.get("leave out", set()) <= set(base)
    assert not where.get("new", set()) & set(base)
    left = {key: part for key, part in base.items() if key not in where.get("leave out", set())}
    if "examples" not in given:
        left.pop("examples")
    found = loaded(yaml.safe_dump({**left, **given}, sort_keys=False, allow_unicode=True, width=200))
    if "examples" in given:
        assert differences(found) == {}


def test_every_command_of_the_guide_says_what_the_guide_shows(tmp_path, monkeypatch):
    monkeypatch.setattr(terms, "PLANS", tmp_path)
    monkeypatch.chdir(tmp_path)
    written, file, shown = "", tmp_path / "riggers-health.yaml", 0
    for place, (marker, kind, text) in enumerate(BLOCKS):
        if marker.startswith("part"):
            written += ("\n" if written else "") + text
            file.write_text(written, encoding="utf-8")
        elif marker.startswith("instead of"):
            old = marker.removeprefix("instead of ").strip("`")
            assert written.count(old) == 1, old
            file.write_text(written.replace(old, text.strip()), encoding="utf-8")
        elif marker.startswith("file"):
            (tmp_path / marker.removeprefix("file ")).write_text(text, encoding="utf-8")
        elif kind == "sh":
            output = ""
            for line in text.splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0] == "./hourbank":
                    output += CliRunner().invoke(hourbank, words[1:]).output
            expected = BLOCKS[place + 1]
            assert expected[1] == "text", f"nothing shows what {text!r} says"
            assert like(output, expected[2]), output
            file.write_text(written, encoding="utf-8")
            shown += 1
    assert shown >= 5


def like(output: str, expected: str) -> bool:
    """Whether an output is as the guide shows it, where ``...`` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, output.strip(), re.S) is not None


def test_the_pension_of_the_guide_is_a_whole_file(tmp_path):
    files = {marker.removeprefix("file "): text for marker, _, text in BLOCKS if marker.startswith("file riggers-")}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = terms.read(files["riggers-pension.yaml"], "riggers-pension.yaml")
    assert (found.kind, found.plan) == ("pension", "riggers-pension")
    assert laying_pension.lay(found).parts == ["benefit.parts.hours"]
    assert differences(found) == {}
    proposed = proposal.opened(tmp_path / "riggers-800.yaml")
    assert proposed.plan is not None
    assert proposed.plan.version == found.version
    assert differences(proposed.terms) == {}


def keys(place: shape.Shape) -> set[str]:
    """Every key that a place of a file may have, at any depth."""
    if isinstance(place, shape.Named):
        return keys(place.each)
    if isinstance(place, shape.Section):
        items = place.required | place.optional
        return set(items).union(*map(keys, items.values()))
    return set()


def test_the_guide_names_every_key_and_every_word():
    words = [*re.findall(r"`[^`]+`", BLOCK.sub("", TEXT)), *(text for _, _, text in BLOCKS)]
    named = set(re.findall(r"[a-z_]+", " ".join(words)))
    assert (keys(shape.PLAN) | keys(shape_pension.PENSION)) - named == set()
    assert set(meanings.VALUE) - named == set()
    assert {*examples.FIGURES, *examples_pension.FIGURES} - named == set()
    assert {*proposal.REQUIRED, *proposal.OPTIONAL} - named == set()
    assert {"sources", "month_end", "last_saturday", "weeks_ending_saturday", "days"} - named == set()
    assert set(facts.KINDS) - named == set()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S), re.M
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_guides_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", TEXT)
    assert len(links) >= 20
    for file, anchor in links:
        page = GUIDE.parent / file if file else GUIDE
        assert page.exists(), file
        assert not anchor or anchor in anchors(page), anchor
