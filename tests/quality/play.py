"""Random moves against a service, held against the ledger on paper (``ledger_model.py``)."""

import datetime
from collections.abc import Callable
from typing import Any

from tests.quality.agreement_model import FOLDER
from tests.quality.history import FIRST_WEEK, PLAN, WEEKS, History, shown, sums_in
from tests.quality.ledger_model import CONFLICT, DONE, REFUSED, Report, said_by
from tests.quality.own import Answer, Caller

AGREEMENT = "not-listed-2012"  # an agreement that is not known counts hours as they are
LISTED = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
FEW = ("0.00", "0.01", "8.00", "40.00", "60.00", "99.99", "199.99", "200.00")
MANY = ("300.00", "399.99", "400.00", "450.00", "599.99", "600.00", "600.01", "650.50", "777.77", "800.00", "1200.00")
HOURS = (*FEW, *MANY)
GUARANTEED = (None, None, "8.00", "40.00", "56.51", "65.00", "600.00")
BASES = ("hourly", "on_call", "weekly")
DAYS = (None, 0, 1, 2, 3, 4, 5, 6, 7)
RATES = (None, "0.01", "41.20", "33.33", "58.75")
OCCUPATIONS = (None, None, None, "3525", "0417")
MOST_LINES = 6


Addition = tuple[str, dict[str, Any], str]  # where it is sent, what is sent, and where it is taken back, by its id


