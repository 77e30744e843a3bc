"""CTCAE grades on their boundaries and recovery times against hand counts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.stats.safety import cytopenia

COHORT = load_cohort("data/klein_bmt")  # of which only the study is used
ANC, PLATELETS, HB = (cytopenia.LINES[key] for key in ("neutropenia", "thrombocytopenia", "anaemia"))


@pytest.mark.parametrize(
    ("value", "grade"), [(2.0, 0), (1.99, 1), (1.5, 1), (1.49, 2), (1.0, 2), (0.99, 3), (0.5, 3), (0.49, 4), (0.0, 4)]
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


def recovery(patients, samples, lack="neutropenia"):
    """The data of a cohort of these patients and samples."""
    return cytopenia.recovery_data(
        replace(load_cohort("data/klein_bmt"), patients=patients, blood_counts=samples), lack
    )


def recovered(values, days=None, death=np.nan):
    data = recovery(cohort((death, np.nan)), counts(values, days))
    if data.empty:
        return None
    assert data["time_days"].iloc[0] == pytest.approx(data["time_months"].iloc[0] * 30.4375)
    return (data["time_days"].iloc[0], data["cause"].iloc[0])


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
    assert cytopenia.ctcae(cohort(), cytopenia.BloodCounts()).empty
    assert recovery(cohort(), None).empty
    assert recovery(cohort(), counts([0.4]).drop(columns=ANC.column)).empty
    assert recovery(cohort(), counts([0.4]), "thrombocytopenia").about.population == "patients with thrombocytopenia"


def test_grades_and_windows_are_columns():
    samples = pd.concat([counts([0.4, 0.9], days=[3, 40]), counts([1.2], days=[5], who="b")])
    rows = cytopenia.ctcae(cohort(), samples)
    everybody = rows[rows["group"] == "All"].set_index(["variable", "level"])["events"]
    levels = {"3 or more, day 0 to 30": 1, "4, day 0 to 30": 1, "3 or more, after day 30": 1, "4, after day 30": 0}
    assert everybody.to_dict() == {(ANC.column, level): count for level, count in levels.items()}
    assert rows["variable_label"].unique() == ["Neutropenia"]


def test_counts_come_with_arm_and_clock_and_show_no_patient_on_a_page():
    cohort = load_cohort("data/second_cart")
    counted = cytopenia.blood_counts(cohort)
    assert counted.about.clock == "days since second CAR-T infusion"
    arms = dict(zip(cohort.patients["patient_id"], cohort.patients["arm"], strict=True))
    assert [arms[who] for who in counted["patient_id"]] == counted["arm"].tolist()
    assert counted.holds_patients
    assert cytopenia.blood_counts(COHORT).shape == (0, 0)
