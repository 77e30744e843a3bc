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
    if ANC not in counts:
        return stack()
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
    days = [column.name for column in dictionary() if column.table == "patients" and column.type == "day"]
    treatments = [name for name in days if name not in NO_TREATMENT and name in patients]
    stops = np.floor(patients[treatments].min(axis=1)).fillna(np.inf).to_numpy()  # from there on no value is read
    ends = np.floor(np.fmin(np.fmin(LAST_EARLY_DAY, stops - 1), patients["last_contact_day"].to_numpy(float)))
    samples = lowest_by_day(patients, counts, ANC)
    samples = samples[samples["day"].to_numpy() < stops[samples["place"].to_numpy()]]
    grades = {"early_icaht": early_grades(samples, ends), "late_icaht": late_grades(samples, len(patients))}
    words = {name: pd.Categorical.from_codes(codes, GRADES, ordered=True) for name, codes in grades.items()}
    return pd.DataFrame(words, patients.index)


def lowest_by_day(patients: pd.DataFrame, counts: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the lowest value of each patient and whole day from 0 on: place (of the patient), day and value, sorted.

    Days without a value have no row, and without the column there are none.
    """
    if column not in counts:
        counts = pd.DataFrame(columns=["patient_id", "day", column], dtype=float)
    place = pd.Index(patients["patient_id"]).get_indexer(counts["patient_id"])
    day, value = np.floor(counts["day"].to_numpy(float)), counts[column].to_numpy(float)
    samples = pd.DataFrame({"place": place, "day": day, "value": value})
    samples = samples[(place >= 0) & (samples["day"] >= 0) & samples["value"].notna()]
    samples = samples.sort_values(["place", "day", "value"], kind="stable", ignore_index=True)
    return samples.drop_duplicates(["place", "day"], ignore_index=True)


def early_grades(samples: pd.DataFrame, ends: np.ndarray) -> np.ndarray:
    """Return each patient's grade from the days up to `ends` (whole, 30 at most); -1 without a value by then."""
    series = filled(samples, ends)
    severe, profound = longest_runs(series, SEVERE), longest_runs(series, PROFOUND)
    observed = np.arange(LAST_EARLY_DAY + 1) <= ends[:, None]
    never_above = ((series <= SEVERE + EPSILON) | ~observed).all(axis=1)  # a day not known (NaN) is not at or below
    grades = [never_above | (profound >= 14), (severe >= 14) | (profound >= 7), severe >= 7, severe >= 1]
    return np.where(np.isnan(series).all(axis=1), -1, np.select(grades, [4, 3, 2, 1], 0))


def filled(samples: pd.DataFrame, ends: np.ndarray) -> np.ndarray:
    """Return a row per patient, a value per day from 0 to 30, gaps of up to 7 days filled.

    NaN in longer gaps, after the patient's end, and for who has no value.
    """
    place, day = samples["place"].to_numpy(), samples["day"].to_numpy()
    read = day <= ends[place]
    series = np.full((len(ends), LAST_EARLY_DAY + 1), np.nan)
    series[place[read], day[read].astype(int)] = samples["value"].to_numpy()[read]
    grid, known = np.arange(LAST_EARLY_DAY + 1), ~np.isnan(series)
    before = np.maximum.accumulate(np.where(known, grid, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, grid, LAST_EARLY_DAY + 1)[:, ::-1], axis=1)[:, ::-1]
    short = np.minimum(after, ends[:, None] + 1) - before - 1 <= LONGEST_GAP
    gaps = ~known & short & (grid <= ends[:, None]) & known.any(axis=1, keepdims=True)
    rows, days = np.nonzero(gaps)
    first, last = before[rows, days], after[rows, days]
    left, right = np.where(first < 0, last, first), np.where(last > LAST_EARLY_DAY, first, last)
    start, change = series[rows, left], series[rows, right] - series[rows, left]
    series[rows, days] = start + change / np.maximum(right - left, 1) * (days - left)
    return series


def longest_runs(series: np.ndarray, limit: float) -> np.ndarray:
    """Return the days of each row's longest run at or below a limit, joined over 1 or 2 days above it."""
    longest, start = np.zeros(len(series), dtype=int), np.zeros(len(series), dtype=int)
    stop = np.full(len(series), -np.inf)  # the day after the last low one; none after a day that is not known
    for day, values in enumerate(series.T):
        low = values <= limit + EPSILON
        start = np.where(low & (day - stop > UNSTABLE), day, start)
        stop = np.where(low, day + 1, np.where(np.isnan(values), -np.inf, stop))
        longest = np.where(low, np.maximum(longest, day + 1 - start), longest)
    return longest


def late_grades(samples: pd.DataFrame, size: int) -> np.ndarray:
    """Return the grade of each of `size` patients from the values after day 30; -1 without one."""
    late = samples[samples["day"] > LAST_EARLY_DAY].sort_values(["place", "value"], kind="stable")
    rank = late.groupby("place").cumcount().to_numpy()
    lowest, second = np.full((2, size), np.nan)
    for numbers, wanted in ((lowest, 0), (second, 1)):
        chosen = late[rank == wanted]
        numbers[chosen["place"]] = chosen["value"]
    grades = sum((lowest <= limit + EPSILON).astype(int) for limit in LATE_LIMITS)
    transient = second > LATE_LIMITS[0] + EPSILON  # a single low value among others
    return np.where(np.isnan(lowest), -1, np.where(transient, 0, grades))
