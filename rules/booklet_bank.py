"""The booklet's middle: the bank, the second bank, what is carried over, and paying the difference."""

from rules import checking
from rules.booklet_teller import Teller
from rules.booklet_words import capital, plain
from rules.booklet_work import charged, measure_words

DEPOSIT = {
    "excess": "What you have over the number required goes into the bank.",
    "all": "Everything that counts goes into the bank.",
}
FIRST_DEPOSIT = {
    "none": "The test that starts your cover puts nothing into the bank.",
    "excess": "The test that starts your cover puts in what is over the number required, like any other test.",
    "excess_over_continuing": "The test that starts your cover puts in what is over the number that keeps cover.",
}
BEFORE_COVER = {
    "kept": "It goes in from the first of it on, also before you have cover.",
    "window": "Before you have cover nothing goes in; what the test that starts it has counted goes in then.",
}
CAP_COUNTS = {
    "before_charge": "The maximum is applied before the same test's charge is taken out.",
    "after_charge": "The same test's charge makes room under the maximum.",
}
CHARGE = {
    "shortfall": "When you have less than the number required, the bank makes up what is missing.",
    "fixed": "Cover is paid for by a charge to the bank, the same each time.",
}
USED_FOR = {
    "continuing": "The bank does not help to start cover.",
    "always": "The bank helps to start cover as well as to keep it.",
}
WHEN_SHORT = {
    "kept": "A bank that is too small to help stays as it is.",
    "wiped": "A bank that was too small to help is lost.",
}
WHILE_LAPSED = {
    "kept": "The bank outlives the end of cover.",
    "forfeited": "Once cover has ended, the bank is lost as soon as you have to start anew.",
}
IDLE = {
    "no_credits": "A bank is idle while nothing comes in.",
    "no_cover": "A bank is idle while its owner, once covered, is without cover.",
    "neither": "A bank is idle while nothing comes in and its owner is without cover, both at once.",
}
OVERFLOW = {
    "lost": "What the maximum keeps out is lost.",
    "general_fund": "What the maximum keeps out goes to the general fund of the plan.",
    "second_bank": "What the maximum keeps out goes into the second bank.",
}
SECOND_DEPOSIT = {
    "overflow": "It takes what the maximum of the bank keeps out.",
    "award": "It takes points: each time you gain cover by your own work, as many as your credits earn.",
}
SECOND_CHARGE = {
    "shortfall": "To keep cover, this one makes up what is still missing after the bank, if it can make up all of it.",
    "fixed": "When you would lose cover, it buys the whole cover at a fixed price.",
    "none": "It buys no cover here; it is only counted.",
}
TOP_UP_FOR = {
    "enrolled": "You can pay for what is missing to keep cover that would end.",
    "always": "You can pay for what is missing, also to start cover or to regain it.",
}
TOP_UP_BANK = {
    "yes": "What the bank holds is used up first.",
    "no": "The bank is not touched by it.",
}


def bank(t: Teller) -> None:
    """The bank, in the order in which it works."""
    if not t.terms.has("bank"):
        return
    everything = "all" in checking.words_of(t.terms, "bank.deposit")
    of = measure_words(t, "bank")
    t.choose(
        "bank.deposit",
        {word: f"{text[:-1]}{f' (it holds what counts{of})' if of else ''}." for word, text in DEPOSIT.items()},
    )
    _going_in(t)
    t.choose("bank.charge", CHARGE)
    _coming_out(t, everything)
    _losing(t)
    t.section("bank", "The bank")


def _going_in(t: Teller) -> None:
    if t.given("bank.over"):
        t.say(f"Only what is over {t.amount('bank.over')} is put in, whatever the number required.")
    t.choose("bank.deposit_after_initial", FIRST_DEPOSIT)
    t.choose("bank.before_cover", BEFORE_COVER)
    if t.given("bank.most_per_deposit"):
        t.say(f"One test puts in no more than {t.amount('bank.most_per_deposit')}.")
    if t.given("bank.cap"):
        t.say(f"The bank is filled up to {t.amount('bank.cap')} and no further; nothing that is in it is taken away.")
    t.choose("bank.cap_counts", CAP_COUNTS)
    if "bank.uncapped" in t.terms.texts:
        t.say(f'What counts as "{plain(t.text("bank.uncapped"))}" goes in too, whatever the maximum.')
    t.choose("bank.overflow", OVERFLOW)


