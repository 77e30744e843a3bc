import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from survival_reference import SETS, numbers, r_set, r_values

from helpers.stats.survival.restricted_mean import rmst, rmst_difference

Z = norm.ppf(0.975)


@pytest.mark.parametrize("name", SETS)
def test_restricted_mean_and_its_error_match_print_survfit(name):
    data = r_set(name)
    for arm, expected in r_values(name)["arms"].items():
        times = np.atleast_1d(expected["at"]["time"])
        rows = pd.concat([rmst(data[data["arm"] == arm], tau) for tau in times])
        means, errors = numbers(expected["rmst"]).T
        np.testing.assert_allclose(rows["estimate"], means, rtol=1e-9)
        np.testing.assert_allclose(rows["std_error"], np.where(errors > 0, errors, np.nan), rtol=1e-9)
        high = np.minimum(rows["estimate"] + Z * rows["std_error"], times)
        np.testing.assert_allclose(rows["ci_high"], high, rtol=1e-12)
        np.testing.assert_allclose(rows["ci_low"], np.maximum(rows["estimate"] - Z * rows["std_error"], 0), rtol=1e-12)


def test_difference_combines_the_two_errors_r_gives():
    arms = r_values("klein_os")["arms"]
    (mean1, error1), (mean2, error2) = arms["group 1"]["rmst"][2], arms["group 2"]["rmst"][2]
    rows = rmst_difference(r_set("klein_os"), 24, "arm")
    assert rows["term"].tolist() == ["group 2 minus group 1", "group 3 minus group 1"]
    row, error = rows.iloc[0], np.hypot(error1, error2)
    assert row["estimate"] == pytest.approx(mean2 - mean1, rel=1e-9)
    assert row["ci_low"] == pytest.approx(mean2 - mean1 - Z * error, rel=1e-9)
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert (row["level"], row["reference"], row["comparison"]) == ("group 2", "group 1", "arms")
    assert row["p"] == pytest.approx(2 * norm.sf(abs(mean2 - mean1) / error), rel=1e-9)


def frame(times, events, arms="A"):
    categories = pd.Categorical(list(arms) if len(arms) > 1 else ["A"] * len(times), ["A", "B"], ordered=True)
    return pd.DataFrame({"time_months": np.array(times, float), "event": events, "arm": categories})


def test_restricted_mean_without_censoring_is_the_mean_of_the_shortened_times():
    times = np.array([1, 4, 4, 7, 9, 15])
    row = rmst(frame(times, [1] * 6), 10).iloc[0]
    assert row["estimate"] == pytest.approx(np.minimum(times, 10).mean(), rel=1e-12)


def test_no_limit_lies_outside_the_months_that_count():
    rows = rmst(frame([1, 1.2, 9, 8, 8.5, 9], [1, 1, 1, 1, 0, 0], "AAABBB"), 9, "arm")
    assert rows["ci_low"].tolist()[0] == 0
    assert rows["ci_high"].tolist()[1] == 9
    assert rows["note"].str.contains("0 to 9 months, where every such mean lies").all()


def test_a_time_past_the_follow_up_is_not_estimable_unless_all_had_the_event():
    assert rmst(frame([3, 5], [1, 0]), 6).loc[0, "note"].startswith("not estimable: nobody was followed")
    assert rmst(frame([3, 5], [1, 1]), 6).loc[0, "estimate"] == 4


def test_an_arm_without_events_gets_no_interval_and_narrows_the_difference_visibly():
    data = frame([5, 6, 7, 2, 3, 7], [0, 0, 0, 1, 1, 0], "AAABBB")
    assert rmst(data, 5, "arm").loc[0, "note"].startswith("no interval")
    assert rmst_difference(data, 5, "arm").loc[0, "note"].startswith("one group's standard error is 0")


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (frame([5, 6], [1, 0]), "not estimable: no patients"),
        (frame([5, 6, 5, 2], [1, 0, 0, 0], "AABB"), "not estimable: nobody was followed this long (to 5.0 months)"),
        (frame([9, 9, 9, 9], [0, 0, 0, 0], "AABB"), "no interval: the curves give no standard error"),
    ],
)
def test_a_difference_that_cannot_be_had_says_why(data, note):
    assert rmst_difference(data, 5.5, "arm").loc[0, "note"] == note


def test_an_event_at_the_end_has_no_share_in_the_variance_whatever_its_time_rounds_to():
    end = np.nextafter(16.0, 0)
    data = pd.DataFrame({"time_months": [end, 16.0, 20.0, 20.0], "event": [1, 1, 0, 0]})
    assert rmst(data, 16.0).loc[0, "note"].startswith("no interval")
