"""Collective agreements: what hours count on a line of a report, and the rates by which employers contribute.

``agreement(code)`` loads ``rules/agreements/<code>.yaml``: the folder is the list of agreements. ``docs/agreements.md``
says how such a file is written. Its values are leaves as in a plan's terms file: dated by the day from which they hold,
each with its source. An amount of 0 says that nothing counts or is owed; ``null`` says that the number is not known.

A payroll week has one set of numbers: those in force on its first day, six days before it ends.
"""

import datetime
import functools
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from rules import calendar, document, units
from rules.calendar import Cite
from rules.leaves import FINEST, OTHERWISE, Choice, Leaf, LeafReader, Value
from rules.shape import Quantity

AGREEMENTS = pathlib.Path(__file__).parent / "agreements"
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
BASES = ("hourly", "on_call", "weekly")
BY = "contributor_class"
CLASSES = ("basic", "premium")
KINDS = ("health", "pension", "retiree", "account", "other")
UNKNOWN = {"hourly": "minimum call", "on_call": "on-call hours", "weekly": "weekly hours"}
MOST_DAYS = 7
MOST_FUNDS = 12
REQUIRED, OPTIONAL = ("agreement", "title", "sources", "contributions"), ("hours", "reporting", "open")

HOURS = Quantity("hour", 0, 168, parts=100)
DOLLARS = Quantity("dollar", 0, 1000, parts=FINEST)
PERCENT = Quantity("percent", 0, 100, parts=100)
WORKED_DAYS = ("day", "five_days", "six_days", "seven_days")  # of on-call work: each day of a shorter week, then weeks
RATES = {"per_hour": DOLLARS, "of_scale": PERCENT, "per_day": DOLLARS}
CALLS = {"minimum_call": HOURS, "weekly_flat": HOURS}
REPORTING = {"due_day": Quantity("day", 0, 366), "interest": PERCENT, "liquidated_damages": PERCENT}


class Fund(NamedTuple):
    """A fund that an agreement pays into. ``kind`` is one of :data:`KINDS`."""

    name: str
    title: str
    kind: str


@dataclass(frozen=True, eq=False)
class Agreement:
    """One agreement. ``funds`` stand in the order of the file.

    ``leaves`` are dated values by path. Amounts are hundredths of an hour under ``hours``, ten-thousandths of a dollar
    for ``per_hour`` and ``per_day``, hundredths of a percent for percentages, whole days for ``due_day``. A path in
    ``choices`` has a leaf for each contributor class below it.
    """

    code: str
    title: str
    funds: Mapping[str, Fund]
    leaves: Mapping[str, Leaf]
    choices: Mapping[str, Choice]
    open: Mapping[str, str]
    sources: Mapping[str, Cite]
    uncited: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Tell whether the file has a value at a path, on whatever day and for whichever class."""
        return path in self.leaves or path in self.choices

    def leaf(self, path: str, contributor_class: str | None = None) -> Leaf | None:
        """The values of a path, or None where the file has none for that class."""
        choice = self.choices.get(path)
        return self.leaves.get(path if choice is None else f"{path}.{choice.key(contributor_class)}")

    def on(self, path: str, day: datetime.date, contributor_class: str | None = None) -> Value | None:
        """The value of a path on a day, or None where the file has none for that day or class.

        A value that is not known (``null``) is given, with its note; its ``amount`` is None.
        """
        leaf = self.leaf(path, contributor_class)
        return leaf.on(day) if leaf else None


def names() -> list[str]:
    """List the agreements: the names of the files in the folder."""
    return sorted(path.stem for path in AGREEMENTS.glob("*.yaml"))


def known(code: str) -> Agreement | None:
    """The agreement of a code as reports give it, or None for a code without a file: only hours count there."""
    return agreement(code) if code in names() else None


@functools.cache
def agreement(code: str) -> Agreement:
    """Load a shipped agreement by its code. Raises LookupError for one that is not there."""
    if code not in names():
        raise LookupError(f"there is no agreement {code!r}; there are: {', '.join(names())}")
    path = AGREEMENTS / f"{code}.yaml"
    found = read(path.read_bytes(), path.name)
    if found.code != code:
        raise document.TermsError(f"the file of this name holds the agreement {found.code!r}", file=path.name)
    return found


def read(text: str | bytes, file: str) -> Agreement:
    """Read an agreement's file. Raises :class:`rules.document.TermsError` naming file, line and column."""
    top = document.load(text, file)
    parts = top.keys(REQUIRED, OPTIONAL)
    sources = calendar.read_sources(parts["sources"])
    leaves = _Leaves(sources)
    if not CODE.fullmatch(parts["agreement"].text):
        parts["agreement"].refuse(f"{parts['agreement'].text!r} is not a code: small letters, digits, hyphens")
    if "hours" in parts:
        _read_hours(parts["hours"], leaves)
    funds = _read_funds(parts["contributions"], leaves)
    if "reporting" in parts:
        for key, node in parts["reporting"].keys((), tuple(REPORTING)).items():
            leaves.take(node, REPORTING[key])
    return Agreement(
        code=parts["agreement"].text,
        title=_sentence(parts["title"]),
        funds=funds,
        leaves=leaves.leaves,
        choices=leaves.choices,
        open={name: _sentence(node) for name, node in parts["open"].map.items()} if "open" in parts else {},
        sources=sources,
        uncited=tuple(short for short, cite in sources.items() if cite not in leaves.cited),
    )


