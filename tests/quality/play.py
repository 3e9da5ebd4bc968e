"""Random moves against a service, held against the ledger on paper (``ledger_model.py``); cover against the oracle."""

import datetime
import functools
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from rules import calendar, terms
from rules.evaluate import Line
from tests import oracle
from tests.quality.ledger_model import CONFLICT, DONE, REFUSED, Entry, Paper, Said, written
from tests.quality.own import Answer, Caller

PLAN, AGREEMENT = "mpi-health", "not-listed-2012"  # an agreement that is not known counts hours as they are
FIRST_WEEK, WEEKS = datetime.date(2012, 1, 7), 500
HOURS = ("0.01", "8.00", "40.00", "52.50", "60.00", "99.99", "168.00", "199.99", "200.00", "400.00", "399.99", "450.00")
OCCUPATIONS = (None, None, None, "3525", "0417")
MOST_LINES = 6


Addition = tuple[str, dict[str, Any], str]  # where it is sent, what is sent, and where it is taken back, by its id


class Play:
    """One history: a seeded choice of moves, the service that they are made on, and what they come to on paper."""

    def __init__(self, caller: Caller, seed: int) -> None:
        self.caller, self.seed, self.rng = caller, seed, random.Random(seed)
        self.paper = Paper(position=0)
        self.ids: dict[str, str] = {}
        self.done: list[tuple[str, Any, str, Answer]] = []
        self.instants: dict[int, str] = {}
        self.taken_back: list[tuple[str, dict[str, Any]]] = []
        self.wrong: list[str] = []
        self.moves = 0
        self.enrol()

    def enrol(self) -> None:
        """Make the history's own employers and members, and find where the ledger stands."""
        for number in range(2):
            code = f"E{self.seed}-{number}"
            self.see(self.caller.post("/v1/employers", {"code": code, "name": code}).status, DONE, "employer")
            self.paper.employers.add(code)
        for number in range(3):
            name = f"M-{self.seed}-{number}"
            made = self.caller.post("/v1/members", {"number": name, "name": name})
            self.see(made.status, DONE, "member")
            self.ids[name] = made.json["id"]
            self.paper.members.add(name)
        self.paper.position = self.caller.get(f"/v1/members/{self.ids[name]}/hours").json["known_at"]
        self.began = self.paper.position

    def see(self, found: Any, expected: Any, what: str) -> None:
        """Note where the service says something else than the paper."""
        if found != expected:
            self.wrong.append(f"{self.seed} move {self.moves} {what}: {found!r} instead of {expected!r}")

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
        }
        return {name: value for name, value in said.items() if value is not None}

    def a_week(self) -> datetime.date:
        """A week: of one half year, so that hours come together; one of a few, so that lines meet; or any."""
        among = self.rng.choices((26, 6, None), (6, 2, 2))[0]
        number = self.rng.randrange(WEEKS) if among is None else self.seed % 400 + self.rng.randrange(among)
        return FIRST_WEEK + datetime.timedelta(weeks=number)

    def post(self) -> None:
        """Post a report."""
        employer, name = self.rng.choice(sorted(self.paper.employers)), f"R{self.moves}"
        sent = [self.a_line() for _ in range(self.rng.randint(1, MOST_LINES))]
        lines = [said_by(line, employer) for line in sent]
        body = {"employer": employer, "report": name, "agreement": AGREEMENT, "lines": sent}
        status, head = self.paper.post_status(lines), self.paper.position
        answer = self.send("/v1/remittances", body, status, "post")
        if answer.status == status == DONE:
            self.paper.post(answer.json["id"], employer, name, lines)
            hours = written(sum(line.hours for line in lines))
            told = [answer.json[name] for name in ("position", "lines", "hours", "credited_hours")]
            self.see(told, [head + 1, len(lines), hours, hours], "receipt")

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
            made = self.paper.correct(report.id, changes)
            hours = written(sum(entry.hours for entry in made))
            told = [answer.json[name] for name in ("position", "lines", "hours", "credited_hours")]
            self.see(told, [self.paper.position, len(changes), hours, hours], "correction's receipt")
            for change in answer.json["changes"]:
                now = self.standing(report.id, change["line"])
                told = [shown(change["before"]), shown(change["after"])]
                self.see(told, [kept(before[change["line"]]), kept(now)], "change")

    def standing(self, report: str, line: int) -> Entry | None:
        """What a line stands by now."""
        return self.paper.standing(report, line, self.paper.position)

    def a_change(self, report: str, line: int) -> dict[str, Any]:
        """A change of a line, of a kind that is rarely refused."""
        void = line <= self.paper.reports[report].lines and not self.standing(report, line)
        kinds = ["restore"] * 5 + ["hours"] * 2 if void else ["hours", "void", "void", "employer", "member", "week"]
        kind = self.rng.choice(kinds if self.rng.random() < 0.9 else ["restore", "void", "hours", "employer", "nobody"])
        return {
            "restore": {"restore": True},
            "void": {"void": True},
            "hours": {"hours_worked": self.rng.choice(HOURS)},
            "employer": {"employer": self.rng.choice(sorted(self.paper.employers))},
            "member": {"member": self.rng.choice(sorted(self.paper.members))},
            "week": {"week_ending": str(self.a_week())},
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
        body = {"reason": "Appeal.", "lines": [{"week_ending": str(first), "hours": self.rng.choice(HOURS[:6])}]}
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

    # Looks

    def a_position(self) -> tuple[int, str | None]:
        """A position, and how to ask for it: by its number, by an instant, or not at all for now."""
        if self.rng.random() < 0.3:
            return self.paper.position, None
        if self.instants and self.rng.random() < 0.3:
            return self.rng.choice([*self.instants.items()])
        position = self.rng.randint(self.began, self.paper.position)
        return position, str(position)

    def read_hours(self, member: str | None = None, at: tuple[int, str | None] | None = None) -> None:
        """Read a member's lines."""
        member = member or self.rng.choice(sorted(self.paper.members))
        position, asked = at or self.a_position()
        answer = self.caller.get(f"/v1/members/{self.ids[member]}/hours", known_at=asked).json
        entries = [one for one in self.paper.entries if one.said.member == member and one.position <= position]
        rows = {row["id"]: row for row in answer["lines"]}
        found = Counter(
            (
                *(row["employer"], row["report"], row["week_ending"], row["occupation"], row["credited"], place(row)),
                *(place(rows.get(row[name])) for name in ("reverses", "reversed_by")),
            )
            for row in answer["lines"]
        )
        expected = Counter(
            (
                *(one.said.employer, self.paper.reports[one.report].name, str(one.said.week), one.said.occupation),
                *(written(one.hours), mine(one), mine(one.undoes), mine(self.paper.undone(one, position))),
            )
            for one in entries
        )
        hours = written(sum(one.hours for one in entries))
        self.see(answer["known_at"], position, "position of hours")
        self.see(answer["totals"], {"lines": len(entries), "hours": hours, "credited": hours}, "totals of hours")
        self.see(found - expected, Counter(), f"lines too many at {position}")
        self.see(expected - found, Counter(), f"lines missing at {position}")

    def read_report(self, identity: str | None = None, at: tuple[int, str | None] | None = None) -> None:
        """Read a report."""
        if not self.paper.reports:
            return
        report = self.paper.reports[identity or self.rng.choice(sorted(self.paper.reports))]
        position, asked = at or self.a_position()
        answer = self.caller.get(f"/v1/remittances/{report.id}", known_at=asked)
        if position < report.position:
            self.see(answer.status, 404, "report that is not known yet")
            return
        self.instants[report.position] = answer.json["recorded_at"]
        expected, hours = [], 0
        for line in range(1, report.lines + 1):
            last = self.paper.last(report.id, line, position)
            assert last is not None
            taken = self.paper.undone(last, position)
            state = "void" if taken else "posted" if last.position == report.position else "corrected"
            expected.append((line, kept(last), state, (taken or last).position))
            hours += 0 if taken else last.hours
        found = [(row["line"], shown(row), row["state"], row["position"]) for row in answer.json["lines"]]
        self.see(found, expected, f"report at {position}")
        told = [answer.json[name] for name in ("known_at", "position", "hours", "credited_hours")]
        self.see(told, [position, report.position, written(hours), written(hours)], "totals of report")

    def read_cover(self) -> None:
        """Ask whether a member is covered, and hold the answer against the oracle's."""
        member, (position, asked) = self.rng.choice(sorted(self.paper.members)), self.a_position()
        counting = self.paper.counting(member, position)
        lines = [Line(one.said.week, one.hours, number)._asdict() for number, one in enumerate(counting)]
        near = self.rng.choice([line["day"] for line in lines] or [FIRST_WEEK])
        on = near + datetime.timedelta(days=self.rng.randint(60, 330))
        answer = self.caller.get(f"/v1/members/{self.ids[member]}/coverage", plan=PLAN, on=str(on), known_at=asked).json
        expected = oracle.coverage_under(read_terms(), lines, [], on)
        [found] = answer["determinations"]
        told = [found["covered"], found["from"], found["until"], found["hours"]["counted"], found["bank"]["after"]]
        days = [expected[name] and str(expected[name]) for name in ("from", "until")]
        figures = [written(int(expected[name])) for name in ("counted", "bank_after")]
        self.see(told, [expected["covered"], *days, *figures], f"cover on {on} at {position}")

    def read_all(self) -> None:
        """Read everything there is, as it stands and as it stood."""
        for at in ((self.paper.position, None), self.a_position()):
            for member in sorted(self.paper.members):
                self.read_hours(member, at)
            for report in sorted(self.paper.reports):
                self.read_report(report, at)


def place(row: dict[str, Any] | None) -> Any:
    """Where an entry in an answer stands."""
    return row and (row["remittance"], row["line"], row["position"], row["hours"])


def mine(entry: Entry | None) -> Any:
    """The same of an entry on paper."""
    return entry and (entry.report, entry.line, entry.position, written(entry.hours))


def said_by(line: dict[str, Any], employer: str) -> Said:
    """What a line that was sent says."""
    week = datetime.date.fromisoformat(line["week_ending"])
    hours = int(line["hours_worked"].replace(".", ""))
    return Said(line["member"], employer, week, hours, line.get("occupation"))


def shown(row: dict[str, Any] | None) -> Any:
    """What a line in an answer says."""
    names = ("member", "employer", "week_ending", "hours_worked", "credited", "occupation")
    return row and tuple(row[name] for name in names)


def kept(entry: Entry | None) -> Any:
    """The same of an entry on paper."""
    if entry is None:
        return None
    said = entry.said
    return (said.member, said.employer, str(said.week), written(said.hours), written(said.hours), said.occupation)


@functools.cache
def read_terms() -> oracle.Terms:
    """The oracle's reading of the plan."""
    return oracle.read(terms.PLANS / f"{PLAN}.yaml", calendar.CHARTS, {})
