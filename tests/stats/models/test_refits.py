"""Cox models fitted side by side equal those fitted one by one, whose kernel is tested against R."""

import numpy as np
import pandas as pd
import pytest

from helpers.stats.models.cox_regression import CoxData, cox_data
from helpers.stats.models.design import Design
from helpers.stats.models.refits import CountedSets, refit


def _used(size: int, terms: int, tied: int) -> CoxData:
    """Random patients, `tied` of them to a time on average; the last term is a rare yes or no."""
    random = np.random.default_rng(size + terms)
    matrix = random.normal(size=(size, terms))
    matrix[:, -1] = random.random(size) < 0.15
    data = pd.DataFrame({"time_months": random.integers(1, 2 + size // tied, size) / 4})
    data["event"] = (random.random(size) < 0.6).astype(int)
    names = [f"x{number}" for number in range(terms)]
    return cox_data(data, Design(pd.DataFrame(matrix, data.index, names), {name: {} for name in names}))


@pytest.mark.parametrize(("size", "terms", "tied"), [(15, 2, 1), (40, 1, 1), (60, 4, 5), (137, 5, 2)])
def test_fits_side_by_side_equal_fits_of_repeated_rows(size: int, terms: int, tied: int) -> None:
    used, random = _used(size, terms, tied), np.random.default_rng(3)
    counts = np.array([np.bincount(random.integers(0, size, size), minlength=size) for _ in range(60)])
    columns, near = list(range(terms)), np.zeros(terms)
    _, _, ended = refit(CountedSets(used.time, used.event, used.matrix, counts), near)
    assert ended.any()
    for count, fit in zip(counts, used.refits(columns, counts, near), strict=True):
        single = used.fit(columns, np.repeat(np.arange(size), count))
        assert fit.converged == single.converged
        if single.converged:
            np.testing.assert_allclose(fit.coefficients, single.coefficients, rtol=1e-9, atol=1e-11)
            np.testing.assert_allclose(fit.covariance, single.covariance, rtol=1e-8, atol=1e-11)


def test_separated_and_empty_samples_do_not_end() -> None:
    time, event, x = np.array([1.0, 2, 3, 4]), np.array([1, 1, 0, 0]), np.array([[1.0], [1], [-1], [-1]])
    counts = np.array([[1, 1, 1, 1], [0, 0, 2, 2], [2, 0, 0, 0]])
    assert not refit(CountedSets(time, event, x, counts), np.zeros(1))[2].any()
