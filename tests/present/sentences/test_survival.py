import numpy as np

from helpers.present import sentences
from helpers.stats.estimates import FEW_AT_RISK, NOT_ESTIMABLE, estimates


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "endpoint_label": "Progression-free survival", "population": "patients in CR"}
    fields |= {"group": "All", "method": "M", "measure": "survival"}
    return estimates({**fields, **shared, **record} for record in records)


ARMS = {"group": "Arms", "comparison": "arms"}
SIDES = {"group": "B vs A", "comparison": "contrast"}
TIMED = {"time_months": 24.0, "n": 20}


def test_few_at_risk_names_groups_and_months():
    few = {"group": "A", "estimate": 0.5, "status": FEW_AT_RISK}
    at = rows(
        {**few, "time_months": 12}, {**few, "time_months": 24}, {"group": "B", "estimate": 0.5, "time_months": 24}
    )
    assert sentences.few_at_risk(at) == (
        "Few patients remain at risk in A (12, 24 months): read these figures with care."
    )
    assert sentences.few_at_risk(at.iloc[2:]) == ""


def test_tests_are_sentences_about_the_endpoint_as_the_study_names_it():
    told = sentences.compared(rows({"p": 0.5, **ARMS}, {"p": 0.2, **SIDES}, measure="p_value", method="Log-rank"))
    assert told == (
        "Progression-free survival did not differ significantly by the log-rank test: P = 0.50 between the arms and "
        "P = 0.20 for B vs A."
    )


def test_significant_and_other_comparisons_are_told_apart():
    told = sentences.compared(rows({"p": 0.01, **ARMS}, {"p": 0.2, **SIDES}, measure="p_value", method="Gray"))
    assert told == (
        "Progression-free survival differed significantly by Gray's test: P = 0.010 between the arms. "
        "The difference was not significant: P = 0.20 for B vs A."
    )


def test_a_last_bit_makes_no_difference_significant():
    told = sentences.compared(rows({"p": np.nextafter(0.05, 0), **ARMS}, measure="p_value", method="Log-rank"))
    assert "did not differ significantly" in told


def test_a_test_that_cannot_be_done_gives_its_reason():
    lost = {"note": NOT_ESTIMABLE + "no events", **SIDES}
    told = sentences.compared(rows(lost, measure="p_value", method="Log-rank"))
    assert told == "Progression-free survival for B vs A: the log-rank test is not estimable: no events."


def test_stratified_tests_are_left_to_the_table():
    assert sentences.compared(rows({"p": 0.5, **ARMS}, measure="p_value", method="Log-rank, stratified by Sex")) == ""


def test_survival_is_told_for_everybody_by_group_and_with_its_tests():
    at = rows(
        {"group": "A", "estimate": 0.25, "n": 8, "time_months": 24.0},
        {"group": "B", "note": NOT_ESTIMABLE + "no patients", "n": 12, "time_months": 24.0},
        {"estimate": 0.5, "ci_low": 0.25, "ci_high": 0.75, **TIMED},
    )
    tests = rows({"p": 0.5, **ARMS}, measure="p_value", method="Log-rank")
    told = sentences.survival(at, tests, 24)
    assert told.startswith(
        "Progression-free survival at 24 months was 50.0% (95% CI 25.0% to 75.0%) in 20 patients. By group it was "
        "25.0% in A (8 patients) and not estimable in B (12 patients). Progression-free survival did not differ"
    )
    assert sentences.survival(at.iloc[:0], tests.iloc[:0], 24) == ""


def test_gain_reads_no_more_from_the_interval_than_it_holds():
    named = {"measure": "rmst_difference", "time_months": 24, "term": "B minus A", "p": 0.4}
    wide = sentences.gain(rows({"estimate": 1.0, "ci_low": -1.0, "ci_high": 3.0}, **named))
    clear = sentences.gain(rows({"estimate": 2.0, "ci_low": 1.0, "ci_high": 3.0}, **named))
    assert "the interval includes no difference" in wide
    assert "the interval excludes no difference" in clear
    assert "differed by 1.0 months (B minus A; 95% CI -1.0 to 3.0; P = 0.40)" in wide


def test_overstatement_is_the_difference_in_percentage_points():
    wrong = rows({"estimate": 0.364, "measure": "one_minus_survival", **TIMED})
    right = rows({"estimate": 0.301, "measure": "cumulative_incidence", **TIMED})
    assert "overstates it by 6.3 percentage points" in sentences.overstatement(wrong, right, 24)
    assert "agrees with it here" in sentences.overstatement(right, right, 24)


def test_identity_adds_the_parts_up_and_tells_rounding_from_a_gap():
    relapse = {"estimate": 0.6, "endpoint": "relapse", "endpoint_label": "Relapse"}
    mortality = {"estimate": 0.1, "endpoint": "nrm", "endpoint_label": "NRM"}
    parts = rows({"estimate": 0.3}, relapse, mortality, **TIMED)
    exact = rows({"estimate": 1e-16}, measure="identity_departure")
    told = sentences.identity(parts, exact, 24)
    assert told.startswith("Progression-free survival + relapse + NRM at 24 months: 30.0% + 60.0% + 10.0% = 100.0%.")
    assert "no more than rounding error" in told
    assert "departs from 100% by 2.000%" in sentences.identity(parts, exact.assign(estimate=0.02), 24)


def test_censoring_states_both_survivals_and_its_assumption():
    whole, censored = (rows({"estimate": value}, **TIMED) for value in (0.24, 0.21))
    told = sentences.censoring(whole, censored, 24, 4)
    assert "4 patients had a transplant" in told
    assert "24.0%" in told
    assert "21.0%" in told
    assert sentences.censoring(whole, censored.iloc[:0], 24, 0) == ""


def test_immortal_time_gives_both_hazard_ratios_and_their_ratio():
    exposure = {"variable": "sct", "variable_label": "Transplant"}
    waited = rows(
        {"measure": "immortal_time", "estimate": 30.0, "n": 5},
        {"measure": "immortal_share", "estimate": 0.25, "n": 5},
        **exposure,
    )
    naive, in_time = (rows({"measure": "hazard_ratio", "estimate": value}, **exposure) for value in (0.4, 0.8))
    told = sentences.immortal_time(naive, in_time, waited)
    assert told == (
        "Transplant: 5 patients lived 30.0 months, 25.0% of their time, before it began. Crediting that time to the "
        "exposure changes the hazard ratio from 0.80 to 0.40, that is by a factor of 0.50."
    )
    lost = naive.assign(estimate=np.nan, note=NOT_ESTIMABLE + "no events")
    assert sentences.immortal_time(lost, in_time, waited).endswith("Not estimable: no events.")
