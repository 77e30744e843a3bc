"""Published figures against ours: every figure gets a verdict, by rules that can be checked one by one."""

import dataclasses

import pandas as pd
import pytest

from helpers.audit.compare import compare
from helpers.audit.ensemble import read_ensemble
from helpers.audit.published import PUBLISHED_RULES, published_text, read_published
from helpers.audit.quantities import ranges
from helpers.audit.verdicts import RULES
from helpers.cohort import load_cohort
from helpers.cohort.views import exposure_kinds
from helpers.present import format as fmt
from helpers.stats import exposure, survival
from helpers.stats.cohort import flow
from helpers.stats.estimates import stack, vocabulary
from helpers.stats.models import logistic
from helpers.stats.models.design import contrast_covariate, design_matrix
from helpers.stats.planning.analyses import contrast_on_response, exposure_on_survival
from helpers.stats.proportions import compare as compare_sides
from helpers.stats.proportions import proportions
from helpers.stats.safety.toxicity import toxicity_thresholds

EVER_NEVER = "Cox, ever against never exposed (immortal time bias), Efron ties"


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


@pytest.fixture(scope="module")
def figures(cohort) -> pd.DataFrame:
    return read_published(cohort.study)


def _response(cohort) -> pd.DataFrame:
    patients, study = cohort.patients, cohort.study
    design = design_matrix(patients, [contrast_covariate(study.contrast), *study.covariates_for("response")])
    return stack(
        proportions(cohort.outcome("cr"), "arm"),
        compare_sides(cohort.outcome("cr"), "contrast"),
        logistic(cohort.outcome("cr"), design),
        toxicity_thresholds(patients, "crs"),
    )


def _survival(cohort) -> pd.DataFrame:
    study, patients = cohort.study, cohort.patients
    data = {key: cohort.endpoint(key) for key in ("os", "lfs", "relapse", "nrm")}
    consolidation = study.exposures[0]
    covariates = design_matrix(patients, study.covariates_for("survival"))
    return stack(
        survival.follow_up(data["os"]),
        survival.survival_at(data["os"], [12, 24]),
        survival.survival_at(data["lfs"], [12, 24]),
        survival.incidence_at(data["relapse"], [24]),
        survival.incidence_at(data["nrm"], [24]),
        exposure.ever_never(data["lfs"], consolidation, covariates),
        exposure.time_dependent(data["lfs"], consolidation, covariates),
    )


@pytest.fixture(scope="module")
def estimates(cohort) -> pd.DataFrame:
    patients, study = cohort.patients, cohort.study
    counts = [flow.patients_by_arm(patients), flow.flow_steps(patients, study), flow.accrual(patients)]
    counts.append(flow.exposure_counts(patients, exposure_kinds(study)))
    one_landmark = dataclasses.replace(cohort, study=dataclasses.replace(study, landmark_days=(90.0,)))  # to be quick
    robust = [contrast_on_response(cohort), exposure_on_survival(one_landmark, study.exposures[0])]
    return stack(*counts, _response(cohort), _survival(cohort), *robust)


@pytest.fixture(scope="module")
def claims(cohort, estimates, figures) -> pd.DataFrame:
    return compare(figures, estimates, cohort.study).set_index("key")


def test_every_published_figure_has_a_verdict_from_the_list(claims, figures):
    assert len(claims) == len(figures)
    assert all(any(verdict.startswith(known) for known in vocabulary("verdict")) for verdict in claims["verdict"])
    assert not claims["verdict"].isin(["not recomputed", "differs"]).any()


def test_figures_are_those_of_the_publication(figures):
    texts = {row["key"]: published_text(row) for _, row in figures.iterrows()}
    assert texts["cr_single"] == "10/18 (55.6%)"
    assert texts["cr_tandem"] == "12/14 (85.7%)"
    assert texts["cr_sequential"] == "1/3 (33.3%)"
    assert texts["cr_test"] == "P = 0.045"
    assert texts["cr_logistic"] == "0.128 (0.017-0.974)"
    assert texts["follow_up_median"] == "25.5 months"
    assert [texts[key] for key in ("os_24", "lfs_24", "cir_24")] == ["23.7%", "30.5%", "69.5%"]
    assert [texts[f"severe_crs{arm}"] for arm in ("", "_single", "_tandem", "_sequential")] == ["5", "2", "2", "1"]
    assert texts["cox_consolidation"] == "below 1, P < 0.05"


