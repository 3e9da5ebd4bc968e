"""What a deployment may decide, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Everything has a value that works on a bare machine.

    ``home`` is the data folder (embedded PostgreSQL, master key). Without ``database_url`` the embedded PostgreSQL is
    used. ``key`` is the master key as base64; without it a key file in ``home`` serves.
    """

    home: Path
    database_url: str | None = None
    key: str | None = field(default=None, repr=False)
    max_body_bytes: int = 64 * MEBIBYTE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings that ``environment`` gives: HOURBANK_HOME, DATABASE_URL, HOURBANK_KEY, HOURBANK_MAX_BODY_MIB."""
        home = environment.get("HOURBANK_HOME")
        return cls(
            home=Path(home).expanduser().absolute() if home else user_data_path("hourbank", appauthor=False),
            database_url=environment.get("DATABASE_URL") or None,
            key=environment.get("HOURBANK_KEY") or None,
            max_body_bytes=int(environment.get("HOURBANK_MAX_BODY_MIB") or 64) * MEBIBYTE,
        )
