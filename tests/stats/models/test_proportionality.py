import numpy as np
import pandas as pd
import pytest
from models_reference import r_models, small_set

from helpers.stats.models.proportionality import proportional_hazards, time_varying_coefficients


@pytest.mark.parametrize("name", ["klein", "second_cart", "tied"])
def test_score_test_matches_cox_zph(name):
    data, design = small_set(name)
    found, reference = proportional_hazards(data, design), r_models()["survival"][name]["zph"]
    assert len(found) == len(reference["names"])
    assert found["statistic"].to_numpy() == pytest.approx(reference["chisq"], rel=1e-6)
    assert found["p"].to_numpy() == pytest.approx(reference["p"], rel=1e-6)


def test_residuals_average_to_the_coefficients():
    from helpers.stats.models.cox_regression import cox

    data, design = small_set("tied")
    residuals = time_varying_coefficients(data, design)
    means = residuals.groupby("term", sort=False)["coefficient"].mean()
    assert means.to_numpy() == pytest.approx(np.log(cox(data, design)["estimate"].to_numpy()), abs=1e-8)
    assert len(residuals) == 3 * data["event"].sum()
    assert residuals["transformed_time"].between(0, 1).all()


def test_nothing_to_test_is_said():
    data, design = small_set("klein")
    found = proportional_hazards(data.assign(event=0), design)
    assert found["note"].str.startswith("not estimable: ").all()
    assert time_varying_coefficients(data.assign(event=0), design).empty
    assert time_varying_coefficients(pd.DataFrame(), design).empty
    at_once = proportional_hazards(data.assign(time_months=1.0), design)
    assert at_once["note"].eq("not estimable: too few distinct event times").all()
    few = proportional_hazards(data.iloc[:3], design)
    assert (few["p"].notna() | few["note"].str.startswith("not estimable: ")).all()


def test_separated_covariate_is_left_out():
    found = proportional_hazards(*small_set("quiet_arm")).set_index("term")
    assert found.loc[["Stratum", "Global"], "p"].notna().all()
    assert found.loc["Global", "note"].startswith("tested in the model without ")
    assert found.loc["Global", "note"].endswith("(separated)")
