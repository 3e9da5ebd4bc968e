"""One epoch of terms (a stretch of ticks over which no value changes) as rows of whole numbers, for one variant."""

import datetime
import functools
from typing import NamedTuple

import numpy as np

from rules import checking, facts, stages
from rules.checking import measure
from rules.leaves import Leaf
from rules.stages import NO_LIMIT
from rules.terms import Terms, Who

STANDINGS = ("initial", "continuing", "lapsed")
KINDS = ("sum", "balance", "average", "each", "count", "first")  # in the order of stages.SUM and so on


def _record(names: str, size: int = 0) -> np.dtype[np.void]:
    fields = [*names.split()]
    fields += [f"spare_{place}" for place in range(len(fields), size)]
    return np.dtype([(name, np.int32) for name in fields])


# Days are proleptic ordinals, as datetime.date.toordinal gives them; a mask has a bit for each state or event named.
# What most tests read stands first, in one cache line; a record is four lines long, a test one.
TICK = _record(
    "lapse_after length consumes bank_cap bank_over bank_most_deposit bank_most_use bank_floor bank_may_buy "
    "bank_always "
    "deposit_after_initial short_wipes lapse_forfeits relief_gives forfeit_mask continuing_required "
    "bank_kind bank_amount passes_by cap_after expires idle_after idle_means misses silent tested tested_lapsed cycle "
    "every every_lapsed starting window lag lockout "
    "cutoff_day window_first_day start_day aligned_to aligned_month overflow_second block_mask stop_mask ends_mask "
    "refuse_mask aligned_at_least "
    "second_cap second_fixed second_idle second_amount carry_at carry_share gift_everyone gift_enrolled "
    "disability_credit disability_with_hours disability_within disability_apart disability_once "
    "relief_for_everyone relief_up_to relief_by_decision relief_months relief_at_least relief_after_bank "
    "relief_not_after_disability",
    64,
)
TEST = _record(
    "real open kind measure step most ago required least tier length also also_from cutoff_month carries banks",
    16,
)
TOP = _record("open always most_short percent least after_bank most_in_a_row rearm")
STEP = _record("least points")


class Plan(NamedTuple):
    """What of a plan does not change with time: its routes by standing, extra tests, top-ups, tiers, measures."""

    terms: Terms
    measures: tuple[str, ...]
    names: tuple[tuple[str, str], ...]  # (standing, route) of each slot; ("", "") for a place without a route
    tests: tuple[str, ...]  # the path of the test of each slot, then those of the extra tests
    tops: tuple[str, ...]
    steps: tuple[str, ...]
    tiers: tuple[str, ...]
    monthly_routes: bool

    @property
    def slots(self) -> int:
        """The number of places for main tests."""
        return len(self.names)

    @property
    def routes(self) -> int:
        """The number of places for the routes of one standing."""
        return len(self.names) // len(STANDINGS)

    @property
    def extras(self) -> int:
        """The number of extra tests."""
        return len(self.tests) - len(self.names)

    def measure(self, section: str) -> int:
        """The number of the measure that a section means."""
        return self.measures.index(measure(self.terms, section))


@functools.lru_cache(maxsize=256)
def plan_of(terms: Terms) -> Plan:
    """Read off terms what does not change with time."""
    each = {standing: terms.below(f"qualify.{_section(terms, standing)}.routes") for standing in STANDINGS}
    most = max(map(len, each.values()))
    names, main, extra = [], [], []
    for standing in STANDINGS:
        section = _section(terms, standing)
        for place in range(most):
            name = each[standing][place] if place < len(each[standing]) else ""
            path = f"qualify.{section}.routes.{name}"
            names.append((standing, name) if name else ("", ""))
            paths = checking.tests(terms, path) if name else [""]
            main.append(paths[0])
            extra += paths[1:]
    tiers = dict.fromkeys(
        value.word for path, leaf in terms.leaves.items() if ".gives.tier" in path for value in leaf.values.values()
    )
    return Plan(
        terms,
        tuple(name for name in terms.below("credit") if not terms.has(f"credit.{name}.adds_to")),
        tuple(names),
        (*main, *extra),
        tuple(f"top_up.{name}" for name in terms.below("top_up")),
        tuple(f"second_bank.award.{name}" for name in terms.below("second_bank.award")),
        tuple(tier for tier in tiers if tier),
        any(path.endswith(".cutoff_month") for path in terms.leaves),
    )


def _section(terms: Terms, standing: str) -> str:
    if terms.has("qualify.any"):
        return "any"
    return "continuing" if standing == "lapsed" and not terms.has("qualify.lapsed") else standing


