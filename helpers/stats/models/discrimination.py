"""How well a Cox model orders the patients, and how much of that is optimism."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.models.cox_regression import CoxData, cox_data, estimable
from helpers.stats.models.design import Design
from helpers.stats.ties import SAME, tied

SAMPLES = 200
SEED = 20180801
BLOCK = 500  # patients compared at a time, to bound the memory
METHODS = {
    "concordance": "Harrell's C, apparent",
    "optimism": "Bootstrap optimism of Harrell's C",
    "corrected": "Harrell's C, bootstrap-corrected, location-shifted interval",
}


@dataclass(frozen=True)
class _Resampled:
    """C of each bootstrap model in its own sample and in all patients, and how many samples gave no model."""

    own: np.ndarray
    original: np.ndarray
    failed: int


@if_recorded
def concordance(data: pd.DataFrame, design: Design, samples: int = SAMPLES) -> pd.DataFrame:
    """Return three rows: Harrell's C of the Cox model, its bootstrap optimism, and C less that with a 95% interval.

    Patients are resampled, the model refitted, and its C compared between sample and all patients (Harrell 1996). The
    interval is the percentile interval of the samples' C moved down by the optimism (Noma 2021). Seeded, so
    repeatable; samples whose model has no finite estimate are left out and counted. Ties in risk count half.
    """
    used = cox_data(data, design)
    fixed = {**scope(data), "group": "All", **used.counts, "model_terms": len(used.terms)}
    columns = estimable(used)
    fit = used.fit(columns) if columns else None
    apparent = np.nan
    if fit is not None and fit.converged:
        apparent = harrell(used.time, used.event, predictor(used.matrix[:, columns], fit.coefficients))
    if np.isnan(apparent):
        reason = used.problem or "the model has no finite estimate or orders no two patients"
        rows = [{**fixed, "method": METHODS[key], "measure": _measure(key), **not_estimable(reason)} for key in METHODS]
        return estimates(rows)
    return estimates([{**fixed, **row} for row in _rows(apparent, _resample(used, columns, samples), samples)])


def harrell(time: np.ndarray, event: np.ndarray, risk: np.ndarray) -> float:
    """Return the share of comparable pairs whose first to fail has the higher risk; NaN when no pair is comparable.

    A pair is comparable when one patient fails before the other's failure or censoring; at equal times only a failure
    against a censoring is. Equal risks count half: `predictor` makes those equal that are. As R's concordance;
    lifelines' takes seconds per hundred samples.
    """
    won = pairs = 0.0
    for rows in np.array_split(np.flatnonzero(event == 1), 1 + len(time) // BLOCK):
        first, own = time[rows, None], risk[rows, None]
        outlived = (time > first) | ((time == first) & (event == 0))
        won += ((risk < own) & outlived).sum() + ((risk == own) & outlived).sum() / 2
        pairs += outlived.sum()
    return float(won / pairs) if pairs else np.nan


def predictor(matrix: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the linear predictor, patients whose predictors differ by rounding error alone with one value.

    Equal patterns of covariates get other last bits in other rows of a matrix product, and other ones on another
    processor; so may different patterns whose effects add up to the same. The error is a part of the sizes that are
    added, whatever they cancel to: predictors are one when they differ by less than 10^-10 of the largest of these.
    """
    size = (np.abs(matrix) @ np.abs(coefficients)).max(initial=0.0)
    return tied(matrix @ coefficients, SAME * size)


def _measure(key: str) -> str:
    """Return the measure of a row."""
    return "optimism" if key == "optimism" else "concordance"


def _resample(used: CoxData, columns: list[int], samples: int) -> _Resampled:
    """Refit on bootstrap samples of patients."""
    rng, size, pairs = np.random.default_rng(SEED), len(used.time), []
    for _ in range(samples):
        rows = rng.integers(0, size, size)
        fit = used.fit(columns, rows) if used.event[rows].any() else None
        if fit is None or not fit.converged:
            continue
        risk = predictor(used.matrix[:, columns], fit.coefficients)
        pairs.append([harrell(used.time[kept], used.event[kept], risk[kept]) for kept in (rows, np.arange(size))])
    found = np.array(pairs).reshape(-1, 2)
    found = found[np.isfinite(found).all(axis=1)]
    return _Resampled(found[:, 0], found[:, 1], samples - len(found))


def _rows(apparent: float, found: _Resampled, samples: int) -> list[dict]:
    """Return the three records."""
    first = {"measure": "concordance", "method": METHODS["concordance"], "estimate": apparent}
    if len(found.own) < samples / 2:
        reason = f"{found.failed} of {samples} bootstrap samples gave no model"
        lost = [
            {"method": METHODS[key], "measure": _measure(key), **not_estimable(reason)} for key in list(METHODS)[1:]
        ]
        return [first, *lost]
    optimism = float((found.own - found.original).mean())
    low, high = np.clip(np.percentile(found.own, [2.5, 97.5]) - optimism, 0, 1)
    note = f"{samples} bootstrap samples" + (f", {found.failed} without a model" if found.failed else "")
    second = {"measure": "optimism", "method": METHODS["optimism"], "estimate": optimism, "note": note}
    third = {"measure": "concordance", "method": METHODS["corrected"], "estimate": apparent - optimism, "note": note}
    return [first, second, {**third, "ci_low": low, "ci_high": high}]
