"""Toxicity after the infusion: how many patients reached which maximum grade, by arm and overall."""

from collections.abc import Sequence

import pandas as pd

from helpers.frames import About, patients_about
from helpers.stats.estimates import stack
from helpers.stats.proportions.by_group import distribution, proportions

THRESHOLDS = {1: "Any grade", 3: "Grade 3 or more", 4: "Grade 4 or more"}
ENDPOINTS = {1: "{event}", 3: "severe_{event}", 4: "{event}_4_or_more"}
POPULATION = "all patients"


def toxicity(patients: pd.DataFrame, event: str, by: str = "arm") -> pd.DataFrame:
    """Return the proportions with any grade, grade 3 or more and 4 or more of `event` ("crs" or "icans").

    One row per threshold (term) and group of `by`, then "All", with Clopper-Pearson intervals. The denominator is
    every patient with a grade (0 counts); patients without one are counted in the note. Empty when none has a grade.
    """
    grade = _grades(patients, event)
    return stack(
        *(
            _by_group(grade >= threshold, grade, patients[by], ENDPOINTS[threshold].format(event=event), term)
            for threshold, term in THRESHOLDS.items()
        )
    )


def grades(patients: pd.DataFrame, event: str, by: str = "arm") -> pd.DataFrame:
    """Return the proportion at each maximum grade from 0 to the highest seen; rows and groups as in `toxicity`."""
    grade = _grades(patients, event)
    names = [f"Grade {level}" for level in range(int(grade.max()) + 1)] if grade.notna().any() else []
    words = grade.map(lambda level: f"Grade {level:.0f}", na_action="ignore")
    levels = pd.Series(pd.Categorical(words, names, ordered=True), index=patients.index)
    about = About(f"{event}_grade", f"Grade of {event.upper()}", POPULATION)
    return distribution(patients_about(patients.assign(grade=levels), about), "grade", by)


def affected(patients: pd.DataFrame, event: str) -> pd.DataFrame:
    """Return the patients with grade 1 or more of `event`; nobody when no grade is recorded."""
    return patients[_grades(patients, event) >= 1]


def early_deaths(patients: pd.DataFrame, days: Sequence[int] = (30, 100), by: str = "arm") -> pd.DataFrame:
    """Return the proportions who died within so many days of the infusion, by group of `by` and in "All".

    Patients alive at a last contact before that day are left out, and counted in the note.
    """
    frames = []
    for day in days:
        died = (patients["death_day"] <= day).astype(object)
        died = died.where((died == True) | (patients["last_contact_day"] >= day))  # noqa: E712
        frames.append(_by_group(died, died, patients[by], "early_death", f"Died within {day} days"))
    return stack(*frames)


def _grades(patients: pd.DataFrame, event: str) -> pd.Series:
    """The maximum grade of each patient; missing where it is not recorded."""
    column = f"{event}_grade"
    return patients[column].astype(float) if column in patients else pd.Series(float("nan"), patients.index)


def _by_group(reached: pd.Series, known: pd.Series, by: pd.Series, endpoint: str, term: str) -> pd.DataFrame:
    """The share that reached a grade, in each group and overall."""
    if known.isna().all():
        return stack()
    data = pd.DataFrame({"event": reached.astype(object).where(known.notna()), "by": by})
    return proportions(patients_about(data, About(endpoint, term, POPULATION)), "by", overall=True).assign(term=term)
