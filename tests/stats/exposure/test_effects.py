import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from survival_reference import SETS, numbers, r_set, r_values

from helpers.stats.exposure.effects import (
    censor_at,
    ever_never,
    exposed_in_time,
    exposure_months,
    immortal_time,
    mantel_byar,
    start_stop,
    time_dependent,
)
from helpers.stats.survival.curves import kaplan_meier

WORDS = {"endpoint": "lfs", "population": "patients in CR", "label": "Consolidation"}
Z95 = 1.959963984540054
PATIENTS = st.lists(
    st.tuples(st.integers(0, 12), st.booleans(), st.one_of(st.none(), st.integers(-2, 14))), min_size=1, max_size=20
)


def exposed_frame(patients):
    frame = pd.DataFrame(patients, columns=["time_months", "event", "exposure"])
    return frame.astype({"time_months": float, "event": int, "exposure": float})


def assert_is_the_cox_fit(row, fit, index=0):
    log_ratio = np.atleast_1d(fit["coefficients"])[index]
    error = np.sqrt(np.atleast_2d(fit["covariance"])[index][index])
    assert np.log(row["estimate"]) == pytest.approx(log_ratio, rel=1e-9)
    assert row["ci_low"] == pytest.approx(np.exp(log_ratio - Z95 * error), rel=1e-9)
    assert row["ci_high"] == pytest.approx(np.exp(log_ratio + Z95 * error), rel=1e-9)
    assert row["events"] == fit["events"]


@pytest.mark.parametrize("name", SETS)
def test_time_dependent_cox_matches_coxph_on_tmerge(name):
    data = r_set(name)
    row = time_dependent(data, data["exposure"], **WORDS).iloc[0]
    assert_is_the_cox_fit(row, r_values(name)["exposure"]["time_dependent"])
    assert row["n"] == len(data)


@pytest.mark.parametrize("name", [name for name in SETS if name != "quiet_arm"])
def test_adjusted_time_dependent_cox_matches_coxph(name):
    data = r_set(name)
    arms = pd.get_dummies(data["arm"]).iloc[:, 1:].astype(float)
    rows = time_dependent(data, data["exposure"], **WORDS, covariates=arms)
    for index in range(len(rows)):
        assert_is_the_cox_fit(rows.iloc[index], r_values(name)["exposure"]["adjusted"], index)


@pytest.mark.parametrize("name", SETS)
def test_ever_never_matches_coxph_with_a_fixed_covariate(name):
    data = r_set(name)
    row = ever_never(data, data["exposure"], **WORDS).iloc[0]
    assert_is_the_cox_fit(row, r_values(name)["exposure"]["ever_never"])


