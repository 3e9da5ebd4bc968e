"""Pension plans for made-up histories: the shipped ones, and as many invented ones as are wanted.

The shipped plans use few of the rules that ``docs/pension-terms.md`` knows. An invented plan, ``made-up-17`` say, has
whatever the chances of its number give it: any calendar, any routes, values that begin, change and end.
"""

import functools
import random
from typing import Any

import yaml

from rules import terms
from rules.terms import Terms

MADE_UP = "made-up-"
PAGE = {"page": {"title": "A page", "url": "https://made-up.example"}}
HOURS = (100, 250, 400, 435, 500, 750, 870, 1000, 1500)
DOLLARS = (750, 3000, 5000, 17500)
WEEKS = (8, 10, 20, 22)
NUMBERS = {"hour": HOURS, "dollar": DOLLARS, "week": WEEKS}
UNITS = {"hours": "hour", "pay": "dollar", "weeks": "week"}
COUNTS = {"hours": "hours", "pay": "earnings", "weeks": "weeks"}
STATES = ("military", "disability")
YEARS = (1960, 1976, 1987, 1996, 2005, 2015)


def terms_of(plan: str) -> Terms:
    """The terms of a plan, shipped or invented."""
    return _invented(plan)[1] if plan.startswith(MADE_UP) else terms.plan(plan)


def text_of(plan: str) -> str:
    """The file of a plan, shipped or invented."""
    return _invented(plan)[0] if plan.startswith(MADE_UP) else (terms.PLANS / f"{plan}.yaml").read_text()


@functools.lru_cache(maxsize=1024)
def _invented(plan: str) -> tuple[str, Terms]:
    """The first draft of an invented plan that is not refused."""
    for draft in range(200):
        tree = _Inventor(plan, random.Random(f"{plan} {draft}")).plan()
        text = yaml.safe_dump(tree, sort_keys=False, width=1000)
        try:
            return text, terms.read(text, f"{plan}.yaml")
        except ValueError as refused:
            last = refused
    raise ValueError(f"every draft of {plan} was refused, the last one so: {last}")


