"""Result sheets: a scenario's inputs and outcome, signed; as data and as CSV (a page: :mod:`service.sheet_page`).

The signature is by a key that is derived from the installation's master key. Whoever has the public key can tell that a
sheet is what that installation counted, and whoever has the snapshot can count it again.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.keyring import derived_key
from service.outcomes import canonical, digest
from service.settings import Settings

FORM = "hourbank-sheet-1"
PURPOSE = "result sheets"
BY_MONTH = ("covered", "newly_initial", "saved_by_bank_by_month", "gained_by_month", "lost_by_month")
IN_ALL = (
    *("people", "gained", "lost", "saved_by_bank", "benefit_months", "benefit_months_gained", "benefit_months_lost"),
)
WORDS = {
    "covered": "covered",
    "newly_initial": "new by the initial test",
    "saved_by_bank_by_month": "covered by the bank",
    "gained_by_month": "gained cover",
    "lost_by_month": "lost cover",
    "people": "people ever covered",
    "gained": "people who gain in any month",
    "lost": "people who lose in any month",
    "saved_by_bank": "people ever saved by the bank",
    "benefit_months": "months of cover",
    "benefit_months_gained": "months of cover gained",
    "benefit_months_lost": "months of cover lost",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class SheetError(ValueError):
    """A sheet that is not what it says; the message says how."""


def signer(settings: Settings) -> Ed25519PrivateKey:
    """The installation's key for sheets."""
    return Ed25519PrivateKey.from_private_bytes(derived_key(settings, PURPOSE))


def public_key(settings: Settings) -> str:
    """What verifies this installation's sheets, in hexadecimal."""
    return signer(settings).public_key().public_bytes_raw().hex()


def signed(settings: Settings, asked: Mapping[str, Any], outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet of a scenario."""
    sheet = {"form": FORM, "asked": dict(asked), "outcome": dict(outcome)}
    signature = signer(settings).sign(canonical(sheet).encode()).hex()
    return {**sheet, "public_key": public_key(settings), "signature": signature}


def verify(sheet: Mapping[str, Any], key: str | None = None) -> None:
    """Raise :class:`SheetError` unless a sheet is what its key (or the one named) signed, and its hashes fit."""
    try:
        said = {name: sheet[name] for name in ("form", "asked", "outcome")}
        signature, own = bytes.fromhex(sheet["signature"]), sheet["public_key"]
        verifier = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or own))
    except (KeyError, TypeError, ValueError):
        raise SheetError("this is no result sheet") from None
    if said["form"] != FORM:
        raise SheetError(f"this is no sheet of the form {FORM}")
    try:
        verifier.verify(signature, canonical(said).encode())
    except InvalidSignature:
        raise SheetError("the signature does not fit: the sheet was changed, or signed by somebody else") from None
    outcome = dict(said["outcome"]) if isinstance(said["outcome"], Mapping) else {}
    if outcome.pop("hash", None) != digest(outcome):
        raise SheetError("the outcome is not what its hash says")
    if outcome.get("inputs") != digest(said["asked"]):
        raise SheetError("the outcome does not belong to what was asked")


Row = tuple[str, str, str, str, str, Any]


def rows_of(sheet: Mapping[str, Any]) -> Iterator[Row]:
    """Every figure of a sheet: terms, kind of group, group, month, figure, value (None: not shown)."""
    outcome = sheet["outcome"]
    everybody = [("everybody", "everybody", outcome["results"])]
    groups = [(kind, name, one["results"]) for kind, own in outcome["groups"].items() for name, one in own.items()]
    for kind, name, results in [*everybody, *groups]:
        for result in results:
            for month, figure, value in _of_counts(result, outcome["months"]):
                yield result["terms"], kind, name, month, figure, value
    for result in outcome["results"]:
        yield from _of_bands(result, outcome["months"])
        yield from _of_money(result, outcome["months"])
    for point in outcome["sweep"]:
        name = ", ".join(f"{path} {value}" for path, value in point["values"].items())
        for figure in ("gained", "lost", "benefit_months"):
            yield name, "sweep", "everybody", "", figure, point[figure]
        for month, value in zip(outcome["months"], point["covered"], strict=True):
            yield name, "sweep", "everybody", month, "covered", value
    for one in outcome["assumptions"]:
        for figure in ("lines", "hours", "not_applied"):
            yield "", "assumption", one["assumption"], "", figure, one[figure]
    for one in (outcome.get("close") or {"tried": ()})["tried"]:
        yield outcome["results"][0]["terms"], "close", one["value"], "", "better_by", one["better_by"]


def _of_counts(result: Mapping[str, Any], months: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    """The counts of one group under one of the terms: month, figure, value."""
    for figure in IN_ALL:
        yield "", figure, result[figure]
    for figure in BY_MONTH:
        for month, value in zip(months, result[figure], strict=True):
            yield month, figure, value
    for band in result["near_miss"]:
        yield "", f"within {band['within']}", band["people"]
        for month, value in zip(months, band["by_month"], strict=True):
            yield month, f"within {band['within']}", value
    for way in ("gained", "lost"):
        for cause in result["transitions"][way]:
            yield "", f"months {way}: {cause['cause']}", cause["months"]
            yield "", f"people {way}: {cause['cause']}", cause["people"]


def _of_bands(result: Mapping[str, Any], months: Sequence[str]) -> Iterator[Row]:
    """Between which counts resampled memberships lie, if that was asked."""
    for figure, band in result.get("uncertainty", {}).items():
        for end, value in band.items():
            values = zip(months, value, strict=True) if isinstance(value, list) else [("", value)]
            for month, one in values:
                yield result["terms"], "everybody", "everybody", month, f"{figure}, {end}", one


def _of_money(result: Mapping[str, Any], months: Sequence[str]) -> Iterator[Row]:
    """What a fund takes in, pays and holds under one of the terms, if that was asked."""
    money = result.get("money")
    if money is None:
        return
    for name in ("contributed", "income", "cost", "reserve", "reserve_months"):
        for month, value in zip(months, money[name] or (), strict=money[name] is not None):
            yield result["terms"], "money", money["fund"], month, name, value
    for name in ("net", "below_floor"):
        yield result["terms"], "money", money["fund"], "", name, money[name]
    for one in money["contributions"]:
        whose = f"{one['fund']}, {one['agreement']}, {one['contributor_class']}"
        for name in ("members", "total", "hours_without_a_known_rate"):
            yield result["terms"], "contributions", whose, "", name, one[name]


def csv_of(sheet: Mapping[str, Any]) -> str:
    """A sheet as CSV. Cells that a spreadsheet would take for formulas begin with an apostrophe."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(("terms", "by", "group", "month", "figure", "value"))
    for row in rows_of(sheet):
        rows.writerow(["" if cell is None else harmless(str(cell)) for cell in row])
    return out.getvalue()


def harmless(cell: str) -> str:
    """The text of a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
