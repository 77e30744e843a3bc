"""How long patients were followed, and how complete that is."""

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.frames import about
from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.curves import UNREACHED, median_of
from helpers.stats.survival.life_table import NO_PATIENTS, LifeTable, groups, life_tables
from helpers.study import DAYS_PER_MONTH

REVERSE = "Reverse Kaplan-Meier"
OBSERVED = "Observed times"
CLARK = "Clark's completeness index"
ENTRY = "infusion_date"


@if_recorded
def follow_up(data: pd.DataFrame, by: str | None = None, overall: bool = False) -> pd.DataFrame:
    """Return follow-up per group: reverse Kaplan-Meier median, shortest and longest observation, completeness.

    Takes overall survival data; the rows' endpoint is "follow_up", times are months. In the reverse curve deaths are
    censored and censorings are the events, so `events` counts the patients still followed; at a tie the dead are
    still at risk when others are censored, as in R's Surv(time, event == 0).
    Completeness is Clark's C (0-1; Clark, Altman, De Stavola 2002, Lancet 359:1309): follow-up observed divided by
    follow-up possible, from the date of time 0 (infusion_date; not estimable unless known for everybody) to death or
    the close of the study, taken to be the latest date on which any patient was seen.
    """
    fields = {**scope(data), "endpoint": "follow_up", "endpoint_label": "Follow-up"}
    tables, least = life_tables(data, by, overall), about(data).min_at_risk
    records = [(label, record) for label, table in tables for record in _observed(table, least)]
    seen, possible = _person_time(data)
    records += [
        (label, _completeness(seen[rows], possible[rows], table.events.sum()))
        for (label, table), (_, rows) in zip(tables, groups(data, by, overall), strict=True)
    ]
    return estimates({**fields, "group": label, **record} for label, record in records)


def _observed(table: LifeTable, least: int) -> list[dict]:
    """Return the median of one group's reverse curve, the shortest and the longest observation."""
    median = median_of(replace(table, events=table.censored, censored=table.events), least)
    if median["note"] == UNREACHED:
        median["note"] = "not reached: fewer than half were censored"
    records = [{"measure": "median", "method": REVERSE, **median}]
    for measure, place in (("minimum", 0), ("maximum", -1)):
        fields = {"measure": measure, "method": OBSERVED, "n": table.patients}
        known = {**fields, "estimate": table.time[place]} if table.patients else not_estimable(NO_PATIENTS, **fields)
        records.append(known)
    return records


def _person_time(data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Each patient's observed and possible follow-up in days; NaN when a date of time 0 is missing."""
    days = data["time_months"].to_numpy(float) * DAYS_PER_MONTH
    dates = pd.to_datetime(data[ENTRY], errors="coerce") if ENTRY in data else pd.Series(pd.NaT, data.index)
    if dates.isna().any():
        return days, np.full(len(data), np.nan)
    entry = (dates - dates.min()).dt.days.to_numpy()
    close = (entry + days).max(initial=-np.inf)
    return days, np.where(data["event"].to_numpy() == 1, days, close - entry)


def _completeness(seen: np.ndarray, possible: np.ndarray, events: float) -> dict:
    """Divide the sums of one group."""
    fields = {"measure": "completeness", "method": CLARK, "n": len(seen)}
    if np.isnan(possible).any():
        return not_estimable("the date of time 0 is not recorded for everybody", **fields)
    fields["events"] = events
    if not possible.sum():
        return not_estimable("no follow-up was possible" if len(seen) else NO_PATIENTS, **fields)
    return {**fields, "estimate": float(np.minimum(seen.sum() / possible.sum(), 1.0))}
