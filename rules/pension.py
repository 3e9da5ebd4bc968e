"""One member's pension on a day: what each year credited, vesting, breaks, benefit, account, retirement.

The years are evaluated by :mod:`rules.service_credit`; this module prepares what it reads and names what it wrote.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rules import credit, facts, service_credit, units
from rules import service_arrays as arrays
from rules.checking import measure, service
from rules.credit import Credit, Line
from rules.facts import Fact
from rules.laying_pension import EVERYTHING, Pension, lay, written
from rules.terms import NoTermsError, Terms
from rules.years import DAY, LAST_YEAR

WHOLE = 10_000  # hundredths of a percent: vested in full


class Year(NamedTuple):
    """A computation year.

    ``amounts`` (hundredths) are by measure, ``credits`` and ``totals`` (ten-thousandths of a year) by service;
    ``vested`` is the percentage (hundredths) at its end; ``benefit``, ``account`` and ``parts`` are cents.
    """

    first: datetime.date
    last: datetime.date
    complete: bool
    amounts: Mapping[str, int]
    credits: Mapping[str, int]
    totals: Mapping[str, int]
    participant: bool
    is_break: bool
    spared: bool
    in_a_row: int
    lost: bool
    vested: int
    benefit: int
    account: int
    parts: Mapping[str, int]


class Entitlement(NamedTuple):
    """Whether something may begin on the day: each condition of a route with what there is, what is asked, and if it
    holds."""

    route: str
    title: str
    holds: bool
    conditions: tuple[tuple[str, Any, int, bool], ...]


class Found(NamedTuple):
    """A member's pension on a day; ``benefit`` and ``account`` are cents, None where the plan has none."""

    terms: Terms
    on: datetime.date
    years: tuple[Year, ...]
    participant: bool
    vested: int
    vested_in: int | None
    service: Mapping[str, int]
    in_a_row: int
    lost: bool
    benefit: int | None
    account: int | None
    retirement: tuple[Entitlement, ...]
    credits: Mapping[str, Sequence[Credit]]


def evaluate(terms: Terms, lines: Sequence[Line], known: Sequence[Fact], on: datetime.date) -> Found:
    """Evaluate one member's pension as of a day. Work that is attributed to later days is not counted.

    Raises ValueError for lines outside the years that are counted, LookupError for such a day, and NoTermsError where
    the terms need something about the member that is not recorded.
    """
    terms = own_years(terms, known)
    laid = lay(terms)
    made = {name: _credits(terms, name, lines, known, on) for name in laid.measures}
    today = laid.years.at(on)
    began = min((laid.years.at(one.day) for credits in made.values() for one in credits if one.amount), default=today)
    found, start = laid.span(began, today + 1, EVERYTHING)
    amounts = np.zeros((len(laid.measures), int(found.places[-1]), 1), np.int64)
    for rows, credits in zip(amounts, made.values(), strict=True):
        for one in credits:
            rows[one.place - start] += one.amount
    variants = [facts.variant_on(terms, known, laid.years.firsts[year]) for year in range(began, today + 1)]
    for year, variant in enumerate(variants, start=began):
        if (variant, year) in laid.silent:
            raise NoTermsError(laid.silent[variant, year])
    complete = today + 1 if laid.years.last(today) <= on else today
    out = np.zeros((today + 1 - began, arrays.columns(found)), np.int64)
    ended = np.zeros((arrays.OF_MEMBER, 1), np.int64)
    service_credit.run(
        found,
        amounts,
        np.array([variants], np.int16),
        np.array([_born(known)]),
        written(on),
        _stopped(laid, known, began, today),
        complete - began,
        arrays.room_for(found, amounts),
        out,
        ended,
    )
    sums = np.add.reduceat(amounts[:, :, 0], found.places[:-1], axis=1)
    years = tuple(_year(laid, began + place, complete, sums[:, place], row) for place, row in enumerate(out))
    last = years[-1]
    vested_in = int(ended[arrays.VESTED_IN, 0])
    return Found(
        terms,
        on,
        years,
        last.participant,
        last.vested,
        began + vested_in if vested_in >= 0 else None,
        last.totals,
        last.in_a_row,
        any(year.lost for year in years),
        last.benefit if terms.has("benefit") else None,
        last.account if terms.has("account") else None,
        tuple(_retirement(terms, years, known, on)),
        made,
    )


