"""A membership is counted as its members are, each by itself: whatever the terms use, and on however many cores."""

import datetime
import random

import numpy as np
import pytest

from rules import pension, terms
from rules.calendar import Cite
from rules.count_pension import Membership, chart_for
from rules.credit import Line
from rules.facts import OPEN, Fact
from rules.laying_pension import EVERYTHING
from tests.memberships import membership_of
from tests.rules.small_pensions import FULL, PAID, SMALL, day
from tests.rules.small_plans import edited

FIRST, LAST = 2000, 2021
END = datetime.date(LAST, 12, 31)
YEAR = "          year: {from: {value: 400, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}}\n"
FIVE = "    five: {after: {value: 5, unit: year, cite: page}, gives: {value: 100, unit: percent, cite: page}}\n"
RATE = "rate: {value: 5, unit: cent, cite: page}"
LEVER = "  hours: service.credit.routes.hours.steps.year.from\n"
TAKING_PART = """\
participation:
  at_least: {value: 500, unit: hour, cite: page}
  entry: {value: next_year, cite: page}
  earlier_service: {value: lost, cite: page}
vesting:
"""
BY_CRAFT = (
    "from: {by: craft, editor: {value: 300, unit: hour, cite: page}, otherwise: {value: 500, unit: hour, cite: page}}"
)
PLANS = {
    "breaks": SMALL,
    "paid": PAID,
    "participation": edited(PAID, ("vesting:\n", TAKING_PART)),
    "shares": edited(PAID, (YEAR, YEAR.replace("gives: {value: 1, unit: year", "per: {value: 700, unit: hour"))),
    "cumulative": edited(
        PAID,
        (YEAR, YEAR.replace("400", "0").replace("gives: {value: 1, unit: year", "per: {value: 700, unit: hour")),
        ("    title: Years of credit\n", "    title: Years of credit\n    cumulative: {value: true, cite: page}\n"),
    ),
    "rates": edited(
        PAID,
        (
            RATE,
            "rate: {2001-01-01: {value: 5, unit: cent, cite: page}, "
            "2010-05-01: {value: 6.1234, unit: cent, cite: page}}",
        ),
    ),
    "age": edited(PAID, (FIVE, f"{FIVE}  at_age: {{value: 60, unit: year, cite: page}}\n")),
    "repair": edited(PAID, ("  permanent:", "  repair: {value: service_year, cite: page}\n  permanent:")),
    "plan years": edited(
        PAID,
        (
            "{value: calendar_year, cite: page}",
            "{value: plan_year, cite: page}\n  starting: {value: 10, unit: calendar_month, cite: page}",
        ),
    ),
    "everything": FULL.replace(
        "{unit: dollar, counts: {value: earnings", "{unit: dollar, counts: {value: contributions"
    ),
    "variants": edited(
        PAID, ("from: {value: 400, unit: hour, cite: page}", BY_CRAFT), (LEVER, "  hours: vesting.steps.five.after\n")
    ),
}


