"""Competing risks: cumulative incidence, and what one minus Kaplan-Meier would say instead.

Incidence and variance equal R's cmprsk and comprisk (the tests compare them), from the life table's counts: comprisk
takes patients, and steps through their times one by one.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.frames import about
from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.curve import INCIDENCE_COLUMNS, Curve, as_curve
from helpers.stats.survival.curves import survival_at
from helpers.stats.survival.life_table import (
    EXACT,
    NO_PATIENTS,
    READ,
    LifeTable,
    checked,
    life_tables,
    log_log_interval,
    read_at,
    steps_until,
)
from helpers.stats.ties import cleared

AALEN_JOHANSEN = "Aalen-Johansen, log-log interval"
AALEN_JOHANSEN_EXACT = f"Aalen-Johansen, {EXACT}"
NAIVE = "1 - Kaplan-Meier, competing events censored"
IDENTITY = "Kaplan-Meier plus Aalen-Johansen"
CENSORED = "censored"
NOBODY_YET = [0.0, np.nan, np.nan, np.nan, 0.0]
ROUNDING = 1e-12  # sums of increments end this close to 1 when everybody had the event


def cumulative_incidence(data: pd.DataFrame, by: str | None = None) -> Curve:
    """Return the cumulative incidence curves: a row per group and observed time, after one at 0.

    The event is that of the endpoint; all other causes compete. `cumulative_incidence` holds just after time_months,
    `at_risk` just before it. The limits are 95% log-log, F ^ exp(+-1.96 se / (F log F)), with the Aalen-type variance
    of R's cmprsk (equal at the event times of the cause); NaN where the incidence is 0 or 1. A group without patients
    has no rows. Raises ValueError when the data do not say which cause is the event.
    """
    tables = [_curve(label, table) for label, table in _cause_tables(data, by) if table.patients]
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
    fields = {**scope(data), "measure": "cumulative_incidence", "method": AALEN_JOHANSEN}
    least = about(data).min_at_risk
    return estimates(
        {**fields, "group": label, "time_months": at, **record}
        for label, table in _cause_tables(data, by, overall)
        for at, record in zip(months, _read_incidence(table, months, least), strict=True)
    )


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
    if relapse_data.shape[1] == 0:
        return estimates([])
    fields = {**scope(lfs_data), "measure": "identity_departure", "method": IDENTITY}
    causes = sorted({*relapse_data["cause"].unique()} - {CENSORED}) or ["no cause"]
    tables = [[table for _, table in _cause_tables(relapse_data, by, overall, cause)] for cause in causes]
    pairs = zip(life_tables(lfs_data, by, overall), zip(*tables, strict=True), strict=True)
    return estimates({**fields, "group": label, **_departure(free, of_causes)} for (label, free), of_causes in pairs)


def checked_causes(data: pd.DataFrame) -> pd.DataFrame:
    """Return a copy fit for competing risks: `event` is 1 for every cause but "censored".

    Data without columns stay as they are. Raises ValueError on a missing cause, which would count as an event.
    """
    if data.shape[1] == 0:
        return data
    return checked(data.assign(event=(cause_codes(data, CENSORED) == 2).astype(int)))


def cause_codes(data: pd.DataFrame, cause: str | None = None) -> np.ndarray:
    """Return 1 for the event, 2 for every competing one, 0 for censored.

    The event is the `cause` given, else any of the causes that the data are about. Raises ValueError without either,
    and on a missing cause, which would count as an event.
    """
    causes = (cause,) if cause else about(data).causes
    if not causes:
        raise ValueError("the data do not say which cause is the event; give cause=")
    word, words = pd.factorize(data["cause"])
    if (word < 0).any():
        raise ValueError('cause has missing values; give "censored" where no event was observed')
    code = [1 if name in causes else 2 * (name != CENSORED) for name in words]
    return np.array(code, int)[word]


def _competing_censored(data: pd.DataFrame) -> pd.DataFrame:
    """Return the data with every cause but the event censored."""
    return data.assign(event=(cause_codes(data) == 1).astype(int)) if data.shape[1] else data


def _cause_tables(
    data: pd.DataFrame, by: str | None, overall: bool = False, cause: str | None = None
) -> list[tuple[str, LifeTable]]:
    """Label and life table of each group, whose events are those of any cause."""
    return life_tables(data, by, overall, cause_codes(data, cause)) if data.shape[1] else []


def aalen_johansen(table: LifeTable) -> tuple[np.ndarray, np.ndarray]:
    """Return the incidence of the cause just after each time of a life table, and its variance.

    The variance is cmprsk's, which changes at events of the cause alone: of each event, of the cause and of the others,
    the binomial variance of its increment, weighted by what the incidence at the end owes to it.
    """
    free = table.survival
    before = np.concatenate([[1.0], free[:-1]])
    incidence = np.cumsum(before * table.caused / table.at_risk)
    rest = np.divide(1.0, free, out=np.zeros_like(free), where=free > 0)
    own, other = (_increments(before, table.at_risk, deaths) for deaths in (table.caused, table.events - table.caused))
    straight = np.cumsum((1 + incidence * rest) ** 2 * own + (incidence * rest) ** 2 * other)
    mixed = np.cumsum((1 + incidence * rest) * rest * own + incidence * rest**2 * other)
    square = np.cumsum(rest**2 * (own + other))
    variance = straight + incidence**2 * square - 2 * incidence * mixed
    latest = np.maximum.accumulate(np.where(table.caused > 0, np.arange(len(free)), -1))
    return incidence, np.where(latest < 0, 0.0, np.maximum(variance, 0.0)[latest])


def _increments(before: np.ndarray, at_risk: np.ndarray, deaths: np.ndarray) -> np.ndarray:
    """Return the variance of each increment of the incidence."""
    return before**2 * finite(deaths, at_risk) * deaths / at_risk**2


def finite(deaths: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return the correction of a binomial variance for several deaths at once among a finite number at risk."""
    return 1 - np.divide(deaths - 1, at_risk - 1, out=np.zeros_like(at_risk), where=at_risk > 1)


