"""Proportions by group and overall against recounts patient by patient."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from helpers.frames import About, patients_about
from helpers.stats.proportions import distribution, outcome_proportions
from helpers.stats.proportions.by_group import exact_interval

LEVELS = ["low", "mid", "high"]
ROW = st.tuples(st.sampled_from([*LEVELS, None]), st.sampled_from("ab"))


def data_of(rows):
    levels = pd.Categorical([row[0] for row in rows], LEVELS, ordered=True)
    arms = pd.Categorical([row[1] for row in rows], ["a", "b"], ordered=True)
    return pd.DataFrame({"level": levels, "arm": arms})


@settings(max_examples=12, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_distribution_equals_a_recount(rows):
    found = distribution(data_of(rows), "level")
    assert found.empty == all(row[0] is None for row in rows)
    for row in found.itertuples():
        known = [level for level, group in rows if level is not None and row.group in ("All", group)]
        assert (row.n, row.events) == (len(known), known.count(row.term))
        assert not known or row.estimate == known.count(row.term) / len(known)


def test_one_group_stands_in_all_alone():
    data = data_of([("low", "a"), ("high", "a")])
    alone = data.assign(arm=data["arm"].cat.remove_unused_categories())
    assert set(distribution(alone, "level")["group"]) == {"All"}


def test_outcomes_that_are_not_recorded_have_no_rows():
    data = data_of([("low", "a"), ("low", "b")]).assign(event=[1, 0])
    recorded, absent = patients_about(data, About("x", "X")), patients_about(pd.DataFrame(), About("y", "Y"))
    rows = outcome_proportions([recorded, absent])
    assert list(rows["term"]) == ["X"] * 3
    assert set(rows["endpoint"]) == {"x"}
    assert np.allclose(rows["estimate"], [1, 0, 0.5])


@pytest.mark.parametrize("n", [1, 2, 18, 35, 400, 20_000])
def test_exact_limits_are_those_of_the_binomial_test(n):
    events = np.unique([0, 1, n // 3, n - 1, n])
    limits = [stats.binomtest(int(some), n).proportion_ci(method="exact") for some in events]
    assert np.transpose(exact_interval(events, n)) == pytest.approx(np.array(limits), abs=1e-11)


def test_nobody_has_no_limits_and_half_a_million_of_a_million_has_narrow_ones():
    (none, half), _ = exact_interval([0, 500_000], [0, 1_000_000])
    assert np.isnan(none)
    assert half == pytest.approx(0.49902, abs=1e-5)
