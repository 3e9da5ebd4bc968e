"""The numbers of a plan's terms that made-up histories lie on the edge of, and made-up proposals to the terms.

Whichever plan it is: numbers are found by their place in the file and their unit. A proposal changes some levers, other
numbers or words, from a day that is also among those on which histories begin.
"""

import datetime
import functools
import random
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from rules import checking, shape, terms, units
from rules.calendar import Cite
from rules.leaves import UNDATED, Leaf
from rules.shape import Quantity
from rules.terms import ChangeError, NoTermsError, Terms, Who

GROUP = 100  # histories in a row that are asked under the same terms
ALWAYS = "1990-01-01"
STRUCTURE = ("calendar.", "lapse.every", "coverage.aligned", "credit.")  # changed from the first day on or not at all
KEPT = ("bank.deposit", "bank.charge", "indexes.")
CITE = Cite("made up", "", "")


class Rule(NamedTuple):
    """How lines of a measure are converted, and what else decides whether they count."""

    counts: str
    factor: Fraction
    standard: int | None
    only: tuple[str, ...]
    caps: tuple[int, ...]

    @property
    def converts(self) -> bool:
        """Whether an amount is converted at all."""
        return self.factor != 1 or self.standard is not None

    def raw(self, amount: int, rate: int | None) -> int:
        """What a line has to say so that it comes to an amount, or to a little less."""
        factor = self.factor * (Fraction(rate, self.standard) if rate and self.standard else 1)
        return int(amount / factor) if factor else amount


class Numbers(NamedTuple):
    """The numbers in force for a kind of member on a day."""

    targets: dict[str, list[tuple[int, int]]]  # by measure: how many periods are to come to how much
    amounts: dict[str, list[int]]
    credits: dict[str, Rule]
    marks: tuple[str, ...]
    paid: bool
    received: bool
    placed: bool
    lag: int
    lapse: int


