"""Corrections of remittance reports, and what is answered to them."""

from typing import Any

from marshmallow import fields

from schemas.fields import Answer, Choice, Code, Day, Flag, Hours, Request, Text, Whole, WrittenFlag, refused
from schemas.remittances import (
    BASES,
    COVER_CHANGE_EXAMPLE,
    DUE_EXAMPLE,
    RECEIPT_EXAMPLE,
    REPORT_EXAMPLE,
    Particulars,
    Receipt,
    ReportedLine,
    described,
)

MOST_LINES = 10_000
CORRECTION_EXAMPLE: dict[str, Any] = {
    "reason": "Time cards of stage 4 were read twice.",
    "lines": [{"line": 3, "hours_worked": "40.00"}, {"line": 7, "void": True}],
}


class CorrectionLine(Particulars, Request):
    """What changes in one line: only the names that are given. ``void`` takes it back, ``restore`` undoes that."""

    line = Whole(required=True, least=1, most=500_000, metadata=described("Line of the report; the first is 1."))
    void = Flag(metadata=described("True takes the line back without replacing it."))
    restore = Flag(metadata=described("True reverses the reversal of a void line: it says again what it said."))
    member = Text(most=64, metadata=described("The member's number."))
    employer = Code(metadata=described("Moves the line's hours to another employer; for administrators."))
    week_ending = Day()
    basis = Choice(*BASES)


def some_lines(lines: list[Any]) -> None:
    """Refuse a correction of nothing, and one that is better sent as a new report."""
    if not lines:
        raise refused("no_lines", "Name at least one line to correct.")
    if len(lines) > MOST_LINES:
        raise refused("too_many_lines", f"At most {MOST_LINES:,} lines are corrected at once. Send the rest after it.")


class Correction(Request):
    """A correction of a report: at most one change of each line."""

    reason = Text(required=True, most=1000, metadata={"examples": [CORRECTION_EXAMPLE["reason"]]})
    lines = fields.List(
        fields.Nested(CorrectionLine),
        required=True,
        validate=some_lines,
        metadata={"minItems": 1, "maxItems": MOST_LINES},
    )


class PreviewedCorrection(Correction):
    """A correction that is only asked about, with the report that it is for."""

    remittance = fields.UUID(required=True, metadata=described("The report to be corrected."))


class CorrectionQuery(Request):
    """The query of a correction."""

    dry_run = WrittenFlag(load_default=False, metadata=described("Give the same answer and store nothing."))


class Change(Answer):
    """One line before and after. Before is null for a line that was void, after for one that is void now."""

    line = Whole(required=True)
    before = fields.Nested(ReportedLine, required=True, allow_none=True)
    after = fields.Nested(ReportedLine, required=True, allow_none=True)


class CorrectionReceipt(Receipt):
    """What a correction changed: the sums are differences, and may be negative."""

    remittance = fields.UUID(required=True, metadata=described("The report that was corrected."))
    hours = Hours(digits=12, signed=True, required=True, metadata=described("Change of the hours worked."))
    credited_hours = Hours(digits=12, signed=True, required=True, metadata=described("Change of the hours that count."))
    changes = fields.List(fields.Nested(Change), required=True)


BEFORE: dict[str, Any] = {
    **REPORT_EXAMPLE["lines"][0],
    "employer": "ACME",
    "credited": "52.50",
    "imputation": "worked",
    "contributions": DUE_EXAMPLE,
}
CORRECTION_RECEIPT_EXAMPLE: dict[str, Any] = {
    **RECEIPT_EXAMPLE,
    "id": "5a2f1c36-4f0e-4b07-a6a4-1d8a4c1c9d10",
    "remittance": RECEIPT_EXAMPLE["id"],
    "position": 813,
    "hours": "-12.50",
    "credited_hours": "-12.50",
    "cover_changes": {"gained": 0, "lost": 1, "members": [{**COVER_CHANGE_EXAMPLE, "change": "lost"}]},
    "changes": [{"line": 1, "before": BEFORE, "after": {**BEFORE, "hours_worked": "40.00", "credited": "40.00"}}],
}


class Preview(Receipt):
    """The receipt that posting a report or a correction now would give."""

    remittance = fields.UUID(metadata=described("The report, where a correction is previewed."))
    hours = Hours(digits=12, signed=True, required=True, metadata=described("Hours worked, or their change."))
    credited_hours = Hours(
        digits=12, signed=True, required=True, metadata=described("Hours that count, or the change.")
    )
    changes = fields.List(fields.Nested(Change), metadata=described("Each line before and after, of a correction."))


PREVIEW_EXAMPLE: dict[str, Any] = {**RECEIPT_EXAMPLE, "dry_run": True}
