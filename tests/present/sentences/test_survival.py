import numpy as np

from helpers.cohort import load_cohort
from helpers.present import sentences
from helpers.stats.estimates import FEW_AT_RISK, NOT_ESTIMABLE, NOT_REACHED, estimates


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "endpoint_label": "Progression-free survival", "population": "patients in CR"}
    fields |= {"group": "All", "method": "M", "measure": "survival"}
    return estimates({**fields, **shared, **record} for record in records)


ARMS = {"group": "Arms", "comparison": "arms"}
SIDES = {"group": "B vs A", "comparison": "contrast"}
TIMED = {"time_months": 24.0, "n": 20}


def test_everybody_at_the_horizon_is_one_sentence_and_names_who_everybody_is():
    overall = {"endpoint": "os", "endpoint_label": "Overall survival", "population": "all patients"}
    at = rows(
        {"estimate": 0.25, "ci_low": 0.125, "ci_high": 0.375, **TIMED, **overall},
        {"estimate": 0.5, **TIMED},
        {"note": NOT_ESTIMABLE + "nobody was followed this long", "endpoint_label": "EFS", **TIMED},
        {"estimate": 0.9, "group": "A", **TIMED},
    )
    assert sentences.at_time(at, 24) == (
        "Overall survival at 24 months was 25.0% (95% CI 12.5 to 37.5) and progression-free survival of patients in CR "
        "50.0%. EFS at 24 months is not estimable: nobody was followed this long."
    )
    assert sentences.at_time(at.iloc[:0], 24) == ""


def test_medians_are_given_in_months_with_what_they_lack():
    found = {"measure": "median", "estimate": 17.94, "ci_low": 9.9, "ci_high": 22.7}
    assert sentences.medians(rows(found)) == "Median progression-free survival was 17.9 months (95% CI 9.9 to 22.7)."
    alone = {"measure": "median", "estimate": 3.0, "note": "no interval: the confidence band never reaches 50%"}
    assert sentences.medians(rows(alone)).endswith("3.0 months (no interval: the confidence band never reaches 50%).")
    beyond = {"measure": "median", "status": NOT_REACHED, "note": "not reached"}
    assert sentences.medians(rows(beyond)) == "Median progression-free survival was not reached."


def test_cards_put_medians_after_the_two_of_the_front_page():
    at = rows(*({"estimate": place / 10, "endpoint_label": "-ABC"[place], **TIMED} for place in (1, 2, 3)))
    median = rows({"measure": "median", "estimate": 5.0, "ci_low": 2.0, "ci_high": 9.0})
    assert [card[:2] for card in sentences.survival_cards(at, median, 24, [("B vs A", "P", "")])] == [
        ("A at 24 months", "10.0%"),
        ("B at 24 months", "20.0%"),
        ("B vs A", "P"),
        ("Median progression-free survival, months", "5.0"),
        ("C at 24 months", "30.0%"),
    ]


def test_the_card_of_the_comparison_names_its_endpoint_and_both_groups():
    test = rows({"p": 0.0004, "events": 60, "n": 99, **SIDES}, measure="p_value", method="Log-rank")
    gap = {"level": "B", "reference": "A", "estimate": -0.3, "ci_low": -0.46, "ci_high": -0.12, **SIDES}
    gaps = rows(gap, measure="survival_difference", time_months=24)
    at = rows({"estimate": 0.33, "group": "B"}, {"estimate": 0.63, "group": "A"}, time_months=24, measure="survival")
    [(label, value, detail)] = sentences.survival_comparison(test, gaps, at)
    assert (label, value) == ("Progression-free survival, B vs A", "P < 0.001")
    assert (
        detail
        == "log-rank; 33.0% v 63.0% at 24 months: \N{MINUS SIGN}30.0 points (\N{MINUS SIGN}46.0 to \N{MINUS SIGN}12.0)"
    )
    assert sentences.survival_comparison(test, gaps, at.iloc[:1])[0][2].startswith("log-rank; difference at 24 months")
    assert sentences.survival_comparison(test, gaps.iloc[:0], at)[0][2] == "log-rank; 60 events, 99 patients"
    assert sentences.survival_comparison(test.assign(p=np.nan), gaps, at) == []


def test_tests_are_sentences_about_the_endpoint_as_the_study_names_it():
    told = sentences.compared(rows({"p": 0.5, **ARMS}, {"p": 0.2, **SIDES}, measure="p_value", method="Log-rank"))
    assert told == (
        "No difference in progression-free survival is shown between the arms (log-rank P = 0.50) or for B vs A "
        "(log-rank P = 0.20)."
    )


def test_significant_and_other_comparisons_are_told_apart():
    told = sentences.compared(rows({"p": 0.01, **ARMS}, {"p": 0.2, **SIDES}, measure="p_value", method="Gray"))
    assert told == (
        "Progression-free survival differs between the arms (Gray's test P = 0.010). "
        "No difference in progression-free survival is shown for B vs A (Gray's test P = 0.20)."
    )


def test_a_last_bit_makes_no_difference_significant():
    told = sentences.compared(rows({"p": np.nextafter(0.05, 0), **ARMS}, measure="p_value", method="Log-rank"))
    assert told.startswith("No difference")


def test_a_test_that_cannot_be_done_gives_its_reason_once():
    lost = {"note": NOT_ESTIMABLE + "no events"}
    told = sentences.compared(rows({**lost, **SIDES}, {**lost, **ARMS}, measure="p_value", method="Log-rank"))
    assert told == "Progression-free survival: log-rank is not estimable: no events."


def test_stratified_tests_are_left_to_the_table():
    assert sentences.compared(rows({"p": 0.5, **ARMS}, measure="p_value", method="Log-rank, stratified by Sex")) == ""


