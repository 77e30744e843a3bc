"""Onset of toxicity: who counts as what, and the incidence against a recount where nobody is censored."""

import numpy as np
import pandas as pd
import pytest

from helpers.stats.safety import toxicity_times as times
from helpers.study import DAYS_PER_MONTH


@pytest.fixture
def patients():
    arms = pd.Categorical(["a", "a", "a", "b", "b", "b"], ["a", "b"], ordered=True)
    columns = {"crs_grade": [2, 0, 0, 1, np.nan, 3], "crs_onset_day": [4, np.nan, np.nan, 9, np.nan, np.nan]}
    days = {"death_day": [np.nan, 6, np.nan, 50, np.nan, np.nan], "last_contact_day": [90, 6, 80, 50, 70, 60]}
    return pd.DataFrame({"arm": arms} | columns | days)


def test_each_patient_ends_by_onset_death_or_last_contact(patients):
    data = times.onset_data(patients, "crs")
    assert (data["time_months"] * DAYS_PER_MONTH).round(6).tolist() == [4, 6, 80, 9]
    assert data["cause"].tolist() == ["onset", "death", "censored", "onset"]
    assert data.attrs["left_out"] == 2  # one without a grade, one with a grade but no day


def test_incidence_is_a_proportion_before_anybody_is_censored(patients):
    data = times.onset_data(patients, "crs")
    found = times.incidence_by_day(data, times.ONSET, [4, 8, 9], endpoint="x", population="all patients")
    everybody = found[found["group"] == "All"]
    assert everybody["term"].tolist() == ["Day 4", "Day 8", "Day 9"]
    assert everybody["estimate"].tolist() == pytest.approx([1 / 4, 1 / 4, 2 / 4])


def test_what_is_not_recorded_is_empty(patients):
    assert times.onset_data(patients, "icans").empty
    assert times.onset_data(patients.assign(crs_onset_day=np.nan), "crs").empty
    assert times.curves_by_day(pd.DataFrame(), times.ONSET).empty
    assert times.at_risk_by_day(pd.DataFrame(), [0, 7]).empty


def test_drawn_times_are_days(patients):
    data = times.onset_data(patients, "crs")
    assert set(times.curves_by_day(data, times.ONSET)["time_months"].round(6)) == {0, 4, 6, 9, 80}
    assert times.at_risk_by_day(data, [0, 7], by="arm")["at_risk"].tolist() == [3, 1, 1, 1]
