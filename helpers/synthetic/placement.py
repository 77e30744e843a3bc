"""The Cox block: which patient takes which place, so that the published Cox model comes out as reported.

Patients with high-risk genetics, decitabine in the lymphodepletion, or consolidation are placed on the ordered LFS
times with the probabilities of a Cox model (Plackett-Luce), and redrawn until all three factors have P < 0.05 in the
published directions with consolidation as ever/never.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtr

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
ITERATIONS = 25
# A log hazard ratio beyond 6 (a ratio of 400) with 15 events means some event set is separated.
LARGEST_LOG_RATIO = 6.0


def placement_block(rng: np.random.Generator, places: Places) -> pd.DataFrame | None:
    """The first placement that gives the published Cox findings, or None when these places allow none soon.

    Covariates by place (35 rows) and the days of consolidation (0 = none).
    """
    for _ in range(BATCHES):
        profiles = _profiles(rng, places)
        order = _plackett_luce(rng, places, profiles)
        batch = np.take_along_axis(profiles, order[..., None], axis=1)
        beta, se = fit_cox_batch(places.lfs_day, places.lfs_event, (batch > 0).astype(float))
        ratio, p = np.exp(beta), 2 * ndtr(-np.abs(beta / se))
        credible = (ratio >= HAZARD_RATIOS[0]) & (ratio <= HAZARD_RATIOS[1])
        published = ((p < LARGEST_P) & (beta * DIRECTIONS > 0) & credible).all(axis=1)
        if published.any():
            return _completed(rng, batch[published.argmax()])
    return None


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


def fit_cox_batch(day: np.ndarray, event: np.ndarray, covariates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log hazard ratios and standard errors, fits x terms, for covariates of shape fits x rows x terms.

    The days are distinct, so Breslow and Efron agree. NaN where the likelihood is monotone (no event, or no one at
    risk, in a group). Only for the thousands of placements: ``helpers.stats.models.partial_likelihood`` fits the rest.
    """
    fits, rows, terms = covariates.shape
    failed = np.flatnonzero(event)
    at_risk = (day[failed, None] <= day).astype(float)
    products = np.einsum("bni,bnj->bnij", covariates, covariates).reshape(fits, rows, terms * terms)
    powers = np.concatenate([np.ones((fits, rows, 1)), covariates, products], axis=2)
    observed = covariates[:, failed].sum(axis=1)
    beta = np.zeros((fits, terms))
    for _ in range(ITERATIONS):  # Newton's method
        expected, information = _moments(at_risk, powers, beta)
        ridged = information + np.eye(terms) * 1e-9
        step = np.linalg.solve(ridged, (observed - expected)[..., None])[..., 0]
        beta = np.clip(beta + np.clip(step, -2, 2), -12, 12)
        if np.abs(step).max() < 1e-10:
            break
    variance = np.diagonal(np.linalg.inv(information + np.eye(terms) * 1e-12), axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variance)
    separated = (np.abs(beta) > LARGEST_LOG_RATIO).any(axis=1) | ~(se < 1e3).all(axis=1)
    beta[separated], se[separated] = np.nan, np.nan
    return beta, se


def _moments(at_risk: np.ndarray, powers: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected covariates at the events, summed, and the information; ``powers`` is (1, x, products of x)."""
    fits, terms = beta.shape
    weights = np.exp(np.matmul(powers[..., 1 : terms + 1], beta[..., None]))
    sums = np.matmul(at_risk, weights * powers)
    means = sums[..., 1:] / sums[..., :1]
    first, second = means[..., :terms], means[..., terms:].sum(axis=1)
    squares = np.matmul(first.transpose(0, 2, 1), first)
    return first.sum(axis=1), second.reshape(fits, terms, terms) - squares
