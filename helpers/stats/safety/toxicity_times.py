"""When a toxicity begins or a blood count recovers: data with death competing, and the incidence by day."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from helpers.cohort.endpoints import CENSORED, DEATH, ROWS_SHOWN, EndpointData
from helpers.cohort.load import Cohort
from helpers.frames import About
from helpers.stats.estimates import Estimates
from helpers.stats.safety.toxicity import NAMES, POPULATION
from helpers.stats.survival.curve import Curve
from helpers.stats.survival.curves import number_at_risk
from helpers.stats.survival.incidence import cumulative_incidence, incidence_at
from helpers.study import DAYS_PER_MONTH

ONSET = "onset"
NOBODY = pd.Series(dtype=float)


class DailyData(EndpointData):
    """An endpoint that is read by the day: time_days beside time_months; its clock is in days."""

    def first_rows(self) -> pd.DataFrame:
        """Who, when and what, of the first patients."""
        names = [name for name in ("patient_id", "arm", "time_days", "event", "cause") if name in self]
        return pd.DataFrame(self.loc[:, names]).head(ROWS_SHOWN)


def daily_data(cohort: Cohort, about: About, days: pd.Series, cause: pd.Series) -> DailyData:
    """Return the patients of `days` with time_days, time_months, cause, and event (1 = a cause of `about`).

    Without patients the data have no columns: nothing is recorded.
    """
    data, study = DailyData(), cohort.study
    if len(days):
        event = cause.isin(about.causes).astype(int)
        columns = {"time_days": days, "time_months": days / DAYS_PER_MONTH, "event": event, "cause": cause}
        data = DailyData(cohort.patients.loc[days.index].assign(**columns))
    clock = f"days since {study.time_zero}"
    data.about = replace(about, clock=clock, styles=study.styles, sides=study.sides, comparison=study.comparison)
    return data


def onset_data(cohort: Cohort, event: str) -> DailyData:
    """Return the patients with the time to the onset of `event` ("crs" or "icans"), `event` and `cause`.

    cause is "onset" on the first day of a grade 1 or more, "death" for a death without one, else "censored" at last
    contact. Patients without a grade, or with one but no day of onset, are left out; `attrs["left_out"]` counts them.
    Empty, without columns, when the cohort records no onset.
    """
    patients, grade, onset = cohort.patients, f"{event}_grade", f"{event}_onset_day"
    about = About(key=f"{event}_onset", label=f"Onset of {NAMES[event]}", population=POPULATION, causes=(ONSET,))
    if not cohort.recorded(grade, onset):
        return daily_data(cohort, about, NOBODY, NOBODY)
    had, died = patients[grade] >= 1, patients["death_day"].notna()
    days = patients["last_contact_day"].astype(float).where(~died, patients["death_day"]).mask(had, patients[onset])
    cause = pd.Series(CENSORED, patients.index, dtype=object).mask(died, DEATH).mask(had, ONSET)
    known = patients[grade].notna() & ~(had & patients[onset].isna())
    data = daily_data(cohort, about, days[known], cause[known])
    data.attrs["left_out"] = len(patients) - len(data)
    return data


def incidence_by_day(data: DailyData, days: Sequence[float], *, item: str = "") -> Estimates:
    """Return the cumulative incidence by each day (level "by day 7"), by arm and in "All".

    term reads "Day 7", or "Neutrophils: day 7" with the item "Neutrophils", which is the variable_label then.
    """
    rows = incidence_at(data, [day / DAYS_PER_MONTH for day in days], "arm", overall=True)
    reached = [f"day {month * DAYS_PER_MONTH:.0f}" for month in rows["time_months"]]
    terms = [f"{item}: {day}" if item else day.capitalize() for day in reached]
    return rows.assign(term=terms, level=[f"by {day}" for day in reached], variable_label=item)


def curves_by_day(data: DailyData) -> Curve:
    """Return the cumulative incidence curve of each arm, with time_days in place of time_months."""
    return _in_days(cumulative_incidence(data, "arm"))


def at_risk_by_day(data: DailyData, days: Sequence[float]) -> pd.DataFrame:
    """Return how many patients of each arm are at risk on each day: columns group, time_days and at_risk."""
    return _in_days(number_at_risk(data, [day / DAYS_PER_MONTH for day in days], "arm"))


def _in_days(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with time_days, free of the rounding of months, in the place of time_months."""
    if rows.empty:
        return rows
    days = (rows["time_months"] * DAYS_PER_MONTH).round(6)
    return rows.assign(time_months=days).rename(columns={"time_months": "time_days"})
