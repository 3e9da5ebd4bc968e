"""What a deployment may decide, read once from the environment."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
from platformdirs import user_data_path

from rules import terms
from service.held import unheld

MEBIBYTE = 1 << 20
KEY_BYTES = 32


class StartError(click.ClickException):
    """What was to be started cannot be; the message says why, and a command ends with it and status 1."""


def key_bytes(written: str) -> bytes:
    """The key that ``written`` says in base64. ValueError, which does not repeat it, when it is not 32 bytes."""
    try:
        key = base64.b64decode(written.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("The master key is not base64.") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"The master key has {len(key)} bytes; it needs {KEY_BYTES}.")
    return key


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
    plans: tuple[str, ...] = ("mpi-health",)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings that ``environment`` gives: HOURBANK_HOME, DATABASE_URL, HOURBANK_KEY, HOURBANK_MAX_BODY_MIB
        and HOURBANK_PLANS (the plans administered here, with commas; receipts tell whose cover changes in them).

        StartError for a key, a limit or a plan that cannot be used.
        """
        home, key = environment.get("HOURBANK_HOME"), environment.get("HOURBANK_KEY") or None
        most = environment.get("HOURBANK_MAX_BODY_MIB") or "64"
        if not re.fullmatch("0*[1-9][0-9]{0,4}", most):
            raise StartError("HOURBANK_MAX_BODY_MIB is not a whole number from 1 to 99999; set it to one, such as 64.")
        try:
            if key:
                key_bytes(key)
        except ValueError as wrong:
            cure = "Set HOURBANK_KEY to the base64 of 32 bytes, or leave it out."
            raise StartError(f"{wrong} {cure}") from None
        plans = tuple(name.strip() for name in (environment.get("HOURBANK_PLANS") or "mpi-health").split(","))
        unknown = [name for name in plans if name not in terms.names()]
        if unknown:
            known = ", ".join(terms.names())
            raise StartError(f"HOURBANK_PLANS names {', '.join(unknown)}, which is no plan. There are: {known}.")
        wanting = [why for why in map(unheld, map(terms.plan, plans)) if why]
        if wanting:
            raise StartError(f"HOURBANK_PLANS cannot be administered yet: {'; '.join(wanting)}.")
        return cls(
            home=Path(home).expanduser().absolute() if home else user_data_path("hourbank", appauthor=False),
            database_url=environment.get("DATABASE_URL") or None,
            key=key,
            max_body_bytes=int(most) * MEBIBYTE,
            plans=plans,
        )
