"""A second, slow and plain reading of a pension's terms file, written without sight of the engine.

It exists to disagree with the engine: it reads ``docs/pension-terms.md`` sentence by sentence, walks the member's years
from the first amount to the day asked, and remembers of each what it measured. Service is in ten-thousandths of a
year, percentages in hundredths of a percent, money in exact fractions of a cent until the end.
"""

from datetime import date
from fractions import Fraction

from tests.oracle_pension_money import may_retire, money
from tests.oracle_pension_work import (
    WHOLE_YEAR,
    Asked,
    Member,
    Told,
    Year,
    amounts_until,
    of,
    on_the_day,
    reached,
    read,
    years_until,
)
from tests.oracle_terms import DAY, Person, Terms, View

__all__ = ["answer", "read"]

EVERYTHING = 100_00
YEARLY = {"service", "participation", "vesting", "breaks"}


def answer(terms: Terms, lines: list[dict], facts: list[dict], on: date) -> dict:
    """Say what a member has on a day."""
    person = Person(facts)
    asked = Asked(terms, person, amounts_until(terms, person, lines, on), on)
    member, lost = Member(), False
    credited, breaks = {}, {}
    for year in years_until(terms, person, asked.amounts, on):
        insist_on_attributes(asked, year)
        is_break = live_through(asked, member, year)
        credited[year.first.isoformat()] = member.told[-1].credits[asked.services()[0]]
        breaks[year.first.isoformat()] = is_break
        if is_break and is_permanent(asked, member, year):
            member, lost = Member(), True
    return {
        "participant": member.enters is not None and member.enters <= on,
        "vested": member.percent,
        "service": {name: member.service(name) for name in asked.services()},
        "years": credited,
        "breaks": breaks,
        "breaks_in_a_row": member.run,
        "lost": lost,
        "benefit": money(asked, member, "benefit"),
        "account": money(asked, member, "account"),
        "retirement": {name: may_retire(asked, member, name) for name in terms.tree.get("retirement", {})},
    }


def insist_on_attributes(asked: Asked, year: Year) -> None:
    """Refuse a member whose attribute is not recorded where a number by which years are measured goes by it."""
    for path in asked.terms.keyed:
        if path.split(".")[0] in YEARLY or path.rpartition(".")[2] in ("rate", "percent"):
            asked.view(year.first).leaf_of(path)


def live_through(asked: Asked, member: Member, year: Year) -> bool:
    """Take one year: participation, service, break, vesting. Say whether it was a one-year break."""
    had_amount_before = any(asked.any_in(one.year) for one in member.told)
    take_part(asked, member, year)
    participant = member.enters is not None and member.enters <= year.first
    earlier_is_lost = asked.view(year.first).word("participation.earlier_service") == "lost"
    told = Told(year, {}, {name: member.service(name) for name in asked.services()}, participant or not earlier_is_lost)
    for name in asked.services():
        told.credits[name] = credit(asked, member, name, year) if told.counts else 0
    member.told.append(told)
    is_break = False
    if participant and had_amount_before:
        is_break = count_break(asked, member, year)
    if participant:
        vest(asked, member, year)
    return is_break


# Participation


def take_part(asked: Asked, member: Member, year: Year) -> None:
    """Make the member a participant by this year, if it does."""
    if member.enters is not None:
        return
    if "participation" not in asked.terms.tree:
        if asked.any_in(year):
            member.enters = year.first
        return
    view = asked.view(year.first)
    asks = view.amount("participation.at_least")
    measure = of(asked.terms, "participation", asked.first_measure())
    if asks is not None and asked.in_year(measure, year) >= asks:
        entry = view.need(view.word("participation.entry"), "participation.entry")
        member.enters = {"same_year": year.first, "next_year": year.last + DAY}[entry]


# Service


def credit(asked: Asked, member: Member, name: str, year: Year) -> int:
    """Say what a year credits of a service."""
    view, path = asked.view(year.first), f"service.{name}"
    if view.yes(f"{path}.cumulative"):
        found = cumulative(asked, member, name, year)
    else:
        found = 0
        for route in view.names(f"{path}.routes"):
            measure = of(asked.terms, f"{path}.routes.{route}", asked.first_measure())
            found = max(found, by_steps(view, f"{path}.routes.{route}.steps", asked.in_year(measure, year)))
        found = rounded(view, path, found)
        most = view.number(f"{path}.most_per_year", WHOLE_YEAR)
        if most is not None:
            found = min(found, most)
    most = view.number(f"{path}.most", WHOLE_YEAR)
    if most is not None:
        found = max(0, min(found, most - member.service(name)))
    return found


def by_steps(view: View, path: str, amount: int) -> int:
    """Give what the last step whose beginning is reached gives for an amount."""
    found = 0
    for step in view.names(path):
        begins = view.amount(f"{path}.{step}.from")
        gives = view.number(f"{path}.{step}.gives", WHOLE_YEAR)
        per = view.amount(f"{path}.{step}.per")
        if begins is None or (gives is None and per is None):
            continue  # it begins only later, or has ended
        if amount >= begins:
            found = gives if gives is not None else amount * WHOLE_YEAR // per
    return found


