import numpy as np
import pandas as pd
import penalised as brute
import pytest
from firthmodels import FirthLogisticRegression
from models_reference import klein_design, klein_patients, small_set

from helpers.stats.estimates import NOT_ESTIMABLE
from helpers.stats.models import cox_regression
from helpers.stats.models.cox_regression import cox, cox_data, cox_firth
from helpers.stats.models.design import Design
from helpers.stats.models.firth import cox_likelihood, firth_effects, logistic_likelihood, profile_limit
from helpers.stats.models.logistic_regression import logistic_data


@pytest.mark.parametrize("name", ["tied", "quiet_arm"])
def test_cox_likelihood_equals_one_written_event_by_event(name):
    used = cox_data(*small_set(name))
    ours = cox_likelihood(used.matrix, (used.event == 1, used.time))
    theirs = brute.cox_likelihood(used.matrix, used.time, used.event)
    for beta in np.random.default_rng(1).normal(size=(5, used.matrix.shape[1])):
        assert ours(beta) == pytest.approx(theirs(beta), rel=1e-12)


def test_search_finds_the_limits_of_the_fast_way():
    used = logistic_data(klein_patients()["relapsed"], klein_design())
    model = FirthLogisticRegression(backend="numpy", gtol=1e-9, xtol=1e-9, max_halfstep=0)
    model.fit(used.matrix, used.event)
    limits = model.conf_int(method="pl", tol=1e-9)
    likelihood = logistic_likelihood(used.matrix, (used.event, np.ones(len(used.event))))
    estimate = np.append(model.coef_, model.intercept_)
    for place in (0, 3):
        found = [profile_limit(likelihood, estimate, place, side) for side in (-1, 1)]
        assert found == pytest.approx(limits[place], rel=1e-6)


@pytest.mark.parametrize("seed", [0, 2, 30])
def test_limits_lie_on_their_side_where_the_fast_way_fails(seed):
    """Ten patients: firthmodels' interval leaves the estimate out (one limit given twice) and is called converged."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.integers(0, 2, 10), rng.exponential(1, 10) ** 3])
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    outcome = (matrix[:, 1] > 0).astype(int)
    outcome[0] = 1 - outcome[0]
    model = FirthLogisticRegression(backend="numpy", gtol=1e-9, xtol=1e-9, max_halfstep=0, max_iter=250, max_step=1.0)
    raw = model.fit(matrix, outcome).conf_int(method="pl", tol=1e-9, max_iter=250)[:2]
    assert not ((raw[:, 0] < model.coef_) & (model.coef_ < raw[:, 1])).all()
    found = firth_effects(
        FirthLogisticRegression, matrix, (outcome, np.ones(len(outcome))), {"a": 0, "b": 1}, np.ones(2)
    )
    for record in found.values():
        inside = record["ci_low"] < record["estimate"] < record["ci_high"]
        assert inside or record["note"] in ("no lower limit", "no upper limit")


def test_mended_limits_lose_the_deviance_of_a_limit():
    rng = np.random.default_rng(30)
    matrix = np.column_stack([rng.integers(0, 2, 10), rng.exponential(1, 10) ** 3])
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    outcome = (matrix[:, 1] > 0).astype(int)
    outcome[0] = 1 - outcome[0]
    found = firth_effects(FirthLogisticRegression, matrix, (outcome, np.ones(len(outcome))), {"b": 1}, np.ones(2))["b"]
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
