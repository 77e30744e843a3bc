import numpy as np
import pytest
from survival_reference import SETS, r_set, r_values

from helpers.stats.exposure.exposed import start_stop
from helpers.stats.models.partial_likelihood import fit_cox


@pytest.mark.parametrize("name", SETS)
def test_stratified_start_stop_fit_matches_coxph(name):
    data = r_set(name)
    rows = start_stop(data, data["exposure"])
    strata = data["stratum"].loc[rows.index].to_numpy()
    columns = (rows[column].to_numpy(float) for column in ("start", "stop", "event"))
    fit = fit_cox(*columns, rows[["exposed"]].to_numpy(float), strata)
    expected = r_values(name)["exposure"]["stratified"]
    np.testing.assert_allclose(fit.coefficients, np.atleast_1d(expected["coefficients"]), rtol=1e-8)
    np.testing.assert_allclose(fit.covariance, expected["covariance"], rtol=1e-8)


def simulated(size, seed=4):
    rng = np.random.default_rng(seed)
    return np.full(size, -1.0), rng.exponential(1, size).round(2), rng.integers(0, 2, size), rng.normal(size=size)


@pytest.mark.parametrize("size", [50, 5000])
def test_a_rare_level_without_events_does_not_pass_as_a_fit(size):
    start, stop, event, age = simulated(size)
    rare = np.zeros(size)
    rare[: max(size // 100, 1)] = 1
    event = np.where(rare == 1, 0, event)
    assert not fit_cox(start, stop, event, np.column_stack([rare, age])).converged
    assert not fit_cox(start, stop, event, rare[:, None]).converged
    assert fit_cox(start, stop, event, age[:, None]).converged


def test_collinear_and_constant_columns_do_not_pass_as_a_fit():
    start, stop, event, age = simulated(80)
    assert not fit_cox(start, stop, event, np.column_stack([age, 2 * age])).converged
    assert not fit_cox(start, stop, event, np.ones((80, 1))).converged


def test_units_change_the_coefficient_and_nothing_else():
    start, stop, event, age = simulated(200)
    fit, moved = fit_cox(start, stop, event, age[:, None]), fit_cox(start, stop, event, age[:, None] * 1e6 + 1e8)
    assert moved.converged
    assert moved.coefficients[0] * 1e6 == pytest.approx(fit.coefficients[0], rel=1e-7)
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-9)


def test_separation_beyond_all_precision_is_no_fit_and_no_crash(recwarn):
    # on the way to infinity the weight of a whole risk set is lost to rounding
    stop = np.array([474.0, 302, 657, 626, 278, 383, 187]) / 30.4375
    event = np.array([1, 1, 0, 0, 0, 0, 0])
    matrix = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1], [0, 0, 1], [0, 0, 0], [1, 0, 1], [1, 1, 0]], float)
    assert not fit_cox(np.full(7, -1.0), stop, event, matrix).converged
    assert not len(recwarn)
