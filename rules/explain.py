"""A determination read as sentences, each with the rule it rests on, its source and its status.

This module chooses words, never outcomes: every figure in a sentence stands in the working. A sentence is written so
that a crew member understands it and an administrator can check it: ``rule`` is the path of the term in the terms file,
``lines`` the numbers of the ledger lines that were counted. Sentences about the outcome itself are in
:mod:`rules.outcome`; here are those about standing, bank, calendar and what comes next.
"""

import datetime
from collections.abc import Sequence

from rules import facts as fact_rules
from rules import stages
from rules.determine import Determination
from rules.evaluate import Fact, Line
from rules.laying import KINDS
from rules.outcome import Outcome, Reason, long_day, span
from rules.units import written

__all__ = ["Reason", "explain", "long_day", "span"]

LOST = {
    stages.BY_EVENT: ("bank.forfeit_on", "because of what was recorded about the member"),
    stages.BY_LAPSE: ("bank.while_lapsed", "because cover had ended too long ago"),
    stages.BY_AGE: ("bank.expires_after", "because they had been there too long"),
    stages.BY_IDLENESS: ("bank.idle_after", "because nothing had happened for too long"),
}


def explain(found: Determination, lines: Sequence[Line], facts: Sequence[Fact] = ()) -> list[Reason]:
    """Give the reasons of a determination, the outcome first, then what it rests on, then what comes next."""
    sentences = _Sentences(found, lines, facts)
    sentences.outcome()
    sentences.standing()
    sentences.bank()
    sentences.second_bank()
    sentences.more()
    sentences.calendar()
    sentences.coming()
    return sentences.reasons


