"""Figures written for a second, real cohort: each is matched, or the reason says precisely why not."""

import pandas as pd
import pytest

from helpers.audit.compare import compare
from helpers.audit.matching import matching, several, why_not
from helpers.audit.published import PUBLISHED_COLUMNS, read_published
from helpers.cohort import load_cohort
from helpers.cohort.views import baseline_data, baseline_labels
from helpers.report.section import Report
from helpers.stats import exposure, models, survival
from helpers.stats.cohort import describe, flow_steps, patients_by_arm
from helpers.stats.estimates import estimates, stack
from helpers.stats.safety.toxicity import toxicity_thresholds
from helpers.stats.survival import median_survival

# Patients as Klein and Moeschberger 1997, section 1.3, print them; survival, incidence and ratios by lifelines.
HEAD = "key,section,claim,endpoint,population,group,variable,level,comparison,time_months,measure,value,events,n,unit"
FIGURES = """all,cohort,Patients,cohort,all patients,All,,,,,count,137,,,patients,,,
high,cohort,High-risk AML,cohort,all patients,aml_high,,,,,count,45,,,patients,,,
treated,cohort,Transplanted,cohort,all patients,All,flow,treated,,,count,137,,,patients,,,
age,cohort,Median age,baseline,all patients,All,age_years,,,,median,28,,,years,,,
oldest,cohort,Oldest,baseline,all patients,aml_low,age_years,,,,maximum,50,,,years,,,
men,cohort,Men,baseline,all patients,All,sex,male,,,proportion,58.4,80,137,%,,,
os_12,survival,One-year survival,os,all patients,All,,,,12,survival,63.4,,,%,,,
lfs_median,survival,Median LFS,lfs,all patients,All,,,,,median,15.8,,,months,,,
relapse,survival,Relapse,relapse,all patients,All,,,,24,cumulative_incidence,30.1,,,%,,,
age_hr,multivariate,Age per 10 years,lfs,all patients,All,age_years,,step,,hazard_ratio,1.13,,,,,,
sex_hr,multivariate,Men,lfs,all patients,All,sex,male,level,,hazard_ratio,0.86,,,,,,
arm_hr,multivariate,High risk,lfs,all patients,All,arm,AML high risk,arms,,hazard_ratio,2.24,,,,,,
gvhd_hr,multivariate,Acute GVHD,lfs,all patients,All,acute_gvhd,in time,exposure,,hazard_ratio,1.31,,,,,,
contrast_p,survival,High against low risk,lfs,all patients,All,,,contrast,,p_value,,,,,test,<0.001,Log-rank
"""
MISSED = [
    ({"variable": "blood_group"}, "blood_group is no covariate or exposure of study.toml, and no estimate"),
    ({"endpoint": "efs"}, 'The estimates have no endpoint efs; there are "cohort"'),
    (
        {"variable": "sex"},
        "The estimates have no variable sex for endpoint baseline, population all patients, measure ",
    ),
    ({"variable": "methotrexate", "level": "maybe"}, "The estimates have no level maybe for endpoint baseline"),
    ({"group": "aml"}, "The estimates have no group aml for endpoint baseline"),
    ({"population": "patients in CR"}, "The estimates have no population patients in CR for endpoint baseline"),
    ({"time_months": "7"}, "The estimates have no time_months 7 for endpoint os, population all patients"),
]


@pytest.fixture(scope="module")
def klein():
    return load_cohort("data/klein_bmt")


@pytest.fixture(scope="module")
def rows(klein):
    lfs = klein.endpoint("lfs")
    design = models.declared_design(klein, "survival")
    return stack(
        patients_by_arm(klein.patients),
        flow_steps(klein.patients, klein.study),
        describe(baseline_data(klein), baseline_labels(klein)),
        survival.survival_at(klein.endpoint("os"), [12, 24], overall=True),
        survival.median_survival(lfs),
        survival.incidence_at(klein.endpoint("relapse"), [24]),
        survival.logrank(lfs, "contrast"),
        models.cox(lfs, design),
        exposure.ever_never(lfs, klein.exposures, design),
        exposure.time_dependent(lfs, klein.exposures, design),
    )