def test_plain_figures_are_reproduced(claims):
    plain = claims[claims["section"] != "robustness"]
    plain = plain.drop(["cr_test", "cr_logistic", "lfs_plus_cir", "cox_consolidation", "cox_sizes"])
    assert set(plain["verdict"]) == {"reproduced"}
    assert claims.loc["follow_up_median", "method"] == "Reverse Kaplan-Meier"
    assert claims.loc["cir_24", "method"] == "Aalen-Johansen, log-log interval"
    assert claims.loc["os_24", "explanation"] == "Among all 35 patients."
    assert claims.loc["lfs_24", "explanation"] == "Among 23 patients in CR."


def test_remission_p_is_reproduced_only_under_other_tests_than_two_sided_fisher(claims):
    row = claims.loc["cr_test"]
    assert row["ours"] == "P = 0.070 (Fisher exact, two-sided)"
    assert row["verdict"].startswith("reproduced only under Fisher exact, one-sided; N-1 chi-square")
    assert "Fisher exact, two-sided" not in row["method"]
    assert "Pearson" not in row["method"]


def test_odds_ratio_called_a_hazard_ratio_is_mislabelled(claims):
    row = claims.loc["cr_logistic"]
    assert row["verdict"] == "mislabelled"
    assert row["ours"] == "odds ratio of no remission 0.128 (0.017-0.974)"
    assert "NOT reaching" in row["explanation"]
    assert "7.79" in row["explanation"]


def test_survival_and_relapse_imply_no_death_in_remission(claims):
    row = claims.loc["lfs_plus_cir"]
    assert row["verdict"].startswith("arithmetically implies")
    assert row["ours"] == "30.5% + 69.5% = 100.0%"


def test_consolidation_holds_only_with_ever_never_in_the_shipped_cohort(claims):
    assert claims.loc["cox_consolidation", "verdict"] == f"reproduced only under {EVER_NEVER}"
    assert claims.loc["cox_sizes", "verdict"] == "not determined by what was published"


def test_claims_of_significance_depend_on_the_test_and_the_analysis(claims, estimates):
    tests = estimates[(estimates["measure"] == "p_value") & (estimates["endpoint"] == "cr")]["p"]
    curve = estimates[(estimates["analysis"] == "specification") & (estimates["variable"] == "consolidation")]
    curve = curve[(curve["endpoint"] == "lfs") & curve["p"].notna()]
    assert claims.loc["robust_test", "verdict"] == "depends on the test"
    assert claims.loc["robust_test", "ours"] == f"P < 0.05 in {(tests < 0.05).sum()} of {len(tests)} tests"
    assert claims.loc["robust_consolidation", "verdict"] == "depends on the analysis"
    agree = ((curve["p"] < 0.05) & (curve["estimate"] < 1)).sum()
    ours = f"P < 0.05 and ratio below 1 in {agree} of {len(curve)} analyses"
    assert claims.loc["robust_consolidation", "ours"] == ours
    assert claims.loc["robust_model", "ours"].endswith("of 12 analyses")


@pytest.mark.parametrize(("p", "verdict"), [(0.01, "holds under every"), (0.2, "holds under no")])
def test_claims_of_significance_hold_when_all_agree(cohort, estimates, p, verdict, figures):
    changed = estimates.assign(p=estimates["p"].where(estimates["p"].isna(), p), estimate=0.5)
    found = compare(figures, changed, cohort.study, section="robustness")
    assert found["verdict"].str.startswith(verdict).all()


def test_open_sizes_are_explained_by_the_range_over_the_ensemble(claims, cohort):
    found = ranges(read_ensemble(cohort.study)).set_index("key")
    told = claims.loc["cox_sizes", "explanation"]
    for key in ("genetics_lfs", "lymphodepletion_lfs", "consolidation_lfs_fixed"):
        assert f"{fmt.significant(found.loc[key, 'lowest'])} to {fmt.significant(found.loc[key, 'highest'])}" in told
    share = 100 * found.loc["consolidation_lfs_time", "significant"]
    assert f"{share:.1f}%" in claims.loc["robust_consolidation", "explanation"]


