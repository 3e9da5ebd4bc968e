"""The booklet's last part: how long cover lasts, its end, disability, relief, and what has to be known or is not."""

import datetime
from collections.abc import Callable

from rules.booklet_teller import Teller
from rules.booklet_words import capital, ended, listed, long_day, named, plain, quantity
from rules.booklet_work import asked
from rules.leaves import Leaf, Value

RETROACTIVE = {
    "no": "Work that is reported only after the cover it would have counted for has begun belongs to the day on which "
    "its report was received.",
    "yes": "Work that is reported late still changes the answers for the past.",
}
COUNTED_WITH = {
    "hours_worked": "The credit and the hours worked in the same time are added up.",
    "nothing": "The credit has to reach the number by itself; hours worked are not added.",
}
GIVES = {
    "hours": "gives what is missing to reach the number, and no more",
    "cobra": "gives continued cover at no cost",
    "credit": "adds credits to those that count",
    "waiver": "waives the payment for what is missing",
}
RELIEF_FOR = {"enrolled": "those who had cover up to then", "everyone": "everyone"}
AT_CUTOFF = ("at the cut-off of {}", "at the cut-offs of {}")


def coverage(t: Teller) -> None:
    """How long cover lasts, what ends it, and what it holds."""
    if t.given("coverage.length"):
        t.say(f"Cover lasts {t.amount('coverage.length')} from its first day on.")
    if t.given("coverage.aligned_to"):
        apart = t.amount("coverage.aligned_to")
        t.say(f"Whatever its length, cover ends together with everyone's, on days that are {apart} apart.")
    if t.given("coverage.aligned_month"):
        month = t.amount("coverage.aligned_month")
        t.say(f"These days are counted from the last day before {month}.")
    if t.given("coverage.aligned_at_least"):
        least = t.amount("coverage.aligned_at_least")
        t.say(f"Cover that would be shorter than {least} ends on a later one of these days.")
    if t.given("coverage.grace_days"):
        t.say(f"Cover that ends and is not renewed is shown for {t.amount('coverage.grace_days')} more.")
    t.choose("coverage.retroactive", RETROACTIVE)
    unit = t.terms.chart.unit
    t.marks(
        "coverage.ends_on",
        f"Cover ends early, with the {'calendar month' if unit == 'month' else unit} in which it lies, after the event "
        "{names}. Later tests go on, and may give cover again.",
    )
    t.marks("coverage.not_while", "No test gives cover that would begin while {names} is recorded of you.")
    for gate in t.terms.below("coverage.gates"):
        path = f"coverage.gates.{gate}"
        for kind in t.terms.below(path):
            asked(t, f"{path}.{kind}", f'For the benefits "{plain(gate)}" a covered member also needs')
    t.section("coverage", "How long cover lasts")


def lapse(t: Teller) -> None:
    """What holds once cover has ended."""
    if t.given("lapse.initial_after"):
        after = t.amount("lapse.initial_after")
        t.say(f"When cover ended {after} ago or longer, you have to start anew, like those who were never covered.")
    elif not t.terms.has("qualify.any") and not t.terms.has("lapse.initial_after"):
        t.say("Who has once been covered never has to start anew, however long ago cover ended.")
    if t.given("lapse.every"):
        unit = t.terms.chart.unit
        t.say(f"Those without cover are tested {t.amount('lapse.every', lambda value: _every(value, unit))}.")
    if t.given("lapse.lockout"):
        t.say(f"Once there is a gap in cover, it can begin again only after {t.amount('lapse.lockout')} without it.")
    t.section("lapse", "When cover has ended")


def _every(value: Value, unit: str) -> str:
    return f"every {unit if value.amount == 1 else quantity(value)}"


def disability(t: Teller) -> None:
    """What disability does for cover."""
    if not t.terms.has("disability"):
        return
    t.choose("disability.for", {"enrolled": "A disability can extend cover that would end."})
    if t.given("disability.credit_per_week"):
        credit = t.amount("disability.credit_per_week")
        t.say(f"Each whole week of disability in the qualifying period is credited with {credit}.")
    t.choose("disability.counted_with", COUNTED_WITH)
    if t.given("disability.claim_within"):
        t.say(f"The claim has to be made within {t.amount('disability.claim_within')} of your last covered work.")
    t.choose(
        "disability.not_consecutive",
        {
            "true": "An extension by disability does not follow another one.",
            "false": "One extension by disability may follow another.",
        },
    )
    t.choose(
        "disability.once_per_claim",
        {"true": "Each claim extends cover once.", "false": "A claim may extend cover more than once."},
    )
    t.choose("disability.order", {"after_bank": "A bank that suffices is used first."})
    t.choose("disability.combined_with_bank", {"false": "Disability credit and the bank are not added up."})
    t.section("disability", "Disability")


