"""A plan's values in words: numbers with their units, days, names of terms, and what a value may be called.

Nothing here knows a sentence of the booklet; :mod:`rules.booklet_teller` makes sentences of these words.
"""

import datetime
from collections.abc import Mapping, Sequence

from rules import checking, units
from rules.leaves import OTHERWISE, Leaf, Value
from rules.terms import Terms

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    "twelfth",
)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
NOUNS = {"window": "qualifying period"}
LABELS: Mapping[str, str] = {
    "unit": "unit",
    "counts": "what counts",
    "attributed_to": "the day it belongs to",
    "late_after": "when a line is late",
    "needs": "what makes a line count",
    "unpaid_months": "months in which unpaid lines count",
    "only": "the mark that a line needs",
    "without": "the mark that keeps a line out",
    "multiply_by": "the factor",
    "divide_by": "the divisor",
    "standard_rate": "the standard rate",
    "rounding": "rounding",
    "late": "what becomes of late lines",
    "adds_to": "what it is added to",
    "cap_per_day": "the most in a day",
    "cap_per_week": "the most in a week",
    "cap_per_month": "the most in a month",
    "cap_per_year": "the most in a year",
    "cutoffs": "the calendar",
    "window": "the length of a qualifying period",
    "lag": "the lag",
    "every": "how often there is a test",
    "values_of": "the day that decides between old and new numbers",
    "starting": "the month of one of the tests",
    "cycle": "whose cycle it is",
    "at_least": "the number needed",
    "of": "the measure",
    "ago": "the latest periods left out",
    "windows": "the number of qualifying periods",
    "up_to_windows": "the number of qualifying periods",
    "periods": "the number of periods",
    "up_to_periods": "the number of periods",
    "with_at_least": "the number for one period",
    "for": "whom it is for",
    "reach": "who has reached it",
    "age": "the age needed",
    "tenure": "the time since hire needed",
    "cutoff_month": "the month of the test",
    "length": "the length of cover",
    "tier": "the tier",
    "title": "the title",
    "consumption": "what is used up",
    "deposit": "what goes in",
    "charge": "how cover is paid for",
    "over": "the line above which credits are banked",
    "deposit_after_initial": "what the first test puts in",
    "before_cover": "what goes in before cover",
    "most_per_deposit": "the most that one test puts in",
    "cap": "the maximum",
    "cap_counts": "when the maximum is applied",
    "uncapped": "what the maximum does not touch",
    "amount": "the charge",
    "floor": "the least that must stay",
    "used_for": "what the bank is used for",
    "may_buy": "the tier that the bank may buy",
    "most_per_use": "the most that one use may draw",
    "all_or_nothing": "whether the bank helps in part",
    "when_short": "what becomes of a bank that is too small",
    "while_lapsed": "what becomes of the bank without cover",
    "expires_after": "how long credits stay in the bank",
    "idle_after": "the time after which an idle bank is lost",
    "idle_means": "what idle means",
    "stops_clock": "the state that stops the clock",
    "misses": "the failed tests that lose the bank",
    "forfeit_on": "the event that loses the bank",
    "blocked_by": "the state that blocks the bank",
    "overflow": "where the overflow goes",
    "award": "the points",
    "from": "the line for the points",
    "points": "the points",
    "credit_per_week": "the credit for a week",
    "counted_with": "what the credit is counted with",
    "claim_within": "the time to claim",
    "not_consecutive": "whether one extension follows another",
    "once_per_claim": "how often a claim helps",
    "order": "the order of help",
    "combined_with_bank": "whether the bank is combined with it",
    "adopted": "the day of adoption",
    "gives": "what it gives",
    "up_to": "the most that it gives",
    "by_decision_up_to": "the most by decision",
    "adds": "what it adds",
    "months": "the months of cover",
    "after_bank": "whether the bank goes first",
    "standing": "the standing that it leaves",
    "not_after": "what it does not follow",
    "most_short": "the most that may be missing",
    "most_short_percent": "the most that may be missing",
    "least_counted": "the least that must be there",
    "price": "the price",
    "flat": "the price",
    "most_in_a_row": "the most in a row",
    "rearm": "what starts the count anew",
    "aligned_to": "the distance of the days on which cover ends",
    "aligned_month": "the month that the ends of cover are counted from",
    "aligned_at_least": "the shortest cover",
    "not_while": "the state that bars cover",
    "grace_days": "the days of grace",
    "retroactive": "what late lines change",
    "ends_on": "the event that ends cover",
    "gates": "the benefits with a test of their own",
    "initial_after": "the time after which you start anew",
    "lockout": "the time without a test",
    "share": "the share carried over",
}
TO_STANDING = {
    "any": "to have cover",
    "initial": "to start cover",
    "continuing": "to keep cover",
    "lapsed": "to regain cover",
}


def spoken(count: int) -> str:
    """A count in a sentence: a word up to twelve, digits above."""
    return NUMBERS[count] if 0 < count < len(NUMBERS) else f"{count:,}"


