"""The booklet's first half: what counts, how it is measured, how cover is gained and kept, and what that uses up."""

from rules import checking
from rules.booklet_teller import Remark, Teller
from rules.booklet_words import (
    MONTHS,
    TO_STANDING,
    capital,
    long_day,
    number,
    ordinal,
    plain,
    quantity,
    spoken,
    way_name,
    ways,
)
from rules.calendar import WEEKDAYS
from rules.leaves import Value

COUNTS = {
    "hours": "hours worked or guaranteed",
    "days": "days worked",
    "weeks": "weeks worked",
    "months": "months of contributions",
    "earnings": "what was earned, in dollars",
    "contributions": "employers' contributions, in dollars",
    "fees": "the number of flat fees",
    "points": "points",
    "scale": "pay at the scale rate",
}
BELONGS = {
    "work_date": "Work belongs to the day on which it was done.",
    "pay_date": "Work belongs to the day on which it was paid; until then it adds nothing.",
    "receipt_date": "Work belongs to the day on which its report was received; until then it adds nothing.",
    "members_choice": "Work belongs to the day on which you have placed it, or else to the day on which it was done.",
}
NEEDS = {
    "reported": "Work counts as soon as it is reported, paid or not.",
    "paid": "Work counts only once the employer has paid for it.",
}
ROUNDING = {
    "down": "Parts of a hundredth are rounded down, once, after all conversions.",
    "nearest": "Parts of a hundredth are rounded to the nearest one (a half goes up), once, after all conversions.",
    "up": "Parts of a hundredth are rounded up, once, after all conversions.",
}
LATE = {
    "only": "Only late lines count here: those that are moved to the day on which they were received.",
    "left_out": "Late lines, which would be moved to the day on which they were received, are left out here.",
}
CAPPED = {
    "cap_per_day": "one day",
    "cap_per_week": "one week (Sunday to Saturday)",
    "cap_per_month": "one calendar month",
    "cap_per_year": "one calendar year",
}
CYCLE = {
    "everyone": "The tests are on the same days for everyone.",
    "own": "Each member is tested by a cycle of their own, counted from the recorded start of the cycle, or else from "
    "the day of hire.",
    "contract_end": "A member is tested at the end of the period in which a contract of theirs ended.",
}
VALUES_OF = {
    "cutoff": "Where a number has changed, the one in force on the last day of the qualifying period decides.",
    "cover_start": "Where a number has changed, the one in force on the first day of the cover at stake decides.",
}
CONSUMPTION = {
    "none": "A test uses up nothing of what it has counted: the same credits count again in every later qualifying "
    "period in which they lie.",
    "window": "Once cover is given, everything up to the end of the qualifying period is used up and counts no more.",
    "exact": "Once cover is given, only as much as was required is used up, the oldest first; the rest still counts.",
}


def who_counts(t: Teller) -> None:
    """What counts, measure by measure."""
    measures = t.terms.below("credit")
    for name in measures:
        _measure(t, name)
        title = "Who counts and what counts"
        t.section(f"credit.{name}", f"{title}: {plain(name)}" if len(measures) > 1 else title)


