"""The producers' proposal of 2021 counted on people: 950 hours a year for a qualified year of the pension, not 400."""

from typing import Any

from rules.terms import Terms
from service import cli_years, year_counts
from service.demo import membership, people
from service.work_years import WorkYears, read

PLAN, CHANGE = "mpi-pension", "pension_year_hours=950"
NAMES = ("400 hours", "950 hours")
COMMANDS = (
    f"./hourbank years data/{people.DATA.name} --plan {PLAN} --change {CHANGE} --by union --by industry",
    f"./hourbank years --plan {PLAN} --change {CHANGE} --by local",
)


def counted() -> list[tuple[WorkYears, tuple[Terms, Terms], year_counts.Table]]:
    """The count on the real people of the data, and on the made-up membership."""
    found = []
    for work in (read(people.DATA, ("union", "industry")), membership.membership()):
        pair = cli_years.pair_of(PLAN, (CHANGE,), work)
        found.append((work, pair, year_counts.table(work, pair, list(work.groups))))
    return found


def lines() -> list[str]:
    """The counts as a person reads them."""
    told = ["Qualified years of the pension at 400 hours a year, and at the 950 that the producers asked for in 2021"]
    for (work, _, table), command in zip(counted(), COMMANDS, strict=True):
        who = "60,000 people who are made up" if work.synthetic else f"{len(work.people)} real people"
        told += ["", f"{who}, {work.first} to {work.years[-1]} ({command})"]
        told += year_counts.lines(table, NAMES, cli_years.TITLES)
    return told


def document() -> list[dict[str, Any]]:
    """The counts for a program."""
    return [{"synthetic": work.synthetic} | year_counts.told(table, pair) for work, pair, table in counted()]
