"""What a scenario comes to, as a document: exact counts of people and months, and money. Nothing is hidden here.

:mod:`service.suppression` makes of it what each kind of reader may see.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rules import causes, finance, units
from rules.assume import words_of
from rules.credit import fund_kind
from rules.scenario import Band, Tables, unasked
from rules.snapshot import Snapshot
from service.money_words import closing_of, finance_of
from service.parsing import cents, given_of
from service.simulation import Ground, Inputs, Part, Question, Side, bands_of, question

NOT_MONOTONE = "A higher threshold lets some members gain cover; the causes tell how. No value between two is inferred."


def canonical(document: Any) -> str:
    """A document as text that is the same wherever it is written."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(document: Any) -> str:
    """The SHA-256 of a document."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def outcome(
    inputs: Inputs, snapshot: Snapshot, on: Ground, part: Part, go_on: Callable[[], object] = unasked
) -> dict[str, Any]:
    """The exact outcome of a scenario. ``go_on`` is called from time to time, and may raise what ends it."""
    asked = question(inputs)
    names = [units.month_text(month) for month in on.span.months]
    bands = bands_of(inputs, part, go_on)
    made: dict[str, Any] = {
        "inputs": digest(inputs),
        "engine": inputs["engine"],
        "plan": inputs["plan"],
        "snapshot": {
            "hash": inputs["snapshot"],
            "members": snapshot.members,
            "synthetic": snapshot.synthetic or None,
        },
        "members": snapshot.members,
        "months": names,
        "assumptions": [dict(one._asdict(), hours=units.written(one.hours)) for one in on.work.told],
        "results": list(results(asked, part.tables[0], 0, inputs)),
        "groups": {
            group.name: {
                label: {
                    "members": int(table.members[place]),
                    "results": list(results(asked, table, place, inputs)),
                }
                for place, label in enumerate(group.labels)
                if table.members[place]
            }
            for group, table in zip(on.groups[1:], part.tables[1:], strict=True)
        },
        "sweep": list(swept(asked, part)),
        "notes": [*words_of(on.work.told), *notes(asked, part, snapshot)],
    }
    for side, result in enumerate(made["results"]):
        if bands is not None:
            result["uncertainty"] = {name: limits(band, side) for name, band in bands.items()}
    if inputs["finance"]:
        add_money(made, inputs, asked, on, part)
    return made


def results(asked: Question, table: Tables, group: int, inputs: Inputs) -> Iterator[dict[str, Any]]:
    """The counts of one group under each of the terms."""
    for side, one in enumerate(asked.sides):

        def by_month(counts: np.ndarray, side: int = side) -> list[int]:
            return [int(count) for count in counts[side, group]]

        within = np.cumsum(table.near[side, group], axis=-1)
        yield {
            "terms": one.name,
            "version": one.terms.version,
            "covered": by_month(table.covered),
            "gained": int(table.gaining[side, group]),
            "lost": int(table.losing[side, group]),
            "saved_by_bank": int(table.saved[side, group]),
            "people": int(table.people[side, group]),
            "newly_initial": by_month(table.fresh),
            "saved_by_bank_by_month": by_month(table.banked),
            "gained_by_month": by_month(table.gained),
            "lost_by_month": by_month(table.lost),
            "benefit_months": int(table.covered[side, group].sum()),
            "benefit_months_gained": int(table.gained[side, group].sum()),
            "benefit_months_lost": int(table.lost[side, group].sum()),
            "near_miss": [
                {
                    "within": band,
                    "people": int(table.nearly[side, group, place]),
                    "by_month": [int(count) for count in within[:, place]],
                }
                for place, band in enumerate(inputs["near_bands"])
            ],
            "transitions": {
                "gained": list(why(table.gained_why[side, group], table.gaining_why[side, group])),
                "lost": list(why(table.lost_why[side, group], table.losing_why[side, group])),
            },
        }


def why(months: Sequence[int], people: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The causes of gains or losses that there are, with the months that they explain and the people."""
    for place, name in enumerate(causes.NAMES[1:]):
        if months[place]:
            yield {
                "cause": name,
                "text": causes.SENTENCES[place + 1],
                "months": int(months[place]),
                "people": int(people[place]),
            }


