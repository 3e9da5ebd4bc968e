"""The exact fields: what is written is what is stored, or it is refused."""

import datetime
import decimal
from typing import Any

import pytest
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validate

from rules.units import written
from schemas.fields import (
    Answer,
    Choice,
    Code,
    Day,
    Flag,
    Hours,
    Instant,
    KnownAt,
    Message,
    Money,
    Month,
    Request,
    Text,
    Whole,
    WrittenFlag,
    WrittenWhole,
    shown,
)

DAY = datetime.date(2021, 7, 31)


def code_of(field: fields.Field[Any], value: Any) -> str:
    """The code with which ``field`` refuses ``value``."""
    with pytest.raises(ValidationError) as refusal:
        field.deserialize(value)
    (message,) = refusal.value.messages
    assert isinstance(message, Message)
    assert message.endswith(".")
    return message.code


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [("412.50", 41250), ("412.5", 41250), ("412", 41200), ("0", 0), ("0.01", 1), ("007", 700), ("999999.99", 99999999)],
)
def test_hours_are_read_exactly(text: str, hundredths: int) -> None:
    assert Hours().deserialize(text) == hundredths


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1_0", "bad_hours"),
        ("NaN", "bad_hours"),
        ("Infinity", "bad_hours"),
        (" 5", "bad_hours"),
        ("5 ", "bad_hours"),
        ("5\n", "bad_hours"),
        ("1e3", "bad_hours"),
        ("+5", "bad_hours"),
        (".5", "bad_hours"),
        ("5.", "bad_hours"),
        ("", "bad_hours"),
        ("٤٠", "bad_hours"),
        ("\uff14\uff10", "bad_hours"),
        ("1,000.00", "bad_hours"),
        ("8,5", "decimal_comma"),
        ("8.125", "too_many_decimals"),
        ("-8", "negative"),
        ("-8.5", "negative"),
        ("1000000", "too_large"),
        (8, "not_text"),
        (8.5, "not_text"),
        (True, "not_text"),
        (["8"], "not_text"),
        (decimal.Decimal("8.5"), "not_text"),
        (None, "null"),
    ],
)
def test_what_is_not_hours_is_refused(value: Any, code: str) -> None:
    assert code_of(Hours(), value) == code


@given(st.integers(0, 99_999_999))
def test_hours_come_back_as_they_went(hundredths: int) -> None:
    text = Hours().serialize("hours", {"hours": hundredths})
    assert decimal.Decimal(text) * 100 == hundredths
    assert Hours().deserialize(text) == hundredths


@given(st.integers(-99_999_999, 99_999_999))
def test_signed_hours_come_back_as_they_went(hundredths: int) -> None:
    field = Hours(signed=True)
    assert field.deserialize(field.serialize("hours", {"hours": hundredths})) == hundredths


@given(st.text(max_size=12))
def test_whatever_is_taken_for_hours_is_that_number(text: str) -> None:
    try:
        hundredths = Hours().deserialize(text)
    except ValidationError:
        return
    assert text.isascii()
    assert decimal.Decimal(text) * 100 == hundredths


def test_money_is_cents_and_none_stays_none() -> None:
    assert Money().deserialize("41.2") == 4120
    assert Money(digits=6).serialize("pay", {"pay": 4120}) == "41.20"
    assert Money().serialize("pay", {"pay": None}) is None
    assert code_of(Money(), "1_0") == "bad_money"
    assert written(-5) == "-0.05"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2021-02-29", "impossible_date"),
        ("2021-13-01", "impossible_date"),
        ("0000-01-01", "impossible_date"),
        ("31.07.2021", "bad_date"),
        ("2021-7-31", "bad_date"),
        ("20210731", "bad_date"),
        ("2021-07-31T00:00:00", "bad_date"),
        ("2021-W30-6", "bad_date"),
        ("٢٠٢١-07-31", "bad_date"),
        (20210731, "not_text"),
    ],
)
def test_what_is_not_a_day_is_refused(value: Any, code: str) -> None:
    assert code_of(Day(), value) == code


@given(st.dates())
def test_days_come_back_as_they_went(day: datetime.date) -> None:
    assert Day().deserialize(Day().serialize("day", {"day": day})) == day


@given(st.dates())
def test_months_come_back_as_their_first_day(day: datetime.date) -> None:
    first = day.replace(day=1)
    assert Month().deserialize(Month().serialize("month", {"month": first})) == first


@pytest.mark.parametrize("value", ["2021-13", "2021-00", "2021-7", "0000-01", "2021-07-01", "202107"])
def test_what_is_not_a_month_is_refused(value: str) -> None:
    assert code_of(Month(), value) == "bad_month"


def test_nothing_is_serialized_as_nothing() -> None:
    for field in (Day(), Month(), Instant()):
        assert field.serialize("at", {"at": None}) is None


