import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from survival_reference import SETS, r_set, r_values

from helpers.stats.exposure.exposed import start_stop
from helpers.stats.models import partial_likelihood
from helpers.stats.models.partial_likelihood import PartialLikelihood, Patterns, RiskSets, fit_cox


@pytest.mark.parametrize("name", SETS)
def test_stratified_start_stop_fit_matches_coxph(name):
    data = r_set(name)
    rows = start_stop(data, data["exposure"])
    strata = data["stratum"].loc[rows.index].to_numpy()
    columns = (rows[column].to_numpy(float) for column in ("start", "stop", "event"))
    fit = PartialLikelihood(*columns, rows[["exposed"]].to_numpy(float), strata).maximum()
    expected = r_values(name)["exposure"]["stratified"]
    np.testing.assert_allclose(fit.coefficients, np.atleast_1d(expected["coefficients"]), rtol=1e-8)
    np.testing.assert_allclose(fit.covariance, expected["covariance"], rtol=1e-8)


def simulated(size, seed=4):
    rng = np.random.default_rng(seed)
    return np.full(size, -1.0), rng.exponential(1, size).round(2), rng.integers(0, 2, size), rng.normal(size=size)


@pytest.mark.parametrize("strata", [None, "stratum"])
def test_fit_equals_lifelines_iterated_to_the_end(strata):
    start, stop, event, age = simulated(200)
    frame = pd.DataFrame({"stop": stop, "event": event, "age": age, "stratum": np.arange(200) % 3})
    fitter = CoxPHFitter().fit(
        frame.drop(columns=[] if strata else ["stratum"]),
        "stop",
        "event",
        strata=strata,
        fit_options={"precision": 1e-20, "r_precision": 0.0},
    )
    groups = frame[strata].to_numpy() if strata else None
    fit = PartialLikelihood(start, stop, event, age[:, None], groups).maximum()
    assert fit.coefficients == pytest.approx(fitter.params_.to_numpy(), rel=1e-10)
    assert fit.errors == pytest.approx(fitter.standard_errors_.to_numpy(), rel=1e-10)


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


def one_by_one(rows, beta):
    """Log likelihood, score and information, Efron's ties, a loop over the events."""
    start, stop, event, x = rows
    weight, likelihood, score, information = np.exp(x @ beta), 0.0, 0.0, 0.0
    for time in np.unique(stop[event == 1]):
        failing, at_risk = (stop == time) & (event == 1), (start < time) & (stop >= time)
        for place in range(failing.sum()):
            share = weight * (at_risk - place / failing.sum() * failing)
            mean = share @ x / share.sum()
            likelihood -= np.log(share.sum())
            score = score - mean
            information = information + (x.T * share) @ x / share.sum() - np.outer(mean, mean)
    return likelihood + (x[event == 1] @ beta).sum(), score + x[event == 1].sum(axis=0), information


@pytest.mark.parametrize("late", [False, True])
def test_moments_are_those_of_a_loop_over_the_events(late):
    rng = np.random.default_rng(8)
    stop, event, x = rng.integers(3, 15, 90) / 3, rng.integers(0, 2, 90), rng.normal(size=(90, 3))
    start = np.where(rng.random(90) < 0.5, stop - rng.integers(1, 9, 90) / 3, -1.0) if late else np.full(90, -1.0)
    beta = np.array([0.4, -0.8, 0.1])
    moments, expected = (
        RiskSets(start, stop, event, Patterns.among(x)).at(beta),
        one_by_one((start, stop, event, x), beta),
    )
    assert moments.log_likelihood == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(moments.score, expected[1], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(moments.information(), expected[2], rtol=1e-10, atol=1e-10)


def test_a_start_near_the_maximum_gives_the_same_fit():
    start, stop, event, age = simulated(200)
    likelihood = PartialLikelihood(start, stop, event, age[:, None])
    fit = likelihood.maximum()
    again = likelihood.maximum(fit.coefficients + 0.3)
    assert again.converged
    assert again.coefficients == pytest.approx(fit.coefficients, rel=1e-11)
    assert again.errors == pytest.approx(fit.errors, rel=1e-11)


@pytest.mark.parametrize("strata", [None, "years"])
def test_equal_rows_counted_once_give_the_fit_of_the_rows(monkeypatch, strata):
    rng = np.random.default_rng(5)
    start, stop, event, _ = simulated(900)
    start = np.where(rng.random(900) < 0.3, stop / 2, start)
    matrix = np.column_stack([rng.integers(1, 6, 900) / 10, rng.integers(0, 2, 900), rng.integers(0, 2, 900)])
    groups = matrix[:, 0] if strata else None
    rows = PartialLikelihood(start, stop, event, matrix[:, 1 if strata else 0 :], groups)
    monkeypatch.setattr(partial_likelihood, "MANY", 1)
    monkeypatch.setattr(partial_likelihood, "DENSE", 1)
    kinds = PartialLikelihood(start, stop, event, matrix[:, 1 if strata else 0 :], groups)
    assert sum(len(part.x) for part in rows.parts) == 900
    assert sum(len(part.x) for part in kinds.parts) == 20
    one, other = rows.maximum(), kinds.maximum()
    assert other.converged
    np.testing.assert_allclose(other.coefficients, one.coefficients, rtol=1e-11)
    np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-11)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-13)


def test_rows_that_the_key_cannot_tell_apart_stay_rows(monkeypatch):
    monkeypatch.setattr(partial_likelihood, "MANY", 1)
    matrix = np.array([[np.pi, 0.0], [0.0, 1.0], [np.pi, 0.0], [0.0, 1.0], [np.pi, 0.0]])
    assert len(Patterns.among(matrix).values) == 5
    assert len(Patterns.among(matrix / 2 + matrix[:, :1]).values) == 2
