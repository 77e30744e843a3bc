"""What is read by the day: who ends when, and the incidence against a recount where nobody is censored."""

import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.frames import About
from helpers.stats.safety import toxicity_times as times


@pytest.fixture
def recovery():
    """Four patients: recovered on day 4, died on day 6, last seen on day 80, recovered on day 9."""
    about = About(key="recovery", label="Recovery", population="all patients", causes=("recovery",))
    days = pd.Series([4.0, 6.0, 80.0, 9.0])
    cause = pd.Series(["recovery", "death", "censored", "recovery"])
    return times.daily_data(load_cohort("data/klein_bmt"), about, days, cause)


def test_the_clock_is_the_studys_in_days(recovery):
    assert recovery.about.clock == "days since allogeneic transplant"
    assert recovery.heading().startswith("Recovery: 4 patients (all patients), 2 events; days since")
    assert list(recovery.first_rows().columns) == ["patient_id", "arm", "time_days", "event", "cause"]
    assert recovery["time_months"].tolist() == pytest.approx([day / 30.4375 for day in (4, 6, 80, 9)])


def test_incidence_is_a_proportion_before_anybody_is_censored(recovery):
    found = times.incidence_by_day(recovery, [4, 8, 9], item="Platelets")
    everybody = found[found["group"] == "All"]
    assert everybody[["term", "level", "variable_label"]].to_numpy().tolist() == [
        ["Platelets: day 4", "by day 4", "Platelets"],
        ["Platelets: day 8", "by day 8", "Platelets"],
        ["Platelets: day 9", "by day 9", "Platelets"],
    ]
    assert everybody["estimate"].tolist() == pytest.approx([1 / 4, 1 / 4, 2 / 4])
    assert set(everybody["endpoint"]) == {"recovery"}


def test_what_is_not_recorded_is_empty():
    nobody = pd.Series(dtype=float)
    data = times.daily_data(load_cohort("data/klein_bmt"), About("recovery"), nobody, nobody)
    assert data.shape == (0, 0)
    assert times.incidence_by_day(data, [7], item="Platelets").empty
