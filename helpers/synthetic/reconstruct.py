"""Synthetic cohorts that reproduce every published figure at the printed precision.

The blocks are constructive: the published numbers are met by how the pieces are made, not by simulating
and rejecting. What remains open is drawn at random, so cohorts of different seeds show what the publication
does and does not determine. No row is a real patient.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.synthetic.adverse_events import adverse_events
from helpers.synthetic.baseline import fill_patients
from helpers.synthetic.blood_counts import blood_counts
from helpers.synthetic.placement import Placed, assign_patients, placement_block
from helpers.synthetic.plausibility import is_plausible
from helpers.synthetic.responses import response_block
from helpers.synthetic.timelines import Places, timeline_block

# The cohort shipped in data/second_cart. Of seeds 1 to 399 three have hazard ratios among the least extreme in the
# published Cox model (high-risk genetics at most 4.5, decitabine at least 0.2, consolidation at least 0.195), one-year
# OS of 45-62%, and each baseline factor in a fifth to a half of the patients; of these three, 299 is the one in which
# extramedullary disease is the other significant factor for response. Chosen to look unremarkable, not for a result.
DEFAULT_SEED = 299
COLUMNS = (
    "patient_id", "arm", "car_target", "age_years", "sex", "infusion_date", "prior_transplant", "prior_lines",
    "months_since_first_infusion", "first_target", "extramedullary_disease", "bm_blasts_pct", "high_risk_genetics",
    "lymphodepletion", "cell_dose_e6_per_kg", "response", "response_day", "mrd", "relapse_day", "death_day",
    "last_contact_day", "transplant_day", "dac_consolidation_day", "crs_grade", "crs_onset_day",
    "crs_duration_days", "icans_grade", "icans_onset_day", "tocilizumab", "corticosteroids",
)  # fmt: skip
YES_NO = ("prior_transplant", "extramedullary_disease", "high_risk_genetics", "tocilizumab", "corticosteroids")
EMPTY_WHEN_ZERO = ("relapse_day", "death_day", "transplant_day", "dac_consolidation_day", "response_day")


@dataclass(frozen=True)
class SyntheticCohort:
    """The three tables of one reconstructed cohort, in the words and columns of the data dictionary.

    Days are whole numbers since the second infusion (nullable integers; missing = did not happen).
    """

    seed: int
    patients: pd.DataFrame
    adverse_events: pd.DataFrame
    blood_counts: pd.DataFrame


def reconstruct(seed: int, *, plausible: bool = True) -> SyntheticCohort:
    """One cohort that reproduces every published figure; the same seed gives the same cohort.

    ``plausible=False`` leaves out the filter on what the literature reports (survival at 12 months, size of
    the tandem effect); the published figures hold either way.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    while True:
        places = timeline_block(rng)
        placed = placement_block(rng, places)
        if placed is None:
            continue
        patients = _joined(assign_patients(rng, response_block(rng), places), places, placed)
        if not plausible or is_plausible(patients):
            return _completed(rng, seed, patients)


def _joined(patients: pd.DataFrame, places: Places, placed: Placed) -> pd.DataFrame:
    """Patients with the days and covariates of the places they took (0 = did not happen)."""
    return patients.assign(
        relapse_day=places.relapse,
        end_day=places.end,
        died=places.died,
        high_risk_genetics=placed.high_risk,
        dac_fc=placed.dac_fc,
        transplant_day=placed.transplant_day,
        dac_consolidation_day=placed.dac_day,
    )


def _completed(rng: np.random.Generator, seed: int, patients: pd.DataFrame) -> SyntheticCohort:
    """The cohort with all columns, patients numbered in order of infusion."""
    patients = fill_patients(rng, patients).sort_values(["entry", "end_day"], ignore_index=True)
    patients.insert(0, "patient_id", [f"SYN-{number:03d}" for number in range(1, len(patients) + 1)])
    counts = blood_counts(rng, patients)
    events = adverse_events(rng, patients, counts)
    return SyntheticCohort(seed, _canonical(patients), events, counts)


def _canonical(patients: pd.DataFrame) -> pd.DataFrame:
    """The patients in the dictionary's columns and words."""
    out = patients.assign(
        lymphodepletion=np.where(patients["dac_fc"], "dac_fc", "fc"),
        death_day=np.where(patients["died"], patients["end_day"], 0),
        last_contact_day=patients["end_day"],
    )
    for column in YES_NO:
        out[column] = np.where(out[column], "yes", "no")
    for column in EMPTY_WHEN_ZERO:
        out[column] = out[column].astype("Int64").mask(out[column] == 0)
    for grade, columns in (
        ("crs_grade", ("crs_onset_day", "crs_duration_days")),
        ("icans_grade", ("icans_onset_day",)),
    ):
        for column in columns:
            out[column] = out[column].astype("Int64").mask(out[grade] == 0)
    return out[list(COLUMNS)]
