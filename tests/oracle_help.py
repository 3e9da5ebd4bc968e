"""The oracle's fourth part: the bank before and after a test, and what may help when the credits do not suffice."""

from dataclasses import dataclass
from datetime import date

from tests.oracle_credit import measures_of, period_total
from tests.oracle_routes import Figure, Member, Route, Sitting, blocked, limited, meets, passed_over, window
from tests.oracle_terms import DAY, YES, SilentError, View, holds

# The bank before the routes are looked at


def bank_measure(sitting: Sitting) -> str:
    """Name the measure that the bank holds."""
    return sitting.view.word("bank.of") or measures_of(sitting.terms)[0]


def open_bank(sitting: Sitting) -> None:
    """Forfeit what is forfeited, book the adjustments, and put in the credits where every credit goes in."""
    member = sitting.member
    sitting.family = sitting.view.word("bank.deposit")
    if sitting.family is None:
        return
    if forfeited(sitting):
        member.bank.clear()
    lasting = sitting.view.whole("bank.expires_after")
    if lasting is not None:
        member.bank = [lot for lot in member.bank if sitting.period - lot[0] < lasting]
    if sitting.family not in {"all", "excess"}:
        raise ValueError(f"bank.deposit is {sitting.family}, which is not read here")
    if idle(sitting):
        member.bank.clear()
    adjust(sitting)
    sitting.before = member.balance()
    if sitting.family == "all" and not passed_over(sitting):
        deposit_all(sitting)


def forfeited(sitting: Sitting) -> bool:
    """Say whether an event, or standing before the initial test again, takes the bank away."""
    member, view, gone = sitting.member, sitting.view, False
    for name in view.switched_on("bank.forfeit_on"):
        for day in view.person.events(name):
            if day <= sitting.cutoff and (name, day) not in member.ended:
                member.ended.add((name, day))
                gone = True
    if sitting.initial and member.active_until is not None and not member.lapse_forfeited:
        member.lapse_forfeited = True
        gone = gone or view.word("bank.while_lapsed") == "forfeited"
    return gone


def idle(sitting: Sitting) -> bool:
    """Say whether too many periods in a row went by without credits, without cover, or without both.

    One absence from cover takes the bank away once: what comes in afterwards is a new start.
    """
    view, member = sitting.view, sitting.member
    limit = view.whole("bank.idle_after")
    if limit is None:
        return False
    means = view.need(view.word("bank.idle_means"), "bank.idle_means")
    gone = idle_periods(sitting, limit, means) >= limit
    if means == "no_cover":
        gone, member.absence_forfeited = gone and not member.absence_forfeited, member.absence_forfeited or gone
    return gone


def idle_periods(sitting: Sitting, limit: int, means: str) -> int:
    """Count the idle periods in a row up to and with the cut-off's own; some states stop the clock."""
    calendar, view = sitting.terms.calendar, sitting.view
    adjusted = {calendar.period_of(fact["from"]) for fact in view.person.all("bank_adjustment")}
    stops = view.switched_on("bank.stops_clock")
    count, period, first = 0, sitting.period, first_that_may_be_idle(sitting, means)
    while period >= first and count < limit:
        credits = period_total(sitting.credits, bank_measure(sitting), period, period)
        if means != "no_cover" and (period in adjusted or credits > 0):
            break
        if not any(view.person.state(name, calendar.cutoffs[period]) for name in stops):
            count += 1
        period -= 1
    return count


def first_that_may_be_idle(sitting: Sitting, means: str) -> int:
    """Find the period from which on idleness counts: the member's first one, or the one after cover ended, or both."""
    ended, calendar = sitting.member.active_until, sitting.terms.calendar
    begins = sitting.member.begins or 0
    if means == "no_credits" or (means == "neither" and ended is None):
        return begins
    if ended is None:
        return sitting.period + 1
    without_cover = calendar.number(sitting.cutoff) - calendar.number(ended + DAY) + 1
    after = sitting.period - without_cover + 1
    return after if means == "no_cover" else max(begins, after)


