"""ICAHT by the published table (Rejeski 2023), on its boundaries, and against a day-by-day recount."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.stats.safety import icaht


def samples(values, days=None):
    """The samples of one patient."""
    days = range(len(values)) if days is None else days
    return pd.DataFrame({"place": 0, "day": np.array(days, float), "value": np.array(values, float)})


def early(values, days=None, end=30):
    return icaht.early_grades(samples(values, days), np.array([float(end)]))[0]


def late(values, days):
    return icaht.late_grades(samples(values, days), 1)[0]


def series(*runs, until=31, rest=2.0):
    """Daily values from (days, value) runs, then normal ones to day 30."""
    values = [value for days, value in runs for _ in range(days)]
    return values + [rest] * (until - len(values))


@pytest.mark.parametrize(
    ("days", "grade"), [(0, 0), (1, 1), (6, 1), (7, 2), (13, 2), (14, 3), (30, 3), (31, 4)], ids=str
)
def test_days_at_or_below_half_give_the_published_grade(days, grade):
    assert early(series((days, 0.4))) == grade


@pytest.mark.parametrize(("days", "grade"), [(6, 1), (7, 3), (13, 3), (14, 4)])
def test_days_at_or_below_a_tenth_give_the_published_grade(days, grade):
    assert early(series((days, 0.05))) == grade


def test_values_on_the_limits_are_low():
    assert early(series((7, 0.5))) == 2
    assert early(series((7, 0.51))) == 0
    assert early(series((7, 0.1))) == 3
    assert early(series((7, 0.11))) == 2


def test_rounding_errors_do_not_move_a_boundary():
    assert early(series((7, 0.1 + 0.2 + 0.2))) == 2  # 0.5 in exact arithmetic


def test_never_above_half_is_grade_4_and_one_day_above_is_not():
    assert early([0.3] * 31) == 4
    assert early([0.6] + [0.3] * 30) == 3
    assert early([0.3] * 30 + [0.6]) == 3


def test_death_before_day_30_never_above_half_is_grade_4():
    assert early([0.3] * 9, end=8) == 4
    assert early([2.0] + [0.3] * 8, end=8) == 2


def test_day_30_is_early_and_day_31_is_late():
    assert early([0.5, 1.5], [30, 31]) == 1  # one low day; the days before it are not known
    assert late([0.5, 1.5], [30, 31]) == 1
    assert late([0.05], [30]) == -1
    assert early([0.05], [31]) == -1


@pytest.mark.parametrize(("above", "grade"), [(1, 2), (2, 2), (3, 1)])
def test_one_or_two_days_above_do_not_end_a_run(above, grade):
    assert early(series((4, 0.4), (above, 0.8), (4, 0.4))) == grade


def test_interrupting_days_count():
    assert early(series((6, 0.4), (2, 0.8), (6, 0.4))) == 3


def test_the_longest_run_decides_not_their_sum():
    assert early(series((6, 0.4), (3, 0.8), (6, 0.4))) == 1


def test_gaps_up_to_a_week_are_interpolated():
    assert early([0.4, 0.4, 2.0, 2.0], days=[0, 8, 9, 30]) == 2  # 7 days without a value between low ones
    assert early([0.4, 0.4, 2.0, 2.0], days=[0, 9, 10, 30]) == 1  # 8 days: not known, so the run ends
    assert icaht.filled(samples([0.2, 1.0], [0, 4]), np.array([4.0]))[0, 2] == pytest.approx(0.6)


def test_a_gap_longer_than_a_week_is_never_grade_4_by_never_above():
    assert early([0.4] * 4, days=[0, 10, 20, 30]) == 1


@pytest.mark.parametrize(
    ("low", "grade"), [(1.51, 0), (1.5, 1), (1.01, 1), (1.0, 2), (0.51, 2), (0.5, 3), (0.11, 3), (0.1, 4), (0.0, 4)]
)
def test_late_grade_is_the_nadir_on_its_boundaries(low, grade):
    assert late([low, 1.5, 3.0], [31, 40, 50]) == grade


def test_late_needs_a_second_low_value_unless_there_is_one_value():
    assert late([0.4, 1.6], [31, 40]) == 0
    assert late([0.4], [31]) == 3


def test_the_lowest_value_of_a_day_counts_and_days_before_the_infusion_do_not():
    taken = pd.DataFrame({"patient_id": "b", "day": [-1, 0, 0.4, 3, np.nan], icaht.ANC: [0.1, 2.0, 0.3, np.nan, 0.1]})
    assert icaht.lowest_by_day(cohort(), taken, icaht.ANC).to_numpy().tolist() == [[1, 0, 0.3]]


def cohort(**columns):
    base = {"patient_id": ["a", "b", "c"], "arm": pd.Categorical(["x", "x", "y"], ["x", "y"], ordered=True)}
    return pd.DataFrame(base | {"last_contact_day": [400.0, 400.0, 400.0], "relapse_day": [np.nan] * 3} | columns)


def counts(*parts):
    return pd.concat(
        pd.DataFrame({"patient_id": who, "day": np.arange(len(values)), icaht.ANC: values}) for who, values in parts
    )


def test_patients_are_graded_together_as_alone():
    several = counts(("c", [0.4] * 20), ("a", series((7, 0.05))), ("b", [2.0] * 20 + [0.3] * 20))
    alone = [icaht.grade_patients(cohort(), several[several["patient_id"] == who]) for who in "abc"]
    together = icaht.grade_patients(cohort(), several)
    assert together.equals(pd.concat(rows.iloc[[place]] for place, rows in enumerate(alone)))


def test_values_from_a_relapse_or_the_next_treatment_on_are_not_read():
    samples = counts(("a", [2.0] * 20 + [0.05] * 30))
    late_and_early = icaht.grade_patients(cohort(relapse_day=[20.0, np.nan, np.nan]), samples)
    assert list(late_and_early.loc[0].astype(object).fillna("none")) == ["Grade 0", "none"]
    assert list(icaht.grade_patients(cohort(), samples).loc[0]) == ["Grade 3", "Grade 4"]


def test_every_treatment_of_the_dictionary_ends_the_reading(monkeypatch):
    known = icaht.dictionary()
    new = replace(next(column for column in known if column.name == "transplant_day"), name="inotuzumab_day")
    samples = counts(("a", [2.0] * 20 + [0.05] * 30))
    patients = cohort(inotuzumab_day=[20.0, np.nan, np.nan], response_day=[5.0, np.nan, np.nan])
    assert icaht.grade_patients(patients, samples).loc[0, "early_icaht"] == "Grade 3"
    monkeypatch.setattr(icaht, "dictionary", lambda: (*known, new))
    assert icaht.grade_patients(patients, samples).loc[0, "early_icaht"] == "Grade 0"


def test_patients_without_counts_are_in_no_denominator():
    rows = icaht.icaht_grades(cohort(), counts(("a", [0.4] * 10 + [2.0] * 30), ("c", [2.0] * 40)))
    everybody = rows[(rows["group"] == "All") & (rows["endpoint"] == "early_icaht")]
    assert everybody["n"].tolist() == [2] * 5
    assert everybody["events"].tolist() == [1, 0, 1, 0, 0]
    assert "1 without a value left out" in everybody["note"].iloc[0]
    severe = rows[(rows["group"] == "All") & (rows["endpoint"] == "severe_early_icaht")]
    assert severe[["n", "events", "level"]].to_numpy().tolist() == [[2, 0, "3 or more"]]
    low = icaht.icaht_grades(cohort(), counts(("a", [0.4] * 20 + [2.0] * 30), ("c", [2.0] * 40)))
    assert low.loc[low["endpoint"] == "severe_early_icaht", "events"].max() == 1
    assert icaht.icaht_grades(cohort(), pd.DataFrame()).empty


def slow_grade(values):
    """The table of the consensus, day by day, for a series without gaps."""
    best = {}
    for limit in (0.5, 0.1):
        longest = run = above = 0
        for value in values:
            if value <= limit:
                run, above = run + above + 1, 0
                longest = max(longest, run)
            else:
                above += run > 0
                run, above = (0, 0) if above > 2 else (run, above)
        best[limit] = longest
    if all(value <= 0.5 for value in values) or best[0.1] >= 14:
        return 4
    if best[0.5] >= 14 or best[0.1] >= 7:
        return 3
    return 2 if best[0.5] >= 7 else int(best[0.5] > 0)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([0.05, 0.1, 0.4, 0.5, 0.6, 2.0]), min_size=31, max_size=31))
def test_daily_series_equal_a_day_by_day_recount(values):
    assert early(values) == slow_grade(values)
