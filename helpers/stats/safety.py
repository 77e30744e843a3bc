"""Toxicity after the infusion: how many patients reached which maximum grade, by arm and overall."""

import pandas as pd

from helpers.stats.estimates import combine
from helpers.stats.rates import proportions

THRESHOLDS = {1: "Any grade", 3: "Grade 3 or more", 4: "Grade 4 or more"}
ENDPOINTS = {1: "{event}", 3: "severe_{event}", 4: "{event}_4_or_more"}
POPULATION = "all patients"


def toxicity(patients: pd.DataFrame, event: str, by: str = "arm") -> pd.DataFrame:
    """Return the proportions with any grade, grade 3 or more and 4 or more of `event` ("crs" or "icans").

    One row per threshold (term) and group of `by`, then "All", with Clopper-Pearson intervals. The denominator is
    every patient with a grade (0 counts); patients without one are counted in the note. Empty when none has a grade.
    """
    grade = _grades(patients, event)
    return combine(
        *(
            _by_group(grade >= threshold, grade, patients[by], ENDPOINTS[threshold].format(event=event), term)
            for threshold, term in THRESHOLDS.items()
        )
    )


def grades(patients: pd.DataFrame, event: str, by: str = "arm") -> pd.DataFrame:
    """Return the proportion at each maximum grade from 0 to the highest seen; rows and groups as in `toxicity`."""
    grade = _grades(patients, event)
    levels = range(int(grade.max()) + 1) if grade.notna().any() else ()
    return combine(
        *(_by_group(grade == level, grade, patients[by], f"{event}_grade", f"Grade {level}") for level in levels)
    )


def _grades(patients: pd.DataFrame, event: str) -> pd.Series:
    """The maximum grade of each patient; missing where it is not recorded."""
    column = f"{event}_grade"
    return patients[column].astype(float) if column in patients else pd.Series(float("nan"), patients.index)


def _by_group(reached: pd.Series, grade: pd.Series, by: pd.Series, endpoint: str, term: str) -> pd.DataFrame:
    """The share that reached a grade, in each group and overall."""
    if grade.isna().all():
        return combine()
    known = reached.astype(object).where(grade.notna())
    fields = {"endpoint": endpoint, "population": POPULATION}
    return combine(proportions(known, by, **fields), proportions(known, **fields)).assign(term=term)
