"""What may stand in a terms file of the kind ``pension``, and where: service credit and what it leads to, as data.

The primitive of the field notes (b, 12): computation years, credit by steps, participation, vesting, breaks in service
and their repair, exemptions, benefit and account. ``docs/pension-terms.md`` says what each key means.
"""

from rules.shape import (
    AMOUNT,
    CREDIT,
    CREDIT_SECTION,
    MARKS,
    SOME,
    YES,
    Named,
    Quantity,
    Raw,
    Section,
    Shape,
    Source,
    Text,
    Word,
)

PARTS_OF_A_YEAR = 10_000  # service is counted in ten-thousandths of a year, rates in those of a cent
YEARS = Quantity("year", 0, 1_000, parts=PARTS_OF_A_YEAR)
WHOLE_YEARS = Quantity("year", 0, 120)
RATE = Quantity("cent", 0, 100_000, parts=PARTS_OF_A_YEAR)
PERCENT = Quantity("percent", 0, 100, parts=100)
OF: dict[str, Shape] = {"of": Text()}

STEP = Section({"from": SOME}, {"gives": YEARS, "per": AMOUNT}, one_of=("gives", "per"))
SERVICE = Section(
    {"title": Text(), "routes": Named(Section({"steps": Named(STEP, most=12)}, {**OF, "title": Text()}), most=4)},
    {"cumulative": YES, "round_down_to": YEARS, "most_per_year": YEARS, "most": YEARS},
)
PARTICIPATION = Section(
    {"at_least": SOME, "entry": Word(("same_year", "next_year"))},
    {**OF, "earlier_service": Word(("counts", "lost"))},
)
VESTING = Section(
    {"steps": Named(Section({"after": YEARS, "gives": PERCENT}), most=12)},
    {**OF, "at_age": WHOLE_YEARS, "also": Section({"of": Text(), "at_least": YEARS})},
)
EXEMPT = Section(
    {"title": Text(), "cite": Source(), "for": Word(("everyone",), keyed="at")},
    {
        "breaks_before": Quantity("year", 0, 120, keyed="at"),
        "next_at_least": Quantity(CREDIT, 0, keyed="at"),
    },
)
BREAKS = Section(
    {"under": Named(Section({"less_than": SOME}, {**OF, "over": Quantity("year", 1, 5)}), most=4)},
    {
        "permanent": Section({"years": WHOLE_YEARS}, {"or_service": YES, "when": Word(("reached", "exceeded"))}),
        "repair": Word(("any_year", "service_year")),
        "exempt": Named(EXEMPT, most=12),
        "stops": MARKS,
    },
)
IMPUTED = Section({"per_month": SOME}, {**OF, "own_average": YES})
PART = Section(
    {},
    {
        **OF,
        "title": Text(),
        "rate": RATE,
        "percent": PERCENT,
        "on": Word(("earned", "leaving")),
        "only_in": Text(),
        "tier": Section({"of": Text(), "after": YEARS}, {"until": YEARS}),
    },
    one_of=("rate", "percent"),
)
BENEFIT = Section({"pays": Word(("sum", "greatest")), "parts": Named(PART, most=8)})
ACCOUNT = Section({"parts": Named(PART, most=8)})
AT_DAY = Quantity("year", 0, 1_000, keyed="at", parts=PARTS_OF_A_YEAR)
RETIREMENT = Section(
    {"title": Text(), "age": WHOLE_YEARS},
    {
        "service": Section({"at_least": YEARS}, OF),
        "total": Section({"at_least": SOME}, OF),
        "after_age": Section({"age": WHOLE_YEARS, "at_least": YEARS}, OF),
        "since": Section({"at_least": AT_DAY}, OF),
        "had_by": Section({"at_least": AT_DAY}, OF),
        "vested": YES,
    },
)

PENSION = Section(
    {
        "plan": Text(),
        "title": Text(),
        "kind": Text(("pension",)),
        "credit": Named(CREDIT_SECTION, most=4),
        "calendar": Section(
            {"years": Word(("calendar_year", "plan_year", "from_hire"))},
            {"starting": Quantity("calendar_month", 1, 12)},
        ),
        "service": Named(SERVICE, most=4),
        "levers": Named(Text()),
    },
    {
        "imputed": Named(IMPUTED, most=6),
        "participation": PARTICIPATION,
        "vesting": VESTING,
        "breaks": BREAKS,
        "benefit": BENEFIT,
        "account": ACCOUNT,
        "retirement": Named(RETIREMENT, most=8),
        "indexes": Named(Quantity(CREDIT)),
        "facts": Named(Text()),
        "open": Named(Text()),
        "statutes": Named(Source()),
        "examples": Raw(),
    },
)
