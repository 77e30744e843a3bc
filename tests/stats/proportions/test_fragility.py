from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models_reference import table_data

from helpers.stats.levels import ALPHA
from helpers.stats.proportions.fragility import BLOCK, _changed, fragility_index
from helpers.stats.proportions.tables2x2 import TwoByTwo, p_value

COUNTS = st.integers(0, 10)


def fragility(*counts, **options):
    return fragility_index(table_data(*counts), "contrast", **options).iloc[0]


def exact(a, b, c, d):
    """Fisher's two-sided P as a fraction, so that a P of exactly 0.05 is not below it."""
    treated, control, events = a + b, c + d, a + c
    ways = [
        comb(treated, x) * comb(control, events - x) for x in range(max(0, events - control), min(treated, events) + 1)
    ]
    return Fraction(sum(w for w in ways if w <= comb(treated, a) * comb(control, c)), sum(ways))


def recount(a, b, c, d):
    """Try every number of changes in either group and direction, from small to large."""
    significant = exact(a, b, c, d) < Fraction(1, 20)
    for k in range(1, a + b + c + d + 1):
        tables = [(a + k, b - k, c, d), (a - k, b + k, c, d), (a, b, c + k, d - k), (a, b, c - k, d + k)]
        if any(min(t) >= 0 and (exact(*t) < Fraction(1, 20)) != significant for t in tables):
            return k
    return np.nan


@settings(deadline=None, max_examples=20)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_fragility_index_equals_a_recount(a, b, c, d):
    if 0 in (a + b, c + d):
        return
    assert fragility(a, b, c, d)["estimate"] == pytest.approx(recount(a, b, c, d), nan_ok=True)


def test_a_p_of_exactly_a_twentieth_is_not_below_it_in_either_direction():
    table, mirrored = (2, 12, 2, 0), (12, 2, 0, 2)
    assert exact(*table) == exact(*mirrored) == Fraction(1, 20)  # scipy gives 0.04999999999999999 and 0.05
    for counts in (table, mirrored):
        assert "(reverse index)" in fragility(*counts)["note"]


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


def test_a_long_search_in_blocks_finds_what_trying_one_by_one_does():
    for counts in (
        (900, 600, 700, 800),
        (400, 1600, 250, 1750),
        (1990, 10, 1900, 100),
        (12000, 28000, 160, 40),
        (1200, 2800, 80, 20),
    ):
        table = TwoByTwo(*counts)
        significant = p_value(table) < ALPHA
        one_by_one = next(
            k
            for k in range(1, 4000)
            if any((p_value(TwoByTwo(*cells.ravel())) < ALPHA) != significant for _, cells in _changed(table, k))
        )
        assert one_by_one > BLOCK
        assert fragility(*counts)["estimate"] == one_by_one
