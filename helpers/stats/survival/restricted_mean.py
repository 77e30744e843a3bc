"""Restricted mean survival time: the area under the Kaplan-Meier curve up to a time, with its own variance."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.survival.life_table import (
    BEYOND,
    NO_PATIENTS,
    Z95,
    LifeTable,
    checked,
    groups,
    life_table,
    steps_before,
    steps_until,
)
from helpers.stats.ties import cleared, written

METHOD = "Area under Kaplan-Meier, Greenwood-type interval"
DIFFERENCE = "Difference of areas under Kaplan-Meier, normal approximation"


@if_recorded
def rmst(data: pd.DataFrame, tau: float, by: str | None = None, *, endpoint: str, population: str) -> pd.DataFrame:
    """Return the mean time lived event-free up to `tau` months, per group, with a 95% interval.

    The variance is that of the mean, sum of area(t, tau)^2 d / (n (n - d)) over event times t <= tau (as R's
    survRM2 and print(survfit, rmean =)). Not estimable when tau lies after a group's last observation, unless
    everybody had the event. `events` counts those up to tau.
    """
    data = checked(data, by)
    fields = {"endpoint": endpoint, "population": population, "time_months": tau, "measure": "rmst"}
    fields["method"] = METHOD
    return estimates({**fields, "group": label, **_record(rows, tau)} for label, rows in groups(data, by))


@if_recorded
def rmst_difference(
    data: pd.DataFrame, tau: float, by: str, *, endpoint: str, population: str, group: str = "Arms"
) -> pd.DataFrame:
    """Return the difference in restricted mean, each later category of `by` minus the first, with P (z test).

    With the contrast column (control first) that is treated minus control. The term names both groups.
    """
    data = checked(data, by)
    fields = {"endpoint": endpoint, "population": population, "group": group, "time_months": tau}
    fields |= {"measure": "rmst_difference", "method": DIFFERENCE}
    (reference, control), *others = groups(data, by)
    return estimates(
        {**fields, "term": f"{label} minus {reference}", **_difference(rows, control, tau)} for label, rows in others
    )


def longest_common_time(data: pd.DataFrame, by: str | None = None) -> float:
    """Return the latest time (months) up to which every group with patients was observed; NaN without patients.

    This is the largest tau at which all restricted means are estimable whatever the curves do.
    """
    data = checked(data, by)
    return min((float(rows["time_months"].max()) for _, rows in groups(data, by) if len(rows)), default=np.nan)


def _record(rows: pd.DataFrame, tau: float) -> dict:
    """Return one group's restricted mean with its interval."""
    found = _area(rows, tau)
    if "variance" not in found:
        return found
    error = np.sqrt(found.pop("variance"))
    if error == 0:
        return {**found, "note": "no interval: the curve gives no standard error up to this time"}
    return {**found, "ci_low": found["estimate"] - Z95 * error, "ci_high": found["estimate"] + Z95 * error}


def _difference(treated: pd.DataFrame, control: pd.DataFrame, tau: float) -> dict:
    """Return the difference of two restricted means."""
    areas = [_area(rows, tau) for rows in (treated, control)]
    found = {name: areas[0][name] + areas[1][name] for name in ("n", "events")}
    for area in areas:
        if "variance" not in area:
            return {**area, **found}
    estimate = float(cleared(areas[0]["estimate"] - areas[1]["estimate"], tau))
    errors = [area["variance"] for area in areas]
    if not sum(errors):
        return {**found, "estimate": estimate, "note": "no interval: the curves give no standard error"}
    error = np.sqrt(sum(errors))
    note = "" if all(errors) else "one group's standard error is 0: the interval is too narrow"
    found |= {"estimate": estimate, "ci_low": estimate - Z95 * error, "ci_high": estimate + Z95 * error}
    return {**found, "p": float(2 * norm.sf(abs(estimate) / error)), "note": note}


def _area(rows: pd.DataFrame, tau: float) -> dict:
    """Return the area under one curve and its variance, or why there is none."""
    if not len(rows):
        return not_estimable(NO_PATIENTS, n=0, events=0)
    table = life_table(rows["time_months"].to_numpy(), rows["event"].to_numpy())
    used = steps_until(table.time, tau)
    found = {"n": len(rows), "events": table.events[:used].sum()}
    if table.survival[-1] > 0 and steps_before(table.time, tau) == len(table.time):
        return not_estimable(f"{BEYOND} (to {written(table.time[-1], '.1f')} months)", **found)
    estimate, variance = _integral(table, used, tau)
    return {**found, "estimate": estimate, "variance": variance}


def _integral(table: LifeTable, used: int, tau: float) -> tuple[float, float]:
    """Integrate the curve to tau; the variance weighs each event by the squared area after it."""
    edges = np.concatenate([[0.0], table.time[:used], [tau]])
    pieces = np.diff(edges) * np.concatenate([[1.0], table.survival[:used]])
    after = cleared(np.cumsum(pieces[::-1])[::-1][1:], tau)
    left = (table.at_risk - table.events)[:used]
    terms = np.zeros(used)
    np.divide(table.events[:used], table.at_risk[:used] * left, out=terms, where=left > 0)
    return float(pieces.sum()), float((after**2 * terms).sum())
