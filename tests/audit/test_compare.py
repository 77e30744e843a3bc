"""Published figures against ours: every figure gets a verdict, by rules that can be checked one by one."""

import dataclasses
from math import floor

import pandas as pd
import pytest

from helpers import marks
from helpers.audit.compare import RULES, compare
from helpers.audit.ensemble import read_ensemble
from helpers.audit.origin import with_origins
from helpers.audit.published import PUBLISHED_RULES, published_text, read_published
from helpers.audit.verdict import VERDICTS
from helpers.cohort import load_cohort
from helpers.cohort.views import exposure_kinds
from helpers.stats import exposure, survival
from helpers.stats.cohort import flow
from helpers.stats.estimates import filter_rows, stack, with_ids
from helpers.stats.models import logistic
from helpers.stats.models.design import contrast_covariate, design_matrix
from helpers.stats.proportions import compare as compare_sides
from helpers.stats.proportions import compare_arms, odds_ratio, proportions
from helpers.stats.safety.toxicity import toxicity_thresholds

CONSTRUCTED = "agrees (by construction)"
EVER_NEVER = "Cox, ever against never (immortal time bias), Efron ties"
NOT_PLAIN = [
    "cr_test",
    "cr_logistic",
    "lfs_plus_cir",
    "os_below_lfs",
    "cox_genetics",
    "cox_lymphodepletion",
    "cox_consolidation",
    "cox_sizes",
    "survival_benefit",
]


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


@pytest.fixture(scope="module")
def figures(cohort) -> pd.DataFrame:
    return read_published(cohort.study)