def figure(**cells):
    return pd.Series(dict.fromkeys(PUBLISHED_COLUMNS, "") | {"group": "All"} | cells)


def test_every_figure_of_a_real_cohort_finds_its_estimate(klein, rows, tmp_path):
    (tmp_path / "published.csv").write_text(f"{HEAD},rule,p,default\n{FIGURES}")
    study = klein.study.__class__(**{**vars(klein.study), "folder": tmp_path})
    claims = compare(read_published(study), rows, study).set_index("key")
    assert claims.loc[claims["verdict"] == "not recomputed", "explanation"].to_dict() == {}
    assert claims.loc[claims["verdict"] != "agrees", "ours"].to_dict() == {}
    folded = claims.index[claims["fold"] == "yes"].tolist()
    assert folded == [key for key in claims.index if not key.endswith(("_hr", "_p"))]


@pytest.mark.parametrize(("cells", "words"), MISSED)
def test_a_figure_that_finds_nothing_says_precisely_why(klein, rows, cells, words):
    about = {"endpoint": "baseline", "measure": "median", "population": "all patients"}
    if "time_months" in cells:
        about = {"endpoint": "os", "measure": "survival", "population": "all patients"}
    if "level" in cells:
        about["measure"] = "proportion"
    one = figure(**{**about, **cells})
    assert matching(one, rows, klein.study).empty
    assert why_not(one, rows, klein.study).startswith(words)


def test_an_estimate_without_a_number_says_its_own_reason(klein):
    row = {"endpoint": "os", "group": "All", "measure": "median", "method": "x", "note": "not estimable: not reached"}
    one = figure(endpoint="os", measure="median")
    assert why_not(one, estimates([row]), klein.study) == "The estimate has no number: not estimable: not reached."


def test_two_things_that_fit_are_not_told_apart_silently(klein, rows):
    one = figure(endpoint="baseline", measure="median")
    found = matching(one, rows, klein.study)
    assert several(one, found).startswith(
        'Several estimates fit: give the variable of the published figure; there are "'
    )
    claim = compare(pd.DataFrame([{**one, "rule": "value", "key": "x", "precision": "0"}]), rows, klein.study).iloc[0]
    assert claim["verdict"] == "not recomputed"


def test_any_grade_and_severe_toxicity_are_told_apart(klein):
    patients = load_cohort("data/second_cart").patients
    rows = toxicity_thresholds(patients, "crs")
    graded = matching(figure(endpoint="crs", measure="proportion"), rows, klein.study)
    severe = matching(figure(endpoint="severe_crs", measure="proportion"), rows, klein.study)
    assert graded["events"].tolist() == [(patients["crs_grade"] >= 1).sum()]
    assert severe["events"].tolist() == [(patients["crs_grade"] >= 3).sum()]


def test_covariates_are_not_matched_by_the_start_of_their_label(klein):
    about = {"endpoint": "os", "group": "All", "measure": "hazard_ratio", "method": "Cox", "comparison": "level"}
    made = [
        {**about, "term": f"{label}: yes vs no", "variable": column, "level": "yes", "estimate": ratio}
        for label, column, ratio in (("Donor", "donor", 2.0), ("Donor: sex", "donor_sex", 3.0))
    ]
    one = figure(endpoint="os", measure="hazard_ratio", variable="donor", comparison="level")
    assert matching(one, estimates(made), klein.study)["estimate"].tolist() == [2.0]


def test_a_report_without_published_figures_says_so_in_one_line():
    report = Report("survival", study="data/klein_bmt")
    report.publish(median_survival(report.cohort.endpoint("os")))
    assert report.claims().text == "No figure of this section was published."
