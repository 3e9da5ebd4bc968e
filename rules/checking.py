"""What must hold between the places of a terms file, beyond the shape of each: measures, routes, banks, calendars, law.

A file and a proposal are held to the same checks. Each failure is a :class:`Wrong` that names a path; the loader turns
it into an error with line and column, a proposal's change into an error with the path.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules import calendar, floors, shape

if TYPE_CHECKING:
    from rules.terms import Terms

BANK_EXCESS = ("over", "deposit_after_initial", "used_for", "may_buy", "most_per_use", "all_or_nothing")
BANK_ALL = ("before_cover", "cap_counts", "uncapped", "amount")
MOST_VARIANTS = 500
REFERENCES = ("of", "uncapped", "adds_to")


class Wrong(ValueError):  # noqa: N818 (what a file gets wrong, not a failure of the program)
    """Something that a file says does not fit with something else it says."""

    def __init__(self, path: str, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(f"{path}: {message}")


def check(terms: "Terms") -> None:
    """Hold terms to everything that is checked here. Raises :class:`Wrong` for the first thing that does not hold."""
    _calendar(terms)
    _measures(terms)
    _standings(terms)
    for path in routes(terms):
        _tests(terms, path)
    _bank(terms)
    _second_bank(terms)
    _relief(terms)
    _references(terms)
    broken = floors.broken(terms)
    if broken:
        raise Wrong(*broken)


def routes(terms: "Terms") -> list[str]:
    """The paths of all routes, in the order of the file."""
    found = dict[str, None]()
    for path in terms.leaves:
        parts = path.split(".")
        if parts[0] == "qualify":
            found[".".join(parts[:4])] = None
    return list(found)


def tests(terms: "Terms", path: str) -> list[str]:
    """The paths of a route's tests, the main one first."""
    main = [f"{path}.{kind}" for kind in shape.TESTS if terms.has(f"{path}.{kind}")]
    also = [
        f"{path}.and.{name}.{kind}"
        for name in terms.below(f"{path}.and")
        for kind in shape.TESTS
        if terms.has(f"{path}.and.{name}.{kind}")
    ]
    return main + also


def measure(terms: "Terms", path: str) -> str:
    """The measure that a section means: the one it names, or the first."""
    return terms.texts.get(f"{path}.of") or terms.below("credit")[0]


def words_of(terms: "Terms", path: str) -> set[str]:
    """Every choice that a path ever holds."""
    leaf = terms.leaves.get(path)
    return {value.word for value in leaf.values.values() if value.word} if leaf else set()


def _calendar(terms: "Terms") -> None:
    name = terms.texts["calendar.cutoffs"]
    if name not in calendar.names():
        raise Wrong("calendar.cutoffs", f"there is no calendar {name!r}; there are: {', '.join(calendar.names())}")
    monthly = calendar.unit_of(name) == "month"
    for path in ("calendar.every", "lapse.every"):
        for value in terms.leaves[path].values.values() if path in terms.leaves else ():
            if value.amount and value.amount > 1:
                if monthly and 12 % value.amount and words_of(terms, "calendar.cycle") != {"own"}:
                    raise Wrong(path, f"{value.amount} months do not divide a year, so no month is fixed by it")
                if not monthly:
                    raise Wrong(path, "tests further apart than one period need a calendar of months")
                if words_of(terms, "calendar.cycle") != {"own"} and not terms.has("calendar.starting"):
                    raise Wrong(path, "'calendar.starting' is missing: which calendar month's cut-off is a test")
    if not monthly:
        for path in ("calendar.starting", "coverage.aligned_to", "coverage.aligned_month"):
            if terms.has(path):
                raise Wrong(path, "this needs a calendar of months")
    if terms.has("coverage.aligned_at_least") and not terms.has("coverage.aligned_to"):
        raise Wrong("coverage.aligned_at_least", "this needs 'aligned_to'")
    if terms.has("coverage.aligned_to") != terms.has("coverage.aligned_month"):
        raise Wrong("coverage", "'aligned_to' and 'aligned_month' belong together")
    for value in terms.leaves["coverage.aligned_to"].values.values() if terms.has("coverage.aligned_to") else ():
        if value.amount and 12 % value.amount:
            raise Wrong("coverage.aligned_to", f"{value.amount} months do not divide a year")


