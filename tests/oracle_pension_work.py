"""The pension oracle's first part: a terms file as read, the member's years, and the amounts of work on their days.

Written from ``docs/pension-terms.md`` without sight of the engine. Lines become amounts in `oracle_credit`, values are
looked up in `oracle_terms`; here are only the years, imputed work, and what a year measures.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from tests.oracle_credit import credited, measures_of
from tests.oracle_terms import (
    DAY,
    FACTS,
    LOADER,
    NOT_LEAVES,
    Calendar,
    Person,
    Terms,
    UnrecordedError,
    View,
    apply,
    collect,
    first_day,
    month_of,
)

FIRST_MONTH, LAST_MONTH = 1900 * 12, 2100 * 12
WHOLE_YEAR = 10_000
Amounts = dict[str, list[tuple[date, int]]]


@dataclass(frozen=True)
class Year:
    """One of the years by which the plan counts: its first and its last day."""

    first: date
    last: date


# Reading


def read(plan, changes: dict | None = None) -> Terms:
    """Read a plan of the kind pension (a path, or the text itself), with a proposal's changes where there are any."""
    text = plan if isinstance(plan, str) and "\n" in plan else Path(plan).read_text(encoding="utf-8")
    tree = yaml.load(text, LOADER)
    # No value of a pension depends on a cut-off; the reader of lines asks a calendar of months all the same.
    ends = [first_day(month + 1) - DAY for month in range(FIRST_MONTH, LAST_MONTH)]
    terms = Terms(tree["plan"], tree, Calendar("months", ends, first_day(FIRST_MONTH)))
    for name, section in tree.items():
        if name not in NOT_LEAVES:
            collect(section, name, terms)
    for name, proposed in (changes or {}).items():
        apply(terms, tree.get("levers", {}).get(name, name), proposed)
    return terms


def of(terms: Terms, path: str, otherwise: str) -> str:
    """Give the measure or the service that a section names, or the first one where it names none."""
    node = terms.tree
    for key in path.split("."):
        node = node[key]
    return node.get("of", otherwise)


def on_the_day(view: View, path: str, scale: int) -> int | None:
    """Look up a number that stands under this very day and says nothing about any other."""
    leaf = view.leaf_of(path)
    if leaf is None or view.day not in view.terms.leaves[leaf]:
        return None
    return view.number(path, scale)


# Years


def year_of(terms: Terms, person: Person, day: date, on: date) -> Year:
    """Give the year in which a day lies."""
    kind = whole_time(terms, "calendar.years")
    if kind == "calendar_year":
        starts = [date(number, 1, 1) for number in (day.year - 1, day.year, day.year + 1)]
    elif kind == "plan_year":
        month = int(whole_time(terms, "calendar.starting"))
        starts = [date(number, month, 1) for number in (day.year - 1, day.year, day.year + 1)]
    elif kind == "from_hire":
        recorded = [fact["from"] for fact in person.all("hired")]
        hired = person.since("hired", on) or min(recorded, default=None)
        if hired is None:
            raise UnrecordedError(f"the years of {terms.plan} begin on the day of hire, which is not recorded")
        starts = [anniversary(hired, number) for number in (day.year - 1, day.year, day.year + 1)]
    else:
        raise ValueError(f"calendar.years is {kind}, which is not read here")
    if starts[1] <= day:
        return Year(starts[1], starts[2] - DAY)
    return Year(starts[0], starts[1] - DAY)


def anniversary(hired: date, number: int) -> date:
    """Give the day on which a year from hire begins; the 29 February is the 28 February in other years."""
    try:
        return hired.replace(year=number)
    except ValueError:
        return date(number, 2, 28)


def whole_time(terms: Terms, path: str) -> str:
    """Give the one value that holds for all time."""
    ((value, _),) = terms.leaves[path].values()
    return value


def years_until(terms: Terms, person: Person, amounts: Amounts, on: date) -> list[Year]:
    """List the years from that of the member's first amount to that of the day asked."""
    days = [day for some in amounts.values() for day, _ in some]
    years = [year_of(terms, person, min(days, default=on), on)]
    while years[-1].last < on:
        years.append(year_of(terms, person, years[-1].last + DAY, on))
    return years


# Amounts


