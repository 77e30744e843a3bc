"""Log-rank tests, plain and stratified, by statsmodels."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components
from scipy.stats import chi2
from statsmodels.duration.survfunc import survdiff

from helpers.stats.estimates import compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.life_table import checked

LOG_RANK = "Log-rank"


@if_recorded
def logrank(data: pd.DataFrame, by: str, strata: pd.Series | None = None) -> pd.DataFrame:
    """Return the test that all groups share one survival curve: P, chi-square and degrees of freedom.

    `strata` gives each patient a stratum: the test is summed over them, patients without one are left out, the method
    carries its name. Groups never at risk at an event do not count towards the degrees of freedom, as in R. No row for
    strata without categories (none declared); not estimable with fewer than two groups or without events.
    """
    data = checked(data)
    data = data[data[by].notna()]
    method, stratum = LOG_RANK, np.zeros(len(data), int)
    if strata is not None:
        data = data[strata.reindex(data.index).notna()]
        method, stratum = f"{LOG_RANK}, stratified by {strata.name}", pd.factorize(strata.loc[data.index])[0]
    fields: dict[str, Any] = {**scope(data), **compared(data, by), "measure": "p_value", "method": method}
    fields |= {"n": len(data), "events": data["event"].sum()}
    if data[by].nunique() < 2:
        return estimates([not_estimable("fewer than two groups with patients", **fields)])
    if not data["event"].any():
        return estimates([not_estimable("no events", **fields)])
    group = pd.factorize(data[by])[0]
    statistic, freedom = log_rank_statistic(data["time_months"].to_numpy(), data["event"].to_numpy(), group, stratum)
    if not freedom:
        return estimates([not_estimable("no event tells the groups apart", **fields)])
    return estimates([{**fields, "statistic": statistic, "df": freedom, "p": float(chi2.sf(statistic, freedom))}])


def log_rank_statistic(
    time: np.ndarray, event: np.ndarray, group: np.ndarray, stratum: np.ndarray
) -> tuple[float, int]:
    """Return the chi-square and its degrees of freedom; group and stratum are codes from 0.

    Groups that never meet at an event would leave the covariance singular: the test is made within each set of groups
    that meet in some stratum, directly or through others, and summed over the sets.
    """
    meeting = np.zeros((stratum.max() + 1, group.max() + 1))
    for code in np.unique(stratum[event == 1]):
        here = stratum == code
        first = time[here & (event == 1)].min()
        at_risk = here & (time >= first)  # risk sets only shrink: the groups that meet are those at the first event
        if event[at_risk & (time == first)].sum() < at_risk.sum():  # an event that all have at once tells nothing
            meeting[code, group[at_risk]] = 1
    sets = connected_components(meeting.T @ meeting, directed=False)[1]
    statistic, freedom = 0.0, 0
    for members in (np.flatnonzero(sets == number) for number in np.unique(sets)):
        if len(members) > 1:
            rows = np.isin(group, members)
            statistic += float(survdiff(time[rows], event[rows], group[rows], strata=stratum[rows])[0])
            freedom += len(members) - 1
    return statistic, freedom
