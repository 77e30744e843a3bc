from itertools import product

import numpy as np
import pandas as pd
import pytest
from comprisk import CumulativeIncidence, gray_test
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2
from survival_reference import COMPETING, HORIZONS, numbers, r_set, r_values

from helpers.cohort.endpoints import EndpointData
from helpers.frames import About
from helpers.stats.models.competing_risks import fit_fine_gray
from helpers.stats.survival import cumulative_incidence, gray, identity_departure, incidence_at, one_minus_survival_at
from helpers.stats.survival.incidence import aalen_johansen, cause_codes
from helpers.stats.survival.life_table import life_tables

CAUSES = ("relapse", "death without relapse")
EXACT = {"rtol": 1e-9, "atol": 1e-12}
PATIENTS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["censored", *CAUSES]), st.sampled_from("AB")),
    min_size=1,
    max_size=25,
)


def competing_frame(patients):
    frame = pd.DataFrame(patients, columns=["time_months", "cause", "arm"])
    frame["event"] = (frame["cause"] == "relapse").astype(int)
    return frame.astype({"time_months": float, "arm": pd.CategoricalDtype(["A", "B"], ordered=True)})


def about_cause(frame, cause="relapse"):
    data = EndpointData(frame)
    data.about = About(causes=(cause,))
    return data


@pytest.mark.parametrize(("name", "cause"), [*product(COMPETING, CAUSES), ("second_cart_lfs", "relapse")])
def test_cumulative_incidence_matches_cmprsk(name, cause):
    rows = incidence_at(about_cause(r_set(name), cause), HORIZONS, "arm")
    for arm, expected in r_values(name)["competing"][cause]["arms"].items():
        theirs = numbers(expected["incidence"])
        ours = rows[(rows["group"] == arm).to_numpy()]
        followed = ~np.isnan(theirs)  # past the last observation cmprsk gives NA, even if nobody is left
        np.testing.assert_allclose(ours["estimate"][followed], theirs[followed], **EXACT)
        for column, key in [("ci_low", "low"), ("ci_high", "high")]:
            inside = followed & (theirs > 0) & (theirs < 1)
            np.testing.assert_allclose(ours[column][inside], numbers(expected[key])[inside], **EXACT)


@pytest.mark.parametrize(("name", "cause"), [*product(COMPETING, CAUSES), ("second_cart_lfs", "relapse")])
def test_gray_matches_cmprsk(name, cause):
    row = gray(r_set(name), "arm", cause).iloc[0]
    statistic, _, freedom = r_values(name)["competing"][cause]["gray"]
    assert row["statistic"] == pytest.approx(statistic, rel=1e-9)
    assert (row["df"], np.isnan(row["estimate"])) == (freedom, True)
    assert row["p"] == pytest.approx(chi2.sf(statistic, freedom), rel=1e-9)


@pytest.mark.parametrize("name", COMPETING)
def test_one_minus_survival_matches_survfit_and_is_never_below_the_incidence(name):
    data = about_cause(r_set(name))
    naive = one_minus_survival_at(data, HORIZONS, "arm")
    honest = incidence_at(data, HORIZONS, "arm")
    for arm, expected in r_values(name)["competing"]["relapse"]["naive"].items():
        ours = naive.loc[naive["group"] == arm, "estimate"].to_numpy()[: np.size(expected)]
        np.testing.assert_allclose(ours, numbers(expected), **EXACT)
    assert (naive["estimate"] >= honest["estimate"] - 1e-12)[naive["estimate"].notna()].all()


@pytest.mark.parametrize("name", ["tied", "klein_lfs"])
@pytest.mark.parametrize("cause", CAUSES)
def test_fine_gray_matches_crr(name, cause):
    data = r_set(name)
    arms = sorted(data["arm"].unique())[1:]
    first = data["stratum"] == sorted(data["stratum"].unique())[0]
    matrix = np.column_stack([data["arm"] == arm for arm in arms] + [first]).astype(float)
    fit, expected = fit_fine_gray(data, cause, matrix), r_values(name)["fine_gray"][cause]
    assert fit.converged
    np.testing.assert_allclose(fit.coefficients, numbers(expected["coefficients"]), rtol=1e-8)
    np.testing.assert_allclose(fit.covariance, expected["covariance"], rtol=1e-8)


def drawn(seed, size=150, groups="ABC"):
    rng = np.random.default_rng(seed)
    time = rng.integers(0, 30, size) if seed % 2 else rng.exponential(9, size)
    causes = rng.choice(["censored", *CAUSES], size, p=[0.3, 0.4, 0.3])
    return pd.DataFrame({"time_months": time.astype(float), "cause": causes, "arm": rng.choice(list(groups), size)})


