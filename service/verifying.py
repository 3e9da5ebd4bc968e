"""A sheet counted again where its snapshot is."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rules import engine
from service.outcomes import canonical, digest, outcome
from service.settings import Settings
from service.sheets import SheetError
from service.simulation import current, evaluated
from service.snapshot_files import SnapshotError, folder_of, opened
from service.suppression import for_negotiators


class Again(NamedTuple):
    """Whether a sheet's question comes to its outcome here (None: its snapshot is not here), and the same in words."""

    identical: bool | None
    words: str


def counted_again(settings: Settings, sheet: Mapping[str, Any]) -> Again:
    """Count a sheet's question again. :class:`SheetError` where nobody can tell what it asks."""
    asked, said = sheet["asked"], dict(sheet["outcome"])
    try:
        snapshot = opened(folder_of(settings.home, asked["snapshot"]))
    except SnapshotError:
        return Again(None, "its snapshot is not here")
    try:
        on, part = evaluated(asked, snapshot)
        exact = outcome(asked, snapshot, on, part)
        seen = for_negotiators(exact, asked) if said.get("suppressed_under") else exact
        others = [
            name
            for name, own, its in (
                ("rules", engine.version(), asked["engine"]),
                (f"plan {asked['plan']}", current(asked).version, asked["terms"]),
            )
            if own != its
        ]
    except (LookupError, TypeError, ValueError) as wrong:
        raise SheetError(f"what it asks cannot be counted here: {wrong}") from None
    same = canonical({"hash": digest(seen), **seen}) == canonical(said)
    if same:
        return Again(True, "counted again here: identical")
    why = f"; the {' and the '.join(others)} here are of another version" if others else ""
    return Again(False, f"counted again here: DIFFERENT{why}")
