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
from rules.evaluate import Fact, Line
from rules.units import written


class Reason(NamedTuple):
    """One sentence of an explanation. ``status`` is stated, assumed or disputed."""

    text: str
    rule: str
    cite: Cite
    status: str
    lines: tuple[int, ...] = ()


def explain(found: Determination, lines: Sequence[Line], facts: Sequence[Fact] = ()) -> list[Reason]:
    """Give the reasons of a determination, the outcome first, then what it rests on, then what comes next."""
    sentences = _Sentences(found, lines, facts)
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

    def __init__(self, found: Determination, lines: Sequence[Line], facts: Sequence[Fact]) -> None:
        self.found, self.terms, self.row = found, found.terms, found.record
        self.cutoff = found.terms.chart.cutoffs[found.tick]
        after = found.used_through or datetime.date.min
        first = max(found.qualifying.first, min(after, self.cutoff) + datetime.timedelta(days=1))
        self.counted = tuple(line.number for line in lines if first <= line.day <= self.cutoff)
        self.disabled = any(
            fact.kind == "disability" and fact.first_day <= self.cutoff and fact.last_day >= found.qualifying.first
            for fact in facts
        )
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
        hours = f"{written(found.counted)} hours count for {span(found.qualifying)}"
        needed = self.route("initial" if row.initial else "continuing")
        required = f"{written(found.required)} are needed to {'start' if row.initial else 'keep'} cover"
        covered = f"so there is cover from {span(found.benefit)}" if found.benefit else ""
        if row.route in (stages.INITIAL, stages.HOURS):
            self.say(f"{hours}; {required}, {covered}.", needed, counted=True)
        elif found.benefit:
            self.say(f"{hours}; {required}, so {written(found.short)} were short.", needed, counted=True)
        else:
            text = f"{hours}; {required}, so {written(found.short)} are short and there is no cover"
            self.say(f"{text} on {long_day(found.on)}.", needed, counted=True)
        self.used_hours()
        self.changed_number(needed)
        match row.route:
            case stages.BANK:
                text = f"The bank of hours held {written(found.bank_before)}: {written(found.drawn)} were drawn"
                self.say(f"{text}, {covered}.", "bank.all_or_nothing")
                if self.terms.has("bank.requires"):
                    self.say("The member counts as available for work.", "bank.requires")
            case stages.DISABILITY:
                self.disability(covered)
            case stages.RELIEF | stages.COBRA:
                self.relief(covered)
            case stages.NONE if not row.initial:
                self.no_help()

    def route(self, standing: str) -> str:
        """The path of the number that a standing has to reach."""
        return self.terms.route(standing) + ".sum.at_least"

    def used_hours(self) -> None:
        """Say that hours of the period have bought cover before, where there are such hours."""
        used = self.found.used_through
        if used and self.found.qualifying.first <= used:
            text = f"Hours up to {long_day(used)} had already bought cover and do not count again."
            self.say(text, "consumption")

    def changed_number(self, needed: str) -> None:
        """Say which number counts where it changed within the period."""
        before = self.terms.on(needed, self.found.qualifying.first)
        if before.amount != self.found.required:
            text = f"The number changed from {before.text} during the period; the one in force on its last day counts."
            self.say(text, "calendar.values_of")

    def disability(self, covered: str) -> None:
        """Say how a disability extended cover."""
        credit = written(self.terms.amount("disability.credit_per_week", self.cutoff))
        text = f"{self.row.weeks} weeks of disability in that time are credited at {credit} hours each, {covered}."
        self.say(text, "disability.credit_per_week")
        self.say("The claim came in time.", "disability.claim_within")
        together = self.terms.word("disability.counted_with", self.cutoff) == "hours_worked"
        text = "are counted together" if together else "are not added up"
        self.say(f"Hours worked and the disability credit {text}.", "disability.counted_with")

    def no_help(self) -> None:
        """Say why neither bank nor disability nor relief made up the shortfall."""
        found, row = self.found, self.row
        if found.bank_before >= found.short > 0:
            text = (
                f"The bank held {written(found.bank_before)}, which would have been enough, but the plan has recorded"
            )
            self.say(f"{text} that the member was not available for work.", "bank.requires")
        elif found.bank_before:
            text = f"The bank of hours held {written(found.bank_before)}, which does not make up the shortfall."
            self.say(text, "bank.all_or_nothing")
        if found.bank_before:
            kept = found.bank_after == found.bank_before
            self.say("Those hours stay in the bank." if kept else "Those hours are lost.", "bank.when_short")
        if row.standing != stages.COVERED:
            return
        if self.disabled:
            text = "A disability in that time did not extend cover: its whole weeks were too few, the claim came too"
            text += " late or had been used before, or the cover that ended was such an extension itself."
            self.say(text, "disability.claim_within")
        name = ticks.order_of(self.terms, self.cutoff)
        if name is not None:
            rule = f"relief.{name}." + ("up_to" if self.terms.relief[name].gives == "hours" else "at_least")
            value = self.terms.on(rule, self.cutoff)
            limit = "adds no more than" if rule.endswith("up_to") else "asks for at least"
            text = f"Relief order {self.terms.relief[name].title!r} {limit} {value.text} hours"
            self.say(f"{text} and does not reach this case.", rule)
        self.say("From now on the number to keep cover is tested every month.", "lapse.tested")

    def relief(self, covered: str) -> None:
        """Say which relief order helped and how."""
        name = ticks.order_of(self.terms, self.cutoff)
        assert name is not None
        order, row = self.terms.relief[name], self.row
        if row.route == stages.COBRA:
            self.say(f"Relief order {order.title!r} gives no-cost COBRA, {covered}.", f"relief.{name}.months")
            if self.terms.has(f"relief.{name}.standing"):
                text = "This is no active cover: the member is tested every month, like anybody whose cover has ended."
                self.say(text, f"relief.{name}.standing")
        else:
            text = f"Relief order {order.title!r} adds the {written(int(row.credit))} hours that are missing"
            if row.drawn:
                text += f" once the {written(int(row.drawn))} banked hours are used"
            up_to = f"relief.{name}.up_to"
            by_decision = row.credit > self.terms.amount(up_to, self.cutoff)
            self.say(f"{text}, {covered}.", f"relief.{name}.by_decision_up_to" if by_decision else up_to)
            if row.drawn:
                self.say("Relief comes after the bank.", f"relief.{name}.after_bank")
        if self.terms.has(f"relief.{name}.at_least"):
            least = self.terms.on(f"relief.{name}.at_least", self.cutoff)
            self.say(f"It asks for at least {least.text} hours worked and banked.", f"relief.{name}.at_least")

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
            if row.bank_before:
                self.say("The bank outlives the end of cover.", "bank.while_lapsed")

    def bank(self) -> None:
        """Say what went into the bank, and why nothing did."""
        found, row = self.found, self.row
        if not self.terms.has("bank"):
            return
        if row.route == stages.INITIAL:
            if found.added:
                text = f"{written(found.added)} hours went into the bank, which holds {written(found.bank_after)}."
                self.say(text, "bank.deposit_after_initial")
            elif found.counted > self.terms.amount(self.route("continuing"), self.cutoff):
                self.say("Hours that start cover add nothing to the bank.", "bank.deposit_after_initial")
        elif row.route == stages.HOURS and found.counted > found.required:
            over = found.counted - found.required
            text = f"{written(found.added)} of the {written(over)} hours over went into the bank, which holds"
            if found.added < over:
                cap = self.terms.on("bank.cap", self.cutoff).text
                self.say(f"{text} {written(found.bank_after)} and takes in no more than {cap}.", "bank.cap")
            else:
                self.say(f"{text} {written(found.bank_after)}.", "bank.deposit")
        elif found.short and not row.initial and found.opening is not None:
            day = self.terms.chart.cutoffs[found.opening]
            start = long_day(ticks.lay(self.terms).starts[found.opening])
            text = f"The hours that started cover on {start} had added nothing to the bank."
            self.say(text, "bank.deposit_after_initial", day=day)

    def calendar(self) -> None:
        """Say where the qualifying period comes from; a cut-off that no source states makes it assumed."""
        found, chart = self.found, self.terms.chart
        months = int(self.row.windows) * self.terms.amount("calendar.window", self.cutoff)
        ends = (found.tick - months, found.tick)
        inferred = [max(place, 0) for place in ends if place < 0 or not chart.stated[place]]
        text = f"The qualifying period runs from {span(found.qualifying)}"
        if inferred:
            days = " and ".join(long_day(chart.cutoffs[place]) for place in inferred)
            cut_offs = f"the cut-offs of {days} are" if len(inferred) > 1 else f"the cut-off of {days} is"
            text += f" (assumed: {cut_offs} inferred by rule, not read in the plan's chart)"
        cite = chart.cites[inferred[0] if inferred else found.tick]
        self.reasons.append(Reason(f"{text}.", "calendar.cutoffs", cite, "assumed" if inferred else "stated"))
        start = ticks.lay(self.terms).starts[found.tick]
        self.say(f"It counts for cover from {long_day(start)}.", "calendar.lag")

    def coming(self) -> None:
        """Say what the next test needs."""
        ahead, on = self.found.next, self.found.on
        if ahead is None:
            return
        have = f"For cover from {span(ahead.benefit)} there are {written(ahead.so_far)} hours so far"
        rule = self.route("initial" if ahead.initial else "continuing")
        day = self.terms.chart.cutoffs[ahead.tick]
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
                text += f" {long_day(ahead.benefit.first - datetime.timedelta(days=1))} unless hours of that time are"
                text += " still reported, and every month is tested from then on."
        self.say(text, rule, day=day)