def swept(asked: Question, part: Part) -> Iterator[dict[str, Any]]:
    """What each point of the sweep comes to, against the first terms."""
    if part.swept is None:
        return
    for place, (values, terms) in enumerate(asked.swept, start=1):
        yield {
            "values": values,
            "version": terms.version,
            "covered": [int(count) for count in part.swept.covered[place]],
            "gained": int(part.swept.gaining[place]),
            "lost": int(part.swept.losing[place]),
            "benefit_months": int(part.swept.covered[place].sum()),
        }


def notes(asked: Question, part: Part, snapshot: Snapshot) -> Iterator[str]:
    """What a reader must know beside the figures."""
    if snapshot.synthetic:
        yield snapshot.synthetic
    if any(part.tables[0].gaining[side, 0] and part.tables[0].losing[side, 0] for side in range(len(asked.sides))):
        yield NOT_MONOTONE
    for why in part.silent:
        yield f"Some members count as not covered, because {why}."


def limits(band: Band, side: int) -> dict[str, Any]:
    """Between which counts nine in ten resampled memberships lie."""
    return {
        "low": band.low[side].tolist(),
        "high": band.high[side].tolist(),
    }


def add_money(made: dict[str, Any], inputs: Inputs, asked: Question, on: Ground, part: Part) -> None:
    """Add what the fund takes in, pays and holds under each of the terms, and what closes a gap."""
    given = given_of(inputs["finance"])
    first, last = asked.first, asked.last
    kind = fund_kind(asked.sides[0].terms)
    known: dict[str, list[finance.Flow]] = {}
    outlooks = []
    for side, (one, result) in enumerate(zip(asked.sides, made["results"], strict=True)):
        key = canonical({path: {str(day): rate for day, rate in dated.items()} for path, dated in one.rates.items()})
        if key not in known:
            known[key] = finance.flows(on.work.money, first, last, one.rates)
        covered = [int(count) for count in part.tables[0].covered[side, 0]]
        found = finance.outlook(first, covered, owed_to(known[key], kind, last - first + 1), given)
        outlooks.append(found)
        result["money"] = told(found, known[key], kind, made["months"])
    closing = inputs["finance"].get("close")
    if closing:
        made["close"] = closed(closing, inputs, asked, on, part, outlooks[0], kind)


def owed_to(flows: Sequence[finance.Flow], kind: str, months: int) -> finance.Cents:
    """What is owed to the funds of one kind, by month."""
    return np.sum([flow.cents for flow in flows if flow.kind == kind] or [np.zeros(months, np.int64)], axis=0)


def told(found: finance.Outlook, flows: Sequence[finance.Flow], kind: str, months: list[str]) -> dict[str, Any]:
    """An outlook as a document, with the contributions that it rests on."""
    return {
        "fund": kind,
        "contributions": [
            {
                "fund": flow.fund,
                "agreement": flow.agreement,
                "contributor_class": flow.contributor_class,
                "members": flow.members,
                "total": units.written(int(flow.cents.sum())),
                "hours_without_a_known_rate": units.written(int(flow.unknown_hours.sum())),
            }
            for flow in flows
        ],
        **finance_of(found, months),
    }


def closed(
    closing: Mapping[str, Any],
    inputs: Inputs,
    asked: Question,
    on: Ground,
    part: Part,
    base: finance.Outlook,
    kind: str,
) -> dict[str, Any]:
    """Which values tried close a gap: those of the sweep, or rates."""
    given, first, last = given_of(inputs["finance"]), asked.first, asked.last
    gap = max(0, -base.net) if closing["gap"] == "deficit" else cents(closing["gap"])
    tried: dict[str, int] = {}
    if closing["by"] == "sweep" and part.swept is not None:
        for place, (values, _) in enumerate(asked.swept, start=1):
            covered = [int(count) for count in part.swept.covered[place]]
            tried[", ".join(values.values())] = finance.outlook(first, covered, base.contributions, given).net
    elif closing["by"] == "rate":
        covered = [int(count) for count in part.tables[0].covered[0, 0]]
        since = units.day(closing["from"])
        for value in closing["values"]:
            own: Side = asked.sides[0]
            amount = units.hundredths(value) if closing["rate"].endswith(".of_scale") else units.ten_thousandths(value)
            flows = finance.flows(on.work.money, first, last, {**own.rates, closing["rate"]: {since: amount}})
            tried[value] = finance.outlook(first, covered, owed_to(flows, kind, last - first + 1), given).net
    return closing_of(finance.closing(gap, base.net, tried))
