"""The only place that asks what time it is."""

import datetime


def now() -> datetime.datetime:
    """This moment, in UTC."""
    return datetime.datetime.now(datetime.UTC)


def today() -> datetime.date:
    """This day, in UTC."""
    return now().date()
