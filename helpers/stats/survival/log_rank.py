"""Log-rank tests: plain, weighted (Fleming-Harrington), stratified, and with delayed entry."""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.survival.life_table import checked, groups
from helpers.stats.ties import SAME, rank_of


@if_recorded
def logrank(
    data: pd.DataFrame,
    by: str,
    *,
    endpoint: str,
    population: str,
    group: str = "Arms",
    strata: pd.Series | None = None,
    weight: tuple[float, float] = (0, 0),
) -> pd.DataFrame:
    """Return the test that all groups share one survival curve: P, and the chi-square as the estimate.

    `strata` gives each patient a stratum: the test is summed over them, patients without one are left out, and the
    method carries its name. Strata without categories (none declared) give no row. `weight`
    (p, q) is Fleming-Harrington's S^p (1-S)^q of the pooled curve just before each event, (0, 0) the plain test
    and (1, 0) Peto-Peto as R's survdiff(rho = 1). Groups never at risk at an event do not count towards the
    degrees of freedom, as in R. Not estimable with fewer than two groups or without events.
    """
    data = checked(data, by)
    data = data if strata is None else data[strata.reindex(data.index).notna()]
    fields = {"endpoint": endpoint, "population": population, "group": group, "measure": "p_value"}
    fields |= {"n": len(data), "events": data["event"].sum(), "method": _name(strata, weight)}
    strata = None if strata is None else strata.loc[data.index]
    codes = [rows.index for _, rows in groups(data, by) if len(rows)]
    if len(codes) < 2:
        return estimates([not_estimable("fewer than two groups with patients", **fields)])
    if not data["event"].any():
        return estimates([not_estimable("no events", **fields)])
    return estimates([{**fields, **_test(data, by, strata, weight)}])


def observed_minus_expected(
    time: np.ndarray,
    event: np.ndarray,
    member: np.ndarray,
    *,
    entry: np.ndarray | None = None,
    weight: tuple[float, float] = (0, 0),
) -> tuple[np.ndarray, np.ndarray]:
    """Return observed minus expected events per group and their hypergeometric covariance matrix.

    `member` is a 0/1 matrix, one column per group. A patient is at risk in (entry, time].
    """
    times = np.unique(time[event == 1])
    at_risk = _at_risk(time, member, times, entry)
    rows = event == 1
    died = np.zeros_like(at_risk)
    np.add.at(died, np.searchsorted(times, time[rows]), member[rows])
    total, deaths = at_risk.sum(axis=1), died.sum(axis=1)
    factor = _weights(deaths / total, *weight)
    share = at_risk / total[:, None]
    difference = (factor[:, None] * (died - deaths[:, None] * share)).sum(axis=0)
    spread = factor**2 * deaths * (total - deaths) / np.maximum(total - 1, 1)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return difference, variance


def chi_square(difference: np.ndarray, variance: np.ndarray) -> tuple[float, int]:
    """Return the chi-square of observed minus expected, and its degrees of freedom (the covariance's rank)."""
    used = np.flatnonzero(np.diag(variance) > 1e-10 * np.diag(variance).max(initial=0))
    if len(used) < 2:
        return np.nan, 0
    kept = used[1:]
    covariance = variance[np.ix_(kept, kept)]
    inverse = np.linalg.pinv(covariance, rcond=SAME, hermitian=True)
    return float(difference[kept] @ inverse @ difference[kept]), rank_of(covariance)


def _test(data: pd.DataFrame, by: str, strata: pd.Series | None, weight: tuple[float, float]) -> dict:
    """Sum observed minus expected over strata and refer the quadratic form to chi-square."""
    labels = [label for label, _ in groups(data, by)]
    member = np.column_stack([(data[by].astype(str) == label).to_numpy(float) for label in labels])
    time, event = data["time_months"].to_numpy(), data["event"].to_numpy()
    stratum = np.zeros(len(data), int) if strata is None else pd.factorize(strata, sort=True)[0]
    parts = [
        observed_minus_expected(time[rows], event[rows], member[rows], weight=weight)
        for rows in (stratum == code for code in np.unique(stratum))
        if event[rows].any()
    ]
    statistic, freedom = chi_square(sum(part[0] for part in parts), sum(part[1] for part in parts))
    if not freedom:
        return not_estimable("no event tells the groups apart")
    note = f"{freedom} degrees of freedom" if freedom > 1 else ""
    return {"estimate": statistic, "p": float(chi2.sf(statistic, freedom)), "note": note}


def _at_risk(time: np.ndarray, member: np.ndarray, times: np.ndarray, entry: np.ndarray | None) -> np.ndarray:
    """Count each group's patients at risk at each time."""
    counts = np.empty((len(times), member.shape[1]))
    for column in range(member.shape[1]):
        mine = member[:, column] == 1
        counts[:, column] = mine.sum() - np.searchsorted(np.sort(time[mine]), times, side="left")
        if entry is not None:
            counts[:, column] -= mine.sum() - np.searchsorted(np.sort(entry[mine]), times, side="left")
    return counts


def _weights(hazard: np.ndarray, p: float, q: float) -> np.ndarray:
    """Return Fleming-Harrington weights from the pooled survival just before each event time."""
    before = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    return before**p * (1 - before) ** q


def _name(strata: pd.Series | None, weight: tuple[float, float]) -> str:
    """Name the test in full."""
    name = "Log-rank" if weight == (0, 0) else f"Fleming-Harrington ({weight[0]:g}, {weight[1]:g})"
    return name if strata is None else f"{name}, stratified by {strata.name}"