def adjust(sitting: Sitting) -> None:
    """Book the adjustments up to the cut-off that no earlier test has booked; the bank does not fall below nothing."""
    facts = sitting.view.person.all("bank_adjustment")
    while sitting.member.adjusted < len(facts) and facts[sitting.member.adjusted]["from"] <= sitting.cutoff:
        number = facts[sitting.member.adjusted]["amount"]
        sitting.member.adjusted += 1
        if number > 0:
            sitting.member.bank.append([sitting.period, number])
        else:
            take_out(sitting.member, -number)


def take_out(member: Member, number: int) -> int:
    """Take so much out of the bank, the oldest deposit first, or what there is."""
    taken = 0
    for lot in member.bank:
        part = min(lot[1], number - taken)
        lot[1] -= part
        taken += part
    member.bank = [lot for lot in member.bank if lot[1] > 0]
    return taken


def deposit_all(sitting: Sitting) -> None:
    """Put in the credits of all periods since the last test; a second measure goes in whatever the cap."""
    first = 0 if sitting.member.last_test is None else sitting.member.last_test + 1
    deposit = period_total(sitting.credits, bank_measure(sitting), first, sitting.period)
    cap_deposit(sitting, deposit)
    second = sitting.view.word("bank.uncapped")
    if second is not None:
        sitting.extra = period_total(sitting.credits, second, first, sitting.period)
    sitting.member.last_in = sitting.period


def deposit_counted(sitting: Sitting, figure: Figure) -> None:
    """Put in what an initial sum counted, but no more than the credits since something last went in."""
    since = 0 if sitting.member.last_in is None else sitting.member.last_in + 1
    fresh = period_total(sitting.credits, figure.measure, since, sitting.period)
    cap_deposit(sitting, min(figure.own, fresh))
    sitting.member.last_in = sitting.period


def cap_deposit(sitting: Sitting, deposit: int) -> None:
    """Limit a deposit of an all bank; where the charge makes room first, the cap waits for the end of the test."""
    sitting.added, sitting.kept_out = limited(sitting, deposit)
    sitting.put = sitting.added + sitting.kept_out


def close_all_bank(sitting: Sitting, charged: bool, bought: int) -> tuple[int, int]:
    """Close an all bank: what was bought goes in, the charge goes out, and the cap that waited is applied."""
    charge = 0
    if charged:
        amount = sitting.view.need(sitting.view.amount("bank.amount"), "bank.amount")
        charge = min(amount, sitting.pot() + bought)
    cap = sitting.view.amount("bank.cap")
    if cap is not None and sitting.view.word("bank.cap_counts") == "after_charge":
        room = max(0, cap + charge - sitting.before - bought)
        sitting.added = min(sitting.put, room)
        sitting.kept_out = sitting.put - sitting.added
    added = sitting.added + sitting.extra
    sitting.member.bank.append([sitting.period, added + bought])
    return added, take_out(sitting.member, charge)


def deposit_excess(sitting: Sitting, figure: Figure, number_to_continue) -> int:
    """Put the excess over the number into the bank, as far as the cap has room."""
    view = sitting.view
    over = view.amount("bank.over")
    threshold = figure.required if over is None else over
    if sitting.initial:
        rule = view.need(view.word("bank.deposit_after_initial"), "bank.deposit_after_initial")
        if rule == "none":
            return 0
        if rule == "excess_over_continuing":
            threshold = number_to_continue()
    if figure.kind != "sum" or figure.measure != bank_measure(sitting):
        return 0
    added, sitting.kept_out = limited(sitting, max(0, figure.own - threshold))
    if added > 0:
        sitting.member.bank.append([sitting.period, added])
    return added


# Help for a shortfall


@dataclass
class Help:
    """What filled a shortfall: what the bank gave, what was bought or given, and what has to be remembered."""

    route: str
    drawn: int = 0
    bought: int = 0
    claim: str | None = None
    top_up: str | None = None
    second: int = 0
    charged: bool = True

    def put_in(self) -> int:
        """Say what goes into an all bank: what was bought or given, unless a second bank bought the cover outright."""
        return self.bought if self.charged else 0


