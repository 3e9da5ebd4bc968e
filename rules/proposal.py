"""A proposal as a file: the plan that it extends, and only what it changes.

The same map of changes stands under ``under`` in a worked example, and is posted to the service as JSON. Whatever the
plan cannot take is named with the line and column of the change.
"""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from rules import document, terms
from rules.calendar import Cite
from rules.document import Node
from rules.terms import ChangeError, Terms

REQUIRED, OPTIONAL = ("title", "author", "extends", "changes"), ("note", "examples")
CHANGE = ("value",), ("unit", "note")
RESERVED = "current"


class Opened(NamedTuple):
    """The terms that a file gives; for a proposal, also those of the plan that it extends."""

    terms: Terms
    plan: Terms | None


def opened(path: pathlib.Path) -> Opened:
    """Read a file of either kind. Raises :class:`rules.document.TermsError` naming file, line and column."""
    text = path.read_bytes()
    top = document.load(text, str(path))
    if "extends" not in top.map:
        return Opened(terms.read(text, str(path)), None)
    parts = top.keys(REQUIRED, OPTIONAL)
    plan = _plan(parts["extends"], path)
    title, author = parts["title"].text, parts["author"].text
    for key in ("title", "author"):
        if not parts[key].text.strip() or parts[key].text.strip().casefold() == RESERVED:
            parts[key].refuse(f"expected the proposal's {key} here")
    proposed = under(plan, parts["changes"], name=title, cite=Cite(f"Proposal: {title}", "", author))
    return Opened(dataclasses.replace(proposed, examples=parts.get("examples")), plan)


def _plan(node: Node, path: pathlib.Path) -> Terms:
    """The plan that a proposal extends: a file beside the proposal, or else a shipped plan."""
    beside = path.parent / f"{node.text}.yaml"
    if terms.NAME.fullmatch(node.text) and beside.is_file() and beside.resolve() != path.resolve():
        return terms.read(beside.read_bytes(), str(beside))
    if node.text not in terms.every_name():
        node.refuse(f"there is no plan {node.text!r}, and no file {node.text}.yaml beside this one")
    return terms.plan(node.text)


def under(plan: Terms, node: Node, *, name: str, cite: Cite) -> Terms:
    """Give a plan's terms under changes; what cannot be taken is refused where it stands."""
    try:
        return plan.under(changes(node), name=name, cite=cite)
    except ChangeError as wrong:
        key = next((key for key in node.map if key == wrong.path or plan.levers.get(key) == wrong.path), None)
        place = node.map[key] if key else node
        if wrong.date in place.map:
            place.map[wrong.date].refuse(wrong.message)
        place.refuse_key(wrong.message if key else str(wrong))


def changes(node: Node) -> dict[str, dict[str, Any]]:
    """Read what a proposal changes: lever or path, day, value."""
    if not node.map:
        node.refuse("nothing changes: write a lever or a path, a day and a value, or leave this out")
    return {key: {day: _change(value) for day, value in dated.map.items()} for key, dated in node.map.items()}


def _change(node: Node) -> str | Mapping[str, str]:
    if isinstance(node.content, str):
        return node.content
    return {key: part.text for key, part in node.keys(*CHANGE).items()}