@pytest.mark.parametrize("seed", range(6))
def test_gray_is_that_of_comprisk(seed):
    data = drawn(seed, groups="ABCDE"[: 2 + seed % 4])
    theirs = gray_test(data["time_months"], cause_codes(data, "relapse"), data["arm"])
    row = gray(data, "arm", "relapse").iloc[0]
    assert (row["statistic"], row["df"]) == (pytest.approx(theirs.stat, rel=1e-9), theirs.df)


@pytest.mark.parametrize("seed", range(6))
def test_incidence_and_variance_are_those_of_comprisk(seed):
    data = about_cause(drawn(seed))
    codes = cause_codes(data)
    theirs = CumulativeIncidence(cause_codes=[1, 2]).fit(data["time_months"], codes).curves_[None, 1]
    [(_, table)] = life_tables(data, None, codes=codes)
    incidence, variance = aalen_johansen(table)
    jumps = np.isin(table.time, theirs.times)
    np.testing.assert_allclose(incidence[jumps], theirs.cif, rtol=1e-12)
    np.testing.assert_allclose(variance[jumps], theirs.var, rtol=1e-9, atol=1e-15)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(PATIENTS)
def test_incidence_equals_a_recount_patient_by_patient(patients):
    curves = cumulative_incidence(about_cause(competing_frame(patients)), "arm")
    for row in curves[curves.groupby("group").cumcount() > 0].itertuples():
        members = [(time, cause) for time, cause, arm in patients if arm == row.group]
        assert row.at_risk == sum(time >= row.time_months for time, _ in members)
        free, incidence = 1.0, 0.0
        for at in sorted({time for time, _ in members if time <= row.time_months}):
            here, risk = [cause for time, cause in members if time == at], sum(time >= at for time, _ in members)
            incidence += free * here.count("relapse") / risk
            free *= 1 - sum(cause != "censored" for cause in here) / risk
        assert row.cumulative_incidence == pytest.approx(incidence, abs=1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(PATIENTS)
def test_lfs_relapse_and_nonrelapse_mortality_add_to_one(patients):
    data = competing_frame(patients)
    lfs = data.assign(event=(data["cause"] != "censored").astype(int))
    rows = identity_departure(lfs, data, "arm")
    assert rows["estimate"].dropna().eq(0.0).all()  # what rounding leaves would be printed, and differ
    assert (rows["estimate"].notna() | (rows["note"] == "not estimable: no patients")).all()


def test_identity_shows_when_lfs_and_incidence_use_different_patients():
    data = r_set("klein_lfs")
    row = identity_departure(data, data.iloc[:100]).iloc[0]
    assert row["estimate"] > 0.01


@settings(max_examples=20, deadline=None, derandomize=True)
@given(PATIENTS)
def test_every_estimate_has_a_number_or_a_reason(patients):
    data = competing_frame(patients)
    data = about_cause(data)
    at = incidence_at(data, [0, 3, 6, 13], "arm")
    for rows in (at, gray(data, "arm"), one_minus_survival_at(data, [5], "arm")):
        numeric = rows[["estimate", "ci_low", "ci_high", "p"]].to_numpy(float)
        assert not np.isinf(numeric).any()
        assert (rows[["estimate", "p"]].notna().any(axis=1) | (rows["note"] != "")).all()
    assert (at.loc[at["ci_low"].isna(), "note"] != "").all()
    inside = at.dropna(subset=["ci_low"])
    assert (inside["ci_low"] <= inside["estimate"]).all()
    assert (inside["estimate"] <= inside["ci_high"]).all()


@pytest.mark.parametrize(
    ("patients", "reason"),
    [
        ([(1, "relapse", "A"), (2, "relapse", "A")], "fewer than two groups with patients"),
        ([(1, "censored", "A"), (2, "death without relapse", "B")], "no events of this cause"),
        ([(1, "censored", "A"), (2, "relapse", "B")], "no event of this cause tells the groups apart"),
    ],
)
def test_gray_without_information_says_why(patients, reason):
    assert gray(competing_frame(patients), "arm", "relapse").loc[0, "note"] == f"not estimable: {reason}"


def test_beyond_the_last_observation_incidence_is_not_estimable_unless_nobody_is_left():
    left = competing_frame([(2, "relapse", "A"), (5, "censored", "A")])
    rows = incidence_at(about_cause(left), [5, 6])
    assert rows["estimate"].notna().tolist() == [True, False]
    none_left = competing_frame([(2, "relapse", "A"), (5, "death without relapse", "A")])
    assert incidence_at(about_cause(none_left), [9]).loc[0, "estimate"] == 0.5


def test_a_missing_cause_is_refused():
    data = competing_frame([(2, "relapse", "A"), (5, None, "A")])
    with pytest.raises(ValueError, match="cause has missing values"):
        gray(data, "arm", "relapse")


def test_fine_gray_refuses_missing_covariates_and_says_when_nothing_converges():
    data = r_set("tied")
    with pytest.raises(ValueError, match="missing values"):
        fit_fine_gray(data, "relapse", np.full((len(data), 1), np.nan))
    assert not fit_fine_gray(data, "no such cause", np.arange(len(data), dtype=float)[:, None]).converged
    assert not fit_fine_gray(data, "relapse", np.ones((len(data), 1))).converged
    relapsed = (data["cause"] == "relapse").to_numpy()
    assert not fit_fine_gray(data, "relapse", relapsed.astype(float)[:, None]).converged
    rare = np.zeros((len(data), 1))
    rare[np.flatnonzero(~relapsed)[0]] = 1  # one patient, no event: the coefficient runs to minus infinity
    assert not fit_fine_gray(data, "relapse", rare).converged
    age = np.arange(len(data), dtype=float)
    assert not fit_fine_gray(data, "relapse", np.column_stack([age, 2 * age])).converged


@pytest.mark.parametrize("seed", [6, 20, 23])
def test_fine_gray_that_stops_for_rounding_alone_is_kept(seed):
    """comprisk calls these three fits not converged, although no step is left to take."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.integers(0, 2, 500), rng.normal(size=500)])
    time = np.ceil(rng.exponential(300 / np.exp(0.3 * matrix[:, 1]), 500))
    cause = np.array(["censored", "relapse", "death"])[rng.choice(3, 500, p=[0.3, 0.5, 0.2])]
    data = pd.DataFrame({"time_months": time, "event": (cause == "relapse").astype(int), "cause": cause})
    fit = fit_fine_gray(data, "relapse", matrix)
    assert fit.converged
    shifted = fit_fine_gray(data, "relapse", matrix * 7 + 3)
    np.testing.assert_allclose(shifted.coefficients * 7, fit.coefficients, rtol=1e-9)


def test_without_competing_events_both_ways_agree():
    data = pd.DataFrame({"time_months": [1.0, 2, 3], "event": [1, 0, 1], "cause": ["relapse", "censored", "relapse"]})
    wrong, right = (f(about_cause(data), [1, 2, 3])["estimate"] for f in (one_minus_survival_at, incidence_at))
    np.testing.assert_allclose(wrong, right, atol=1e-15)


def test_an_incidence_of_zero_has_an_exact_limit_that_counts_those_with_another_event():
    data = about_cause(competing_frame([(2, "death without relapse", "A"), (3, "censored", "A"), (9, "relapse", "A")]))
    row = incidence_at(data, [5]).iloc[0]
    assert (row["estimate"], row["ci_low"], row["method"]) == (0, 0, "Aalen-Johansen, Clopper-Pearson limits")
    assert row["ci_high"] == pytest.approx(binomtest(0, 2).proportion_ci(method="exact").high)


def test_standard_errors_are_those_of_cmprsk():
    rows = incidence_at(about_cause(r_set("klein_lfs")), HORIZONS, "arm").set_index("group")
    for arm, expected in r_values("klein_lfs")["competing"]["relapse"]["arms"].items():
        variance = numbers(expected["variance"])
        without = np.where(variance > 0, variance, np.nan)  # no event yet: neither interval nor standard error
        np.testing.assert_allclose(rows.loc[arm, "std_error"] ** 2, without, rtol=1e-9)


def test_the_event_is_the_one_that_the_endpoint_is_about():
    data = EndpointData(r_set("klein_lfs"))
    for cause in CAUSES:
        data.about = About("any", "Any", "all patients", causes=(cause,), min_at_risk=30)
        expected = incidence_at(about_cause(r_set("klein_lfs"), cause), HORIZONS, "arm")
        found = incidence_at(data, HORIZONS, "arm")
        np.testing.assert_array_equal(found["estimate"], expected["estimate"])
        assert {"few_at_risk", "ok"} == set(found["status"])
        assert gray(data, "arm").loc[0, "statistic"] == gray(r_set("klein_lfs"), "arm", cause).loc[0, "statistic"]
        curve = cumulative_incidence(data, "arm")
        assert (curve.estimator, curve.about.label) == ("Aalen-Johansen", "Any")
    with pytest.raises(ValueError, match="which cause is the event"):
        incidence_at(r_set("klein_lfs"), HORIZONS)
