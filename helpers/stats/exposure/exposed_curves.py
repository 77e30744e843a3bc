"""Simon-Makuch curves: survival of the exposed and the not yet exposed, patients moving from one to the other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.frames import Frame, about
from helpers.stats.exposure.exposed import AnExposure, label_of, start_stop
from helpers.stats.survival.curve import SURVIVAL_COLUMNS, Curve, as_counts, as_curve, survival_rows
from helpers.stats.survival.life_table import SAME_TIME, life_table

LABELS = ("before or without it", "after it")


def simon_makuch(data: pd.DataFrame, exposure: AnExposure, from_months: float = 0.0) -> Curve:
    """Return the two curves in the shape of kaplan_meier: product-limit with entry at the day of exposure.

    A patient counts as "before or without it" until exposed (moving is counted under `censored`), as "after it" then.
    Each curve starts at survival 1, at `from_months` or, for the exposed, at the first exposure if later, and is read
    as survival given event-free at its start. Early on few exposed are at risk and one event can end the curve: start
    it where there are enough (`enough_exposed`); a start of NaN gives no curve. Limits are 95% log-log. Source: Simon
    and Makuch 1984 (Stat Med 3:35).
    """
    tables: list[pd.DataFrame] = []
    if data.shape[1] and not np.isnan(from_months):
        rows = start_stop(data, exposure)
        if from_months > 0:  # late entry for everybody still observed then
            rows = rows[rows["stop"] > from_months + SAME_TIME]
            rows = rows.assign(start=rows["start"].clip(lower=from_months))
        for code, side in rows.groupby("exposed"):
            start, first = side["start"].to_numpy(), side["start"].min()
            table = life_table(side["stop"].to_numpy(), side["event"].to_numpy(), start)
            tables.append(survival_rows(LABELS[code], table, max(first, 0.0), int((start == first).sum())))
    return as_curve(tables, SURVIVAL_COLUMNS, data, "Simon-Makuch", label_of(exposure))


def enough_exposed(data: pd.DataFrame, exposure: AnExposure, earliest: float = 0.0) -> float:
    """Return the first month, from `earliest` on, after which as many exposed are at risk as the study asks for.

    NaN when there never are so many, or the cohort does not record it.
    """
    exposed = start_stop(data, exposure) if data.shape[1] else pd.DataFrame({"start": [], "exposed": []})
    exposed = exposed[exposed["exposed"] == 1]
    for month in sorted({*exposed["start"].clip(lower=earliest)}):
        at_risk = (exposed["start"] <= month + SAME_TIME) & (exposed["stop"] > month + SAME_TIME)
        if at_risk.sum() >= about(data).min_at_risk:
            return float(month)
    return np.nan


def simon_makuch_at_risk(data: pd.DataFrame, exposure: AnExposure, months: Sequence[float]) -> Frame:
    """Return how many of the unexposed and of the exposed are at risk at each time (months), as number_at_risk."""
    counts = []
    rows = start_stop(data, exposure) if data.shape[1] else data
    for code, label in enumerate(LABELS if data.shape[1] else ()):
        for at in months:
            at_risk = (rows["start"] < at - SAME_TIME) & (rows["stop"] >= at - SAME_TIME) & (rows["exposed"] == code)
            counts.append((label, float(at), int(at_risk.sum())))
    return as_counts(counts, data)