def rounded(view: View, path: str, found: int) -> int:
    """Round down to what the service is rounded down to."""
    to = view.number(f"{path}.round_down_to", WHOLE_YEAR)
    return found // to * to if to else found


def cumulative(asked: Asked, member: Member, name: str, year: Year) -> int:
    """Give what the sum of all amounts adds to the service that there was."""
    view, path = asked.view(year.first), f"service.{name}"
    (route,) = view.names(f"{path}.routes")
    (step,) = view.names(f"{path}.routes.{route}.steps")
    per = view.amount(f"{path}.routes.{route}.steps.{step}.per")
    if per is None or view.amount(f"{path}.routes.{route}.steps.{step}.from") is None:
        return 0
    measure = of(asked.terms, f"{path}.routes.{route}", asked.first_measure())
    counting = [one.year for one in member.told if one.counts] + [year]
    service = rounded(view, path, sum(asked.in_year(measure, one) for one in counting) * WHOLE_YEAR // per)
    with_amounts = [one for one in counting if asked.in_year(measure, one) > 0]
    most = view.number(f"{path}.most_per_year", WHOLE_YEAR)
    if most is not None and with_amounts:
        since_the_first = [one for one in counting if one.first >= with_amounts[0].first]
        service = min(service, most * len(since_the_first))
    return max(0, service - member.service(name))


# Breaks


def count_break(asked: Asked, member: Member, year: Year) -> bool:
    """Say whether a participant's year is a break, and count the breaks in a row."""
    view = asked.view(year.first)
    if too_little(asked, year):
        if not asked.complete(year) or stopped(asked, year) or exempt(asked, member, year):
            return False
        member.run += 1
        member.unrepaired = True
        return True
    member.run = 0
    service_year = view.word("breaks.repair") == "service_year"
    if not service_year or member.told[-1].credits[asked.vests()] >= WHOLE_YEAR:
        member.unrepaired = False
    return False


def too_little(asked: Asked, year: Year) -> bool:
    """Say whether everything under ``under`` that is in force holds, if anything is."""
    view, found = asked.view(year.first), []
    for name in view.names("breaks.under"):
        path = f"breaks.under.{name}"
        limit = view.amount(f"{path}.less_than")
        if limit is not None:
            together, measure = [year], of(asked.terms, path, asked.first_measure())
            for _ in range((view.whole(f"{path}.over") or 1) - 1):
                together.append(asked.year_of(together[-1].first - DAY))
            found.append(sum(asked.in_year(measure, one) for one in together) < limit)
    return bool(found) and all(found)


def stopped(asked: Asked, year: Year) -> bool:
    """Say whether a state holds, on any day of the year, in which no year is a break."""
    for state in asked.view(year.first).switched_on("breaks.stops"):
        day = year.first
        while day <= year.last:
            if asked.person.state(state, day):
                return True
            day += DAY
    return False


def exempt(asked: Asked, member: Member, year: Year) -> bool:
    """Say whether one of the exemptions holds for this year."""
    view = asked.view(year.first)
    following = asked.year_of(year.last + DAY)
    for name in view.names("breaks.exempt"):
        path = f"breaks.exempt.{name}"
        leaf = view.leaf_of(f"{path}.for")
        if leaf is None or year.first not in asked.terms.leaves[leaf] or view.word(f"{path}.for") != "everyone":
            continue
        breaks_before = on_the_day(view, f"{path}.breaks_before", 1)
        next_at_least = on_the_day(view, f"{path}.next_at_least", 100)
        if breaks_before is not None and member.run < breaks_before:
            continue
        if next_at_least is not None and asked.in_year(asked.first_measure(), following) < next_at_least:
            continue
        return True
    return False


def is_permanent(asked: Asked, member: Member, year: Year) -> bool:
    """Say whether the breaks in a row lose everything."""
    view = asked.view(year.first)
    years = view.whole("breaks.permanent.years")
    if years is None or member.percent > 0:
        return False
    limit = Fraction(years)
    if view.yes("breaks.permanent.or_service"):
        limit = max(limit, Fraction(member.service(asked.vests()), WHOLE_YEAR))
    return member.run > limit if view.word("breaks.permanent.when") == "exceeded" else member.run >= limit


# Vesting


def vest(asked: Asked, member: Member, year: Year) -> None:
    """Raise the percentage to what the year reaches; it never falls."""
    view = asked.view(year.first)
    if view.word("breaks.repair") == "service_year" and member.unrepaired:
        return
    percents = [0]
    service = member.service(asked.vests())
    others = view.number("vesting.also.at_least", WHOLE_YEAR)
    enough = others is None or member.service(of(asked.terms, "vesting.also", asked.services()[0])) >= others
    for step in view.names("vesting.steps"):
        after = view.number(f"vesting.steps.{step}.after", WHOLE_YEAR)
        gives = view.number(f"vesting.steps.{step}.gives", 100)
        if after is not None and gives is not None and service >= after and enough:
            percents.append(gives)
    age = view.whole("vesting.at_age")
    worked = any(asked.any_in(one.year) for one in member.told)
    if age is not None and worked and reached(asked.person, age, min(year.last, asked.on)):
        percents.append(EVERYTHING)
    member.percent = max(member.percent, *percents)
