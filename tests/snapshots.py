"""Snapshots made of lines and facts, for tests."""

from collections.abc import Sequence

import numpy as np

from rules.credit import Line
from rules.evaluate import Fact
from rules.snapshot import FACTS, LINES, WORDS, Snapshot

DEFAULTS = {"span": 7, "agreement": "", "basis": "", "contributor_class": "", "occupation": "", "local": ""}


def snapshot_of(members: Sequence[tuple[Sequence[Line], Sequence[Fact]]], **words: Sequence[str]) -> Snapshot:
    """A snapshot of members' lines and facts; ``words`` give all lines of a member a word in a column."""
    lines: dict[str, list] = {name: [] for name in LINES}
    facts: dict[str, list] = {name: [] for name in FACTS}
    for member, (own, known) in enumerate(members):
        for line in own:
            row = {
                "member": member,
                "day": line.day.toordinal(),
                "hours": line.hours,
                "days": line.days or -1,
                "weeks": line.weeks,
                "rate": -1,
                "health": line.contributions,
                "pension": 0,
                "account": 0,
                "retiree": 0,
                "received": line.received.toordinal() if line.received else 0,
                "paid": line.paid.toordinal() if line.paid else 0,
                **DEFAULTS,
                **{name: given[member] for name, given in words.items()},
            }
            for name in LINES:
                lines[name].append(row[name])
        claims = {claim: place for place, claim in enumerate(dict.fromkeys(["", *(one.claim for one in known)]))}
        for fact in known:
            row = {
                "member": member,
                "kind": fact.kind,
                "first_day": fact.first_day.toordinal(),
                "last_day": fact.last_day.toordinal(),
                "claim": claims[fact.claim],
                "claimed": fact.claimed.toordinal() if fact.claimed else 0,
                "name": fact.name,
                "value": fact.value,
                "amount": fact.amount,
            }
            for name in FACTS:
                facts[name].append(row[name])
    known_words = {}
    for name in WORDS:
        columns = lines if name in LINES else facts
        known_words[name] = tuple(sorted({"", *columns[name]}))
        columns[name] = [known_words[name].index(word) for word in columns[name]]
    return Snapshot(
        len(members),
        {name: np.array(lines[name], kind) for name, kind in LINES.items()},
        {name: np.array(facts[name], kind) for name, kind in FACTS.items()},
        known_words,
    )
