import numpy as np
import pandas as pd
import pytest

from helpers.stats import ties


def nudged(values, seed=0):
    """The numbers with their last bit moved up, down or not at all, as another processor might."""
    values = np.asarray(values, float)
    towards = np.random.default_rng(seed).choice([-np.inf, np.inf], values.shape)
    return np.where(np.random.default_rng(seed + 1).random(values.shape) < 1 / 3, values, np.nextafter(values, towards))


def test_values_a_last_bit_apart_tie_and_others_do_not():
    values = np.array([3.0, 0.1, 3.0, 0.1 + 1e-6, -2.0])
    found = ties.tied(nudged(values))
    assert found[0] == found[2]
    assert len(np.unique(found)) == 4
    assert found == pytest.approx(values, rel=1e-12)


def test_small_numbers_keep_their_order_without_a_distance_and_tie_within_one():
    p = np.array([1e-14, 1e-12, 0.9])
    assert len(np.unique(ties.tied(p))) == 3
    assert len(np.unique(ties.tied(p, 1e-10))) == 2


def test_missing_and_infinite_values_stay_and_tie_with_nothing():
    found = ties.tied([np.nan, 1.0, np.inf, -np.inf, np.nextafter(1.0, 2)])
    assert found[1] == found[4] == 1.0
    assert np.isnan(found[0])
    assert (found[2], found[3]) == (np.inf, -np.inf)
    assert ties.tied([]).shape == (0,)


@pytest.mark.parametrize("limit", [0.0, 0.05, 1.0])
def test_a_value_at_a_limit_is_on_neither_side(limit):
    at = nudged(np.full(20, limit))
    assert not ties.below(at, limit).any()
    assert not ties.above(at, limit).any()
    assert ties.below(limit - 1e-6, limit)
    assert ties.above(limit + 1e-6, limit)


def test_a_missing_value_is_on_neither_side_and_a_column_stays_a_column():
    column = pd.Series([np.nan, 0.2, 2.0], index=list("abc"))
    assert ties.below(column, 1).to_dict() == {"a": False, "b": True, "c": False}
    assert ties.above(column, 1).to_dict() == {"a": False, "b": False, "c": True}


def test_what_rounding_leaves_of_a_difference_is_zero():
    assert ties.cleared(0.3 - 0.1 - 0.2) == 0.0
    assert ties.cleared(1e-8) == 1e-8
    assert ties.cleared(np.array([1e-4, 1.0]), 1e7).tolist() == [0.0, 1.0]


def test_rank_does_not_count_what_rounding_leaves_of_a_zero_eigenvalue():
    third = np.array([[1, -1], [-1, 1]]) * 2 / 9
    assert {ties.rank_of(nudged(third, seed)) for seed in range(20)} == {1}
    assert ties.rank_of(np.diag([1.0, 1e-6])) == 2
    assert ties.rank_of(np.zeros((2, 2))) == 0


def test_a_printed_half_does_not_hang_on_the_last_bit():
    half = 0.125
    texts = {ties.written(value, ".2f") for value in (half, np.nextafter(half, 0), np.nextafter(half, 1))}
    assert len(texts) == 1
