"""Cytopenias from blood counts: CTCAE version 5 grades, and time to recovery with death competing.

CTCAE grades compare with the lower limit of normal at grade 1, which differs between laboratories; 2.0 and 150 x 10^9/L
and 120 g/L are used. A value on a boundary belongs to the milder grade ("<1.0 - 0.5" is grade 3: exactly 0.5 too).
Haemoglobin has no grade 4 by its value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from helpers.cohort.endpoints import CENSORED, DEATH
from helpers.cohort.load import Cohort
from helpers.frames import About, Frame
from helpers.stats.estimates import Estimates, stack
from helpers.stats.safety.toxicity import proportion_reaching
from helpers.stats.safety.toxicity_times import DailyData, daily_data, not_recorded

WINDOWS = {"day 0 to 30": (0, 30), "after day 30": (31, np.inf)}
CONSECUTIVE = 3  # values above the limit that make a recovery
LAST_SEEN = 7  # days from the last sample within which a death ends the observation
RECOVERY = "recovery"
EPSILON = 1e-9


class BloodCounts(Frame):
    """The blood counts with the arm of their patient; shows how many there are and the first of them."""

    holds_patients: ClassVar[bool] = True

    def heading(self) -> str:
        """ "Blood counts: 1,204 samples of 35 patients; days since infusion"."""
        if not self.shape[1]:
            return "Blood counts: not recorded in this cohort"
        return f"Blood counts: {len(self):,} samples of {self['patient_id'].nunique()} patients; {self.about.clock}"


def blood_counts(cohort: Cohort) -> BloodCounts:
    """Return the blood counts with `arm`, one row per sample; without rows and columns when there are none."""
    counts, study = cohort.blood_counts, cohort.study
    if counts is None:
        return BloodCounts()
    arms = cohort.patients.set_index("patient_id")["arm"]
    data = BloodCounts(counts.assign(arm=counts["patient_id"].map(arms)))
    data.about = About(label="Blood counts", clock=f"days since {study.time_zero}", styles=study.styles)
    return data


@dataclass(frozen=True)
class Line:
    """A cell line: its column, the name of its lack, values below which grades 1, 2, ... begin, limit of recovery."""

    column: str
    name: str
    limits: tuple[float, ...]
    cells: str = ""
    recovered_above: float = np.nan


LINES = {
    "neutropenia": Line("anc_e9_per_l", "Neutropenia", (2.0, 1.5, 1.0, 0.5), "neutrophil", 0.5),
    "thrombocytopenia": Line("platelets_e9_per_l", "Thrombocytopenia", (150.0, 75.0, 50.0, 25.0), "platelet", 50.0),
    "anaemia": Line("haemoglobin_g_per_l", "Anaemia", (120.0, 100.0, 80.0)),
}


def ctcae_grade(values: pd.Series, line: Line) -> pd.Series:
    """Return the CTCAE grade (0 to 4) of each value; missing stays missing."""
    grade = sum((values < limit - EPSILON).astype(float) for limit in line.limits)
    return grade.where(values.notna())


def worst_grades(patients: pd.DataFrame, counts: pd.DataFrame, line: Line, window: Sequence[float]) -> pd.Series:
    """Return each patient's worst CTCAE grade on the days of a window (ends included), on the index of patients.

    Missing for patients without a value in it. Days are cut to whole days.
    """
    if line.column not in counts:
        return pd.Series(np.nan, index=patients.index)
    day = np.floor(counts["day"])
    inside = counts[(day >= window[0]) & (day <= window[1])]
    worst = ctcae_grade(inside[line.column], line).groupby(inside["patient_id"]).max()
    return patients["patient_id"].map(worst).astype(float)


def ctcae(patients: pd.DataFrame, counts: pd.DataFrame, by: str = "arm") -> Estimates:
    """Return the proportions with worst CTCAE grade 3 or more, and 4, per cell line and window, by group and in "All".

    The variable is the column of the count, the `level` "3 or more" or "4" and the window. The denominator is every
    patient with a value in the window; those without are counted in the note. Empty without counts.
    """
    tables = []
    for key, line in LINES.items():
        for when, window in WINDOWS.items():
            worst = worst_grades(patients, counts, line, window)
            if worst.notna().any():
                tables.append(_threshold(patients, worst, by, key, line, when, 3))
            if worst.notna().any() and len(line.limits) > 3:
                tables.append(_threshold(patients, worst, by, key, line, when, 4))
    return stack(*tables)


def _threshold(
    patients: pd.DataFrame, worst: pd.Series, by: str, key: str, line: Line, when: str, grade: int
) -> Estimates:
    """The proportion that reached a grade in a window."""
    level = "3 or more" if grade == 3 else "4"
    name = f"{key}_{level.replace(' ', '_')}"
    reached = (worst >= grade).astype(float).where(worst.notna())
    rows = proportion_reaching(patients, reached, by, key=name, label=f"{line.name} of grade {level}")
    term = f"{line.name}, {when}: grade {level}"
    return rows.assign(term=term, variable=line.column, variable_label=line.name, level=f"{level}, {when}")


def recovery_data(cohort: Cohort, lack: str) -> DailyData:
    """Return the patients with "neutropenia" or "thrombocytopenia" by day 30, and the time from day 0 to recovery.

    They were at or below the line's limit on some day from 0 to 30. Recovery is the first of three values above the
    limit in a row, on different days, after the first low one (three in a row as the CIBMTR asks of engraftment; a
    value at the limit is not above it). Death competes when it comes within a week of the last sample; otherwise a
    patient who has not recovered is censored at the last sample. Empty, without columns, when nobody has such a value.
    """
    line, counts = LINES[lack], cohort.blood_counts
    about = About(
        key=f"{line.cells}_recovery",
        label=f"Recovery of {line.cells}s",
        population=f"patients with {lack}",
        causes=(RECOVERY,),
    )
    if counts is None or line.column not in counts:
        return not_recorded(about)
    series = dict(iter(_daily_lowest(counts, line.column).groupby("patient_id")))
    days, causes = {}, {}
    for index, patient in cohort.patients.iterrows():
        rows = series.get(patient["patient_id"])
        end = _recovery(rows["day"].to_numpy(), rows["value"].to_numpy(), line, patient) if rows is not None else None
        if end:
            days[index], causes[index] = end
    if not days:
        return not_recorded(about)
    return daily_data(cohort, pd.Series(days), pd.Series(causes, dtype=object), about)


def _daily_lowest(counts: pd.DataFrame, column: str) -> pd.DataFrame:
    """The lowest value of each patient and whole day from day 0 on."""
    rows = counts[counts[column].notna() & (counts["day"] >= 0)]
    days = rows.assign(day=np.floor(rows["day"]))
    return days.groupby(["patient_id", "day"], sort=True)[column].min().rename("value").reset_index()


def _recovery(days: np.ndarray, values: np.ndarray, line: Line, patient: pd.Series) -> tuple[float, str] | None:
    """Day and cause of the end of one patient's cytopenia; None when there was none by day 30."""
    above = values > line.recovered_above + EPSILON
    low = np.flatnonzero(~above & (days <= 30))
    if not len(low):
        return None
    for first in range(low[0] + 1, len(days) - CONSECUTIVE + 1):
        if above[first : first + CONSECUTIVE].all():
            return float(days[first]), RECOVERY
    last, death = float(days[-1]), patient["death_day"]
    return (float(max(death, last)), DEATH) if pd.notna(death) and death - last <= LAST_SEEN else (last, CENSORED)
