import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, norm
from survival_reference import HORIZONS, numbers, r_set, r_values

from helpers.cohort.endpoints import EndpointData
from helpers.frames import About
from helpers.stats.survival import latest, survival_difference

Z = norm.ppf(0.975)


@pytest.mark.parametrize("name", ["klein_os", "klein_lfs"])
def test_difference_limits_and_test_follow_from_what_survfit_gives_each_group(name):
    arms = r_values(name)["arms"]
    rows = survival_difference(r_set(name), HORIZONS, "arm")
    assert rows["term"].unique().tolist() == ["group 2 minus group 1", "group 3 minus group 1"]
    for label in ("group 2", "group 3"):
        for place, row in enumerate(rows[rows["level"] == label].itertuples()):
            (s1, l1, h1), (s0, l0, h0) = (
                [numbers(arms[arm]["at"][key])[place] for key in ("survival", "low", "high")]
                for arm in (label, "group 1")
            )
            assert row.estimate == pytest.approx(s1 - s0, rel=1e-9)
            assert row.ci_low == pytest.approx(s1 - s0 - np.hypot(s1 - l1, h0 - s0), rel=1e-9)
            assert row.ci_high == pytest.approx(s1 - s0 + np.hypot(h1 - s1, s0 - l0), rel=1e-9)
            logs = [np.log(-np.log(value)) for value in (s1, s0)]
            errors = [(np.log(-np.log(low)) - log) / Z for low, log in zip((l1, l0), logs, strict=True)]
            statistic = (logs[0] - logs[1]) ** 2 / (errors[0] ** 2 + errors[1] ** 2)
            assert row.p == pytest.approx(chi2.sf(statistic, 1), rel=1e-6)


def frame(times, events, arms):
    categories = pd.Categorical(list(arms), ["A", "B"], ordered=True)
    return pd.DataFrame({"time_months": np.array(times, float), "event": events, "arm": categories})


def test_a_group_without_events_has_a_difference_with_limits_and_no_test():
    row = survival_difference(frame([5, 6, 7, 2, 3, 7], [0, 0, 0, 1, 1, 0], "AAABBB"), [4], "arm").iloc[0]
    assert row["estimate"] == pytest.approx(-2 / 3)
    assert -1 <= row["ci_low"] < row["estimate"] < row["ci_high"] <= 1
    assert np.isnan(row["p"])
    assert row["note"] == "no test: in a group nobody or everybody had the event by this time"


def test_a_group_that_was_not_followed_so_long_has_no_difference():
    row = survival_difference(frame([5, 6, 7, 2, 3, 3], [0, 0, 0, 1, 1, 0], "AAABBB"), [4], "arm").iloc[0]
    assert row["note"] == "not estimable: nobody was followed this long (to 3.0 months)"
    assert survival_difference(pd.DataFrame(), [4], "arm").empty


def test_the_latest_difference_is_that_with_enough_patients_at_risk():
    data = EndpointData(frame([1, 5, 6, 7, 9, 1, 5, 6, 7, 8], [1, 0, 1, 1, 0, 1, 1, 0, 1, 0], "AAAAABBBBB"))
    data.about = About("os", "Overall survival", min_at_risk=3)
    rows = survival_difference(data, [2, 5.5, 7.5, 12], "arm")
    assert rows["status"].tolist() == ["ok", "ok", "few_at_risk", "not_estimable"]
    assert latest(rows)["time_months"].tolist() == [5.5]
    assert latest(rows[2:])["time_months"].tolist() == [12]