def help_for(sitting: Sitting, best: Route) -> Help | None:
    """Try, in their order, the bank, the second bank, disability, relief and top-up for the best route."""
    for source in (from_bank, from_second_bank, from_disability, from_relief, from_top_up):
        found = source(sitting, best)
        if found is not None:
            return found
    return None


def bank_open(sitting: Sitting, best: Route) -> bool:
    """Say whether an excess bank may be used at all for the cover at stake."""
    view = sitting.view
    used_for = view.need(view.word("bank.used_for"), "bank.used_for")
    if used_for == "continuing" and sitting.initial:
        return False
    buys = view.word("bank.may_buy")
    if buys is not None and view.word(f"{best.path}.gives.tier") != buys:
        return False
    if best.figure.kind != "sum" or best.figure.measure != bank_measure(sitting):
        return False
    return not blocked(sitting)


def bank_available(sitting: Sitting) -> int:
    """Say how much one use may draw from an excess bank."""
    most = sitting.view.amount("bank.most_per_use")
    held = max(0, sitting.before - (sitting.view.amount("bank.floor") or 0))
    return held if most is None else min(held, most)


def from_bank(sitting: Sitting, best: Route) -> Help | None:
    """Draw what is missing from an excess bank, if it suffices."""
    if sitting.family != "excess" or not bank_open(sitting, best):
        return None
    short = best.figure.short()
    return Help("bank", drawn=short) if short <= bank_available(sitting) else None


def from_second_bank(sitting: Sitting, best: Route) -> Help | None:
    """Fill what the bank leaves missing, or buy the cover outright; only for those who are covered."""
    charge, held = sitting.view.word("second_bank.charge"), sitting.member.second
    if charge not in {"shortfall", "fixed"} or sitting.standing != "covered":
        return None
    if charge == "fixed":
        price = sitting.view.need(sitting.view.amount("second_bank.amount"), "second_bank.amount")
        found = Help("bank", bought=best.figure.short(), second=price, charged=False)
    else:
        drawn = used_first(sitting, best) or 0
        rest = best.figure.short() - drawn
        found = Help("bank", drawn=drawn, bought=rest, second=rest)
    return found if held >= found.second else None


def from_disability(sitting: Sitting, best: Route) -> Help | None:
    """Find the first claim whose whole weeks, with what was worked where that counts, reach the number."""
    view, member = sitting.view, sitting.member
    per_week = view.amount("disability.credit_per_week")
    if per_week is None or sitting.standing != "covered":
        return None
    if view.yes("disability.not_consecutive") and member.active_route == "disability":
        return None
    needed = best.figure.required if view.word("disability.counted_with") == "nothing" else best.figure.short()
    start = sitting.terms.calendar.start_of(sitting.period - window(sitting) + 1)
    for claim, claimed in claims_in_order(view):
        if view.yes("disability.once_per_claim") and claim in member.claims_used:
            continue
        weeks = disabled_days(view, claim, start, sitting.cutoff) // 7
        if weeks * per_week >= needed and claimed_in_time(sitting, claimed):
            return Help("disability", claim=claim, charged=False)
    return None


def claims_in_order(view: View) -> list[tuple[str, date]]:
    """List the disability claims by the first day of disability, each with the day it was claimed."""
    claimed: dict[str, date] = {}
    for fact in sorted(view.person.all("disability"), key=lambda fact: (fact["from"], fact["claim"])):
        if claimed.setdefault(fact["claim"], fact["claimed"]) != fact["claimed"]:
            raise ValueError(f"claim {fact['claim']} has two claim dates")
    return list(claimed.items())


def disabled_days(view: View, claim: str, start: date, end: date) -> int:
    """Count the days of one claim inside a qualifying period, each day once."""
    spells = [fact for fact in view.person.all("disability") if fact["claim"] == claim]
    days, day = 0, start
    while spells and day <= end:
        days += any(holds(fact, day) for fact in spells)
        day += DAY
    return days


