"""A scenario evaluated: from its inputs, which are plain data, and a snapshot to the exact outcome, and nothing else.

No table is read here and no clock. Members are counted in parts (:func:`counted`), whose tables add up, so that parts
may be counted in threads, or on other machines, in any order.
"""

import datetime
import functools
import itertools
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from rules import evaluate, facts, ticks, units
from rules import terms as rules
from rules.assume import Assumed, assume
from rules.calendar import Cite
from rules.crediting import Population, first_place, population
from rules.few import ANY_PLAN
from rules.groups import Groups, Union, everybody, grouped
from rules.journeys import Grandfather, Journeys, Span, journeys, span_of
from rules.scenario import Tables, resampled, tables, together
from rules.snapshot import Snapshot
from rules.sweeping import Swept, sweep
from service.in_force import Adopted, amended, merged
from service.parsing import assumptions_of, rates_of

Inputs = Mapping[str, Any]
PART = 16_384  # members counted together


class Side(NamedTuple):
    """One of the terms compared, with the rates that its employers pay."""

    name: str
    terms: rules.Terms
    rates: Mapping[str, Mapping[datetime.date, int]]
    grandfather: Grandfather | None


class Question(NamedTuple):
    """What a scenario's inputs mean."""

    sides: tuple[Side, ...]
    swept: tuple[tuple[dict[str, str], rules.Terms], ...]  # each point of the sweep: values by path, and the terms
    first: int
    last: int
    groups: tuple[str | Union, ...]
    bands: tuple[int, ...]


class Part(NamedTuple):
    """What some members come to: tables of everybody and of each grouping, the sweep, the journeys if asked for, and
    why terms say nothing about some of them."""

    tables: list[Tables]
    swept: Swept | None
    found: Journeys | None
    silent: tuple[str, ...] = ()


def question(inputs: Inputs) -> Question:
    """Read a scenario's inputs. ValueError where the terms cannot be made of them."""
    return _question(json.dumps(inputs, sort_keys=True))


@functools.lru_cache(maxsize=16)
def _question(text: str) -> Question:
    inputs = json.loads(text)
    base = current(inputs)
    sides = tuple(
        Side(one["name"], proposed(base, one), rates_of(one["rates"]), _grandfather(one["grandfather"]))
        for one in inputs["under"]
    )
    points = list(itertools.product(*(axis["values"] for axis in inputs["sweep"]))) if inputs["sweep"] else []
    swept = []
    for point in points:
        values = {axis["path"]: value for axis, value in zip(inputs["sweep"], point, strict=True)}
        changes = {axis["path"]: {axis["from"]: values[axis["path"]]} for axis in inputs["sweep"]}
        name = ", ".join(f"{path} {value}" for path, value in values.items())
        swept.append((values, sides[0].terms.under(changes, name=name, cite=Cite(name, "", ""))))
    groups = tuple(
        one if isinstance(one, str) else Union(one["name"], one["of"], {k: tuple(v) for k, v in one["groups"].items()})
        for one in inputs["group_by"]
    )
    return Question(
        sides,
        tuple(swept),
        units.month_number(inputs["from"]),
        units.month_number(inputs["to"]),
        groups,
        tuple(units.hundredths(band) for band in inputs["near_bands"]),
    )


def current(inputs: Inputs) -> rules.Terms:
    """The terms in force that a scenario's inputs name: the plan's file, and what was adopted for it."""
    held = [Adopted(None, one["kind"], one["name"], one["text"]) for one in inputs["amendments"]]  # type: ignore[arg-type]
    return merged(inputs["plan"], held)


def proposed(base: rules.Terms, one: Mapping[str, Any]) -> rules.Terms:
    """The terms that one side proposes. ChangeError or TermsError, as the rules' own loader raises them."""
    terms = base
    for name in one["without_relief"]:
        terms = terms.without_order(name)
    for name, order in one["relief"].items():
        terms = amended(terms, "relief", name, order)
    if one["changes"]:
        terms = terms.under(one["changes"], name=one["name"], cite=Cite(f"Proposal: {one['name']}", "", ""))
    return terms


def _grandfather(one: Mapping[str, str | None] | None) -> Grandfather | None:
    if one is None:
        return None
    return Grandfather(units.day(str(one["covered_on"])), units.day(one["until"]) if one["until"] else None)


class Ground(NamedTuple):
    """What all parts of a scenario stand on: the work assumed, its first period and its end, the groups."""

    work: Assumed
    span: Span
    begin: int
    end: int
    groups: list[Groups]


def ground(inputs: Inputs, snapshot: Snapshot) -> Ground:
    """Prepare a scenario. ValueError, KeyError or LookupError where the snapshot or the calendar cannot bear it."""
    asked = question(inputs)
    work = assume(snapshot, assumptions_of(inputs["assume"]))
    spans = [span_of(side.terms, asked.first, asked.last) for side in asked.sides]
    starts = ticks.lay(asked.sides[0].terms).starts
    if any(ticks.lay(terms).starts != starts for _, terms in asked.swept):
        raise ValueError("a sweep cannot move the days on which cover begins")
    begin = min(first_place(side.terms, work.cover) for side in asked.sides)
    days = units.first_day(asked.first), units.first_day(asked.last + 1) - datetime.timedelta(days=1)
    groups = [everybody(snapshot.members), *(grouped(work.cover, by, *days) for by in asked.groups)]
    begin = min(begin, *(int(span.after[0]) for span in spans))
    return Ground(work, spans[0], begin, max(int(span.at[-1]) for span in spans) + 1, groups)


