import numpy as np
import pandas as pd
import pytest
from models_reference import BOTH, REFERENCE, errors, klein_design, klein_patients, logs, r_models, table_data
from penalised import deviances, logistic_likelihood

from helpers.stats.models.design import COLLINEAR, design_matrix
from helpers.stats.models.logistic_regression import logistic, logistic_firth, logistic_profile
from helpers.study import Covariate

ALL_THREE = [logistic, logistic_profile, logistic_firth]
TERMS = [
    Covariate("a", "A", "binary", "0", BOTH, ""),
    Covariate("b", "B", "binary", "0", BOTH, ""),
    Covariate("z", "Z", "continuous", "", BOTH, ""),
]


def separated():
    data = pd.read_csv(REFERENCE / "sets" / "separated.csv")
    return data["y"] == 1, design_matrix(data.astype({"a": str, "b": str}), TERMS), data


def test_wald_matches_glm():
    reference = r_models()["logistic"]["klein"]
    found = logistic(klein_patients()["relapsed"], klein_design())
    assert logs(found) == pytest.approx(reference["coef"], rel=1e-6)
    assert errors(found) == pytest.approx(reference["se"], rel=1e-6)
    assert found["measure"].eq("odds_ratio").all()
    assert found["n"].eq(137).all()
    assert found["events"].eq(42).all()


def test_profile_likelihood_matches_profiled_glm():
    reference = r_models()["logistic"]["klein"]
    found = logistic_profile(klein_patients()["relapsed"], klein_design())
    assert logs(found) == pytest.approx(reference["coef"], rel=1e-6)
    assert np.log(found[["ci_low", "ci_high"]].to_numpy()) == pytest.approx(np.array(reference["limits"]), rel=1e-6)
    assert found["p"].to_numpy() == pytest.approx(reference["p"], rel=1e-6)


def test_firth_equals_brute_force_under_separation():
    outcome, design, _ = separated()
    found = logistic_firth(outcome, design)
    likelihood = logistic_likelihood(design.matrix.to_numpy(), outcome.to_numpy(int))
    for j, row in enumerate(found.itertuples()):
        beta, p, lost = deviances(likelihood, 4, j + 1, np.log([row.ci_low, row.ci_high]))
        assert np.log(row.estimate) == pytest.approx(beta, abs=1e-6)
        assert row.p == pytest.approx(p, rel=1e-6)
        assert lost == pytest.approx([3.841459, 3.841459], rel=1e-6)


def test_separated_term_has_no_estimate_and_the_others_match_glm():
    outcome, design, _ = separated()
    reference = r_models()["logistic"]["separated"]
    found = logistic(outcome, design)
    assert found.loc[0, "note"].startswith("not estimable: separation: the odds ratio grows without limit upwards")
    assert np.isnan(found.loc[0, "estimate"])
    assert logs(found)[1:] == pytest.approx(reference["coef"][1:], rel=1e-6)
    assert errors(found)[1:] == pytest.approx(reference["se"][1:], rel=1e-6)
    assert found.loc[1:, "note"].eq("another term is separated").all()


def test_profile_of_a_separated_term_keeps_its_p_and_its_one_limit():
    outcome, design, _ = separated()
    found = logistic_profile(outcome, design).iloc[0]
    assert np.isnan([found["estimate"], found["ci_high"]]).all()
    assert 1 < found["ci_low"] < 100
    assert found["p"] < 0.05
    mirrored = logistic_profile(~outcome, design).iloc[0]
    assert mirrored["ci_high"] == pytest.approx(1 / found["ci_low"], rel=1e-6)
    assert np.isnan(mirrored["ci_low"])
    assert mirrored["p"] == pytest.approx(found["p"], rel=1e-6)


@pytest.mark.parametrize("model", [logistic, logistic_profile])
def test_complete_separation_is_said(model):
    data = pd.DataFrame({"a": list("0011"), "b": list("0101")}, index=[3, 5, 7, 9])
    outcome = pd.Series([False, False, True, True], index=data.index)
    found = model(outcome, design_matrix(data, TERMS[:2]))
    assert found["note"].str.startswith("not estimable: complete separation").all()


