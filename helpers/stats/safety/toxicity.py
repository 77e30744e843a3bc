"""Toxicity after time zero: how many patients reached which maximum grade, when it began and how long it lasted."""

import pandas as pd

from helpers.frames import About, patients_about
from helpers.stats.cohort.baseline import describe
from helpers.stats.estimates import Estimates, stack
from helpers.stats.proportions.by_group import distribution, proportions

POPULATION = "all patients"
NAMES = {"crs": "CRS", "icans": "ICANS"}
THRESHOLDS = (  # grade, level, term, endpoint, label
    (1, "any", "{name}, any grade", "{event}", "{name}"),
    (3, "3 or more", "{name}, grade 3 or more", "severe_{event}", "Severe {name}"),
    (4, "4 or more", "{name}, grade 4 or more", "{event}_4_or_more", "{name} of grade 4 or more"),
)


def toxicity_thresholds(patients: pd.DataFrame, event: str) -> Estimates:
    """Return the proportions with any grade, grade 3 or more and 4 or more of `event` ("crs" or "icans").

    Endpoints crs, severe_crs and crs_4_or_more; the threshold is the `level` ("any", "3 or more", "4 or more"). One
    row per threshold and arm, then "All", with Clopper-Pearson intervals. The denominator is every patient with a
    grade (0 counts); patients without one are counted in the note. Empty when none has a grade.
    """
    grade, name = grades_of(patients, event), NAMES[event]
    if grade.isna().all():
        return stack()
    tables = []
    for floor, level, term, key, label in THRESHOLDS:
        reached = (grade >= floor).astype(float).where(grade.notna())
        rows = proportion_reaching(patients, reached, key.format(event=event), label.format(name=name))
        tables.append(rows.assign(term=term.format(name=name), level=level))
    return stack(*tables)


def toxicity_grades(patients: pd.DataFrame, event: str) -> Estimates:
    """Return the proportion at each maximum grade from 0 to the highest seen, the grade in `level` ("Grade 2").

    Endpoints crs_grade and icans_grade; groups as in `toxicity_thresholds`.
    """
    grade = grades_of(patients, event)
    names = [f"Grade {level}" for level in range(int(grade.max()) + 1)] if grade.notna().any() else []
    levels = pd.Categorical(grade.map(dict(enumerate(names))), names, ordered=True)
    about = About(f"{event}_grade", NAMES[event], POPULATION)
    return distribution(patients_about(patients.assign(grade=levels), about), "grade").assign(variable="")


def toxicity_days(patients: pd.DataFrame, event: str) -> Estimates:
    """Return the quartiles of the day of onset and of the duration in days among patients with grade 1 or more.

    The item is the `variable`: "onset" or "duration"; endpoints crs_days and icans_days. Rows without a value are
    counted (measure "missing"). Empty when neither is recorded.
    """
    onset, duration = f"{event}_onset_day", f"{event}_duration_days"
    affected = patients[grades_of(patients, event) >= 1]
    about = About(f"{event}_days", f"Days with {NAMES[event]}", POPULATION)
    rows = describe(patients_about(affected, about), {onset: "Day of onset", duration: "Duration, days"})
    return rows.assign(variable=rows["variable"].map({onset: "onset", duration: "duration"}))


def grades_of(patients: pd.DataFrame, event: str) -> pd.Series:
    """The maximum grade of each patient; missing where it is not recorded."""
    column = f"{event}_grade"
    return patients[column].astype(float) if column in patients else pd.Series(float("nan"), patients.index)


def proportion_reaching(patients: pd.DataFrame, reached: pd.Series, key: str, label: str) -> Estimates:
    """The proportion with an outcome (1, 0 or missing per patient) in each arm, then in "All"."""
    data = patients_about(patients.assign(event=reached), About(key, label, POPULATION))
    return proportions(data, "arm", overall=True)