def at_pace(found: Found, lines: Sequence[Line], known: Sequence[Fact], a_year: int, most: int = 60) -> Found | None:
    """The pension at the end of the first year that vests it in full for somebody who goes on with so much of the first
    measure a year (hundredths), evenly where it has caps. None for who is vested already, and where ``most`` years do
    not do.
    """
    terms, going = found.terms, list(lines)
    of = terms.below("credit")[0]
    counts = terms.word(f"credit.{of}.counts", found.on)
    marks = frozenset(terms.below(f"credit.{of}.only")[:1])
    year, had = found.years[-1], found.years[-1].amounts[of]
    after, last = found.on, year.last
    if year.complete:
        after, last, had = last, birthday(last + DAY, 1) - DAY, 0
    for _ in range(most if found.vested < WHOLE else 0):
        days = _days_of_work(terms, of, after, last)
        for place, day in enumerate(days):
            # Shares that add up to what is still to come in the year.
            share = (place + 1) * (a_year - had) // len(days) - place * (a_year - had) // len(days)
            if share > 0:
                worked: dict[str, Any] = {counts: _unconverted(terms, of, share, day), "paid": day, "received": day}
                going.append(Line(day, marks=marks, **worked))
        later = evaluate(terms, going, known, last)
        if later.vested == WHOLE:
            return later
        after, last, had = last, birthday(last + DAY, 1) - DAY, 0
    return None


def _days_of_work(terms: Terms, of: str, after: datetime.date, last: datetime.date) -> list[datetime.date]:
    """The days after one and up to another on which work is supposed: as many as the caps of a measure need."""
    capped = [key for key in ("cap_per_day", "cap_per_week", "cap_per_month") if terms.has(f"credit.{of}.{key}")]
    if not capped:
        return [last]
    every = [last - place * DAY for place in range((last - after).days)][::-1]
    if capped[0] == "cap_per_day":
        return every
    if capped[0] == "cap_per_week":
        return every[::-7][::-1]
    return [day for day in every if (day + DAY).day == 1 or day == last]


