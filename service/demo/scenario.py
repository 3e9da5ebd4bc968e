"""Negotiators' questions about a synthetic membership of 60,000: thresholds, and a stoppage with and without relief."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service import snapshots
from service.cli_simulate import figure, told
from service.db import make_engine, writing
from service.demo.client import Client
from service.demo.snapshot import PEOPLE, membership_snapshot
from service.serving import Running, disposing

THRESHOLDS: dict[str, Any] = {
    "plan": "mpi-health",
    "under": [
        "current",
        *(
            {"name": f"{hours} hours", "changes": {"continuing_hours": {"2018-08-01": hours}}}
            for hours in ("450", "500")
        ),
    ],
    "from": "2018-08",
    "to": "2021-07",
    "group_by": ["local"],
}
# The work of 2021 goes on in 2022 and 2023, and stops for ten weeks on the day on which the writers' strike began.
STOPPAGE: dict[str, Any] = {
    "plan": "mpi-health",
    "under": ["current", {"name": "without the relief of 2023", "without_relief": ["strikes-2023"]}],
    "from": "2023-06",
    "to": "2024-06",
    "assume": {
        "continued": {"from": "2020-12-27", "to": "2021-12-25", "until": "2023-12-23"},
        "stoppage": {"from": "2023-05-02", "to": "2023-07-10"},
    },
}
TITLES = ("More hours to keep cover, from August 2018", "A stoppage of ten weeks, with and without the relief of 2023")


def take(running: Running, home: Path, people: int = PEOPLE) -> str:
    """Make the membership up and keep it where the running service finds it; its id."""
    made = membership_snapshot(people)
    with disposing(make_engine(running.database_url)) as engine, writing(engine) as session:
        return str(snapshots.keep(session, home, made, 0, "operator").id)


def asked(client: Client, snapshot: str) -> list[dict[str, Any]]:
    """Both questions, answered."""
    questions = (THRESHOLDS, STOPPAGE)
    return [
        client.post("/v1/scenarios", {**one, "snapshot": snapshot}, f"demo-scenario-{n:04}")
        for n, one in enumerate(questions)
    ]


def lines(found: list[dict[str, Any]]) -> Iterator[str]:
    """The answers as a person reads them."""
    for title, one in zip(TITLES, found, strict=True):
        yield f"{title} ({len(one['results'])} contracts over {one['members']:,} people who are made up)"
        yield from (f"  {line}" for line in list(told(one))[1:])
        if one["groups"]:
            yield "  who loses cover in any month, by local"
            names = [result["terms"] for result in one["results"][1:]]
            yield " " * 12 + "".join(name.rjust(12) for name in ("members", *names))
            for local, group in one["groups"]["local"].items():
                counts = (group["members"], *(result["lost"] for result in group["results"][1:]))
                yield "  " + local.ljust(10) + "".join(figure(count).rjust(12) for count in counts)
        yield ""


def document(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers for a program, without the months."""
    kept = ("terms", "people", "benefit_months", "gained", "lost", "saved_by_bank", "transitions")
    return [
        {
            "title": title,
            "hash": one["hash"],
            "members": one["members"],
            "results": [{name: result[name] for name in kept} for result in one["results"]],
        }
        for title, one in zip(TITLES, found, strict=True)
    ]
