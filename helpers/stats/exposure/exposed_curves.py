"""Simon-Makuch curves: survival of the exposed and the not yet exposed, patients moving from one to the other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.stats.estimates import if_recorded
from helpers.stats.exposure.effects import start_stop
from helpers.stats.survival.curves import CURVE_COLUMNS
from helpers.stats.survival.life_table import SAME_TIME, life_table, log_log_interval

LABELS = ("not exposed (yet)", "exposed")


@if_recorded
def simon_makuch(
    data: pd.DataFrame, exposure: pd.Series, *, labels: tuple[str, str] = LABELS, from_months: float = 0.0
) -> pd.DataFrame:
    """Return the two curves in the shape of kaplan_meier: product-limit with entry at the day of exposure.

    A patient counts among the first label until exposed (there, moving is not an event and is counted under
    `censored`), among the second after. Each curve starts at survival 1, at `from_months` or, for the exposed, at
    the first exposure if later, and is read as survival given event-free at its start. Early on few exposed are
    at risk and one event can end the curve: start it at a landmark then. Limits are 95% log-log.
    Source: Simon and Makuch 1984 (Stat Med 3:35).
    """
    rows = _since(start_stop(data, exposure), from_months)
    curves = [_curve(rows[rows["exposed"] == code], label) for code, label in enumerate(labels)]
    kept = [curve for curve in curves if len(curve)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=CURVE_COLUMNS)


@if_recorded
def simon_makuch_at_risk(
    data: pd.DataFrame, exposure: pd.Series, times: Sequence[float], *, labels: tuple[str, str] = LABELS
) -> pd.DataFrame:
    """Return how many of the unexposed and of the exposed are at risk at each time (months), as number_at_risk."""
    rows = start_stop(data, exposure)
    start, stop = rows["start"].to_numpy(), rows["stop"].to_numpy()
    counts = [
        (label, float(at), int(((start < at - SAME_TIME) & (stop >= at - SAME_TIME) & (rows["exposed"] == code)).sum()))
        for code, label in enumerate(labels)
        for at in times
    ]
    return pd.DataFrame(counts, columns=["group", "time_months", "at_risk"])


def _since(rows: pd.DataFrame, from_months: float) -> pd.DataFrame:
    """Keep what happens after a time: late entry for everybody still observed then."""
    if from_months <= 0:
        return rows
    kept = rows[rows["stop"] > from_months + SAME_TIME]
    return kept.assign(start=kept["start"].clip(lower=from_months))


def _curve(rows: pd.DataFrame, label: str) -> pd.DataFrame:
    """Tabulate one curve."""
    if not len(rows):
        return pd.DataFrame(columns=CURVE_COLUMNS)
    start = rows["start"].to_numpy()
    table = life_table(rows["stop"].to_numpy(), rows["event"].to_numpy(), start)
    low, high = log_log_interval(table.survival, table.greenwood)
    columns = [table.time, table.survival, low, high, table.at_risk, table.events, table.censored]
    first = [max(start.min(), 0.0), 1.0, np.nan, np.nan, int((start == start.min()).sum()), 0, 0]
    values = [np.concatenate([[one], column]) for one, column in zip(first, columns, strict=True)]
    curve = pd.DataFrame(dict(zip(CURVE_COLUMNS[1:], values, strict=True)))
    curve = curve.astype(dict.fromkeys(("at_risk", "events", "censored"), int))
    curve.insert(0, "group", label)
    return curve