class _Inventor:
    """What a plan is made of while it is made."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name, self.chance = name, chance
        self.measures = ["hours", *(name for name in ("pay", "weeks") if chance.random() < 0.5)]
        self.kind = chance.choice(("calendar_year", "plan_year", "from_hire"))
        self.month = chance.randint(1, 12) if self.kind == "plan_year" else 1
        self.services = [f"service-{number}" for number in range(chance.choice((1, 2, 2, 3)))]

    def maybe(self, often: float, some: dict[str, Any]) -> dict[str, Any]:
        """Something that a plan has so often."""
        return some if self.chance.random() < often else {}

    def plan(self) -> dict[str, Any]:
        """The whole file."""
        calendar: dict[str, Any] = {"years": word(self.kind)}
        if self.kind == "plan_year":
            calendar["starting"] = value(self.month, "calendar_month")
        sections = {
            "plan": self.name,
            "title": "An invented pension",
            "kind": "pension",
            "sources": PAGE,
            "credit": {name: self.credit(name) for name in self.measures},
            "calendar": calendar,
            "service": {name: self.service() for name in self.services},
            **self.maybe(0.5, {"imputed": {"military": self.imputed()}}),
            **self.maybe(0.5, {"participation": self.participation()}),
            **self.maybe(0.9, {"vesting": self.vesting()}),
            **self.maybe(0.9, {"breaks": self.breaks()}),
            **self.maybe(0.7, {"benefit": {"pays": word(self.chance.choice(("sum", "greatest"))), **self.parts()}}),
            "account": {"parts": {f"all-{name}": self.by_rate({"of": name}, name) for name in self.measures}},
            **self.maybe(0.7, {"retirement": {"normal": self.retirement(), "early": self.retirement()}}),
        }
        return {**sections, "levers": {"first": self.lever(sections)}}

    def lever(self, sections: dict[str, Any]) -> str:
        """The beginning of the first step of the first service."""
        service = self.services[0]
        route, rest = next(iter(sections["service"][service]["routes"].items()))
        step = next(iter(rest["steps"]))
        leaf = rest["steps"][step]["from"]
        key = f".{next(key for key in leaf if key != 'by')}" if "by" in leaf else ""
        return f"service.{service}.routes.{route}.steps.{step}.from{key}"

    # Values

    def number(self, amount: float, unit: str, other: float | None = None, always: bool = False) -> dict[str, Any]:
        """A value: of all time mostly, or one that changes, begins, ends, or goes by an attribute or the age."""
        other = amount if other is None else other
        day = f"{self.chance.choice(YEARS)}-{self.chance.choice((1, 1, self.month, 7)):02}-01"
        one, two = value(amount, unit), value(other, unit)
        ended = {**value(None, unit), "note": "it ends"}
        forms = {
            "one": (72, one),
            "changes": (10, {"undated": one, day: two}),
            "begins": (0 if always else 4, {day: one}),
            "ends": (0 if always else 4, {"undated": one, day: ended}),
            "by class": (6, {"by": "class", "A": one, "otherwise": two}),
            "by class alone": (2, {"by": "class", "A": one, "B": two}),
            "by age": (2, {"by": "age", 0: one, 50: two}),
        }
        return self.chance.choices([form for _, form in forms.values()], [often for often, _ in forms.values()])[0]

    def amount(self, measure: str, always: bool = False) -> dict[str, Any]:
        """An amount of a measure."""
        some = NUMBERS[UNITS[measure]]
        return self.number(self.chance.choice(some), UNITS[measure], self.chance.choice(some), always)

    def of(self, names: list[str]) -> dict[str, str]:
        """A measure or a service, named or not."""
        return {"of": self.chance.choice(names)} if self.chance.random() < 0.6 else {}

    def credit(self, name: str) -> dict[str, Any]:
        """What lines add."""
        day = "pay_date" if self.chance.random() < 0.1 else "work_date"
        caps = self.maybe(0.15, {"cap_per_month": value(200, "hour")}) if name == "hours" else {}
        return {"unit": UNITS[name], "counts": word(COUNTS[name]), "attributed_to": word(day), **caps}

    # Sections

    def service(self) -> dict[str, Any]:
        """One kind of service."""
        top = {"title": "Years"}
        if self.chance.random() < 0.3:
            measure = self.chance.choice(self.measures)
            per = self.amount(measure)
            steps = {"all": {"from": value(0, UNITS[measure]), "per": per}}
            rounds = self.maybe(0.5, {"round_down_to": self.number(0.25, "year", 0.5)})
            most = self.maybe(0.5, {"most_per_year": self.number(1, "year", 1.5)})
            limit = self.maybe(0.2, {"most": self.number(8, "year", 6)})
            routes = {"only": {"of": measure, "steps": steps}}
            return {**top, "cumulative": word(True), **rounds, **most, **limit, "routes": routes}
        measures = self.chance.sample(self.measures, self.chance.randint(1, min(2, len(self.measures))))
        return {
            **top,
            **self.maybe(0.3, {"round_down_to": self.number(self.chance.choice((0.1, 0.25)), "year", 0.05)}),
            **self.maybe(0.3, {"most_per_year": self.number(1, "year", 1.5)}),
            **self.maybe(0.2, {"most": self.number(10, "year", 7.5)}),
            "routes": {f"by-{measure}": {"of": measure, "steps": self.steps(measure)} for measure in measures},
        }

    def steps(self, measure: str) -> dict[str, Any]:
        """The steps of a route."""
        unit, some = UNITS[measure], sorted(self.chance.sample(NUMBERS[UNITS[measure]], 3))
        whole = {"whole": {"from": self.number(some[1], unit, some[2]), "gives": value(1, "year")}}
        part = {"part": {"from": self.number(self.chance.choice((0, some[0])), unit), "per": value(some[2], unit)}}
        more = {"more": {"from": value(some[2], unit), "gives": self.number(1.2, "year", 1.5)}}
        half = {"half": {"from": self.number(some[0], unit), "gives": value(0.5, "year")}}
        return self.chance.choice((whole, part, {**half, **whole}, {**part, **whole, **more}, {**half, **more}))

    def imputed(self) -> dict[str, Any]:
        """What a month of a state adds."""
        of = self.of(self.measures)
        unit = UNITS[of.get("of", "hours")]
        per = value({"hour": 125, "dollar": 400, "week": 4}[unit], unit)
        return {**of, "per_month": per, **self.maybe(0.5, {"own_average": word(True)})}

    def participation(self) -> dict[str, Any]:
        """Who takes part."""
        of = self.of(self.measures)
        return {
            **of,
            "at_least": self.amount(of.get("of", "hours"), always=True),
            "entry": word(self.chance.choice(("same_year", "next_year"))),
            **self.maybe(0.6, {"earlier_service": word(self.chance.choice(("lost", "lost", "counts")))}),
        }

    def vesting(self) -> dict[str, Any]:
        """After how many years how much is vested."""
        cliff = {"only": {"after": self.number(5, "year", 10), "gives": value(100, "percent")}}
        graded = {f"s{years}": (years, 20 * (years - 2)) for years in (3, 4, 5, 7)}
        steps = {
            name: {"after": self.number(years, "year"), "gives": value(percent, "percent")}
            for name, (years, percent) in graded.items()
        }
        also = {"of": self.chance.choice(self.services), "at_least": self.number(1, "year", 2)}
        return {
            **self.of(self.services),
            "steps": steps if self.chance.random() < 0.3 else cliff,
            **self.maybe(0.2, {"also": also}),
            **self.maybe(0.3, {"at_age": self.number(65, "year", 62)}),
        }

    def breaks(self) -> dict[str, Any]:
        """What a break is, and what ends it, spares it, or makes it permanent."""
        chance, under = self.chance, {}
        for number in range(chance.choice((1, 1, 2))):
            measure = chance.choice(self.measures)
            over = self.maybe(0.4, {"over": self.number(chance.choice((2, 3)), "year", always=True)})
            under[f"u{number}"] = {"of": measure, "less_than": self.amount(measure), **over}
        permanent = {
            "years": self.number(chance.choice((2, 3, 5)), "year", 4),
            **self.maybe(0.5, {"or_service": word(True)}),
            **self.maybe(0.5, {"when": word(chance.choice(("reached", "exceeded")))}),
        }
        states = {state: word(True) for state in STATES if chance.random() < 0.5}
        return {
            "under": under,
            **self.maybe(0.6, {"repair": word(chance.choice(("any_year", "service_year")))}),
            **self.maybe(0.85, {"permanent": permanent}),
            **(self.maybe(0.5, {"exempt": self.exempt()}) if self.kind != "from_hire" else {}),
            **({"stops": states} if states else {}),
        }

    def exempt(self) -> dict[str, Any]:
        """Years that are no break."""
        days = [f"{self.chance.randint(1965, 2025)}-{self.month:02}-01" for _ in range(4)]
        found = {}
        for number, day in enumerate(sorted(set(days))):
            before = {"breaks_before": {day: value(self.chance.choice((1, 2)), "year")}}
            after = {"next_at_least": {day: value(self.chance.choice(HOURS[:4]), "hour")}}
            found[f"e{number}"] = {
                "title": "A strike",
                "cite": "page",
                "for": {day: word("everyone")},
                **self.maybe(0.4, before),
                **self.maybe(0.4, after),
            }
        return found

    def by_rate(self, part: dict[str, Any], what: str) -> dict[str, Any]:
        """A part with its rate or its percentage."""
        chance = self.chance
        leaving = self.maybe(0.3, {"on": word(chance.choice(("leaving", "leaving", "earned")))})
        if what == "pay":
            return {**part, "percent": self.number(chance.choice((2.5, 3.25, 6)), "percent", 4.65), **leaving}
        rate = chance.choice((4000, 74.5)) if what in self.services else chance.choice((3.245, 6.4, 30.5))
        return {**part, "rate": self.number(rate, "cent", rate / 2), **leaving}

    def parts(self) -> dict[str, Any]:
        """The parts of a benefit."""
        found = {}
        for number in range(self.chance.choice((1, 2, 3))):
            of = self.of(self.measures + self.services)
            after = self.chance.choice((0, 2, 5))
            until = self.maybe(0.6, {"until": self.number(after + 5, "year", after + 3)})
            tier = {"of": self.chance.choice(self.services), "after": self.number(after, "year", always=True), **until}
            only = {"only_in": self.chance.choice(self.services)}
            part = {**of, **self.maybe(0.3, only), **self.maybe(0.3, {"tier": tier})}
            found[f"p{number}"] = self.by_rate(part, of.get("of", "hours"))
        return {"parts": found}

    def retirement(self) -> dict[str, Any]:
        """Who may retire."""
        chance, of = self.chance, self.of(self.measures)
        since = {f"{chance.randint(1970, 2015)}-01-01": value(1, "year"), "2016-03-05": value(2, "year")}
        total = chance.choice((1000, 20000)) / (100 if of.get("of") == "weeks" else 1)
        age = {"age": value(40, "year"), "at_least": self.number(2, "year", 1.5, always=True)}
        return {
            "title": "Retirement",
            "age": value(chance.choice((52, 55, 62, 65)), "year"),
            **self.maybe(0.5, {"service": {**self.of(self.services), "at_least": value(3, "year")}}),
            **self.maybe(0.4, {"total": {**of, "at_least": value(total, UNITS[of.get("of", "hours")])}}),
            **self.maybe(0.3, {"after_age": {**self.of(self.services), **age}}),
            **self.maybe(0.3, {"since": {**self.of(self.services), "at_least": since}}),
            **self.maybe(0.3, {"had_by": {**self.of(self.services), "at_least": {"2016-01-01": value(1, "year")}}}),
            **self.maybe(0.4, {"vested": word(True)}),
        }


def value(amount: float | None, unit: str) -> dict[str, Any]:
    """A number with its unit and source."""
    return {"value": amount, "unit": unit, "cite": "page"}


def word(what: str | bool) -> dict[str, Any]:
    """A word with its source."""
    return {"value": what, "cite": "page"}
