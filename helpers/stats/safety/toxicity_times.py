"""When something happens after time zero, by the day: data with death competing, and the incidence by day."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from helpers.cohort.endpoints import ROWS_SHOWN, EndpointData
from helpers.cohort.load import Cohort
from helpers.frames import About
from helpers.stats.estimates import Estimates
from helpers.stats.survival.incidence import incidence_at
from helpers.study import DAYS_PER_MONTH


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


def incidence_by_day(data: DailyData, days: Sequence[float], *, item: str) -> Estimates:
    """Return the cumulative incidence by each day (level "by day 7"), by arm and in "All".

    term reads "Neutrophils: day 7" with the item "Neutrophils", which is the variable_label.
    """
    rows = incidence_at(data, [day / DAYS_PER_MONTH for day in days], "arm", overall=True)
    reached = [f"day {month * DAYS_PER_MONTH:.0f}" for month in rows["time_months"]]
    return rows.assign(
        term=[f"{item}: {day}" for day in reached], level=[f"by {day}" for day in reached], variable_label=item
    )
