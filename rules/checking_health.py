"""What must hold between the places of a health plan's terms file: tests, banks, calendar, relief, law.

What plans of every kind are held to is in :mod:`rules.checking`. A file and a proposal are held to the same checks.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules import calendar, floors, shape
from rules.checking import (
    Wrong,
    converted,
    held,
    levers,
    measure,
    named,
    routes,
    same_for_all,
    tests,
    units_fit,
    words_of,
)

if TYPE_CHECKING:
    from rules.terms import Terms

BANK_EXCESS = ("over", "deposit_after_initial", "used_for", "may_buy", "most_per_use", "all_or_nothing")

BANK_ALL = ("before_cover", "cap_counts", "uncapped", "amount")

REFERENCES = ("of", "uncapped", "adds_to")

RELIEF = {  # what each kind of order may say besides whom it is for; the first is what it gives
    "hours": ("up_to", "by_decision_up_to", "at_least", "after_bank", "not_after"),
    "cobra": ("months", "at_least", "standing"),
    "credit": ("adds",),
    "waiver": ("at_least",),
}


def check(terms: "Terms", since: floors.Since = None) -> None:
    """Hold terms to everything that is checked here. Raises :class:`Wrong` for the first thing that does not hold."""
    named(terms)
    same_for_all(terms)
    _calendar(terms)
    _alignment(terms)
    _references(terms)
    for name in terms.below("credit"):
        converted(terms, name)
    _standings(terms)
    for path in routes(terms):
        _tests(terms, path)
    _bank(terms)
    _second_bank(terms)
    _relief(terms)
    _carry_and_top_ups(terms)
    units_fit(terms, _counted(terms))
    levers(terms)
    broken = floors.broken(terms, floors.FLOORS, since)
    if broken:
        raise Wrong(*broken)


def _calendar(terms: "Terms") -> None:
    name = terms.texts["calendar.cutoffs"]
    if name not in calendar.names():
        raise Wrong("calendar.cutoffs", f"there is no calendar {name!r}; there are: {', '.join(calendar.names())}")
    monthly, own = calendar.unit_of(name) == "month", words_of(terms, "calendar.cycle") == {"own"}
    for path in ("calendar.every", "lapse.every"):
        for apart in [value.amount for value in held(terms, path) if (value.amount or 0) > 1]:
            if not monthly:
                raise Wrong(path, "tests further apart than one period need a calendar of months")
            if not own and 12 % (apart or 1):
                raise Wrong(path, f"{apart} months do not divide a year, so no month is fixed by it")
            if not own and not terms.has("calendar.starting"):
                raise Wrong(path, "'calendar.starting' is missing: which calendar month's cut-off is a test")
    if not monthly:
        for path in ("calendar.starting", "coverage.aligned_to", "coverage.aligned_month"):
            if terms.has(path):
                raise Wrong(path, "this needs a calendar of months")


def _alignment(terms: "Terms") -> None:
    if terms.has("coverage.aligned_at_least") and not terms.has("coverage.aligned_to"):
        raise Wrong("coverage.aligned_at_least", "this needs 'aligned_to'")
    if terms.has("coverage.aligned_to") != terms.has("coverage.aligned_month"):
        raise Wrong("coverage", "'aligned_to' and 'aligned_month' belong together")
    for value in held(terms, "coverage.aligned_to"):
        if value.amount and 12 % value.amount:
            raise Wrong("coverage.aligned_to", f"{value.amount} months do not divide a year")


def _references(terms: "Terms") -> None:
    """Measures that are named, and those that nothing uses."""
    known = terms.below("credit")
    named = {path: text for path, text in terms.texts.items() if path.rpartition(".")[2] in REFERENCES}
    for path, text in named.items():
        if text not in known:
            raise Wrong(path, f"there is no measure {text!r} under 'credit'; there are: {', '.join(known)}")
        if terms.has(f"credit.{text}.adds_to"):
            into = terms.texts[f"credit.{text}.adds_to"]
            raise Wrong(path, f"{text!r} adds to {into!r} and is no measure by itself: name one that is")
    used = {*named.values(), *(name for path, name in _counted(terms) if not path.startswith("credit."))}
    used |= {measure(terms, "bank")} if terms.has("bank") else set()
    for name in known:
        if name not in used and not terms.has(f"credit.{name}.adds_to"):
            raise Wrong(f"credit.{name}", f"the measure {name!r} is used by no test and no bank")


def _counted(terms: "Terms") -> Iterator[tuple[str, str]]:
    """Every leaf that holds an amount of a measure, with the measure."""
    for path, leaf in terms.leaves.items():
        if not isinstance(leaf.shape, shape.Quantity) or leaf.shape.unit != shape.CREDIT:
            continue
        parts = path.split(".")
        if parts[0] in ("qualify", "coverage"):
            kind = next(place for place in range(len(parts) - 1, 0, -1) if parts[place] in shape.TESTS)
            section = "bank" if parts[kind] == "balance" else ".".join(parts[: kind + 1])
            yield path, measure(terms, section)
        elif parts[0] == "credit":
            yield path, parts[1]
        elif parts[0] in ("bank", "carry", "relief", "disability", "top_up"):
            yield path, measure(terms, parts[0])
        elif parts[0] == "second_bank" and parts[1] == "award":
            yield path, terms.below("credit")[0]


def _never_tested(terms: "Terms", month: int) -> bool:
    """Whether nobody is ever tested at the cut-offs of a calendar month."""
    starts = [value.amount or 1 for value in held(terms, "calendar.starting")]
    every = [value.amount or 1 for path in ("calendar.every", "lapse.every") for value in held(terms, path)]
    if terms.chart.unit != "month" or terms.has("calendar.cycle") or not starts:
        return False
    return all((month - start) % apart for start in starts for apart in every)


def _standings(terms: "Terms") -> None:
    standings = set(terms.below("qualify"))
    if standings != {"any"} and ("any" in standings or not {"initial", "continuing"} <= standings):
        raise Wrong("qualify", "expected either 'any', or 'initial' and 'continuing' (and 'lapsed' if wished)")


def _tests(terms: "Terms", path: str) -> None:
    for test in tests(terms, path):
        kind = test.rpartition(".")[2]
        lengths = [key for key in ("windows", "up_to_windows", "periods") if terms.has(f"{test}.{key}")]
        if len(lengths) > 1:
            raise Wrong(test, f"expected only one of: {', '.join(lengths)}")
        if kind == "balance" and not terms.has("bank"):
            raise Wrong(test, "a test of the bank's balance needs a bank")
    for value in held(terms, f"{path}.cutoff_month"):
        if value.amount and _never_tested(terms, value.amount):
            raise Wrong(f"{path}.cutoff_month", f"nobody is tested in calendar month {value.amount}: see 'starting'")
    main = tests(terms, path)[0].rpartition(".")[2]
    if "exact" in words_of(terms, "consumption") and main not in ("sum", "balance"):
        raise Wrong(path, "where consumption is exact, the main test of a route is 'sum' or 'balance'")


def _bank(terms: "Terms") -> None:
    if not terms.has("bank"):
        return
    deposits, charges = words_of(terms, "bank.deposit"), words_of(terms, "bank.charge")
    if len(deposits) != 1 or (deposits, charges) not in (({"excess"}, {"shortfall"}), ({"all"}, {"fixed"})):
        raise Wrong(
            "bank", "a bank takes in the excess and pays the shortfall, or takes in all and pays a fixed charge"
        )
    through = deposits == {"all"}
    for key in BANK_EXCESS if through else BANK_ALL:
        if terms.has(f"bank.{key}"):
            raise Wrong(f"bank.{key}", f"a bank that takes in {min(deposits)} has no {key!r}")
    required = ("deposit_after_initial", "used_for", "all_or_nothing", "when_short", "while_lapsed")
    for key in ("before_cover", "amount") if through else required:
        if not terms.has(f"bank.{key}"):
            raise Wrong("bank", f"{key!r} is missing")
    _pairs(terms, through)
    of = measure(terms, "bank")
    if not through and of not in _summed(terms):
        raise Wrong("bank", f"no route's main test is a sum of {of!r}, so nothing ever comes into this bank")
    tiers = {tier for path in routes(terms) for tier in words_of(terms, f"{path}.gives.tier")}
    for tier in sorted(words_of(terms, "bank.may_buy") - tiers):
        raise Wrong("bank.may_buy", f"no route gives the tier {tier!r}")
    extra = terms.texts.get("bank.uncapped")
    if extra and (extra == of or terms.texts[f"credit.{extra}.unit"] != terms.texts[f"credit.{of}.unit"]):
        raise Wrong("bank.uncapped", f"expected a second measure with the unit of {of!r}")


def _summed(terms: "Terms") -> set[str]:
    """The measures that some route's main test sums."""
    mains = [tests(terms, path)[0] for path in routes(terms)]
    return {measure(terms, main) for main in mains if main.endswith(".sum")}


