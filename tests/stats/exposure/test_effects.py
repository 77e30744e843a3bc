import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from survival_reference import SETS, numbers, r_set, r_values

from helpers.cohort.endpoints import EndpointData
from helpers.frames import About
from helpers.stats.exposure import (
    censor_at,
    ever_never,
    exposed_in_time,
    exposure_months,
    immortal_time,
    mantel_byar,
    time_dependent,
)
from helpers.stats.exposure.exposed import start_stop
from helpers.stats.models.design import design_matrix
from helpers.stats.survival import kaplan_meier, survival_at
from helpers.study import Covariate, Exposure

CONSOLIDATION = Exposure("consolidation", "Consolidation", ("transplant_day", "dac_day"))
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
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert row["statistic"] == pytest.approx(log_ratio / error, rel=1e-9)
    assert row["events"] == fit["events"]


@pytest.mark.parametrize("name", SETS)
def test_time_dependent_cox_matches_coxph_on_tmerge(name):
    data = r_set(name)
    row = time_dependent(data, data["exposure"]).iloc[0]
    assert_is_the_cox_fit(row, r_values(name)["exposure"]["time_dependent"])
    assert row["n"] == len(data)


@pytest.mark.parametrize("name", [name for name in SETS if name != "quiet_arm"])
def test_adjusted_time_dependent_cox_matches_coxph(name):
    data = r_set(name)
    arms = pd.get_dummies(data["arm"]).iloc[:, 1:].astype(float)
    rows = time_dependent(data, data["exposure"], covariates=arms)
    for index in range(len(rows)):
        assert_is_the_cox_fit(rows.iloc[index], r_values(name)["exposure"]["adjusted"], index)


@pytest.mark.parametrize("name", SETS)
def test_ever_never_matches_coxph_with_a_fixed_covariate(name):
    data = r_set(name)
    row = ever_never(data, data["exposure"]).iloc[0]
    assert_is_the_cox_fit(row, r_values(name)["exposure"]["ever_never"])


@pytest.mark.parametrize("name", SETS)
def test_mantel_byar_matches_the_exact_score_test_of_coxph(name):
    data = r_set(name)
    row = mantel_byar(data, data["exposure"]).iloc[0]
    assert row["statistic"] == pytest.approx(r_values(name)["exposure"]["mantel_byar"], rel=1e-8)


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
    row = time_dependent(data, data["exposure"]).iloc[0]
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
        rows = function(data, data["exposure"])
        assert not np.isinf(rows[["estimate", "ci_low", "ci_high"]].to_numpy(float)).any()
        assert (rows["estimate"].notna() | rows["p"].notna() | (rows["status"] != "ok")).all()


def test_first_exposure_counts_and_its_clock_is_that_of_the_data():
    patients = EndpointData(
        {
            "time_months": [9.0, 9, 9],
            "event": [1, 0, 1],
            "transplant_day": [90, np.nan, np.nan],
            "dac_day": [60, 120, np.nan],
            "response_day": [28, 30, 31],
        }
    )
    np.testing.assert_allclose(exposure_months(patients, CONSOLIDATION), np.array([60, 120, np.nan]) / 30.4375)
    patients.about = About(origin="remission")
    np.testing.assert_allclose(exposure_months(patients, CONSOLIDATION), np.array([32, 90, np.nan]) / 30.4375)


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
    naive = ever_never(data, exposure).loc[0, "estimate"]
    honest = time_dependent(data, exposure).loc[0]
    assert naive < 0.8
    assert honest["ci_low"] < 1 < honest["ci_high"]


@pytest.mark.parametrize(
    ("patients", "reason"),
    [
        ([(5, 0, 2), (6, 0, None)], "no events"),
        ([(5, 1, None), (6, 0, None)], "nobody had it"),
        ([(5, 1, -1), (6, 0, -1)], "nobody was without it"),
        ([(5, 1, None), (6, 0, 2)], "no event among those with it while others were at risk"),
        ([(5, 1, 2), (6, 0, None)], "no event among those without it while others were at risk"),
    ],
)
def test_an_exposure_no_event_decides_is_not_estimable(patients, reason):
    data = exposed_frame(patients)
    assert time_dependent(data, data["exposure"]).loc[0, "note"] == f"not estimable: {reason}"


def test_a_covariate_that_repeats_another_leaves_nothing_estimable():
    data = r_set("klein_lfs")
    age = data["time_months"].rank().to_numpy() % 7
    rows = time_dependent(data, data["exposure"], covariates=pd.DataFrame({"a": age, "b": age}, data.index))
    assert rows["note"].str.contains("no finite maximum").all()


def test_a_covariate_with_one_level_costs_the_exposure_nothing():
    data = r_set("klein_lfs")
    constant = pd.DataFrame({"same for all": 1.0}, index=data.index)
    rows = time_dependent(data, data["exposure"], covariates=constant)
    assert rows.loc[0, "estimate"] == time_dependent(data, data["exposure"]).loc[0, "estimate"]
    assert rows.loc[1, "note"].startswith("not estimable: only one level")


