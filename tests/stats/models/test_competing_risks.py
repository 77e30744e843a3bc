import numpy as np
import pandas as pd
import pytest
from comprisk import FineGrayRegression
from models_reference import errors, logs, r_models, small_set

from helpers.stats.models.competing_risks import WeightedRiskSets, cause_specific, fine_gray, fit_fine_gray

SETS = ("klein", "second_cart", "tied")


@pytest.mark.parametrize("name", SETS)
def test_cause_specific_hazards_match_coxph(name):
    data, design = small_set(name)
    found, reference = cause_specific(data, design, "relapse"), r_models()["survival"][name]["relapse"]
    assert logs(found) == pytest.approx(reference["coef"], rel=1e-6)
    assert errors(found) == pytest.approx(reference["se"], rel=1e-6)
    assert found["measure"].eq("hazard_ratio").all()


@pytest.mark.parametrize("name", SETS)
def test_fine_gray_matches_crr(name):
    data, design = small_set(name)
    found, reference = fine_gray(data, design, "relapse"), r_models()["survival"][name]["fine_gray"]
    assert logs(found) == pytest.approx(reference["coef"], rel=1e-6)
    assert errors(found) == pytest.approx(reference["se"], rel=1e-6)
    assert found["measure"].eq("subdistribution_hazard_ratio").all()
    assert found["events"].eq((data["cause"] == "relapse").sum()).all()


@pytest.mark.parametrize("model", [cause_specific, fine_gray])
def test_separated_terms_have_no_estimate(model):
    data, design = small_set("quiet_arm")
    found = model(data, design, "relapse")
    assert found.loc[0, "note"].startswith("not estimable: separation")
    assert np.isnan(found.loc[0, "estimate"])


def test_competing_patients_stay_at_risk_in_the_search_for_separation():
    """In the set "censored" R's crr drifts to -31 for the stratum; the search finds that it has no end."""
    data, design = small_set("censored")
    found = fine_gray(data, design, "relapse").set_index("term")
    assert found.loc["Stratum: y vs x", "note"].startswith("not estimable: separation")


@pytest.mark.parametrize("model", [cause_specific, fine_gray])
def test_a_cause_without_events_is_said(model):
    data, design = small_set("klein")
    assert model(data, design, "accident")["note"].eq("not estimable: no events").all()


@pytest.mark.parametrize("model", [cause_specific, fine_gray])
@pytest.mark.parametrize("rows", [slice(30, 35), slice(95, 100)])
def test_five_patients_give_an_estimate_or_a_reason(model, rows):
    data, design = small_set("klein")
    found = model(data.iloc[rows], design, "relapse")
    assert (found["estimate"].notna() | found["note"].str.startswith("not estimable: ")).all()


@pytest.mark.parametrize("size", [60, 3000])
def test_two_scans_reach_the_maximum_of_comprisk(size):
    rng = np.random.default_rng(size)
    time, code = rng.integers(1, 40, size) / 3, rng.integers(0, 3, size)
    x = np.column_stack([rng.normal(size=size), rng.integers(0, 2, size)])
    causes = pd.Categorical.from_codes(code, ["censored", "relapse", "nrm"])
    data = pd.DataFrame({"time_months": time, "event": (code > 0).astype(int), "cause": causes})
    found = fit_fine_gray(data, "relapse", x)
    expected = FineGrayRegression(cause=1, max_iter=100, gtol=1e-10).fit(x, time=time, event=code)
    assert found.coefficients == pytest.approx(expected.coef_, rel=1e-7)
    moments = WeightedRiskSets(time, code, x).at(found.coefficients)
    assert moments.score == pytest.approx([0, 0], abs=1e-8 * size)
    np.testing.assert_allclose(moments.information(), expected.information_, rtol=1e-6)


def test_weighted_risk_sets_are_those_of_a_loop_over_the_times():
    rng = np.random.default_rng(2)
    time, code, x = rng.integers(1, 20, 80) / 3, rng.integers(0, 3, 80), rng.normal(size=(80, 2))
    sets, beta = WeightedRiskSets(time, code, x), np.array([0.3, -0.5])
    moments, score, information = sets.at(beta), x[code == 1].sum(axis=0), 0.0
    for place, at in enumerate(np.unique(time[code == 1])):
        fallen = sets.still_uncensored(np.array([at])) / sets.still_uncensored(time)
        weight = np.exp(x @ beta) * np.where(time >= at, 1.0, np.where(code == 2, fallen, 0.0))
        mean = weight @ x / weight.sum()
        score = score - sets.deaths[place] * mean
        information = information + sets.deaths[place] * ((x.T * weight) @ x / weight.sum() - np.outer(mean, mean))
    assert moments.score == pytest.approx(score, rel=1e-10)
    np.testing.assert_allclose(moments.information(), information, rtol=1e-10)