def _measures(terms: "Terms") -> None:
    known = terms.below("credit")
    for path, text in terms.texts.items():
        if path.rpartition(".")[2] in REFERENCES and text not in known:
            raise Wrong(path, f"there is no measure {text!r} under 'credit'; there are: {', '.join(known)}")
    used = {text for path, text in terms.texts.items() if path.rpartition(".")[2] in REFERENCES} | {known[0]}
    for name in known:
        added = terms.texts.get(f"credit.{name}.adds_to")
        if added and (added == name or terms.has(f"credit.{added}.adds_to")):
            raise Wrong(f"credit.{name}.adds_to", f"{added!r} does not stand by itself: name a measure that does")
        if added and terms.texts[f"credit.{name}.unit"] != terms.texts[f"credit.{added}.unit"]:
            raise Wrong(f"credit.{name}.adds_to", f"{name!r} and {added!r} have different units")
        if name not in used and not added:
            raise Wrong(f"credit.{name}", f"the measure {name!r} is used by no test and no bank")
        converts = [key for key in ("multiply_by", "divide_by", "standard_rate") if terms.has(f"credit.{name}.{key}")]
        if bool(converts) != terms.has(f"credit.{name}.rounding"):
            raise Wrong(f"credit.{name}", "a conversion and 'rounding' belong together")
        for path in (f"credit.{name}.divide_by", f"credit.{name}.standard_rate"):
            for value in terms.leaves[path].values.values() if path in terms.leaves else ():
                if value.amount == 0:
                    raise Wrong(path, "nothing can be divided by 0")
        if terms.has(f"credit.{name}.late") and not terms.has(f"credit.{name}.late_after"):
            raise Wrong(f"credit.{name}.late", "this needs 'late_after': what is late")
        if terms.has(f"credit.{name}.unpaid_months") and words_of(terms, f"credit.{name}.needs") != {"paid"}:
            raise Wrong(f"credit.{name}.unpaid_months", "this needs 'needs: paid'")
    for path, section in _amounts(terms):
        unit = terms.texts[f"credit.{measure(terms, section)}.unit"]
        for value in terms.leaves[path].values.values():
            if value.unit not in (unit, "times"):
                raise Wrong(path, f"this counts {unit}s, not {value.unit}s: it is about {measure(terms, section)!r}")


def _amounts(terms: "Terms") -> Iterator[tuple[str, str]]:
    """Every leaf that holds an amount of a measure, with the section that names the measure."""
    for path, leaf in terms.leaves.items():
        if not isinstance(leaf.shape, shape.Quantity) or leaf.shape.unit != shape.CREDIT:
            continue
        parts = path.split(".")
        if parts[0] in ("qualify", "coverage"):
            kind = next(place for place in range(len(parts) - 1, 0, -1) if parts[place] in shape.TESTS)
            if parts[kind] == "balance":
                yield path, "bank"
            else:
                yield path, ".".join(parts[: kind + 1])
        elif parts[0] in ("bank", "carry", "relief", "disability", "top_up"):
            yield path, parts[0]
        elif parts[0] == "second_bank" and parts[1] == "award":
            yield path, "award"


def _standings(terms: "Terms") -> None:
    standings = set(terms.below("qualify"))
    if standings == {"any"}:
        return
    if "any" in standings or not {"initial", "continuing"} <= standings:
        raise Wrong("qualify", "expected either 'any', or 'initial' and 'continuing' (and 'lapsed' if wished)")


