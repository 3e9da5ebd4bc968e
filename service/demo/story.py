"""What the demo does: it enrols, reports, proposes and asks, speaking only HTTP to a running service."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import click

from service.demo import answers, people
from service.demo.client import Client

PLAN = "mpi-health"
FIRST_YEAR, LAST_YEAR = 2013, 2019  # the half years of the table; the moved years of work are 2012 to 2019
AUTHOR = "Hourbank demo"
CONNECTIONS = 4


class Contract(NamedTuple):
    """Terms to ask under: hours needed to stay covered, and the proposal to post (none for the current terms)."""

    hours: int
    heading: str
    title: str | None
    note: str | None = None


CONTRACTS = (
    Contract(300, "before 2011", "Terms before 2011: 300 hours", "What the plan asked for until the middle of 2011."),
    Contract(400, "current", None),
    Contract(600, "2008 opening", "The producers' opening in 2008: 600 hours", "Asked for in 2008, settled at 400."),
)
# Cases are looked for under the current terms first.
SEARCH_ORDER = sorted(range(len(CONTRACTS)), key=lambda place: CONTRACTS[place].title is not None)


class Story(NamedTuple):
    """What happened: ids by member number, what was posted, the table of the covered, the cases and their answers."""

    members: dict[str, str]
    reports: int
    lines: int
    days: list[str]
    covered: list[list[int]]
    cases: list[tuple[answers.Case, answers.Document]]
    seconds: dict[str, float]


def tell(client: Client, work_years: list[people.WorkYear], seconds: dict[str, float]) -> Story:
    """Drive the service through the three jobs; add each step's wall time to ``seconds``."""
    with step("enrol the people and their employers", seconds):
        members = enrol(client, work_years)
    with step("post the weekly remittance reports", seconds):
        reports = list(people.remittance_reports(work_years))
        receipts = in_parallel(lambda report: post_report(client, report), reports)
    with step("ask for everybody's cover under three contracts", seconds):
        under = [post_proposal(client, contract) for contract in CONTRACTS]
        histories = in_parallel(lambda member: ask_history(client, member, under), members.values())
    with step("ask for the reasons in the named cases", seconds):
        cases = [(case, ask_coverage(client, case, under)) for case in answers.find_cases(histories, SEARCH_ORDER)]
    days = answers.half_years(FIRST_YEAR, LAST_YEAR)
    lines = sum(receipt["lines"] for receipt in receipts)
    return Story(members, len(receipts), lines, days, answers.count_covered(histories, days), cases, seconds)


@contextlib.contextmanager
def step(title: str, seconds: dict[str, float]) -> Iterator[None]:
    """Say on standard error what begins, and note how long it took."""
    click.echo(f"{title} ...", err=True)
    started = time.perf_counter()
    yield
    seconds[title] = round(time.perf_counter() - started, 1)


def in_parallel(task: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Do ``task`` for every item over a few connections at once, under a progress bar; results in order."""
    items = list(items)
    with (
        ThreadPoolExecutor(CONNECTIONS) as pool,
        click.progressbar(pool.map(task, items), len(items), show_pos=True, file=sys.stderr) as results,
    ):
        return list(results)


def enrol(client: Client, work_years: list[people.WorkYear]) -> dict[str, str]:
    """Create one employer per industry and one member per person; return the members' ids by number."""
    for industry in sorted({year.industry for year in work_years}):
        code = people.employer_code(industry)
        client.post("/v1/employers", {"code": code, "name": people.INDUSTRIES[industry]}, f"demo-employer-{code}")
    persons = sorted({year.person for year in work_years})
    enrolled = in_parallel(lambda person: post_member(client, person), persons)
    return {member["number"]: member["id"] for member in enrolled}


def post_member(client: Client, person: int) -> answers.Document:
    """Enrol one person of the data under an invented name and number, and nothing else invented."""
    number = people.member_number(person)
    return client.post("/v1/members", {"number": number, "name": f"Person {person} (NLSY)"}, f"demo-member-{number}")


def post_report(client: Client, report: answers.Document) -> answers.Document:
    """Post one employer's weekly report."""
    return client.post("/v1/remittances", report, f"demo-report-{report['employer']}-{report['report']}")


def post_proposal(client: Client, contract: Contract) -> str:
    """Post a contract's terms as a proposal; return what to ask ``under``."""
    if not contract.title:
        return "current"
    changes = {"continuing_hours": {"2000-01-01": str(contract.hours)}}
    proposal = {"title": contract.title, "author": AUTHOR, "plan": PLAN, "note": contract.note, "changes": changes}
    return client.post("/v1/proposals", proposal, f"demo-proposal-{contract.hours}")["id"]


def ask_history(client: Client, member: str, under: list[str]) -> answers.Document:
    """One member's benefit periods over the years of the table, under each contract."""
    span = {"from": f"{FIRST_YEAR}-01", "to": f"{LAST_YEAR + 1}-06"}
    return client.get(f"/v1/members/{member}/coverage/history", plan=PLAN, under=under, **span)


def ask_coverage(client: Client, case: answers.Case, under: list[str]) -> answers.Document:
    """The answer with reasons for a case, under the terms where it was found."""
    path = f"/v1/members/{case.member}/coverage"
    answer = client.get(path, plan=PLAN, on=case.on, under=under[case.under])
    return answer["determinations"][0]
