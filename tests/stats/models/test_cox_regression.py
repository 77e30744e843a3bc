import numpy as np
import pandas as pd
import pytest
from models_reference import BOTH, errors, klein_patients, logs, r_models, small_set
from penalised import cox_likelihood, deviances

from helpers.stats.models.cox_regression import cox, cox_firth
from helpers.stats.models.design import COLLINEAR, design_matrix
from helpers.stats.models.partial_likelihood import fit_cox
from helpers.study import Covariate

SETS = ("klein", "second_cart", "tied", "censored")
MODELS = [cox, cox_firth]


@pytest.mark.parametrize("name", SETS)
def test_coefficients_match_coxph(name):
    data, design = small_set(name)
    found, reference = cox(data, design), r_models()["survival"][name]["cox"]
    assert logs(found) == pytest.approx(reference["coef"], rel=1e-6)
    assert errors(found) == pytest.approx(reference["se"], rel=1e-6)
    assert found["events"].eq(data["event"].sum()).all()


def test_stratified_coefficients_match_coxph():
    """Each hospital gave MTX to all its patients or to none, so MTX has no estimate within hospitals."""
    data, design = small_set("klein")
    found = cox(data, design, strata=data["stratum"])
    reference = r_models()["survival"]["klein"]["stratified"]
    assert logs(found)[:4] == pytest.approx(reference["coef"][:4], rel=1e-6)
    assert errors(found)[:4] == pytest.approx(reference["se"][:4], rel=1e-6)
    assert found.loc[4, "note"] == "not estimable: no two patients at risk at an event differ in it"
    assert found["method"].eq("Cox, Efron ties, stratified by stratum").all()


def test_stratum_as_stratum_and_as_term_leaves_the_term_without_information():
    data, design = small_set("tied")
    found = cox(data, design, strata=data["stratum"])
    reference = r_models()["survival"]["tied"]["stratified"]
    assert logs(found)[:2] == pytest.approx(reference["coef"][:2], rel=1e-6)
    assert found.loc[2, "note"] == "not estimable: no two patients at risk at an event differ in it"


def test_arm_without_events_has_no_estimate_and_the_others_match_coxph():
    data, design = small_set("quiet_arm")
    found, reference = cox(data, design), r_models()["survival"]["quiet_arm"]["cox"]
    assert found.loc[0, "note"].startswith(
        "not estimable: separation: the hazard ratio moves without limit towards zero"
    )
    assert logs(found)[1:] == pytest.approx(reference["coef"][1:], rel=1e-6)
    assert errors(found)[1:] == pytest.approx(reference["se"][1:], rel=1e-6)


@pytest.mark.parametrize("name", ["censored", "quiet_arm"])
def test_firth_equals_brute_force(name):
    data, design = small_set(name)
    found = cox_firth(data, design)
    time, event = data["time_months"].to_numpy(), data["event"].to_numpy()
    likelihood, size = cox_likelihood(design.matrix.to_numpy(), time, event), len(design.columns)
    for j, row in enumerate(found.iloc[:2].itertuples()):
        beta, p, lost = deviances(likelihood, size, j, np.log([row.ci_low, row.ci_high]))
        assert np.log(row.estimate) == pytest.approx(beta, abs=1e-6)
        assert row.p == pytest.approx(p, rel=1e-6)
        assert lost == pytest.approx([3.841459, 3.841459], rel=1e-6)


def test_firth_says_that_ties_are_breslows():
    assert "Breslow" in cox_firth(*small_set("tied")).loc[0, "method"]


@pytest.mark.parametrize("model", MODELS)
def test_all_events_at_one_time(model):
    data, design = small_set("klein")
    found = model(data.assign(time_months=3.0), design)
    assert found["estimate"].between(0.3, 3).all()


@pytest.mark.parametrize("model", MODELS)
def test_no_events_is_said(model):
    data, design = small_set("klein")
    assert model(data.assign(event=0), design)["note"].eq("not estimable: no events").all()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rows", [slice(0, 1), slice(30, 35), slice(36, 44), slice(95, 100)])
def test_few_patients_give_an_estimate_or_a_reason(model, rows):
    data, _ = small_set("klein")
    patients = klein_patients().iloc[rows]
    covariates = [Covariate(c, c, "binary", "no", BOTH, "") for c in ("male", "mtx")]
    covariates.append(Covariate("age", "Age", "continuous", "", BOTH, "10 years"))
    found = model(data.iloc[rows], design_matrix(patients, covariates))
    assert (found["estimate"].notna() | found["note"].str.startswith("not estimable: ")).all()


@pytest.mark.parametrize("model", MODELS)
def test_collinear_terms_are_named(model):
    data, _ = small_set("klein")
    patients = klein_patients().assign(twin=lambda d: d["male"])
    covariates = [Covariate(c, c.title(), "binary", "no", BOTH, "") for c in ("male", "twin")]
    found = model(data, design_matrix(patients, covariates))
    assert found["estimate"].notna().tolist() == [True, False]
    assert found.loc[1, "note"] == f"not estimable: {COLLINEAR}"


def test_missing_values_are_counted():
    data, _ = small_set("klein")
    patients = klein_patients()
    patients.loc[:9, "male"] = None
    found = cox(data, design_matrix(patients, [Covariate("male", "Male", "binary", "no", BOTH, "")]))
    assert found.loc[0, "n"] == 127
    assert found.loc[0, "note"] == "complete cases: 10 of 137 patients left out for a missing covariate"


def test_labels_cannot_reach_a_formula():
    data, _ = small_set("klein")
    label = '__import__("os").system("false") + C(x) ~ 1'
    patients = klein_patients()[["male"]].rename(columns={"male": label})
    found = cox(data, design_matrix(patients, [Covariate(label, label, "binary", "no", BOTH, "")]))
    assert found.loc[0, "term"] == f"{label}: yes vs no"
    assert found.loc[0, "estimate"] > 0


def test_unrecorded_endpoint_gives_no_rows():
    assert cox(pd.DataFrame(), small_set("klein")[1]).empty


@pytest.mark.parametrize("seed", [6, 16, 23])
def test_the_iteration_goes_to_the_end(seed):
    """lifelines' default stops where the likelihood hardly changes: for seed 16 at 0.3% from the maximum."""
    rng = np.random.default_rng(seed)
    treated, shift = rng.integers(0, 2, 500), rng.normal(size=500)
    time = np.ceil(rng.exponential(300 / np.exp(0.3 * shift), 500))
    data = pd.DataFrame({"time_months": time, "event": (rng.choice(3, 500, p=[0.3, 0.5, 0.2]) == 1).astype(int)})
    patients = pd.DataFrame({"treated": np.where(treated, "yes", "no")})
    design = design_matrix(patients, [Covariate("treated", "Treated", "binary", "no", BOTH, "")])
    exact = fit_cox(np.full(500, -1.0), time, data["event"].to_numpy(), treated[:, None].astype(float))
    assert logs(cox(data, design))[0] == pytest.approx(exact.coefficients[0], rel=1e-9)
