"""Competing risks: cumulative incidence and Gray's test; the only module that reaches comprisk."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from comprisk import CumulativeIncidence, gray_test

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.survival.life_table import (
    BEYOND,
    NO_PATIENTS,
    Z95,
    LifeTable,
    checked,
    groups,
    life_table,
    snapped,
    steps_before,
    steps_until,
)
from helpers.stats.ties import cleared, rank_of, written

AALEN_JOHANSEN = "Aalen-Johansen, log-log interval"
NAIVE = "1 - Kaplan-Meier, competing events censored"
GRAY = "Gray"
IDENTITY = "Kaplan-Meier plus Aalen-Johansen"
CENSORED = "censored"
ROUNDING = 1e-12  # sums of increments end this close to 1 when everybody had the event
CURVE_COLUMNS = ["group", "time_months", "cumulative_incidence", "ci_low", "ci_high", "at_risk"]


@if_recorded
def cumulative_incidence(data: pd.DataFrame, cause: str, by: str | None = None) -> pd.DataFrame:
    """Return the cumulative incidence curves of one cause: a row per group and observed time, after one at 0.

    All other causes compete. `cumulative_incidence` holds just after time_months, `at_risk` just before it.
    The limits are 95% log-log, F ^ exp(+-1.96 se / (F log F)), with the Aalen-type variance that R's cmprsk prints
    (equal to it at the event times of the cause); NaN where the incidence is 0 or 1. A group without patients
    has no rows.
    """
    data = checked_causes(data, by)
    curves = [_curve(label, rows, cause) for label, rows in groups(data, by) if len(rows)]
    return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=CURVE_COLUMNS)


@if_recorded
def incidence_at(
    data: pd.DataFrame, cause: str, times: Sequence[float], by: str | None = None, *, endpoint: str, population: str
) -> pd.DataFrame:
    """Return the cumulative incidence of one cause at each time (months) and group, with 95% log-log limits.

    `events` counts events of the cause up to the time. Beyond a group's last observation the incidence is not
    estimable, unless everybody has had an event of some cause (then it stays where it is).
    """
    data = checked_causes(data, by)
    fields = {"endpoint": endpoint, "population": population, "measure": "cumulative_incidence"}
    fields["method"] = AALEN_JOHANSEN
    return estimates(
        {**fields, "group": label, "time_months": at, **found}
        for label, rows in groups(data, by)
        for at, found in zip(times, _incidences(rows, cause, times), strict=True)
    )


@if_recorded
def gray(
    data: pd.DataFrame, cause: str, by: str, *, endpoint: str, population: str, group: str = "Arms"
) -> pd.DataFrame:
    """Return Gray's test that all groups share one cumulative incidence: P, and the chi-square as the estimate.

    Source: Gray 1988, as R's cuminc. Not estimable with fewer than two groups or without events of the cause.
    """
    data = checked_causes(data, by)
    caused = (data["cause"] == cause).to_numpy()
    fields = {"endpoint": endpoint, "population": population, "group": group, "measure": "p_value"}
    fields |= {"method": GRAY, "n": len(data), "events": caused.sum()}
    labels = np.concatenate([np.full(len(rows), i) for i, (_, rows) in enumerate(groups(data, by))])
    ordered = pd.concat([rows for _, rows in groups(data, by)]) if len(data) else data
    if len(np.unique(labels)) < 2:
        return estimates([not_estimable("fewer than two groups with patients", **fields)])
    if not caused.any():
        return estimates([not_estimable("no events of this cause", **fields)])
    return estimates([{**fields, **_gray(ordered, cause, labels)}])


@if_recorded
def one_minus_survival_at(
    data: pd.DataFrame, cause: str, times: Sequence[float], by: str | None = None, *, endpoint: str, population: str
) -> pd.DataFrame:
    """Return 1 - Kaplan-Meier of one cause at each time: biased upwards, shown beside the cumulative incidence.

    Competing events are censored, as if those patients could still have the event. No interval is given: the
    quantity is not a probability that anybody faces.
    """
    data = checked_causes(data, by)
    fields = {"endpoint": endpoint, "population": population, "measure": "one_minus_survival", "method": NAIVE}
    return estimates(
        {**fields, "group": label, "time_months": at, **_naive_at(rows, cause, at)}
        for label, rows in groups(data, by)
        for at in times
    )


@if_recorded
def identity_departure(
    lfs: pd.DataFrame,
    competing: pd.DataFrame,
    by: str | None = None,
    *,
    population: str,
    endpoint: str = "lfs",
    causes: tuple[str, str] = ("relapse", "death without relapse"),
) -> pd.DataFrame:
    """Return the largest distance of LFS + relapse + non-relapse mortality from 1 at any observed time, per group.

    LFS is Kaplan-Meier on the first data, the two incidences are Aalen-Johansen on the second: rounding error is
    all that may remain when both share population and origin. `events` counts both causes.
    """
    lfs, competing = checked(lfs, by), checked_causes(competing, by)
    fields = {"endpoint": endpoint, "population": population, "measure": "identity_departure"}
    fields["method"] = IDENTITY
    pairs = zip(groups(lfs, by), groups(competing, by), strict=True)
    return estimates({**fields, "group": label, **_departure(free, rows, causes)} for (label, free), (_, rows) in pairs)


def checked_causes(data: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return a copy fit for competing risks: `event` is 1 for every cause but "censored".

    Raises ValueError on a missing cause: comprisk would count it as an event without warning.
    """
    if data["cause"].isna().any():
        raise ValueError('cause has missing values; give "censored" where no event was observed')
    return checked(data.assign(event=(data["cause"].astype(str) != CENSORED).astype(int)), by)