def _pairs(terms: "Terms", through: bool) -> None:
    """Keys of a bank that mean nothing without another one."""
    if through and terms.has("bank.cap") != terms.has("bank.cap_counts"):
        raise Wrong("bank", "'cap' and 'cap_counts' belong together")
    if terms.has("bank.idle_after") != terms.has("bank.idle_means"):
        raise Wrong("bank", "'idle_after' and 'idle_means' belong together")
    if terms.has("bank.stops_clock") and not terms.has("bank.idle_after"):
        raise Wrong("bank.stops_clock", "this needs 'idle_after': which clock is stopped")
    if terms.has("bank.overflow") and not terms.has("bank.cap"):
        raise Wrong("bank.overflow", "this needs 'cap': nothing overflows without one")
    spills = "second_bank" in words_of(terms, "bank.overflow")
    if spills and not terms.has("second_bank"):
        raise Wrong("bank.overflow", "there is no 'second_bank'")
    if terms.has("second_bank") and spills != ("overflow" in words_of(terms, "second_bank.deposit")):
        raise Wrong("second_bank", "'deposit: overflow' here and 'overflow: second_bank' in the bank belong together")


def _second_bank(terms: "Terms") -> None:
    if not terms.has("second_bank"):
        return
    deposits = words_of(terms, "second_bank.deposit")
    awarded = deposits == {"award"}
    if not terms.has("bank") and not awarded:
        raise Wrong("second_bank", "without a bank, only points can be awarded to a second one")
    if "award" in deposits and not terms.has("second_bank.award"):
        raise Wrong("second_bank", "'award' is missing: from which amounts there are how many points")
    if terms.has("second_bank.award") and "award" not in deposits:
        raise Wrong("second_bank.award", "this needs 'deposit: award'")
    charged = "fixed" in words_of(terms, "second_bank.charge")
    if charged and not terms.has("second_bank.amount"):
        raise Wrong("second_bank", "'amount' is missing: what cover costs")
    if terms.has("second_bank.amount") and not charged:
        raise Wrong("second_bank.amount", "this needs 'charge: fixed'")
    bank = terms.texts[f"credit.{measure(terms, 'bank')}.unit"]
    unit = terms.texts.get("second_bank.unit", "point" if awarded else bank)
    if unit != bank and not awarded:
        raise Wrong("second_bank.unit", f"what overflows from the bank is counted in {bank}s, not {unit}s")
    for path in ("second_bank.cap", "second_bank.amount"):
        if any(value.unit not in (unit, "times") for value in held(terms, path)):
            raise Wrong(path, f"this second bank counts {unit}s")


