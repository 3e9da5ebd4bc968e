"""A second, slow and plain reading of a plan's terms file, written without sight of the engine.

It exists to disagree with the engine. It takes the terms file and its chart as text (`oracle_terms`), makes credits of
the lines (`oracle_credit`), walks from cut-off to cut-off with ordinary ifs (here), looks at every credit for every
test (`oracle_routes`), and keeps every deposit of a bank with its own age (`oracle_help`). Amounts are whole
hundredths.

`coverage_under` answers for one day, `history_under` for the first day of every month of a stretch. Whoever asks reads
the terms once with `read`.
"""

from bisect import bisect_left
from datetime import date, timedelta

from tests.oracle_credit import Credits, credits_of, lots_within, measures_of, use_up
from tests.oracle_help import (
    Help,
    award,
    carry_over,
    close_all_bank,
    cobra_months,
    deposit_counted,
    deposit_excess,
    fill_second_bank,
    help_for,
    open_bank,
    rearm,
    relief_amount,
    relief_word,
    take_out,
)
from tests.oracle_routes import (
    Figure,
    Member,
    Route,
    Sitting,
    below,
    best_of,
    gates,
    kind_of,
    passed_over,
    routes_of,
    try_routes,
    window,
)
from tests.oracle_terms import DAY, Person, SilentError, Terms, UnrecordedError, View, first_day, month_of, read

HIDDEN = {"active", "tick", "grace"}
NOT_COVERED = {"covered": False, "from": None, "until": None, "route": "none", "way": None, "tier": None, "gates": {}}


# One test


def take_test(sitting: Sitting) -> dict:
    """Test a member at one cut-off for the cover that starts on the tick, and remember what it changed."""
    member = sitting.member
    open_bank(sitting)
    rearm(sitting)
    second_before = member.second
    tried = try_routes(sitting)
    held = tried[-1] if tried and tried[-1].holds() else None
    best = None if held else best_of(tried)
    shown = held or best or (tried[0] if tried else None)
    figure = shown.figure if shown else nothing_open(sitting)
    test = blank(sitting, figure)
    found = outcome(sitting, held, best)
    if found is not None:
        grant(sitting, test, found, shown)
    member.carried = None
    drawn = settle_bank(sitting, test, figure, found)
    if test["active"]:
        succeed(sitting, test, figure, found)
    elif not test["covered"]:
        fail(sitting)
    if overflows(sitting.view):
        fill_second_bank(sitting, sitting.kept_out)
    test.update(drawn=drawn, bank_after=member.balance(), second_before=second_before, second_after=member.second)
    member.last_test = sitting.period
    return test


def nothing_open(sitting: Sitting) -> Figure:
    """Give the figures of a test at which no route is open."""
    first = sitting.period - window(sitting) + 1
    return Figure("none", measures_of(sitting.terms)[0], first, sitting.period, 0, 0, 0)


def blank(sitting: Sitting, figure: Figure) -> dict:
    """Write down a test before it is known whether it gives cover."""
    calendar = sitting.terms.calendar
    return {
        "covered": False,
        "from": None,
        "until": None,
        "route": "none",
        "way": None,
        "tier": None,
        "qualifying_period": (calendar.start_of(figure.first), calendar.end_of(figure.last)),
        "counted": figure.counted,
        "required": figure.required,
        "short": figure.short(),
        "bank_before": sitting.before,
        "added": 0,
        "drawn": 0,
        "bank_after": 0,
        "bought": 0,
        "second_before": 0,
        "second_after": 0,
        "gates": {},
        "active": False,
        "grace": 0,
        "tick": sitting.tick,
    }


def outcome(sitting: Sitting, held: Route | None, best: Route | None) -> Help | None:
    """Say by what the test gives cover, if it does: own credits, help, or a decision that overrides the test."""
    decision = sitting.person.decision(sitting.tick)
    found = None
    if decision != "cover_refused" and not locked_out(sitting) and not barred(sitting):
        if held is not None:
            balance = held.figure.kind == "balance"
            found = Help("initial" if sitting.initial else "bank" if balance else "hours")
        elif best is not None:
            found = help_for(sitting, best)
    if decision == "cover_granted" and (found is None or found.route == "cobra"):
        found = Help("decision")
    return found


