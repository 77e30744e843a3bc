"""How long patients were followed, and how complete that is."""

import numpy as np
import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.curves import UNREACHED, median_of
from helpers.stats.survival.life_table import NO_PATIENTS, checked, groups
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
    data = _with_person_time(checked(data))
    fields = {**scope(data), "endpoint": "follow_up", "endpoint_label": "Follow-up"}
    parts = list(groups(data, by, overall))
    records = [(label, record) for label, rows in parts for record in _observed(rows)]
    records += [(label, _completeness(rows)) for label, rows in parts]
    return estimates({**fields, "group": label, **record} for label, record in records)


def _observed(rows: pd.DataFrame) -> list[dict]:
    """Return the median of one group's reverse curve, the shortest and the longest observation."""
    median = median_of(rows.assign(event=1 - rows["event"]))
    if median["note"] == UNREACHED:
        median["note"] = "not reached: fewer than half were censored"
    records = [{"measure": "median", "method": REVERSE, **median}]
    for measure, time in (("minimum", rows["time_months"].min()), ("maximum", rows["time_months"].max())):
        fields = {"measure": measure, "method": OBSERVED, "n": len(rows)}
        records.append({**fields, "estimate": time} if len(rows) else not_estimable(NO_PATIENTS, **fields))
    return records


def _with_person_time(data: pd.DataFrame) -> pd.DataFrame:
    """Add each patient's observed and possible follow-up in days; NaN when a date of time 0 is missing."""
    dates = pd.to_datetime(data[ENTRY], errors="coerce") if ENTRY in data else pd.Series(pd.NaT, data.index)
    if dates.isna().any():
        return data.assign(observed=np.nan, possible=np.nan)
    entry = (dates - dates.min()).dt.days
    observed = data["time_months"] * DAYS_PER_MONTH
    return data.assign(observed=observed, possible=observed.where(data["event"] == 1, (entry + observed).max() - entry))


def _completeness(rows: pd.DataFrame) -> dict:
    """Divide the sums of one group."""
    fields = {"measure": "completeness", "method": CLARK, "n": len(rows)}
    if rows["possible"].isna().any():
        return not_estimable("the date of time 0 is not recorded for everybody", **fields)
    fields["events"] = rows["event"].sum()
    if not rows["possible"].sum():
        return not_estimable("no follow-up was possible" if len(rows) else NO_PATIENTS, **fields)
    return {**fields, "estimate": float(np.minimum(rows["observed"].sum() / rows["possible"].sum(), 1.0))}
