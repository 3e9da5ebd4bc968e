"""A pension's booklet, second half: what the benefit and the account come to, and what may begin from which age."""

from collections.abc import Callable
from typing import Any

from rules import checking
from rules.booklet_pension import service_words
from rules.booklet_teller import Teller
from rules.booklet_words import capital, long_day, part_name, quantity, service_name, words
from rules.booklet_work import measure_words
from rules.leaves import Value

PAYS = {
    "sum": "Your monthly pension is the sum of these parts.",
    "greatest": "Your monthly pension is the greatest of these parts.",
}
ON = {
    "earned": "Each amount has the rate that was in force when it was earned.",
    "leaving": "All of it, also what was earned before there was a rate, has the rate in force for your last work.",
}
VESTED = {
    "true": "Some of your pension must be vested.",
    "false": "Nothing need be vested for it.",
}
DATED = {
    "since": "credited in years that begin on or after {}",
    "had_by": "credited in years that ended before {}",
}


def benefit(t: Teller) -> None:
    """The monthly pension, part by part."""
    for name in t.terms.below("benefit.parts"):
        _part(t, f"benefit.parts.{name}", "you earn a monthly amount of")
    if t.terms.has("benefit"):
        t.choose("benefit.pays", PAYS)
        t.say("It is told as earned so far: what is paid may depend on when you retire and on who is paid with you.")
    t.section("benefit", "The pension")


def account(t: Teller) -> None:
    """The account, part by part."""
    for name in t.terms.below("account.parts"):
        _part(t, f"account.parts.{name}", "you are credited with")
    if t.terms.has("account"):
        t.say("The account is the sum of these parts; what it gains or loses by investment is not reckoned here.")
    t.section("account", "The account")


def _part(t: Teller, path: str, earned: str) -> None:
    """One part: what it pays for so much of what, in which years, and by which rate."""
    title, percent = part_name(t.terms, path), t.terms.has(f"{path}.percent")
    if f"{path}.title" in t.terms.texts:
        t.text(f"{path}.title")
    unit, of = _of(t, path)
    rate = f"{path}.percent" if percent else f"{path}.rate"
    if t.given(rate, path):
        now = t.amount(rate)
        paid = f"{now} of the {unit}s{of} that count" if percent else f"{now} for each {unit}{of}"
        t.say(f"{capital(title)}: {earned} {paid}.")
        t.choose(f"{path}.on", ON)
        if f"{path}.only_in" in t.terms.texts:
            only = service_name(t.terms, t.text(f"{path}.only_in"))
            t.say(f'This counts only in years that credit something of "{only}".', more=True)
        _tier(t, f"{path}.tier")


def _of(t: Teller, path: str) -> tuple[str, str]:
    """What a part pays for: the unit, and the measure or the service where it has to be named."""
    if t.terms.texts.get(f"{path}.of") in t.terms.below("service"):
        return "year", service_words(t, path)
    return t.terms.texts[f"credit.{checking.measure(t.terms, path)}.unit"], measure_words(t, path)


def _tier(t: Teller, path: str) -> None:
    """The years in which a part counts, by the service before them."""
    if not t.terms.has(path):
        return
    of = service_words(t, path)
    if t.given(f"{path}.after", path):
        after = t.amount(f"{path}.after", lambda value: _at_least(t, value))
        text = f"This counts in years before which you had {after}{of}"
        if t.holds(f"{path}.until"):
            text += f", but less than {t.amount(f'{path}.until')}"
        t.say(f"{text}.", more=True)
        if not t.holds(f"{path}.until"):
            t.given(f"{path}.until")


def _at_least(t: Teller, value: Value) -> str:
    return "any number of years" if value.amount == 0 else f"at least {words(t.terms, value)}"


def retirement(t: Teller) -> None:
    """What may begin from which age, and what it asks for besides."""
    for name in t.terms.below("retirement"):
        path = f"retirement.{name}"
        title = t.text(f"{path}.title")
        for key, tell in CONDITIONS.items():
            if t.terms.has(f"{path}.{key}"):
                tell(t, f"{path}.{key}")
        t.section(path, f"What may begin: {title}")


def _age(t: Teller, path: str) -> None:
    if t.given(path):
        t.say(f"You must have reached the age of {t.amount(path)}.")


def _service(t: Teller, path: str) -> None:
    of = service_words(t, path)
    if t.given(f"{path}.at_least", path):
        t.say(f"You need {t.amount(f'{path}.at_least')}{of}.")


def _total(t: Teller, path: str) -> None:
    of = measure_words(t, path)
    if t.given(f"{path}.at_least", path):
        t.say(f"You need {t.amount(f'{path}.at_least')}{of} in all years together.")


def _after_age(t: Teller, path: str) -> None:
    of = service_words(t, path)
    if t.given(f"{path}.at_least", path) and t.given(f"{path}.age", path):
        least, age = t.amount(f"{path}.at_least"), t.amount(f"{path}.age")
        t.say(f"You need {least}{of} credited in years that begin on or after the day of reaching the age of {age}.")


def _dated(t: Teller, path: str) -> None:
    """Years of service in a time that a day bounds: each day with its own number."""
    of, when = service_words(t, path), DATED[path.rpartition(".")[2]]
    for leaf, whom in t.keys(f"{path}.at_least"):
        t.hold(leaf.path)
        told = [f"{_asked(t, value)}{of} {when.format(long_day(day))}" for day, value in leaf.values.items()]
        t.say(f"{capital(whom)}{': you' if whom else 'You'} need {' and '.join(told)}.")


def _asked(t: Teller, value: Value) -> str:
    return "no years" if value.ends else words(t.terms, value) if value.times else quantity(value)


def _vested(t: Teller, path: str) -> None:
    t.choose(path, VESTED)


CONDITIONS: dict[str, Callable[[Teller, str], Any]] = {
    "age": _age,
    "service": _service,
    "total": _total,
    "after_age": _after_age,
    "since": _dated,
    "had_by": _dated,
    "vested": _vested,
}
