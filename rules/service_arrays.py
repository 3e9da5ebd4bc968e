"""The arrays that pensions are evaluated with: terms laid out as numbers, and the state of a block of members.

:mod:`rules.laying_pension` makes the first, :mod:`rules.service_credit` reads them and carries the second.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.shape_pension import PARTS_OF_A_YEAR

WHOLE_YEAR = PARTS_OF_A_YEAR
NONE = -1  # a number that is not in force
IN_HUNDREDTHS = 10_000  # of a percent: vested in full
FINE = 100_000_000  # parts are reckoned in hundred-millionths of a cent
MOST = 1 << 60
BLOCK = 1024  # members whose state is carried at once: it stays in the nearest memory

# The columns of a year's row. Service and credit follow for each service, then (in a working) each part.
PARTICIPANT, BREAK, IN_A_ROW, SPARED, LOST, VESTED, IN_FULL, BENEFIT, ACCOUNT, FIXED = range(10)
# The rows of a member's column: the first year at whose end all is vested (-1: none), the first service at the end, the
# years that credited it; and, where there is room, what each year credited of it.
VESTED_IN, SERVICE, CREDITED, OF_MEMBER = range(4)

Numbers = npt.NDArray[np.int64]


class Use(NamedTuple):
    """What some terms use: a field has a length, which compiled code knows, where they do."""

    shares: tuple[int, ...] = ()  # a year's credit may be a share of a year, rounded down, limited, or for nothing
    cumulative: tuple[int, ...] = ()
    entry: tuple[int, ...] = ()
    breaks: tuple[int, ...] = ()
    ages: tuple[int, ...] = ()
    parts: tuple[int, ...] = ()
    variants: tuple[int, ...] = ()
    working: tuple[int, ...] = ()


class Laid(NamedTuple):
    """Terms laid out as numbers: by variant and year, of parts by variant and stretch.

    ``places`` are the first stretches of the years, and the one after the last; ``measure_of`` the measure of each
    route of each service, ``under_of`` of each limit under which a year is a break, ``part_of`` of each part (a
    service *s* is ``-1 - s``); ``only_in`` and ``tier_of`` are services, ``NONE`` for no condition. ``of`` holds the
    service that vests, the other one that vesting asks for, the measure of participation, whether the greatest part is
    the benefit, and how many of the parts make it.
    """

    use: Use
    places: Numbers
    years: np.recarray
    services: np.recarray
    steps: np.recarray
    vesting: np.recarray
    under: np.recarray
    exempt: np.recarray
    tiers: np.recarray
    rates: np.recarray
    measure_of: Numbers
    under_of: Numbers
    part_of: Numbers
    only_in: Numbers
    tier_of: Numbers
    of: Numbers


VESTS, ALSO, ENTRY, GREATEST, BENEFITS = range(5)

YEAR = np.dtype(
    [
        *((name, np.int64) for name in ("last", "entry", "also", "permanent", "at_age")),
        *((name, np.int8) for name in ("entry_next", "lost_before", "or_service", "exceeded", "repaired_by_service")),
    ]
)
OF_SERVICE = np.dtype([(name, np.int64) for name in ("round_to", "most_a_year", "most", "cumulative")])
STEP = np.dtype([(name, np.int64) for name in ("start", "gives", "per")])
VESTING = np.dtype([(name, np.int64) for name in ("after", "gives")])
UNDER = np.dtype([(name, np.int64) for name in ("less_than", "over")])
EXEMPT = np.dtype([(name, np.int64) for name in ("on", "breaks_before", "next_at_least")])
TIER = np.dtype([(name, np.int64) for name in ("after", "until", "leaving")])
RATE = np.dtype([(name, np.int64) for name in ("rate", "percent")])


class Room(NamedTuple):
    """The state of a block of members: a row, or several, with a place for each member.

    ``by_year`` has the amounts of each measure in each year; ``running`` the sums of cumulative service and for how
    many years they run; ``quantities`` and ``earned`` what each part rests on and comes to. Where everybody who has
    begun takes part, ``participant`` is ``begun``.
    """

    by_year: Numbers
    credits: Numbers
    totals: Numbers
    running: Numbers
    quantities: Numbers
    earned: Numbers
    begun: Numbers
    participant: Numbers
    entering: Numbers
    had_before: Numbers
    in_a_row: Numbers
    unrepaired: Numbers
    is_break: Numbers
    spared: Numbers
    vested: Numbers
    vested_in: Numbers
    credited: Numbers
    counts: Numbers


def room_for(laid: Laid, amounts: npt.NDArray[Any]) -> Room:
    """Room for a block of the members of ``amounts``, or for the largest block there is."""
    size, services, parts = min(amounts.shape[2], BLOCK) or 1, laid.services.shape[2], len(laid.part_of)
    flags = {name: np.zeros(size, np.int32) for name in Room._fields[6:]}
    if not laid.use.entry:
        flags["participant"] = flags["begun"]
    return Room(
        np.zeros((len(amounts), len(laid.places) - 1, size), amounts.dtype),
        np.zeros((services, size), np.int32),
        np.zeros((services, size), np.int32),
        np.zeros((services, 2, size), np.int64),
        np.zeros((parts, size), np.int64),
        np.zeros((parts, size), np.int64),
        **flags,
    )


def columns(laid: Laid) -> int:
    """The number of columns of a year's row."""
    parts = len(laid.part_of) if laid.use.working else 0
    return FIXED + 2 * int(laid.services.shape[2]) + parts
