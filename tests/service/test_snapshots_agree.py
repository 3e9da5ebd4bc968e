"""A snapshot against the ledger: after any history, everybody's credits, under every plan, are those of their lines."""

import random

import pytest

from rules import evaluate, terms
from rules.crediting import facts_of, lines_of
from rules.snapshot import content_hash
from service.deidentified import taken
from service.held import unheld
from service.known import known
from service.ledger import head_position
from tests.service.reports import correct, line, post

WEEKS = ("2021-05-01", "2021-06-05", "2021-07-31", "2021-08-07")
OCCUPATIONS = (None, "3525", 'a "quoted", one', "null", "Ω ünïcode", "#1", "-", "two\nlines", "a\ttab")
SERVED = [one for one in map(terms.plan, terms.every_name()) if unheld(one) is None and one.below("credit")]


class Play:
    """A history of random calls over a few members."""

    def __init__(self, client, employers, members, seed):
        self.client, self.employers, self.members = client, employers, members
        self.rng, self.reports, self.payments, self.credits, self.facts = random.Random(seed), [], [], [], []
        self.number = 0

    def move(self):
        """Do one of the things that can be done."""
        self.number += 1
        moves = (
            self.report,
            self.report,
            self.change,
            self.pay,
            self.pay,
            self.take_payment_back,
            self.credit,
            self.fact,
        )
        self.rng.choice((*moves, self.take_fact_back, self.take_credit_back))()

    def one_line(self, place):
        """A line of anybody's week; two of one week differ by their production."""
        rng, more = self.rng, {}
        if rng.random() < 0.6:
            more["scale_rate"] = f"{rng.randint(20, 80)}.{rng.randint(0, 99):02d}"
        if rng.random() < 0.6:
            more["days_worked"] = rng.randint(0, 6)
        if occupation := rng.choice(OCCUPATIONS):
            more["occupation"] = occupation
        if rng.random() < 0.3:
            more["local"] = rng.choice(("600", "80", "NA"))
        hours = rng.choice(("0.00", "0.01", "0.33", "8.25", "41.50", f"{rng.randint(1, 60)}.{rng.randint(0, 99):02d}"))
        return line(rng.choice(self.members), hours, rng.choice(WEEKS), production=f"P{place}", **more)

    def report(self):
        """Post lines, among which some differ by nothing but their amounts."""
        lines = [self.one_line(place) for place in range(self.rng.randint(1, 6))]
        lines += [{**one, "hours_worked": "3.37", "production": f"again {place}"} for place, one in enumerate(lines)]
        employer = self.rng.choice(self.employers)
        answer = post(self.client, employer, lines, f"R{self.number}")
        assert answer.status_code == 201, answer.text
        owed = sum(round(float(each) * 100) for each in answer.json["contributions"].values() if each)
        self.reports.append((answer.json["id"], len(lines), employer.code, owed))

    def change(self):
        """Change, void or restore a line of a report."""
        if self.reports:
            report, lines, *_ = self.rng.choice(self.reports)
            what = self.rng.choice(({"hours_worked": "12.34"}, {"void": True}, {"restore": True}))
            correct(self.client, report, {"line": self.rng.randint(1, lines), **what})

    def pay(self):
        """Pay for a report, in whole or in part."""
        if self.reports:
            report, _, code, owed = self.rng.choice(self.reports)
            amount = f"{max(owed // self.rng.choice((1, 1, 2)), 1) / 100:.2f}"
            day = f"2021-{self.rng.choice(('08', '09', '11'))}-{self.rng.randint(10, 28)}"
            parts = [{"remittance": report, "amount": amount}]
            body = {"employer": code, "received": day, "amount": amount, "allocations": parts}
            answer = self.client.post("/v1/payments", json=body)
            assert answer.status_code == 201, answer.text
            self.payments.append(answer.json["id"])

    def take_payment_back(self):
        """Take a payment back."""
        if self.payments:
            which = self.rng.choice(self.payments)
            self.client.post(f"/v1/payments/{which}/reversal", json={"reason": "Called back."})

    def credit(self):
        """Let trustees credit hours."""
        who = self.rng.choice(self.members)
        hours = [{"week_ending": self.rng.choice(WEEKS), "hours": "20.25"}]
        answer = self.client.post(f"/v1/members/{who.id}/credits", json={"reason": "Appeal.", "lines": hours})
        assert answer.status_code == 201, answer.text
        self.credits.append((who.id, answer.json["id"]))

    def take_credit_back(self):
        """Take trustees' hours back, or restore them."""
        if self.credits:
            who, which = self.rng.choice(self.credits)
            self.client.post(f"/v1/members/{who}/credits/{which}/reversal", json={"reason": "By mistake."})

    def fact(self):
        """Record a fact, unless it contradicts another."""
        day = f"2021-0{self.rng.randint(1, 9)}-{self.rng.randint(10, 28)}"
        body = self.rng.choice(
            (
                {"kind": "disability", "claim": f"C{self.rng.randint(1, 3)}", "to": "2021-12-31"},
                {"kind": "disability", "claim": f"C{self.rng.randint(1, 3)}", "to": "2021-12-31", "claimed": day},
                {"kind": "attribute", "name": "work", "value": "technician", "reason": "Chosen."},
                {"kind": "attribute", "name": "age_class", "value": 'of "age", 30', "reason": "Chosen."},
                {"kind": "bank_adjustment", "amount": "-12.34", "reason": "Moved."},
                {"kind": "bank_adjustment", "amount": "7.00", "reason": "Moved."},
                {"kind": "born"},
                {"kind": "self_payment"},
                {"kind": "unavailable_for_work", "reason": "Decided."},
            )
        )
        who = self.rng.choice(self.members)
        answer = self.client.post(f"/v1/members/{who.id}/facts", json={**body, "from": day})
        if answer.status_code == 201:
            self.facts.append((who.id, answer.json["id"]))

    def take_fact_back(self):
        """Take a fact back."""
        if self.facts:
            who, which = self.rng.choice(self.facts)
            self.client.post(f"/v1/members/{who}/facts/{which}/withdrawal", json={"reason": "Of somebody else."})