def locked_out(sitting: Sitting) -> bool:
    """Say whether the member lost cover too recently to get it again; a renewal without a gap is not meant."""
    lockout = sitting.view.whole("lapse.lockout")
    if lockout is None or sitting.member.active_until is None:
        return False
    return 1 <= periods_since(sitting.terms, sitting.member, sitting.tick) < lockout


def barred(sitting: Sitting) -> bool:
    """Say whether a state holds in which no test gives cover that begins now."""
    return any(sitting.person.state(name, sitting.tick) for name in sitting.view.switched_on("coverage.not_while"))


def grant(sitting: Sitting, test: dict, found: Help, shown: Route | None) -> None:
    """Write the cover into the test: its days, the route, the way, and the gates."""
    test.update(covered=True, route=found.route, bought=found.bought, active=found.route != "cobra")
    test["from"] = sitting.tick
    test["grace"] = sitting.view.whole("coverage.grace_days") or 0
    test["gates"] = gates(sitting)
    length = sitting.view.whole("coverage.length")
    if found.route == "cobra":
        test["route"] = "relief"
        test["until"] = sitting.terms.calendar.last_of(sitting.tick, cobra_months(sitting))
        return
    if found.route != "decision" and shown is not None:
        test["way"], test["tier"] = shown.name, sitting.view.word(f"{shown.path}.gives.tier")
        length = sitting.view.whole(f"{shown.path}.gives.length") or length
    test["until"] = cut_short(sitting, until(sitting, sitting.view.need(length, "coverage.length")))


def until(sitting: Sitting, length: int) -> date:
    """Give the last day of cover: after so many periods, or before the next month of a grid that is far enough away."""
    grid = sitting.view.whole("coverage.aligned_to")
    if grid is None:
        return sitting.terms.calendar.last_of(sitting.tick, length)
    starting = sitting.view.need(sitting.view.whole("coverage.aligned_month"), "coverage.aligned_month")
    month = month_of(sitting.tick) + max(1, sitting.view.whole("coverage.aligned_at_least") or 1)
    while (month - (starting - 1)) % grid:
        month += 1
    return first_day(month) - DAY


def cut_short(sitting: Sitting, end: date) -> date:
    """End active cover with the period of cover in which an event lies, if the plan says so."""
    for name in sitting.view.switched_on("coverage.ends_on"):
        for day in sitting.person.events(name):
            if sitting.tick <= day <= end:
                period_end = sitting.tick - DAY
                while period_end < day:
                    period_end = sitting.terms.calendar.last_of(period_end + DAY, 1)
                end = min(end, period_end)
    return end


def settle_bank(sitting: Sitting, test: dict, figure: Figure, found: Help | None) -> int:
    """Make the deposits and the charge that follow from the outcome; say what was drawn."""
    own = found is not None and found.route in {"initial", "hours", "bank"} and not test["short"]
    if sitting.family == "all":
        if own and figure.kind == "sum" and passed_over(sitting):
            deposit_counted(sitting, figure)
        charged = test["active"] and found.charged
        test["added"], drawn = close_all_bank(sitting, charged, found.put_in() if found else 0)
        return drawn
    if sitting.family == "excess" and own:
        test["added"] = deposit_excess(sitting, figure, lambda: number_to_continue(sitting))
    return take_out(sitting.member, found.drawn) if found else 0


def number_to_continue(sitting: Sitting) -> int:
    """Look up the number of the first route that keeps cover."""
    sets = sitting.view.names("qualify")
    top = below(sitting.view, "qualify.continuing" if "continuing" in sets else routes_of(sitting))
    path = f"{top}.{sitting.view.names(top)[0]}"
    path = f"{path}.{kind_of(sitting.view, path)}.at_least"
    return sitting.view.need(sitting.view.amount(path), path)


def succeed(sitting: Sitting, test: dict, figure: Figure, found: Help) -> None:
    """Remember active cover, use up the credits that gave it, and add what a success adds."""
    member, view = sitting.member, sitting.view
    use_credits(sitting, figure, helped=found.route not in {"initial", "hours"})
    member.active_until, member.active_route = test["until"], found.route
    member.failed_in_a_row, member.lapse_forfeited, member.absence_forfeited = 0, False, False
    member.second -= found.second
    if found.claim is not None:
        member.claims_used.add(found.claim)
    if found.route in {"initial", "hours"}:
        member.carried = carry_over(sitting, figure)
        if view.word("second_bank.deposit") == "award":
            fill_second_bank(sitting, award(sitting, figure))
    if found.top_up is not None:
        member.topped_up[found.top_up] = member.topped_up.get(found.top_up, 0) + 1
        return
    for name in view.names("top_up"):
        if view.amount(f"top_up.{name}.rearm") is None:
            member.topped_up[name] = 0


