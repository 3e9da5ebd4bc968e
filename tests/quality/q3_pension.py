"""Q3 for pensions: compiled and uncompiled agree; a member alone is the same as in the crowd; a year asked about when
it ended is the same as that year among all.

Uncompiled answers come from processes of the same code in which compiling is turned off. At CI size a few plans are
counted by code that is compiled for what they use, the others by the code for all plans; at release size all are.
"""

import datetime
import hashlib
import random
from typing import Any

from rules import pension, terms
from rules.count_pension import Membership
from rules.laying_pension import EVERYTHING
from rules.pension import Found
from tests.histories_pension import GROUP, History, history
from tests.memberships import membership_of
from tests.quality.spread import Job, jobs, named, spread

CI = 20_000
RELEASE = 500_000
OWN = 3  # plans that are counted by their own code at CI size
EVERY = 4  # one of so many groups of histories is counted as a crowd
ASKED = datetime.date(2030, 6, 30)  # of a crowd; no history has work after it
FROM = datetime.date(1950, 6, 1)


def check(count: int) -> int:
    """The number of histories for which something disagrees."""
    over = jobs(count, terms.names("pension"), GROUP)
    plans = terms.names("pension")[: None if count >= RELEASE else OWN]
    failures = 0
    uncompiled = dict(spread(digests, over, "Q3 of pensions, uncompiled", compiled=False))
    for job, (mine, apart) in spread(compiled, over, "Q3 of pensions, compiled"):
        pairs = zip(range(*job[1:]), mine, uncompiled[job], strict=True)
        failures += named("uncompiled", job[0], [seed for seed, ours, other in pairs if ours != other])
        failures += named("when the year ended", job[0], apart)
    crowds = [(job, job[0] in plans) for job in over if job[1] // GROUP % EVERY == 0]
    for ((plan, *_), _), differing in spread(crowd_differing, crowds, "Q3 of pensions, in the crowd"):
        failures += named("in the crowd", plan, differing)
    return failures


# Compiled and uncompiled; a year when it ended and among all


def digests(job: Job) -> list[str]:
    """A hash of everything that is found of each history of a job."""
    plan, first, end = job
    return [digest(history(plan, seed)) for seed in range(first, end)]


def digest(one: History) -> str:
    """A hash of all that is found, or the reason why nothing is."""
    found = evaluated(one, one.on)
    text = found if isinstance(found, str) else repr(found._replace(terms=None))
    return hashlib.sha256(text.encode()).hexdigest()


def evaluated(one: History, on: datetime.date) -> Found | str:
    """What is found on a day, or the reason why nothing is."""
    try:
        return pension.evaluate(one.terms, one.lines, one.facts, on)
    except LookupError as nothing:
        return str(nothing)


def compiled(job: Job) -> tuple[list[str], list[int]]:
    """The hashes of the histories of a job, and those of which a year is told otherwise when it ended."""
    plan, first, end = job
    made = [history(plan, seed) for seed in range(first, end)]
    return [digest(one) for one in made], [one.seed for one in made if not same_when_it_ended(one)]


def same_when_it_ended(one: History) -> bool:
    """Whether a year of a history says the same when it is asked about on its last day."""
    later = evaluated(one, one.on)
    if isinstance(later, str) or any(path.endswith(".next_at_least") for path in one.terms.leaves):
        return True  # whether a year is spared may depend on the one after it
    year = random.Random(one.seed).choice(later.years)
    then = evaluated(one, min(year.last, one.on))
    return not isinstance(then, str) and then.years[-1] == year


# A member alone and in the crowd


def crowd_differing(crowd: tuple[Job, bool]) -> list[int]:
    """The members of a crowd, if in any year it comes to another sum than they do one by one."""
    (plan, first, end), own = crowd
    members, alone = [], []
    for one in (history(plan, seed) for seed in range(first, end)):
        found = evaluated(one, ASKED)
        if not isinstance(found, str) and found.years[0].first >= FROM:
            members.append(one)
            alone.append(found)
    current = members[0].terms if members else None
    if current is None or current.computation.period == "from_hire":
        return []
    counted = Membership(current, current.chart, FROM, ASKED)
    if not own:
        counted.laid = counted.laid._replace(use=EVERYTHING)
    places = range(len(members))
    whole = sums(counted, members, alone, list(places))
    if whole == expected(counted, alone):
        return []
    apart = [place for place in places if sums(counted, members, alone, [place]) != expected(counted, [alone[place]])]
    return [members[place].seed for place in apart] or [one.seed for one in members]


def sums(counted: Membership, members: list[History], alone: list[Found], chosen: list[int]) -> dict[str, list[int]]:
    """What some members come to, counted together."""
    people = [members[member].facts for member in chosen]
    amounts, known = membership_of(counted, people, [alone[member] for member in chosen])
    found = counted.count(amounts, on=ASKED, **known)
    vested = {"vested_in": [number + counted.first if number >= 0 else -1 for number in found.vested_in.tolist()]}
    figures = {name: totals.tolist() for name, totals in (found.by_year | found.credits).items()}
    return {**figures, **vested, "service": found.service.tolist()}


def expected(counted: Membership, alone: list[Found]) -> dict[str, list[Any]]:
    """What members come to, one by one."""
    firsts = counted.pension.years.firsts[counted.first : counted.end]
    services = list(counted.pension.services)
    found: dict[str, list[Any]] = {
        name: [0] * len(firsts)
        for name in ("participants", "breaks", "lost", "vested", "benefit", "account", *services)
    }
    for one in alone:
        for year in one.years:
            place = firsts.index(year.first)
            figures = {
                "participants": year.participant,
                "breaks": year.is_break,
                "lost": year.lost,
                "vested": year.vested == pension.WHOLE,
                "benefit": year.benefit,
                "account": year.account,
                **year.credits,
            }
            for name, amount in figures.items():
                found[name][place] += int(amount)
    found["vested_in"] = [-1 if one.vested_in is None else one.vested_in for one in alone]
    found["service"] = [next(iter(one.service.values())) for one in alone]
    return found
