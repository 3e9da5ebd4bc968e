"""A sheet counted again where its snapshot is."""

from collections.abc import Mapping
from typing import Any

from rules import engine
from service.outcomes import canonical, digest, outcome
from service.settings import Settings
from service.simulation import evaluated
from service.snapshot_files import SnapshotError, folder_of, opened
from service.suppression import for_negotiators


def counted_again(settings: Settings, sheet: Mapping[str, Any]) -> bool | None:
    """Whether a sheet's question comes to its outcome here; None where the snapshot, or the rules code, is another."""
    asked, said = sheet["asked"], dict(sheet["outcome"])
    try:
        snapshot = opened(folder_of(settings.home, asked["snapshot"]))
    except SnapshotError:
        return None
    if asked["engine"] != engine.version():
        return None
    on, part = evaluated(asked, snapshot)
    exact = outcome(asked, snapshot, on, part)
    seen = for_negotiators(exact, asked) if said.get("suppressed_under") else exact
    return canonical({"hash": digest(seen), **seen}) == canonical(said)
