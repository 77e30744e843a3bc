"""Gray's test that groups share one cumulative incidence, from counts at the distinct times.

comprisk has the same test (the tests compare them, and R's cuminc) but steps through the times one by one.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.stats.estimates import compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.incidence import cause_codes, finite
from helpers.stats.survival.life_table import observed
from helpers.stats.survival.log_rank import counts
from helpers.stats.ties import rank_of

GRAY = "Gray"


@if_recorded
def gray(data: pd.DataFrame, by: str, cause: str | None = None) -> pd.DataFrame:
    """Return Gray's test that all groups share one cumulative incidence: P, chi-square and degrees of freedom.

    Source: Gray 1988, as R's cuminc. Not estimable with fewer than two groups or without events of the cause.
    """
    codes, label = cause_codes(data, cause), data[by].astype("category").cat.codes.to_numpy(int)
    place, known = observed(data, codes).place, label >= 0
    present, group = np.unique(label[known], return_inverse=True)
    place, codes = place[known], codes[known]
    fields: dict[str, Any] = {**scope(data), **compared(data, by), "measure": "p_value", "method": GRAY}
    fields |= {"n": len(group), "events": (codes == 1).sum()}
    if len(present) < 2:
        return estimates([not_estimable("fewer than two groups with patients", **fields)])
    if not fields["events"]:
        return estimates([not_estimable("no events of this cause", **fields)])
    shape, freedom = (place.max() + 1, len(present)), len(present) - 1
    leaving, own, other = (counts(place, group, shape, part) for part in (None, codes == 1, codes == 2))
    at_risk, happens = np.cumsum(leaving[::-1], axis=0)[::-1], (own + other).any(axis=1)
    score, covariance = gray_score(at_risk[happens], own[happens], other[happens])
    if rank_of(covariance) < freedom:  # a zero or singular covariance has no test
        return estimates([not_estimable("no event of this cause tells the groups apart", **fields)])
    statistic = float(score @ np.linalg.solve(covariance, score))
    return estimates([{**fields, "statistic": statistic, "df": freedom, "p": float(chi2.sf(statistic, freedom))}])


def gray_score(at_risk: np.ndarray, own: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of all groups but the last, and their covariance, from counts: a time a row, a group a column.

    `own` counts the events of the cause, `other` those that compete. The weight is 1 at every time.
    """
    free = np.cumprod(1 - _shares(own + other, at_risk), axis=0)
    before = _before(free, 1.0)
    incidence = _before(np.cumsum(before * _shares(own, at_risk), axis=0), 0.0)
    size, deaths = _shares(at_risk, before), own.sum(axis=1)
    total = size.sum(axis=1)
    pooled = np.cumsum(deaths / total)
    rate = _shares(deaths, total * (1 - _before(pooled, 0.0)))
    expected = size * (1 - incidence)
    score = (own - expected * (deaths / expected.sum(axis=1))[:, None]).sum(axis=0)[:-1]
    covariance = np.zeros((len(score), len(score)))
    for k in range(at_risk.shape[1]):
        direct = (np.eye(at_risk.shape[1])[k] - size / total[:, None])[:, :-1] * size[:, [k]]
        through = np.cumsum(direct * rate[:, None], axis=0)
        left = _shares(1 - pooled, free[:, k])
        of_own = _shares(finite(deaths, total * before[:, k]) * before[:, k] * deaths, total * at_risk[:, k])
        of_other = _shares(finite(other[:, k], at_risk[:, k]) * before[:, k] ** 2 * other[:, k], at_risk[:, k] ** 2)
        for now, later, variance in ((direct, 1 - left, of_own), (0.0, -left, of_other * (free[:, k] > 0))):
            weight = now + later[:, None] * (through[-1] - through)
            covariance += weight.T @ (weight * variance[:, None])
    return score, covariance


def _shares(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide; 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def _before(values: np.ndarray, first: float) -> np.ndarray:
    """Return what held just before each time: the value of the time before, at first `first`."""
    return np.concatenate([np.full((1, *values.shape[1:]), first), values[:-1]])
