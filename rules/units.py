"""Whole units and their written form: hundredths of an hour, cents, ten-thousandths of a dollar, days, months.

Hours and money are ``int`` everywhere inside; the text form ("412.50") exists only at the edges. These are the only
functions that turn one into the other, and they are exact: what does not fit in the places there are is refused, never
rounded.
"""

import datetime
import re

EXACT = re.compile(r"(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,4}))?", re.ASCII)
PLACES = {2: ("two", "412.50"), 4: ("four", "1.8065")}  # how many, in a word, and an example
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])", re.ASCII)


def hundredths(text: str) -> int:
    """Read ``"412.5"`` as 41,250 hundredths. Raises ValueError unless it is ASCII digits with at most two places."""
    return _parts(text, 2)


def ten_thousandths(text: str) -> int:
    """Read ``"1.8065"`` as 18,065 ten-thousandths: a rate in dollars. At most four places, else ValueError."""
    return _parts(text, 4)


def _parts(text: str, places: int) -> int:
    found = EXACT.fullmatch(text)
    if not found and EXACT.fullmatch(text.removeprefix("-")):
        raise ValueError(f"{text} is below 0: an amount is 0 or more")
    part = found["part"] or "" if found else ""
    if not found or len(part) > places:
        word, example = PLACES[places]
        raise ValueError(f"{text!r} is not a number with at most {word} decimal places, such as {example}")
    return int(found["whole"] + part.ljust(places, "0"))


def written(amount: int) -> str:
    """Write whole hundredths (of an hour, or cents of a dollar) with two places: 41250 is ``"412.50"``."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def written_rate(amount: int) -> str:
    """Write ten-thousandths with the places they need, at least two: 48630 is ``"4.863"``, 3000 is ``"0.30"``."""
    whole, fine = divmod(abs(amount), 100)
    return ("-" if amount < 0 else "") + written(whole) + f"{fine:02d}".rstrip("0")


def day(text: str) -> datetime.date:
    """Read ``YYYY-MM-DD``. Raises ValueError for any other form and for days that do not exist."""
    if not DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a day written YYYY-MM-DD")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text}") from None


def month_number(text: str) -> int:
    """Read ``YYYY-MM`` as a count of months (year x 12 + month - 1), so that months add and subtract."""
    if not MONTH.fullmatch(text):
        raise ValueError(f"{text!r} is not a month written YYYY-MM")
    return int(text[:4]) * 12 + int(text[5:]) - 1


def month_text(number: int) -> str:
    """Write a count of months as ``YYYY-MM``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def first_day(number: int) -> datetime.date:
    """Give the first day of a month that was counted by :func:`month_number`."""
    return datetime.date(number // 12, number % 12 + 1, 1)


def last_day(number: int) -> datetime.date:
    """Give the last day of a month that was counted by :func:`month_number`."""
    return first_day(number + 1) - datetime.timedelta(days=1)


def month_of(of: datetime.date) -> int:
    """Give the count of the month in which a day lies."""
    return of.year * 12 + of.month - 1
