"""Every analysis of a specification curve is what the public function for it gives; the counts are recounted."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from test_ties import nudged

from helpers.cohort import load_cohort
from helpers.stats import exposure as ex
from helpers.stats.estimates import estimates
from helpers.stats.exposure.landmarks import landmark, landmark_data
from helpers.stats.models.cox_regression import cox, cox_firth
from helpers.stats.models.design import Design, contrast_covariate, design_matrix
from helpers.stats.planning.analyses import (
    UNTIL_TRANSPLANT,
    contrast_on_response,
    contrast_on_survival,
    exposure_on_survival,
    settings,
)
from helpers.stats.planning.specification import (
    ALL_CHOICES,
    EVER,
    IN_TIME,
    LEFT_OUT,
    Setting,
    exposure_curve,
    simplest,
    summarise,
)
from helpers.study import Exposure

NUMBERS = ["estimate", "ci_low", "ci_high", "p", "n", "events"]
WORDS = {"endpoint": "lfs", "population": "patients in CR"}


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


@pytest.fixture(scope="module")
def curve(cohort):
    return exposure_on_survival(cohort, cohort.study.exposures[0])


@pytest.fixture(scope="module")
def contrast(cohort):
    return contrast_on_survival(cohort)


@pytest.fixture(scope="module")
def parts(cohort):
    """LFS from the infusion to the end, the months to consolidation, and the declared covariates."""
    data = cohort.endpoint("lfs")
    months = ex.exposure_months(data, cohort.study.exposures[0])
    matrix = design_matrix(cohort.patients, cohort.study.covariates_for("survival")).matrix
    return data, months, matrix


def picked(curve, form, covariates="declared", fit="maximum likelihood", clock="second CAR-T infusion"):
    made = {"Endpoint": "Leukaemia-free survival", "Follow-up": "to the end", "Clock": clock}
    made |= {"Exposure": form, "Covariates": covariates, "Fit": fit}
    rows = curve[(curve[list(made)] == pd.Series(made)).all(axis=1)]
    assert len(rows) == 1
    return rows.iloc[0]


def assert_same(row, expected):
    np.testing.assert_allclose(row[NUMBERS].astype(float), expected[NUMBERS].astype(float), rtol=1e-6)


@pytest.mark.parametrize("covariates", ["none", "declared"])
def test_likelihood_rows_equal_the_functions_for_exposures(curve, parts, covariates):
    data, months, matrix = parts
    options = {"covariates": matrix if covariates == "declared" else None}
    assert_same(picked(curve, EVER, covariates), ex.ever_never(data, months, **options).iloc[0])
    assert_same(picked(curve, IN_TIME, covariates), ex.time_dependent(data, months, **options).iloc[0])
    expected = landmark(data, months, [120], **options)
    assert_same(picked(curve, "landmark day 120", covariates), expected[expected["measure"] == "hazard_ratio"].iloc[0])


@pytest.mark.parametrize("form", [EVER, "landmark day 120"])
def test_firth_rows_equal_cox_firth(curve, parts, form):
    data, months, matrix = parts
    kept = data if form == EVER else landmark_data(data, months, 120)
    exposed = ex.exposed_in_time(kept, months) if form == EVER else kept["exposed"] == "exposed"
    full = pd.concat([exposed.rename("exposed").astype(float), matrix.loc[kept.index]], axis=1)
    expected = cox_firth(kept, Design(full)).iloc[0]
    assert_same(picked(curve, form, fit="Firth"), expected)


def test_contrast_without_exposure_equals_cox(cohort, contrast, parts):
    covariates = [contrast_covariate(cohort.study.contrast), *cohort.study.covariates_for("survival")]
    for chosen, words in ((covariates[:1], "none"), (covariates, "declared")):
        design = design_matrix(cohort.patients, chosen)
        assert_same(picked(contrast, LEFT_OUT, words), cox(parts[0], design).iloc[0])
        assert_same(picked(contrast, LEFT_OUT, words, "Firth"), cox_firth(parts[0], design).iloc[0])


def test_contrast_beside_a_time_dependent_exposure_equals_the_covariates_row(cohort, contrast, parts):
    data, months, _ = parts
    treated = (cohort.patients["contrast"] == cohort.study.contrast.treated_label).astype(float).to_frame("treated")
    expected = ex.time_dependent(data, months, covariates=treated).iloc[1]
    assert_same(picked(contrast, IN_TIME, "none"), expected)


def test_clock_from_remission_equals_the_endpoint_with_that_origin(cohort, curve):
    later = cohort.endpoint("lfs", "remission")
    expected = ex.time_dependent(later, cohort.study.exposures[0]).iloc[0]
    assert_same(picked(curve, IN_TIME, "none", clock="remission"), expected)


def test_every_combination_is_there_once(cohort, curve, contrast):
    days = [f"landmark day {day:g}" for day in cohort.study.landmark_days]
    fits = [(form, fit) for form in (EVER, IN_TIME, *days) for fit in ("maximum likelihood", "Firth")]
    fits = [pair for pair in fits if pair != (IN_TIME, "Firth")]
    # two endpoints, two clocks, to the end and until transplant; two covariate sets
    assert len(curve) == 2 * 2 * 2 * 2 * len(fits) == 176
    assert not curve.duplicated(list(ALL_CHOICES)).any()
    assert curve["term"].is_unique
    assert set(zip(curve["Exposure"], curve["Fit"], strict=True)) == set(fits)
    assert not contrast.duplicated(list(ALL_CHOICES)).any()
    assert set(contrast.loc[contrast["Clock"] == "remission", "Endpoint"]) == {"Leukaemia-free survival"}


def test_overall_survival_of_exposures_is_read_in_those_who_could_be_exposed(curve, contrast):
    assert curve.loc[curve["endpoint"] == "os", "n"].max() == 23
    assert contrast.loc[contrast["endpoint"] == "os", "n"].max() == 35


def test_summary_counts_equal_a_recount(curve):
    found = summarise(curve)
    levels = [
        ("All analyses", curve),
        *((f"{c}: {v}", curve[curve[c] == v]) for c in ALL_CHOICES for v in set(curve[c])),
    ]
    for term, rows in levels:
        own = found[found["term"] == term].set_index("group")
        known = rows.dropna(subset="estimate")
        assert own.loc["Estimable", ["events", "n"]].tolist() == [len(known), len(rows)]
        assert own.loc["Ratio below 1", "events"] == (known["estimate"] < 1).sum()
        assert own.loc["P below 0.05", "events"] == (known["p"] < 0.05).sum()
        assert own.loc["Median ratio", "estimate"] == pytest.approx(np.median(known["estimate"]), nan_ok=True)


def test_what_an_analysis_is_of_stands_in_columns(curve, contrast):
    assert set(curve["analysis"]) == set(contrast["analysis"]) == {"specification"}
    assert set(zip(curve["variable"], curve["comparison"], strict=True)) == {("consolidation", "exposure")}
    assert set(zip(contrast["variable"], contrast["comparison"], strict=True)) == {("", "contrast")}
    levels = curve.groupby("Exposure")["level"].unique().map(list)
    assert (levels[EVER], levels[IN_TIME], levels["landmark day 90"]) == (["ever"], ["in time"], ["by day 90"])
    assert set(curve.loc[curve["Covariates"] == "none", "model_terms"]) == {1.0}
    few = (curve["events"] < 10 * curve["model_terms"]) & curve["estimate"].notna()
    assert set(curve.loc[few, "status"]) == {"few_events"}


def test_summaries_of_several_effects_are_kept_apart(curve, contrast):
    together = summarise(pd.concat([curve, contrast], ignore_index=True))
    assert list(together["variable_label"].unique()) == [
        curve["variable_label"].iloc[0],
        contrast["variable_label"].iloc[0],
    ]
    assert len(together) == len(summarise(curve)) + len(summarise(contrast))


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
    found = settings(klein, klein.study.exposures[0])
    assert [next(iter(s.choices.values())) for s in found] == ["Overall survival", "Leukaemia-free survival"]
    assert not any(s.choices["Follow-up"] == UNTIL_TRANSPLANT for s in found)
    assert contrast_on_response(klein).empty


def test_simplest_analysis_is_unadjusted_and_complete(contrast):
    row = simplest(contrast, "os", LEFT_OUT).iloc[0]
    assert [row[name] for name in ("Follow-up", "Covariates", "Fit")] == ["to the end", "none", "maximum likelihood"]
    assert row["share"] == pytest.approx(14 / 35)
    assert simplest(contrast.iloc[:0], "os", LEFT_OUT).empty


@pytest.mark.parametrize("events", [0, 1])
def test_no_event_and_nobody_exposed_are_said(events):
    data = pd.DataFrame({"time_months": [1.0, 2.0, 3.0], "event": [events, 0, 0], "cause": "censored"})
    setting = Setting({"Endpoint": "x"}, data, pd.Series([np.nan] * 3))
    found = exposure_curve([setting], pd.DataFrame(index=data.index), Exposure("x", "X", ()), landmark_days=[10])
    assert set(found["note"]) <= {
        "not estimable: no events",
        "not estimable: nobody exposed",
        "not estimable: only one level among the patients used",
    }
    assert len(found) == len(list(product(["ever", "landmark"], ["ml", "firth"]))) + 1


def test_last_bits_put_no_ratio_below_one_and_no_p_below_its_level():
    ratios, p = nudged(np.ones(12)), nudged(np.full(12, 0.05))
    fixed = {"endpoint": "os", "population": "all patients", "measure": "hazard_ratio", "method": "Cox"}
    rows = [{**fixed, "estimate": ratio, "p": value} for ratio, value in zip(ratios, p, strict=True)]
    summary = summarise(estimates(rows).assign(Fit="Firth"))
    counts = summary[summary["group"].isin(["Ratio below 1", "P below 0.05"])]
    assert counts["events"].eq(0).all()