def _response(cohort) -> pd.DataFrame:
    patients, study, remission = cohort.patients, cohort.study, cohort.outcome("cr")
    design = design_matrix(patients, [contrast_covariate(study.contrast), *study.covariates_for("response")])
    return stack(
        proportions(remission, "arm"),
        proportions(remission, "contrast"),
        compare_sides(remission, "contrast"),
        compare_arms(remission, "arm"),
        odds_ratio(remission, "contrast"),
        logistic(remission, design),
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
    counts.append(flow.exposure_counts(patients, exposure_kinds(study), study))
    rows = stack(*counts, _response(cohort), _survival(cohort))
    return with_origins(with_ids(rows, "all"), study)


@pytest.fixture(scope="module")
def claims(cohort, estimates, figures) -> pd.DataFrame:
    return plain(compare(figures, estimates, cohort.study))


@pytest.fixture(scope="module")
def real(cohort, tmp_path_factory):
    """The same study of real patients: the published figures are there, a generator is not."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "published.csv").write_bytes((cohort.study.folder / "published.csv").read_bytes())
    return dataclasses.replace(cohort.study, synthetic=False, folder=folder)


def plain(compared):
    return compared.map(lambda text: marks.plain(str(text))).set_index("key")


def unmarked(estimates):
    return estimates.assign(origin="")


def changed_verdicts(figures, changed, study):
    return compare(figures, changed, study).set_index("key")["verdict"]


def test_every_published_figure_has_a_verdict_from_the_list(claims, figures):
    assert len(claims) == len(figures)
    assert set(claims["verdict"]) <= set(VERDICTS)
    assert not claims["verdict"].isin(["not recomputed", "differs", "not comparable"]).any()


def test_problems_come_first(claims):
    order = [list(VERDICTS).index(word) for word in claims["verdict"]]
    assert order == sorted(order)
    assert claims.index[:2].tolist() == ["cr_logistic", "cr_test"]


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
    assert texts["cox_consolidation"] == "hazard ratio below 1"


def test_twenty_counts_and_percentages_agree_by_construction_and_fold(claims):
    folded = claims[claims["fold"] == "yes"]
    assert len(folded) == 20
    assert set(claims.index) - set(folded.index) == set(NOT_PLAIN)
    assert set(folded["verdict"]) == {CONSTRUCTED}
    assert folded.loc[folded["method"] != "", "method"].to_dict() == {"follow_up_median": "Reverse Kaplan-Meier"}
    assert claims.loc["os_24", "explanation"] == "Among all 35 patients."
    assert claims.loc["lfs_24", "explanation"] == "Among 23 patients in CR."


def test_numbers_of_ours_are_marked_with_their_row_and_origin(cohort, estimates, figures):
    compared = compare(figures, estimates, cohort.study).set_index("key")["ours"]
    rows = estimates.set_index("id")
    (mark,) = [part for part in marks.parts(compared["os_24"]) if part.row]
    assert (mark.text, mark.origin) == ("23.7%", "published")
    assert rows.loc[mark.row, ["endpoint", "time_months"]].tolist() == ["os", 24]
    assert marks.origins(compared["cr_test"]) == {"implied"}
    assert marks.origins(compared["cr_logistic"]) == {"imposed"}


def test_median_follow_up_cannot_be_the_plain_median(claims, cohort):
    most = floor(0.23749999 * 35)
    assert f"at most {most} of 35 patients were observed longer" in claims.loc["follow_up_median", "explanation"]
    observed = cohort.endpoint("os")["time_months"]
    assert (observed > 24).sum() <= most
    assert observed.median() < 24


def test_follow_up_argument_is_dropped_where_it_does_not_hold(cohort, estimates, figures, monkeypatch):
    survived = figures.assign(value=figures["value"].where(figures["key"] != "os_24", "60.0"))
    monkeypatch.setattr("helpers.audit.figures.read_published", lambda _: survived)
    row = compare(figures, estimates, cohort.study).set_index("key").loc["follow_up_median"]
    assert row["explanation"] == "The method was not named."


def test_remission_p_holds_under_other_tests_than_two_sided_fisher(claims, estimates):
    row = claims.loc["cr_test"]
    tests = filter_rows(estimates, endpoint="cr", measure="p_value", comparison="contrast")["p"].dropna()
    count = f"below 0.05 under {(tests < 0.05).sum()} of {len(tests)} tests"
    assert row["ours"] == f"P = 0.070 (Fisher exact, two-sided); {count}"
    assert row["verdict"] == "holds under one method"
    assert row["method"].startswith("Fisher exact, one-sided; N-1 chi-square")
    assert "Fisher exact, two-sided" not in row["method"]
    assert "Pearson" not in row["method"]
    for words in (
        "The smallest expected count is 4.8, so the usual test is Fisher exact, two-sided",
        "linear-by-linear association",
        "All arms, not put together: P = 0.093 (Freeman-Halton exact).",
    ):
        assert words in row["explanation"]


def test_odds_ratio_called_a_hazard_ratio_has_the_wrong_label(claims):
    row = claims.loc["cr_logistic"]
    assert row["verdict"] == "wrong label"
    assert row["ours"] == "an odds ratio of no remission, 0.128 (0.017-0.974)"
    assert "7.81 (1.03-58.8)" in row["explanation"]  # 1/0.128, 1/0.974, 1/0.017
    crude = "Without the other factors the odds ratio of no remission is 0.183 (0.033-1.029), P = 0.0539"
    assert f"{crude}: only with them is P below 0.05." in row["explanation"]


def test_an_upright_odds_ratio_has_the_wrong_label_too(cohort, estimates, figures):
    changed = figures.assign(
        value=figures["value"].where(figures["key"] != "cr_logistic", "7.79"),
        ci=figures["ci"].where(figures["key"] != "cr_logistic", "1.03-59.06"),
        precision=figures["precision"].where(figures["key"] != "cr_logistic", "2"),
    )
    row = plain(compare(changed, estimates, cohort.study)).loc["cr_logistic"]
    assert row["verdict"] == "wrong label"
    assert row["ours"] == "an odds ratio of remission, 7.79 (1.03-59.06)"
    assert "As an odds ratio of remission" not in row["explanation"]


def test_survival_and_relapse_leave_no_room_for_death_in_remission(claims):
    row = claims.loc["lfs_plus_cir"]
    assert row["verdict"] == CONSTRUCTED
    assert row["ours"] == "30.5% + 69.5% = 100.0%"
    assert "Either nobody died in remission before then, or" in row["explanation"]
    assert row["fold"] == ""


def test_overall_survival_lies_below_leukaemia_free_survival_of_other_patients(claims, cohort, estimates, figures):
    row = claims.loc["os_below_lfs"]
    assert row["ours"] == "23.7% of all 35 patients and 30.5% of 23 patients in CR"
    assert row["verdict"] == CONSTRUCTED
    lower = estimates["endpoint"] == "lfs"
    changed = estimates.assign(estimate=estimates["estimate"].mask(lower, 0.2))
    assert changed_verdicts(figures, changed, cohort.study)["os_below_lfs"] == "differs"


def test_imposed_claims_are_said_to_be_imposed(claims):
    for key in ("cox_genetics", "cox_lymphodepletion"):
        assert claims.loc[key, "verdict"] == CONSTRUCTED
        assert claims.loc[key, "explanation"].startswith("Imposed: the generator was made to give this direction")
        assert claims.loc[key, "fold"] == ""


def test_consolidation_cannot_be_known_from_one_draw(claims, cohort):
    summary = read_ensemble(cohort.study)
    ever, in_time = ((summary[f"consolidation_lfs_{way}_p"] < 0.05).mean() for way in ("fixed", "time"))
    landmark = summary["consolidation_lfs_landmark_p"].dropna()
    shares = f"{100 * ever:.0f}% (imposed) / {100 * in_time:.0f}% / {100 * (landmark < 0.05).mean():.0f}%"
    row = claims.loc["cox_consolidation"]
    assert row["verdict"] == "cannot be known"
    ways = "ever-never / time-dependent / day-90 landmark"
    assert row["ours"] == f"P < 0.05 in {shares} of compatible cohorts: {ways}"
    share = f"{100 * (landmark < 0.05).mean():.0f}%"
    assert f"day-90 landmark {share} (of the {len(landmark)} with an estimate)" in row["explanation"]


def test_sizes_are_explained_by_the_range_over_the_ensemble_and_its_bounds(claims, cohort):
    summary, told = read_ensemble(cohort.study), claims.loc["cox_sizes", "explanation"]
    assert claims.loc["cox_sizes", "verdict"] == "cannot be known"
    for key, bound in (("genetics_lfs", "10"), ("lymphodepletion_lfs", "0.1"), ("consolidation_lfs_fixed", "0.1")):
        low, high = summary[key].min(), summary[key].max()
        high_text = f"{high:.1f}" if high >= 9.995 else f"{high:.2f}"
        assert f"{low:.2f} to {high_text} ({bound} is a bound of the generator)" in told


def test_survival_benefit_without_an_analysis_cannot_be_known(claims, cohort):
    summary, row = read_ensemble(cohort.study), claims.loc["survival_benefit"]
    p = [summary[f"{key}_p"].dropna() for key in ("consolidation_os_fixed", "consolidation_os_time", "tandem_os")]
    shares = [f"{100 * (values < 0.05).mean():.0f}%" for values in p]
    assert row["ours"] == f"P < 0.05 in {' / '.join(shares)} of compatible cohorts"
    for words in (f"Consolidation ever-never {shares[0]} (of the {len(p[0])}", f"Tandem v the others {shares[2]}."):
        assert words in row["explanation"]
    assert row["verdict"] == "cannot be known"


def test_denominator_that_was_not_published_is_not_made_up(claims):
    assert claims.loc["severe_crs_single", "ours"] == "2"
    assert "was not published" in claims.loc["severe_crs_single", "explanation"]


def test_real_patients_never_agree_by_construction(real, estimates, figures):
    claims = plain(compare(figures, unmarked(estimates), real))
    assert CONSTRUCTED not in set(claims["verdict"])
    assert claims.loc["os_24", "verdict"] == "agrees"
    assert claims.loc["cox_genetics", "verdict"] == "agrees"
    assert "Imposed" not in claims.loc["cox_genetics", "explanation"]
    assert claims.loc["cox_sizes", "verdict"] == "not comparable"
    assert claims.loc["survival_benefit", "verdict"] == "not comparable"


def test_consolidation_of_real_patients_is_judged_by_its_numbers(real, estimates, figures):
    row = plain(compare(figures, unmarked(estimates), real)).loc["cox_consolidation"]
    assert row["verdict"] == "holds under one method"
    assert row["method"] == EVER_NEVER
    assert row["ours"].startswith("hazard ratio 0.28 (0.05 to 1.47), P = 0.13 (Cox, counted from its day")
    in_time = estimates["level"] == "in time"
    better = unmarked(estimates.assign(p=estimates["p"].mask(in_time, 0.01)))
    assert changed_verdicts(figures, better, real)["cox_consolidation"] == "agrees"
    neither = unmarked(estimates.assign(p=estimates["p"].mask(estimates["measure"] == "hazard_ratio", 0.3)))
    assert changed_verdicts(figures, neither, real)["cox_consolidation"] == "differs"


def test_synthetic_study_without_an_ensemble_is_judged_by_its_numbers(cohort, real, estimates, figures):
    alone = dataclasses.replace(cohort.study, folder=real.folder)
    claims = compare(figures, estimates, alone).set_index("key")
    assert claims.loc["cox_consolidation", "verdict"] == "holds under one method"
    assert claims.loc["cox_sizes", "verdict"] == "not comparable"


def test_a_direction_is_judged_by_the_only_model_where_there_are_no_exposures(real, estimates, figures):
    cox_alone = estimates.assign(method=estimates["method"].where(estimates["level"] != "yes", "Cox, Efron ties"))
    row = plain(compare(figures, unmarked(cox_alone), real)).loc["cox_genetics"]
    assert (row["verdict"], row["method"]) == ("agrees", "Cox, Efron ties")


def test_figure_without_an_estimate_is_marked_never_skipped(cohort, estimates, figures):
    without = estimates[estimates["endpoint"] != "os"]
    claims = compare(figures, without, cohort.study).set_index("key")
    assert claims.loc["os_24", "verdict"] == "not recomputed"
    assert claims.loc["os_24", "explanation"].startswith('The estimates have no endpoint os; there are "cohort"')
    assert len(claims) == len(figures)


def test_no_estimates_at_all_leave_no_figure_recomputed(cohort, estimates, figures):
    claims = compare(figures, estimates.iloc[:0], cohort.study).set_index("key")
    assert set(claims.drop(["cox_sizes", "cox_consolidation", "survival_benefit"])["verdict"]) == {"not recomputed"}


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
    row = compare(figures, changed, cohort.study).set_index("key").loc[key]
    assert (row["verdict"], row["fold"]) == ("differs", "")


@pytest.mark.parametrize(
    ("column", "text", "verdict"),
    [("ci", "10.7-39.6", "agrees"), ("ci", "10.7-39.5", "differs"), ("p", "0.5", "differs"), ("n", "34", "differs")],
)
def test_interval_p_and_counts_are_compared_where_they_were_published(real, estimates, figures, column, text, verdict):
    published = figures.assign(**{column: figures[column].where(figures["key"] != "os_24", text)})
    assert changed_verdicts(published, unmarked(estimates), real)["os_24"] == verdict


def test_changed_counts_odds_and_tests_differ(cohort, estimates, figures):
    changed = estimates.copy()
    changed.loc[changed["measure"] == "proportion", "events"] += 1
    changed.loc[changed["measure"] == "odds_ratio", "estimate"] *= 1.02
    changed.loc[changed["measure"] == "p_value", "p"] = 0.3
    changed.loc[changed["measure"] == "hazard_ratio", "p"] = 0.3
    verdicts = changed_verdicts(figures, changed, cohort.study)
    for key in ("cr_tandem", "severe_crs", "severe_crs_single", "cr_logistic", "cr_test", "cox_genetics"):
        assert verdicts[key] == "differs", key


def test_deaths_in_remission_break_the_identity(cohort, estimates, figures):
    changed = estimates.copy()
    changed.loc[changed["endpoint"] == "relapse", "estimate"] -= 0.05
    row = plain(compare(figures, changed, cohort.study)).loc["lfs_plus_cir"]
    assert row["verdict"] == "differs"
    assert row["ours"] == "30.5% + 64.5% = 95.0%"


@pytest.mark.parametrize(("printed", "p"), [("0.045", 0.0451), ("<0.05", 0.049)])
def test_usual_test_that_prints_the_published_p_agrees(real, estimates, figures, printed, p):
    changed = unmarked(estimates)
    changed.loc[changed["method"] == "Fisher exact, two-sided", "p"] = p
    published = figures.assign(p=figures["p"].where(figures["key"] != "cr_test", printed))
    assert changed_verdicts(published, changed, real)["cr_test"] == "agrees"


def test_part_of_a_cohort_is_not_comparable(cohort, estimates, figures):
    part = compare(figures, estimates, cohort.study, subgroup="sex=female")
    assert set(part["verdict"]) == {"not comparable"}
    assert (part[["ours", "fold"]] == "").all().all()


def test_section_selects_its_figures_and_may_have_none(cohort, estimates, figures):
    response = compare(figures, estimates, cohort.study, section="response")
    assert response["key"].tolist() == ["cr_logistic", "cr_test", "cr_single", "cr_tandem", "cr_sequential"]
    nothing = compare(figures, estimates, cohort.study, section="quality")
    assert nothing.empty
    assert list(nothing.columns) == list(response.columns)


def test_every_rule_in_the_data_exists_and_every_rule_is_used(figures):
    assert set(figures["rule"]) == set(RULES) == set(PUBLISHED_RULES)


def test_accrual_is_empty_without_dates(cohort):
    assert flow.accrual(cohort.patients.drop(columns="infusion_date")).empty
    kinds = exposure_kinds(cohort.study)
    assert flow.exposure_counts(cohort.patients.drop(columns="response"), kinds, cohort.study).empty