def claimed_in_time(sitting: Sitting, claimed: date) -> bool:
    """Say whether a claim came within the days allowed after the last work before it."""
    limit = sitting.view.whole("disability.claim_within")
    if limit is None:
        return True
    worked = [day for day in sitting.member.days_worked if day <= claimed]
    return bool(worked) and (claimed - max(worked)).days <= limit


# Relief and top-up


def ordered(sitting: Sitting, name: str, key: str) -> View | None:
    """Look at the terms as a relief order has them for exactly this cut-off; None if it says nothing of it."""
    view = View(sitting.terms, sitting.person, sitting.cutoff, sitting.cutoff)
    leaf = view.leaf_of(f"relief.{name}.{key}")
    if leaf is None or sitting.terms.leaves[leaf].get(sitting.cutoff, (None, None))[0] is None:
        return None
    return view


def relief_amount(sitting: Sitting, name: str, key: str) -> int | None:
    """Look up an amount of a relief order for exactly this cut-off."""
    view = ordered(sitting, name, key)
    return None if view is None else view.amount(f"relief.{name}.{key}")


def relief_word(sitting: Sitting, name: str, key: str) -> str | None:
    """Look up a word of a relief order for exactly this cut-off."""
    view = ordered(sitting, name, key)
    return None if view is None else view.word(f"relief.{name}.{key}")


def is_for(sitting: Sitting, name: str, enrolled: bool) -> bool:
    """Say whether a relief order names this cut-off and is for this member."""
    meant = relief_word(sitting, name, "for")
    return meant == "everyone" or (meant == "enrolled" and enrolled)


def together(sitting: Sitting, figure: Figure) -> int:
    """Add what was counted and what is in an excess bank; an all bank holds what was counted already."""
    return figure.counted + (sitting.before if sitting.family == "excess" else 0)


def reaches_least(sitting: Sitting, name: str, figure: Figure) -> bool:
    """Say whether the member has at least what a relief order asks for."""
    least = relief_amount(sitting, name, "at_least")
    return least is None or together(sitting, figure) >= least


def used_first(sitting: Sitting, best: Route) -> int | None:
    """Say what has to be drawn from the bank before anything else helps; None if it is there and may not be used."""
    if sitting.family != "excess" or sitting.before == 0:
        return 0
    if not bank_open(sitting, best):
        return None
    return min(bank_available(sitting), best.figure.short())


def from_relief(sitting: Sitting, best: Route) -> Help | None:
    """Apply the relief order for this cut-off that gives hours or no-cost cover, if the member meets its conditions."""
    for name in sitting.view.names("relief"):
        gives = sitting.view.word(f"relief.{name}.gives")
        if gives not in {"hours", "cobra"} or not is_for(sitting, name, sitting.standing == "covered"):
            continue
        if not reaches_least(sitting, name, best.figure):
            continue
        if relief_word(sitting, name, "not_after") == sitting.member.active_route:
            continue
        if gives == "cobra" and relief_word(sitting, name, "months") is not None:
            return Help("cobra")
        found = hours_of_relief(sitting, name, best) if gives == "hours" else None
        if found is not None:
            return found
    return None


def hours_of_relief(sitting: Sitting, name: str, best: Route) -> Help | None:
    """Give exactly what is missing, if the order gives that many."""
    limit = relief_amount(sitting, name, "up_to")
    booked = relief_amount(sitting, name, "by_decision_up_to")
    if booked is not None and sitting.person.state("hours_booked", sitting.cutoff):
        limit = max(limit or 0, booked)
    if limit is None:
        return None
    drawn = used_first(sitting, best) if relief_word(sitting, name, "after_bank") in YES else 0
    if drawn is None or best.figure.short() - drawn > limit:
        return None
    return Help("relief", drawn=drawn, bought=best.figure.short() - drawn)


