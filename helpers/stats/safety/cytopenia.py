"""Cytopenias from blood counts: CTCAE version 5 grades, and time to recovery with death competing.

CTCAE grades compare with the lower limit of normal at grade 1, which differs between laboratories; 2.0 and 150 x 10^9/L
and 120 g/L are used. A value on a boundary belongs to the milder grade ("<1.0 - 0.5" is grade 3: exactly 0.5 too).
Haemoglobin has no grade 4 by its value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.frames import About, patients_about
from helpers.stats.estimates import stack
from helpers.stats.proportions.by_group import outcome_proportions
from helpers.study import DAYS_PER_MONTH

WINDOWS = {"day 0 to 30": (0, 30), "after day 30": (31, np.inf)}
CONSECUTIVE = 3  # values above the limit that make a recovery
LAST_SEEN = 7  # days from the last sample within which a death ends the observation
RECOVERY, DEATH, CENSORED = "recovery", "death", "censored"
EPSILON = 1e-9


@dataclass(frozen=True)
class Line:
    """A cell line: its column, its name, values below which grades 1, 2, ... begin, and the limit of recovery."""

    column: str
    name: str
    limits: tuple[float, ...]
    recovered_above: float = np.nan


LINES = {
    "neutropenia": Line("anc_e9_per_l", "Neutropenia", (2.0, 1.5, 1.0, 0.5), 0.5),
    "thrombocytopenia": Line("platelets_e9_per_l", "Thrombocytopenia", (150.0, 75.0, 50.0, 25.0), 50.0),
    "anaemia": Line("haemoglobin_g_per_l", "Anaemia", (120.0, 100.0, 80.0)),
}


def ctcae_grade(values: pd.Series, line: Line) -> pd.Series:
    """Return the CTCAE grade (0 to 4) of each value; missing stays missing."""
    grade = sum((values < limit - EPSILON).astype(float) for limit in line.limits)
    return grade.where(values.notna())


def worst_grades(patients: pd.DataFrame, counts: pd.DataFrame | None, line: Line, window: Sequence[float]) -> pd.Series:
    """Return each patient's worst CTCAE grade on the days of a window (ends included), on the index of patients.

    Missing for patients without a value in it. Days are cut to whole days.
    """
    if counts is None or line.column not in counts:
        return pd.Series(np.nan, index=patients.index)
    day = np.floor(counts["day"])
    inside = counts[(day >= window[0]) & (day <= window[1])]
    worst = ctcae_grade(inside[line.column], line).groupby(inside["patient_id"]).max()
    return patients["patient_id"].map(worst).astype(float)


def ctcae(patients: pd.DataFrame, counts: pd.DataFrame | None, by: str = "arm") -> pd.DataFrame:
    """Return the proportions with worst CTCAE grade 3 or more, and 4, per cell line and window, by group and in "All".

    The denominator is every patient with a value in the window; those without are counted in the note.
    """
    frames = []
    for key, line in LINES.items():
        for when, window in WINDOWS.items():
            worst = worst_grades(patients, counts, line, window)
            if worst.notna().any():
                frames.append(_thresholds(worst, patients[by], key, f"{line.name}, {when}", len(line.limits)))
    return stack(*frames)


def _thresholds(worst: pd.Series, by: pd.Series, key: str, name: str, most: int) -> pd.DataFrame:
    """The shares at grade 3 or more, and at grade 4 where the line has one."""
    labels = {f"{key}_3_or_more": f"{name}: grade 3 or more"}
    if most > 3:
        labels[f"{key}_4"] = f"{name}: grade 4"
    tables = []
    for (name, label), floor in zip(labels.items(), (3, 4), strict=False):
        reached = (worst >= floor).astype(object).where(worst.notna())
        data = pd.DataFrame({"event": reached, "by": by})
        tables.append(patients_about(data, About(name, label, "all patients")))
    return outcome_proportions(tables, "by")


def recovery_data(patients: pd.DataFrame, counts: pd.DataFrame | None, line: Line) -> pd.DataFrame:
    """Return the patients at or below a line's limit on some day from 0 to 30, with time_months from day 0 to recovery.

    Recovery is the first of three values above the limit in a row, on different days, after the first low one (three
    in a row as the CIBMTR asks of engraftment; a value at the limit is not above it). Death competes when it comes
    within a week of the last sample; otherwise a patient who has not recovered is censored at the last sample.
    Empty, without columns, when nobody has such a value.
    """
    if counts is None or line.column not in counts:
        return pd.DataFrame()
    series = dict(iter(_daily_lowest(counts, line.column).groupby("patient_id")))
    rows = {}
    for index, patient in patients.iterrows():
        own = series.get(patient["patient_id"])
        found = _recovery(own["day"].to_numpy(), own["value"].to_numpy(), line, patient) if own is not None else None
        if found:
            rows[index] = found
    if not rows:
        return pd.DataFrame()
    data = patients.loc[list(rows)]
    days, causes = zip(*rows.values(), strict=True)
    cause = pd.Series(causes, index=data.index, dtype=object)
    return data.assign(time_months=np.array(days) / DAYS_PER_MONTH, event=(cause == RECOVERY).astype(int), cause=cause)


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
