import numpy as np
import pytest
from helpers.stats.models.regression import cox, logistic, unadjusted
from models_reference import KLEIN_TERMS, WORDS, klein_design, klein_patients, small_set

from helpers.stats.models.design import design_matrix
from helpers.stats.models.effects import ratio, wald


def test_unadjusted_fits_one_covariate_at_a_time_on_the_same_patients():
    patients = klein_patients()
    patients.loc[:9, "male"] = None
    data, _ = small_set("klein")
    design = design_matrix(patients, KLEIN_TERMS)
    found = unadjusted(cox, data, design, **WORDS)
    assert found["term"].tolist() == design.columns
    assert found["method"].eq("Cox, Efron ties, unadjusted").all()
    assert found["n"].eq(127).all()
    group = cox(data, design.only(design.columns[:2]), **WORDS)
    assert found["estimate"].tolist()[:2] == group["estimate"].tolist()


def test_unadjusted_passes_options_on():
    found = unadjusted(logistic, klein_patients()["relapsed"], klein_design(), **WORDS, group="x")
    assert found["group"].eq("x").all()
    assert found["measure"].eq("odds_ratio").all()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 40.0])
def test_no_infinite_ratio_leaves_the_models(value):
    assert ratio(value, 0.0, 1.0, 0.5)["note"] == "not estimable: the ratio is beyond any that could be stated"
    assert np.isnan(ratio(0.5, 0.1, value, 0.5)["ci_high"])
    assert wald(0.5, 0.0)["note"] == "not estimable: the data hold next to no information on it"
