"""A determination read as sentences, each with the rule it rests on, its source and its status.

This module chooses words, never outcomes: every figure in a sentence stands in the working. A sentence is written so
that a crew member understands it and an administrator can check it: ``rule`` is the path of the term in the terms file,
``lines`` the numbers of the ledger lines that were counted.
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
from rules.laying import KINDS, plan_of
from rules.units import written

LOST = {
    stages.BY_EVENT: ("bank.forfeit_on", "because of what was recorded about the member"),
    stages.BY_LAPSE: ("bank.while_lapsed", "because cover had ended too long ago"),
    stages.BY_AGE: ("bank.expires_after", "because they had been there too long"),
    stages.BY_IDLENESS: ("bank.idle_after", "because nothing had happened for too long"),
}


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
    sentences.second_bank()
    sentences.more()
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
        self.found, self.terms, self.row, self.facts = found, found.terms, found.record, facts
        self.chart, self.laid = found.terms.chart, ticks.lay(found.terms)
        self.cutoff = self.chart.cutoffs[found.tick]
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
        value = self.terms.on(rule, day or self.cutoff, self.who)
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
                text = f"The bank of {self.units('bank')} held {written(found.bank_before)}: {written(found.drawn)} were"
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
                return f"An average of {counted} {units} a {unit} counts for {days}; {required} are needed to {goal} cover"
            case "each":
                return f"Each {unit} of {days} has {counted} {units} or more; {required} are needed to {goal} cover"
            case "count":
                least = self.terms.on(f"{test}.with_at_least", self.cutoff, self.who).text
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
        now = self.terms.on(needed, self.cutoff, self.who)
        if (before.amount, before.times) != (now.amount, now.times):
            which = "on its last day" if self.terms.word("calendar.values_of", self.cutoff) == "cutoff" else "when cover begins"
            text = f"The number changed from {before.text} during the period; the one in force {which} counts."
            self.say(text, "calendar.values_of")

    def disability(self, covered: str) -> None:
        """Say how a disability extended cover."""
        credit = written(self.terms.amount("disability.credit_per_week", self.cutoff, self.who))
        units = self.units("disability")
        text = f"{self.row.weeks} weeks of disability in that time are credited at {credit} {units} each, {covered}."
        self.say(text, "disability.credit_per_week")
        self.say("The claim came in time.", "disability.claim_within")
        together = self.terms.word("disability.counted_with", self.cutoff) == "hours_worked"
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
            often = self.terms.on("lapse.every", self.cutoff)
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
                if state in (fact.kind, fact.name)
                and fact.first_day <= self.laid.starts[found.tick] <= fact.last_day
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
        if self.terms.given(f"{path}.flat", self.cutoff, self.who):
            return f" for {written(self.terms.amount(f'{path}.flat', self.cutoff, self.who))} dollars"
        if self.terms.given(f"{path}.price", self.cutoff, self.who):
            price = self.terms.amount(f"{path}.price", self.cutoff, self.who)
            total = (short * price + 50) // 100
            return f" at {written(price)} dollars each, which is {written(total)} dollars for {written(short)}"
        return ""

    def top_up(self, covered: str) -> None:
        """Say which top-up filled the shortfall."""
        path = plan_of(self.terms).tops[int(self.row.top_up)]
        bought = int(self.row.bought)
        drawn = f" once the {written(int(self.row.drawn))} in the bank were used" if self.row.drawn and not self.through else ""
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

    def standing(self) -> None:
        """Say why the initial or the continuing number applied."""
        row, found = self.row, self.found
        if not row.due or found.slot < 0:
            return
        if row.standing == stages.NEVER:
            rule = self.test(found.slot) + ".up_to_windows"
            most = self.terms.amount(rule, self.cutoff, self.who) if self.terms.given(rule, self.cutoff, self.who) else 1
            text = "There was no earlier cover, so the number to start cover applies"
            text += f", in one qualifying period or up to {most} in a row." if most > 1 else "."
            self.say(text, rule if most > 1 else f"{self.test(found.slot)}.at_least")
        elif row.standing == stages.LAPSED and row.initial:
            months, unit = self.terms.amount("lapse.initial_after", self.cutoff, self.who), self.chart.unit
            text = f"Earlier cover ended {months} {unit}s ago or more, so the number to start cover applies again."
            self.say(text, "lapse.initial_after")
            if row.bank_before and self.terms.has("bank.while_lapsed"):
                self.say(f"The bank still holds {written(int(row.bank_before))}.", "bank.while_lapsed")
        elif row.standing == stages.LAPSED and self.terms.given("lapse.initial_after", self.cutoff, self.who):
            months, unit = self.terms.amount("lapse.initial_after", self.cutoff, self.who), self.chart.unit
            text = f"Cover had ended less than {months} {unit}s before: the number to keep cover is tested every {unit}."
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
            text = f"{written(found.added)} {units} went into the bank"
            if found.drawn:
                text += f" and {written(found.drawn)} were taken out for cover"
            self.say(f"{text}; it holds {written(found.bank_after)}.", "bank.amount" if found.drawn else "bank.deposit")
            if row.overflow:
                self.say(f"{written(int(row.overflow))} {units} found no room in it.", "bank.cap")
        elif row.route == stages.INITIAL:
            if found.added:
                text = f"{written(found.added)} {units} went into the bank, which holds {written(found.bank_after)}."
                self.say(text, "bank.deposit_after_initial")
            elif self.terms.word("bank.deposit_after_initial", self.cutoff, self.who) == "none":
                self.say("Hours that start cover add nothing to the bank.", "bank.deposit_after_initial")
        elif row.route == stages.HOURS and found.counted > found.required:
            over = int(row.added + row.overflow)
            text = f"{written(found.added)} of the {written(over)} {units} over went into the bank, which holds"
            if row.overflow:
                cap = written(self.terms.amount("bank.cap", self.cutoff, self.who)).removesuffix(".00")
                self.say(f"{text} {written(found.bank_after)} and takes in no more than {cap}.", "bank.cap")
            elif over:
                self.say(f"{text} {written(found.bank_after)}.", "bank.deposit")
        elif found.short and not row.initial and found.opening is not None:
            day = self.chart.cutoffs[found.opening]
            text = f"The hours that started cover on {long_day(self.laid.starts[found.opening])} had added nothing to the"
            self.say(f"{text} bank.", "bank.deposit_after_initial", day=day)

    def second_bank(self) -> None:
        """Say what the second bank holds and whether it helped."""
        found = self.found
        if not self.terms.has("second_bank") or not (found.second_before or found.second_after):
            return
        title = self.terms.texts["second_bank.title"]
        text = f"{title}: {written(found.second_before)} before this test, {written(found.second_after)} after it."
        self.say(text, "second_bank.charge" if found.bought and self.row.route == stages.BANK else "second_bank.deposit")

    def more(self) -> None:
        """Say what else belongs to the answer: tier, grace, what relief or a carry added, benefits of their own test."""
        found, row = self.found, self.row
        if found.tier and found.slot >= 0:
            self.say(f"It is cover of the tier {found.tier}.", self.test(found.slot).rpartition(".")[0] + ".gives.tier")
        if found.grace and found.benefit:
            text = f"Cover that was not renewed is shown until {long_day(found.benefit.last)}, because reports come in late."
            self.say(text, "coverage.grace_days")
        if row.gift:
            orders = [name for name, order in self.terms.relief.items() if order.gives == "credit"]
            path = f"relief.{orders[0]}.adds"
            day = next(iter(self.terms.leaves[path].values))
            self.say(f"{written(int(row.gift))} of what counts were credited by relief orders.", path, day=day)
        if row.carried:
            self.say(f"{written(int(row.carried))} of what counts were carried from the test before.", "carry.share")
        for name, holds in found.gates.items():
            kind = self.terms.below(f"coverage.gates.{name}")[0]
            words = "is part of it" if holds else "is not part of it: its own test does not hold"
            self.say(f"{name.replace('_', ' ').capitalize()} {words}.", f"coverage.gates.{name}.{kind}.at_least")

    def calendar(self) -> None:
        """Say where the qualifying period comes from; a cut-off that no source states makes it assumed."""
        found, chart = self.found, self.chart
        last = found.tick if found.slot < 0 else found.tick - int(
            self.laid.laid.tests[fact_rules.variant_on(self.terms, self.facts, self.cutoff), found.tick, found.slot].ago
        )
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
        rule, day = f"{test}.at_least", self.chart.cutoffs[ahead.tick]
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