def credited(plan, lines, facts):
    """What lines come to, or what is said where they come to nothing: all that an evaluation reads of them."""
    try:
        made = evaluate.credits_by_measure(plan, lines, facts)
    except (LookupError, ValueError) as silent:
        return str(silent)
    sums = []
    for measure in made:
        places = {}
        for one in measure:
            places[one.place] = places.get(one.place, 0) + one.amount
        sums.append(tuple(sorted((place, amount) for place, amount in places.items() if amount)))
    return tuple(sums)


def told(facts):
    """Facts, with claims told apart and not named."""
    names = {}
    for one in sorted(facts, key=lambda one: (one.first_day, one.last_day, str(one.claimed))):
        if one.claim:
            names.setdefault(one.claim, len(names))
    return sorted(str(one._replace(claim=str(names.get(one.claim, "")))) for one in facts)


def come_to(plan, members):
    """What members come to under a plan, whoever they are."""
    return sorted((str(credited(plan, lines, facts)), told(facts)) for lines, facts in members)


@pytest.mark.parametrize("seed", range(4))
def test_everybody_has_the_credits_of_their_lines(administrator, employer_factory, member_factory, session, seed):
    employers = [employer_factory(contributor_class=of) for of in ("premium", "premium", None)]
    members = [member_factory(local=local) for local in ("80", None, "600")]
    session.commit()
    play = Play(administrator, employers, members, seed)
    for _ in range(30):
        play.move()
    session.rollback()
    last = head_position(session)
    for position in (last, last // 2, last // 4):
        snapshot = taken(session, position)
        for plan in SERVED:
            there = [
                (lines_of(plan, snapshot, member), facts_of(snapshot, member)) for member in range(snapshot.members)
            ]
            held = [known(session, member.id, position, [plan]) for member in members]
            here = [(one.lines, one.facts) for one in held if one.lines or one.facts]
            assert come_to(plan, there) == come_to(plan, here), (plan.plan, position)


def test_claims_are_numbered_by_what_they_say(administrator, member_factory, session):
    """Two claims of the same days, of which one goes on: in whatever order they are recorded, and whatever called."""
    hashes = set()
    for names in ("ab", "ba", "zy"):
        member = member_factory()
        session.commit()
        days = [(names[0], "2021-01-01"), (names[1], "2021-01-01"), (names[1], "2021-05-01")]
        made = []
        for claim, day in days if names == "ab" else days[::-1]:
            body = {"kind": "disability", "claim": claim, "from": day, "to": day}
            made.append(administrator.post(f"/v1/members/{member.id}/facts", json=body).json["id"])
        session.rollback()
        hashes.add(content_hash(taken(session, head_position(session))))
        session.rollback()
        for fact in made:
            address = f"/v1/members/{member.id}/facts/{fact}/withdrawal"
            assert administrator.post(address, json={"reason": "Once more."}).status_code == 201
    assert len(hashes) == 1
