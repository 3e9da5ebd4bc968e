"""Small pension plans: one with little in it, one with every section; and how a member of one is answered."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from rules import pension, terms
from rules.credit import Line
from rules.facts import OPEN, Fact

HEAD = """\
plan: small
title: A small pension
kind: pension
sources:
  page: {title: A page, url: "https://small.example"}
credit:
  hours: {unit: hour, counts: {value: hours, cite: page}, attributed_to: {value: work_date, cite: page}}
"""
CALENDAR = """\
calendar:
  years: {value: calendar_year, cite: page}
"""
SERVICE = """\
service:
  credit:
    title: Years of credit
    routes:
      hours:
        steps:
          year: {from: {value: 400, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}}
"""
VESTING = """\
vesting:
  steps:
    five: {after: {value: 5, unit: year, cite: page}, gives: {value: 100, unit: percent, cite: page}}
"""
BREAKS = """\
breaks:
  under:
    hours: {less_than: {value: 200, unit: hour, cite: page}}
  permanent:
    years: {value: 5, unit: year, cite: page}
    or_service: {value: true, cite: page}
"""
BENEFIT = """\
benefit:
  pays: {value: sum, cite: page}
  parts:
    all: {rate: {value: 5, unit: cent, cite: page}}
"""
LEVERS = """\
levers:
  hours: service.credit.routes.hours.steps.year.from
"""
SMALL = HEAD + CALENDAR + SERVICE + VESTING + BREAKS + LEVERS
PAID = HEAD + CALENDAR + SERVICE + VESTING + BREAKS + BENEFIT + LEVERS
FULL = (
    HEAD
    + """\
  dollars: {unit: dollar, counts: {value: earnings, cite: page}, attributed_to: {value: work_date, cite: page}}
calendar:
  years: {value: plan_year, cite: page}
  starting: {value: 7, unit: calendar_month, cite: page}
service:
  vesting:
    title: Years of vesting
    round_down_to: {value: 0.25, unit: year, cite: page}
    most_per_year: {value: 1, unit: year, cite: page}
    most: {value: 40, unit: year, cite: page}
    routes:
      hours:
        title: by hours
        of: hours
        steps:
          some: {from: {value: 250, unit: hour, cite: page}, per: {value: 1000, unit: hour, cite: page}}
          year: {from: {value: 1000, unit: hour, cite: page}, gives: {value: 1, unit: year, cite: page}}
      pay:
        of: dollars
        steps:
          year: {from: {value: 20000, unit: dollar, cite: page}, gives: {value: 1, unit: year, cite: page}}
  benefit:
    title: Years of benefit
    cumulative: {value: true, cite: page}
    routes:
      hours: {steps: {all: {from: {value: 0, unit: hour, cite: page}, per: {value: 1800, unit: hour, cite: page}}}}
imputed:
  military: {per_month: {value: 100, unit: hour, cite: page}, own_average: {value: true, cite: page}}
participation:
  at_least: {value: 300, unit: hour, cite: page}
  entry: {value: next_year, cite: page}
  earlier_service: {value: lost, cite: page}
vesting:
  of: vesting
  steps:
    three: {after: {value: 3, unit: year, cite: page}, gives: {value: 20, unit: percent, cite: page}}
    five: {after: {value: 5, unit: year, cite: page}, gives: {value: 100, unit: percent, cite: page}}
  also: {of: benefit, at_least: {value: 0.5, unit: year, cite: page}}
  at_age: {value: 65, unit: year, cite: page}
breaks:
  under:
    hours: {less_than: {value: 250, unit: hour, cite: page}}
    pay: {of: dollars, less_than: {value: 5000, unit: dollar, cite: page}, over: {value: 2, unit: year, cite: page}}
  repair: {value: service_year, cite: page}
  permanent:
    years: {value: 5, unit: year, cite: page}
    or_service: {value: true, cite: page}
    when: {value: exceeded, cite: page}
  exempt:
    strike:
      title: A strike
      cite: page
      for: {2023-07-01: {value: everyone, cite: page}}
      breaks_before: {2023-07-01: {value: 1, unit: year, cite: page}}
      next_at_least: {2023-07-01: {value: 250, unit: hour, cite: page}}
  stops:
    military: {value: true, cite: page}
benefit:
  pays: {value: greatest, cite: page}
  parts:
    hours:
      title: by hours
      rate: {value: 3.245, unit: cent, cite: page}
      on: {value: leaving, cite: page}
      only_in: vesting
      tier:
        of: vesting
        after: {value: 0, unit: year, cite: page}
        until: {value: 10, unit: year, cite: page}
    pay: {of: dollars, percent: {value: 2.5, unit: percent, cite: page}}
    years: {of: benefit, rate: {value: 4000, unit: cent, cite: page}}
account:
  parts:
    pay: {of: dollars, percent: {value: 6, unit: percent, cite: page}}
retirement:
  normal:
    title: A normal pension
    age: {value: 65, unit: year, cite: page}
    service: {of: benefit, at_least: {value: 5, unit: year, cite: page}}
    total: {of: dollars, at_least: {value: 10000, unit: dollar, cite: page}}
    after_age:
      age: {value: 40, unit: year, cite: page}
      at_least: {value: 2, unit: year, cite: page}
    since: {at_least: {2000-07-01: {value: 1, unit: year, cite: page}}}
    had_by: {of: vesting, at_least: {2010-07-01: {value: 1, unit: year, cite: page}}}
    vested: {value: true, cite: page}
levers:
  year_hours: service.vesting.routes.hours.steps.year.from
  rate: benefit.parts.hours.rate
facts:
  born: The day of birth.
open:
  early: Whether there is an early pension is not told.
"""
)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def worked(years: Mapping[int, int], month: int = 6) -> list[Line]:
    """So many hours in each of some years, on the 15th of a month."""
    return [Line(datetime.date(year, month, 15), hours=hours * 100) for year, hours in years.items()]


def state(name: str, first: str, last: str | None = None) -> Fact:
    return Fact("state", day(first), day(last) if last else OPEN, name=name)


def fact(kind: str, first: str) -> Fact:
    return Fact(kind, day(first), OPEN)


def found(text: str, lines: Iterable[Line], on: str, facts: Iterable[Fact] = ()) -> pension.Found:
    """A member's pension under a plan that a test writes."""
    return pension.evaluate(terms.read(text, "small.yaml"), list(lines), list(facts), day(on))


def by_year(answer: pension.Found, figure: str) -> dict[int, Any]:
    """One figure of each year, by the calendar year in which it begins."""
    return {year.first.year: getattr(year, figure) for year in answer.years}


def credited(answer: pension.Found, service: str = "credit") -> dict[int, int]:
    """What each year credits of a service, in ten-thousandths."""
    return {year.first.year: year.credits[service] for year in answer.years}
