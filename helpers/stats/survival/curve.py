"""Curves as tables that know what they are about."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from helpers.frames import Frame, about
from helpers.stats.survival.life_table import LifeTable, log_log_interval

SURVIVAL_COLUMNS = ["group", "time_months", "survival", "ci_low", "ci_high", "at_risk", "events", "censored"]
INCIDENCE_COLUMNS = ["group", "time_months", "cumulative_incidence", "ci_low", "ci_high", "at_risk"]


class Curve(Frame):
    """The curves of an endpoint, one row per group and time; `about` is that of the endpoint's data.

    `estimator` is "Kaplan-Meier", "Aalen-Johansen", "Simon-Makuch" or "One minus Kaplan-Meier"; `by` is the column
    that the groups come from (for Simon-Makuch the exposure's label), None when there is one curve.
    """

    _metadata: ClassVar[list[str]] = ["about", "estimator", "by"]
    estimator: str = ""
    by: str | None = None

    def heading(self) -> str:
        """ "Overall survival: Kaplan-Meier, 3 curves by arm"."""
        counted = f"{self['group'].nunique()} curves by {self.by}" if self.by else "one curve"
        return f"{self.about.label or 'Curve'}: " + (f"{self.estimator}, {counted}" if len(self) else "no curve")


def as_curve(
    tables: Sequence[pd.DataFrame], columns: list[str], data: pd.DataFrame, estimator: str, by: str | None
) -> Curve:
    """Put the curves of groups under each other and say what they are about; no tables give a curve without rows."""
    curve = Curve(pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns))
    curve.about, curve.estimator, curve.by = about(data), estimator, by
    return curve


def as_counts(rows: Sequence[tuple[str, float, int]], data: pd.DataFrame) -> Frame:
    """The numbers at risk, one row per group and time, about the same as the data."""
    counts = Frame(rows, columns=["group", "time_months", "at_risk"])
    counts.about = about(data)
    return counts


def survival_rows(label: str, table: LifeTable, start: float, at_start: int) -> pd.DataFrame:
    """Tabulate one group's product-limit curve after a row at its start, where survival is 1."""
    low, high = log_log_interval(table.survival, table.greenwood)
    columns = [table.time, table.survival, low, high, table.at_risk, table.events, table.censored]
    values = np.column_stack([[start, 1.0, np.nan, np.nan, at_start, 0, 0], columns]).T
    rows = pd.DataFrame(values, columns=SURVIVAL_COLUMNS[1:]).astype(dict.fromkeys(SURVIVAL_COLUMNS[-3:], int))
    rows.insert(0, "group", label)
    return rows
