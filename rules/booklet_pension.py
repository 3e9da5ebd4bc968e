"""A pension's booklet, first half: the years that count, service, taking part, vesting, and breaks in service."""

import datetime
from collections.abc import Callable

from rules import checking
from rules.booklet_cover import by_day
from rules.booklet_teller import Teller
from rules.booklet_words import capital, number, plain, quantity, service_name, spoken, words
from rules.booklet_work import measure_words
from rules.leaves import Value

YEARS = {
    "calendar_year": "Service is counted by calendar years.",
    "plan_year": "Service is counted by plan years of twelve months.",
    "from_hire": "Service is counted by years of your own: each begins on the day of the year on which you were hired.",
}
CUMULATIVE = {
    "true": "These years follow the sum of all your work since the first year that has some, not each year by itself: "
    "a year adds what the sum comes to now, less what it came to before.",
    "false": "Each year is counted by itself.",
}
OWN_AVERAGE = {
    "true": "If your own monthly average of the twelve calendar months before was more, that is added instead.",
    "false": "Your own average of earlier months does not matter for this.",
}
ENTRY = {
    "same_year": "You take part from the beginning of that year.",
    "next_year": "You take part from the beginning of the year after it.",
}
EARLIER = {
    "lost": "The years before you take part credit nothing.",
    "counts": "The years before you take part credit as much as later ones.",
}
REPAIR = {
    "any_year": "A year that is no break repairs the breaks before it.",
    "service_year": "Only a year that credits a whole year of the service that vests repairs the breaks before it; "
    "until then nobody becomes vested.",
}
OR_SERVICE = {
    "true": "If you have more years of the service that vests than that, it takes as many breaks as these years.",
    "false": "How many years of service you have does not matter for this.",
}
WHEN = {
    "reached": "Everything is lost as soon as there are as many breaks.",
    "exceeded": "Everything is lost only when there are more breaks than that.",
}
MORE = {"exceeded": "As many breaks as that lose nothing yet."}
BEGINS = ("for the year that begins on {}", "for the years that begin on {}")


def years(t: Teller) -> None:
    """The years that service is counted by."""
    t.choose("calendar.years", YEARS)
    if t.given("calendar.starting"):
        t.say(f"Such a year begins on the first day of {t.amount('calendar.starting')}.")
    t.say("Where a number has changed, the one in force on the first day of the year decides for the whole year.")
    t.section("calendar", "Measuring: the years that count")


def service(t: Teller) -> None:
    """Each kind of service: what so much work in a year is credited with, and the limits on it."""
    names = t.terms.below("service")
    for name in names:
        path = f"service.{name}"
        title = t.text(f"{path}.title")
        if len(names) > 1 and name == names[0]:
            t.say("This is the service that is meant where nothing else is said.")
        routes = t.terms.below(f"{path}.routes")
        if len(routes) > 1:
            t.say(f"There are {spoken(len(routes))} ways to be credited. The one that gives most counts.")
        for route in routes:
            _route(t, f"{path}.routes.{route}", len(routes) > 1)
        t.choose(f"{path}.cumulative", CUMULATIVE)
        _limits(t, path)
        t.section(path, f"Service: {title}")


def _route(t: Teller, path: str, several: bool) -> None:
    """One way to be credited, step by step."""
    title = plain(path.rpartition(".")[2])
    if f"{path}.title" in t.terms.texts:
        title, several = t.text(f"{path}.title"), True
    steps = t.terms.below(f"{path}.steps")
    of = measure_words(t, path)
    for name in steps:
        step = f"{path}.steps.{name}"
        key = f"{step}.per" if t.terms.has(f"{step}.per") else f"{step}.gives"
        if not (t.given(f"{step}.from", step) and t.given(key, step)):
            continue
        start = t.amount(f"{step}.from", lambda value: _start(t, value))
        with_so_much = f"{capital(title)}: with" if several else "With"
        if key.endswith(".gives"):
            t.say(f"{with_so_much} {start}{of} in a year you are credited with {t.amount(key)}.")
        else:
            every = f"one year for every {t.amount(key)}, parts of a year included"
            t.say(f"{with_so_much} {start}{of} in a year you are credited with {every}.")
    if len(steps) > 1:
        t.say("Of these steps the last one that you reach holds.", more=True)


def _start(t: Teller, value: Value) -> str:
    return f"any number of {value.unit}s" if value.amount == 0 else f"{words(t.terms, value)} or more"


def _limits(t: Teller, path: str) -> None:
    """What no year, and all years together, can exceed."""
    together = "true" in checking.words_of(t.terms, f"{path}.cumulative")
    if t.given(f"{path}.round_down_to"):
        what = "What all years come to" if together else "What a year credits"
        t.say(f"{what} is rounded down to a multiple of {t.amount(f'{path}.round_down_to')}.")
    if t.given(f"{path}.most_per_year"):
        most = t.amount(f"{path}.most_per_year")
        since = "No more than {} is credited for each year since the first one." if together else ""
        t.say(since.format(most) or f"No year credits more than {most}.")
    if t.given(f"{path}.most"):
        t.say(f"All years together credit no more than {t.amount(f'{path}.most')}.")


def imputed(t: Teller) -> None:
    """States in which months count although nobody works."""
    for state in t.terms.below("imputed"):
        path = f"imputed.{state}"
        of = measure_words(t, path)
        if t.given(f"{path}.per_month", path):
            adds = t.amount(f"{path}.per_month")
            held = f'Every whole calendar month in which "{plain(state)}" is recorded of you'
            t.say(f"{held} adds {adds}{of}, on its last day.")
            t.choose(f"{path}.own_average", OWN_AVERAGE)
    t.section("imputed", "Months that count without work")