class Person:
    """A made-up member: lines and facts."""

    def __init__(self, chance: random.Random) -> None:
        self.lines, self.facts = [], []
        at_work, amount = True, chance.choice((90, 250, 450))
        for month in range(FIRST * 12, LAST * 12 + 12):
            if chance.random() < 0.06:
                at_work = not at_work
            if at_work and chance.random() < 0.5:
                hours = chance.randrange(amount) * 100 + chance.randrange(100)
                date = datetime.date(month // 12, month % 12 + 1, chance.randrange(1, 29))
                self.lines.append(Line(date, hours=hours, contributions=hours * 20))
        self.born = datetime.date(chance.randrange(1935, 1990), chance.randrange(1, 13), chance.randrange(1, 29))
        self.facts.append(Fact("born", self.born, OPEN))
        if chance.random() < 0.5:
            self.facts.append(
                Fact("attribute", day(f"{chance.randrange(2000, 2015)}-03-01"), OPEN, name="craft", value="editor")
            )
        if chance.random() < 0.5:
            first = datetime.date(chance.randrange(2000, 2020), 4, 2)
            self.facts.append(
                Fact("state", first, first + datetime.timedelta(days=chance.randrange(500)), name="military")
            )


MEMBERS = [Person(random.Random(number)) for number in range(40)]


def alone(plan: terms.Terms, person: Person, on: datetime.date) -> pension.Found:
    return pension.evaluate(plan, person.lines, person.facts, on)


def membership(plan: terms.Terms, members: list[Person], on: datetime.date, chart=None):
    """A membership's terms and numbers, made of the members' own credits."""
    counted = Membership(plan, chart or plan.chart, datetime.date(FIRST, 1, 1), on)
    amounts, given = membership_of(counted, [one.facts for one in members], [alone(plan, one, on) for one in members])
    return counted, amounts, given | {"on": on}


def counted_alone(plan: terms.Terms, members: list[Person], on: datetime.date) -> tuple[dict, list, list]:
    """The same figures, member by member."""
    by_year: dict[tuple[str, datetime.date], int] = {}
    vested_in, service = [], []
    for person in members:
        answer = alone(plan, person, on)
        for year in answer.years:
            for figure, amount in (
                ("participants", year.participant),
                ("breaks", year.is_break),
                ("lost", year.lost),
                ("vested", year.vested == 10_000),
                ("benefit", year.benefit),
                ("account", year.account),
                *((f"service.{name}", years) for name, years in year.credits.items()),
            ):
                by_year[figure, year.first] = by_year.get((figure, year.first), 0) + int(amount)
        vested_in.append(answer.vested_in)
        service.append(next(iter(answer.service.values())))
    return by_year, vested_in, service


# Counted by code that is compiled for what they use; the others by the one for all plans, as each takes a while.
COMPILED = ("paid", "everything", "variants")


@pytest.mark.parametrize("on", [END, datetime.date(2020, 5, 17)], ids=str)
@pytest.mark.parametrize("name", PLANS)
def test_a_membership_is_counted_as_its_members_are(name, on):
    plan = terms.read(PLANS[name], "small.yaml")
    counted, amounts, given = membership(plan, MEMBERS, on)
    if name not in COMPILED:
        counted.laid = counted.laid._replace(use=EVERYTHING)
    found = counted.count(amounts, **given)
    by_year, vested_in, service = counted_alone(plan, MEMBERS, on)
    for place, first in enumerate(found.firsts):
        credits = {f"service.{name}": totals for name, totals in found.credits.items()}
        for figure, totals in (found.by_year | credits).items():
            assert totals[place] == by_year.get((figure, first), 0), (figure, first)
    assert [number + counted.first if number >= 0 else None for number in found.vested_in] == vested_in
    assert found.service.tolist() == service
    assert 0 < sum(number >= 0 for number in found.vested_in) < len(MEMBERS)  # some of each kind


def test_the_made_up_members_come_upon_every_rule():
    plan = terms.read(PLANS["everything"], "small.yaml")
    counted, amounts, given = membership(plan, MEMBERS, END)
    found = counted.count(amounts, **given)
    assert found.by_year["breaks"].sum() > 0
    assert found.by_year["participants"][0] < len(MEMBERS)
    small = terms.read(SMALL, "small.yaml")
    counted, amounts, given = membership(small, MEMBERS, END)
    assert counted.count(amounts, **given).by_year["lost"].sum() > 0


@pytest.mark.parametrize("name", ["paid"])
def test_several_cores_count_the_same(name):
    plan = terms.read(PLANS[name], "small.yaml")
    counted, amounts, given = membership(plan, MEMBERS, END)
    one = counted.count(amounts, cores=1, each_year=True, **given)
    for cores in (2, 3, len(MEMBERS) + 1):
        other = counted.count(amounts, cores=cores, each_year=True, **given)
        assert {key: list(row) for key, row in one.by_year.items()} == {
            k: list(row) for k, row in other.by_year.items()
        }
        for field in ("vested_in", "service", "credited", "each_year"):
            assert np.array_equal(getattr(one, field), getattr(other, field))


def test_what_each_year_credits_each_member_can_be_asked_for():
    plan = terms.read(SMALL, "small.yaml")
    counted, amounts, given = membership(plan, MEMBERS, END)
    found = counted.count(amounts, each_year=True, **given)
    for place, person in enumerate(MEMBERS):
        credits = {year.first: year.credits["credit"] for year in alone(plan, person, END).years}
        told = dict(zip(found.firsts, found.each_year[:, place].tolist(), strict=True))
        assert told == {first: credits.get(first, 0) for first in found.firsts}
    assert counted.count(amounts, **given).each_year.shape[0] == 0


def test_without_money_everything_else_is_the_same():
    plan = terms.read(PLANS["rates"], "small.yaml")
    counted, amounts, given = membership(plan, MEMBERS, END)
    whole, bare = counted.count(amounts, **given), counted.count(amounts, money=False, **given)
    assert bare.by_year["benefit"].sum() == 0 < whole.by_year["benefit"].sum()
    assert np.array_equal(bare.by_year["vested"], whole.by_year["vested"])


def test_two_terms_are_counted_on_one_chart():
    current = terms.read(PLANS["rates"], "small.yaml")
    proposed = current.under(
        {"benefit.parts.all.rate": {"2015-08-10": "7"}, "hours": {"2012-01-01": "350"}},
        name="more",
        cite=Cite("more", "", ""),
    )
    chart = chart_for(current, proposed)
    assert len(chart.cutoffs) > len(current.chart.cutoffs)
    for plan in (current, proposed):
        counted, amounts, given = membership(plan, MEMBERS, END, chart)
        found = counted.count(amounts, **given)
        by_year, vested_in, _ = counted_alone(plan, MEMBERS, END)
        assert found.by_year["benefit"].tolist() == [by_year.get(("benefit", first), 0) for first in found.firsts]
        assert [number + counted.first if number >= 0 else None for number in found.vested_in] == vested_in


def test_terms_of_different_years_have_no_chart_together():
    plain, plan_year = (terms.read(PLANS[name], "small.yaml") for name in ("paid", "plan years"))
    with pytest.raises(ValueError, match="count by different years"):
        chart_for(plain, plan_year)


def test_amounts_of_another_span_are_refused():
    counted, amounts, _ = membership(terms.read(SMALL, "small.yaml"), MEMBERS[:2], END)
    with pytest.raises(ValueError, match="expected amounts of 1 measures and 22 stretches"):
        counted.count(amounts[:, 1:])


def test_a_year_whose_sum_does_not_fit_is_counted_in_wider_numbers():
    plan = terms.read(PLANS["rates"], "small.yaml")
    counted, amounts, given = membership(plan, MEMBERS[:1], END)
    large = np.full_like(amounts, 20_000)
    narrow = counted.count(large.astype(np.int16), **given)
    assert np.array_equal(narrow.by_year["benefit"], counted.count(large, **given).by_year["benefit"])


def test_nobody_comes_to_nothing():
    counted, amounts, given = membership(terms.read(PAID, "small.yaml"), [], END)
    found = counted.count(amounts, **{**given, "variants": np.zeros((1, 22), np.int16)})
    assert all(row.sum() == 0 for row in found.by_year.values())
    assert len(found.vested_in) == 0
