"""The oracle's third part: the tests and the routes, and which of them holds for a member at a cut-off."""

from dataclasses import dataclass, field
from datetime import date

from tests.oracle_credit import Credits, lots_within, measures_of, period_total, unused
from tests.oracle_terms import Person, Terms, View

KINDS = ("sum", "average", "each", "count", "first", "balance")


@dataclass
class Member:
    """What has to be remembered about a member from one test to the next."""

    begins: int | None = None
    first_credit: int | None = None
    days_worked: list[date] = field(default_factory=list)
    bank: list[list[int]] = field(default_factory=list)
    second: int = 0
    active_until: date | None = None
    active_route: str = "none"
    used_until: date | None = None
    claims_used: set[str] = field(default_factory=set)
    failed_in_a_row: int = 0
    lapse_forfeited: bool = False
    absence_forfeited: bool = False
    last_test: int | None = None
    last_in: int | None = None
    adjusted: int = 0
    ended: set[tuple] = field(default_factory=set)
    added_by_relief: list[tuple[int, int]] = field(default_factory=list)
    carried: tuple[str, int] | None = None
    topped_up: dict[str, int] = field(default_factory=dict)

    def balance(self) -> int:
        """Add up what is left of all deposits."""
        return sum(left for _, left in self.bank)


@dataclass
class Sitting:
    """One test of one member: what is known before the routes are looked at."""

    terms: Terms
    person: Person
    member: Member
    credits: Credits
    period: int
    cutoff: date
    tick: date
    view: View
    standing: str
    initial: bool
    family: str | None = None
    before: int = 0
    put: int = 0
    added: int = 0
    extra: int = 0
    kept_out: int = 0

    def pot(self) -> int:
        """Say what the bank holds when the routes look at it: a cap counted after the charge is not yet applied."""
        if self.family == "all" and self.view.word("bank.cap_counts") == "after_charge":
            return self.before + self.put + self.extra
        return self.before + self.added + self.extra


@dataclass
class Figure:
    """What a test found: over which periods, how much counted, how much was asked for, and whether that was enough."""

    kind: str
    measure: str
    first: int
    last: int
    counted: int
    required: int
    own: int
    barred: bool = False

    def short(self) -> int:
        """Say how much is missing to the number."""
        return max(0, self.required - self.counted)


@dataclass
class Route:
    """A route as it came out at one test."""

    name: str
    path: str
    figure: Figure
    others_hold: bool

    def holds(self) -> bool:
        """Say whether every test of the route holds."""
        return self.others_hold and not self.figure.barred and self.figure.short() == 0


# The six tests


def kind_of(view: View, path: str) -> str:
    """Name the kind of the one test written below a path."""
    return next(name for name in view.names(path) if name in KINDS)


def run(sitting: Sitting, path: str, main: bool = False, gate: bool = False) -> Figure:
    """Run the one test written below a path."""
    kind = kind_of(sitting.view, path)
    here = f"{path}.{kind}"
    if kind == "balance":
        return balance_test(sitting, here)
    measure = sitting.view.word(f"{here}.of") or measures_of(sitting.terms)[0]
    if kind == "sum":
        return sum_test(sitting, here, measure, main, gate)
    if kind == "average":
        return average_test(sitting, here, measure, gate)
    return period_test(sitting, here, kind, measure, gate)


def required(sitting: Sitting, path: str) -> int:
    """Look up the number that a test asks for."""
    return sitting.view.need(sitting.view.amount(f"{path}.at_least"), f"{path}.at_least")


def window(sitting: Sitting) -> int:
    """Look up the length of a qualifying period."""
    return sitting.view.need(sitting.view.whole("calendar.window"), "calendar.window")


