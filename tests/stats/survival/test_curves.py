import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from scipy.stats import binomtest
from statsmodels.duration.survfunc import SurvfuncRight
from survival_reference import HORIZONS, SETS, SMALL, numbers, r_set, r_values

from helpers.cohort.endpoints import EndpointData
from helpers.frames import About
from helpers.stats.survival import follow_up, kaplan_meier, logrank, median_survival, number_at_risk, rmst, survival_at
from helpers.stats.survival.life_table import distinct, exact_limits

EXACT = {"rtol": 1e-9, "atol": 1e-12}
PATIENTS = st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.sampled_from("AB")), min_size=1, max_size=25)


def survival_frame(patients):
    frame = pd.DataFrame(patients, columns=["time_months", "event", "arm"])
    return frame.astype({"time_months": float, "event": int, "arm": pd.CategoricalDtype(["A", "B"], ordered=True)})


def five(times, events):
    return pd.DataFrame({"time_months": np.array(times, float), "event": events})


@pytest.mark.parametrize("name", SETS)
def test_curves_match_survfit(name):
    curves = kaplan_meier(r_set(name), "arm")
    for arm, expected in r_values(name)["arms"].items():
        ours, theirs = curves[curves["group"] == arm].iloc[1:], expected["curve"]
        for column, key in [("time_months", "time"), ("survival", "survival"), ("at_risk", "at_risk")]:
            np.testing.assert_allclose(ours[column], numbers(theirs[key]), **EXACT)
        for column in ("events", "censored"):
            np.testing.assert_allclose(ours[column], numbers(theirs[column]), **EXACT)
        certain = ours["survival"].to_numpy() == 1
        for column, key in [("ci_low", "low"), ("ci_high", "high")]:
            limits = np.where(certain, np.nan, numbers(theirs[key]))
            np.testing.assert_allclose(ours[column], limits, **EXACT)


@pytest.mark.parametrize("name", SETS)
def test_survival_at_horizons_matches_summary_survfit(name):
    data = r_set(name)
    for arm, expected in r_values(name)["arms"].items():
        times = np.atleast_1d(expected["at"]["time"])
        rows = survival_at(data[data["arm"] == arm], times)
        np.testing.assert_allclose(rows["estimate"], numbers(expected["at"]["survival"]), **EXACT)
        inside = rows["estimate"].between(0, 1, inclusive="neither")
        limits = numbers(expected["at"]["low"])
        np.testing.assert_allclose(rows.loc[inside, "ci_low"], np.asarray(limits)[inside], **EXACT)
        at_risk = number_at_risk(data[data["arm"] == arm], times)["at_risk"]
        assert at_risk.tolist() == list(np.atleast_1d(expected["at"]["at_risk"]))


@pytest.mark.parametrize("name", [*SETS, "half"])
def test_medians_with_limits_match_summary_survfit(name):
    rows = median_survival(r_set(name), "arm").set_index("group")
    for arm, expected in r_values(name)["arms"].items():
        ours = rows.loc[arm, ["estimate", "ci_low", "ci_high"]].astype(float)
        np.testing.assert_allclose(ours, numbers(expected["median"]), **EXACT)


@pytest.mark.parametrize("name", SETS)
def test_follow_up_matches_reverse_survfit(name):
    rows = follow_up(r_set(name), "arm")
    medians = rows[rows["measure"] == "median"].set_index("group")
    for arm, expected in r_values(name)["arms"].items():
        ours = medians.loc[arm, ["estimate", "ci_low", "ci_high"]].astype(float)
        np.testing.assert_allclose(ours, numbers(expected["follow_up"]), **EXACT)


def test_follow_up_tells_shortest_and_longest_observation():
    rows = follow_up(five([1, 2, 3, 4, 5], [1, 0, 1, 0, 0])).set_index("measure")
    assert rows.loc["minimum", "estimate"] == 1
    assert rows.loc["maximum", "estimate"] == 5
    assert rows.loc["completeness", "note"].startswith("not estimable: the date of time 0")


