"""Facts about a member that lines do not say, and the attributes among them that choose numbers.

A **variant** is one combination of the attributes that some terms ask for: the terms are laid out once for each. Which
variant a member is may change from tick to tick; for terms that ask for no attribute there is only one.
"""

import bisect
import datetime
import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules import stages, units
from rules.leaves import NUMERIC
from rules.shape import Quantity
from rules.stages import Records
from rules.terms import Terms, Who

MOST_VARIANTS = 500
MOST_CLAIMS = 60
STATES = ("unavailable_for_work", "hours_booked")  # states that are kinds of their own
OPEN = datetime.date.max
MARKING = (*("bank.forfeit_on.", "bank.blocked_by.", "bank.stops_clock.", "coverage.ends_on.", "coverage.not_while."),)


class Fact(NamedTuple):
    """A dated thing about a member. Section 6 of ``docs/terms.md`` says which kind has what.

    A disability names its ``claim`` and the day on which it was ``claimed``; an attribute its ``name`` and ``value``; a
    state, an event and a decision their ``name``; an adjustment its ``amount`` (hundredths).
    """

    kind: str
    first_day: datetime.date
    last_day: datetime.date = OPEN
    claim: str = ""
    claimed: datetime.date | None = None
    name: str = ""
    value: str = ""
    amount: int = 0


KINDS = (
    *("disability", "unavailable_for_work", "hours_booked", "attribute", "state", "event", "self_payment"),
    *("bank_adjustment", "decision", "born", "hired", "cycle_start"),
)
DECISIONS = ("cover_granted", "cover_refused")


class Axis(NamedTuple):
    """An attribute that terms ask for and what it may be; None stands for everything else, and for not recorded."""

    attribute: str
    options: tuple[str | int | None, ...]


@functools.lru_cache(maxsize=256)
def axes(terms: Terms) -> tuple[Axis, ...]:
    """The attributes that terms ask for, in the order of the file."""
    found: dict[str, set[str | int]] = {}
    for choice in terms.choices.values():
        keys = [key for key in choice.keys if key != "otherwise"]
        found.setdefault(choice.by, set()).update(map(int, keys) if choice.by in NUMERIC else keys)
    for path, leaf in terms.leaves.items():
        section, attribute = _asked(path)
        if section:
            values = [v.amount if isinstance(leaf.shape, Quantity) else v.word for v in leaf.values.values()]
            found.setdefault(attribute, set()).update(value for value in values if value is not None)
    made = tuple(Axis(name, (None, *sorted(values, key=_in_order))) for name, values in found.items())
    count = 1
    for axis in made:
        count *= len(axis.options)
    if count > MOST_VARIANTS:
        raise ValueError(f"{terms.plan} tells {count} kinds of members apart; at most {MOST_VARIANTS} can be counted")
    return made


def _asked(path: str) -> tuple[str, str]:
    """The section (for, reach) and the attribute that a path asks for, or nothing."""
    parts = path.split(".")
    for section in ("for", "reach"):
        if section in parts[1:-1] and parts[0] in ("qualify", "carry"):
            return section, parts[parts.index(section) + 1]
    return "", ""


def _in_order(value: str | int) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, value)


@functools.lru_cache(maxsize=256)
def variants(terms: Terms) -> list[Who]:
    """Every variant, as the attributes held."""
    named = axes(terms)
    return [
        {axis.attribute: value for axis, value in zip(named, held, strict=True) if value is not None}
        for held in itertools.product(*(axis.options for axis in named))
    ]


def variant_on(terms: Terms, facts: Sequence[Fact], day: datetime.date) -> int:
    """The number of the variant that a member is on a day."""
    number = 0
    for axis in axes(terms):
        number = number * len(axis.options) + _option(axis, facts, day)
    return number


def _option(axis: Axis, facts: Sequence[Fact], day: datetime.date) -> int:
    held = held_on(axis.attribute, facts, day)
    if isinstance(held, int):
        return bisect.bisect_right([option for option in axis.options if isinstance(option, int)], held)
    return axis.options.index(held) if held in axis.options else 0


def edges(terms: Terms, facts: Sequence[Fact], cutoffs: Sequence[datetime.date]) -> list[int]:
    """The places in a run of cut-offs at which a member's variant may change, with the first one and the end."""
    numeric = [axis.attribute for axis in axes(terms) if axis.attribute in NUMERIC]
    if numeric:
        return list(range(len(cutoffs) + 1))  # age and tenure change by themselves
    changes = [day for fact in facts if fact.kind == "attribute" for day in (fact.first_day, fact.last_day)]
    places = {bisect.bisect_left(cutoffs, day) for day in changes} | {
        bisect.bisect_right(cutoffs, day) for day in changes
    }
    return sorted({0, len(cutoffs), *(place for place in places if place <= len(cutoffs))})


