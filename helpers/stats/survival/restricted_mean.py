"""Restricted mean survival time: the area under the Kaplan-Meier curve up to a time, with its own variance."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.frames import about
from helpers.stats.estimates import FEW_AT_RISK, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import Z95
from helpers.stats.survival.life_table import NO_PATIENTS, LifeTable, beyond, life_tables, steps_until
from helpers.stats.ties import above, below, cleared

METHOD = "Area under Kaplan-Meier, Greenwood-type interval"
DIFFERENCE = "Difference of areas under Kaplan-Meier, normal approximation"


@if_recorded
def rmst(data: pd.DataFrame, until: float, by: str | None = None, overall: bool = False) -> pd.DataFrame:
    """Return the mean time lived event-free up to `until` months, per group, with standard error and 95% interval.

    The variance is that of the mean, sum of area(t, until)^2 d / (n (n - d)) over event times t <= until (as R's
    survRM2 and print(survfit, rmean =)). Not estimable when `until` lies after a group's last observation, unless
    everybody had the event. `events` counts those up to then. No mean lies outside 0 to `until`: a limit beyond is cut
    there, and the note says so. The status is "few_at_risk" for a group of fewer patients than the study asks for.
    `overall` adds everybody after the groups.
    """
    fields = {**scope(data), "time_months": until, "measure": "rmst", "method": METHOD}
    tables, least = life_tables(data, by, overall), about(data).min_at_risk
    return estimates({**fields, "group": label, **_cut(_mean(table, until, least), until)} for label, table in tables)


@if_recorded
def rmst_difference(data: pd.DataFrame, until: float, by: str) -> pd.DataFrame:
    """Return the difference in restricted mean, each later category of `by` minus the first, with P (z test).

    With the column of the comparison: treated minus control. The level is the group, the reference that first one.
    """
    fields = {**scope(data), **compared(data, by), "time_months": until}
    fields |= {"measure": "rmst_difference", "method": DIFFERENCE}
    least = about(data).min_at_risk
    (reference, control), *others = [(label, _mean(table, until, least)) for label, table in life_tables(data, by)]
    return estimates(
        fields
        | {"term": f"{label} minus {reference}", "level": label, "reference": reference}
        | _difference(mean, control, until)
        for label, mean in others
    )


def _mean(table: LifeTable, until: float, least: int) -> dict:
    """Return the area under one curve, or why there is none; its variance weighs each event by the area after it."""
    if not table.patients:
        return not_estimable(NO_PATIENTS, n=0, events=0)
    used = steps_until(table.time, until)
    counts: dict = {"n": table.patients, "events": table.events[:used].sum()}
    if table.is_over(until):
        return beyond(table, **counts)
    edges = np.concatenate([[0.0], table.time[:used], [until]])
    pieces = np.diff(edges) * np.concatenate([[1.0], table.survival[:used]])
    after = cleared(np.cumsum(pieces[::-1])[::-1][1:], until)
    at_risk, events = table.at_risk[:used], table.events[:used]
    weights = np.divide(events, at_risk * (at_risk - events), out=np.zeros(used), where=at_risk > events)
    error = float(np.sqrt((after**2 * weights).sum()))
    note = "" if error else "no interval: the curve gives no standard error up to this time"
    counts |= {"status": FEW_AT_RISK} if table.patients < least else {}
    return {**counts, **_with_interval(float(pieces.sum()), error), "note": note}


def _cut(mean: dict, until: float) -> dict:
    """Return the record of a mean with its limits inside 0 to `until`, where every such mean lies."""
    low, high = mean.get("ci_low", np.nan), mean.get("ci_high", np.nan)
    if not (below(low, 0) or above(high, until)):
        return mean
    note = f"a limit beyond 0 to {until:g} months, where every such mean lies, is cut there"
    return {**mean, "ci_low": max(low, 0.0), "ci_high": min(high, until), "note": note}


def _difference(treated: dict, control: dict, until: float) -> dict:
    """Return the difference of two restricted means."""
    means = [treated, control]
    counts = {name: means[0][name] + means[1][name] for name in ("n", "events")}
    counts |= {"status": FEW_AT_RISK} if FEW_AT_RISK in [mean.get("status") for mean in means] else {}
    for mean in means:
        if np.isnan(mean["estimate"]):
            return {**mean, **counts}
    estimate = float(cleared(means[0]["estimate"] - means[1]["estimate"], until))
    errors = np.nan_to_num([mean["std_error"] for mean in means])
    error = float(np.hypot(*errors))
    if not error:
        return {**counts, "estimate": estimate, "note": "no interval: the curves give no standard error"}
    note = "" if errors.all() else "one group's standard error is 0: the interval is too narrow"
    test = {"statistic": estimate / error, "p": float(2 * norm.sf(abs(estimate) / error))}
    return {**counts, **_with_interval(estimate, error), **test, "note": note}


def _with_interval(estimate: float, error: float) -> dict[str, float]:
    """Return the estimate with its standard error and normal 95% limits; a standard error of 0 is none."""
    error = error or np.nan
    limits = {"ci_low": estimate - Z95 * error, "ci_high": estimate + Z95 * error}
    return {"estimate": estimate, "std_error": error, **limits}