class _Leaves(LeafReader):
    """Reads leaves that are numbers by themselves and depend on nothing but, at most, the employer's class."""

    def __init__(self, sources: Mapping[str, Cite]) -> None:
        super().__init__(sources, (), "")

    def take(self, node: document.Node, place: Quantity, *, by_class: bool = False) -> None:
        """Read one place; values by class only where they may be."""
        self.read(node, place)
        choice = self.choices.get(node.path)
        if choice is None:
            return
        if not by_class or choice.by != BY:
            told = f"may depend on the employer's class only: 'by: {BY}'" if by_class else "depends on nothing"
            node.map["by"].refuse(f"this value {told}")
        for key in choice.keys:
            if key not in (*CLASSES, OTHERWISE):
                node.map[key].refuse_key(f"{key!r} is not a class; there are: {', '.join(CLASSES)}, {OTHERWISE}")

    def value(self, node: document.Node, place: Any) -> Value:
        """Read one value, which follows no other."""
        if "times" in node.map:
            node.map["times"].refuse_key("a value of an agreement follows no other: write the number itself")
        return super().value(node, place)


def _sentence(node: document.Node) -> str:
    if not node.text.strip():
        node.refuse("expected words here")
    return node.text


def _read_hours(node: document.Node, leaves: _Leaves) -> None:
    parts = node.keys((), (*CALLS, "on_call"))
    for key, place in CALLS.items():
        if key in parts:
            leaves.take(parts[key], place)
    if "on_call" not in parts:
        return
    table = parts["on_call"].keys(WORKED_DAYS)
    for key in WORKED_DAYS:
        leaves.take(table[key], HOURS)
    # More days count no fewer hours, on any day on which a number changes: the likeliest slip is a swapped pair.
    columns = [leaves.leaves[table[key].path] for key in WORKED_DAYS]
    for day in sorted({day for column in columns for day in column.values}):
        most, before = 0, ""
        for key, column in zip(WORKED_DAYS, columns, strict=True):
            value = column.on(day)
            amount = value.amount if value else None
            if amount is not None and amount < most:
                table[key].refuse_key(
                    f"from {day} on {key!r} counts {units.written(amount)} hours, fewer than {before!r} with "
                    f"{units.written(most)}"
                )
            if amount is not None:
                most, before = amount, key


