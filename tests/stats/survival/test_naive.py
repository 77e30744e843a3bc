import numpy as np
import pandas as pd
import pytest
from survival_reference import r_set

from helpers.stats.survival.incidence import cumulative_incidence, one_minus_survival_at
from helpers.stats.survival.naive import one_minus_survival


def test_curve_passes_through_the_values_read_off_it():
    data = r_set("klein_lfs")
    curve = one_minus_survival(data, "relapse")
    row = one_minus_survival_at(data, "relapse", [24], endpoint="relapse", population="all patients").iloc[0]
    last = curve.loc[curve["time_months"] <= 24, "cumulative_incidence"].iloc[-1]
    assert last == pytest.approx(row["estimate"], rel=1e-12)


def test_curve_is_never_below_the_cumulative_incidence():
    data = r_set("klein_lfs")
    wrong, right = (f(data, "relapse", "arm") for f in (one_minus_survival, cumulative_incidence))
    pd.testing.assert_frame_equal(wrong[["group", "time_months"]], right[["group", "time_months"]])
    gap = wrong["cumulative_incidence"] - right["cumulative_incidence"]
    assert gap.min() > -1e-12
    assert gap.max() > 0.05


def test_without_competing_events_both_curves_agree():
    data = pd.DataFrame({"time_months": [1.0, 2, 3], "event": [1, 0, 1], "cause": ["relapse", "censored", "relapse"]})
    wrong, right = (f(data, "relapse")["cumulative_incidence"] for f in (one_minus_survival, cumulative_incidence))
    np.testing.assert_allclose(wrong, right, atol=1e-15)


def test_what_is_not_recorded_gives_no_curve():
    assert one_minus_survival(pd.DataFrame(), "relapse").empty
