"""The outcome of a test read as sentences: whether there is cover, by which test, and what helped or did not help.

:mod:`rules.explain` builds on this for everything else that an explanation says. No module here decides anything: every
figure in a sentence stands in the working.
"""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from rules import facts as fact_rules
from rules import stages, ticks
from rules.calendar import Cite
from rules.checking import measure
from rules.determine import Determination, Period
from rules.evaluate import Fact, Line
from rules.laying import plan_of
from rules.units import written


class Reason(NamedTuple):
    """One sentence of an explanation. ``status`` is stated, assumed or disputed."""

    text: str
    rule: str
    cite: Cite
    status: str
    lines: tuple[int, ...] = ()


def long_day(day: datetime.date) -> str:
    """Write a day as people say it: 24 April 2021."""
    return f"{day.day} {day:%B %Y}"


def span(period: Period) -> str:
    """Write a period as people say it."""
    return f"{long_day(period.first)} to {long_day(period.last)}"


class Outcome:
    """The sentences about one determination's outcome, and what every sentence needs."""

    def __init__(self, found: Determination, lines: Sequence[Line], facts: Sequence[Fact]) -> None:
        self.found, self.terms, self.row, self.facts = found, found.terms, found.record, facts
        self.chart, self.laid = found.terms.chart, ticks.lay(found.terms)
        self.cutoff, self.day = self.chart.cutoffs[found.tick], self.laid.days[found.tick]
        self.who = fact_rules.who_on(self.terms, facts, self.cutoff)
        after = found.used_through or datetime.date.min
        first = max(found.qualifying.first, min(after, self.cutoff) + datetime.timedelta(days=1))
        self.counted = tuple(line.number for line in lines if first <= line.day <= found.qualifying.last)
        self.through = self.terms.has("bank") and self.laid.laid.use.through != ()
        self.disabled = any(
            fact.kind == "disability" and fact.first_day <= self.cutoff and fact.last_day >= found.qualifying.first
            for fact in facts
        )
        self.reasons: list[Reason] = []

    def test(self, slot: int) -> str:
        """The path of the main test of a slot."""
        return plan_of(self.terms).tests[slot]

    def units(self, path: str) -> str:
        """The unit of a section's measure, in the plural."""
        return f"{self.terms.texts[f'credit.{measure(self.terms, path)}.unit']}s"

    def rule(self, path: str) -> str:
        """The path of the very leaf that a member's attributes choose."""
        leaf = self.terms.leaf(path, self.who)
        return leaf.path if leaf else path

    def say(self, text: str, rule: str, *, day: datetime.date | None = None, counted: bool = False) -> None:
        """Add a sentence that rests on a term; what is not plainly stated there is told with it."""
        # A relief order's values stand under the cut-offs that they are for, all others under days.
        value = self.terms.on(rule, day or (self.cutoff if rule.startswith("relief.") else self.day), self.who)
        if value.status != "stated":
            text = f"{text} ({value.status}: {value.note})"
        lines = self.counted if counted else ()
        self.reasons.append(Reason(text, self.rule(rule), value.cite, value.status, lines))

    def outcome(self) -> None:
        """Say whether there is cover, and by which test."""
        found, row = self.found, self.row
        covered = f"so there is cover from {span(found.benefit)}" if found.benefit else ""
        if found.slot < 0:
            self.untested(covered)
            return
        test = self.test(found.slot)
        needed = f"{test}.at_least"
        sentence = self.figures(test)
        passed = row.route in (stages.INITIAL, stages.HOURS) or (row.route == stages.BANK and row.held and self.through)
        if passed and found.benefit and not (row.bought or (row.drawn and not self.through)):
            self.say(f"{sentence}, {covered}.", needed, counted=True)
        elif found.benefit:
            self.say(f"{sentence}, so {written(found.short)} were short.", needed, counted=True)
        else:
            short = f"so {written(found.short)} are short and" if found.short else "but"
            self.say(f"{sentence}, {short} there is no cover on {long_day(found.on)}.", needed, counted=True)
        self.used_hours()
        self.changed_number(needed)
        match row.route:
            case stages.BANK | stages.INITIAL if row.drawn and not self.through:
                text = (
                    f"The bank of {self.units('bank')} held {written(found.bank_before)}: {written(found.drawn)} were"
                )
                self.say(f"{text} drawn, {covered}.", "bank.all_or_nothing")
                for state in self.terms.below("bank.blocked_by"):
                    available = "The member counts as available for work."
                    other = f"Nothing is recorded that keeps the bank from being used ({state})."
                    text = available if state == "unavailable_for_work" else other
                    self.say(text, f"bank.blocked_by.{state}")
            case stages.DISABILITY:
                self.disability(covered)
            case stages.RELIEF | stages.COBRA:
                self.relief(covered)
            case stages.TOP_UP:
                self.top_up(covered)
            case stages.DECISION:
                self.say(f"The plan decided that there is cover, {covered}.", "coverage.length")
            case stages.NONE if not row.initial:
                self.no_help()
            case stages.NONE:
                self.barred()

    def untested(self, covered: str) -> None:
        """Say that no route was open to the member, or that there was no test yet."""
        if self.found.benefit:
            self.say(f"The plan decided that there is cover, {covered}.", "coverage.length")
        elif self.row.due:
            self.say("No way of qualifying is open to this member.", "calendar.every")
        else:
            self.say("The member has not come to a test yet, so there is no cover.", "calendar.every")

    def figures(self, test: str) -> str:
        """What a main test counted and what it needs, as the first half of a sentence."""
        found, unit = self.found, self.chart.unit
        kind, units = test.rpartition(".")[2], self.units("bank" if test.endswith(".balance") else test)
        counted, required = written(found.counted), written(found.required)
        goal = "start" if self.row.initial else "keep"
        days = span(found.qualifying)
        match kind:
            case "average":
                return (
                    f"An average of {counted} {units} a {unit} counts for {days}; {required} are needed to {goal} cover"
                )
            case "each":
                return f"Each {unit} of {days} has {counted} {units} or more; {required} are needed to {goal} cover"
            case "count":
                least = self.terms.on(f"{test}.with_at_least", self.day, self.who).text
                number, needed = found.counted // 100, found.required // 100
                return f"{number} {unit}s of {days} have {least} {units} or more; {needed} are needed to {goal} cover"
            case "first":
                return f"The first {unit} of {days} has {counted} {units}; {required} are needed to {goal} cover"
            case "balance":
                held = f"The bank holds {counted} {units} with what {long_day(self.cutoff)} put in"
                return f"{held}; {required} are needed to {goal} cover"
        return f"{counted} {units} count for {days}; {required} are needed to {goal} cover"

    def used_hours(self) -> None:
        """Say that credits of the period have bought cover before, where there are such credits."""
        used = self.found.used_through
        if used and self.found.qualifying.first <= used:
            units = self.units(self.test(self.found.slot)).capitalize()
            text = f"{units} up to {long_day(used)} had already bought cover and do not count again."
            self.say(text, "consumption")

    def changed_number(self, needed: str) -> None:
        """Say which number counts where it changed within the period."""
        if not self.terms.given(needed, self.found.qualifying.first, self.who):
            return
        before = self.terms.on(needed, self.found.qualifying.first, self.who)
        now = self.terms.on(needed, self.day, self.who)
        if (before.amount, before.times) != (now.amount, now.times):
            which = (
                "on its last day"
                if self.terms.word("calendar.values_of", self.cutoff) == "cutoff"
                else "when cover begins"
            )
            text = f"The number changed from {before.text} during the period; the one in force {which} counts."
            self.say(text, "calendar.values_of")

    def disability(self, covered: str) -> None:
        """Say how a disability extended cover."""
        credit = written(self.terms.amount("disability.credit_per_week", self.day, self.who))
        units = self.units("disability")
        text = f"{self.row.weeks} weeks of disability in that time are credited at {credit} {units} each, {covered}."
        self.say(text, "disability.credit_per_week")
        self.say("The claim came in time.", "disability.claim_within")
        together = self.terms.word("disability.counted_with", self.day) == "hours_worked"
        text = "are counted together" if together else "are not added up"
        self.say(f"Hours worked and the disability credit {text}.", "disability.counted_with")

    def barred(self) -> None:
        """Say what kept a member from cover apart from numbers, where something is recorded."""
        start = self.laid.starts[self.found.tick]
        for fact in self.facts:
            if fact.first_day <= start <= fact.last_day:
                if fact.kind == "decision" and fact.name == "cover_refused":
                    self.say("The plan decided that there is no cover from this test.", "coverage.length")
                if f"coverage.not_while.{fact.name}" in self.terms.leaves:
                    text = f"No test gives cover that begins while this is recorded: {fact.name.replace('_', ' ')}."
                    self.say(text, f"coverage.not_while.{fact.name}")

    def no_help(self) -> None:
        """Say why nothing made up the shortfall."""
        found, row = self.found, self.row
        self.barred()
        if self.terms.has("bank") and not self.through:
            self.idle_bank()
        for place, path in enumerate(plan_of(self.terms).tops):
            top = self.laid.laid.tops[fact_rules.variant_on(self.terms, self.facts, self.cutoff), found.tick, place]
            if found.short and top.open and (top.always or row.standing == stages.COVERED):
                units = self.units(self.test(found.slot)) if found.slot >= 0 else "credits"
                most = f" up to {written(int(top.most_short))} {units}" if top.most_short < stages.NO_LIMIT else ""
                text = f"The plan lets members pay for what is short{most}{self.price(path, found.short)}; no payment"
                self.say(f"{text} that it takes is recorded for this time.", f"{path}.for")
        if row.standing != stages.COVERED:
            return
        if self.disabled and self.terms.has("disability"):
            text = "A disability in that time did not extend cover: its whole weeks were too few, the claim came too"
            text += " late or had been used before, or the cover that ended was such an extension itself."
            self.say(text, "disability.claim_within")
        name = ticks.order_of(self.terms, self.cutoff)
        if name is not None and self.terms.relief[name].gives in ("hours", "cobra"):
            order = self.terms.relief[name]
            rule = f"relief.{name}." + ("up_to" if order.gives == "hours" else "at_least")
            rule = rule if self.terms.given(rule, self.cutoff) else f"relief.{name}.for"
            value = self.terms.on(rule, self.cutoff)
            words = {"up_to": f"adds no more than {value.text}", "at_least": f"asks for at least {value.text}"}
            limit = words.get(rule.rpartition(".")[2], "is for others")
            unit = f" {value.unit}s" if value.amount is not None else ""
            self.say(f"Relief order {order.title!r} {limit}{unit} and does not reach this case.", rule)
        if self.terms.has("lapse.every"):
            often = self.terms.on("lapse.every", self.day)
            period = f"every {self.chart.unit}" if often.text == "1" else f"every {often.text} {self.chart.unit}s"
            self.say(f"From now on the number to keep cover is tested {period}.", "lapse.every")

    def idle_bank(self) -> None:
        """Say why an excess bank did not help, and what becomes of it."""
        found = self.found
        if found.bank_before >= found.short > 0:
            text = f"The bank held {written(found.bank_before)}, which would have been enough, but"
            blocked = [
                state
                for state in self.terms.below("bank.blocked_by")
                for fact in self.facts
                if state in (fact.kind, fact.name) and fact.first_day <= self.laid.starts[found.tick] <= fact.last_day
            ]
            if "unavailable_for_work" in blocked:
                text = f"{text} the plan has recorded that the member was not available for work."
                self.say(text, "bank.blocked_by.unavailable_for_work")
            elif blocked:
                self.say(f"{text} this is recorded: {blocked[0].replace('_', ' ')}.", f"bank.blocked_by.{blocked[0]}")
            else:
                self.say(f"{text} it may not be used for this.", "bank.used_for")
        elif found.bank_before:
            text = f"The bank of {self.units('bank')} held {written(found.bank_before)}, which does not make up the"
            self.say(f"{text} shortfall.", "bank.all_or_nothing")
        if found.bank_before:
            kept = found.bank_after == found.bank_before
            self.say("Those hours stay in the bank." if kept else "Those hours are lost.", "bank.when_short")

    def price(self, path: str, short: int) -> str:
        """What so many missing units cost by a top-up, in words; nothing where the price is not known."""
        if self.terms.given(f"{path}.flat", self.day, self.who):
            return f" for {written(self.terms.amount(f'{path}.flat', self.day, self.who))} dollars"
        if self.terms.given(f"{path}.price", self.day, self.who):
            price = self.terms.amount(f"{path}.price", self.day, self.who)
            total = (short * price + 50) // 100
            return f" at {written(price)} dollars each, which is {written(total)} dollars for {written(short)}"
        return ""

    def top_up(self, covered: str) -> None:
        """Say which top-up filled the shortfall."""
        path = plan_of(self.terms).tops[int(self.row.top_up)]
        bought = int(self.row.bought)
        drawn = (
            f" once the {written(int(self.row.drawn))} in the bank were used"
            if self.row.drawn and not self.through
            else ""
        )
        text = f"The {written(bought)} that were missing{drawn} are paid for by the member{self.price(path, bought)}"
        self.say(f"{text}, {covered}.", f"{path}.for")

    def relief(self, covered: str) -> None:
        """Say which relief order helped and how."""
        name = ticks.order_of(self.terms, self.cutoff)
        assert name is not None
        order, row = self.terms.relief[name], self.row
        units = self.units("relief")
        if row.route == stages.COBRA:
            self.say(f"Relief order {order.title!r} gives no-cost COBRA, {covered}.", f"relief.{name}.months")
            if self.terms.given(f"relief.{name}.standing", self.cutoff):
                text = "This is no active cover: the member is tested every month, like anybody whose cover has ended."
                self.say(text, f"relief.{name}.standing")
        else:
            text = f"Relief order {order.title!r} adds the {written(int(row.bought))} {units} that are missing"
            if row.drawn and not self.through:
                text += f" once the {written(int(row.drawn))} banked {units} are used"
            up_to = f"relief.{name}.up_to"
            by_decision = row.bought > self.terms.amount(up_to, self.cutoff)
            self.say(f"{text}, {covered}.", f"relief.{name}.by_decision_up_to" if by_decision else up_to)
            if row.drawn and not self.through:
                self.say("Relief comes after the bank.", f"relief.{name}.after_bank")
        if self.terms.given(f"relief.{name}.at_least", self.cutoff):
            least = self.terms.on(f"relief.{name}.at_least", self.cutoff)
            self.say(f"It asks for at least {least.text} {units} worked and banked.", f"relief.{name}.at_least")
