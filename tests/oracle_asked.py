"""What many of the oracle's self-checks share: the plans they vary, made-up histories, and short ways to ask."""

from datetime import date, timedelta

from tests import oracle
from tests.oracle_tiny import ALL, BALANCE, EXCESS, HOURS, fact, line, plan, two

MAR, DEC = date(2020, 3, 1), date(2020, 12, 1)
FIGURES = {
    *("covered", "from", "until", "route", "way", "tier", "standing", "qualifying_period", "counted", "required"),
    *("short", "bank_before", "added", "drawn", "bank_after", "bought", "second_before", "second_after", "gates"),
}


# Plans and histories that many checks share


def credit(**keys):
    """Read a tiny plan whose one measure has these keys besides the usual ones."""
    return plan(credit={"hours": {**HOURS, **keys}})


def excess(routes=None, consumption="window", lapse=12, **keys):
    """Read a tiny plan of 100 hours a month with a bank of what is over it."""
    sections = {key: keys.pop(key) for key in ("top_up", "second_bank", "relief") if key in keys}
    routes = routes or two({"month": {"sum": {"at_least": 100}}}, {"month": {"sum": {"at_least": 100}}})
    return plan(routes, bank={**EXCESS, **keys}, consumption=consumption, lapse={"initial_after": lapse}, **sections)


def every(routes=None, **keys):
    """Read a tiny plan in which every credit goes into a bank that a month of cover charges with 100."""
    sections = {key: keys.pop(key) for key in ("top_up", "second_bank", "consumption", "relief") if key in keys}
    return plan(routes or {"any": BALANCE}, bank={**ALL, **keys}, **sections)


def random_history(rng):
    """Make up two years of work and a few facts."""
    start, work = date(2019, 1, 5), []
    for week in range(rng.randrange(104)):
        if rng.random() < 0.8:
            work.append(line(start + timedelta(weeks=week), rng.randrange(60)))
    facts = [fact("bank_adjustment", date(2019, rng.randrange(1, 13), 3), amount=rng.randrange(-5000, 9000))]
    facts.append(fact("self_payment", date(2019, rng.randrange(1, 13), 1), date(2020, 6, 30)))
    facts.append(fact("decision", date(2020, rng.randrange(1, 13), 1), DEC, name="cover_granted"))
    return work, rng.sample(facts, rng.randrange(3))


# Asking


def ask(terms, lines, on, facts=()):
    """Ask for one day, with amounts as they are written in a plan."""
    answer = oracle.coverage_under(terms, lines, list(facts), on)
    assert set(answer) == FIGURES
    return {k: v / 100 if isinstance(v, int) and not isinstance(v, bool) else v for k, v in answer.items()}


def figures(answer, *names):
    """Take some figures out of an answer."""
    return tuple(answer[name] for name in names)


def months(terms, lines, facts=(), first=MAR, last=DEC):
    """Say for each month by which route there is cover."""
    return [row["route"] for row in oracle.history_under(terms, lines, list(facts), first, last)]


def banked(terms, work, facts=(), first=MAR, last=DEC):
    """Give for each month what the bank held after the test."""
    return [row["bank_after"] // 100 for row in oracle.history_under(terms, work, list(facts), first, last)]
