"""Cytopenias from blood counts: CTCAE version 5 grades, and time to recovery with death competing.

Grade 1 begins at the lower limit of normal, which differs between laboratories; 2.0 and 150 x 10^9/L and 120 g/L are
used. A value on a boundary belongs to the milder grade: exactly 0.5 is grade 3. Haemoglobin has no grade 4 by value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from helpers.cohort.endpoints import CENSORED, DEATH
from helpers.cohort.load import Cohort
from helpers.frames import About, Frame
from helpers.stats.estimates import Estimates, stack
from helpers.stats.safety.icaht import EPSILON, lowest_by_day
from helpers.stats.safety.toxicity import proportion_reaching
from helpers.stats.safety.toxicity_times import DailyData, daily_data

WINDOWS = {"day 0 to 30": (0, 30), "after day 30": (31, np.inf)}
LEVELS = {3: "3 or more", 4: "4"}  # grade and how it is counted; haemoglobin has no grade 4
CONSECUTIVE = 3  # values above the limit that make a recovery
LAST_SEEN = 7  # days from the last sample within which a death ends the observation
RECOVERY = "recovery"


class BloodCounts(Frame):
    """Blood samples of patients."""

    holds_patients = True


def blood_counts(cohort: Cohort) -> BloodCounts:
    """Return the blood counts with `arm`, one row per sample; without rows and columns when there are none."""
    data, study, samples = BloodCounts(), cohort.study, cohort.blood_counts
    if samples is not None:
        arms = cohort.patients.set_index("patient_id")["arm"]
        data = BloodCounts(samples.assign(arm=samples["patient_id"].map(arms)))
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
    """Return each patient's worst CTCAE grade on the whole days of a window, ends included; missing without a value."""
    if line.column not in counts:
        return pd.Series(np.nan, index=patients.index)
    inside = counts[np.floor(counts["day"]).between(*window)]
    worst = ctcae_grade(inside[line.column], line).groupby(inside["patient_id"]).max()
    return patients["patient_id"].map(worst).astype(float)


def ctcae(patients: pd.DataFrame, counts: pd.DataFrame) -> Estimates:
    """Return the proportions with worst CTCAE grade 3 or more, and 4, per cell line and window, by arm and in "All".

    The variable is the column of the count, the `level` "3 or more" or "4" and the window. The denominator is every
    patient with a value in the window; those without are counted in the note. Empty without counts.
    """
    tables = []
    for (key, line), (when, window) in product(LINES.items(), WINDOWS.items()):
        worst = worst_grades(patients, counts, line, window)
        for grade, level in LEVELS.items():
            if worst.notna().any() and grade <= len(line.limits):
                reached = (worst >= grade).astype(float).where(worst.notna())
                name, label = f"{key}_{level.replace(' ', '_')}", f"{line.name} of grade {level}"
                columns = {"variable": line.column, "variable_label": line.name, "level": f"{level}, {when}"}
                rows = proportion_reaching(patients, reached, name, label)
                tables.append(rows.assign(term=f"{line.name}, {when}: grade {level}", **columns))
    return stack(*tables)


def recovery_data(cohort: Cohort, lack: str) -> DailyData:
    """Return the patients with "neutropenia" or "thrombocytopenia" by day 30, and the time from day 0 to recovery.

    They were at or below the line's limit on some day from 0 to 30. Recovery is the first of three values above it in
    a row, on different days, after the first low one (as the CIBMTR asks of engraftment). Death competes when it comes
    within a week of the last sample; who has not recovered else is censored there. Without columns when nobody has such
    a value.
    """
    line, counts, patients = LINES[lack], cohort.blood_counts, cohort.patients
    label, population = f"Recovery of {line.cells}s", f"patients with {lack}"
    about = About(f"{line.cells}_recovery", label, population, causes=(RECOVERY,))
    samples = lowest_by_day(patients, pd.DataFrame() if counts is None else counts, line.column)
    ends = _ends(samples, line, patients["death_day"].to_numpy(float))
    ends = ends.set_axis(patients.index[ends.index])
    return daily_data(cohort, about, ends["day"], ends["cause"])


def _ends(samples: pd.DataFrame, line: Line, deaths: np.ndarray) -> pd.DataFrame:
    """Day and cause of the end of each patient's cytopenia, by the patient's place; no row without one by day 30."""
    above = samples["value"] > line.recovered_above + EPSILON
    first_low = samples[~above & (samples["day"] <= 30)].groupby("place")["day"].first()
    run = above & (samples["day"] > samples["place"].map(first_low))
    for later in range(1, CONSECUTIVE):
        run &= above.groupby(samples["place"]).shift(-later, fill_value=False)
    recovered = samples[run].groupby("place")["day"].first().reindex(first_low.index)
    last = samples.groupby("place")["day"].last().reindex(first_low.index)
    death = pd.Series(deaths[first_low.index], first_low.index)
    died = death - last <= LAST_SEEN
    ends = recovered.fillna(np.fmax(death, last).where(died, last))
    causes = np.where(recovered.notna(), RECOVERY, np.where(died, DEATH, CENSORED))
    return pd.DataFrame({"day": ends, "cause": causes.astype(object)})
