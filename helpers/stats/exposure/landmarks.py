"""Landmark analyses: only who is still event-free on a day is analysed, grouped by what happened before it."""

from collections.abc import Sequence

import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, stack
from helpers.stats.exposure.effects import BEFORE_ALL, alone, hazard_ratios
from helpers.stats.survival.life_table import SAME_TIME, checked
from helpers.stats.survival.log_rank import logrank
from helpers.study import DAYS_PER_MONTH

METHOD = "Cox from the landmark, Efron ties"
DROPPED = "Landmark rule"


def landmark_data(
    data: pd.DataFrame, exposure: pd.Series, day: float, *, labels: tuple[str, str] = ("not exposed", "exposed")
) -> pd.DataFrame:
    """Return the patients still observed and event-free after the landmark day, with time counted from it.

    Column `exposed` is an ordered categorical of the labels: exposed on or before the day, or not. Who has the
    event or is censored on or before the day is dropped. Days count from the origin of the data's clock.
    """
    data = checked(data)
    landmark = day / DAYS_PER_MONTH
    months = exposure.reindex(data.index)
    exposed = pd.Series(months.le(landmark + SAME_TIME).map({False: labels[0], True: labels[1]}))
    data = data.assign(exposed=pd.Categorical(exposed, categories=list(labels), ordered=True))
    kept = data[data["time_months"] > landmark + SAME_TIME]
    return kept.assign(time_months=kept["time_months"] - landmark)


@if_recorded
def landmark(
    data: pd.DataFrame,
    exposure: pd.Series,
    days: Sequence[float],
    *,
    endpoint: str,
    population: str,
    label: str,
    covariates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return, per landmark day, the hazard ratio and log-rank P from the landmark, and how many patients it drops.

    `time_months` is the landmark. Rows: hazard_ratio (exposure, then covariates), p_value (log-rank), count of
    exposed and unexposed analysed, and dropped by reason.
    """
    fields = {"endpoint": endpoint, "population": population}
    parts = []
    for day in days:
        kept, term = landmark_data(data, exposure, day), f"{label}: by day {day:g} vs not"
        rows = kept[["event"]].assign(start=BEFORE_ALL, stop=kept["time_months"])
        rows["exposed"] = kept["exposed"].cat.codes
        ratios = hazard_ratios(rows, term, covariates, {**fields, "group": "All", "method": METHOD + alone(covariates)})
        test = logrank(kept, "exposed", **fields, group="All").assign(term=term)
        frame = stack(ratios, test, _counts(kept, label, day, fields), _dropped(data, label, day, fields))
        parts.append(frame.assign(time_months=day / DAYS_PER_MONTH))
    return stack(*parts)


def _counts(kept: pd.DataFrame, label: str, day: float, fields: dict) -> pd.DataFrame:
    """Count patients and events on either side of the comparison."""
    fields = {**fields, "group": "All", "measure": "count", "method": DROPPED, "n": len(kept)}
    words = {0: f"{label}: not by day {day:g}", 1: f"{label}: by day {day:g}"}
    return estimates(
        {**fields, "term": word, "estimate": len(rows), "events": rows["event"].sum()}
        for code, word in words.items()
        for rows in [kept[kept["exposed"].cat.codes == code]]
    )


def _dropped(data: pd.DataFrame, label: str, day: float, fields: dict) -> pd.DataFrame:
    """Count who is left out, by reason."""
    early = data[data["time_months"] <= day / DAYS_PER_MONTH + SAME_TIME]
    fields = {**fields, "group": "All", "measure": "dropped", "method": DROPPED, "n": len(data)}
    reasons = {f"event by day {day:g}": 1, f"censored by day {day:g}": 0}
    return estimates(
        {**fields, "term": f"{label}: {reason}", "estimate": int((early["event"] == code).sum())}
        for reason, code in reasons.items()
    )
