"""Onset of toxicity: who counts as what, and the incidence against a recount where nobody is censored."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.stats.safety import toxicity_times as times


@pytest.fixture
def patients():
    arms = pd.Categorical(["a", "a", "a", "b", "b", "b"], ["a", "b"], ordered=True)
    columns = {"crs_grade": [2, 0, 0, 1, np.nan, 3], "crs_onset_day": [4, np.nan, np.nan, 9, np.nan, np.nan]}
    days = {"death_day": [np.nan, 6, np.nan, 50, np.nan, np.nan], "last_contact_day": [90, 6, 80, 50, 70, 60]}
    return pd.DataFrame({"arm": arms} | columns | days)


@pytest.fixture
def onset(patients):
    return times.onset_data(cohort_of(patients), "crs")


def cohort_of(patients):
    """A cohort of these patients."""
    return replace(load_cohort("data/klein_bmt"), patients=patients)


def test_each_patient_ends_by_onset_death_or_last_contact(onset):
    assert onset["time_days"].tolist() == [4, 6, 80, 9]
    assert onset["time_months"].tolist() == pytest.approx([day / 30.4375 for day in (4, 6, 80, 9)])
    assert onset["cause"].tolist() == ["onset", "death", "censored", "onset"]
    assert onset.attrs["left_out"] == 2  # one without a grade, one with a grade but no day


def test_the_clock_is_the_studys_in_days(onset):
    assert onset.about.clock == "days since allogeneic transplant"
    assert onset.heading().startswith("Onset of CRS: 4 patients (all patients), 2 events; days since")
    assert list(onset.first_rows().columns) == ["arm", "time_days", "event", "cause"]


def test_incidence_is_a_proportion_before_anybody_is_censored(onset):
    found = times.incidence_by_day(onset, [4, 8, 9])
    everybody = found[found["group"] == "All"]
    assert everybody[["term", "level"]].to_numpy().tolist() == [
        ["Day 4", "by day 4"],
        ["Day 8", "by day 8"],
        ["Day 9", "by day 9"],
    ]
    assert everybody["estimate"].tolist() == pytest.approx([1 / 4, 1 / 4, 2 / 4])
    assert set(everybody["endpoint"]) == {"crs_onset"}


def test_what_is_not_recorded_is_empty(patients):
    unrecorded = times.onset_data(cohort_of(patients.assign(crs_onset_day=np.nan)), "crs")
    assert unrecorded.shape == (0, 0)
    assert times.onset_data(cohort_of(patients), "icans").shape == (0, 0)
    assert times.incidence_by_day(unrecorded, [7]).empty
    assert times.curves_by_day(unrecorded).empty
    assert times.at_risk_by_day(unrecorded, [0, 7]).empty


def test_days_stand_in_a_column_of_days(onset):
    curves, at_risk = times.curves_by_day(onset), times.at_risk_by_day(onset, [0, 7])
    assert set(curves["time_days"]) == {0, 4, 6, 9, 80}
    assert at_risk[["time_days", "at_risk"]].to_numpy().tolist() == [[0, 3], [7, 1], [0, 1], [7, 1]]
    assert "time_months" not in {*curves, *at_risk}
    assert curves.about.clock == "days since allogeneic transplant"