def amounts_until(terms: Terms, person: Person, lines: list[dict], on: date) -> Amounts:
    """List what the member's work comes to by measure, imputed work included; nothing of a day after the one asked."""
    amounts: Amounts = {measure: [] for measure in measures_of(terms)}
    for measure, keys in terms.tree["credit"].items():
        lots = credited(terms, person, lines, measure)
        amounts[keys.get("adds_to", measure)] += [
            (lot.day, lot.amount) for lot in lots if lot.day <= on and lot.amount > 0
        ]
    impute(terms, person, amounts, on)
    for some in amounts.values():
        some.sort()
    return amounts


def impute(terms: Terms, person: Person, amounts: Amounts, on: date) -> None:
    """Add the work that is imputed to months of a state; an average is one of what was worked before."""
    worked_on = {measure: list(some) for measure, some in amounts.items()}
    added = []
    for state in terms.tree.get("imputed", {}):
        for began, ended in stretches(person, state, on):
            month = month_of(began) if began.day == 1 else month_of(began) + 1
            while first_day(month + 1) - DAY <= min(ended, on):
                added.append((first_day(month + 1) - DAY, state, began))
                month += 1
    for last, state, began in sorted(added):
        path = f"imputed.{state}"
        view = View(terms, person, last, last)
        measure = of(terms, path, measures_of(terms)[0])
        amount = view.amount(f"{path}.per_month")
        if amount is not None and view.yes(f"{path}.own_average"):
            before = month_of(began) - 12
            worked = within(worked_on[measure], first_day(before), first_day(month_of(began)) - DAY)
            amount = max(amount, worked // 12)
        if amount:
            amounts[measure].append((last, amount))


def stretches(person: Person, state: str, on: date) -> list[tuple[date, date]]:
    """List the stretches of days in which a state holds; facts that touch or overlap make one stretch."""
    named = [fact for fact in person.all("state") if fact["name"] == state]
    named += person.all(state) if state in FACTS else []
    found: list[tuple[date, date]] = []
    for fact in sorted(named, key=lambda fact: fact["from"]):
        first, last = fact["from"], fact.get("to") or max(on, fact["from"])
        if found and first <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def within(some: list[tuple[date, int]], first: date, last: date) -> int:
    """Add the amounts of some days."""
    return sum(amount for day, amount in some if first <= day <= last)


# The question, and what is remembered of it


@dataclass
class Told:
    """What became of one year: what it credits, what there was before it, and whether it counts for service at all."""

    year: Year
    credits: dict[str, int]
    before: dict[str, int]
    counts: bool


@dataclass
class Member:
    """What a member has since the beginning, or since a permanent break took everything."""

    told: list[Told] = field(default_factory=list)
    enters: date | None = None
    percent: int = 0
    run: int = 0
    unrepaired: bool = False

    def service(self, name: str) -> int:
        """Add what the years credit of one service."""
        return sum(one.credits[name] for one in self.told)


@dataclass
class Asked:
    """The question: the terms, the facts, the amounts up to the day asked, and that day."""

    terms: Terms
    person: Person
    amounts: Amounts
    on: date

    def first_measure(self) -> str:
        """Name the measure meant where none is named."""
        return measures_of(self.terms)[0]

    def services(self) -> list[str]:
        """List the services in the order of the file."""
        return list(self.terms.tree["service"])

    def vests(self) -> str:
        """Name the service that vests."""
        return of(self.terms, "vesting", self.services()[0]) if "vesting" in self.terms.tree else self.services()[0]

    def view(self, day: date) -> View:
        """Look at the terms of a day, as they are for what the member is on it."""
        return View(self.terms, self.person, day, day)

    def in_year(self, measure: str, year: Year) -> int:
        """Add what there is of a measure in a year."""
        return within(self.amounts[measure], year.first, year.last)

    def any_in(self, year: Year) -> bool:
        """Say whether there is an amount of any measure in a year."""
        return any(self.in_year(measure, year) > 0 for measure in self.amounts)

    def year_of(self, day: date) -> Year:
        """Give the year in which a day lies."""
        return year_of(self.terms, self.person, day, self.on)

    def complete(self, year: Year) -> bool:
        """Say whether a year is over on the day asked."""
        return year.last <= self.on


def reached(person: Person, age: int, day: date) -> bool:
    """Say whether somebody has reached an age, in whole years; nobody has whose day of birth is not recorded."""
    now = person.age(day)
    return now is not None and now >= age
