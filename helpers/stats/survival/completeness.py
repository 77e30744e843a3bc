"""How complete the follow-up is: person-time observed against person-time possible."""

import numpy as np
import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.survival.life_table import NO_PATIENTS, checked, groups
from helpers.study import DAYS_PER_MONTH

CLARK = "Clark's completeness index"


@if_recorded
def completeness(
    data: pd.DataFrame,
    by: str | None = None,
    *,
    population: str,
    entry_date: str = "infusion_date",
    endpoint: str = "follow_up",
) -> pd.DataFrame:
    """Return Clark's C per group: follow-up time observed divided by follow-up time possible, 0-1.

    Takes overall survival data with the calendar date of time 0. The study is taken to close on the latest date
    on which any patient was seen. A patient who died could not be followed longer; one alive could have been
    followed to the close. Not estimable without dates. Source: Clark, Altman, De Stavola 2002 (Lancet 359:1309).
    """
    data = checked(data, by)
    dates = pd.to_datetime(data[entry_date], errors="coerce") if entry_date in data else None
    fields = {"endpoint": endpoint, "population": population, "measure": "completeness", "method": CLARK}
    if dates is None or dates.isna().any():
        reason = "the date of time 0 is not recorded for everybody"
        return estimates(not_estimable(reason, **fields, group=label, n=len(rows)) for label, rows in groups(data, by))
    data = data.assign(**_person_time(data, dates))
    return estimates({**fields, "group": label, **_ratio(rows)} for label, rows in groups(data, by))


def _person_time(data: pd.DataFrame, dates: pd.Series) -> dict[str, pd.Series]:
    """Return each patient's observed and possible follow-up in days."""
    entry = (dates - dates.min()).dt.days
    observed = data["time_months"] * DAYS_PER_MONTH
    possible = observed.where(data["event"] == 1, (entry + observed).max() - entry)
    return {"observed": observed, "possible": possible}


def _ratio(rows: pd.DataFrame) -> dict:
    """Divide the sums of one group."""
    found = {"n": len(rows), "events": rows["event"].sum()}
    if not len(rows):
        return not_estimable(NO_PATIENTS, **found)
    if not rows["possible"].sum():
        return not_estimable("no follow-up was possible", **found)
    return {**found, "estimate": float(np.minimum(rows["observed"].sum() / rows["possible"].sum(), 1.0))}
