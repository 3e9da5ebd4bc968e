"""Exact fields: what is written is what is stored, or it is refused with a message that names the cure.

Hours become whole hundredths, money whole cents, days dates. Nothing is rounded, trimmed or guessed. Every text is
matched against one ASCII pattern before it is read, because Python itself also takes ``1_0``, ``NaN`` and Arabic
digits. Refusals are :class:`marshmallow.ValidationError` holding a :class:`Message`, a text that carries a code.
"""

import datetime
import re
from typing import Any, ClassVar, TypeVar

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields

from rules.units import written

T = TypeVar("T")

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
SHOWN_LENGTH = 40


class Message(str):
    """What is wrong and how to put it right, for people; ``code`` says the same to programs and never changes."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str, text: str) -> "Message":
        """``text`` with ``code``."""
        message = super().__new__(cls, text)
        message.code = code
        return message


def refused(code: str, text: str) -> ValidationError:
    """The error to raise for one wrong value."""
    return ValidationError(Message(code, text))


def shown(value: object) -> str:
    """``value`` as a message may quote it: short, in quotation marks, nothing unprintable."""
    text = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(str(value).splitlines()))
    return f'"{text[: SHOWN_LENGTH - 1]}…"' if len(text) > SHOWN_LENGTH else f'"{text}"'


OBJECT_MESSAGES: dict[str, str] = {
    "unknown": Message("unknown_name", "This name is not known here. Check its spelling, or leave it out."),
    "type": Message("not_an_object", "Write an object: names and values between { and }."),
}


class Request(Schema):
    """A request body or query: a name that is not known is refused, never passed over."""

    error_messages = OBJECT_MESSAGES

    class Meta:
        """Documented as ``additionalProperties: false``."""

        unknown = RAISE


class Answer(Schema):
    """An answer: names that a client does not know yet are passed over, so that answers can grow."""

    class Meta:
        """Nothing more."""

        unknown = EXCLUDE


class Exact(fields.Field[T]):
    """A field that documents itself and whose refusals carry codes. ``document`` is its JSON schema."""

    document: ClassVar[dict[str, Any]] = {}
    messages: ClassVar[dict[str, str]] = {
        "required": "This is missing, and it is needed.",
        "null": "This is empty (null), and a value is needed.",
    }

    def __init__(self, *, metadata: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(metadata={**self.document, **(metadata or {})}, **options)

    def make_error(self, key: str, **values: Any) -> ValidationError:
        """The refusal named ``key``, with its code."""
        return refused(key, self.messages[key]) if key in self.messages else super().make_error(key, **values)

    def text_of(self, value: object) -> str:
        """``value``, which must be text."""
        if not isinstance(value, str):
            raise refused("not_text", f"Write this as text in quotation marks; {shown(value)} is not text.")
        return value


class Text(Exact[str]):
    """Text of ``least`` to ``most`` characters, kept as written. Blank text and control characters are refused."""

    def __init__(
        self, *, most: int = 200, least: int = 1, metadata: dict[str, Any] | None = None, **options: Any
    ) -> None:
        self.least, self.most = least, most
        limits = {"type": "string", "minLength": least, "maxLength": most}
        super().__init__(metadata={**limits, **(metadata or {})}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = self.text_of(value)
        if len(text) > self.most:
            raise refused(
                "too_long", f"This has {len(text)} characters; at most {self.most} are taken. Shorten {shown(text)}."
            )
        if UNPRINTABLE.search(text):
            raise refused("bad_character", f"This holds a character that cannot be printed: {shown(text)}. Remove it.")
        if len(text.strip()) < self.least:
            raise refused("blank", "This is blank. Write something here, or leave the name out where it is optional.")
        return text


class Code(Text):
    """A short code: letters, digits, point, hyphen and underscore, beginning with a letter or a digit."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
    document: ClassVar[dict[str, Any]] = {"pattern": f"^{pattern.pattern}$"}

    def __init__(self, **options: Any) -> None:
        super().__init__(most=64, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            raise refused(
                "bad_code",
                f"{shown(text)} is not a code. Codes are made of the letters A to Z, digits, points, hyphens and "
                "underscores, and begin with a letter or a digit.",
            )
        return text


class Choice(Exact[str]):
    """One of a few words, given in ``choices``."""

    def __init__(self, *choices: str, metadata: dict[str, Any] | None = None, **options: Any) -> None:
        self.choices = choices
        super().__init__(metadata={"type": "string", **(metadata or {})}, **options)
        self.metadata = {**self.metadata, "enum": [*choices, None] if self.allow_none else list(choices)}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value not in self.choices:
            raise refused("bad_choice", f"{shown(value)} is not one of: {', '.join(self.choices)}. Write one of these.")
        return str(value)


class Hundredths(Exact[int]):
    """A decimal number of at most two places, written as text, held as whole hundredths."""

    noun: ClassVar[str]
    example: ClassVar[str]

    def __init__(
        self, *, digits: int, signed: bool = False, metadata: dict[str, Any] | None = None, **options: Any
    ) -> None:
        sign = "-?" if signed else ""
        self.signed, self.digits = signed, digits
        self.pattern = re.compile(rf"{sign}[0-9]{{1,{digits}}}(\.[0-9]{{1,2}})?")
        document = {"type": "string", "pattern": f"^{self.pattern.pattern}$", "examples": [self.example]}
        super().__init__(metadata={**document, **(metadata or {})}, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else written(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str):
            raise refused(
                "not_text",
                f'Write {self.noun} as text in quotation marks, such as "{self.example}", not as a bare number.',
            )
        if not self.pattern.fullmatch(value):
            raise self.refusal(value)
        whole, _, part = value.lstrip("-").partition(".")
        size = int(whole) * 100 + int(part.ljust(2, "0"))
        return -size if value[0] == "-" else size

    def refusal(self, text: str) -> ValidationError:
        """Why ``text`` does not match, in the narrowest words that are true of it."""
        such = f"such as {self.example}"
        if re.fullmatch(r"[0-9]+\.[0-9]{3,}", text):
            cure = f"has more than two decimal places. Nothing is rounded here: write two at most, {such}."
            return refused("too_many_decimals", f"{shown(text)} {cure}")
        if re.fullmatch(r"-[0-9]+(\.[0-9]*)?", text):
            cure = "is negative. To take something back, correct or void the line that reported it."
            return refused("negative", f"{shown(text)} {cure}")
        if re.fullmatch(r"[0-9]+,[0-9]+", text):
            return refused("decimal_comma", f"{shown(text)} has a comma. Write the decimals after a point, {such}.")
        if re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", text):
            cure = f"is too large: at most {self.digits} digits may stand before the point. Check the number."
            return refused("too_large", f"{shown(text)} {cure}")
        cure = f"Write only digits, and a point before at most two decimals, {such}."
        return refused(f"bad_{self.noun}", f"{shown(text)} cannot be read as {self.noun}. {cure}")


class Hours(Hundredths):
    """Hours: ``"412.50"`` is 41250 hundredths. ``signed`` for changes and reversals, which may be negative."""

    noun: ClassVar[str] = "hours"
    example: ClassVar[str] = "412.50"

    def __init__(self, *, digits: int = 6, **options: Any) -> None:
        super().__init__(digits=digits, **options)


class Money(Hundredths):
    """Money: ``"41.20"`` is 4120 cents."""

    noun: ClassVar[str] = "money"
    example: ClassVar[str] = "41.20"

    def __init__(self, *, digits: int = 12, **options: Any) -> None:
        super().__init__(digits=digits, **options)


class Day(Exact[datetime.date]):
    """A calendar day written ``YYYY-MM-DD``."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
    document: ClassVar[dict[str, Any]] = {
        "type": "string",
        "format": "date",
        "pattern": f"^{pattern.pattern}$",
        "examples": ["2021-07-31"],
    }

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value.isoformat())

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime.date:
        text = self.text_of(value)
        if not self.pattern.fullmatch(text):
            raise refused("bad_date", f"{shown(text)} is not a date. Write year-month-day, such as 2021-07-31.")
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            raise refused("impossible_date", f"There is no {shown(text)} in the calendar. Check the date.") from None


class Month(Exact[datetime.date]):
    """A month written ``YYYY-MM``, held as its first day."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
    document: ClassVar[dict[str, Any]] = {
        "type": "string",
        "pattern": f"^{pattern.pattern}$",
        "examples": ["2021-07"],
    }

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:%Y-%m}".rjust(7, "0")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime.date:
        text = self.text_of(value)
        if not self.pattern.fullmatch(text) or text.startswith("0000"):
            raise refused("bad_month", f"{shown(text)} is not a month. Write year-month, such as 2021-07.")
        return datetime.date(int(text[:4]), int(text[5:]), 1)


class Instant(Exact[datetime.datetime]):
    """A moment in answers, written in UTC to the microsecond."""

    document: ClassVar[dict[str, Any]] = {
        "type": "string",
        "format": "date-time",
        "examples": ["2021-07-31T17:04:05.250000Z"],
    }

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return f"{value.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


class Whole(Exact[int]):
    """A whole number of JSON from ``least`` to ``most``: 1.5, true and ``"3"`` are refused."""

    def __init__(
        self, *, least: int = 0, most: int = 2**53 - 1, metadata: dict[str, Any] | None = None, **options: Any
    ) -> None:
        self.least, self.most = least, most
        document = {"type": "integer", "minimum": least, "maximum": most}
        super().__init__(metadata={**document, **(metadata or {})}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise refused(
                "not_whole",
                f"{shown(value)} is not a whole number. Write digits only, without quotation marks or point.",
            )
        return self.within(value)

    def within(self, number: int) -> int:
        """``number``, which must lie between the limits."""
        if not self.least <= number <= self.most:
            raise refused("out_of_range", f"{number} is out of range. Write a number from {self.least} to {self.most}.")
        return number


class WrittenWhole(Whole):
    """A whole number where everything is text: a query string, a cell of a CSV file."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", self.text_of(value)):
            raise refused(
                "not_whole", f"{shown(value)} is not a whole number. Write digits only, such as {self.least}."
            )
        return self.within(int(value))


class WrittenFlag(Exact[bool]):
    """Yes or no in a query string: ``true`` or ``false``."""

    document: ClassVar[dict[str, Any]] = {"type": "boolean"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise refused("bad_choice", f"{shown(value)} is neither true nor false. Write one of these.")
        return bool(value == "true")


class Flag(Exact[bool]):
    """Yes or no in JSON: true or false, and nothing that merely resembles them."""

    document: ClassVar[dict[str, Any]] = {"type": "boolean"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise refused(
                "bad_choice", f"{shown(value)} is neither true nor false. Write one, without quotation marks."
            )
        return value


class KnownAt(Text):
    """The state of the ledger to answer from: a position (whole number) or an RFC 3339 instant with its zone."""

    document: ClassVar[dict[str, Any]] = {
        "description": "Answer from what was known then: a ledger position, or an RFC 3339 instant with zone. "
        "Left out: everything known now.",
        "examples": ["812", "2021-07-31T17:04:05Z"],
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(most=40, **options)
