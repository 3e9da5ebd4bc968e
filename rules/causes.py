"""Why a month is covered under one set of terms and not under another: one cause for each, read off both workings."""

import numpy as np

from rules import help, stages
from rules.compiling import inlined
from rules.stages import Records

SAME, REQUIREMENT, BANK, STANDING, CREDITS, HELP, DATES, LENGTH, OTHER = range(9)

# The name of each cause, and what it says of the side that is covered and of the side that is not.
NAMES = ("same", "requirement", "bank", "standing", "credits", "help", "dates", "length", "other")
SENTENCES = (
    "Both sides are alike.",
    "The hours reach what one side requires, and not what the other does.",
    "The bank makes up what is missing on one side; on the other it holds less, because of earlier tests or "
    "of what it may hold.",
    "Cover was lost or kept earlier, so that one side asks for the initial test and the other for the continuing one, "
    "or for that of those who have lapsed.",
    "The hours count differently, or those of other periods count.",
    "Relief, a disability, a payment or a decision fills what is missing on one side only.",
    "Cover began or ended at another time before, so that the two sides test on other days and look at other hours.",
    "Both sides pass the same test, and the cover of one lasts longer.",
    "The two sides tell routes, tiers or waiting times apart.",
)


@inlined
def cause(  # noqa: PLR0912 (the causes, in order)
    covering: np.record,
    row: np.record,
    mine: Records,
    theirs: Records,
    now: np.record,
    facts: Records,
    counted_alike: bool,
) -> int:
    """Why a test gave cover on one side and there is none on the other.

    ``covering`` is the working of that test and ``row`` that of the other side at the same tick; ``mine`` and
    ``theirs`` the tests that the two sides ask for there, ``now`` the other side's other terms; ``counted_alike``
    tells whether work counts the same on both. The first is the cause that would turn the test by itself: the bank of
    the covering side, what it requires, what it requires of those in its standing, what it counts.
    """
    found = SAME
    if not row.due:
        found = DATES
    elif row.route != stages.NONE:
        found = LENGTH
    elif row.initial != covering.initial:
        found = STANDING
    elif covering.route > stages.BANK:
        found = HELP
    elif row.slot < 0:
        found = OTHER
    else:
        asked, wanted = mine[row.slot], theirs[row.slot]
        balance = wanted.kind == stages.BALANCE  # of a bank that every credit goes through: what is counted
        fed = counted_alike or covering.bank_before > row.bank_before
        own = usable(row.bank_before, row.initial, wanted, now, facts)
        more = usable(covering.bank_before, row.initial, wanted, now, facts)
        asks = asked.required if asked.open else stages.NO_LIMIT
        if row.counted + own >= row.required:
            found = OTHER  # not for want of hours
        elif row.counted + more >= row.required:
            found = BANK
        elif balance and covering.counted >= row.required:
            found = BANK if fed else CREDITS
        elif row.counted + own >= asks:
            found = REQUIREMENT
        elif covering.standing != row.standing and row.counted + own >= covering.required:
            found = STANDING
        elif balance and covering.counted > row.counted:
            found = BANK if fed else CREDITS
        elif covering.slot != row.slot and covering.standing == row.standing:
            same = theirs[covering.slot]
            found = REQUIREMENT if same.open and covering.required < same.required else OTHER
        elif asks < row.required:
            found = REQUIREMENT
        elif covering.counted > row.counted:
            looks = asked.measure == wanted.measure and asked.ago == wanted.ago
            looks = looks and asked.step == wanted.step and asked.most == wanted.most
            found = DATES if looks and counted_alike else CREDITS
        else:
            found = BANK if more > own or covering.second_before > row.second_before else OTHER
    return found


@inlined
def usable(bank: int, initial: int, test: np.record, now: np.record, facts: Records) -> int:
    """How much of a bank that takes the excess a test may use; nothing of one that every credit goes through."""
    amount = 0
    may_use = now.bank_kind == stages.TAKES_EXCESS and test.banks and (not initial or now.bank_always)
    may_use = may_use and (not now.bank_may_buy or test.tier == now.bank_may_buy)
    if may_use and help.bank_open(facts, now):
        amount = max(0, min(bank - now.bank_floor, now.bank_most_use))
    return amount