def look_back(sitting: Sitting, path: str, windows: int | None = None) -> tuple[int, int]:
    """Say from which period to which a test looks: so many windows or periods, leaving out the latest where asked."""
    view = sitting.view
    last = sitting.period - (view.whole(f"{path}.ago") or 0)
    windows = windows or view.whole(f"{path}.windows")
    periods = view.whole(f"{path}.periods")
    if windows is not None:
        periods = windows * window(sitting)
    elif periods is None:
        periods = window(sitting)
    return last - periods + 1, last


def total(sitting: Sitting, measure: str, first: int, last: int, gate: bool) -> int:
    """Add the credits of some periods, without those that are used up unless it is for a gate."""
    if gate:
        return period_total(sitting.credits, measure, first, last)
    return unused(lots_within(sitting.credits, measure, first, last), sitting.member.used_until)


def sum_test(sitting: Sitting, path: str, measure: str, main: bool, gate: bool) -> Figure:
    """Add up credits; where several windows may be taken, take the fewest that do."""
    asked = required(sitting, path)
    most = sitting.view.whole(f"{path}.up_to_windows")
    figure = None
    for windows in range(1, (most or 1) + 1):
        first, last = look_back(sitting, path, windows if most else None)
        own = total(sitting, measure, first, last, gate)
        if not gate and sitting.member.carried and sitting.member.carried[0] == measure:
            own += sitting.member.carried[1]
        lent = relief_credit(sitting, measure, first, last) if main else 0
        figure = Figure("sum", measure, first, last, own + lent, asked, own)
        if figure.short() == 0:
            break
    return figure


def relief_credit(sitting: Sitting, measure: str, first: int, last: int) -> int:
    """Add what relief orders gave for the periods that a main sum of the first measure holds."""
    if measure != measures_of(sitting.terms)[0]:
        return 0
    used_until, cutoffs = sitting.member.used_until, sitting.terms.calendar.cutoffs
    return sum(
        adds
        for period, adds in sitting.member.added_by_relief
        if first <= period <= last and (used_until is None or cutoffs[period] > used_until)
    )


def average_test(sitting: Sitting, path: str, measure: str, gate: bool) -> Figure:
    """Find the fewest of the latest periods whose average does, else those with the highest average."""
    asked = required(sitting, path)
    most = sitting.view.need(sitting.view.whole(f"{path}.up_to_periods"), f"{path}.up_to_periods")
    last = sitting.period - (sitting.view.whole(f"{path}.ago") or 0)
    best, added = (0, 1), 0
    for periods in range(1, most + 1):
        first = last - periods + 1
        added += total(sitting, measure, first, first, gate)
        if periods == 1 or added * best[1] > best[0] * periods:
            best = (added, periods)
        if added >= asked * periods:
            best = (added, periods)
            break
    average = best[0] // best[1]
    return Figure("average", measure, last - best[1] + 1, last, average, asked, average)


def period_test(sitting: Sitting, path: str, kind: str, measure: str, gate: bool) -> Figure:
    """Look at each of the latest periods: at the smallest, at how many are good enough, or at the earliest."""
    asked = required(sitting, path)
    first, last = look_back(sitting, path)
    each = [total(sitting, measure, period, period, gate) for period in range(first, last + 1)]
    if kind == "each":
        found = min(each)
    elif kind == "first":
        found = each[0]
    else:
        enough = sitting.view.need(sitting.view.amount(f"{path}.with_at_least"), f"{path}.with_at_least")
        found = 100 * sum(1 for number in each if number >= enough)
    return Figure(kind, measure, first, last, found, asked, found)


def balance_test(sitting: Sitting, path: str) -> Figure:
    """Look at the bank with what this test put in; a charge has to leave the floor. The period is the calendar's."""
    first, held, asked = sitting.period - window(sitting) + 1, sitting.pot(), required(sitting, path)
    measure = sitting.view.word("bank.of") or measures_of(sitting.terms)[0]
    floor = sitting.view.amount("bank.floor")
    if floor is not None:
        asked = max(asked, sitting.view.need(sitting.view.amount("bank.amount"), "bank.amount") + floor)
    return Figure("balance", measure, first, sitting.period, held, asked, held)


