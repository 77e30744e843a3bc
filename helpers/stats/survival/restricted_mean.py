"""Restricted mean survival time: the area under the Kaplan-Meier curve up to a time, with its own variance."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.stats.estimates import compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import Z95
from helpers.stats.survival.life_table import (
    NO_PATIENTS,
    LifeTable,
    beyond,
    checked,
    groups,
    life_table_of,
    steps_until,
)
from helpers.stats.ties import cleared

METHOD = "Area under Kaplan-Meier, Greenwood-type interval"
DIFFERENCE = "Difference of areas under Kaplan-Meier, normal approximation"


@if_recorded
def rmst(data: pd.DataFrame, until: float, by: str | None = None, overall: bool = False) -> pd.DataFrame:
    """Return the mean time lived event-free up to `until` months, per group, with standard error and 95% interval.

    The variance is that of the mean, sum of area(t, until)^2 d / (n (n - d)) over event times t <= until (as R's
    survRM2 and print(survfit, rmean =)). Not estimable when `until` lies after a group's last observation, unless
    everybody had the event. `events` counts those up to then. `overall` adds everybody after the groups.
    """
    data = checked(data)
    fields = {**scope(data), "time_months": until, "measure": "rmst", "method": METHOD}
    return estimates({**fields, "group": label, **_mean(rows, until)} for label, rows in groups(data, by, overall))


@if_recorded
def rmst_difference(data: pd.DataFrame, until: float, by: str) -> pd.DataFrame:
    """Return the difference in restricted mean, each later category of `by` minus the first, with P (z test).

    With the column of the comparison (control first) that is treated minus control. The level is the group, the
    reference the first category; the term names both.
    """
    data = checked(data)
    fields = {**scope(data), **compared(data, by), "time_months": until}
    fields |= {"measure": "rmst_difference", "method": DIFFERENCE}
    (reference, control), *others = groups(data, by)
    return estimates(
        {
            **fields,
            "term": f"{label} minus {reference}",
            "level": label,
            "reference": reference,
            **_difference(rows, control, until),
        }
        for label, rows in others
    )


def _mean(rows: pd.DataFrame, until: float) -> dict:
    """Return one group's restricted mean with its interval."""
    area = _area(rows, until)
    error = area.get("std_error", np.nan)
    if error == 0:
        return {**area, "std_error": np.nan, "note": "no interval: the curve gives no standard error up to this time"}
    return {**area, **_interval(area["estimate"], error)}


def _difference(treated: pd.DataFrame, control: pd.DataFrame, until: float) -> dict:
    """Return the difference of two restricted means."""
    areas = [_area(rows, until) for rows in (treated, control)]
    counts = {name: areas[0][name] + areas[1][name] for name in ("n", "events")}
    for area in areas:
        if np.isnan(area["estimate"]):
            return {**area, **counts}
    estimate = float(cleared(areas[0]["estimate"] - areas[1]["estimate"], until))
    errors = [area["std_error"] for area in areas]
    error = float(np.hypot(*errors))
    if not error:
        return {**counts, "estimate": estimate, "note": "no interval: the curves give no standard error"}
    note = "" if all(errors) else "one group's standard error is 0: the interval is too narrow"
    found = {"estimate": estimate, "std_error": error, "statistic": estimate / error, "note": note}
    return {**counts, **found, **_interval(estimate, error), "p": float(2 * norm.sf(abs(estimate) / error))}


def _interval(estimate: float, error: float) -> dict[str, float]:
    """Return the normal 95% limits."""
    return {"ci_low": estimate - Z95 * error, "ci_high": estimate + Z95 * error}


def _area(rows: pd.DataFrame, until: float) -> dict:
    """Return the area under one curve and its standard error, or why there is none."""
    if not len(rows):
        return not_estimable(NO_PATIENTS, n=0, events=0)
    table = life_table_of(rows)
    used = steps_until(table.time, until)
    counts = {"n": len(rows), "events": table.events[:used].sum()}
    if table.is_over(until):
        return beyond(table, **counts)
    estimate, variance = _integral(table, used, until)
    return {**counts, "estimate": estimate, "std_error": float(np.sqrt(variance))}


def _integral(table: LifeTable, used: int, until: float) -> tuple[float, float]:
    """Integrate the curve; the variance weighs each event by the squared area after it."""
    edges = np.concatenate([[0.0], table.time[:used], [until]])
    pieces = np.diff(edges) * np.concatenate([[1.0], table.survival[:used]])
    after = cleared(np.cumsum(pieces[::-1])[::-1][1:], until)
    left = (table.at_risk - table.events)[:used]
    terms = np.zeros(used)
    np.divide(table.events[:used], table.at_risk[:used] * left, out=terms, where=left > 0)
    return float(pieces.sum()), float((after**2 * terms).sum())