def cobra_months(sitting: Sitting) -> int:
    """Say how many months of no-cost cover the order for this cut-off gives."""
    for name in sitting.view.names("relief"):
        view = ordered(sitting, name, "months") if sitting.view.word(f"relief.{name}.gives") == "cobra" else None
        if view is not None:
            return view.whole(f"relief.{name}.months")
    raise SilentError(f"{sitting.terms.plan} gives no months of no-cost cover on {sitting.cutoff}")


def waived(sitting: Sitting, figure: Figure) -> bool:
    """Say whether a relief order makes a top-up need no payment."""
    return any(
        sitting.view.word(f"relief.{name}.gives") == "waiver"
        and is_for(sitting, name, sitting.standing == "covered")
        and reaches_least(sitting, name, figure)
        for name in sitting.view.names("relief")
    )


def from_top_up(sitting: Sitting, best: Route) -> Help | None:
    """Let the member pay for what is short, by the first top-up whose conditions are met."""
    for name in sitting.view.names("top_up"):
        drawn = used_first(sitting, best) if sitting.view.yes(f"top_up.{name}.after_bank") else 0
        if drawn is not None and may_pay(sitting, name, best.figure, best.figure.short() - drawn):
            return Help("top_up", drawn=drawn, bought=best.figure.short() - drawn, top_up=name)
    return None


def may_pay(sitting: Sitting, name: str, figure: Figure, missing: int) -> bool:
    """Say whether a top-up is open to the member, not used too often in a row, and paid for or waived."""
    view, path = sitting.view, f"top_up.{name}"
    meant = view.word(f"{path}.for")
    if meant is None or (meant == "enrolled" and sitting.standing != "covered"):
        return False
    most = view.amount(f"{path}.most_short")
    percent = view.whole(f"{path}.most_short_percent")
    least = view.amount(f"{path}.least_counted")
    in_a_row = view.whole(f"{path}.most_in_a_row")
    if most is not None and missing > most:
        return False
    if percent is not None and missing * 100 > percent * figure.required:
        return False
    if least is not None and figure.counted < least:
        return False
    if in_a_row is not None and sitting.member.topped_up.get(name, 0) >= in_a_row:
        return False
    paid = any(holds(fact, sitting.tick) for fact in sitting.person.all("self_payment"))
    return paid or waived(sitting, figure)


def rearm(sitting: Sitting) -> None:
    """Start the count of a top-up anew where the test's own period had enough credits for that."""
    for name in sitting.view.names("top_up"):
        least = sitting.view.amount(f"top_up.{name}.rearm")
        own = period_total(sitting.credits, measures_of(sitting.terms)[0], sitting.period, sitting.period)
        if least is not None and own >= least:
            sitting.member.topped_up[name] = 0


# What a success adds


def award(sitting: Sitting, figure: Figure) -> int:
    """Say how many points a success by own credits gives: those of the highest step reached."""
    path, reached = "second_bank.award", (-1, 0)
    for name in sitting.view.names(path):
        start = sitting.view.amount(f"{path}.{name}.from")
        points = sitting.view.amount(f"{path}.{name}.points")
        if start is not None and points is not None and reached[0] < start <= figure.counted:
            reached = (start, points)
    return reached[1]


def fill_second_bank(sitting: Sitting, number: int) -> None:
    """Put so much into the second bank, as far as its cap has room."""
    cap = sitting.view.amount("second_bank.cap")
    room = number if cap is None else max(0, cap - sitting.member.second)
    sitting.member.second += min(number, room)


def carry_over(sitting: Sitting, figure: Figure) -> tuple[str, int] | None:
    """Say what a success by own credits carries to the member's next test."""
    view = sitting.view
    least, share = view.amount("carry.at_least"), view.whole("carry.share")
    measure = view.word("carry.of") or measures_of(sitting.terms)[0]
    if least is None or share is None or figure.kind != "sum" or figure.measure != measure:
        return None
    if figure.counted < least or not meets(sitting, "carry"):
        return None
    return measure, figure.counted * share // 100
