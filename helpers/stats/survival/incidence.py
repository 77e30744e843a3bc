"""Competing risks: cumulative incidence, Gray's test, and what one minus Kaplan-Meier would say instead.

The only module that reaches comprisk.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from comprisk import CumulativeIncidence, gray_test

from helpers.frames import about
from helpers.stats.estimates import FEW_AT_RISK, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.curve import INCIDENCE_COLUMNS, Curve, as_curve
from helpers.stats.survival.curves import survival_at
from helpers.stats.survival.life_table import (
    EXACT,
    NO_PATIENTS,
    SAME_TIME,
    beyond,
    checked,
    exact_limits,
    groups,
    life_table_of,
    log_log_interval,
    steps_until,
)
from helpers.stats.ties import cleared, rank_of, tied

AALEN_JOHANSEN = "Aalen-Johansen, log-log interval"
AALEN_JOHANSEN_EXACT = f"Aalen-Johansen, {EXACT}"
NAIVE = "1 - Kaplan-Meier, competing events censored"
GRAY = "Gray"
IDENTITY = "Kaplan-Meier plus Aalen-Johansen"
CENSORED = "censored"
ROUNDING = 1e-12  # sums of increments end this close to 1 when everybody had the event


def cumulative_incidence(data: pd.DataFrame, by: str | None = None) -> Curve:
    """Return the cumulative incidence curves: a row per group and observed time, after one at 0.

    The event is that of the endpoint; all other causes compete. `cumulative_incidence` holds just after time_months,
    `at_risk` just before it. The limits are 95% log-log, F ^ exp(+-1.96 se / (F log F)), with the Aalen-type variance
    of R's cmprsk (equal at the event times of the cause); NaN where the incidence is 0 or 1. A group without patients
    has no rows. Raises ValueError when the data do not say which cause is the event.
    """
    data = checked_causes(data)
    tables = [_curve(label, rows) for label, rows in groups(data, by) if len(rows)]
    return as_curve(tables, INCIDENCE_COLUMNS, data, "Aalen-Johansen", by)


@if_recorded
def incidence_at(
    data: pd.DataFrame, months: Sequence[float], by: str | None = None, overall: bool = False
) -> pd.DataFrame:
    """Return the cumulative incidence at each time (months) and group, with 95% log-log limits and standard error.

    The event is that of the endpoint; `events` counts it up to the time. Beyond a group's last observation the
    incidence is not estimable, unless everybody has had an event of some cause (then it stays where it is). At 0 and 1
    the limits are exact ones of the patients whose state is then known, and the method says so. The status is
    "few_at_risk" where fewer are at risk of any event than the study asks for. `overall` adds everybody at the end.
    """
    data = checked_causes(data)
    fields = {**scope(data), "measure": "cumulative_incidence", "method": AALEN_JOHANSEN}
    return estimates(
        {**fields, "group": label, "time_months": at, **record}
        for label, rows in groups(data, by, overall)
        for at, record in zip(months, _incidences(rows, months), strict=True)
    )


@if_recorded
def gray(data: pd.DataFrame, by: str, cause: str | None = None) -> pd.DataFrame:
    """Return Gray's test that all groups share one cumulative incidence: P, chi-square and degrees of freedom.

    Source: Gray 1988, as R's cuminc. Not estimable with fewer than two groups or without events of the cause.
    """
    data = checked_causes(data)
    data = data[data[by].notna()]
    codes, labels = cause_codes(data, cause), pd.Categorical(data[by]).codes
    fields: dict[str, Any] = {**scope(data), **compared(data, by), "measure": "p_value", "method": GRAY}
    fields |= {"n": len(data), "events": (codes == 1).sum()}
    if len(np.unique(labels)) < 2:
        return estimates([not_estimable("fewer than two groups with patients", **fields)])
    if not fields["events"]:
        return estimates([not_estimable("no events of this cause", **fields)])
    order = np.argsort(labels, kind="stable")  # group by group: sums then have the same last bits in any order of rows
    result = gray_test(data["time_months"].to_numpy()[order], codes[order], labels[order])
    if rank_of(result.var) < result.df:  # a zero or singular covariance has no test
        return estimates([not_estimable("no event of this cause tells the groups apart", **fields)])
    return estimates([{**fields, "statistic": result.stat, "df": result.df, "p": result.pvalue}])


@if_recorded
def one_minus_survival_at(
    data: pd.DataFrame, months: Sequence[float], by: str | None = None, overall: bool = False
) -> pd.DataFrame:
    """Return 1 - Kaplan-Meier of the event at each time: biased upwards, shown beside the cumulative incidence.

    Competing events are censored, as if those patients could still have the event. No interval is given: the
    quantity is not a probability that anybody faces.
    """
    rows = survival_at(_competing_censored(data), months, by, overall)
    notes = rows["note"].where(rows["estimate"].isna(), "")
    rows = rows.assign(measure="one_minus_survival", method=NAIVE, estimate=1 - rows["estimate"], note=notes)
    return rows.assign(ci_low=np.nan, ci_high=np.nan, std_error=np.nan)


@if_recorded
def identity_departure(
    lfs_data: pd.DataFrame, relapse_data: pd.DataFrame, by: str | None = None, overall: bool = False
) -> pd.DataFrame:
    """Return the largest distance of LFS + relapse + non-relapse mortality from 1 at any observed time, per group.

    LFS is Kaplan-Meier on the first data, the incidences of all causes are Aalen-Johansen on the second: rounding
    error is all that may remain when both share population and origin. `events` counts every cause.
    """
    lfs_data, relapse_data = checked(lfs_data), checked_causes(relapse_data)
    fields = {**scope(lfs_data), "measure": "identity_departure", "method": IDENTITY}
    pairs = zip(groups(lfs_data, by, overall), groups(relapse_data, by, overall), strict=True)
    return estimates({**fields, "group": label, **_departure(free, rows)} for (label, free), (_, rows) in pairs)


def checked_causes(data: pd.DataFrame) -> pd.DataFrame:
    """Return a copy fit for competing risks: `event` is 1 for every cause but "censored".

    Data without columns stay as they are. Raises ValueError on a missing cause: comprisk would count it as an event
    without warning.
    """
    if data.shape[1] == 0:
        return data
    if data["cause"].isna().any():
        raise ValueError('cause has missing values; give "censored" where no event was observed')
    return checked(data.assign(event=(data["cause"].astype(str) != CENSORED).astype(int)))


def cause_codes(data: pd.DataFrame, cause: str | None = None) -> np.ndarray:
    """Return 1 for the event, 2 for every competing one, 0 for censored.

    The event is the `cause` given, else any of the causes that the data are about. Raises ValueError without either.
    """
    causes = (cause,) if cause else about(data).causes
    if not causes:
        raise ValueError("the data do not say which cause is the event; give cause=")
    recorded = data["cause"].astype(str)
    return np.where(recorded.isin(causes), 1, np.where(recorded == CENSORED, 0, 2))


def _competing_censored(data: pd.DataFrame) -> pd.DataFrame:
    """Return the data with every cause but the event censored."""
    data = checked_causes(data)
    return data.assign(event=(cause_codes(data) == 1).astype(int)) if data.shape[1] else data


def _fit(rows: pd.DataFrame, codes: np.ndarray, at: Sequence[float] | np.ndarray) -> pd.DataFrame:
    """Return the incidence of the event coded 1 at each time, with limits and standard error (none at 0 and 1)."""
    fit = CumulativeIncidence(cause_codes=[1, 2]).fit(tied(rows["time_months"], SAME_TIME), codes)
    curve = fit.curves_[(None, 1)]
    index = np.array([steps_until(curve.times, time) for time in at], dtype=int)
    incidence = np.concatenate([[0.0], np.where(curve.cif > 1 - ROUNDING, 1.0, curve.cif)])[index]
    variance = np.concatenate([[0.0], np.maximum(curve.var, 0)])[index]
    of_log = np.divide(variance, incidence**2, out=np.zeros_like(variance), where=incidence > 0)
    low, high = log_log_interval(incidence, of_log)
    errors = np.where(np.isnan(low), np.nan, np.sqrt(variance))
    return pd.DataFrame({"estimate": incidence, "ci_low": low, "ci_high": high, "std_error": errors})


def _curve(label: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Tabulate one group's curve."""
    table = life_table_of(rows)
    band = _fit(rows, cause_codes(rows), [-1.0, *table.time])  # the first row stands before any event at time 0
    at_risk = np.concatenate([[len(rows)], table.at_risk]).astype(int)
    time = np.concatenate([[0.0], table.time])
    band = band.rename(columns={"estimate": "cumulative_incidence"})
    return band.assign(group=label, time_months=time, at_risk=at_risk)[INCIDENCE_COLUMNS]


