"""Why a month is covered under one set of terms and not under another: one cause for each, read off both workings."""

import numpy as np

from rules import stages
from rules.compiling import inlined
from rules.stages import Records

SAME, REQUIREMENT, BANK, STANDING, CREDITS, HELP, DATES, LENGTH, OTHER = range(9)

# The name of each cause, and what it says of the side that is covered and of the side that is not.
NAMES = ("same", "requirement", "bank", "standing", "credits", "help", "dates", "length", "other")
SENTENCES = (
    "Both sides are alike.",
    "The hours reach what one side requires, and not what the other does.",
    "The bank makes up what is missing on one side; on the other it holds less, because of earlier tests.",
    "Cover was lost or kept earlier, so that one side asks for the initial test and the other for the continuing one.",
    "The hours count differently.",
    "Relief, a disability, a payment or a decision fills what is missing on one side only.",
    "Cover began or ended at another time before, so that the two sides test on other days and look at other hours.",
    "Both sides pass the same test, and the cover of one lasts longer.",
    "The two sides tell routes, tiers or waiting times apart.",
)


@inlined
def cause(covering: np.record, other: Records, tick: int, limit: int) -> int:
    """Why the test at ``tick`` gave cover on one side and there is none on the other.

    ``covering`` is the working of that test, ``other`` the working of the other side over all ticks; ``limit`` is how
    much of a bank the covering side's test may use (0 where none).
    """
    row = other[tick]
    found = OTHER
    if not row.due:
        found = DATES
    elif row.route != stages.NONE:
        found = LENGTH
    elif row.initial != covering.initial:
        found = STANDING
    elif covering.route > stages.BANK:
        found = HELP
    elif covering.required != row.required:
        # With the bank of the covering side: would it have been enough here?
        found = REQUIREMENT if row.counted + min(covering.bank_before, limit) < row.required else BANK
    elif covering.bank_before != row.bank_before:
        found = BANK
    elif covering.counted != row.counted:
        found = CREDITS
    return found
