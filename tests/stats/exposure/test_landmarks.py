import numpy as np
import pandas as pd
import pytest
from survival_reference import SETS, r_set, r_values

from helpers.stats.exposure.landmarks import landmark, landmark_rows

DAYS = (90, 180)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("day", DAYS)
def test_landmark_matches_coxph_and_survdiff_on_the_patients_left(name, day):
    data = r_set(name)
    rows = landmark(data, data["exposure"], [day])
    expected = r_values(name)["exposure"]["landmark"][str(day)]
    ratio, test = rows[rows["measure"] == "hazard_ratio"].iloc[0], rows[rows["measure"] == "p_value"].iloc[0]
    assert ratio["n"] == expected["kept"]
    if min(expected["exposed"], expected["kept"] - expected["exposed"]) < 3:
        assert {ratio["status"], test["status"]} == {"not_estimable"}
        assert "and 3 are needed" in ratio["note"]
        return
    assert test["statistic"] == pytest.approx(expected["logrank"], rel=1e-9)
    if ratio["status"] == "separated":
        assert abs(expected["coefficients"]) > 15
    else:
        assert np.log(ratio["estimate"]) == pytest.approx(expected["coefficients"], rel=1e-9)
        error = (np.log(ratio["ci_high"]) - np.log(ratio["estimate"])) / 1.959963984540054
        assert error == pytest.approx(np.sqrt(expected["covariance"][0][0]), rel=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_landmark_counts_who_is_dropped_and_why(name):
    data = r_set(name)
    rows = landmark(data, data["exposure"], DAYS)
    for day in DAYS:
        expected = r_values(name)["exposure"]["landmark"][str(day)]
        here = rows[np.isclose(rows["time_months"], day / 30.4375)].set_index(["measure", "level"])["estimate"]
        assert here["dropped", "event"] == expected["events_before"]
        assert here["dropped", "censored"] == expected["censored_before"]
        assert here["count", "exposed"] == expected["exposed"]
        assert here["count", "not exposed"] == expected["kept"] - expected["exposed"]


def test_the_landmark_day_itself_drops_events_and_counts_exposures():
    months = np.array([90, 91, 200]) / 30.4375
    data = pd.DataFrame({"time_months": months, "event": [1, 1, 0]})
    kept = landmark_rows(data, pd.Series([np.nan, 90 / 30.4375, 91 / 30.4375]), 90)
    assert kept.index.tolist() == [1, 2]
    assert kept["exposed"].tolist() == [1, 0]
    np.testing.assert_allclose(kept["stop"], np.array([1, 110]) / 30.4375)


def test_a_landmark_after_everybody_is_not_estimable_and_drops_all():
    data = r_set("tied")
    rows = landmark(data, data["exposure"], [5000])
    assert rows.loc[rows["measure"] == "hazard_ratio", "note"].tolist() == [
        "not estimable: no patients free of the event had it by then, and 3 are needed"
    ]
    assert rows.loc[rows["measure"] == "dropped", "estimate"].sum() == len(data)
