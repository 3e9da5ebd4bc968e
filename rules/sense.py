"""Values that fit their places and each other's units, and under which a rule still never holds or a key does nothing.

What is certain is refused, in a file and under a proposal alike; what somebody may mean, or may come about by other
ways, is a warning of ``hourbank plans check``. A warning is true of the file as it stands: it names the place and the
cure.
"""

import datetime
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rules import checking, checking_pension, shape, units
from rules.checking import Wrong
from rules.leaves import NUMERIC, OTHERWISE

if TYPE_CHECKING:
    from rules.terms import Terms, Who

MOST_KINDS = 200  # kinds of members that are looked at one by one
IDLE_AT_0 = {
    **dict.fromkeys(("cap_per_day", "cap_per_week", "cap_per_month", "cap_per_year"), "nothing is ever counted"),
    **dict.fromkeys(("multiply_by",), "nothing is ever counted"),
    **dict.fromkeys(("most_per_use",), "the bank never helps"),
    **dict.fromkeys(("most_per_deposit", "cap"), "nothing ever goes in"),
    **dict.fromkeys(("most_short", "most_short_percent"), "nobody can ever pay"),
    **dict.fromkeys(("credit_per_week",), "disability never helps"),
}
CAPS = ("cap_per_day", "cap_per_week", "cap_per_month", "cap_per_year")
LENGTHS = ("windows", "up_to_windows", "periods", "up_to_periods", "ago", "with_at_least")


class Finding(NamedTuple):
    """Something under which a rule never holds, or a key that does nothing. ``certain``: it is refused."""

    path: str
    message: str
    certain: bool = False


def check(terms: "Terms") -> None:
    """Hold terms to everything that is checked of them. Raises :class:`Wrong` for the first thing that is wrong."""
    if terms.kind == "pension":
        checking_pension.check(terms)
        return
    checking.check(terms)
    for finding in findings(terms):
        if finding.certain:
            raise Wrong(finding.path, finding.message)


def warnings(terms: "Terms") -> list[str]:
    """What terms say and can hardly mean."""
    found = findings(terms) if terms.kind == "health" else ()
    return [f"{finding.path}: {finding.message}" for finding in found if not finding.certain]


def findings(terms: "Terms") -> Iterator[Finding]:
    """Everything that is found, what is certain and what is not, in the order of a booklet."""
    yield from _zeros(terms)
    yield from _caps(terms)
    for route in checking.routes(terms):
        for test in checking.tests(terms, route):
            yield from _count(terms, test)
    yield from _later_routes(terms)
    yield from _bank(terms)
    yield from _award(terms)
    yield from _coverage(terms)
    yield from _lapse(terms)


def _cases(terms: "Terms", *paths: str) -> Iterator[tuple[int | None, ...]]:
    """The amounts at some paths together: once for each day on which one of them changes and each kind of member."""
    known = dict.fromkeys(paths)
    for path in paths:
        known |= dict.fromkeys(value.times for value in checking.held(terms, path) if value.times)
    choices = [terms.choices[path] for path in known if path in terms.choices]
    keys: dict[str, dict[str, None]] = {}
    for choice in choices:
        keys.setdefault(choice.by, {}).update(dict.fromkeys(choice.keys))
    first = terms.chart.cutoffs[0]
    days = {first} | {
        max(day, first)
        for path in known
        for leaf in terms.leaves.values()
        if leaf.path == path or leaf.path.startswith(f"{path}.")
        for day in leaf.values
    }
    kinds = itertools.islice(itertools.product(*keys.values()), MOST_KINDS)
    whos = [_who(dict(zip(keys, held, strict=True))) for held in kinds]
    for day, who in itertools.product(sorted(days), whos):
        yield tuple(_amount(terms, path, day, who) for path in paths)


def _who(held: dict[str, str]) -> "Who":
    """A member with these attributes; the key for everybody else stands for a word that no file names."""
    return {by: (int(key) if by in NUMERIC else key) for by, key in held.items() if key != OTHERWISE}


def _amount(terms: "Terms", path: str, day: datetime.date, who: "Who") -> int | None:
    try:
        return terms.amount(path, day, who)
    except LookupError:
        return None


def _zeros(terms: "Terms") -> Iterator[Finding]:
    """Numbers that are never anything but 0, where that switches a rule off."""
    for path, leaf in terms.leaves.items():
        told = IDLE_AT_0.get(path.rpartition(".")[2])
        if told and isinstance(leaf.shape, shape.Quantity) and all(v.amount == 0 for v in leaf.values.values()):
            yield Finding(path, f"this is 0, so {told}; if there is no such limit, leave the key out")


def _caps(terms: "Terms") -> Iterator[Finding]:
    """A cap of a shorter time that is no lower than that of a longer time."""
    for name in terms.below("credit"):
        present = [f"credit.{name}.{cap}" for cap in CAPS if terms.has(f"credit.{name}.{cap}")]
        for short, longer in itertools.pairwise(present):
            cases = list(_cases(terms, short, longer))
            if all(one is not None and other is not None and one >= other for one, other in cases):
                key = longer.rpartition(".")[2]
                yield Finding(short, f"this is no less than {key!r}, which alone decides: leave one of them out")


def _count(terms: "Terms", test: str) -> Iterator[Finding]:
    """A count of more periods than the test looks at."""
    if not test.endswith(".count"):
        return
    parts = (f"{test}.at_least", f"{test}.periods", f"{test}.windows", "calendar.window")
    for least, periods, windows, window in _cases(terms, *parts):
        of = periods if terms.has(parts[1]) else window and window * (windows or 1)
        if least and of and least > of:
            told = f"{least} of {of} {terms.chart.unit}s can never be reached"
            yield Finding(parts[0], f"{told}: lower this, or look back further", certain=True)
            return


