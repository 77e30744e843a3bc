"""Grades against recounts patient by patient."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.stats.safety import toxicity

ROW = st.tuples(
    st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, np.nan]),
    st.sampled_from("ab"),
    st.sampled_from([np.nan, 10.0, 30.0, 31.0]),
    st.sampled_from([29.0, 30.0, 200.0]),
)


def patients_of(rows):
    frame = pd.DataFrame(rows, columns=["crs_grade", "arm", "death_day", "last_contact_day"])
    frame["last_contact_day"] = frame["death_day"].fillna(frame["last_contact_day"])
    return frame.assign(arm=pd.Categorical(frame["arm"], ["a", "b"], ordered=True))


@settings(max_examples=15, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_grades_and_thresholds_equal_a_recount(rows):
    patients = patients_of(rows)
    thresholds, grades = toxicity.toxicity_thresholds(patients, "crs"), toxicity.toxicity_grades(patients, "crs")
    for row in [*thresholds.itertuples(), *grades.itertuples()]:
        known = [grade for grade, arm, *_ in rows if grade == grade and row.group in ("All", arm)]
        floor = {"any": 1, "3 or more": 3, "4 or more": 4}.get(row.level)
        events = [grade >= floor if floor else f"Grade {grade:.0f}" == row.level for grade in known]
        assert (row.n, row.events) == (len(known), sum(events))


def test_days_are_described_among_those_with_the_toxicity():
    patients = patients_of([(0.0, "a", np.nan, 200.0), (2.0, "b", np.nan, 200.0), (np.nan, "b", np.nan, 200.0)])
    rows = toxicity.toxicity_days(patients.assign(crs_onset_day=[1.0, 4.0, 7.0]), "crs")
    median = rows[(rows["measure"] == "median") & (rows["group"] == "All")]
    assert median[["variable", "estimate", "n"]].to_numpy().tolist() == [["onset", 4.0, 1]]
    assert toxicity.toxicity_days(patients, "icans").empty
    assert toxicity.toxicity_thresholds(patients, "icans").empty
    assert toxicity.toxicity_grades(patients, "icans").empty


def test_the_thresholds_of_one_toxicity_are_told_apart_by_columns():
    rows = toxicity.toxicity_thresholds(patients_of([(3.0, "a", np.nan, 200.0), (1.0, "b", np.nan, 200.0)]), "crs")
    everybody = rows[rows["group"] == "All"]
    assert everybody[["endpoint", "endpoint_label", "term", "level", "events"]].to_numpy().tolist() == [
        ["crs", "CRS", "CRS, any grade", "any", 2],
        ["severe_crs", "Severe CRS", "CRS, grade 3 or more", "3 or more", 1],
        ["crs_4_or_more", "CRS of grade 4 or more", "CRS, grade 4 or more", "4 or more", 0],
    ]