def _read_funds(node: document.Node, leaves: _Leaves) -> dict[str, Fund]:
    if not 1 <= len(node.map) <= MOST_FUNDS:
        node.refuse_key(f"expected between 1 and {MOST_FUNDS} funds here, found {len(node.map)}")
    funds = {}
    for name, fund in node.map.items():
        if not CODE.fullmatch(name):
            fund.refuse_key(f"{name!r} is not a fund's short name: small letters, digits, hyphens")
        parts = fund.keys(("title", "kind"), tuple(RATES))
        rates = [key for key in RATES if key in parts]
        if not rates:
            fund.refuse_key(f"a fund needs a rate, be it null with a note: {', '.join(RATES)}")
        for key in rates:
            leaves.take(parts[key], RATES[key], by_class=True)
        funds[name] = Fund(name, _sentence(parts["title"]), parts["kind"].one_of(*KINDS))
    return funds


def week_start(week_ending: datetime.date) -> datetime.date:
    """The first day of the payroll week that ends on a day: its numbers are those in force then."""
    return week_ending - datetime.timedelta(days=6)


class Imputed(NamedTuple):
    """The hundredths of an hour that a line counts, and the words that say which rule made them so."""

    credited: int
    text: str


def impute(
    agreement: Agreement | None,
    week_ending: datetime.date,
    basis: str,
    hours_worked: int | None,
    hours_guaranteed: int | None,
    days_worked: int | None,
) -> Imputed:
    """The hours (hundredths) that a line counts: worked or guaranteed, once each, or what the agreement counts instead.

    ``hourly``: no less than the minimum call for each day worked. ``on_call``: no less than the table's hours for so
    many days worked. ``weekly``: the flat figure, or the guarantee if that is more, whatever was worked; unless no day
    was worked. Raises ValueError for another basis, or more days than a week has.
    """
    worked, guaranteed = hours_worked or 0, hours_guaranteed or 0
    guarantee = Imputed(guaranteed, f"guarantee {units.written(guaranteed)}")
    floor = guarantee if guaranteed > worked else Imputed(worked, "worked")
    if basis not in BASES:
        raise ValueError(f"{basis!r} is not one of: {', '.join(BASES)}")
    if days_worked is not None and not 0 <= days_worked <= MOST_DAYS:
        raise ValueError(f"{days_worked} days were worked in one week")
    value = None
    if agreement is not None and days_worked != 0:
        value = hours_rule(agreement, week_ending, basis, days_worked or 1)
    if value is None or value.amount == 0:
        return floor
    if value.amount is None:
        return floor._replace(text=f"{floor.text}, {UNKNOWN[basis]} not known")
    each = units.written(value.amount)
    if basis == "weekly":
        return guarantee if guaranteed > value.amount else Imputed(value.amount, f"weekly flat {each}")
    if days_worked is None:
        return floor._replace(text=f"{floor.text}, days not reported")
    days = days_worked
    if basis == "hourly":
        made = Imputed(value.amount * days, f"minimum call {each} x {days}")
    elif days < 5:
        made = Imputed(value.amount * days, f"on call, {days} day{'s' if days > 1 else ''} of {each}")
    else:
        made = Imputed(value.amount, f"on call, {days} days {each}")
    return made if made.credited > floor.credited else floor


def hours_rule(agreement: Agreement, week_ending: datetime.date, basis: str, days_worked: int | None) -> Value | None:
    """The agreement's own number (hundredths of an hour, with source and status) for a line's basis and days, if any.

    For on-call work of fewer than five days, and for the minimum call, it is the number for each day.
    """
    path = {"hourly": "hours.minimum_call", "weekly": "hours.weekly_flat"}.get(basis)
    if basis == "on_call" and days_worked:
        path = f"hours.on_call.{WORKED_DAYS[max(0, days_worked - 4)]}"
    return None if path is None else agreement.on(path, week_start(week_ending))