def _measure(t: Teller, name: str) -> None:
    path = f"credit.{name}"
    unit = t.text(f"{path}.unit")
    counts = {word: f"What counts is {what}{_measured(word, unit)}." for word, what in COUNTS.items()}
    t.choose(f"{path}.counts", counts)
    t.marks(f"{path}.only", "Only work that is marked {names} counts.")
    t.marks(f"{path}.without", "Work that is marked {names} does not count.")
    t.choose(f"{path}.attributed_to", BELONGS)
    if t.given(f"{path}.late_after"):
        late = t.amount(f"{path}.late_after")
        t.say(
            f"A line that is received in a calendar month more than {late} after the month of its work belongs to the "
            "day on which it was received."
        )
    t.choose(f"{path}.late", LATE)
    t.choose(f"{path}.needs", NEEDS)
    if t.given(f"{path}.unpaid_months"):
        first = t.amount(f"{path}.unpaid_months")
        t.say(f"Unpaid work counts all the same in the first {first} of work in which you have unpaid work.")
    for key, verb in (("multiply_by", "multiplied"), ("divide_by", "divided")):
        if t.given(f"{path}.{key}"):
            t.say(f"What is reported is {verb} by {t.amount(f'{path}.{key}')}.")
    if t.given(f"{path}.standard_rate"):
        rate = t.amount(f"{path}.standard_rate")
        t.say(
            f"What is reported is multiplied by the employer's hourly rate and divided by the standard rate of {rate}; "
            "without an hourly rate it counts as it is."
        )
    t.choose(f"{path}.rounding", ROUNDING)
    for key, span in CAPPED.items():
        if t.given(f"{path}.{key}"):
            t.say(f"From {span} no more than {t.amount(f'{path}.{key}')} count; what is over is dropped.")
    if f"{path}.adds_to" in t.terms.texts:
        other = plain(t.text(f"{path}.adds_to"))
        t.say(f'What this comes to is added to "{other}" and is no measure of its own.')


def _measured(word: str, unit: str) -> str:
    same = word == f"{unit}s" or (unit == "dollar" and word in ("earnings", "contributions"))
    return "" if same else f", measured in {unit}s"


def measuring(t: Teller) -> None:
    """The calendar: periods, their cut-offs, and who is tested when."""
    chart, unit = t.terms.chart, t.terms.chart.unit
    name = t.text("calendar.cutoffs")
    remarks = []
    if chart.cites:
        inferred = len(chart.stated) - sum(chart.stated)
        text = f'Periods are the months of the chart of cut-offs "{plain(name)}", from {long_day(chart.cutoffs[0])} to'
        text += f" {long_day(chart.cutoffs[-1])}; each ends with its cut-off."
        if inferred:
            known = (
                f"{inferred} of the {len(chart.stated)} cut-offs are inferred by a rule, not read in the plan's chart."
            )
            remarks = [Remark("assumed", known)]
    elif name == "days":
        text = "Every day is a period of its own, and its own cut-off."
    elif unit == "week":
        text = f"Periods are weeks; each ends with a {_weekday(name)}, its cut-off."
    elif name == "month_end":
        text = "Periods are calendar months; each ends with its last day, the cut-off."
    else:
        text = f"Periods are months; each ends with the last {_weekday(name)} of a calendar month, the cut-off."
    t.say(text, cites=tuple(dict.fromkeys(chart.cites)), remarks=remarks)
    if t.given("calendar.window"):
        t.say(f"A qualifying period lasts {t.amount('calendar.window')} and ends with a cut-off.")
    if t.given("calendar.lag"):
        t.say(_lag(t, unit))
    if t.given("calendar.every"):
        every = t.amount("calendar.every", _every)
        t.say(f"There is a test at {every}, for those who are not yet covered beyond it.")
    if t.given("calendar.starting"):
        t.say(f"One of the tests is at the cut-off of {t.amount('calendar.starting')}.")
    t.choose("calendar.cycle", CYCLE)
    t.choose("calendar.values_of", VALUES_OF)
    t.section("calendar", "Measuring: qualifying periods and tests")


def _weekday(name: str) -> str:
    weekday = name.rpartition("_")[2]
    assert weekday in WEEKDAYS
    return weekday.capitalize()


def _every(value: Value) -> str:
    return "every cut-off" if value.amount == 1 else f"every {ordinal(value.amount or 0)} cut-off"


def _lag(t: Teller, unit: str) -> str:
    if unit == "month":
        now = t.current(t.keys("calendar.lag")[0][0])  # the same for everybody
        lag = t.amount("calendar.lag", lambda value: f"{ordinal(value.amount or 0)}")
        text = f"Cover begins on the first day of the {lag} calendar month after the month of the cut-off"
        if now and now.amount:
            month = MONTHS[now.amount % 12]
            text += f": what counts up to the cut-off of January gives cover from 1 {month}"
        return f"{text}."
    lag = t.amount("calendar.lag", lambda value: ordinal(value.amount or 0))
    return f"Cover begins with the {lag} {unit} after the cut-off."


