"""Every number of the synthetic cohort says where it comes from; real patients' numbers say nothing.

The origins below were settled by hand: what the abstract prints, what arithmetic makes of it, what the generator was
made to satisfy (the logistic model that prints 0.128, three effects on leukaemia-free survival), and the rest.
"""

from time import perf_counter

import pandas as pd
import pytest

from helpers import audit
from helpers.audit.origin import with_origins
from helpers.cohort import load_cohort
from helpers.cohort.views import baseline_data, exposure_kinds
from helpers.stats import cohort as cohort_stats
from helpers.stats import exposure, models, planning, proportions, safety, survival
from helpers.stats.estimates import ORIGINS, filter_rows, stack
from helpers.stats.exposure.effects import EVER_NEVER
from helpers.stats.models.logistic_regression import FIRTH, WALD
from helpers.study import PROJECT_ROOT

TIME_DEPENDENT = "Cox, counted from its day (time-dependent), Efron ties"
TARGETS = {"endpoint": "baseline", "variable": "car_target", "measure": "proportion"}
TWENTY_FOUR = {"time_months": 24.0}
BY_HAND = [
    ("published", {"endpoint": "cohort", "variable": "", "group": "Sequential CD19 and CD22"}),
    ("published", {"endpoint": "cohort", "variable": "flow", "level": "treated", "group": "All"}),
    ("published", {"endpoint": "cohort", "variable": "flow", "level": "in_remission", "group": "Tandem CD19/CD22"}),
    ("implied", {"endpoint": "cohort", "variable": "flow", "level": "in_remission", "group": "All"}),
    ("implied", {"endpoint": "cohort", "variable": "flow", "level": "consolidation", "group": "All"}),
    ("invented", {"endpoint": "cohort", "variable": "flow", "level": "consolidation", "group": "Tandem CD19/CD22"}),
    ("published", {"endpoint": "cohort", "variable": "transplant_day"}),
    ("published", {"endpoint": "accrual"}),
    ("published", {"endpoint": "follow_up", "measure": "median", "group": "All"}),
    ("invented", {"endpoint": "follow_up", "measure": "median", "group": "Tandem CD19/CD22"}),
    ("invented", {"endpoint": "follow_up", "measure": "completeness"}),
    ("invented", {"endpoint": "baseline", "variable": "age_years", "measure": "median", "group": "All"}),
    ("implied", {**TARGETS, "group": "Tandem CD19/CD22"}),
    ("invented", {**TARGETS, "group": "Single CD19 or CD22"}),
    ("published", {"endpoint": "cr", "measure": "proportion", "group": "Tandem CD19/CD22"}),
    ("implied", {"endpoint": "cr", "measure": "proportion", "group": "All"}),
    ("implied", {"endpoint": "cr", "measure": "proportion", "group": "Single or sequential"}),
    ("implied", {"endpoint": "cr", "measure": "p_value", "comparison": "contrast"}),
    ("implied", {"endpoint": "cr", "measure": "proportion", "group": "Single or sequential"}),
    ("published", {"endpoint": "cr", "measure": "proportion", "group": "Tandem"}),
    ("implied", {"endpoint": "cr", "measure": "p_value", "comparison": "arms"}),
    ("implied", {"endpoint": "cr", "measure": "fragility_index"}),
    ("implied", {"endpoint": "cr", "measure": "odds_ratio", "variable": "", "comparison": "contrast"}),
    ("imposed", {"endpoint": "cr", "variable": "contrast", "method": WALD, "model_terms": 3.0}),
    ("invented", {"endpoint": "cr", "variable": "contrast", "method": FIRTH, "model_terms": 3.0}),
    ("implied", {"endpoint": "cr", "variable": "contrast", "model_terms": 1.0}),
    ("invented", {"endpoint": "cr", "variable": "contrast", "model_terms": 2.0}),
    ("invented", {"endpoint": "cr", "variable": "extramedullary_disease"}),
    ("invented", {"endpoint": "mrd_negative_cr"}),
    ("published", {"endpoint": "severe_crs", "measure": "proportion", "group": "All"}),
    ("published", {"endpoint": "severe_crs", "measure": "proportion", "group": "Tandem CD19/CD22"}),
    ("implied", {"endpoint": "severe_crs", "measure": "proportion", "group": "Single CD19 or CD22"}),
    ("implied", {"endpoint": "severe_crs", "measure": "p_value"}),
    ("invented", {"endpoint": "crs", "group": "All"}),
    ("published", {"endpoint": "os", "measure": "survival", "group": "All", **TWENTY_FOUR}),
    ("invented", {"endpoint": "os", "measure": "survival", "group": "All", "time_months": 12.0}),
    ("invented", {"endpoint": "os", "measure": "survival", "group": "Tandem CD19/CD22", **TWENTY_FOUR}),
    ("published", {"endpoint": "lfs", "measure": "survival", "group": "All", **TWENTY_FOUR}),
    ("published", {"endpoint": "relapse", "measure": "cumulative_incidence", "group": "All", **TWENTY_FOUR}),
    ("implied", {"endpoint": "relapse", "measure": "one_minus_survival", "group": "All", **TWENTY_FOUR}),
    ("implied", {"endpoint": "nrm", "measure": "cumulative_incidence", **TWENTY_FOUR}),
    ("invented", {"endpoint": "os", "measure": "median"}),
    ("imposed", {"endpoint": "lfs", "variable": "high_risk_genetics", "method": EVER_NEVER}),
    ("imposed", {"endpoint": "lfs", "variable": "lymphodepletion", "method": EVER_NEVER}),
    ("imposed", {"endpoint": "lfs", "variable": "consolidation", "method": EVER_NEVER, "model_terms": 3.0}),
    ("invented", {"endpoint": "lfs", "variable": "high_risk_genetics", "method": "Cox, Efron ties"}),
    ("invented", {"endpoint": "lfs", "variable": "lymphodepletion", "method": TIME_DEPENDENT}),
    ("invented", {"endpoint": "lfs", "variable": "lymphodepletion", "method": "Cox from the landmark, Efron ties"}),
    ("invented", {"endpoint": "lfs", "variable": "consolidation", "level": "in time"}),
    ("invented", {"endpoint": "lfs", "variable": "contrast"}),
    ("invented", {"endpoint": "os", "measure": "p_value"}),
    ("imposed", {"analysis": "ensemble", "endpoint": "lfs", "variable": "consolidation", "level": "ever-never"}),
    ("implied", {"analysis": "ensemble", "endpoint": "lfs", "variable": "consolidation", "level": "time-dependent"}),
]


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


