import numpy as np
import pandas as pd
import pytest
from models_reference import klein_design, r_models, small_set

from helpers.stats.estimates import estimates, not_estimable
from helpers.stats.models.cox_regression import cox
from helpers.stats.models.design import Design
from helpers.stats.models.diagnostics import e_value, e_values, events_per_variable, holm, risk_ratio


def ratios(measure, *rows):
    return estimates(
        [{"measure": measure, "method": "m", "estimate": e, "ci_low": lo, "ci_high": hi} for e, lo, hi in rows]
    )


def test_e_values_equal_the_published_examples():
    # VanderWeele and Ding 2017: risk ratio 3.9 (1.8 to 8.7) has 7.26 and 3.0; 0.80 (0.71 to 0.91) has 1.81 and 1.43
    found = e_values(ratios("risk_ratio", (3.9, 1.8, 8.7), (0.80, 0.71, 0.91)))
    assert found.loc[found["measure"] == "e_value", "estimate"].round(2).tolist() == [7.26, 1.81]
    assert found.loc[found["measure"] == "e_value_limit", "estimate"].round(2).tolist() == [3.0, 1.43]
    assert found["ci_low"].isna().all()


def test_odds_and_hazard_ratios_become_risk_ratios_when_the_outcome_is_common():
    assert risk_ratio(4.0, "odds_ratio", common=True) == 2.0
    assert risk_ratio(4.0, "odds_ratio", common=False) == 4.0
    assert risk_ratio(2.0, "hazard_ratio", common=True) == pytest.approx((1 - 0.5**2**0.5) / (1 - 0.5**0.5**0.5))
    assert risk_ratio(1.0, "hazard_ratio", common=True) == 1.0
    assert e_value(1.0) == 1.0
    assert e_value(0.25) == e_value(4.0)


def test_limit_beyond_one_has_e_value_one_and_missing_ratios_stay_missing():
    found = e_values(ratios("hazard_ratio", (0.6, 0.3, 1.2), (1.5, 0.9, 2.0), (2.0, np.nan, 5.0)))
    found = found[found["measure"] == "e_value_limit"].reset_index(drop=True)
    assert found["estimate"].tolist()[:2] == [1.0, 1.0]
    assert found.loc[2, "note"] == "not estimable: " + "the confidence limit nearer to 1 is not known"
    absent = estimates([not_estimable("separation", measure="odds_ratio", method="m")])
    assert e_values(absent).loc[0, "note"] == "not estimable: the ratio itself is not estimable"
    assert e_values(estimates([])).empty


def test_holm_matches_p_adjust():
    values = [0.01, 0.04, 0.03, 0.005, 0.5]
    frame = estimates([{"measure": "p_value", "method": "m", "p": p} for p in values])
    frame = pd.concat([frame, estimates([not_estimable("no events", measure="p_value", method="m")])])
    found = holm(frame)
    assert found["p"].to_numpy()[:5] == pytest.approx(r_models()["planning"]["holm"], rel=1e-12)
    assert found["note"].tolist()[:5] == ["adjusted for 5 tests"] * 5
    assert found["note"].tolist()[5] == "not estimable: no P value to adjust"
    assert holm(estimates([])).empty


def test_holm_keeps_the_terms_of_a_model():
    model = cox(*small_set("klein"))
    found = holm(model)
    assert found["term"].tolist() == model["term"].tolist()
    assert (found["p"] >= model["p"]).all()
    assert found["measure"].eq("p_adjusted").all()


@pytest.mark.parametrize(
    ("events", "binary", "value", "note"),
    [
        (83, False, 83 / 5, ""),
        (120, True, 17 / 5, "the data support one factor, and the model has 5"),
        (28, False, 28 / 5, "the data support 2 factors, and the model has 5"),
        (8, False, 8 / 5, "the data support not even one factor, and the model has 5"),
    ],
)
def test_events_per_variable(events, binary, value, note):
    design = klein_design()
    happened = pd.Series(np.arange(137) < events, design.matrix.index)
    timed = pd.DataFrame({"time_months": 1.0, "event": happened.astype(int)})
    found = events_per_variable(happened if binary else timed, design).iloc[0]
    assert (found["estimate"], found["note"], found["model_terms"]) == (value, note, 5)
    assert found["status"] == ("ok" if events == 83 else "few_events")


def test_model_without_terms_is_said():
    empty = Design(pd.DataFrame(index=range(5)))
    assert (
        events_per_variable(pd.Series([1, 1, 1, 1, 0]), empty).loc[0, "note"]
        == "not estimable: the model has no factor"
    )


def test_events_count_among_complete_patients_and_terms_that_vary():
    matrix = pd.DataFrame({"A": [0.0, 1, 0, 1], "B": [1.0, 1, 1, 1]})
    row = events_per_variable(pd.Series([1, 1, 0, 0, 1]), Design(matrix)).iloc[0]
    assert (row["n"], row["events"], row["estimate"], row["model_terms"]) == (4, 2, 2.0, 1)
    assert events_per_variable(pd.Series(dtype=float), Design(matrix)).empty


def test_a_rare_outcome_needs_no_conversion():
    common, rare = ratios("odds_ratio", (4.0, 2.0, 8.0)), ratios("odds_ratio", (4.0, 2.0, 8.0))
    common[["events", "n"]], rare[["events", "n"]] = (40, 100), (10, 100)
    assert e_values(common).loc[0, "estimate"] == e_value(2.0)
    assert e_values(rare).loc[0, "estimate"] == e_value(4.0)


def test_the_last_bits_of_a_ratio_of_one_make_no_confounder_of_it():
    for ratio in (np.nextafter(1.0, 0), 1.0, np.nextafter(1.0, 2)):
        assert e_value(ratio) == pytest.approx(1.0, abs=1e-12)
        row = {"n": 100, "events": 5, "measure": "odds_ratio", "method": "x", "estimate": ratio, "ci_low": 0.5}
        assert e_values(estimates([row])).loc[1, "estimate"] == 1.0  # there is no upper limit; the lower one is known


def test_a_share_at_the_limit_is_common_whatever_its_product_rounds_to():
    row = {"n": 20, "events": np.nextafter(3.0, 0), "measure": "odds_ratio", "method": "x", "estimate": 4.0}
    assert e_values(estimates([row])).loc[0, "estimate"] == pytest.approx(e_value(2.0), rel=1e-12)
