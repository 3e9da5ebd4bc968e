"""The working: what the fold writes of each test of one member, and the room it needs to work in."""

import numpy as np

from rules.stages import Sums

WORKING = np.dtype(
    [
        (name, np.int64)
        for name in (
            "due",  # 1 if the member was tested at this tick; all else is 0 if not
            "standing",  # NEVER, COVERED or LAPSED when the tick arrived
            "initial",  # 1 if the initial test applied
            "slot",  # the place of the test shown, -1 if there was none open
            "held",  # 1 if the route of that place gave the cover, or something filled its shortfall
            "periods",  # periods looked at
            "counted",
            "required",
            "route",
            "bank_before",
            "drawn",
            "added",
            "bank_after",
            "bought",  # what relief, a top-up or the second bank filled
            "gift",  # credit that relief orders added to what was counted
            "carried",  # credit carried from the test before
            "overflow",  # credits that the cap kept out
            "lost",  # what the bank lost before the test
            "lost_by",  # BY_EVENT and so on
            "lost_after",  # what it lost by failing the test
            "second_before",
            "second_after",
            "weeks",  # weeks of disability credited
            "top_up",  # the place of the top-up used, -1 if none
            "covered_to",  # the tick at which cover ends, after this test
            "assisted_to",  # the tick at which no-cost COBRA ends, after this test
        )
    ]
)


Room = tuple[Sums, Sums, Sums, Sums, Sums, Sums]


def room_for(measures: int, ticks: int, tops: int) -> Room:
    """Room to work in, for one member after the other: what compiled code need not allocate it need not count."""
    return (
        np.zeros((measures, ticks + 1), np.int64),
        np.zeros(measures, np.int64),
        np.zeros((measures, ticks + 1), np.int64),
        np.zeros(tops + 1, np.int64),
        np.zeros(ticks + 1, np.int64),
        np.zeros(ticks + 1, np.int64),
    )
