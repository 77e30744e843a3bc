import numpy as np
import pandas as pd
import pytest
from lifelines import NelsonAalenFitter
from models_reference import BOTH, KLEIN_TERMS, klein_patients, small_set

from helpers.stats.models import imputation
from helpers.stats.models.cox_regression import cox
from helpers.stats.models.imputation import completed, cumulative_hazard, imputed_cox, imputed_logistic, rubin
from helpers.study import Covariate

WORDS = {"endpoint": "lfs", "population": "all patients"}


@pytest.fixture
def gaps():
    """A tenth of the group, sex and age values taken away at random."""
    patients, rng = klein_patients(), np.random.default_rng(3)
    for column in ("group", "male", "age"):
        patients[column] = patients[column].where(rng.random(len(patients)) > 0.1)
    return patients


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(imputation, "IMPUTATIONS", 2)
    monkeypatch.setattr(imputation, "BURN_IN", 1)
    monkeypatch.setattr(imputation, "BETWEEN", 1)


def test_rubins_rules_by_hand():
    pooled = rubin(np.array([1.0, 2.0, 3.0]), np.array([0.4, 0.5, 0.6]), 100.0)
    total = 0.5 + 4 / 3  # within + (1 + 1/3) between
    share = (4 / 3) / total
    observed = 101 / 103 * 100 * (1 - share)
    assert pooled.value == 2.0
    assert pooled.error == pytest.approx(np.sqrt(total))
    assert pooled.missing == pytest.approx(share)
    assert pooled.freedom == pytest.approx(1 / (share**2 / 2 + 1 / observed))


def test_identical_imputations_pool_to_one_fit():
    pooled = rubin(np.array([0.3, 0.3]), np.array([0.2, 0.2]), 50.0)
    assert (pooled.error, pooled.missing) == (pytest.approx(np.sqrt(0.2)), 0.0)


def test_observed_values_are_kept_and_missing_ones_come_from_observed(gaps):
    data, _ = small_set("klein")
    outcome = pd.DataFrame({"event": data["event"]})
    copies = completed(gaps, KLEIN_TERMS, outcome, count=2, seed=1)
    for copy in copies:
        for column in ("group", "male", "age"):
            known = gaps[column].notna()
            assert (copy.loc[known, column].astype(str) == gaps.loc[known, column].astype(str)).all()
            assert set(copy[column].astype(str)) <= set(gaps.loc[known, column].astype(str))
    assert not copies[0]["age"].equals(copies[1]["age"])


def test_pooled_cox_repeats_itself_and_lies_near_the_complete_data(gaps):
    data, design = small_set("klein")
    found = imputed_cox(data, gaps, KLEIN_TERMS)
    assert found.equals(imputed_cox(data, gaps, KLEIN_TERMS))
    whole = cox(data, design)
    assert found["term"].tolist() == whole["term"].tolist()
    spread = np.log(whole["ci_high"] / whole["ci_low"]) / 3.92
    assert (np.abs(np.log(found["estimate"] / whole["estimate"])) < spread).all()
    lack = gaps[["group", "male", "age"]].isna().any(axis=1).sum()
    assert found["note"].str.contains(f"2 imputations; {lack} of 137 patients lack a covariate").all()
    assert found["n"].eq(137).all()


def test_pooled_logistic_gives_every_term(gaps):
    found = imputed_logistic(gaps["relapsed"], gaps, KLEIN_TERMS)
    assert found["estimate"].between(0.1, 10).all()
    assert found["measure"].eq("odds_ratio").all()


def test_nothing_missing_gives_no_rows():
    data, _ = small_set("klein")
    assert imputed_cox(data, klein_patients(), KLEIN_TERMS).empty


def test_failures_are_said(gaps):
    data, _ = small_set("klein")
    found = imputed_cox(data.assign(event=0), gaps, KLEIN_TERMS)
    assert found["note"].str.startswith("not estimable: ").all()
    few = imputed_cox(data.iloc[:5], gaps.iloc[:5], KLEIN_TERMS)
    assert (few["estimate"].notna() | few["note"].str.startswith("not estimable: ")).all()


def test_labels_and_columns_cannot_reach_a_formula(gaps):
    data, _ = small_set("klein")
    column = "age); __import__('os').system('false'"
    covariates = [Covariate(column, column, "continuous", "", BOTH, ""), KLEIN_TERMS[1]]
    found = imputed_cox(data, gaps.rename(columns={"age": column}), covariates)
    assert found["estimate"].notna().all()


def test_cumulative_hazard_matches_nelson_aalen():
    data, _ = small_set("tied")
    fitter = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(data["time_months"], data["event"])
    expected = fitter.cumulative_hazard_at_times(data["time_months"]).to_numpy()
    assert cumulative_hazard(data) == pytest.approx(expected, rel=1e-9)
