"""Every analysis of a specification curve is what the public function for it gives."""

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.stats import exposure as ex
from helpers.stats.exposure.landmarks import landmark
from helpers.stats.models.cox_regression import cox, cox_firth
from helpers.stats.models.design import contrast_covariate, design_matrix
from helpers.stats.planning.analyses import (
    UNTIL_TRANSPLANT,
    contrast_on_response,
    contrast_on_survival,
    exposure_on_survival,
    exposures_on_survival,
    settings,
)
from helpers.stats.planning.specification import EVER, IN_TIME, LEFT_OUT, Setting, exposure_curve, group_curve, simplest
from helpers.study import Exposure

NUMBERS = ["estimate", "ci_low", "ci_high", "p", "n", "events"]
WORDS = {"endpoint": "lfs", "population": "patients in CR"}


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


@pytest.fixture(scope="module")
def curve(cohort):
    with every_size():
        return exposure_on_survival(cohort, cohort.endpoint("lfs"), cohort.study.exposures[0])


@pytest.fixture(scope="module")
def contrast(cohort):
    with every_size():
        return contrast_on_survival(cohort, cohort.endpoint("lfs"))


@contextmanager
def every_size():
    """Analyses of any size are made, so that each can be held against its function."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.stats.planning.specification.LEAST_EVENTS", 0)
        patch.setattr("helpers.stats.planning.specification.LEAST_PATIENTS", 0)
        yield


@pytest.fixture(scope="module")
def parts(cohort):
    """LFS from the infusion to the end, the months to consolidation, and the declared covariates."""
    data = cohort.endpoint("lfs")
    months = ex.exposure_months(data, cohort.study.exposures[0])
    matrix = design_matrix(cohort.patients, cohort.study.covariates_for("survival")).matrix
    return data, months, matrix


CHOICES = ["Endpoint", "Clock", "Follow-up", "Counting", "Covariates", "Fit"]
BESIDE = "Consolidation (transplant or decitabine): "


def picked(curve, form, covariates="adjusted", fit="maximum likelihood", clock="second CAR-T infusion"):
    made = {"Endpoint": "Leukaemia-free survival", "Follow-up": "to the end", "Clock": clock}
    made |= {"Counting": form, "Covariates": covariates, "Fit": fit}
    rows = curve[(curve[list(made)] == pd.Series(made)).all(axis=1)]
    assert len(rows) == 1
    return rows.iloc[0]


def assert_same(row, expected):
    np.testing.assert_allclose(row[NUMBERS].astype(float), expected[NUMBERS].astype(float), rtol=1e-6)


@pytest.mark.parametrize("covariates", ["unadjusted", "adjusted"])
def test_likelihood_rows_equal_the_functions_for_exposures(curve, parts, covariates):
    data, months, matrix = parts
    options = {"covariates": matrix if covariates == "adjusted" else None}
    assert_same(picked(curve, EVER, covariates), ex.ever_never(data, months, **options).iloc[0])
    assert_same(picked(curve, IN_TIME, covariates), ex.time_dependent(data, months, **options).iloc[0])
    expected = landmark(data, months, [120], **options)
    own = picked(curve, "by day 120, from then on", covariates)
    assert_same(own, expected[expected["measure"] == "hazard_ratio"].iloc[0])


def test_contrast_without_exposure_equals_cox(cohort, contrast, parts):
    covariates = [contrast_covariate(cohort.study.contrast), *cohort.study.covariates_for("survival")]
    for chosen, words in ((covariates[:1], "unadjusted"), (covariates, "adjusted")):
        design = design_matrix(cohort.patients, chosen)
        assert_same(picked(contrast, BESIDE + LEFT_OUT, words), cox(parts[0], design).iloc[0])
        assert_same(picked(contrast, BESIDE + LEFT_OUT, words, "Firth"), cox_firth(parts[0], design).iloc[0])


def test_contrast_beside_a_time_dependent_exposure_equals_the_covariates_row(cohort, contrast, parts):
    data, months, _ = parts
    treated = (cohort.patients["contrast"] == cohort.study.contrast.treated_label).astype(float).to_frame("treated")
    expected = ex.time_dependent(data, months, covariates=treated).iloc[1]
    assert_same(picked(contrast, BESIDE + IN_TIME, "unadjusted"), expected)


def test_clock_from_remission_equals_the_endpoint_with_that_origin(cohort, contrast):
    later = cohort.endpoint("lfs", "remission")
    treated = contrast_covariate(cohort.study.contrast)
    expected = cox(later, design_matrix(cohort.patients, [treated])).iloc[0]
    assert_same(picked(contrast, BESIDE + LEFT_OUT, "unadjusted", clock="remission"), expected)


def test_every_combination_is_there_once_and_no_more_than_24(cohort, curve, contrast):
    days = [f"by day {day:g}, from then on" for day in cohort.study.landmark_days]
    # to the end and until transplant; unadjusted and adjusted
    assert len(curve) == (2 + len(days)) * 2 * 2 == 24
    assert set(curve["Counting"]) == {EVER, IN_TIME, *days}
    assert set(curve["Fit"]) == {"maximum likelihood"}
    # left out of the model, by two fits, or in it; two clocks, two follow-ups, unadjusted and adjusted
    assert len(contrast) == (2 + 1) * 2 * 2 * 2 == 24
    for rows in (curve, contrast):
        assert not rows.duplicated(CHOICES).any()
        assert rows["term"].is_unique
    days = [30, 60, 90, 120, 150, 180]
    many = exposure_curve([setting_of(cohort)], pd.DataFrame(), cohort.study.exposures[0], landmark_days=days)
    assert many["Counting"].nunique() == 6


def setting_of(cohort):
    data = cohort.endpoint("lfs")
    return Setting({"Endpoint": "x"}, data, ex.exposure_months(data, cohort.study.exposures[0]))


def test_one_curve_is_of_one_endpoint(cohort):
    for key in ("os", "lfs"):
        data = cohort.endpoint(key)
        for rows in (contrast_on_survival(cohort, data), exposures_on_survival(cohort, data)):
            assert set(rows["endpoint"]) == {key}


def test_overall_survival_of_exposures_is_read_in_those_who_could_be_exposed(cohort):
    data = cohort.endpoint("os")
    exposed = exposures_on_survival(cohort, data)
    assert exposed["n"].max() == 23
    assert set(exposed["population"]) == {"patients in CR"}
    assert contrast_on_survival(cohort, data)["n"].max() == 35


def test_analyses_that_hold_too_little_are_not_made_and_say_so(cohort):
    found = exposures_on_survival(cohort, cohort.endpoint("lfs"))
    small = found[found["too_small"]]
    assert small["estimate"].isna().all()
    assert small["note"].str.startswith("not estimable: ").all()
    made = found[found["estimate"].notna()]
    assert (made["events"] >= 5 * made["model_terms"]).all()
    # two of the patients who are free of the event on day 90 have had consolidation
    by_day = found[(found["Counting"] == "by day 90, from then on") & (found["Covariates"] == "unadjusted")]
    assert by_day["note"].iloc[0] == "not estimable: 2 patients on one side, fewer than 3"


def test_what_an_analysis_is_of_stands_in_columns(cohort, curve, contrast):
    assert set(curve["analysis"]) == set(contrast["analysis"]) == {"specification"}
    assert set(zip(curve["variable"], curve["comparison"], strict=True)) == {("consolidation", "exposure")}
    assert set(zip(contrast["variable"], contrast["comparison"], strict=True)) == {("", "contrast")}
    assert set(contrast["group"]) == {cohort.study.comparison}
    assert set(contrast["variable_label"]) == {cohort.study.contrast.label}
    levels = curve.groupby("Counting")["level"].unique().map(list)
    found = [levels[name] for name in (EVER, IN_TIME, "by day 90, from then on")]
    assert found == [["ever"], ["in time"], ["by day 90"]]
    assert set(curve.loc[curve["Covariates"] == "unadjusted", "model_terms"]) == {1.0}
    few = (curve["events"] < 10 * curve["model_terms"]) & curve["estimate"].notna()
    assert set(curve.loc[few, "status"]) == {"few_events"}


def test_rows_without_estimate_say_why(curve, contrast):
    for rows in (curve, contrast):
        assert rows.loc[rows["estimate"].isna(), "note"].str.startswith("not estimable: ").all()
        assert np.isfinite(rows["estimate"].dropna()).all()


def test_response_curve_equals_the_logistic_models(cohort):
    from helpers.stats.models.logistic_regression import logistic, logistic_firth, logistic_profile

    covariates = [contrast_covariate(cohort.study.contrast), *cohort.study.covariates_for("response")]
    design, found = design_matrix(cohort.patients, covariates), contrast_on_response(cohort)
    assert len(found) == 12
    for model, row in zip((logistic, logistic_profile, logistic_firth), found.tail(3).iterrows(), strict=True):
        expected = model(cohort.outcome("cr"), design).iloc[0]
        assert_same(row[1], expected)


def test_a_cohort_without_transplants_remission_or_response_has_fewer_choices():
    klein = load_cohort("data/klein_bmt")
    data = klein.endpoint("lfs")
    found = settings(klein, data, klein.study.exposures[0], "x")
    assert len(found) == 1
    assert not any(s.choices["Follow-up"] == UNTIL_TRANSPLANT for s in found)
    assert contrast_on_response(klein).empty
    assert set(contrast_on_survival(klein, data)["Clock"]) == {"allogeneic transplant"}


def test_simplest_analysis_is_unadjusted_and_complete(cohort, curve):
    row = simplest(contrast_on_survival(cohort, cohort.endpoint("os"))).iloc[0]
    found = [row[name] for name in ("Follow-up", "Covariates", "Fit")]
    assert found == ["to the end", "unadjusted", "maximum likelihood"]
    assert row["share"] == pytest.approx(14 / 35)
    assert simplest(curve)["Counting"].tolist() == [IN_TIME]


def test_nothing_recorded_gives_no_curve(cohort):
    nothing = cohort.endpoint("lfs").iloc[:0, :0]
    assert contrast_on_survival(cohort, nothing).empty
    assert exposures_on_survival(cohort, nothing).empty


@pytest.mark.parametrize("events", [0, 1])
def test_no_event_and_nobody_exposed_are_said(events):
    data = pd.DataFrame({"time_months": [1.0, 2.0, 3.0], "event": [events, 0, 0], "cause": "censored"})
    setting = Setting({"Endpoint": "x"}, data, pd.Series([np.nan] * 3))
    nothing = pd.DataFrame(index=data.index)
    with every_size():
        found = exposure_curve([setting], nothing, Exposure("x", "X", ()), landmark_days=[10])
    assert set(found["note"]) <= {"not estimable: no events", "not estimable: nobody had it"}
    assert len(found) == 3
    alone = group_curve([setting], pd.Series([1.0, 0.0, 0.0]), nothing, label="X", beside="")
    assert alone["Counting"].unique().tolist() == [LEFT_OUT]