def _steps(table: LifeTable) -> np.ndarray:
    """Return what `READ` names (no limits and error at 0 and 1) before the first time, then just after each."""
    raw, variance = aalen_johansen(table)
    incidence = np.where(raw > 1 - ROUNDING, 1.0, raw)
    of_log = np.divide(variance, incidence**2, out=np.zeros_like(variance), where=incidence > 0)
    low, high = log_log_interval(incidence, of_log)
    errors = np.where(np.isnan(low), np.nan, np.sqrt(variance))
    return np.vstack([NOBODY_YET, np.column_stack([incidence, low, high, errors, np.cumsum(table.caused)])])


def _curve(label: str, table: LifeTable) -> pd.DataFrame:
    """Tabulate one group's curve."""
    columns = dict(zip(INCIDENCE_COLUMNS[2:5], _steps(table).T, strict=False))
    at_risk = np.concatenate([[table.patients], table.at_risk]).astype(int)
    time = np.concatenate([[0.0], table.time])
    return pd.DataFrame({"group": label, "time_months": time, **columns, "at_risk": at_risk})


def _read_incidence(table: LifeTable, months: Sequence[float], least: int) -> list[dict]:
    """Read one group's incidence at each time, or say why it cannot be had."""
    if not table.patients:
        return [not_estimable(NO_PATIENTS, n=0, events=0) for _ in months]
    values = [dict(zip(READ, step, strict=True)) for step in _steps(table)[steps_until(table.time, months)].tolist()]
    return [read_at(table, *one, AALEN_JOHANSEN_EXACT, least) for one in zip(months, values, strict=True)]


def _departure(free: LifeTable, of_causes: Sequence[LifeTable]) -> dict:
    """Return the largest departure from 1 in one group."""
    if not free.patients or not of_causes[0].patients:
        return not_estimable(NO_PATIENTS, n=0, events=0)
    times = np.union1d(free.time, of_causes[0].time)
    times = times[: steps_until(times, min(free.time[-1], of_causes[0].time[-1]))]
    total = np.concatenate([[1.0], free.survival])[steps_until(free.time, times)]
    for table in of_causes:
        total = total + _steps(table)[steps_until(table.time, times), 0]
    departure = np.abs(cleared(total - 1)).max()
    return {"estimate": departure, "n": free.patients, "events": of_causes[0].events.sum()}