def _coming_out(t: Teller, everything: bool) -> None:
    if t.given("bank.amount"):
        t.say(f"The charge each time cover is given: {t.amount('bank.amount')}, or what is left if there is less.")
    if t.given("bank.floor"):
        floor = t.amount("bank.floor")
        if everything:
            t.say(f"A test of the balance asks for the charge and {floor} more{charged(t)}, so that this stays in it.")
        else:
            t.say(f"At least {floor} must stay in it.")
    t.choose("bank.used_for", USED_FOR)
    if t.given("bank.may_buy"):
        t.say(f"The bank can buy the tier {t.amount('bank.may_buy')} and no other.")
    if t.given("bank.most_per_use"):
        t.say(f"No more than {t.amount('bank.most_per_use')} may be drawn at one test.")
    t.choose("bank.all_or_nothing", {"true": "The bank is drawn on only if it makes up everything that is missing."})
    t.marks("bank.blocked_by", "The bank is not used for cover that begins while {names} is recorded of you.")


def _losing(t: Teller) -> None:
    t.choose("bank.when_short", WHEN_SHORT)
    t.choose("bank.while_lapsed", WHILE_LAPSED)
    if t.given("bank.expires_after"):
        after = t.amount("bank.expires_after")
        t.say(f"What was put in is gone {after} later, unless it was used before; the oldest is used first.")
    if t.given("bank.idle_after"):
        t.say(f"A bank that is idle for {t.amount('bank.idle_after')} in a row is lost.")
    t.choose("bank.idle_means", IDLE)
    t.marks("bank.stops_clock", "Time in which {names} is recorded of you is left out of this count.")
    if t.given("bank.misses"):
        t.say(f"The bank is lost after {t.amount('bank.misses')} failed in a row.")
    t.marks("bank.forfeit_on", "The bank is lost after the event {names}.")


def second_bank(t: Teller) -> None:
    """The second bank: overflow of the first, or points."""
    if not t.terms.has("second_bank"):
        return
    title = t.text("second_bank.title")
    if "second_bank.unit" in t.terms.texts:
        t.text("second_bank.unit")
    t.choose("second_bank.deposit", SECOND_DEPOSIT)
    for step in t.terms.below("second_bank.award"):
        path = f"second_bank.award.{step}"
        if t.given(f"{path}.from"):
            t.say(f"With {t.amount(f'{path}.from')} or more you earn {t.amount(f'{path}.points')}.")
    if t.given("second_bank.cap"):
        t.say(f"It holds no more than {t.amount('second_bank.cap')}.")
    t.choose("second_bank.charge", SECOND_CHARGE)
    if t.given("second_bank.amount"):
        t.say(f"Cover bought by it costs {t.amount('second_bank.amount')}.")
    t.section("second_bank", f"The second bank: {title}")


def carried(t: Teller) -> None:
    """What a good period carries over to the next test."""
    if not t.terms.has("carry"):
        return
    of = measure_words(t, "carry")
    if t.given("carry.at_least"):
        t.say(f"Who gains cover by {t.amount('carry.at_least')}{of} or more carries a part over to the next test.")
    if t.given("carry.share"):
        t.say(f"{capital(t.amount('carry.share'))} of what was counted is carried over, and gone after that test.")
    for attribute in t.terms.below("carry.for"):
        if t.given(f"carry.for.{attribute}"):
            word = t.amount(f"carry.for.{attribute}")
            t.say(f'This is only for those of whom "{plain(attribute)}" is recorded as {word}.')
    t.section("carry", "What is carried over to the next test")


def paying(t: Teller) -> None:
    """Paying the difference, in the order in which the ways to pay are tried."""
    for name in t.terms.below("top_up"):
        path = f"top_up.{name}"
        titled = f"{path}.title" in t.terms.texts
        title = t.text(f"{path}.title") if titled else plain(name)
        t.choose(f"{path}.for", TOP_UP_FOR)
        if t.given(f"{path}.most_short"):
            t.say(f"No more than {t.amount(f'{path}.most_short')} may be missing.")
        if t.given(f"{path}.most_short_percent"):
            t.say(f"No more than {t.amount(f'{path}.most_short_percent')} of the number required may be missing.")
        if t.given(f"{path}.least_counted"):
            t.say(f"At least {t.amount(f'{path}.least_counted')} must be there without it.")
        t.choose(f"{path}.after_bank", TOP_UP_BANK)
        if t.given(f"{path}.price"):
            t.say(f"You pay {t.amount(f'{path}.price')} for each {_unit(t)} that is missing.")
        if t.given(f"{path}.flat"):
            t.say(f"You pay {t.amount(f'{path}.flat')}, however much is missing.")
        if t.given(f"{path}.most_in_a_row"):
            t.say(f"This helps at no more than {t.amount(f'{path}.most_in_a_row')} in a row.")
        if t.given(f"{path}.rearm"):
            t.say(
                f"The count of these begins anew after a test whose own period had {t.amount(f'{path}.rearm')} or more."
            )
        same = title.lower() == "paying the difference"
        t.section(path, title if same else f"Paying the difference: {title}")


def _unit(t: Teller) -> str:
    return t.terms.texts[f"credit.{checking.measure(t.terms, 'top_up')}.unit"]
