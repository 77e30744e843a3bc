"""Sentences on proportions and tests: their numbers are the rows' numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers import marks
from helpers.cohort import load_cohort
from helpers.present.sentences import response as sentences
from helpers.stats import models
from helpers.stats.cohort import describe
from helpers.stats.estimates import estimates, filter_rows, with_ids
from helpers.stats.proportions import FISHER, NEWCOMBE, WOOLF, by_targets, compare, odds_ratio, risk_difference
from helpers.stats.proportions import proportions as shares

ARMS = pd.Categorical(["a", "a", "b"], ["a", "b"], ordered=True)
COHORT = load_cohort("data/second_cart")
REMISSION = COHORT.outcome("cr")


def p_values(ps):
    return estimates({"measure": "p_value", "group": "Arms", "method": name, "p": p} for name, p in ps.items())


def compared(data):
    """Both sides of the declared comparison, its risk difference and Fisher's test, published."""
    difference = filter_rows(risk_difference(data, "contrast"), method=NEWCOMBE)
    tables = shares(data, "contrast"), difference, filter_rows(compare(data, "contrast"), method=FISHER)
    return [with_ids(rows, "response") for rows in tables]


def test_proportions_state_counts_percent_and_interval():
    row = {"measure": "proportion", "method": "Clopper-Pearson", "group": "All", "endpoint_label": "remission"}
    row |= {"n": 18, "events": 10, "estimate": 10 / 18, "ci_low": 0.308, "ci_high": 0.785}
    expected = "Remission: 10 of 18 (55.6%, 95% CI 30.8 to 78.5)."
    assert sentences.proportions(estimates([row])) == expected
    assert sentences.each_proportion(estimates([row, row | {"level": "3 or more"}])) == [expected] * 2
    assert sentences.count_cards(estimates([row])) == [("Remission", "10/18", "55.6% (95% CI 30.8 to 78.5)")]
    assert sentences.count_cards(estimates([row | {"group": "A"}]))[0][0] == "Remission, A"


def test_proportions_name_the_arms_only_where_there_are_events_and_several():
    some = shares(pd.DataFrame({"event": [1, 0, 1], "arm": ARMS}), "arm", overall=True)
    none = shares(pd.DataFrame({"event": [0, 0, 0], "arm": ARMS}), "arm", overall=True)
    assert "by arm: a 1/2 (50.0%); b 1/1 (100.0%)" in sentences.proportions(some, "X")
    assert "by arm" not in sentences.proportions(none, "X")


def test_the_comparison_is_told_in_one_sentence_and_one_card():
    rows = compared(REMISSION)
    assert marks.plain(sentences.comparison(*rows, COHORT.study)) == (
        "Tandem vs single or sequential: 33 points more remissions (95% CI 1 to 56), 12/14 (85.7%) against 11/21 "
        "(52.4%); P = 0.070 (Fisher exact, two-sided)."
    )
    ((label, value, detail),) = sentences.comparison_card(*rows)
    assert (label, marks.plain(value)) == ("Complete remission, Tandem vs single or sequential", "12/14 v 11/21")
    assert marks.plain(detail) == "33 points more (1 to 56); Fisher P = 0.070"


def test_every_number_of_the_comparison_is_marked():
    rows = compared(REMISSION)
    unmarked = "".join(part.text for part in marks.parts(sentences.comparison(*rows, COHORT.study)) if not part.row)
    assert not any(sign.isdigit() for sign in unmarked)


@pytest.mark.parametrize(
    ("estimate", "low", "high", "expected"),
    [
        (-0.3, -0.7, 0.2, "30 points fewer remissions (95% CI \u221220 to 70)"),
        (0.01, -0.2, 0.25, "1 point more remissions (95% CI \u221220 to 25)"),
        (0.0, -0.5, 0.5, "no difference in remissions (95% CI \u221250 to 50)"),
        (0.004, -0.01, 0.018, "0.4 points more remissions (95% CI \u22121.0 to 1.8)"),
    ],
)
def test_a_difference_is_told_in_its_direction(estimate, low, high, expected):
    sides, difference, fisher = compared(REMISSION)
    told = sentences.comparison(
        sides, difference.assign(estimate=estimate, ci_low=low, ci_high=high), fisher, COHORT.study
    )
    assert expected in marks.plain(told)


