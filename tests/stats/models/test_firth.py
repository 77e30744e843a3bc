import itertools

import numpy as np
import pandas as pd
import penalised as brute
import pytest
from firthmodels import FirthCoxPH, FirthLogisticRegression
from models_reference import klein_design, klein_patients, small_set
from scipy.optimize import approx_fprime

from helpers.stats.estimates import NOT_ESTIMABLE
from helpers.stats.levels import CHI2_95
from helpers.stats.models import cox_regression, firth
from helpers.stats.models.cox_regression import cox, cox_data, cox_firth
from helpers.stats.models.design import Design
from helpers.stats.models.firth import cox_likelihood, firth_effects, logistic_likelihood, profile_limit
from helpers.stats.models.logistic_regression import logistic_data
from helpers.stats.models.partial_likelihood import CoxFit, newton

EXACT = {"gtol": 1e-9, "xtol": 1e-9, "max_iter": 250, "max_halfstep": 0}


@pytest.fixture(params=["klein", "tied", "quiet_arm"])
def survival(request):
    return cox_data(*small_set(request.param))


@pytest.fixture
def relapse():
    return logistic_data(klein_patients()["relapsed"], klein_design())


def few_patients(seed):
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.integers(0, 2, 10), rng.exponential(1, 10) ** 3])
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    outcome = (matrix[:, 1] > 0).astype(int)
    outcome[0] = 1 - outcome[0]
    return matrix, outcome


def effects_of(matrix, outcome):
    likelihood = logistic_likelihood(outcome, np.column_stack([np.ones(10), matrix]), np.ones(10))
    return firth_effects(likelihood, {"a": 1, "b": 2}, np.ones(3))


def same(records, model):
    """The numbers of firthmodels, whose iteration ends where a slope or a step is below 1e-9."""
    model.lrt()
    limits = model.conf_int(method="pl", tol=1e-9, max_iter=250)
    for place, record in enumerate(records.values()):
        ours = [np.log(record[name]) for name in ("estimate", "ci_low", "ci_high")]
        assert ours == pytest.approx([model.coef_[place], *limits[place]], rel=1e-7, abs=1e-8)
        assert record["std_error"] == pytest.approx(model.bse_[place], rel=1e-7)
        assert record["p"] == pytest.approx(model.lrt_pvalues_[place], rel=1e-7)


def test_cox_equals_firthmodels(survival):
    model = FirthCoxPH(backend="numpy", **EXACT).fit(survival.matrix, (survival.event == 1, survival.time))
    likelihood, size = cox_likelihood(survival.matrix, survival.event, survival.time), len(survival.terms)
    same(firth_effects(likelihood, dict(zip(survival.terms, range(size), strict=True)), np.ones(size)), model)


def test_logistic_equals_firthmodels(relapse):
    model = FirthLogisticRegression(backend="numpy", **EXACT).fit(relapse.matrix, relapse.event)
    places = {term: place for place, term in enumerate(relapse.terms, 1)}
    same(firth_effects(logistic_likelihood(*relapse.patterns), places, np.ones(len(places) + 1)), model)