@pytest.fixture(scope="module")
def rows(cohort):
    study, patients, remission = cohort.study, cohort.patients, cohort.outcome("cr")
    lfs, overall = cohort.endpoint("lfs"), cohort.endpoint("os")
    relapse, nrm = cohort.endpoint("relapse"), cohort.endpoint("nrm")
    factors = models.design_matrix(patients, study.covariates_for("survival"))
    estimates = stack(
        cohort_stats.patients_by_arm(patients),
        cohort_stats.flow_steps(patients, study),
        cohort_stats.exposure_counts(patients, exposure_kinds(study), study),
        cohort_stats.accrual(patients),
        cohort_stats.describe(baseline_data(cohort), {"age_years": "Age", "car_target": "Target"}, by="arm"),
        survival.follow_up(overall, by="arm", overall=True),
        proportions.proportions(remission, "arm", overall=True),
        proportions.proportions(remission, "contrast"),
        proportions.proportions(cohort.outcome("mrd_negative_cr"), "arm"),
        proportions.compare(remission, "contrast"),
        proportions.compare_arms(remission, "arm"),
        proportions.odds_ratio(remission, "contrast"),
        proportions.fragility_index(remission, "contrast"),
        models.logistic(remission, models.declared_design(cohort, "response")),
        models.logistic_firth(remission, models.declared_design(cohort, "response")),
        planning.contrast_on_response(cohort),
        safety.toxicity_thresholds(patients, "crs"),
        proportions.compare(cohort.outcome("severe_crs"), "contrast"),
        survival.survival_at(overall, [12, 24], by="arm", overall=True),
        survival.survival_at(lfs, [24], by="arm", overall=True),
        survival.median_survival(overall),
        survival.logrank(overall, "contrast"),
        survival.incidence_at(relapse, [24], by="arm", overall=True),
        survival.one_minus_survival_at(relapse, [24], by="arm", overall=True),
        survival.incidence_at(nrm, [24], by="arm", overall=True),
        models.cox(lfs, models.declared_design(cohort, "survival")),
        exposure.ever_never(lfs, cohort.exposures, factors),
        exposure.landmark(lfs, cohort.exposures, [120], factors),
        exposure.time_dependent(lfs, cohort.exposures, factors),
        audit.range_estimates(audit.ranges(audit.ensemble_values(cohort))),
    )
    return with_origins(estimates, study)


@pytest.mark.parametrize(("origin", "cells"), BY_HAND)
def test_origin_is_the_one_settled_by_hand(rows, origin, cells):
    found = filter_rows(rows, **cells)
    found = found if "analysis" in cells else found[found["analysis"] != "ensemble"]
    assert set(found["origin"]) == {origin}, found[["group", "variable", "level", "measure", "origin"]]


def test_a_number_that_is_not_the_printed_one_is_not_published(rows, cohort):
    printed = rows[rows["origin"] == "published"]
    moved = printed.assign(estimate=printed["estimate"] + 1, events=printed["events"] + 1, level="")
    assert "published" not in set(with_origins(moved, cohort.study)["origin"])


def test_origins_are_words_of_the_vocabulary(rows):
    declared = pd.read_csv(PROJECT_ROOT / "data" / "second_cart" / "origin.csv")
    assert set(rows["origin"]) | set(declared["origin"]) <= set(ORIGINS)


def test_real_patients_have_no_origin():
    klein = load_cohort("data/klein_bmt")
    rows = survival.survival_at(klein.endpoint("os"), [24])
    assert set(with_origins(rows, klein.study)["origin"]) == {""}


def test_everything_about_a_subgroup_is_invented(rows, cohort):
    assert set(with_origins(rows, cohort.study, "sex=female")["origin"]) == {"invented"}


def test_origins_of_one_table_take_milliseconds(rows, cohort):
    survived = filter_rows(rows, endpoint="os", measure="survival")
    began = perf_counter()
    for _ in range(20):
        with_origins(survived, cohort.study)
    assert (perf_counter() - began) / 20 < 0.05  # 2 ms on a quiet machine
