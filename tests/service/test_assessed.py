"""Many lines assessed at once come to what each comes to by itself."""

import datetime
import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import agreements
from service.accounts import sums_of
from service.assessed import Assessed
from service.assessing import Assessment
from service.intake import columns_of
from service.intake.lines import Line
from service.ledger import NewEntry

HEADS = [
    *(("BASIC", name) for name in [*agreements.names(), "nowhere"]),
    *(("PREMIUM", name) for name in agreements.names()),
    ("UNKNOWN", "basic-2018"),
]
CLASSES = {"BASIC": "basic", "PREMIUM": "premium", "UNKNOWN": None}
FEW_WEEKS = [
    datetime.date(2018, 8, 4),
    datetime.date(2021, 7, 31),
    datetime.date(2021, 8, 7),
    datetime.date(2025, 1, 4),
]
LINES = st.lists(
    st.tuples(
        st.integers(0, len(HEADS) - 1),
        st.sampled_from(FEW_WEEKS),
        st.sampled_from(["hourly", "on_call", "weekly"]),
        st.sampled_from([None, 0, 1, 4000, 999_999]),
        st.sampled_from([None, 0, 4000, 6000]),
        st.sampled_from([None, 0, 1, 5, 6, 7]),
        st.sampled_from([None, 0, 4120, 99_999_999]),
    ),
    min_size=1,
    max_size=30,
)


@given(LINES, st.integers(0, 30))
@settings(max_examples=200, deadline=None)
def test_many_lines_come_to_what_each_comes_to(drawn, split):
    lines = [
        Line(place, "M", week, basis, worked, guaranteed, days, rate, None, None, None)
        for place, (_, week, basis, worked, guaranteed, days, rate) in enumerate(drawn, start=1)
    ]
    numbers = pl.Series("number", [number for number, *_ in drawn], pl.Int32)
    whole, assessed = columns_of(lines).with_columns(numbers), Assessed(HEADS, CLASSES)
    found = pl.concat(assessed.assess(part) for part in (whole[:split], whole[split:]) if part.height)
    alone = [Assessment(agreement, CLASSES) for _, agreement in HEADS]
    entries = []
    for (number, *_), line in zip(drawn, lines, strict=True):
        entry = NewEntry(None, None, 1, None, HEADS[number][0], *line[2:11], 0, "", {})
        entries.append(alone[number].of(entry))
    assert found["place"].to_list() == [line.place for line in lines]
    assert found["credited"].to_list() == [entry.credited for entry in entries]
    assert found["imputation"].to_list() == [entry.imputation for entry in entries]
    assert [json.loads(due) for due in found["due"]] == [entry.due for entry in entries]
    for number, _ in enumerate(HEADS):
        own = [entry for entry, (of, *_) in zip(entries, drawn, strict=True) if of == number]
        if own:
            assert assessed.contributions[number] == sums_of(entry.due for entry in own)
            assert assessed.remarks()[number] == alone[number].remarks()
