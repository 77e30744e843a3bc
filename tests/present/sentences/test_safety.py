"""Sentences on harm tell the numbers of their rows."""

import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.present.sentences import safety as sentences
from helpers.stats import safety
from helpers.stats.estimates import estimates


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


def test_onset_and_duration_have_their_quartiles_and_range():
    arm = pd.Categorical(["a", "a", "b"], ["a", "b"], ordered=True)
    patients = pd.DataFrame({"crs_grade": 1, "crs_onset_day": [2.0, 4.0, 9.0], "crs_duration_days": 3.0, "arm": arm})
    assert sentences.onset_and_duration(safety.toxicity_days(patients, "crs"), "CRS") == (
        "CRS began on day 4 (median; quartiles 3 to 6.5; range 2 to 9; 3 patients). "
        "Days with CRS: 3 (median; quartiles 3 to 3; range 3 to 3; 3 patients)."
    )


def test_adverse_events_are_counted_and_the_most_frequent_severe_ones_named(cohort):
    events = cohort.adverse_events[~(cohort.adverse_events["onset_day"] < 0)]
    severe = events[events["grade"] >= 3].groupby("term")["patient_id"].nunique()
    text = sentences.adverse_events(safety.adverse_events_by_term(cohort.patients, cohort.adverse_events))
    assert f"{events['patient_id'].nunique()}/35" in text
    assert f"({len(events)} events)" in text
    assert f"Most frequent of grade 3 or more: {severe.idxmax()} {severe.max()}/35" in text


def test_haematotoxicity_of_both_periods_is_told_by_its_severe_grades(cohort):
    counts = safety.blood_counts(cohort)
    rows = safety.icaht_grades(cohort.patients, counts)
    late = rows[(rows["endpoint"] == "late_icaht") & (rows["group"] == "All")]
    severe = late.loc[late["level"].isin(["Grade 3", "Grade 4"]), "events"].sum()
    text = sentences.icaht(rows)
    assert text.startswith("Early ICAHT of grade 3 or 4: ")
    assert f"Late ICAHT of grade 3 or 4: {severe:.0f}/35" in text


def test_associations_name_no_cause(cohort):
    text = sentences.associations(safety.clinical_associations(cohort))
    assert "Severe CRS by arm: P" in text
    assert text.endswith("they name no cause.")


def test_what_is_not_recorded_makes_no_sentence():
    nothing = estimates([])
    assert sentences.onset_and_duration(nothing, "CRS") == ""
    assert [tell(nothing) for tell in (sentences.adverse_events, sentences.icaht, sentences.associations)] == [""] * 3