def use_credits(sitting: Sitting, figure: Figure, helped: bool) -> None:
    """Use up what the plan says is used up by cover."""
    member = sitting.member
    rule = sitting.view.need(sitting.view.word("consumption"), "consumption")
    if rule == "exact" and figure.kind == "sum":
        lots = lots_within(sitting.credits, figure.measure, figure.first, figure.last)
        use_up(lots, member.used_until, None if helped else figure.required)
    if rule == "window":
        member.used_until = sitting.cutoff
    if rule not in {"none", "window", "exact"}:
        raise ValueError(f"consumption is {rule}, which is not read here")


def overflows(view: View) -> bool:
    """Say whether the second bank takes what the bank's cap keeps out."""
    return view.word("second_bank.deposit") == "overflow" and view.word("bank.overflow") == "second_bank"


def fail(sitting: Sitting) -> None:
    """Count a failed test, and take the bank away where the plan says so."""
    member, view = sitting.member, sitting.view
    if member.first_credit is not None and sitting.period >= member.first_credit:
        member.failed_in_a_row += 1
    misses = view.whole("bank.misses")
    wiped = view.word("bank.when_short") == "wiped" and not sitting.initial
    if wiped or (misses is not None and member.failed_in_a_row >= misses):
        member.bank.clear()


# From test to test


def periods_since(terms: Terms, member: Member, tick: date) -> int:
    """Count the periods from the day after cover ended to the start of the cover at stake."""
    return terms.calendar.number(tick) - terms.calendar.number(member.active_until + DAY)


def stands_before_initial(view: View, member: Member, tick: date) -> bool:
    """Say whether the member has to meet the initial test: never covered, or away for long, where that matters."""
    if member.active_until is None:
        return True
    after = view.whole("lapse.initial_after")
    return after is not None and member.active_until + DAY < tick and periods_since(view.terms, member, tick) >= after


def is_tested(view: View, period: int, standing: str) -> bool:
    """Say whether this cut-off is one at which this member is tested."""
    calendar, cutoff, person = view.terms.calendar, view.cutoff, view.person
    cycle = view.word("calendar.cycle") or "everyone"
    if cycle == "contract_end":
        return any(calendar.start_of(period) <= day <= cutoff for day in person.events("contract_end"))
    every = view.whole("calendar.every") or 1
    if standing != "covered":
        every = view.whole("lapse.every") or every
    if cycle == "own":
        start = person.since("cycle_start", cutoff) or person.since("hired", cutoff)
        return start is not None and (period - bisect_left(calendar.cutoffs, start)) % every == 0
    starting = view.whole("calendar.starting")
    return (period if starting is None else cutoff.month - starting) % every == 0


def tests_until(terms: Terms, person: Person, lines: list[dict], first: date, last: date) -> list[dict]:
    """Walk the cut-offs in order and test the member at each one whose cover no active cover reaches into."""
    credits = credits_of(terms, person, lines)
    first_credit = min((period for by_period in credits.values() for period in by_period), default=None)
    member = Member(begins(terms, person, first_credit), first_credit, days_worked(lines))
    matters = first_that_matters(terms, person, member)
    tests: list[dict] = []
    for period in range(min(matters, before(terms, first)), len(terms.calendar.cutoffs)):
        if terms.calendar.cutoffs[period] >= last:
            break
        try:
            test = test_at(terms, person, member, credits, period, last)
        except SilentError as silence:
            test = no_test(terms, person, period, silence)
        except UnrecordedError as silence:
            if period >= matters:
                raise
            test = no_test(terms, person, period, silence)
        if test is not None:
            tests.append(test)
    return sorted(tests, key=lambda test: test["tick"])