def relief(t: Teller) -> None:
    """The relief orders, each for the cut-offs it names."""
    for name, order in t.terms.relief.items():
        path = f"relief.{name}"
        t.text(f"{path}.title")
        t.text(f"{path}.gives")
        adopted = f", adopted on {long_day(order.adopted)}," if order.adopted else ""
        t.say(f"This order{adopted} {GIVES[order.gives]}.", cites=(order.cite,))
        whole = set(t.terms.leaves[f"{path}.for"].values)
        for key, phrase in RELIEF.items():
            leaf = t.terms.leaves.get(f"{path}.{key}")
            if leaf is not None:
                t.hold(leaf.path)
                t.say(by_day(leaf, phrase, set() if key == "for" else whole, AT_CUTOFF))
        t.section(path, f"Relief order: {order.title}")


def _whom(value: Value) -> str:
    return f"it is for {RELIEF_FOR[value.word or '']}"


def _bank_first(value: Value) -> str:
    return "the bank is used up first" if value.word == "true" else "the bank need not be used up first"


RELIEF: dict[str, Callable[[Value], str]] = {
    "for": _whom,
    "up_to": lambda value: f"it gives up to {quantity(value)}",
    "by_decision_up_to": lambda value: (
        f"by a decision on the single case, for hours that were booked, it gives up to {quantity(value)}"
    ),
    "adds": lambda value: f"it adds {quantity(value)}",
    "months": lambda value: f"it gives cover for {quantity(value)}",
    "at_least": lambda value: f"you need at least {quantity(value)}, worked or in the bank",
    "after_bank": _bank_first,
    "standing": lambda value: f"such cover is no active cover: your standing is {value.word} all the same",
    "not_after": lambda value: f"it does not follow an extension by {value.word}",
}


def by_day(leaf: Leaf, phrase: Callable[[Value], str], whole: set[datetime.date], when: tuple[str, str]) -> str:
    """What holds on which days: ``when`` names one, or several. None is named where one thing holds on the whole."""
    grouped: dict[str, list[datetime.date]] = {}
    for day, value in leaf.values.items():
        grouped.setdefault("no rule any more" if value.ends else phrase(value), []).append(day)
    if len(grouped) == 1 and set(leaf.values) == whole:
        return ended(*grouped)
    told = [f"{text} {when[len(days) > 1].format(listed(list(map(long_day, days))))}" for text, days in grouped.items()]
    return ended("; ".join(told))


def series(t: Teller) -> None:
    """Series of amounts that other numbers follow."""
    for name in t.terms.below("indexes"):
        if t.given(f"indexes.{name}"):
            t.say(f'The series "{plain(name)}" stands at {t.amount(f"indexes.{name}")}.')
    t.section("indexes", "Series that other numbers follow")


def levers(t: Teller) -> None:
    """The numbers that people bargain over."""
    for name, path in t.terms.levers.items():
        now = t.peek(path)
        t.say(f"{capital(plain(name))}: {named(t.terms, path)}, {now if t.holds(path) else 'not in force'}.")
    t.section("levers", "Numbers to bargain over")


def law(t: Teller) -> None:
    """The laws whose floors the plan is held to."""
    for name, cite in t.terms.statutes.items():
        t.say(f"The plan is held to the floors of the law known as {plain(name)}.", cites=(cite,))
    t.section("statutes", "Floors of law")


def facts(t: Teller) -> None:
    """What has to be recorded about a member."""
    for name, text in t.terms.facts.items():
        t.say(f"{capital(plain(name))}: {ended(text)}")
    t.section("facts", "What has to be recorded about you")


def unknown(t: Teller) -> None:
    """What is not known, disputed or left to somebody's judgement."""
    for name, text in t.terms.open.items():
        t.say(f"{capital(plain(name))}: {ended(text)}")
    t.section("open", "What is not known")
