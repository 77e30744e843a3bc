"""Sentences on proportions and tests: their numbers are the rows' numbers."""

import numpy as np
import pandas as pd
import pytest

from helpers.present.sentences import response as sentences
from helpers.stats.cohort import describe
from helpers.stats.estimates import estimates
from helpers.stats.proportions import proportions

ARMS = pd.Categorical(["a", "a", "b"], ["a", "b"], ordered=True)


def p_values(ps):
    return estimates({"measure": "p_value", "group": "Arms", "method": name, "p": p} for name, p in ps.items())


def test_proportions_state_counts_percent_and_interval():
    row = {"measure": "proportion", "method": "Clopper-Pearson", "group": "All", "endpoint_label": "Remission"}
    row |= {"n": 18, "events": 10, "estimate": 10 / 18, "ci_low": 0.308, "ci_high": 0.785}
    assert sentences.proportions(estimates([row])) == "Remission: 10 of 18 (55.6%, 95% CI 30.8% to 78.5%)."


def test_proportions_name_the_arms_only_where_there_are_events_and_several():
    some = proportions(pd.DataFrame({"event": [1, 0, 1], "arm": ARMS}), "arm", overall=True)
    none = proportions(pd.DataFrame({"event": [0, 0, 0], "arm": ARMS}), "arm", overall=True)
    assert "by arm: a 1/2 (50.0%); b 1/1 (100.0%)" in sentences.proportions(some, "X")
    assert "by arm" not in sentences.proportions(none, "X")


def test_whether_p_depends_on_the_test_is_said():
    printed = sentences.tests(p_values({"a": 0.03, "b": 0.07, "c": 0.049}))
    assert printed.startswith("Whether P is below 0.05 depends on the test: it is under 2 of 3; ")
    assert printed.endswith("the smallest is 0.030 (a), the largest 0.070 (b).")
    assert sentences.tests(p_values({"a": 0.03})).startswith("Under each of 1 tests P is below 0.05")


def test_the_last_bits_of_a_p_decide_nothing():
    found = p_values({"a": np.nextafter(0.05, 1), "b": np.nextafter(0.05, 0), "c": 0.05})
    expected = "Under each of 3 tests P is not below 0.05; the smallest is 0.050 (a), the largest 0.050 (a)."
    assert sentences.tests(found) == expected


def test_days_state_median_quartiles_and_range():
    patients = pd.DataFrame({"day": [2.0, 4.0, 9.0], "arm": ARMS})
    printed = sentences.days(describe(patients, {"day": "Day"}), "CRS began on day")
    assert printed == "CRS began on day 4 (median; quartiles 3 to 6.5; range 2 to 9; 3 patients)."


@pytest.mark.parametrize("sentence", [sentences.proportions, sentences.tests, sentences.interactions])
def test_what_is_not_recorded_makes_no_sentence(sentence):
    assert sentence(estimates([])) == ""