def participation(t: Teller) -> None:
    """Who takes part, and from when on."""
    if not t.terms.has("participation"):
        t.say("You take part from the first year in which you have any work on.")
    elif t.given("participation.at_least", "participation"):
        of = measure_words(t, "participation")
        t.say(f"To take part you need a year with {t.amount('participation.at_least')}{of} or more.")
        t.choose("participation.entry", ENTRY)
        t.choose("participation.earlier_service", EARLIER)
        t.say("Nobody is vested before taking part, and no year before that is a break in service.")
    t.section("participation", "Taking part")


def vesting(t: Teller) -> None:
    """What is vested, after how many years."""
    if not t.terms.has("vesting"):
        return
    t.say("What is vested is yours for good: it can no longer be lost.")
    for name in t.terms.below("vesting.steps"):
        path = f"vesting.steps.{name}"
        if t.given(f"{path}.after", path) and t.given(f"{path}.gives", path):
            after = t.amount(f"{path}.after")
            t.say(f"With {after}{service_words(t, 'vesting')} you are vested {t.amount(f'{path}.gives', _vested)}.")
    if "vesting.also.of" in t.terms.texts and t.given("vesting.also.at_least", "vesting.also"):
        title = service_name(t.terms, t.text("vesting.also.of"))
        t.say(f'Besides, each of these asks for {t.amount("vesting.also.at_least")} of "{title}".')
    if t.given("vesting.at_age"):
        t.say(f"Whoever takes part is vested in full at the age of {t.amount('vesting.at_age')}.")
    t.section("vesting", "Vesting")


def _vested(value: Value) -> str:
    return "in full" if value.amount == 100 * value.scale else f"to {quantity(value)}"


def service_words(t: Teller, path: str) -> str:
    """Which service is meant: by its title where the plan has several."""
    named = f"{path}.of" in t.terms.texts
    name = t.text(f"{path}.of") if named else checking.service(t.terms, path)
    several = len(t.terms.below("service")) > 1
    return f' of "{service_name(t.terms, name)}"' if several else " of service"


def breaks(t: Teller) -> None:
    """When a year is a break in service, what repairs it, and what a row of them costs."""
    if not t.terms.has("breaks"):
        return
    t.say("A year can be a break in service only once it is over, and only if you take part and had work before it.")
    limits = t.terms.below("breaks.under")
    if len(limits) > 1:
        t.say(f"It is one only if {'both' if len(limits) == 2 else f'all {spoken(len(limits))}'} of these hold.")
    for name in limits:
        path = f"breaks.under.{name}"
        of = measure_words(t, path)
        if not t.given(f"{path}.less_than", path):
            continue
        less = t.amount(f"{path}.less_than")
        over = f"{path}.over"
        together = t.amount(over, _together) if t.holds(over) else "it"
        t.say(f"A year is a break in service if you have less than {less}{of} in {together}.")
        if not t.holds(over):
            t.given(over)
    t.marks("breaks.stops", "A year in which {names} is recorded of you on any day is no break.")
    t.choose("breaks.repair", REPAIR)
    if t.given("breaks.permanent.years", "breaks.permanent"):
        more = checking.words_of(t.terms, "breaks.permanent.when") == {"exceeded"}
        count = ("more than " if more else "") + t.amount("breaks.permanent.years", _in_a_row)
        what = "service, what you have earned, and taking part; you start anew"
        t.say(f"As long as nothing is vested, {count} cost you everything: {what}.")
        t.choose("breaks.permanent.or_service", OR_SERVICE)
        t.choose("breaks.permanent.when", MORE if more else WHEN)
    t.section("breaks", "Breaks in service")
    for name in t.terms.below("breaks.exempt"):
        _exempt(t, f"breaks.exempt.{name}")


def _together(value: Value) -> str:
    return "it" if value.amount == 1 else f"it and the years before it, {quantity(value)} together"


def _in_a_row(value: Value) -> str:
    return f"{number(value)} break{'' if value.amount == 1 else 's'} in a row"


def _exempt(t: Teller, path: str) -> None:
    """Years that cannot be breaks, and for whom."""
    title, cite = t.text(f"{path}.title"), t.terms.cites.get(f"{path}.cite")
    whole: set[datetime.date] = set(t.terms.leaves[f"{path}.for"].values)
    conditions = any(f"{path}.{key}" in t.terms.leaves for key in EXEMPT if key != "for")
    for key, phrase in EXEMPT.items():
        leaf = t.terms.leaves.get(f"{path}.{key}")
        if leaf is not None:
            t.hold(leaf.path)
            said = _for_some if key == "for" and conditions else phrase
            text = by_day(leaf, said, set() if key == "for" else whole, BEGINS)
            t.say(text, cites=(cite,) if cite else ())
    t.section(path, f"Years that are no breaks: {title}")


def _for_some(_: Value) -> str:
    """What is said of an exemption that has conditions."""
    return "there is no break in service for those who meet what follows,"


EXEMPT: dict[str, Callable[[Value], str]] = {
    "for": lambda _: "there is no break in service, for anybody,",
    "breaks_before": lambda value: f"you must have had at least {_in_a_row(value)} before that year",
    "next_at_least": lambda value: f"you must have at least {quantity(value)} in the year after that year",
}
