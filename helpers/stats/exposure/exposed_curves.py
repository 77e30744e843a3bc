"""Simon-Makuch curves: survival of the exposed and the not yet exposed, patients moving from one to the other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.frames import Frame, about
from helpers.stats.exposure.exposed import BEFORE_ALL, AnExposure, label_of, start_stop
from helpers.stats.survival.curve import SURVIVAL_COLUMNS, Curve, as_counts, as_curve, survival_rows
from helpers.stats.survival.life_table import SAME_TIME, life_table, steps_before, steps_until

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
        start, stop, event, exposed = (rows[name].to_numpy() for name in ("start", "stop", "event", "exposed"))
        if from_months > 0:  # late entry for everybody still observed then
            start = start.clip(min=from_months)
        for code, label in enumerate(LABELS):
            side = (exposed == code) & (stop > (from_months + SAME_TIME if from_months > 0 else BEFORE_ALL))
            if side.any():
                first = start[side].min()
                table = life_table(stop[side], event[side], start[side])
                tables.append(survival_rows(label, table, max(first, 0.0), int((start[side] == first).sum())))
    return as_curve(tables, SURVIVAL_COLUMNS, data, "Simon-Makuch", label_of(exposure))


def enough_exposed(data: pd.DataFrame, exposure: AnExposure, earliest: float = 0.0) -> float:
    """Return the first month, from `earliest` on, after which as many exposed are at risk as the study asks for.

    NaN when there never are so many, or the cohort does not record it.
    """
    if not data.shape[1]:
        return np.nan
    rows = start_stop(data, exposure)
    start, stop = (np.sort(rows.loc[rows["exposed"] == 1, name].to_numpy()) for name in ("start", "stop"))
    months = np.unique(start.clip(min=earliest))
    enough = months[steps_until(start, months) - steps_until(stop, months) >= about(data).min_at_risk]
    return float(enough[0]) if len(enough) else np.nan


def simon_makuch_at_risk(data: pd.DataFrame, exposure: AnExposure, months: Sequence[float]) -> Frame:
    """Return how many of the unexposed and of the exposed are at risk at each time (months), as number_at_risk."""
    counts: list[tuple[str, float, int]] = []
    rows = start_stop(data, exposure) if data.shape[1] else data
    for code, label in enumerate(LABELS if data.shape[1] else ()):
        side = rows[rows["exposed"] == code]
        start, stop = np.sort(side["start"].to_numpy()), np.sort(side["stop"].to_numpy())
        at_risk = steps_before(start, months) - steps_before(stop, months)
        counts += [(label, float(at), int(number)) for at, number in zip(months, at_risk, strict=True)]
    return as_counts(counts, data)