def no_test(terms: Terms, person: Person, period: int, silence: LookupError) -> dict:
    """Note that the terms give no answer for the cover that a cut-off feeds; whoever asks for it is told."""
    cutoff = terms.calendar.cutoffs[period]
    tick = terms.calendar.tick(period, View(terms, person, cutoff, cutoff).whole("calendar.lag") or 1)
    return {"silent": silence, "tick": tick, "covered": False}


def days_worked(lines: list[dict]) -> list[date]:
    """List the days on which any work was reported."""
    kinds = ("hours", "days", "weeks", "months", "earnings", "contributions", "fees", "points")
    return [line["day"] for line in lines if any(line.get(kind, 0) > 0 for kind in kinds)]


def test_at(terms: Terms, person: Person, member: Member, credits: Credits, period: int, last: date) -> dict | None:
    """Test the member at one cut-off, unless nobody is or this member is not."""
    cutoff = terms.calendar.cutoffs[period]
    view = View(terms, person, cutoff, cutoff)
    tick = terms.calendar.tick(period, view.need(view.whole("calendar.lag"), "calendar.lag"))
    if tick > last:
        return None
    if view.need(view.word("calendar.values_of"), "calendar.values_of") == "cover_start":
        view = View(terms, person, cutoff, tick)
    ended = member.active_until
    standing = "never" if ended is None else "covered" if ended + DAY == tick else "lapsed"
    tested = (ended is None or ended < tick) and is_tested(View(terms, person, cutoff, cutoff), period, standing)
    if not tested and not terms.tree.get("relief"):
        return None
    initial = stands_before_initial(view, member, tick)
    sitting = Sitting(terms, person, member, credits, period, cutoff, tick, view, standing, initial)
    if terms.tree.get("relief"):
        note_relief_credit(sitting)
    return take_test(sitting) if tested else None


def note_relief_credit(sitting: Sitting) -> None:
    """Note what a relief order adds for this cut-off's period; whoever has cover then is enrolled."""
    ended = sitting.member.active_until
    enrolled = ended is not None and ended + DAY >= sitting.tick
    for name in sitting.view.names("relief"):
        if sitting.view.word(f"relief.{name}.gives") == "credit":
            adds = relief_amount(sitting, name, "adds")
            meant = relief_word(sitting, name, "for")
            if adds is not None and (meant == "everyone" or (meant == "enrolled" and enrolled)):
                sitting.member.added_by_relief.append((sitting.period, adds))


def begins(terms: Terms, person: Person, first_credit: int | None) -> int | None:
    """Find the member's first period: the one of the first credit or adjustment."""
    periods = [] if first_credit is None else [first_credit]
    periods += [period_within(terms, fact["from"]) for fact in person.all("bank_adjustment")]
    return min(periods, default=None)


def period_within(terms: Terms, day: date) -> int:
    """Number the period of a day, or the nearest period the calendar has."""
    return min(bisect_left(terms.calendar.cutoffs, day), len(terms.calendar.cutoffs) - 1)


def first_that_matters(terms: Terms, person: Person, member: Member) -> int:
    """Find the first cut-off at which a test may do anything for this member."""
    if "asks for nothing" not in terms.found:
        terms.found["asks for nothing"] = asks_for_nothing(terms)
    days = [fact["from"] - far(terms) for kind in ("decision", "self_payment") for fact in person.all(kind)]
    days += person.events("contract_end")
    periods = [period_within(terms, day) for day in [*days, terms.found["asks for nothing"]]]
    return min([*periods, *([] if member.begins is None else [member.begins])])


def asks_for_nothing(terms: Terms) -> date:
    """Find the day from which somebody without credits may have to be looked at: numbers of 0, relief for everyone."""
    days = [date.max]
    for routes in ("qualify.any.", "qualify.initial."):
        numbers: dict[str, bool] = {}
        for path, entries in terms.leaves.items():
            if path.startswith(routes) and ".at_least" in path:
                route = path.removeprefix(f"{routes}routes.").removeprefix(routes).split(".")[0]
                nothing = any(value is not None and float(value) == 0 for value, _ in entries.values())
                numbers[route] = numbers.get(route, True) and nothing
        days += [date.min for nothing in numbers.values() if nothing]
    for path, entries in terms.leaves.items():
        if path.startswith("relief.") and path.endswith(".for"):
            days += [cutoff for cutoff, (value, _) in entries.items() if value == "everyone"]
    return min(days)