def test_instants_are_told_in_utc() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=-7))
    at = datetime.datetime(2021, 7, 31, 10, 4, 5, 250, tzinfo=zone)
    assert Instant().serialize("at", {"at": at}) == "2021-07-31T17:04:05.000250Z"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("a\0b", "bad_character"),
        ("a\x1bb", "bad_character"),
        ("a\ud800b", "bad_character"),
        ("x" * 201, "too_long"),
        (5, "not_text"),
    ],
)
def test_unfit_text_is_refused(value: Any, code: str) -> None:
    assert code_of(Text(), value) == code


@pytest.mark.parametrize("text", ["Añejo", "=1+1", "  kept  ", "two\nlines", "x" * 200])
def test_fit_text_is_kept_as_written(text: str) -> None:
    assert Text().deserialize(text) == text


@pytest.mark.parametrize("value", ["A B", "-A", "Ä", "A/B", "A\n", "A;B"])
def test_what_is_not_a_code_is_refused(value: str) -> None:
    assert code_of(Code(), value) == "bad_code"
    assert Code().deserialize("basic-2018.a_B") == "basic-2018.a_B"


@pytest.mark.parametrize("value", [1.0, 1.5, True, "3", None, [1], 10**30, -1, 8])
def test_what_is_not_a_whole_number_in_range_is_refused(value: Any) -> None:
    assert code_of(Whole(most=7), value) in {"not_whole", "out_of_range", "null"}
    assert Whole(most=7).deserialize(7) == 7


@pytest.mark.parametrize("value", ["1.5", " 3", "3 ", "٣", "1_0", "-1", "8", "", "9" * 40, 3])
def test_what_is_not_a_written_whole_number_in_range_is_refused(value: Any) -> None:
    assert code_of(WrittenWhole(most=7), value) in {"not_whole", "out_of_range", "not_text"}
    assert WrittenWhole(most=7).deserialize("7") == 7


def test_flags_are_exact() -> None:
    assert [WrittenFlag().deserialize(text) for text in ("true", "false")] == [True, False]
    assert [Flag().deserialize(value) for value in (True, False)] == [True, False]
    for value in ("True", "1", "yes", ""):
        assert code_of(WrittenFlag(), value) == "bad_choice"
    for value in ("true", 1, 0):
        assert code_of(Flag(), value) == "bad_choice"


def test_a_choice_is_one_of_its_words() -> None:
    assert Choice("hourly", "weekly").deserialize("weekly") == "weekly"
    for value in ("Weekly", "", 1, ["weekly"]):
        assert code_of(Choice("hourly", "weekly"), value) == "bad_choice"


def test_other_refusals_of_marshmallow_still_work() -> None:
    with pytest.raises(ValidationError, match="Shorter than"):
        Text(validate=validate.Length(min=5)).deserialize("abc")


def test_requests_refuse_unknown_names_and_answers_pass_them_over() -> None:
    class Body(Request):
        hours = Hours(required=True)

    class Told(Answer):
        hours = Hours()

    with pytest.raises(ValidationError) as refusal:
        Body().load({"hour": "1"})
    codes = {name: messages[0].code for name, messages in refusal.value.messages_dict.items()}
    assert codes == {"hours": "required", "hour": "unknown_name"}
    assert Told().load({"hours": "1", "new": 2}) == {"hours": 100}


def test_a_message_shows_a_value_shortly_and_without_control_characters() -> None:
    assert shown("a\0b\nc") == '"a\N{REPLACEMENT CHARACTER}b c"'
    assert len(shown("x" * 500)) < 50


def test_the_contract_describes_the_fields_as_they_are() -> None:
    class Body(Request):
        hours = Hours(required=True)
        rate = Money(digits=6, allow_none=True)
        day = Day(load_default=None)
        days = Whole(most=7)
        basis = Choice("hourly", "weekly", load_default="hourly")
        maybe = Choice("hourly", allow_none=True)
        known_at = KnownAt()

    spec = APISpec("", "", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema("Body", schema=Body)
    body = spec.to_dict()["components"]["schemas"]["Body"]
    told = body["properties"]
    pattern = r"^[0-9]{1,6}(\.[0-9]{1,2})?$"
    assert body["additionalProperties"] is False
    assert body["required"] == ["hours"]
    assert told["hours"] == {"type": "string", "pattern": pattern, "examples": ["412.50"]}
    assert told["rate"] == {"type": ["string", "null"], "pattern": pattern, "examples": ["41.20"]}
    assert told["day"]["type"] == ["string", "null"]
    assert told["day"]["format"] == "date"
    assert told["days"] == {"type": "integer", "minimum": 0, "maximum": 7}
    assert told["basis"] == {"type": "string", "enum": ["hourly", "weekly"], "default": "hourly"}
    assert told["maybe"] == {"type": ["string", "null"], "enum": ["hourly", None]}
    assert told["known_at"]["examples"] == ["812", "2021-07-31T17:04:05Z"]
