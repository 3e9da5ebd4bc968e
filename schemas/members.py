"""Members on the wire."""

import re
from typing import Any, ClassVar

from marshmallow import fields

from schemas.fields import Answer, Day, Exact, Instant, Request, Text, WrittenWhole, refused, shown

MEMBER_EXAMPLE: dict[str, Any] = {
    "number": "M-000123",
    "name": "Rosa Delgado",
    "local": "80",
    "birth_date": "1975-03-14",
    "joined": "2004-09-01",
    "ssn": "123-45-6789",
}
MEMBER_ANSWER_EXAMPLE: dict[str, Any] = {
    **MEMBER_EXAMPLE,
    "id": "7f0c4a52-3a0e-4b8e-9a57-0f3c2a5d9e11",
    "ssn": "***-**-6789",
    "created_at": "2021-07-31T17:04:05.250000Z",
}


LONGEST_NUMBER = 32


class MemberNumber(Exact[str]):
    """A member's number: 1 to 32 printable ASCII characters, neither beginning nor ending with a space."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]([ -~]{0,30}[!-~])?")
    document: ClassVar[dict[str, Any]] = {
        "type": "string",
        "pattern": f"^{pattern.pattern}$",
        "maxLength": LONGEST_NUMBER,
        "examples": ["M-000123"],
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = self.text_of(value)
        if not self.pattern.fullmatch(text):
            raise refused(
                "bad_number",
                f"{shown(text)} is not a member number. Write 1 to 32 letters, digits and signs of plain ASCII.",
            )
        return text


class SSN(Exact[str]):
    """A Social Security number, held as its nine digits. Refusals never repeat it."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}")
    document: ClassVar[dict[str, Any]] = {
        "type": "string",
        "pattern": f"^{pattern.pattern}$",
        "writeOnly": True,
        "examples": ["123-45-6789"],
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise refused("bad_ssn", "This is not an SSN. Write nine digits as text, with or without dashes.")
        return value.replace("-", "")


class NewMember(Request):
    """A member to be recorded."""

    number = MemberNumber(required=True)
    name = Text(required=True, metadata={"examples": ["Rosa Delgado"]})
    local = Text(most=32, allow_none=True, load_default=None, metadata={"examples": ["80"]})
    birth_date = Day(allow_none=True, load_default=None)
    joined = Day(allow_none=True, load_default=None)
    ssn = SSN(allow_none=True, load_default=None)


class Member(Answer):
    """A person whose hours are reported."""

    id = fields.UUID(required=True)
    number = MemberNumber(required=True)
    name = Text(required=True, metadata={"examples": ["Rosa Delgado"]})
    local = Text(most=32, required=True, allow_none=True)
    birth_date = Day(required=True, allow_none=True)
    joined = Day(required=True, allow_none=True)
    ssn = Text(
        required=True, allow_none=True, metadata={"description": "The last four digits.", "examples": ["***-**-6789"]}
    )
    created_at = Instant(required=True)


class MemberQuery(Request):
    """Which members."""

    number = MemberNumber(metadata={"description": "The member with this number."})
    limit = WrittenWhole(least=1, most=200, load_default=50, metadata={"description": "Members in one answer."})
    cursor = Text(most=200, metadata={"description": "The `next` of the answer before."})


class MemberList(Answer):
    """Members in the order of their numbers."""

    items = fields.List(fields.Nested(Member), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Cursor; null at the end."})