def qualifying(t: Teller) -> None:
    """How cover is gained and kept, by standing and route."""
    again = t.terms.has("lapse.initial_after")
    groups = {
        "any": "Having cover",
        "initial": "Starting cover" + (", or starting it anew" if again else ""),
        "continuing": "Keeping cover" if t.terms.has("qualify.lapsed") else "Keeping or regaining cover",
        "lapsed": "Regaining cover that has ended",
    }
    for standing, title in groups.items():
        names = ways(t.terms, standing)
        if names:
            _whose(t, standing)
        if len(names) > 1:
            t.say(
                f"There are {spoken(len(names))} ways {TO_STANDING[standing]}. They are tried in this order, and the "
                "first that holds gives cover."
            )
        for name in names:
            route(t, standing, name, len(names) > 1)
        t.section(f"qualify.{standing}", title)


def _whose(t: Teller, standing: str) -> None:
    """Say who stands before the tests of a standing."""
    if standing == "any":
        return
    ago = t.peek("lapse.initial_after") if t.holds("lapse.initial_after") else ""
    match standing:
        case "initial":
            again = f", and again for those whose cover ended {ago} ago or longer" if ago else ""
            t.say(f"This is for those who were never covered{again}.")
        case "continuing" if not t.terms.has("qualify.lapsed"):
            less = f" less than {ago} ago" if ago else ""
            t.say(f"Those who are covered keep their cover in this way; those whose cover ended{less} regain it so.")
        case "continuing":
            t.say("This is for those who are covered.")
        case _:
            t.say(f"This is for those whose cover ended{f' less than {ago} ago' if ago else ''}.")


def route(t: Teller, standing: str, name: str, several: bool) -> None:
    """One way to have cover: its main test, what else it asks for, and what it gives."""
    path, purpose = f"qualify.{standing}.routes.{name}", TO_STANDING[standing]
    if f"{path}.title" in t.terms.texts:
        t.text(f"{path}.title")
    title = capital(way_name(t.terms, standing, name))
    main, *others = checking.tests(t.terms, path)
    asked(t, main, f"{title}: {purpose} you need" if several else f"{capital(purpose)} you need")
    for other in others:
        asked(t, other, f"This also asks ({plain(other.split('.')[5])}) for", more=True)
    for attribute in t.terms.below(f"{path}.for"):
        if t.given(f"{path}.for.{attribute}"):
            word = t.amount(f"{path}.for.{attribute}")
            t.say(f'This is only for those of whom "{plain(attribute)}" is recorded as {word}.', more=True)
    if t.given(f"{path}.reach.age"):
        t.say(f"This is only for those who have reached the age of {t.amount(f'{path}.reach.age')}.", more=True)
    if t.given(f"{path}.reach.tenure"):
        t.say(f"This is only for those hired at least {t.amount(f'{path}.reach.tenure')} before.", more=True)
    if t.given(f"{path}.cutoff_month"):
        t.say(f"This is looked at only at the cut-off of {t.amount(f'{path}.cutoff_month')}.", more=True)
    if t.given(f"{path}.gives.length"):
        t.say(f"This gives cover for {t.amount(f'{path}.gives.length')}.", more=True)
    if t.given(f"{path}.gives.tier"):
        t.say(f"This gives the tier {t.amount(f'{path}.gives.tier')}.", more=True)


