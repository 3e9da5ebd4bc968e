"""What many lines owe to a fund, reckoned at once. What :mod:`rules.contributions` says of one line is the rule."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from rules.contributions import CENT, OF_SCALE, PER_DAY, PER_HOUR, Rate

Whole = npt.NDArray[np.int64]


def cents(rates: Iterable[Rate], credited: Whole, scale_rate_cents: Whole, days_worked: Whole) -> Whole:
    """The cents that lines owe for which these are the rates in force, all of them known.

    Hours are hundredths, and not below zero. Where a line says no scale rate or no days, and none is needed, give 0.
    """
    factors = {
        "per_hour": credited * PER_HOUR,
        "of_scale": credited * scale_rate_cents * OF_SCALE,
        "per_day": days_worked * PER_DAY,
    }
    total = np.zeros(len(credited), np.int64)
    for rate in rates:
        total += factors[rate.basis] * rate.amount
    return (2 * total + CENT) // (2 * CENT)
