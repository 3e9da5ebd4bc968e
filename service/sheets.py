"""Result sheets: a scenario's inputs and outcome, signed; as data, as CSV, and as a page that prints.

The signature is by a key that is derived from the installation's master key. Whoever has the public key can tell that a
sheet is what that installation counted, and whoever has the snapshot can count it again.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.keyring import derived_key
from service.outcomes import canonical, digest
from service.pictures import bars
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
STYLE = (
    "body{font-family:sans-serif;margin:2rem;max-width:60rem;color:#111}table{border-collapse:collapse;margin:1rem 0}"
    "th,td{border:1px solid #999;padding:.2rem .5rem;text-align:right}th:first-child,td:first-child{text-align:left}"
    "caption{text-align:left;font-weight:bold}svg{max-width:100%;height:auto}code{overflow-wrap:anywhere}"
    "@media print{body{margin:0}section{break-inside:avoid}}"
)


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


def rows_of(sheet: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str, Any]]:
    """Every figure of a sheet: terms, kind of group, group, month, figure, value (None: not shown)."""
    outcome = sheet["outcome"]
    everybody = [("everybody", "everybody", outcome["results"])]
    groups = [(kind, name, one["results"]) for kind, own in outcome["groups"].items() for name, one in own.items()]
    for kind, name, results in [*everybody, *groups]:
        for result in results:
            for figure in IN_ALL:
                yield result["terms"], kind, name, "", figure, result[figure]
            for figure in BY_MONTH:
                for month, value in zip(outcome["months"], result[figure], strict=True):
                    yield result["terms"], kind, name, month, figure, value
            for band in result["near_miss"]:
                yield result["terms"], kind, name, "", f"within {band['within']}", band["people"]
            for way in ("gained", "lost"):
                for cause in result["transitions"][way]:
                    yield result["terms"], kind, name, "", f"months {way}: {cause['cause']}", cause["months"]
    for point in outcome["sweep"]:
        name = ", ".join(f"{path} {value}" for path, value in point["values"].items())
        for figure in ("gained", "lost", "benefit_months"):
            yield name, "sweep", "everybody", "", figure, point[figure]
        for month, value in zip(outcome["months"], point["covered"], strict=True):
            yield name, "sweep", "everybody", month, "covered", value


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


def page_of(sheet: Mapping[str, Any]) -> str:
    """A sheet as a page that prints: no script, nothing from elsewhere."""
    outcome, asked = sheet["outcome"], sheet["asked"]
    title = f"{outcome['plan']}, {outcome['months'][0]} to {outcome['months'][-1]}"
    under, step = outcome.get("suppressed_under"), outcome.get("rounded_to")
    hidden = f"Counts below {under} are not shown; others are to the nearest {step}." if under else ""
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{_figure(outcome['members'])} members, counted under {len(outcome['results'])} terms.</p>",
        *(f"<p>{escape(note)}</p>" for note in outcome["notes"]),
        f"<p>{hidden}</p>" if hidden else "",
        "<section><h2>Terms</h2>",
        *_terms(asked),
        "</section>",
        *(_drawn(outcome)),
        _table("In all", outcome["results"], IN_ALL),
        *(_causes(result) for result in outcome["results"]),
        *(
            _table(f"{kind} {name}", one["results"], IN_ALL)
            for kind, own in outcome["groups"].items()
            for name, one in own.items()
        ),
        _months(outcome),
        "<section><h2>What it rests on</h2><dl>",
        *(
            f"<dt>{escape(name)}</dt><dd><code>{escape(str(value))}</code></dd>"
            for name, value in (
                ("snapshot", outcome["snapshot"]["hash"]),
                ("inputs", outcome["inputs"]),
                ("hash of the outcome", outcome["hash"]),
                ("rules", outcome["engine"]),
                ("signed by", sheet["public_key"]),
                ("signature", sheet["signature"]),
            )
        ),
        "</dl></section></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _figure(value: Any) -> str:
    return "not shown" if value is None else f"{value:,}" if isinstance(value, int) else escape(str(value))


def _terms(asked: Mapping[str, Any]) -> Iterator[str]:
    """The terms compared, in words."""
    yield "<ul>"
    for one in asked["under"]:
        said = [
            f"{path} {value} from {day}"
            for path, dated in one["changes"].items()
            for day, value in (dated.items() if isinstance(dated, Mapping) else [("", dated)])
        ]
        said += [f"{path} {value} from {day}" for path, dated in one["rates"].items() for day, value in dated.items()]
        said += [f"relief {name}" for name in one["relief"]]
        said += [f"without relief {name}" for name in one["without_relief"]]
        if one["grandfather"]:
            said.append(f"who is covered on {one['grandfather']['covered_on']} keeps the first terms")
        yield f"<li><b>{escape(one['name'])}</b>: {escape('; '.join(said) or 'the terms in force')}</li>"
    yield "</ul>"


def _drawn(outcome: Mapping[str, Any]) -> Iterator[str]:
    """Covered members at the ends of the span, drawn."""
    months = outcome["months"]
    chosen = sorted({0, len(months) // 2, len(months) - 1})
    for result in outcome["results"][1:]:
        names = (outcome["results"][0]["terms"], result["terms"])
        rows = [
            (months[month], [outcome["results"][0]["covered"][month] or 0, result["covered"][month] or 0])
            for month in chosen
        ]
        yield f"<section>{bars('Members covered', names, rows)}</section>"


def _table(caption: str, results: Sequence[Mapping[str, Any]], figures: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{escape(result["terms"])}</th>' for result in results)
    rows = "".join(
        f'<tr><th scope="row">{WORDS[figure]}</th>'
        + "".join(f"<td>{_figure(result[figure])}</td>" for result in results)
        + "</tr>"
        for figure in figures
    )
    return f"<section><table><caption>{escape(caption)}</caption><tr><td></td>{head}</tr>{rows}</table></section>"


def _causes(result: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{way}: {escape(cause["text"])}</th><td>{_figure(cause["months"])}</td>'
        f"<td>{_figure(cause['people'])}</td></tr>"
        for way in ("gained", "lost")
        for cause in result["transitions"][way]
    )
    if not rows:
        return ""
    head = '<tr><td></td><th scope="col">months</th><th scope="col">people</th></tr>'
    return f"<section><table><caption>Why, under {escape(result['terms'])}</caption>{head}{rows}</table></section>"


def _months(outcome: Mapping[str, Any]) -> str:
    head = "".join(f'<th scope="col">{escape(result["terms"])}</th>' for result in outcome["results"])
    rows = "".join(
        f'<tr><th scope="row">{month}</th>'
        + "".join(f"<td>{_figure(result['covered'][place])}</td>" for result in outcome["results"])
        + "</tr>"
        for place, month in enumerate(outcome["months"])
    )
    return (
        f"<section><table><caption>Members covered, by month</caption><tr><td></td>{head}</tr>{rows}</table></section>"
    )
