"""What a scenario supposes about the work: a stoppage, more or fewer hours, caps, work moved, years to come."""

from typing import Any

from marshmallow import ValidationError, fields

from rules.assume import WHERE
from schemas.fields import Code, Day, Flag, Hours, Message, Request, Text, refused


def few_words(where: dict[str, list[str]]) -> None:
    """Refuse conditions on anything but what lines say."""
    wrong = {name: [Message("bad_name", f"Lines say {', '.join(WHERE)}.")] for name in where if name not in WHERE}
    if wrong:
        raise ValidationError(wrong)


def not_empty(words: list[str]) -> None:
    """Refuse an empty list."""
    if not words:
        raise refused("empty", "Name at least one.")


class Since(Request):
    """From which day on, and of which lines, something is supposed."""

    since = Day(allow_none=True, load_default=None)
    where = fields.Dict(
        keys=fields.String(),
        values=fields.List(Text(), validate=not_empty),
        load_default=dict,
        validate=few_words,
        metadata={"description": f"Only lines with one of these words in each of these: {', '.join(WHERE)}."},
    )


class Continued(Request):
    """The work of some past weeks, again and again until a day: for years that are not there yet."""

    from_ = Day(data_key="from", required=True)
    to = Day(required=True)
    until = Day(required=True)
    since = Day(
        allow_none=True,
        load_default=None,
        metadata={"description": "It begins in the first whole week from this day on; without one, right after to."},
    )


class Stoppage(Request):
    """No work from a day to a day, of all lines or some."""

    from_ = Day(data_key="from", required=True)
    to = Day(required=True)
    where = fields.Dict(
        keys=fields.String(), values=fields.List(Text(), validate=not_empty), load_default=dict, validate=few_words
    )


class Factor(Since):
    """So much of the work that there was."""

    factor = Hours(required=True, digits=2, metadata={"examples": ["0.80"]})


class Cap(Request):
    """No more hours than this a day worked, or a week."""

    hours = Hours(required=True, digits=3, metadata={"examples": ["12.00"]})
    since = Day(allow_none=True, load_default=None)


def a_part(share: int) -> None:
    """Refuse a share that is more than everything."""
    if not 0 < share <= 100:
        raise refused("out_of_range", "Write a share above 0.00 and up to 1.00.")


class Move(Since):
    """A share of the work under another agreement; ``counts`` false: it no longer counts for cover."""

    share = Hours(required=True, digits=1, validate=a_part, metadata={"examples": ["0.20"]})
    to = Code(required=True)
    counts = Flag(load_default=True)


class Assume(Request):
    """What is supposed about the work. ``stoppage``, ``hours_factor`` and the caps as texts are short forms."""

    continued = fields.Nested(Continued, allow_none=True)
    stoppage = fields.Nested(Stoppage, allow_none=True)
    stoppages = fields.List(fields.Nested(Stoppage))
    hours_factor = Hours(digits=2, allow_none=True, metadata={"examples": ["0.80"]})
    factors = fields.List(fields.Nested(Factor))
    daily_cap = fields.Raw(metadata={"description": "Hours a day worked: text, or {hours, since}."})
    weekly_cap = fields.Raw(metadata={"description": "Hours a week: text, or {hours, since}."})
    moves = fields.List(fields.Nested(Move))


def cap_of(value: Any) -> dict[str, Any]:
    """A cap, as text or as an object, written out; ValidationError for anything else."""
    written: dict[str, Any] = Cap().dump(Cap().load({"hours": value} if isinstance(value, str) else value))
    return written
