"""What may stand in a terms file, and where: the booklet's sections as data.

Each place of a file is one of: a **quantity** (dated amounts with a unit), a **word** (dated choices), a **section** of
named places, **named** entries whose names the plan chooses, or something plain. The strict loader walks a file and
this shape side by side, so a key that is not here is refused with its line. ``docs/terms.md`` says what each key means.
"""

from typing import NamedTuple

AMOUNTS = ("hour", "day", "week", "month", "dollar", "point")  # units of measures; amounts are whole hundredths
PERIODS = ("month", "week", "day")  # units of calendars
CREDIT, PERIOD = "credit", "period"  # stand for: one of AMOUNTS, one of PERIODS, whichever the file has
HUNDREDTHS = (CREDIT, "factor", "dollar", "point")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Quantity(NamedTuple):
    """Dated whole amounts: hundredths for amounts of a measure and factors, whole units else.

    Bounds are in the written unit. ``parts`` says how many of what is counted make one, where the unit alone does not.
    ``keyed`` is ``from`` when a value holds from its day on, ``at`` when it holds for the cut-off on that day only.
    """

    unit: str
    least: int = 0
    most: int = 10_000_000
    keyed: str = "from"
    parts: int = 0

    @property
    def scale(self) -> int:
        """How many of what is counted inside make one written unit."""
        return self.parts or (100 if self.unit in HUNDREDTHS else 1)


class Word(NamedTuple):
    """Dated choices: one of ``words``, or any word where there are none."""

    words: tuple[str, ...] = ()
    keyed: str = "from"


class Text(NamedTuple):
    """Plain undated text, or one of ``words`` if there are any."""

    words: tuple[str, ...] = ()


class Day(NamedTuple):
    """One plain day."""


class Source(NamedTuple):
    """The short name of a source of the file."""


class Raw(NamedTuple):
    """Something that another reader reads: worked examples."""


class Named(NamedTuple):
    """Entries whose names the plan chooses, at most ``most`` of them."""

    each: "Shape"
    most: int = 60


class Section(NamedTuple):
    """Places with fixed names.

    Of each group in ``one_of`` exactly one must stand there, if ``exactly``; else at most one.
    """

    required: "dict[str, Shape]" = {}  # noqa: RUF012 (a NamedTuple's default, never changed)
    optional: "dict[str, Shape]" = {}  # noqa: RUF012
    one_of: tuple[str, ...] = ()


Shape = Quantity | Word | Text | Day | Source | Raw | Named | Section
Leafy = Quantity | Word

YES = Word(("true", "false"))
FREE = Word()
AMOUNT = Quantity(CREDIT)
SOME = Quantity(CREDIT, 0)
LONG = Quantity(PERIOD, 1, 20_000)
MONTHS = Quantity("month", 0, 240)
MARKS = Named(YES)
KEPT = Word(("kept", "wiped"))

_SPAN: dict[str, Shape] = {"of": Text(), "ago": Quantity(PERIOD, 0, 240)}
_LENGTH: dict[str, Shape] = {"windows": Quantity("window", 1, 24), "periods": LONG}
TESTS: dict[str, Shape] = {
    "sum": Section({"at_least": SOME}, {**_SPAN, **_LENGTH, "up_to_windows": Quantity("window", 1, 24)}),
    "average": Section({"at_least": SOME, "up_to_periods": Quantity(PERIOD, 1, 60)}, _SPAN),
    "each": Section({"at_least": SOME}, {**_SPAN, **_LENGTH}),
    "count": Section({"at_least": Quantity(PERIOD, 0, 20_000), "with_at_least": SOME}, {**_SPAN, **_LENGTH}),
    "first": Section({"at_least": SOME}, {**_SPAN, **_LENGTH}),
    "balance": Section({"at_least": SOME}),
}
FOR = Named(FREE)
ROUTE = Section(
    {},
    {
        **TESTS,
        "and": Named(Section({}, TESTS, one_of=tuple(TESTS)), most=6),
        "for": FOR,
        "reach": Section({}, {"age": Quantity("year", 0, 120), "tenure": Quantity("month", 0, 1200)}),
        "cutoff_month": Quantity("calendar_month", 1, 12),
        "gives": Section({}, {"length": LONG, "tier": FREE}),
        "title": Text(),
    },
    one_of=tuple(TESTS),
)
ROUTES = Section({"routes": Named(ROUTE, most=8)})