def _unconverted(terms: Terms, of: str, amount: int, day: datetime.date) -> int:
    """How much of what is counted comes to an amount (hundredths) of a measure by its conversion."""
    factors = {}
    for key in ("multiply_by", "divide_by"):
        path = f"credit.{of}.{key}"
        factors[key] = terms.amount(path, day) if terms.has(path) and terms.given(path, day) else 100
    return -(-amount * factors["divide_by"] // factors["multiply_by"])


def told(terms: Terms, lines: Sequence[Line], known: Sequence[Fact], on: datetime.date) -> dict[str, Any]:
    """A member's pension in the words of the worked examples: section "Worked examples" of docs/pension-terms.md."""
    found = evaluate(terms, lines, known, on)
    first = next(iter(found.service))
    return {
        "participant": found.participant,
        "vested": found.vested,
        "service": dict(found.service),
        "years": {year.first.isoformat(): year.credits[first] for year in found.years},
        "breaks": {year.first.isoformat(): year.is_break for year in found.years},
        "breaks_in_a_row": found.in_a_row,
        "lost": found.lost,
        "benefit": found.benefit,
        "account": found.account,
        "retirement": {one.route: one.holds for one in found.retirement},
    }


def own_years(terms: Terms, known: Sequence[Fact]) -> Terms:
    """The terms with the member's own years, where they are counted from the day of hire."""
    if terms.computation.period != "from_hire":
        return terms
    hired = min((fact.first_day for fact in known if fact.kind == "hired"), default=None)
    if hired is None:
        raise NoTermsError(
            f"the terms of {terms.plan} ({terms.name}) count years from the day of hire, which is not known"
        )
    return terms.hired(hired)


def _credits(terms: Terms, name: str, lines: Sequence[Line], known: Sequence[Fact], on: datetime.date) -> list[Credit]:
    """What a member's lines and states add to a measure up to a day, in the order of days."""
    for line in lines:
        terms.chart.place(line.day)  # a line outside the years is an error, whatever it counts for
    added = [other for other in terms.below("credit") if terms.texts.get(f"credit.{other}.adds_to") == name]
    made = [
        one
        for each in (name, *added)
        for one in credit.credits(terms, each, lines, lambda day: facts.who_on(terms, known, day))
    ]
    made += list(_imputed(terms, name, made, known))
    return sorted((one for one in made if one.day <= on), key=lambda one: one.day)


def _imputed(terms: Terms, name: str, made: Sequence[Credit], known: Sequence[Fact]) -> Iterable[Credit]:
    """What the months in which a state holds add to a measure."""
    for state in terms.below("imputed"):
        path = f"imputed.{state}"
        if measure(terms, path) != name:
            continue
        for first_day, last_day in _stretches(fact for fact in known if fact.kind == "state" and fact.name == state):
            began = units.month_of(first_day)
            before = [one.amount for one in made if began - 12 <= units.month_of(one.day) < began]
            last = units.month_of(last_day) + (last_day == units.last_day(units.month_of(last_day)))
            for month in range(began + (first_day.day > 1), last):
                day = units.last_day(month)
                who = facts.who_on(terms, known, day)
                if not terms.given(f"{path}.per_month", day, who):
                    continue
                amount = terms.amount(f"{path}.per_month", day, who)
                if terms.given(f"{path}.own_average", day, who) and (
                    terms.word(f"{path}.own_average", day, who) == "true"
                ):
                    amount = max(amount, sum(before) // 12)
                yield Credit(day, terms.chart.place(day), amount, 0)


def _stretches(states: Iterable[Fact]) -> list[tuple[datetime.date, datetime.date]]:
    """The stretches of days in which a state holds: facts that touch or overlap make one."""
    found: list[tuple[datetime.date, datetime.date]] = []
    for fact in sorted(states, key=lambda fact: fact.first_day):
        last = min(fact.last_day, datetime.date(LAST_YEAR, 12, 31))
        if found and fact.first_day <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        elif fact.first_day <= last:
            found.append((fact.first_day, last))
    return found


def _born(known: Sequence[Fact]) -> int:
    return min((written(fact.first_day) for fact in known if fact.kind == "born"), default=0)


def _stopped(laid: Pension, known: Sequence[Fact], began: int, today: int) -> Any:
    """In which years a state that stops breaks holds on any day."""
    terms = laid.terms
    found = np.zeros((1, today + 1 - began), np.int8)
    for state in terms.below("breaks.stops"):
        for fact in known:
            if fact.kind != "state" or fact.name != state:
                continue
            for year in range(began, today + 1):
                first, last = laid.years.firsts[year], laid.years.last(year)
                day = max(first, fact.first_day)
                if day <= min(last, fact.last_day):
                    path = f"breaks.stops.{state}"
                    found[0, year - began] |= terms.given(path, first) and terms.word(path, first) == "true"
    return found


def _year(laid: Pension, number: int, complete: int, amounts: Any, row: Any) -> Year:
    services = {name: arrays.FIXED + 2 * index for index, name in enumerate(laid.services)}
    parts = {path: arrays.FIXED + 2 * len(services) + index for index, path in enumerate(laid.parts)}
    return Year(
        laid.years.firsts[number],
        laid.years.last(number),
        number < complete,
        dict(zip(laid.measures, amounts.tolist(), strict=True)),
        {name: int(row[column]) for name, column in services.items()},
        {name: int(row[column + 1]) for name, column in services.items()},
        bool(row[arrays.PARTICIPANT]),
        bool(row[arrays.BREAK]),
        bool(row[arrays.SPARED]),
        int(row[arrays.IN_A_ROW]),
        bool(row[arrays.LOST]),
        int(row[arrays.VESTED]),
        int(row[arrays.BENEFIT]),
        int(row[arrays.ACCOUNT]),
        {path: int(row[column]) for path, column in parts.items()},
    )


def _retirement(terms: Terms, years: Sequence[Year], known: Sequence[Fact], on: datetime.date) -> Iterable[Entitlement]:
    """What may begin on the day, and what is missing."""
    lost = max((place for place, year in enumerate(years) if year.lost), default=-1)
    kept = years[lost + 1 :]
    who = facts.who_on(terms, known, on)
    born = min((fact.first_day for fact in known if fact.kind == "born"), default=None)
    for route in terms.below("retirement"):
        one = _Conditions(terms, f"retirement.{route}", kept, born, on, who)
        conditions = tuple(one.all())
        holds = all(holds for *_, holds in conditions)
        yield Entitlement(route, terms.texts[f"retirement.{route}.title"], holds, conditions)


class _Conditions:
    """What one route of retirement asks for."""

    def __init__(self, terms: Terms, path: str, kept: Sequence[Year], born: Any, on: datetime.date, who: Any) -> None:
        self.terms, self.path, self.kept, self.born, self.on, self.who = terms, path, kept, born, on, who

    def all(self) -> Iterable[tuple[str, Any, int, bool]]:
        """Each condition: its path, what there is (None: not known), what is asked, whether it holds."""
        terms, path = self.terms, self.path
        if self.given("age"):
            yield self.compared("age", None if self.born is None else age(self.born, self.on), self.amount("age"))
        if self.given("service.at_least"):
            had = self.kept[-1].totals[service(terms, f"{path}.service")] if self.kept else 0
            yield self.compared("service.at_least", had, self.amount("service.at_least"))
        if self.given("total.at_least"):
            of = measure(terms, f"{path}.total")
            had = sum(year.amounts[of] for year in self.kept)
            yield self.compared("total.at_least", had, self.amount("total.at_least"))
        if self.given("after_age.at_least"):
            reached = None if self.born is None else birthday(self.born, self.amount("after_age.age"))
            had_after = None if reached is None else self.credited("after_age", lambda year: year.first >= reached)
            yield self.compared("after_age.at_least", had_after, self.amount("after_age.at_least"))
        for day, asked in self.dated("since"):
            had = self.credited("since", lambda year, day=day: year.first >= day)
            yield self.compared("since.at_least", had, asked)
        for day, asked in self.dated("had_by"):
            had = self.credited("had_by", lambda year, day=day: year.last < day)
            yield self.compared("had_by.at_least", had, asked)
        if self.given("vested") and terms.word(f"{path}.vested", self.on, self.who) == "true":
            yield self.compared("vested", self.kept[-1].vested if self.kept else 0, 1)

    def given(self, key: str) -> bool:
        """Whether the route asks for this on the day."""
        return self.terms.given(f"{self.path}.{key}", self.on, self.who)

    def amount(self, key: str) -> int:
        """How much it asks for."""
        return self.terms.amount(f"{self.path}.{key}", self.on, self.who)

    def dated(self, key: str) -> Iterable[tuple[datetime.date, int]]:
        """The days under which it asks for years of service, and how many."""
        path = f"{self.path}.{key}.at_least"
        leaf = self.terms.leaf(path, self.who) if path in self.terms.leaves or path in self.terms.choices else None
        return [(day, value.amount or 0) for day, value in leaf.values.items()] if leaf else []

    def credited(self, key: str, within: Any) -> int:
        """The years of service that some years credited."""
        of = service(self.terms, f"{self.path}.{key}")
        return sum(year.credits[of] for year in self.kept if within(year))

    def compared(self, key: str, had: int | None, asked: int) -> tuple[str, Any, int, bool]:
        """A condition as it is told."""
        return f"{self.path}.{key}", had, asked, had is not None and had >= asked


def age(born: datetime.date, on: datetime.date) -> int:
    """Whole years of age on a day."""
    return (written(on) - written(born)) // 10_000


def birthday(born: datetime.date, years: int) -> datetime.date:
    """The day of reaching so many years of age: who was born on 29 February reaches them on 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return born.replace(year=born.year + years, day=28) + DAY