@pytest.mark.parametrize("name", SETS)
def test_mantel_byar_matches_the_exact_score_test_of_coxph(name):
    data = r_set(name)
    row = mantel_byar(data, data["exposure"], **WORDS).iloc[0]
    assert row["estimate"] == pytest.approx(r_values(name)["exposure"]["mantel_byar"], rel=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_censoring_at_exposure_matches_survfit(name):
    data = r_set(name)
    curve = kaplan_meier(censor_at(data, data["exposure"])).iloc[1:]
    expected = r_values(name)["exposure"]["censored_at_exposure"]
    np.testing.assert_allclose(curve["survival"], numbers(expected["survival"]), rtol=1e-9)
    np.testing.assert_allclose(curve["at_risk"], numbers(expected["at_risk"]))


def test_time_dependent_cox_is_what_lifelines_finds_with_entries():
    data = r_set("klein_lfs")
    rows = start_stop(data, data["exposure"])
    oracle = CoxPHFitter().fit(rows, "stop", "event", entry_col="start", fit_options={"precision": 1e-14})
    row = time_dependent(data, data["exposure"], **WORDS).iloc[0]
    assert row["estimate"] == pytest.approx(float(oracle.hazard_ratios_["exposed"]), rel=1e-5)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(PATIENTS)
def test_start_stop_keeps_every_patients_time_and_event_once(patients):
    data = exposed_frame(patients)
    rows = start_stop(data, data["exposure"])
    for index, (time, event, exposure) in enumerate(patients):
        mine = rows[rows.index == index]
        assert mine["stop"].iloc[-1] == time
        assert mine["event"].sum() == event
        assert (mine["start"].iloc[1:].to_numpy() == mine["stop"].iloc[:-1].to_numpy()).all()
        assert mine["exposed"].iloc[-1] == (exposure is not None and exposure < time)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(PATIENTS)
def test_every_exposure_estimate_is_finite_or_has_a_reason(patients):
    data = exposed_frame(patients)
    for function in (time_dependent, ever_never, mantel_byar):
        rows = function(data, data["exposure"], **WORDS)
        assert not np.isinf(rows[["estimate", "ci_low", "ci_high"]].to_numpy(float)).any()
        assert (rows["estimate"].notna() | rows["note"].str.startswith("not estimable: ")).all()


def test_first_exposure_counts_and_the_clock_can_start_at_remission():
    patients = pd.DataFrame({"transplant_day": [90, np.nan, np.nan], "dac_day": [60, 120, np.nan]})
    months = exposure_months(patients, ["transplant_day", "dac_day"])
    np.testing.assert_allclose(months, np.array([60, 120, np.nan]) / 30.4375)
    later = exposure_months(patients, ["transplant_day", "dac_day"], origin_day=pd.Series([28, 30, 31]))
    np.testing.assert_allclose(later, np.array([32, 90, np.nan]) / 30.4375)
    with pytest.raises(ValueError, match="no column radiotherapy_day"):
        exposure_months(patients, ["radiotherapy_day"])


def test_an_exposure_on_the_day_of_the_event_does_not_count():
    data = exposed_frame([(5, 1, 5), (5, 1, 4), (5, 0, 6), (5, 0, None)])
    assert exposed_in_time(data, data["exposure"]).tolist() == [False, True, False, False]
    cut = censor_at(data.assign(cause=["relapse", "relapse", "censored", "censored"]), data["exposure"])
    assert cut["time_months"].tolist() == [5, 4, 5, 5]
    assert cut["event"].tolist() == [1, 0, 0, 0]
    assert cut["cause"].tolist() == ["relapse", "censored", "censored", "censored"]


def test_exposed_before_time_zero_is_exposed_throughout():
    rows = start_stop(exposed_frame([(5, 1, -1)]), pd.Series([-1.0]))
    assert rows[["exposed", "event", "stop"]].to_numpy().tolist() == [[1, 1, 5]]


def test_ever_never_favours_the_exposed_when_exposure_does_nothing():
    rng = np.random.default_rng(6)
    data = exposed_frame([(t, 1, None) for t in rng.exponential(12, 800)])
    exposure = pd.Series(np.where(rng.random(800) < 0.7, rng.uniform(1, 12, 800), np.nan))
    naive = ever_never(data, exposure, **WORDS).loc[0, "estimate"]
    honest = time_dependent(data, exposure, **WORDS).loc[0]
    assert naive < 0.8
    assert honest["ci_low"] < 1 < honest["ci_high"]


@pytest.mark.parametrize(
    ("patients", "reason"),
    [
        ([(5, 0, 2), (6, 0, None)], "no events"),
        ([(5, 1, None), (6, 0, None)], "nobody exposed"),
        ([(5, 1, -1), (6, 0, -1)], "nobody unexposed"),
        ([(5, 1, None), (6, 0, 2)], "no event among the exposed while others were at risk"),
        ([(5, 1, 2), (6, 0, None)], "no event among the unexposed while others were at risk"),
    ],
)
def test_an_exposure_no_event_decides_is_not_estimable(patients, reason):
    data = exposed_frame(patients)
    assert time_dependent(data, data["exposure"], **WORDS).loc[0, "note"] == f"not estimable: {reason}"


def test_a_covariate_that_repeats_another_leaves_nothing_estimable():
    data = r_set("klein_lfs")
    age = data["time_months"].rank().to_numpy() % 7
    rows = time_dependent(data, data["exposure"], **WORDS, covariates=pd.DataFrame({"a": age, "b": age}, data.index))
    assert rows["note"].str.contains("no finite maximum").all()


def test_a_covariate_with_one_level_costs_the_exposure_nothing():
    data = r_set("klein_lfs")
    constant = pd.DataFrame({"same for all": 1.0}, index=data.index)
    rows = time_dependent(data, data["exposure"], **WORDS, covariates=constant)
    assert rows.loc[0, "estimate"] == time_dependent(data, data["exposure"], **WORDS).loc[0, "estimate"]
    assert rows.loc[1, "note"].startswith("not estimable: only one level")


def test_patients_without_a_covariate_value_are_left_out():
    data = r_set("klein_lfs")
    age = pd.DataFrame({"age": np.arange(len(data), dtype=float)}, index=data.index)
    age.iloc[:7] = np.nan
    rows = time_dependent(data, data["exposure"], **WORDS, covariates=age)
    assert rows["n"].tolist() == [len(data) - 7] * 2


def test_immortal_time_is_the_waiting_of_the_exposed():
    data = exposed_frame([(10, 1, 4), (8, 0, None), (6, 1, 9), (5, 0, -1)])
    rows = immortal_time(data, data["exposure"], **WORDS).set_index("measure")
    assert rows.loc["immortal_time", "estimate"] == 4  # the third is exposed too late, the fourth from the start
    assert rows.loc["immortal_share", "estimate"] == pytest.approx(4 / 15)
    assert (rows["n"] == 2).all()


def test_an_exposure_that_is_not_recorded_censors_nothing_and_gives_no_data():
    data = exposed_frame([(10, 1, 4)])
    assert exposure_months(data, []).empty
    assert censor_at(data, exposure_months(data, [])).shape == (0, 0)
