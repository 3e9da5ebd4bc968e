"""A pension's terms laid out as the numbers that :mod:`rules.service_credit` reads, by year, stretch and variant."""

import bisect
import datetime
import functools
from typing import Any

import numpy as np

from rules import facts
from rules import service_arrays as arrays
from rules.calendar import Chart
from rules.checking import measure, service
from rules.checking_pension import parts_of
from rules.service_arrays import MOST, NONE, Laid, Use
from rules.terms import NoTermsError, Terms, Who
from rules.years import Years

EVERYTHING = Use(*[(0,)] * len(Use._fields))


class Pension:
    """A pension's terms laid out on a chart: ``laid`` for all its years, ``silent`` where a variant has no number."""

    def __init__(self, terms: Terms, chart: Chart) -> None:
        self.terms, self.chart = terms, chart
        self.years: Years = terms.computation.years(chart)
        self.measures, self.services = terms.below("credit"), terms.below("service")
        self.measures = [name for name in self.measures if f"credit.{name}.adds_to" not in terms.texts]
        self.parts = [path for path, _ in parts_of(terms)]
        self.variants = facts.variants(terms)
        self.silent: dict[tuple[int, int], str] = {}
        self.laid = self._laid()

    def use(self) -> Use:
        """What these terms use, for code that is compiled for them alone."""
        laid, terms = self.laid, self.terms
        limits = ("round_down_to", "most_per_year", "most")
        shares = (laid.steps["per"] > 0).any() or (laid.steps["start"] == 0).any()
        shares = shares or any(terms.has(f"service.{name}.{key}") for name in self.services for key in limits)
        return Use(
            shares=(0,) if shares else (),
            cumulative=(0,) if (laid.services["cumulative"] != 0).any() else (),
            entry=(0,) if terms.has("participation") else (),
            breaks=(0,) if (laid.under["less_than"] >= 0).any() else (),
            ages=(0,) if terms.has("vesting.at_age") else (),
            parts=(0,) if self.parts else (),
            variants=(0,) if len(self.variants) > 1 else (),
        )

    def span(self, first: int, end: int, use: Use) -> tuple[Laid, int]:
        """The years ``first`` to ``end - 1``, for code compiled for ``use``; and the stretch that they begin with."""
        laid, places = self.laid, self.laid.places
        start, stop = int(places[first]), int(places[end])
        by_year = ("years", "services", "steps", "vesting", "under", "exempt", "tiers")
        cut: dict[str, Any] = {name: _cut(getattr(laid, name), first, end) for name in by_year}
        rates = _cut(laid.rates, start, stop)
        return laid._replace(use=use, places=places[first : end + 1] - start, rates=rates, **cut), start

    def _laid(self) -> Laid:
        terms, firsts = self.terms, self.years.firsts[:-1]
        shape = (len(self.variants), len(firsts))
        routes = {name: terms.below(f"service.{name}.routes") for name in self.services}
        steps = [len(terms.below(f"service.{name}.routes.{route}.steps")) for name in routes for route in routes[name]]
        most = max(map(len, routes.values()))
        under, exempt, vest = (terms.below(name) for name in ("breaks.under", "breaks.exempt", "vesting.steps"))
        made = {
            "years": _none(shape, arrays.YEAR),
            "services": _none((*shape, len(routes)), arrays.OF_SERVICE),
            "steps": _none((*shape, len(routes), most, max(steps)), arrays.STEP),
            "vesting": _none((*shape, len(vest)), arrays.VESTING),
            "under": _none((*shape, len(under)), arrays.UNDER),
            "exempt": _none((*shape, len(exempt)), arrays.EXEMPT),
            "tiers": _none((*shape, len(self.parts)), arrays.TIER),
        }
        made["steps"]["per"] = 0
        for number, who in enumerate(self.variants):
            for year, day in enumerate(firsts):
                one = _Day(self, number, year, day, who)
                self._year(one, made["years"][number, year], self.years.last(year))
                for place, name in enumerate(self.services):
                    self._service(one, name, made["services"][number, year, place])
                    for route, named in enumerate(routes[name]):
                        path = f"service.{name}.routes.{named}.steps"
                        for step, which in enumerate(terms.below(path)):
                            one.step(f"{path}.{which}", made["steps"][number, year, place, route, step])
                for step, which in enumerate(vest):
                    row = made["vesting"][number, year, step]
                    row["after"] = one.amount(f"vesting.steps.{which}.after")
                    row["gives"] = one.amount(f"vesting.steps.{which}.gives", 0)
                for place, which in enumerate(under):
                    row = made["under"][number, year, place]
                    row["less_than"] = one.amount(f"breaks.under.{which}.less_than")
                    row["over"] = one.amount(f"breaks.under.{which}.over", 1)
                for place, which in enumerate(exempt):
                    row, path = made["exempt"][number, year, place], f"breaks.exempt.{which}"
                    row["on"] = one.given(f"{path}.for")
                    row["breaks_before"] = one.amount(f"{path}.breaks_before", 0)
                    row["next_at_least"] = one.amount(f"{path}.next_at_least")
                for place, path in enumerate(self.parts):
                    row = made["tiers"][number, year, place]
                    row["after"] = one.amount(f"{path}.tier.after", 0)
                    row["until"] = one.amount(f"{path}.tier.until", MOST)
                    row["leaving"] = one.word(f"{path}.on") == "leaving"
        records = {name: rows.view(np.recarray) for name, rows in made.items()}
        measure_of = np.full((len(routes), most), NONE, np.int64)
        for place, name in enumerate(self.services):
            for route, named in enumerate(routes[name]):
                measure_of[place, route] = self._measure(f"service.{name}.routes.{named}")
        also = terms.texts.get("vesting.also.of")
        benefits = len(terms.below("benefit.parts"))
        pays = terms.leaves.get("benefit.pays")
        greatest = pays is not None and list(pays.values.values())[-1].word == "greatest"
        return Laid(
            use=EVERYTHING,
            places=np.array(self.years.places, np.int64),
            **records,
            rates=self._rates(),
            measure_of=measure_of,
            under_of=self._numbers(self._measure(f"breaks.under.{name}") for name in under),
            part_of=self._numbers(map(self._part, self.parts)),
            only_in=self._numbers(self._named(f"{path}.only_in") for path in self.parts),
            tier_of=self._numbers(self._named(f"{path}.tier.of") for path in self.parts),
            of=self._numbers(
                [
                    self.services.index(service(terms, "vesting")),
                    self.services.index(also) if also else NONE,
                    self._measure("participation"),
                    int(greatest),
                    benefits,
                ]
            ),
        )

    def _year(self, one: "_Day", row: Any, last: datetime.date) -> None:
        row["last"] = written(last)
        row["entry"] = one.amount("participation.at_least")
        row["also"] = one.amount("vesting.also.at_least")
        row["at_age"] = one.amount("vesting.at_age")
        row["permanent"] = one.amount("breaks.permanent.years")
        row["entry_next"] = one.word("participation.entry") == "next_year"
        row["lost_before"] = one.word("participation.earlier_service") == "lost"
        row["or_service"] = one.word("breaks.permanent.or_service") == "true"
        row["exceeded"] = one.word("breaks.permanent.when") == "exceeded"
        row["repaired_by_service"] = one.word("breaks.repair") == "service_year"

    def _service(self, one: "_Day", name: str, row: Any) -> None:
        path = f"service.{name}"
        row["round_to"] = max(1, one.amount(f"{path}.round_down_to", 1))
        row["most_a_year"] = one.amount(f"{path}.most_per_year", MOST)
        row["most"] = one.amount(f"{path}.most", MOST)
        row["cumulative"] = one.word(f"{path}.cumulative") == "true"

    def _rates(self) -> np.recarray:
        """The rate or percentage of each part in each stretch, by the stretch's last day. (None changes within it.)"""
        cutoffs = self.chart.cutoffs
        rates = _none((len(self.variants), len(cutoffs), len(self.parts)), arrays.RATE)
        for number, who in enumerate(self.variants):
            for stretch, day in enumerate(cutoffs):
                year = bisect.bisect_right(self.years.places, stretch) - 1
                one = _Day(self, number, year, day, who)
                for place, path in enumerate(self.parts):
                    for key in ("rate", "percent"):
                        rates[number, stretch, place][key] = one.amount(f"{path}.{key}")
        made: np.recarray = rates.view(np.recarray)
        return made

    def _measure(self, path: str) -> int:
        name = measure(self.terms, path)
        return self.measures.index(self.terms.texts.get(f"credit.{name}.adds_to", name))

    def _part(self, path: str) -> int:
        of = self.terms.texts.get(f"{path}.of", self.measures[0])
        return -1 - self.services.index(of) if of in self.services else self.measures.index(of)

    def _named(self, path: str) -> int:
        return self.services.index(self.terms.texts[path]) if path in self.terms.texts else NONE

    @staticmethod
    def _numbers(found: Any) -> arrays.Numbers:
        return np.array(list(found), np.int64)


