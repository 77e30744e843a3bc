"""CTCAE grades on their boundaries and recovery times against hand counts."""

import numpy as np
import pandas as pd
import pytest

from helpers.stats.safety import cytopenia

ANC, PLATELETS, HB = (cytopenia.LINES[key] for key in ("neutropenia", "thrombocytopenia", "anaemia"))


@pytest.mark.parametrize(
    ("value", "grade"),
    [(2.0, 0), (1.99, 1), (1.5, 1), (1.49, 2), (1.0, 2), (0.99, 3), (0.5, 3), (0.49, 4), (0.0, 4)],
)
def test_neutrophils_on_the_boundaries_of_ctcae(value, grade):
    assert cytopenia.ctcae_grade(pd.Series([value]), ANC).tolist() == [grade]


@pytest.mark.parametrize(("value", "grade"), [(150, 0), (75, 1), (74.9, 2), (50, 2), (49, 3), (25, 3), (24, 4)])
def test_platelets_on_the_boundaries_of_ctcae(value, grade):
    assert cytopenia.ctcae_grade(pd.Series([value]), PLATELETS).tolist() == [grade]


def test_haemoglobin_has_no_grade_4_and_missing_stays_missing():
    assert cytopenia.ctcae_grade(pd.Series([130, 100, 80, 79, 20]), HB).tolist() == [0, 1, 2, 3, 3]
    assert cytopenia.ctcae_grade(pd.Series([np.nan]), HB).isna().all()


def cohort(death=(np.nan, np.nan)):
    arm = pd.Categorical(["x", "y"], ["x", "y"], ordered=True)
    days = {"death_day": list(death), "last_contact_day": [300.0, 300.0]}
    return pd.DataFrame({"patient_id": ["a", "b"], "arm": arm} | days)


def counts(values, days=None, who="a"):
    days = np.arange(len(values)) if days is None else days
    return pd.DataFrame({"patient_id": who, "day": days, ANC.column: values})


def test_worst_grade_of_a_window_counts_its_end_days():
    samples = counts([0.9, 0.4, 0.2], days=[0, 30, 31])
    assert cytopenia.worst_grades(cohort(), samples, ANC, (0, 30)).tolist()[0] == 4
    assert cytopenia.worst_grades(cohort(), samples.assign(day=[0, 31, 32]), ANC, (0, 30)).tolist()[0] == 3
    assert np.isnan(cytopenia.worst_grades(cohort(), samples, ANC, (0, 30))[1])


def recovered(values, days=None, death=np.nan):
    data = cytopenia.recovery_data(cohort((death, np.nan)), counts(values, days), ANC)
    return (round(data["time_months"].iloc[0] * 30.4375, 6), data["cause"].iloc[0]) if len(data) else None


def test_recovery_is_the_first_of_three_values_above_in_a_row():
    assert recovered([0.4, 0.6, 0.6, 0.5, 0.6, 0.7, 0.8, 2.0]) == (4, "recovery")
    assert recovered([0.6, 0.6, 0.6, 0.4, 0.6, 0.6, 0.6]) == (4, "recovery")  # after the first low value
    assert recovered([0.4, 0.6, 0.6]) == (2, "censored")


def test_who_was_never_low_by_day_30_is_not_in_the_data():
    assert recovered([0.6] * 10) is None
    assert recovered([2.0, 0.4, 2.0, 2.0, 2.0], days=[0, 31, 32, 33, 34]) is None


def test_death_competes_within_a_week_of_the_last_sample():
    assert recovered([0.4, 0.4], death=8) == (8, "death")
    assert recovered([0.4, 0.4], death=9) == (1, "censored")


def test_without_counts_everything_is_empty():
    assert cytopenia.ctcae(cohort(), None).empty
    assert cytopenia.recovery_data(cohort(), None, ANC).empty
    assert cytopenia.recovery_data(cohort(), counts([0.4]).drop(columns=ANC.column), ANC).empty