class Epoch:
    """The rows of one variant for the ticks from one day on. Raises :class:`rules.terms.NoTermsError` where silent."""

    def __init__(self, plan: Plan, day: datetime.date, who: Who) -> None:
        self.plan, self.terms, self.day, self.who = plan, plan.terms, day, who

    def amount(self, path: str, default: int | None = None) -> int:
        """An amount in force; the default where the plan does not have the term (now)."""
        if default is not None and not self.terms.given(path, self.day, self.who):
            return default
        return min(self.terms.amount(path, self.day, self.who), NO_LIMIT)

    def word(self, path: str, default: str | None = None) -> str:
        """A choice in force; the default where the plan does not have the term (now)."""
        if default is not None and not self.terms.given(path, self.day, self.who):
            return default
        return self.terms.word(path, self.day, self.who)

    def mask(self, path: str) -> int:
        """The bits of the states or events that a section names."""
        known, mask = facts.names(self.terms), 0
        for name in self.terms.below(path):
            if self.word(f"{path}.{name}", "false") == "true":
                mask |= known[name]
        return mask

    def allowed(self, path: str) -> bool:
        """Whether members of this variant have what the section ``for`` at a path asks for."""
        return all(
            self.who.get(attribute) == self.word(f"{path}.for.{attribute}", "")
            for attribute in self.terms.below(f"{path}.for")
        )

    def tick(self) -> np.ndarray:
        """The record of :data:`TICK`, without the days and the relief of each tick."""
        row = np.zeros((), TICK)
        every = self.amount("calendar.every")
        row["every"], row["every_lapsed"] = every, self.amount("lapse.every", every)
        row["starting"] = self.amount("calendar.starting", 1)
        row["cycle"] = stages.CYCLES.index(self.word("calendar.cycle", "everyone"))
        row["window"], row["lag"] = self.amount("calendar.window"), self.amount("calendar.lag")
        row["lapse_after"] = self.amount("lapse.initial_after", NO_LIMIT)
        row["lockout"] = self.amount("lapse.lockout", 0)
        row["length"] = self.amount("coverage.length")
        for key in ("aligned_to", "aligned_month", "aligned_at_least"):
            row[key] = self.amount(f"coverage.{key}", 0)
        row["consumes"] = stages.CONSUMES.index(self.word("consumption"))
        row["ends_mask"], row["refuse_mask"] = self.mask("coverage.ends_on"), self.mask("coverage.not_while")
        if self.terms.has("bank"):
            self.bank(row)
        if self.terms.has("second_bank"):
            row["second_cap"] = self.amount("second_bank.cap", NO_LIMIT)
            row["second_fixed"] = self.word("second_bank.charge") == "fixed"
            row["second_idle"] = self.word("second_bank.charge") == "none"
            row["second_amount"] = self.amount("second_bank.amount", None if row["second_fixed"] else 0)
        if self.terms.has("carry"):
            row["carry_at"] = self.amount("carry.at_least")
            row["carry_share"] = self.amount("carry.share") if self.allowed("carry") else 0
        if self.terms.has("disability"):
            row["disability_credit"] = self.amount("disability.credit_per_week", 0)
            row["disability_with_hours"] = self.word("disability.counted_with") == "hours_worked"
            row["disability_within"] = self.amount("disability.claim_within")
            row["disability_apart"] = self.word("disability.not_consecutive") == "true"
            row["disability_once"] = self.word("disability.once_per_claim") == "true"
        return row

    def bank(self, row: np.ndarray) -> None:
        """The bank's numbers."""
        through = self.word("bank.deposit") == "all"
        row["bank_kind"] = stages.TAKES_ALL if through else stages.TAKES_EXCESS
        for key, field, default in (
            ("cap", "bank_cap", NO_LIMIT),
            ("over", "bank_over", -1),
            ("most_per_deposit", "bank_most_deposit", NO_LIMIT),
            ("most_per_use", "bank_most_use", NO_LIMIT),
            ("floor", "bank_floor", 0),
            ("expires_after", "expires", 0),
            ("idle_after", "idle_after", 0),
            ("misses", "misses", 0),
        ):
            row[field] = self.amount(f"bank.{key}", default)
        row["idle_means"] = stages.IDLE.index(self.word("bank.idle_means", "no_credits"))
        row["short_wipes"] = self.word("bank.when_short", "kept") == "wiped"
        row["lapse_forfeits"] = self.word("bank.while_lapsed", "kept") == "forfeited"
        row["overflow_second"] = (
            self.word("bank.overflow", "lost") == "second_bank" and self.word("second_bank.deposit", "") == "overflow"
        )
        row["forfeit_mask"], row["stop_mask"] = self.mask("bank.forfeit_on"), self.mask("bank.stops_clock")
        row["block_mask"] = self.mask("bank.blocked_by")
        if through:
            row["bank_amount"] = self.amount("bank.amount")
            row["passes_by"] = self.word("bank.before_cover") == "window"
            row["cap_after"] = self.word("bank.cap_counts", "before_charge") == "after_charge"
            return
        row["bank_always"] = self.word("bank.used_for") == "always"
        tier = self.word("bank.may_buy", "")
        row["bank_may_buy"] = self.plan.tiers.index(tier) + 1 if tier in self.plan.tiers else -1 if tier else 0
        row["deposit_after_initial"] = stages.DEPOSITS.index(self.word("bank.deposit_after_initial"))
        first = self.plan.tests[self.plan.routes]
        row["continuing_required"] = self.amount(f"{first}.at_least")

    def tests(self) -> np.ndarray:
        """The records of :data:`TEST`: main tests by slot, then the extra tests."""
        rows = np.zeros(self.plan.slots + self.plan.extras, TEST)
        extra = self.plan.slots
        for slot, (_, name) in enumerate(self.plan.names):
            if not name:
                continue
            main = self.plan.tests[slot]
            route = main.rpartition(".")[0]
            count = len(checking.tests(self.terms, route)) - 1
            if not (self.allowed(route) and self.reached(route)):
                rows[slot]["real"], rows[slot]["kind"] = 1, KINDS.index(main.rpartition(".")[2])
                extra += count
                continue
            rows[slot] = self.test(main)
            rows[slot]["also"], rows[slot]["also_from"] = count, extra
            for place in range(extra, extra + count):
                rows[place] = self.test(self.plan.tests[place])
            extra += count
            rows[slot]["cutoff_month"] = self.amount(f"{route}.cutoff_month", 0)
            if not self.terms.given("coverage.aligned_to", self.day, self.who):
                rows[slot]["length"] = self.amount(f"{route}.gives.length", 0)
            tier = self.word(f"{route}.gives.tier", "")
            rows[slot]["tier"] = self.plan.tiers.index(tier) + 1 if tier else 0
        return rows

    def reached(self, route: str) -> bool:
        """Whether members of this variant are of the age or tenure that a route asks for."""
        return all(
            int(self.who.get(attribute, -1)) >= self.amount(f"{route}.reach.{attribute}")
            for attribute in self.terms.below(f"{route}.reach")
        )

    def test(self, path: str) -> np.ndarray:
        """One test. A term that has ended (``value: null``) closes the route."""
        row = np.zeros((), TEST)
        kind = path.rpartition(".")[2]
        row["real"], row["kind"] = 1, KINDS.index(kind)
        row["open"] = self.terms.given(f"{path}.at_least", self.day, self.who) or not self.ended(f"{path}.at_least")
        row["required"] = self.amount(f"{path}.at_least") * (100 if kind == "count" else 1) if row["open"] else NO_LIMIT
        row["step"], row["most"] = self.amount("calendar.window"), 1
        if kind == "balance":
            if self.terms.has("bank.amount") and self.terms.given("bank.floor", self.day, self.who):
                row["required"] = max(row["required"], self.amount("bank.amount") + self.amount("bank.floor"))
            return row
        row["measure"] = self.plan.measure(path)
        row["ago"] = self.amount(f"{path}.ago", 0)
        row["least"] = self.amount(f"{path}.with_at_least", 0)
        if kind == "average":
            row["step"], row["most"] = 1, self.amount(f"{path}.up_to_periods")
        elif self.terms.has(f"{path}.periods"):
            row["step"] = self.amount(f"{path}.periods")
        elif self.terms.has(f"{path}.windows"):
            row["step"] = row["step"] * self.amount(f"{path}.windows")
        elif self.terms.has(f"{path}.up_to_windows"):
            row["most"] = self.amount(f"{path}.up_to_windows")
        row["banks"] = kind == "sum" and self.terms.has("bank") and row["measure"] == self.plan.measure("bank")
        row["carries"] = self.terms.has("carry") and row["measure"] == self.plan.measure("carry")
        return row

    def ended(self, path: str) -> bool:
        """Whether a rule had been in force and has ended by this day."""
        leaf: Leaf | None = self.terms.leaf(path, self.who)
        held = [value for start, value in leaf.values.items() if start <= self.day] if leaf else []
        return bool(held) and held[-1].ends

    def tops(self) -> np.ndarray:
        """The records of :data:`TOP`."""
        rows = np.zeros(len(self.plan.tops), TOP)
        for row, path in zip(rows, self.plan.tops, strict=True):
            row["open"] = self.terms.given(f"{path}.for", self.day, self.who)
            row["always"] = self.word(f"{path}.for", "") == "always"
            row["most_short"] = self.amount(f"{path}.most_short", NO_LIMIT)
            row["percent"] = self.amount(f"{path}.most_short_percent", 100)
            row["least"] = self.amount(f"{path}.least_counted", 0)
            row["after_bank"] = self.word(f"{path}.after_bank", "no") == "yes"
            row["most_in_a_row"] = self.amount(f"{path}.most_in_a_row", NO_LIMIT)
            row["rearm"] = self.amount(f"{path}.rearm", 0)
        return rows

    def steps(self) -> np.ndarray:
        """The records of :data:`STEP`, by rising amount."""
        rows = np.zeros(len(self.plan.steps), STEP)
        for row, path in zip(rows, self.plan.steps, strict=True):
            row["least"] = self.amount(f"{path}.from", 0)
            row["points"] = self.amount(f"{path}.points", 0)
        return np.sort(rows, order=["least", "points"])
