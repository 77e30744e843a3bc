import numpy as np
import pytest
from test_ties import nudged

from helpers.stats.models import chained
from helpers.stats.models.chained import Chain, drawn, independent, matched


@pytest.fixture
def table():
    """Yes/no columns with gaps, a column that another one determines, and a complete outcome: patterns tie exactly."""
    rng = np.random.default_rng(7)
    found = rng.integers(0, 2, (120, 5)).astype(float)
    found[:, 2] = 1 - found[:, 1]
    found[:, :4][rng.random((120, 4)) < 0.15] = np.nan
    return found


def shares(observed, wanted, donors, draws=20_000):
    """How often each observed mean is the donor."""
    chosen = matched(np.array(observed), np.full(draws, wanted), donors, np.random.default_rng(1), 1e-10)
    return np.bincount(chosen, minlength=len(observed)) / draws


def test_the_nearest_are_donors_and_chance_decides_among_equals():
    # the two at 0 are always donors; the third is any one of the three at distance 1, two above and one below
    assert shares([0, 1, 0, -1, 1, 5], 0.0, 3) == pytest.approx(np.array([3, 1, 3, 1, 1, 0]) / 9, abs=0.015)
    # more equals than donors: each of them alike, wherever they stand in the table
    assert shares([2, 0, 2, 2, 2], 2.1, 2) == pytest.approx(np.array([1, 0, 1, 1, 1]) / 4, abs=0.015)
    assert shares([3, 1, 2], 9.0, 3) == pytest.approx(np.full(3, 1 / 3), abs=0.015)


def test_last_bits_of_the_predicted_means_choose_no_donor(table, monkeypatch):
    first = Chain(table, 5, seed=3).rounds(12)
    draw, standardised = chained.drawn, chained.independent
    monkeypatch.setattr(chained, "drawn", lambda *given: nudged(draw(*given), seed=1))
    monkeypatch.setattr(chained, "independent", lambda *given: nudged(standardised(*given), seed=2))
    assert (Chain(table, 5, seed=3).rounds(12) == first).all()


def test_gaps_are_filled_from_observed_values_and_the_rest_is_kept(table):
    table[:, 3] *= 40.5
    filled = Chain(table, 5, seed=3).rounds(2)
    known = ~np.isnan(table)
    assert (filled[known] == table[known]).all()
    assert set(filled[:, 3]) == {0.0, 40.5}
    assert not (Chain(table, 5, seed=4).rounds(2) == filled).all()


def test_coefficients_are_drawn_from_their_posterior():
    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(60), rng.normal(size=60), rng.integers(0, 2, 60)])
    outcome = design @ [1.0, 2.0, -1.0] + rng.normal(size=60)
    found = np.array([drawn(design, outcome, rng) for _ in range(8000)])
    expected, residual, *_ = np.linalg.lstsq(design, outcome - outcome.mean(), rcond=None)
    # a multivariate t: its variance is larger than the sampling variance by freedom / (freedom - 2)
    covariance = residual[0] / (57 - 2) * np.linalg.inv(design.T @ design)
    assert found.mean(axis=0) == pytest.approx(expected, abs=0.02)
    assert np.cov(found.T) == pytest.approx(covariance, abs=0.005)


def test_predictors_that_others_determine_or_that_do_not_vary_are_left_out():
    x = np.random.default_rng(1).normal(size=(30, 2))
    columns = np.column_stack([x, x @ [2.0, 1.0] + 1e-9, np.full(30, 3.0)])
    kept = independent(columns, np.ones(30, bool))
    assert kept.shape == (30, 3)
    assert independent(columns, np.arange(30) < 3).shape == (30, 2)
