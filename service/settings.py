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

from rules import terms, units
from service.held import unheld
from service.roles import NAME, USUAL, Roles

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
class Lateness:
    """What late reports and payments cost where their agreement does not say it; None: not known, not reckoned.

    ``due_day`` is so many days after the month in which the last week ends; ``interest`` hundredths of a percent a
    year, ``liquidated_damages`` hundredths of a percent, once.
    """

    due_day: int | None = None
    interest: int | None = None
    liquidated_damages: int | None = None


def lateness_of(environment: Mapping[str, str]) -> Lateness:
    """What HOURBANK_DUE_DAY, HOURBANK_INTEREST_PERCENT and HOURBANK_DAMAGES_PERCENT say. StartError if it cannot be."""
    found: list[int | None] = []
    for name, most in (
        ("HOURBANK_DUE_DAY", 366),
        ("HOURBANK_INTEREST_PERCENT", 100),
        ("HOURBANK_DAMAGES_PERCENT", 100),
    ):
        written = environment.get(name)
        if not written:
            found.append(None)
            continue
        try:
            amount = units.hundredths(written)
        except ValueError as wrong:
            raise StartError(f"{name}: {wrong}.") from None
        whole = name == "HOURBANK_DUE_DAY"
        if not 0 <= amount <= most * 100 or (whole and amount % 100):
            raise StartError(f"{name} is {written}; set it to a {'whole ' if whole else ''}number from 0 to {most}.")
        found.append(amount // 100 if whole else amount)
    return Lateness(*found)


def mebibytes(environment: Mapping[str, str], name: str, usual: int) -> int:
    """The bytes that a setting gives in MiB. StartError if it cannot be."""
    written = environment.get(name) or str(usual)
    if not re.fullmatch("0*[1-9][0-9]{0,4}", written):
        raise StartError(f"{name} is not a whole number from 1 to 99999; set it to one, such as {usual}.")
    return int(written) * MEBIBYTE


def roles_of(environment: Mapping[str, str]) -> Roles:
    """The roles that HOURBANK_SERVICE_ROLE and HOURBANK_READER_ROLE name. StartError if they cannot be two roles."""
    names = ("HOURBANK_SERVICE_ROLE", "HOURBANK_READER_ROLE")
    found = [environment.get(name) or usual for name, usual in zip(names, USUAL, strict=True)]
    for name, written in zip(names, found, strict=True):
        if not NAME.fullmatch(written) or written.startswith("pg_"):
            raise StartError(f"{name} is no name for a role; take small letters, digits and _, such as hourbank_x.")
    if found[0] == found[1]:
        raise StartError("HOURBANK_SERVICE_ROLE and HOURBANK_READER_ROLE are the same; give them two names.")
    return Roles(*found)


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Everything has a value that works on a bare machine.

    ``home`` is the data folder (embedded PostgreSQL, master key). ``database_url`` is where the owner of the tables
    connects; without it the embedded PostgreSQL is used. ``service_url`` is where the service connects, if it has a
    login of its own, and ``roles`` are those that it works under. ``key`` is the master key as base64; without it a
    key file in ``home`` serves. ``max_body_bytes`` is the longest body in JSON, which is held in memory, and
    ``max_file_bytes`` the longest of any other form, which is not.
    """

    home: Path
    database_url: str | None = field(default=None, repr=False)
    service_url: str | None = field(default=None, repr=False)
    roles: Roles = USUAL
    key: str | None = field(default=None, repr=False)
    max_body_bytes: int = 64 * MEBIBYTE
    max_file_bytes: int = 256 * MEBIBYTE
    plans: tuple[str, ...] = ("mpi-health",)
    lateness: Lateness = Lateness()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings that ``environment`` gives: HOURBANK_HOME, DATABASE_URL, HOURBANK_SERVICE_URL,
        HOURBANK_SERVICE_ROLE, HOURBANK_READER_ROLE, HOURBANK_KEY, HOURBANK_MAX_BODY_MIB, HOURBANK_MAX_FILE_MIB,
        HOURBANK_PLANS (the plans administered here, with commas; receipts tell whose cover changes in them), and
        those of :func:`lateness_of`.

        StartError for a key, a limit or a plan that cannot be used.
        """
        home, key = environment.get("HOURBANK_HOME"), environment.get("HOURBANK_KEY") or None
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
            no_plan = f"HOURBANK_PLANS names {', '.join(unknown)}, which is no plan of health cover"
            raise StartError(f"{no_plan}. There are: {known}. (A pension plan is answered without being named.)")
        wanting = [why for why in map(unheld, map(terms.plan, plans)) if why]
        if wanting:
            raise StartError(f"HOURBANK_PLANS cannot be administered yet: {'; '.join(wanting)}.")
        return cls(
            home=Path(home).expanduser().absolute() if home else user_data_path("hourbank", appauthor=False),
            database_url=environment.get("DATABASE_URL") or None,
            service_url=environment.get("HOURBANK_SERVICE_URL") or None,
            roles=roles_of(environment),
            key=key,
            max_body_bytes=mebibytes(environment, "HOURBANK_MAX_BODY_MIB", 64),
            max_file_bytes=mebibytes(environment, "HOURBANK_MAX_FILE_MIB", 256),
            plans=plans,
            lateness=lateness_of(environment),
        )
