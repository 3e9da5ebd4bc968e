"""Employers on the wire."""

import re
from typing import Any, ClassVar

from schemas.fields import Answer, Choice, Code, Instant, Request, Text

EMPLOYER_EXAMPLE: dict[str, Any] = {"code": "ACME", "name": "Acme Pictures", "contributor_class": "basic"}
EMPLOYER_ANSWER_EXAMPLE: dict[str, Any] = {**EMPLOYER_EXAMPLE, "created_at": "2021-07-31T17:04:05.250000Z"}
CLASSES = ("basic", "premium")


class EmployerCode(Code):
    """An employer's code: 1 to 32 capitals, digits, hyphens, underscores and points, not beginning with a mark."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,31}")
    document: ClassVar[dict[str, Any]] = {"pattern": f"^{pattern.pattern}$", "maxLength": 32}


class NewEmployer(Request):
    """An employer to be recorded."""

    code = EmployerCode(
        required=True, metadata={"description": "Its short name in every report.", "examples": ["ACME"]}
    )
    name = Text(required=True, metadata={"examples": ["Acme Pictures"]})
    contributor_class = Choice(
        *CLASSES, allow_none=True, load_default=None, metadata={"description": "Left out when it is not known."}
    )


class Employer(Answer):
    """A contributing employer."""

    code = EmployerCode(required=True, metadata={"examples": ["ACME"]})
    name = Text(required=True, metadata={"examples": ["Acme Pictures"]})
    contributor_class = Choice(*CLASSES, required=True, allow_none=True)
    created_at = Instant(required=True)
