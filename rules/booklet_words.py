"""A plan's values in words: numbers with their units, days, names of terms, and what a value may be called.

Nothing here knows a sentence of the booklet; :mod:`rules.booklet_teller` makes sentences of these words.
"""

import datetime
from collections.abc import Sequence

from rules import booklet_labels, checking
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
FINE = ("year", "percent", "cent")  # units that are told with no more places than they need
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
    if value.scale == 1 or (value.unit == "year" and value.amount % value.scale == 0):
        return spoken(value.amount // value.scale)
    whole, _, part = value.text.partition(".")
    part = part.rstrip("0") if value.unit in FINE else part
    return f"{int(whole):,}{'.' if part else ''}{part}"


def quantity(value: Value) -> str:
    """A quantity with its unit: 400 hours, one month, 50 percent, December."""
    assert value.amount is not None
    if value.unit == "calendar_month":
        return MONTHS[value.amount - 1]
    if value.unit == "factor":
        return number(value)
    if value.unit == "percent":
        return f"{value.amount if value.scale == 1 else number(value)} percent"
    if value.unit == "year" and 0 < value.amount < value.scale:
        return f"{number(value)} of a year"
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
    above, known = parent.rpartition(".")[2], booklet_labels.OF[terms.kind]
    if key in known and above not in ("for", "only", "without", "indexes", "stops"):
        return known[key]
    return f"{known[above]}, {plain(key)}" if above in known else plain(key)


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
    if terms.kind == "pension":
        return f"{label(terms, bare)}{_place(terms, parts)}{whom}"
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


def _place(terms: Terms, parts: Sequence[str]) -> str:
    """Where a term of a pension belongs, after what it is called: of "Years of credit"; to be vested."""
    told = {"participation": " to take part", "vesting": " to be vested", "breaks": " of a break in service"}
    match parts:
        case ["credit", name, _, *_]:
            return f" of {plain(name)}"
        case ["service", name, _, *more]:
            step = f' (step "{plain(more[2])}")' if len(more) > 2 else ""
            return f' of "{service_name(terms, name)}"{step}'
        case ["vesting", "steps", step, *_]:
            told["vesting"] = f' for the step "{plain(step)}" of vesting'
        case ["imputed", name, *_]:
            told["imputed"] = f' of "{plain(name)}"'
        case ["benefit" | "account" as section, "parts", part, *_]:
            told[section] = f' of "{part_name(terms, f"{section}.parts.{part}")}"'
        case ["retirement", name, _, *_]:
            told["retirement"] = f' for "{terms.texts[f"retirement.{name}.title"]}"'
        case ["breaks", "exempt", name, *_]:
            told["breaks"] = f' of "{terms.texts[f"breaks.exempt.{name}.title"]}"'
        case ["breaks", "permanent", *_]:
            told["breaks"] = " by which everything is lost"
    return told.get(parts[0], "")


def service_name(terms: Terms, name: str) -> str:
    """What a service of a pension is called."""
    return terms.texts[f"service.{name}.title"]


def part_name(terms: Terms, path: str) -> str:
    """What a part of a benefit or an account is called: its title, or its name."""
    return terms.texts.get(f"{path}.title", plain(path.rpartition(".")[2]))


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
