"""What each key of a pension's terms file means, in the words of ``docs/pension-terms.md``, for whoever writes one.

The measures and what every file has are told in :mod:`rules.meanings`.
"""

from collections.abc import Mapping

from rules import meanings

OF = "The measure meant, by its name under 'credit'. Without it the first one."
OF_SERVICE = "The service meant, by its name under 'service'. Without it the first one."
LIMITS: Mapping[str, str] = {
    "calendar": "The years that service is counted by.",
    "calendar.years": "calendar_year, plan_year (with 'starting'), or from_hire: the member's own, from the day of the "
    "fact 'hired'.",
    "calendar.starting": "The month whose first day begins a plan year.",
    "imputed": "States in which months add to a measure although nobody works.",
    "imputed.*": "A state of the member, by name.",
    "imputed.*.of": OF,
    "imputed.*.per_month": "Every whole calendar month in which the state holds adds so much, on the month's last day.",
    "imputed.*.own_average": "true: the member's own monthly average of the twelve months before, if that is more.",
}
SERVICE: Mapping[str, str] = {
    "service": "The kinds of service: years that count for vesting, for the benefit. The first is the one meant where "
    "a section names none.",
    "service.*": "One kind of service.",
    "service.*.title": "What people call these years.",
    "service.*.routes": "The ways to a year of it; the best of them counts.",
    "service.*.routes.*": "One way: a measure and the steps of what so much of it in a year gives.",
    "service.*.routes.*.of": OF,
    "service.*.routes.*.title": "What people call this way.",
    "service.*.routes.*.steps": "In rising order; the last step that the year's amount reaches holds.",
    "service.*.routes.*.steps.*": "One step.",
    "service.*.routes.*.steps.*.from": "The amount in the year from which the step holds.",
    "service.*.routes.*.steps.*.gives": "So many years, whatever the amount.",
    "service.*.routes.*.steps.*.per": "The amount divided by this is the years, rounded down to a ten-thousandth.",
    "service.*.cumulative": "true: credit follows the sum of all years. It has one route with one step, with 'per'.",
    "service.*.round_down_to": "A year's credit is rounded down to a multiple of this.",
    "service.*.most_per_year": "No year credits more.",
    "service.*.most": "All years together credit no more.",
    "participation": "Who takes part. Without it everybody does, from the first year with an amount of any measure.",
    "participation.at_least": "A year with so much of the measure makes a participant.",
    "participation.entry": "same_year: from the beginning of that year; next_year: of the next one.",
    "participation.of": OF,
    "participation.earlier_service": "lost: years before entry credit nothing; counts (default): they do.",
}
VESTING: Mapping[str, str] = {
    "vesting": "When a right to what was earned can no more be lost.",
    "vesting.of": OF_SERVICE,
    "vesting.steps": "The highest step that is reached holds.",
    "vesting.steps.*": "One step.",
    "vesting.steps.*.after": "With so many years of service.",
    "vesting.steps.*.gives": "So many percent are vested.",
    "vesting.at_age": "A participant who has reached this age is vested in full.",
    "vesting.also": "Every step asks for so many years of another service besides.",
    "vesting.also.of": "The other service, by its name under 'service'.",
    "vesting.also.at_least": "So many years of it.",
    "breaks": "When a year is a one-year break in service, and what breaks cost.",
    "breaks.under": "A year is a break when all of these limits hold.",
    "breaks.under.*": "One limit.",
    "breaks.under.*.less_than": "Less than this in the year.",
    "breaks.under.*.over": "The limit is for so many of the last years together, instead of for the year.",
    "breaks.under.*.of": OF,
    "breaks.permanent": "What so many breaks in a row cost somebody with nothing vested: everything.",
    "breaks.permanent.years": "So many breaks in a row.",
    "breaks.permanent.or_service": "true: as many as there are years of vesting service, if that is more.",
    "breaks.permanent.when": "reached (default): so many are enough; exceeded: there must be more.",
    "breaks.repair": "any_year (default): a year that is no break repairs those before it; service_year: only a year "
    "that credits a whole year of the service that vests does, and until then nobody becomes vested.",
    "breaks.exempt": "Dated exemptions: years that cannot be breaks.",
    "breaks.exempt.*": "One exemption.",
    "breaks.exempt.*.title": "What people call it.",
    "breaks.exempt.*.cite": "The source of the exemption.",
    "breaks.exempt.*.for": "Under the first day of each year that it exempts: everyone.",
    "breaks.exempt.*.breaks_before": "Only for those with at least so many breaks in a row before that year.",
    "breaks.exempt.*.next_at_least": "Only for those with so much of the first measure in the year after it.",
    "breaks.stops": "A year in which one of these states holds on any day is no break.",
    "breaks.stops.*": "A state of the member, by name.",
}
PART = {
    "": "One part.",
    ".of": "The measure or the service that it pays for, by its name. Without it the first measure.",
    ".title": "What people call this part.",
    ".rate": "Cents for each unit of it.",
    ".percent": "Percent of it, where it is dollars.",
    ".on": "earned (default): each amount by the rate in force when it was earned; leaving: everything by the rate in "
    "force for the last amount that was earned.",
    ".only_in": "Counts only in years that credit something of this service.",
    ".tier": "Counts only in years before which the service was within these bounds.",
    ".tier.of": "The service meant, by its name under 'service'.",
    ".tier.after": "At least so many years before the year.",
    ".tier.until": "Less than so many years before the year.",
}
MONEY: Mapping[str, str] = {
    "benefit": "The monthly pension as earned so far.",
    "benefit.pays": "Whether the benefit is the sum or the greatest of its parts.",
    "benefit.parts": "What the benefit is made of.",
    "account": "A balance: the sum of its parts, without returns.",
    "account.parts": "What the account is made of.",
    **{f"{section}.parts.*{key}": told for section in ("benefit", "account") for key, told in PART.items()},
    "retirement": "What may begin from which age. All that an entry says must hold on the day asked about.",
    "retirement.*": "Something that may begin: a pension, retiree health.",
    "retirement.*.title": "What people call it.",
    "retirement.*.age": "From this age on, in whole years; needs the fact 'born'.",
    "retirement.*.service": "So many years of service.",
    "retirement.*.service.of": OF_SERVICE,
    "retirement.*.service.at_least": "At least so many years of it.",
    "retirement.*.total": "So much of a measure in all years together.",
    "retirement.*.total.of": OF,
    "retirement.*.total.at_least": "At least so much of it.",
    "retirement.*.after_age": "Years credited in years that begin on or after the day of reaching an age.",
    "retirement.*.after_age.of": OF_SERVICE,
    "retirement.*.after_age.age": "The age.",
    "retirement.*.after_age.at_least": "At least so many years.",
    "retirement.*.since": "Years credited in years that begin on or after a day.",
    "retirement.*.since.of": OF_SERVICE,
    "retirement.*.since.at_least": "Under the day: at least so many years.",
    "retirement.*.had_by": "Years credited in years that ended before a day.",
    "retirement.*.had_by.of": OF_SERVICE,
    "retirement.*.had_by.at_least": "Under the day: at least so many years.",
    "retirement.*.vested": "true: some percent must be vested.",
}
SECTIONS: Mapping[str, str] = {**LIMITS, **SERVICE, **VESTING, **MONEY}
KEYS: Mapping[str, str] = {**meanings.CREDIT, **meanings.PLAN, **SECTIONS}