def counted(inputs: Inputs, on: Ground, members: slice) -> Part:
    """Count some members of a scenario: pure, and the same wherever it is done."""
    asked = question(inputs)
    terms = [side.terms for side in asked.sides]
    people = populations(terms, on, members)
    found = journeys(terms, people, on.span, bands=asked.bands, grandfathers=[side.grandfather for side in asked.sides])
    made = [tables(found, group._replace(codes=group.codes[members]), len(asked.bands)) for group in on.groups]
    swept = None
    if asked.swept:
        swept = months_swept([asked.sides[0].terms, *(each for _, each in asked.swept)], people[0], on)
    return Part(made, swept, found if inputs["uncertainty"] else None, silent(terms, people, on))


def silent(terms: Sequence[rules.Terms], people: Sequence[Population], on: Ground) -> tuple[str, ...]:
    """Why terms say nothing about some members in the span, in which these count as not covered: what they ask about a
    member is not recorded. One reason of each of the terms."""
    reasons = set()
    for one, own in zip(terms, people, strict=True):
        laid = ticks.lay(one)
        for tick in on.span.at.tolist() if laid.silent else ():
            kinds = np.unique(own.kinds[:, tick - on.begin]).tolist()
            why = next((laid.silent[kind, tick] for kind in kinds if (kind, tick) in laid.silent), None)
            if why is not None:
                reasons.add(why)
                break
    return tuple(sorted(reasons))


def populations(terms: Sequence[rules.Terms], on: Ground, members: slice) -> list[Population]:
    """Members as each of several terms reads them; those that count work and tell members apart alike share one."""
    made: dict[Any, Population] = {}
    found = []
    for one in terms:
        work = tuple((path, id(leaf)) for path, leaf in one.leaves.items() if path.startswith("credit."))
        key = work, facts.axes(one)
        if key not in made:
            made[key] = population(one, on.work.cover, on.begin, on.end, members)
        found.append(made[key])
    return found


def months_swept(terms: Sequence[rules.Terms], people: Population, on: Ground) -> Swept:
    """Members under each point of a sweep, by month. Who has facts is evaluated by the code that serves all plans."""
    laid = [ticks.lay(one).laid.span(on.begin, on.end) for one in terms]
    counts = evaluate.counts_of(terms[0])
    has_facts = people.places[1:] != people.places[:-1]
    parts, since = [], int(on.span.at[0]) - on.begin
    for chosen, runs in (
        (np.flatnonzero(~has_facts), laid),
        (np.flatnonzero(has_facts), [run._replace(use=ANY_PLAN) for run in laid]),
    ):
        if chosen.size or not parts:
            credits = np.ascontiguousarray(people.credits[:, chosen])
            sizes = np.diff(people.places)[chosen]
            places = np.concatenate([[0], np.cumsum(sizes)])
            own = (
                [np.arange(people.places[member], people.places[member + 1]) for member in chosen]
                if sizes.any()
                else []
            )
            records = people.records[np.concatenate(own)] if own else people.records[:0]
            parts.append(sweep(runs, counts, credits, records.view(np.recarray), places, people.kinds[chosen], since))
    at = on.span.at - on.begin
    added = Swept(*(np.sum(np.stack(same), axis=0) for same in zip(*parts, strict=True)))
    # Months are read at their ticks; who gains or loses within the span is told by month alone.
    return added._replace(covered=added.covered[:, at], gained=added.gained[:, at], lost=added.lost[:, at])


def yield_to_others() -> None:
    """Let whoever answers other requests go first."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)


def evaluated(
    inputs: Inputs, snapshot: Snapshot, tell: Callable[[int, int], None] = lambda counted, total: None
) -> tuple[Ground, Part]:
    """Count all members, part by part in threads. ``tell`` is told how many of how many are counted."""
    on = ground(inputs, snapshot)
    question(inputs)  # the terms are made once, before the threads want them
    slices = [slice(first, min(first + PART, snapshot.members)) for first in range(0, snapshot.members, PART)]
    parts, done = [], 0
    threads = ThreadPoolExecutor(os.cpu_count() or 1, initializer=yield_to_others)
    try:
        for own, part in zip(slices, threads.map(lambda own: counted(inputs, on, own), slices), strict=True):
            parts.append(part)
            done += own.stop - own.start
            tell(done, snapshot.members)
    finally:
        threads.shutdown(cancel_futures=True)  # who ends a job does not wait for all of it
    return on, added(parts or [counted(inputs, on, slice(0, 0))])


def added(parts: Sequence[Part]) -> Part:
    """The parts of a membership as one."""
    made = [together(list(same)) for same in zip(*(part.tables for part in parts), strict=True)]
    swept = [part.swept for part in parts if part.swept is not None]
    found = [part.found for part in parts if part.found is not None]
    return Part(
        made,
        Swept(*(np.sum(np.stack(same), axis=0) for same in zip(*swept, strict=True))) if swept else None,
        Journeys(*(np.concatenate(same, axis=1) for same in zip(*found, strict=True))) if found else None,
        tuple(sorted({why for part in parts for why in part.silent})),
    )


def bands_of(inputs: Inputs, part: Part, go_on: Callable[[], object]) -> dict[str, Any] | None:
    """How far counts would lie apart among other members of the same kind, where that was asked for."""
    if part.found is None:
        return None
    return resampled(part.found, inputs["uncertainty"]["draws"], inputs["uncertainty"]["seed"], go_on)
