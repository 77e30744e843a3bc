"""The Cox block: which patient takes which place, so that the published Cox model comes out as reported.

Patients with high-risk genetics, decitabine in the lymphodepletion, or consolidation are placed on the ordered LFS
times with the probabilities of a Cox model (Plackett-Luce), and redrawn until all three factors have P < 0.05 in the
published directions with consolidation as ever/never.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from helpers.synthetic.summary import Times, cox
from helpers.synthetic.timeline_patterns import NON_RESPONDERS, REMISSIONS
from helpers.synthetic.timelines import Places

# high-risk genetics, DAC-FC, consolidation
DIRECTIONS = np.array([1.0, -1.0, -1.0])
TRANSPLANTS, DAC_CONSOLIDATIONS = 4, 3
CONSOLIDATION_DAYS = (40, 180)
LARGEST_P = 0.05 - 1e-4
# What the reports of CAR-T cohorts of this size print; beyond it an estimate is a sign of separation.
HAZARD_RATIOS = (0.1, 10.0)
# Means and spreads of the log hazard ratios that place the patients, wide enough to matter little.
LOG_RATIO_MEANS = np.array([1.2, -1.2, -1.3])
LOG_RATIO_SPREAD = 0.3
HIGH_RISK = {"in_cr": (7, 12), "not_cr": (5, 8)}
DAC_FC = {"in_cr": (9, 14), "not_cr": (3, 7)}
BATCH = 48
BATCHES = 24


def placement_block(rng: np.random.Generator, places: Places) -> pd.DataFrame | None:
    """The first placement that gives the published Cox findings, or None when these places allow none soon.

    Covariates by place (35 rows) and the days of consolidation (0 = none).
    """
    times = Times(places.lfs_day, places.lfs_event, np.full(REMISSIONS, ""))
    for _ in range(BATCHES):
        profiles = _profiles(rng, places)
        order = _plackett_luce(rng, places, profiles)
        batch = np.take_along_axis(profiles, order[..., None], axis=1)
        published = next((placed for placed in batch if _is_published(times, placed)), None)
        if published is not None:
            return _completed(rng, published)
    return None


def _is_published(times: Times, placed: np.ndarray) -> bool:
    """Whether the Cox model of a placement has the published directions, all significant, and credible ratios."""
    beta, se = cox(times, (placed > 0).astype(float))
    ratio, p = np.exp(beta), 2 * ndtr(-np.abs(beta / se))
    credible = (ratio >= HAZARD_RATIOS[0]) & (ratio <= HAZARD_RATIOS[1])
    return bool(((p < LARGEST_P) & (beta * DIRECTIONS > 0) & credible).all())


def _profiles(rng: np.random.Generator, places: Places) -> np.ndarray:
    """Covariates of 23 candidates, batch x patient x (high risk, DAC-FC, day of consolidation or 0)."""
    days = np.arange(CONSOLIDATION_DAYS[0], CONSOLIDATION_DAYS[1] + 1)
    free = np.setdiff1d(days, np.append(places.lfs_day, [60, 90, 120, 180]))  # no landmark day
    consolidation = rng.choice(free, TRANSPLANTS + DAC_CONSOLIDATIONS, replace=False)
    profiles = np.zeros((BATCH, REMISSIONS, len(DIRECTIONS)))
    for term, bounds in ((0, HIGH_RISK["in_cr"]), (1, DAC_FC["in_cr"])):
        rank = np.argsort(np.argsort(rng.random((BATCH, REMISSIONS)), axis=1, kind="stable"), axis=1, kind="stable")
        count = rng.integers(bounds[0], bounds[1] + 1, size=(BATCH, 1))
        profiles[..., term] = rank < count
    profiles[:, : len(consolidation), 2] = consolidation
    return profiles


def _plackett_luce(rng: np.random.Generator, places: Places, profiles: np.ndarray) -> np.ndarray:
    """Which patient takes each place, in order of LFS time, batch x place.

    At a relapse the patients still unplaced compete by their hazards, at a censoring equally; nobody is
    placed before three days after the own consolidation, and before it consolidation does not protect.
    """
    effects = rng.normal(LOG_RATIO_MEANS, LOG_RATIO_SPREAD, size=(BATCH, len(DIRECTIONS)))
    fixed = np.einsum("bnp,bp->bn", profiles[..., :2], effects[:, :2])
    day = profiles[..., 2]
    hazard = np.exp(fixed + np.where(day > 0, effects[:, 2:], 0.0))
    clock = rng.exponential(size=(len(places.lfs_day), BATCH, REMISSIONS))
    free = np.ones(day.shape, dtype=bool)
    order = np.empty(day.shape, dtype=int)
    for place, (time, event) in enumerate(zip(places.lfs_day, places.lfs_event, strict=True)):
        allowed = free & (day + 3 <= time)
        wait = np.where(allowed, clock[place] / (hazard if event else 1.0), np.inf)
        order[:, place] = wait.argmin(axis=1)
        free[np.arange(BATCH), order[:, place]] = False
    return order


def _completed(rng: np.random.Generator, placed: np.ndarray) -> pd.DataFrame:
    """The chosen placement completed with the non-responders' covariates and the kind of consolidation."""
    limits = (HIGH_RISK["not_cr"], DAC_FC["not_cr"])
    others = [rng.permutation(NON_RESPONDERS) < rng.integers(low, high + 1) for low, high in limits]
    high_risk, dac_fc = np.concatenate([placed[:, :2].T > 0, others], axis=1)
    kinds = np.split(rng.permutation(np.flatnonzero(placed[:, 2])), [TRANSPLANTS])
    days = np.zeros((2, len(dac_fc)), dtype=int)
    for day, patients in zip(days, kinds, strict=True):
        day[patients] = placed[patients, 2]
    covariates = pd.DataFrame({"high_risk_genetics": high_risk, "dac_fc": dac_fc})
    return covariates.assign(transplant_day=days[0], dac_consolidation_day=days[1])


def assign_patients(rng: np.random.Generator, patients: pd.DataFrame, places: Places) -> pd.DataFrame:
    """The response block's patients in the order of the places they take (remissions first).

    Tandem patients, and those without extramedullary disease, tend to take the later places, mildly.
    """
    in_cr = patients["in_cr"].to_numpy()
    lean = 0.25 * (patients["arm"] == "tandem") - 0.25 * patients["extramedullary_disease"]
    keys = rng.gumbel(size=len(patients)) + lean.to_numpy()
    late = np.concatenate([places.lfs_day, places.end[REMISSIONS:]])
    taker = np.empty(len(patients), dtype=int)
    for group in (in_cr, ~in_cr):
        place = np.flatnonzero(group)[np.argsort(late[group], kind="stable")]
        taker[place] = np.flatnonzero(group)[np.argsort(keys[group], kind="stable")]
    return patients.iloc[taker].reset_index(drop=True)
