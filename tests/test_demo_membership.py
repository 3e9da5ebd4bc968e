"""The made-up membership: what its page says, and that a year's work is all in its months."""

import datetime
import re
from pathlib import Path

import numpy as np

from rules.snapshot import content_hash
from service.demo.membership import FIRST, MILLIONS, membership
from service.demo.snapshot import membership_snapshot
from service.snapshot_files import contents, made

PAGE = (Path(__file__).parents[1] / "docs" / "demo-membership.md").read_text()


def test_the_page_says_what_the_membership_has():
    work = membership()
    rows = re.findall(r"^\| (20\d\d) \| [^|]+ \| ([\d.]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.M)
    assert [int(row[0]) for row in rows] == list(range(FIRST, FIRST + len(MILLIONS)))
    for place, (_, millions, people, mean, enough) in enumerate(rows):
        hours = work.hours[:, place]
        assert float(millions) == round(int(hours.sum()) / 1e8, 1)
        assert int(people.replace(",", "")) == int((hours > 0).sum())
        assert int(mean.replace(",", "")) == round(int(hours.sum()) / int((hours > 0).sum()) / 100)
        assert int(enough.replace(",", "")) == int((hours >= 400_00).sum())
    sizes = {local: int(people.replace(",", "")) for local, people in re.findall(r"\| (\d+) \| ([\d,]+) (?=\|)", PAGE)}
    order = work.values["local"]
    counted = np.bincount(work.groups["local"][:, 0], minlength=len(order))
    assert {name: int(counted[place]) for place, name in enumerate(order)}.items() <= sizes.items()


def test_a_years_work_is_in_its_months():
    work, snapshot = membership(500), membership_snapshot(500)
    lines = snapshot.lines
    years = np.array([datetime.date.fromordinal(day).year for day in lines["day"].tolist()])
    for place in range(len(MILLIONS)):
        own = years == FIRST + place
        hours = np.zeros(500, np.int64)
        np.add.at(hours, lines["member"][own], lines["hours"][own])
        assert hours.tolist() == work.hours[:, place].tolist()
    assert (lines["hours"] > 0).all()
    assert (lines["hours"] <= lines["span"].astype(np.int64) * 24_00).all()
    assert {datetime.date.fromordinal(day).weekday() for day in lines["day"].tolist()} == {5}


def test_it_is_the_same_each_time_and_a_sound_snapshot():
    one, other = membership_snapshot(100), membership_snapshot(100)
    assert content_hash(one) == content_hash(other)
    # What everybody else has who makes up as many.
    assert content_hash(one) == "f065af2e82282aeea9c11dd8766e40580c7750ef9b7fccc4c7f6637e8421fb59"
    assert one.synthetic
    assert dict(contents(one)).keys() == dict(contents(other)).keys()
    columns = {f"lines.{name}.npy": column for name, column in one.lines.items()}
    columns |= {f"facts.{name}.npy": column for name, column in one.facts.items()}
    manifest = {
        "form": "hourbank-snapshot-1",
        "hash": content_hash(one),
        "members": one.members,
        "position": 0,
        "synthetic": one.synthetic,
        "words": {name: list(words) for name, words in one.words.items()},
    }
    assert content_hash(made(manifest, columns.__getitem__)) == content_hash(one)
