"""The ledger as one would keep it on paper: a list of entries, nothing ever struck out. Written from the contract and
the documents, without the service's code.

Hours are hundredths. A report's line is what its last entry says, unless that entry was taken back.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.quality.agreement_model import Assessed, Said, assess, hundredths

REFUSED, CONFLICT, DONE = 422, 409, 201


def amount(text: str | None) -> int | None:
    """Hours or money as they are written, in hundredths."""
    return None if text is None else hundredths(Fraction(text))


# What stands on the wire under which name: its name here, and how it is read.
WIRE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "member": ("member", str),
    "employer": ("employer", str),
    "week_ending": ("week", datetime.date.fromisoformat),
    "hours_worked": ("hours", amount),
    "occupation": ("occupation", lambda text: text),
    "basis": ("basis", str),
    "hours_guaranteed": ("guaranteed", amount),
    "days_worked": ("days", lambda number: number),
    "scale_rate": ("scale", amount),
}


@dataclass(eq=False)
class Entry:
    """One entry. ``undoes`` is the entry that it takes back; where that is a takings-back itself, it puts back."""

    report: str
    line: int
    said: Said
    position: int
    undoes: "Entry | None" = None

    @property
    def takes(self) -> bool:
        """Whether this takes hours away."""
        return self.undoes is not None and not self.undoes.takes

    @property
    def sign(self) -> int:
        """Whether what it says is added or taken away."""
        return -1 if self.takes else 1

    @property
    def hours(self) -> int:
        """The hours worked that it adds."""
        return self.sign * self.said.hours


@dataclass
class Report:
    """A report: whose, its name, under which agreement, how many lines, and when it was posted."""

    id: str
    employer: str
    name: str
    agreement: str
    lines: int
    position: int


@dataclass
class Paper:
    """The ledger of one history. Employers have a class, or none that is recorded."""

    position: int
    employers: dict[str, str | None] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    reports: dict[str, Report] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def assessed(self, entry: Entry) -> Assessed:
        """The hours that an entry adds, and what is owed on it."""
        agreement, said = self.reports[entry.report].agreement, entry.said
        found = assess(agreement, said, self.employers[said.employer])
        due = {fund: None if cents is None else entry.sign * cents for fund, cents in found.due.items()}
        return Assessed(entry.sign * found.credited, "reversal" if entry.takes else found.words, due)

    def sums(self, entries: Iterable[Entry]) -> tuple[int, int, dict[str, int | None]]:
        """Hours worked, hours that count, and what is known to be owed to each fund; None: nothing of it is known."""
        hours, credited, due = 0, 0, dict[str, int | None]()
        for entry in entries:
            found = self.assessed(entry)
            hours, credited = hours + entry.hours, credited + found.credited
            for fund, cents in found.due.items():
                due[fund] = due.get(fund) if cents is None else (due.get(fund) or 0) + cents
        return hours, credited, due

    def undone(self, entry: Entry, at: int) -> Entry | None:
        """What takes an entry back, as known at a position."""
        return next((one for one in self.entries if one.undoes is entry and one.position <= at), None)

    def last(self, report: str, line: int, at: int) -> Entry | None:
        """What a line said last, whether it was taken back or not."""
        of_line = (one for one in self.entries if (one.report, one.line) == (report, line) and one.position <= at)
        return next((one for one in reversed([*of_line]) if not one.takes), None)

    def standing(self, report: str, line: int, at: int) -> Entry | None:
        """The entry that a line stands by, or None where it is void."""
        entry = self.last(report, line, at)
        return entry if entry and self.undone(entry, at) is None else None

    def counts(self, entry: Entry, at: int) -> bool:
        """Whether an entry counts at a position: it was made by then, and was not taken back."""
        return entry.position <= at and not entry.takes and self.undone(entry, at) is None

    def counting(self, member: str, at: int) -> list[Entry]:
        """The entries of a member that count at a position."""
        return [one for one in self.entries if one.said.member == member and self.counts(one, at)]

    def post(self, report: Report, lines: list[Said]) -> list[Entry]:
        """Enter a report; its entries."""
        self.position = report.position
        self.reports[report.id] = report
        made = [Entry(report.id, number, said, report.position) for number, said in enumerate(lines, start=1)]
        self.entries += made
        return made

    def post_status(self, lines: list[Said]) -> int:
        """How a report is to be answered: no two lines may say the same work."""
        return REFUSED if repeated(lines) or any(one.member not in self.members for one in lines) else DONE

    def correct_status(self, report: str, changes: list[dict[str, Any]]) -> int:
        """How a correction is to be answered."""
        wrong = [self.wrong(report, change) for change in changes]
        if any(wrong) or repeated_lines(changes):
            faults = {one for one in wrong if one}
            alone = len(faults) == 1 and not repeated_lines(changes)
            return CONFLICT if alone and faults <= {"void already", "stands already"} else REFUSED
        after = {change["line"]: self.after(report, change) for change in changes}
        for line in range(1, self.reports[report].lines + 1):
            stands = self.standing(report, line, self.position)
            after.setdefault(line, stands.said if stands else None)
        return REFUSED if repeated([said for said in after.values() if said]) else DONE

    def wrong(self, report: str, change: dict[str, Any]) -> str | None:
        """What is wrong with one change of a correction by itself."""
        if change["line"] > self.reports[report].lines:
            return "no such line"
        stands = self.standing(report, change["line"], self.position) is not None
        if change.get("void"):
            return None if stands else "void already"
        if change.get("restore"):
            return "stands already" if stands else None
        unknown = change.get("member", "") not in {"", *self.members} or change.get("employer", "") not in {
            "",
            *self.employers,
        }
        return "no hours or nobody" if unknown or not (stands or change.get("hours_worked")) else None

    def after(self, report: str, change: dict[str, Any]) -> Said | None:
        """What a line says after a change; None: it is void."""
        if change.get("void"):
            return None
        entry = self.last(report, change["line"], self.position)
        assert entry is not None
        said = entry.said
        return said._replace(**told(change))

    def correct(self, report: str, changes: list[dict[str, Any]]) -> list[Entry]:
        """Enter a correction; its entries."""
        before, made = self.position, []
        after = [self.after(report, change) for change in changes]
        for change, said in zip(changes, after, strict=True):
            line, last = change["line"], self.last(report, change["line"], before)
            assert last is not None
            taken = self.undone(last, before)
            if taken is None:
                made.append(Entry(report, line, last.said, before + 1, undoes=last))
            if said:
                made.append(Entry(report, line, said, before + 1, undoes=taken if change.get("restore") else None))
        self.position += 1
        self.entries += made
        return made


def repeated(lines: list[Said]) -> bool:
    """Whether two lines are about the same member, week, occupation and basis."""
    return max(Counter((one.member, one.week, one.occupation, one.basis) for one in lines).values(), default=0) > 1


def repeated_lines(changes: list[dict[str, Any]]) -> bool:
    """Whether a line is changed twice."""
    return len({change["line"] for change in changes}) < len(changes)


def told(line: dict[str, Any]) -> dict[str, Any]:
    """What a line on the wire says, under the names of :class:`Said`."""
    return {name: read(line[there]) for there, (name, read) in WIRE.items() if there in line}


def said_by(line: dict[str, Any], employer: str) -> Said:
    """What a line of an employer's report says."""
    return Said(**{"employer": employer, **told(line)})