@settings(max_examples=20, deadline=None, derandomize=True)
@given(PATIENTS)
def test_curve_equals_a_recount_patient_by_patient(patients):
    data = survival_frame(patients)
    curves = kaplan_meier(data, "arm")
    for row in curves[curves.groupby("group").cumcount() > 0].itertuples():
        members = [(time, event) for time, event, arm in patients if arm == row.group]
        assert row.at_risk == sum(time >= row.time_months for time, _ in members)
        assert row.events == sum(event and time == row.time_months for time, event in members)
        survival = 1.0
        for at in sorted({time for time, event in members if event and time <= row.time_months}):
            died = sum(event and time == at for time, event in members)
            survival *= 1 - died / sum(time >= at for time, _ in members)
        assert row.survival == pytest.approx(survival, abs=1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(PATIENTS, st.lists(st.integers(0, 14), min_size=1, max_size=4))
def test_at_risk_equals_a_recount(patients, times):
    rows = number_at_risk(survival_frame(patients), times, "arm")
    for row in rows.itertuples():
        assert row.at_risk == sum(t >= row.time_months for t, _, arm in patients if arm == row.group)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(PATIENTS)
def test_every_estimate_has_a_number_or_a_reason(patients):
    data = survival_frame(patients)
    at = survival_at(data, [0, 3, 6, 13], "arm")
    medians = median_survival(data, "arm")
    for rows in (at, medians, follow_up(data, "arm")):
        numeric = rows[["estimate", "ci_low", "ci_high"]].to_numpy(float)
        assert not np.isinf(numeric).any()
        assert (rows["estimate"].notna() | (rows["note"] != "")).all()
    without_limits = at[at["ci_low"].isna() | at["ci_high"].isna()]
    assert (without_limits["note"] != "").all()


def test_beyond_the_last_observation_survival_is_not_estimable():
    rows = survival_at(five([2, 4, 6, 8, 10], [1, 0, 1, 0, 0]), [10, 10.5])
    assert rows["estimate"].notna().tolist() == [True, False]
    assert rows.loc[1, "note"] == "not estimable: nobody was followed this long (to 10.0 months)"


def test_once_everybody_had_the_event_survival_stays_zero_with_an_exact_limit():
    rows = survival_at(five([2, 4, 6, 8, 10], [1] * 5), [10, 24])
    assert rows["estimate"].tolist() == rows["ci_low"].tolist() == [0, 0]
    assert rows["ci_high"].to_numpy() == pytest.approx(binomtest(0, 5).proportion_ci(method="exact").high)
    assert set(rows["method"]) == {"Kaplan-Meier, Clopper-Pearson limits"}


def test_without_an_event_the_exact_limit_counts_those_whose_state_is_known():
    row = survival_at(five([2, 4, 6, 8, 10], [0] * 5), [5]).iloc[0]
    assert (row["estimate"], row["ci_high"]) == (1, 1)
    assert row["ci_low"] == pytest.approx(binomtest(3, 3).proportion_ci(method="exact").low)  # three are still followed
    assert row["note"] == "Clopper-Pearson limits from the 3 whose state at that time is known"
    nobody_of_23 = exact_limits(0.0, 23)["ci_high"]
    assert nobody_of_23 == pytest.approx(0.148, abs=5e-4)


@pytest.mark.parametrize("times", [[3, 3, 3, 3, 3], [0, 0, 0, 0, 0]])
def test_all_events_at_one_time_put_the_median_there(times):
    row = median_survival(five(times, [1] * 5)).iloc[0]
    assert row["estimate"] == times[0]
    assert row["note"] == "no interval: the confidence band never reaches 50%"


def test_all_censored_has_no_median_and_no_event():
    data = five([1, 2, 3, 4, 5], [0] * 5)
    assert median_survival(data).loc[0, "note"] == "not reached"
    assert survival_at(data, [5]).loc[0, ["estimate", "ci_high"]].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("size", range(2, 200, 2))
def test_median_of_an_even_number_without_censoring_is_the_midpoint(size):
    data = five(np.arange(1, size + 1), [1] * size)
    assert median_survival(data).loc[0, "estimate"] == pytest.approx((size + 1) / 2, abs=1e-12)


def test_an_arm_without_patients_is_told_and_does_not_stop_the_others():
    data = survival_frame([(3, True, "A"), (5, False, "A")])
    rows = survival_at(data, [4], "arm")
    assert rows["group"].tolist() == ["A", "B"]
    assert rows.loc[1, "note"] == "not estimable: no patients"
    assert set(kaplan_meier(data, "arm")["group"]) == {"A"}
    assert number_at_risk(data, [0], "arm")["at_risk"].tolist() == [2, 0]


def test_a_horizon_of_24_months_is_day_730_and_not_731():
    data = five(np.array([730, 731, 800]) / 30.4375, [1, 1, 0])
    assert survival_at(data, [24]).loc[0, "events"] == 1


def test_a_horizon_that_rounding_moved_still_includes_its_day():
    day = 90 / 30.4375
    for at in (day, np.nextafter(day, 0), np.nextafter(day, 9)):
        row = survival_at(five([day, 5, 6], [1, 0, 0]), [at]).iloc[0]
        assert row["events"] == 1
        assert number_at_risk(five([day, 5, 6], [1, 0, 0]), [at]).loc[0, "at_risk"] == 3


def test_times_that_differ_by_rounding_alone_tie():
    curve = kaplan_meier(five([0.3, 0.1 + 0.2, 5], [1, 1, 0]))
    assert curve["events"].tolist() == [0, 2, 0]


@pytest.mark.parametrize(
    ("column", "value"), [("time_months", np.nan), ("time_months", -1), ("event", 2), ("event", np.nan)]
)
def test_data_that_would_mislead_are_refused(column, value):
    data = five([1, 2, 3], [1.0, 0.0, 1.0])
    data.loc[1, column] = value
    with pytest.raises(ValueError, match=column):
        kaplan_meier(data)


def test_patients_outside_the_groups_are_left_out():
    data = survival_frame([(3, True, "A"), (5, False, "B"), (1, True, "B")])
    data.loc[2, "arm"] = np.nan
    assert survival_at(data, [4], "arm")["n"].tolist() == [1, 1]


@pytest.mark.parametrize("name", SMALL)
def test_the_order_of_patients_changes_no_digit(name):
    data = r_set(name)
    shuffled = data.sample(frac=1, random_state=3)
    for function in (lambda d: survival_at(d, HORIZONS, "arm"), lambda d: kaplan_meier(d, "arm")):
        pd.testing.assert_frame_equal(function(data), function(shuffled), check_exact=True)


@pytest.mark.parametrize("name", SETS)
def test_curves_match_lifelines(name):
    data = r_set(name)
    ours = kaplan_meier(data).iloc[1:]
    fit = KaplanMeierFitter().fit(data["time_months"].round(9), data["event"])
    table = fit.event_table[fit.event_table["removed"] > 0]
    np.testing.assert_allclose(ours["survival"], fit.survival_function_.loc[table.index].iloc[:, 0], rtol=1e-12)
    certain = ours["survival"].isin([0.0, 1.0]).to_numpy()
    limits = fit.confidence_interval_.loc[table.index].to_numpy()
    np.testing.assert_allclose(ours[["ci_low", "ci_high"]].to_numpy()[~certain], limits[~certain], rtol=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_standard_errors_are_greenwoods_as_statsmodels_has_them(name):
    data = r_set(name)
    rows = survival_at(data, HORIZONS)
    oracle = SurvfuncRight(data["time_months"].to_numpy(), data["event"].to_numpy())
    for row in rows[rows["std_error"].notna()].itertuples():
        index = np.searchsorted(oracle.surv_times, row.time_months + 1e-9) - 1
        assert row.std_error == pytest.approx(oracle.surv_prob_se[index], rel=1e-9)
    assert rows.loc[rows["estimate"].isin([0, 1]), "std_error"].isna().all()


def endpoint(times, events, min_at_risk=3):
    arm = pd.Categorical(["a", "b"] * (len(times) // 2), ["a", "b"], ordered=True)
    data = EndpointData({"time_months": np.array(times, float), "event": events, "arm": arm})
    data.about = About("lfs", "Progression-free survival", "patients in CR", min_at_risk=min_at_risk)
    return data


def test_estimates_and_curves_are_about_what_the_study_says():
    data = endpoint([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0])
    for rows in (
        survival_at(data, [2], "arm"),
        median_survival(data, "arm"),
        rmst(data, 4, "arm"),
        logrank(data, "arm"),
    ):
        assert set(rows["endpoint_label"]) == {"Progression-free survival"}
        assert set(zip(rows["endpoint"], rows["population"], strict=True)) == {("lfs", "patients in CR")}
    curve = kaplan_meier(data, "arm")
    part = curve[curve["group"] == "a"]
    assert (part.about.label, part.estimator, part.by) == ("Progression-free survival", "Kaplan-Meier", "arm")
    assert curve.heading() == "Progression-free survival: Kaplan-Meier, 2 curves by arm"


def test_few_at_risk_and_a_median_that_is_not_reached_are_told_by_the_status():
    data = endpoint([1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 0, 0])
    assert survival_at(data, [3, 4, 5, 9])["status"].tolist() == ["ok", "ok", "few_at_risk", "not_estimable"]
    assert survival_at(data, [5]).loc[0, "estimate"] == pytest.approx(5 / 6 * 2 / 3)
    assert median_survival(data)["status"].tolist() == ["not_reached"]
    assert follow_up(data)["status"].iloc[0] == "ok"


def test_medians_and_means_of_fewer_patients_than_the_study_asks_for_are_marked():
    data = endpoint([1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 0, 0], min_at_risk=4)
    for rows in (median_survival(data, "arm", overall=True), rmst(data, 4, "arm", overall=True)):
        assert (rows["status"] == "few_at_risk").tolist() == [True, True, False]


def test_everybody_comes_after_the_groups_and_counts_who_is_in_none():
    data = survival_frame([(3, True, "A"), (5, False, "B"), (1, True, "B")])
    data.loc[2, "arm"] = np.nan
    rows = survival_at(data, [2], "arm", overall=True)
    assert rows["group"].tolist() == ["A", "B", "All"]
    assert rows["n"].tolist() == [1, 1, 3]
    assert median_survival(data, overall=True)["group"].tolist() == ["All"]


def test_what_is_not_recorded_has_no_rows():
    empty = EndpointData()
    assert survival_at(empty, [12], "arm", overall=True).empty
    assert kaplan_meier(empty, "arm").empty
    assert number_at_risk(empty, [12], "arm").empty
    assert median_survival(endpoint([1, 2], [1, 1]).assign(contrast=pd.Categorical([None] * 2, [])), "contrast").empty


@pytest.mark.parametrize("kind", [float, int])
@pytest.mark.parametrize("values", [[3, 1, 3, 0, 2], [5, 5], [7], [], [4, -1, 4], [10**9, 2]])
def test_distinct_values_and_their_places_are_those_of_numpy(values, kind):
    given = np.array(values, kind)
    for ours, theirs in zip(distinct(given), np.unique(given, return_inverse=True), strict=True):
        np.testing.assert_array_equal(ours, theirs)
