"""A determination read as sentences, each with the rule it rests on, its source and its status.

This module chooses words, never outcomes: every figure in a sentence stands in the working. A sentence is written so
that a crew member understands it and an administrator can check it: ``rule`` is the path of the term in the terms file,
``lines`` the numbers of the ledger lines that were counted.
"""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from rules import stages, ticks
from rules.calendar import Cite
from rules.determine import Determination, Period
from rules.evaluate import Line
from rules.units import written


class Reason(NamedTuple):
    """One sentence of an explanation. ``status`` is stated, assumed or disputed."""

    text: str
    rule: str
    cite: Cite
    status: str
    lines: tuple[int, ...] = ()


def explain(found: Determination, lines: Sequence[Line]) -> list[Reason]:
    """Give the reasons of a determination, the outcome first, then what it rests on, then what comes next."""
    sentences = _Sentences(found, lines)
    sentences.outcome()
    sentences.standing()
    sentences.bank()
    sentences.calendar()
    sentences.coming()
    return sentences.reasons


def long_day(day: datetime.date) -> str:
    """Write a day as people say it: 24 April 2021."""
    return f"{day.day} {day:%B %Y}"


def span(period: Period) -> str:
    """Write a period as people say it."""
    return f"{long_day(period.first)} to {long_day(period.last)}"


