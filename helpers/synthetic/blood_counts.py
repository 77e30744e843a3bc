"""Blood counts of reconstructed patients: day 0 to about 90, with nadir, recovery and late cytopenia.

Three neutrophil courses are drawn, as described after CAR-T therapy (quick recovery, a second dip, aplasia;
Rejeski 2021, Blood 138:2499). The series stops at death, last contact or transplantation.
"""

import numpy as np
import pandas as pd
from scipy.signal import lfilter

LAST_DAY = 90
DENSE_UNTIL = 30  # daily sampling, for the early haematotoxicity grades; every three or four days after
MISSED_SHARE = 0.12
COURSE_SHARES = (0.52, 0.34, 0.14)  # quick, intermittent, aplastic
INTERMITTENT, APLASTIC = 1, 2
RECOVERY = (("crh", 0.5, 50), ("cr", 1.0, 100))  # word, neutrophils and platelets (10^9/L), the higher last


def blood_counts(rng: np.random.Generator, patients: pd.DataFrame) -> pd.DataFrame:
    """Counts, one row per patient and sampled day: neutrophils and platelets (10^9/L), haemoglobin (g/L)."""
    days = np.arange(LAST_DAY + 1)
    course = np.searchsorted(np.cumsum(COURSE_SHARES), rng.random(len(patients)))
    course[patients["slow_recovery"]] = APLASTIC
    burden = patients["bm_blasts_pct"].to_numpy() / 100.0 + 0.5 * ~patients["in_cr"].to_numpy()
    neutrophils = _neutrophils(rng, days, course)
    platelets = _platelets(rng, days, course, burden)
    haemoglobin = _haemoglobin(rng, days, course)
    sampled = _sampled(rng, days, patients)
    row, day = np.nonzero(sampled)
    return pd.DataFrame({
        "patient_id": patients["patient_id"].to_numpy()[row],
        "day": days[day],
        "anc_e9_per_l": np.round(neutrophils[sampled], 2),
        "platelets_e9_per_l": np.round(platelets[sampled]).astype(int),
        "haemoglobin_g_per_l": np.round(haemoglobin[sampled]).astype(int),
    })  # fmt: skip


def _sampled(rng: np.random.Generator, days: np.ndarray, patients: pd.DataFrame) -> np.ndarray:
    """Which days are sampled, patients x days: dense first, sparse later, some missed; day 0 never missed."""
    transplant = patients["transplant_day"].to_numpy()
    last = np.minimum(patients["end_day"].to_numpy(), np.where(transplant > 0, transplant - 1, LAST_DAY))
    grid = (days <= DENSE_UNTIL) | np.isin((days - DENSE_UNTIL) % 7, (0, 3))
    missed = rng.random((len(patients), len(days))) < MISSED_SHARE
    missed[:, 0] = False
    return grid & ~missed & (days <= last[:, None])


def _noise(rng: np.random.Generator, size: tuple[int, int], spread: float) -> np.ndarray:
    """Day-to-day variation that remembers the day before."""
    return lfilter([1], [1, -0.7], spread * rng.standard_normal(size))


def _bell(days: np.ndarray, centre: np.ndarray, width: np.ndarray) -> np.ndarray:
    """A dip of depth 1 around a centre, patients x days."""
    return np.exp(-0.5 * ((days - centre[:, None]) / width[:, None]) ** 2)


def _neutrophils(rng: np.random.Generator, days: np.ndarray, course: np.ndarray) -> np.ndarray:
    """Neutrophils: a nadir about day 8 for all, a second dip about day 35 for some, no recovery for others."""
    size = len(course)
    level = np.log(rng.uniform(2.2, 4.2, size))[:, None]
    depth = rng.uniform(1.8, 3.4, size)[:, None]
    first = _bell(days, rng.uniform(6, 10, size), rng.uniform(3, 5, size))
    second = (course == INTERMITTENT)[:, None] * _bell(days, rng.uniform(30, 48, size), rng.uniform(3, 6, size))
    recovery = rng.uniform(18, 36, size)[:, None]
    aplasia = (course == APLASTIC)[:, None] / (1 + np.exp(np.clip((days - recovery) / 4.0, -30, 30)))
    aplasia = aplasia / (1 + np.exp(5.5 - days))
    dip = np.maximum(depth * first, np.maximum(0.6 * depth * second, 3.3 * aplasia))
    slow = 0.7 * np.exp(-days / 60.0)
    return np.clip(np.exp(level - slow - dip + _noise(rng, dip.shape, 0.16)), 0.0, 12.0)


def _platelets(rng: np.random.Generator, days: np.ndarray, course: np.ndarray, burden: np.ndarray) -> np.ndarray:
    """Platelets: lower at the start with a full marrow, lowest in the second and third week."""
    size = len(course)
    start = np.log(rng.uniform(70, 190, size)) - 0.7 * burden
    end = np.log(rng.uniform(110, 260, size)) - 0.4 * burden - 0.7 * (course == APLASTIC)
    drift = start[:, None] + (end - start)[:, None] * np.clip(days / 45.0, 0, 1)
    depth = (rng.uniform(0.5, 1.3, size) + 0.8 * (course == APLASTIC))[:, None]
    dip = depth * _bell(days, rng.uniform(10, 16, size), rng.uniform(5, 9, size))
    return np.clip(np.exp(drift - dip + _noise(rng, dip.shape, 0.07)), 4.0, 450.0)


def _haemoglobin(rng: np.random.Generator, days: np.ndarray, course: np.ndarray) -> np.ndarray:
    """Haemoglobin: transfused at about 65 g/L, so it bends rather than falls."""
    size = len(course)
    start, end = rng.uniform(78, 112, size)[:, None], rng.uniform(92, 132, size)[:, None]
    drift = start + (end - start) * np.clip(days / 90.0, 0, 1)
    depth = (rng.uniform(5, 20, size) + 6 * (course == APLASTIC))[:, None]
    dip = depth * _bell(days, rng.uniform(9, 16, size), rng.uniform(6, 11, size))
    return np.clip(drift - dip + _noise(rng, dip.shape, 2.0), 58.0, 160.0)


def with_recovery(patients: pd.DataFrame, counts: pd.DataFrame) -> pd.Series:
    """The response words, remissions told apart by the counts of the sample nearest the response day (first of two).

    CR has neutrophils of 1.0 and platelets of 100 x 10^9/L or more, CRh of 0.5 and 50, CRi less.
    """
    day = counts["patient_id"].map(patients.set_index("patient_id")["response_day"])
    order = (counts["day"] - day).abs().sort_values(kind="stable").index
    nearest = counts.loc[order].drop_duplicates("patient_id").set_index("patient_id")
    nearest = nearest.loc[patients["patient_id"]].set_index(patients.index)
    word = pd.Series("cri", index=patients.index)
    for name, neutrophils, platelets in RECOVERY:
        reached = (nearest["anc_e9_per_l"] >= neutrophils) & (nearest["platelets_e9_per_l"] >= platelets)
        word = word.mask(reached, name)
    return patients["response"].where(~patients["in_cr"], word)