def test_a_side_without_patients_or_no_comparison_has_neither_sentence_nor_card():
    one = REMISSION[REMISSION["contrast"] == "Tandem"]
    undeclared = REMISSION.assign(contrast=pd.Categorical([None] * 35))
    for data in (one, undeclared):
        assert sentences.comparison(*compared(data), COHORT.study) == ""
        assert sentences.comparison_card(*compared(data)) == []


def test_whether_p_depends_on_the_test_is_said():
    assert sentences.tests(p_values({"a": 0.03, "b": 0.07, "c": 0.049})) == (
        "Over 3 tests of the same table P runs from 0.030 (a) to 0.070 (b): whether it is below 0.05 depends on the "
        "test."
    )
    assert sentences.tests(p_values({"a": 0.03, "b": 0.01})).endswith(": each is below 0.05.")
    assert sentences.tests(p_values({"a": 0.03})) == ""


def test_the_last_bits_of_a_p_decide_nothing():
    found = p_values({"a": np.nextafter(0.05, 1), "b": np.nextafter(0.05, 0), "c": 0.05})
    expected = "Over 3 tests of the same table P prints as 0.0500 in each: none is below 0.05."
    assert sentences.tests(found) == expected


def test_days_state_median_and_range():
    patients = pd.DataFrame({"day": [2.0, 4.0, 9.0], "arm": ARMS})
    printed = sentences.days(describe(patients, {"day": "Day"}), "CRS began on day")
    assert printed == "CRS began on day 4 (median of 3 patients; range 2 to 9)."
    assert sentences.days(describe(patients.head(1), {"day": "Day"}), "CRS began on day") == (
        "CRS began on day 2 (one patient)."
    )


def test_only_a_comparison_chosen_afterwards_is_called_post_hoc():
    study = COHORT.study
    assert "(post hoc)" in sentences.post_hoc(study)
    assert sentences.post_hoc(study).endswith("does not depend on that choice.")
    assert "choice" not in sentences.post_hoc(replace(study, arms=study.arms[:2]))
    assert sentences.post_hoc(replace(study, contrast=replace(study.contrast, post_hoc=False))) == ""
    assert sentences.post_hoc(replace(study, contrast=None)) == ""


def test_interactions_are_named_with_their_p():
    rows = models.subgroup_odds_ratios(REMISSION, "contrast", COHORT.study.covariates)
    told = sentences.interactions(rows)
    tests = rows[rows["comparison"] == "interaction"]
    assert told.count("P = ") == len(tests)
    assert told.endswith("none below 0.05, which does not show that subgroups are alike.")
    assert "1 of 4 below 0.05." in sentences.interactions(rows.assign(p=[*rows["p"][:-1], 0.01]))


def test_targets_are_told_by_what_changed():
    told = sentences.targets(by_targets(REMISSION))
    assert told.startswith(
        "Complete remission by the present target, compared with the first: same target again 5/9 (55.6%); "
    )


def test_the_adjusted_odds_ratio_stands_beside_the_crude_one():
    model = models.logistic(REMISSION, models.declared_design(COHORT, "response"))
    crude = filter_rows(odds_ratio(REMISSION, "contrast"), method=WOOLF)
    told = sentences.adjusted(model, crude, COHORT.study)
    assert told.startswith(
        "Adjusted for prior transplant and extramedullary disease, the odds ratio of remission is 7.79"
    )
    assert "; crude 5.45 (95% CI 0.97 to 30.60), P = 0.0539. " in told
    assert "12 patients without remission for 3 factors." in told
    assert told.endswith("this one tests nothing.")
    real = replace(COHORT.study, synthetic=False)
    assert told.endswith("this one tests nothing.") != sentences.adjusted(model, crude, real).endswith("tests nothing.")
    assert sentences.adjusted(model[model["comparison"] != "contrast"], crude, real) == ""


def test_a_factor_that_separates_the_outcome_is_given_its_reason():
    data = REMISSION.assign(event=(REMISSION["contrast"] == "Tandem").astype(int))
    model = models.logistic(data, models.declared_design(COHORT, "response"))
    told = sentences.adjusted(model, model[:0], COHORT.study)
    assert "the odds ratio of remission is not estimable: " in told


@pytest.mark.parametrize(
    "sentence", [sentences.proportions, sentences.tests, sentences.interactions, sentences.targets]
)
def test_what_is_not_recorded_makes_no_sentence(sentence):
    assert sentence(estimates([])) == ""