class _Sentences:
    """The sentences of one determination, in the order in which they were added."""

    def __init__(self, found: Determination, lines: Sequence[Line]) -> None:
        self.found, self.terms, self.row = found, found.terms, found.record
        self.cutoff = found.terms.chart.cutoffs[found.tick]
        self.counted = tuple(line.number for line in lines if found.qualifying.first <= line.day <= self.cutoff)
        self.reasons: list[Reason] = []

    def say(self, text: str, rule: str, *, day: datetime.date | None = None, counted: bool = False) -> None:
        """Add a sentence that rests on a term; what is not plainly stated there is told with it."""
        value = self.terms.on(rule, day or self.cutoff)
        if value.status != "stated":
            text = f"{text} ({value.status}: {value.note})"
        self.reasons.append(Reason(text, rule, value.cite, value.status, self.counted if counted else ()))

    def outcome(self) -> None:
        """Say whether there is cover, and by which test."""
        found, row = self.found, self.row
        hours = f"{written(found.counted)} hours were reported for {span(found.qualifying)}"
        standing = "initial" if row.initial else "continuing"
        needed = self.terms.route(standing) + ".sum.at_least"
        purpose = "start" if row.initial else "keep"
        required = f"{written(found.required)} are needed to {purpose} cover"
        covered = f"so there is cover from {span(found.benefit)}" if found.benefit else ""
        match row.route:
            case stages.INITIAL | stages.HOURS:
                self.say(f"{hours}; {required}, {covered}.", needed, counted=True)
            case stages.BANK:
                self.say(f"{hours}; {required}, so {written(found.short)} were short.", needed, counted=True)
                text = f"The bank of hours held {written(found.bank_before)}: {written(found.drawn)} were drawn"
                self.say(f"{text}, {covered}.", "bank.all_or_nothing")
                if self.terms.has("bank.requires"):
                    self.say("The member counts as available for work.", "bank.requires")
            case stages.DISABILITY:
                credit = written(self.terms.amount("disability.credit_per_week", self.cutoff))
                self.say(f"{hours}; {required}, so {written(found.short)} were short.", needed, counted=True)
                text = f"{row.weeks} weeks of disability in that time are credited at {credit} hours each, {covered}."
                self.say(text, "disability.credit_per_week")
                self.say("The claim came in time.", "disability.claim_within")
                together = self.terms.word("disability.counted_with", self.cutoff) == "hours_worked"
                text = "are counted together" if together else "are not added up"
                self.say(f"Hours worked and the disability credit {text}.", "disability.counted_with")
            case stages.RELIEF | stages.COBRA:
                self.say(f"{hours}; {required}, so {written(found.short)} were short.", needed, counted=True)
                self.relief(covered)
            case _:
                text = f"{hours}; {required}, so {written(found.short)} are short and there is no cover"
                self.say(f"{text} on {long_day(found.on)}.", needed, counted=True)
                if found.bank_before and not row.initial:
                    text = f"The bank of hours held {written(found.bank_before)}, which did not make up the shortfall"
                    self.say(f"{text} or could not be used.", "bank.all_or_nothing")
                    self.say("Those hours stay in the bank.", "bank.when_short")

    def relief(self, covered: str) -> None:
        """Say which relief order helped and how."""
        name = ticks.order_of(self.terms, self.cutoff)
        assert name is not None
        order, row = self.terms.relief[name], self.row
        if row.route == stages.COBRA:
            self.say(f"Relief order {order.title!r} gives no-cost COBRA, {covered}.", f"relief.{name}.months")
            return
        text = f"Relief order {order.title!r} adds the {written(int(row.credit))} hours that are missing"
        if row.drawn:
            text += f" once the {written(int(row.drawn))} banked hours are used"
        up_to = f"relief.{name}.up_to"
        by_decision = row.credit > self.terms.amount(up_to, self.cutoff)
        self.say(f"{text}, {covered}.", f"relief.{name}.by_decision_up_to" if by_decision else up_to)
        if row.drawn:
            self.say("Relief comes after the bank.", f"relief.{name}.after_bank")

    def standing(self) -> None:
        """Say why the initial or the continuing number applied."""
        row, months = self.row, self.terms.amount("lapse.initial_after", self.cutoff)
        if row.standing == stages.NEVER:
            rule = self.terms.route("initial") + ".sum.up_to_windows"
            most = self.terms.amount(rule, self.cutoff)
            text = "There was no earlier cover, so the number to start cover applies, in one qualifying period"
            self.say(f"{text} or up to {most} in a row." if most > 1 else f"{text}.", rule)
        elif row.standing == stages.LAPSED and row.initial:
            text = f"Earlier cover ended {months} months ago or more, so the number to start cover applies again."
            self.say(text, "lapse.initial_after")
            if row.bank_before:
                self.say(f"The bank still holds {written(int(row.bank_before))}.", "bank.while_lapsed")
        elif row.standing == stages.LAPSED:
            text = f"Cover had ended less than {months} months before: the number to keep cover is tested every month."
            self.say(text, "lapse.tested")

    def bank(self) -> None:
        """Say what went into the bank, and why nothing did."""
        found, row = self.found, self.row
        if not self.terms.has("bank"):
            return
        if row.route == stages.INITIAL:
            over = found.counted - self.terms.amount(self.terms.route("continuing") + ".sum.at_least", self.cutoff)
            if found.added:
                text = f"{written(found.added)} hours went into the bank, which holds {written(found.bank_after)}."
                self.say(text, "bank.deposit_after_initial")
            elif over > 0:
                self.say("Hours that start cover add nothing to the bank.", "bank.deposit_after_initial")
        elif row.route == stages.HOURS and found.counted > found.required:
            over = found.counted - found.required
            text = f"{written(found.added)} of the {written(over)} hours over went into the bank"
            if found.added < over:
                self.say(f"{text}, which is then full at {written(found.bank_after)}.", "bank.cap")
            else:
                self.say(f"{text}, which holds {written(found.bank_after)}.", "bank.deposit")

    def calendar(self) -> None:
        """Say where the qualifying period comes from; a cut-off that no source states makes it assumed."""
        found, chart = self.found, self.terms.chart
        months = int(self.row.windows) * self.terms.amount("calendar.window", self.cutoff)
        ends = (found.tick - months, found.tick)
        inferred = [place for place in ends if place < 0 or not chart.stated[place]]
        start = ticks.lay(self.terms).starts[found.tick]
        text = (
            f"The qualifying period {span(found.qualifying)} feeds the benefit period that starts on {long_day(start)}"
        )
        if inferred:
            days = " and ".join(long_day(chart.cutoffs[max(place, 0)]) for place in inferred)
            text += f" (assumed: the cut-offs of {days} are inferred by rule, not read in the plan's chart)"
        place = inferred[0] if inferred else found.tick
        status = "assumed" if inferred else "stated"
        self.reasons.append(Reason(f"{text}.", "calendar.cutoffs", chart.cites[max(place, 0)], status))

    def coming(self) -> None:
        """Say what the next test needs."""
        ahead = self.found.next
        day = self.terms.chart.cutoffs[ahead.tick]
        have = f"For cover from {span(ahead.benefit)} there are {written(ahead.so_far)} hours so far"
        initial = ahead.initial
        rule = self.terms.route("initial" if initial else "continuing") + ".sum.at_least"
        if not ahead.needed:
            text = f"{have}, which is enough."
        else:
            text = (
                f"{have} of {written(ahead.required)}; {written(ahead.needed)} are needed by {long_day(ahead.earn_by)}"
            )
            text += ", or the bank makes up the difference." if ahead.bank_would_cover else "."
        self.say(text, rule, day=day)
