from dataclasses import replace

import numpy as np

from helpers import marks
from helpers.cohort import load_cohort
from helpers.present import sentences, tables
from helpers.stats.estimates import FEW_EVENTS, NOT_ESTIMABLE, SEPARATED, estimates
from helpers.stats.models.influential import CROSSING


def rows(*records, **shared):
    fields = {"endpoint": "lfs", "endpoint_label": "Leukaemia-free survival", "population": "patients in CR"}
    fields |= {"group": "All", "measure": "hazard_ratio"}
    return estimates({**fields, "method": "Cox, Efron ties", **shared, **record} for record in records)


CLEAR = {"term": "A", "estimate": 2.0, "ci_low": 1.5, "ci_high": 3.0, "p": 0.01}
WIDE = {"term": "B", "estimate": 2.0, "ci_low": 0.5, "ci_high": 8.0, "p": 0.3}
LOST = {"term": "C", "status": SEPARATED, "note": NOT_ESTIMABLE + "the hazard ratio grows without limit upwards"}


def test_headline_names_every_factor_for_what_the_model_shows_of_it():
    shown = {"n": 23, "events": 15}
    first, second = sentences.model_headline(rows(CLEAR, WIDE, LOST, **shown)).split("\n")
    assert first == (
        "Leukaemia-free survival (15 events, 23 patients): associated with A (hazard ratio 2.00, 95% CI 1.50 to 3.00)."
    )
    assert second == ("No association is shown for B; no finite ratio for C: separation.")
    nothing = rows({"term": "A", "note": NOT_ESTIMABLE + "no events"}, **shown)
    assert sentences.model_headline(nothing).endswith("no factor has an estimate with an interval.")
    assert sentences.model_headline(estimates([])) == ""


def test_headline_quotes_no_ratio_where_hazards_are_not_proportional():
    fourth = {**CLEAR, "term": "D", "variable": "d", "variable_label": "D"}
    model = rows({**CLEAR, "variable": "a", "variable_label": "A"}, fourth, n=23, events=15)
    tests = {"measure": "p_value", "method": "Score test"}
    one = rows({"term": "A", "variable": "a", "p": 0.01}, {"term": "Global", "p": 0.01}, **tests)
    told = sentences.model_headline(model, one)
    assert "associated with D (hazard ratio 2.00" in told
    assert "The association with A changes over time: no single ratio is quoted" in told
    together = rows({"term": "A", "variable": "a", "p": 0.1}, {"term": "Global", "p": 0.01}, **tests)
    told = sentences.model_headline(model, together)
    assert "2.00" not in told
    assert "the hazards of all factors together are not proportional: no ratio is quoted for A and D" in told
    cards = sentences.model_cards(model, one)
    assert [ratio for _, ratio, _ in cards] == ["changes over time", "2.00"]
    kept = rows({"term": "A", "variable": "a", "p": 0.1}, {"term": "Global", "p": 0.1}, **tests)
    assert sentences.model_headline(model, kept) == sentences.model_headline(model)


def test_cards_name_the_endpoint_and_its_events():
    [card] = sentences.model_cards(rows(CLEAR, LOST, n=23, events=15))
    assert card == ("Leukaemia-free survival, hazard ratio: A", "2.00", "95% CI 1.50 to 3.00; 15 events, 23 patients")


def test_cards_give_no_size_that_was_built_in_or_changes_over_time():
    model = rows({**CLEAR, "variable": "a"}, n=23, events=15)
    [imposed] = sentences.model_cards(model.assign(id="x", origin="imposed"))
    assert marks.plain(imposed[1]) == "built in"
    assert "2.00" not in marks.plain(sentences.model_headline(model.assign(id="x", origin="imposed")))
    assert sentences.model_cards(rows(WIDE, n=23, events=15).assign(id="x", origin="imposed")) == []
    tests = rows({"term": "A", "variable": "a", "p": 0.01}, measure="p_value", method="Score test")
    [changing] = sentences.model_cards(model, tests)
    assert changing[1:] == ("changes over time", "no single ratio; 15 events, 23 patients")


def test_methods_that_differ_are_named_with_their_terms():
    agree = {"Efron": rows(CLEAR, WIDE), "Firth": rows(CLEAR, WIDE)}
    assert sentences.depending_on_method(tables.methods(agree)) == ""
    split = {"Efron": rows(CLEAR), "Firth": rows({**CLEAR, "ci_low": 0.9})}
    assert "A (excluded by Efron only)" in sentences.depending_on_method(tables.methods(split))


def test_models_with_too_few_events_open_the_report():
    counted = {"measure": "events_per_variable", "method": "Events per model term", "model_terms": 3}
    sparse = rows({"estimate": 5.0, "events": 15, "status": FEW_EVENTS}, **counted)
    told = sentences.few_events(sparse)
    assert told.startswith("Fewer than 10 events per factor in the models of leukaemia-free survival")
    assert sentences.few_events(rows({"estimate": 20.0, "events": 60}, **counted)) == ""


