"""The ledger as one would keep it on paper: a list of entries, nothing ever struck out. Written from the contract and
the documents, without the service's code.

Hours are hundredths. A report's line is what its last entry says, unless that entry was taken back.
"""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

REFUSED, CONFLICT, DONE = 422, 409, 201


class Said(NamedTuple):
    """What a line says."""

    member: str
    employer: str
    week: datetime.date
    hours: int
    occupation: str | None


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
    def hours(self) -> int:
        """The hours that it adds."""
        return -self.said.hours if self.takes else self.said.hours


@dataclass
class Report:
    """A report: whose, its name, how many lines, and when it was posted."""

    id: str
    employer: str
    name: str
    lines: int
    position: int


@dataclass
class Paper:
    """The ledger of one history."""

    position: int
    employers: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    reports: dict[str, Report] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

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

    def counting(self, member: str, at: int) -> list[Entry]:
        """The entries of a member that count at a position."""
        return [
            one
            for one in self.entries
            if one.said.member == member and one.position <= at and not one.takes and self.undone(one, at) is None
        ]

    def post(self, identity: str, employer: str, name: str, lines: list[Said]) -> None:
        """Enter a report."""
        self.position += 1
        self.reports[identity] = Report(identity, employer, name, len(lines), self.position)
        for number, said in enumerate(lines, start=1):
            self.entries.append(Entry(identity, number, said, self.position))

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
        if "hours_worked" in change:
            said = said._replace(hours=hundredths(change["hours_worked"]))
        if "week_ending" in change:
            said = said._replace(week=datetime.date.fromisoformat(change["week_ending"]))
        return said._replace(**{name: change[name] for name in ("member", "employer", "occupation") if name in change})

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
    """Whether two lines are about the same member, week and occupation."""
    return max(Counter((one.member, one.week, one.occupation) for one in lines).values(), default=0) > 1


def repeated_lines(changes: list[dict[str, Any]]) -> bool:
    """Whether a line is changed twice."""
    return len({change["line"] for change in changes}) < len(changes)


def hundredths(written: str) -> int:
    """Hours as they are written, as hundredths."""
    whole, _, part = written.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0")) if part else int(whole) * 100


def written(hours: int) -> str:
    """Hundredths as hours are written."""
    return f"{'-' if hours < 0 else ''}{abs(hours) // 100}.{abs(hours) % 100:02}"
