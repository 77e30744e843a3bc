"""Proportions by group and overall against recounts patient by patient."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.stats.proportions import shares

LEVELS = ["low", "mid", "high"]
ROW = st.tuples(st.sampled_from([*LEVELS, None]), st.sampled_from("ab"))


def columns_of(rows):
    levels = pd.Series(pd.Categorical([row[0] for row in rows], LEVELS, ordered=True))
    return levels, pd.Series(pd.Categorical([row[1] for row in rows], ["a", "b"], ordered=True))


@settings(max_examples=12, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_distribution_equals_a_recount(rows):
    levels, by = columns_of(rows)
    found = shares.distribution(levels, by, endpoint="x", population="all patients")
    assert found.empty == all(row[0] is None for row in rows)
    for row in found.itertuples():
        known = [level for level, group in rows if level is not None and row.group in ("All", group)]
        assert (row.n, row.events) == (len(known), known.count(row.term))
        assert not known or row.estimate == known.count(row.term) / len(known)


def test_one_group_stands_in_all_alone():
    levels, by = columns_of([("low", "a"), ("high", "a")])
    alone = by.cat.remove_unused_categories()
    found = shares.distribution(levels, alone, endpoint="x", population="all patients")
    assert set(found["group"]) == {"All"}


def test_outcomes_that_are_not_recorded_have_no_rows():
    _, by = columns_of([("low", "a"), ("low", "b")])
    reached = {"x": pd.Series([True, False]), "y": pd.Series(dtype=bool)}
    found = shares.outcomes(reached, {"x": "X", "y": "Y"}, by, population="all patients")
    assert list(found["term"]) == ["X"] * 3
    assert np.allclose(found["estimate"], [1, 0, 0.5])
