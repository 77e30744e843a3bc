"""When a toxicity begins: onset data with death competing, and the incidence of onset by day."""

from collections.abc import Sequence

import pandas as pd

from helpers.stats.estimates import stack
from helpers.stats.proportions.by_group import several
from helpers.stats.survival.curves import number_at_risk
from helpers.stats.survival.incidence import cumulative_incidence, incidence_at
from helpers.study import DAYS_PER_MONTH

ONSET, DEATH, CENSORED = "onset", "death", "censored"


def onset_data(patients: pd.DataFrame, event: str) -> pd.DataFrame:
    """Return the patients with time_months to the onset of `event` ("crs" or "icans"), `event` and `cause`.

    cause is "onset" on the first day of a grade 1 or more, "death" for a death without one, else "censored" at last
    contact. Patients without a grade, or with one but no day of onset, are left out; `attrs["left_out"]` counts them.
    Empty, without columns, when the cohort records no onset.
    """
    grade, onset = f"{event}_grade", f"{event}_onset_day"
    if not {grade, onset} <= {*patients} or patients[onset].isna().all():
        return pd.DataFrame()
    had = patients[grade] >= 1
    kept = patients[patients[grade].notna() & ~(had & patients[onset].isna())]
    had, died = had[kept.index], kept["death_day"].notna()
    days = kept["last_contact_day"].astype(float).where(~died, kept["death_day"]).mask(had, kept[onset])
    cause = pd.Series(CENSORED, kept.index, dtype=object).mask(died, DEATH).mask(had, ONSET)
    data = kept.assign(time_months=days / DAYS_PER_MONTH, event=had.astype(int), cause=cause)
    data.attrs["left_out"] = len(patients) - len(kept)
    return data


def incidence_by_group(
    data: pd.DataFrame, cause: str, times: Sequence[float], by: str = "arm", *, endpoint: str, population: str
) -> pd.DataFrame:
    """Return the cumulative incidence at each time (months), by group of `by` if there are several, and in "All"."""
    groups = incidence_at(data, times, by, cause=cause) if by in data and several(data[by]) else stack()
    rows = stack(groups, incidence_at(data, times, cause=cause))
    return rows.assign(endpoint=endpoint, endpoint_label=endpoint, population=population)


def incidence_by_day(
    data: pd.DataFrame,
    cause: str,
    days: Sequence[float],
    by: str = "arm",
    *,
    endpoint: str,
    population: str,
    term: str = "",
) -> pd.DataFrame:
    """Return the cumulative incidence of a cause by each day, by group and in "All".

    term reads "Day 7", or "Neutrophils: day 7" with the term "Neutrophils".
    """
    times = [day / DAYS_PER_MONTH for day in days]
    rows = incidence_by_group(data, cause, times, by, endpoint=endpoint, population=population)
    named = f"{term}: day" if term else "Day"
    return rows.assign(term=[f"{named} {month * DAYS_PER_MONTH:.0f}" for month in rows["time_months"]])


def curves_by_day(data: pd.DataFrame, cause: str, by: str = "arm") -> pd.DataFrame:
    """Return the curves of `competing.cumulative_incidence` for drawing, their column time_months in DAYS."""
    curves = cumulative_incidence(data, by, cause)
    return curves.assign(time_months=curves["time_months"] * DAYS_PER_MONTH) if len(curves) else curves


def at_risk_by_day(data: pd.DataFrame, days: Sequence[float], by: str = "arm") -> pd.DataFrame:
    """Return how many patients of each group are at risk on each day, for drawing: time_months is in DAYS."""
    found = number_at_risk(data, [day / DAYS_PER_MONTH for day in days], by)
    return found.assign(time_months=(found["time_months"] * DAYS_PER_MONTH).round(6)) if len(found) else found
