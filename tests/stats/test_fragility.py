import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models_reference import WORDS, outcome_and_groups
from scipy.stats import fisher_exact

from helpers.stats.fragility import fragility_index

COUNTS = st.integers(0, 10)


def fragility(*counts, **options):
    return fragility_index(*outcome_and_groups(*counts), **WORDS, group="Tandem vs others", **options).iloc[0]


def recount(a, b, c, d):
    """Try every number of changes in either group and direction, from small to large."""
    significant = fisher_exact([[a, b], [c, d]]).pvalue < 0.05
    for k in range(1, a + b + c + d + 1):
        tables = [(a + k, b - k, c, d), (a - k, b + k, c, d), (a, b, c + k, d - k), (a, b, c - k, d + k)]
        if any(min(t) >= 0 and (fisher_exact([t[:2], t[2:]]).pvalue < 0.05) != significant for t in tables):
            return k
    return np.nan


@settings(deadline=None, max_examples=20)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_fragility_index_equals_a_recount(a, b, c, d):
    if 0 in (a + b, c + d):
        return
    assert fragility(a, b, c, d)["estimate"] == pytest.approx(recount(a, b, c, d), nan_ok=True)


def test_published_comparison_hangs_on_one_patient_under_either_test():
    fisher = fragility(12, 2, 11, 10)
    assert (fisher["estimate"], round(fisher["p"], 3)) == (1, 0.070)
    assert fisher["note"] == "P would fall below 0.05 (reverse index) with 1 fewer with the outcome in others"
    adjusted = fragility(12, 2, 11, 10, test="N-1 chi-square")
    assert (adjusted["estimate"], round(adjusted["p"], 3)) == (1, 0.045)
    assert adjusted["note"].startswith("P would no longer be below 0.05 with 1 ")


def test_reasons():
    assert fragility(1, 0, 0, 1)["note"] == "not estimable: no change within one group moves P across 0.05"
    assert fragility(0, 0, 2, 1)["note"] == "not estimable: no patients in tandem"
