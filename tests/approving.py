"""Texts that people read, as somebody has read and approved them: the booklet of each plan, and some explanations.

``python -m tests.approving`` writes ``tests/approved/<plan>.md`` anew. What then differs in the diff has to be read: a
change of words that nobody meant is a fault. The members are made up (:mod:`tests.histories`); of their determinations
those are chosen that come about in different ways.
"""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

from rules import booklet, determine, explain, terms, ticks
from rules.determine import Determination
from tests.histories import history
from tests.histories_terms import GROUP
from tests.quality.q2 import asked

FOLDER = Path(__file__).parent / "approved"
SEEDS = (*range(16), *range(GROUP, GROUP + 8))  # members under the plan's terms, and some under a proposal
MOST = 20  # explanations of one plan
HEADING = re.compile(r"^## Member ([0-9]+) on ([0-9-]{10})$", re.MULTILINE)
Asked = tuple[int, datetime.date]


def approved(plan: str) -> str:
    """The text of a plan that was approved."""
    return (FOLDER / f"{plan}.md").read_text(encoding="utf-8")


def questions(text: str) -> list[Asked]:
    """Which members a text explains, and on which days."""
    return [(int(seed), datetime.date.fromisoformat(day)) for seed, day in HEADING.findall(text)]


def text(plan: str, which: list[Asked]) -> str:
    """The text of a plan as it is now."""
    current = terms.plan(plan)
    use = ticks.lay(current).laid.use
    stages = [name for name, flag in zip(use._fields, use, strict=True) if len(flag)]
    told = [booklet.markdown(booklet.booklet(current, None)), "# What its tests use", ", ".join(stages), ""]
    for seed, day in which:
        told += [f"## Member {seed} on {day}", *explained(plan, seed, day), ""]
    return "\n".join(told)


def explained(plan: str, seed: int, day: datetime.date) -> Iterator[str]:
    """The sentences of a made-up member's cover on a day, each with the rule that it rests on."""
    one = history(plan, seed)
    found = determine.determine(one.terms, one.lines, one.facts, day)
    for reason in explain.explain(found, one.lines, one.facts):
        yield f"- {reason.text} [{reason.rule}, {reason.status}, {len(reason.lines)} lines]"


def telling(plan: str) -> list[Asked]:
    """Members and days whose determinations come about in different ways."""
    found: dict[object, Asked] = {}
    for seed in SEEDS:
        one = history(plan, seed)
        for day in asked(one):
            try:
                made = determine.determine(one.terms, one.lines, one.facts, day)
            except LookupError:
                continue
            found.setdefault(kind(made), (seed, day))
    return list(found.values())[:MOST]


def kind(found: Determination) -> object:
    """In which way a determination came about."""
    row = found.record
    amounts = (found.short, found.drawn, found.added, found.bought, row.lost, row.gift, row.carried, row.overflow)
    return found.route, found.way, found.standing, found.tier, bool(found.benefit), tuple(map(bool, amounts))


def main() -> None:
    """Write all texts anew."""
    FOLDER.mkdir(exist_ok=True)
    for plan in terms.names():
        (FOLDER / f"{plan}.md").write_text(text(plan, telling(plan)), encoding="utf-8")


if __name__ == "__main__":
    main()
