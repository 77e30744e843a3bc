"""Adverse events of reconstructed patients: CTCAE v5 terms with grades and days within the follow-up.

CRS and ICANS are graded by ASTCT in the patients table and not repeated here. Cytopenias are read off the
blood counts, so the two files agree; the rest is drawn.
"""

import numpy as np
import pandas as pd

INVESTIGATIONS = "Investigations"
BLOOD = "Blood and lymphatic system disorders"
INFECTIONS = "Infections and infestations"
METABOLISM = "Metabolism and nutrition disorders"
GUT = "Gastrointestinal disorders"

# column, term, class, lower limits of grades 1 to 4 (CTCAE v5; anaemia has no laboratory grade 4)
CYTOPENIAS = (
    ("anc_e9_per_l", "Neutrophil count decreased", INVESTIGATIONS, (2.0, 1.5, 1.0, 0.5)),
    ("platelets_e9_per_l", "Platelet count decreased", INVESTIGATIONS, (100.0, 75.0, 50.0, 25.0)),
    ("haemoglobin_g_per_l", "Anemia", BLOOD, (110.0, 100.0, 80.0)),
)
# term, class, chance, shares of grades 1.., first and last onset day, mean duration in days
OTHERS = (
    ("Febrile neutropenia", BLOOD, 0.40, (0, 0, 0.95, 0.05), (4, 20), 6),
    ("Lung infection", INFECTIONS, 0.22, (0, 0.30, 0.65, 0.05), (5, 75), 14),
    ("Sepsis", INFECTIONS, 0.10, (0, 0, 0.60, 0.40), (5, 45), 9),
    ("Upper respiratory infection", INFECTIONS, 0.17, (0, 0.85, 0.15), (15, 88), 9),
    ("Cytomegalovirus infection reactivation", INFECTIONS, 0.12, (0.25, 0.60, 0.15), (20, 70), 16),
    ("Catheter related infection", INFECTIONS, 0.08, (0, 0.40, 0.60), (6, 40), 9),
    ("Enterocolitis infectious", INFECTIONS, 0.06, (0, 0.60, 0.40), (8, 60), 8),
    ("Alanine aminotransferase increased", INVESTIGATIONS, 0.36, (0.60, 0.25, 0.15), (3, 25), 12),
    ("Aspartate aminotransferase increased", INVESTIGATIONS, 0.30, (0.60, 0.25, 0.15), (3, 25), 11),
    ("Blood bilirubin increased", INVESTIGATIONS, 0.14, (0.55, 0.35, 0.10), (4, 25), 9),
    ("Fibrinogen decreased", INVESTIGATIONS, 0.20, (0.45, 0.35, 0.20), (4, 16), 7),
    ("Creatinine increased", INVESTIGATIONS, 0.10, (0.65, 0.30, 0.05), (3, 25), 8),
    ("Hypokalemia", METABOLISM, 0.34, (0.60, 0.25, 0.15), (1, 25), 6),
    ("Hypophosphatemia", METABOLISM, 0.20, (0.50, 0.50), (2, 25), 7),
    ("Anorexia", METABOLISM, 0.26, (0.55, 0.35, 0.10), (0, 25), 10),
    ("Nausea", GUT, 0.32, (0.70, 0.28, 0.02), (0, 15), 5),
    ("Vomiting", GUT, 0.20, (0.70, 0.28, 0.02), (0, 15), 4),
    ("Diarrhea", GUT, 0.20, (0.65, 0.30, 0.05), (0, 30), 5),
    ("Headache", "Nervous system disorders", 0.26, (0.75, 0.25), (0, 20), 4),
    ("Fatigue", "General disorders and administration site conditions", 0.36, (0.60, 0.35, 0.05), (0, 30), 18),
    ("Rash maculo-papular", "Skin and subcutaneous tissue disorders", 0.10, (0.70, 0.30), (2, 45), 9),
)


def adverse_events(rng: np.random.Generator, patients: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Events, one row each (at most one per patient and term): class, worst grade, first and last day.

    ``resolution_day`` is missing when the event had not ended at the last observation.
    """
    columns = ("patient_id", "term", "system_organ_class", "grade", "onset_day", "resolution_day")
    frame = pd.DataFrame(_cytopenias(counts) + _drawn(rng, patients), columns=columns)
    frame = frame.sort_values(["patient_id", "onset_day", "term"], ignore_index=True)
    return frame.astype({"resolution_day": "Int64"})


def _cytopenias(counts: pd.DataFrame) -> list[tuple]:
    """One event per patient and cell line: the span between the first and the last low count."""
    records = []
    for patient, series in counts.groupby("patient_id", sort=True):
        day = series["day"].tolist()
        for column, term, organ, limits in CYTOPENIAS:
            grade = (series[column].to_numpy()[:, None] < np.array(limits)).sum(axis=1)
            low = np.flatnonzero(grade >= 2)
            if len(low):
                end = day[low[-1] + 1] if low[-1] + 1 < len(day) else pd.NA
                records.append((patient, term, organ, grade.max(), day[low[0]], end))
    return records


def _drawn(rng: np.random.Generator, patients: pd.DataFrame) -> list[tuple]:
    """The other events; severe CRS brings more of them, and none begins after the last contact."""
    severe = 1.0 + 0.25 * (patients["crs_grade"].to_numpy() >= 3)
    ids, last = patients["patient_id"].tolist(), patients["end_day"].tolist()
    records = []
    for term, organ, chance, shares, (first, latest), mean in OTHERS:
        for index in np.flatnonzero(rng.random(len(patients)) < chance * severe):
            grade = 1 + np.searchsorted(np.cumsum(shares), rng.random() * sum(shares))
            onset = rng.integers(first, min(latest, last[index]) + 1)
            end = onset + 1 + rng.poisson(mean)
            records.append((ids[index], term, organ, grade, onset, end if end <= last[index] else pd.NA))
    return records