def under(plan: str, seed: int) -> Terms:
    """The terms under which a history is asked."""
    return _under(plan, seed // GROUP)


def changes_of(plan: str, seed: int) -> dict[str, dict[str, str]]:
    """The proposal under which a history is asked; nothing for every second group of them."""
    return _changes(plan, seed // GROUP)


@functools.lru_cache(maxsize=8)
def _under(plan: str, group: int) -> Terms:
    changes = _changes(plan, group)
    return terms.plan(plan).under(changes, name="changed", cite=CITE) if changes else terms.plan(plan)


@functools.lru_cache(maxsize=64)
def _changes(plan: str, group: int) -> dict[str, dict[str, str]]:
    chance, current = random.Random(f"{plan} terms {group}"), terms.plan(plan)
    if group % 2 == 0:
        return {}
    paths = [path for path in current.leaves if not path.startswith(KEPT)]
    for _ in range(50):
        changes = {}
        for _ in range(chance.choice((1, 1, 2, 3))):
            path = chance.choice(paths if chance.random() < 0.6 else list(current.levers.values()))
            changes[path] = _change(chance, current, current.leaves[path])
        try:
            current.under(changes, name="changed", cite=CITE)
        except (ChangeError, ValueError):
            continue
        return changes
    return {}


def _change(chance: random.Random, current: Terms, leaf: Leaf) -> dict[str, str]:
    """A made-up value of one leaf, with the day from which it is in force."""
    if leaf.shape.keyed == "at":
        day = chance.choice(list(leaf.values))
        start = day.isoformat()
    elif leaf.path.startswith(STRUCTURE) or chance.random() < 0.4:
        start = ALWAYS
    else:
        start = datetime.date(chance.randint(2008, 2026), chance.randint(1, 12), chance.choice((1, 1, 15))).isoformat()
    value = chance.choice([one for one in leaf.values.values() if not one.ends])
    if not isinstance(leaf.shape, Quantity):
        words = leaf.shape.words or _words(current, leaf)
        return {start: chance.choice(words)}
    amount = value.amount or 0
    if value.times:
        return {start: units.written(max(0, amount + chance.choice((-100, -50, 100, 25))))}
    if leaf.shape.scale == 100:
        others = [o.amount for one in current.leaves.values() for o in one.values.values() if o.unit == value.unit]
        amount = chance.choice(
            (amount + 1, amount - 1, amount * 2, amount // 2, amount * 3 // 4, chance.choice(others))
        )
        return {start: units.written(max(0, amount or 0))}
    return {start: str(max(leaf.shape.least, min(leaf.shape.most, amount + chance.choice((-3, -2, -1, 1, 2, 3, 6)))))}


def _words(current: Terms, leaf: Leaf) -> list[str]:
    """Other words that stand in places like this one."""
    like = leaf.path.rpartition(".")[2]
    words = {v.word for p, o in current.leaves.items() if p.endswith(f".{like}") for v in o.values.values() if v.word}
    return sorted(words)


@functools.lru_cache(maxsize=64)
def days(current: Terms) -> list[datetime.date]:
    """The days on which some value changes."""
    return sorted({day for leaf in current.leaves.values() for day in leaf.values if day > UNDATED})


@functools.lru_cache(maxsize=64)
def speaks_from(current: Terms) -> datetime.date:
    """The day from which on all values that every plan needs are in force."""
    needed = [path for path in current.leaves if path.startswith(("calendar.", "credit.", "coverage.length"))]
    return max((min(current.leaves[path].values) for path in needed), default=datetime.date.min)


@functools.lru_cache(maxsize=64)
def measures(current: Terms) -> list[str]:
    """The names under which the terms count lines."""
    return current.below("credit")


def measure_of(current: Terms, path: str) -> str:
    """The measure that the amount at a path is an amount of."""
    parts = path.split(".")
    if parts[0] == "credit":
        return parts[1]
    kinds = [place for place, part in enumerate(parts) if part in shape.TESTS]
    if parts[0] in ("qualify", "coverage") and kinds and parts[kinds[-1]] != "balance":
        return checking.measure(current, ".".join(parts[: kinds[-1] + 1]))
    return checking.measure(current, "bank" if kinds else parts[0])


def numbers_at(current: Terms, day: datetime.date, who: Who) -> Numbers:
    """The numbers in force on a day for a member with these attributes; those of a year's end stand for the year."""
    return _numbers(current, datetime.date(day.year, 12, 31), tuple(sorted(who.items())))


@functools.lru_cache(maxsize=4096)
def _numbers(current: Terms, day: datetime.date, attributes: tuple[tuple[str, str | int], ...]) -> Numbers:
    who = dict(attributes)
    amounts: dict[str, list[int]] = {}
    targets: dict[str, list[tuple[int, int]]] = {}
    window = _amount(current, "calendar.window", day, who) or 1
    for path, leaf in current.leaves.items():
        if not isinstance(leaf.shape, Quantity) or leaf.shape.unit != shape.CREDIT or not _own(current, path, who):
            continue
        amount = _any(current, leaf, day, who)
        measure = measure_of(current, path)
        if amount is None or amount <= 0 or measure not in measures(current):
            continue
        amounts.setdefault(measure, []).append(amount)
        targets.setdefault(measure, []).append((_periods(current, path, day, who, window), amount))
    for name in measures(current):
        added = current.texts.get(f"credit.{name}.adds_to")
        if added:
            amounts[name], targets[name] = amounts.get(added, []), targets.get(added, [])
    sections = [path.split(".") for path in current.leaves if path.startswith("credit.")]
    keys = {parts[2] for parts in sections}
    attributed = {
        word for name in measures(current) for word in checking.words_of(current, f"credit.{name}.attributed_to")
    }
    late = current.has("coverage.retroactive") or "late_after" in keys or "receipt_date" in attributed
    return Numbers(
        targets,
        amounts,
        {name: _rule(current, name, day, who) for name in measures(current)},
        tuple(sorted({parts[3] for parts in sections if parts[2] in ("only", "without")})),
        "needs" in keys or "pay_date" in attributed,
        late,
        "members_choice" in attributed,
        _amount(current, "calendar.lag", day, who) or 1,
        _amount(current, "lapse.initial_after", day, who) or 12,
    )


def _own(current: Terms, path: str, who: Who) -> bool:
    """Whether a leaf is one that a member with these attributes may meet."""
    above, _, key = path.rpartition(".")
    choice = current.choices.get(above)
    return choice is None or choice.key(who.get(choice.by)) == key


def _periods(current: Terms, path: str, day: datetime.date, who: Who, window: int) -> int:
    """How many periods the test at a path looks at; one for other amounts."""
    parts = path.split(".")
    kinds = [place for place, part in enumerate(parts) if part in shape.TESTS]
    if not kinds:
        return 1
    kind, section = parts[kinds[-1]], ".".join(parts[: kinds[-1] + 1])
    if kind in ("each", "count", "average", "first", "balance"):
        return 1
    periods = _amount(current, f"{section}.periods", day, who)
    windows = _amount(current, f"{section}.windows", day, who) or _amount(current, f"{section}.up_to_windows", day, who)
    return periods or window * (windows or 1)


def _rule(current: Terms, name: str, day: datetime.date, who: Who) -> Rule:
    path = f"credit.{name}"
    factor = Fraction(1)
    multiply, divide = (_amount(current, f"{path}.{key}", day, who) for key in ("multiply_by", "divide_by"))
    if multiply:
        factor *= Fraction(multiply, 100)
    if divide:
        factor /= Fraction(divide, 100)
    caps = [
        _amount(current, f"{path}.cap_per_{length}", day, who)
        for length in ("day", "week", "month", "year")
        if current.has(f"{path}.cap_per_{length}")
    ]
    words = checking.words_of(current, f"{path}.counts")
    return Rule(
        min(words) if words else "hours",
        factor,
        _amount(current, f"{path}.standard_rate", day, who),
        tuple(current.below(f"{path}.only")),
        tuple(cap for cap in caps if cap),
    )


def _amount(current: Terms, path: str, day: datetime.date, who: Who) -> int | None:
    return _try(lambda: current.amount(path, day, who))


def _any(current: Terms, leaf: Leaf, day: datetime.date, who: Who) -> int | None:
    """The amount in force on a day; for an amount that is set by cut-off, one of them."""
    if leaf.shape.keyed == "at":
        return next(iter(leaf.values.values())).amount
    return _amount(current, leaf.path, day, who)


def _try(look_up: Callable[[], int]) -> int | None:
    try:
        return look_up()
    except NoTermsError:
        return None