def test_only_covariates_of_real_patients_are_called_declared_beforehand():
    synthetic, searched = (load_cohort(folder).study for folder in ("data/second_cart", "data/klein_bmt"))
    assert "so nothing here tests them" in sentences.choice_of_covariates(synthetic)
    declared = replace(synthetic, synthetic=False, covariates_prespecified=True)
    assert sentences.choice_of_covariates(declared) == (
        "The factors were chosen before the data were seen, as the study says."
    )
    unsaid = replace(declared, covariates_prespecified=None)
    assert "does not say whether" in sentences.choice_of_covariates(unsaid)
    assert "chosen after looking at the data" in sentences.choice_of_covariates(searched)
    assert sentences.choice_of_covariates(replace(declared, covariates=())) == ""


def test_separation_is_said_where_it_is():
    assert sentences.separation(rows(CLEAR, LOST), rows({**CLEAR, "term": "C"})).endswith("Firth's method has one.")
    assert "nor has Firth's" in sentences.separation(rows(LOST), rows(LOST))
    assert sentences.separation(rows(CLEAR), rows(CLEAR)) == ""


def test_methods_are_compared_only_where_two_have_an_interval():
    lost = tables.methods({"Efron": rows(LOST), "Firth": rows({**CLEAR, "term": "C"})})
    assert sentences.depending_on_method(lost) == ""


def test_a_study_without_terms_is_sentence_so():
    without = rows({"measure": "events_per_variable", "model_terms": 0, "note": NOT_ESTIMABLE + "no terms"})
    assert sentences.nothing_to_model(without).startswith("There is nothing to model")
    assert sentences.nothing_to_model(rows({**CLEAR, "model_terms": 1})) == ""


def test_proportionality_names_covariates_below_the_level():
    tests = {"measure": "p_value", "method": "Score test"}
    sentence = sentences.proportionality(
        rows({"term": "Age", "p": 0.01}, {"term": "Sex", "p": 0.5}, {"term": "Global", "p": 0.03}, **tests)
    )
    assert "all factors together P = 0.030" in sentence
    assert "for Age (P = 0.010)." in sentence
    lost = rows({"term": "Global", "note": NOT_ESTIMABLE + "no term can be estimated"}, **tests)
    assert "not estimable" in sentences.proportionality(lost)


def test_influence_tells_single_patients_from_none():
    note = "leaving out 1 patient moves P across 0.05"
    moved = rows(
        {"term": "A", "measure": "influence_lowest", "estimate": 0.5, "note": note},
        {"term": "A", "measure": "influence_highest", "estimate": 2, "note": note},
        {"term": "A", "measure": "count", "estimate": 1, "method": CROSSING},
    )
    assert "A, 0.50 to 2.00: leaving out 1 patient" in sentences.influence(moved)
    moved.loc[2, "estimate"] = 0
    assert sentences.influence(moved).startswith("No factor's P value crosses 0.05")
    assert sentences.influence(moved.iloc[:0]) == ""


def test_discrimination_reads_its_interval():
    shared = {"measure": "concordance", "estimate": 0.7}
    ordered = rows(shared, {"measure": "optimism", "estimate": 0.05}, {**shared, "ci_low": 0.45, "ci_high": 0.8})
    assert "includes 0.5" in sentences.discrimination(ordered)
    ordered.loc[2, "ci_low"] = 0.55
    assert "excludes 0.5" in sentences.discrimination(ordered)
    ordered.loc[1, ["estimate", "note"]] = [np.nan, NOT_ESTIMABLE + "too few samples"]
    assert sentences.discrimination(ordered) == "Concordance: not estimable: too few samples."
    alone = sentences.discrimination(rows({**shared, "ci_low": 0.69, "ci_high": 0.71}))
    assert "a concordance of 0.70 (0.69 to 0.71). The interval excludes 0.5" in alone


def test_completeness_says_whether_anybody_is_left_out():
    assert "nothing is imputed" in sentences.missing_covariates({"response": 0, "survival": 0}, 35)
    assert "4 of 35 for the survival model" in sentences.missing_covariates({"response": 0, "survival": 4}, 35)


def test_the_last_bits_of_a_limit_or_a_p_exclude_nothing():
    edge = {**CLEAR, "ci_low": np.nextafter(1, 2)}
    assert sentences.model_headline(rows(edge, n=23, events=15)).endswith("no association is shown for A.")
    tests = rows({"term": "A", "p": np.nextafter(0.05, 0)}, {"term": "Global", "p": 0.3}, measure="p_value")
    assert "no factor below the usual level" in sentences.proportionality(tests)


def test_headline_counts_many_factors_without_association():
    wide = [{**WIDE, "term": name, "variable_label": name} for name in "bcd"]
    told = sentences.model_headline(rows(CLEAR, *wide, n=23, events=15))
    assert told.endswith(".\nNo association is shown for the other 3 factors.")
    alone = sentences.model_headline(rows(*wide, n=23, events=15))
    assert alone.endswith(": no association is shown for any of 3 factors.")