def _later_routes(terms: "Terms") -> Iterator[Finding]:
    """A route that one before it makes needless: open to everybody, and asking for no more of the same."""
    for standing in terms.below("qualify"):
        routes = [path for path in checking.routes(terms) if path.startswith(f"qualify.{standing}.")]
        for later, route in enumerate(routes):
            for before in routes[:later]:
                if _covers(terms, before, route):
                    name = before.rpartition(".")[2]
                    told = f"the route {name!r} before it asks for no more, so this one is never reached"
                    yield Finding(route, f"{told}: put the one that asks for more first")
                    break


def _covers(terms: "Terms", before: str, route: str) -> bool:
    """Whether a route holds wherever a later one does."""
    if any(terms.has(f"{before}.{key}") for key in ("for", "reach", "cutoff_month", "and")):
        return False
    one, other = checking.tests(terms, before)[0], checking.tests(terms, route)[0]
    kind = one.rpartition(".")[2]
    same = kind == other.rpartition(".")[2] and kind != "average"
    if not same or (kind != "balance" and checking.measure(terms, one) != checking.measure(terms, other)):
        return False
    alike = [(f"{one}.{key}", f"{other}.{key}") for key in LENGTHS]
    if any(terms.has(left) != terms.has(right) for left, right in alike):
        return False
    present = [pair for pair in alike if terms.has(pair[0])]
    for left, right, *lengths in _cases(terms, f"{one}.at_least", f"{other}.at_least", *itertools.chain(*present)):
        if right is None:
            continue
        if left is None or left > right or any(a != b for a, b in zip(lengths[::2], lengths[1::2], strict=True)):
            return False
    return True


def _bank(terms: "Terms") -> Iterator[Finding]:
    """A bank that can never hold what it is asked for."""
    if not terms.has("bank.cap"):
        return
    if terms.has("bank.floor") and "excess" in checking.words_of(terms, "bank.deposit"):
        cases = [(cap, floor) for cap, floor in _cases(terms, "bank.cap", "bank.floor") if cap is not None]
        if cases and all(floor is not None and floor >= cap for cap, floor in cases):
            told = "the bank is never filled beyond what must stay in it, so what is put in never helps"
            yield Finding("bank.floor", f"{told}: lower 'floor', or raise 'cap'")
    if checking.words_of(terms, "bank.cap_counts") != {"before_charge"} or terms.has("bank.uncapped"):
        return
    balances = [test for route in checking.routes(terms) for test in checking.tests(terms, route) if _balance(test)]
    for test in balances:
        parts = ("bank.cap", f"{test}.at_least", "bank.amount", "bank.floor")
        caps, asked = list[int | None](), list[int]()
        for cap, least, amount, floor in _cases(terms, *parts):
            if least is not None:
                caps.append(cap)
                asked.append(max(least, 0 if floor is None else floor + (amount or 0)))
        most = max((cap for cap in caps if cap is not None), default=0)
        if asked and None not in caps and most < min(asked):
            told = f"the bank is never filled beyond {units.written(most)}, and the balance is to be"
            helped = terms.has("top_up") or terms.has("relief")
            cure = "raise 'cap' (or lower 'floor'), or say 'cap_counts: after_charge'"
            yield Finding("bank.cap", f"{told} {units.written(min(asked))}: {cure}", certain=not helped)
            return


def _balance(test: str) -> bool:
    return test.endswith(".balance")


def _award(terms: "Terms") -> Iterator[Finding]:
    """Two steps of points that begin at the same amount."""
    steps = [f"second_bank.award.{step}.from" for step in terms.below("second_bank.award")]
    for one, other in itertools.combinations(steps, 2):
        if any(left is not None and left == right for left, right in _cases(terms, one, other)):
            name = one.split(".")[2]
            yield Finding(other, f"the step {name!r} begins at the same amount: which of them holds?", certain=True)


def _coverage(terms: "Terms") -> Iterator[Finding]:
    """What is said of the length and the end of cover, and does nothing."""
    given = [path for path in terms.leaves if ".gives.length" in path]
    if terms.has("coverage.aligned_to"):
        for path in given:
            yield Finding(path, "'coverage.aligned_to' decides when cover ends, whatever is said here: leave it out")
    lengths = [value.amount for value in checking.held(terms, "coverage.length")]
    lengths += [value.amount for path in given for value in terms.leaves[path].values.values()]
    if terms.has("coverage.ends_on") and not terms.has("coverage.aligned_to") and set(lengths) == {1}:
        unit = terms.chart.unit
        told = f"all cover lasts one {unit} and ends with it anyway, and the tests after the event go on"
        cure = "if nobody is to be covered after it, name a state under 'coverage.not_while'"
        yield Finding("coverage.ends_on", f"{told}: {cure}")


def _lapse(terms: "Terms") -> Iterator[Finding]:
    """A time without tests that lasts until everybody has to start anew."""
    if terms.has("lapse.lockout") and terms.has("lapse.initial_after"):
        cases = [case for case in _cases(terms, "lapse.lockout", "lapse.initial_after") if None not in case]
        if cases and all((lockout or 0) >= (after or 0) for lockout, after in cases):
            told = "this lasts until 'initial_after', so whoever comes back has to start anew all the same"
            yield Finding("lapse.lockout", f"{told}, and no test of the lapsed is ever looked at")