def test_gain_is_told_in_the_direction_that_it_has():
    named = {"time_months": 24, "level": "B", "reference": "A", "p": 0.4}
    months = {"measure": "rmst_difference", "estimate": -1.0, "ci_low": -3.0, "ci_high": 1.5, **named}
    assert sentences.gain(rows({**months, "ci_high": -0.5})) == (
        "B: 1.0 months shorter progression-free survival within the first 24 months than A "
        "(95% CI 0.5 to 3.0), P = 0.40."
    )
    points = {"measure": "survival_difference", "estimate": 0.25, "ci_low": 0.1, "ci_high": 0.4, **named}
    assert sentences.gain(rows(points)) == (
        "B: 25.0 points higher progression-free survival at 24 months than A (95% CI 10.0 to 40.0), P = 0.40."
    )


def test_an_interval_with_no_difference_in_it_has_no_direction():
    named = {"time_months": 24, "level": "B", "reference": "A", "p": 0.4}
    points = {"measure": "survival_difference", "estimate": 0.05, "ci_low": -0.3, "ci_high": 0.4, **named}
    assert sentences.gain(rows(points)) == (
        "Progression-free survival at 24 months, B minus A: 5.0 points (95% CI \N{MINUS SIGN}30.0 to 40.0), P = 0.40."
    )
    assert "minus A: 5.0 points, P" in sentences.gain(rows({**points, "ci_low": np.nan, "ci_high": np.nan}))


def test_a_warning_of_an_estimate_reaches_its_sentence_and_few_at_risk_have_none():
    named = {"measure": "rmst_difference", "time_months": 24, "level": "B", "reference": "A"}
    noted = {**named, "estimate": 1.0, "ci_low": 0.5, "ci_high": 1.5, "note": "the interval is too narrow"}
    assert sentences.gain(rows(noted)).endswith("(95% CI 0.5 to 1.5); the interval is too narrow.")
    assert sentences.gain(rows({**noted, "status": FEW_AT_RISK})) == ""
    lost = {**named, "note": NOT_ESTIMABLE + "no patients"}
    assert sentences.gain(rows(lost)).endswith("within the first 24 months: not estimable: no patients.")


def test_selection_is_said_where_survival_without_relapse_is_of_responders():
    responders, transplanted = (load_cohort(folder).study for folder in ("data/second_cart", "data/klein_bmt"))
    tests = rows({"endpoint_label": "event-free survival"}, {"endpoint_label": "overall survival"}, p=0.5)
    told = sentences.selection(responders, tests, tests)
    assert told.endswith("Event-free survival, which counts everybody, is the comparison of the arms.")
    assert "Overall survival, which counts" in sentences.selection(responders, tests.tail(1), tests)
    assert sentences.selection(responders, tests.head(0), tests) == ""
    assert sentences.selection(responders, tests, tests.head(0)) == ""
    assert sentences.selection(transplanted, tests, tests) == ""


def test_overstatement_is_told_where_there_is_one():
    wrong = rows({"estimate": 0.364, "measure": "one_minus_survival", **TIMED})
    right = rows({"estimate": 0.301, "measure": "cumulative_incidence", **TIMED})
    told = sentences.overstatement(wrong, right, 24)
    assert told.endswith("progression-free survival at 24 months would be 36.4% instead of 30.1%.")
    assert sentences.overstatement(right, right, 24) == ""


def test_identity_adds_the_parts_up_and_tells_rounding_from_a_gap():
    relapse = {"estimate": 0.6, "endpoint": "relapse", "endpoint_label": "Relapse"}
    mortality = {"estimate": 0.1, "endpoint": "nrm", "endpoint_label": "NRM"}
    parts = rows({"estimate": 0.3}, relapse, mortality, **TIMED)
    exact = rows({"estimate": 1e-16}, measure="identity_departure")
    told = sentences.identity(parts, exact, 24)
    assert told == "Progression-free survival + relapse + NRM at 24 months: 30.0% + 60.0% + 10.0% = 100.0%."
    assert "departs from 100% by up to 2.000%" in sentences.identity(parts, exact.assign(estimate=0.02), 24)


def test_censoring_states_both_survivals_and_its_assumption():
    whole, censored = (rows({"estimate": value}, **TIMED) for value in (0.24, 0.21))
    told = sentences.censoring(whole, censored, 24, 4)
    assert "when 4 patients with a later transplant are followed through it" in told
    assert "24.0%" in told
    assert "21.0%" in told
    assert sentences.censoring(whole, censored.iloc[:0], 24, 0) == ""


def test_immortal_time_gives_both_hazard_ratios():
    exposure = {"variable": "sct", "variable_label": "Transplant"}
    waited = rows(
        {"measure": "immortal_time", "estimate": 30.0, "n": 5},
        {"measure": "immortal_share", "estimate": 0.25, "n": 5},
        **exposure,
    )
    naive, in_time = (rows({"measure": "hazard_ratio", "estimate": value}, **exposure) for value in (0.4, 0.8))
    told = sentences.immortal_time(naive, in_time, waited)
    assert told == (
        "Transplant: 5 patients waited 30.0 months in all for it, 25.0% of their time. Counting that wait as time "
        "after it moves the hazard ratio from 0.80 to 0.40."
    )
    same = sentences.immortal_time(in_time, in_time, waited)
    assert same.endswith("Counting that wait as time after it leaves the hazard ratio at 0.80.")
    lost = naive.assign(estimate=np.nan, note=NOT_ESTIMABLE + "no events")
    assert sentences.immortal_time(lost, in_time, waited).endswith("Not estimable: no events.")
