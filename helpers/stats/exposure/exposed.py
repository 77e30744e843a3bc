"""Who is exposed when: an exposure's months on an endpoint's clock, and the data split or ended there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from helpers.frames import Frame, about
from helpers.stats.estimates import Estimates, estimates, scope
from helpers.stats.models.design import Design
from helpers.stats.survival.life_table import SAME_TIME, as_ties, observed
from helpers.study import DAYS_PER_MONTH, Exposure

BEFORE_ALL = -1.0  # everybody is at risk from before time 0, so that events at time 0 count
AnExposure: TypeAlias = Exposure | pd.Series
"""A declared exposure, whose day columns are in the data; or its months by patient, whose name is its label."""


def exposure_months(data: pd.DataFrame, exposure: AnExposure) -> pd.Series:
    """Return the months from the clock's origin to each patient's first exposure; NaN if never exposed.

    The earliest of the exposure's day columns counts. They hold days since time 0; where the endpoint's clock starts
    at remission, its day (response_day) is taken off. A Series already holds months on the data's clock.
    """
    if isinstance(exposure, pd.Series):
        return exposure.reindex(data.index)
    columns = [data[column].to_numpy(float) for column in exposure.columns if column in data]
    first = np.fmin.reduce(columns) if columns else np.full(len(data), np.nan)
    if about(data).origin == "remission":
        first = first - data["response_day"].to_numpy(float)
    return pd.Series(first / DAYS_PER_MONTH, data.index)


def exposed_in_time(data: pd.DataFrame, exposure: AnExposure) -> pd.Series:
    """Tell who was exposed while still observed and free of the event: strictly before their time ends.

    An exposure on the very day of the event or of last contact does not count, as in a (start, stop] model.
    """
    if data.shape[1] == 0:
        return pd.Series(dtype=bool)
    months = exposure_months(data, exposure)
    return months.notna() & (months < data["time_months"] - SAME_TIME)


def censor_at(data: pd.DataFrame, exposure: AnExposure) -> pd.DataFrame:
    """Return the endpoint's data with follow-up ended, as censored, at the transplant of each patient who has one.

    Ended are those exposed in time; an event on the day itself stays an event. `cause`, if present, becomes "censored",
    the key "os_censored_at_transplant" and the label "Overall survival, censored at transplant". Without columns when
    the endpoint or the exposure is not recorded, or nobody was exposed after time 0.
    """
    ended = type(data)()
    months = exposure_months(data, exposure) if data.shape[1] else pd.Series(dtype=float)
    if (months > 0).any():
        stays, months = ~exposed_in_time(data, months), months.clip(lower=0.0)
        ended = data.assign(time_months=data["time_months"].where(stays, months), event=data["event"].where(stays, 0))
        if "cause" in data:
            ended["cause"] = data["cause"].astype(object).where(stays, "censored")
    if isinstance(ended, Frame):
        now = about(data)
        label = f"{now.label}, censored at transplant"
        ended.about = replace(now, key=f"{now.key}_censored_at_transplant", label=label)
    return ended


def start_stop(data: pd.DataFrame, exposure: AnExposure) -> pd.DataFrame:
    """Return the data in start-stop form: columns start, stop, event (0/1) and exposed (0/1).

    One row per patient and exposure state; the index repeats the patient's, to join covariates by it. At risk is
    (start, stop] in months, from -1 so that events at time 0 count. Who is exposed before time 0 is so throughout.
    """
    times, place, event = observed(data)
    time, months = times[place], exposure_months(data, exposure).to_numpy()
    exposed = months < time - SAME_TIME
    begins = exposed & (months >= 0)
    patient = np.repeat(np.arange(len(data)), 1 + begins)
    later = np.concatenate([[False], patient[1:] == patient[:-1]])[: len(patient)]
    ends = begins[patient] & ~later
    start = np.where(later, months[patient], BEFORE_ALL)
    stop = np.where(ends, months[patient], time[patient])
    moments, place = as_ties(np.concatenate([start, stop]))
    start, stop = np.split(moments[place], 2)
    columns = {"start": start, "stop": stop, "event": np.where(ends, 0, event[patient]).astype(int)}
    return pd.DataFrame({**columns, "exposed": (exposed[patient] & ~ends).astype(int)}, index=data.index[patient])


def for_each_exposure(function: Callable[..., Iterable[dict[str, Any]]]) -> Callable[..., Estimates]:
    """Make a statistic of one exposure, which gives records, take one or several and return all as estimates.

    Data or exposures that the cohort does not record have no rows.
    """

    @wraps(function)
    def stacked(
        data: pd.DataFrame, exposures: AnExposure | Sequence[AnExposure], *args: Any, **options: Any
    ) -> Estimates:
        listed = [exposures] if isinstance(exposures, Exposure | pd.Series) else exposures
        listed = [by_place(one, data.index) for one in listed]
        given = [by_place(value, data.index) for value in args]
        options = {name: by_place(value, data.index) for name, value in options.items()}
        data = data.reset_index(drop=True)
        recorded = [one for one in listed if isinstance(one, pd.Series) or {*one.columns} & {*data}]
        return estimates(
            record for one in recorded if data.shape[1] for record in function(data, one, *given, **options)
        )

    return stacked


def by_place(value: Any, patients: pd.Index) -> Any:
    """Return what is given by patient by the patient's place instead: numbers are joined sooner than names."""
    if isinstance(value, Design):
        return replace(value, matrix=by_place(value.matrix, patients))
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.reindex(patients).reset_index(drop=True)
    return value


def label_of(exposure: AnExposure) -> str:
    """What the reader calls an exposure."""
    return exposure.label if isinstance(exposure, Exposure) else str(exposure.name)


def exposure_fields(
    data: pd.DataFrame, exposure: AnExposure, ending: str, level: str, reference: str = ""
) -> dict[str, Any]:
    """The columns of an estimate about an exposure: whose, which, counted how, against what; `ending` ends the term."""
    label = label_of(exposure)
    key = exposure.key if isinstance(exposure, Exposure) else label
    fields = {**scope(data), "group": "All", "variable": key, "variable_label": label, "term": f"{label}: {ending}"}
    return {**fields, "level": level, "reference": reference, "comparison": "exposure" if reference else ""}
