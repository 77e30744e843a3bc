"""Kaplan-Meier curves and what is read off them: survival at a time, median, follow-up, numbers at risk."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

from helpers.stats.estimates import estimates, if_recorded, not_estimable, stack
from helpers.stats.survival.completeness import completeness
from helpers.stats.survival.life_table import BEYOND, NO_PATIENTS, checked, groups, steps_before, steps_until
from helpers.stats.survival.log_rank import logrank
from helpers.stats.ties import written

__all__ = ["follow_up", "kaplan_meier", "logrank", "median_survival", "number_at_risk", "survival_at"]

KAPLAN_MEIER = "Kaplan-Meier, log-log interval"
REVERSE = "Reverse Kaplan-Meier"
NOT_REACHED = "not reached"
NO_EVENT = "no interval: no event by this time"
SAME_PROBABILITY = np.sqrt(np.finfo(float).eps)
CURVE_COLUMNS = ["group", "time_months", "survival", "ci_low", "ci_high", "at_risk", "events", "censored"]


@if_recorded
def kaplan_meier(data: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return the survival curves: one row per group and distinct observed time, preceded by a row at time 0.

    `survival` holds just after time_months, `at_risk` just before it. Limits are 95% log-log; they are NaN where
    survival is 0 or 1. A group without patients has no rows. Ties: events precede censorings.
    """
    data = checked(data, by)
    curves = [_curve(label, rows) for label, rows in groups(data, by) if len(rows)]
    return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=CURVE_COLUMNS)


@if_recorded
def survival_at(
    data: pd.DataFrame, times: Sequence[float], by: str | None = None, *, endpoint: str, population: str
) -> pd.DataFrame:
    """Return Kaplan-Meier survival at each time (months) and group, with 95% log-log limits.

    `events` counts events up to the time. Beyond a group's last observation survival is not estimable, unless
    everybody has had the event (then 0): a curve is never carried past its data. Where survival is 0 or 1 the
    log-log interval does not exist, and the note says so.
    """
    data = checked(data, by)
    fields = {"endpoint": endpoint, "population": population, "measure": "survival", "method": KAPLAN_MEIER}
    return estimates(
        {**fields, "group": label, "time_months": at, **found}
        for label, rows in groups(data, by)
        for at, found in zip(times, _survival_at(rows, times), strict=True)
    )


@if_recorded
def median_survival(data: pd.DataFrame, by: str | None = None, *, endpoint: str, population: str) -> pd.DataFrame:
    """Return the median time in months per group, with Brookmeyer-Crowley limits from the log-log band.

    Where the curve lies at 50% (within rounding) the median is the midpoint up to the next event; if no event
    follows, the time at which 50% was reached. A median or limit that is not reached is NaN and noted, never inf.
    """
    data = checked(data, by)
    fields = {"endpoint": endpoint, "population": population, "measure": "median", "method": KAPLAN_MEIER}
    return estimates({**fields, "group": label, **_median(rows)} for label, rows in groups(data, by))


@if_recorded
def follow_up(
    data: pd.DataFrame, by: str | None = None, *, population: str, endpoint: str = "follow_up"
) -> pd.DataFrame:
    """Return follow-up per group: reverse Kaplan-Meier median, shortest and longest observation, completeness.

    Takes overall survival data; times are months, `events` counts the patients still followed. In the reverse
    curve deaths are censored and censorings are the events; at a tie the dead are still at risk when others are
    censored, as in R's Surv(time, event == 0). Completeness is Clark's C, from the column infusion_date if there.
    """
    data = checked(data, by)
    records = []
    for label, rows in groups(data, by):
        fields = {"endpoint": endpoint, "population": population, "group": label}
        reverse = {"measure": "median", "method": REVERSE, **_median(rows.assign(event=1 - rows["event"]))}
        records.append({**fields, **reverse, "note": _follow_up_note(reverse["note"])})
        records += [{**fields, **_extreme(rows["time_months"], name)} for name in ("minimum", "maximum")]
    return stack(estimates(records), completeness(data, by, population=population, endpoint=endpoint))


@if_recorded
def number_at_risk(data: pd.DataFrame, times: Sequence[float], by: str | None = None) -> pd.DataFrame:
    """Return how many patients of each group are at risk at each time: those whose time is not before it.

    A patient with the event or censored exactly at the time still counts (R's summary.survfit counts so).
    """
    data = checked(data, by)
    rows = []
    for label, members in groups(data, by):
        observed = np.sort(members["time_months"].to_numpy())
        rows += [(label, float(at), len(observed) - steps_before(observed, at)) for at in times]
    return pd.DataFrame(rows, columns=["group", "time_months", "at_risk"])