CREDIT_SECTION = Section(
    {
        "unit": Text(AMOUNTS),
        "counts": Word(("hours", "days", "weeks", "months", "earnings", "contributions", "fees", "points", "scale")),
        "attributed_to": Word(("work_date", "pay_date", "receipt_date", "members_choice")),
    },
    {
        "late_after": MONTHS,
        "needs": Word(("reported", "paid")),
        "unpaid_months": MONTHS,
        "only": MARKS,
        "without": MARKS,
        "multiply_by": Quantity("factor"),
        "divide_by": Quantity("factor"),
        "standard_rate": Quantity("dollar"),
        "rounding": Word(("down", "nearest", "up")),
        "late": Word(("only", "left_out")),
        "adds_to": Text(),
        "cap_per_day": AMOUNT,
        "cap_per_week": AMOUNT,
        "cap_per_month": AMOUNT,
        "cap_per_year": AMOUNT,
    },
)
BANK = Section(
    {"deposit": Word(("excess", "all")), "charge": Word(("shortfall", "fixed"))},
    {
        "of": Text(),
        "over": AMOUNT,
        "deposit_after_initial": Word(("none", "excess", "excess_over_continuing")),
        "before_cover": Word(("kept", "window")),
        "most_per_deposit": AMOUNT,
        "cap": AMOUNT,
        "cap_counts": Word(("before_charge", "after_charge")),
        "uncapped": Text(),
        "amount": AMOUNT,
        "floor": AMOUNT,
        "used_for": Word(("continuing", "always")),
        "may_buy": FREE,
        "most_per_use": AMOUNT,
        "all_or_nothing": Word(("true",)),
        "when_short": KEPT,
        "while_lapsed": Word(("kept", "forfeited")),
        "expires_after": Quantity(PERIOD, 1, 240),
        "idle_after": Quantity(PERIOD, 1, 240),
        "idle_means": Word(("no_credits", "no_cover", "neither")),
        "stops_clock": MARKS,
        "misses": Quantity("test", 1, 60),
        "forfeit_on": MARKS,
        "blocked_by": MARKS,
        "overflow": Word(("lost", "general_fund", "second_bank")),
    },
)
SECOND_BANK = Section(
    {"title": Text(), "deposit": Word(("overflow", "award")), "charge": Word(("shortfall", "fixed", "none"))},
    {
        "unit": Text(AMOUNTS),
        "cap": AMOUNT,
        "amount": AMOUNT,
        "award": Named(Section({"from": AMOUNT, "points": Quantity("point", 0, 1000)}), most=12),
    },
)
DISABILITY = Section(
    {
        "for": Word(("enrolled",)),
        "credit_per_week": Quantity(CREDIT, 1),
        "counted_with": Word(("hours_worked", "nothing")),
        "claim_within": Quantity("day", 0, 3660),
        "not_consecutive": YES,
        "once_per_claim": YES,
        "order": Word(("after_bank",)),
        "combined_with_bank": Word(("false",)),
    }
)
RELIEF = Section(
    {
        "title": Text(),
        "cite": Source(),
        "gives": Text(("hours", "cobra", "credit", "waiver")),
        "for": Word(("enrolled", "everyone"), keyed="at"),
    },
    {
        "adopted": Day(),
        "up_to": Quantity(CREDIT, 0, keyed="at"),
        "by_decision_up_to": Quantity(CREDIT, 0, keyed="at"),
        "adds": Quantity(CREDIT, 0, keyed="at"),
        "months": Quantity(PERIOD, 1, 60, keyed="at"),
        "at_least": Quantity(CREDIT, 0, keyed="at"),
        "after_bank": Word(("true", "false"), keyed="at"),
        "standing": Word(("lapsed",), keyed="at"),
        "not_after": Word(("disability",), keyed="at"),
    },
)
TOP_UP = Section(
    {"for": Word(("enrolled", "always"))},
    {
        "most_short": AMOUNT,
        "most_short_percent": Quantity("percent", 0, 100),
        "least_counted": AMOUNT,
        "after_bank": Word(("yes", "no")),
        "price": Quantity("dollar"),
        "flat": Quantity("dollar"),
        "most_in_a_row": Quantity("test", 1, 240),
        "rearm": AMOUNT,
        "title": Text(),
    },
)
COVERAGE = Section(
    {"length": LONG},
    {
        "aligned_to": Quantity("month", 1, 12),
        "aligned_month": Quantity("calendar_month", 1, 12),
        "aligned_at_least": Quantity("month", 1, 24),
        "not_while": MARKS,
        "grace_days": Quantity("day", 1, 60),
        "retroactive": Word(("yes", "no")),
        "ends_on": MARKS,
        "gates": Named(Section({}, {k: v for k, v in TESTS.items() if k != "balance"}, one_of=tuple(TESTS)), most=10),
    },
)

PLAN = Section(
    {
        "plan": Text(),
        "title": Text(),
        "kind": Text(("health",)),
        "credit": Named(CREDIT_SECTION, most=4),
        "calendar": Section(
            {
                "cutoffs": Text(),
                "window": LONG,
                "lag": Quantity(PERIOD, 1, 400),
                "every": LONG,
                "values_of": Word(("cutoff", "cover_start")),
            },
            {
                "starting": Quantity("calendar_month", 1, 12),
                "cycle": Word(("everyone", "own", "contract_end")),
            },
        ),
        "qualify": Section({}, {"any": ROUTES, "initial": ROUTES, "continuing": ROUTES, "lapsed": ROUTES}),
        "consumption": Word(("window", "exact", "none")),
        "coverage": COVERAGE,
        "levers": Named(Text()),
    },
    {
        "bank": BANK,
        "second_bank": SECOND_BANK,
        "lapse": Section({}, {"initial_after": LONG, "every": LONG, "lockout": LONG}),
        "carry": Section({"at_least": AMOUNT, "share": Quantity("percent", 1, 100)}, {"of": Text(), "for": FOR}),
        "disability": DISABILITY,
        "relief": Named(RELIEF),
        "top_up": Named(TOP_UP, most=4),
        "indexes": Named(Quantity(CREDIT)),
        "facts": Named(Text()),
        "open": Named(Text()),
        "statutes": Named(Source()),
        "examples": Raw(),
    },
)
