import numpy as np

from helpers.present.sentences import models as model_readings
from helpers.stats.estimates import NOT_ESTIMABLE, estimates


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "population": "patients in CR", "group": "All", "measure": "hazard_ratio"}
    return estimates({**fields, "method": "Cox, Efron ties", **shared, **record} for record in records)


CLEAR = {"term": "A", "estimate": 2.0, "ci_low": 1.5, "ci_high": 3.0, "p": 0.01}
WIDE = {"term": "B", "estimate": 2.0, "ci_low": 0.5, "ci_high": 8.0, "p": 0.3}
LOST = {"term": "C", "note": NOT_ESTIMABLE + "separation: the hazard ratio grows without limit upwards; see Firth"}


def test_headline_names_only_terms_whose_interval_excludes_one():
    told = model_readings.headline(rows(CLEAR, WIDE))
    assert told == (
        "Leukaemia-free survival, Cox model: the interval excludes 1 for A (hazard ratio 2.00, 95% CI 1.50 to 3.00); "
        "it includes 1 for 1 other term."
    )
    assert model_readings.headline(rows(WIDE)).endswith("includes 1 for the one term.")
    assert model_readings.headline(rows(LOST)).endswith("no term has an estimate with an interval.")
    assert model_readings.headline(estimates([])) == ""


def test_methods_that_differ_are_named_with_their_terms():
    agree = {"Efron": rows(CLEAR, WIDE), "Firth": rows(CLEAR, WIDE)}
    assert "agree" in model_readings.agreement(agree)
    split = {"Efron": rows(CLEAR), "Firth": rows({**CLEAR, "ci_low": 0.9})}
    assert "A (excluded by Efron only)" in model_readings.agreement(split)
    assert model_readings.agreement({"Efron": rows(CLEAR), "Firth": estimates([])}) == ""


def test_support_says_what_the_events_allow():
    counted = {"measure": "events_per_variable", "method": "Events per model term"}
    note = "3 terms; fewer than 10 per term: the data support 1 term"
    sparse = rows({"estimate": 5.0, "events": 15, "note": note}, **counted)
    told = model_readings.support(sparse, {"lfs": ["A", "B", "C"]})
    assert "15 limiting events, 5.0 per term: hold to A." in told
    assert model_readings.caution(sparse).endswith("so unstable: the models of leukaemia-free survival.")
    assert model_readings.caution(sparse.iloc[:0]) == ""
    assert model_readings.support(rows({"estimate": 20.0, "events": 60}, **counted), {"lfs": ["A"]}) == ""
    assert "no events" in model_readings.support(sparse.assign(events=0, estimate=0.0), {"lfs": ["A"]})


def test_separation_is_said_or_excluded():
    assert model_readings.separation(rows(CLEAR, LOST), rows({**CLEAR, "term": "C"})).endswith("Firth's method has.")
    assert "nor has Firth's" in model_readings.separation(rows(LOST), rows(LOST))
    assert model_readings.separation(rows(CLEAR), rows(CLEAR)) == "No term separates the outcome."
    assert model_readings.separation(rows({"note": NOT_ESTIMABLE + "no events"}), rows()) == ""


def test_methods_are_compared_only_where_two_have_an_interval():
    assert model_readings.agreement({"Efron": rows(LOST), "Firth": rows({**CLEAR, "term": "C"})}) == ""


def test_a_study_without_terms_is_told_so():
    without = rows({"measure": "events_per_variable", "note": NOT_ESTIMABLE + "the model has no terms"})
    assert model_readings.nothing_to_model(without).startswith("There is nothing to model")
    assert model_readings.nothing_to_model(rows(CLEAR)) == ""


def test_proportionality_names_covariates_below_the_level():
    tests = {"measure": "p_value", "method": "Score test"}
    told = model_readings.proportionality(
        rows({"term": "Age", "p": 0.01}, {"term": "Sex", "p": 0.5}, {"term": "Global", "p": 0.03}, **tests)
    )
    assert "global P = 0.030" in told
    assert "for Age (P = 0.010)." in told
    lost = rows({"term": "Global", "note": NOT_ESTIMABLE + "no term can be estimated"}, **tests)
    assert "not estimable" in model_readings.proportionality(lost)


def test_influence_tells_single_patients_from_none():
    shared = {"term": "A", "note": "leaving out 1 patient moves P across 0.05"}
    moved = rows(
        {"measure": "influence_lowest", "estimate": 0.5, **shared},
        {"measure": "influence_highest", "estimate": 2, **shared},
    )
    assert "A, 0.50 to 2.00: leaving out 1 patient" in model_readings.influence(moved)
    assert model_readings.influence(moved.assign(note="")).startswith("No term's P value crosses 0.05")


def test_discrimination_reads_its_interval():
    shared = {"measure": "concordance", "estimate": 0.7}
    ordered = rows(shared, {"measure": "optimism", "estimate": 0.05}, {**shared, "ci_low": 0.45, "ci_high": 0.8})
    assert "includes 0.5" in model_readings.discrimination(ordered)
    ordered.loc[2, "ci_low"] = 0.55
    assert "excludes 0.5" in model_readings.discrimination(ordered)
    ordered.loc[1, ["estimate", "note"]] = [np.nan, NOT_ESTIMABLE + "too few samples"]
    assert model_readings.discrimination(ordered) == "Concordance: not estimable: too few samples."


def test_completeness_says_whether_anybody_is_left_out():
    assert "nothing is imputed" in model_readings.completeness({"response": 0, "survival": 0}, 35)
    assert "4 of 35 for the survival model" in model_readings.completeness({"response": 0, "survival": 4}, 35)


def test_the_last_bits_of_a_limit_or_a_p_exclude_nothing():
    edge = {**CLEAR, "ci_low": np.nextafter(1, 2)}
    assert model_readings.headline(rows(edge)).endswith("includes 1 for the one term.")
    tests = rows({"term": "A", "p": np.nextafter(0.05, 0)}, {"term": "Global", "p": 0.3}, measure="p_value")
    assert "no covariate below the usual level" in model_readings.proportionality(tests)