@pytest.mark.parametrize("model", ALL_THREE)
def test_collinear_and_constant_terms_are_named_and_cost_nothing(model):
    patients = klein_patients().assign(twin=lambda d: d["male"], same="x")
    covariates = [Covariate(c, c.title(), "binary", "no", BOTH, "") for c in ("male", "twin", "same")]
    found = model(patients["relapsed"], design_matrix(patients, covariates)).set_index("term")
    alone = model(patients["relapsed"], design_matrix(patients, covariates[:1]))
    assert found.loc["Male: yes vs no", "estimate"] == pytest.approx(alone.loc[0, "estimate"], rel=1e-9)
    assert found.loc["Twin: yes vs no", "note"] == f"not estimable: {COLLINEAR}"
    assert found.loc["Same", "note"] == "not estimable: only one level"


@pytest.mark.parametrize("model", ALL_THREE)
@pytest.mark.parametrize("rows", [slice(0, 1), slice(0, 5), slice(100, 105), slice(36, 44)])
def test_few_patients_give_an_estimate_or_a_reason(model, rows):
    patients = klein_patients().iloc[rows]
    covariates = [Covariate(c, c, "binary", "no", BOTH, "") for c in ("male", "mtx")]
    covariates.append(Covariate("age", "Age", "continuous", "", BOTH, "10 years"))
    found = model(patients["relapsed"], design_matrix(patients, covariates))
    assert (found["estimate"].notna() | found["note"].str.startswith("not estimable: ")).all()


@pytest.mark.parametrize("model", ALL_THREE)
def test_missing_values_are_counted(model):
    patients = klein_patients()
    patients.loc[:4, "male"] = None
    outcome = patients["relapsed"].astype(object)
    outcome.iloc[10:12] = None
    found = model(outcome, design_matrix(patients, [Covariate("male", "Male", "binary", "no", BOTH, "")]))
    assert found.loc[0, "n"] == 130
    assert found.loc[0, "note"] == "complete cases: 5 of 135 patients left out for a missing covariate"


@pytest.mark.parametrize("model", ALL_THREE)
def test_no_usable_patients_or_one_outcome_is_said(model):
    design = klein_design()
    nobody = pd.Series([True, False], index=[900, 901])
    assert model(nobody, design)["note"].str.startswith("not estimable: no patients with complete values").all()
    constant = pd.Series(True, index=design.matrix.index)
    assert model(constant, design)["note"].eq("not estimable: all patients have the same outcome").all()


def test_published_design_gives_the_published_interval():
    """The first design of the enumeration prints 0.128 (0.017-0.974) for not reaching remission."""
    design = pd.read_csv(REFERENCE.parents[1] / "data" / "response_designs.csv").iloc[0]
    rows = [
        (group == "tandem", kind == "no", *(int(x) for x in cell))
        for group in ("tandem", "others")
        for kind in ("cr", "no")
        for cell in ("11", "10", "01", "00")
        for _ in range(int(design[f"{group}_{kind}_{cell}"]))
    ]
    data = pd.DataFrame(rows, columns=["tandem", "failed", "a", "b"])
    words = data[["tandem", "a", "b"]].astype(int).astype(str)
    covariates = [Covariate(c, c, "binary", "0", BOTH, "") for c in words]
    found = logistic(data["failed"], design_matrix(words, covariates)).iloc[0]
    assert [f"{found[c]:.3f}" for c in ("estimate", "ci_low", "ci_high")] == ["0.128", "0.017", "0.974"]


@pytest.mark.parametrize(("model", "yes", "size"), [(logistic_profile, 16, 18), (logistic_firth, 6, 8)])
def test_an_odds_ratio_of_one_has_a_p_of_one(model, yes, size):
    # the likelihoods differ by rounding alone, whose root would be seen in P
    outcome = pd.Series(([True] * yes + [False] * (size - yes)) * 2)
    design = design_matrix(
        pd.DataFrame({"x": ["no"] * size + ["yes"] * size}), [Covariate("x", "X", "binary", "no", BOTH, "")]
    )
    row = model(outcome, design).iloc[0]
    assert row["estimate"] == pytest.approx(1.0, abs=1e-9)
    assert row["p"] == 1.0


@pytest.mark.parametrize("counts", [(39, 26, 19, 14), (36, 26, 21, 15), (26, 18, 13, 16)])
def test_standard_errors_belong_to_the_estimates_not_to_the_step_before(counts):
    data = table_data(*counts)
    outcome, groups = data["event"].astype(bool), data["contrast"]
    design = design_matrix(groups.to_frame("x"), [Covariate("x", "X", "binary", "others", BOTH, "")])
    found = errors(logistic(outcome, design))  # one term: the model is the table, its error Woolf's
    assert found == pytest.approx(np.sqrt((1 / np.array(counts)).sum()), rel=1e-12)