def _relief(terms: "Terms") -> None:
    seen: dict[object, str] = {}
    for name, order in terms.relief.items():
        path = f"relief.{name}"
        _order(terms, path, order.gives)
        for day in terms.leaves[f"{path}.for"].values if order.gives != "credit" else ():
            if _never_tested(terms, terms.chart.months[terms.chart.cutoffs.index(day)] % 12 + 1):
                raise Wrong(f"{path}.for", f"nobody is tested at the cut-off {day}, so the order can help nobody")
            if day in seen:
                raise Wrong(path, f"the order {seen[day]!r} covers the cut-off {day} too")
            seen[day] = name


def _order(terms: "Terms", path: str, gives: str) -> None:
    key, days, cutoffs = RELIEF[gives][0], terms.leaves[f"{path}.for"].values, set(terms.chart.cutoffs)
    if gives == "waiver" and not terms.has("top_up"):
        raise Wrong(path, "a waiver needs a 'top_up' whose payment it waives")
    if gives != "waiver" and not terms.has(f"{path}.{key}"):
        raise Wrong(path, f"{key!r} is missing: an order that gives {gives} says how much")
    for term in terms.below(path):
        leaf = terms.leaves.get(f"{path}.{term}")
        if leaf and term not in ("for", *RELIEF[gives]):
            raise Wrong(leaf.path, f"an order that gives {gives} has no {term!r}")
        for day, value in leaf.values.items() if leaf else ():
            if value.ends:
                raise Wrong(
                    f"{path}.{term}", f"an order is for single cut-offs, so nothing ends at {day}: leave it out"
                )
            if day not in cutoffs:
                raise Wrong(f"{path}.{term}", f"{day} is not a cut-off of the calendar {terms.chart.name!r}")
            if day not in days:
                raise Wrong(f"{path}.{term}", f"the order says no 'for' for {day}: whom it is for")
            if gives != "waiver" and day not in terms.leaves[f"{path}.{key}"].values:
                raise Wrong(f"{path}.{term}", f"the order says no {key!r} for {day}")


def _carry_and_top_ups(terms: "Terms") -> None:
    if terms.has("carry") and measure(terms, "carry") not in _summed(terms):
        raise Wrong("carry", f"no route's main test is a sum of {measure(terms, 'carry')!r}, so nothing is carried")
    for name in terms.below("top_up"):
        path = f"top_up.{name}"
        if terms.has(f"{path}.price") and terms.has(f"{path}.flat"):
            raise Wrong(path, "expected only one of: price, flat")
        if "yes" in words_of(terms, f"{path}.after_bank") and not terms.has("bank"):
            raise Wrong(f"{path}.after_bank", "there is no bank to be used first")
        if terms.has(f"{path}.rearm") and not terms.has(f"{path}.most_in_a_row"):
            raise Wrong(f"{path}.rearm", "this needs 'most_in_a_row': what is counted anew")