def test_patients_without_a_covariate_value_are_left_out():
    data = r_set("klein_lfs")
    age = pd.DataFrame({"age": np.arange(len(data), dtype=float)}, index=data.index)
    age.iloc[:7] = np.nan
    rows = time_dependent(data, data["exposure"], covariates=age)
    assert rows["n"].tolist() == [len(data) - 7] * 2


def test_immortal_time_is_the_waiting_of_the_exposed():
    data = exposed_frame([(10, 1, 4), (8, 0, None), (6, 1, 9), (5, 0, -1)])
    rows = immortal_time(data, data["exposure"]).set_index("measure")
    assert rows.loc["immortal_time", "estimate"] == 4  # the third is exposed too late, the fourth from the start
    assert rows.loc["immortal_share", "estimate"] == pytest.approx(4 / 15)
    assert (rows["n"] == 2).all()


def recorded(days=(60, np.nan, 120, np.nan)):
    data = EndpointData({"time_months": [10.0, 8, 6, 5], "event": [1, 0, 1, 1], "cause": "death", "dac_day": days})
    data.about = About("os", "Overall survival", "all patients", causes=("death",))
    return data


def test_what_is_not_recorded_censors_nothing_and_has_no_rows():
    ended = [censor_at(recorded([np.nan] * 4), CONSOLIDATION), censor_at(EndpointData(), CONSOLIDATION)]
    assert [frame.shape for frame in ended] == [(0, 0), (0, 0)]
    elsewhere = Exposure("transplant", "Transplant", ("transplant_day",))
    for function in (time_dependent, ever_never, mantel_byar, immortal_time):
        assert function(recorded(), elsewhere).empty
        assert function(EndpointData(), CONSOLIDATION).empty
    assert not exposed_in_time(EndpointData(), CONSOLIDATION).any()


def test_data_censored_at_an_exposure_say_so():
    ended = censor_at(recorded(), CONSOLIDATION)
    assert ended.about.key == "os_censored_at_transplant"
    assert ended.about.label == "Overall survival, censored at transplant"
    assert ended["event"].tolist() == [0, 0, 0, 1]
    assert survival_at(ended, [3]).loc[0, "endpoint_label"] == ended.about.label


def test_facts_about_an_exposure_stand_in_columns():
    data = recorded()
    everything = [
        function(data, CONSOLIDATION) for function in (time_dependent, ever_never, mantel_byar, immortal_time)
    ]
    for rows, level in zip(everything, ("in time", "ever", "in time", "before it began"), strict=True):
        assert set(rows["level"]) == {level}
        assert set(zip(rows["variable"], rows["variable_label"], strict=True)) == {("consolidation", "Consolidation")}
        assert set(zip(rows["endpoint"], rows["population"], strict=True)) == {("os", "all patients")}
    assert [rows["comparison"].iloc[0] for rows in everything] == ["exposure", "exposure", "exposure", ""]


def test_several_exposures_are_stacked_in_their_order():
    other = Exposure("ever", "Anything", ("dac_day", "transplant_day"))
    rows = mantel_byar(recorded(), [other, CONSOLIDATION])
    assert rows["variable"].tolist() == ["ever", "consolidation"]


def test_an_effect_that_only_exposed_patients_decide_is_separated_and_a_small_model_has_few_events():
    separated = exposed_frame([(5, 1, None), (6, 0, 2)])
    assert time_dependent(separated, separated["exposure"]).loc[0, "status"] == "separated"
    data = r_set("tied")
    row = time_dependent(data, data["exposure"]).iloc[0]
    assert (row["status"], row["model_terms"]) == ("few_events" if row["events"] < 10 else "ok", 1)
    klein = r_set("klein_lfs")
    arms = pd.get_dummies(klein["arm"]).astype(float).iloc[:, 1:]
    noise = pd.DataFrame(np.random.default_rng(1).normal(size=(len(klein), 8)), klein.index)
    rows = time_dependent(klein, klein["exposure"], pd.concat([arms, noise], axis=1))
    assert set(rows["status"]) == {"few_events"}  # 83 events, eleven terms
    assert set(time_dependent(klein, klein["exposure"], arms)["status"]) == {"ok"}


def test_what_a_design_says_of_a_term_stands_in_its_row():
    data = r_set("klein_lfs")
    arm = Covariate("arm", "Disease", "categorical", "group 1", ("survival",), "")
    rows = time_dependent(data, data["exposure"], design_matrix(data, [arm]))
    assert rows["variable"].tolist() == ["exposure", "arm", "arm"]
    assert rows["level"].tolist() == ["in time", "group 2", "group 3"]
    assert rows["reference"].tolist() == ["before or without", "group 1", "group 1"]
    assert rows["comparison"].tolist() == ["exposure", "arms", "arms"]