def before(terms: Terms, first: date) -> int:
    """Find a cut-off early enough for the latest test before a day to be among those that follow."""
    return max(0, period_within(terms, first - far(terms)) - most_periods(terms, ("calendar.every", "lapse.every")))


def far(terms: Terms) -> timedelta:
    """Say how many days may lie between a cut-off and the cover it feeds, with some to spare."""
    length = {"months": 31, "weeks": 7, "days": 1}[terms.calendar.step]
    return (most_periods(terms, ("calendar.lag",)) + 1) * length * DAY


def most_periods(terms: Terms, paths: tuple) -> int:
    """Find the greatest number of periods that any of these leaves ever holds."""
    if paths not in terms.found:
        entries = [entry for path, leaf in terms.leaves.items() if path.startswith(paths) for entry in leaf.values()]
        terms.found[paths] = max([1, *(int(value) for value, _ in entries if value is not None)])
    return terms.found[paths]


# Answers


def answers(terms: Terms, tests: list[dict], days: list[date]) -> list[dict]:
    """Say how a member stands on each of some days, in their order, with the figures of the test that decided it."""
    found, covers, latest, standing, next_test = [], [], None, "never", 0
    for day in days:
        while next_test < len(tests) and tests[next_test]["tick"] <= day:
            latest = tests[next_test]
            next_test += 1
            if latest["covered"]:
                covers.append(latest)
                standing = "lapsed" if latest["active"] else standing
        covers = [test for test in covers if test["until"] >= day]
        deciding = covers[-1] if covers else latest
        if not covers and not terms.calendar_reaches(day):
            raise LookupError(f"{terms.plan} has no test for {day}: the calendar does not reach it")
        if deciding is not None and "silent" in deciding:
            raise deciding["silent"]
        answer = untested() if deciding is None else {key: deciding[key] for key in deciding if key not in HIDDEN}
        if not covers:
            answer.update(NOT_COVERED)
        answer["standing"] = "covered" if any(test["active"] for test in covers) else standing
        found.append(answer)
    return found


def untested() -> dict:
    """Give the answer for somebody who has not come to any test: not covered, and no figures."""
    names = ("counted", "required", "short", "bank_before", "added", "drawn", "bank_after", "bought")
    return {**NOT_COVERED, "qualifying_period": None, **dict.fromkeys([*names, "second_before", "second_after"], 0)}


def days(terms: Terms, first: date, last: date) -> list[date]:
    """List the days asked for in a history: the first of each month, or of each week, or each day."""
    calendar = terms.calendar
    if calendar.step == "months":
        starts = [first_day(month) for month in range(month_of(first), month_of(last) + 1)]
    else:
        at = bisect_left(calendar.cutoffs, first - DAY)
        starts = [cutoff + DAY for cutoff in calendar.cutoffs[at : at + (last - first).days + 2]]
    return [day for day in starts if first <= day <= last]


def history_under(
    terms: Terms, lines: list[dict], facts: list[dict], first: date, last: date, grace: bool = False
) -> list[dict]:
    """Answer for the first day of every period of cover from first to last, with days of grace if asked for."""
    asked = days(terms, first, last)
    tests = tests_until(terms, Person(facts), lines, first, last)
    found = answers(terms, tests, asked)
    return [with_grace(tests, answer, day) for answer, day in zip(found, asked, strict=True)] if grace else found


def coverage_under(terms: Terms, lines: list[dict], facts: list[dict], on: date) -> dict:
    """Say whether a member is covered on a day, by which route, and with which figures, days of grace included."""
    tests = tests_until(terms, Person(facts), lines, on, on)
    return with_grace(tests, answers(terms, tests, [on])[0], on)


def with_grace(tests: list[dict], answer: dict, on: date) -> dict:
    """Show cover that has ended and was not renewed for so many days more."""
    if answer["covered"]:
        return answer
    for test in reversed(tests):
        shown_until = test["until"] + timedelta(days=test["grace"]) if test["covered"] else date.min
        if test["tick"] <= on <= shown_until:
            shown = {key: test[key] for key in test if key not in HIDDEN}
            return {**shown, "until": shown_until, "standing": answer["standing"]}
    return answer


__all__ = ["Terms", "coverage_under", "days", "history_under", "read"]
