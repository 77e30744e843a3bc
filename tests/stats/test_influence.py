import numpy as np
import pandas as pd
import pytest
from models_reference import WORDS, r_models, small_set

from helpers.stats import influence as module
from helpers.stats.cox import cox_data
from helpers.stats.influence import fit_rows, influence, leave_one_out, score_residuals


@pytest.mark.parametrize("name", ["klein", "second_cart", "tied"])
def test_extremes_match_coxph_without_each_patient(name):
    data, design = small_set(name)
    found, reference = influence(data, design, **WORDS), r_models()["survival"][name]["left_out"]
    lowest = found.loc[found["measure"] == "influence_lowest", "estimate"]
    highest = found.loc[found["measure"] == "influence_highest", "estimate"]
    assert lowest.to_numpy() == pytest.approx(reference["lowest"], rel=1e-6)
    assert highest.to_numpy() == pytest.approx(reference["highest"], rel=1e-6)


def test_one_row_per_term_and_patient():
    data, design = small_set("tied")
    table = leave_one_out(data, design)
    assert len(table) == 3 * len(data)
    assert table["term"].unique().tolist() == design.columns
    assert set(table["patient"]) == set(data.index)


def test_lost_estimates_and_changes_of_side_are_counted():
    data, design = small_set("censored")
    table, found = leave_one_out(data, design), influence(data, design, **WORDS)
    for term in design.columns:
        lost = table.loc[table["term"] == term, "hazard_ratio"].isna().sum()
        notes = found.loc[found["term"] == term, "note"]
        assert lost == 0 or notes.str.contains(f"no estimate without any one of {lost} patients").all()
    assert table["hazard_ratio"].isna().any()


def test_nothing_to_fit_is_said():
    data, design = small_set("klein")
    found = influence(data.assign(event=0), design, **WORDS)
    assert found["note"].str.startswith("not estimable: ").all()
    assert leave_one_out(pd.DataFrame(), design).empty
    assert np.isnan(influence(data.iloc[:3], design, **WORDS)["estimate"]).all()


def test_score_residuals_are_zero_in_sum_at_the_estimate():
    data, design = small_set("censored")
    used = cox_data(data, design)
    fit = fit_rows(used, np.arange(len(used.time)), [0, 1])
    assert score_residuals(used, [0, 1], fit.coefficients).sum(axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_the_most_influential_patients_give_the_same_extremes(monkeypatch):
    data, design = small_set("klein")
    everybody = influence(data, design, **WORDS)
    monkeypatch.setattr(module, "REFITS", 40)
    assert leave_one_out(data, design)["patient"].nunique() == 40
    found = influence(data, design, **WORDS)
    assert found["estimate"].to_numpy() == pytest.approx(everybody["estimate"].to_numpy())
    assert found["note"].str.contains("the 40 most influential of 137 patients tried").all()
