"""The pension oracle's last part: what the years come to in money, and who may retire on the day asked."""

from datetime import date
from fractions import Fraction

from tests.oracle_pension_work import WHOLE_YEAR, Asked, Member, Told, Year, of, reached
from tests.oracle_terms import UNDATED, View

# Money


def money(asked: Asked, member: Member, section: str) -> int | None:
    """Add the parts of the benefit or of the account, or take the greatest, rounded down to a cent at the end."""
    if section not in asked.terms.tree:
        return None
    parts = [part(asked, member, section, name) for name in asked.terms.tree[section]["parts"]]
    pays = asked.view(asked.on).word(f"{section}.pays") if section == "benefit" else "sum"
    return int(max(parts) if pays == "greatest" else sum(parts))


def part(asked: Asked, member: Member, section: str, name: str) -> Fraction:
    """Reckon one part: each stretch of work by its rate, or everything by the rate for the last work."""
    path = f"{section}.parts.{name}"
    what = of(asked.terms, path, asked.first_measure())
    earned: list[tuple[date, Fraction]] = []
    for told in member.told:
        if not within_part(asked, path, told) or not told.counts:
            continue
        if what in asked.amounts:
            year = told.year
            earned += [(day, Fraction(a, 100)) for day, a in asked.amounts[what] if year.first <= day <= year.last]
        elif told.credits[what] > 0:
            earned.append((told.year.first, Fraction(told.credits[what], WHOLE_YEAR)))
    left, found = last_work(asked, member), Fraction(0)
    for day, amount in earned:
        leaving = asked.view(day).word(f"{path}.on") == "leaving"
        of_day = left if leaving and left else day
        found += amount * rate(View(asked.terms, asked.person, asked.year_of(of_day).first, of_day), path)
    return found


def last_work(asked: Asked, member: Member) -> date | None:
    """Give the day of the last amount of any measure, in the years that a permanent break did not take."""
    years = [told.year for told in member.told]
    days = [day for some in asked.amounts.values() for day, _ in some]
    return max((day for day in days if any(year.first <= day <= year.last for year in years)), default=None)


def rate(view: View, path: str) -> Fraction:
    """Give the cents for one unit: a rate, or a percentage of a dollar; nothing where none is in force."""
    cents = view.number(f"{path}.rate", 1)
    percent = view.number(f"{path}.percent", 1)
    return Fraction(cents if cents is not None else percent if percent is not None else 0)


def within_part(asked: Asked, path: str, told: Told) -> bool:
    """Say whether a part counts in a year."""
    view = asked.view(told.year.first)
    only_in = view.word(f"{path}.only_in")
    if only_in is not None and told.credits[only_in] <= 0:
        return False
    if f"{path}.tier.after" not in asked.terms.leaves and f"{path}.tier.after" not in asked.terms.keyed:
        return True
    before = told.before[of(asked.terms, f"{path}.tier", asked.services()[0])]
    after = view.number(f"{path}.tier.after", WHOLE_YEAR)
    until = view.number(f"{path}.tier.until", WHOLE_YEAR)
    return after is not None and before >= after and (until is None or before < until)


# Retirement


def may_retire(asked: Asked, member: Member, name: str) -> bool:
    """Say whether everything that a way into retirement asks for holds on the day."""
    view, path = asked.view(asked.on), f"retirement.{name}"
    asks = asked.terms.tree["retirement"][name]
    first = asked.services()[0]
    held = [reached(asked.person, view.need(view.whole(f"{path}.age"), f"{path}.age"), asked.on)]
    if "service" in asks:
        years = view.number(f"{path}.service.at_least", WHOLE_YEAR)
        held.append(years is None or member.service(of(asked.terms, f"{path}.service", first)) >= years)
    if "total" in asks:
        total, measure = view.amount(f"{path}.total.at_least"), of(asked.terms, f"{path}.total", asked.first_measure())
        held.append(total is None or sum(asked.in_year(measure, told.year) for told in member.told) >= total)
    if "after_age" in asks:
        years, age = view.number(f"{path}.after_age.at_least", WHOLE_YEAR), view.whole(f"{path}.after_age.age")
        service = of(asked.terms, f"{path}.after_age", first)
        later = [told for told in member.told if age is None or reached(asked.person, age, told.year.first)]
        held.append(years is None or sum(told.credits[service] for told in later) >= years)
    for key in ("since", "had_by"):
        if key in asks:
            service = of(asked.terms, f"{path}.{key}", first)
            held += [
                sum(told.credits[service] for told in member.told if counts_for(key, told.year, day)) >= years
                for day, years in by_day(asked, f"{path}.{key}.at_least")
            ]
    if view.yes(f"{path}.vested"):
        held.append(member.percent > 0)
    return all(held)


def by_day(asked: Asked, path: str) -> list[tuple[date, int]]:
    """List the years asked for under each day."""
    leaf = asked.view(asked.on).leaf_of(path)
    days = [day for day in asked.terms.leaves[leaf] if day > UNDATED] if leaf is not None else []
    found = [(day, asked.view(day).number(leaf, WHOLE_YEAR)) for day in days]
    return [(day, years) for day, years in found if years is not None]


def counts_for(key: str, year: Year, day: date) -> bool:
    """Say whether a year begins on or after a day, or ended before it."""
    return year.first >= day if key == "since" else year.last < day
