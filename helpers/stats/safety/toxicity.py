"""Toxicity after time zero: how many patients reached which maximum grade, and how many died early."""

from collections.abc import Sequence

import pandas as pd

from helpers.frames import About, patients_about
from helpers.stats.cohort.baseline import describe
from helpers.stats.estimates import Estimates, estimates, stack
from helpers.stats.proportions.by_group import distribution, proportions

POPULATION = "all patients"
NAMES = {"crs": "CRS", "icans": "ICANS"}
THRESHOLDS = {"any": 1, "3 or more": 3, "4 or more": 4}
TERMS = {"any": "Any grade", "3 or more": "Grade 3 or more", "4 or more": "Grade 4 or more"}
DAYS = {"onset": ("{}_onset_day", "Day of onset"), "duration": ("{}_duration_days", "Duration, days")}


def toxicity_thresholds(patients: pd.DataFrame, event: str, by: str = "arm") -> Estimates:
    """Return the proportions with any grade, grade 3 or more and 4 or more of `event` ("crs" or "icans").

    Endpoints crs, severe_crs and crs_4_or_more; the threshold is the `level` ("any", "3 or more", "4 or more"). One
    row per threshold and group of `by`, then "All", with Clopper-Pearson intervals. The denominator is every patient
    with a grade (0 counts); patients without one are counted in the note. Empty when none has a grade.
    """
    name = NAMES[event]
    return stack(
        _reached(patients, event, "any", by, key=event, label=name),
        _reached(patients, event, "3 or more", by, key=f"severe_{event}", label=f"Severe {name}"),
        _reached(patients, event, "4 or more", by, key=f"{event}_4_or_more", label=f"{name} of grade 4 or more"),
    )


def _reached(patients: pd.DataFrame, event: str, level: str, by: str, *, key: str, label: str) -> Estimates:
    """The proportion that reached one threshold."""
    grade = grades_of(patients, event)
    if grade.isna().all():
        return estimates([])
    reached = (grade >= THRESHOLDS[level]).astype(float).where(grade.notna())
    return proportion_reaching(patients, reached, by, key=key, label=label).assign(term=TERMS[level], level=level)


def toxicity_grades(patients: pd.DataFrame, event: str, by: str = "arm") -> Estimates:
    """Return the proportion at each maximum grade from 0 to the highest seen, the grade in `level` ("Grade 2").

    Endpoints crs_grade and icans_grade; groups as in `toxicity_thresholds`.
    """
    grade = grades_of(patients, event)
    names = [f"Grade {level}" for level in range(int(grade.max()) + 1)] if grade.notna().any() else []
    words = grade.map(lambda level: f"Grade {level:.0f}", na_action="ignore")
    about = About(f"{event}_grade", f"Maximum grade of {NAMES[event]}", POPULATION)
    data = patients_about(patients.assign(grade=pd.Categorical(words, names, ordered=True)), about)
    return distribution(data, "grade", by).assign(variable="")


def toxicity_days(patients: pd.DataFrame, event: str, by: str = "arm") -> Estimates:
    """Return the quartiles of the day of onset and of the duration in days among patients with grade 1 or more.

    The item is the `variable`: "onset" or "duration"; endpoints crs_days and icans_days. Rows without a value are
    counted (measure "missing"). Empty when neither is recorded.
    """
    labels = {column.format(event): label for column, label in DAYS.values()}
    items = {column.format(event): item for item, (column, _) in DAYS.items()}
    affected = patients[grades_of(patients, event) >= 1]
    about = About(f"{event}_days", f"Days with {NAMES[event]}", POPULATION)
    rows = describe(patients_about(affected, about), labels, by)
    return rows.assign(variable=rows["variable"].map(items))


def early_deaths(patients: pd.DataFrame, within: Sequence[int] = (30, 100), by: str = "arm") -> Estimates:
    """Return the proportions who died within so many days of time zero, by group of `by` and in "All".

    The `level` is "by day 30" and the like. Patients alive at a last contact before that day are left out, and counted
    in the note.
    """
    tables = []
    for day in within:
        died = patients["death_day"] <= day
        known = died | (patients["last_contact_day"] >= day)
        rows = proportion_reaching(
            patients, died.astype(float).where(known), by, key="early_death", label="Early death"
        )
        tables.append(rows.assign(term=f"Died within {day} days", level=f"by day {day}"))
    return stack(*tables)


def grades_of(patients: pd.DataFrame, event: str) -> pd.Series:
    """The maximum grade of each patient; missing where it is not recorded."""
    column = f"{event}_grade"
    return patients[column].astype(float) if column in patients else pd.Series(float("nan"), patients.index)


def proportion_reaching(patients: pd.DataFrame, reached: pd.Series, by: str, *, key: str, label: str) -> Estimates:
    """The proportion with an outcome (1, 0 or missing per patient) in each group of `by`, then in "All"."""
    data = patients_about(patients.assign(event=reached), About(key, label, POPULATION))
    return proportions(data, by, overall=True)
