"""A history on the service and on paper (``ledger_model.py``): who is in it, and looks that hold one against the other.

Cover is held against the oracle.
"""

import datetime
import functools
import random
from collections import Counter
from typing import Any

from rules import calendar, terms
from rules.evaluate import Line
from tests import oracle
from tests.quality.agreement_model import written
from tests.quality.ledger_model import DONE, Entry, Paper, amount, said_by
from tests.quality.own import Caller

PLAN = "mpi-health"
FIRST_WEEK, WEEKS = datetime.date(2012, 1, 7), 500
ALL_MONTHS = {"from": "2012-01", "to": "2021-12"}
CLASSES = ("premium", "basic", None)


class History:
    """One history: a seed, the service that it is played on, and what it comes to on paper."""

    def __init__(self, caller: Caller, seed: int) -> None:
        self.caller, self.seed, self.rng = caller, seed, random.Random(seed)
        self.paper = Paper(position=0)
        self.ids: dict[str, str] = {}
        self.instants: dict[int, str] = {}
        self.wrong: list[str] = []
        self.moves = 0
        self.enrol()

    def enrol(self) -> None:
        """Make the history's own employers and members, and find where the ledger stands."""
        for number in range(2):
            code, of = f"E{self.seed}-{number}", self.rng.choice(CLASSES)
            body = {"code": code, "name": code, **({"contributor_class": of} if of else {})}
            self.see(self.caller.post("/v1/employers", body).status, DONE, "employer")
            self.paper.employers[code] = of
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

    def standing(self, report: str, line: int) -> Entry | None:
        """What a line stands by now."""
        return self.paper.standing(report, line, self.paper.position)

    def kept(self, entry: Entry | None) -> Any:
        """What a line on paper says and comes to."""
        if entry is None:
            return None
        found = self.paper.assessed(entry)
        return (entry.said, found.credited, found.words, found.due)

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
                *(row["employer"], row["report"], row["week_ending"], row["occupation"], row["basis"]),
                *(row["credited"], row["imputation"], place(row)),
                *(place(rows.get(row[name])) for name in ("reverses", "reversed_by")),
            )
            for row in answer["lines"]
        )
        expected = Counter(
            (
                *(one.said.employer, self.paper.reports[one.report].name, str(one.said.week)),
                *(one.said.occupation, one.said.basis, written(self.paper.assessed(one).credited)),
                *(self.paper.assessed(one).words, mine(one), mine(one.undoes), mine(self.paper.undone(one, position))),
            )
            for one in entries
        )
        hours, credited, _ = self.paper.sums(entries)
        self.see(answer["known_at"], position, "position of hours")
        totals = {"lines": len(entries), "hours": written(hours), "credited": written(credited)}
        self.see(answer["totals"], totals, "totals of hours")
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
        expected, standing = [], []
        for line in range(1, report.lines + 1):
            last = self.paper.last(report.id, line, position)
            assert last is not None
            taken = self.paper.undone(last, position)
            state = "void" if taken else "posted" if last.position == report.position else "corrected"
            expected.append((line, self.kept(last), state, (taken or last).position))
            standing += [] if taken else [last]
        found = [(row["line"], shown(row), row["state"], row["position"]) for row in answer.json["lines"]]
        self.see(found, expected, f"report at {position}")
        hours, credited, _ = self.paper.sums(standing)
        told = [answer.json[name] for name in ("known_at", "position", "agreement", "hours", "credited_hours")]
        totals = [position, report.position, report.agreement, written(hours), written(credited)]
        self.see(told, totals, "totals of report")

    def read_statement(self) -> None:
        """Read what was reported of an employer's hours and what is due, month by month."""
        employer, (position, asked) = self.rng.choice(sorted(self.paper.employers)), self.a_position()
        answer = self.caller.get(f"/v1/employers/{employer}/statement", **ALL_MONTHS, known_at=asked).json
        months: dict[tuple[str, str], list[Entry]] = {}
        for one in self.paper.entries:
            if one.said.employer == employer and self.paper.counts(one, position):
                key = (f"{one.said.week:%Y-%m}", self.paper.reports[one.report].agreement)
                months.setdefault(key, []).append(one)
        expected = []
        for (month, agreement), entries in sorted(months.items()):
            hours, credited, due = self.paper.sums(entries)
            unknown = Counter(
                fund for one in entries for fund, cents in self.paper.assessed(one).due.items() if cents is None
            )
            expected.append((month, agreement, len(entries), hours, credited, due, dict(unknown)))
        found = [
            (
                *(row["month"], row["agreement"], row["lines"], *sums_in(row)),
                row["unknown_lines"],
            )
            for row in answer["months"]
        ]
        self.see(found, expected, f"statement at {position}")
        everything = self.paper.sums(one for entries in months.values() for one in entries)
        self.see(sums_in(answer["totals"]), everything, f"totals of the statement at {position}")

    def read_cover(self) -> None:
        """Ask whether a member is covered, and hold the answer against the oracle's."""
        position, asked = self.a_position()
        held = {member: self.paper.counting(member, position) for member in sorted(self.paper.members)}
        member = self.rng.choice([member for member, counting in held.items() if counting] or [*held])
        counting = held[member]
        lines = [
            Line(one.said.week, self.paper.assessed(one).credited, number)._asdict()
            for number, one in enumerate(counting)
        ]
        days = [line["day"] for line in sorted(lines, key=lambda line: line["hours"])] or [FIRST_WEEK]
        near = self.rng.choice([*days[-2:], days[-1]])  # mostly where cover is likely
        on = near + datetime.timedelta(days=self.rng.randint(80, 265))
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


def shown(row: dict[str, Any] | None) -> Any:
    """What a line in an answer says and comes to."""
    if row is None:
        return None
    return (said_by(row, ""), amount(row["credited"]), row["imputation"], cents_in(row))


def sums_in(answer: dict[str, Any]) -> tuple[int | None, int | None, dict[str, int | None]]:
    """The sums in an answer: hours worked, hours that count, and what is owed to each fund."""
    return amount(answer["hours"]), amount(answer["credited_hours"]), cents_in(answer)


def cents_in(answer: dict[str, Any]) -> dict[str, int | None]:
    """What an answer says is owed to each fund, in cents."""
    return {fund: amount(money) for fund, money in answer["contributions"].items()}


@functools.cache
def read_terms() -> oracle.Terms:
    """The oracle's reading of the plan."""
    return oracle.read(terms.PLANS / f"{PLAN}.yaml", calendar.CHARTS, {})
