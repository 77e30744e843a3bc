"""Sentences on harm tell the numbers of their rows."""

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.present.sentences import safety as sentences
from helpers.stats import proportions, safety, survival
from helpers.stats.estimates import estimates, filter_rows


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


def test_onset_and_duration_have_their_range():
    arm = pd.Categorical(["a", "a", "b"], ["a", "b"], ordered=True)
    patients = pd.DataFrame({"crs_grade": 1, "crs_onset_day": [2.0, 4.0, 9.0], "crs_duration_days": 3.0, "arm": arm})
    assert sentences.onset_and_duration(safety.toxicity_days(patients, "crs"), "CRS") == (
        "CRS began on day 4 (median of 3 patients; range 2 to 9). CRS lasted 3 days in each of 3 patients."
    )


def test_adverse_events_are_counted_and_the_most_frequent_severe_ones_named(cohort):
    events = cohort.adverse_events[~(cohort.adverse_events["onset_day"] < 0)]
    severe = events[events["grade"] >= 3].groupby("term")["patient_id"].nunique()
    text = sentences.adverse_events(safety.adverse_events_by_term(cohort.patients, cohort.adverse_events))
    assert text.startswith(f"Any adverse event: {events['patient_id'].nunique()}/35")
    assert f"Most frequent of grade 3 or more: {severe.idxmax()} {severe.max()}/35" in text


def test_events_of_day_zero_are_said_to_be_counted_and_earlier_ones_not():
    events = pd.DataFrame({"onset_day": [-3.0, 0.0, 0.0, 4.0, np.nan]})
    text = sentences.onsets(safety.onset_counts(events), "transplant")
    assert text.startswith("1 event began before day 0 and is not counted. 2 events began on day 0 (day of transplant)")
    assert sentences.onsets(safety.onset_counts(events.tail(2)), "transplant") == ""


def test_deaths_without_relapse_have_their_time_and_population(cohort):
    rows = survival.incidence_at(cohort.endpoint("nrm"), [24], overall=True)
    assert sentences.without_relapse(rows).startswith("Non-relapse mortality at 24 months, patients in CR: 0.0%")


def test_a_test_of_an_endpoint_is_named_with_it(cohort):
    rows = filter_rows(proportions.compare(cohort.outcome("severe_crs"), "contrast"), method=proportions.FISHER)
    expected = "Severe CRS, Tandem vs single or sequential: P > 0.99 (Fisher exact, two-sided)."
    assert sentences.endpoint_tests(rows) == expected


def test_associations_are_counted_by_their_p_and_name_no_cause(cohort):
    rows = safety.clinical_associations(cohort)
    none = "P is below 0.05 in none of 6 tests, which does not show that there is no association."
    assert sentences.associations(rows) == none
    some = sentences.associations(rows.assign(p=rows["p"].where(rows["p"].isna(), 0.01)))
    assert some.startswith("P is below 0.05 in 6 of 6 tests; where nothing is associated, chance alone gives 5 in 100.")


def test_what_is_not_recorded_makes_no_sentence():
    nothing = estimates([])
    assert sentences.onset_and_duration(nothing, "CRS") == ""
    assert sentences.onsets(nothing, "infusion") == ""
    tellers = (sentences.adverse_events, sentences.associations, sentences.endpoint_tests, sentences.without_relapse)
    assert [tell(nothing) for tell in tellers] == [""] * 4
