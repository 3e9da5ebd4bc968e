"""A second, slow and plain reading of a health plan's terms file, written without sight of the engine.

It exists to disagree with the engine. It takes the terms file and its chart as text, walks from cut-off to cut-off
with ordinary ifs, adds up hours by looking at every one of them, and counts disability day by day. Hours are whole
hundredths.

`coverage` answers for one day, `history` for the first day of every month of a stretch. Whoever asks often reads the
terms once with `read` and then uses `coverage_under` and `history_under`.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import yaml

DAY = timedelta(days=1)
FACTS = {"disability", "unavailable_for_work", "hours_booked"}
NOTHING = "null"


# Reading the file


@dataclass
class Terms:
    """A terms file as read: every dated leaf by its path, what each relief order gives, and the chart's cut-offs."""

    plan: str
    values: dict[str, dict[date, str]]
    orders: dict[str, str]
    cutoffs: dict[int, date]


@dataclass
class Member:
    """What has to be remembered about a member from one test to the next."""

    bank: int = 0
    active_until: date | None = None
    active_route: str = "none"
    used_until: date | None = None
    claims_used: set[str] = field(default_factory=set)


def read(plan_path, chart_path, changes: dict | None = None) -> Terms:
    """Read a plan and its chart, with a proposal's changes applied where there are any."""
    plan = yaml.load(Path(plan_path).read_text(encoding="utf-8"), yaml.BaseLoader)
    chart = yaml.load(Path(chart_path).read_text(encoding="utf-8"), yaml.BaseLoader)
    if plan["calendar"]["cutoffs"] != chart["chart"]:
        raise ValueError(f"{plan['plan']} is not tested by the chart {chart['chart']}")
    values: dict[str, dict[date, str]] = {}
    collect(plan, "", values)
    cutoffs = {month_of_text(month): date.fromisoformat(day) for month, day in chart["inferred"]["cutoffs"].items()}
    for month, entry in chart["stated"].items():
        cutoffs[month_of_text(month)] = date.fromisoformat(entry["value"])
    for name, proposed in (changes or {}).items():
        apply(values, plan.get("levers", {}).get(name, name), proposed)
    orders = {name: order["gives"] for name, order in plan.get("relief", {}).items()}
    return Terms(plan["plan"], values, orders, cutoffs)


def collect(node: dict, path: str, values: dict) -> None:
    """Gather the dated leaves: a leaf is a map from days to values."""
    for key, below in node.items():
        here = f"{path}.{key}" if path else key
        if not isinstance(below, dict) or not below:
            continue
        if all(is_day(start) for start in below):
            values[here] = {date.fromisoformat(start): plain(entry) for start, entry in below.items()}
        else:
            collect(below, here, values)


def is_day(text: str) -> bool:
    """Say whether a key is a day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def plain(entry) -> str:
    """Take the value out of a leaf's entry; an entry may also be the bare value."""
    return entry["value"] if isinstance(entry, dict) else str(entry)


def apply(values: dict, path: str, proposed: dict) -> None:
    """Put a proposal's values in place: from its first day on they stand alone; in relief they replace one by one."""
    if path not in values:
        raise LookupError(f"a proposal changes {path}, which the plan does not have")
    new = {day: plain(entry) for day, entry in proposed.items()}
    kept = values[path] if path.startswith("relief.") else {d: v for d, v in values[path].items() if d < min(new)}
    values[path] = {**kept, **new}


def word(terms: Terms, path: str, day: date) -> str | None:
    """Look up the value in force on a day; None where the rule has ended."""
    starts = [start for start in terms.values.get(path, {}) if start <= day]
    if not starts:
        raise LookupError(f"{terms.plan} has no {path} on {day}")
    found = terms.values[path][max(starts)]
    return None if found in {NOTHING, "~", ""} else found


def one_of(terms: Terms, path: str, day: date, known: set) -> str | None:
    """Look up a word and refuse one that this reading does not know."""
    found = word(terms, path, day)
    if found not in known:
        raise ValueError(f"{terms.plan} says {path} is {found} on {day}, which is not read here")
    return found


def whole(terms: Terms, path: str, day: date) -> int:
    """Look up a whole number of months, windows or days."""
    found = word(terms, path, day)
    if found is None:
        raise LookupError(f"{terms.plan} ended {path} before {day}")
    return int(found)


def amount(terms: Terms, path: str, day: date) -> int:
    """Look up a number of hours, in hundredths."""
    found = word(terms, path, day)
    if found is None:
        raise LookupError(f"{terms.plan} ended {path} before {day}")
    return hundredths(found)


