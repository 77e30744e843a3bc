"""Log-rank tests, plain and stratified."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components
from scipy.stats import chi2

from helpers.stats.estimates import compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.life_table import distinct, observed

LOG_RANK = "Log-rank"


@if_recorded
def logrank(data: pd.DataFrame, by: str, strata: pd.Series | None = None) -> pd.DataFrame:
    """Return the test that all groups share one survival curve: P, chi-square and degrees of freedom.

    `strata` gives each patient a stratum: the test is summed over them, patients without one are left out, the method
    carries its name. Groups never at risk at an event do not count towards the degrees of freedom, as in R. No row for
    strata without categories (none declared); not estimable with fewer than two groups or without events.
    """
    seen, group, method = observed(data), data[by].astype("category").cat.codes.to_numpy(int), LOG_RANK
    stratum = np.zeros(len(data), int)
    if strata is not None:
        method, stratum = f"{LOG_RANK}, stratified by {strata.name}", pd.factorize(strata.reindex(data.index))[0]
    known = (group >= 0) & (stratum >= 0)
    event, group = seen.event[known], group[known]
    fields: dict[str, Any] = {**scope(data), **compared(data, by), "measure": "p_value", "method": method}
    fields |= {"n": len(event), "events": event.sum()}
    if len(np.unique(group)) < 2:
        return estimates([not_estimable("fewer than two groups with patients", **fields)])
    return estimates([fields | tested(*log_rank_statistic(seen.place[known], event, group, stratum[known]), event)])


def tested(statistic: float, freedom: int, event: np.ndarray) -> dict[str, Any]:
    """The record of a test of groups that have these events, or why there is none."""
    if not freedom:
        return not_estimable("no event tells the groups apart" if event.any() else "no events")
    return {"statistic": statistic, "df": freedom, "p": float(chi2.sf(statistic, freedom))}


def log_rank_statistic(
    time: np.ndarray, event: np.ndarray, group: np.ndarray, stratum: np.ndarray
) -> tuple[float, int]:
    """Return the chi-square and its degrees of freedom; group and stratum are codes from 0."""
    times, place = distinct(time)
    keys, row = distinct(stratum * len(times) + place)
    shape, here = (len(keys), group.max() + 1), keys // len(times)
    leaving, events = counts(row, group, shape), counts(row, group, shape, event)
    staying = np.vstack([np.cumsum(leaving[::-1], axis=0)[::-1], np.zeros(shape[1])])
    return log_rank_of(staying[:-1] - staying[np.searchsorted(here, here, side="right")], events)


def counts(row: np.ndarray, column: np.ndarray, shape: tuple[int, int], weights: Any = None) -> np.ndarray:
    """Count patients, or sum their weights, by row and column of a table."""
    return np.bincount(row * shape[1] + column, weights, shape[0] * shape[1]).reshape(shape).astype(float)


def log_rank_of(at_risk: np.ndarray, events: np.ndarray) -> tuple[float, int]:
    """Return chi-square and degrees of freedom from those at risk and the events: a row per time, a column per group.

    Groups that never meet at an event would leave the covariance singular: the test is made within each set of groups
    that meet in some stratum, directly or through others, and summed over the sets.
    """
    deaths, everybody = events.sum(axis=1), at_risk.sum(axis=1)
    telling = (deaths > 0) & (deaths < everybody)  # an event that all have at once tells nothing
    at_risk, events, deaths, everybody = at_risk[telling], events[telling], deaths[telling], everybody[telling]
    share = at_risk / everybody[:, None]
    difference = (events - deaths[:, None] * share).sum(axis=0)
    weighted = share * (deaths * (everybody - deaths) / (everybody - 1))[:, None]
    covariance = np.diag(weighted.sum(axis=0)) - share.T @ weighted
    meeting = (at_risk > 0).astype(float)
    sets = connected_components(meeting.T @ meeting, directed=False)[1]
    statistic, freedom = 0.0, 0
    for members in (np.flatnonzero(sets == number)[1:] for number in np.unique(sets)):
        if len(members):
            own = np.linalg.solve(covariance[np.ix_(members, members)], difference[members])
            statistic, freedom = statistic + float(difference[members] @ own), freedom + len(members)
    return statistic, freedom
