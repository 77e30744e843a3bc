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
        if not len(self):
            return f"{self.about.label}: no curve"
        number = self["group"].nunique()
        counted = f"{number} curves by {self.by}" if self.by else "one curve"
        return f"{self.about.label}: {self.estimator}, {counted}".removeprefix(": ")


def as_curve(
    tables: Sequence[pd.DataFrame], columns: list[str], data: pd.DataFrame, estimator: str, by: str | None
) -> Curve:
    """Put the curves of groups under each other and say what they are about; no tables give a curve without rows."""
    curve = Curve(pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns))
    curve.about, curve.estimator, curve.by = about(data), estimator, by
    return curve


def survival_rows(label: str, table: LifeTable, start: float, at_start: int) -> pd.DataFrame:
    """Tabulate one group's product-limit curve after a row at its start, where survival is 1."""
    low, high = log_log_interval(table.survival, table.greenwood)
    columns = [table.time, table.survival, low, high, table.at_risk, table.events, table.censored]
    first = [start, 1.0, np.nan, np.nan, at_start, 0, 0]
    values = [np.concatenate([[one], column]) for one, column in zip(first, columns, strict=True)]
    rows = pd.DataFrame(dict(zip(SURVIVAL_COLUMNS[1:], values, strict=True)))
    rows = rows.astype(dict.fromkeys(("at_risk", "events", "censored"), int))
    rows.insert(0, "group", label)
    return rows