def _product_limit(rows: pd.DataFrame) -> pd.DataFrame:
    """Return lifelines' curve of one group at each observed time, without limits where survival is 0 or 1."""
    fit = KaplanMeierFitter().fit(rows["time_months"], rows["event"])  # its interval is the log-log one
    table = fit.event_table[fit.event_table["removed"] > 0]
    survival = fit.survival_function_.iloc[:, 0].loc[table.index]
    limits = fit.confidence_interval_.loc[table.index].where((survival > 0) & (survival < 1), axis=0)
    columns = [survival, *(limits[name] for name in limits), table["at_risk"], table["observed"], table["censored"]]
    values = dict(zip(CURVE_COLUMNS[2:], (column.to_numpy() for column in columns), strict=True))
    return pd.DataFrame({"time_months": table.index.to_numpy(float), **values})


def _curve(label: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Tabulate one group's curve, from 1 at time 0."""
    start = pd.DataFrame([[0.0, 1.0, np.nan, np.nan, len(rows), 0, 0]], columns=CURVE_COLUMNS[1:])
    curve = pd.concat([start, _product_limit(rows)], ignore_index=True)
    curve = curve.astype(dict.fromkeys(("at_risk", "events", "censored"), int))
    curve.insert(0, "group", label)
    return curve


def _survival_at(rows: pd.DataFrame, times: Sequence[float]) -> list[dict]:
    """Read one group's curve at each time."""
    if not len(rows):
        return [not_estimable(NO_PATIENTS, n=0, events=0) for _ in times]
    curve = _product_limit(rows)
    return [{"n": len(rows), **_read_off(curve, at)} for at in times]


def _read_off(curve: pd.DataFrame, at: float) -> dict:
    """Read a curve at one time; beyond its last time only a survival of 0 is known."""
    index = steps_until(curve["time_months"].to_numpy(), at)
    if not index:
        return {"events": 0, "estimate": 1.0, "note": NO_EVENT}
    last, events = curve.iloc[index - 1], curve["events"].iloc[:index].sum()
    if last["survival"] > 0 and steps_before(curve["time_months"].to_numpy(), at) == len(curve):
        return not_estimable(f"{BEYOND} (to {written(last['time_months'], '.1f')} months)", events=events)
    note = {0.0: "no interval: everybody had the event by this time", 1.0: NO_EVENT}.get(last["survival"], "")
    found = {"estimate": last["survival"], "ci_low": last["ci_low"], "ci_high": last["ci_high"]}
    return {**found, "events": events, "note": note}


def _median(rows: pd.DataFrame) -> dict:
    """Read one group's median and its limits off the curve and its band."""
    if not len(rows):
        return not_estimable(NO_PATIENTS, n=0, events=0)
    curve = _product_limit(rows)
    bands = (curve[name].to_numpy() for name in ("survival", "ci_low", "ci_high"))
    values = [_crossing(curve["time_months"].to_numpy(), band) for band in bands]
    found = {"n": len(rows), "events": curve["events"].sum(), "note": _median_note(*np.isnan(values))}
    return {**found, **dict(zip(("estimate", "ci_low", "ci_high"), values, strict=True))}


def _median_note(no_median: bool, no_lower: bool, no_upper: bool) -> str:
    """Say what the median or its interval lacks."""
    if no_median:
        return NOT_REACHED
    if no_lower:
        return "no interval: the confidence band never reaches 50%"
    return "upper limit " + NOT_REACHED if no_upper else ""


def _crossing(time: np.ndarray, curve: np.ndarray) -> float:
    """Return when a curve reaches 50%: midpoint of a flat stretch at 50%, NaN if it never does."""
    below = np.flatnonzero(curve < 0.5 + SAME_PROBABILITY)
    if not len(below):
        return np.nan
    first = below[0]
    later = np.flatnonzero(curve < curve[first] - SAME_PROBABILITY)
    flat = abs(curve[first] - 0.5) < SAME_PROBABILITY and len(later)
    return float((time[first] + time[later[0]]) / 2 if flat else time[first])


def _extreme(times: pd.Series, measure: str) -> dict:
    """Return the shortest or longest observation."""
    fields = {"measure": measure, "method": "Observed times", "n": len(times)}
    if not len(times):
        return not_estimable(NO_PATIENTS, **fields)
    return {**fields, "estimate": times.min() if measure == "minimum" else times.max()}


def _follow_up_note(note: str) -> str:
    """Say what an unreached median of follow-up means."""
    return "not reached: fewer than half were censored" if note == NOT_REACHED else note
