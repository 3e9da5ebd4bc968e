"""Two small plans, one for each kind of bank, and how a mistake in one is looked for."""

import pytest

from rules import document, terms

HEAD = """\
plan: small
title: A small plan
kind: health
sources:
  page: {title: A page, url: "https://small.example"}
credit:
  hours: {unit: hour, counts: {value: hours, cite: page}, attributed_to: {value: work_date, cite: page}}
calendar:
  cutoffs: month_end
  window: {value: 3, unit: month, cite: page}
  lag: {value: 2, unit: month, cite: page}
  every: {value: 3, unit: month, cite: page}
  starting: {value: 3, unit: calendar_month, cite: page}
  values_of: {value: cutoff, cite: page}
"""
TAIL = """\
consumption: {value: none, cite: page}
coverage:
  length: {value: 6, unit: month, cite: page}
levers:
  hours: qualify.initial.routes.start.sum.at_least
"""
ALL = (
    HEAD
    + """\
qualify:
  initial:
    routes:
      start:
        sum: {at_least: {value: 300, unit: hour, cite: page}}
  continuing:
    routes:
      bank:
        balance: {at_least: {value: 1, unit: times, times: bank.amount, cite: page}}
bank:
  deposit: {value: all, cite: page}
  before_cover: {value: kept, cite: page}
  charge: {value: fixed, cite: page}
  amount: {value: 120, unit: hour, cite: page}
  cap: {value: 720, unit: hour, cite: page}
  cap_counts: {value: after_charge, cite: page}
"""
    + TAIL
)
EXCESS = (
    HEAD
    + """\
qualify:
  initial:
    routes:
      start:
        sum: {at_least: {value: 300, unit: hour, cite: page}}
  continuing:
    routes:
      stay:
        sum: {at_least: {value: 250, unit: hour, cite: page}}
bank:
  deposit: {value: excess, cite: page}
  deposit_after_initial: {value: none, cite: page}
  charge: {value: shortfall, cite: page}
  used_for: {value: continuing, cite: page}
  all_or_nothing: {value: true, cite: page}
  when_short: {value: kept, cite: page}
  while_lapsed: {value: kept, cite: page}
"""
    + TAIL
)
BANK = "  deposit: {value: excess, cite: page}\n"
START = "        sum: {at_least: {value: 300, unit: hour, cite: page}}\n"
HOURS = (
    "hours: {unit: hour, counts: {value: hours, cite: page}, attributed_to: {value: work_date, cite: page}",
    "{unit: hour, counts",
)
SECOND = "  days: {unit: day, counts: {value: days, cite: page}, attributed_to: {value: work_date, cite: page}}\n"
STAY = "at_least: {value: 250, unit: hour"
LAW = "statutes: {aca-look-back: page}\nlevers:"
RELIEF = """\
relief:
  strike:
    title: A strike
    adopted: 2023-05-01
    cite: page
    gives: hours
    for: {2023-06-30: {value: enrolled, cite: page}}
    up_to: {2023-06-30: {value: 60, unit: hour, cite: page}}
"""
TOP = "top_up:\n  pay: {for: {value: enrolled, cite: page}, price: {value: 9, unit: dollar, cite: page}}\n"


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def refused(text: str, path: str, at: str, message: str) -> None:
    """A text is refused at the place where ``at`` stands in it."""
    assert text.count(at) == 1, at
    before = text[: text.index(at)]
    with pytest.raises(document.TermsError) as caught:
        terms.read(text, "small.yaml")
    wrong = caught.value
    assert message in wrong.message
    assert wrong.path == path
    assert (wrong.line, wrong.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