def test_patients_alike_are_counted(relapse):
    event, x, count = relapse.patterns
    one, two = (
        logistic_likelihood(event, x, 3 * count),
        logistic_likelihood(*(np.repeat(a, 3, 0) for a in (event, x, count))),
    )
    for ours, theirs in zip(one(np.full(6, 0.1)), two(np.full(6, 0.1)), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_cox_likelihood_and_its_slopes_equal_those_written_event_by_event(survival):
    ours = cox_likelihood(survival.matrix, survival.event, survival.time)
    theirs = brute.cox_likelihood(survival.matrix, survival.time, survival.event)
    for beta in np.random.default_rng(1).normal(size=(5, survival.matrix.shape[1])):
        value, slopes, _ = ours(beta)
        assert value == pytest.approx(theirs(beta), rel=1e-12)
        assert slopes == pytest.approx(approx_fprime(beta, theirs, 1e-7), rel=1e-4, abs=1e-4)


def test_search_finds_the_limits_of_the_fast_way(relapse, monkeypatch):
    places = {term: place for place, term in enumerate(relapse.terms, 1)}
    likelihood, scales = logistic_likelihood(*relapse.patterns), np.ones(len(places) + 1)
    fast = firth_effects(likelihood, places, scales)
    monkeypatch.setattr(firth, "_newton_limit", lambda *_: np.nan)
    for found, expected in zip(firth_effects(likelihood, places, scales).values(), fast.values(), strict=True):
        assert [found["ci_low"], found["ci_high"]] == pytest.approx([expected["ci_low"], expected["ci_high"]], rel=1e-8)


@pytest.mark.parametrize("seed", [0, 2, 30])
def test_limits_lie_on_their_side_where_firthmodels_fails(seed):
    """Ten patients: firthmodels' interval leaves the estimate out (one limit given twice) and is called converged."""
    matrix, outcome = few_patients(seed)
    model = FirthLogisticRegression(backend="numpy", max_step=1.0, **EXACT)
    raw = model.fit(matrix, outcome).conf_int(method="pl", tol=1e-9, max_iter=250)[:2]
    assert not ((raw[:, 0] < model.coef_) & (model.coef_ < raw[:, 1])).all()
    for record in effects_of(matrix, outcome).values():
        inside = record["ci_low"] < record["estimate"] < record["ci_high"]
        assert inside or record["note"] in ("no lower limit", "no upper limit")


def test_their_limits_lose_the_deviance_of_a_limit():
    matrix, outcome = few_patients(30)
    found = effects_of(matrix, outcome)["b"]
    likelihood = brute.logistic_likelihood(matrix, outcome)
    lost = brute.deviances(likelihood, 3, 2, np.log([found["ci_low"], found["ci_high"]]))[2]
    assert lost == pytest.approx([3.841459, 3.841459], rel=1e-5)


def test_the_penalty_is_not_sought_where_events_are_many_and_nothing_is_separated(monkeypatch):
    monkeypatch.setattr(cox_regression, "PLENTY", 1)
    data, design = small_set("klein")
    assert cox_firth(data, design)["note"].eq(f"{NOT_ESTIMABLE}{cox_regression.NEEDLESS}").all()
    monkeypatch.setattr(cox_regression, "PLENTY", 0)
    assert cox_firth(*small_set("quiet_arm"))["estimate"].notna().any()


def test_the_penalty_moves_estimates_by_less_than_a_hundredth_of_a_standard_error_where_it_is_not_sought(monkeypatch):
    rng = np.random.default_rng(1)
    matrix = pd.DataFrame({"x": rng.uniform(size=21_000), "rarer": rng.random(21_000) < 0.2}).astype(float)
    time = rng.exponential(np.exp(-0.3 * matrix["x"] - 0.5 * matrix["rarer"]))
    data, facts = pd.DataFrame({"time_months": time, "event": 1}), {"variable": "x", "comparison": "step"}
    design = Design(matrix, {"x": facts, "rarer": facts})
    assert cox_firth(data, design)["estimate"].isna().all()
    monkeypatch.setattr(cox_regression, "PLENTY", 10**9)
    plain, penalised = cox(data, design), cox_firth(data, design)
    shift = np.abs(np.log(plain["estimate"] / penalised["estimate"])) / plain["std_error"]
    assert (shift < 0.01).all()


@pytest.mark.parametrize("seed", [0, 4, 5])
def test_no_other_coefficients_have_the_likelihood_of_a_limit(seed):
    """Three events and three terms: maxima lie apart, found by a grid over the other two coefficients."""
    random = np.random.default_rng(seed)
    matrix, event = random.normal(size=(12, 3)), np.arange(12) < 3
    likelihood = cox_likelihood(matrix / matrix.std(axis=0), random.permutation(event).astype(int), np.arange(12.0))
    beta, (top, _, information), converged = newton(likelihood, np.zeros(3))
    assert converged
    fit, given = CoxFit(beta, np.linalg.inv(information), True, top), 0
    for place, side in itertools.product(range(3), (-1, 1)):
        limit = profile_limit(likelihood, fit, place, side)
        if np.isfinite(limit):
            around = [
                np.delete(beta, place)[j] + np.delete(fit.errors, place)[j] * np.linspace(-8, 8, 33) for j in (0, 1)
            ]
            highest = max(likelihood(np.insert(others, place, limit))[0] for others in itertools.product(*around))
            assert highest < top - CHI2_95 / 2 + 1e-6
            given += 1
    assert 0 < given < 6
