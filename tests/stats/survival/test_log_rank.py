import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import multivariate_logrank_test
from scipy.stats import chi2
from statsmodels.duration.survfunc import survdiff
from survival_reference import SETS, r_set, r_values

from helpers.stats.survival import logrank
from helpers.stats.survival.log_rank import log_rank_statistic


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("variant", ["plain", "stratified"])
def test_logrank_matches_survdiff(name, variant):
    data = r_set(name)
    row = logrank(data, "arm", data["stratum"] if variant == "stratified" else None).iloc[0]
    expected = r_values(name)["logrank"][variant]
    assert row["statistic"] == pytest.approx(expected["statistic"], rel=1e-9)
    assert row["df"] == expected["df"]
    assert row["p"] == pytest.approx(chi2.sf(expected["statistic"], expected["df"]), rel=1e-9)
    assert np.isnan(row["estimate"])  # a statistic is no estimate


def test_logrank_matches_lifelines():
    data = r_set("klein_lfs")
    oracle = multivariate_logrank_test(data["time_months"], data["arm"], data["event"])
    assert logrank(data, "arm").loc[0, "statistic"] == pytest.approx(oracle.test_statistic, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_stratified_logrank_is_that_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    time, event = rng.integers(0, 20, 200), rng.integers(0, 2, 200)
    arms, strata = rng.integers(0, 4, 200), rng.integers(0, 5, 200)
    statistic, freedom = log_rank_statistic(time, event, arms, strata)
    assert statistic == pytest.approx(survdiff(time, event, arms, strata=strata)[0], rel=1e-9)
    assert freedom == 3


def frame(times, events, arms):
    categories = pd.Categorical(arms, categories=sorted({"A", "B", *arms}), ordered=True)
    return pd.DataFrame({"time_months": np.array(times, float), "event": events, "arm": categories})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (frame([1, 2], [1, 1], ["A", "A"]), "fewer than two groups with patients"),
        (frame([1, 2], [0, 0], ["A", "B"]), "no events"),
        (frame([1, 2], [0, 1], ["A", "B"]), "no event tells the groups apart"),
        (frame([3] * 4, [1] * 4, list("AABB")), "no event tells the groups apart"),
    ],
)
def test_a_test_without_information_says_why(data, reason):
    row = logrank(data, "arm").iloc[0]
    assert np.isnan(row["p"])
    assert row["note"] == f"not estimable: {reason}"


def test_strata_that_hold_one_group_each_have_nothing_to_compare():
    data = frame([1, 2, 3, 4], [1, 1, 1, 1], list("AABB")).assign(stratum=["x", "x", "y", "y"])
    assert logrank(data, "arm", data["stratum"]).loc[0, "status"] == "not_estimable"


def test_strata_that_were_not_declared_give_no_row():
    data = frame([1, 2, 3, 4], [1, 1, 1, 1], list("ABAB"))
    assert logrank(data, "arm", strata=pd.Series(pd.Categorical([], []), name="")).empty


def test_patients_without_a_stratum_are_left_out():
    data = frame([1, 2, 3, 4], [1, 1, 1, 1], list("ABAB"))
    row = logrank(data, "arm", strata=pd.Series(["x", "x", "x", None], name="Sex")).iloc[0]
    assert (row["n"], row["method"]) == (3, "Log-rank, stratified by Sex")


def test_a_group_never_at_risk_at_an_event_adds_no_degree_of_freedom():
    both = frame([2, 3, 4, 5, 6], [1, 0, 1, 1, 0], list("ABABB"))
    early = pd.concat([both, frame([1, 1], [0, 0], list("CC"))], ignore_index=True)
    three, two = logrank(early, "arm").iloc[0], logrank(both, "arm").iloc[0]
    assert (three["df"], three["n"]) == (1, 7)
    assert three["statistic"] == pytest.approx(two["statistic"], rel=1e-12)


def test_groups_that_never_meet_are_tested_apart_and_summed():
    left = frame([1, 2, 3, 4, 5], [1, 1, 0, 1, 1], list("ABABA")).assign(stratum="x")
    right = frame([1, 2, 4, 6, 7], [1, 0, 1, 1, 1], list("CCDDC")).assign(stratum="y")
    data = pd.concat([left, right], ignore_index=True)
    row = logrank(data, "arm", data["stratum"]).iloc[0]
    alone = [logrank(part, "arm").loc[0, "statistic"] for part in (left, right)]
    assert row["df"] == 2
    assert row["statistic"] == pytest.approx(sum(alone), rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_strata_with_partly_overlapping_groups_equal_the_recounted_quadratic_form(seed):
    rng = np.random.default_rng(seed)
    stratum, time, event = rng.integers(0, 3, 40), rng.integers(1, 9, 40), rng.integers(0, 2, 40)
    arms = (stratum + rng.integers(0, 2, 40)) % 4  # each stratum holds two of the four arms
    data = frame(time, event, ["ABCD"[code] for code in arms]).assign(stratum=stratum)
    difference, variance = np.zeros(4), np.zeros((4, 4))
    for code, at in {(s, t) for s, t, e in zip(stratum, time, event, strict=True) if e}:
        risk = np.bincount(arms[(stratum == code) & (time >= at)], minlength=4)
        died = np.bincount(arms[(stratum == code) & (time == at) & (event == 1)], minlength=4)
        total, deaths = risk.sum(), died.sum()
        share = risk / total
        difference += died - deaths * share
        spread = deaths * (total - deaths) / max(total - 1, 1)
        variance += spread * (np.diag(share) - np.outer(share, share))
    row = logrank(data, "arm", data["stratum"]).iloc[0]
    assert row["statistic"] == pytest.approx(difference @ np.linalg.pinv(variance, rcond=1e-9) @ difference, rel=1e-9)
    assert row["df"] == np.linalg.matrix_rank(variance, tol=1e-9)