class _Day:
    """Terms as they are on a day for one variant."""

    def __init__(self, laid: Pension, variant: int, year: int, day: datetime.date, who: Who) -> None:
        self.laid, self.terms, self.day, self.who = laid, laid.terms, day, who
        self.place = (variant, year)

    def given(self, path: str) -> bool:
        """Whether there is a number or a word. What depends on an attribute that is not held makes the year silent."""
        if path not in self.terms.leaves and path not in self.terms.choices:
            return False
        try:
            self.terms.on(path, self.day, self.who)
        except NoTermsError as why:
            choice = self.terms.choices.get(path)
            variant, year = self.place
            if choice is not None and choice.key(self.who.get(choice.by)) is None:
                self.laid.silent.setdefault((variant, year), str(why))
            return False
        return True

    def amount(self, path: str, otherwise: int = NONE) -> int:
        """A number in force, or ``otherwise``."""
        return self.terms.amount(path, self.day, self.who) if self.given(path) else otherwise

    def word(self, path: str) -> str | None:
        """A word in force, or None."""
        return self.terms.word(path, self.day, self.who) if self.given(path) else None

    def step(self, path: str, row: Any) -> None:
        """A step of a service: passed over (start -1) where its line or what it gives is not in force."""
        start, gives, per = (self.amount(f"{path}.{key}") for key in ("from", "gives", "per"))
        in_force = start >= 0 and (gives >= 0 or per > 0)
        row["start"], row["gives"], row["per"] = start if in_force else NONE, max(gives, 0), max(per, 0)


def written(day: datetime.date) -> int:
    """A day as a number, such as 20211231: the difference of two, divided by 10,000, is whole years."""
    return day.year * 10_000 + day.month * 100 + day.day


def _none(shape: tuple[int, ...], of: np.dtype) -> Any:
    made = np.zeros(shape, of)
    for name in of.names or ():
        if made.dtype[name] == np.int64:
            made[name] = NONE
    return made


def _cut(rows: Any, first: int, end: int) -> Any:
    return np.ascontiguousarray(rows[:, first:end]).view(np.recarray)


@functools.lru_cache(maxsize=256)
def lay(terms: Terms) -> Pension:
    """A pension's terms laid out on their own chart."""
    return Pension(terms, terms.chart)
