"""Kaplan-Meier curves and what is read off them: survival at a time, the median, numbers at risk."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.frames import Frame, about
from helpers.stats.estimates import FEW_AT_RISK, NOT_REACHED, estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.curve import SURVIVAL_COLUMNS, Curve, as_counts, as_curve, survival_rows
from helpers.stats.survival.life_table import (
    EXACT,
    NO_PATIENTS,
    READ,
    LifeTable,
    life_tables,
    log_log_interval,
    read_at,
    steps_until,
)

KAPLAN_MEIER = "Kaplan-Meier, log-log interval"
KAPLAN_MEIER_EXACT = f"Kaplan-Meier, {EXACT}"
UNREACHED = "not reached"
SAME_PROBABILITY = np.sqrt(np.finfo(float).eps)


def kaplan_meier(data: pd.DataFrame, by: str | None = None) -> Curve:
    """Return the survival curves: one row per group and distinct observed time, preceded by a row at time 0.

    `survival` holds just after time_months, `at_risk` just before it. Limits are 95% log-log, NaN where survival is 0
    or 1. A group without patients has no rows. Ties: events precede censorings.
    """
    filled = [(label, table) for label, table in life_tables(data, by) if table.patients]
    tables = [survival_rows(label, table, 0.0, table.patients) for label, table in filled]
    return as_curve(tables, SURVIVAL_COLUMNS, data, "Kaplan-Meier", by)


@if_recorded
def survival_at(
    data: pd.DataFrame, months: Sequence[float], by: str | None = None, overall: bool = False
) -> pd.DataFrame:
    """Return Kaplan-Meier survival at each time (months) and group, with 95% log-log limits and Greenwood's error.

    `events` counts events up to the time. Beyond a group's last observation survival is not estimable, unless
    everybody has had the event (then 0). At 0 and 1 there is no standard error: the limits are exact, from the patients
    whose state is then known (`exact_limits`), and the method says so. The status is "few_at_risk" where fewer are at
    risk than the study asks for. `overall` adds everybody at the end.
    """
    fields = {**scope(data), "measure": "survival", "method": KAPLAN_MEIER}
    least = about(data).min_at_risk
    return estimates(
        {**fields, "group": label, "time_months": at, **record}
        for label, table in life_tables(data, by, overall)
        for at, record in zip(months, read_survival(table, months, least), strict=True)
    )


@if_recorded
def median_survival(data: pd.DataFrame, by: str | None = None, overall: bool = False) -> pd.DataFrame:
    """Return the median time in months per group, with Brookmeyer-Crowley limits from the log-log band.

    Where the curve lies at 50% (within rounding) the median is the midpoint up to the next event; if no event
    follows, the time at which 50% was reached. A median or limit that is not reached is NaN and noted, never inf. The
    status is "few_at_risk" for a group of fewer patients than the study asks for.
    """
    fields = {**scope(data), "measure": "median", "method": KAPLAN_MEIER}
    tables, least = life_tables(data, by, overall), about(data).min_at_risk
    return estimates({**fields, "group": label, **median_of(table, least)} for label, table in tables)


def number_at_risk(data: pd.DataFrame, months: Sequence[float], by: str | None = None) -> Frame:
    """Return how many patients of each group are at risk at each time: those whose time is not before it.

    Columns group, time_months and at_risk. Who has the event or is censored exactly then still counts, as in R.
    """
    tables = life_tables(data, by)
    return as_counts([(label, float(at), table.at_risk_at(at)) for label, table in tables for at in months], data)


def median_of(table: LifeTable, least: int) -> dict:
    """Read one group's median and its limits off the curve and its band; `least` patients make a sure one."""
    if not table.patients:
        return not_estimable(NO_PATIENTS, n=0, events=0)
    low, high = log_log_interval(table.survival, table.greenwood)
    median, lower, upper = (_crossing(table.time, band) for band in (table.survival, low, high))
    counts: dict[str, object] = {"n": table.patients, "events": table.events.sum()}
    counts |= {"status": FEW_AT_RISK} if table.patients < least else {}
    if np.isnan(median):
        return {"status": NOT_REACHED, **counts, "ci_low": lower, "ci_high": upper, "note": UNREACHED}
    note = "upper limit " + UNREACHED if np.isnan(upper) else ""
    if np.isnan(lower):
        note = "no interval: the confidence band never reaches 50%"
    return {**counts, "estimate": median, "ci_low": lower, "ci_high": upper, "note": note}


def read_survival(table: LifeTable, months: Sequence[float], least: int) -> list[dict]:
    """Read one group's curve at each time, as a record; fewer than `least` at risk are few."""
    if not table.patients:
        return [not_estimable(NO_PATIENTS, n=0, events=0) for _ in months]
    low, high = log_log_interval(table.survival, table.greenwood)
    errors = np.where(np.isnan(low), np.nan, table.survival * np.sqrt(table.greenwood))
    steps = np.column_stack([table.survival, low, high, errors, np.cumsum(table.events)])
    at_months = np.vstack([[1.0, np.nan, np.nan, np.nan, 0.0], steps])[steps_until(table.time, months)]
    values = [dict(zip(READ, step, strict=True)) for step in at_months.tolist()]
    return [read_at(table, *one, KAPLAN_MEIER_EXACT, least) for one in zip(months, values, strict=True)]


def _crossing(time: np.ndarray, curve: np.ndarray) -> float:
    """Return when a curve reaches 50%: midpoint of a flat stretch at 50%, NaN if it never does."""
    below = np.flatnonzero(curve < 0.5 + SAME_PROBABILITY)
    if not len(below):
        return np.nan
    first = below[0]
    later = np.flatnonzero(curve < curve[first] - SAME_PROBABILITY)
    flat = abs(curve[first] - 0.5) < SAME_PROBABILITY and len(later)
    return float((time[first] + time[later[0]]) / 2 if flat else time[first])