def kinds(terms: Terms, facts: Sequence[Fact], cutoffs: Sequence[datetime.date]) -> npt.NDArray[np.int16]:
    """The number of the variant that a member is at each of a run of cut-offs; 0 where nothing is recorded."""
    found = np.zeros(len(cutoffs), np.int16)
    if facts and axes(terms):
        for first, end in itertools.pairwise(edges(terms, facts, cutoffs)):
            found[first:end] = variant_on(terms, facts, cutoffs[first])
    return found


def who_on(terms: Terms, facts: Sequence[Fact], day: datetime.date) -> Who:
    """The attributes that terms ask for, as a member has them on a day."""
    return variants(terms)[variant_on(terms, facts, day)]


def held_on(attribute: str, facts: Sequence[Fact], day: datetime.date) -> str | int | None:
    """What an attribute is on a day: whole years of age, whole months since hire, or the word recorded; or None."""
    if attribute in NUMERIC:
        kind = {"age": "born", "tenure": "hired"}[attribute]
        days = [fact.first_day for fact in facts if fact.kind == kind]
        if not days:
            return None
        months = units.month_of(day) - units.month_of(days[0]) - (day.day < days[0].day)
        return months // 12 if attribute == "age" else months
    holding = [
        fact
        for fact in facts
        if fact.kind == "attribute" and fact.name == attribute and fact.first_day <= day <= fact.last_day
    ]
    return max(holding, key=lambda fact: fact.first_day).value if holding else None


@functools.lru_cache(maxsize=256)
def names(terms: Terms) -> Mapping[str, int]:
    """The states and events that terms name, each with its bit."""
    marked = [path.rpartition(".")[2] for path in terms.leaves if path.startswith(MARKING)]
    found = {name: 1 << place for place, name in enumerate(dict.fromkeys((*stages.NAMES, *marked)))}
    if len(found) > 30:
        raise ValueError(f"{terms.plan} names {len(found)} states and events; at most 30 can be told apart")
    return found


def fact_records(terms: Terms, facts: Iterable[Fact], worked: Iterable[datetime.date], first: int = 0) -> Records:
    """Write a member's facts as the stages read them, with ticks counted from the chart's place ``first``.

    ``worked`` are the days on which the member worked: a disability claim has its days since the last of them before
    it. Raises ValueError for a kind that is not known. Attributes are not among the records: they choose the variant.
    """
    ordered = sorted(facts, key=lambda fact: (fact.first_day, fact.claim, fact.last_day, fact.kind))
    for fact in ordered:
        if fact.kind not in KINDS or (fact.kind == "decision" and fact.name not in DECISIONS):
            raise ValueError(f"facts of the kind {fact.kind} {fact.name} are not known")
    anchors = [fact for fact in ordered if fact.kind == "cycle_start"] or [f for f in ordered if f.kind == "hired"]
    ordered = [f for f in ordered if f.kind not in ("attribute", "born", "hired", "cycle_start")] + anchors
    claims = {
        claim: place for place, claim in enumerate(dict.fromkeys(f.claim for f in ordered if f.kind == "disability"))
    }
    if len(claims) > MOST_CLAIMS:
        raise ValueError(f"a member has {len(claims)} claims; at most {MOST_CLAIMS} can be counted")
    days = sorted(set(worked))
    records = np.zeros(len(ordered), stages.FACT).view(np.recarray)
    counted_to: dict[str, int] = {}
    for record, fact in zip(records, ordered, strict=True):
        record.first_day = fact.first_day.toordinal()
        record.last_day = fact.last_day.toordinal()
        record.tick = bisect.bisect_left(terms.chart.cutoffs, fact.first_day) - first
        record.amount = fact.amount
        record.name = names(terms).get(fact.kind if fact.kind in STATES else fact.name, 0)
        record.kind = {
            **dict.fromkeys(("state", *STATES), stages.STATE),
            "event": stages.EVENT,
            "self_payment": stages.PAID,
            "bank_adjustment": stages.ADJUSTED,
            "disability": stages.DISABLED,
            "decision": stages.GRANTED if fact.name == "cover_granted" else stages.REFUSED,
        }.get(fact.kind, stages.ANCHOR)
        if fact.kind == "disability":
            # A day that two reports of one claim name is one day.
            record.first_day = max(record.first_day, counted_to.get(fact.claim, 0) + 1)
            counted_to[fact.claim] = max(record.last_day, counted_to.get(fact.claim, 0))
            record.claim = claims[fact.claim]
            claimed = fact.claimed or fact.first_day
            before = bisect.bisect_right(days, claimed)
            record.days_since_work = (claimed - days[before - 1]).days if before else stages.NO_LIMIT
    return records