class Play(History):
    """A seeded choice of moves. Every other history is of reports under agreements that have a file."""

    def __init__(self, caller: Caller, seed: int) -> None:
        self.agreements = LISTED if seed % 2 else (AGREEMENT,)
        self.done: list[tuple[str, Any, str, Answer]] = []
        self.taken_back: list[tuple[str, dict[str, Any]]] = []
        super().__init__(caller, seed)

    def step(self) -> None:
        """Make one move."""
        self.moves += 1
        moves: list[tuple[Callable[[], Any], int]] = [
            (self.post, 8),
            (self.correct, 10),
            (self.again, 3),
            (self.another_body, 1),
            (self.read_hours, 3),
            (self.read_report, 3),
            (self.read_statement, 2),
            (self.read_cover, 2),
        ]
        self.rng.choices([move for move, _ in moves], [often for _, often in moves])[0]()

    def write(self) -> None:
        """Make a move that adds to the ledger."""
        before = self.paper.position
        while self.paper.position == before:
            self.moves += 1
            self.rng.choice([self.post, self.correct])()

    # Moves

    def a_line(self) -> dict[str, Any]:
        """A line of a report, of any week, early or late."""
        said = {
            "member": self.rng.choice([*sorted(self.paper.members)] * 9 + [f"M-{self.seed}-nobody"]),
            "week_ending": str(self.a_week()),
            "hours_worked": self.rng.choice(HOURS),
            "occupation": self.rng.choice(OCCUPATIONS),
            **({"basis": self.rng.choice(BASES), **self.particulars()} if self.agreements is LISTED else {}),
        }
        return {name: value for name, value in said.items() if value is not None}

    def a_week(self) -> datetime.date:
        """A week: of one half year, so that hours come together; one of a few, so that lines meet; or any."""
        among = self.rng.choices((26, 6, None), (6, 2, 2))[0]
        number = self.rng.randrange(WEEKS) if among is None else self.seed % 400 + self.rng.randrange(among)
        return FIRST_WEEK + datetime.timedelta(weeks=number)

    def particulars(self) -> dict[str, Any]:
        """What a line may say beside its hours that an agreement may ask for."""
        return {
            "hours_guaranteed": self.rng.choice(GUARANTEED),
            "days_worked": self.rng.choice(DAYS),
            "scale_rate": self.rng.choice(RATES),
        }

    def post(self) -> None:
        """Post a report."""
        employer, name = self.rng.choice(sorted(self.paper.employers)), f"R{self.moves}"
        sent = [self.a_line() for _ in range(self.rng.randint(1, MOST_LINES))]
        lines = [said_by(line, employer) for line in sent]
        agreement = self.rng.choice(self.agreements)
        body = {"employer": employer, "report": name, "agreement": agreement, "lines": sent}
        status, head = self.paper.post_status(lines), self.paper.position
        answer = self.send("/v1/remittances", body, status, "post")
        if answer.status == status == DONE:
            report = Report(answer.json["id"], employer, name, agreement, len(lines), head + 1)
            expected = self.paper.sums(self.paper.post(report, lines))
            told = [answer.json[name] for name in ("position", "lines")]
            self.see([*told, *sums_in(answer.json)], [head + 1, len(lines), *expected], "receipt")

    def correct(self) -> None:
        """Correct some lines of a report."""
        if not self.paper.reports:
            self.post()
            return
        report = self.paper.reports[self.rng.choice(sorted(self.paper.reports))]
        numbers = self.rng.sample(range(1, report.lines + 1), min(report.lines, self.rng.choice((1, 1, 1, 2, 3))))
        void = [line for line in range(1, report.lines + 1) if not self.standing(report.id, line)]
        if void and self.rng.random() < 0.5:
            numbers = void[:2]
        if self.rng.random() < 0.03:
            numbers.append(self.rng.choice((report.lines + 1, numbers[0])))
        changes = [{"line": number, **self.a_change(report.id, number)} for number in numbers]
        status = self.paper.correct_status(report.id, changes)
        before = {line: self.standing(report.id, line) for line in numbers}
        body = {"reason": "Because.", "lines": changes}
        answer = self.send(f"/v1/remittances/{report.id}/corrections", body, status, f"correction {changes}")
        if answer.status == status == DONE:
            expected = self.paper.sums(self.paper.correct(report.id, changes))
            told = [answer.json[name] for name in ("position", "lines")]
            found, position = [*told, *sums_in(answer.json)], self.paper.position
            self.see(found, [position, len(changes), *expected], "correction's receipt")
            for change in answer.json["changes"]:
                now = self.standing(report.id, change["line"])
                told = [shown(change["before"]), shown(change["after"])]
                self.see(told, [self.kept(before[change["line"]]), self.kept(now)], "change")

    def a_change(self, report: str, line: int) -> dict[str, Any]:
        """A change of a line, of a kind that is rarely refused."""
        void = line <= self.paper.reports[report].lines and not self.standing(report, line)
        kinds = ["restore"] * 5 + ["hours"] * 2 if void else ["hours", "void", "void", "employer", "member", "week"]
        kinds += ["particulars", "basis"] * (self.agreements is LISTED and not void)
        kind = self.rng.choice(kinds if self.rng.random() < 0.9 else ["restore", "void", "hours", "employer", "nobody"])
        return {
            "restore": {"restore": True},
            "void": {"void": True},
            "hours": {"hours_worked": self.rng.choice(HOURS)},
            "employer": {"employer": self.rng.choice(sorted(self.paper.employers))},
            "member": {"member": self.rng.choice(sorted(self.paper.members))},
            "week": {"week_ending": str(self.a_week())},
            "particulars": self.particulars(),
            "basis": {"basis": self.rng.choice(BASES)},
            "nobody": {"employer": "NOBODY"},
        }[kind]

    def send(self, path: str, body: Any, status: int, what: str) -> Answer:
        """Send something that is to be answered so."""
        key = f"play-{self.seed}-{self.moves:08}-{self.rng.randrange(10**9)}"
        answer = self.caller.post(path, body, key)
        self.see(answer.status, status, what)
        if answer.status == DONE:
            self.done.append((path, body, key, answer))
        elif status in (CONFLICT, REFUSED):
            self.see("position" in (answer.json or {}), False, f"refused {what}")
        return answer

    def again(self) -> None:
        """Send something again as if its answer had been lost."""
        if self.done:
            path, body, key, first = self.rng.choice(self.done)
            second = self.caller.post(path, body, key)
            self.see((second.status, second.body, second.replayed), (first.status, first.body, True), "again")

    def another_body(self) -> None:
        """Send something else with a key that was used."""
        if self.done:
            path, body, key, _ = self.rng.choice(self.done)
            changed = {**body, "lines": [{**body["lines"][0], "hours_worked": "7.77"}, *body["lines"][1:]]}
            self.see(self.caller.post(path, changed, key).status, REFUSED, "key of another request")

    def other(self) -> None:
        """Add something that is not on the paper: a fact, a payment, trustees' decisions; or take such a thing back."""
        self.moves += 1
        member = f"/v1/members/{self.ids[self.rng.choice(sorted(self.paper.members))]}"
        first = self.a_week()
        if self.taken_back and self.rng.random() < 0.3:
            path, decided = self.taken_back.pop()
            self.see(self.caller.post(path, {"reason": "Because.", **decided}).status, DONE, path)
        else:
            path, body, back = self.rng.choice(
                [
                    self.a_fact,
                    self.a_credit,
                    self.a_dispute,
                    self.an_amendment,
                    *[self.a_payment] * bool(self.paper.reports),
                ]
            )(member, first)
            answer = self.caller.post(path, body)
            self.see(answer.status, DONE, f"{path} {body}")
            granted = {"outcome": "granted", "lines": [{"week_ending": str(first), "hours": "40.00"}]}
            self.taken_back.append((back.format(answer.json["id"]), granted if path.endswith("/disputes") else {}))
        self.paper.position += 1

    def a_fact(self, member: str, first: datetime.date) -> Addition:
        """A claim of a disability."""
        last = first + datetime.timedelta(days=self.rng.randint(1, 200))
        body = {"kind": "disability", "claim": f"C{self.moves % 4}", "from": str(first), "to": str(last)}
        return f"{member}/facts", body, f"{member}/facts/{{}}/withdrawal"

    def a_credit(self, member: str, first: datetime.date) -> Addition:
        """Hours that trustees credit."""
        some = self.rng.choice(FEW[1:])  # no decision credits nothing
        body = {"reason": "Appeal.", "lines": [{"week_ending": str(first), "hours": some}]}
        return f"{member}/credits", body, f"{member}/credits/{{}}/reversal"

    def a_dispute(self, member: str, first: datetime.date) -> Addition:
        """Hours that a member misses; what takes it up again is its resolution."""
        body = {"from": str(first), "to": str(first), "hours": "60.00", "evidence": "Pay stubs."}
        return f"{member}/disputes", body, "/v1/disputes/{}/resolution"

    def an_amendment(self, _member: str, first: datetime.date) -> Addition:
        """Another number of hours that keeps cover, from some day on."""
        changes = {"continuing_hours": {str(first.replace(day=1)): self.rng.choice(("300", "380", "400", "450"))}}
        cite = {"title": "Minutes", "url": "https://plan.example/minutes", "section": str(self.moves)}
        body = {"title": f"Number {self.moves}", "cite": cite, "adopted": str(first), "reason": "Because."}
        return (
            f"/v1/plans/{PLAN}/amendments",
            {**body, "changes": changes},
            f"/v1/plans/{PLAN}/amendments/{{}}/withdrawal",
        )

    def a_payment(self, _member: str, first: datetime.date) -> Addition:
        """A payment for a report."""
        report = self.paper.reports[self.rng.choice(sorted(self.paper.reports))]
        body = {"employer": report.employer, "received": str(first), "amount": "12.34"}
        body["allocations"] = [{"remittance": report.id, "amount": "12.34"}]
        return "/v1/payments", body, "/v1/payments/{}/reversal"