def hundredths(text: str) -> int:
    """Turn hours as written into whole hundredths."""
    exact = Fraction(text) * 100
    if exact.denominator != 1:
        raise ValueError(f"{text} is finer than a hundredth of an hour")
    return exact.numerator


def relief_value(terms: Terms, order: str, name: str, cutoff: date) -> str | None:
    """Look up what a relief order says for exactly this cut-off, None if it says nothing."""
    return terms.values.get(f"relief.{order}.{name}", {}).get(cutoff)


# Months


def month_of(day: date) -> int:
    """Number the months, so that they can be added and subtracted."""
    return day.year * 12 + day.month - 1


def month_of_text(text: str) -> int:
    """Number a month written as 2020-04."""
    return month_of(date.fromisoformat(f"{text}-01"))


def first_day(month: int) -> date:
    """Give the first day of a numbered month."""
    return date(month // 12, month % 12 + 1, 1)


# What a member did


def worked(hours: list, start: date, end: date, used_until: date | None) -> int:
    """Add the hours of a qualifying period that no earlier active cover has used up."""
    total = 0
    for day, number in hours:
        if start <= day <= end and (used_until is None or day > used_until):
            total += number
    return total


def holds(facts: list, kind: str, day: date) -> bool:
    """Say whether a fact of this kind covers the day."""
    return any(fact["kind"] == kind and fact["from"] <= day <= fact["to"] for fact in facts)


def disabled_days(facts: list, claim: str, start: date, end: date) -> int:
    """Count the days of one claim inside a qualifying period, each day once."""
    spells = [fact for fact in facts if fact["kind"] == "disability" and fact["claim"] == claim]
    days, day = 0, start
    while day <= end:
        days += holds(spells, "disability", day)
        day += DAY
    return days


def claims_in_order(facts: list) -> list[tuple[str, date]]:
    """List the disability claims by the first day of disability, each with the day it was claimed."""
    claimed: dict[str, date] = {}
    for fact in sorted((f for f in facts if f["kind"] == "disability"), key=lambda f: (f["from"], f["claim"])):
        if claimed.setdefault(fact["claim"], fact["claimed"]) != fact["claimed"]:
            raise ValueError(f"claim {fact['claim']} has two claim dates")
    return list(claimed.items())


def claimed_in_time(hours: list, claimed: date, limit: int) -> bool:
    """Say whether a claim came within the days allowed after the last work before it."""
    per_day: dict[date, int] = {}
    for day, number in hours:
        per_day[day] = per_day.get(day, 0) + number
    days_worked = [day for day, number in per_day.items() if number > 0 and day <= claimed]
    return bool(days_worked) and (claimed - max(days_worked)).days <= limit


# One test


def take_test(terms: Terms, member: Member, hours: list, facts: list, month: int, tick: date) -> dict:
    """Test a member at one cut-off for the benefit period that starts on the tick, and remember what it changed."""
    cutoff = terms.cutoffs[month]
    initial = applies_initial(terms, member, cutoff, tick)
    start, counted, required = add_up(terms, member, hours, month, "initial" if initial else "continuing")
    test = {
        "covered": False,
        "from": None,
        "until": None,
        "route": "none",
        "qualifying_period": (start, cutoff),
        "counted": counted,
        "required": required,
        "short": max(0, required - counted),
        "bank_before": member.bank,
        "drawn": 0,
        "added": 0,
        "active": False,
        "tick": tick,
    }
    if counted >= required:
        test["added"] = deposit(terms, member.bank, counted, required, cutoff, initial)
        grant(terms, member, test, "initial" if initial else "hours")
    elif not initial and bank_suffices(terms, member, test, facts):
        test["drawn"] = test["short"]
        grant(terms, member, test, "bank")
    elif enrolled(member, tick):
        extend(terms, member, hours, facts, test)
    member.bank += test["added"] - test["drawn"]
    test["bank_after"] = member.bank
    return test


def applies_initial(terms: Terms, member: Member, cutoff: date, tick: date) -> bool:
    """Say whether the member has to meet the initial number: never covered, or away for too many months."""
    if member.active_until is None:
        return True
    return month_of(tick) - month_of(member.active_until + DAY) >= whole(terms, "lapse.initial_after", cutoff)


def enrolled(member: Member, tick: date) -> bool:
    """Say whether active cover ends the day before."""
    return member.active_until is not None and member.active_until + DAY == tick


def add_up(terms: Terms, member: Member, hours: list, month: int, standing: str) -> tuple[date, int, int]:
    """Add up one period, then more of them, and stop at the first sum that is enough."""
    cutoff = terms.cutoffs[month]
    path = f"qualify.{standing}.routes.hours.sum"
    required = amount(terms, f"{path}.at_least", cutoff)
    length = whole(terms, "calendar.window", cutoff)
    start, counted = cutoff, 0
    for number in range(1, whole(terms, f"{path}.up_to_windows", cutoff) + 1):
        before = month - number * length
        if before not in terms.cutoffs:
            break
        start = terms.cutoffs[before] + DAY
        counted = worked(hours, start, cutoff, member.used_until)
        if counted >= required:
            break
    return start, counted, required


def deposit(terms: Terms, balance: int, counted: int, required: int, cutoff: date, initial: bool) -> int:
    """Say how many hours over the number go to the bank; the cap limits the balance."""
    if initial:
        rule = one_of(terms, "bank.deposit_after_initial", cutoff, {"none", "excess_over_continuing"})
        if rule == "none":
            return 0
        required = amount(terms, "qualify.continuing.routes.hours.sum.at_least", cutoff)
    one_of(terms, "bank.deposit", cutoff, {"excess"})
    room = amount(terms, "bank.cap", cutoff) - balance
    return max(0, min(counted - required, room))


def bank_suffices(terms: Terms, member: Member, test: dict, facts: list) -> bool:
    """Say whether banked hours may be used and, with those worked, reach the number."""
    cutoff = test["qualifying_period"][1]
    one_of(terms, "bank.charge", cutoff, {"shortfall"})
    one_of(terms, "bank.all_or_nothing", cutoff, {"true"})
    return bank_open(terms, test, facts) and test["counted"] + member.bank >= test["required"]


def bank_open(terms: Terms, test: dict, facts: list) -> bool:
    """Say whether banked hours may be used at all: the member must be available for work when the cover would start."""
    if one_of(terms, "bank.requires", test["qualifying_period"][1], {"available_for_work", None}) is None:
        return True
    return not holds(facts, "unavailable_for_work", test["tick"])


def grant(terms: Terms, member: Member, test: dict, route: str) -> None:
    """Give active cover, which uses up the hours up to the cut-off."""
    cutoff = test["qualifying_period"][1]
    length = whole(terms, "coverage.length", cutoff)
    cover(test, route, length)
    test["active"] = True
    member.active_until, member.active_route = test["until"], route
    if one_of(terms, "consumption", cutoff, {"window", "none"}) == "window":
        member.used_until = cutoff


def cover(test: dict, route: str, months: int) -> None:
    """Write the cover into the test."""
    test["covered"], test["route"], test["from"] = True, route, test["tick"]
    test["until"] = first_day(month_of(test["tick"]) + months) - DAY


def extend(terms: Terms, member: Member, hours: list, facts: list, test: dict) -> None:
    """Try, for an enrolled member whose hours and bank do not do, disability and then the relief orders."""
    claim = disability_claim(terms, member, hours, facts, test)
    if claim is not None:
        member.claims_used.add(claim)
        grant(terms, member, test, "disability")
        return
    for order, gives in terms.orders.items():
        if relieve(terms, member, facts, test, order, gives):
            return


def disability_claim(terms: Terms, member: Member, hours: list, facts: list, test: dict) -> str | None:
    """Find the first claim whose whole weeks, with the hours worked, reach the number."""
    start, cutoff = test["qualifying_period"]
    one_of(terms, "disability.counted_with", cutoff, {"hours_worked"})
    one_of(terms, "disability.order", cutoff, {"after_bank"})
    if member.active_route == "disability" and word(terms, "disability.not_consecutive", cutoff) == "true":
        return None
    once = word(terms, "disability.once_per_claim", cutoff) == "true"
    per_week = amount(terms, "disability.credit_per_week", cutoff)
    limit = whole(terms, "disability.claim_within", cutoff)
    for claim, claimed in claims_in_order(facts):
        if once and claim in member.claims_used:
            continue
        weeks = disabled_days(facts, claim, start, cutoff) // 7
        enough = weeks * per_week + test["counted"] >= test["required"]
        if enough and claimed_in_time(hours, claimed, limit):
            return claim
    return None


def relieve(terms: Terms, member: Member, facts: list, test: dict, order: str, gives: str) -> bool:
    """Apply one relief order if it names this cut-off and the member meets its conditions."""
    cutoff = test["qualifying_period"][1]
    named = relief_value(terms, order, {"hours": "up_to", "cobra": "months"}[gives], cutoff)
    if named in {None, NOTHING}:
        return False
    at_least = relief_value(terms, order, "at_least", cutoff)
    if at_least is not None and test["counted"] + member.bank < hundredths(at_least):
        return False
    if relief_value(terms, order, "not_after", cutoff) == member.active_route:
        return False
    if gives == "cobra":
        cover(test, "relief", int(named))
        return True
    return credit_hours(terms, member, facts, test, order)


def credit_hours(terms: Terms, member: Member, facts: list, test: dict, order: str) -> bool:
    """Give the hours that are missing, if the order gives that many; the bank goes first where the order says so."""
    cutoff = test["qualifying_period"][1]
    drawn = 0
    if relief_value(terms, order, "after_bank", cutoff) == "true":
        if member.bank and not bank_open(terms, test, facts):
            return False  # banked hours must be exhausted before any credit, and these may not be used
        drawn = member.bank
    limit = hundredths(relief_value(terms, order, "up_to", cutoff))
    booked = relief_value(terms, order, "by_decision_up_to", cutoff)
    if booked is not None and holds(facts, "hours_booked", cutoff):
        limit = max(limit, hundredths(booked))
    if test["short"] - drawn > limit:
        return False
    test["drawn"] = drawn
    grant(terms, member, test, "relief")
    return True


# From test to test


def tests_until(terms: Terms, hours: list, facts: list, last: date) -> list[dict]:
    """Walk the cut-offs in order and test the member at each one whose benefit period no active cover reaches into."""
    strange = {fact["kind"] for fact in facts} - FACTS
    if strange:
        raise ValueError(f"facts of an unknown kind: {sorted(strange)}")
    member, tests = Member(), []
    for month, cutoff in sorted(terms.cutoffs.items()):
        if month - whole(terms, "calendar.window", cutoff) not in terms.cutoffs:
            continue
        one_of(terms, "calendar.tested", cutoff, {"monthly"})
        one_of(terms, "lapse.tested", cutoff, {"monthly"})
        one_of(terms, "calendar.values_of", cutoff, {"cutoff"})
        tick = first_day(month + whole(terms, "calendar.lag", cutoff))
        if tick > last:
            break
        if member.active_until is None or member.active_until < tick:
            tests.append(take_test(terms, member, hours, facts, month, tick))
    return tests


def on_day(terms: Terms, tests: list[dict], on: date) -> dict:
    """Say how a member stands on a day, with the figures of the test that decided it."""
    deciding, standing = None, "never"
    for test in tests:
        if test["tick"] > on:
            break
        if test["active"]:
            standing = "covered" if on <= test["until"] else "lapsed"
        in_force = deciding is not None and deciding["covered"] and on <= deciding["until"]
        if test["covered"] or not in_force:
            deciding = test
    in_force = deciding is not None and deciding["covered"] and on <= deciding["until"]
    if deciding is None or not (in_force or (deciding["tick"].year, deciding["tick"].month) == (on.year, on.month)):
        raise LookupError(f"{terms.plan} has no test for {on}: the chart does not reach it")
    answer = {key: deciding[key] for key in deciding if key not in {"active", "tick"}}
    answer["standing"] = standing
    return answer


def coverage(plan_path, chart_path, hours: list, facts: list, on: date, changes: dict | None = None) -> dict:
    """Say whether a member is covered on a day, by which route, and with which figures."""
    return coverage_under(read(plan_path, chart_path, changes), hours, facts, on)


def coverage_under(terms: Terms, hours: list, facts: list, on: date) -> dict:
    """Do the same under terms that were read before."""
    return on_day(terms, tests_until(terms, hours, facts, on), on)


def history(plan_path, chart_path, hours, facts, first: date, last: date, changes: dict | None = None) -> list[dict]:
    """Give the same answer for the first day of every calendar month from first to last."""
    return history_under(read(plan_path, chart_path, changes), hours, facts, first, last)


def history_under(terms: Terms, hours: list, facts: list, first: date, last: date) -> list[dict]:
    """Do the same under terms that were read before."""
    tests = tests_until(terms, hours, facts, last)
    days = [first_day(month) for month in range(month_of(first), month_of(last) + 1)]
    return [on_day(terms, tests, day) for day in days if first <= day <= last]
