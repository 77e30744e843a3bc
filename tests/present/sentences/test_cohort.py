"""Sentences on who the patients are: their numbers are the rows' numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.present.sentences import cohort as sentences
from helpers.stats.cohort import accrual, data_checks
from helpers.stats.estimates import estimates


def test_accrual_says_what_happened_and_when():
    dates = pd.DataFrame({"infusion_date": pd.to_datetime(["2020-03-17", None, "2021-11-02"])})
    printed = sentences.accrual(accrual(dates), SimpleNamespace(treated="transplanted"))
    assert printed == "2 patients transplanted from March 2020 to November 2021; 1 patient without a date."


def test_the_last_bits_of_a_difference_decide_nothing():
    sizes = {"a": -0.1, "b": np.nextafter(0.1, 1)}
    found = estimates({"measure": "smd", "method": "x", "term": t, "estimate": size} for t, size in sizes.items())
    assert sentences.balance(found).startswith("0 of 2")
    assert "largest difference is in a (-0.10)" in sentences.balance(found)


def test_checks_name_what_they_touched():
    quality = pd.DataFrame(
        {
            "kind": ["check", "note"],
            "check": ["Is a number", "relapse and death on the same day"],
            "columns": ["a", "relapse_day, death_day"],
            "rows_checked": [3, 4],
            "rows_touched": [0, 1],
        }
    )
    rows = data_checks(quality)
    assert list(rows["term"]) == ["Is a number", "Note: relapse and death on the same day"]
    touched = "1 of them touched rows: relapse and death on the same day (1 row)."
    assert sentences.data_checks(rows) == f"2 checks ran on the files; {touched}"


@pytest.mark.parametrize(
    "sentence",
    [
        sentences.patient_counts,
        sentences.follow_up,
        sentences.completeness,
        sentences.balance,
        sentences.missing_values,
        sentences.data_checks,
    ],
)
def test_what_is_not_recorded_makes_no_sentence(sentence):
    assert sentence(estimates([])) == ""
