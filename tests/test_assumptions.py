"""docs/assumptions.md: its table of one line, and its examples."""

import datetime
import re
from pathlib import Path

import pytest
import yaml

from rules import agreements, contributions, units
from rules.assume import assume
from rules.credit import Line
from schemas.scenarios import NewScenario
from service.parsing import assumptions_of, given_of
from service.resolving import assumed, plain
from tests.snapshots import snapshot_of

PAGE = (Path(__file__).parents[1] / "docs" / "assumptions.md").read_text()
ROWS = re.findall(r"^\| `(.*?)` \| ([0-9.]+) \| ([0-9.]+) \| ([0-9.]+) \|$", PAGE, re.M)
EXAMPLES = [yaml.load(text, yaml.BaseLoader) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.S)]
WEEK = datetime.date(2023, 5, 6)
BODY = {"snapshot": "latest", "plan": "any", "under": ["current"], "from": "2018-08", "to": "2021-07"}


@pytest.fixture
def week():
    """The line that the table is about."""
    rates = contributions.due(agreements.agreement("basic-2018"), WEEK, 5_500, None, "premium", 5)
    assert rates["active-health"].cents == 481_97
    line = Line(WEEK, 5_500, days=500, contributions=481_97)
    return snapshot_of([([line], [])], agreement=["basic-2018"], contributor_class=["premium"])


@pytest.mark.parametrize(("supposed", "hours", "days", "owed"), ROWS, ids=[row[0].partition(":")[0] for row in ROWS])
def test_the_table_of_one_line(week, supposed, hours, days, owed):
    asked = NewScenario().load({**BODY, "assume": yaml.load(supposed, yaml.BaseLoader)})["assume"]
    lines = assume(week, assumptions_of(plain(assumed(asked)))).cover.lines
    first = {name: int(column[0]) for name, column in lines.items()}
    assert [units.written(first[name]) for name in ("hours", "days", "health")] == [hours, days, owed]
    if supposed.startswith("moves"):
        assert [int(lines[name][1]) for name in ("hours", "days", "health")] == [1_100, 100, 0]


def test_the_page_names_every_assumption():
    named = {name for row in ROWS for name in yaml.load(row[0], yaml.BaseLoader)}
    assert named == {"stoppage", "hours_factor", "daily_cap", "weekly_cap", "moves"}
    known = set(NewScenario().fields["assume"].schema.fields)
    assert known == set(re.findall(r"`([a-z_]+)(?::[^`]*)?`", "\n".join(re.findall(r"\*\*(.*?)\*\*", PAGE))))


def test_the_examples_are_taken():
    rates, money = EXAMPLES
    found = NewScenario().load({**BODY, **money})
    given = given_of(plain(NewScenario().fields["finance"].schema.dump(found["finance"])))
    assert given.cost_per_covered.on(datetime.date(2018, 8, 1)) == 1_000_00
    assert given.floor_months == 800
    assert set(rates["rates"]) == {"basic-2018.active-health.per_hour"}
    assert all(one.source for one in (given.cost_per_covered, given.residual_income, given.reserve))


def test_an_earlier_year_may_go_on_later():
    said = {"from": "2021-01-02", "to": "2021-12-31", "until": "2026-01-01", "since": "2023-01-01"}
    for continued, since in ((said, datetime.date(2023, 1, 1)), ({**said, "since": None}, None)):
        asked = NewScenario().load({**BODY, "assume": {"continued": continued}})["assume"]
        assert assumptions_of(plain(assumed(asked))).continued == (
            *(datetime.date(2021, 1, 2), datetime.date(2021, 12, 31), datetime.date(2026, 1, 1)),
            since,
        )
