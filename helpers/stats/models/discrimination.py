"""How well a Cox model orders the patients, and how much of that is optimism."""

import numpy as np
import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.models.cox_regression import CoxData, cox_data, fitted
from helpers.stats.models.design import Design
from helpers.stats.models.effects import quietly
from helpers.stats.ties import SAME, tied

SAMPLES = 200
SEED = 20180801
BLOCK = 500  # patients compared at a time, to bound the memory


@if_recorded
def concordance(data: pd.DataFrame, design: Design, samples: int = SAMPLES) -> pd.DataFrame:
    """Return three rows: Harrell's C of the Cox model, its bootstrap optimism, and C less that with a 95% interval.

    Patients are resampled, the model refitted, and its C compared between sample and all patients (Harrell 1996). The
    interval is the percentile interval of the samples' C moved down by the optimism (Noma 2021). Seeded, so
    repeatable; samples whose model has no finite estimate are left out and counted. Ties in risk count half.
    """
    used = cox_data(data, design)
    fixed = {**scope(data), "group": "All", **used.counts}
    first = {**fixed, "measure": "concordance", "method": "Harrell's C, apparent"}
    second = {**fixed, "measure": "optimism", "method": "Bootstrap optimism of Harrell's C"}
    third = {**first, "method": "Harrell's C, bootstrap-corrected, location-shifted interval"}
    columns, fit = quietly(lambda: fitted(used))[0] or ([], None)
    apparent = harrell(used.time, used.event, predictor(used.matrix[:, columns], fit.coefficients)) if fit else np.nan
    if np.isnan(apparent):
        lost = not_estimable(used.problem or "the model has no finite estimate or orders no two patients")
        return estimates([first | lost, second | lost, third | lost])
    first["estimate"], pairs = apparent, _resample(used, columns, samples)
    failed = samples - len(pairs)
    if len(pairs) < samples / 2:
        lost = not_estimable(f"{failed} of {samples} bootstrap samples gave no model")
        return estimates([first, second | lost, third | lost])
    optimism = float((pairs[:, 0] - pairs[:, 1]).mean())
    low, high = np.clip(np.percentile(pairs[:, 0], [2.5, 97.5]) - optimism, 0, 1)
    note = f"{samples} bootstrap samples" + (f", {failed} without a model" if failed else "")
    third |= {"estimate": apparent - optimism, "ci_low": low, "ci_high": high, "note": note}
    return estimates([first, {**second, "estimate": optimism, "note": note}, third])


def harrell(time: np.ndarray, event: np.ndarray, risk: np.ndarray) -> float:
    """Return the share of comparable pairs whose first to fail has the higher risk; NaN when no pair is comparable.

    A pair is comparable when one patient fails before the other's failure or censoring; at equal times only a failure
    against a censoring is. Equal risks count half. As R's concordance; lifelines' is too slow for resampling.
    """
    won = pairs = 0.0
    for rows in np.array_split(np.flatnonzero(event == 1), 1 + len(time) // BLOCK):
        first, failed_risk = time[rows, None], risk[rows, None]
        outlived = (time > first) | ((time == first) & (event == 0))
        won += ((risk < failed_risk) & outlived).sum() + ((risk == failed_risk) & outlived).sum() / 2
        pairs += outlived.sum()
    return float(won / pairs) if pairs else np.nan


def predictor(matrix: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the linear predictor, patients whose predictors differ by rounding error alone with one value.

    Equal patterns of covariates get other last bits in other rows of a matrix product. The error is a part of the
    sizes that are added: predictors are one when they differ by less than 10^-10 of the largest of these.
    """
    size = (np.abs(matrix) @ np.abs(coefficients)).max(initial=0.0)
    return tied(matrix @ coefficients, SAME * size)


def _resample(used: CoxData, columns: list[int], samples: int) -> np.ndarray:
    """Return C of each bootstrap model in its own sample and in all patients; samples without a model have no row."""
    rng, size, pairs = np.random.default_rng(SEED), len(used.time), []
    for _ in range(samples):
        rows = rng.integers(0, size, size)
        fit = used.fit(columns, rows) if used.event[rows].any() else None
        if fit is None or not fit.converged:
            continue
        risk = predictor(used.matrix[:, columns], fit.coefficients)
        pairs.append([harrell(used.time[i], used.event[i], risk[i]) for i in (rows, np.arange(size))])
    both = np.array(pairs).reshape(-1, 2)
    return both[np.isfinite(both).all(axis=1)]