def test_figure_without_an_estimate_is_marked_never_skipped(cohort, estimates, figures):
    without = estimates[estimates["endpoint"] != "os"]
    claims = compare(figures, without, cohort.study).set_index("key")
    assert claims.loc["os_24", "verdict"] == "not recomputed"
    assert claims.loc["os_24", "explanation"].startswith('The estimates have no endpoint os; there are "cohort"')
    assert len(claims) == len(figures)


def test_no_estimates_at_all_leave_no_figure_reproduced(cohort, estimates, figures):
    claims = compare(figures, estimates.iloc[:0], cohort.study).set_index("key")
    assert set(claims.drop("cox_sizes")["verdict"]) == {"not recomputed"}


@pytest.mark.parametrize(
    ("endpoint", "measure", "key"),
    [
        ("os", "survival", "os_24"),
        ("relapse", "cumulative_incidence", "cir_24"),
        ("follow_up", "median", "follow_up_median"),
        ("follow_up", "maximum", "follow_up_longest"),
    ],
)
def test_figure_that_prints_another_number_differs(cohort, estimates, endpoint, measure, key, figures):
    changed = estimates.copy()
    chosen = (changed["endpoint"] == endpoint) & (changed["measure"] == measure)
    changed.loc[chosen, "estimate"] += 0.06 if measure in ("median", "maximum") else 0.001
    assert compare(figures, changed, cohort.study).set_index("key").loc[key, "verdict"] == "differs"


def test_changed_counts_odds_and_tests_differ(cohort, estimates, figures):
    changed = estimates.copy()
    changed.loc[changed["measure"] == "proportion", "events"] += 1
    changed.loc[changed["measure"] == "odds_ratio", "estimate"] *= 1.02
    changed.loc[changed["measure"] == "p_value", "p"] = 0.3
    changed.loc[changed["measure"] == "hazard_ratio", "p"] = 0.3
    changed.loc[changed["endpoint"] == "nrm", "estimate"] = 0.1
    verdicts = compare(figures, changed, cohort.study).set_index("key")["verdict"]
    for key in ("cr_tandem", "severe_crs", "cr_logistic", "cr_test", "cox_genetics", "cox_consolidation"):
        assert verdicts[key] == "differs", key


def test_deaths_in_remission_break_the_identity(cohort, estimates, figures):
    changed = estimates.copy()
    changed.loc[changed["endpoint"] == "relapse", "estimate"] -= 0.05
    row = compare(figures, changed, cohort.study).set_index("key").loc["lfs_plus_cir"]
    assert row["verdict"] == "differs"
    assert row["ours"] == "30.5% + 64.5% = 95.0%"


def test_usual_test_that_prints_the_published_p_reproduces_it(cohort, estimates, figures):
    changed = estimates.copy()
    changed.loc[changed["method"] == "Fisher exact, two-sided", "p"] = 0.0451
    row = compare(figures, changed, cohort.study).set_index("key").loc["cr_test"]
    assert row["verdict"] == "reproduced"


def test_consolidation_is_reproduced_outright_when_the_time_dependent_model_agrees(cohort, estimates, figures):
    changed = estimates.copy()
    changed.loc[changed["level"] == "in time", "p"] = 0.01
    row = compare(figures, changed, cohort.study).set_index("key").loc["cox_consolidation"]
    assert row["verdict"] == "reproduced"


def test_part_of_a_cohort_is_not_comparable(cohort, estimates, figures):
    part = compare(figures, estimates, cohort.study, subgroup="sex=female")
    assert set(part["verdict"]) == {"not comparable"}
    assert (part["ours"] == "").all()


def test_section_selects_its_figures_and_may_have_none(cohort, estimates, figures):
    response = compare(figures, estimates, cohort.study, section="response")
    assert response["key"].tolist() == ["cr_single", "cr_tandem", "cr_sequential", "cr_test", "cr_logistic"]
    assert compare(figures, estimates, cohort.study, section="quality").empty


def test_every_rule_in_the_data_exists_and_every_rule_is_used(figures):
    assert set(figures["rule"]) == set(RULES) == set(PUBLISHED_RULES)


def test_accrual_is_empty_without_dates(cohort):
    assert flow.accrual(cohort.patients.drop(columns="infusion_date")).empty
    kinds = exposure_kinds(cohort.study)
    assert flow.exposure_counts(cohort.patients.drop(columns="response"), kinds).empty
