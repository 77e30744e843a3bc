"""Landmark analyses: only who is still event-free on a day is analysed, grouped by what happened before it."""

from collections.abc import Sequence

import pandas as pd

from helpers.stats.estimates import estimates, not_estimable, stack
from helpers.stats.exposure.effects import Covariates, hazard_ratios
from helpers.stats.exposure.exposed import BEFORE_ALL, AnExposure, exposure_fields, exposure_months, for_each_exposure
from helpers.stats.levels import FEWEST_PER_SIDE
from helpers.stats.survival.life_table import SAME_TIME, checked
from helpers.stats.survival.log_rank import LOG_RANK, logrank
from helpers.study import DAYS_PER_MONTH

METHOD = "Cox from the landmark, Efron ties"
DROPPED = "Landmark rule"
NOT_EXPOSED, EXPOSED = "not exposed", "exposed"


def landmark_data(data: pd.DataFrame, exposure: AnExposure, day: float) -> pd.DataFrame:
    """Return the patients still observed and event-free after the landmark day, with time counted from it.

    Column `exposed` is an ordered categorical ("not exposed", "exposed"): exposed on or before the day, or not. Who
    has the event or is censored on or before the day is dropped. Days count from the origin of the data's clock.
    """
    data = checked(data)
    landmark = day / DAYS_PER_MONTH
    exposed = exposure_months(data, exposure).le(landmark + SAME_TIME).map({False: NOT_EXPOSED, True: EXPOSED})
    data = data.assign(exposed=pd.Categorical(exposed, categories=[NOT_EXPOSED, EXPOSED], ordered=True))
    later = data[data["time_months"] > landmark + SAME_TIME]
    return later.assign(time_months=later["time_months"] - landmark)


@for_each_exposure
def landmark(
    data: pd.DataFrame, exposures: AnExposure, days: Sequence[float], covariates: Covariates = None
) -> pd.DataFrame:
    """Return, per landmark day, the hazard ratio and log-rank P from the landmark, and how many patients it drops.

    `time_months` is the landmark. Rows: hazard_ratio (the exposure, level "by day 90", then covariates), p_value
    (log-rank), count (level "exposed" and "not exposed") of patients analysed with their events, and dropped (level
    "event" and "censored"). With fewer than three exposed, or three others, hazard ratio and P are not estimable.
    `exposures` is one or several, covariates are a design or a numeric matrix by patient.
    """
    data, tables = checked(data), []
    for day in days:
        later = landmark_data(data, exposures, day)
        fields = exposure_fields(data, exposures, f"by day {day:g} vs not", f"by day {day:g}", "not")
        effects, counts = _effects(later, fields, covariates), _counts(data, later, exposures, day)
        tables.append(stack(effects, counts).assign(time_months=day / DAYS_PER_MONTH))
    return stack(*tables)


def _effects(later: pd.DataFrame, fields: dict, covariates: Covariates) -> pd.DataFrame:
    """Return the hazard ratios and the log-rank P of one landmark, or why so few patients have none."""
    fewest = later["exposed"].value_counts().min()
    if fewest < FEWEST_PER_SIDE:
        had = "had" if (later["exposed"] == EXPOSED).sum() == fewest else "did not have"
        patients = "patient" if fewest == 1 else "patients"
        reason = f"{fewest or 'no'} {patients} free of the event {had} it by then, and {FEWEST_PER_SIDE} are needed"
        lost = not_estimable(reason, n=len(later), events=later["event"].sum())
        kinds = {"hazard_ratio": METHOD, "p_value": LOG_RANK}
        return estimates({**fields, **lost, "measure": name, "method": method} for name, method in kinds.items())
    rows = later[["event"]].assign(start=BEFORE_ALL, stop=later["time_months"], exposed=later["exposed"].cat.codes)
    ratios = hazard_ratios(rows, {**fields, "method": METHOD}, covariates)
    return stack(ratios, logrank(later, "exposed").assign(**fields))


def _counts(data: pd.DataFrame, later: pd.DataFrame, exposure: AnExposure, day: float) -> pd.DataFrame:
    """Count patients and events on either side of the comparison, then who is left out, by reason."""
    records = []
    for level, when in ((NOT_EXPOSED, f"not by day {day:g}"), (EXPOSED, f"by day {day:g}")):
        side = later[later["exposed"] == level]
        counts = {"measure": "count", "estimate": len(side), "n": len(later), "events": side["event"].sum()}
        records.append(exposure_fields(data, exposure, when, level) | counts)
    early = data.loc[data["time_months"] <= day / DAYS_PER_MONTH + SAME_TIME, "event"]
    for level, code in (("event", 1), ("censored", 0)):
        counts = {"measure": "dropped", "estimate": int((early == code).sum()), "n": len(data)}
        records.append(exposure_fields(data, exposure, f"{level} by day {day:g}", level) | counts)
    return estimates(record | {"method": DROPPED} for record in records)
