"""What may stand in a terms file, and where: the booklet's sections as data.

Each place of a file is one of: a **quantity** (dated values with a unit), a **word** (dated choices from a fixed list),
a **section** of named places, **named** entries whose names the plan chooses, or plain text. The strict loader walks a
file and this shape side by side, so a key that is not here is refused with its line.
"""

from typing import NamedTuple


class Quantity(NamedTuple):
    """Dated whole amounts: hours in hundredths, everything else in whole units. Bounds are in the written unit.

    ``keyed`` is ``from`` when a value holds from its day on, ``at`` when it holds for the cut-off on that day only.
    """

    unit: str
    least: int = 0
    most: int = 5000
    keyed: str = "from"


class Word(NamedTuple):
    """Dated choices. The words are those that the engine gives a meaning to."""

    words: tuple[str, ...]
    keyed: str = "from"


class Text(NamedTuple):
    """Plain undated text, or one of ``words`` if there are any."""

    words: tuple[str, ...] = ()


class Day(NamedTuple):
    """One plain day."""


class Source(NamedTuple):
    """The short name of a source of the file."""


class Named(NamedTuple):
    """Entries whose names the plan chooses, at most ``most`` of them."""

    each: "Shape"
    most: int = 100


class Section(NamedTuple):
    """Places with fixed names."""

    required: "dict[str, Shape]"
    optional: "dict[str, Shape]" = {}  # noqa: RUF012 (a NamedTuple's default, never changed)


Shape = Quantity | Word | Text | Day | Source | Named | Section

YES_NO = ("true", "false")
ROUTES = Section(
    {
        "routes": Named(
            Section(
                {
                    "sum": Section(
                        {
                            "up_to_windows": Quantity("window", 1, 4),
                            "at_least": Quantity("hour", 1),
                        }
                    )
                }
            ),
            most=1,
        )
    }
)

PLAN = Section(
    {
        "plan": Text(),
        "title": Text(),
        "kind": Text(("health",)),
        "credit": Section(
            {
                "unit": Word(("hour",)),
                "counts": Word(("worked_or_guaranteed",)),
                "attributed_to": Word(("work_date",)),
            }
        ),
        "calendar": Section(
            {
                "cutoffs": Text(),
                "tested": Word(("monthly",)),
                "window": Quantity("month", 1, 24),
                "lag": Quantity("month", 1, 12),
                "values_of": Word(("cutoff",)),
            }
        ),
        "qualify": Section({"initial": ROUTES, "continuing": ROUTES}),
        "consumption": Word(("window", "none")),
        "coverage": Section({"length": Quantity("month", 1, 24)}),
        "lapse": Section({"initial_after": Quantity("month", 1, 240), "tested": Word(("monthly",))}),
        "levers": Named(Text()),
    },
    {
        "bank": Section(
            {
                "deposit": Word(("excess",)),
                "deposit_after_initial": Word(("none", "excess", "excess_over_continuing")),
                "cap": Quantity("hour"),
                "charge": Word(("shortfall",)),
                "used_for": Word(("continuing",)),
                "all_or_nothing": Word(("true",)),
                "when_short": Word(("kept", "wiped")),
                "while_lapsed": Word(("kept", "forfeited")),
            },
            {"requires": Word(("available_for_work",))},
        ),
        "disability": Section(
            {
                "for": Word(("enrolled",)),
                "credit_per_week": Quantity("hour", 1, 168),
                "counted_with": Word(("hours_worked", "nothing")),
                "claim_within": Quantity("day", 0, 3660),
                "not_consecutive": Word(YES_NO),
                "once_per_claim": Word(YES_NO),
                "order": Word(("after_bank",)),
                "combined_with_bank": Word(("false",)),
            }
        ),
        "relief": Named(
            Section(
                {
                    "title": Text(),
                    "adopted": Day(),
                    "cite": Source(),
                    "gives": Text(("hours", "cobra")),
                    "for": Word(("enrolled",), keyed="at"),
                },
                {
                    "up_to": Quantity("hour", 1, keyed="at"),
                    "by_decision_up_to": Quantity("hour", 1, keyed="at"),
                    "months": Quantity("month", 1, 24, keyed="at"),
                    "at_least": Quantity("hour", 0, keyed="at"),
                    "after_bank": Word(YES_NO, keyed="at"),
                    "standing": Word(("lapsed",), keyed="at"),
                    "not_after": Word(("disability",), keyed="at"),
                },
            )
        ),
        "open": Named(Text()),
    },
)
