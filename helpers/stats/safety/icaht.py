"""Immune effector cell-associated haematotoxicity (ICAHT) from neutrophil series, by the EHA/EBMT consensus.

Source: Rejeski 2023 (Blood 142:865). Early, days 0 to 30, by how long neutrophils stay low:

- at or below 0.5 x 10^9/L for 1 to 6 days grade 1, 7 to 13 days grade 2, 14 days or more grade 3, never above 0.5 from
  day 0 to day 30 grade 4;
- at or below 0.1 for 7 to 13 days grade 3, 14 days or more grade 4. The higher of the two grades counts.

Late, after day 30 and not transient, by the lowest value: at or below 1.5 grade 1, 1.0 grade 2, 0.5 grade 3, 0.1 grade
4. The consensus leaves open how a real series is read. Here, as in Liang 2024 (Bone Marrow Transplant 59:910):

- several values on one day: the lowest counts. Values on a limit are low (0.5 is "at or below 0.5").
- gaps: up to 7 days without a value are filled by linear interpolation (before the first and after the last value
  with that value). Longer gaps are not known: they are no low days, and end a run.
- interrupted runs: 1 or 2 days above the limit between low days do not end the run, and count. The longest run decides.
- late: the lowest value needs a second one at or below 1.5 on another day, unless it is the only one after day 30.

Differing from Liang 2024: grade 4 by "never above 0.5" is taken to the letter, every known day from day 0 to day 30,
death or last contact, whichever is first, without a day that is not known; and there is no upper day for late ICAHT.
Values from the day of a relapse or of the next treatment (those of the data dictionary) on are not read: they are no
longer the infusion's. Exposures that a study declares beside it are no such treatments: they may be complications.
"""

import numpy as np
import pandas as pd

from helpers.cohort.dictionary import dictionary
from helpers.frames import About, patients_about
from helpers.stats.estimates import Estimates, stack
from helpers.stats.proportions.by_group import distribution
from helpers.stats.safety.toxicity import POPULATION, proportion_reaching

ANC = "anc_e9_per_l"
LAST_EARLY_DAY = 30
SEVERE, PROFOUND = 0.5, 0.1
NEUTROPENIA = {"Severe": SEVERE, "Profound": PROFOUND}
LATE_LIMITS = (1.5, 1.0, 0.5, 0.1)
LONGEST_GAP = 7  # days without a value that are filled
UNSTABLE = 2  # days above the limit that do not end a run
NO_TREATMENT = ("response_day", "death_day", "last_contact_day")  # days that change nothing in the counts
LABELS = {"early_icaht": "Early ICAHT", "late_icaht": "Late ICAHT"}
GRADES = [f"Grade {grade}" for grade in range(5)]
SEVERE_GRADES = GRADES[3:]
EPSILON = 1e-9


def icaht_grades(patients: pd.DataFrame, counts: pd.DataFrame) -> Estimates:
    """Return the proportions at each grade of early and late ICAHT (endpoints early_icaht, late_icaht).

    Rows per grade (term and level), arm and "All"; then those of grade 3 or more (endpoints severe_early_icaht,
    severe_late_icaht). Patients without a value in the period are left out and counted in the note. Empty without
    neutrophil counts.
    """
    data, tables = patients.join(grade_patients(patients, counts)), []
    for name, label in LABELS.items():
        graded = patients_about(data, About(name, label, POPULATION))
        tables.append(distribution(graded, name).assign(variable=""))
    for name, label in LABELS.items():
        if data[name].notna().any():
            severe = data[name].isin(SEVERE_GRADES).astype(float).where(data[name].notna())
            rows = proportion_reaching(patients, severe, f"severe_{name}", f"{label} of grade 3 or more")
            tables.append(rows.assign(level="3 or more", term=f"{label}, grade 3 or more"))
    return stack(*tables)


def grade_patients(patients: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Return early_icaht and late_icaht of each patient as ordered words "Grade 0" to "Grade 4", on their index."""
    grades = pd.DataFrame(np.nan, patients.index, list(LABELS))
    series = dict(iter(counts.groupby("patient_id"))) if ANC in counts else {}
    days = [column.name for column in dictionary() if column.table == "patients" and column.type == "day"]
    treatments = [name for name in days if name not in NO_TREATMENT and name in patients]
    stops = np.floor(patients[treatments].min(axis=1)).fillna(np.inf)  # from there on no value is read
    for index, patient in patients.iterrows():
        rows = series.get(patient["patient_id"])
        if rows is not None:
            samples = lowest_by_day(rows["day"].to_numpy(float), rows[ANC].to_numpy(float), stops[index])
            end = min(LAST_EARLY_DAY, stops[index] - 1, patient["last_contact_day"])
            grades.loc[index] = [early_grade(*samples, end=end), late_grade(*samples)]
    levels = grades.map(dict(enumerate(GRADES)).get, na_action="ignore")
    return levels.astype(pd.CategoricalDtype(GRADES, ordered=True))


def lowest_by_day(days: np.ndarray, values: np.ndarray, stop: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
    """Return the whole days from 0 to before `stop` that have a value, and the lowest value of each."""
    whole = np.floor(days)
    known = ~np.isnan(values) & ~np.isnan(whole) & (whole >= 0) & (whole < stop)
    lowest = pd.Series(values[known]).groupby(whole[known]).min()
    return lowest.index.to_numpy(float), lowest.to_numpy(float)


def early_grade(days: np.ndarray, values: np.ndarray, end: float = LAST_EARLY_DAY) -> float | None:
    """Return the grade from the values of distinct whole days, read up to day `end`; None without a value by then."""
    series = filled(days, values, end)
    if np.isnan(series).all():
        return None
    severe, profound = longest_run(series, SEVERE), longest_run(series, PROFOUND)
    never_above = bool((series <= SEVERE + EPSILON).all())  # a day that is not known (NaN) is not at or below
    if never_above or profound >= 14:
        return 4
    if severe >= 14 or profound >= 7:
        return 3
    return int(severe >= 1) + int(severe >= 7)


def filled(days: np.ndarray, values: np.ndarray, end: float) -> np.ndarray:
    """Return one value per day from 0 to `end`, gaps of up to 7 days filled; NaN in longer ones."""
    end = min(end, LAST_EARLY_DAY)
    inside = days <= end
    grid = np.arange(int(np.floor(end)) + 1)
    if not inside.any():
        return np.full(len(grid), np.nan)
    series = np.interp(grid, days[inside], values[inside])
    for start, length in _runs(~np.isin(grid, days)):
        if length > LONGEST_GAP:
            series[start : start + length] = np.nan
    return series


def longest_run(series: np.ndarray, limit: float) -> int:
    """Return the days of the longest run at or below a limit, joined over 1 or 2 days above it."""
    longest, start, stop = 0, 0, -1
    for first, length in _runs(series <= limit + EPSILON):
        unstable = stop >= 0 and first - stop <= UNSTABLE and not np.isnan(series[stop:first]).any()
        start = start if unstable else first
        stop = first + length
        longest = max(longest, stop - start)
    return longest


def late_grade(days: np.ndarray, values: np.ndarray) -> float | None:
    """Return the grade from the values of distinct days after day 30; None without one."""
    late = np.sort(values[days > LAST_EARLY_DAY])
    if not len(late):
        return None
    if len(late) > 1 and late[1] > LATE_LIMITS[0] + EPSILON:
        return 0  # a single low value among others is transient
    return int(sum(late[0] <= limit + EPSILON for limit in LATE_LIMITS))


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """(start, length) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [(int(start), int(stop - start)) for start, stop in edges.reshape(-1, 2)]
