import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import multivariate_logrank_test
from scipy.stats import chi2
from survival_reference import SETS, WORDS, r_set, r_values

from helpers.stats.survival.curves import logrank
from helpers.stats.survival.log_rank import chi_square


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("variant", "options"), [("plain", {}), ("peto", {"weight": (1, 0)}), ("stratified", {})])
def test_logrank_matches_survdiff(name, variant, options):
    data = r_set(name)
    strata = data["stratum"] if variant == "stratified" else None
    row = logrank(data, "arm", **WORDS, strata=strata, **options).iloc[0]
    expected = r_values(name)["logrank"][variant]
    assert row["estimate"] == pytest.approx(expected["statistic"], rel=1e-9)
    assert row["p"] == pytest.approx(chi2.sf(expected["statistic"], expected["df"]), rel=1e-9)


@pytest.mark.parametrize("weight", [(0, 1), (1, 1), (0.5, 2)])
def test_fleming_harrington_matches_lifelines(weight):
    data = r_set("klein_lfs")
    oracle = multivariate_logrank_test(
        data["time_months"], data["arm"], data["event"], weightings="fleming-harrington", p=weight[0], q=weight[1]
    )
    row = logrank(data, "arm", **WORDS, weight=weight).iloc[0]
    assert row["estimate"] == pytest.approx(oracle.test_statistic, rel=1e-9)
    assert row["method"] == f"Fleming-Harrington ({weight[0]:g}, {weight[1]:g})"


def frame(times, events, arms):
    categories = pd.Categorical(arms, categories=["A", "B"], ordered=True)
    return pd.DataFrame({"time_months": np.array(times, float), "event": events, "arm": categories})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (frame([1, 2], [1, 1], ["A", "A"]), "fewer than two groups with patients"),
        (frame([1, 2], [0, 0], ["A", "B"]), "no events"),
        (frame([1, 2], [0, 1], ["A", "B"]), "no event tells the groups apart"),
    ],
)
def test_a_test_without_information_says_why(data, reason):
    row = logrank(data, "arm", **WORDS).iloc[0]
    assert np.isnan(row["p"])
    assert row["note"] == f"not estimable: {reason}"


def test_all_events_at_one_time_leave_the_groups_alike():
    row = logrank(frame([3] * 4, [1] * 4, list("AABB")), "arm", **WORDS).iloc[0]
    assert row["note"] == "not estimable: no event tells the groups apart"


def test_strata_that_hold_one_group_each_have_nothing_to_compare():
    data = frame([1, 2, 3, 4], [1, 1, 1, 1], list("AABB")).assign(stratum=["x", "x", "y", "y"])
    assert logrank(data, "arm", **WORDS, strata=data["stratum"]).loc[0, "note"].startswith("not estimable")


def test_strata_that_were_not_declared_give_no_row():
    data = frame([1, 2, 3, 4], [1, 1, 1, 1], list("ABAB"))
    assert logrank(data, "arm", **WORDS, strata=pd.Series(pd.Categorical([], []), name="")).empty


def test_patients_without_a_stratum_are_left_out():
    data = frame([1, 2, 3, 4], [1, 1, 1, 1], list("ABAB"))
    row = logrank(data, "arm", **WORDS, strata=pd.Series(["x", "x", "x", None], name="Sex")).iloc[0]
    assert (row["n"], row["method"]) == (3, "Log-rank, stratified by Sex")


def test_groups_that_never_meet_add_no_degree_of_freedom_by_rounding():
    # strata in which A meets B and C meets D, none the others: 2 degrees of freedom in 3 differences
    halves = np.array([[1.0, -1.0], [-1.0, 1.0]])
    variance = np.block([[halves / 3, np.zeros((2, 2))], [np.zeros((2, 2)), halves * 2 / 7]])
    for sign in (-1, 1):
        summed = variance + sign * 3e-15 * np.diag([0, 0, 1, 1])  # what a sum over some hundred events may leave
        statistic, freedom = chi_square(np.array([0.5, -0.5, 0.7, -0.7]), summed)
        assert freedom == 2
        assert statistic == pytest.approx(0.5**2 * 3 + 0.7**2 * 7 / 2)