def asked(t: Teller, path: str, start: str, *, more: bool = False) -> None:
    """What one test asks for, after words that say what for."""
    kind = path.rpartition(".")[2]
    if not t.given(f"{path}.at_least", path):
        return
    of = "" if kind == "balance" else measure_words(t, path)
    most = t.amount(f"{path}.at_least")
    unit = t.terms.chart.unit
    match kind:
        case "balance":
            own = t.terms.has("bank") and "all" in checking.words_of(t.terms, "bank.deposit")
            text = f"{start} {most} in the bank{', counting what this test puts in' if own else ''}."
            if own and t.holds("bank.floor"):
                text += f" It is never less than the bank's charge and {t.peek('bank.floor')} more{charged(t)}."
        case "sum":
            text = f"{start} {most}{of} in {_span(t, path)}."
        case "average":
            periods = t.amount(f"{path}.up_to_periods")
            text = (
                f"{start} an average of {most}{of} a {unit} over some number of the latest {unit}s, at most {periods}"
            )
            text += f"{_ago(t, path)}."
        case "each":
            text = f"{start} {most}{of} in each {unit} of {_span(t, path)}."
        case "count":
            least = t.amount(f"{path}.with_at_least")
            text = f"{start} {most} with {least}{of} each, in {_span(t, path)}."
        case _:
            text = f"{start} {most}{of} in the first {unit} of {_span(t, path)}."
    t.say(text, more=more)


def charged(t: Teller) -> str:
    """What the charge and the least that must stay in the bank come to together, where that is one number."""
    leaves = [leaf for path in ("bank.amount", "bank.floor") for leaf, _ in t.keys(path)]
    values = [t.current(leaf) for leaf in leaves]
    if len(leaves) != 2 or not all(values) or any(value.times for value in values if value):
        return ""
    t.peek("bank.amount")
    both = sum(value.amount or 0 for value in values if value)
    return f" (together {quantity(values[0]._replace(amount=both))})" if values[0] else ""


def measure_words(t: Teller, path: str) -> str:
    """Which measure is meant, where the plan has several and the unit alone does not say it."""
    if f"{path}.of" in t.terms.texts:
        t.text(f"{path}.of")
    standing = [name for name in t.terms.below("credit") if f"credit.{name}.adds_to" not in t.terms.texts]
    name = checking.measure(t.terms, path)
    if len(standing) < 2 or name == t.terms.texts[f"credit.{name}.unit"] + "s":
        return ""
    return f' of "{plain(name)}"' if "_" in name or "-" in name else f" of {name}"


def _span(t: Teller, path: str) -> str:
    unit = t.terms.chart.unit
    length, ago = f"{path}.periods", t.holds(f"{path}.ago")
    if t.keys(length):
        span = _bare_one(t.amount(length), unit)
        return (
            f"the {span} before the latest {_bare_one(t.amount(f'{path}.ago'), unit)}" if ago else f"the latest {span}"
        )
    window = t.peek("calendar.window")
    if window == f"one {unit}" and t.keys(f"{path}.windows"):
        return f"the latest {t.amount(f'{path}.windows', lambda value: _months(value, unit))}{_ago(t, path)}"
    if t.keys(f"{path}.up_to_windows"):
        most = t.amount(f"{path}.up_to_windows", _up_to)
        return (
            f"{most} of {window}{_ago(t, path)}"
            if "in a row" not in most
            else f"{most}, of {window} each{_ago(t, path)}"
        )
    if t.keys(f"{path}.windows"):
        many = t.amount(f"{path}.windows", _in_a_row)
        return f"{many} of {window}{' each' if 'in a row' in many else ''}{_ago(t, path)}"
    return f"one qualifying period of {window}{_ago(t, path)}"


def _bare_one(text: str, unit: str) -> str:
    return unit if text == f"one {unit}" else text


def _months(value: Value, unit: str) -> str:
    return unit if value.amount == 1 else f"{spoken(value.amount or 0)} {unit}s"


def _in_a_row(value: Value) -> str:
    return quantity(value) if value.amount == 1 else f"{quantity(value)} in a row,"


def _up_to(value: Value) -> str:
    most = value.amount or 1
    if most == 1:
        return "one qualifying period"
    return f"one qualifying period{' or' if most == 2 else ' or up to'} {number(value)} in a row (the fewest that do)"


def _ago(t: Teller, path: str) -> str:
    if not t.keys(f"{path}.ago"):
        return ""
    out = t.amount(f"{path}.ago")
    unit = t.terms.chart.unit
    return f", ending before the latest {_bare_one(out, unit)}"


def used_up(t: Teller) -> None:
    """Whether credits are used up by the cover they give."""
    t.choose("consumption", CONSUMPTION)
    t.section("consumption", "What cover uses up")
