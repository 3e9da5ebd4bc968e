"""Members of a pension as a membership that is counted: the arrays that their own credits and facts make."""

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from rules import facts
from rules.count_pension import Membership
from rules.facts import Fact
from rules.laying_pension import written
from rules.pension import Found
from rules.terms import Terms


def membership_of(
    counted: Membership, people: Sequence[Sequence[Fact]], alone: Sequence[Found]
) -> tuple[Any, dict[str, Any]]:
    """The amounts of members, and what else :meth:`Membership.count` is told of them: days of birth, variants, states.

    ``people`` are the facts of each, ``alone`` what each comes to alone under the same terms.
    """
    terms, years = counted.pension.terms, counted.pension.years
    span = range(counted.first, counted.end)
    amounts = np.zeros((*counted.shape, len(people)), np.int64)
    variants = np.zeros((len(people), len(span)), np.int16)
    stopped = np.zeros((len(people), len(span)), np.int8)
    for place, (known, found) in enumerate(zip(people, alone, strict=True)):
        for measure, credits in enumerate(found.credits.values()):
            for credit in credits:
                amounts[measure, counted.stretch(credit.day), place] += credit.amount
        variants[place] = [facts.variant_on(terms, known, years.firsts[year]) for year in span]
        stopped[place] = [stops(terms, known, years.firsts[year], years.last(year)) for year in span]
    born = [min((written(one.first_day) for one in known if one.kind == "born"), default=0) for known in people]
    return amounts, {"born": np.array(born, np.int64), "variants": variants, "stopped": stopped}


def stops(terms: Terms, known: Sequence[Fact], first: datetime.date, last: datetime.date) -> bool:
    """Whether a state holds on any day of a year in which, by the terms, no year is a break."""
    held = [one for one in known if one.kind == "state" and one.first_day <= last and one.last_day >= first]
    paths = [path for one in held if (path := f"breaks.stops.{one.name}") in terms.leaves]
    return any(terms.given(path, first) and terms.word(path, first) == "true" for path in paths)
