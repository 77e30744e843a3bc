import numpy as np
import pandas as pd
import pytest
from models_reference import r_models, small_set
from test_ties import nudged

from helpers.stats.models import influential as module
from helpers.stats.models.cox_regression import cox_data
from helpers.stats.models.design import Design
from helpers.stats.models.influential import CROSSING, LOST, influence, leave_one_out, score_residuals


@pytest.mark.parametrize("name", ["klein", "second_cart", "tied"])
def test_extremes_match_coxph_without_each_patient(name):
    data, design = small_set(name)
    found, reference = influence(data, design), r_models()["survival"][name]["left_out"]
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
    table, found = leave_one_out(data, design), influence(data, design)
    for term in design.columns:
        lost = table.loc[table["term"] == term, "hazard_ratio"].isna().sum()
        rows = found[found["term"] == term]
        assert rows.loc[rows["method"] == LOST, "estimate"].tolist() == [lost]
        extremes = rows.loc[rows["measure"] != "count", "note"]
        assert lost == 0 or extremes.str.contains(f"no estimate without any one of {lost} patients").all()
    assert table["hazard_ratio"].isna().any()


def test_nothing_to_fit_is_said():
    data, design = small_set("klein")
    found = influence(data.assign(event=0), design)
    assert found["note"].str.startswith("not estimable: ").all()
    assert leave_one_out(pd.DataFrame(), design).empty
    assert np.isnan(influence(data.iloc[:3], design)["estimate"]).all()


def test_score_residuals_are_zero_in_sum_at_the_estimate():
    data, design = small_set("censored")
    used = cox_data(data, design)
    assert score_residuals(used, [0, 1], used.fit([0, 1]).coefficients).sum(axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_the_most_influential_patients_give_the_same_extremes(monkeypatch):
    data, design = small_set("klein")
    everybody = influence(data, design)
    monkeypatch.setattr(module, "REFITS", 40)
    assert leave_one_out(data, design)["patient"].nunique() == 40
    found = influence(data, design)
    extremes = found["measure"] != "count"
    assert found.loc[extremes, "estimate"].tolist() == pytest.approx(everybody.loc[extremes, "estimate"].tolist())
    assert found["note"].str.contains("the 40 most influential of 137 patients tried").all()


def test_patients_who_move_the_estimate_as_far_do_not_change_places_by_a_last_bit():
    fixed = {"term": "x", "patient": range(4), "p": [0.2, 0.3, 0.2, 0.3]}
    ratios = np.array([0.7, 0.7, 1.9, 1.9])
    for seed in range(8):
        own = pd.DataFrame({**fixed, "hazard_ratio": nudged(ratios, seed)})
        found = module._extremes(own, 0.1, "")
        assert [record["p"] for record in found if record["measure"] != "count"] == [0.2, 0.2]


def test_a_p_at_the_level_does_not_cross_it_by_a_last_bit():
    own = pd.DataFrame({"hazard_ratio": np.full(9, 0.5), "p": nudged(np.full(9, 0.05))})
    for whole in (np.nextafter(0.05, 0), 0.05):
        lowest, _, crossing, _ = module._extremes(own, whole, "")
        assert (lowest["note"], crossing["method"], crossing["estimate"]) == ("", CROSSING, 0)


def test_the_last_bits_of_the_fit_choose_no_patient_to_leave_out(monkeypatch):
    one, design = small_set("tied")
    data = pd.concat([one] * 6, ignore_index=True)  # six of every patient: many tie at the last place
    used = cox_data(data, Design(pd.concat([design.matrix] * 6, ignore_index=True), design.terms))
    monkeypatch.setattr(module, "REFITS", len(one) + 2)
    columns = list(range(len(used.terms)))
    first, residuals = module._most_influential(used, columns, used.whole), module.score_residuals
    for seed in range(4):
        monkeypatch.setattr(module, "score_residuals", lambda *given, seed=seed: nudged(residuals(*given), seed))
        assert (module._most_influential(used, columns, used.whole) == first).all()
