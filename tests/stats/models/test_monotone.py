import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.stats.models.monotone import separating_direction
from helpers.stats.models.partial_likelihood import PartialLikelihood

PATIENT = st.tuples(st.integers(1, 6), st.integers(0, 1), st.integers(0, 1), st.integers(0, 1))


def brute_force(matrix, time, event):
    """Search directions: is some patient who fails always at the top of everybody at risk, and not always level?"""
    steps = np.array([(a, b) for a in range(-3, 4) for b in range(-3, 4) if (a, b) != (0, 0)], float)
    for direction in steps:
        score = matrix @ direction
        gains = [score[i] - score[time >= time[i]] for i in np.flatnonzero(event)]
        if all((g >= 0).all() for g in gains) and any((g > 0).any() for g in gains):
            return True
    return False


@settings(deadline=None, max_examples=25)
@given(st.lists(PATIENT, min_size=3, max_size=12))
def test_separation_equals_a_search_over_directions(patients):
    time, event, *columns = (np.array(column, float) for column in zip(*patients, strict=True))
    matrix = np.column_stack(columns)
    assert (separating_direction(matrix, time, event) != 0).any() == brute_force(matrix, time, event)


def test_direction_of_an_arm_without_events():
    time, event = np.arange(1.0, 9.0), np.array([1, 1, 1, 0, 0, 0, 0, 0])
    arm = np.array([0, 0, 0, 0, 1, 1, 1, 1])[:, None]
    assert np.sign(separating_direction(arm, time, event)).tolist() == [-1]
    assert np.sign(separating_direction(1 - arm, time, event)).tolist() == [1]


def test_strata_are_compared_within():
    time, event = np.array([1.0, 2, 3, 1, 2, 3]), np.array([1, 1, 0, 1, 1, 0])
    x = np.array([0, 1, 0, 1, 0, 1])[:, None]
    strata = np.array([0, 0, 0, 1, 1, 1])
    assert np.sign(separating_direction(x, time, event, strata)).tolist() == [0]
    assert PartialLikelihood(np.full(6, -1.0), time, event, x.astype(float), strata).maximum().converged
    top_of_each = np.array([1, 0, 0, 1, 0, 0])[:, None]
    assert np.sign(separating_direction(top_of_each, time, event, strata)).tolist() == [1]


@pytest.mark.parametrize("event", [np.zeros(4), np.array([0, 0, 0, 1])])
def test_nothing_to_compare_is_not_separation(event):
    assert np.sign(
        separating_direction(np.array([[0.0], [1], [0], [1]]), np.array([1.0, 2, 3, 4]), event)
    ).tolist() == [0]