def cause_codes(data: pd.DataFrame, cause: str) -> np.ndarray:
    """Return 1 for the cause, 2 for every competing one, 0 for censored."""
    words = data["cause"].astype(str)
    return np.where(words == cause, 1, np.where(words == CENSORED, 0, 2))


def _fit(rows: pd.DataFrame, cause: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cause's jump times with incidence and variance after each."""
    time = snapped(rows["time_months"].to_numpy(float))
    fit = CumulativeIncidence(cause_codes=[1, 2]).fit(time, cause_codes(rows, cause))
    curve = fit.curves_[(None, 1)]
    incidence = np.where(curve.cif > 1 - ROUNDING, 1.0, curve.cif)
    return curve.times, incidence, np.maximum(curve.var, 0)


def _step(fit: tuple[np.ndarray, np.ndarray, np.ndarray], at: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Read incidence and variance off the curve at each time."""
    index = np.array([steps_until(fit[0], one) for one in at], dtype=int)
    return np.concatenate([[0.0], fit[1]])[index], np.concatenate([[0.0], fit[2]])[index]


def _limits(incidence: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 95% log-log limits; NaN where the incidence is 0 or 1."""
    inside = (incidence > 0) & (incidence < 1)
    value = np.where(inside, incidence, 0.5)
    width = Z95 * np.sqrt(variance) / (value * -np.log(value))
    low, high = value ** np.exp(width), value ** np.exp(-width)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def _curve(label: str, rows: pd.DataFrame, cause: str) -> pd.DataFrame:
    """Tabulate one group's curve."""
    table = life_table(rows["time_months"].to_numpy(), rows["event"].to_numpy())
    time = np.concatenate([[0.0], table.time])
    incidence, variance = _step(_fit(rows, cause), time)
    incidence[0] = variance[0] = 0.0
    low, high = _limits(incidence, variance)
    at_risk = np.concatenate([[len(rows)], table.at_risk]).astype(int)
    values = [np.full(len(time), label, dtype=object), time, incidence, low, high, at_risk]
    return pd.DataFrame(dict(zip(CURVE_COLUMNS, values, strict=True)))


def _incidences(rows: pd.DataFrame, cause: str, times: Sequence[float]) -> list[dict]:
    """Read one group's incidence at each time."""
    if not len(rows):
        return [not_estimable(NO_PATIENTS, n=0, events=0) for _ in times]
    table = life_table(rows["time_months"].to_numpy(), rows["event"].to_numpy())
    caused = np.sort(rows["time_months"].to_numpy()[cause_codes(rows, cause) == 1])
    incidence, variance = _step(_fit(rows, cause), times)
    read = zip(times, incidence, *_limits(incidence, variance), strict=True)
    return [_incidence(table, caused, *one) for one in read]


def _incidence(table: LifeTable, caused: np.ndarray, at: float, incidence: float, *limits: float) -> dict:
    """Return one incidence with its interval, or why it cannot be had."""
    found = {"n": int(table.at_risk[0]), "events": steps_until(caused, at)}
    if _is_beyond(table.time, table.survival, at):
        return not_estimable(f"{BEYOND} (to {written(table.time[-1], '.1f')} months)", **found)
    note = {0.0: "no interval: no event by this time", 1.0: "no interval: everybody had the event by this time"}
    found |= dict(zip(("estimate", "ci_low", "ci_high"), (incidence, *limits), strict=True))
    return {**found, "note": note.get(float(incidence), "")}


def _naive_at(rows: pd.DataFrame, cause: str, at: float) -> dict:
    """Read 1 - Kaplan-Meier of one group at one time."""
    if not len(rows):
        return not_estimable(NO_PATIENTS, n=0, events=0)
    table = life_table(rows["time_months"].to_numpy(), (cause_codes(rows, cause) == 1).astype(float))
    index = steps_until(table.time, at)
    found = {"n": len(rows), "events": table.events[:index].sum()}
    if _is_beyond(table.time, table.survival, at):
        return not_estimable(f"{BEYOND} (to {written(table.time[-1], '.1f')} months)", **found)
    return {**found, "estimate": 1 - table.survival[index - 1] if index else 0.0}


def _departure(free: pd.DataFrame, rows: pd.DataFrame, causes: tuple[str, str]) -> dict:
    """Return the largest departure from 1 in one group."""
    if not len(free) or not len(rows):
        return not_estimable(NO_PATIENTS, n=0, events=0)
    table = life_table(free["time_months"].to_numpy(), free["event"].to_numpy())
    until = min(table.time[-1], rows["time_months"].max())
    times = np.unique(np.concatenate([table.time, rows["time_months"].to_numpy()]))
    times = times[: steps_until(times, until)]
    survival = np.concatenate([[1.0], table.survival])[[steps_until(table.time, at) for at in times]]
    incidences = [_step(_fit(rows, cause), times)[0] for cause in causes]
    departure = float(np.abs(cleared(survival + sum(incidences) - 1)).max())
    return {"estimate": departure, "n": len(free), "events": rows["cause"].isin(causes).sum()}


def _is_beyond(times: np.ndarray, survival: np.ndarray, at: float) -> bool:
    """Tell whether a time lies after the last observation of a group in which somebody is left."""
    return bool(survival[-1] > 0 and steps_before(times, at) == len(times))


def _gray(data: pd.DataFrame, cause: str, labels: np.ndarray) -> dict:
    """Run Gray's test; a zero or singular covariance has no test."""
    result = gray_test(data["time_months"].to_numpy(), cause_codes(data, cause), labels)
    if rank_of(result.var) < result.df:
        return not_estimable("no event of this cause tells the groups apart")
    note = f"{result.df} degrees of freedom" if result.df > 1 else ""
    return {"estimate": result.stat, "p": result.pvalue, "note": note}
