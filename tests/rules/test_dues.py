"""Many lines reckoned at once owe what each owes by itself."""

import datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules import agreements, contributions, dues

AGREEMENTS = [agreements.agreement(name) for name in agreements.names()]
WEEKS = st.dates(datetime.date(2010, 1, 2), datetime.date(2026, 1, 3))
LINES = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 10_000), st.just(999_999)),
        st.one_of(st.integers(1, 10_000), st.just(99_999_999)),
        st.integers(1, 7),
    ),
    min_size=1,
    max_size=20,
)


@given(st.sampled_from(AGREEMENTS), WEEKS, st.sampled_from([None, "basic", "premium"]), LINES)
def test_many_lines_owe_what_each_owes(agreement, week, contributor_class, lines):
    columns = [np.array(column, np.int64) for column in zip(*lines, strict=True)]
    alone = [contributions.due(agreement, week, *line[:2], contributor_class, line[2]) for line in lines]
    for fund, first in alone[0].items():
        if first.cents is None:
            assert {one[fund].cents for one in alone} == {None}
        else:
            assert dues.cents(first.rates, *columns).tolist() == [one[fund].cents for one in alone]
