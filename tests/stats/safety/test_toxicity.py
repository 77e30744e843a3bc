"""Grades and early deaths against recounts patient by patient."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.stats.safety import toxicity as safety

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
    for row in [*safety.toxicity(patients, "crs").itertuples(), *safety.grades(patients, "crs").itertuples()]:
        known = [grade for grade, arm, *_ in rows if grade == grade and row.group in ("All", arm)]
        floor = {"Any grade": 1, "Grade 3 or more": 3, "Grade 4 or more": 4}.get(row.term)
        events = [grade >= floor if floor else f"Grade {grade:.0f}" == row.term for grade in known]
        assert (row.n, row.events) == (len(known), sum(events))


@settings(max_examples=15, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_early_deaths_equal_a_recount(rows):
    patients = patients_of(rows)
    for row in safety.early_deaths(patients, days=(30,)).itertuples():
        own = patients[(patients["arm"] == row.group) | (row.group == "All")]
        died = own["death_day"] <= 30
        assert row.events == died.sum()
        assert row.n == (died | (own["last_contact_day"] >= 30)).sum()


def test_only_those_with_the_toxicity_are_affected():
    patients = patients_of([(0.0, "a", np.nan, 200.0), (2.0, "b", np.nan, 200.0), (np.nan, "b", np.nan, 200.0)])
    assert list(safety.affected(patients, "crs").index) == [1]
    assert safety.affected(patients, "icans").empty