# The routes


def routes_of(sitting: Sitting) -> str:
    """Find the routes by standing: one set for all, or those that start cover, keep it or bring it back."""
    sets = sitting.view.names("qualify")
    if "any" in sets:
        chosen = "any"
    elif sitting.initial:
        chosen = "initial"
    else:
        chosen = "lapsed" if sitting.standing == "lapsed" and "lapsed" in sets else "continuing"
    return below(sitting.view, f"qualify.{chosen}")


def below(view: View, path: str) -> str:
    """Step down to the routes of a standing."""
    return f"{path}.routes" if "routes" in view.names(path) else path


def meets(sitting: Sitting, path: str) -> bool:
    """Say whether the member is what a route, or a carry, is for."""
    view = sitting.view
    return all(
        view.person.attribute(name, sitting.cutoff) == view.word(f"{path}.for.{name}")
        for name in view.names(f"{path}.for")
    )


def is_open(sitting: Sitting, path: str) -> bool:
    """Say whether a route is open to the member at this cut-off."""
    view, keys = sitting.view, sitting.view.names(path)
    if "for" in keys and not meets(sitting, path):
        return False
    if "reach" in keys:
        for name, reached in (("age", view.person.age), ("tenure", view.person.tenure)):
            least = view.whole(f"{path}.reach.{name}")
            if least is not None and (reached(sitting.cutoff) is None or reached(sitting.cutoff) < least):
                return False
    month = view.whole(f"{path}.cutoff_month") if "cutoff_month" in keys else None
    return month is None or month == sitting.cutoff.month


def try_routes(sitting: Sitting) -> list[Route]:
    """Try the open routes in order, up to and with the first that holds."""
    top, tried = routes_of(sitting), []
    for name in sitting.view.names(top):
        path = f"{top}.{name}"
        if not is_open(sitting, path):
            continue
        figure = run(sitting, path, main=True)
        figure.barred = figure.kind == "balance" and blocked(sitting)
        others = sitting.view.names(f"{path}.and")
        others_hold = all(run(sitting, f"{path}.and.{other}").short() == 0 for other in others)
        tried.append(Route(name, path, figure, others_hold))
        if tried[-1].holds():
            break
    return tried


def blocked(sitting: Sitting) -> bool:
    """Say whether the bank may not be used for cover that begins on the tick."""
    view = sitting.view
    return any(view.person.state(name, sitting.tick) for name in view.switched_on("bank.blocked_by"))


def passed_over(sitting: Sitting) -> bool:
    """Say whether credits pass the bank by, as they do in some plans until the initial test has been met."""
    return sitting.family == "all" and sitting.initial and sitting.view.word("bank.before_cover") == "window"


def limited(sitting: Sitting, deposit: int) -> tuple[int, int]:
    """Limit what goes in by the most per deposit and, where it counts at once, by the cap; the rest is kept out."""
    most = sitting.view.amount("bank.most_per_deposit")
    put = deposit if most is None else min(deposit, most)
    cap = sitting.view.amount("bank.cap")
    if cap is None or sitting.view.word("bank.cap_counts") == "after_charge":
        return put, 0
    room = max(0, cap - sitting.before)
    return min(put, room), max(0, put - room)


def best_of(tried: list[Route]) -> Route | None:
    """Find the best route: other tests hold, a sum or a balance that is not barred, short by least, the first such."""
    best = None
    for route in tried:
        if not route.others_hold or route.figure.barred or route.figure.kind not in {"sum", "balance"}:
            continue
        if best is None or route.figure.short() < best.figure.short():
            best = route
    return best


def gates(sitting: Sitting) -> dict[str, bool]:
    """Say which benefits a covered member has; the gates leave consumption, relief and carry aside."""
    names = sitting.view.names("coverage.gates")
    return {name: run(sitting, f"coverage.gates.{name}", gate=True).short() == 0 for name in names}