def ordinal(place: int) -> str:
    """The place in a row, counted from 1: third, 13th, 21st."""
    if 0 < place <= len(ORDINALS):
        return ORDINALS[place - 1]
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def long_day(day: datetime.date) -> str:
    """A day as people say it: 24 April 2021."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def plain(name: str) -> str:
    """A name of the file as a reader reads it: without underscores and hyphens."""
    return name.replace("_", " ").replace("-", " ")


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Several things in a sentence: a, b and c."""
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    """The text as a sentence of its own: with a capital letter in front and a mark at its end."""
    text = capital(text.strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def number(value: Value) -> str:
    """The number of a quantity without its unit, with thousands marked: 1,964 or 913.20."""
    assert value.amount is not None
    if value.scale == 1:
        return spoken(value.amount)
    whole, _, part = units.written(value.amount).removesuffix(".00").partition(".")
    return f"{int(whole):,}{'.' if part else ''}{part}"


def quantity(value: Value) -> str:
    """A quantity with its unit: 400 hours, one month, 50 percent, December."""
    assert value.amount is not None
    if value.unit == "calendar_month":
        return MONTHS[value.amount - 1]
    if value.unit == "factor":
        return number(value)
    if value.unit == "percent":
        return f"{value.amount} percent"
    noun = NOUNS.get(value.unit, value.unit)
    return f"{number(value)} {noun if value.amount == value.scale else noun + 's'}"


def holder(by: str, key: str) -> str:
    """Whom a value is for that depends on an attribute: from age 54 on; plan level: family; everyone else."""
    if key == OTHERWISE:
        return "everyone else"
    if by == "age":
        return f"from age {key} on"
    if by == "tenure":
        return f"from {key} months after hire on" if int(key) else "from the hire on"
    return f"{plain(by)}: {plain(key)}"


def label(terms: Terms, path: str) -> str:
    """What a term is called: the words for its last key, and whom it is for where it depends on the member."""
    parent, _, key = path.rpartition(".")
    choice = terms.choices.get(parent)
    if choice is not None and key in choice.keys:
        return f"{label(terms, parent)} ({holder(choice.by, key)})" if len(choice.keys) > 1 else label(terms, parent)
    above = parent.rpartition(".")[2]
    if key in LABELS and above not in ("for", "only", "without", "indexes"):
        return LABELS[key]
    return f"{LABELS[above]}, {plain(key)}" if above in LABELS else plain(key)


def named(terms: Terms, path: str) -> str:
    """What another sentence calls a term: the bank's charge; the number needed to keep cover by the way "month"."""
    parts, bare = path.split("."), path
    choice = terms.choices.get(path.rpartition(".")[0])
    whom = ""
    if choice is not None and parts[-1] in choice.keys:
        whom = f" ({holder(choice.by, parts.pop())})"
        bare = ".".join(parts)
    if parts[0] == "indexes":
        return f'the series "{plain(parts[1])}"{whom}'
    if parts[0] == "qualify" and len(parts) > 3:
        way = f' by the way "{way_name(terms, parts[1], parts[3])}"' if len(ways(terms, parts[1])) > 1 else ""
        also = f' (also asked: "{plain(parts[5])}")' if parts[4] == "and" else ""
        return f"{label(terms, bare)} {TO_STANDING[parts[1]]}{way}{also}{whom}"
    if bare == "bank.amount":
        return f"the bank's charge{whom}"
    if len(parts) < 2:
        return label(terms, bare)
    owned = parts[-1] in ("cap", "amount", "charge", "floor", "deposit")
    where = {"bank": "of the bank", "second_bank": "of the second bank", "credit": f"of {plain(parts[1])}"}.get(
        parts[0]
    )
    return f"{label(terms, bare)}{f' {where}' if where and (owned or parts[0] == 'credit') else ''}{whom}"


def ways(terms: Terms, standing: str) -> list[str]:
    """The names of the routes of a standing, in the order in which they are tried."""
    prefix = f"qualify.{standing}.routes."
    return [path.removeprefix(prefix) for path in checking.routes(terms) if path.startswith(prefix)]


def way_name(terms: Terms, standing: str, route: str) -> str:
    """What a route is called: its title, or its name."""
    return terms.texts.get(f"qualify.{standing}.routes.{route}.title", plain(route))


def words(terms: Terms, value: Value) -> str:
    """A value in words; one that follows another is told as so many times what it follows. "none" where a rule ends."""
    if value.ends:
        return "none any more"
    if value.times:
        assert value.amount is not None
        followed = named(terms, value.times)
        return f"as much as {followed}" if value.amount == value.scale else f"{number(value)} times {followed}"
    return quantity(value) if value.amount is not None else f'"{(value.word or "").replace("_", " ")}"'


def followed(terms: Terms, leaf: Leaf, value: Value, day: datetime.date) -> list[str]:
    """What a value that follows another comes to on a day, for each kind of member; nothing where it cannot be said."""
    choice = terms.choices.get(value.times)
    own = terms.choices.get(leaf.path.rpartition(".")[0])
    key = leaf.path.rpartition(".")[2]
    if own is not None and choice is not None and own.by == choice.by:
        keys: tuple[str, ...] = (choice.key(key if key != OTHERWISE else None) or "",)
    else:
        keys = choice.keys if choice else ("",)
    told = []
    for one in keys:
        path = f"{value.times}.{one}" if one else value.times
        found = in_force(terms.leaves.get(path), day)
        if found is None or found[1].amount is None or value.amount is None or found[1].times:
            return []
        base = found[1]
        assert base.amount is not None
        comes_to = base._replace(amount=base.amount * value.amount // 100)
        whom = f" ({holder(choice.by, one)})" if choice and len(keys) > 1 else ""
        told.append(f"{quantity(comes_to)}{whom}")
    return told


def in_force(leaf: Leaf | None, day: datetime.date) -> tuple[datetime.date, Value] | None:
    """The value of a leaf in force on a day (or that its rule has ended), with its start; None before the first."""
    found = None
    for start, value in leaf.values.items() if leaf else ():
        if start <= day:
            found = start, value
    return found