def _tests(terms: "Terms", path: str) -> None:
    for test in tests(terms, path):
        kind = test.rpartition(".")[2]
        lengths = [key for key in ("windows", "up_to_windows", "periods") if terms.has(f"{test}.{key}")]
        if len(lengths) > 1:
            raise Wrong(test, f"expected only one of: {', '.join(lengths)}")
        if kind == "balance" and not terms.has("bank"):
            raise Wrong(test, "a test of the bank's balance needs a bank")
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
    family, other = (BANK_EXCESS, BANK_ALL) if deposits == {"excess"} else (BANK_ALL, BANK_EXCESS)
    for key in other:
        if terms.has(f"bank.{key}"):
            raise Wrong(f"bank.{key}", f"a bank that takes in {min(deposits)} has no {key!r}")
    required = ("deposit_after_initial", "used_for", "all_or_nothing", "when_short", "while_lapsed")
    for key in required if family is BANK_EXCESS else ("before_cover", "amount"):
        if not terms.has(f"bank.{key}"):
            raise Wrong("bank", f"{key!r} is missing")
    if family is BANK_ALL and terms.has("bank.cap") != terms.has("bank.cap_counts"):
        raise Wrong("bank", "'cap' and 'cap_counts' belong together")
    if terms.has("bank.idle_after") != terms.has("bank.idle_means"):
        raise Wrong("bank", "'idle_after' and 'idle_means' belong together")
    if "second_bank" in words_of(terms, "bank.overflow") and not terms.has("second_bank"):
        raise Wrong("bank.overflow", "there is no 'second_bank'")


def _second_bank(terms: "Terms") -> None:
    if not terms.has("second_bank"):
        return
    if not terms.has("bank") and words_of(terms, "second_bank.deposit") != {"award"}:
        raise Wrong("second_bank", "without a bank, only points can be awarded to a second one")
    if words_of(terms, "second_bank.deposit") == {"award"} and not terms.has("second_bank.award"):
        raise Wrong("second_bank", "'award' is missing: from which amounts there are how many points")
    if words_of(terms, "second_bank.charge") == {"fixed"} and not terms.has("second_bank.amount"):
        raise Wrong("second_bank", "'amount' is missing: what cover costs")


def _relief(terms: "Terms") -> None:
    needs = {"hours": "up_to", "cobra": "months", "credit": "adds"}
    for name, order in terms.relief.items():
        path = f"relief.{name}"
        key = needs.get(order.gives)
        if key and not terms.has(f"{path}.{key}"):
            raise Wrong(path, f"{key!r} is missing: an order that gives {order.gives} says how much")
        if order.gives == "waiver" and not terms.has("top_up"):
            raise Wrong(path, "a waiver needs a 'top_up' whose payment it waives")
        cutoffs = set(terms.chart.cutoffs)
        for leaf in terms.leaves.values():
            if leaf.path.startswith(path + "."):
                for day in leaf.values:
                    if day not in cutoffs:
                        raise Wrong(leaf.path, f"{day} is not a cut-off of the calendar {terms.chart.name!r}")
                    if key and leaf.shape.keyed == "at" and day not in terms.leaves[f"{path}.{key}"].values:
                        raise Wrong(leaf.path, f"the order says no {key!r} for {day}")
    seen: dict[object, str] = {}
    for name, order in terms.relief.items():
        if order.gives == "credit":
            continue
        for day in terms.leaves[f"relief.{name}.{needs.get(order.gives, 'for')}"].values:
            if day in seen:
                raise Wrong(f"relief.{name}", f"the order {seen[day]!r} covers the cut-off {day} too")
            seen[day] = name


def _references(terms: "Terms") -> None:
    for lever, path in terms.levers.items():
        if path not in terms.leaves:
            keys = terms.choices[path].keys if path in terms.choices else ()
            cure = f"; it depends on the member: name one of its keys, {', '.join(keys)}" if keys else ""
            raise Wrong(
                f"levers.{lever}", f"the lever {lever!r} names {path!r}, which is not a term of this file{cure}"
            )
    for path, leaf in terms.leaves.items():
        for value in leaf.values.values():
            if value.times:
                followed = terms.leaves.get(value.times)
                if followed is None and value.times not in terms.choices:
                    raise Wrong(path, f"'times' names {value.times!r}, which is not a term of this file")
                if followed and any(other.times for other in followed.values.values()):
                    raise Wrong(path, f"{value.times!r} follows another value itself")
