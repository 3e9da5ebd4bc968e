"""A pension read as sentences, year by year and in all, each with the rule it rests on, its source and its status.

This module chooses words, never outcomes: every figure stands in :class:`rules.pension.Found`. "Why is this year not a
year" is answered for each year: what there was, what the nearest step asks, and how much was missing.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from rules import facts as fact_rules
from rules import units
from rules.booklet_words import ordinal, plain
from rules.checking import measure, service
from rules.facts import Fact
from rules.outcome import Reason, long_day
from rules.pension import Entitlement, Found, Year
from rules.units import written

CONDITIONS = {
    "age": "you are {had} and {asked} is asked for",
    "service.at_least": "you have {had} years and {asked} are asked for",
    "total.at_least": "you have {had} and {asked} are asked for in all",
    "after_age.at_least": "you have {had} years after the age that is named, and {asked} are asked for",
    "since.at_least": "you have {had} years since the day that is named, and {asked} are asked for",
    "had_by.at_least": "you had {had} years by the day that is named, and {asked} are asked for",
    "vested": "you are vested to {had} percent",
}


def years(amount: int) -> str:
    """So many years of service as people write them: 4, 0.25, 1.2."""
    return units.written_rate(amount).removesuffix(".00")


def explain(found: Found, known: Sequence[Fact] = ()) -> list[Reason]:
    """The reasons of a pension in all: service and vesting, breaks, benefit and account."""
    sentences = _Sentences(found, known)
    sentences.service()
    sentences.vesting()
    sentences.breaks()
    sentences.money()
    return sentences.reasons


def explain_year(found: Found, year: Year, known: Sequence[Fact] = ()) -> list[Reason]:
    """The reasons of one year: what it credited of each service or why not, and whether it is a break."""
    sentences = _Sentences(found, known, year.first)
    for name in year.credits:
        sentences.credit(year, name)
    sentences.year(year)
    return sentences.reasons


def explain_route(found: Found, one: Entitlement, known: Sequence[Fact] = ()) -> list[Reason]:
    """The reasons why something may begin on the day, or may not yet."""
    sentences = _Sentences(found, known)
    for path, had, asked, holds in one.conditions:
        sentences.condition(path, had, asked, holds)
    return sentences.reasons


def explain_unreckoned(found: Found, lines: Mapping[str, Sequence[int]]) -> list[Reason]:
    """What is missing in the measures that count an amount (scale, contributions) which some lines do not tell.

    ``lines`` are the numbers of such lines, by amount.
    """
    terms, reasons = found.terms, []
    for of in terms.below("credit"):
        rule = f"credit.{of}.counts"
        numbers = tuple(lines.get(terms.word(rule, found.on), ())) if terms.given(rule, found.on) else ()
        if numbers:
            some = "1 line does" if len(numbers) == 1 else f"{len(numbers):,} lines do"
            text = f"{some} not tell how much there is of {plain(of)}: nothing is counted there, so it may be more."
            reasons.append(Reason(text, rule, terms.on(rule, found.on).cite, "assumed", numbers))
    return reasons


class _Sentences:
    """Sentences of one pension, by the values in force on a day."""

    def __init__(self, found: Found, known: Sequence[Fact], day: datetime.date | None = None) -> None:
        self.found, self.terms = found, found.terms
        self.day = day or found.years[-1].first
        self.who = fact_rules.who_on(self.terms, known, self.day)
        self.reasons: list[Reason] = []
        self.known = known

    def say(self, text: str, rule: str, lines: tuple[int, ...] = (), day: datetime.date | None = None) -> None:
        """Add a sentence that rests on a term; what is not plainly stated there is told with it."""
        value = self.terms.on(rule, day or self.day, self.who)
        leaf = self.terms.leaf(rule, self.who)
        if value.status != "stated":
            text = f"{text} ({value.status}: {value.note})"
        self.reasons.append(Reason(text, leaf.path if leaf else rule, value.cite, value.status, lines))

    def given(self, path: str) -> bool:
        """Whether a value is in force on the day."""
        return self.terms.given(path, self.day, self.who)

    def amount(self, path: str) -> int:
        """An amount in force on the day."""
        return self.terms.amount(path, self.day, self.who)

    def unit(self, of: str) -> str:
        """The unit of a measure, in the plural."""
        return f"{self.terms.texts[f'credit.{of}.unit']}s"

    def lines(self, of: str, year: Year) -> tuple[int, ...]:
        """The ledger lines that were counted for a measure in a year."""
        counted = (one for one in self.found.credits[of] if year.first <= one.day <= year.last)
        return tuple(sorted({one.number for one in counted if one.number}))

    def steps(self, name: str) -> Iterator[tuple[str, str, int]]:
        """The steps of a service that are in force: the path of each, its measure, the amount from which it holds."""
        for route in self.terms.below(f"service.{name}.routes"):
            path = f"service.{name}.routes.{route}"
            for step in self.terms.below(f"{path}.steps"):
                if self.given(f"{path}.steps.{step}.from"):
                    yield f"{path}.steps.{step}", measure(self.terms, path), self.amount(f"{path}.steps.{step}.from")

    def credit(self, year: Year, name: str) -> None:
        """Say what a year credited of a service, or what was missing."""
        title, credited = self.terms.texts[f"service.{name}.title"], year.credits[name]
        steps = list(self.steps(name))
        when = f"In {label(year)}" if year.complete else f"In {label(year)} so far"
        if not steps:
            return
        if credited:
            best = self._held(year, name, steps)
            of = best[1]
            text = f"{when} you had {written(year.amounts[of])} {self.unit(of)}: {years(credited)} of {title.lower()}."
            self.say(text, f"{best[0]}.from", self.lines(of, year))
            self._cut(year, name, credited)
            return
        path, of, start = min(steps, key=lambda one: (one[2] - year.amounts[one[1]], one[2]))
        short = start - year.amounts[of]
        text = f"{when} you had {written(year.amounts[of])} {self.unit(of)}"
        if short > 0:
            text += f", {written(short)} fewer than the {written(start).removesuffix('.00')} that credit"
            text += f" {title.lower()}, so it is no year." if year.complete else f" {title.lower()}."
        elif not (year.participant or year.lost) and self._says("participation.earlier_service", "lost"):
            text += ", before you took part in the plan: such years credit nothing."
        else:
            text += f", which credit nothing more of {title.lower()}."
        self.say(text, f"{path}.from", self.lines(of, year))
        for other, of, start in steps:
            if other != path and other.split(".")[3] != path.split(".")[3] and start > year.amounts[of]:
                text = f"Nor was there another way: {written(year.amounts[of])} {self.unit(of)} of the "
                self.say(f"{text}{written(start).removesuffix('.00')} that would do.", f"{other}.from")

    def _held(self, year: Year, name: str, steps: Sequence[tuple[str, str, int]]) -> tuple[str, str, int]:
        """The step by which a year was credited: of those reached, the last of the route that gives most."""
        reached: dict[str, tuple[str, str, int]] = {}
        for path, of, start in steps:
            if year.amounts[of] >= start:
                reached[path.split(".")[3]] = (path, of, start)
        return max(reached.values(), key=lambda one: self._gives(one[0], year.amounts[one[1]])) if reached else steps[0]

    def _gives(self, path: str, amount: int) -> int:
        if self.given(f"{path}.gives"):
            return self.amount(f"{path}.gives")
        return amount * 10_000 // self.amount(f"{path}.per") if self.given(f"{path}.per") else 0

    def _cut(self, year: Year, name: str, credited: int) -> None:
        """Say which limit on a year, or on all years together, took something away."""
        path = f"service.{name}"
        if self.given(f"{path}.most_per_year") and credited == self.amount(f"{path}.most_per_year"):
            self.say(f"No year credits more than {years(credited)}.", f"{path}.most_per_year")
        if self.given(f"{path}.most") and year.totals[name] == self.amount(f"{path}.most"):
            self.say(f"All years together credit no more than {years(year.totals[name])}.", f"{path}.most")

    def year(self, year: Year) -> None:
        """Say whether a year is a break, and whether it lost anything."""
        limits = [f"breaks.under.{name}" for name in self.terms.below("breaks.under")]
        limits = [path for path in limits if self.given(f"{path}.less_than")]
        for path in limits if year.is_break or year.spared else ():
            of, limit = measure(self.terms, path), written(self.amount(f"{path}.less_than")).removesuffix(".00")
            text = f"With fewer than {limit} {self.unit(of)}"
            if self.given(f"{path}.over"):
                text += f" in {self.amount(f'{path}.over')} years together"
            verdict = "it would be a break in service" if year.spared else "it is a break in service"
            run = self._before(year).in_a_row + 1 if year.lost else year.in_a_row
            count = f", the {ordinal(run)} in a row" if run > 1 and year.is_break else ""
            self.say(f"{text} {verdict}{count}.", f"{path}.less_than")
        if year.spared:
            self._spared(year)
        if not limits and year.complete and not any(year.amounts.values()):
            self._untold()
        if year.lost:
            text = "With this break in service everything that was credited before is lost, because nothing was vested"
            self.say(f"{text}.", "breaks.permanent.years")

    def _untold(self) -> None:
        """Say that nobody can tell whether a year is a break, where the file says that the number was not found."""
        for name in self.terms.below("breaks.under"):
            leaf = self.terms.leaf(f"breaks.under.{name}.less_than", self.who)
            value = leaf.on(self.day) if leaf else None
            if leaf and value and value.status != "stated":
                text = f"Whether it is a break in service cannot be told ({value.status}: {value.note})."
                self.reasons.append(Reason(text, leaf.path, value.cite, value.status, ()))

    def _before(self, year: Year) -> Year:
        """The year before one."""
        return self.found.years[self.found.years.index(year) - 1]

    def _spared(self, year: Year) -> None:
        for name in self.terms.below("breaks.exempt"):
            path = f"breaks.exempt.{name}"
            if self.given(f"{path}.for"):
                self.say(f"It does not count as one: {self.terms.texts[f'{path}.title']}.", f"{path}.for")
                return
        for state in self.terms.below("breaks.stops"):
            if self.given(f"breaks.stops.{state}"):
                held = [fact for fact in self.known if fact.kind == "state" and fact.name == state]
                if any(fact.first_day <= year.last and fact.last_day >= year.first for fact in held):
                    self.say(f"It does not count as one, because of: {plain(state)}.", f"breaks.stops.{state}")

    def service(self) -> None:
        """Say how many years there are of each service."""
        for name, total in self.found.service.items():
            title, steps = self.terms.texts[f"service.{name}.title"], list(self.steps(name))
            if steps:
                self.say(f"{title}: {years(total)} by {long_day(self.found.on)}.", f"{steps[0][0]}.from")

    def vesting(self) -> None:
        """Say whether the pension is vested, and if not, what is missing."""
        if not self.terms.has("vesting"):
            return
        found, vests = self.found, service(self.terms, "vesting")
        names = [f"vesting.steps.{name}" for name in self.terms.below("vesting.steps")]
        steps = sorted((self.amount(f"{path}.after"), path) for path in names if self.given(f"{path}.after"))
        total = found.service[vests]
        reached = [path for after, path in steps if after <= total]
        coming = [(after, path) for after, path in steps if after > total]
        if found.vested == 10_000:
            when = self._vested_when()
            path = reached[-1] if reached else steps[-1][1]
            self.say(f"You are vested in full{when}: it cannot be lost any more.", f"{path}.after")
        elif found.vested:
            self.say(f"{written(found.vested).removesuffix('.00')} percent are vested.", f"{reached[-1]}.gives")
        if found.vested < 10_000 and coming:
            after, path = coming[0]
            more = years(after - total)
            text = f"{more} more {'year is' if more == '1' else 'years are'} needed to be vested"
            gives = self.amount(f"{path}.gives")
            text += " in full" if gives == 10_000 else f" to {written(gives).removesuffix('.00')} percent"
            self.say(f"{text}: {years(after)} are asked for and there are {years(total)}.", f"{path}.after")

    def _vested_when(self) -> str:
        place = self.found.vested_in
        if place is None:
            return ""
        full = next(year for year in self.found.years if year.vested == 10_000)
        return f" since {label(full)}"

    def breaks(self) -> None:
        """Say how long a run of breaks there is, and what a longer one would lose."""
        found = self.found
        if not self.terms.has("breaks.permanent") or not found.in_a_row or found.vested:
            return
        if not self.given("breaks.permanent.years"):
            return
        limit = self.amount("breaks.permanent.years") * 10_000
        if self._says("breaks.permanent.or_service", "true"):
            limit = max(limit, found.service[service(self.terms, "vesting")])
        # As many breaks as that, counted up to whole ones; or more than that.
        most = limit // 10_000 + 1 if self._says("breaks.permanent.when", "exceeded") else -(-limit // 10_000)
        text = f"There are {found.in_a_row} breaks in service in a row; with {most} everything credited would be lost."
        self.say(text, "breaks.permanent.years")

    def money(self) -> None:
        """Say what the benefit and the account come to, by part."""
        for section, told in (("benefit", "a month"), ("account", "in the account")):
            total = getattr(self.found, section)
            if total is None:
                continue
            for path, cents in self.found.years[-1].parts.items():
                if path.startswith(f"{section}."):
                    self._part(path, cents, told)
            if section == "benefit" and self.given("benefit.pays"):
                word = {"sum": "All together", "greatest": "The greatest of these is paid"}[self._word("benefit.pays")]
                self.say(f"{word}: ${written(total)} a month, as accrued by {long_day(self.found.on)}.", "benefit.pays")

    def _says(self, path: str, word: str) -> bool:
        return self.given(path) and self._word(path) == word

    def _word(self, path: str) -> str:
        return self.terms.word(path, self.day, self.who)

    def _part(self, path: str, cents: int, told: str) -> None:
        on = self.found.on
        who = fact_rules.who_on(self.terms, self.known, on)
        keys = (f"{path}.{key}" for key in ("rate", "percent"))
        key = next((key for key in keys if self.terms.given(key, on, who)), None)
        title = self.terms.texts.get(f"{path}.title", plain(path.rpartition(".")[2]).capitalize())
        if key is not None:
            value = self.terms.on(key, on, who).text
            unit = "percent" if key.endswith("percent") else "cents each now"
            self.say(f"{title}: ${written(cents)} {told} ({value} {unit}).", key, day=on)
        elif cents:
            leaf = next(f"{path}.{key}" for key in ("rate", "percent") if self.terms.has(f"{path}.{key}"))
            first = max(self.terms.leaves[leaf].values) if leaf in self.terms.leaves else self.day
            self.say(f"{title}: ${written(cents)} {told}.", leaf, day=self._last(leaf, first))

    def _last(self, leaf: str, day: datetime.date) -> datetime.date:
        """The last day on which a leaf still had a value."""
        days = [start for start, value in self.terms.leaves[leaf].values.items() if not value.ends and start <= day]
        return max(days, default=self.day)

    def condition(self, path: str, had: int | None, asked: int, holds: bool) -> None:
        """Say what a route of retirement asks for and whether it is there."""
        key = ".".join(path.split(".")[2:])
        if key == "vested":
            text = CONDITIONS[key].format(had=written(had or 0).removesuffix(".00"))
        elif had is None:
            text = "your day of birth is not recorded, so nobody can say whether you are old enough"
        else:
            write = str if key == "age" else written if key == "total.at_least" else years
            text = CONDITIONS[key].format(had=write(had), asked=write(asked))
        day = self.found.on
        leaf = self.terms.leaf(path, self.who)
        if leaf is not None and leaf.shape.keyed == "at":
            day = next(iter(leaf.values))
            text += f" ({long_day(day)})"
        self.say(f"{'Met' if holds else 'Not met'}: {text}.", path, day=day)


def label(year: Year) -> str:
    """A year as people call it: 2019, or 2019-20 where it is no calendar year."""
    first, last = year.first.year, year.last.year
    return str(first) if first == last else f"{first}-{last % 100:02d}"