def _incidences(rows: pd.DataFrame, months: Sequence[float]) -> list[dict]:
    """Read one group's incidence at each time, or say why it cannot be had."""
    if not len(rows):
        return [not_estimable(NO_PATIENTS, n=0, events=0) for _ in months]
    codes, table = cause_codes(rows), life_table_of(rows)
    caused = np.sort(rows["time_months"].to_numpy()[codes == 1])
    values = _fit(rows, codes, months)
    records = []
    for at, record in zip(months, values.to_dict("records"), strict=True):
        counts = {"n": len(rows), "events": steps_until(caused, at)}
        few = table.at_risk_at(at) < about(rows).min_at_risk
        exact = exact_limits(record["estimate"], table.known_at(at))
        method = {"method": AALEN_JOHANSEN_EXACT} if exact else {}
        read = {**counts, **record, **exact, **method, "status": FEW_AT_RISK if few else ""}
        records.append(beyond(table, **counts) if table.is_over(at) else read)
    return records


def _departure(free: pd.DataFrame, rows: pd.DataFrame) -> dict:
    """Return the largest departure from 1 in one group."""
    if not len(free) or not len(rows):
        return not_estimable(NO_PATIENTS, n=0, events=0)
    table = life_table_of(free)
    times = np.unique(np.concatenate([table.time, rows["time_months"].to_numpy()]))
    times = times[: steps_until(times, min(table.time[-1], rows["time_months"].max()))]
    survival = np.concatenate([[1.0], table.survival])[[steps_until(table.time, at) for at in times]]
    causes = sorted({*rows["cause"]} - {CENSORED})
    incidences = [_fit(rows, cause_codes(rows, cause), times)["estimate"].to_numpy() for cause in causes]
    departure = np.abs(cleared(survival + sum(incidences) - 1)).max()
    return {"estimate": departure, "n": len(free), "events": rows["event"].sum()}