class _Sentences(Outcome):
    """All sentences of one determination, in the order in which they were added."""

    def standing(self) -> None:
        """Say why the initial or the continuing number applied."""
        row, found = self.row, self.found
        if not row.due or found.slot < 0:
            return
        if row.standing == stages.NEVER:
            rule = self.test(found.slot) + ".up_to_windows"
            most = self.terms.amount(rule, self.day, self.who) if self.terms.given(rule, self.day, self.who) else 1
            text = "There was no earlier cover, so the number to start cover applies"
            text += f", in one qualifying period or up to {most} in a row." if most > 1 else "."
            self.say(text, rule if most > 1 else f"{self.test(found.slot)}.at_least")
        elif row.standing == stages.LAPSED and row.initial:
            months, unit = self.terms.amount("lapse.initial_after", self.day, self.who), self.chart.unit
            text = f"Earlier cover ended {months} {unit}s ago or more, so the number to start cover applies again."
            self.say(text, "lapse.initial_after")
            if row.bank_before and self.terms.has("bank.while_lapsed"):
                self.say(f"The bank still holds {written(int(row.bank_before))}.", "bank.while_lapsed")
        elif row.standing == stages.LAPSED and self.terms.given("lapse.initial_after", self.day, self.who):
            months, unit = self.terms.amount("lapse.initial_after", self.day, self.who), self.chart.unit
            text = (
                f"Cover had ended less than {months} {unit}s before: the number to keep cover is tested every {unit}."
            )
            self.say(text, "lapse.every" if self.terms.has("lapse.every") else "lapse.initial_after")
            if row.bank_before and self.terms.has("bank.while_lapsed"):
                self.say("The bank outlives the end of cover.", "bank.while_lapsed")

    def bank(self) -> None:
        """Say what the bank lost, what went in and what was taken out."""
        found, row = self.found, self.row
        if not self.terms.has("bank") or not row.due:
            return
        units = self.units("bank")
        if row.lost and int(row.lost_by) in LOST:
            rule, why = LOST[int(row.lost_by)]
            if rule == "bank.forfeit_on":
                rule = f"{rule}.{self.terms.below(rule)[0]}"
            self.say(f"Before this test the bank lost {written(int(row.lost))} {units}, {why}.", rule)
        if self.through:
            self.charged(units)
        elif row.route == stages.INITIAL:
            if found.added:
                text = f"{written(found.added)} {units} went into the bank, which holds {written(found.bank_after)}."
                self.say(text, "bank.deposit_after_initial")
            elif self.terms.word("bank.deposit_after_initial", self.day, self.who) == "none":
                self.say("Hours that start cover add nothing to the bank.", "bank.deposit_after_initial")
        elif row.route == stages.HOURS and found.counted > found.required:
            over = int(row.added + row.overflow)
            text = f"{written(found.added)} of the {written(over)} {units} over went into the bank, which holds"
            if row.overflow:
                cap = written(self.terms.amount("bank.cap", self.day, self.who)).removesuffix(".00")
                self.say(f"{text} {written(found.bank_after)} and takes in no more than {cap}.", "bank.cap")
            elif over:
                self.say(f"{text} {written(found.bank_after)}.", "bank.deposit")
        elif found.short and not row.initial and found.opening is not None:
            day = self.laid.days[found.opening]
            text = f"The hours that started cover on {long_day(self.laid.starts[found.opening])} had added nothing"
            self.say(f"{text} to the bank.", "bank.deposit_after_initial", day=day)

    def charged(self, units: str) -> None:
        """Say what went through a bank that every credit goes through."""
        found, row = self.found, self.row
        text = f"{written(found.added)} {units} went into the bank"
        if found.drawn:
            text += f" and {written(found.drawn)} were taken out for cover"
        self.say(f"{text}; it holds {written(found.bank_after)}.", "bank.amount" if found.drawn else "bank.deposit")
        if row.overflow:
            self.say(f"{written(int(row.overflow))} {units} found no room in it.", "bank.cap")

    def second_bank(self) -> None:
        """Say what the second bank holds and whether it helped."""
        found = self.found
        if not self.terms.has("second_bank") or not (found.second_before or found.second_after):
            return
        title = self.terms.texts["second_bank.title"]
        text = f"{title}: {written(found.second_before)} before this test, {written(found.second_after)} after it."
        helped = found.bought and self.row.route == stages.BANK
        self.say(text, "second_bank.charge" if helped else "second_bank.deposit")

    def more(self) -> None:
        """Say what else belongs to the answer.

        Its tier, grace, what relief or a carry added, and the benefits that have a test of their own.
        """
        found, row = self.found, self.row
        if found.tier and found.slot >= 0:
            self.say(f"It is cover of the tier {found.tier}.", self.test(found.slot).rpartition(".")[0] + ".gives.tier")
        if found.grace and found.benefit:
            text = f"Cover that was not renewed is shown until {long_day(found.benefit.last)}, because"
            self.say(f"{text} reports come in late.", "coverage.grace_days")
        if row.gift:
            self.gifts()
        if row.carried:
            self.say(f"{written(int(row.carried))} of what counts were carried from the test before.", "carry.share")
        for name, holds in found.gates.items():
            kind = self.terms.below(f"coverage.gates.{name}")[0]
            words = "is part of it" if holds else "is not part of it: its own test does not hold"
            self.say(f"{name.replace('_', ' ').capitalize()} {words}.", f"coverage.gates.{name}.{kind}.at_least")

    def gifts(self) -> None:
        """Say what relief orders credited, and which: those that add something within the period."""
        first, last = self.found.qualifying
        text = f"{written(int(self.row.gift))} of what counts were credited by relief order"
        for name, order in self.terms.relief.items():
            path = f"relief.{name}.adds"
            leaf = self.terms.leaves.get(path)
            days = [day for day in leaf.values if first <= day <= last] if leaf else []
            if days:
                self.say(f"{text} {order.title!r}.", path, day=days[-1])
                text = "This order is for the period too:"

    def calendar(self) -> None:
        """Say where the qualifying period comes from; a cut-off that no source states makes it assumed."""
        found, chart = self.found, self.chart
        last = found.tick
        if found.slot >= 0:
            variant = fact_rules.variant_on(self.terms, self.facts, self.cutoff)
            last -= int(self.laid.laid.tests[variant, found.tick, found.slot].ago)
        ends = (last - int(self.row.periods), last)
        inferred = [max(place, 0) for place in ends if place < 0 or not chart.stated[place]]
        text = f"The qualifying period runs from {span(found.qualifying)}"
        if not chart.cites:
            self.say(f"{text}.", "calendar.window")
        else:
            if inferred:
                days = " and ".join(long_day(chart.cutoffs[place]) for place in inferred)
                cut_offs = f"the cut-offs of {days} are" if len(inferred) > 1 else f"the cut-off of {days} is"
                text += f" (assumed: {cut_offs} inferred by rule, not read in the plan's chart)"
            cite = chart.cites[inferred[0] if inferred else found.tick]
            self.reasons.append(Reason(f"{text}.", "calendar.cutoffs", cite, "assumed" if inferred else "stated"))
        self.say(f"It counts for cover from {long_day(self.laid.starts[found.tick])}.", "calendar.lag")

    def coming(self) -> None:
        """Say what the next test needs."""
        ahead, on = self.found.next, self.found.on
        if ahead is None or ahead.slot < 0:
            return
        test = self.test(ahead.slot)
        kind, units = test.rpartition(".")[2], self.units("bank" if test.endswith(".balance") else test)
        rule, day = f"{test}.at_least", self.laid.days[ahead.tick]
        where = "in the bank" if kind == "balance" else "so far"
        figure = {"average": "an average of ", "each": "in the weakest period ", "count": "periods: "}.get(kind, "")
        have = f"For cover from {span(ahead.benefit)} there are {figure}{written(ahead.so_far)} {units} {where}"
        if not ahead.needed:
            self.say(f"{have}, which is enough.", rule, day=day)
            return
        text = f"{have} of {written(ahead.required)}"
        if ahead.bank_would_cover:
            text += f"; the bank makes up the {written(ahead.needed)} that are missing."
        else:
            missing = f"{written(ahead.needed_with_bank)} more"
            if ahead.needed_with_bank < ahead.needed:
                missing += f" beside the {written(ahead.bank)} in the bank"
            if ahead.earn_by >= on:
                text += f"; {missing} are needed by {long_day(ahead.earn_by)}."
            else:
                text += f"; {missing} were needed by {long_day(ahead.earn_by)}, so cover ends with"
                text += f" {long_day(ahead.benefit.first - datetime.timedelta(days=1))} unless {units} of that time are"
                text += " still reported."
        self.say(text, rule, day=day)


assert KINDS[stages.BALANCE] == "balance"
