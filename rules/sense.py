"""Values that fit their places and each other's units, and under which a rule still never holds or a key does nothing.

What is certain is refused, in a file and under a proposal alike; what somebody may mean, or may come about by other
ways, is a warning of ``hourbank plans check``. A warning is true of the file as it stands: it names the place and the
cure.
"""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules import checking, checking_health, checking_pension, sense_pension, units
from rules.checking import Wrong
from rules.findings import Finding, caps, cases, zeros
from rules.floors import Since

if TYPE_CHECKING:
    from rules.terms import Terms

IDLE_AT_0 = {
    **dict.fromkeys(("most_per_use",), "the bank never helps"),
    **dict.fromkeys(("most_per_deposit", "cap"), "nothing ever goes in"),
    **dict.fromkeys(("most_short", "most_short_percent"), "nobody can ever pay"),
    **dict.fromkeys(("credit_per_week",), "disability never helps"),
}
LENGTHS = ("windows", "up_to_windows", "periods", "up_to_periods", "ago", "with_at_least")


def check(terms: "Terms", since: Since = None) -> None:
    """Hold terms to everything that is checked of them; ``since`` says from when on a proposal changes what.

    Raises :class:`Wrong` for the first thing that is wrong."""
    (checking_pension if terms.kind == "pension" else checking_health).check(terms, since)
    for finding in findings(terms):
        if finding.certain:
            raise Wrong(finding.path, finding.message)


def warnings(terms: "Terms") -> list[str]:
    """What terms say and can hardly mean."""
    return [f"{finding.path}: {finding.message}" for finding in findings(terms) if not finding.certain]


def findings(terms: "Terms") -> Iterator[Finding]:
    """Everything that is found, what is certain and what is not, in the order of a booklet."""
    return sense_pension.findings(terms) if terms.kind == "pension" else _findings(terms)


def _findings(terms: "Terms") -> Iterator[Finding]:
    yield from zeros(terms, IDLE_AT_0)
    yield from caps(terms)
    for route in checking.routes(terms):
        for test in checking.tests(terms, route):
            yield from _count(terms, test)
    yield from _later_routes(terms)
    yield from _bank(terms)
    yield from _award(terms)
    yield from _coverage(terms)
    yield from _lapse(terms)


def _count(terms: "Terms", test: str) -> Iterator[Finding]:
    """A count of more periods than the test looks at."""
    if not test.endswith(".count"):
        return
    parts = (f"{test}.at_least", f"{test}.periods", f"{test}.windows", "calendar.window")
    for least, periods, windows, window in cases(terms, *parts):
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
    for left, right, *lengths in cases(terms, f"{one}.at_least", f"{other}.at_least", *itertools.chain(*present)):
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
        both = [(cap, floor) for cap, floor in cases(terms, "bank.cap", "bank.floor") if cap is not None]
        if both and all(floor is not None and floor >= cap for cap, floor in both):
            told = "the bank is never filled beyond what must stay in it, so what is put in never helps"
            yield Finding("bank.floor", f"{told}: lower 'floor', or raise 'cap'")
    if checking.words_of(terms, "bank.cap_counts") != {"before_charge"} or terms.has("bank.uncapped"):
        return
    balances = [test for route in checking.routes(terms) for test in checking.tests(terms, route) if _balance(test)]
    for test in balances:
        parts = ("bank.cap", f"{test}.at_least", "bank.amount", "bank.floor")
        caps, asked = list[int | None](), list[int]()
        for cap, least, amount, floor in cases(terms, *parts):
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
        if any(left is not None and left == right for left, right in cases(terms, one, other)):
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
        both = [case for case in cases(terms, "lapse.lockout", "lapse.initial_after") if None not in case]
        if both and all((lockout or 0) >= (after or 0) for lockout, after in both):
            told = "this lasts until 'initial_after', so whoever comes back has to start anew all the same"
            yield Finding("lapse.lockout", f"{told}, and no test of the lapsed is ever looked at")
